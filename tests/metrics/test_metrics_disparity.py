"""Comparisons: who with whom, intervals, families, undefined pairs; and the worked finding of the design."""

from __future__ import annotations

from collections.abc import Callable
from math import log10

import pytest
from fairlearn.metrics import equal_opportunity_difference, equalized_odds_difference, selection_rate
from statsmodels.stats.multitest import multipletests

from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.multiplicity import holm, sidak, step_up
from impact.metrics.tables.cells import MISSING, Cell, Cells

Plans = Callable[..., AuditPlan]
Tables = Callable[..., Cells]


def rows(result: AuditResult, metric: str) -> dict[str, Disparity]:
    return {
        row.comparison.group[0][1]: row
        for row in result.disparities
        if row.comparison.metric == metric and row.comparison.reference is None
    }


def test_worked_finding_of_the_design(make_plan: Plans, selected: Tables) -> None:
    """metrics/design.md, section 10: invented counts, every figure computed from them there. One comparison, so the
    deciding interval is the plain 95% one."""
    plan = make_plan(
        outcome=False, margin=("ratio", 1.25), label="referred", unit={"row": "claimant"}, primary=("selection_rate",)
    )
    result = analyse(plan, selected({"Black": (3_021, 49_512), "White": (8_123, 372_110)}))
    found = result.findings[0].to_json(plan, result.cells, engine="x", second_opinion={})
    estimate = found["estimate"]

    assert (found["verdict"], found["severity"], found["direction"]) == ("disparity_shown", "high", "worse")
    assert estimate["group"]["value"] == pytest.approx(0.06102, abs=5e-6)
    assert estimate["group"]["ci"] == pytest.approx([0.05894, 0.06316], abs=5e-6)
    assert estimate["comparator"]["ci"] == pytest.approx([0.02136, 0.02230], abs=5e-6)
    assert estimate["difference"]["value"] == pytest.approx(0.03919, abs=5e-6)
    assert estimate["difference"]["ci"] == pytest.approx([0.03706, 0.04138], abs=5e-6)
    assert estimate["ratio"]["value"] == pytest.approx(2.80, abs=0.005)
    assert estimate["ratio"]["ci"] == pytest.approx([2.68, 2.91], abs=0.005)
    assert estimate["other_side_ratio"]["value"] == pytest.approx(0.960, abs=5e-4)
    assert estimate["excess"] == {"value": 1_940, "ci": [1_835, 2_049]}
    assert found["severity_basis"]["excess_lower"] == 1_835
    assert found["test"]["log10_p"] == pytest.approx(-568.031, abs=0.01)
    assert found["power"]["mdd_ratio"] == pytest.approx(1.09, abs=0.005)
    assert found["margin"]["observed_beyond"] is True
    assert found["disclosure"]["min_cell"] == 3_021


def test_complement_is_everybody_else_who_is_known(make_plan: Plans, selected: Tables) -> None:
    """Three groups of four: the comparator has eight, not four (peer_pitfalls.md, P13)."""
    result = analyse(make_plan(outcome=False), selected({"a": (1, 4), "b": (2, 4), "c": (3, 4)}))

    assert {group: row.other.n for group, row in rows(result, "selection_rate").items()} == {"a": 8, "b": 8, "c": 8}


def test_group_without_positives_has_no_true_positive_rate_and_no_finding(make_plan: Plans, confusion: Tables) -> None:
    """peer_pitfalls.md, P01: fairlearn reports a false alarm of 1.0 on this table, and ours no finding at all."""
    groups, y, d = list("aaaabbbb"), [0, 0, 0, 0, 1, 1, 0, 0], [0, 1, 0, 0, 1, 1, 0, 0]
    result = analyse(make_plan(primary=("tpr", "fnr")), confusion({"a": (0, 1, 0, 3), "b": (2, 0, 0, 2)}))

    assert result.rate("tpr", g="a").reason == "no_positives"
    assert result.rate("fnr", g="a").reason == "no_positives"
    assert {row.verdict.name for row in rows(result, "tpr").values()} == {"undefined"}
    assert not [finding for finding in result.findings if finding.disparity.comparison.role == "primary"]
    assert any(metric == "tpr" and reason == "no_positives" for metric, reason, _ in result.not_computed)
    # If this fails, the library has changed its convention and docs/statistics.md must say so.
    assert equal_opportunity_difference(y, d, sensitive_features=groups) == 1.0


