"""Periods and versions, from the functions below to the tables. Expected values by hand, statsmodels or scipy."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.stats import mstats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact import audit
from impact.errors import MetricError
from impact.metrics.analysis.topics.slices import left_out
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.change_point import change_point
from impact.metrics.statistics.drift import before_after, funnel
from impact.metrics.statistics.ordinal import trend
from impact.metrics.statistics.scores.distance import stability_index
from impact.metrics.tables.aggregates import Aggregate

K, N = np.array([40, 38, 44, 41, 39, 42, 58, 61, 55, 57]), np.array([400, 380, 410, 400, 390, 405, 400, 420, 400, 395])


def test_gain_of_a_change_is_half_the_likelihood_ratio_statistic_of_scipy() -> None:
    """Every split as a two by two table; the largest G statistic is twice the gain."""
    halves = {}
    for cut in range(2, len(K) - 1):
        table = [[K[:cut].sum(), (N - K)[:cut].sum()], [K[cut:].sum(), (N - K)[cut:].sum()]]
        g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        halves[cut] = g / 2

    found = change_point(K, N)

    best = max(halves, key=lambda cut: halves[cut])
    assert (found.first, found.gain) == (best, pytest.approx(halves[best], rel=1e-9))


def test_simulation_that_stops_early_keeps_its_level() -> None:
    """Besag and Clifford: among series without a change the p-value is at most 0.05 in at most about 5%."""
    rng = np.random.default_rng(7)
    p = []
    for _ in range(400):
        found = change_point(rng.binomial(300, 0.2, 10), [300] * 10, replicates=399, enough=10)
        p.append(found.p or 0)

    # 400 tests at 5%: 99.9% of counts lie between 6 and 36.
    assert 6 <= sum(each <= 0.05 for each in p) <= 36


def test_simulation_that_stops_early_stops_where_it_says() -> None:
    """The first series that reach the gain are found one by one in the same stream of numpy's frozen generator."""
    k, n = [20, 22, 19, 25, 23, 24], [100] * 6
    found = change_point(k, n, replicates=999, enough=5)
    draws = np.random.RandomState(0).binomial(100, sum(k) / 600, size=(999, 6))
    gains = [change_point(row, n, replicates=1).gain or 0 for row in draws[: found.replicates]]

    assert found.p == pytest.approx(5 / found.replicates)
    assert sum(gain >= (found.gain or 0) - 1e-9 for gain in gains) == 5
    assert gains[-1] >= (found.gain or 0) - 1e-9


def test_trend_with_a_gap_equals_statsmodels() -> None:
    places = np.array([0, 1, 2, 5, 6, 7, 8, 9, 10, 11])
    theirs = Table(np.array([N - K, K]).T, shift_zeros=False).test_ordinal_association(
        row_scores=places, col_scores=np.array([0, 1])
    )

    found = trend(K, N, positions=places)

    # statsmodels takes the variance with N - 1, Cochran and Armitage with N.
    assert found.z == pytest.approx(theirs.zscore * np.sqrt(N.sum() / (N.sum() - 1)), rel=1e-9)
    slope, *_ = np.polyfit(places, K / N, 1, w=np.sqrt(N))
    assert found.slope.value == pytest.approx(slope, rel=1e-9)


def test_trend_of_a_handful_of_people_is_not_taken_for_exactly_known() -> None:
    """All series of six periods, two people each, a rate of 0.3: how often the interval leaves out no trend."""
    missed = 0.0
    for k in product((0, 1, 2), repeat=6):
        slope = trend(k, [2] * 6).slope
        if slope.low is not None and slope.high is not None and not slope.low <= 0 <= slope.high:
            missed += float(np.prod(stats.binom.pmf(k, 2, 0.3)))
    assert missed < 0.07  # with each period's own variance alone: above 0.2


