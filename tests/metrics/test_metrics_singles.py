"""Scores and scorers are counted by one characteristic at a time, and every figure stays what it was.

The earlier form, all characteristics as keys together, is made here from the rows by pandas.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from impact import audit
from impact.assessment.recompute import recompute
from impact.canonical import canonical_json
from impact.errors import MetricError
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.score_counts import ScoreCounts
from impact.metrics.tables.score_scale import Scale
from impact.metrics.tables.singles import BY, rows_of
from impact.settings import Settings

GROUPS = ("eth", "sex", "age")
PLAN = audit.plan_of(
    {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "p",
        "source": {"kind": "parquet", "path": "x.parquet"},
        "columns": {
            "decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged", "scorer": "A"},
            "outcome": {"name": "y", "yes": [1], "no": [0], "label": "found"},
            "score": {"name": "risk", "higher_means": "more", "probability": True},
            "also": {"zed": {"name": "b", "yes": [1], "no": [0], "label": "B"}},
        },
        "groups": {key: {"name": key} for key in GROUPS},
        "intersections": [["eth", "sex"]],
        "plan": {
            "primary": ["fpr", "fnr"],
            "thresholds": [0.2, 0.4],
            "also": {"scores": ["distances", "abroca", "exposure", "roc", "calibration"], "capacity": [300]},
        },
    }
)


def people(size: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    risk = rng.integers(0, 101, size) / 100
    return pd.DataFrame(
        {
            "eth": rng.choice(["a", "b", "c"], size, p=[0.6, 0.35, 0.05]),
            "sex": rng.choice(["f", "m"], size),
            "age": rng.choice(["1", "2", "3", "4"], size),
            "risk": risk,
            "y": (rng.random(size) < risk).astype(int),
            "b": (rng.random(size) < 0.3).astype(int),
            "d": (risk >= 0.4).astype(int),
        }
    )


def earlier(counted: audit.Counted, frame: pd.DataFrame) -> dict[str, Aggregate]:
    """Both tables with every characteristic as a key, as they were counted before."""
    about = {key: value for key, value in counted.aggregates["scores"].about.items() if key not in BY}
    scale = Scale.from_about(about)
    assert scale is not None
    unit = about["unit"]
    one, two = np.floor(frame["risk"] * unit + 0.5), np.floor(frame["risk"] ** 2 * unit + 0.5)
    codes = {key: frame[key].to_numpy(object) for key in GROUPS} | {"outcome": frame["y"], "decision": frame["d"]}
    n = np.ones(len(frame), dtype=int)
    bins = {"bin": scale.index(frame["risk"])}
    scores = Aggregate.of("scores", codes | bins, {"n": n, "s1": one.astype(int), "s2": two.astype(int)}, about)
    joint = Aggregate.of("joint", codes | {"zed": frame["b"]}, {"n": n}, {"scorers": ["zed"]})
    return {"scores": scores, "joint": joint}


def block(counted: audit.Counted, aggregates: dict[str, Aggregate]) -> dict[str, Any]:
    found = audit.analyse(PLAN, counted.cells, aggregates=aggregates).to_json(created="", tool_version="")
    loaded: dict[str, Any] = json.loads(canonical_json(found))
    return loaded


def test_every_figure_is_that_of_the_joint_tables() -> None:
    frame = people()
    counted = audit.count_frame(PLAN, frame)
    before, after = block(counted, earlier(counted, frame)), block(counted, dict(counted.aggregates))

    assert {len(before["tables"][name]) > 0 for name in ("scores", "sweep", "curves", "capacity", "scorers")} == {True}
    assert before["tables"] == after["tables"]
    assert before["checks"] == after["checks"]
    assert before["not_computed"] == after["not_computed"]


def test_no_row_names_more_than_one_characteristic_and_all_of_them_add_up() -> None:
    counted = audit.count_frame(PLAN, people())

    for name in ("scores", "joint"):
        table = counted.aggregates[name]
        assert set(table.keys) & set(GROUPS) == set()
        assert [int(table.measures["n"][rows_of(table, keys)[0]].sum()) for keys in ((), ("eth",), ("age",))] == [
            3000
        ] * 3


def test_a_record_with_tables_of_the_earlier_form_still_verifies() -> None:
    frame = people()
    counted = audit.count_frame(PLAN, frame)
    held = earlier(counted, frame)
    record = json.loads(canonical_json({"audit": block(counted, held)}))

    attached = {name: table.to_parquet() for name, table in held.items()}
    found = recompute(record, counted.cells.to_parquet(), settings=Settings(), aggregates=attached)

    assert [each.same for each in found] == [True, True]


def test_two_characteristics_together_are_refused_and_other_people_are_noticed() -> None:
    counted = audit.count_frame(PLAN, people())
    with pytest.raises(MetricError) as refused:
        ScoreCounts(counted.aggregates["scores"]).by_group("eth", "sex")
    others = audit.count_frame(PLAN, people(2_999)).aggregates
    with pytest.raises(MetricError) as wrong:
        audit.analyse(PLAN, counted.cells, aggregates={**counted.aggregates, "scores": others["scores"]}).to_json(
            created="", tool_version=""
        )

    assert [fault.code for fault in refused.value.faults] == ["D160"]
    assert [fault.code for fault in wrong.value.faults] == ["D91"]
