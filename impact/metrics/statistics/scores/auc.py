"""AUC: how often a person with the outcome has a higher score than one without, from counts by score bin.

In: positives and negatives per bin, bins ascending. Out: the area, DeLong's interval on the logit scale, and how far
binning can have moved it. Refuses to know scores, groups and thresholds: a comparison of groups is two areas, and the
positives of one against the negatives of another are an area as well (xAUC).

Sources: DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837; xAUC: Kallus and Zhou 2019 (NeurIPS).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, log, sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, Why, counts_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "FEW_POSITIVES",
    "Auc",
    "PairedAuc",
    "auc",
    "auc_difference",
    "auc_difference_paired",
    "cross_auc",
    "paired_auc",
]

FEW_POSITIVES = 20  # below this many on the smaller side the interval is too narrow (coverage .86 to .92, measured)


@dataclass(frozen=True, slots=True)
class Auc:
    """An area under the ROC curve.

    Attributes:
        area: The area with its interval; 0.5 is what guessing gives.
        variance: DeLong's variance; None where it does not exist.
        positives: How many with the outcome.
        negatives: How many without.
        binning: The area of the unbinned scores lies within ``area.value`` plus or minus this.
        few: Whether the smaller side has fewer than ``FEW_POSITIVES``: the interval is then too narrow.
    """

    area: Measure
    variance: float | None
    positives: float
    negatives: float
    binning: float
    few: bool


def auc(positives: Like, negatives: Like, *, level: float = 0.95) -> Auc:
    """Area under the ROC curve; ties within a bin count one half.

    Args:
        positives: People with the outcome, by bin, ascending scores; shape (bins,).
        negatives: People without it; same shape.
        level: Confidence level of the interval.

    Returns:
        The area with DeLong's interval on the logit scale. Where the area is exactly 0 or 1 the variance is 0, and the
        far limit is (alpha/2)^(1/min(m, n)), Clopper and Pearson's for as many successes out of as many: conservative.
        No interval with one case on a side, or where all scores fall in one bin.

    Raises:
        MetricError: M120.

    >>> found = auc([0, 1, 2, 3, 4], [6, 5, 3, 2, 0])
    >>> found.area.value, round(found.area.low, 4), round(found.area.high, 4), found.binning
    (0.890625, 0.7038, 0.9654, 0.053125)
    """
    pos, neg = _sides(positives, negatives)
    m, n = float(pos.sum()), float(neg.sum())
    few = min(m, n) < FEW_POSITIVES
    if m == 0 or n == 0:
        reason: Why = "no_positives" if m == 0 else "no_negatives"
        return Auc(undefined(reason, level=level), None, m, n, 0.0, few)
    v10, v01 = _placements(pos, neg)
    area = min(max(float((pos * v10).sum()) / m, 0.0), 1.0)
    binning = 0.5 * float((pos * neg).sum()) / (m * n)
    if area in (0.0, 1.0):
        edge = float(((1 - level) / 2) ** (1 / min(m, n)))
        low, high = (edge, 1.0) if area == 1.0 else (0.0, 1 - edge)
        return Auc(Measure(area, low, high, level, "perfect_separation"), 0.0, m, n, binning, few)
    if min(m, n) < 2:
        return Auc(Measure(area, level=level, reason="one_case"), None, m, n, binning, few)
    variance = float((pos * (v10 - area) ** 2).sum() / (m * (m - 1)) + (neg * (v01 - area) ** 2).sum() / (n * (n - 1)))
    if variance <= 0:
        return Auc(Measure(area, level=level, reason="no_spread"), 0.0, m, n, binning, few)
    low, high = _logit_limits(area, variance, level)
    return Auc(Measure(area, low, high, level, "delong_logit"), variance, m, n, binning, few)


def cross_auc(positives_of_one: Like, negatives_of_other: Like, *, level: float = 0.95) -> Auc:
    """xAUC: how often a true case of one group has a higher score than somebody of another group without the outcome.

    The same area with the two sides taken from different groups. A gap between the xAUC of A against B and that of B
    against A says that a common ranking favours the true cases of one of them, although each AUC may be the same.

    >>> cross_auc([0, 2], [2, 0]).area.value
    1.0
    """
    return auc(positives_of_one, negatives_of_other, level=level)


def auc_difference(one: Auc, other: Auc) -> Measure:
    """Difference of two areas from different people, by square-and-add of their intervals.

    Args:
        one: An area.
        other: Another, of other people, at the same level.

    Source:
        Zou and Donner 2008, Stat. Med. 27:1693 (MOVER).

    >>> a, b = auc([0, 1, 2, 3, 4], [6, 5, 3, 2, 0]), auc([2, 2, 2, 2, 2], [4, 4, 4, 4, 4])
    >>> found = auc_difference(a, b)
    >>> round(found.value, 6), found.low < found.value < found.high
    (0.390625, True)
    """
    a, b = one.area, other.area
    level = a.level
    if a.value is None or b.value is None:
        return undefined(a.reason or b.reason or "empty_cell", level=level)
    gap = a.value - b.value
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Measure(gap, level=level, reason=a.reason or b.reason)
    low = gap - hypot(a.value - a.low, b.high - b.value)
    high = gap + hypot(a.high - a.value, b.value - b.low)
    return Measure(gap, low, high, level, "square_and_add")


@dataclass(frozen=True, slots=True)
class PairedAuc:
    """The areas of two scorers on the same people.

    Attributes:
        first: Area of the first, as :func:`auc` gives it.
        second: Area of the second.
        difference: First less second, with DeLong's paired interval.
        log10_p: log10 of the two-sided p-value of no difference; None where there is no interval.
    """

    first: Auc
    second: Auc
    difference: Measure
    log10_p: float | None


def paired_auc(positives: Like, negatives: Like, *, level: float = 0.95) -> PairedAuc:
    """Areas of two scorers on the same people and their difference, from the joint table of their bins.

    Args:
        positives: People with the outcome by (bin of A, bin of B); shape (bins of A, bins of B).
        negatives: People without it; same shape.
        level: Confidence level.

    Returns:
        Both areas, and AUC of A minus AUC of B with the paired interval of DeLong. No interval where the two never
        differ, or with one case on a side.

    Raises:
        MetricError: M120.

    >>> found = paired_auc([[0, 1], [0, 5]], [[4, 1], [2, 0]])
    >>> round(found.first.area.value, 4), round(found.difference.value, 4), round(10**found.log10_p, 4)
    (0.7738, -0.1548, 0.3173)
    """
    from scipy.special import log_ndtr

    pos, neg = counts_of("positives", positives, ndim=2), counts_of("negatives", negatives, ndim=2)
    if pos.shape != neg.shape:
        refuse("joint bins", f"shapes {pos.shape} and {neg.shape}")
    first, second = (auc(pos.sum(axis=axis), neg.sum(axis=axis), level=level) for axis in (1, 0))
    m, n = float(pos.sum()), float(neg.sum())
    if m == 0 or n == 0:
        none = undefined("no_positives" if m == 0 else "no_negatives", level=level)
        return PairedAuc(first, second, none, None)
    a10, a01 = _placements(pos.sum(axis=1), neg.sum(axis=1))
    b10, b01 = _placements(pos.sum(axis=0), neg.sum(axis=0))
    # Placement differences by joint cell: their spread is the variance of the difference, covariance included.
    d10, d01 = a10[:, None] - b10[None, :], a01[:, None] - b01[None, :]
    gap = float((pos * d10).sum()) / m
    if min(m, n) < 2:
        return PairedAuc(first, second, Measure(gap, level=level, reason="one_case"), None)
    variance = float((pos * (d10 - gap) ** 2).sum() / (m * (m - 1)) + (neg * (d01 - gap) ** 2).sum() / (n * (n - 1)))
    if variance <= 1e-30:
        return PairedAuc(first, second, Measure(gap, level=level, reason="no_disagreement"), None)
    error = sqrt(variance)
    half = z_of(level) * error
    difference = Measure(gap, max(gap - half, -1.0), min(gap + half, 1.0), level, "delong_paired")
    return PairedAuc(first, second, difference, float(log_ndtr(-abs(gap) / error) + log(2)) / log(10))


def auc_difference_paired(positives: Like, negatives: Like, *, level: float = 0.95) -> Measure:
    """The difference alone, as :func:`paired_auc` gives it.

    >>> found = auc_difference_paired([[0, 1], [0, 5]], [[4, 1], [2, 0]])
    >>> round(found.value, 4)
    -0.1548
    """
    return paired_auc(positives, negatives, level=level).difference


def _sides(positives: Like, negatives: Like) -> tuple[Floats, Floats]:
    pos, neg = counts_of("positives", positives), counts_of("negatives", negatives)
    if pos.shape != neg.shape:
        refuse("bins", f"{pos.size} bins of positives and {neg.size} of negatives")
    return pos, neg


def _placements(pos: Floats, neg: Floats) -> tuple[Floats, Floats]:
    """For each bin the share of negatives below a positive in it, and of positives above a negative in it."""
    import numpy as np

    m, n = pos.sum(), neg.sum()
    return (np.cumsum(neg) - neg / 2) / n, (m - np.cumsum(pos) + pos / 2) / m


def _logit_limits(area: float, variance: float, level: float) -> tuple[float, float]:
    from scipy.special import expit, logit

    half = z_of(level) * sqrt(variance) / (area * (1 - area))
    return float(expit(logit(area) - half)), float(expit(logit(area) + half))
