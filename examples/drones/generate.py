"""Makes an invented log of drone flights: some without authority, and hours that go with who lives below.

In: a seed. Out: three small Parquet files in `data/`. No real flight, place or force is in them. What is planted, and
what a test of the claims ought to find, is in README.md and, check by check, in answer-key.yaml.

    python examples/drones/generate.py            writes into data/ beside this file
    python examples/drones/generate.py FOLDER     writes into FOLDER
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20261124
AREAS, FLIGHTS, DAYS = 80, 900, 240
PURPOSES = {"emergency response": 0.62, "search and rescue": 0.14, "planned event": 0.18, "protest": 0.06}

# The first planted fault: with ten residents more in a hundred of the group so many times the hours, at equal crime.
HOURS_PER_TEN_POINTS = 1.35
# The second: two flights have no authority, three began before it was given, one was in another place.
WITHOUT, LATE, ELSEWHERE = (101, 640), (222, 407, 815), (555,)

Row = dict[str, Any]


def areas(rng: np.random.Generator) -> list[Row]:
    """Crime and the share of the group are drawn independently, so that neither stands in for the other."""
    rows = []
    for n in range(1, AREAS + 1):
        residents = float(rng.integers(4_000, 14_000))
        rows.append(
            {
                "area_code": f"AREA-{n:02d}",
                "residents": residents,
                "recorded_crime": float(round(residents * rng.uniform(0.04, 0.12))),
                "group_share": round(float(rng.uniform(0.02, 0.60)), 3),
                "deprivation": round(float(rng.uniform(5, 45)), 1),
            }
        )
    return rows


def flights(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """One row for each flight, in the order of time."""
    pull = np.array([p["recorded_crime"] * HOURS_PER_TEN_POINTS ** (10 * p["group_share"]) for p in places])
    first = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = np.sort(rng.integers(0, DAYS * 1_440, size=FLIGHTS))
    rows = []
    for n in range(FLIGHTS):
        start = first + timedelta(minutes=int(minutes[n]))
        end = start + timedelta(minutes=int(rng.integers(10, 61)))
        where = int(rng.choice(AREAS, p=pull / pull.sum()))
        place = places[where]["area_code"]
        given = None if n in WITHOUT else start + timedelta(minutes=20 if n in LATE else -int(rng.integers(5, 600)))
        allowed = places[(where + 1) % AREAS]["area_code"] if n in ELSEWHERE else place
        rows.append(
            {
                "case_id": f"FL-{n + 1:04d}",
                "deployment_id": f"FL-{n + 1:04d}",
                "ts_scored": start,
                "ts_start": start,
                "ts_end": end,
                "location_id": place,
                "purpose": str(rng.choice(list(PURPOSES), p=list(PURPOSES.values()))),
                "authority_ref": None if n in WITHOUT else f"AUTH/{n + 1:04d}",
                "ts_authority": given,
                "authority_place": None if n in WITHOUT else allowed,
                "authority_from": None if n in WITHOUT else start - timedelta(minutes=5),
                "authority_to": None if n in WITHOUT else end + timedelta(minutes=30),
            }
        )
    return rows


def make() -> dict[str, list[Row]]:
    """Every file of the example, by its name."""
    rng = np.random.default_rng(SEED)
    places = areas(rng)
    log = flights(rng, places)
    months: dict[str, int] = {}
    for row in log:
        month = f"{row['ts_scored']:%Y-%m}"
        months[month] = months.get(month, 0) + 1
    counts = [
        {"source": "air traffic notices", "period": month, "count": count, "counted": "deployments"}
        for month, count in months.items()
    ]
    return {"flights": log, "areas": places, "notices": counts}


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
    print(f"{target}: {FLIGHTS} invented flights")
