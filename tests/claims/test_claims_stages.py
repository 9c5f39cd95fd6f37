"""CK-35, CK-37 and CK-38: planted differences at one step. Limits by statsmodels, ratios worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]


def staff(rank: str, scanned: int, flagged: int, referred: int, **other: Any) -> list[Row]:
    return [
        {
            "subject_key": f"{rank}{i}",
            "rank_grade": rank,
            "flag": int(i < flagged),
            "action_severity": 2 if i < referred else "",
            **other,
        }
        for i in range(scanned)
    ]


def heads(**employed: int) -> list[Row]:
    return [{"rank_grade": rank, "unit": unit, "employed": n // 2} for rank, n in employed.items() for unit in "xy"]


ALIKE = [*staff("PC", 4000, 1000, 400), *staff("Insp", 4000, 1000, 410)]


@pytest.mark.parametrize(
    ("rows", "employed", "verdict"),
    [
        (ALIKE, {"PC": 4000, "Insp": 4040}, "supported"),
        # The chief officers were not scanned at all.
        (ALIKE, {"PC": 4000, "Insp": 4040, "Chief": 40}, "contradicted"),
        # A fifth of flagged constables are referred, a twentieth of inspectors.
        ([*staff("PC", 4000, 1000, 400), *staff("Insp", 4000, 1000, 50)], {"PC": 4000, "Insp": 4000}, "contradicted"),
        ([*staff("PC", 400, 30, 6), *staff("Insp", 400, 30, 5)], {"PC": 400, "Insp": 400}, "not enough data"),
        # Too few chief officers to be shown.
        ([*ALIKE, *staff("Chief", 6, 1, 0)], {"PC": 4000, "Insp": 4000, "Chief": 6}, "not enough data"),
    ],
)
def test_ranks_scanned_and_referred_alike(rule: Rule, rows: list[Row], employed: dict[str, int], verdict: str) -> None:
    assert rule("CK-35", rows, headcount=heads(**employed), parameters={"margin": 0.1}).verdict == verdict


def test_coverage_and_referral_are_told_by_rank_and_ethnicity(rule: Rule) -> None:
    rows = [*staff("PC", 900, 200, 100, ethnicity="A"), *staff("Insp", 500, 100, 10, ethnicity="B")]
    ruling = rule("CK-35", rows, headcount=heads(PC=1000, Insp=500), parameters={"margin": 0.05})
    coverage, flags, referral = ruling.tables
    assert coverage.rows[0][:3] == ("Insp (rank or grade)", "500 of 500 (100%)", "everybody else: 90%")
    assert ("PC (rank or grade)", "200 of 900 (22.2%)", "222.2") in flags.rows
    assert {row[0] for row in referral.rows} == {"Insp (rank or grade)", "A (ethnicity)"}
    (gap,) = [each for each in ruling.measures if "A (ethnicity)" in each.label]
    expected = confint_proportions_2indep(100, 200, 10, 100, method="newcomb", compare="diff")
    assert (gap.low, gap.high) == pytest.approx(expected)
    assert rule("CK-35", rows, headcount=heads(PC=1000)).verdict == "not testable"
    assert rule("CK-35", rows, parameters={"margin": 0.05}).verdict == "not testable"


def steps(group: str, flagged: int, reviewed: int, acted: int, sanctioned: int, **other: Any) -> list[Row]:
    return [
        {
            "subject_key": f"{group}{i}",
            "ethnicity": group,
            "flag": 1,
            "reviewer_decision": "agree" if i < reviewed else "",
            "action_severity": 0 if i >= acted else 1 if i >= sanctioned else 3,
            "contest_result": "",
            **other,
        }
        for i in range(flagged)
    ]


@pytest.mark.parametrize(
    ("one", "other", "verdict", "step"),
    [
        ((5000, 4500, 3000, 1500), (5000, 4500, 3000, 1500), "supported", ""),
        # Reviewed alike, then acted upon in 80% against 40%: twice as often.
        ((5000, 4500, 3600, 1800), (5000, 4500, 1800, 900), "contradicted", "acted upon once reviewed 2 times"),
        ((5000, 4500, 3000, 2400), (5000, 4500, 3000, 1200), "contradicted", "sanctioned once acted upon 2 times"),
        # Less often is a difference too.
        ((5000, 1500, 1000, 500), (5000, 4500, 3000, 1500), "contradicted", "reviewed once flagged 0.33 times"),
        ((50, 45, 30, 15), (50, 44, 28, 15), "not enough data", ""),
        # 1.1 at two steps running: each within 1.25, all together 1.44 times as often.
        ((5000, 5000, 3600, 2160), (5000, 5000, 3000, 1500), "contradicted", "all steps together 1.44 times"),
    ],
)
def test_each_step_and_all_together(
    rule: Rule, one: tuple[int, ...], other: tuple[int, ...], verdict: str, step: str
) -> None:
    ruling = rule("CK-37", [*steps("A", *one), *steps("B", *other)])
    assert ruling.verdict == verdict
    assert step in ruling.sentence


def test_a_ratio_and_its_limits_at_a_step(rule: Rule) -> None:
    ruling = rule("CK-37", [*steps("A", 5000, 4500, 3600, 1800), *steps("B", 5000, 4500, 1800, 900)])
    (measure,) = [each for each in ruling.measures if "acted upon once reviewed" in each.label]
    expected = confint_proportions_2indep(3600, 4500, 1800, 4500, method="score", compare="ratio", correction=False)
    assert (measure.value, measure.low, measure.high) == (2.0, *(pytest.approx(each, rel=1e-4) for each in expected))


def test_a_sanction_that_was_overturned_does_not_stand(rule: Rule) -> None:
    upheld = steps("A", 2000, 2000, 2000, 2000, contest_result="upheld")
    ruling = rule("CK-37", [*upheld, *steps("B", 2000, 2000, 2000, 2000)])
    row = next(each for each in ruling.tables[0].rows if each[0] == "sanctioned once acted upon")
    assert row[2:4] == ("0 of 2,000 (0%)", "2,000 of 2,000 (100%)")


def test_without_two_groups_or_a_characteristic_steps_cannot_be_compared(rule: Rule) -> None:
    assert rule("CK-37", steps("A", 500, 400, 300, 200)).verdict == "not enough data"
    bare = [{name: row[name] for name in row if name != "ethnicity"} for row in steps("A", 50, 40, 30, 20)]
    assert rule("CK-37", bare).verdict == "not testable"


def finds(group: str, k: int, n: int) -> list[Row]:
    row = {"ethnicity": group, "action_severity": 2}
    return [{**row, "outcome_label": int(i < k)} for i in range(n)] + [{**row, "outcome_label": ""}] * 5


@pytest.mark.parametrize(
    ("one", "other", "parameters", "verdict"),
    [
        ((200, 1000), (300, 1000), {}, "contradicted"),  # -13.8 to -6.2 points
        ((300, 1000), (300, 1000), {}, "not enough data"),  # no margin was declared, so nothing shows them alike
        ((300, 1000), (300, 1000), {"margin": 0.05}, "supported"),
        ((30, 100), (33, 100), {"margin": 0.05}, "not enough data"),
        ((3000, 10000), (3200, 10000), {"margin": 0.05}, "supported"),  # apart, but within the margin
        ((3000, 10000), (3200, 10000), {}, "contradicted"),
        ((1, 9), (300, 1000), {"margin": 0.05}, "not enough data"),  # withheld
    ],
)
def test_finds_of_actions_by_group(
    rule: Rule, one: tuple[int, int], other: tuple[int, int], parameters: Row, verdict: str
) -> None:
    ruling = rule("CK-38", [*finds("A", *one), *finds("B", *other)], parameters=parameters)
    assert ruling.verdict == verdict
    assert "not on the last one" in ruling.cautions[-1]
    if one[1] >= 10:
        expected = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
        assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx(expected)


def test_three_groups_and_a_reference(rule: Rule) -> None:
    rows = [*finds("A", 200, 1000), *finds("B", 300, 1000), *finds("C", 310, 1000)]
    ruling = rule("CK-38", rows, reference={"ethnicity": "C"})
    assert [row[2] for row in ruling.tables[0].rows] == ["C: 31%", "C: 31%"]
    assert "A (ethnicity) 200 of 1,000 (20%)" in ruling.sentence
    assert "B (ethnicity)" not in ruling.sentence