def test_empty_denominators_show_no_disparity(make_plan: Plans, confusion: Tables) -> None:
    """peer_pitfalls.md, P57: fairlearn says 1.0, purely from groups without negatives or positives."""
    y, d = [1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 1, 0]
    table = {"a": (1, 0, 1, 0), "b": (0, 0, 0, 2), "c": (1, 0, 0, 1)}
    result = analyse(make_plan(primary=("tpr", "fpr")), confusion(table))

    assert not [finding for finding in result.findings if finding.disparity.verdict.name == "disparity_shown"]
    assert {row.verdict.name for key in ("tpr", "fpr") for row in rows(result, key).values()} == {
        "inconclusive",
        "undefined",
    }
    assert rows(result, "tpr")["b"].reason == "no_positives"
    assert rows(result, "fpr")["a"].reason == "no_negatives"
    assert equalized_odds_difference(y, d, sensitive_features=list("aabbcc")) == 1.0


def test_rate_of_zero_on_one_side_leaves_an_open_interval(make_plan: Plans, selected: Tables) -> None:
    """peer_pitfalls.md, P04, P14, P20: others print 0, infinity or 10."""
    result = analyse(make_plan(outcome=False), selected({"a": (0, 20), "b": (5, 200)}))
    low, high = (rows(result, "selection_rate")[g].to_json(result.plan, None)["ratio"] for g in "ab")

    assert (low["value"], low["ci"], low["open"]) == (0.0, [0.0, pytest.approx(6.92594, rel=1e-4)], None)
    assert (high["value"], high["reason"], high["open"]) == (None, "comparator_zero", "upper")
    assert high["ci"] == [pytest.approx(1 / 6.92594, rel=1e-4), None]


def test_nobody_selected_anywhere_is_undefined(make_plan: Plans, selected: Tables) -> None:
    for counts, reason in (((0, 20), "nobody_flagged"), ((20, 20), "everybody_flagged")):
        result = analyse(make_plan(outcome=False), selected({"a": counts, "b": counts}))
        row = rows(result, "selection_rate")["a"]
        assert (row.verdict.name, row.reason, row.difference, row.ratio) == ("undefined", reason, None, None)


def test_swapping_group_and_comparator_mirrors_every_figure(make_plan: Plans, selected: Tables) -> None:
    result = analyse(make_plan(outcome=False), selected({"a": (12, 60), "b": (30, 300)}))
    a, b = (rows(result, "selection_rate")[g] for g in "ab")

    assert a.difference is not None
    assert b.difference is not None
    assert a.ratio is not None
    assert b.ratio is not None
    assert b.difference[0] == -a.difference[0]
    assert b.difference[1] == pytest.approx((-a.difference[1][1], -a.difference[1][0]))
    assert b.ratio[0] == pytest.approx(1 / a.ratio[0])  # type: ignore[operator]  # both rates are above 0
    assert b.ratio[1] == pytest.approx((1 / a.ratio[1][1], 1 / a.ratio[1][0]))
    assert (a.direction, b.direction) == ("worse", "better")


def test_two_valued_characteristic_is_one_test_and_one_finding(make_plan: Plans, selected: Tables) -> None:
    result = analyse(make_plan(outcome=False), selected({"a": (12, 60), "b": (30, 300)}))

    assert {row.family_size for row in result.disparities} == {1}
    assert [finding.disparity.comparison.group for finding in result.findings] == [(("g", "a"),)]
    table = result.to_json(created="x", tool_version="0")["tables"]["disparities"]
    assert [row["finding"] for row in table] == ["F-0001", "F-0001"]


