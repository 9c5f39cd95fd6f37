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
from impact.metrics.statistics import subgroup_search
from impact.metrics.statistics.multiplicity import holm
from impact.metrics.statistics.subgroup_search import search
from impact.metrics.statistics.subgroups import scan
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


def planted(seed: int = 0) -> tuple[list[tuple[str, str, str]], Any, Any]:
    """Of 24 combinations the old of eth d are counted more often."""
    rng = np.random.default_rng(seed)
    levels = [(s, e, a) for s in "fm" for e in "abcd" for a in ("<25", "25-49", "50+")]
    n = np.full(24, 160)
    p = np.array([0.5 if e == "d" and a == "50+" else 0.3 for _, e, a in levels])
    return levels, n, rng.binomial(n, p)


@pytest.mark.parametrize(("direction", "theirs"), [("more", "positive"), ("fewer", "negative")])
def test_search_finds_what_the_scan_of_aif360_finds(direction: Any, theirs: Any) -> None:
    levels, n, k = planted()
    names = ["sex", "eth", "age"]

    ours = search(names, levels, n, k, direction=direction, tables=1)
    library = scan(names, levels, n, k, direction=theirs, restarts=10, replicates=1)

    assert ours is not None
    assert {name: set(kept) for name, kept in ours.levels.items()} == {
        name: set(kept) for name, kept in library.levels.items()
    }
    assert ours.score == pytest.approx(library.score, abs=6e-5)  # the library rounds to four decimals
    assert ours.subsets == 3 * 15 * 7


@pytest.mark.parametrize("levels_at_once", [12, 1])
def test_search_by_turns_finds_what_the_whole_search_finds(
    monkeypatch: pytest.MonkeyPatch, levels_at_once: int
) -> None:
    """One characteristic at a time, with all sets of its levels or with the likely ones only, from ten starts."""
    cases = [planted(seed) for seed in range(6)]
    whole = [search(["sex", "eth", "age"], *case, tables=1) for case in cases]
    monkeypatch.setattr(subgroup_search, "MAX_SUBSETS", 1)
    monkeypatch.setattr(subgroup_search, "MAX_LEVELS", levels_at_once)

    turned = [search(["sex", "eth", "age"], *case, tables=1) for case in cases]

    for one, other in zip(whole, turned, strict=True):
        assert one is not None
        assert other is not None
        assert other.score == pytest.approx(one.score)
        assert other.levels == one.levels
        assert other.subsets is None


def test_p_of_noise_is_even() -> None:
    """Forty tables without any difference: p below a quarter about a quarter of the time (2 to 18 is beyond 3.5 sd)."""
    rng = np.random.default_rng(8)
    levels = [(s, e) for s in "fm" for e in "abc"]

    found = [search(["s", "e"], levels, [200] * 6, rng.binomial(200, 0.3, 6), tables=39, seed=i) for i in range(40)]

    assert 2 < sum(one is not None and one.p < 0.25 for one in found) < 18


def test_search_does_not_depend_on_the_order_of_combinations() -> None:
    levels, n, k = planted()
    order = np.random.default_rng(1).permutation(24)

    one = search(["sex", "eth", "age"], levels, n, k, tables=9)
    other = search(["sex", "eth", "age"], [levels[i] for i in order], n[order], k[order], tables=9)

    assert one == other


def test_too_many_combinations_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subgroup_search, "MAX_WORK", 5)

    row = tables({"subgroups": ["selection_rate"]})["subgroups"][0]

    assert row["reason"] == "too_many_levels"
    assert row["rate"] is None


def test_subgroups_of_a_plan_are_told_with_their_p() -> None:
    row = tables({"subgroups": ["selection_rate"]})["subgroups"][0]

    assert row["subset"] == {"sex": ["f"], "age": ["old"]}
    assert (row["people"], row["counted"], row["direction"]) == (60, 30, "more")
    assert row["others"] == pytest.approx((450 - 30) / (2860 - 60))
    assert row["p"] == pytest.approx(1 / 100)
    assert row["score"] > 10 > row["by_chance"]
