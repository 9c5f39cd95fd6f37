"""The largest gap between any two groups, with an interval that knows it was the largest of many.

In: counts by group. Out: a gap with simultaneous limits. A plain maximum minus minimum is biased upwards: eight
groups of 20 to 1,000 people without any true difference show 0.18 on average, and its bootstrap interval excludes 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import newcombe_limits
from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined
from impact.metrics.statistics.multiplicity import sidak

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["WorstGap", "worst_gap"]


@dataclass(frozen=True, slots=True)
class WorstGap:
    """The largest gap, and the positions of the groups with the highest and the lowest observed rate."""

    gap: Measure
    highest: int | None
    lowest: int | None
    pairs: int


def worst_gap(successes: Like, trials: Like, *, level: float = 0.95) -> WorstGap:
    """Largest difference of rates over all pairs of groups.

    Every pair has a Newcombe interval at the Šidák level 1 - (1 - alpha)^(1/m), m = G(G-1)/2. The lower limit is the
    largest lower limit of any pair (at least 0), the upper limit the largest upper limit.

    Args:
        successes: People counted, by group; shape (groups,).
        trials: People at risk, by group. Groups with nobody at risk are in no pair.
        level: Confidence level of all pairs together.

    Raises:
        MetricError: M120.

    >>> found = worst_gap([30, 24, 45, 33], [100] * 4)
    >>> [round(x, 5) for x in (found.gap.value, found.gap.low, found.gap.high)]
    [0.21, 0.03307, 0.36981]
    """
    import numpy as np

    k, n = counts_of("successes", successes), counts_of("trials", trials)
    if k.shape != n.shape or (k > n).any():
        refuse("worst gap", "more successes than trials, or other lengths")
    at_risk = np.flatnonzero(n > 0)
    if at_risk.size < 2:
        return WorstGap(undefined("one_group", level=level), None, None, 0)
    rates = k[at_risk] / n[at_risk]
    i, j = (at_risk[x] for x in np.triu_indices(at_risk.size, 1))
    each = 1 - sidak(1 - level_of(level), i.size)
    low, high = newcombe_limits(k[i], n[i], k[j], n[j], level=each)
    lower = max(0.0, float(np.max(low)), float(np.max(-high)))
    upper = max(float(np.max(high)), float(np.max(-low)))
    return WorstGap(
        gap=Measure(float(np.ptp(rates)), lower, upper, level, "newcombe_simultaneous"),
        highest=int(at_risk[np.argmax(rates)]),
        lowest=int(at_risk[np.argmin(rates)]),
        pairs=int(i.size),
    )
