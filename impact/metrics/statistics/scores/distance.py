"""Distances between the score distributions, or the ROC curves, of two groups.

In: counts by score bin, bins ascending. Out: Kolmogorov-Smirnov, Wasserstein-1, population stability index, ABROCA.
Knows no groups by name and says nothing about how a distance arose.

Sources: Kolmogorov 1933; ABROCA: Gardner, Brooks and Baker 2019 (LAK), the integral of the *absolute* difference of
two ROC curves (a difference of areas is 0 where the curves cross symmetrically).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.measure import Measure, Why, counts_of, numbers_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Ks", "abroca", "kolmogorov_smirnov", "mean_parity_gap", "stability_index", "wasserstein"]


@dataclass(frozen=True, slots=True)
class Ks:
    """Largest gap between two cumulative distributions, the bin after which it occurs, and its asymptotic p-value.

    With binned scores the gap is that at the edges of bins: a lower limit of the gap of the scores themselves, and the
    p-value is conservative.
    """

    statistic: Measure
    bin: int | None
    p: float | None


def kolmogorov_smirnov(one: Like, other: Like) -> Ks:
    """Kolmogorov-Smirnov statistic from counts by bin; also the largest parity gap of any threshold.

    Args:
        one: People by bin.
        other: People by bin.

    >>> found = kolmogorov_smirnov([10, 20, 30], [30, 20, 10])
    >>> round(found.statistic.value, 4), found.bin
    (0.3333, 0)
    """
    import numpy as np
    from scipy.special import kolmogorov

    a, b, reason = _pair(one, other)
    if reason:
        return Ks(undefined(reason), None, None)
    gaps = np.abs(_cumulative(a) - _cumulative(b))
    where = int(np.argmax(gaps))
    m, n = float(a.sum()), float(b.sum())
    return Ks(Measure(float(gaps[where])), where, float(kolmogorov(float(gaps[where]) * (m * n / (m + n)) ** 0.5)))


def wasserstein(one: Like, other: Like, *, positions: Like) -> Measure:
    """Wasserstein-1 distance: how far, on average, scores would have to move to make the two distributions equal.

    Args:
        one: People by bin.
        other: People by bin.
        positions: The score that stands for each bin, ascending (its mean or its middle). The distance of the scores
            themselves differs by at most twice the largest distance of a score from its bin's position.

    >>> wasserstein([1, 0, 0], [0, 0, 1], positions=[0.0, 0.5, 1.0]).value
    1.0
    """
    import numpy as np

    a, b, reason = _pair(one, other)
    x = numbers_of("positions", positions)
    if x.shape != a.shape or (np.diff(x) <= 0).any():
        refuse("positions", "positions that do not ascend, or not one for each bin")
    if reason:
        return undefined(reason)
    return Measure(float((np.abs(_cumulative(a) - _cumulative(b))[:-1] * np.diff(x)).sum()))


def mean_parity_gap(one: Like, other: Like, *, weights: Like | None = None) -> Measure:
    """Mean over thresholds of the absolute difference of selection rates ("statistical parity AUC").

    Args:
        one: People by bin.
        other: People by bin.
        weights: How much each threshold (each lower edge of a bin but the first) counts; equal without it.

    >>> mean_parity_gap([1, 0, 1], [0, 1, 1]).value
    0.25
    """
    import numpy as np

    a, b, reason = _pair(one, other)
    if reason:
        return undefined(reason)
    if a.size < 2:
        return undefined("no_spread")
    gaps = np.abs(_cumulative(a) - _cumulative(b))[:-1]
    if weights is None:
        return Measure(float(gaps.mean()))
    w = counts_of("weights", weights)
    if w.shape != gaps.shape:
        refuse("weights", "not one weight for each threshold")
    return Measure(float((gaps * w).sum() / w.sum())) if w.sum() > 0 else undefined("zero_weight")


def stability_index(before: Like, now: Like, *, smoothing: float = 0.5) -> Measure:
    """Population stability index: the sum over bins of (q - p) ln(q / p). 0 says that nothing moved.

    An empty bin would make it infinite, so ``smoothing`` is added to every count on both sides. The customary cut-offs
    0.1 and 0.25 are habits of credit scoring without a derivation; they are not used here.

    >>> round(stability_index([100, 100], [150, 50]).value, 4)
    0.2716
    >>> stability_index([5, 0], [5, 0]).value
    0.0
    """
    import numpy as np

    a, b, reason = _pair(before, now)
    if reason:
        return undefined(reason)
    p, q = (a + smoothing) / (a + smoothing).sum(), (b + smoothing) / (b + smoothing).sum()
    if not ((p > 0) & (q > 0)).all():
        refuse("stability index", "an empty bin without smoothing")
    return Measure(float(((q - p) * np.log(q / p)).sum()))


def abroca(positives_one: Like, negatives_one: Like, positives_other: Like, negatives_other: Like) -> Measure:
    """Area between two ROC curves: the integral of their absolute difference over the false-positive rate.

    Args:
        positives_one: People with the outcome by bin, first group.
        negatives_one: People without it, first group.
        positives_other: The same of the second group.
        negatives_other: The same of the second group.

    Returns:
        0 for equal curves, at most 1; exact for the piecewise linear curves of the bins.

    >>> abroca([0, 1], [1, 0], [1, 1], [1, 1]).value
    0.5
    """
    import numpy as np

    sides = [_pair(positives_one, negatives_one), _pair(positives_other, negatives_other)]
    for pos, _, reason in sides:
        if reason:
            return undefined("no_positives" if pos.sum() == 0 else "no_negatives")
    curves = []
    for pos, neg, _ in sides:
        curves.append((np.append(0, np.cumsum(neg[::-1])) / neg.sum(), np.append(0, np.cumsum(pos[::-1])) / pos.sum()))
    knots = np.unique(np.concatenate([fpr for fpr, _ in curves]))
    start, width = knots[:-1], np.diff(knots)

    def gap(fraction: float) -> Any:
        at = start + fraction * width
        return np.interp(at, *curves[0]) - np.interp(at, *curves[1])

    # Curves jump at knots but are straight between them: two inner points give the values at both ends of a piece.
    quarter, three = gap(0.25), gap(0.75)
    left, right = 1.5 * quarter - 0.5 * three, 1.5 * three - 0.5 * quarter
    size = np.abs(left) + np.abs(right)
    same = left * right >= 0
    crossing = np.divide(left**2 + right**2, 2 * size, out=np.zeros_like(size), where=size > 0)
    return Measure(float((width * np.where(same, size / 2, crossing)).sum()))


def _pair(one: Like, other: Like) -> tuple[Floats, Floats, Why | None]:
    a, b = counts_of("first", one), counts_of("second", other)
    if a.shape != b.shape:
        refuse("bins", f"{a.size} bins and {b.size}")
    return a, b, "empty_cell" if a.sum() == 0 or b.sum() == 0 else None


def _cumulative(counts: Floats) -> Any:
    import numpy as np

    return np.cumsum(counts) / counts.sum()
