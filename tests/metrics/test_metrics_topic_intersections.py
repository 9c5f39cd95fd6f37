"""Intersections and subgroups, from the plan to the tables. Expected values by scikit-learn, scipy, or by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import beta, betabinom, binomtest
from sklearn.linear_model import LogisticRegression

from impact import audit
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.multiplicity import holm
from impact.metrics.tables.cells import MISSING, Cell, Cells

# Sex, age, people, flagged: old women are flagged far more often than either part suggests.
PEOPLE = {
    ("f", "old"): (60, 30), ("f", "mid"): (400, 60), ("f", "young"): (300, 45),
    ("m", "old"): (500, 75), ("m", "mid"): (900, 140), ("m", "young"): (700, 100),
}  # fmt: skip


def tables(also: dict[str, Any], people: dict[tuple[str, str], tuple[int, int]] = PEOPLE, **more: Any) -> Any:
    made = plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody",
            "source": {"kind": "csv", "path": "people.csv"},
            "columns": {"decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}},
            "groups": {"sex": {"name": "s"}, "age": {"name": "a"}},
            "intersections": [["sex", "age"]],
            "plan": {"primary": ["selection_rate"], "also": also},
            **more,
        }
    )
    rows = [
        Cell(group, -1, decision, -1, count)
        for group, (n, k) in people.items()
        for decision, count in ((1, k), (0, n - k))
    ]
    data = audit.analyse(made, Cells.of(("sex", "age"), rows)).to_json(created="", tool_version="")
    return json.loads(json.dumps(data, allow_nan=False))["tables"]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, Any]]:
    found = tables({"intersections": ["selection_rate"]})["intersections"]
    return {(row["group"]["sex"], row["group"]["age"]): row for row in found}


def test_expected_rates_are_those_of_logistic_regression(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Main effects only, on weighted rows, without a penalty; the exact test against its rates, Holm by hand."""
    x = np.array([[s == "m", a == "mid", a == "young"] for s, a in PEOPLE for _ in (0, 1)], float)
    y = np.array([1, 0] * len(PEOPLE))
    weight = np.array([w for n, k in PEOPLE.values() for w in (k, n - k)], float)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5_000).fit(x, y, sample_weight=weight)
    rates = dict(zip(PEOPLE, model.predict_proba(x)[::2, 1], strict=True))
    p = {group: binomtest(k, n, float(rates[group])).pvalue for group, (n, k) in PEOPLE.items()}
    adjusted = dict(zip(p, holm([np.log10(value) for value in p.values()], 6), strict=True))

    for group, row in rows.items():
        assert row["expected"] == pytest.approx(rates[group], abs=1e-5)
        assert row["excess"] == pytest.approx(PEOPLE[group][1] - PEOPLE[group][0] * rates[group], abs=0.01)
        assert row["p"] == pytest.approx(p[group], rel=1e-3)
        assert row["p_holm"] == pytest.approx(10 ** adjusted[group], rel=1e-3)
    assert rows["f", "old"]["residual"] > 4
    assert rows["f", "old"]["p_holm"] < 0.001


def test_pooled_rates_are_those_of_the_beta_binomial(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    n, k = (np.array([pair[i] for pair in PEOPLE.values()]) for i in (0, 1))
    fit = minimize(
        lambda t: -betabinom.logpmf(k, n, np.exp(t[0]), np.exp(t[1])).sum(), [1.0, 2.0], method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10_000},
    )  # fmt: skip
    a, b = np.exp(fit.x)

    for group, row in rows.items():
        people, yes = PEOPLE[group]
        assert row["heterogeneous"] is True
        assert row["pooled"]["value"] == pytest.approx((yes + a) / (people + a + b), abs=1e-4)
        assert row["pooled"]["ci"] == pytest.approx(beta.interval(0.95, yes + a, people - yes + b), abs=1e-4)
        assert row["raw"]["value"] == pytest.approx(yes / people)
        assert row["raw"]["method"] == "wilson"


def test_where_nothing_differs_beyond_chance_it_is_said() -> None:
    alike = {group: (n, n // 5) for group, (n, _) in PEOPLE.items()}

    found = tables({"intersections": ["selection_rate"]}, alike)["intersections"]

    assert {row["heterogeneous"] for row in found} == {False}
    assert len({round(row["pooled"]["value"], 3) for row in found}) == 1


def test_people_of_unknown_group_are_in_no_combination() -> None:
    people = {**PEOPLE, ("f", MISSING): (50, 50)}

    found = tables({"intersections": ["selection_rate"]}, people)["intersections"]

    assert len(found) == 6


def test_a_combination_with_nobody_has_a_reason() -> None:
    people = {group: counts for group, counts in PEOPLE.items() if group != ("f", "old")}

    found = tables({"intersections": ["selection_rate"]}, people)["intersections"]

    row = next(row for row in found if row["group"] == {"sex": "f", "age": "old"})
    assert row["raw"]["reason"] == row["pooled"]["reason"] == "empty_cell"
    assert row["expected"] is None
    assert row["p_holm"] is None
