"""Detectable disparities against the published table and statsmodels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from impact.metrics.analysis.analyse import analyse
from impact.metrics.analysis.power import detectable, power_table
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cells


# metrics/prototypes.md, section 15.
@pytest.mark.parametrize(
    ("rate", "n_group", "n_reference", "ratio"),
    [
        (0.02, 50, 5_000, 4.70),
        (0.02, 500, 5_000, 2.06),
        (0.10, 50, 5_000, 2.35),
        (0.10, 500, 5_000, 1.42),
        (0.10, 5_000, 50_000, 1.13),
        (0.0003, 12_000, 12_000, 4.44),
        (0.0003, 24_000, 12_000, 3.94),
    ],
)
def test_detectable_ratio_of_the_published_table(rate: float, n_group: int, n_reference: int, ratio: float) -> None:
    found = detectable(rate, n_group, n_reference)

    assert found is not None
    assert 1 + found / rate == pytest.approx(ratio, abs=0.006)


def test_statsmodels_gives_the_claimed_power_at_the_detectable_difference() -> None:
    found = detectable(0.1, 500, 5_000, power=0.9, alpha=0.01)

    assert found is not None
    theirs = power_proportions_2indep(found, 0.1, 500, ratio=10, alpha=0.01).power
    assert theirs == pytest.approx(0.9, abs=1e-9)


@pytest.mark.parametrize(("rate", "n_group", "n_reference"), [(0.5, 2, 5), (0.0, 50, 50), (1.0, 50, 50), (0.1, 0, 9)])
def test_nothing_detectable_is_none(rate: float, n_group: int, n_reference: int) -> None:
    assert detectable(rate, n_group, n_reference) is None


def test_power_table_reads_no_group_rate(make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]) -> None:
    plan = make_plan()
    even = power_table(plan, selected({"a": (100, 1_000), "b": (100, 1_000), "c": (50, 500)}))
    uneven = power_table(plan, selected({"a": (0, 1_000), "b": (200, 1_000), "c": (50, 500)}))

    assert even == uneven  # the same sizes and the same overall rate; nothing about any group leaks
    assert [row["n"] for row in even] == [1_000, 1_000, 500]
    assert [row["comparator_n"] for row in even] == [1_500, 1_500, 2_000]
    assert even[0]["reference_rate"] == 0.1


def test_more_declared_comparisons_make_less_detectable(
    make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]
) -> None:
    cells = selected({"a": (100, 1_000), "b": (100, 1_000), "c": (50, 500)})
    one = power_table(make_plan(), cells)
    three = power_table(make_plan(primary=("selection_rate", "fpr", "ppv")), cells)

    assert all(b["detectable_ratio"] > a["detectable_ratio"] for a, b in zip(one, three, strict=True))


def test_table_promises_what_the_audit_keeps(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    """The level of the table is that of the comparisons, references and two-valued characteristics included."""
    plan = make_plan(primary=("selection_rate", "fpr", "tnr"), comparator={"also": {"g": "b"}})
    for table in (
        {"a": (9, 8, 7, 60), "b": (8, 9, 7, 60), "c": (7, 7, 7, 60)},
        {"a": (9, 8, 7, 60), "b": (8, 9, 7, 60)},
    ):
        cells = confusion(table)
        primary = {row.alpha for row in analyse(plan, cells).disparities if row.comparison.role == "primary"}
        assert {row["alpha"] for row in power_table(plan, cells)} == primary
