"""Makes `data/decision-log.parquet`: an invented staff log with planted truths, so that a tool can be tested on it.

In: a seed. Out: one Parquet file, 45,000 rows, one invented person each. No real person, force or supplier is in it.
What is planted, and what an audit ought to find, is listed in README.md; the parameters there are those named below.

The story in one paragraph. Misconduct is equally common in every group, and no draw of it looks at a group. The
invented supplier's score never reads ethnicity or sex. It reads sickness days, complaints about rosters, late swaps
and conduct reports. Women have more sickness days; the rosters of Black staff are complained about more often. So the
score reaches both groups through stand-ins: they are flagged more often, and since there is no more misconduct to find
among them, more of their flags are wrong.

    python examples/misconduct-pilot/generate.py            writes data/decision-log.parquet beside this file
    python examples/misconduct-pilot/generate.py FILE       writes FILE
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# The second of the seeds tried, counted from 20261100, in which no group without a planted effect stands out by chance:
# an example must not teach noise. The planted effects are far larger than what seeds differ by.
SEED = 20261101
STAFF = 45_000

# Make-up of the invented service. All characteristics are drawn independently of each other and of misconduct.
ETHNICITY = {"White": 0.64, "Black": 0.13, "Asian": 0.12, "Mixed": 0.0435, "Other": 0.0065, "Not stated": 0.06}
SEX = {"Male": 0.62, "Female": 0.38}
AGE_BAND = {"under 25": 0.08, "25 to 34": 0.29, "35 to 44": 0.30, "45 to 54": 0.24, "55 and over": 0.09}
RANK_GRADE = {"constable": 0.56, "sergeant": 0.12, "inspector and above": 0.05, "staff": 0.27}
EMPLOYMENT = {"current": 0.70, "former": 0.30}
UNITS = ("Area 1", "Area 2", "Area 3", "Area 4", "Area 5", "Area 6", "Custody", "Contact", "Roads", "Support")

# Misconduct (never a column of its own): the same in every group, which is the first planted truth.
MISCONDUCT = 0.0255
UPHELD_IF_MISCONDUCT = 0.90  # a review can miss; no flag without misconduct is ever upheld in this world

# Inputs of the score. Means of counts; "stand-in" marks the two that carry a group into the score.
SICKNESS_DAYS = {"Male": 6.0, "Female": 7.4}  # stand-in for sex
ROSTER_COMPLAINTS = 0.30
ROSTER_COMPLAINTS_BLACK = 0.70  # stand-in for ethnicity
ROSTER_COMPLAINTS_BLACK_WOMEN = 1.08  # the planted intersection
LATE_SWAPS = 1.0
SHIFTS_PER_MONTH = 16.0
CONDUCT_REPORTS = 0.10
CONDUCT_REPORTS_IF_MISCONDUCT = 3.0

# The invented score: a weighted sum, then an S-curve. The threshold is set where one person in eight is flagged, as
# a supplier does who is asked for a workload and not for an error rate.
WEIGHTS = {"sickness_days": 0.10, "roster_complaints": 0.80, "late_swaps": 0.30, "conduct_reports": 1.60}
NOISE = 0.65
SHARE_FLAGGED = 0.125
THRESHOLD = 0.70

# Review: a rubber stamp, the same for every group.
REVIEWED = 0.975  # the rest are still waiting when the log is cut
OVERRIDE = 0.03
REVIEW_SECONDS_MEDIAN = 75.0
REVIEWERS = 24

FIRST_SCAN = datetime(2025, 11, 17, 2, 0, tzinfo=UTC)
SCANS = 8  # weekly, each over one eighth of the staff
# A keyed hash needs a secret key. This one is printed because nobody is behind the numbers.
KEY = b"example only: the people of this log are invented"


@dataclass(frozen=True)
class World:
    """What was drawn, before anything is written; `misconduct` is known here only, never in the log."""

    ethnicity: NDArray[np.str_]
    sex: NDArray[np.str_]
    misconduct: NDArray[np.bool_]
    table: pa.Table


def draw(rng: np.random.Generator) -> World:
    """Draw the people, the score, the flags and the reviews. The order of the draws is part of the file's identity."""
    import pyarrow as pa

    def choose(shares: dict[str, float]) -> NDArray[np.str_]:
        return rng.choice(list(shares), size=STAFF, p=list(shares.values()))

    ethnicity, sex = choose(ETHNICITY), choose(SEX)
    age_band, rank_grade, employment = choose(AGE_BAND), choose(RANK_GRADE), choose(EMPLOYMENT)
    unit = rng.choice(UNITS, size=STAFF)
    misconduct = rng.random(STAFF) < MISCONDUCT

    black, woman = ethnicity == "Black", sex == "Female"
    roster_mean = np.select(
        [black & woman, black], [ROSTER_COMPLAINTS_BLACK_WOMEN, ROSTER_COMPLAINTS_BLACK], ROSTER_COMPLAINTS
    )
    # A gamma-Poisson mixture: most people have few days of sickness and some have many.
    sickness_mean = np.where(woman, SICKNESS_DAYS["Female"], SICKNESS_DAYS["Male"])
    sickness = rng.poisson(sickness_mean * rng.gamma(shape=2.0, scale=0.5, size=STAFF))
    complaints = rng.poisson(roster_mean)
    swaps = rng.poisson(LATE_SWAPS, size=STAFF)
    shifts = np.clip(np.rint(rng.normal(SHIFTS_PER_MONTH, 2.0, size=STAFF)), 6, 24).astype(np.int64)
    reports = rng.poisson(np.where(misconduct, CONDUCT_REPORTS_IF_MISCONDUCT, CONDUCT_REPORTS))

    raw = (
        WEIGHTS["sickness_days"] * sickness
        + WEIGHTS["roster_complaints"] * complaints
        + WEIGHTS["late_swaps"] * swaps
        + WEIGHTS["conduct_reports"] * reports
        + rng.normal(0.0, NOISE, size=STAFF)
    )
    cut = np.quantile(raw, 1 - SHARE_FLAGGED)
    score = np.round(1 / (1 + np.exp(-(raw - cut) - np.log(THRESHOLD / (1 - THRESHOLD)))), 4)
    flag = score >= THRESHOLD

    reviewed = flag & (rng.random(STAFF) < REVIEWED)
    override = reviewed & (rng.random(STAFF) < OVERRIDE)
    upheld = reviewed & ~override & misconduct & (rng.random(STAFF) < UPHELD_IF_MISCONDUCT)
    severity = np.where(upheld, rng.choice([2, 3], size=STAFF, p=[0.85, 0.15]), np.where(reviewed & ~override, 1, 0))

    scored_at = [FIRST_SCAN + timedelta(days=7 * int(scan)) for scan in np.arange(STAFF) * SCANS // STAFF]
    alert_after = rng.integers(60, 600, size=STAFF)
    open_after = rng.integers(3_600, 5 * 86_400, size=STAFF)
    review_seconds = np.rint(REVIEW_SECONDS_MEDIAN * np.exp(rng.normal(0.0, 0.6, size=STAFF))).astype(np.int64) + 5
    outcome_after = rng.integers(7, 120, size=STAFF)
    reviewer = rng.integers(0, REVIEWERS, size=STAFF)

    def when(known: NDArray[np.bool_], *seconds: NDArray[np.int64]) -> pa.Array:
        total = np.sum(seconds, axis=0)
        moments = [
            at + timedelta(seconds=int(s)) if ok else None for at, s, ok in zip(scored_at, total, known, strict=True)
        ]
        return pa.array(moments, pa.timestamp("s", tz="UTC"))

    def words(values: NDArray[np.str_] | list[str | None]) -> pa.Array:
        return pa.array(list(values), pa.string())

    def numbers(values: NDArray[np.int64]) -> pa.Array:
        return pa.array(values, pa.int16())

    decision = np.where(override, "override", "agree")
    columns = {
        "case_id": words([f"MP-{row:05d}" for row in range(1, STAFF + 1)]),
        "subject_key": words([_key(f"staff/{row}") for row in range(1, STAFF + 1)]),
        "ts_scored": pa.array(scored_at, pa.timestamp("s", tz="UTC")),
        "scored_on": pa.array([at.date() for at in scored_at], pa.date32()),
        "system": words(["Culture and Standards Pilot"] * STAFF),
        "model_version": words(["2.1"] * STAFF),
        "threshold": pa.array(np.full(STAFF, THRESHOLD)),
        "score": pa.array(score),
        "flag": pa.array(flag),
        "ts_alert": when(flag, alert_after),
        "ts_open": when(reviewed, alert_after, open_after),
        "ts_close": when(reviewed, alert_after, open_after, review_seconds),
        "review_seconds": pa.array(review_seconds, pa.int32(), mask=~reviewed),
        "reviewer_key": words(
            [_key(f"reviewer/{who}") if ok else None for who, ok in zip(reviewer, reviewed, strict=True)]
        ),
        "reviewer_decision": words([str(said) if ok else None for said, ok in zip(decision, reviewed, strict=True)]),
        "action_severity": pa.array(severity, pa.int8()),
        "outcome_label": pa.array([int(u) if ok else None for u, ok in zip(upheld, reviewed, strict=True)], pa.int8()),
        "ts_outcome": when(
            reviewed, alert_after, open_after, review_seconds, np.where(override, 0, outcome_after * 86_400)
        ),
        "label_source": words(
            [("reviewer" if o else "conduct panel") if ok else None for o, ok in zip(override, reviewed, strict=True)]
        ),
        "shifts_per_month": numbers(shifts),
        "late_swaps": numbers(swaps),
        "roster_complaints": numbers(complaints),
        "sickness_days": numbers(sickness),
        "conduct_reports": numbers(reports),
        "sex": words(sex),
        "ethnicity": words(ethnicity),
        "age_band": words(age_band),
        "rank_grade": words(rank_grade),
        "unit": words(unit),
        "employment": words(employment),
    }
    return World(ethnicity, sex, misconduct, pa.table(columns))


def _key(of: str) -> str:
    """A keyed hash, shortened: enough that two of 45,000 people never meet, and the file stays small."""
    return hmac.new(KEY, of.encode(), hashlib.sha256).hexdigest()[:16]


def write(path: Path) -> None:
    """Draw the world from the seed and write its log; the same library versions give the same bytes."""
    import pyarrow.parquet as pq

    world = draw(np.random.default_rng(SEED))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.table, path, compression="zstd", compression_level=19)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "decision-log.parquet"
    write(target)
    print(f"{target}: {STAFF:,} invented people")
