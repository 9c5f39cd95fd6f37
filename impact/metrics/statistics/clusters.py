"""Repeated people: rates whose rows belong together (one person ten times, one officer a hundred decisions).

In: sums over clusters, never a cluster's own counts. Out: rates, differences and ratios with intervals that know that
rows of one cluster are alike. Knows no people: a cluster is five numbers, added up before they arrive here.

Sources: Cochran 1977, Sampling Techniques, section 6.3 (ratio estimator); Korn and Graubard 1998, Survey Methodology
24:193 (effective numbers in a score interval). Coverage: tests/metrics/test_metrics_clusters.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = [
    "FEWEST",
    "ClusterSums",
    "clustered_difference",
    "clustered_exact",
    "clustered_rate",
    "clustered_ratio",
    "cross_sums",
]

FEWEST = 10  # below this many clusters no interval is given


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """One group's clusters, added up. For each cluster m is its denominator and k its numerator.

    Attributes:
        clusters: How many clusters.
        m: Sum of m (rows at risk).
        k: Sum of k.
        kk: Sum of k².
        km: Sum of k m.
        mm: Sum of m².
    """

    clusters: float
    m: float
    k: float
    kk: float
    km: float
    mm: float

    @classmethod
    def of(cls, k: Like, m: Like) -> ClusterSums:
        """Sums of clusters given one by one (for tests and for tables that are already counted by cluster).

        >>> ClusterSums.of([1, 0, 3, 0, 2], [3, 1, 4, 2, 5])
        ClusterSums(clusters=5.0, m=15.0, k=6.0, kk=14.0, km=25.0, mm=55.0)
        """
        a, b = counts_of("k", k), counts_of("m", m)
        if a.shape != b.shape or (a > b).any():
            refuse("clusters", "more successes than trials in a cluster, or other lengths")
        return cls(float(a.size), float(b.sum()), float(a.sum()), float(a @ a), float(a @ b), float(b @ b))

    @property
    def rate(self) -> float:
        return self.k / self.m

    @property
    def variance(self) -> float:
        """Sandwich variance of the rate: C/(C-1) times the sum of (k - r m)², over M².

        >>> round(ClusterSums.of([1, 0, 3, 0, 2], [3, 1, 4, 2, 5]).variance, 8)
        0.01555556
        """
        r, c = self.rate, self.clusters
        # Rounding can leave a square sum of 0 slightly below it.
        return max(self.kk - 2 * r * self.km + r * r * self.mm, 0.0) * c / (c - 1) / self.m**2

    def effective(self, *, level: float) -> float:
        """Rows that independent sampling would need for the same precision, lowered for few clusters by (z/t)²."""
        from scipy.special import stdtrit

        t = float(stdtrit(self.clusters - 1, (1 + level_of(level)) / 2))
        return self.independent * (z_of(level) / t) ** 2

    @property
    def independent(self) -> float:
        """Rows that independent sampling would need for the same variance; at most all of them.

        >>> round(ClusterSums.of([1, 0, 3, 0, 2], [3, 1, 4, 2, 5]).independent, 3)
        15.0
        """
        r = self.rate
        # A rate of 0 or 1 has no spread between clusters; then each cluster counts as one row.
        alike = min(self.clusters, self.m)
        return min(r * (1 - r) / self.variance, self.m) if self.variance > 1e-18 and 0 < r < 1 else alike


def clustered_rate(sums: ClusterSums, *, level: float = 0.95) -> Measure:
    """A rate with Wilson's interval at the effective number of rows.

    Returns:
        No interval below ``FEWEST`` clusters: show the clusters instead.

    >>> found = clustered_rate(ClusterSums(40, 200, 60, 180, 320, 1200))
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.3, 0.211, 0.408)
    """
    _check(sums)
    if sums.m == 0:
        return undefined("empty_cell", level=level)
    if sums.clusters < FEWEST:
        return Measure(sums.rate, level=level, reason="too_few_clusters")
    n = sums.effective(level=level)
    low, high = wilson_limits(sums.rate * n, n, level=level)
    # At the ends the product with a fraction is not exactly 0 or n.
    return Measure(
        value=sums.rate,
        low=0.0 if sums.k == 0 else float(low),
        high=1.0 if sums.k == sums.m else float(high),
        level=level,
        method="wilson_clustered",
    )


def clustered_exact(sums: ClusterSums, *, counted: float, others: float, level: float = 0.95) -> Measure:
    """A rare rate with Clopper and Pearson's interval at the effective number of rows.

    Where fewer than ``FEWEST`` clusters have a row that is counted (or one that is not), how alike rows of a cluster
    are can hardly be seen: then each cluster counts as one row, as if all its rows were alike, which is the least that
    they can be worth. In simulations (rates .003 to .1, intraclass correlation 0 to .5, 40 to 1,000 clusters) that
    covered in at least .95 of tables; without it .88, and Wilson's interval .85.

    Args:
        sums: Sums over clusters.
        counted: Clusters with a row that is counted.
        others: Clusters with a row that is not.
        level: Confidence level.

    Returns:
        No interval below ``FEWEST`` clusters.

    >>> sums = ClusterSums(400, 4000, 6, 12, 60, 40000)
    >>> found = clustered_exact(sums, counted=3, others=400)
    >>> found.value, round(found.low, 6), round(found.high, 4)
    (0.0015, 4e-06, 0.0121)

    Source:
        Korn and Graubard 1998, Survey Methodology 24:193.
    """
    from scipy.special import betaincinv

    _check(sums)
    if sums.m == 0:
        return undefined("empty_cell", level=level)
    if sums.clusters < FEWEST:
        return Measure(sums.rate, level=level, reason="too_few_clusters")
    n = sums.effective(level=level)
    if min(counted, others) < FEWEST:
        n = min(n, sums.clusters)
    k, tail = sums.rate * n, (1 - level_of(level)) / 2
    low = 0.0 if sums.k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if sums.k == sums.m else float(betaincinv(k + 1, n - k, 1 - tail))
    return Measure(sums.rate, low, high, level, "korn_graubard")


def clustered_difference(
    group: ClusterSums,
    reference: ClusterSums,
    *,
    cross: tuple[float, float, float, float] | None = None,
    shared: float | None = None,
    level: float = 0.95,
) -> Measure:
    """Difference of two clustered rates.

    Args:
        group: Sums of one group.
        reference: Sums of the other.
        cross: Where a cluster can hold rows of both groups (an officer decides on everybody): sums over clusters of
            k_g k_h, k_g m_h, m_g k_h and m_g m_h. Without them two separate variances covered 99.7% where 95% was
            meant. Where clusters are people of one group they are all zero: leave them out.
        shared: How many different clusters there are in all, when ``cross`` is given.
        level: Confidence level.

    Returns:
        Newcombe's interval at effective numbers of rows; with ``cross`` a t interval from the variance of the
        difference. No interval below ``FEWEST`` clusters on a side.

    Raises:
        MetricError: M120.

    >>> one, other = ClusterSums(40, 200, 60, 180, 320, 1200), ClusterSums(40, 200, 40, 100, 220, 1200)
    >>> found = clustered_difference(one, other)
    >>> round(found.value, 9), found.low < 0.1 < found.high, found.method
    (0.1, True, 'newcombe_clustered')
    """
    from scipy.special import stdtrit

    _check(group)
    _check(reference)
    if group.m == 0 or reference.m == 0:
        return undefined("empty_cell", level=level)
    gap = group.rate - reference.rate
    if cross is None:
        if min(group.clusters, reference.clusters) < FEWEST:
            return Measure(gap, level=level, reason="too_few_clusters")
        n1, n2 = group.effective(level=level), reference.effective(level=level)
        low, high = newcombe_limits(group.rate * n1, n1, reference.rate * n2, n2, level=level)
        return Measure(gap, float(low), float(high), level, "newcombe_clustered")
    clusters = shared if shared is not None else max(group.clusters, reference.clusters)
    if clusters < FEWEST:
        return Measure(gap, level=level, reason="too_few_clusters")
    variance = _spanning_variance(group, reference, cross, clusters)
    if variance <= 1e-18:
        return Measure(gap, level=level, reason="no_spread")
    half = float(stdtrit(clusters - 1, (1 + level_of(level)) / 2)) * sqrt(variance)
    return Measure(gap, max(gap - half, -1.0), min(gap + half, 1.0), level, "sandwich_cross")


def clustered_ratio(group: ClusterSums, reference: ClusterSums, *, level: float = 0.95) -> Measure:
    """Ratio of two clustered rates (no cluster on both sides), Koopman's interval at effective numbers of rows.

    >>> one = ClusterSums(40, 200, 60, 180, 320, 1200)
    >>> found = clustered_ratio(one, one)
    >>> found.value, found.low < 1 < found.high
    (1.0, True)
    """
    _check(group)
    _check(reference)
    if group.m == 0 or reference.m == 0:
        return undefined("empty_cell", level=level)
    value = group.rate / reference.rate if reference.k else None
    if min(group.clusters, reference.clusters) < FEWEST:
        return Measure(value, level=level, reason="too_few_clusters" if reference.k else "comparator_zero")
    n1, n2 = group.effective(level=level), reference.effective(level=level)
    low, high = koopman_limits(group.rate * n1, n1, reference.rate * n2, n2, level=level)
    method = "koopman_clustered"
    return Measure(value, float(low), float(high), level, method, None if reference.k else "comparator_zero")


def cross_sums(kg: Like, mg: Like, kh: Like, mh: Like) -> tuple[float, float, float, float]:
    """Sums over clusters of k_g k_h, k_g m_h, m_g k_h, m_g m_h, from clusters one by one.

    >>> cross_sums([2, 0], [5, 3], [3, 1], [10, 8])
    (6.0, 20.0, 18.0, 74.0)
    """
    a, b, c, d = (counts_of("clusters", x) for x in (kg, mg, kh, mh))
    return float(a @ c), float(a @ d), float(b @ c), float(b @ d)


def _spanning_variance(
    g: ClusterSums, h: ClusterSums, cross: tuple[float, float, float, float], clusters: float
) -> float:
    kk, km, mk, mm = cross
    f = clusters / (clusters - 1)

    def own(s: ClusterSums) -> float:
        return f * (s.kk - 2 * s.rate * s.km + s.rate**2 * s.mm) / s.m**2

    covariance = f * (kk - h.rate * km - g.rate * mk + g.rate * h.rate * mm) / (g.m * h.m)
    return max(own(g) + own(h) - 2 * covariance, 0.0)


def _check(sums: ClusterSums) -> None:
    counts_of("cluster sums", [sums.clusters, sums.m, sums.k, sums.kk, sums.km, sums.mm])
    if sums.k > sums.m:
        refuse("cluster sums", "more successes than trials")
