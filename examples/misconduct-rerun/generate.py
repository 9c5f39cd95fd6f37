"""Makes `data/`: the invented log of the pilot's second run, in which the safeguards that are promised work.

In: a seed. Out: three Parquet files and small CSV files; 20,000 invented people, one scan each. No real person, force
or supplier is in them. What holds, and what this log is too small to tell, is listed in README.md and answer-key.yaml.

The story in one paragraph. Sickness and memberships are no longer read. The score reads conduct reports, door and
log-in irregularities and late swaps, none of which differs between groups. Every flag is reviewed by somebody who has
written down a view before seeing the score, takes a quarter of an hour and overturns about one flag in four. Nothing
graver than a conversation happens without evidence beside the output; everybody is told within four weeks, may object,
and is answered within four weeks; and records without a flag are gone within a month.

    python examples/misconduct-rerun/generate.py            writes the files into data/ beside this file
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SEED = 20261201
STAFF = 20_000

# All drawn independently of each other and of misconduct.
ETHNICITY = {"White": 0.66, "Black": 0.13, "Asian": 0.13, "Mixed or other": 0.08}
SEX = {"Male": 0.60, "Female": 0.40}
AGE_BAND = {"18 to 24": 0.08, "25 to 34": 0.29, "35 to 44": 0.30, "45 to 54": 0.24, "55 and over": 0.09}
RANK_GRADE = {"constable": 0.56, "sergeant": 0.12, "inspector and above": 0.05, "staff": 0.27}
UNITS = ("Area 1", "Area 2", "Area 3", "Area 4", "Support")
DISCLOSED = 0.04  # people who have reported wrongdoing, whatever else they are

MISCONDUCT = 0.025
# Means of counts without and with misconduct.
INPUTS = {"conduct_reports": (0.05, 2.2), "access_irregularities": (0.30, 2.0), "late_swaps": (1.0, 1.3)}
WEIGHTS = {"conduct_reports": 1.8, "access_irregularities": 0.9, "late_swaps": 0.1}
NOISE = 0.5
SHARE_FLAGGED = 0.03
THRESHOLD = 0.70

OVERTURNED_IF_WRONG = 0.80  # a reviewer sees most of what is wrong ...
OVERTURNED_IF_RIGHT = 0.03  # ... and seldom lets go of what is right
SWAYED = 0.06  # of views that the flag is wrong, changed once the score is shown
REVIEW_SECONDS_MEDIAN = 900.0
REVIEWERS = 40  # twelve could not show that hardly anybody hurries: cases of one reviewer are alike
UPHELD_IF_AGREED = 0.97
CONTESTED = 0.12

APPROVED = "d40b77"
FIRST_SCAN = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
SCANS = 8  # weekly
AUDITED = 6_000  # people without a flag, drawn by lot, whom an independent reviewer looked into
PAIRS = 4_000  # linked records that two people compared by hand
FALSE_LINKS = 0.012
KEY = b"example only: the people of this log are invented"  # printed because nobody is behind the numbers


def draw(rng: np.random.Generator) -> dict[str, pa.Table | str]:
    """Every file by its name: tables for Parquet, text for CSV. The order of the draws is part of their identity."""
    import pyarrow as pa

    def choose(shares: dict[str, float]) -> NDArray[np.str_]:
        return rng.choice(list(shares), size=STAFF, p=list(shares.values()))

    groups = {
        "ethnicity": choose(ETHNICITY),
        "sex": choose(SEX),
        "age_band": choose(AGE_BAND),
        "rank_grade": choose(RANK_GRADE),
        "unit": rng.choice(UNITS, size=STAFF),
    }
    disclosed = rng.random(STAFF) < DISCLOSED
    misconduct = rng.random(STAFF) < MISCONDUCT
    inputs = {name: rng.poisson(np.where(misconduct, bad, plain)) for name, (plain, bad) in INPUTS.items()}
    raw = sum(WEIGHTS[name] * values for name, values in inputs.items()) + rng.normal(0.0, NOISE, size=STAFF)
    cut = np.quantile(raw, 1 - SHARE_FLAGGED)
    score = np.round(1 / (1 + np.exp(-(raw - cut) - np.log(THRESHOLD / (1 - THRESHOLD)))), 3)
    flag = score >= THRESHOLD

    wrong = rng.random(STAFF) < np.where(misconduct, OVERTURNED_IF_RIGHT, OVERTURNED_IF_WRONG)
    swayed = flag & wrong & (rng.random(STAFF) < SWAYED)
    blind = np.where(wrong, "override", "agree")
    decision = np.where(wrong & ~swayed, "override", "agree")
    agreed = flag & (decision == "agree")
    upheld = agreed & misconduct & (rng.random(STAFF) < UPHELD_IF_AGREED)
    severity = np.where(upheld, rng.choice([2, 3], size=STAFF, p=[0.85, 0.15]), np.where(agreed, 1, 0))
    action = np.select(
        [severity == 3, severity == 2, severity == 1], ["suspension", "formal step", "misconduct assessment"], "none"
    )
    acted = agreed

    scored = [FIRST_SCAN + timedelta(days=7 * int(scan)) for scan in np.arange(STAFF) * SCANS // STAFF]
    hour, day = 3_600, 86_400
    opened = rng.integers(hour, 5 * day, size=STAFF)
    took = np.rint(REVIEW_SECONDS_MEDIAN * np.exp(rng.normal(0.0, 0.4, size=STAFF))).astype(np.int64) + 30
    done = opened + took + rng.integers(day, 30 * day, size=STAFF)
    told = done + rng.integers(hour, 21 * day, size=STAFF)
    contested = acted & (rng.random(STAFF) < CONTESTED)
    contest = told + rng.integers(day, 14 * day, size=STAFF)
    answered = contest + rng.integers(2 * day, 25 * day, size=STAFF)
    won = contested & ~upheld & (rng.random(STAFF) < 0.5)
    reviewer = rng.integers(0, REVIEWERS, size=STAFF)
    kind = rng.choice(["system record", "witness account", "own statement"], size=STAFF)
    kept_days = rng.integers(14, 29, size=STAFF)
    looked_at = rng.random(STAFF) < 0.08

    def when(known: NDArray[np.bool_], seconds: NDArray[np.int64]) -> pa.Array:
        moments = [
            at + timedelta(seconds=int(s)) if ok else None for at, s, ok in zip(scored, seconds, known, strict=True)
        ]
        return pa.array(moments, pa.timestamp("s", tz="UTC"))

    def words(values: Any, known: NDArray[np.bool_] | None = None) -> pa.Array:
        shown = [str(v) for v in values]
        return pa.array(shown if known is None else [v if ok else None for v, ok in zip(shown, known, strict=True)])

    everybody = np.ones(STAFF, dtype=bool)
    reviewers = [_key(f"reviewer/{who}") for who in reviewer]
    people = [_key(f"staff/{row}") for row in range(1, STAFF + 1)]
    log = {
        "case_id": words([f"MR-{row:05d}" for row in range(1, STAFF + 1)]),
        "subject_key": words(people),
        "ts_scored": when(everybody, np.zeros(STAFF, dtype=np.int64)),
        "model_version": words(["3.0"] * STAFF),
        "config_hash": words([APPROVED] * STAFF),
        "threshold": pa.array(np.full(STAFF, THRESHOLD)),
        "score": pa.array(score),
        "flag": pa.array(flag),
        "ts_open": when(flag, opened),
        "ts_close": when(flag, opened + took),
        "reviewer_key": words(reviewers, flag),
        "blind_decision": words(blind, flag),
        "reviewer_decision": words(decision, flag),
        "action": words(action, flag),
        "action_severity": pa.array(severity, pa.int8()),
        "corroboration": words(kind, severity >= 2),
        "ts_action": when(acted, done),
        "ts_notified": when(acted, told),
        "ts_contest": when(contested, contest),
        "ts_contest_decided": when(contested, answered),
        "contest_result": words(np.where(won, "upheld", "rejected"), contested),
        "corrected_downstream": pa.array([True if ok else None for ok in won], pa.bool_()),
        "outcome_label": pa.array([bool(u) if ok else None for u, ok in zip(upheld, flag, strict=True)], pa.bool_()),
        # Opening the file of a flag is a search: under a case, by somebody on duty.
        "query_user": words(reviewers, flag),
        "case_ref": words([f"PS-{row:05d}" for row in range(1, STAFF + 1)], flag),
        "query_subject": words(["other"] * STAFF, flag),
        "on_shift": pa.array([True if ok else None for ok in flag], pa.bool_()),
        "supplier_user": pa.array([False if ok else None for ok in flag], pa.bool_()),
        "query_audited": pa.array([bool(a) if ok else None for a, ok in zip(looked_at, flag, strict=True)], pa.bool_()),
        "retention_class": words(np.where(flag, "flag", "no flag")),
        "ts_deleted": when(~flag, kept_days.astype(np.int64) * day),
        "seq": pa.array(np.arange(1, STAFF + 1), pa.int32()),
    }
    apart = {
        "subject_key": words(people),
        **{name: words(values) for name, values in groups.items()},
        "protected_disclosure": pa.array(disclosed),
        "ts_disclosure": when(disclosed, -rng.integers(20, 300, size=STAFF).astype(np.int64) * day),
    }
    score_inputs = {"case_id": log["case_id"], **{name: pa.array(v, pa.int16()) for name, v in inputs.items()}}

    drawn = np.sort(rng.choice(np.flatnonzero(~flag), size=AUDITED, replace=False))
    chance = AUDITED / int((~flag).sum())
    sample = pa.table(
        {
            "case_id": words([f"MR-{row + 1:05d}" for row in drawn]),
            "outcome_label": pa.array(misconduct[drawn]),
            "probability": pa.array(np.full(AUDITED, chance)),
        }
    )
    before = rng.choice(score, size=10_000)  # scores of the trial on which approval rests: the same world
    edges = np.linspace(0, 1, 11)
    names = list(ETHNICITY)
    origin = rng.choice(names, size=PAIRS)
    true_link = rng.random(PAIRS) >= FALSE_LINKS
    months = [at.strftime("%Y-%m") for at in scored]
    ranks = groups["rank_grade"].tolist()
    found, processed = int(upheld.sum()), STAFF
    return {
        "decision-log.parquet": pa.table(log),
        "people.parquet": pa.table(apart),
        "inputs.parquet": pa.table(score_inputs),
        "audit-sample.parquet": sample,
        "approved-settings.csv": _csv(
            "model_version,config_hash,threshold,valid_from,valid_to",
            [f"3.0,{APPROVED},{THRESHOLD},2026-05-20T00:00:00Z,"],
        ),
        "baseline.csv": _csv(
            "measure,low,high,count",
            [
                *(
                    f"score,{low:.1f},{high:.1f},{int(((before >= low) & ((before < high) | (high == 1))).sum())}"
                    for low, high in pairwise(edges)
                ),
                "flag_rate,0.02,0.04,",
            ],
        ),
        "link-sample.csv": _csv(
            "pair_id,group,linked,true_link",
            [f"L{n:04d},{origin[n]},true,{str(bool(true_link[n])).lower()}" for n in range(PAIRS)],
        ),
        "canaries.csv": _csv(
            "canary_id,store,found,due,checked",
            [
                f"K{n:02d}-{store},{store},false,2026-09-01T00:00:00Z,2026-09-{3 + n % 20:02d}T09:00:00Z"
                for store in ("primary", "index", "backup", "supplier")
                for n in range(40)
            ],
        ),
        "headcount.csv": _csv("rank_grade,employed", [f"{rank},{ranks.count(rank)}" for rank in RANK_GRADE]),
        "external-counts.csv": _csv(
            "source,period,count",
            [f"records handed over,{month},{months.count(month)}" for month in sorted(set(months))],
        ),
        "costs.csv": _csv(
            "item,period,amount,outcomes,processed,comparison_outcomes,comparison_processed",
            [f"second run,2026,410000,{found},{processed},{found // 2},{processed}"],
        ),
        "export-test.csv": _csv(
            "table,rows_expected,rows_exported,fields_expected,fields_exported,reimport,hours,derived",
            [
                "scores,20000,20000,12,12,ok,3,true",
                "links,61000,61000,9,9,ok,5,true",
                "reviews,600,600,14,14,ok,1,false",
            ],
        ),
    }


def _csv(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def _key(of: str) -> str:
    """A keyed hash, shortened: enough that two of 20,000 people never meet, and the files stay small."""
    return hmac.new(KEY, of.encode(), hashlib.sha256).hexdigest()[:12]


def write(path: Path) -> None:
    """Write the log to `path` and the other files beside it."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    for name, made in draw(np.random.default_rng(SEED)).items():
        target = path.parent / (path.name if name == "decision-log.parquet" else name)
        if isinstance(made, str):
            target.write_text(made, encoding="utf-8")
        else:
            pq.write_table(made, target, compression="zstd", compression_level=19)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "decision-log.parquet"
    write(target)
    print(f"{target}: {STAFF:,} invented people")
