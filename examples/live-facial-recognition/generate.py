"""Makes the log of an invented year of live facial recognition, with two planted faults, and its side files.

In: a seed. Out: four small Parquet files in `data/`. No real person, force or supplier is in them. What is planted, and
what a test of the claims ought to find, is in README.md and, check by check, in answer-key.yaml.

    python examples/live-facial-recognition/generate.py            writes into data/ beside this file
    python examples/live-facial-recognition/generate.py FOLDER     writes into FOLDER
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20261121
DEPLOYMENTS = 60
AREAS = 40
FACES = 3_000  # mean of a deployment
FALSE_PER_FACE = 1 / 6_000  # what is claimed, so that the log cannot tell (CK-08)
LISTED_PER_FACE = 1 / 400
VOLUNTEERS = 240  # people of the test team who stand on the list and walk past
FOUND_OF_VOLUNTEERS = 0.93
CAP = 17_000

# The two planted faults.
OVERSIZE, OVERSIZE_LIST = 22, 18_412
UNAUTHORISED = 41

TRUE_ETHNICITY = {"White": 0.50, "Black": 0.25, "Asian": 0.17, "Other": 0.08}
FALSE_ETHNICITY = {"White": 0.25, "Black": 0.60, "Asian": 0.10, "Other": 0.05}  # shape of the reported 8 in 10
SEX = {"Male": 0.82, "Female": 0.18}
OPERATORS = 40
OVERTURNED_IF_FALSE, OVERTURNED_IF_TRUE = 0.90, 0.015
STOPPED, ARRESTED = 0.75, 0.55
KEY = b"example only: the people of this log are invented"

Row = dict[str, Any]


def _key(of: str) -> str:
    return hmac.new(KEY, of.encode(), hashlib.sha256).hexdigest()[:16]


def areas(rng: np.random.Generator) -> list[Row]:
    """Who lives where: crime and the share of the group are drawn independently."""
    return [
        {
            "area_code": f"AREA-{n:02d}",
            "residents": float(rng.integers(6_000, 20_000)),
            "recorded_crime": float(rng.integers(200, 2_400)),
            "group_share": round(float(rng.uniform(0.05, 0.55)), 3),
            "deprivation": round(float(rng.uniform(5, 45)), 1),
        }
        for n in range(1, AREAS + 1)
    ]


def log(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """Deployment rows, alert rows and the walks of volunteers, in the order of time."""
    rows: list[Row] = []
    crime = np.array([place["recorded_crime"] for place in places])
    first = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
    walks = np.bincount(rng.integers(0, DEPLOYMENTS, size=VOLUNTEERS), minlength=DEPLOYMENTS)
    for n in range(DEPLOYMENTS):
        start = first + timedelta(days=3 * n, hours=int(rng.integers(0, 4)))
        end = start + timedelta(hours=int(rng.integers(4, 8)))
        place = places[int(rng.choice(AREAS, p=crime / crime.sum()))]["area_code"]  # crime alone decides where
        faces = int(rng.gamma(9.0, FACES / 9.0))
        authorised = n != UNAUTHORISED
        common = {
            "deployment_id": f"D-{n + 1:03d}",
            "model_version": "4.0",
            "threshold": 0.64 if n % 5 == 0 else 0.60,
        }
        rows.append(
            common
            | {
                "ts_scored": start,
                "location_id": place,
                "watchlist_id": f"L-{n + 1:03d}",
                "watchlist_size": OVERSIZE_LIST if n == OVERSIZE else int(rng.integers(15_200, CAP)),
                "faces_seen": faces,
                "authority_ref": f"AUTH/{n + 1:03d}" if authorised else None,
                "ts_authority": start - timedelta(hours=int(rng.integers(20, 70))) if authorised else None,
                "authority_place": place if authorised else None,
                "authority_from": start - timedelta(minutes=30) if authorised else None,
                "authority_to": end + timedelta(minutes=30) if authorised else None,
                "ts_start": start,
                "ts_end": end,
                "retention_class": "watchlist",
                "ts_deleted": end + timedelta(hours=int(rng.integers(2, 12))),
            }
        )
        seconds = int((end - start).total_seconds()) - 900
        for kind, count in (
            ("true", int(rng.poisson(faces * LISTED_PER_FACE))),
            ("false", int(rng.poisson(faces * FALSE_PER_FACE))),
            ("walk", int(walks[n])),
        ):
            rows += [
                _face(rng, common, kind, start + timedelta(seconds=int(rng.integers(60, seconds))))
                for _ in range(count)
            ]
    rows.sort(key=lambda row: row["ts_scored"])
    for n, row in enumerate(rows, start=1):
        row["case_id"] = f"LFR-{n:04d}"
        if "flag" in row:
            row["subject_key"] = _key(f"face/{n}")
    return rows


def _face(rng: np.random.Generator, common: Row, kind: str, at: datetime) -> Row:
    """One alert, or one volunteer who walked past."""
    walk, true = kind == "walk", kind != "false"
    flag = not walk or rng.random() < FOUND_OF_VOLUNTEERS
    shares = TRUE_ETHNICITY if true else FALSE_ETHNICITY
    row = common | {
        "ts_scored": at,
        "flag": flag,
        "outcome_label": true,
        "seeded_test": walk,
        "ethnicity": None if walk else str(rng.choice(list(shares), p=list(shares.values()))),
        "sex": None if walk else str(rng.choice(list(SEX), p=list(SEX.values()))),
        "retention_class": "test" if walk else "alert",
        # What is kept of a volunteer who was not found is this line: the template went at once, as everybody's does.
        "ts_deleted": at + timedelta(hours=int(rng.integers(600, 740))) if flag else at,
    }
    if not flag:
        return row
    overturned = not walk and rng.random() < (OVERTURNED_IF_TRUE if true else OVERTURNED_IF_FALSE)
    opened = at + timedelta(seconds=int(rng.integers(2, 12)))
    closed = opened + timedelta(seconds=int(rng.integers(22, 75)))
    row |= {
        "ts_open": opened,
        "ts_close": closed,
        "reviewer_key": _key(f"operator/{int(rng.integers(0, OPERATORS))}"),
        "reviewer_decision": "override" if overturned else "agree",
    }
    if walk or overturned:
        return row | {"action_severity": 0}
    severity = 1 if rng.random() > STOPPED else 3 if true and rng.random() < ARRESTED else 2
    row |= {"action_severity": severity, "ts_action": closed + timedelta(seconds=int(rng.integers(20, 240)))}
    return row | ({"corroboration": "officer's own look and a records check"} if severity >= 2 else {})


def make() -> dict[str, list[Row]]:
    """Every file of the example, by its name."""
    rng = np.random.default_rng(SEED)
    places = areas(rng)
    rows = log(rng, places)
    months: dict[str, int] = {}
    for row in rows:
        if "faces_seen" in row:
            month = f"{row['ts_scored']:%Y-%m}"
            months[month] = months.get(month, 0) + 1
    year = {"valid_from": datetime(2026, 1, 1, tzinfo=UTC), "valid_to": datetime(2026, 12, 31, tzinfo=UTC)}
    approved = [{"model_version": "4.0", "threshold": value, "lowest_tested": 0.60} | year for value in (0.60, 0.64)]
    outside = [
        {"source": "table of deployments", "period": month, "count": count, "counted": "deployments"}
        for month, count in months.items()
    ]
    return {"log": rows, "areas": places, "approved": approved, "deployments": outside}


def write(folder: Path) -> None:
    """The same library versions give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in make().items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        table = pa.table({key: pa.array([row.get(key) for row in rows]) for key in columns})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data"
    write(target)
    print(f"{target}: {DEPLOYMENTS} invented deployments")
