"""Makes `data/`: an invented staff log with planted truths, so that a tool can be tested on it.

In: a seed. Out: one Parquet file, 45,000 rows, one invented person each, a file of people kept apart from it, and three
small CSV files. No real person, force or supplier is in them. What is planted, and what an audit and a test of claims
ought to find, is listed in README.md and answer-key.yaml; the parameters there are those named below.

The story in one paragraph. Misconduct is equally common in every group, and no draw of it looks at a group. The
invented supplier's score never reads ethnicity or sex. It reads sickness days, complaints about rosters, late swaps
and conduct reports. Women have more sickness days; the rosters of Black staff are complained about more often. So the
score reaches both groups through stand-ins: they are flagged more often, and since there is no more misconduct to find
among them, more of their flags are wrong.

    python examples/misconduct-pilot/generate.py            writes the files into data/ beside this file
    python examples/misconduct-pilot/generate.py FILE       writes the log to FILE and nothing else
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

# What happened after the flag, for the test of claims. Drawn from a stream of its own after everything above, so that
# no figure of the audit moves with it. The faults that are planted:
REFERRED = 0.75  # of flags that the reviewer agreed with, and that were not upheld: passed on for assessment
REFERRED_INSPECTORS = 0.25  # the same for inspectors and above: the bias is in the step, not in the score
NO_CORROBORATION = 0.08  # of formal steps and suspensions: nothing beside the output is recorded
NOTICE_DAYS_MEDIAN = 40.0  # until the person is told what was done
NEVER_TOLD = 0.15
EXPIRED = 0.015  # of records without a flag: still there, though all should be gone within 31 days
APPROVED, UNAPPROVED = "c7d1a0", "c7d1a4"  # hashes of the settings in force
BREACHES = {3: 2000, 6: 900}  # scan, counted from 0 -> the first so many people of it under settings nobody approved
DISCLOSED_FLAGGED, DISCLOSED_OTHERS = 0.020, 0.007  # people who had reported wrongdoing: flagged more often

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
    people: pa.Table


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
    people = _follow(np.random.default_rng([SEED, 2]), columns, scored_at)
    return World(ethnicity, sex, misconduct, pa.table(columns), people)


def _follow(rng: np.random.Generator, columns: dict[str, pa.Array], scored_at: list[datetime]) -> pa.Table:
    """Add what happened after the flag to the columns of the log, and draw the people's own file."""
    import pyarrow as pa

    flag = np.asarray(columns["flag"])
    severity = np.asarray(columns["action_severity"])
    rank = np.asarray(columns["rank_grade"].to_pylist())
    closed, outcome = columns["ts_close"].to_pylist(), columns["ts_outcome"].to_pylist()
    reviewed = np.asarray([at is not None for at in closed])

    inspector = rank == "inspector and above"
    referred = rng.random(STAFF) < np.where(inspector, REFERRED_INSPECTORS, REFERRED)
    contact = np.where(referred, "misconduct assessment", "manager conversation")
    action = np.select(
        [severity == 3, severity == 2, severity == 1], ["suspension", "formal step", contact], default="none"
    )
    talk_after = rng.integers(1, 15, size=STAFF)
    graver = severity >= 2
    acted = [
        None if level == 0 else outcome[row] if graver[row] else closed[row] + timedelta(days=int(talk_after[row]))
        for row, level in enumerate(severity)
    ]
    kind = rng.choice(["system record", "witness account", "own statement"], size=STAFF)
    corroboration = np.where(rng.random(STAFF) < NO_CORROBORATION, "none", kind)
    notice_days = np.rint(NOTICE_DAYS_MEDIAN * np.exp(rng.normal(0.0, 0.5, size=STAFF))).astype(np.int64)
    told = rng.random(STAFF) >= NEVER_TOLD

    scan = np.arange(STAFF) * SCANS // STAFF
    place = np.arange(STAFF) - np.searchsorted(scan, scan)
    outside = np.asarray([row_place < BREACHES.get(int(run), 0) for run, row_place in zip(scan, place, strict=True)])
    expired = ~flag & (rng.random(STAFF) < EXPIRED)
    kept_days = rng.integers(21, 31, size=STAFF)

    def moments(values: list[datetime | None]) -> pa.Array:
        return pa.array(values, pa.timestamp("s", tz="UTC"))

    columns["action"] = pa.array([str(a) if ok else None for a, ok in zip(action, reviewed, strict=True)], pa.string())
    columns["ts_action"] = moments(acted)
    columns["corroboration"] = pa.array(
        [str(what) if ok else None for what, ok in zip(corroboration, graver, strict=True)], pa.string()
    )
    columns["ts_notified"] = moments(
        [
            at + timedelta(days=int(days)) if at is not None and ok else None
            for at, days, ok in zip(acted, notice_days, told, strict=True)
        ]
    )
    columns["config_hash"] = pa.array(np.where(outside, UNAPPROVED, APPROVED).tolist(), pa.string())
    columns["retention_class"] = pa.array(np.where(flag, "flag", "no flag").tolist(), pa.string())
    columns["ts_deleted"] = moments(
        [
            None if held else at + timedelta(days=int(days))
            for at, days, held in zip(scored_at, kept_days, flag | expired, strict=True)
        ]
    )
    columns["seq"] = pa.array(np.arange(1, STAFF + 1), pa.int32())

    disclosed = rng.random(STAFF) < np.where(flag, DISCLOSED_FLAGGED, DISCLOSED_OTHERS)
    before = rng.integers(20, 300, size=STAFF)
    return pa.table(
        {
            "subject_key": columns["subject_key"],
            "protected_disclosure": pa.array(disclosed),
            "ts_disclosure": moments(
                [
                    at - timedelta(days=int(days)) if made else None
                    for at, days, made in zip(scored_at, before, disclosed, strict=True)
                ]
            ),
        }
    )


