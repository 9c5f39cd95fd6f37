"""Brier score: the mean squared distance between score and outcome, exact from sums.

In: sums of scores and squared scores by outcome. Out: the score, and how much of it is miscalibration. Knows no
groups.

Sources: Brier 1950, Monthly Weather Review 78:1; Murphy 1973, J. Applied Meteorology 12:595; within-bin terms:
Stephenson, Coelho and Jolliffe 2008, Weather and Forecasting 23:752.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["BrierParts", "balance", "brier", "brier_parts"]


@dataclass(frozen=True, slots=True)
class BrierParts:
    """brier = reliability - resolution + uncertainty + within_bins.

    ``reliability`` is miscalibration (0 is best), ``resolution`` how far bins differ in outcome (higher is better),
    ``uncertainty`` belongs to the people and not to the scorer, ``within_bins`` is what binning leaves over.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def brier(negatives: float, positives: float, *, s2_negative: float, s1_positive: float, s2_positive: float) -> Measure:
    """Mean squared distance between score and outcome.

    Args:
        negatives: People without the outcome.
        positives: People with it.
        s2_negative: Sum of squared scores of those without.
        s1_positive: Sum of scores of those with.
        s2_positive: Sum of their squared scores.

    Returns:
        A value without interval (the sums do not carry fourth powers).

    >>> round(brier(2, 2, s2_negative=0.53, s1_positive=1.3, s2_positive=0.97).value, 9)
    0.225
    """
    counts_of("Brier score", [negatives, positives, s2_negative, s1_positive, s2_positive])
    n = negatives + positives
    if n == 0:
        return undefined("empty_cell")
    return Measure((s2_negative + positives - 2 * s1_positive + s2_positive) / n)


def brier_parts(people: Like, outcomes: Like, s1: Like, s1_positive: Like, s2: Like) -> BrierParts | None:
    """Brier score from bins, taken apart.

    Args:
        people: People by bin; shape (bins,).
        outcomes: Those with the outcome.
        s1: Sum of scores of everybody in the bin.
        s1_positive: Sum of scores of those with the outcome.
        s2: Sum of squared scores of everybody in the bin.

    Returns:
        None when there is nobody.

    >>> parts = brier_parts([2, 2], [1, 2], [0.6, 1.8], [0.3, 1.8], [0.18, 1.62])
    >>> round(parts.brier, 4), round(parts.reliability, 4), abs(parts.within_bins) < 1e-12
    (0.15, 0.025, True)
    """
    import numpy as np

    arrays = [counts_of("Brier score", x) for x in (people, outcomes, s1, s1_positive, s2)]
    if len({x.shape for x in arrays}) != 1:
        refuse("Brier score", "sums of different length")
    n, k, total, positive, squares = arrays
    everybody = float(n.sum())
    if everybody == 0:
        return None
    used = n > 0
    n, k, total = n[used], k[used], total[used]
    base = float(k.sum()) / everybody
    whole = float(squares.sum() - 2 * positive.sum() + k.sum()) / everybody
    reliability = float((n * (total / n - k / n) ** 2).sum()) / everybody
    resolution = float((n * (k / n - base) ** 2).sum()) / everybody
    uncertainty = base * (1 - base)
    return BrierParts(
        brier=whole,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=float(np.subtract(whole, reliability - resolution + uncertainty)),
    )


def balance(n: float, s1: float, s2: float, *, level: float = 0.95) -> Measure:
    """Mean score of a class of people, with Student's interval: equal means over groups are "balance" of that class.

    Args:
        n: People of the class (with the outcome, or without) who have a score.
        s1: Sum of their scores.
        s2: Sum of their squared scores.
        level: Confidence level.

    Source:
        Kleinberg, Mullainathan and Raghavan 2017 (ITCS): balance for the positive and for the negative class.

    >>> found = balance(4, 2.0, 1.2)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.5, 0.089, 0.911)
    """
    from scipy.special import stdtrit

    counts_of("mean score", [n, s2])
    level_of(level)
    if n == 0:
        return undefined("empty_cell", level=level)
    mean = s1 / n
    if n < 2:
        return Measure(mean, level=level, reason="one_case")
    variance = max(s2 - s1 * s1 / n, 0.0) / (n - 1)
    if variance <= 1e-15:
        return Measure(mean, level=level, reason="no_spread")
    half = float(stdtrit(n - 1, (1 + level) / 2)) * (variance / n) ** 0.5
    return Measure(mean, mean - half, mean + half, level, "student_mean")
