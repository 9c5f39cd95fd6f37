"""Verdicts, margins in whole numbers, and severity."""

from __future__ import annotations

from math import inf

import pytest

from impact.metrics.analysis.severity import SEVERITIES, severity
from impact.metrics.analysis.verdict import Verdict, beyond_margin, judge, margin_band
from impact.metrics.plans.plan import Margin
from impact.metrics.statistics.intervals import koopman


def by_ratio(k1: int, n1: int, k2: int, n2: int, *, margin: float | None = 1.25) -> Verdict:
    def limits(level: float) -> tuple[float, float]:
        found = koopman(k1, n1, k2, n2, level=level)
        assert found is not None
        return found.low, inf if found.high is None else found.high

    band = None if margin is None else (1 / margin, margin)
    return judge(limits(0.95), limits(0.90), no_difference=1.0, band=band)


# metrics/prototypes.md, section 10.
@pytest.mark.parametrize(
    ("table", "name", "material"),
    [
        ((3_021, 49_512, 8_123, 372_110), "disparity_shown", True),
        ((12, 60, 30, 300), "disparity_shown", False),
        ((5_300, 50_000, 50_000, 500_000), "difference_small", False),
        ((5_000, 50_000, 50_000, 500_000), "equivalence_shown", False),
        ((7, 24_000, 0, 12_000), "inconclusive", False),
    ],
)
def test_verdict_of_each_row_of_the_table(table: tuple[int, int, int, int], name: str, material: bool) -> None:
    found = by_ratio(*table)

    assert (found.name, found.material) == (name, material)


def test_without_a_margin_equality_is_never_shown() -> None:
    assert by_ratio(5_000, 50_000, 50_000, 500_000, margin=None).name == "inconclusive"
    assert by_ratio(5_300, 50_000, 50_000, 500_000, margin=None) == Verdict("disparity_shown")


def test_lower_side_counts_as_much_as_the_upper() -> None:
    assert by_ratio(8_123, 372_110, 3_021, 49_512) == Verdict("disparity_shown", material=True)


def test_difference_margin_is_judged_around_zero() -> None:
    band = margin_band(Margin(kind="difference", value=0.05, reason="a"))

    assert judge((0.06, 0.09), (0.065, 0.085), no_difference=0.0, band=band) == Verdict("disparity_shown", True)
    assert judge((-0.02, 0.03), (-0.01, 0.02), no_difference=0.0, band=band) == Verdict("equivalence_shown")
    assert judge((0.01, 0.04), (0.015, 0.035), no_difference=0.0, band=band) == Verdict("difference_small")


# Exactly four fifths: floating point fails each of them at some ordering (peer_pitfalls.md, P54).
@pytest.mark.parametrize("table", [(4, 50, 50, 500), (8, 100, 10, 100), (12, 50, 150, 500), (50, 500, 4, 50)])
def test_table_exactly_at_a_ratio_margin_is_not_beyond_it(table: tuple[int, int, int, int]) -> None:
    assert not beyond_margin(Margin(kind="ratio", value=1.25, reason="a"), *table)


def test_table_just_past_a_margin_is_beyond_it() -> None:
    margin = Margin(kind="ratio", value=1.25, reason="a")

    assert beyond_margin(margin, 40_000 - 1, 500_000, 50, 500)
    assert beyond_margin(Margin(kind="difference", value=0.1, reason="a"), 31, 100, 20, 100)
    assert not beyond_margin(Margin(kind="difference", value=0.1, reason="a"), 30, 100, 20, 100)


def rate(verdict: Verdict, **changes: object) -> str:
    facts: dict[str, object] = {
        "direction": "worse",
        "has_harm": True,
        "ratio_lower": 2.0,
        "excess_lower": 500.0,
        "irreversible": False,
    }
    return severity(verdict, **{**facts, **changes})  # type: ignore[arg-type]  # facts are varied one by one


# Design section 11, sentence by sentence.
@pytest.mark.parametrize(
    ("verdict", "changes", "expected"),
    [
        (Verdict("disparity_shown", True), {}, "high"),
        (Verdict("disparity_shown", True), {"excess_lower": 99.0}, "medium"),
        (Verdict("disparity_shown", True), {"excess_lower": 99.0, "irreversible": True}, "high"),
        (Verdict("disparity_shown", True), {"ratio_lower": 1.49}, "medium"),
        (Verdict("disparity_shown"), {"ratio_lower": 1.1}, "low"),
        (Verdict("disparity_shown", True), {"direction": "better"}, "info"),
        (Verdict("difference_small"), {}, "info"),
        (Verdict("equivalence_shown"), {"direction": None}, "info"),
        (Verdict("inconclusive"), {"direction": None}, "unknown"),
        (Verdict("not_identified"), {"direction": None}, "unknown"),
        (Verdict("disparity_shown", True), {"has_harm": False, "direction": None}, "info"),
    ],
)
def test_severity_follows_lower_limits_and_direction(
    verdict: Verdict, changes: dict[str, object], expected: str
) -> None:
    assert rate(verdict, **changes) == expected


def test_what_the_data_cannot_tell_stands_directly_under_high() -> None:
    assert SEVERITIES[:2] == ("high", "unknown")
