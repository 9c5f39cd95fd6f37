"""Comparisons: which group is compared with whom, on what, and whether that can be done at all.

In: a plan, groupings and rates. Out: comparisons, each with its two tallies and, where no verdict is possible, why.
Knows no intervals. Every known group is compared, also groups that nobody belongs to, so that no declared group
disappears; people whose membership is not known are on neither side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from impact.metrics.analysis.catalogue import CATALOGUE, Reason, computable, mirror_family
from impact.metrics.analysis.levels import Group, Grouping
from impact.metrics.analysis.rates import Rate
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan

__all__ = ["Comparison", "Pending", "comparisons"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is compared with whom, on what.

    Attributes:
        group: The group.
        reference: Value of the named reference group; None for "those who do not share it".
        metric: Metric key.
        role: ``primary`` or ``exploratory``.
        same_as: Equal for two comparisons that are one test: a characteristic with two values, seen from either side.
    """

    group: Group
    reference: str | None
    metric: str
    role: Literal["primary", "exploratory"]
    same_as: frozenset[Any]

    @property
    def test(self) -> tuple[frozenset[Any], str]:
        """One name for all comparisons that test the same thing."""
        return self.same_as, mirror_family(self.metric)

    def comparator_json(self) -> dict[str, str]:
        if self.reference is None:
            return {"kind": "not_sharing"}
        return {"kind": "reference", "value": self.reference}


Pending = tuple[Comparison, Tally, Tally, Reason | None]


def comparisons(
    plan: AuditPlan, groupings: tuple[Grouping, ...], *, rates: dict[tuple[Group, str], Rate]
) -> Iterator[Pending]:
    """Every comparison with its two tallies and what forbids a verdict: the primary ones first, in the plan's order."""
    keys = computable(plan)
    first: list[str] = [key for key in plan.rules.primary if key in keys]
    rest = [key for key in keys if key not in first]
    single = [part for part in groupings if len(part.keys) == 1]
    crossed = [part for part in groupings if len(part.keys) > 1]
    runs: list[tuple[list[str], list[Grouping], Literal["primary", "exploratory"]]] = [
        (first, single, "primary"),
        (rest, single, "exploratory"),
        ([*first, *rest], crossed, "exploratory"),
    ]
    for metrics, parts, role in runs:
        for metric in metrics:
            for part in parts:
                if not part.too_many:
                    yield from _of_grouping(plan, part, metric, role, rates)


def _of_grouping(
    plan: AuditPlan,
    part: Grouping,
    metric: str,
    role: Literal["primary", "exploratory"],
    rates: dict[tuple[Group, str], Rate],
) -> Iterator[Pending]:
    reference = plan.comparator.also.get(part.keys[0]) if len(part.keys) == 1 else None
    known = [group for group in part.groups() if not part.is_unknown(group)]
    # A declared group that nobody belongs to changes no side: without it, two groups are one test and not two.
    inhabited = frozenset(group for group in known if part.of(group).n)
    for group in known:
        others = inhabited - {group}
        same = frozenset({frozenset({group}), others})
        own = part.of(group)
        yield _pending(Comparison(group, None, metric, role, same), own, part.complement(group), rates)
        if reference is not None and group != ((part.keys[0], reference),):
            named: Group = ((part.keys[0], reference),)
            same = frozenset({frozenset({group}), frozenset({named})})
            yield _pending(Comparison(group, reference, metric, role, same), own, part.of(named), rates)


def _pending(comparison: Comparison, own: Tally, others: Tally, rates: dict[tuple[Group, str], Rate]) -> Pending:
    """Set what forbids a verdict before any interval is looked at."""
    metric = CATALOGUE[comparison.metric]
    hidden = rates[comparison.group, comparison.metric].reason
    if own.n == 0 or others.n == 0:
        return comparison, own, others, "empty_cell"
    if hidden in ("outcome_not_observed", "group_not_observed"):
        return comparison, own, others, hidden
    reason = metric.undefined_because(own) or metric.undefined_because(others)
    if reason is None and comparison.metric == "selection_rate":
        # Nobody selected, or everybody, on both sides: there is no decision to compare (bad_input.md, D24).
        if own.yes + others.yes == 0:
            reason = "nobody_flagged"
        elif own.no + others.no == 0:
            reason = "everybody_flagged"
    return comparison, own, others, reason
