"""Threshold sweep: what every other threshold would have done, from positives and negatives by score bin.

In: positives and negatives per bin, bins ascending, and the lower edge of each bin. Out: the four cells and their
rates at every edge, with a band that holds for all thresholds at once, and the ROC curve. The rule is "score at or
above the edge". Refuses to recommend a threshold.

Sources: Dvoretzky, Kiefer and Wolfowitz 1956, Ann. Math. Stat. 27:642, with the constant of Massart 1990, Ann.
Probab. 18:1269, for the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Literal

from impact.metrics.statistics.intervals import koopman_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, level_of, numbers_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["Sweep", "SweepPoint", "dkw", "is_optimum", "ratio_by_threshold", "roc", "sweep"]

Criterion = Literal["youden", "accuracy", "f1"]


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One threshold: people at or above it are flagged.

    ``threshold`` is None for the point above every score, where nobody is flagged. A rate without a denominator is
    None.
    """

    threshold: float | None
    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def selection_rate(self) -> float | None:
        return _share(self.tp + self.fp, self.tp + self.fp + self.fn + self.tn)

    @property
    def tpr(self) -> float | None:
        return _share(self.tp, self.tp + self.fn)

    @property
    def fpr(self) -> float | None:
        return _share(self.fp, self.fp + self.tn)

    @property
    def ppv(self) -> float | None:
        return _share(self.tp, self.tp + self.fp)

    @property
    def false_per_true(self) -> float | None:
        """People wrongly flagged for each person rightly flagged."""
        return _share(self.fp, self.tp)


@dataclass(frozen=True, slots=True)
class Sweep:
    """All thresholds of one group, ascending; the last flags nobody.

    Attributes:
        points: One for each bin edge, and one above all.
        band_selection: With the level given, the true selection rate of *every* threshold lies within this of the
            observed one; None with nobody.
        band_tpr: The same for the share of true cases found.
        band_fpr: The same for the share wrongly flagged.
    """

    points: tuple[SweepPoint, ...]
    level: float
    band_selection: float | None
    band_tpr: float | None
    band_fpr: float | None


def sweep(positives: Like, negatives: Like, *, edges: Like, level: float = 0.95) -> Sweep:
    """The four cells at every bin edge.

    Args:
        positives: People with the outcome by bin; shape (bins,).
        negatives: People without it.
        edges: Lower edge of each bin, ascending; shape (bins,).
        level: Confidence level of the bands.

    Raises:
        MetricError: M120.

    >>> found = sweep([1, 3], [5, 1], edges=[0.0, 0.5])
    >>> [(p.threshold, p.tpr, p.fpr) for p in found.points]
    [(0.0, 1.0, 1.0), (0.5, 0.75, 0.16666666666666666), (None, 0.0, 0.0)]
    >>> round(found.band_fpr, 4)
    0.5544
    """
    import numpy as np

    pos, neg = counts_of("positives", positives), counts_of("negatives", negatives)
    low = numbers_of("edges", edges)
    if not pos.shape == neg.shape == low.shape:
        refuse("sweep", "positives, negatives and edges of different length")
    if (np.diff(low) <= 0).any():
        refuse("edges", "bin edges that do not ascend")
    m, n = float(pos.sum()), float(neg.sum())
    tp = np.append(np.cumsum(pos[::-1])[::-1], 0.0)
    fp = np.append(np.cumsum(neg[::-1])[::-1], 0.0)
    thresholds = [*low.tolist(), None]
    points = tuple(
        SweepPoint(edge, float(a), float(b), m - float(a), n - float(b))
        for edge, a, b in zip(thresholds, tp, fp, strict=True)
    )
    return Sweep(points, level, dkw(m + n, level=level), dkw(m, level=level), dkw(n, level=level))