def test_common_spread_of_a_funnel_is_the_winsorised_one() -> None:
    """Spiegelhalter 2005: z-scores pulled in at the tenth and ninetieth percentile; twenty units make that exact."""
    rng = np.random.default_rng(2)
    n = rng.integers(80, 300, 21)
    k = rng.binomial(n, rng.beta(8, 32, 21))
    rate = k.sum() / n.sum()
    z = (k / n - rate) / np.sqrt(rate * (1 - rate) / n)

    found = funnel(k, n)

    # 21 units: the two lowest and the two highest stand beyond the percentiles, which are the third values.
    assert found.overdispersion == pytest.approx(float((np.asarray(mstats.winsorize(z, (0.1, 0.1))) ** 2).mean()))
    upper = rate + 1.959964 * np.sqrt(max(found.overdispersion or 0, 1)) * np.sqrt(rate * (1 - rate) / n[0])
    assert found.points[0].warning is not None
    assert found.points[0].warning[1] == pytest.approx(upper, rel=1e-6)


def test_difference_in_differences_equals_models_on_rows() -> None:
    k, n = np.array([[20, 45], [60, 80]]), np.array([[120, 150], [400, 380]])
    yes, no = (k + 0.5).ravel(), (n - k + 0.5).ravel()
    group, after = np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1])
    design = np.column_stack([np.ones(4), group, after, group * after])
    model = sm.GLM(
        np.repeat([1, 0], 4),
        np.vstack([design, design]),
        family=sm.families.Binomial(),
        freq_weights=np.concatenate([yes, no]),
    )
    fitted = model.fit()

    found = before_after(k, n)

    assert found.log_odds.value == pytest.approx(fitted.params[3], abs=1e-8)
    assert (found.log_odds.low, found.log_odds.high) == pytest.approx(tuple(fitted.conf_int()[3]), abs=1e-6)
    rate = (k / n).ravel()
    assert found.points.value == pytest.approx(np.linalg.solve(design, rate)[3])
    one, two = (confint_proportions_2indep(k[i, 1], n[i, 1], k[i, 0], n[i, 0], method="newcomb") for i in (0, 1))
    d = [k[i, 1] / n[i, 1] - k[i, 0] / n[i, 0] for i in (0, 1)]
    assert found.points.low == pytest.approx(d[0] - d[1] - np.hypot(d[0] - one[0], two[1] - d[1]))
    assert found.points.high == pytest.approx(d[0] - d[1] + np.hypot(one[1] - d[0], d[1] - two[0]))


def test_stability_index_is_both_divergences_added() -> None:
    """(q - p) ln(q / p) is the Kullback-Leibler divergence both ways; scipy has it. By chance its mean is
    (bins - 1) (1/n + 1/m)."""
    a, b = np.array([120, 80, 40]) + 0.5, np.array([90, 95, 60]) + 0.5
    assert stability_index([120, 80, 40], [90, 95, 60]).value == pytest.approx(
        stats.entropy(a, b) + stats.entropy(b, a)
    )
    rng = np.random.default_rng(0)
    draws = [
        stability_index(rng.multinomial(300, [0.5, 0.3, 0.2]), rng.multinomial(2_000, [0.5, 0.3, 0.2])).value
        for _ in range(2_000)
    ]
    assert np.mean(draws) == pytest.approx(2 * (1 / 300 + 1 / 2_000), rel=0.1)


@pytest.mark.parametrize(
    ("series", "wanted"),
    [
        ([(95, 100), (84, 100), (95, 100)], [None, "coverage_differs", None]),
        ([(95, 100), (85, 100), (95, 100)], [None, None, None]),  # exactly ten points is not more than ten
        (
            [(50, 100), (95, 100), (95, 100), (94, 100)],
            ["coverage_differs", None, None, None],
        ),  # early, so not immature
        ([(95, 100), (95, 100), (0, 0), (40, 100)], [None, None, None, "immature"]),
        ([(95, 100), (95, 100), (99, 100), (95, 100), (10, 20)], [None, None, None, None, "immature"]),
        ([(3, 3)], [None]),
    ],
)
def test_periods_known_too_differently_are_left_out(series: Any, wanted: Any) -> None:
    assert left_out(series) == wanted


