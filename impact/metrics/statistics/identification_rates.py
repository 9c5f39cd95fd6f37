"""One-to-many identification by group: false and missed identifications, and how unequal they are over groups.

In: counts of searches of people who are on the list (mated) and who are not, with clusters where the same people walk
past again and again. Out: FPIR, FNIR, TPIR, selectivity, rank rates, and summaries over groups. Knows no images.

The unit is one search. FPIR grows with the length of the list, and 1 - (1 - FMR)^N holds only where all comparisons
are alike: it is never used here, least of all between groups.

Sources: ISO/IEC 19795-1:2021 and NIST FRTE for the terms; inequity by max over min and by max over geometric mean:
Grother 2022, NISTIR 8429; fairness discrepancy rate: de Freitas Pereira and Marcel 2022, IEEE TBIOM 4:19; GARBE:
Howard et al. 2022, arXiv:2203.05051.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf
from typing import TYPE_CHECKING

from impact.metrics.statistics.clusters import ClusterSums, clustered_rate
from impact.metrics.statistics.intervals import clopper_pearson
from impact.metrics.statistics.measure import Measure, Why, counts_of, level_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["Inequality", "SearchRates", "inequality", "rank_rates", "search_rates", "selectivity"]


@dataclass(frozen=True, slots=True)
class SearchRates:
    """Rates of one group at one threshold and list.

    Attributes:
        fpir: Searches of people not on the list that return anybody, over all such searches.
        fnir: Searches of people on the list that do not return them, over all such searches.
        tpir: The rest of those.
    """

    fpir: Measure
    fnir: Measure
    tpir: Measure


def search_rates(
    *,
    non_mated: int = 0,
    false_positive: int = 0,
    mated: int = 0,
    missed: int = 0,
    non_mated_clusters: ClusterSums | None = None,
    mated_clusters: ClusterSums | None = None,
    level: float = 0.95,
) -> SearchRates:
    """Identification error rates with exact (Clopper-Pearson) intervals, or clustered ones.

    Args:
        non_mated: Searches of people who are not on the list.
        false_positive: Those with at least one candidate at or above the threshold.
        mated: Searches of people who are.
        missed: Those whose mate is not among the candidates (below the threshold, or outside the ranks kept).
        non_mated_clusters: Sums by person, where people were searched for more than once; used instead of the counts.
        mated_clusters: The same for mated searches.
        level: Confidence level.

    Raises:
        MetricError: M101, M120.

    >>> found = search_rates(non_mated=3000, false_positive=0, mated=400, missed=44)
    >>> found.fpir.value, round(found.fpir.high, 5), round(found.tpir.value, 2)
    (0.0, 0.00123, 0.89)
    """
    if non_mated_clusters is None:
        fpir = _exact(false_positive, non_mated, level)
    else:
        fpir = clustered_rate(non_mated_clusters, level=level)
    fnir = _exact(missed, mated, level) if mated_clusters is None else clustered_rate(mated_clusters, level=level)
    tpir = fnir
    if fnir.value is not None:
        low = None if fnir.high is None else 1 - fnir.high
        high = None if fnir.low is None else 1 - fnir.low
        tpir = Measure(1 - fnir.value, low, high, level, fnir.method, fnir.reason)
    return SearchRates(fpir, fnir, tpir)


def selectivity(searches: float, candidates: float, squares: float, *, level: float = 0.95) -> Measure:
    """Mean number of candidates at or above the threshold for each search of somebody not on the list.

    Args:
        searches: Non-mated searches.
        candidates: Sum of candidates.
        squares: Sum of squared numbers of candidates.
        level: Confidence level of the normal interval.

    >>> found = selectivity(100, 30, 60)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.3, 0.159, 0.441)
    """
    counts_of("selectivity", [searches, candidates, squares])
    if searches == 0:
        return undefined("not_searched", level=level)
    mean = candidates / searches
    if searches < 2:
        return Measure(mean, level=level, reason="one_case")
    variance = max(squares - candidates**2 / searches, 0.0) / (searches - 1)
    if variance <= 0:
        return Measure(mean, level=level, reason="no_spread")
    half = z_of(level) * (variance / searches) ** 0.5
    return Measure(mean, max(mean - half, 0.0), mean + half, level, "normal_mean")


def rank_rates(mates: Like, mated: int, *, level: float = 0.95) -> list[Measure]:
    """Share of mated searches whose mate is among the first 1, 2, 3 … candidates, whatever the threshold.

    Args:
        mates: Searches whose mate came at each rank, from rank 1.
        mated: All mated searches, those whose mate came nowhere included.
        level: Confidence level.

    >>> [one.value for one in rank_rates([80, 10], 100)]
    [0.8, 0.9]
    """
    import numpy as np

    found = np.cumsum(counts_of("ranks", mates))
    if found.size and float(found[-1]) > mated:
        refuse("ranks", "more mates than searches")
    return [_exact(round(float(k)), mated, level) for k in found]


@dataclass(frozen=True, slots=True)
class Inequality:
    """How unequal an error rate is over groups: descriptions of observed rates, without intervals, that never decide.

    Attributes:
        largest_over_smallest: None (with infinity meant) where the smallest is 0; ``reason`` says so.
        largest_over_geometric_mean: The same against the geometric mean of all groups.
        largest_difference: The largest absolute difference, one minus which enters the fairness discrepancy rate.
        gini: Gini coefficient with the factor n/(n-1), which enters GARBE.
        reason: Why something is missing.
    """

    largest_over_smallest: float | None
    largest_over_geometric_mean: float | None
    largest_difference: float | None
    gini: float | None
    reason: Why | None


def inequality(rates: Like) -> Inequality:
    """Summaries of one error rate over groups.

    Args:
        rates: The rate of each group; shape (groups,).

    Returns:
        Fairness discrepancy rate = 1 - (a * difference of false matches + (1 - a) * difference of false non-matches);
        GARBE = a * Gini of the one + (1 - a) * Gini of the other. The weight is the reader's.

    >>> found = inequality([0.0004, 0.04, 0.055])
    >>> round(found.largest_over_smallest, 1), round(found.largest_difference, 4), round(found.gini, 4)
    (137.5, 0.0546, 0.5723)
    """
    import numpy as np

    x = counts_of("rates", rates)
    if x.size < 2:
        return Inequality(None, None, None, None, "one_group")
    mean, largest = float(x.mean()), float(x.max())
    gini = None
    if mean > 0:
        gaps = float(np.abs(np.subtract.outer(x, x)).sum())
        gini = x.size / (x.size - 1) * gaps / (2 * x.size**2 * mean)
    if float(x.min()) == 0:
        return Inequality(None, None, float(np.ptp(x)), gini, "comparator_zero")
    geometric = exp(float(np.log(x).mean()))
    return Inequality(largest / float(x.min()), largest / geometric, float(np.ptp(x)), gini, None)


def _exact(k: int, n: int, level: float) -> Measure:
    level_of(level)
    found = clopper_pearson(k, n, level=level)
    if found is None:
        return undefined("not_searched", level=level)
    return Measure(k / n, found.low, found.high if found.high is not None else inf, level, "clopper_pearson")
