"""Outcomes that nobody knows: bounds, and when a rate is not identified at all."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.bounds import bound
from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cells

BOUNDED = ("base_rate", "tpr", "fnr", "fpr", "tnr", "ppv", "fdr", "npv", "for", "accuracy")
STOPPED = {"a": (60, 40, 0, 0, 0, 900), "b": (30, 70, 0, 0, 0, 900)}


def test_stop_and_search_example() -> None:
    """100 stopped, 60 finds, 900 never searched (metrics/prototypes.md, section 9)."""
    t = Tally(tp=60, fp=40, no_open=900)
    expected = {"base_rate": (0.06, 0.96), "tpr": (0.0625, 1.0), "fpr": (0.04255, 1.0)}

    for key, wanted in expected.items():
        found = bound(key, t)
        assert found is not None
        assert (found.low, found.high) == pytest.approx(wanted, abs=5e-6)
        assert found.unknown == 900
    assert bound("ppv", t) is None  # no yes lacks an outcome, so the hit rate is exact


small = st.integers(min_value=1, max_value=5)


@settings(max_examples=40)
@given(small, small, small, small, small, small)
def test_bounds_are_what_trying_every_outcome_gives(tp: int, fp: int, u1: int, fn: int, tn: int, u0: int) -> None:
    t = Tally(tp=tp, fp=fp, fn=fn, tn=tn, yes_open=u1, no_open=u0)
    for key in BOUNDED:
        metric, values = CATALOGUE[key], []
        for a, b in itertools.product(range(u1 + 1), range(u0 + 1)):
            full = Tally(tp=tp + a, fp=fp + u1 - a, fn=fn + b, tn=tn + u0 - b)
            values.append(metric.numerator(full) / metric.denominator(full))
        found = bound(key, t)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((min(values), max(values)), abs=1e-12)


@settings(max_examples=60)
@given(small, small, small, small, small, small, st.integers(0, 3))
def test_losing_an_outcome_never_narrows_a_bound(
    tp: int, fp: int, u1: int, fn: int, tn: int, u0: int, which: int
) -> None:
    known = Tally(tp=tp, fp=fp, fn=fn, tn=tn, yes_open=u1, no_open=u0)
    less = (
        Tally(tp=tp - 1, fp=fp, fn=fn, tn=tn, yes_open=u1 + 1, no_open=u0),
        Tally(tp=tp, fp=fp - 1, fn=fn, tn=tn, yes_open=u1 + 1, no_open=u0),
        Tally(tp=tp, fp=fp, fn=fn - 1, tn=tn, yes_open=u1, no_open=u0 + 1),
        Tally(tp=tp, fp=fp, fn=fn, tn=tn - 1, yes_open=u1, no_open=u0 + 1),
    )[which]
    for key in BOUNDED:
        before, after = bound(key, known), bound(key, less)
        assert before is not None
        assert after is not None
        if None not in (after.low, after.high, before.low, before.high):
            assert after.low <= before.low + 1e-12  # type: ignore[operator]  # None is excluded just above
            assert after.high >= before.high - 1e-12  # type: ignore[operator]


def test_sampling_error_widens_both_ends() -> None:
    found = bound("fpr", Tally(tp=60, fp=40, fn=0, tn=100, no_open=50))

    assert found is not None
    assert found.outer is not None
    assert found.outer.low < found.low < found.high < found.outer.high  # type: ignore[operator]  # all defined here
    assert found.outer.method == "wilson_at_ends"


def test_declared_after_yes_leaves_only_what_is_identified(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    plan = make_plan(primary=("fpr", "ppv"), observed="decision_yes")
    result = analyse(plan, confusion(STOPPED))

    for key in ("fpr", "tpr", "fnr", "tnr", "npv", "for", "accuracy", "base_rate"):
        rate = result.rate(key, g="a")
        assert (rate.value, rate.k, rate.n, rate.reason) == (None, None, None, "outcome_not_observed")
        assert result.bounds[(("g", "a"),), key].unknown == 900
    assert result.rate("ppv", g="a").value == 0.6
    assert result.rate("selection_rate", g="a").value == 0.1


def test_missing_outcomes_of_people_with_a_no_are_noticed_without_a_declaration(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    few = {"a": (60, 40, 10, 30, 0, 900), "b": (30, 70, 0, 0, 0, 900)}  # 40 of 1,840 known: 2.2%
    many = {"a": (60, 40, 20, 100, 0, 900), "b": (30, 70, 0, 0, 0, 900)}  # 120 of 1,920: 6.25%
    plan = make_plan(primary=("fpr",))

    assert analyse(plan, confusion(few)).rate("fpr").reason == "outcome_not_observed"
    found = analyse(plan, confusion(many))
    assert found.rate("fpr").value == (40 + 70) / (40 + 100 + 70)
    assert any(caveat.startswith("C05") for finding in found.findings for caveat in finding.caveats)
    assert ((("g", "a"),), "fpr") in found.bounds
    tried = found.findings[0].robustness[0]  # told from b, who is worse off
    assert tried["assumption"] == "every possible set of missing outcomes"
    assert tried["group_bounds"] == pytest.approx([70 / 970, 1.0])
    assert tried["comparator_bounds"] == pytest.approx([40 / 1_040, 40 / 140])


def test_default_outcomes_of_people_with_a_no_are_set_aside_when_the_plan_says_so(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    """A database that says "nothing found" for everybody who was never looked at."""
    plan = make_plan(primary=("fpr",), observed="decision_yes")
    result = analyse(plan, confusion({"a": (60, 40, 0, 900), "b": (30, 70, 0, 900)}))

    assert result.rate("fpr", g="a").reason == "outcome_not_observed"
    assert result.bounds[(("g", "a"),), "fpr"].high == 1.0
    assert any("1,800 outcomes" in text for _, _, text in result.not_computed)
    coverage = result.to_json(created="x", tool_version="0")["tables"]["coverage"]
    assert {"group": {}, "decision": 0, "n": 1_800, "known": 1_800, "share": 1.0} in coverage


def test_unidentified_rate_gets_a_finding_that_says_so(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    result = analyse(make_plan(primary=("fpr",), observed="decision_yes"), confusion(STOPPED))
    found = result.findings[0]

    assert (found.disparity.verdict.name, found.disparity.severity) == ("not_identified", "unknown")
    assert "lies between 4.3% and 100%" in found.sentence
    assert found.disparity.test is None
    assert any(caveat.startswith("C04") for caveat in found.caveats)


def test_bounds_that_exclude_equality_by_themselves_show_a_disparity(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    """Nearly everybody had a yes and was checked: whatever the few unknown outcomes are, the first rate is higher."""
    plan = make_plan(primary=("base_rate",), margin=("ratio", 1.25), observed="decision_yes")
    result = analyse(plan, confusion({"a": (900, 100, 0, 0, 0, 50), "b": (10, 990, 0, 0, 0, 50)}))
    row = next(r for r in result.disparities if r.comparison.metric == "base_rate")

    assert row.reason == "outcome_not_observed"
    assert (row.verdict.name, row.verdict.material) == ("disparity_shown", True)
    found = next(f for f in result.findings if f.disparity.comparison.metric == "base_rate")
    assert "Whatever the missing outcomes are, it is higher for people with g a." in found.sentence
    # A bound never shows that a difference is small, however close the ranges are.
    close = analyse(plan, confusion({"a": (500, 500, 0, 0, 0, 1), "b": (500, 500, 0, 0, 0, 1)}))
    assert {r.verdict.name for r in close.disparities if r.comparison.metric == "base_rate"} == {"not_identified"}
