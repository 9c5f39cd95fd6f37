"""Reviewers beside each other, and rates whose rows belong to reviewers: from counts by reviewer, or from a variance.

In: for each reviewer how many cases and departures, by the machine's decision; or a rate with the variance between
reviewers. Out: who lies outside what chance allows, and intervals. Knows no reviewer by name, and no plan.

A reviewer who is only given cases that the machine flagged departs more often than one who is given all cases, so each
is compared with what the common rates lead one to expect of their own mix. Departures are rare: the normal limits of
a funnel plot call far too many small reviewers extreme, so the exact distribution takes their place.

Sources: funnel and overdispersion: Spiegelhalter 2005, Stat. Med. 24:1185; mid-p: Lancaster 1961, J. Am. Stat. Assoc.
56:223; effective numbers in a score interval: Korn and Graubard 1998, Survey Methodology 24:193.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.clusters import FEWEST, ClusterSums, clustered_rate
from impact.metrics.statistics.drift import ACTION, WARNING
from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Places", "detectable_gap", "gap_of_spread", "places", "rate_of_spread"]

_NORMAL = 400.0  # above this variance the normal distribution takes over: 20 standard deviations from either end
_TRIMMED = 0.1  # share at each end that is pulled in before overdispersion is taken


@dataclass(frozen=True, slots=True)
class Places:
    """Where each reviewer lies.

    Attributes:
        z: Departures beyond those expected, as a standard score; shape (reviewers,).
        overdispersion: Mean squared score after pulling in the extreme tenth at each end; None with nobody. Above 1
            the limits are widened by its square root.
        place: For each reviewer -2 below the 99.8% limit, -1 below the 95% limit, 0 inside, 1 and 2 above.
    """

    z: Floats
    overdispersion: float | None
    place: tuple[int, ...]


def places(cases: Like, departures: Like) -> Places:
    """Each reviewer against what the common rates of departure lead one to expect of their mix of cases.

    Args:
        cases: Shape (reviewers, 2): cases with a no and with a yes of the machine.
        departures: Same shape: how many of them the reviewer decided otherwise.

    Raises:
        MetricError: M120.

    >>> found = places([[90, 10]] * 11 + [[90, 10]], [[1, 3]] * 11 + [[30, 9]])
    >>> found.place
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)
    """
    import numpy as np

    n, k = counts_of("cases", cases, ndim=2), counts_of("departures", departures, ndim=2)
    if n.shape != k.shape or n.shape[1:] != (2,) or (k > n).any():
        refuse("reviewers", "more departures than cases, or other shapes")
    if n.sum() == 0:
        return Places(np.zeros(len(n)), None, (0,) * len(n))
    total = n.sum(axis=0)
    rate = np.divide(k.sum(axis=0), total, out=np.zeros(2), where=total > 0)
    z = np.array([_score(n[i], k[i].sum(), rate) for i in range(len(n))])
    used = n.sum(axis=1) > 0
    low, high = np.quantile(z[used], [_TRIMMED, 1 - _TRIMMED])
    phi = float((np.clip(z[used], low, high) ** 2).mean())
    widened = z / sqrt(max(phi, 1.0))
    limits = z_of(WARNING), z_of(ACTION)
    steps = (np.abs(widened)[:, None] > np.array(limits)).sum(axis=1)
    return Places(z, phi, tuple(int(step if score > 0 else -step) for step, score in zip(steps, widened, strict=True)))


def _score(n: Floats, k: float, rate: Floats) -> float:
    """Mid-p score of k in the sum of two binomial variables."""
    import numpy as np
    from scipy.special import ndtri
    from scipy.stats import binom

    variance = float((n * rate * (1 - rate)).sum())
    centre = float((n * rate).sum())
    if variance <= 0:
        return 0.0
    if variance > _NORMAL:
        return float((k - centre) / sqrt(variance))
    parts, start = [], 0
    for size, p in zip(n, rate, strict=True):
        spread = 15 * sqrt(size * p * (1 - p)) + 40  # beyond this there is no probability that a float can hold
        first, last = max(0, int(size * p - spread)), min(int(size), int(size * p + spread) + 1)
        parts.append(binom.pmf(np.arange(first, last + 1), size, p))
        start += first
    mass = np.convolve(*parts)
    values = np.arange(start, start + len(mass))
    half = mass[values == k].sum() / 2
    below, above = float(mass[values < k].sum() + half), float(mass[values > k].sum() + half)
    score = float(ndtri(below)) if below < above else -float(ndtri(above))
    return min(max(score, -38.0), 38.0)


def rate_of_spread(k: float, m: float, *, clusters: float, variance: float, level: float = 0.95) -> Measure:
    """A rate with Wilson's interval at the effective number of rows, given its variance between reviewers.

    >>> found = rate_of_spread(60, 200, clusters=40, variance=0.002)
    >>> found.value, found.method
    (0.3, 'wilson_clustered')
    """
    # The sums that give just this variance: see ClusterSums.variance.
    kk = variance * m * m * (clusters - 1) / clusters if clusters > 1 else 0.0
    return clustered_rate(ClusterSums(clusters, m, k, kk, 0.0, 0.0), level=level)


def gap_of_spread(value: float, *, clusters: float, variance: float, level: float = 0.95) -> Measure:
    """A difference (or a mean) with Student's interval on reviewers less one degrees of freedom.

    >>> found = gap_of_spread(0.1, clusters=30, variance=0.0016)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0182, 0.1818)
    """
    from scipy.special import stdtrit

    level_of(level)
    if clusters < FEWEST:
        return Measure(value, level=level, reason="too_few_clusters")
    if variance <= 0:
        return Measure(value, level=level, reason="no_spread")
    half = float(stdtrit(clusters - 1, (1 + level) / 2)) * sqrt(variance)
    return Measure(value, value - half, value + half, level, "sandwich")


def detectable_gap(*, clusters: float, variance: float, level: float = 0.95, power: float = 0.8) -> float | None:
    """The smallest difference that data with such a variance find with the given chance.

    >>> round(detectable_gap(clusters=30, variance=0.0016), 4)
    0.1155
    """
    from scipy.special import ndtri, stdtrit

    if clusters < FEWEST or variance <= 0:
        return None
    return (float(stdtrit(clusters - 1, (1 + level) / 2)) + float(ndtri(power))) * sqrt(variance)