def dkw(n: float, *, level: float = 0.95) -> float | None:
    """Half-width of a band that holds for a whole distribution function at once: sqrt(ln(2/alpha) / 2n).

    >>> round(dkw(1000), 4), dkw(0) is None
    (0.0429, True)
    """
    level_of(level)
    return min(sqrt(log(2 / (1 - level)) / (2 * n)), 1.0) if n > 0 else None


def roc(positives: Like, negatives: Like) -> list[tuple[float, float]] | None:
    """Points (false-positive rate, true-positive rate) from (0, 0) to (1, 1); None without both kinds of people.

    >>> roc([1, 3], [5, 1])
    [(0.0, 0.0), (0.16666666666666666, 0.75), (1.0, 1.0)]
    """
    import numpy as np

    pos, neg = counts_of("positives", positives), counts_of("negatives", negatives)
    if pos.shape != neg.shape:
        refuse("ROC", "positives and negatives of different length")
    m, n = float(pos.sum()), float(neg.sum())
    if m == 0 or n == 0:
        return None
    tpr = np.append(0.0, np.cumsum(pos[::-1])) / m
    fpr = np.append(0.0, np.cumsum(neg[::-1])) / n
    return list(zip(fpr.tolist(), tpr.tolist(), strict=True))


def ratio_by_threshold(
    group: Sweep, reference: Sweep, *, rate: Literal["selection_rate", "tpr", "fpr"], level: float = 0.95
) -> list[Measure]:
    """Ratio of a group's rate to the reference's at each threshold, with Koopman's interval.

    Each interval holds for its threshold alone; for all at once use the bands of the sweeps.

    Raises:
        MetricError: M120, when the two sweeps have other thresholds.

    >>> a = sweep([10, 30], [50, 10], edges=[0.0, 0.5])
    >>> b = sweep([10, 30], [55, 5], edges=[0.0, 0.5])
    >>> [one.value for one in ratio_by_threshold(a, b, rate="fpr")]
    [1.0, 2.0, None]
    """
    if [p.threshold for p in group.points] != [p.threshold for p in reference.points]:
        refuse("sweep", "two sweeps with different thresholds")
    found = []
    for a, b in zip(group.points, reference.points, strict=True):
        (k1, n1), (k2, n2) = _counts(a, rate), _counts(b, rate)
        if n1 == 0 or n2 == 0:
            found.append(undefined("empty_cell", level=level))
            continue
        low, high = koopman_limits(k1, n1, k2, n2, level=level)
        value = (k1 / n1) / (k2 / n2) if k2 else None
        reason: Why | None = None if k2 else "comparator_zero"
        found.append(Measure(value, float(low), float(high), level, "koopman", reason))
    return found


def is_optimum(found: Sweep, threshold: float) -> list[Criterion]:
    """Criteria for which a threshold is the best one on these very data: rates reported there are then too good.

    >>> is_optimum(sweep([1, 3], [5, 1], edges=[0.0, 0.5]), 0.5)
    ['youden', 'accuracy', 'f1']
    """
    at = [p for p in found.points if p.threshold == threshold]
    if not at:
        return []

    def youden(p: SweepPoint) -> float:
        return (p.tpr or 0.0) - (p.fpr or 0.0)

    def accuracy(p: SweepPoint) -> float:
        return p.tp + p.tn

    def f1(p: SweepPoint) -> float:
        return _share(2 * p.tp, 2 * p.tp + p.fp + p.fn) or 0.0

    criteria: dict[Criterion, float] = {}
    for name, value in (("youden", youden), ("accuracy", accuracy), ("f1", f1)):
        best = max(value(p) for p in found.points)
        if value(at[0]) >= best - 1e-12:
            criteria[name] = best  # type: ignore[index]  # the three names above
    return list(criteria)


def _counts(point: SweepPoint, rate: str) -> tuple[float, float]:
    if rate == "tpr":
        return point.tp, point.tp + point.fn
    if rate == "fpr":
        return point.fp, point.fp + point.tn
    return point.tp + point.fp, point.tp + point.fp + point.fn + point.tn


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
