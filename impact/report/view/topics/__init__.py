"""Topics of an audit beside its rates: one module each, from the tables of findings.json to a section of the report.

In: the audit block of a cleaned record. Out: ``Topic`` for each that has something to show. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from impact.report.model import Topic
from impact.report.view.parts import Numbering
from impact.report.view.standing import standing
from impact.report.view.topics.amounts import make_amounts
from impact.report.view.topics.bands import make_bands
from impact.report.view.topics.classes import make_classes
from impact.report.view.topics.intersections import make_intersections
from impact.report.view.topics.measures import make_measures
from impact.report.view.topics.periods import make_periods
from impact.report.view.topics.population import make_population
from impact.report.view.topics.proxies import make_proxies
from impact.report.view.topics.review import make_review
from impact.report.view.topics.review_times import make_review_times
from impact.report.view.topics.score_shapes import make_score_shapes
from impact.report.view.topics.scorer_areas import make_scorer_areas
from impact.report.view.topics.scorers import make_scorers
from impact.report.view.topics.scores import make_scores
from impact.report.view.topics.searches import make_searches
from impact.report.view.topics.strata import make_strata
from impact.report.view.topics.subgroups import make_subgroups
from impact.report.view.topics.trade_offs import make_label_error, make_trade_offs
from impact.report.view.topics.versions import make_versions

__all__ = ["PLAIN", "make_topics"]

# In the order of the report; the same order as impact/metrics/analysis/topics.
_MAKERS: tuple[Callable[[Mapping[str, Any], Numbering], Topic | None], ...] = (
    make_scores,
    make_score_shapes,
    make_searches,
    make_scorers,
    make_scorer_areas,
    make_bands,
    make_amounts,
    make_classes,
    make_periods,
    make_versions,
    make_review,
    make_review_times,
    make_strata,
    make_population,
    make_measures,
    make_trade_offs,
    make_label_error,
    make_intersections,
    make_subgroups,
    make_proxies,
)

_ALLOWS = (make_searches,)  # whose intervals allow for several rows of one person, and which say so themselves
# What a reader must know of tables that take every row as one person, where the plan says otherwise.
PLAIN: Mapping[str, str] = {
    "weights": "The tables of this section count rows as they are: the weights are not used here.",
    "people": (
        "The intervals of this section take rows as independent. Several rows can be one person here, so they are "
        "narrower than they should be."
    ),
}


def make_topics(audit: Mapping[str, Any], number: Numbering) -> tuple[Topic, ...]:
    """Every topic that this audit has; none for a table without rows."""
    plain = PLAIN.get(standing(audit))
    made = []
    for make in _MAKERS:
        topic = make(audit, number)
        if topic is not None and plain and make not in _ALLOWS:
            topic = replace(topic, paragraphs=(*topic.paragraphs, plain))
        made += [topic] if topic is not None else []
    return tuple(made)
