"""Gates and baselines: what trips, what cannot be decided, and that chance alone does not make a disparity worse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import exp, hypot, log, log10, sqrt
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from impact.metrics.analysis.analyse import analyse
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.disparity_change import change_of_difference, change_of_ratio
from impact.metrics.tables.cells import Cells
from impact.metrics.tools.baseline import compare, refusals
from impact.metrics.tools.gates import REQUIRE_POWER, parse_conditions, undecidable
from impact.metrics.tools.gates_met import Gates, meet

Plans = Callable[..., AuditPlan]
Counts = Callable[[Mapping[str, tuple[int, int]]], Cells]


def found(plan: AuditPlan, cells: Cells, **changed: Any) -> dict[str, Any]:
    told = analyse(plan, cells).to_json(
        created="2026-11-20", tool_version="0.1.0", registered=changed.pop("lock", None)
    )
    return {**json.loads(json.dumps(told)), **changed}


def held(findings: dict[str, Any], *texts: str, before: dict[str, Any] | None = None) -> Gates:
    conditions, faults = parse_conditions(texts)
    assert not faults
    return meet(conditions, findings, baseline=compare(before, findings) if before else None)


# --- the statistic


@pytest.mark.parametrize(
    ("before", "now"), [((20, 200, 100, 2000), (60, 200, 100, 2000)), ((56, 70, 48, 80), (3, 41, 12, 300))]
)
def test_change_is_the_square_and_add_of_two_intervals_of_statsmodels(
    before: tuple[int, int, int, int], now: tuple[int, int, int, int]
) -> None:
    """Newcombe and Koopman limits from statsmodels; the sum of squares written out here (Zou and Donner 2008)."""
    limits = [confint_proportions_2indep(*table, method="newcomb", compare="diff") for table in (before, now)]
    gaps = [k1 / n1 - k2 / n2 for k1, n1, k2, n2 in (before, now)]
    difference = change_of_difference(before, now)

    (l1, u1), (l2, u2) = limits
    gap = gaps[1] - gaps[0]
    assert difference.value == pytest.approx(gap)
    assert difference.low == pytest.approx(gap - hypot(gaps[1] - l2, u1 - gaps[0]), abs=1e-9)
    assert difference.high == pytest.approx(gap + hypot(u2 - gaps[1], gaps[0] - l1), abs=1e-9)

    limits = [
        confint_proportions_2indep(*table, method="score", compare="ratio", correction=False) for table in (before, now)
    ]
    logs = [log(k1 / n1) - log(k2 / n2) for k1, n1, k2, n2 in (before, now)]
    (l1, u1), (l2, u2) = [(log(low), log(high)) for low, high in limits]
    ratio = change_of_ratio(before, now)
    gap = logs[1] - logs[0]
    assert ratio.value == pytest.approx(exp(gap))
    assert ratio.low == pytest.approx(exp(gap - hypot(logs[1] - l2, u1 - logs[0])), rel=1e-4)
    assert ratio.high == pytest.approx(exp(gap + hypot(u2 - logs[1], logs[0] - l1)), rel=1e-4)


def test_change_of_large_counts_is_the_difference_of_log_ratios() -> None:
    """By hand: log ratios with the variance 1/k1 - 1/n1 + 1/k2 - 1/n2 each; both are added."""
    before, now = (20_000, 100_000, 50_000, 500_000), (24_000, 100_000, 50_000, 500_000)
    spread = sqrt(sum(1 / k1 - 1 / n1 + 1 / k2 - 1 / n2 for k1, n1, k2, n2 in (before, now)))

    change = change_of_ratio(before, now)

    assert change.value == pytest.approx(1.2)
    assert change.low == pytest.approx(1.2 * exp(-1.959964 * spread), rel=1e-4)
    assert change.high == pytest.approx(1.2 * exp(1.959964 * spread), rel=1e-4)


def test_change_without_a_ratio_says_so() -> None:
    assert change_of_ratio((0, 50, 5, 100), (5, 50, 5, 100)).reason == "comparator_zero"
    assert change_of_ratio((5, 50, 0, 100), (5, 50, 5, 100)).reason == "comparator_zero"
    assert change_of_difference((0, 0, 5, 100), (5, 50, 5, 100)).reason == "empty_cell"


# --- the grammar


@pytest.mark.parametrize(
    ("text", "found_", "remedy"),
    [
        ("severity>=hgih", "“hgih” is not a severity", "Did you mean “high”?"),
        ("severity>high", "compared with >= or =", ""),
        ("severity=unknown", "“unknown” cannot be compared", "Write “inconclusive”"),
        ("verdict=disparity_shwn", "is not a verdict", "Did you mean “disparity_shown”?"),
        ("inconclusiv", "not a condition", "Did you mean “inconclusive”?"),
        ("", "an empty condition", ""),
        ("check:error", "is not a level", ""),
        ("metric:fpr ratio.lower", "there is no sign", ""),
        ("metric:fpr ratio.lower=>1.25", "“=>” is not a sign", ""),
        ("metric:fpr ratio.lower>1,25", "not a condition", ""),
        ("metric:fpr difference.lower>5%", "“5%” is not a number", "0.05"),
        ("metric:fpr ratio>1.25", "“ratio” is not a limit", "An estimate moves"),
        ("metric:fp ratio.lower>1.25", "“fp” is not a metric", "Did you mean “fpr”?"),
        ("metric:fpr ratio.lower>nan", "“nan” is not a number", ""),
        ("metric:fpr ratio.lower>-1", "a ratio cannot be compared with -1", ""),
        ("metric:fpr ratio.lower>1.25 extra", "needs a field, a sign and a number", ""),
    ],
)
def test_what_is_no_condition_is_refused_with_a_remedy(text: str, found_: str, remedy: str) -> None:
    _, faults = parse_conditions([text])

    assert {fault.code for fault in faults} == {"E170"}
    assert any(found_ in fault.found and remedy in fault.remedy for fault in faults)


def test_all_bad_conditions_are_told_at_once_and_the_good_ones_kept() -> None:
    conditions, faults = parse_conditions(["severity>=high, drft", "metric:tpr ratio.upper < 0.8,verdict=x", "worse"])

    assert [one.kind for one in conditions] == ["severity", "metric", "worse"]
    assert [fault.where for fault in faults] == ["--fail-on “drft”", "--fail-on “verdict=x”"]
    assert (conditions[1].field, conditions[1].sign, conditions[1].number) == ("ratio.upper", "<", 0.8)


def test_conditions_that_no_run_could_meet_are_refused_under_the_plan(make_plan: Plans) -> None:
    conditions, _ = parse_conditions(
        ["metric:fpr ratio.lower>1", "metric:override_rate ratio.lower>1", "drift", "worse"]
    )
    plan = make_plan(outcome=False)

    faults = list(undecidable([*conditions, REQUIRE_POWER], plan, baseline=False))

    assert [fault.code for fault in faults] == ["E171"] * 5
    assert "no outcome" in faults[0].found
    assert "no human decision" in faults[1].found
    assert "no margin" in faults[4].found
    neither = make_plan(effect="neither", outcome=False)
    assert len(list(undecidable(conditions[3:], neither, baseline=True))) == 1
    assert not list(undecidable(conditions[3:], plan, baseline=True))


# --- what is met


def test_severity_and_verdict_trip_on_the_finding_that_has_them(make_plan: Plans, selected: Counts) -> None:
    """900 of 3,000 against 300 of 3,000: ratio 3, 600 people more; a is worse off, of high severity."""
    told = found(make_plan(outcome=False, margin=("ratio", 1.25)), selected({"a": (900, 3000), "b": (300, 3000)}))
    gates = held(told, "severity>=medium", "severity=medium", "verdict=disparity_shown", "verdict=equivalence_shown")

    assert [one.state for one in gates.met] == ["tripped", "not_tripped", "tripped", "not_tripped"]
    (trip,) = gates.met[0].trips
    assert (trip.finding, trip.to_json()["group"], trip.why) == ("F-0001", {"g": "a"}, "severity high")
    assert gates.status == 1


def test_limits_are_compared_and_not_estimates(make_plan: Plans, selected: Counts) -> None:
    """12 of 100 against 8 of 100: the ratio is 1.5, and its interval holds 1."""
    told = found(make_plan(outcome=False), selected({"a": (12, 100), "b": (8, 100)}))
    row = next(row for row in told["tables"]["disparities"] if row["group"] == {"g": "a"})
    low, high = row["ratio"]["ci"]
    assert low < 1 < 1.5 < high

    gates = held(told, "metric:selection_rate ratio.lower>1", f"metric:selection_rate ratio.upper>={high!r}")

    assert [one.state for one in gates.met] == ["not_tripped", "tripped"]
    assert gates.met[1].trips[0].row is not None
    assert gates.met[1].trips[0].row["group"] == {"g": "a"}


def test_an_open_limit_is_above_every_number(make_plan: Plans, selected: Counts) -> None:
    told = found(make_plan(outcome=False), selected({"a": (12, 100), "b": (0, 100)}))

    assert held(told, "metric:selection_rate ratio.upper>1000").status == 1


def test_what_the_data_cannot_decide_is_neither_tripped_nor_clear(make_plan: Plans, confusion: Any) -> None:
    """Nobody of group a has a negative outcome: there is no false positive rate to compare."""
    told = found(make_plan(primary=("fpr",)), confusion({"a": (30, 0, 10, 0), "b": (300, 50, 100, 900)}))
    gates = held(told, "inconclusive", "metric:fpr ratio.lower>1.25", "verdict=undefined")

    assert [one.state for one in gates.met] == ["undecided"] * 3
    assert gates.status == 4
    assert "nobody here has a recorded outcome of no" in gates.met[1].undecided[0].why


def test_a_tripped_condition_goes_before_one_that_cannot_be_decided(make_plan: Plans, selected: Counts) -> None:
    plan = make_plan(outcome=False, margin=("ratio", 1.25), values=("a", "b", "c"))
    told = found(plan, selected({"a": (900, 3000), "b": (300, 3000), "c": (3, 20)}))
    gates = held(told, "inconclusive", "severity>=high")

    assert [one.state for one in gates.met] == ["undecided", "tripped"]
    assert gates.status == 1


def test_warnings_of_the_data_trip(make_plan: Plans, selected: Counts) -> None:
    cells = selected({"a": (30, 100), "b": (30, 100)})
    warning = [{"code": "D28", "level": "warning", "text": "x"}, {"code": "D05", "level": "info", "text": "y"}]
    plan = make_plan(outcome=False)

    assert [place.why for place in held(found(plan, cells, checks=warning), "check:warning").met[0].trips] == ["D28: x"]
    assert held(found(plan, cells, checks=warning[1:]), "check:warning").status == 0
    assert held(found(plan, cells, checks=[]), "check:warning").status == 0


def test_power_is_asked_of_sizes_and_not_of_results(make_plan: Plans, selected: Counts) -> None:
    """With a reference rate of 0.1, 500 against 5,000 can show 1.42 times (the worked value of ``detectable``)."""
    cells = selected({"a": (50, 500), "b": (500, 5000)})
    for margin, state in ((1.4, "undecided"), (1.45, "not_tripped")):
        told = found(make_plan(outcome=False, margin=("ratio", margin)), cells)
        (met,) = meet([REQUIRE_POWER], told).met
        assert met.state == state
    shown = found(make_plan(outcome=False, margin=("ratio", 1.1)), selected({"a": (400, 500), "b": (500, 5000)}))
    assert meet([REQUIRE_POWER], shown).status == 4


def test_a_plan_that_was_changed_after_registration_declares_nothing(make_plan: Plans, selected: Counts) -> None:
    lock = {"at": "2026-01-01T00:00:00Z", "digest": "sha256:00", "matches": False}
    told = found(make_plan(outcome=False), selected({"a": (50, 100), "b": (52, 100)}), lock=lock)

    (met,) = held(told, "inconclusive").met

    assert met.state == "undecided"
    assert "not the one that was registered" in met.undecided[0].why


def test_drift_is_what_moved_beyond_chance_and_nothing_to_look_at_is_not_clear(
    make_plan: Plans, selected: Counts
) -> None:
    """Rows as ``tables.changes`` holds them: adjusted p-values of 0.06 and 0.04 on the scale of log10."""
    told = found(make_plan(outcome=False), selected({"a": (50, 100), "b": (52, 100)}))
    assert held(told, "drift").status == 4

    none = {"log10_p_adjusted": None, "reason": "one_period"}
    row = {"group": {"g": "a"}, "metric": "selection_rate", "trend": none, "gap_trend": None}
    told["tables"]["changes"] = [{**row, "change": none}]
    assert held(told, "drift").status == 4
    told["tables"]["changes"].append({**row, "change": {"first": "2026-03", "log10_p_adjusted": log10(0.06)}})
    assert held(told, "drift").status == 0
    told["tables"]["changes"].append({**row, "change": {"first": "2026-04", "log10_p_adjusted": log10(0.04)}})
    (trip,) = held(told, "drift").met[0].trips
    assert "its level changed from 2026-04 on (adjusted p-value 0.04" in trip.why


# --- the baseline

BEFORE = {"a": (400, 2000), "b": (1000, 10_000)}  # ratio 2


@pytest.mark.parametrize(
    ("now", "status", "states"),
    [
        ({"a": (700, 2000), "b": (1000, 10_000)}, 1, {"a": "worse", "b": "not_shown"}),  # ratio 3.5
        ({"a": (420, 2000), "b": (980, 10_000)}, 0, {"a": "not_shown", "b": "not_shown"}),  # 2.14: chance
        ({"a": (240, 2000), "b": (1000, 10_000)}, 0, {"a": "not_shown", "b": "not_shown"}),  # 1.2: smaller, and b is
        # still better off: that b’s ratio rose from 0.5 to 0.83 is no disparity that became worse.
        ({"a": (100, 2000), "b": (1000, 10_000)}, 1, {"a": "not_shown", "b": "worse"}),  # turned round
    ],
)
def test_worse_is_a_grown_disadvantage_beyond_chance(
    make_plan: Plans, selected: Counts, now: dict[str, tuple[int, int]], status: int, states: dict[str, str]
) -> None:
    plan = make_plan(outcome=False)
    gates = held(found(plan, selected(now)), "worse", before=found(plan, selected(BEFORE)))

    assert gates.status == status
    assert gates.baseline is not None
    assert {change.row["group"]["g"]: change.state for change in gates.baseline.changes} == states


def test_worse_follows_the_effect(make_plan: Plans, selected: Counts) -> None:
    """Of a benefit it is worse to get less of it."""
    plan = make_plan(outcome=False, effect="benefit")
    before = found(plan, selected({"a": (1000, 2000), "b": (5000, 10_000)}))
    now = found(plan, selected({"a": (600, 2000), "b": (5000, 10_000)}))

    (trip,) = held(now, "worse", before=before).met[0].trips

    assert trip.row is not None
    assert trip.row["group"] == {"g": "a"}
    assert "the ratio was 1.00 and is 0.60: 0.60 times what it was" in trip.why


def test_change_is_tested_on_the_scale_of_the_margin(make_plan: Plans, selected: Counts) -> None:
    """Rates of 2% and 1% that become 4% and 2%: the ratio stays 2, the difference doubles."""
    before = selected({"a": (200, 10_000), "b": (100, 10_000)})
    now = selected({"a": (400, 10_000), "b": (200, 10_000)})
    for kind, value, status in (("ratio", 1.25, 0), ("difference", 0.005, 1)):
        plan = make_plan(outcome=False, margin=(kind, value))
        assert held(found(plan, now), "worse", before=found(plan, before)).status == status


def test_where_a_rate_was_nought_the_difference_stands_in(make_plan: Plans, selected: Counts) -> None:
    plan = make_plan(outcome=False)
    before, now = selected({"a": (20, 400), "b": (0, 4000)}), selected({"a": (120, 400), "b": (4, 4000)})

    (change, _) = compare(found(plan, before), found(plan, now)).changes

    assert (change.scale, change.reason, change.state) == ("difference", "comparator_zero", "worse")


def test_a_declared_comparison_that_lost_its_rate_cannot_be_decided(make_plan: Plans, confusion: Any) -> None:
    plan = make_plan(primary=("fpr",))
    before = found(plan, confusion({"a": (30, 9, 10, 90), "b": (300, 50, 100, 900)}))
    now = found(plan, confusion({"a": (30, 0, 10, 0), "b": (301, 50, 100, 900)}))

    assert held(now, "worse", before=before).status == 4


def test_same_counts_are_no_test(make_plan: Plans, selected: Counts) -> None:
    told = found(make_plan(outcome=False), selected(BEFORE))
    gates = held(told, "worse", before=told)

    assert gates.status == 0
    assert gates.to_json()["baseline"]["changes"] == []
    assert "no test was made" in gates.to_json()["baseline"]["note"]


def changed(plan: AuditPlan, change: Callable[[dict[str, Any]], None]) -> AuditPlan:
    data = plan.to_json()
    change(data)
    return plan_of(data)


def test_other_groups_metrics_and_values_are_listed(make_plan: Plans, selected: Counts) -> None:
    def other(data: dict[str, Any]) -> None:
        data["plan"]["alpha"], data["pool"], data["title"] = 0.01, "Everybody in spring", "New"
        data["columns"]["decision"]["yes"] = ["2"]

    plan = make_plan(outcome=False)
    newer = changed(plan, other)
    before = found(plan, selected({**BEFORE, "c": (50, 500)}))

    assert list(refusals(before, newer, name="old.json")) == []
    seen = compare(before, found(newer, selected({**BEFORE, "d": (50, 500)})))
    assert [each[0] for each in seen.plans] == ["columns.decision.yes", "plan.alpha", "pool"]
    assert {row["group"]["g"] for row in seen.only_before} == {"c"}
    assert {row["group"]["g"] for row in seen.only_now} == {"d"}


def test_a_baseline_of_another_meaning_is_refused(make_plan: Plans, selected: Counts) -> None:
    def other(data: dict[str, Any]) -> None:
        data["columns"]["decision"] |= {"effect": "benefit", "label": "granted"}
        data["unit"]["row"] = "search"
        data["groups"]["g"]["unknown_values"] = ["c"]

    plan = make_plan(outcome=False)
    told = found(plan, selected(BEFORE))
    faults = list(refusals(told, changed(plan, other), name="old.json"))

    assert [fault.code for fault in faults] == ["E172"] * 4
    assert [fault.found.split()[0] for fault in faults] == [
        "columns.decision.effect",
        "columns.decision.label",
        "groups.g.unknown_values",
        "unit.row",
    ]
    protected = {**told, "disclosure": {"status": "protected"}}
    assert "protected" in next(iter(refusals(protected, plan, name="old.json"))).found


@pytest.mark.parametrize("wrong", [{"tables": {}}, {"plan": {}}, {"people": "x"}, {"created": None}])
def test_a_baseline_that_is_no_audit_is_refused(make_plan: Plans, selected: Counts, wrong: dict[str, Any]) -> None:
    plan = make_plan(outcome=False)
    told = {**found(plan, selected(BEFORE)), **wrong}

    assert [fault.code for fault in refusals(told, plan, name="old.json")] == ["E172"]


def test_impossible_counts_of_a_baseline_are_refused(make_plan: Plans, selected: Counts) -> None:
    plan = make_plan(outcome=False)
    told = found(plan, selected(BEFORE))
    told["tables"]["disparities"][0]["group_rate"]["k"] = 5_000_000

    assert [fault.code for fault in refusals(told, plan, name="old.json")] == ["E172"]


def test_people_with_several_rows_or_weights_have_no_baseline(make_plan: Plans, selected: Counts) -> None:
    plan = make_plan(outcome=False)
    repeated = changed(plan, lambda data: data["unit"].update({"person_id": "id"}))
    told = found(plan, selected(BEFORE))

    faults = list(refusals(told, repeated, name="old.json"))

    assert {fault.code for fault in faults} == {"E172"}
    assert "unit.person_id" in faults[0].found
