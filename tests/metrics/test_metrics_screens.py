"""Standards as data, and the ratio screens that they name. Expected values by hand or from design section 6."""

from __future__ import annotations

from typing import Any

import pytest

from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.screens import false_alarm
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.plans.standards import STANDARDS, load_standard
from impact.metrics.tables.cells import Cell, Cells


def plan(*, standard: str, effect: str = "benefit", **more: Any) -> AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody who applied",
            "source": {"kind": "counts", "path": "x.csv", "count": "n"},
            "columns": {"decision": {"name": "d", "yes": [1], "no": [0], "effect": effect, "label": "shortlisted"}},
            "groups": {"g": {"name": "g", "values": ["a", "b", "c"], "unknown_values": ["?"]}},
            "plan": {"primary": ["selection_rate"], "standard": standard},
            **more,
        }
    )


def cells(**groups: tuple[int, int]) -> Cells:
    """Group -> (selected, not selected)."""
    rows = [
        Cell((name.replace("unknown", "?"),), -1, decision, -1, n)
        for name, (yes, no) in groups.items()
        for decision, n in ((1, yes), (0, no))
    ]
    return Cells.of(("g",), rows)


def screens(made: AuditPlan, counted: Cells) -> dict[str, dict[str, Any]]:
    data = analyse(made, counted).to_json(created="", tool_version="")
    return {row["group"]["g"]: row for row in data["tables"]["screens"]}


def test_exactly_four_fifths_is_not_below() -> None:
    """4/50 against 50/500 is exactly 0.8, though the quotient of the two floats is below it."""
    assert (4 / 50) / (50 / 500) < 0.8

    rows = screens(plan(standard="eeoc-four-fifths"), cells(a=(4, 46), b=(50, 450)))

    assert rows["a"]["below"] is False
    assert (rows["a"]["reference"], rows["a"]["reference_k"], rows["a"]["reference_n"]) == ({"g": "b"}, 50, 500)
    assert rows["a"]["ratio"] == pytest.approx(0.8)


def test_one_fewer_is_below_and_the_chance_of_a_misfire_is_printed() -> None:
    rows = screens(plan(standard="eeoc-four-fifths"), cells(a=(3, 47), b=(50, 450)))

    assert rows["a"]["below"] is True
    assert rows["a"]["misfires"] == pytest.approx(0.60, abs=0.02)  # 0.609 at a rate of 10%, design section 6
    assert rows["b"]["ratio"] == 1.0
    assert rows["b"]["misfires"] is None


@pytest.mark.parametrize(
    ("n1", "n2", "rate", "expected"),
    [(20, 200, 0.1, 0.73693), (50, 500, 0.1, 0.60882), (50, 500, 0.5, 0.13312), (200, 2000, 0.1, 0.31533)],
)
def test_chance_of_a_misfire_is_that_of_the_design(n1: int, n2: int, rate: float, expected: float) -> None:
    assert false_alarm(n1, n2, rate) == pytest.approx(expected, abs=5e-6)


def test_chance_of_a_misfire_by_brute_force() -> None:
    """All tables of 3 and 4 people at a rate of one half, weighed one by one."""
    from math import comb

    expected = sum(
        comb(3, a) * comb(4, b) / 2**7
        for a in range(4)
        for b in range(5)
        if a + b == 0 or 5 * min(a * 4, b * 3) < 4 * max(a * 4, b * 3)
    )

    assert false_alarm(3, 4, 0.5) == pytest.approx(expected, abs=1e-12)


def test_sizes_too_large_to_enumerate_give_no_chance() -> None:
    assert false_alarm(10_000, 10_000, 0.1) is None


def test_a_burden_is_screened_on_those_who_are_spared() -> None:
    """6% against 2% flagged: three times the burden, but 94/98 = 0.959 of those spared (design, decision 3)."""
    rows = screens(plan(standard="eeoc-four-fifths", effect="burden"), cells(a=(6, 94), b=(2, 98)))

    assert rows["a"]["side"] == "spared"
    assert rows["a"]["ratio"] == pytest.approx(94 / 98)
    assert rows["a"]["below"] is False


def test_unknown_and_empty_groups_are_never_a_reference() -> None:
    rows = screens(plan(standard="nyc-ll144"), cells(a=(10, 990), b=(20, 980), unknown=(9, 1)))

    assert set(rows) == {"a", "b", "c"}
    assert rows["a"]["reference"] == {"g": "b"}
    assert (rows["c"]["ratio"], rows["c"]["reason"]) == (None, "empty_cell")
    assert rows["a"]["below"] is None  # Local Law 144 sets no limit


def test_small_categories_are_marked_and_shown() -> None:
    rows = screens(plan(standard="nyc-ll144"), cells(a=(5, 14), b=(400, 600)))

    assert rows["a"]["small"] is True  # 19 of 1,019 are 1.9%
    assert rows["a"]["ratio"] == pytest.approx((5 / 19) / 0.4)


def test_nobody_selected_leaves_no_ratio() -> None:
    rows = screens(plan(standard="eeoc-four-fifths"), cells(a=(0, 50), b=(0, 60), c=(0, 5)))

    assert {row["reason"] for row in rows.values()} == {"nobody_flagged"}


def test_the_page_prints_both_limits_of_a_ratio() -> None:
    """Koopman's limits for 10 of 100 against 30 of 120, from statsmodels' score interval."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    from impact.report.view.parts import Numbering
    from impact.report.view.standard import make_standard

    data = analyse(plan(standard="eeoc-four-fifths"), cells(a=(10, 90), b=(30, 90))).to_json(
        created="", tool_version=""
    )
    made = make_standard(data, Numbering())

    assert made is not None
    assert made.screens is not None
    low, high = confint_proportions_2indep(10, 100, 30, 120, compare="ratio", method="score", correction=False)
    assert f"0.40 ({low:.2f} to {high:.2f})" in made.screens.rows[0]


def test_default_standard_sets_no_number() -> None:
    data = analyse(plan(standard="uk-equality-act"), cells(a=(1, 9), b=(5, 5))).to_json(created="", tool_version="")

    assert data["tables"]["screens"] == []
    assert data["standard"]["id"] == "uk-equality-act"


@pytest.mark.parametrize("name", STANDARDS)
def test_every_standard_loads_with_caveats_and_sources(name: str) -> None:
    standard = load_standard(name)

    assert standard.id == name
    assert standard.caveats
    assert standard.sources


@pytest.mark.parametrize(
    ("standard", "more", "wanted"),
    [
        ("nyc-ll144", {"groups": {"g": {"name": "g"}}}, "unknown_values"),
        ("nist-frte", {}, "identification"),
    ],
)
def test_standard_names_what_the_plan_lacks(standard: str, more: dict[str, Any], wanted: str) -> None:
    with pytest.raises(MetricError) as caught:
        plan(standard=standard, **more)

    assert [fault.code for fault in caught.value.faults] == ["E106"]
    assert wanted in caught.value.faults[0].remedy
