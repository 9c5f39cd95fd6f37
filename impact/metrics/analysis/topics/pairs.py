"""Pairs: each group with those it is compared with, as in the disparities, for every topic that compares.

In: a plan and groupings. Out: group, comparator and both tallies; which groupings are narrow enough. Knows no figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod

from impact.metrics.analysis.levels import Group, Grouping
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan

__all__ = ["narrow", "pairs_of", "table_of", "too_wide"]

# Each group costs some hundredths of a second where intervals are drawn, in an audit and in every ``impact verify``.
MOST_GROUPS = 100  # of one characteristic
MOST_TOGETHER = 300  # of all characteristics, in the plan's order
MOST_COMBINATIONS = 500  # of one intersection
MOST_COMBINATIONS_TOGETHER = 2_000  # of all intersections

Pair = tuple[Group, dict[str, str] | None, Tally, Tally | None]


def narrow(parts: Iterable[Grouping], *, crossed: bool = False) -> list[Grouping]:
    """The characteristics (or intersections) that further figures are made of: not those with too many groups.

    Args:
        parts: All groupings of an audit.
        crossed: The intersections instead of the single characteristics.
    """
    each, together = (MOST_COMBINATIONS, MOST_COMBINATIONS_TOGETHER) if crossed else (MOST_GROUPS, MOST_TOGETHER)
    kept, used = [], 0
    for part in parts:
        size = prod(len(values) for values in part.levels)
        if (len(part.keys) > 1) == crossed and size <= each and used + size <= together:
            kept.append(part)
            used += size
    return kept


def too_wide(plan: AuditPlan, parts: Sequence[Grouping]) -> list[Grouping]:
    """The groupings that have too many groups for the further figures that the plan asks for; named in the report."""
    also = plan.rules.also
    single, crossed = any((plan.columns.band, plan.columns.amount, plan.columns.classes)), False
    if also is not None:
        single |= bool(also.measures or also.trade_offs or also.label_error or also.scores or also.capacity)
        single |= bool(also.proxies)
        crossed = bool(also.intersections)
    kept = [*(narrow(parts) if single else ()), *(narrow(parts, crossed=True) if crossed else ())]
    asked = [part for part in parts if (crossed if len(part.keys) > 1 else single)]
    return [part for part in asked if part not in kept]


def pairs_of(plan: AuditPlan, part: Grouping) -> Iterator[Pair]:
    """Every group with those known not to share it, and with the named reference group where there is one.

    Yields:
        Group, comparator as in JSON, the group's tally and that of the comparator. People whose group is not known are
        shown, compared with nobody: the last is then None.
    """
    reference = plan.comparator.also.get(part.keys[0]) if len(part.keys) == 1 else None
    for group in part.groups():
        own = part.of(group)
        if part.is_unknown(group):
            yield group, None, own, None
            continue
        yield group, {"kind": "not_sharing"}, own, part.complement(group)
        if reference is not None and group != ((part.keys[0], reference),):
            yield group, {"kind": "reference", "value": reference}, own, part.of(((part.keys[0], reference),))


def table_of(tally: Tally) -> tuple[float, float, float, float]:
    """TP, FP, FN, TN.

    >>> table_of(Tally(tp=3, fp=1, fn=2, tn=9, blank=7))
    (3.0, 1.0, 2.0, 9.0)
    """
    return float(tally.tp), float(tally.fp), float(tally.fn), float(tally.tn)
