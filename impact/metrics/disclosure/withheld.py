"""What a public copy leaves out whole: every further count table, and all that is computed from it.

In: the names of an audit's further tables and which of its tables have rows. Out: names to withhold, in words; or a
refusal, where the rates themselves rest on a table that cannot be protected. Holds no count.
A table that nobody here has heard of is withheld like any other: to be published, a table needs a way to protect it
(protect_further.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from impact.errors import Exit, Fault, MetricError
from impact.metrics.analysis.topics import TOPICS
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate

__all__ = ["shown_texts", "to_withhold", "withheld_texts"]

_WORDS: Mapping[str, str] = {
    "scores": "figures of the score (how well it separates, calibration, thresholds)",
    "strata": "comparisons within strata",
    "periods": "figures by period and version",
    "times": "review times",
    "reviewers": "figures of reviewers",
    "reviewer_spread": "how far reviewers differ",
    "joint": "scorers compared case by case",
    "bands": "figures by risk band",
    "searches": "searches of the list (errors by group, ranks, failures)",
    "amounts": "errors of predicted amounts",
    "classes": "errors of predicted classes",
    "joint_scores": "two scores compared on the same cases",
    "proxies": "how well columns give a characteristic away",
    "population": "shares of the population",
}


def to_withhold(plan: AuditPlan, aggregates: Iterable[str], tables: Mapping[str, Any]) -> tuple[str, ...]:
    """What the exact audit has and its public copy cannot have.

    Args:
        plan: The plan.
        aggregates: Names of the further count tables.
        tables: ``tables`` of the exact findings.

    Returns:
        Names of the further count tables, then of tables with rows that belong to none of them, because they are
        computed from the cells themselves.

    Raises:
        MetricError: D93 with exit status 6, where rates or intervals of the audit rest on weights, or on people with
            several rows: computed again from protected cells alone they would be other figures.
    """
    named = sorted(aggregates)
    weight = plan.columns.weight
    rest_on = {
        "sampling weights": (weight is not None and weight.kind == "sampling") or "weights" in named,
        "people with several rows": plan.unit.person_id is not None,
    }
    faults = [
        Fault(
            "publish",
            f"the figures rest on {what}, for which no way to protect them is known",
            "an audit whose figures follow from its cells",
            "Publish an audit without them, or ask for a release by hand",
            "D93",
            Exit.DISCLOSURE,
        )
        for what, so in rest_on.items()
        if so
    ]
    if faults:
        raise MetricError(faults)
    own = [names for _, names in TOPICS if not set(names) & set(named)]
    return (*named, *(name for names in own for name in names if tables.get(name)))


def withheld_texts(names: Iterable[str]) -> list[str]:
    """Each name in words, for the page.

    >>> withheld_texts(["strata", "override_rows"])
    ['comparisons within strata', 'table “override rows”']
    """
    return [_WORDS.get(name, f"table “{name.replace('_', ' ')}”") for name in names]


def shown_texts(tables: Mapping[str, Aggregate]) -> list[str]:
    """Each protected further table in words, with how finely it is kept."""
    found = []
    for name, table in tables.items():
        values = table.about["values"]
        kept = ""
        if name == "periods":
            kept = f" (by {table.about['period']})"
        elif name == "scores":
            kept = f" (in {len(table.about['edges']) - 1} bins)"
        elif name == "strata":
            kept = f" ({', '.join(values)})"
        found.append(f"{_WORDS[name]}{kept}")
    return found
