"""Tables of a score, from rows to the printed page. Expected values by hand, or by scikit-learn on the rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from impact import audit
from impact.errors import MetricError
from impact.metrics.plans.plan_file import plan_of


def plan(**more: Any) -> audit.AuditPlan:
    columns = {
        "decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
        "outcome": {"name": "found", "yes": [1], "no": [0], "label": "upheld"},
        "score": {"name": "risk", "higher_means": "more likely to be flagged", "probability": True},
        **more.pop("columns", {}),
    }
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody scored",
            "source": {"kind": "parquet", "path": "people.parquet"},
            "columns": columns,
            "groups": {"g": {"name": "g"}},
            "plan": {"primary": ["selection_rate"], "thresholds": [0.5]},
            **more,
        }
    )


def people(size: int = 4_000) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    risk = rng.integers(0, 101, size) / 100
    g = rng.choice(["a", "b"], size, p=[0.7, 0.3])
    found = (rng.random(size) < np.where(g == "a", risk, risk / 2)).astype(int)
    return pd.DataFrame({"g": g, "risk": risk, "flag": (risk >= 0.5).astype(int), "found": found})


def tables(frame: pd.DataFrame, made: audit.AuditPlan) -> dict[str, list[dict[str, Any]]]:
    counted = audit.count_frame(made, frame)
    result = audit.analyse(made, counted.cells, aggregates=counted.aggregates)
    data = json.loads(json.dumps(result.to_json(created="", tool_version="")))
    found: dict[str, list[dict[str, Any]]] = data["tables"]
    return found


def test_areas_are_those_of_the_rows() -> None:
    frame = people()

    rows = {row["group"].get("g", ""): row for row in tables(frame, plan())["scores"]}

    for group, part in (("", frame), ("a", frame[frame["g"] == "a"]), ("b", frame[frame["g"] == "b"])):
        assert rows[group]["auc"]["value"] == pytest.approx(roc_auc_score(part["found"], part["risk"]), abs=1e-12)
        assert rows[group]["auc"]["binning"] == 0.0  # 101 scores, each with a row of its own
        assert rows[group]["brier"]["value"] == pytest.approx(brier_score_loss(part["found"], part["risk"]), abs=1e-7)


def test_what_bins_leave_open_is_said_where_there_are_bins() -> None:
    frame = people()
    rng = np.random.default_rng(6)
    many = frame.assign(risk=(frame["risk"] * 0.99 + rng.random(len(frame)) * 0.01).round(6))  # thousands of values

    row = tables(many, plan())["scores"][0]
    off = abs(row["auc"]["value"] - roc_auc_score(many["found"], many["risk"]))
    assert 0 < off <= row["auc"]["binning"] < 0.01


def test_cross_areas_take_true_cases_of_one_side() -> None:
    frame = people()
    own = frame[(frame["g"] == "b") & (frame["found"] == 1)]["risk"]
    others = frame[(frame["g"] == "a") & (frame["found"] == 0)]["risk"]
    scores = np.concatenate([own, others])
    truth = np.concatenate([np.ones(len(own)), np.zeros(len(others))])

    row = next(row for row in tables(frame, plan())["scores"] if row["group"] == {"g": "b"})

    assert row["auc_true_cases_against_others"]["value"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


def test_scores_too_high_for_a_group_show_in_the_large() -> None:
    """b's true share is half its score: about one person with the outcome for every two that the scores expect."""
    rows = {row["group"].get("g", ""): row for row in tables(people(), plan())["scores"]}

    assert rows["a"]["observed_over_expected"]["ci"][0] < 1 < rows["a"]["observed_over_expected"]["ci"][1]
    assert rows["b"]["observed_over_expected"]["ci"][1] < 0.65


def test_threshold_cuts_the_counts_where_the_decision_does() -> None:
    frame = people()
    flagged = frame["risk"] >= 0.5

    row = next(row for row in tables(frame, plan())["sweep"] if row["group"] == {})

    assert row["tp"] == int((flagged & (frame["found"] == 1)).sum())
    assert row["fp"] == int((flagged & (frame["found"] == 0)).sum())
    assert row["selection_rate"]["k"] == int(flagged.sum())


def test_outcomes_known_only_after_a_yes_give_no_area() -> None:
    outcome = {"name": "found", "yes": [1], "no": [0], "label": "upheld", "observed_when": "decision_yes"}

    found = tables(people(), plan(columns={"outcome": outcome}))

    assert [row["auc"]["reason"] for row in found["scores"]] == ["outcome_not_observed"]
    assert found["calibration"] == found["sweep"] == []


def test_small_counts_by_score_are_among_those_that_the_page_warns_of() -> None:
    """Counts by score, group, outcome and decision, worked out from the rows."""
    counted = audit.count_frame(plan(), people())
    data = audit.analyse(plan(), counted.cells, aggregates=counted.aggregates).to_json(created="", tool_version="")

    by_score = counted.aggregates["scores"].measures["n"]
    small = sum(cell.n < 10 for cell in counted.cells) + int((by_score < 10).sum())
    assert int((by_score < 10).sum()) > 0
    assert data["disclosure"]["cells"] == len(counted.cells.rows) + len(by_score)
    assert data["disclosure"]["small_cells"] == small


def test_without_a_score_the_tables_are_empty() -> None:
    whole = plan().to_json()
    columns = {key: value for key, value in whole["columns"].items() if key != "score" and value}
    made = audit.plan_of({**whole, "columns": columns, "plan": {"primary": ["selection_rate"]}})

    found = tables(people(), made)

    assert found["scores"] == found["calibration"] == found["sweep"] == []


@pytest.mark.parametrize(
    ("key", "more"),
    [
        (
            "population",
            {
                "columns": {"weight": {"name": "w", "kind": "sampling"}},
                "population": {"file": "census.csv", "by": ["g"]},
            },
        ),
        ("columns.weight", {"columns": {"weight": {"name": "w", "kind": "sampling"}}, "unit": {"person_id": "who"}}),
    ],
)
def test_what_no_figure_uses_is_refused(key: str, more: dict[str, Any]) -> None:
    made = plan(**more)
    cells = audit.count_frame(plan(), people()).cells

    with pytest.raises(MetricError) as caught:
        audit.analyse(made, cells)

    assert [fault.code for fault in caught.value.faults] == ["E118"]
    assert key in caught.value.faults[0].where
