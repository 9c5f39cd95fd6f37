"""CK-05 to CK-08 on logs written by hand: a planted case for every verdict.

Intervals from statsmodels and scipy, the tables of claims.md 4.2 and 5 of the design.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import pytest
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

from impact.claims.check import Ruling
from impact.claims.checks.accuracy import base_rates

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]


def cases(tp: int = 0, fp: int = 0, fn: int = 0, tn: int = 0, **other: Any) -> Rows:
    kinds = [(1, 1)] * tp + [(1, 0)] * fp + [(0, 1)] * fn + [(0, 0)] * tn
    return [{"case_id": f"c{i}", "flag": f, "outcome_label": y, **other} for i, (f, y) in enumerate(kinds)]


@pytest.mark.parametrize(
    ("table", "verdict"),
    [
        ((480, 20, 10, 490), "supported"),  # 970 of 1,000: 95.8% to 97.9%
        ((400, 60, 60, 480), "contradicted"),  # 880
        ((47, 2, 3, 48), "not enough data"),  # 95 of 100
        ((0, 0, 0, 0), "not enough data"),
    ],
)
def test_accuracy_against_the_figure_that_is_claimed(rule: Rule, table: tuple[int, ...], verdict: str) -> None:
    rows = cases(*table) or [{"flag": 1, "outcome_label": ""}]
    ruling = rule("CK-05", rows, parameters={"accuracy": 0.95})
    assert ruling.verdict == verdict
    n = sum(table)
    if n:
        low, high = proportion_confint(table[0] + table[3], n, method="wilson")
        first = ruling.measures[0]
        assert (first.low, first.high) == pytest.approx((low, high))


def test_accuracy_says_when_the_commoner_answer_would_do_as_well(rule: Rule) -> None:
    # 960 of 1,000 right, by flagging nobody of the 40 that had the outcome: 960 is what saying no to all gives.
    ruling = rule("CK-05", cases(0, 0, 40, 960), parameters={"accuracy": 0.94})
    assert ruling.verdict == "supported"
    assert any("no more often right" in caution for caution in ruling.cautions)
    by_label = {measure.label: measure for measure in ruling.measures}
    assert by_label["Balanced accuracy"].value == pytest.approx(0.5)  # none of one kind, all of the other
    better = rule("CK-05", cases(480, 20, 10, 490), parameters={"accuracy": 0.9})
    assert better.cautions == ()
    # TP·TN - FP·FN = 235,000; the root of 500·490·510·500 is 249,950.
    assert {m.label: m.value for m in better.measures}["Matthews' correlation"] == pytest.approx(235_000 / 249_949.99)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (cases(90, 10) + [{"flag": 0, "outcome_label": ""}] * 50, "only for flagged"),
        (cases(90, 10, 1, 9) + [{"flag": 0, "outcome_label": ""}] * 90, "100% of flagged cases and 10% of the others"),
    ],
)
def test_accuracy_is_not_testable_where_outcomes_depend_on_the_flag(rule: Rule, rows: Rows, says: str) -> None:
    ruling = rule("CK-05", rows, parameters={"accuracy": 0.5})
    assert ruling.verdict == "not testable"
    assert says in ruling.sentence


def test_accuracy_without_a_figure_or_a_column_is_not_testable(rule: Rule) -> None:
    assert "Nobody gave" in rule("CK-05", cases(1, 1, 1, 1)).sentence
    assert rule("CK-05", [{"flag": 1}], parameters={"accuracy": 0.9}).missing == ("outcome_label",)


def test_people_with_several_rows_widen_the_interval_and_planted_tests_are_left_out(rule: Rule) -> None:
    rows = [row | {"subject_key": f"p{i}"} for i, row in enumerate(cases(47, 2, 3, 48))]
    alone = rule("CK-05", rows, parameters={"accuracy": 0.9})
    many = rule("CK-05", rows * 20, parameters={"accuracy": 0.9})
    assert (alone.verdict, many.verdict) == ("not enough data", "not enough data")  # still 100 people
    assert many.measures[0].of == 2000
    planted = [row | {"seeded_test": 1} for row in cases(5000)]
    assert rule("CK-05", [*cases(47, 2, 3, 48), *planted], parameters={"accuracy": 0.9}).measures[0].of == 100


def sampled(found: int, n: int, probability: float) -> Rows:
    """Audit of unflagged cases: c0 … are the log's unflagged ones in ``audited``."""
    return [{"case_id": f"u{i}", "outcome_label": int(i < found), "probability": probability} for i in range(n)]


def audited(right: int, flagged: int, unflagged: int) -> Rows:
    rows = [{"case_id": f"f{i}", "flag": 1, "outcome_label": int(i < right)} for i in range(flagged)]
    return rows + [{"case_id": f"u{i}", "flag": 0, "outcome_label": None} for i in range(unflagged)]


