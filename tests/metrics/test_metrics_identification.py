"""The denominators sheet, against the Met's published counts for 2024-25."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import MISSING, Cell, Cells

# Live facial recognition, September 2024 to September 2025, as reported (content/reference/r3_met_lfr_2024_25.csv):
# 3,147,436 faces, 2,077 alerts, 10 of them false, 8 of those of Black people. Faces were not counted by ethnicity.
MET = Cells.of(
    ("ethnicity",),
    [
        Cell((MISSING,), -1, 0, -1, 3_147_436 - 2_077),
        Cell((MISSING,), 1, 1, -1, 2_077 - 10),
        Cell(("Black",), 0, 1, -1, 8),
        Cell(("Other",), 0, 1, -1, 2),
    ],
)


@pytest.fixture
def met(make_plan: Callable[..., AuditPlan]) -> AuditResult:
    plan = make_plan(
        effect="identification",
        primary=("selection_rate", "fdr"),
        groups=("ethnicity",),
        observed="decision_yes",
        label="wrongly or rightly alerted on",
        unit={"row": "face"},
        identification={"exposure": "faces seen", "alert": "alerts", "group": "ethnicity"},
    )
    return analyse(plan, MET)


def sheet(result: AuditResult) -> dict[str, Any]:
    assert result.identification is not None
    return result.identification.to_json()


def test_false_alerts_per_face_are_one_in_314744(met: AuditResult) -> None:
    found = {row["key"]: row for row in sheet(met)["quantities"]}["false_alerts_per_exposure"]

    assert (found["k"], found["n"], found["method"]) == (10, 3_147_436, "clopper_pearson")
    assert found["one_in"] == pytest.approx([314_743.6, 171_146.2, 656_345.9], abs=0.05)


def test_false_alerts_per_alert(met: AuditResult) -> None:
    found = {row["key"]: row for row in sheet(met)["quantities"]}["false_alerts_per_alert"]

    assert (found["k"], found["n"]) == (10, 2_077)
    assert [found["value"], *found["ci"]] == pytest.approx([0.004815, 0.002311, 0.008836], abs=5e-7)


def test_alerts_per_face(met: AuditResult) -> None:
    found = sheet(met)["quantities"][0]

    assert found["one_in"][0] == pytest.approx(1_515.4, abs=0.05)


def test_share_of_false_alerts_by_group_is_exact_with_wilson_beside_it(met: AuditResult) -> None:
    black, other = sheet(met)["shares"]

    assert black["group"] == {"ethnicity": "Black"}
    assert [black["value"], *black["ci"]] == pytest.approx([0.8, 0.4439, 0.9748], abs=5e-5)
    assert black["ci_wilson"] == pytest.approx([0.49, 0.94], abs=5e-3)
    assert other["k"] == 2


def test_break_even_share_of_faces(met: AuditResult) -> None:
    found = sheet(met)["break_even"]

    assert found["group"] == {"ethnicity": "Black"}
    assert (found["value"], found["method"]) == (0.8, "clopper_pearson")
    assert "80% (95% interval 44% to 97%, exact)" in found["sentence"]
    assert "if their true share of faces seen is smaller, their rate is higher" in found["sentence"]
    assert "none is taken from a census" in found["sentence"]


def test_sentences_read_the_figures_out(met: AuditResult) -> None:
    assert sheet(met)["sentences"] == [
        "2,077 alerts among 3,147,436 faces seen: 1 in 1,515 (95% interval 1 in 1,452 to 1 in 1,583).",
        "10 false alerts among 3,147,436 faces seen: 1 in 314,744 (95% interval 1 in 171,146 to 1 in 656,346).",
        "10 of 2,077 alerts were false: 0.48% (95% interval 0.23% to 0.88%).",
    ]


def test_no_rate_by_group_without_faces_by_group(met: AuditResult) -> None:
    assert any(
        line.startswith("No rate by ethnicity: faces seen were not counted") for line in sheet(met)["not_identified"]
    )
    primary = [row for row in met.disparities if row.comparison.role == "primary"]
    assert {row.verdict.name for row in primary} == {"not_identified"}
    assert {row.reason for row in primary} == {"group_not_observed"}


def test_faces_counted_by_group_give_rates_by_group(make_plan: Callable[..., AuditPlan]) -> None:
    plan = make_plan(
        effect="identification",
        groups=("ethnicity",),
        observed="decision_yes",
        unit={"row": "face"},
        identification={"exposure": "faces seen", "group": "ethnicity"},
    )
    cells = Cells.of(
        ("ethnicity",),
        [
            Cell(("Black",), -1, 0, -1, 100_000),
            Cell(("Other",), -1, 0, -1, 900_000),
            Cell(("Black",), 0, 1, -1, 8),
            Cell(("Other",), 0, 1, -1, 2),
        ],
    )
    result = analyse(plan, cells)

    assert result.rate("selection_rate", ethnicity="Black").value == 8 / 100_008
    assert not any("No rate by" in line for line in sheet(result)["not_identified"])
    assert (
        "In this data 10% of faces seen with a known group were Black faces." in sheet(result)["break_even"]["sentence"]
    )


def test_no_false_alert_is_not_never(make_plan: Callable[..., AuditPlan]) -> None:
    plan = make_plan(effect="identification", observed="decision_yes", unit={"row": "face"}, alpha=0.05)
    cells = Cells.of(("g",), [Cell(("a",), -1, 0, -1, 11_990), Cell(("a",), 1, 1, -1, 10)])
    result = sheet(analyse(plan, cells))
    found = result["quantities"][1]

    assert (found["value"], found["one_in"]) == (0.0, None)
    # Rule of three gives 3/12,000 one-sided; the two-sided exact limit is 1 - 0.025^(1/12000) = 0.000307.
    assert found["ci"] == [0.0, pytest.approx(0.000307, abs=5e-7)]
    assert "None seen is not never: up to 1 in 3,254 fits the data (95%)." in result["sentences"][1]


def test_alerts_that_nobody_judged_are_said(make_plan: Callable[..., AuditPlan]) -> None:
    plan = make_plan(effect="identification", observed="decision_yes", unit={"row": "face"})
    cells = Cells.of(
        ("g",),
        [
            Cell(("a",), -1, 0, -1, 1_000),
            Cell(("a",), 1, 1, -1, 10),
            Cell(("a",), 0, 1, -1, 2),
            Cell(("a",), -1, 1, -1, 5),
        ],
    )
    result = sheet(analyse(plan, cells))

    assert result["quantities"][2]["n"] == 12
    assert any(line.startswith("5 of 17 alerts were never judged") for line in result["not_identified"])


def test_other_plans_have_no_sheet(make_plan: Callable[..., AuditPlan], selected: Callable[..., Cells]) -> None:
    assert analyse(make_plan(outcome=False), selected({"a": (1, 4), "b": (2, 4)})).identification is None