def test_primary_family_has_simultaneous_intervals_and_holm(make_plan: Plans, selected: Tables) -> None:
    table = {"a": (30, 100), "b": (24, 100), "c": (45, 100), "d": (33, 100)}
    result = analyse(make_plan(outcome=False), selected(table))
    found = list(rows(result, "selection_rate").values())

    assert {row.alpha for row in found} == {sidak(0.05, 4)}
    assert {row.family_size for row in found} == {4}
    raw = [10**row.test.log10_p for row in found if row.test]
    adjusted = [10**row.test.log10_p_adjusted for row in found if row.test]
    assert adjusted == pytest.approx(multipletests(raw, method="holm")[1])
    for row in found:
        assert row.ratio is not None
        assert row.single is not None
        assert row.ratio[1][0] < row.single[1][0] < row.single[1][1] < row.ratio[1][1]


def test_undefined_comparisons_are_no_members_of_the_family(make_plan: Plans, confusion: Tables) -> None:
    """peer_pitfalls.md, P61: one missing p-value must not spoil or enlarge the family."""
    table = {"a": (10, 5, 5, 30), "b": (8, 9, 5, 30), "c": (0, 3, 0, 30)}  # c has no positives
    result = analyse(make_plan(primary=("tpr",)), confusion(table))

    assert {group: row.verdict.name == "undefined" for group, row in rows(result, "tpr").items()} == {
        "a": False,
        "b": False,
        "c": True,
    }
    # a against others and b against others are the same two sets of people with positives, but not the same people.
    assert {row.family_size for row in rows(result, "tpr").values()} == {2}


def test_adjustments_agree_with_statsmodels() -> None:
    p = [0.001, 0.04, 0.03, 0.005, 0.6, 0.04]
    logs = [log10(x) for x in p]

    assert [10**x for x in holm(logs, 6)] == pytest.approx(multipletests(p, method="holm")[1])
    assert [10**x for x in step_up(logs, 6)] == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_exploratory_comparisons_are_labelled_and_adjusted_apart(make_plan: Plans, confusion: Tables) -> None:
    table = {"a": (100, 60, 30, 800), "b": (80, 20, 30, 800), "c": (90, 25, 30, 800)}
    result = analyse(make_plan(primary=("selection_rate",)), confusion(table))

    roles = {row.comparison.metric: row.comparison.role for row in result.disparities}
    assert roles["selection_rate"] == "primary"
    assert {role for metric, role in roles.items() if metric != "selection_rate"} == {"exploratory"}
    assert {row.alpha for row in result.disparities if row.comparison.role == "exploratory"} == {0.05}
    exploratory = [finding for finding in result.findings if finding.disparity.comparison.role == "exploratory"]
    assert exploratory
    assert all(finding.caveats[0].startswith("C01") for finding in exploratory)
    tests = [finding.disparity.comparison.test for finding in exploratory]
    assert len(tests) == len(set(tests))  # FPR and TNR are one test, and one finding


def test_direction_follows_effect_and_metric(make_plan: Plans, confusion: Tables) -> None:
    table = {"a": (300, 200, 300, 200), "b": (100, 50, 300, 550)}  # a is selected more, wrongly and rightly
    expected = {
        "burden": {"selection_rate": "worse", "fpr": "worse", "tnr": "worse", "tpr": None, "base_rate": None},
        "benefit": {"selection_rate": "better", "fnr": "better", "tpr": "better", "fpr": None},
        "neither": {"selection_rate": None, "fpr": None, "fnr": None},
    }
    for effect, directions in expected.items():
        result = analyse(make_plan(effect=effect), confusion(table))
        assert {key: rows(result, key)["a"].direction for key in directions} == directions
        assert all(row.verdict.name == "disparity_shown" for key in directions for row in [rows(result, key)["a"]])