@pytest.mark.parametrize(
    ("claimed", "found", "n", "verdict"),
    [
        (0.5, 10, 500, "supported"),
        (0.9, 20, 500, "contradicted"),
        (0.8, 4, 500, "not enough data"),
        (0.2, 0, 500, "supported"),
        (0.99, 0, 500, "not enough data"),  # none found is not “none missed”
    ],
)
def test_recall_from_an_audit_sample(rule: Rule, claimed: float, found: int, n: int, verdict: str) -> None:
    # 400 of 500 flags right; of 5,000 not flagged one in ten was drawn: each stands for ten.
    ruling = rule("CK-06", audited(400, 500, 5000), parameters={"recall": claimed}, audit_sample=sampled(found, n, 0.1))
    assert ruling.verdict == verdict
    assert ruling.measures[0].value == pytest.approx(400 / (400 + 10 * found))
    if verdict == "not enough data":
        assert ruling.needed is not None


def test_recall_with_everybody_audited_is_close_to_wilsons_interval(rule: Rule) -> None:
    ruling = rule("CK-06", audited(80, 500, 2000), parameters={"recall": 0.5}, audit_sample=sampled(20, 2000, 1.0))
    low, high = proportion_confint(80, 100, method="wilson")
    assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx((low, high), abs=0.01)


def test_recall_uses_the_weights_of_an_uneven_sample(rule: Rule) -> None:
    # 10 with the outcome among 100 drawn at 1 in 2, and 1 among 100 drawn at 1 in 20: 20 + 20 missed of 2,200.
    sample = [{"case_id": f"u{i}", "outcome_label": int(i < 10), "probability": 0.5} for i in range(100)]
    sample += [{"case_id": f"u{200 + i}", "outcome_label": int(i < 1), "probability": 0.05} for i in range(100)]
    ruling = rule("CK-06", audited(60, 100, 2200), parameters={"recall": 0.9}, audit_sample=sample)
    assert ruling.measures[0].value == pytest.approx(60 / (60 + 40))
    # The one case that stands for twenty makes this far less sure than 11 of 200 would be.
    even = rule("CK-06", audited(60, 100, 2200), parameters={"recall": 0.9}, audit_sample=sampled(4, 220, 0.1))
    assert even.measures[0].value == pytest.approx(0.6)
    assert ruling.measures[0].low is not None
    assert even.measures[0].low is not None
    assert ruling.measures[0].low < even.measures[0].low + 0.05


def test_audited_cases_that_say_nothing_are_counted_and_left_out(rule: Rule) -> None:
    odd = [
        {"case_id": "elsewhere", "outcome_label": 1, "probability": 0.5},
        {"case_id": "u1999", "outcome_label": 1, "probability": 0},
        {"case_id": "u1998", "outcome_label": None, "probability": 0.5},
    ]
    sample = [*sampled(2, 100, 0.05), *odd]
    ruling = rule("CK-06", audited(40, 50, 2000), parameters={"recall": 0.9}, audit_sample=sample)
    assert ruling.measures[0].value == pytest.approx(40 / (40 + 40))
    assert ruling.cautions[0].startswith("3 audited cases were left out")


@pytest.mark.parametrize(
    ("hits", "n", "verdict"), [(98, 100, "supported"), (50, 100, "contradicted"), (9, 10, "not enough data")]
)
def test_recall_from_planted_tests(rule: Rule, hits: int, n: int, verdict: str) -> None:
    rows = [{"flag": int(i < hits), "seeded_test": 1} for i in range(n)] + [{"flag": 0, "seeded_test": 0}] * 50
    ruling = rule("CK-06", rows, parameters={"recall": 0.9})
    assert (ruling.verdict, ruling.measures[0].of) == (verdict, n)


def test_recall_without_sample_tests_or_figure_is_not_testable(rule: Rule) -> None:
    assert rule("CK-06", cases(5, 5), parameters={"recall": 0.9}).verdict == "not testable"
    planted = [{"flag": 1, "seeded_test": 0, "outcome_label": 1}]
    assert "never" not in rule("CK-06", planted, parameters={"recall": 0.9}).sentence
    assert rule("CK-06", planted, parameters={"recall": 0.9}).verdict == "not testable"
    assert "Nobody gave" in rule("CK-06", [{"flag": 1, "seeded_test": 1}]).sentence


@pytest.mark.parametrize(
    ("right", "n", "verdict"), [(160, 200, "supported"), (100, 200, "contradicted"), (7, 10, "not enough data")]
)
def test_flags_that_are_right_against_the_figure_that_is_claimed(rule: Rule, right: int, n: int, verdict: str) -> None:
    rows = [*cases(right, n - right), {"flag": 1, "outcome_label": None}]
    ruling = rule("CK-07", rows, parameters={"precision": 0.7})
    assert (ruling.verdict, ruling.measures[0].count, ruling.measures[0].of) == (verdict, right, n)
    wrong = next(measure for measure in ruling.measures if "for each true" in measure.label)
    assert wrong.value == pytest.approx((n - right) / right)
    low, high = proportion_confint(right, n, method="wilson")
    assert (wrong.low, wrong.high) == pytest.approx((1 / high - 1, 1 / low - 1))
    assert ruling.cautions[0].startswith(f"1 of {n + 1} flags have no outcome")


