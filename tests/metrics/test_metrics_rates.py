"""Rates, reasons, levels and coverage; where other packages print 0, drop a group or divide by the wrong people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.catalogue import CATALOGUE, REASONS, labels
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.plans.plan import METRIC_KEYS, AuditPlan
from impact.metrics.tables.cells import MISSING, Cell, Cells

counts = st.integers(min_value=0, max_value=60)
tallies = st.builds(Tally, tp=counts, fp=counts, fn=counts, tn=counts)


def value(key: str, t: Tally) -> float | None:
    metric = CATALOGUE[key]
    return metric.numerator(t) / metric.denominator(t) if metric.denominator(t) else None


def test_every_rate_of_a_worked_table() -> None:
    """60, 40, 20, 180 (metrics/prototypes.md, section 1; complements by hand)."""
    expected = {
        "base_rate": 80 / 300,
        "selection_rate": 100 / 300,
        "tpr": 60 / 80,
        "fnr": 20 / 80,
        "fpr": 40 / 220,
        "tnr": 180 / 220,
        "ppv": 60 / 100,
        "fdr": 40 / 100,
        "npv": 180 / 200,
        "for": 20 / 200,
        "accuracy": 240 / 300,
    }
    for key, wanted in expected.items():
        assert value(key, Tally(tp=60, fp=40, fn=20, tn=180)) == wanted


def test_named_cells_are_not_mixed_up() -> None:
    """30, 10, 20, 140: another toolkit reports FPR .25, FNR .125 and selection .8 here (peer_pitfalls.md, P25)."""
    t = Tally(tp=30, fp=10, fn=20, tn=140)

    assert value("fpr", t) == pytest.approx(0.0667, abs=5e-5)
    assert value("fnr", t) == 0.40
    assert value("selection_rate", t) == 0.20


def test_denominators_are_inside_the_group(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    """Equal rates in groups of 900 and 100 are equal; another toolkit says .72 and .08 (peer_pitfalls.md, P24)."""
    result = analyse(
        make_plan(primary=("tpr", "fpr"), margin=("ratio", 1.25)),
        confusion({"a": (360, 90, 90, 360), "b": (40, 10, 10, 40)}),
    )

    assert [result.rate("tpr", g=g).value for g in "ab"] == [0.8, 0.8]
    assert [result.rate("fpr", g=g).value for g in "ab"] == [0.2, 0.2]
    assert all(row.verdict.name != "disparity_shown" for row in result.disparities)


@pytest.mark.parametrize(
    ("t", "key", "reason"),
    [
        (Tally(fp=1, tn=3), "tpr", "no_positives"),
        (Tally(fp=1, tn=3), "fnr", "no_positives"),
        (Tally(tp=1, fn=3), "fpr", "no_negatives"),
        (Tally(fn=2, tn=3), "ppv", "nobody_flagged"),
        (Tally(fn=2, tn=3), "fdr", "nobody_flagged"),
        (Tally(tp=2, fp=3), "for", "everybody_flagged"),
        (Tally(), "selection_rate", "empty_cell"),
        (Tally(tp=2, no_open=3), "fpr", "outcome_not_observed"),
        (Tally(yes_open=3), "ppv", "outcome_not_observed"),
    ],
)
def test_undefined_rate_has_its_reason(t: Tally, key: str, reason: str) -> None:
    assert value(key, t) is None
    assert CATALOGUE[key].undefined_because(t) == reason
    assert REASONS[reason]  # type: ignore[index]  # reason is one of the closed list, by the assertion above


@given(tallies)
def test_label_swap_mirrors_every_rate(t: Tally) -> None:
    """y, d to 1-y, 1-d maps TPR to TNR, FPR to FNR, PPV to NPV, FDR to FOR (design 16.4)."""
    swapped = Tally(tp=t.tn, fp=t.fn, fn=t.fp, tn=t.tp)

    for key, twin in (("tpr", "tnr"), ("fpr", "fnr"), ("ppv", "npv"), ("fdr", "for"), ("accuracy", "accuracy")):
        assert value(key, swapped) == value(twin, t)
    if t.n:
        assert (value("selection_rate", swapped) or 0) == pytest.approx(1 - (value("selection_rate", t) or 0))


@given(tallies)
def test_error_rates_hang_together_as_the_identity_says(t: Tally) -> None:
    """FPR = b/(1-b) * (1-PPV)/PPV * (1-FNR) wherever all are defined (design 4.9)."""
    b, ppv, fnr, fpr = (value(key, t) for key in ("base_rate", "ppv", "fnr", "fpr"))
    if b is not None and b < 1 and ppv and fnr is not None and fpr is not None:
        assert b / (1 - b) * (1 - ppv) / ppv * (1 - fnr) == pytest.approx(fpr, abs=1e-12)


@given(tallies, tallies)
def test_merged_groups_have_the_weighted_mean(a: Tally, b: Tally) -> None:
    for key in ("selection_rate", "base_rate", "tpr", "fpr", "ppv", "for", "accuracy"):
        metric = CATALOGUE[key]
        whole = metric.denominator(a) + metric.denominator(b)
        if whole:
            parts = sum((value(key, t) or 0) * metric.denominator(t) for t in (a, b))
            assert value(key, a + b) == pytest.approx(parts / whole)


@given(tallies)
def test_mirrored_metrics_add_up_to_one(t: Tally) -> None:
    for key, metric in CATALOGUE.items():
        if metric.mirror and value(key, t) is not None:
            assert (value(key, t) or 0) + (value(metric.mirror, t) or 0) == pytest.approx(1)
            assert CATALOGUE[metric.mirror].mirror == key


def test_override_rate_counts_reviewed_yes_decisions(make_plan: Callable[..., AuditPlan]) -> None:
    cells = Cells.of(
        ("g",),
        [
            Cell(("a",), -1, 1, 0, 3),  # reversed
            Cell(("a",), -1, 1, 1, 9),  # upheld
            Cell(("a",), -1, 1, -1, 5),  # not reviewed: outside the denominator
            Cell(("a",), -1, 0, 1, 7),  # a no that a person turned into a yes is another question
            Cell(("b",), -1, 0, -1, 4),
        ],
    )
    result = analyse(make_plan(outcome=False, human=True, primary=("override_rate",)), cells)

    assert (result.rate("override_rate", g="a").k, result.rate("override_rate", g="a").n) == (3, 12)
    assert result.rate("override_rate", g="b").reason == "nobody_flagged"


def test_people_of_unknown_group_are_shown_and_outside_the_complement(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    """Other packages drop them (peer_pitfalls.md, P05, P22)."""
    plan = make_plan(unknown=("Not stated",), outcome=False)
    result = analyse(plan, selected({"a": (2, 10), "b": (3, 10), "Not stated": (4, 10), MISSING: (5, 10)}))
    groups = result.to_json(created="2026-11-20", tool_version="0")["tables"]["groups"]

    assert [(row["label"], row["n"], row["unknown"]) for row in groups] == [
        ("a", 10, False),
        ("b", 10, False),
        ("Not stated", 10, True),
        ("Not known", 10, True),
    ]
    assert sum(row["n"] for row in groups) == result.cells.n
    assert {(row.comparison.group, row.other.n) for row in result.disparities} == {
        ((("g", "a"),), 10),
        ((("g", "b"),), 10),
    }


def test_declared_group_without_anybody_stays_as_a_row(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    plan = make_plan(values=("Arab", "b"), outcome=False)
    result = analyse(plan, selected({"a": (2, 10), "b": (3, 10)}))
    rate = result.rate("selection_rate", g="Arab")

    # Declared values first and in their order, then what else was observed.
    assert [group for group, _ in result.rates] == [(), (("g", "Arab"),), (("g", "b"),), (("g", "a"),)]
    assert (rate.n, rate.value, rate.reason) == (0, None, "empty_cell")
    assert any("Arab" in text and reason == "empty_cell" for _, reason, text in result.not_computed)


def test_empty_intersection_is_a_row_with_a_whole_zero(make_plan: Callable[..., AuditPlan]) -> None:
    """r = a a b b b, s = m f m m m: nobody is (b, f) (peer_pitfalls.md, P03)."""
    people = [("a", "m"), ("a", "f"), ("b", "m"), ("b", "m"), ("b", "m")]
    cells = Cells.of(("r", "s"), [Cell(pair, -1, 1, -1, 1) for pair in people])
    result = analyse(make_plan(groups=("r", "s"), intersections=(("r", "s"),), outcome=False), cells)
    rate = result.rate("selection_rate", r="b", s="f")

    assert rate.n == 0
    assert isinstance(rate.n, int)
    assert rate.reason == "empty_cell"


def test_intersection_is_compared_with_all_who_differ_in_any_known_part(make_plan: Callable[..., AuditPlan]) -> None:
    rows = [
        Cell(("a", "f"), -1, 1, -1, 10),
        Cell(("a", "m"), -1, 0, -1, 20),
        Cell(("b", MISSING), -1, 0, -1, 30),  # not a, whatever the other part is
        Cell(("a", MISSING), -1, 0, -1, 40),  # may or may not be (a, f)
    ]
    plan = make_plan(groups=("r", "s"), intersections=(("r", "s"),), outcome=False)
    result = analyse(plan, Cells.of(("r", "s"), rows))

    found = next(row for row in result.disparities if row.comparison.group == (("r", "a"), ("s", "f")))
    assert (found.side.n, found.other.n) == (10, 50)
    assert found.comparison.role == "exploratory"


def test_rows_without_decision_or_outcome_leave_only_the_denominators_that_need_them(
    make_plan: Callable[..., AuditPlan],
) -> None:
    cells = Cells.of(
        ("g",),
        [
            Cell(("a",), 1, 1, -1, 10),
            Cell(("a",), 0, 0, -1, 20),
            Cell(("a",), -1, 1, -1, 5),  # outcome not known
            Cell(("a",), 1, -1, -1, 3),  # decision not known
            Cell(("b",), 0, 0, -1, 7),
        ],
    )
    result = analyse(make_plan(), cells)

    assert (result.rate("selection_rate", g="a").k, result.rate("selection_rate", g="a").n) == (15, 35)
    assert (result.rate("base_rate", g="a").k, result.rate("base_rate", g="a").n) == (13, 33)
    assert (result.rate("accuracy", g="a").k, result.rate("accuracy", g="a").n) == (30, 30)
    coverage = result.to_json(created="2026-11-20", tool_version="0")["tables"]["coverage"]
    assert {"group": {"g": "a"}, "decision": 1, "n": 15, "known": 10, "share": 10 / 15} in coverage


def test_catalogue_holds_every_metric_key_of_plans_with_a_label_under_each_effect(
    make_plan: Callable[..., AuditPlan],
) -> None:
    assert tuple(CATALOGUE) == METRIC_KEYS
    for effect in ("burden", "benefit", "identification", "neither"):
        found = labels(make_plan(effect=effect))
        assert tuple(found) == METRIC_KEYS
        assert len(set(found.values())) == len(METRIC_KEYS)


def test_tally_keeps_unknown_codes_apart() -> None:
    codes = [(y, d) for y in (1, 0, -1) for d in (1, 0, -1)]
    found = tally([Cell(("a",), y, d, -1, 2**i) for i, (y, d) in enumerate(codes)])

    assert (found.tp, found.fn, found.undecided_positive) == (1, 2, 4)
    assert (found.fp, found.tn, found.undecided_negative) == (8, 16, 32)
    assert (found.yes_open, found.no_open, found.blank) == (64, 128, 256)
    assert found.n == 511
