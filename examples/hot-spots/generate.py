"""Makes two invented years of ranked places in which patrols find what the ranking then learns from.

In: a seed. Out: small Parquet files in `data/`. No real place or force is in them. What is planted, and what a test of
the claims ought to find, is in README.md and, check by check, in answer-key.yaml.

The story in one paragraph. Two hundred places have much the same crime, reported by victims. Each month the software
ranks them by what was recorded in the three months before, and the first twenty get ten times the patrol of the others.
A patrol finds as much for each of its hours wherever it is. What it finds is recorded like any crime, so a place that
was once among the first twenty stays there, whoever lives in it and whatever is reported.

    python examples/hot-spots/generate.py            writes into data/ beside this file
    python examples/hot-spots/generate.py FOLDER     writes into FOLDER
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20261122
PLACES, MONTHS, TOP = 200, 24, 20
REPORTED, SPREAD = 10.0, 12.0  # crimes a month that victims report: mean over places, and shape of its gamma
HOURS_TOP, HOURS_REST = 120.0, 12.0
FOUND_PER_HOUR = 0.20  # the same everywhere: the planted truth
MEMORY = 3  # months that a ranking looks back

# Stops with and without the tool: the same share finds something (0.022), so no benefit is there to be found.
STOPS = {"processed": 9_800.0, "outcomes": 212.0, "comparison_processed": 9_900.0, "comparison_outcomes": 221.0}

Row = dict[str, Any]


def ranked(counts: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rank 1 for the highest count; ties go to the place that is named first."""
    order = np.lexsort((np.arange(len(counts)), -counts))
    ranks = np.empty(len(counts), dtype=np.int64)
    ranks[order] = np.arange(1, len(counts) + 1)
    return ranks


def make() -> dict[str, list[Row]]:
    """Every file of the example, by its name."""
    rng = np.random.default_rng(SEED)
    names = [f"PLACE-{n:03d}" for n in range(1, PLACES + 1)]
    mean = rng.gamma(SPREAD, REPORTED / SPREAD, size=PLACES)
    reported = rng.poisson(mean, size=(MONTHS, PLACES)).astype(float)
    before = rng.poisson(mean, size=(MEMORY, PLACES)).astype(float)  # nobody was sent anywhere yet
    recorded, log, patrols = before.copy(), [], []
    for month in range(MONTHS):
        year, number = 2024 + (10 + month) // 12, (10 + month) % 12 + 1
        counts = recorded[-MEMORY:].sum(axis=0)
        ranks = ranked(counts)
        hours = np.where(ranks <= TOP, HOURS_TOP, HOURS_REST)
        found = rng.poisson(FOUND_PER_HOUR * hours).astype(float)
        recorded = np.vstack([recorded, reported[month] + found])
        for place in range(PLACES):
            log.append(
                {
                    "case_id": f"HS-{len(log) + 1:05d}",
                    "seq": len(log) + 1,
                    "ts_scored": datetime(year, number, 1, 4, 0, tzinfo=UTC),
                    "location_id": names[place],
                    "score": round(float(counts[place]) / MEMORY, 2),
                    "rank": int(ranks[place]),
                    "flag": bool(ranks[place] <= TOP),
                }
            )
            patrols.append(
                {
                    "area_code": names[place],
                    "period": f"{year}-{number:02d}",
                    "patrol_hours": float(hours[place]),
                    "crimes_reported": float(reported[month, place]),
                    "crimes_found": float(found[place]),
                }
            )
    # The last ranking again, from everything and from what victims reported alone.
    runs = {"everything": recorded[-MEMORY:].sum(axis=0), "reported alone": reported[-MEMORY:].sum(axis=0)}
    retraining = [
        {"run": run, "location_id": names[place], "rank": int(rank)}
        for run, counts in runs.items()
        for place, rank in enumerate(ranked(counts))
    ]
    costs = [{"item": "stops in places ranked first, and in the year before"} | STOPS]
    return {"log": log, "patrols": patrols, "retraining": retraining, "costs": costs}


def write(folder: Path) -> None:
    """The same library versions give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in make().items():
        table = pa.table({key: pa.array([row[key] for row in rows]) for key in rows[0]})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data"
    write(target)
    print(f"{target}: {PLACES} invented places over {MONTHS} months")