def _key(of: str) -> str:
    """A keyed hash, shortened: enough that two of 45,000 people never meet, and the file stays small."""
    return hmac.new(KEY, of.encode(), hashlib.sha256).hexdigest()[:16]


def sides(world: World) -> dict[str, str]:
    """The small files, as CSV: settings that were approved, people employed by rank, records handed over by month."""
    ranks = world.table["rank_grade"].to_pylist()
    employed = "".join(f"{rank},{ranks.count(rank)}\n" for rank in RANK_GRADE)
    months = [at.strftime("%Y-%m") for at in world.table["ts_scored"].to_pylist()]
    counts = "".join(f"records handed over,{month},{months.count(month)}\n" for month in sorted(set(months)))
    return {
        "approved-settings.csv": "model_version,config_hash,threshold,valid_from,valid_to\n"
        f"2.1,{APPROVED},{THRESHOLD},2025-11-10T00:00:00Z,2026-02-28T00:00:00Z\n",
        "headcount.csv": f"rank_grade,employed\n{employed}",
        "external-counts.csv": f"source,period,count\n{counts}",
    }


def write(path: Path, *, log_only: bool = False) -> None:
    """Draw the world from the seed and write its log, and the other files beside it.

    The same library versions give the same bytes.
    """
    import pyarrow.parquet as pq

    world = draw(np.random.default_rng(SEED))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Numbers and times that hardly repeat are smaller as differences than as a dictionary.
    differences = dict.fromkeys(("seq", "ts_deleted", "ts_action", "ts_notified"), "DELTA_BINARY_PACKED")
    pq.write_table(
        world.table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in world.table.column_names if name not in differences],
        column_encoding=differences,
    )
    if log_only:
        return
    apart = path.parent / "people.parquet"
    pq.write_table(world.people, apart, compression="zstd", compression_level=19, use_dictionary=False)
    for name, text in sides(world).items():
        (path.parent / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "decision-log.parquet"
    write(target, log_only=len(sys.argv) > 1)
    print(f"{target}: {STAFF:,} invented people")
