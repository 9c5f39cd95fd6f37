"""Rows that are not people: a row that stands for many, several rows of one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact.errors import MetricError
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.evidence import Clusters, effective
from impact.metrics.analysis.levels import People
from impact.metrics.analysis.power import power_table
from impact.metrics.analysis.second_opinion import second_opinion
from impact.metrics.analysis.tally import Tally
from impact.metrics.counting.count import Counted, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import Interval, koopman_limits, newcombe_limits
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cluster_counts import ClusterCounts

MakePlan = Callable[..., AuditPlan]


def rows_of(*blocks: tuple[str, str, str, float, int]) -> dict[str, list[Any]]:
    """(group, decision, outcome, weight, how many rows) -> columns."""
    table: dict[str, list[Any]] = {"g": [], "d": [], "y": [], "w": []}
    for group, decision, outcome, weight, n in blocks:
        for name, value in zip(table, (group, decision, outcome, weight), strict=True):
            table[name] += [value] * n
    return table


SURVEY = rows_of(
    ("a", "1", "1", 1.0, 30),
    ("a", "1", "0", 4.0, 20),
    ("a", "0", "0", 2.0, 60),
    ("a", "0", "1", 0.5, 10),
    ("b", "1", "1", 2.0, 15),
    ("b", "1", "0", 1.0, 30),
    ("b", "0", "0", 3.0, 150),
    ("b", "0", "1", 1.0, 25),
)


def weighted_plan(make_plan: MakePlan, **more: Any) -> AuditPlan:
    plan = make_plan(primary=("selection_rate", "fpr"), **more)
    column = {"weight": {"name": "w", "kind": "sampling"}}
    return AuditPlan.model_validate(
        {**plan.model_dump(by_alias=True), "columns": {**plan.model_dump(by_alias=True)["columns"], **column}}
    )


def repeated_plan(make_plan: MakePlan, **more: Any) -> AuditPlan:
    return make_plan(unit={"row": "decision", "person_id": "id"}, **more)


def audited(plan: AuditPlan, table: Mapping[str, Any]) -> tuple[AuditResult, Counted]:
    counted = count_frame(plan, pa.table(dict(table)))
    return analyse(plan, counted.cells, aggregates=counted.aggregates), counted


def ends(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    assert interval.high is not None
    return interval.low, interval.high


def test_weighted_rates_are_shares_of_weight_at_kishs_number_of_people(make_plan: MakePlan) -> None:
    result, _ = audited(weighted_plan(make_plan), SURVEY)

    # By hand: flagged 30·1 + 20·4 = 110 of 110 + 60·2 + 10·0.5 = 235; squares 30 + 20·16 + 60·4 + 10·0.25 = 592.5.
    rate = result.rate("selection_rate", g="a")
    assert (rate.k, rate.n) == (50, 120)
    assert rate.value == pytest.approx(110 / 235, rel=1e-12)
    kish = 235**2 / 592.5
    assert rate.evidence is not None
    assert rate.evidence.independent == pytest.approx(kish, rel=1e-9)
    expected = proportion_confint(110 / 235 * kish, kish, method="wilson")
    assert ends(rate.interval) == pytest.approx(expected, rel=1e-9)
    # Wrongly flagged: 20·4 = 80 of 80 + 60·2 = 200 without the outcome; squares 320 + 240.
    fpr = result.rate("fpr", g="a")
    assert fpr.value == pytest.approx(0.4, rel=1e-12)
    assert fpr.evidence is not None
    assert fpr.evidence.independent == pytest.approx(200**2 / 560, rel=1e-9)


def test_weighted_comparisons_agree_with_statsmodels_at_kishs_numbers(make_plan: MakePlan) -> None:
    result, _ = audited(weighted_plan(make_plan), SURVEY)

    row = next(row for row in result.disparities if row.comparison.metric == "selection_rate")
    # b: flagged 15·2 + 30 = 60 of 60 + 450 + 25 = 535; squares 60 + 30 + 1350 + 25 = 1465.
    (p1, n1), (p2, n2) = (110 / 235, 235**2 / 592.5), (60 / 535, 535**2 / 1465)
    assert row.difference is not None
    assert row.difference[0] == pytest.approx(p1 - p2, rel=1e-12)
    assert row.single is not None
    expected = confint_proportions_2indep(p1 * n1, n1, p2 * n2, n2, compare="diff", method="newcomb")
    assert row.single[0] == pytest.approx(expected, rel=1e-7)
    expected = confint_proportions_2indep(p1 * n1, n1, p2 * n2, n2, compare="ratio", method="score", correction=False)
    assert row.single[1] == pytest.approx(expected, rel=1e-5)
    # Whether weights add up to people is declared nowhere, so nobody is said to be in excess.
    assert row.to_json(result.plan, None)["excess"] is None
    assert row.to_json(result.plan, None)["ratio"]["method"] == "koopman_kish"


def test_one_weight_for_all_gives_the_figures_of_plain_rows(make_plan: MakePlan) -> None:
    plain, _ = audited(make_plan(primary=("selection_rate", "fpr")), SURVEY)
    heavy, _ = audited(weighted_plan(make_plan), {**SURVEY, "w": [7.25] * len(SURVEY["w"])})

    for key, rate in plain.rates.items():
        assert heavy.rates[key].value == pytest.approx(rate.value, rel=1e-12)
        assert (heavy.rates[key].k, heavy.rates[key].n) == (rate.k, rate.n)
        if rate.interval is not None:
            assert ends(heavy.rates[key].interval) == pytest.approx(ends(rate.interval), rel=1e-7)
    pairs = zip(plain.disparities, heavy.disparities, strict=True)
    assert all((one.verdict, one.severity) == (two.verdict, two.severity) or one.excess for one, two in pairs)


def test_the_second_opinion_takes_the_weights(make_plan: MakePlan) -> None:
    result, _ = audited(weighted_plan(make_plan), SURVEY)

    opinion = second_opinion(result)
    assert opinion.status == "agrees"
    assert all(one.compared > 20 for one in opinion.libraries.values())


def test_further_measures_of_weighted_rows_do_not_stop_the_run(make_plan: MakePlan) -> None:
    # They count rows as they are; the libraries must be given rows, and not weights, to say anything about them.
    plan = weighted_plan(make_plan)
    data = plan.model_dump(by_alias=True)
    data["plan"]["also"] = {"measures": ("f1", "kappa", "equalised_odds", "average_odds_difference")}
    result, _ = audited(AuditPlan.model_validate(data), SURVEY)
    plain, _ = audited(weighted_plan(make_plan), SURVEY)

    opinion, without = second_opinion(result), second_opinion(plain)
    assert opinion.status == "agrees"
    for name in ("fairlearn", "aif360"):
        assert opinion.libraries[name].compared > without.libraries[name].compared
    f1 = next(row for row in result.measures()["measures"] if row["measure"] == "f1" and row["group"] == {"g": "a"})
    assert f1["own"]["value"] == pytest.approx(2 * 30 / (2 * 30 + 20 + 10))  # rows of SURVEY, not their weights


def test_people_whose_weights_are_zero_have_no_rate(make_plan: MakePlan) -> None:
    table = rows_of(("a", "1", "1", 0.0, 5), ("b", "1", "1", 1.0, 20), ("b", "0", "0", 1.0, 20))
    result, _ = audited(weighted_plan(make_plan), table)

    rate = result.rate("selection_rate", g="a")
    assert (rate.k, rate.n, rate.value, rate.reason) == (5, 5, None, "zero_weight")
    assert any("weight of zero" in text for _, _, text in result.not_computed)


def repeated(people: int, rate: float, times: int, group: str, seed: int) -> dict[str, list[Any]]:
    """Every person stands there several times with the same decision: all evidence is in the person."""
    drawn = np.random.default_rng(seed).random(people) < rate
    return {
        "g": [group] * people * times,
        "d": [str(int(yes)) for yes in drawn for _ in range(times)],
        "y": ["1"] * people * times,
        "id": [f"{group}{index}" for index in range(people) for _ in range(times)],
    }


def joined(*tables: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: [value for table in tables for value in table[name]] for name in tables[0]}


def test_ten_rows_of_one_person_are_worth_one_row(make_plan: MakePlan) -> None:
    table = joined(repeated(300, 0.3, 10, "a", 1), repeated(500, 0.2, 10, "b", 2))
    once = {name: values[::10] for name, values in table.items()}
    result, _ = audited(repeated_plan(make_plan), table)
    alone, _ = audited(make_plan(), once)
    naive, _ = audited(make_plan(), table)

    found, wanted, wrong = (ends(each.rate("selection_rate", g="a").interval) for each in (result, alone, naive))
    # Student's quantile instead of the normal one widens by less than half a per cent at 300 people.
    assert found[1] - found[0] == pytest.approx(wanted[1] - wanted[0], rel=0.01)
    assert (wrong[1] - wrong[0]) < 0.4 * (found[1] - found[0])
    one, other = (
        next(row for row in each.disparities if row.comparison.group == (("g", "a"),)) for each in (result, alone)
    )
    assert one.single is not None
    assert other.single is not None
    assert one.single[0] == pytest.approx(other.single[0], abs=0.002)
    assert [text[:3] for text in result.findings[0].caveats if text[:3] in ("C07", "C12")] == ["C12"]


def test_a_mirrored_rate_has_the_mirrored_interval(make_plan: MakePlan) -> None:
    rng = np.random.default_rng(5)
    n = 600
    table = {
        "g": ["a"] * (n - 50) + ["b"] * 50,
        "d": rng.integers(0, 2, n).astype(str).tolist(),
        "y": rng.integers(0, 2, n).astype(str).tolist(),
        "id": rng.integers(0, 90, n).astype(str).tolist(),
    }
    result, _ = audited(repeated_plan(make_plan, primary=("fpr",)), table)

    for one, mirror in (("fpr", "tnr"), ("tpr", "fnr"), ("ppv", "fdr"), ("npv", "for")):
        first, second = (ends(result.rate(metric, g="a").interval) for metric in (one, mirror))
        assert first == pytest.approx((1 - second[1], 1 - second[0]), abs=1e-9), one


def test_nine_people_give_a_rate_and_no_interval(make_plan: MakePlan) -> None:
    table = joined(repeated(9, 0.5, 40, "a", 3), repeated(200, 0.2, 5, "b", 4))
    result, _ = audited(repeated_plan(make_plan), table)

    rate = result.rate("selection_rate", g="a")
    assert rate.value == pytest.approx(rate.k / rate.n)  # type: ignore[operator]
    assert (rate.interval, rate.reason) == (None, "too_few_clusters")
    row = next(row for row in result.disparities if row.comparison.group == (("g", "a"),))
    assert (row.verdict.name, row.reason, row.difference) == ("undefined", "too_few_clusters", None)
    assert any("fewer than ten different people" in text for _, _, text in result.not_computed)


def spanning(kg: Any, mg: Any, kh: Any, mh: Any) -> ClusterCounts:
    """The tables of people who all have rows in both groups."""
    total = [np.asarray(each, float) for each in (kg, mg, kh, mh)]
    k, m = {"g": total[0], "h": total[2]}, {"g": total[1], "h": total[3]}
    rows: list[dict[str, Any]] = []
    for one in "gh":
        for other in "gh":
            own = one == other
            rows.append(
                {
                    "unit": "person",
                    "metric": "selection_rate",
                    "g": one,
                    "g′": other,
                    "k": int(k[one].sum()) if own else 0,
                    "m": int(m[one].sum()) if own else 0,
                    "kk": int(k[one] @ k[other]),
                    "km": int(k[one] @ m[other]),
                    "mk": int(m[one] @ k[other]),
                    "mm": int(m[one] @ m[other]),
                }
            )
    keys = ["unit", "metric", "g", "g′"]
    table = Aggregate.of(
        "clusters",
        {key: np.array([row[key] for row in rows], dtype=object) for key in keys},
        {key: [row[key] for row in rows] for key in ("k", "m", "kk", "km", "mk", "mm")},
    )
    people = len(total[0])
    counts = Aggregate.of(
        "cluster_counts",
        {
            "unit": np.array(["person"] * 3, dtype=object),
            "metric": np.array(["selection_rate"] * 3, dtype=object),
            "grouping": np.array(["[]", '["g"]', '["g"]'], dtype=object),
            "g": np.array(["", "g", "h"], dtype=object),
        },
        {"clusters": [people] * 3, "only": [people, 0, 0]},
    )
    return ClusterCounts(table, counts)


def limits(kg: Any, mg: Any, kh: Any, mh: Any, *, know: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intervals of the difference and of the ratio, with or without what people on both sides change."""
    sized = Clusters(spanning(kg, mg, kh, mh))
    sides = []
    people = [People(("g",), frozenset({(name,)})) for name in "gh"]
    for who, k, m in zip(people, (kg, kh), (mg, mh), strict=True):
        sides.append(sized.of("selection_rate", who, Tally(yes_open=int(sum(k)), no_open=int(sum(m) - sum(k)))))
    shared = sized.shared("selection_rate", *people)
    found = []
    for method, factor in ((newcombe_limits, shared.difference), (koopman_limits, shared.ratio)):
        counts: list[float] = []
        for side in sides:
            n = effective(side.independent, side.clusters, level=0.95, shared=factor if know else 1.0)
            counts += [(side.value or 0.0) * n, n]
        low, high = method(*counts)
        found.append((float(low), float(high)))
    return found[0], found[1]


