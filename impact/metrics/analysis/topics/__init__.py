"""Topics: what further columns of the data show beside the rates; one module each, a pure function of counts.

In: ``Inputs``: plan, cells, groups and the further count tables. Out: rows for ``tables`` of findings.json, by name.
A topic that the plan does not ask for gives empty lists. To add one: a module here with a function from ``Inputs`` to
rows, its line in ``TOPICS``, its words in impact/report/view/topics, its rows in docs/record.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.intersections import intersection_tables
from impact.metrics.analysis.topics.measures import measure_tables
from impact.metrics.analysis.topics.score_shapes import NAMES as SHAPES
from impact.metrics.analysis.topics.score_shapes import score_shape_tables
from impact.metrics.analysis.topics.scores import score_tables
from impact.metrics.analysis.topics.subgroups import subgroup_tables
from impact.metrics.analysis.topics.trade_offs import trade_off_tables

__all__ = ["TABLES", "TOPICS", "Inputs", "topic_tables"]

Rows = list[dict[str, Any]]

# In the order of the report. Each function names the tables that it fills, so that a table without rows is still there.
TOPICS: tuple[tuple[Callable[[Inputs], dict[str, Rows]], tuple[str, ...]], ...] = (
    (score_tables, ("scores", "calibration", "sweep")),
    (score_shape_tables, SHAPES),
    (measure_tables, ("measures", "measure_gaps", "measures_across")),
    (trade_off_tables, ("trade_offs", "label_error")),
    (intersection_tables, ("intersections",)),
    (subgroup_tables, ("subgroups",)),
)
TABLES: tuple[str, ...] = tuple(name for _, names in TOPICS for name in names)


def topic_tables(inputs: Inputs) -> Mapping[str, Rows]:
    """The rows of every topic, by table name, in the order of ``TABLES``."""
    tables: dict[str, Rows] = {name: [] for name in TABLES}
    for make, _ in TOPICS:
        tables |= make(inputs)
    return tables
