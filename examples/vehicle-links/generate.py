"""Makes an invented sample of linked records, with a gap in error by origin of name, and a log of queries.

In: a seed. Out: two small Parquet files in `data/`. No real person, vehicle or force is in them. What is planted, and
what a test of the claims ought to find, is in README.md and, check by check, in answer-key.yaml.

    python examples/vehicle-links/generate.py            writes into data/ beside this file
    python examples/vehicle-links/generate.py FOLDER     writes into FOLDER
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20261123
PAIRS = 3_000

# The first planted fault: of the links the tool made, so many join two different people.
ORIGINS = {"British and Irish": 0.60, "South Asian": 0.22, "Eastern European": 0.12, "West African": 0.06}
FALSE_LINKS = {"British and Irish": 0.05, "South Asian": 0.16, "Eastern European": 0.06, "West African": 0.06}
LINKED, MISSED = 0.80, 0.15  # pairs that the tool linked; of the others, so many are the same person

QUERIES, USERS = 3_000, 60
WITHOUT_CASE, ON_SELF = 61, 3  # the second: searches without a case, and of one's own name
MINOR = 0.08  # the third: searches for matters that are not serious
LEFT_OUT = range(1_401, 1_426)  # the fourth: numbers of rows that were taken out afterwards
KEY = b"example only: the people of this log are invented"

Row = dict[str, Any]


def _key(of: str) -> str:
    return hmac.new(KEY, of.encode(), hashlib.sha256).hexdigest()[:16]


def pairs(rng: np.random.Generator) -> list[Row]:
    """Pairs of records that two people looked at, drawn with equal chance within what the tool compared."""
    rows = []
    origins = rng.choice(list(ORIGINS), size=PAIRS, p=list(ORIGINS.values()))
    for n, origin in enumerate(map(str, origins), start=1):
        linked = bool(rng.random() < LINKED)
        true = bool(rng.random() >= FALSE_LINKS[origin]) if linked else bool(rng.random() < MISSED)
        score = float(rng.beta(8, 2) if linked else rng.beta(3, 5))
        rows.append(
            {
                "pair_id": f"P-{n:04d}",
                "group": origin,
                "match_score": round(score, 3),
                "stratum": "high" if score >= 0.8 else "middle" if score >= 0.5 else "low",
                "cluster_id": f"N-{int(rng.integers(1, 400)):03d}" if linked else None,
                "linked": linked,
                "true_link": true,
            }
        )
    return rows


def queries(rng: np.random.Generator) -> list[Row]:
    """Searches by officers over six months, numbered; some numbers are not there any more."""
    start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    seconds = np.sort(rng.integers(0, 180 * 86_400, size=QUERIES))
    odd = rng.permutation(QUERIES)
    bare, own = set(odd[:WITHOUT_CASE].tolist()), set(odd[WITHOUT_CASE : WITHOUT_CASE + ON_SELF].tolist())
    rows = []
    for n in range(QUERIES):
        rows.append(
            {
                "case_id": f"Q-{n + 1:04d}",
                "seq": n + 1,
                "ts_scored": start + timedelta(seconds=int(seconds[n])),
                "query_user": _key(f"user/{int(rng.integers(0, USERS))}"),
                "query_subject": "self" if n in own else "other",
                "case_ref": None if n in bare else f"CR/{int(rng.integers(1, 900)):04d}",
                "on_shift": True,
                "supplier_user": bool(rng.random() < 0.02),
                "action": "search of a network",
                "offence_level": "single theft" if rng.random() < MINOR else "organised theft",
            }
        )
    return [row for row in rows if row["seq"] not in LEFT_OUT]


def make() -> dict[str, list[Row]]:
    """Both files of the example, by their names."""
    rng = np.random.default_rng(SEED)
    return {"link-sample": pairs(rng), "queries": queries(rng)}


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
    print(f"{target}: {PAIRS:,} invented pairs and the queries of {USERS} invented users")