def test_few_people_say_nothing_about_coverage() -> None:
    assert left_out([(95, 100), (1, 5), (96, 100)], least=30) == [None, None, None]


def plan(*, primary: Any = ("selection_rate",), outcome: Any = None, groups: Any = None, **columns: Any) -> Any:
    kept = {"outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld", **(outcome or {})}, **columns}
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": {
                "decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
                **{key: value for key, value in kept.items() if value},
            },
            "groups": groups or {"g": {"name": "g"}},
            "plan": {"primary": list(primary)},
        }
    )


MONTH = {"name": "when", "period": "month"}


def months(table: dict[str, dict[str, tuple[int, int]]], *, known: dict[str, float] | None = None) -> pd.DataFrame:
    """``{"2024-01": {"a": (k, n)}}`` as rows; outcomes are yes for every other person, known for the given share."""
    rows = []
    for month, groups in table.items():
        for group, (k, n) in groups.items():
            open_from = round(n * (known or {}).get(month, 1.0))
            rows += [(f"{month}-15" if month else None, group, int(i < k), i % 2, i) for i in range(n)]
            rows[-n:] = [(*row[:3], row[3] if row[4] * 7919 % n < open_from else None, row[4]) for row in rows[-n:]]
    return pd.DataFrame(rows, columns=["when", "g", "d", "y", "i"]).astype({"y": "Int64"})


def tables(frame: pd.DataFrame, made: Any) -> dict[str, list[dict[str, Any]]]:
    counted = audit.count_frame(made, frame)
    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    found: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(result.to_json(created="", tool_version="")))[
        "tables"
    ]
    return found


OPENS = {
    "2023-11": {"a": (20, 100), "b": (10, 50)},
    "2023-12": {"a": (21, 100), "b": (11, 50)},
    "2024-01": {"a": (19, 100), "b": (9, 50)},
    "2024-03": {"a": (20, 100), "b": (25, 50)},
    "2024-04": {"a": (22, 100), "b": (27, 50)},
    "2024-05": {"a": (18, 100), "b": (26, 50)},
}


def test_rates_and_gaps_by_period_are_those_of_the_rows() -> None:
    found = tables(months(OPENS), plan(time=MONTH))

    row = next(r for r in found["periods"] if r["period"] == "2024-03" and r["group"] == {"g": "b"})
    assert (row["k"], row["n"], row["value"]) == (25, 50, 0.5)
    assert row["ci"] == pytest.approx(proportion_confint(25, 50, method="wilson"))
    assert (row["others"]["k"], row["others"]["n"]) == (20, 100)
    assert row["difference"]["value"] == pytest.approx(0.3)
    assert row["difference"]["ci"] == pytest.approx(confint_proportions_2indep(25, 50, 20, 100, method="newcomb"))
    assert row["ratio"]["value"] == pytest.approx(2.5)
    # Score interval of statsmodels: Koopman's; its solver stops at about 1e-6.
    theirs = confint_proportions_2indep(25, 50, 20, 100, compare="ratio", method="score", correction=False)
    assert row["ratio"]["ci"] == pytest.approx(theirs, rel=1e-4)


def test_a_month_without_anybody_is_a_gap_and_keeps_its_place() -> None:
    found = tables(months(OPENS), plan(time=MONTH))

    assert [(r["period"], r["people"], r["reason"]) for r in found["timeline"]][2:4] == [
        ("2024-01", 150, None),
        ("2024-02", 0, "empty_cell"),
    ]
    gap = next(r for r in found["periods"] if r["period"] == "2024-02" and r["group"] == {"g": "a"})
    assert (gap["value"], gap["n"], gap["reason"]) == (None, 0, "empty_cell")
    k, n, at = [20, 21, 19, 20, 22, 18], [100] * 6, [0, 1, 2, 4, 5, 6]
    row = next(r for r in found["changes"] if r["group"] == {"g": "a"})
    assert row["trend"]["value"] == pytest.approx(np.polyfit(at, np.array(k) / n, 1)[0])
    assert any(note["reason"] == "empty_cell" for note in found["period_notes"])


