"""Pairs: each group with those it is compared with, as in the disparities, for every topic that compares.

In: a plan and a grouping. Out: group, comparator and both tallies. Knows no figures.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.metrics.analysis.levels import Group, Grouping
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan

__all__ = ["pairs_of", "table_of"]

Pair = tuple[Group, dict[str, str] | None, Tally, Tally | None]


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
