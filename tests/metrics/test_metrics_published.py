"""Published tables, recomputed from their counts; the shared data sets whole are in test_metrics_published_numbers.py.

Data sets stand outside the repository (``shared_data``); numbers in this file carry their source.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cell, Cells

ALL = ("selection_rate", "fpr", "tpr", "fnr", "ppv", "fdr", "for", "accuracy", "base_rate")


def counted(rows: Iterable[tuple[str, int, int]]) -> Cells:
    """Cells from (group, outcome, decision) rows."""
    counts = Counter(rows)
    return Cells.of(("g",), [Cell((g,), y, d, -1, n) for (g, y, d), n in counts.items()])


def row_of(result: AuditResult, metric: str, group: str, reference: str | None = None) -> Disparity:
    return next(
        row
        for row in result.disparities
        if row.comparison.metric == metric
        and row.comparison.group == (("g", group),)
        and row.comparison.reference == reference
    )


# ProPublica's two-year file, counts as in content/reference/r5_compas.csv: computed from the public repository
# (commit bafff5da). Medium and High count as selected. TP, FP, FN, TN.
COMPAS = {
    "African-American": (1_369, 805, 532, 990),
    "Caucasian": (505, 349, 461, 1_139),
    "Hispanic": (103, 87, 129, 318),
    "Other": (2_035 - 1_369 - 505 - 103, 1_282 - 805 - 349 - 87, 1_216 - 532 - 461 - 129, 2_681 - 990 - 1_139 - 318),
}


def test_compas_rates_of_every_group(make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]) -> None:
    result = analyse(make_plan(primary=ALL), confusion(COMPAS))

    expected = {
        "African-American": (0.4485, 0.2799, 0.6297, 0.5882),
        "Caucasian": (0.2345, 0.4772, 0.5913, 0.3480),
        "Hispanic": (0.2148, 0.5560, 0.5421, 0.2983),
    }
    for group, values in expected.items():
        found = [result.rate(key, g=group).value for key in ("fpr", "fnr", "ppv", "selection_rate")]
        assert found == pytest.approx(values, abs=5e-5)
    everybody = [result.rate(key).value for key in ("fpr", "fnr", "ppv", "selection_rate")]
    assert everybody == pytest.approx((0.3235, 0.3740, 0.6135, 0.4598), abs=5e-5)


def test_compas_ratios_against_the_named_reference(
    make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    plan = make_plan(primary=("fpr", "selection_rate"), comparator={"also": {"g": "Caucasian"}})
    result = analyse(plan, confusion(COMPAS))

    fpr = row_of(result, "fpr", "African-American", "Caucasian")
    assert fpr.ratio is not None
    assert fpr.ratio[0] == pytest.approx(1.91, abs=0.005)
    assert fpr.verdict.name == "disparity_shown"
    assert fpr.direction == "worse"
    # content/deployments.md, R5: ratio of favourable outcomes .632, of adverse ones .592 the other way round.
    selected = row_of(result, "selection_rate", "African-American", "Caucasian")
    assert selected.other_ratio == pytest.approx(0.632, abs=5e-4)
    assert selected.ratio is not None
    assert selected.ratio[0] == pytest.approx(1 / 0.592, rel=1e-3)


def test_compas_violent_file(make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]) -> None:
    # content/reference/r5_compas.csv, violent file.
    table = {"African-American": (295, 593, 176, 1_202), "Caucasian": (78, 232, 131, 1_260)}
    result = analyse(make_plan(primary=ALL), confusion(table))

    for group, values in {
        "African-American": (0.3304, 0.3737, 0.3322),
        "Caucasian": (0.1555, 0.6268, 0.2516),
    }.items():
        assert [result.rate(key, g=group).value for key in ("fpr", "fnr", "ppv")] == pytest.approx(values, abs=5e-5)


def test_r_package_fairness_sensitivities(shared_data: Path, make_plan: Callable[..., AuditPlan]) -> None:
    """README table of the R package fairness on 6,172 people: groups down to 11 people."""
    folder = shared_data / "kozodoi-fairness"
    with (folder / "compas_probs_6172.csv").open() as file:
        rows = [(row["ethnicity"], int(row["y_true"]), int(row["predicted"])) for row in csv.DictReader(file)]
    plan = make_plan(primary=("tpr",), comparator={"also": {"g": "Caucasian"}})
    result = analyse(plan, counted(rows))
    compared = 0
    with (folder / "expected.csv").open() as file:
        for row in csv.DictReader(file):
            if row["metric"] == "sensitivity":
                found = result.rate("tpr", g=row["group"]).value
            else:
                ratio = row_of(result, "tpr", row["group"], "Caucasian").ratio
                found = None if ratio is None else ratio[0]
            assert found == pytest.approx(float(row["value"]), abs=5.1e-5), row["group"]
            compared += 1

    assert compared == 11
    # Eleven people support no verdict, and the verdict says so.
    assert row_of(result, "tpr", "Native_American").verdict.name == "inconclusive"
