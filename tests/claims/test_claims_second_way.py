"""One awkward log, counted twice: by the checks, and by pandas with statsmodels and scipy.

Three thousand seeded cases: nulls, an unknown group, a small one, planted tests, several reviewers, deployments, side
files, planted contradictions. Once every person has one row (intervals are compared), once people have several (counts
are, and intervals must be wider).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint  # type: ignore[import-untyped]

from impact.claims.check import Measured, Ruling

Rules = Callable[..., dict[str, Ruling]]
N = 3000
AS_AT = pd.Timestamp("2026-11-20", tz="UTC")
FIGURES: dict[str, dict[str, Any]] = {
    "CK-02": {"least_seconds": 60},
    "CK-03": {"limit": 0.05},
    "CK-05": {"accuracy": 0.9},
    "CK-07": {"precision": 0.3, "top_k": 40, "top_precision": 0.9},
    "CK-08": {"one_in": 100},
    "CK-10": {"margin": 0.05},
    "CK-12": {"margin": 0.05},
    "CK-15": {"margin": 0.2},
    "CK-19": {"levels": ["Serious"], "tolerance": 0.05},
    "CK-20": {"days": 200},
    "CK-22": {"cap": 500},
    "CK-27": {"told": 0.9},
    "CK-28": {"days": 20},
    "CK-31": {"limit": 0.2, "severe_limit": 0.05},
    "CK-38": {"margin": 0.05},
}


def frame(people: int) -> pd.DataFrame:
    rng = np.random.RandomState(11)
    at = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(rng.randint(0, 250 * 86400, N), unit="s")
    key = np.arange(N) % people
    log = pd.DataFrame({"case_id": [f"c{i}" for i in range(N)], "subject_key": [f"p{i}" for i in key], "ts_scored": at})
    names = np.array(["A", "B", "C", ""], dtype=object)
    pick = np.random.RandomState(1).choice(names, people, p=[0.6, 0.33, 0.05, 0.02])
    pick[:4] = "Tiny"
    log["ethnicity"] = pick[key]
    log["score"] = rng.beta(2, 5, N).round(3)
    log["flag"] = (log.score > np.where(log.ethnicity == "B", 0.3, 0.35)).astype(int).astype(object)
    log["seeded_test"] = (rng.rand(N) < 0.02).astype(int)
    log["outcome_label"] = pd.Series((rng.rand(N) < log.score).astype(int)).where(rng.rand(N) > 0.03, "")
    log["rank"] = log.score.rank(ascending=False, method="first").astype(int)
    log["reviewer_key"] = [f"r{i}" for i in rng.randint(0, 25, N)]
    decisions = rng.choice(["agree", "override", "defer"], N, p=[0.6, 0.3, 0.1])
    log["reviewer_decision"] = np.where(log.flag == 1, decisions, "")
    log["blind_decision"] = np.where(rng.rand(N) < 0.3, rng.choice(["agree", "override"], N), "")
    log["ts_open"] = at + pd.to_timedelta(3600, unit="s")
    log["ts_close"] = log.ts_open + pd.to_timedelta(rng.randint(-5, 900, N), unit="s")
    log["ts_action"] = (log.ts_open + pd.to_timedelta(rng.randint(-900, 86400, N), unit="s")).where(log.flag == 1)
    log["ts_notified"] = (log.ts_action + pd.to_timedelta(rng.randint(0, 30, N), unit="D")).where(rng.rand(N) > 0.1)
    log["action_severity"] = np.where(log.flag == 1, rng.randint(0, 4, N), 0)
    log["corroboration"] = rng.choice(["witness", "cctv", "None ", "0.0", ""], N, p=[0.5, 0.3, 0.01, 0.01, 0.18])
    log["deployment_id"] = [f"d{i % 30}" for i in range(N)]
    log["faces_seen"] = [800 + 10 * (i % 30) for i in range(N)]
    log["watchlist_id"] = [f"w{i % 7}" for i in range(N)]
    log["watchlist_size"] = [480 + 4 * (i % 7) for i in range(N)]
    log["offence_level"] = rng.choice(["serious", " SERIOUS", "minor"], N, p=[0.6, 0.3, 0.1])
    log["ts_contest"] = (log.ts_action + pd.to_timedelta(3, unit="D")).where(rng.rand(N) < 0.1)
    log["ts_contest_decided"] = log.ts_contest + pd.to_timedelta(rng.randint(1, 25, N), unit="D")
    log["contest_result"] = np.where(log.ts_contest.notna(), rng.choice(["upheld", "rejected", "pending"], N), "")
    log["document_id"] = log.case_id
    log["generated_claims"] = rng.randint(1, 20, N)
    log["unsupported_claims"] = rng.binomial(log.generated_claims, 0.1)
    log["severe_errors"] = (rng.rand(N) < 0.02).astype(int)
    log["ts_deleted"] = (at + pd.to_timedelta(rng.randint(30, 210, N), unit="D")).where(rng.rand(N) < 0.9)
    return log


def rows_of(log: pd.DataFrame) -> list[dict[str, Any]]:
    told = log.copy()
    for name in told:
        if name.startswith("ts_"):
            told[name] = told[name].map(lambda at: "" if pd.isna(at) else at.isoformat())
    return list(told.astype(object).where(told.notna(), "").to_dict("records"))


def named(ruling: Ruling, start: str) -> Measured:
    (found,) = (each for each in ruling.measures if each.label.startswith(start))
    return found


def shares(log: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """(check, label) -> hits and rows at risk, by pandas. What each means: claims.md 4 of the design."""
    flag, real = log.flag == 1, log.seeded_test == 0
    known = log.outcome_label != ""
    hit = log.outcome_label == 1
    reviewed = flag & (log.reviewer_decision != "")
    took = (log.ts_close - log.ts_open).dt.total_seconds()
    blind = (log.blind_decision != "") & (log.reviewer_decision != "")
    towards = np.where(flag, "agree", "override")
    grave, bare = log.action_severity >= 2, ~log.corroboration.isin(["witness", "cctv"])
    affected = log.ts_action.notna() & (log.action_severity >= 1)
    minor = log.offence_level == "minor"
    wait = (log.ts_contest_decided - log.ts_contest).dt.days
    contest = log.ts_contest.notna()
    end = log.ts_deleted.where(log.ts_deleted < AS_AT + pd.Timedelta(days=1))
    aged = (end.fillna(AS_AT) - log.ts_scored).dt.total_seconds() / 86400 > 200

    def of(part: Any, whole: Any) -> tuple[int, int]:
        return int((part & whole).sum()), int(whole.sum())

    return {
        ("CK-01", "Alerts without"): of(~(log.ts_open < log.ts_action), flag),
        ("CK-01", "Actions at"): of(log.ts_action <= log.ts_open, flag),
        ("CK-02", "Reviews that"): of(log.reviewer_decision == "override", reviewed),
        ("CK-02", "Alerts that"): of(hit, flag & known),
        ("CK-02", "Reviews shorter"): of(took < 60, flag & (took >= 0)),
        ("CK-03", "Views changed"): of(
            (log.reviewer_decision == towards) & (log.blind_decision != log.reviewer_decision), blind
        ),
        ("CK-04", "Actions on"): of(bare, grave),
        ("CK-05", "Cases where"): of(flag == hit, known & real),
        ("CK-07", "Flags that"): of(hit, flag & known & real),
        ("CK-07", "Cases ranked"): of(hit, (log["rank"] <= 40) & known & real),
        ("CK-19", "Flags below"): of(minor, flag),
        ("CK-20", "Records kept"): of(aged, log.ts_scored.notna()),
        ("CK-27", "Cases in which the person affected was told, without"): of(log.ts_notified.notna(), affected),
        ("CK-28", "Challenges not"): of(wait > 20, contest),
        ("CK-28", "Challenges decided"): of(
            log.contest_result == "upheld", contest & log.contest_result.isin(["upheld", "rejected"])
        ),
        ("CK-31", "Documents with"): of(log.severe_errors > 0, log.case_id.notna()),
    }


def word(holds: bool, fails: bool) -> str:
    return "supported" if holds else "contradicted" if fails else "not enough data"


CLUSTERED = {("CK-02", "Reviews that"), ("CK-02", "Reviews shorter"), ("CK-03", "Views changed")}  # by reviewer
BY_DOCUMENT = {("CK-31", "Documents with")}


@pytest.mark.parametrize("people", [N, 700])
def test_counts_intervals_and_verdicts_come_out_the_same_by_pandas_and_statsmodels(rules: Rules, people: int) -> None:
    log = frame(people)
    found = rules({"log": rows_of(log)}, FIGURES)
    limits = {}
    for (check, start), (k, n) in shares(log).items():
        one = named(found[check], start)
        assert (one.count, one.of) == (k, n), (check, start)
        assert one.value == pytest.approx(k / n)
        low, high = limits[check, start] = proportion_confint(k, n, method="wilson")
        if (check, start) in CLUSTERED or (people < N and (check, start) not in BY_DOCUMENT):
            assert one.low is not None
            assert one.high is not None
            assert one.low <= k / n <= one.high
        elif k:
            assert (one.low, one.high) == pytest.approx((low, high)), (check, start)
    for check in ("CK-01", "CK-04", "CK-20", "CK-22", "CK-28"):  # planted counter-examples to “every” and “never”
        assert found[check].verdict == "contradicted", (check, found[check])
    lists = log.groupby("watchlist_id").watchlist_size.max()
    assert named(found["CK-22"], "Largest").value == lists.max()
    assert (named(found["CK-22"], "Watchlists over").count, named(found["CK-22"], "Watchlists over").of) == (
        (lists > 500).sum(),
        len(lists),
    )
    if people == N:
        low, high = limits["CK-05", "Cases where"]
        assert found["CK-05"].verdict == word(low >= 0.9, high < 0.9)
        low, high = limits["CK-19", "Flags below"]
        assert found["CK-19"].verdict == word(high <= 0.05, low > 0.05)


def test_false_alerts_for_each_face_by_pandas(rules: Rules) -> None:
    log = frame(N)
    one = rules({"log": rows_of(log)}, FIGURES)["CK-08"]
    real = log[log.seeded_test == 0]
    wrong = int(((real.flag == 1) & (real.outcome_label == 0)).sum())
    faces = int(real.groupby("deployment_id").faces_seen.min().sum())
    low, high = proportion_confint(wrong, faces, method="beta")
    rate = named(one, "False alerts for each face")
    assert (rate.count, rate.of, rate.low, rate.high) == pytest.approx((wrong, faces, low, high))
    assert one.verdict == word(high <= 1 / 100, low > 1 / 100)


def test_groups_by_pandas_newcombe_and_koopman(rules: Rules) -> None:
    log = frame(N)
    found = rules({"log": rows_of(log)}, FIGURES)
    real = log[(log.seeded_test == 0) & (log.ethnicity != "")]
    # “Tiny” has four people: withheld with the next smallest, and added up for those who are compared with the rest.
    assert "Not shown by ethnicity: C, Tiny." in " ".join(found["CK-10"].cautions)
    gone = int(((log.seeded_test == 0) & (log.ethnicity == "")).sum())
    assert any(caution.startswith(f"{gone} rows") for caution in found["CK-10"].cautions)
    errors = {
        "Wrongly flagged": (real.flag == 1, real.outcome_label == 0),
        "Missed": (real.flag == 0, real.outcome_label == 1),
        "Share flagged": (real.flag == 1, real.flag.notna()),
    }
    for group in ("A", "B"):
        for label, (hit, risk) in errors.items():
            mine = real.ethnicity == group
            k1, n1 = int((hit & risk & mine).sum()), int((risk & mine).sum())
            k2, n2 = int((hit & risk & ~mine).sum()), int((risk & ~mine).sum())
            check = "CK-10" if label == "Share flagged" else "CK-12"
            pairs = [m for m in found[check].measures if m.label.startswith(label) and f": {group} (" in m.label]
            gap = next(m for m in pairs if m.unit == "difference")
            assert gap.value == pytest.approx(k1 / n1 - k2 / n2)
            assert (gap.low, gap.high) == pytest.approx(
                confint_proportions_2indep(k1, n1, k2, n2, compare="diff", method="newcomb"), abs=1e-9
            )
            if check == "CK-10":
                ratio = next(m for m in pairs if m.unit == "ratio")
                assert (ratio.low, ratio.high) == pytest.approx(
                    confint_proportions_2indep(k1, n1, k2, n2, compare="ratio", method="score", correction=False),
                    rel=1e-4,
                )