def test_people_with_rows_in_both_groups_keep_the_interval_at_its_level() -> None:
    # The case of the design (2.2): 150 officers who each see both groups; their habits are their own.
    rng = np.random.default_rng(20)
    runs, held = 400, {True: np.zeros(2), False: np.zeros(2)}
    for _ in range(runs):
        habit = rng.beta(2, 6, 150)
        mg, mh = rng.integers(3, 12, 150), rng.integers(8, 25, 150)
        kg, kh = rng.binomial(mg, habit), rng.binomial(mh, habit)  # truth: difference 0, ratio 1
        for know in (True, False):
            difference, ratio = limits(kg, mg, kh, mh, know=know)
            held[know] += [difference[0] <= 0 <= difference[1], ratio[0] <= 1 <= ratio[1]]
    # Four standard errors of a share of 0.95 in 400 runs are 0.044.
    assert (np.abs(held[True] / runs - 0.95) < 0.044).all(), held[True] / runs
    assert (held[False] / runs > 0.985).all(), held[False] / runs


def test_tables_of_another_count_are_refused(make_plan: MakePlan) -> None:
    plan = weighted_plan(make_plan)
    _, counted = audited(plan, SURVEY)
    _, other = audited(plan, {name: values[:-1] for name, values in SURVEY.items()})
    with pytest.raises(MetricError) as caught:
        analyse(plan, counted.cells, aggregates=other.aggregates)
    assert [fault.code for fault in caught.value.faults] == ["D91"]
    with pytest.raises(MetricError) as caught:
        analyse(plan, counted.cells)
    assert [fault.code for fault in caught.value.faults] == ["D71"]

    plan = repeated_plan(make_plan)
    table = joined(repeated(30, 0.3, 3, "a", 1), repeated(30, 0.2, 3, "b", 2))
    _, counted = audited(plan, table)
    _, other = audited(plan, joined(repeated(30, 0.3, 3, "a", 9), repeated(30, 0.2, 3, "b", 2)))
    with pytest.raises(MetricError) as caught:
        analyse(plan, counted.cells, aggregates=other.aggregates)
    assert [fault.code for fault in caught.value.faults] == ["D91"]


def test_weights_beside_repeated_people_are_refused(make_plan: MakePlan) -> None:
    plan = weighted_plan(make_plan, unit={"row": "decision", "person_id": "id"})
    table = {**SURVEY, "id": [str(index) for index in range(len(SURVEY["g"]))]}
    counted = count_frame(plan, pa.table(table))
    with pytest.raises(MetricError) as caught:
        analyse(plan, counted.cells, aggregates=counted.aggregates)
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [("E118", "plan: columns.weight")]


def test_before_the_audit_each_person_counts_once(make_plan: MakePlan) -> None:
    plan = repeated_plan(make_plan)
    table = joined(repeated(300, 0.3, 10, "a", 1), repeated(500, 0.2, 10, "b", 2))
    counted = count_frame(plan, pa.table(table), outcomes=False)
    once = count_frame(make_plan(), pa.table({name: values[::10] for name, values in table.items()}), outcomes=False)

    rows = power_table(plan, counted.cells, counted.aggregates)
    assert [(row["n"], row["independent"]) for row in rows] == [(3000, 300), (5000, 500)]
    expected = power_table(make_plan(), once.cells)
    assert [row["detectable_ratio"] for row in rows] == pytest.approx([row["detectable_ratio"] for row in expected])
