"""Topics: what further columns of the data show beside the rates; one module each, a pure function of counts.

In: ``Inputs``: plan, cells, groups and the further count tables. Out: rows for ``tables`` of findings.json, by name.
A topic that the plan does not ask for has no tables. To add one: a module here with a function from ``Inputs`` to
rows, its line in ``TOPICS``, its words in impact/report/view/topics, its rows in docs/record.md.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from impact.metrics.analysis.topics.amounts import AMOUNT_TABLES, amount_tables
from impact.metrics.analysis.topics.bands import BAND_TABLES, band_tables
from impact.metrics.analysis.topics.classes import CLASS_TABLES, class_tables
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.intersections import intersection_tables
from impact.metrics.analysis.topics.measures import measure_tables
from impact.metrics.analysis.topics.periods import PERIOD_TABLES, period_tables
from impact.metrics.analysis.topics.population import population_tables
from impact.metrics.analysis.topics.proxies import PROXY_TABLES, proxy_tables
from impact.metrics.analysis.topics.review import TABLES as REVIEW
from impact.metrics.analysis.topics.review import review_tables
from impact.metrics.analysis.topics.score_shapes import NAMES as SHAPES
from impact.metrics.analysis.topics.score_shapes import score_shape_tables
from impact.metrics.analysis.topics.scorer_areas import AREA_TABLES, area_tables
from impact.metrics.analysis.topics.scorers import scorer_tables
from impact.metrics.analysis.topics.scores import score_tables
from impact.metrics.analysis.topics.searches import TABLES as SEARCHES
from impact.metrics.analysis.topics.searches import search_tables
from impact.metrics.analysis.topics.strata import strata_tables
from impact.metrics.analysis.topics.subgroups import subgroup_tables
from impact.metrics.analysis.topics.trade_offs import trade_off_tables
from impact.metrics.plans.plan import AuditPlan

__all__ = ["ALWAYS", "TABLES", "TOPICS", "Inputs", "not_counted", "topic_tables"]

Rows = list[dict[str, Any]]

# In the order of the report. Each function names the tables that it fills.
TOPICS: tuple[tuple[Callable[[Inputs], dict[str, Rows]], tuple[str, ...]], ...] = (
    (score_tables, ("scores", "calibration", "sweep")),
    (score_shape_tables, SHAPES),
    (band_tables, BAND_TABLES),
    (amount_tables, AMOUNT_TABLES),
    (class_tables, CLASS_TABLES),
    (period_tables, PERIOD_TABLES),
    (review_tables, REVIEW),
    (strata_tables, ("strata", "strata_levels", "stratified", "conditional_disparity")),
    (population_tables, ("population", "disproportion")),
    (search_tables, SEARCHES),
    (scorer_tables, ("scorer_coverage", "scorers", "scorer_gaps", "scorer_dominance", "scorer_tests")),
    (area_tables, AREA_TABLES),
    (measure_tables, ("measures", "measure_gaps", "measures_across")),
    (trade_off_tables, ("trade_offs", "label_error")),
    (intersection_tables, ("intersections",)),
    (subgroup_tables, ("subgroups",)),
    (proxy_tables, PROXY_TABLES),
)
TABLES: tuple[str, ...] = tuple(name for _, names in TOPICS for name in names)
# Tables of the first release stand in every findings.json, with or without rows. A later one stands only where the plan
# asks for it, so that the findings of an older plan stay the same bytes, and come out the same when computed again.
ALWAYS = ("scores", "calibration", "sweep")


def topic_tables(inputs: Inputs) -> Mapping[str, Rows]:
    """The rows of every topic that has any, by table name, in the order of ``TABLES``."""
    tables: dict[str, Rows] = {name: [] for name in ALWAYS}
    for make, names in TOPICS:
        found = make(inputs)
        if any(found.values()):
            tables |= {name: found.get(name, []) for name in names}
    return tables


def not_counted(plan: AuditPlan, aggregates: Container[str]) -> Iterator[tuple[str, str, str]]:
    """A line, in the form of ``not_computed``, for each thing that the plan declares and that was handed over without
    its counts: in a public copy, for example, which holds the cells alone."""
    asked = {"strata": bool(plan.strata), "population": plan.population is not None}
    asked["bands"] = plan.columns.band is not None
    asked |= {"searches": plan.searches is not None, "amounts": plan.columns.amount is not None}
    asked["joint_scores"] = any(scorer.score is not None for scorer in plan.columns.also.values())
    asked["classes"] = plan.columns.classes is not None
    asked["proxies"] = plan.rules.also is not None and bool(plan.rules.also.proxies)
    for name, wanted in asked.items():
        if wanted and name not in aggregates:
            yield "", "not_counted", f"{name}: declared in the plan, but its counts are not part of this audit"
