"""Bins of scores that are wide enough to publish: neighbours are joined until every bin holds enough people.

In: exact counts by score. Out: a score as a ``Dimension`` in several forms: wide bins for many groups, finer for fewer.
Which bins are joined follows from which counts are small, never from how small they are.
Personal data: none; the counts are exact and go to strips.py only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.metrics.disclosure.dimensions import PARTS, Counts, Dimension, Value, joined
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.score_counts import ScoreCounts

__all__ = ["FINEST", "LEAST_BINS", "score_forms"]

FINEST = 20  # bins of equal width to begin with
LEAST_BINS = 8  # with fewer, an area says little; a group that needs wider bins is left out instead

Group = tuple[str, str]
Bins = tuple[tuple[int, ...], ...]  # the fine bins of each wide one, rising
Rows = Mapping[Group, Mapping[Value | None, Counts]]


def score_forms(plan: AuditPlan, table: Aggregate, counts: Rows, *, least: int) -> Iterator[Dimension]:
    """The score in bins, finest first: for everybody alone, then so wide that one group more has enough in each bin.

    Args:
        plan: The plan; its thresholds stay edges of bins where both sides hold enough people.
        table: The aggregate ``scores``.
        counts: Its people by group and bin.
        least: The smallest count that is shown.
    """
    scores = ScoreCounts(table)
    fine, edges, cuts = _grid(scores, counts)
    everybody, size = ("", ""), len(edges) - 1
    start = _bins(fine, size, [everybody], cuts, least)
    if start is None:
        cuts = ()
        start = _bins(fine, size, [everybody], cuts, least)
    if start is None or len(start) < 2:
        return
    yield _form(plan, scores, fine, edges, start)
    alone = {group: _bins(fine, size, [everybody, group], cuts, least) for group in fine.counts if group != everybody}
    ordered = sorted((-len(bins), group) for group, bins in alone.items() if bins is not None)
    chosen = [everybody]
    for _, group in ordered:
        bins = _bins(fine, size, [*chosen, group], cuts, least)
        if bins is None or len(bins) < min(LEAST_BINS, len(start)):
            continue
        chosen.append(group)
        yield _form(plan, scores, fine, edges, bins)


def _grid(scores: ScoreCounts, counts: Rows) -> tuple[Dimension, list[float], tuple[int, ...]]:
    """Scores in at most ``FINEST`` bins and the declared thresholds; edges; which edges are thresholds."""
    import numpy as np

    scale = scores.scale
    thresholds = [scores.held(value) for value in scale.thresholds if scale.low < value < scale.high]
    if scale.values is not None:
        equal = (scale.low + np.arange(FINEST + 1) * (scale.high - scale.low) / FINEST).tolist()
    else:
        every = scale.edges().tolist()
        equal = every[:: -(-len(every) // FINEST)] + every[-1:]
    edges = sorted({*equal, *thresholds})
    points = np.asarray(scale.values) if scale.values is not None else scale.edges()[:-1]
    # A bin of the counted table is known by its lower edge, and lies above an edge that equals it whatever the rule.
    left = scale.closed == "left" or scale.values is None
    place = np.searchsorted(np.asarray(edges), points, side="right" if left else "left") - 1
    place = np.clip(place, 0, len(edges) - 2)
    held = Dimension("scores", "score", tuple(range(len(points))), counts, kind="scores")
    fine = joined(held, {index: int(at) for index, at in enumerate(place.tolist())})
    return fine, edges, tuple(edges.index(each) for each in thresholds)


def _bins(fine: Dimension, size: int, groups: Sequence[Group], cuts: Sequence[int], least: int) -> Bins | None:
    """Fine bins joined from the highest down until each group has enough with and without the outcome in each."""
    made: list[list[int]] = []
    low = 0  # where the present side of a threshold began, among ``made``
    now: list[int] = []
    for at in reversed(range(size)):
        above = now or (made[-1] if made else [])
        if above and any(at < cut <= above[-1] for cut in cuts):
            if not _settle(made, now, low):
                return None
            low, now = len(made), []
        now = [*now, at]
        if all(_enough(fine, group, now, least) for group in groups):
            made.append(now)
            now = []
    if not _settle(made, now, low):
        return None
    return tuple(tuple(sorted(each)) for each in reversed(made)) if made else None


def _settle(made: list[list[int]], now: list[int], low: int) -> bool:
    """What is left on one side of a threshold joins the bin above it; False where there is none on that side."""
    if now and len(made) == low:
        return False
    if now:
        made[-1] = [*made[-1], *now]
    return True


def _enough(fine: Dimension, group: Group, bins: Sequence[int], least: int) -> bool:
    held = [fine.of(group, each) for each in bins]
    yes = sum(each["tp"] + each["fn"] for each in held)
    no = sum(each["fp"] + each["tn"] for each in held)
    return min(yes, no) >= least


def _form(plan: AuditPlan, scores: ScoreCounts, fine: Dimension, edges: Sequence[float], bins: Bins) -> Dimension:
    score, decision = plan.columns.score, plan.columns.decision
    wide = joined(fine, {each: index for index, together in enumerate(bins) for each in together})
    low = [edges[0], *(edges[together[0]] for together in bins[1:])]
    about: dict[str, Any] = {"edges": [*low, edges[-1]]}
    empty: dict[Value | None, frozenset[str]] = {}
    cut = None if score is None or decision.from_score != score.name else decision.threshold
    if cut is not None:  # without a score there is no decision
        empty[None] = frozenset(part for part in PARTS if part != "undecided")
    if cut is not None and scores.held(cut) in low[1:]:
        for index, edge in enumerate(low):
            above = edge >= scores.held(cut)
            none = ("fn", "tn", "no_open") if above else ("tp", "fp", "yes_open")
            empty[index] = frozenset((*none, "undecided"))
    values = tuple(range(len(bins)))
    return Dimension("scores", "score", values, wide.counts, kind="scores", empty=empty, about=about)