def test_change_and_opening_gap_are_found_in_the_group_that_changed() -> None:
    rows = {tuple(r["group"].values()): r for r in tables(months(OPENS), plan(time=MONTH))["changes"]}

    assert rows["b",]["change"]["first"] == "2024-03"
    assert (rows["b",]["change"]["before"], rows["b",]["change"]["after"]) == (pytest.approx(0.2), pytest.approx(0.52))
    assert 10 ** rows["b",]["change"]["log10_p_adjusted"] < 0.01
    assert 10 ** rows["a",]["change"]["log10_p_adjusted"] > 0.5
    gap = rows["b",]["gap_trend"]
    assert gap["ci"][0] > 0
    assert gap["value"] == pytest.approx(rows["b",]["trend"]["value"] - rows["a",]["trend"]["value"])
    # Seen from a it is the same test with the other sign.
    assert rows["a",]["gap_trend"]["value"] == pytest.approx(-gap["value"])
    assert rows["a",]["gap_trend"]["log10_p_adjusted"] == gap["log10_p_adjusted"]


def test_gap_of_one_person_a_month_is_not_found_to_open() -> None:
    rates = (0, 0, 1, 0, 1, 1)  # no more than a coin may give
    table = {f"2024-0{i}": {"a": (20, 100), "b": (k, 1)} for i, k in enumerate(rates, 1)}
    gap = next(r for r in tables(months(table), plan(time=MONTH))["changes"] if r["group"] == {"g": "b"})["gap_trend"]
    assert gap["ci"][0] < 0 < gap["ci"][1]
    assert 10 ** gap["log10_p"] > 0.05

    whole = {month: {**groups, "b": (1, 1)} for month, groups in table.items()}
    gap = next(r for r in tables(months(whole), plan(time=MONTH))["changes"] if r["group"] == {"g": "b"})["gap_trend"]
    assert (gap["ci"], gap["reason"], gap["log10_p"]) == (None, "no_spread", None)


def test_series_that_stand_out_are_named_in_words() -> None:
    found = tables(months(OPENS), plan(time=MONTH))

    text = next(note["text"] for note in found["period_notes"] if note["reason"] == "standing_out")
    assert "b (another level from 2024-03)" in text
    assert "b (a trend of the gap to all others)" in text
    assert "a (another" not in text
    still = tables(months(dict.fromkeys(OPENS, OPENS["2023-11"])), plan(time=MONTH))
    assert any("no series stands out from chance" in note["text"] for note in still["period_notes"])


def test_p_values_are_one_family_and_one_gap_counts_once() -> None:
    """Three series with a change and a trend each, and one gap: seven tests."""
    rows = tables(months(OPENS), plan(time=MONTH))["changes"]
    parts = [row[name] for row in rows for name in ("change", "trend")] + [rows[1]["gap_trend"]]

    assert {part["family_size"] for part in parts} == {7}
    theirs = multipletests([10 ** part["log10_p"] for part in parts], method="fdr_bh")[1]
    assert [10 ** part["log10_p_adjusted"] for part in parts] == pytest.approx(list(theirs))


