"""CK-10, CK-11, CK-12 and CK-15: a planted case for every verdict.

Intervals from statsmodels, numbers of people from claims.md 4.3 of the design.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import product
from math import sqrt
from typing import Any

import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep

from impact.claims.check import Claim, Ruling
from impact.claims.checks import catalogue
from impact.claims.checks.group_sizes import detectable
from impact.claims.examine import ask, judge
from impact.claims.shares import Share
from impact.metrics.logs.opening import DecisionLog

from .conftest import context_of

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]


def flagged(counts: dict[str, tuple[int, int]], by: str = "ethnicity") -> Rows:
    return [{by: group or None, "flag": int(i < k)} for group, (k, n) in counts.items() for i in range(n)]


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({"A": (500, 5000), "B": (505, 5000)}, "supported"),
        ({"A": (300, 1000), "B": (100, 1000)}, "contradicted"),
        ({"A": (12, 100), "B": (10, 100)}, "not enough data"),
        ({"A": (500, 5000), "B": (505, 5000), "C": (1, 6)}, "not enough data"),  # nobody can tell for C
        ({"A": (300, 1000), "B": (100, 1000), "C": (1, 6)}, "contradicted"),  # A against B and C together
        ({"A": (500, 5000)}, "not enough data"),
        ({"": (500, 5000)}, "not enough data"),
    ],
)
def test_equal_selection_is_judged_by_two_one_sided_tests(
    rule: Rule, counts: dict[str, tuple[int, int]], verdict: str
) -> None:
    ruling = rule("CK-10", flagged(counts), parameters={"margin": 0.05})
    assert ruling.verdict == verdict
    if counts.get("A") == (300, 1000) and len(counts) == 2:
        low, high = confint_proportions_2indep(300, 1000, 100, 1000, method="newcomb", compare="diff")
        gap, ratio = ruling.measures
        assert (gap.value, gap.low, gap.high) == pytest.approx((0.2, low, high))
        assert ruling.tables[0].rows[0][3] == f"+20.0 ({low * 100:.1f} to {high * 100:.1f})"
        low, high = confint_proportions_2indep(300, 1000, 100, 1000, method="score", compare="ratio", correction=False)
        assert (ratio.value, ratio.low, ratio.high) == pytest.approx((3.0, low, high), rel=1e-6)


def test_what_equal_selection_would_take(rule: Rule) -> None:
    # 780 in each group at a rate of 0.9 and a margin of 0.05.
    ruling = rule("CK-10", flagged({"A": (90, 100), "B": (90, 100)}), parameters={"margin": 0.05})
    assert (ruling.verdict, ruling.needed) == ("not enough data", "about 780 in each group")


def test_selection_is_not_testable_without_a_margin_groups_or_flags(rule: Rule) -> None:
    rows = flagged({"A": (300, 1000), "B": (100, 1000)})
    ruling = rule("CK-10", rows)
    assert ruling.verdict == "not testable"
    assert ruling.tables[0].rows[0][4] == "<0.001"  # of no gap at all: shown, not judged
    assert rule("CK-10", [{"flag": 1}], parameters={"margin": 0.05}).missing == ("ethnicity", "sex", "age_band")
    assert rule("CK-10", [{"ethnicity": "A"}], parameters={"margin": 0.05}).missing == ("flag",)


@pytest.mark.parametrize("check", ["CK-05", "CK-10", "CK-11", "CK-12", "CK-15"])
def test_a_log_of_alerts_alone_has_no_shares_flagged(rule: Rule, check: str) -> None:
    """Everybody in it is flagged, in every group: that is no equality. Planted tests do not count as looked at."""
    rows = [
        {"flag": 1, "outcome_label": i % 5 > 0, "ethnicity": group, "seeded_test": 0}
        for group, n in (("A", 4000), ("B", 500))
        for i in range(n)
    ]
    walked_past = {"flag": 0, "outcome_label": 1, "ethnicity": "A", "seeded_test": 1}

    ruling = rule(check, [*rows, walked_past], parameters={"margin": 0.05, "accuracy": 0.5})

    assert ruling.verdict == "not testable"
    assert ruling.sentence.startswith("The log holds flagged cases only")


def test_groups_come_from_the_file_kept_apart_and_a_reference_can_be_named(rule: Rule) -> None:
    log = [{"subject_key": f"p{i}", "flag": int(i % 10 == 0)} for i in range(3000)]
    people = [{"subject_key": f"p{i}", "ethnicity": "ABC"[i % 3]} for i in range(2990)]
    ruling = rule("CK-10", log, people=people, parameters={"margin": 0.1}, reference={"ethnicity": "B"})
    assert ruling.verdict == "supported"
    assert [row[0] for row in ruling.tables[0].rows] == ["A (ethnicity)", "C (ethnicity)"]
    assert ruling.cautions == ("10 rows (0.33%) have no ethnicity recorded and were left out there.",)


def test_another_characteristic_can_be_named(rule: Rule) -> None:
    rows = flagged({"PC": (300, 1000), "Chief": (0, 200)}, by="rank_grade")
    assert rule("CK-10", rows, parameters={"margin": 0.05}).verdict == "not testable"
    named = {"margin": 0.05, "characteristics": ["rank_grade"]}
    assert rule("CK-10", rows, parameters=named).verdict == "contradicted"


def outcomes(tables: dict[str, tuple[int, int, int, int]]) -> Rows:
    """Group -> TP, FP, FN, TN."""
    kinds = ((1, 1), (1, 0), (0, 1), (0, 0))
    return [
        {"sex": group, "flag": f, "outcome_label": y}
        for group, table in tables.items()
        for (f, y), n in zip(kinds, table, strict=True)
        for _ in range(n)
    ]


@pytest.mark.parametrize(
    ("tables", "margin", "verdict"),
    [
        ({"F": (1600, 200, 400, 3800), "M": (1590, 210, 410, 3790)}, 0.05, "supported"),
        ({"F": (800, 200, 200, 1800), "M": (800, 600, 200, 1400)}, 0.05, "contradicted"),  # 10% against 30%
        ({"F": (950, 200, 50, 1800), "M": (600, 200, 400, 1800)}, 0.05, "contradicted"),  # missed: 5% against 40%
        ({"F": (40, 10, 10, 90), "M": (38, 11, 12, 89)}, 0.05, "not enough data"),
    ],
)
def test_errors_of_groups(
    rule: Rule, tables: dict[str, tuple[int, int, int, int]], margin: float, verdict: str
) -> None:
    ruling = rule("CK-12", outcomes(tables), parameters={"margin": margin})
    assert ruling.verdict == verdict
    assert any("flags cannot be equally often right" in caution for caution in ruling.cautions)
    joint = next(measure for measure in ruling.measures if measure.label.startswith("Larger of the two"))
    (tp, fp, fn, tn), (TP, FP, FN, TN) = tables.values()
    gaps = abs(fp / (fp + tn) - FP / (FP + TN)), abs(fn / (tp + fn) - FN / (TP + FN))
    assert joint.value == pytest.approx(max(gaps))


def test_a_ratio_of_errors_above_two_is_named(rule: Rule) -> None:
    rows = outcomes({"F": (800, 200, 200, 1800), "M": (800, 600, 200, 1400)})
    ruling = rule("CK-12", rows, parameters={"margin": 0.25})  # a margin so wide that nothing is beyond it
    assert ruling.verdict == "supported"
    (said,) = [caution for caution in ruling.cautions if "times as high" in caution]
    assert said.startswith("Wrongly flagged, of those without the outcome: everybody else against F (sex) is 3.0 times")


def test_precision_of_groups_decides_only_where_it_is_declared(rule: Rule) -> None:
    # Equal error rates, but one in ten against one in two with the outcome: right flags 47% and 89%.
    rows = outcomes({"F": (800, 900, 200, 8100), "M": (4000, 500, 1000, 4500)})
    assert rule("CK-12", rows, parameters={"margin": 0.05}).verdict == "supported"
    asked = {"margin": 0.05, "measures": ["fpr", "fnr", "ppv"]}
    assert rule("CK-12", rows, parameters=asked).verdict == "contradicted"


def test_errors_are_not_testable_where_only_flagged_cases_have_outcomes(rule: Rule) -> None:
    rows = outcomes({"F": (80, 20, 0, 0), "M": (60, 40, 0, 0)}) + [{"sex": "F", "flag": 0, "outcome_label": None}] * 50
    ruling = rule("CK-12", rows, parameters={"margin": 0.05})
    assert ruling.verdict == "not testable"
    assert [table.title for table in ruling.tables] == ["Right, of those flagged"]
    assert rule("CK-12", outcomes({"F": (9, 9, 9, 9), "M": (9, 9, 9, 9)})).verdict == "not testable"
    assert rule("CK-12", [{"flag": 1, "outcome_label": 1}], parameters={"margin": 0.1}).verdict == "not testable"


@pytest.mark.parametrize(
    ("counts", "favourable", "verdict"),
    [
        ({"A": (500, 1000), "B": (490, 1000)}, True, "supported"),  # .98, from .90
        ({"A": (500, 1000), "B": (300, 1000)}, True, "contradicted"),  # .60, to .67
        ({"A": (50, 100), "B": (42, 100)}, True, "not enough data"),  # .84 on a point estimate
        ({"A": (100, 1000), "B": (200, 1000)}, False, "contradicted"),  # twice as often flagged
        ({"A": (5000, 10000), "B": (5050, 10000)}, False, "supported"),
        ({"A": (10, 1000), "B": (11, 1000)}, False, "not enough data"),  # spared alike, flagged nobody can tell
        ({"A": (500, 1000), "B": (490, 1000), "C": (2, 4)}, True, "not enough data"),
        ({"A": (0, 50), "B": (0, 50)}, False, "not enough data"),
    ],
)
def test_the_impact_ratio(rule: Rule, counts: dict[str, tuple[int, int]], favourable: bool, verdict: str) -> None:
    ruling = rule("CK-11", flagged(counts), parameters={"favourable": favourable})
    assert ruling.verdict == verdict
    assert "no legal force in the United Kingdom" in ruling.cautions[-1]
    if counts["B"] == (300, 1000):
        low, high = confint_proportions_2indep(300, 1000, 500, 1000, method="score", compare="ratio", correction=False)
        assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx((low, high), rel=1e-6)


def test_the_impact_ratio_of_scores_and_of_rare_groups(rule: Rule) -> None:
    # The middle score is that of 1,000 below and 1,000 above; of A 70% are above, of B 30%.
    rows = [{"sex": "A", "score": i + (1000 if i < 700 else 0)} for i in range(1000)]
    rows += [{"sex": "B", "score": i + (1000 if i < 300 else 0)} for i in range(1000)]
    ruling = rule("CK-11", rows, parameters={"favourable": True})
    assert ruling.verdict == "contradicted"
    assert "scores above the middle one" in ruling.sentence
    rare = flagged({"A": (500, 1000), "B": (490, 1000), "C": (15, 30)})
    assert rule("CK-11", rare, parameters={"favourable": True}).verdict != "supported"
    ruling = rule("CK-11", rare, parameters={"favourable": True, "least_share": 0.02})
    assert ruling.verdict == "supported"
    assert ruling.cautions[0] == "Left out, as under 2% of people: C (ethnicity)."


def test_the_best_of_many_groups_does_not_contradict_by_luck(rule: Rule) -> None:
    counts = {f"g{i}": (50, 100) for i in range(18)} | {"high": (58, 100), "low": (39, 100)}
    ruling = rule("CK-11", flagged(counts), parameters={"favourable": True, "least_ratio": 0.9})
    low = next(row for row in ruling.tables[0].rows if row[0].startswith("low"))
    assert float(low[4]) < 0.05 < float(low[5])  # alone it would; among 190 pairs it does not
    assert ruling.verdict == "not enough data"


def test_the_least_detectable_difference_is_that_of_the_formula() -> None:
    z = norm.ppf(0.975) + norm.ppf(0.8)
    expected = z * sqrt(0.1 * 0.9 / 400 + 0.2 * 0.8 / 900)
    assert detectable(Share(40, 400), Share(180, 900)) == pytest.approx(expected)
    assert detectable(Share(0, 12), Share(100, 1000)) > 0.1  # nobody flagged of twelve shows next to nothing


@pytest.mark.parametrize(
    ("counts", "margin", "verdict"),
    [
        ({"A": (500, 5000), "B": (500, 5000)}, 0.05, "supported"),
        ({"A": (50, 500), "B": (50, 500)}, 0.05, "not enough data"),  # least difference 5.3 points
        ({"A": (500, 5000), "B": (500, 5000), "C": (1, 5)}, 0.05, "not enough data"),
        ({"A": (500, 5000)}, 0.05, "not enough data"),
        ({"A": (500, 5000), "B": (500, 5000)}, None, "not testable"),
        ({}, 0.05, "not testable"),
    ],
)
def test_whether_the_sample_is_big_enough(rule: Rule, counts: Any, margin: Any, verdict: str) -> None:
    rows = flagged(counts) or [{"flag": 1}]
    ruling = rule("CK-15", rows, parameters={} if margin is None else {"margin": margin})
    assert ruling.verdict == verdict
    if counts.get("A") == (50, 500):
        assert ruling.measures[0].value == pytest.approx(2.8015852 * sqrt(2 * 0.09 / 500), rel=1e-6)
        # .09 / ((.05/2.8016)² - .09/500) = 649.7
        assert ruling.needed == "about 650 cases of A (ethnicity)"


def examined(log: DecisionLog, checks: Iterable[str], margin: float, **other: float) -> dict[str, Ruling | None]:
    one = [catalogue()[name] for name in checks]
    context = context_of(log, parameters={"margin": margin, **other}, reference={}, as_at=date(2026, 11, 20))
    contexts = {check.id: context for check in one}
    claims = {check.id: Claim(check.id, check.id != "CK-15", "") for check in one}
    return {each.check.id: each.ruling for each in judge(one, contexts, claims, ask(one, contexts, log))}


def test_a_sample_that_is_too_small_takes_supported_away_from_the_checks_of_equality(
    logs: Callable[..., DecisionLog],
) -> None:
    # The 90% interval of 0 is within 3.2 points, the 95% one within 3.8; a gap of 4 points could be missed.
    rows = flagged({"A": (50, 500), "B": (50, 500)})
    found = examined(logs(rows), ("CK-10", "CK-15"), 0.04)
    assert found["CK-10"] is not None
    assert found["CK-10"].verdict == "not enough data"
    assert "a difference of 4 points in the share flagged could be missed" in found["CK-10"].cautions[-1]
    assert found["CK-15"] is None  # nobody claims that the sample is big enough, and it is held against the others
    alone = examined(logs(rows), ("CK-10",), 0.04)
    assert alone["CK-10"] is not None
    assert alone["CK-10"].verdict == "supported"
    large = examined(logs(flagged({"A": (500, 5000), "B": (500, 5000)})), ("CK-10", "CK-15"), 0.05)
    assert large["CK-10"] is not None
    assert large["CK-10"].verdict == "supported"


def test_few_people_with_the_outcome_hold_back_only_the_check_of_errors(logs: Callable[..., DecisionLog]) -> None:
    rows = outcomes({"F": (75, 500, 25, 9400), "M": (75, 500, 25, 9400)})
    found = examined(logs(rows), ("CK-10", "CK-12", "CK-15"), 0.11)
    assert found["CK-10"] is not None
    assert found["CK-12"] is not None
    assert (found["CK-10"].verdict, found["CK-12"].verdict) == ("supported", "not enough data")
    assert "share missed" in found["CK-12"].cautions[-1]
    # 25 of 100 missed on both sides: 2.8016 √(2 · .1875 / 100) = .172.
    wider = examined(logs(rows), ("CK-10", "CK-12", "CK-15"), 0.11, error_margin=0.18)
    assert wider["CK-12"] is not None
    assert wider["CK-12"].verdict == "supported"


@pytest.mark.parametrize(("check", "repeated"), list(product(("CK-10", "CK-11", "CK-12", "CK-15"), (False, True))))
def test_nothing_of_a_small_group_leaves_the_engine(
    logs: Callable[..., DecisionLog], check: str, repeated: bool
) -> None:
    rows = outcomes({"F": (30, 20, 20, 90), "M": (30, 20, 20, 90), "X": (1, 2, 1, 3)})
    rows = [row | {"subject_key": f"p{i}"} for i, row in enumerate(rows)]
    log = logs(rows * (2 if repeated else 1))
    context = context_of(log, parameters={"margin": 0.1}, reference={}, as_at=date(2026, 11, 20))
    answers = ask([catalogue()[check]], {check: context}, log)[check]["by sex"]
    assert {row["g"] for row in answers if row["role"] == "withheld"} >= {"X"}
    for row in answers:
        if row["g"] == "X":
            assert row["k"] is None
            assert row["n"] is None
        elif row["role"] != "withheld":
            assert (row["clusters"] if repeated else row["n"]) >= 10


def test_a_group_too_small_in_one_share_is_hidden_in_all_of_its_query(logs: Callable[..., DecisionLog]) -> None:
    """Of 43 people of group C 5 have the outcome: false negatives are 3 of 5. Were the other shares shown, 8 of 38 and
    2 of 10, and the 43 of another check, the five could be worked out."""
    rows = [{"flag": i % 2, "outcome_label": i // 2 % 2, "sex": sex} for sex in "AB" for i in range(400)]
    rows += [{"flag": int(i < 8), "outcome_label": 0, "sex": "C"} for i in range(38)]
    rows += [{"flag": int(i < 2), "outcome_label": 1, "sex": "C"} for i in range(5)]
    log = logs(rows)
    context = context_of(log, parameters={"margin": 0.1}, reference={}, as_at=date(2026, 11, 20))
    answers = ask([catalogue()["CK-12"]], {"CK-12": context}, log)["CK-12"]

    (name,) = (each for each in answers if each.startswith("by "))
    shown = {(row["share"], row["g"]) for row in answers[name] if row["role"] == "shown"}
    assert [share for share, group in shown if group == "C"] == []
    assert {group for _, group in shown} <= {"A", "B"}
