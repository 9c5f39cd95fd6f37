"""Further measures, from the plan to the tables. Expected values by scikit-learn, fairlearn, aif360, statsmodels and
scipy on rows, or by hand."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from math import log, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import equalized_odds_difference
from scipy.stats import chi2_contingency
from sklearn import metrics as sk
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from impact import audit
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.analysis.differences import comparable, differences
from impact.metrics.analysis.measures import ACROSS, MEASURES, PAIRS
from impact.metrics.analysis.second_opinion_measures import compare_measures
from impact.metrics.libraries import quiet
from impact.metrics.plans.plan_also import MEASURE_KEYS
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import Cell, Cells
from impact.metrics.tools.export import tables_as_csv
from impact.report.view.topics.measure_words import MEASURE_WORDS

A, B = (60, 40, 20, 180), (45, 30, 30, 295)  # TP, FP, FN, TN
COUNTS = {"a": A, "b": B}


def plan(*measures: str, effect: str = "burden", outcome: str = "always", **also: Any) -> audit.AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody",
            "source": {"kind": "csv", "path": "people.csv"},
            "columns": {
                "decision": {"name": "d", "yes": [1], "no": [0], "effect": effect, "label": "flagged"},
                "outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld", "observed_when": outcome},
            },
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": ["selection_rate"], "also": {"measures": list(measures), **also}},
        }
    )


def cells(counts: Mapping[str, tuple[int, ...]]) -> Cells:
    slots = ((1, 1), (0, 1), (1, 0), (0, 0), (-1, 1), (-1, 0))
    return Cells.of(
        ("g",),
        [
            Cell((group,), outcome, decision, -1, n)
            for group, row in counts.items()
            for (outcome, decision), n in zip(slots, row, strict=False)
        ],
    )


def tables(made: audit.AuditPlan, counts: Mapping[str, tuple[int, ...]] = COUNTS) -> dict[str, Any]:
    data = audit.analyse(made, cells(counts)).to_json(created="", tool_version="")
    found: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))["tables"]
    return found


def row(made: audit.AuditPlan, counts: Mapping[str, tuple[int, ...]] = COUNTS, group: str = "a") -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in tables(made, counts)["measures"] if r["group"] == {"g": group})
    return found


def people(counts: Mapping[str, tuple[int, ...]] = COUNTS) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"g": group, "y": y, "d": d}, index=range(n))
        for group, table in counts.items()
        for (y, d), n in zip(((1, 1), (0, 1), (1, 0), (0, 0)), table, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("key", "function"),
    [
        ("f1", sk.f1_score),
        ("balanced_accuracy", sk.balanced_accuracy_score),
        ("mcc", sk.matthews_corrcoef),
        ("kappa", sk.cohen_kappa_score),
    ],
)
def test_measures_are_those_of_scikit_learn_on_rows(key: str, function: Any) -> None:
    own, others = (people()[people()["g"] == g] for g in "ab")

    found = row(plan(key))

    assert found["own"]["value"] == pytest.approx(function(own["y"], own["d"]), abs=1e-12)
    assert found["others"]["value"] == pytest.approx(function(others["y"], others["d"]), abs=1e-12)
    gap = function(own["y"], own["d"]) - function(others["y"], others["d"])
    assert found["comparison"]["value"] == pytest.approx(gap, abs=1e-12)


def test_likelihood_ratios_are_those_of_scikit_learn() -> None:
    own = people()[people()["g"] == "a"]
    expected = sk.class_likelihood_ratios(own["y"], own["d"])

    found = [row(plan(f"likelihood_ratio_{side}"))["own"]["value"] for side in ("positive", "negative")]

    assert found == pytest.approx(expected, abs=1e-12)


@pytest.fixture(scope="module")
def library() -> Any:
    """aif360 on rows: it ignores weights for the entropies."""
    with quiet("aif360"):
        from aif360.datasets import BinaryLabelDataset
        from aif360.metrics import ClassificationMetric
    frame = people().assign(g=lambda x: (x["g"] == "a").astype(float)).astype(float)
    made = [
        BinaryLabelDataset(
            favorable_label=1.0,
            unfavorable_label=0.0,
            df=frame[["g", column]].rename(columns={column: "label"}),
            label_names=["label"],
            protected_attribute_names=["g"],
        )
        for column in ("y", "d")
    ]
    return ClassificationMetric(*made, unprivileged_groups=[{"g": 1.0}], privileged_groups=[{"g": 0.0}])


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("average_odds_difference", "average_odds_difference"),
        ("average_absolute_odds_difference", "average_abs_odds_difference"),
        ("average_predictive_value_difference", "average_predictive_value_difference"),
    ],
)
def test_pairs_are_those_of_aif360_on_rows(library: Any, key: str, name: str) -> None:
    found = next(r for r in tables(plan(key))["measure_gaps"] if r["group"] == {"g": "a"})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found["estimate"]["value"] == pytest.approx(getattr(library, name)(), abs=1e-12)
    assert found["estimate"]["ci"][0] < found["estimate"]["value"] < found["estimate"]["ci"][1]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("generalised_entropy", "generalized_entropy_index"),
        ("theil", "theil_index"),
        ("coefficient_of_variation", None),
    ],
)
def test_entropies_of_everybody_are_those_of_aif360_on_rows(library: Any, key: str, name: str | None) -> None:
    found = next(r for r in tables(plan(key))["measures"] if r["group"] == {})["own"]["value"]

    # aif360's own coefficient of variation is 2 sqrt(GE): twice the square root where it should be the root of twice.
    expected = getattr(library, name)() if name else sqrt(2 * library.generalized_entropy_index())
    assert found == pytest.approx(expected, abs=1e-12)


def test_entropy_between_groups_is_that_of_aif360_on_rows(library: Any) -> None:
    found = tables(plan("between_group_entropy"))["measures_across"][0]["estimate"]["value"]

    assert found == pytest.approx(library.between_all_groups_generalized_entropy_index(), abs=1e-12)


def test_equalised_odds_is_that_of_fairlearn_with_limits_for_both_gaps() -> None:
    frame = people()
    tpr, fpr = (60, 80, 45, 75), (40, 220, 30, 325)
    each = 1 - sqrt(0.95)  # Šidák for two
    limits = [confint_proportions_2indep(*four, method="newcomb", compare="diff", alpha=each) for four in (tpr, fpr)]

    found = next(r for r in tables(plan("equalised_odds"))["measure_gaps"] if r["group"] == {"g": "a"})["estimate"]

    expected = equalized_odds_difference(frame["y"], frame["d"], sensitive_features=frame["g"])
    assert found["value"] == pytest.approx(expected, abs=1e-12)
    assert found["ci"] == pytest.approx([max(low for low, _ in limits), max(high for _, high in limits)], abs=1e-9)


def test_average_of_opposite_gaps_cancels_and_the_larger_gap_does_not() -> None:
    """TPR 0.9 against 0.5, FPR 0.1 against 0.5: +0.4 and -0.4."""
    made = plan("average_odds_difference", "average_absolute_odds_difference", "equalised_odds")

    found = {r["measure"]: r for r in tables(made, {"a": (90, 10, 10, 90), "b": (50, 50, 50, 50)})["measure_gaps"]
             if r["group"] == {"g": "a"}}  # fmt: skip

    assert found["average_odds_difference"]["estimate"]["value"] == pytest.approx(0.0)
    assert found["average_odds_difference"]["tpr_difference"]["value"] == pytest.approx(0.4)
    assert found["average_odds_difference"]["fpr_difference"]["value"] == pytest.approx(-0.4)
    assert found["average_absolute_odds_difference"]["estimate"]["value"] == pytest.approx(0.4)
    assert found["equalised_odds"]["estimate"]["ci"][0] > 0.25


def test_odds_ratio_is_that_of_statsmodels() -> None:
    """Gart's limits are Woolf's on the table with one half added to each cell."""
    table = Table2x2(np.array([[60, 40], [20, 180]]))
    halves = Table2x2(np.array([[60.5, 40.5], [20.5, 180.5]]))

    own = row(plan("diagnostic_odds_ratio"))["own"]

    assert own["value"] == pytest.approx(table.oddsratio)
    assert own["ci"] == pytest.approx(halves.oddsratio_confint())


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("treatment_equality", (20 / 40) / (30 / 30)),
        ("false_per_true", (40 / 60) / (30 / 45)),
        ("number_needed_to_flag", (100 / 60) / (75 / 45)),
        ("likelihood_ratio_positive", ((60 / 80) / (40 / 220)) / ((45 / 75) / (30 / 325))),
    ],
)
def test_ratios_compare_by_ratio(key: str, expected: float) -> None:
    found = row(plan(key))

    assert found["compared"] == "ratio"
    assert found["comparison"]["value"] == pytest.approx(expected)
    assert found["comparison"]["ci"][0] < expected < found["comparison"]["ci"][1]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("conditional_acceptance", 80 / 100 - 75 / 75), ("conditional_rejection", 220 / 200 - 325 / 325)],
)
def test_conditional_ratios_by_hand(key: str, expected: float) -> None:
    assert row(plan(key))["comparison"]["value"] == pytest.approx(expected)


def test_costs_are_those_of_the_plan() -> None:
    costs = {"unit": "hours", "tp": 1, "fp": 2.5, "fn": 10, "tn": 0}

    found = row(plan("expected_cost", costs=costs))

    assert found["own"]["value"] == pytest.approx((60 + 100 + 200) / 300)
    assert found["comparison"]["value"] == pytest.approx(360 / 300 - (45 + 75 + 300) / 400)
    assert found["worse_when"] is None
    assert found["direction"] is None


def test_information_is_that_of_scikit_learn_with_the_test_of_scipy() -> None:
    frame = people()
    made = tables(plan("mutual_information"))["measures_across"]
    found = {r["of"]: r for r in made}
    parts = [frame[frame["y"] == y] for y in (0, 1)]
    given = sum(len(p) / len(frame) * sk.mutual_info_score(p["d"], p["g"]) for p in parts)
    test = chi2_contingency(pd.crosstab(frame["d"], frame["g"]), correction=False, lambda_="log-likelihood")

    assert found["independence"]["estimate"]["value"] == pytest.approx(sk.mutual_info_score(frame["d"], frame["g"]))
    assert found["separation"]["estimate"]["value"] == pytest.approx(given)
    assert found["independence"]["p"] == pytest.approx(test.pvalue)
    assert found["independence"]["chance"] == pytest.approx(1 / 1400)
    assert found["independence"]["estimate"]["ci"] is None


def test_smoothed_rates_by_hand() -> None:
    """100 of 300 and 75 of 400, one half added to yes and to no."""
    p, q = 100.5 / 301, 75.5 / 401

    found = {r["of"]: r["estimate"]["value"] for r in tables(plan("differential_fairness"))["measures_across"]}

    assert found["decision"] == pytest.approx(max(abs(log(p / q)), abs(log((1 - p) / (1 - q)))))
    assert found["amplification"] == pytest.approx(found["decision"] - found["outcome"])


def test_largest_gap_allows_for_every_pair() -> None:
    """Four groups of 100: six pairs, each at 1 - 0.95^(1/6); the widest pair by statsmodels."""
    counts = {name: (0, k, 0, 100 - k) for name, k in zip("abcd", (30, 24, 45, 33), strict=True)}
    each = 1 - 0.95 ** (1 / 6)

    found = tables(plan("worst_gap"), counts)["measures_across"][0]

    assert (found["highest"], found["lowest"], found["pairs"]) == ("c", "b", 6)
    expected = confint_proportions_2indep(45, 100, 24, 100, method="newcomb", compare="diff", alpha=each)
    assert found["estimate"]["ci"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("effect", "key", "worse"),
    [
        ("burden", "false_per_true", "higher"),
        ("benefit", "false_per_true", None),
        ("burden", "treatment_equality", "lower"),
        ("benefit", "treatment_equality", "higher"),
        ("burden", "likelihood_ratio_positive", "lower"),
        ("benefit", "likelihood_ratio_positive", None),
        ("benefit", "likelihood_ratio_negative", "higher"),
        ("burden", "likelihood_ratio_negative", None),
        ("burden", "youden", "lower"),
        ("burden", "f1", None),
        ("burden", "mcc", None),
        ("neither", "youden", None),
    ],
)
def test_direction_follows_from_the_effect(effect: str, key: str, worse: str | None) -> None:
    assert row(plan(key, effect=effect))["worse_when"] == worse


def test_worse_is_said_only_where_the_interval_leaves_out_equality() -> None:
    clear = {"a": (50, 50, 10, 190), "b": (90, 10, 10, 190)}

    assert row(plan("false_per_true"), clear)["direction"] == "worse"
    assert row(plan("false_per_true"), clear, "b")["direction"] == "better"
    assert row(plan("false_per_true"))["direction"] is None


def test_without_false_positives_a_ratio_has_no_value_and_keeps_its_lower_limit() -> None:
    found = row(plan("likelihood_ratio_positive"), {"a": (60, 0, 20, 220), "b": B})

    assert found["own"]["value"] is None
    assert found["own"]["reason"] == "comparator_zero"
    assert found["own"]["open"] == "upper"
    assert found["own"]["ci"][0] > 40
    assert found["comparison"]["value"] is None
    assert found["comparison"]["ci"][0] > 4


def test_unknown_outcomes_give_a_reason_and_no_value() -> None:
    made = plan("mcc", "false_per_true", "equalised_odds", "mutual_information", outcome="decision_yes")
    counts = {"a": (60, 40, 0, 0, 0, 200), "b": (45, 30, 0, 0, 0, 325)}

    found = tables(made, counts)

    by_key = {r["measure"]: r for r in found["measures"] if r["group"] == {"g": "a"}}
    assert by_key["mcc"]["own"]["reason"] == "outcome_not_observed"
    assert by_key["mcc"]["comparison"]["reason"] == "outcome_not_observed"
    assert by_key["false_per_true"]["own"]["value"] == pytest.approx(40 / 60)
    assert {r["estimate"]["reason"] for r in found["measure_gaps"]} == {"outcome_not_observed"}
    asked = {r["of"]: r["estimate"]["reason"] for r in found["measures_across"]}
    assert asked == {"independence": None, "separation": "outcome_not_observed", "sufficiency": "outcome_not_observed"}


def test_every_key_is_defined_once_and_has_words() -> None:
    assert [*MEASURES, *PAIRS, *ACROSS] == list(MEASURE_KEYS)
    assert list(MEASURE_WORDS) == list(MEASURE_KEYS)


def test_tables_export_as_csv() -> None:
    names = tables_as_csv({"tables": tables(plan("mcc", "equalised_odds", "worst_gap"))})

    assert {"measures", "measure_gaps", "measures_across"} <= set(names)
    assert "comparison.ci_low" in names["measures"].splitlines()[0]


@pytest.mark.parametrize(
    ("also", "code", "said"),
    [
        ({"measures": ["kapa"]}, "E100", "Did you mean “kappa”?"),
        ({"measures": ["f1", "f1"]}, "E100", "listed twice"),
        ({"measures": ["expected_cost"]}, "E117", "without costs"),
        ({"costs": {"unit": "h", "tp": 0, "fp": 1, "fn": 1, "tn": 0}}, "E117", "nothing uses"),
        ({"meassures": []}, "E102", "measures"),
        ({"scores": ["roc"]}, "E104", "without score"),
        ({"intersections": ["fpr"]}, "E104", "without intersections"),
        ({"label_error": {"sensitivity": [0.9, 0.7], "specificity": [0.9, 1.0]}}, "E117", "rising"),
        ({"label_error": {"sensitivity": [0.3, 0.7], "specificity": [0.6, 1.0]}}, "E117", "no better than chance"),
    ],
)
def test_faults_of_the_plan_are_told(also: dict[str, Any], code: str, said: str) -> None:
    data = plan("f1").to_json()

    with pytest.raises(MetricError) as caught:
        plan_of({**data, "plan": {**data["plan"], "also": also}})

    assert [fault.code for fault in caught.value.faults] == [code]
    assert said in str(caught.value)


def test_plan_without_further_figures_keeps_its_digest() -> None:
    data = plan("f1").to_json()
    bare = {key: value for key, value in data["plan"].items() if key != "also"}

    assert data["plan"]["also"] == {"measures": ["f1"]}
    assert plan_of({**data, "plan": bare}).to_json()["plan"] == bare
    assert plan_of({**data, "plan": {**bare, "also": {}}}).digest == plan_of({**data, "plan": bare}).digest


def test_second_opinion_takes_in_the_measures_that_the_libraries_have() -> None:
    """Of each group, of everybody and of both complements four measures by fairlearn, equalised odds of both; three by
    aif360: 4 * 5 + 2 and 3 * 2, beside the rates."""
    keys = ("f1", "balanced_accuracy", "mcc", "kappa", "equalised_odds", "average_odds_difference")
    averages = ("average_absolute_odds_difference", "average_predictive_value_difference")
    bare, asked = (
        audit.second_opinion(audit.analyse(plan(*names), cells(COUNTS))).libraries for names in ((), (*keys, *averages))
    )

    assert asked["fairlearn"].compared - bare["fairlearn"].compared == 22
    assert asked["aif360"].compared - bare["aif360"].compared == 6
    assert all(one.max_abs_diff is not None and one.max_abs_diff < 1e-12 for one in asked.values())


def test_second_opinion_notices_a_wrong_measure() -> None:
    made = tables(plan("kappa", "average_odds_difference"))
    next(r for r in made["measures"] if r["group"] == {"g": "a"})["own"]["value"] += 0.01
    made["measure_gaps"][0]["estimate"]["value"] += 0.02
    rows = {
        "a": [(0, 0, 180), (0, 1, 40), (1, 0, 20), (1, 1, 60)],
        "b": [(0, 0, 295), (0, 1, 30), (1, 0, 30), (1, 1, 45)],
    }
    jobs = [((("g", "a"),), (rows["a"], rows["b"])), ((("g", "b"),), (rows["b"], rows["a"]))]

    found = [compare_measures(library, jobs, made, far=1e300)[1] for library in ("fairlearn", "aif360")]

    assert found == pytest.approx([0.01, 0.02])


def test_a_characteristic_with_too_many_groups_is_left_out_and_named() -> None:
    counts = {f"g{i:03}": (6, 4, 2, 18) for i in range(101)}

    data = audit.analyse(plan("f1"), cells(counts)).to_json(created="", tool_version="")

    assert [row["group"] for row in data["tables"]["measures"]] == [{}]
    assert [row["text"] for row in data["not_computed"] if row["reason"] == "too_many_levels"] == [
        "g: too many groups for the further figures that the plan asks for"
    ]


def test_a_stranger_computes_the_same_figures_and_notices_a_changed_one() -> None:
    """As impact verify does: the plan and the counts as attached, every drawn interval with its seed."""
    asked = plan(
        "mcc", "theil", "expected_cost", "mutual_information", "equalised_odds",
        costs={"unit": "hours", "tp": 0, "fp": 1, "fn": 5, "tn": 0}, trade_offs=True,
        label_error={"sensitivity": [0.8, 1.0], "specificity": [0.95, 1.0]}, subgroups=["fpr"],
    )  # fmt: skip
    first = audit.analyse(asked, cells(COUNTS)).to_json(created="2026-11-20", tool_version="")
    stored = json.loads(canonical_json(comparable(first)))

    attached = Cells.from_parquet(cells(COUNTS).to_parquet())
    again = audit.analyse(plan_of(stored["plan"]), attached).to_json(created="", tool_version="")
    recomputed = json.loads(canonical_json(comparable(again)))

    assert differences(stored, recomputed) == []
    stored["tables"]["measures"][1]["comparison"]["ci"][0] += 0.001
    stored["tables"]["trade_offs"][0]["rest"]["value"] += 0.001
    assert differences(stored, recomputed) == [
        "tables/measures/1/comparison/ci/0",
        "tables/trade_offs/0/rest/value",
    ]
