"""Shapes of scores, from rows to the tables and the page. Expected values by scipy, scikit-learn and statsmodels on the
rows, or by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import logit
from scipy.stats import chi2, ks_2samp, permutation_test, wasserstein_distance
from sklearn.metrics import roc_curve

from impact import audit
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.scores.chance import distances_by_chance
from impact.report.view.parts import Numbering
from impact.report.view.topics.score_shapes import make_score_shapes


def plan(also: dict[str, Any], *, outcome: dict[str, Any] | None = None, **decision: Any) -> audit.AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": {
                "decision": {"from": "risk", "threshold": 0.5, "effect": "burden", "label": "flagged", **decision},
                "outcome": {"name": "found", "yes": [1], "no": [0], "label": "upheld", **(outcome or {})},
                "score": {"name": "risk", "higher_means": "more likely to be flagged", "probability": True},
            },
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": ["selection_rate"], "thresholds": [0.3], "also": also},
        }
    )


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    size = 3_000
    g = rng.choice(["a", "b", "c"], size, p=[0.5, 0.3, 0.2])
    risk = np.clip(rng.integers(1, 100, size) + np.where(g == "b", 10, 0), 1, 99) / 100
    found = (rng.random(size) < np.where(g == "b", risk * 0.7, risk)).astype(int)
    return pd.DataFrame({"g": g, "risk": risk, "found": found})


def audited(frame: pd.DataFrame, made: audit.AuditPlan) -> dict[str, Any]:
    counted = audit.count_frame(made, frame)
    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    data: dict[str, Any] = json.loads(json.dumps(result.to_json(created="", tool_version=""), allow_nan=False))
    return data


@pytest.fixture(scope="module")
def whole(people: pd.DataFrame) -> dict[str, Any]:
    also = {"scores": ["distances", "abroca", "exposure", "roc", "calibration"], "capacity": [300, 5_000]}
    return audited(people, plan(also))


def of(rows: list[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["group"] == ({"g": group} if group else {})]


def test_distances_are_those_of_scipy_on_rows(whole: dict[str, Any], people: pd.DataFrame) -> None:
    own, others = (people[mask]["risk"] for mask in (people["g"] == "b", people["g"] != "b"))
    cuts = np.sort(people["risk"].to_numpy())
    cuts = cuts[cuts > cuts[0]]

    row = of(whole["tables"]["score_distances"], "b")[0]

    assert row["kolmogorov_smirnov"]["value"] == pytest.approx(ks_2samp(own, others).statistic, abs=1e-12)
    assert row["wasserstein"]["value"] == pytest.approx(wasserstein_distance(own, others), abs=1e-12)
    gaps = [abs((own >= cut).mean() - (others >= cut).mean()) for cut in cuts]
    assert row["mean_parity_gap"]["value"] == pytest.approx(np.mean(gaps), abs=1e-12)
    assert row["kolmogorov_smirnov"]["p"] == pytest.approx(1 / 200)


def test_chance_is_that_of_shuffled_rows() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 20, 60), rng.integers(2, 20, 90)
    shuffled = permutation_test(
        (one, other), wasserstein_distance, n_resamples=500, alternative="greater", rng=np.random.default_rng(2)
    )
    counts = [np.bincount(x, minlength=20) for x in (one, other)]

    found = distances_by_chance(*counts, positions=np.arange(20), weights=(counts[0] + counts[1])[1:], draws=2_000)

    assert found is not None
    assert found[1].mean == pytest.approx(np.mean(shuffled.null_distribution), rel=0.1)
    assert found[1].p == pytest.approx(shuffled.pvalue, abs=0.06)


def test_area_between_curves_is_that_of_scikit_learn_curves(whole: dict[str, Any], people: pd.DataFrame) -> None:
    sides = [people[people["g"] == "b"], people[people["g"] != "b"]]
    curves = [roc_curve(side["found"], side["risk"], drop_intermediate=False)[:2] for side in sides]
    at = np.linspace(0, 1, 400_001)
    gap = np.abs(np.interp(at, *curves[0]) - np.interp(at, *curves[1]))

    row = of(whole["tables"]["score_distances"], "b")[0]

    assert row["abroca"]["value"] == pytest.approx(np.trapezoid(gap, at), abs=1e-4)
    assert 0 < row["abroca"]["by_chance"] < 0.05


def test_curve_points_are_those_of_the_rows(whole: dict[str, Any], people: pd.DataFrame) -> None:
    part = people[people["g"] == "c"]

    rows = of(whole["tables"]["curves"], "c")

    assert {row["threshold"] for row in rows if row["declared"]} == {0.3, 0.5}
    for row in rows:
        above = part["risk"] >= row["threshold"]
        assert row["tpr"] == pytest.approx(above[part["found"] == 1].mean())
        assert row["fpr"] == pytest.approx(above[part["found"] == 0].mean())
        assert row["selection_rate"] == pytest.approx(above.mean())
    positives = int(part["found"].sum())
    assert rows[0]["band_tpr"] == pytest.approx(np.sqrt(np.log(2 / 0.05) / (2 * positives)))


def test_calibration_line_is_that_of_a_logistic_regression_on_rows(whole: dict[str, Any], people: pd.DataFrame) -> None:
    part = people[people["g"] == "b"]
    fit = sm.Logit(part["found"].to_numpy(), sm.add_constant(logit(part["risk"].to_numpy()))).fit(disp=0)

    row = of(whole["tables"]["calibration_lines"], "b")[0]

    assert row["intercept"]["value"] == pytest.approx(fit.params[0], abs=1e-6)
    assert row["slope"]["value"] == pytest.approx(fit.params[1], abs=1e-6)
    assert row["slope"]["ci"] == pytest.approx(fit.conf_int()[1].tolist(), abs=1e-5)
    assert row["intercept"]["ci"][1] < 0


def test_hosmer_and_lemeshow_on_ten_parts_by_hand(whole: dict[str, Any], people: pd.DataFrame) -> None:
    table = people.groupby("risk")["found"].agg(["size", "sum"]).reset_index()
    middle = (table["size"].cumsum() - table["size"] / 2) / table["size"].sum()
    table["part"] = np.minimum((middle * 10).astype(int), 9)
    table["expected"] = table["risk"] * table["size"]
    parts = table.groupby("part")[["size", "sum", "expected"]].sum()
    variance = parts["expected"] * (1 - parts["expected"] / parts["size"])
    statistic = ((parts["sum"] - parts["expected"]) ** 2 / variance).sum()

    found = of(whole["tables"]["calibration_lines"], "")[0]["hosmer_lemeshow"]

    assert found["degrees"] == 10
    assert found["statistic"] == pytest.approx(statistic, rel=1e-6)
    assert found["p"] == pytest.approx(chi2.sf(statistic, 10), rel=1e-5)


def test_places_go_to_the_highest_scores_and_ties_give_a_range(whole: dict[str, Any], people: pd.DataFrame) -> None:
    rows = [row for row in whole["tables"]["capacity"] if row["k"] == 300]
    cut = people["risk"].sort_values(ascending=False).iloc[299]
    surely, perhaps = people[people["risk"] > cut], people[people["risk"] >= cut]

    for row in rows:
        group = row["group"]["g"]
        low, high = row["selected"]["low"], row["selected"]["high"]
        assert (surely["g"] == group).sum() <= low <= high <= (perhaps["g"] == group).sum()
    assert sum(row["selected"]["low"] for row in rows) <= 300 <= sum(row["selected"]["high"] for row in rows)
    b = next(row for row in rows if row["group"] == {"g": "b"})
    assert b["for_its_size"]["low"] == pytest.approx(b["selected"]["low"] / 300 / (b["people"] / 3_000))


def test_a_capacity_above_everybody_is_said(whole: dict[str, Any]) -> None:
    rows = [row for row in whole["tables"]["capacity"] if row["k"] == 5_000]

    assert [row["reason"] for row in rows] == ["everybody_reached"]


def test_a_threshold_that_is_the_best_on_these_data_is_flagged() -> None:
    """Everybody at or above 0.5 has the outcome and nobody below: no threshold does better."""
    frame = pd.DataFrame({"g": ["a", "b"] * 4, "risk": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]})
    frame["found"] = (frame["risk"] >= 0.5).astype(int)

    found = audited(frame, plan({"scores": ["roc"]}))["tables"]["optimal_thresholds"]

    assert {row["threshold"]: row["optimum"] for row in found} == {0.3: [], 0.5: ["youden", "accuracy", "f1"]}


def test_a_threshold_under_the_strict_rule_is_found_in_its_place() -> None:
    """Above 0.4 means from 0.5 on: the same best cut, named by another threshold."""
    frame = pd.DataFrame({"g": ["a", "b"] * 4, "risk": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]})
    frame["found"] = (frame["risk"] >= 0.5).astype(int)

    found = audited(frame, plan({"scores": ["roc"]}, rule=">", threshold=0.4))["tables"]["optimal_thresholds"]

    assert {row["threshold"]: row["optimum"] for row in found} == {0.3: [], 0.4: ["youden", "accuracy", "f1"]}


def test_outcomes_known_only_after_a_yes_leave_what_needs_none(people: pd.DataFrame) -> None:
    also = {"scores": ["distances", "abroca", "exposure", "roc", "calibration"], "capacity": [300]}

    found = audited(people, plan(also, outcome={"observed_when": "decision_yes"}))["tables"]

    assert all(row["kolmogorov_smirnov"]["value"] is not None for row in found["score_distances"])
    assert {row["abroca"]["reason"] for row in found["score_distances"]} == {"outcome_not_observed"}
    assert {row["tpr"] for row in found["curves"]} == {None}
    assert {row["slope"]["reason"] for row in found["calibration_lines"]} == {"outcome_not_observed"}
    assert {row["precision"]["low"] for row in found["capacity"]} == {None}
    assert all(row["selected"]["low"] is not None for row in found["capacity"])
    assert found["optimal_thresholds"] == []


def test_charts_say_their_numbers_in_words(whole: dict[str, Any]) -> None:
    made = make_score_shapes(whole, Numbering())

    assert made is not None
    roc, calibration = made.figures
    assert "<title>ROC curves by g" in roc.drawing
    point = next(row for row in of(whole["tables"]["curves"], "b") if row["threshold"] == 0.5)
    assert f"{point['fpr'] * 100:.1f}% and {point['tpr'] * 100:.1f}%" in roc.drawing
    assert "stroke-dasharray" in calibration.drawing
    assert {table.caption.split()[0] for table in made.tables} >= {"Calibration", "How", "Area", "If"}