def test_late_periods_whose_outcomes_are_not_known_yet_are_shown_and_left_out() -> None:
    table = {f"2024-{month:02d}": {"a": (60, 200), "b": (40, 100)} for month in range(1, 9)}
    made = plan(time=MONTH, primary=("selection_rate", "base_rate"))

    found = tables(months(table, known={"2024-07": 0.6, "2024-08": 0.2}), made)

    rows = {(r["metric"], r["period"]): r for r in found["periods"] if not r["group"]}
    assert rows["base_rate", "2024-08"]["known"]["value"] == pytest.approx(0.2)
    assert [rows["base_rate", f"2024-{m:02d}"]["left_out"] for m in (6, 7, 8)] == [None, "immature", "immature"]
    assert rows["selection_rate", "2024-08"]["left_out"] is None
    changes = {r["metric"]: r for r in found["changes"] if not r["group"]}
    assert (changes["base_rate"]["periods"], changes["selection_rate"]["periods"]) == (6, 8)
    assert [each["period"] for each in changes["base_rate"]["left_out"]] == ["2024-07", "2024-08"]
    assert sum(note["reason"] == "immature" for note in found["period_notes"]) == 1
    assert found["timeline"][7]["outcomes_known"]["value"] == pytest.approx(0.2)


def test_outcomes_observed_only_after_a_yes_give_no_rate_that_needs_all() -> None:
    made = plan(time=MONTH, primary=("ppv", "fpr"), outcome={"observed_when": "decision_yes"})
    found = tables(months(OPENS), made)

    rows = {r["metric"]: r for r in found["periods"] if r["period"] == "2024-03" and r["group"] == {"g": "b"}}
    assert (rows["fpr"]["value"], rows["fpr"]["reason"]) == (None, "outcome_not_observed")
    # Of 25 with a yes, people 0 to 24, every second one has the outcome: 12.
    assert (rows["ppv"]["k"], rows["ppv"]["n"]) == (12, 25)
    assert rows["ppv"]["known"] == {"k": 25, "n": 25, "value": 1.0}
    assert {r["change"]["reason"] for r in found["changes"] if r["metric"] == "fpr"} == {"outcome_not_observed"}


def test_one_period_and_rows_without_a_date_are_results_with_reasons() -> None:
    found = tables(months({"2024-01": OPENS["2024-01"], "": {"a": (1, 4)}}), plan(time=MONTH))

    said = {note["reason"]: note["text"] for note in found["period_notes"]}
    assert set(said) == {"one_period", "no_date", "small_counts", "standing_out"}
    assert "4 of 154 people" in said["no_date"]
    assert "no series has enough periods" in said["standing_out"]
    assert {r["change"]["reason"] for r in found["changes"]} == {"one_period"}
    assert {r["trend"]["reason"] for r in found["changes"]} == {"one_period"}
    assert {r["change"]["log10_p_adjusted"] for r in found["changes"]} == {None}


def test_too_many_periods_are_not_shown() -> None:
    frame = pd.DataFrame(
        {"when": [f"{1900 + i}-01-01" for i in range(124)] * 2, "g": ["a", "b"] * 124, "d": [0, 1] * 124}
    )
    found = tables(frame.assign(y=0), plan(time={"name": "when", "period": "year"}))

    assert [note["reason"] for note in found["period_notes"]] == ["small_counts", "too_many_periods"]
    assert found["periods"] == found["changes"] == []


def versions(table: dict[str, dict[str, tuple[int, int]]], *, when: dict[str, str] | None = None) -> pd.DataFrame:
    rows = [
        ((when or {}).get(version, "2024-01") + "-15", version, group, int(i < k), i % 2)
        for version, groups in table.items()
        for group, (k, n) in groups.items()
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=["when", "v", "g", "d", "y"])


# From 1% to 2% and from 50% to 60%: by points the others gain more, by odds the group.
TWO = {"9": {"a": (10, 1_000), "b": (500, 1_000)}, "10": {"a": (20, 1_000), "b": (600, 1_000)}}