def test_the_top_of_a_list_is_judged_by_itself(rule: Rule) -> None:
    rows = [row | {"rank": i + 1} for i, row in enumerate(cases(30, 70))]  # the first thirty are right
    good = rule("CK-07", rows, parameters={"top_k": 30, "top_precision": 0.8})
    assert (good.verdict, good.measures[1].count, good.measures[1].of) == ("supported", 30, 30)
    both = rule("CK-07", rows, parameters={"top_k": 30, "top_precision": 0.8, "precision": 0.5})
    assert both.verdict == "contradicted"
    bare = [{name: row[name] for name in ("flag", "outcome_label")} for row in rows]
    ruling = rule("CK-07", bare, parameters={"top_k": 30, "top_precision": 0.8})
    assert (ruling.verdict, ruling.missing) == ("not testable", ("rank",))
    assert rule("CK-07", rows).verdict == "not testable"


def test_the_table_of_base_rates_is_that_of_the_design(rule: Rule) -> None:
    expected = (
        ("1%", "95%", "2,588", "360", "14%"),
        ("1%", "99%", "806", "360", "45%"),
        ("0.5%", "95%", "2,419", "180", "7%"),
        ("2%", "99%", "1,161", "720", "62%"),
    )
    assert base_rates().rows == expected
    assert rule("CK-07", cases(5, 5), parameters={"precision": 0.7}).tables[0].rows == expected


def faces(seen: int, wrong: int = 0, unknown: int = 0, right: int = 0) -> Rows:
    """Two deployments, each with half of the faces on its own row; the alerts belong to the first."""
    rows: Rows = [
        {"deployment_id": "a", "faces_seen": seen // 2},
        {"deployment_id": "b", "faces_seen": seen - seen // 2},
    ]
    for n, label in ((wrong, 0), (unknown, None), (right, 1)):
        rows += [{"deployment_id": "a", "flag": 1, "outcome_label": label}] * n
    return rows


@pytest.mark.parametrize(
    ("one_in", "seen", "wrong", "unknown", "verdict"),
    [
        (6_000, 17_973, 0, 0, "supported"),  # ln(0.05) / ln(1 - 1/6,000)
        (6_000, 17_972, 0, 0, "not enough data"),
        (60_000, 179_743, 0, 0, "supported"),
        (60_000, 179_742, 0, 0, "not enough data"),
        (6_000, 30_000, 15, 0, "contradicted"),  # 5 expected; from 8.4 up
        (6_000, 30_000, 4, 0, "not enough data"),
        (6_000, 100_000, 5, 0, "supported"),
        (6_000, 100_000, 5, 40, "not enough data"),  # the 40 nobody looked into could all be false
        (6_000, 30_000, 15, 40, "contradicted"),  # whatever they are
        (6_000, 0, 0, 0, "not enough data"),
    ],
)
def test_false_alerts_for_each_face_seen(
    rule: Rule, one_in: int, seen: int, wrong: int, unknown: int, verdict: str
) -> None:
    ruling = rule("CK-08", faces(seen, wrong, unknown, right=10), parameters={"one_in": one_in})
    assert ruling.verdict == verdict
    if seen and wrong:
        rate = ruling.measures[0]
        exact = beta.ppf(0.025, wrong, seen - wrong + 1), beta.ppf(0.975, wrong + 1, seen - wrong)
        assert (rate.low, rate.high) == pytest.approx(exact)
        assert rate.of == seen
    if seen:
        assert "not different people" in ruling.cautions[0]


def test_the_numbers_of_faces_in_the_design_are_those_of_the_formula() -> None:
    one_sided = [int(log(0.05) / log(1 - 1 / n)) + 1 for n in (6_000, 60_000)]
    two_sided = [int(log(0.025) / log(1 - 1 / n)) + 1 for n in (6_000, 60_000)]
    assert (one_sided, two_sided) == ([17_973, 179_743], [22_132, 221_331])


def test_deployments_without_or_with_several_counts_of_faces(rule: Rule) -> None:
    rows = faces(30_000, wrong=15) + [{"deployment_id": "c", "flag": 1, "outcome_label": 0}] * 100
    ruling = rule("CK-08", rows, parameters={"one_in": 6_000})
    assert (ruling.verdict, ruling.measures[0].count) == ("contradicted", 15)
    assert any(caution.startswith("100 alerts belong to no deployment") for caution in ruling.cautions)
    # A second count for one of them: 15 of 30,000 contradicts, 15 of 1,015,000 would not.
    twice = [*faces(30_000, wrong=15), {"deployment_id": "a", "faces_seen": 1_000_000}]
    ruling = rule("CK-08", twice, parameters={"one_in": 6_000})
    assert ruling.verdict == "not enough data"
    assert any("several counts" in caution for caution in ruling.cautions)


def test_false_alerts_without_a_figure_or_more_than_faces_are_not_testable(rule: Rule) -> None:
    assert rule("CK-08", faces(1000)).verdict == "not testable"
    assert rule("CK-08", faces(10, wrong=12), parameters={"one_in": 6_000}).verdict == "not testable"
    assert rule("CK-08", cases(1), parameters={"one_in": 6_000}).missing == ("faces_seen", "deployment_id")
