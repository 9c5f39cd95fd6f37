"""Ordered risk bands (low, medium, high), and classes without an order: from counts by group and band.

In: counts by band, bands in ascending order. Out: cumulative rates, the chance that somebody of one group is in a
higher band than somebody of another, agreement of two judges, trend over ordered levels, and whether outcomes rise
with the band. Knows no groups by name. Other packages treat bands as if they had no order.

Sources: Mann and Whitney 1947, with the variance of DeLong et al. 1988 and the logit interval; Cohen 1968, Psychol.
Bull. 70:213 (weighted kappa), with the variance of Fleiss, Cohen and Everitt 1969, Psychol. Bull. 72:323; Cochran 1954
and Armitage 1955, Biometrics 11:375 (trend).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, log, sqrt, tanh
from typing import TYPE_CHECKING, Literal

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, counts_of, level_of, numbers_of, refuse, undefined, z_of
from impact.metrics.statistics.scores.auc import auc

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = [
    "BandOutcomes",
    "Trend",
    "band_outcomes",
    "cumulative_rates",
    "mean_rank",
    "one_against_rest",
    "superiority",
    "total_variation",
    "trend",
    "weighted_kappa",
]


def cumulative_rates(people: Like, *, level: float = 0.95) -> list[Measure]:
    """Share in each band or a higher one, with Wilson's interval; the first is everybody.

    Args:
        people: People by band, ascending; shape (bands,).
        level: Confidence level of each alone.

    >>> [one.value for one in cumulative_rates([50, 30, 20])]
    [1.0, 0.5, 0.2]
    """
    n = counts_of("bands", people)
    total = float(n.sum())
    if total == 0:
        return [undefined("empty_cell", level=level) for _ in n]
    at_least = n[::-1].cumsum()[::-1]
    low, high = wilson_limits(at_least, total, level=level)
    return [
        Measure(float(k / total), float(a), float(b), level, "wilson")
        for k, a, b in zip(at_least, low, high, strict=True)
    ]


def superiority(group: Like, reference: Like, *, level: float = 0.95) -> Measure:
    """Chance that somebody of the group is in a higher band than somebody of the reference; ties count one half.

    0.5 is parity. The Mann-Whitney statistic from counts; it equals an area under a curve, and has its interval.

    Args:
        group: People of the group by band, ascending.
        reference: People of the comparator by band.
        level: Confidence level.

    >>> found = superiority([10, 20, 30], [30, 20, 10])
    >>> round(found.value, 4), found.low > 0.5
    (0.7222, True)
    """
    found = auc(group, reference, level=level).area
    return undefined("empty_cell", level=level) if found.value is None else found


def mean_rank(people: Like) -> list[float | None]:
    """Mean rank of each group among everybody, as a share: 0.5 is parity, 1 the highest band alone.

    Args:
        people: Counts, shape (groups, bands), bands ascending.

    >>> [round(x, 4) for x in mean_rank([[10, 20, 30], [30, 20, 10]])]
    [0.6111, 0.3889]
    """
    import numpy as np

    n = counts_of("bands", people, ndim=2)
    everybody = n.sum(axis=0)
    if everybody.sum() == 0:
        return [None] * n.shape[0]
    place = (np.cumsum(everybody) - everybody / 2) / everybody.sum()
    return [float((row * place).sum() / row.sum()) if row.sum() else None for row in n]


def weighted_kappa(table: Like, *, weights: Literal["linear", "quadratic"] = "linear", level: float = 0.95) -> Measure:
    """Agreement of two judges (a person and an algorithm) on ordered bands, beyond what their margins give.

    1 is agreement throughout, 0 what chance gives with these margins, below 0 less than that. The variance is that of
    Fleiss, Cohen and Everitt; limits are taken on the scale of artanh, where they stay below 1. Limits without it cover
    too little near 1 (85% instead of 95% at 100 cases in five bands), and limits by drawing cells with one half added
    to each cover next to nothing there, because most cells of such a table are empty.

    Args:
        table: Counts, shape (bands, bands): band of the first by band of the second.
        weights: How disagreement grows with distance.
        level: Confidence level.

    >>> found = weighted_kappa([[20, 5, 0], [4, 15, 6], [1, 4, 20]])
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.6866, 0.5386, 0.7935)
    """
    import numpy as np

    counts = counts_of("bands", table, ndim=2)
    bands = counts.shape[0]
    if counts.shape != (bands, bands) or bands < 2:
        refuse("bands", f"shape {counts.shape} where a square of two bands or more is wanted")
    level_of(level)
    n = float(counts.sum())
    if n == 0:
        return undefined("empty_cell", level=level)
    distance = np.abs(np.subtract.outer(np.arange(bands), np.arange(bands))) / (bands - 1)
    penalty = distance if weights == "linear" else distance**2
    shares = counts / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = float((penalty * np.outer(rows, columns)).sum())
    if chance == 0:  # both always use one and the same band
        return undefined("no_spread", level=level)
    missed = float((penalty * shares).sum())
    kappa = 1 - missed / chance
    margins = (penalty @ columns)[:, None] + (rows @ penalty)[None, :]
    slope = -penalty / chance + missed / chance**2 * margins  # of kappa, by each share
    variance = float((shares * slope**2).sum() - (shares * slope).sum() ** 2) / n
    if variance <= 1e-15 or abs(kappa) >= 1:
        return Measure(kappa, level=level, reason="no_spread")
    half = z_of(level) * sqrt(variance) / (1 - kappa**2)
    return Measure(kappa, tanh(atanh(kappa) - half), tanh(atanh(kappa) + half), level, "fisher_kappa")


@dataclass(frozen=True, slots=True)
class Trend:
    """A linear trend of a rate over ordered levels (bands, ages, months).

    Attributes:
        slope: Change of the rate from one level to the next, by weighted least squares, with its interval.
        z: Cochran-Armitage statistic.
        log10_p: Two-sided, as a logarithm (it underflows at national sizes).
    """

    slope: Measure
    z: float | None
    log10_p: float | None


def trend(successes: Like, trials: Like, *, positions: Like | None = None, level: float = 0.95) -> Trend:
    """Cochran-Armitage trend test.

    Args:
        successes: Counted by level, ascending; shape (levels,).
        trials: At risk by level.
        positions: Where the levels lie; 0, 1, 2 … without it.
        level: Confidence level of the slope.

    Raises:
        MetricError: M120.

    >>> found = trend([10, 20, 30], [100, 100, 100])
    >>> round(found.slope.value, 4), round(found.z, 4)
    (0.1, 3.5355)
    """
    import numpy as np
    from scipy.special import log_ndtr

    k, n = counts_of("successes", successes), counts_of("trials", trials)
    x = np.arange(k.size, dtype=np.float64) if positions is None else numbers_of("positions", positions)
    if not k.shape == n.shape == x.shape or (k > n).any():
        refuse("trend", "more successes than trials, or other lengths")
    level_of(level)
    if n.sum() == 0:
        return Trend(undefined("empty_cell", level=level), None, None)
    p, centre = k.sum() / n.sum(), (n * x).sum() / n.sum()
    spread = float((n * (x - centre) ** 2).sum())
    if spread <= 0:
        return Trend(undefined("one_period", level=level), None, None)
    top = float((k * (x - centre)).sum())
    slope = top / spread
    if p in (0.0, 1.0):
        return Trend(Measure(slope, level=level, reason="no_spread"), None, None)
    z = top / sqrt(float(p * (1 - p)) * spread)
    # The test, under no trend, uses the common variance. The interval takes each level's own where that is more: a
    # level with one person, or one where all are alike, has a variance of 0 and is not known exactly for that.
    own = np.divide(k * (n - k), n, out=np.zeros_like(k), where=n > 0)
    error = max(sqrt(float((own * (x - centre) ** 2).sum())) / spread, sqrt(float(p * (1 - p)) / spread))
    half = z_of(level) * error
    measure = Measure(slope, slope - half, slope + half, level, "wald_slope")
    return Trend(measure, z, float(min((log(2) + log_ndtr(-abs(z))) / log(10), 0.0)))


@dataclass(frozen=True, slots=True)
class BandOutcomes:
    """Share with the outcome in each band, and whether it never falls from one band to the next.

    ``falls`` names the bands whose share lies below that of the band before: observed, not tested. ``trend`` tests.
    """

    rates: tuple[Measure, ...]
    falls: tuple[int, ...]
    trend: Trend


def band_outcomes(outcomes: Like, people: Like, *, level: float = 0.95) -> BandOutcomes:
    """Outcome rate by band with Wilson's interval, and where the order of bands is not the order of outcomes.

    >>> found = band_outcomes([5, 4, 30], [100, 100, 100])
    >>> found.falls
    (1,)
    """
    k, n = counts_of("outcomes", outcomes), counts_of("people", people)
    if k.shape != n.shape or (k > n).any():
        refuse("bands", "more outcomes than people, or other lengths")
    rates = []
    for a, b in zip(k.tolist(), n.tolist(), strict=True):
        if b == 0:
            rates.append(undefined("empty_cell", level=level))
            continue
        low, high = wilson_limits(a, b, level=level)
        rates.append(Measure(a / b, float(low), float(high), level, "wilson"))
    falls, last = [], None
    for band, rate in enumerate(rates):
        if rate.value is None:
            continue
        if last is not None and rate.value < last:
            falls.append(band)
        last = rate.value
    return BandOutcomes(tuple(rates), tuple(falls), trend(k, n, level=level))


def total_variation(group: Like, reference: Like) -> Measure:
    """Half the sum of absolute differences of shares: for classes without an order. 0 is parity, 1 is no overlap.

    >>> round(total_variation([50, 30, 20], [20, 30, 50]).value, 9)
    0.3
    """
    import numpy as np

    a, b = counts_of("classes", group), counts_of("classes", reference)
    if a.shape != b.shape:
        refuse("classes", f"{a.size} classes and {b.size}")
    if a.sum() == 0 or b.sum() == 0:
        return undefined("empty_cell")
    return Measure(float(np.abs(a / a.sum() - b / b.sum()).sum() / 2))


def one_against_rest(table: Like) -> list[tuple[float, float, float, float]]:
    """TP, FP, FN, TN of each class against all others, from a table of several classes.

    Args:
        table: Counts, shape (classes, classes): outcome by decision.

    >>> one_against_rest([[5, 1], [2, 8]])
    [(5.0, 2.0, 1.0, 8.0), (8.0, 1.0, 2.0, 5.0)]
    """
    counts = counts_of("classes", table, ndim=2)
    if counts.shape[0] != counts.shape[1]:
        refuse("classes", f"shape {counts.shape} where a square is wanted")
    total = float(counts.sum())
    found = []
    for i in range(counts.shape[0]):
        tp = float(counts[i, i])
        fp, fn = float(counts[:, i].sum()) - tp, float(counts[i].sum()) - tp
        found.append((tp, fp, fn, total - tp - fp - fn))
    return found
