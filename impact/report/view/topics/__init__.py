"""Topics of an audit beside its rates: one module each, from the tables of findings.json to a section of the report.

In: the audit block of a cleaned record. Out: ``Topic`` for each that has something to show. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impact.report.model import Topic
from impact.report.view.parts import Numbering
from impact.report.view.topics.intersections import make_intersections
from impact.report.view.topics.measures import make_measures
from impact.report.view.topics.score_shapes import make_score_shapes
from impact.report.view.topics.scores import make_scores
from impact.report.view.topics.subgroups import make_subgroups
from impact.report.view.topics.trade_offs import make_label_error, make_trade_offs

__all__ = ["make_topics"]

# In the order of the report; the same order as impact/metrics/analysis/topics.
_MAKERS: tuple[Callable[[Mapping[str, Any], Numbering], Topic | None], ...] = (
    make_scores,
    make_score_shapes,
    make_measures,
    make_trade_offs,
    make_label_error,
    make_intersections,
    make_subgroups,
)


def make_topics(audit: Mapping[str, Any], number: Numbering) -> tuple[Topic, ...]:
    """Every topic that this audit has; none for a table without rows."""
    made = (make(audit, number) for make in _MAKERS)
    return tuple(topic for topic in made if topic is not None)