def test_effect_changes_words_and_severity_only(make_plan: Plans, confusion: Tables) -> None:
    """design 16.4; another package changes the sign of everything (peer_pitfalls.md, P12)."""
    table = {"a": (300, 200, 300, 200), "b": (100, 50, 300, 550), "c": (30, 20, 100, 300)}
    burden, benefit = (
        analyse(make_plan(effect=effect, margin=("ratio", 1.25)), confusion(table)) for effect in ("burden", "benefit")
    )

    assert burden.rates == benefit.rates
    for one, two in zip(burden.disparities, benefit.disparities, strict=True):
        assert (one.difference, one.ratio, one.test, one.verdict) == (
            two.difference,
            two.ratio,
            two.test,
            two.verdict,
        )
    assert [f.title for f in burden.findings] != [f.title for f in benefit.findings]


def test_severity_of_a_benefit_uses_the_denials(make_plan: Plans, selected: Tables) -> None:
    """Selected 90% against 98%: 0.92 times as many yes, and 5 times as many no."""
    plan = make_plan(effect="benefit", outcome=False)
    result = analyse(plan, selected({"a": (9_000, 10_000), "b": (9_800, 10_000)}))
    row = rows(result, "selection_rate")["a"]

    assert row.direction == "worse"
    assert row.disadvantage is not None
    assert 4.2 < row.disadvantage[0] < 5 < row.disadvantage[1]
    assert row.severity == "high"


def test_unknown_groups_above_two_percent_are_tried_on_both_sides(make_plan: Plans, selected: Tables) -> None:
    plan = make_plan(outcome=False)
    result = analyse(plan, selected({"a": (60, 300), "b": (60, 600), MISSING: (50, 100)}))
    tried = [entry for entry in result.findings[0].robustness if "group is not known" in entry["assumption"]]

    assert [entry["ratio"]["value"] for entry in tried] == pytest.approx(
        [(110 / 400) / (60 / 600), (60 / 300) / (110 / 700)]
    )
    assert result.findings[0].caveats[-1] == "C11 g not known for 10% (29% of those with a yes)"


def test_groups_recorded_for_alerts_alone_give_no_rate_by_group(make_plan: Plans) -> None:
    """Somebody wrote down the ethnicity of false alerts and nobody counted faces by ethnicity."""
    cells = Cells.of(
        ("g",),
        [
            Cell((MISSING,), -1, 0, -1, 100_000),
            Cell((MISSING,), 1, 1, -1, 90),
            Cell(("Black",), 0, 1, -1, 8),
            Cell(("White",), 0, 1, -1, 2),
        ],
    )
    result = analyse(make_plan(primary=("selection_rate", "fdr")), cells)

    for metric in ("selection_rate", "fdr", "ppv"):
        rate = result.rate(metric, g="Black")
        assert (rate.value, rate.k, rate.n, rate.reason) == (None, None, None, "group_not_observed")
        assert {row.verdict.name for row in rows(result, metric).values()} == {"not_identified"}


def test_libraries_give_zero_where_ours_is_undefined() -> None:
    """Noticed here if it changes upstream: string labels are silently no selection at all (peer_pitfalls.md, P06)."""
    assert selection_rate(["yes", "no"], ["yes", "no"]) == 0.0


def test_declared_group_without_people_adds_no_test(make_plan: Plans, confusion: Tables) -> None:
    """Two groups are one test, also when the plan declares a third that nobody belongs to: it was counted twice, and
    every interval was wider than the family needs."""
    table = {"a": (30, 40, 20, 200), "b": (60, 20, 60, 900)}
    two = analyse(make_plan(primary=("selection_rate", "ppv")), confusion(table))
    three = analyse(make_plan(primary=("selection_rate", "ppv"), values=("a", "b", "c")), confusion(table))

    for result in (two, three):
        assert {row.family_size for row in result.disparities if row.comparison.role == "primary"} == {2}
        assert len([f for f in result.findings if f.disparity.comparison.role == "primary"]) == 2
        assert any("C08" in line for line in result.findings[0].caveats)