def test_two_versions_may_disagree_in_sign_between_scales() -> None:
    made = plan(version={"name": "v"}, time=MONTH)
    found = tables(versions(TWO, when={"9": "2024-01", "10": "2024-02"}), made)

    row = next(r for r in found["version_changes"] if r["group"] == {"g": "a"})
    assert (row["from"], row["to"], row["order_from"]) == ("9", "10", "dates")
    assert row["points"]["value"] == pytest.approx(-0.09)
    odds = lambda k, n: np.log((k + 0.5) / (n - k + 0.5))  # noqa: E731  # the formula of the definition, in one line
    wanted = odds(20, 1_000) - odds(10, 1_000) - odds(600, 1_000) + odds(500, 1_000)
    assert row["log_odds"]["value"] == pytest.approx(wanted)
    assert row["log_odds"]["value"] > 0
    assert row["same_sign"] is False
    everybody = next(r for r in found["version_changes"] if not r["group"])
    assert everybody["change"]["value"] == pytest.approx(110 / 2_000)
    assert everybody["points"] is None


def test_names_of_versions_are_no_order() -> None:
    def said(found: dict[str, list[dict[str, Any]]]) -> list[str]:
        return [note["reason"] for note in found["period_notes"] if note["reason"] != "small_counts"]

    by_name = tables(versions(TWO), plan(version={"name": "v"}))
    three = tables(versions({**TWO, "11": TWO["9"]}), plan(version={"name": "v"}))
    declared = tables(versions({**TWO, "11": TWO["9"]}), plan(version={"name": "v", "order": ["11", "9", "8"]}))

    assert {r["order_from"] for r in by_name["version_changes"]} == {"names"}
    assert said(by_name) == ["no_order"]
    assert three["version_changes"] == []
    assert said(three) == ["no_order"]
    assert {(r["from"], r["to"]) for r in declared["version_changes"]} == {("11", "9")}
    assert said(declared) == ["not_in_order", "empty_cell"]
    assert next(r for r in declared["versions"] if r["version"] == "8")["reason"] == "empty_cell"


def test_a_version_that_changes_within_a_period_is_said() -> None:
    found = tables(versions(TWO), plan(version={"name": "v"}, time=MONTH))

    assert found["timeline"][0]["versions"] == ["10", "9"]
    assert "mixed_versions" in {note["reason"] for note in found["period_notes"]}


def test_versions_known_differently_are_not_compared() -> None:
    frame = versions(TWO).astype({"y": "Int64"})
    frame.loc[(frame["v"] == "10") & (frame.index % 2 == 0), "y"] = None

    found = tables(frame, plan(version={"name": "v"}, primary=("selection_rate", "base_rate")))

    reasons = {(r["metric"], r["reason"]) for r in found["version_changes"]}
    assert reasons == {("selection_rate", None), ("base_rate", "coverage_differs")}


def test_counts_that_are_not_those_of_the_audit_are_refused() -> None:
    made = plan(time=MONTH)
    counted = audit.count_frame(made, months(OPENS))
    table = counted.aggregates["periods"]
    more = Aggregate.of("periods", table.keys, {"n": table.measures["n"] + 1}, table.about)
    month = Aggregate.of("periods", {**table.keys, "period": table.keys["period"] + 50}, table.measures, table.about)

    for wrong in (more, month):
        with pytest.raises(MetricError) as caught:
            audit.analyse(made, counted.cells, aggregates={"periods": wrong}).to_json(created="", tool_version="")
        assert [fault.code for fault in caught.value.faults] == ["D91"]
    without = audit.analyse(made, counted.cells).to_json(created="", tool_version="")["tables"]
    assert [note["reason"] for note in without["period_notes"]] == ["not_counted"]


def test_the_order_of_versions_moves_the_digest_only_where_it_is_given() -> None:
    plain, empty = plan(version={"name": "v"}), plan(version={"name": "v", "order": []})

    assert plain.digest == empty.digest
    assert plain.to_json()["columns"]["version"] == {"name": "v"}
    assert plan(version={"name": "v", "order": ["1", "2"]}).digest != plain.digest
    with pytest.raises(MetricError) as caught:
        plan(version={"name": "v", "order": ["1", "1"]})
    assert [fault.code for fault in caught.value.faults] == ["E113"]
