"""Scorers that predict an amount (days, pounds, a number of calls): errors from exact sums.

In: for one group, how many, and sums as whole numbers of a smallest unit. Out: mean error, mean absolute error, root
mean squared error, shares near enough and too far off, and comparisons of two groups. Knows no rows and no plan;
medians cannot be had from sums.

Variances are worked out in fractions of whole numbers. In floating point the difference of two large sums of squares
loses the digits that matter: with amounts near 10 million and errors near 1 nothing would be left of a variance.

Sources: Student 1908, Biometrika 6:1; Welch 1947, Biometrika 34:28.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt

from impact.metrics.statistics.intervals import newcombe, wilson
from impact.metrics.statistics.measure import Measure, level_of, refuse, undefined

__all__ = [
    "LEAST_LOG10_P",
    "Moments",
    "mean",
    "mean_difference",
    "root_mean_square",
    "share",
    "share_difference",
    "welch",
]

LEAST_LOG10_P = -300.0  # a p-value is not told apart below this: the tail underflows


@dataclass(frozen=True, slots=True)
class Moments:
    """How many values, their sum, and the sum of their squares: whole numbers, in steps of ``1/per`` of the unit.

    >>> Moments(3, 6, 14).variance_of_mean  # of 1, 2 and 3
    Fraction(1, 3)
    """

    n: int
    total: int
    squares: int
    per: int = 1

    def __post_init__(self) -> None:
        if self.n < 0 or self.per < 1 or self.total**2 > self.n * self.squares:
            refuse("sums of errors", "sums that no values have")

    @property
    def mean(self) -> Fraction:
        """Exactly; only with at least one value."""
        return Fraction(self.total, self.n * self.per)

    @property
    def variance_of_mean(self) -> Fraction:
        """Exactly; only with at least two values."""
        spread = self.n * self.squares - self.total**2
        return Fraction(spread, self.n * self.n * (self.n - 1) * self.per**2)


def mean(values: Moments, *, level: float = 0.95, least: float | None = None) -> Measure:
    """Mean with Student's interval.

    Args:
        values: As :class:`Moments`.
        level: Confidence level.
        least: What no value can be below, such as 0 for sizes of errors; no limit is below it either.

    Returns:
        No value of nobody; no interval of one value, or where all values are alike.

    >>> found = mean(Moments(4, 20, 110))  # 3, 4, 6 and 7
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (5.0, 2.0948, 7.9052)
    """
    from scipy.special import stdtrit

    level_of(level)
    if not values.n:
        return undefined("empty_cell", level=level)
    centre = float(values.mean)
    if values.n < 2:
        return Measure(centre, level=level, reason="one_case")
    variance = values.variance_of_mean
    if not variance:
        return Measure(centre, level=level, reason="no_spread")
    half = float(stdtrit(values.n - 1, (1 + level) / 2)) * sqrt(variance)
    low = centre - half if least is None else max(centre - half, least)
    return Measure(centre, low, centre + half, level, "student_mean")


def mean_difference(one: Moments, other: Moments, *, level: float = 0.95) -> tuple[Measure, float | None]:
    """Mean of one less that of the other, of different people, with Welch's interval and the log10 of his p-value.

    Returns:
        The difference, and log10 of the two-sided p-value, not below ``LEAST_LOG10_P``; None where there is no
        interval: a side with fewer than two values, or no spread on either side.

    >>> found, log10_p = mean_difference(Moments(4, 20, 110), Moments(5, 15, 55))
    >>> found.value, round(found.low, 4), round(found.high, 4), round(10**log10_p, 4)
    (2.0, -0.8201, 4.8201, 0.1336)
    """
    from scipy.special import log_ndtr, stdtr, stdtrit

    level_of(level)
    if not one.n or not other.n:
        return undefined("empty_cell", level=level), None
    gap = float(one.mean - other.mean)
    if one.n < 2 or other.n < 2:
        return Measure(gap, level=level, reason="one_case"), None
    v1, v2 = one.variance_of_mean, other.variance_of_mean
    if not v1 + v2:
        return Measure(gap, level=level, reason="no_spread"), None
    error = sqrt(v1 + v2)
    degrees = float((v1 + v2) ** 2 / (v1**2 / (one.n - 1) + v2**2 / (other.n - 1)))
    half = float(stdtrit(degrees, (1 + level) / 2)) * error
    tail = 2 * float(stdtr(degrees, -abs(gap) / error))
    # The tail underflows only with many degrees of freedom, where it is the normal one.
    log10_p = log(tail) / log(10) if tail > 0 else (log(2) + float(log_ndtr(-abs(gap) / error))) / log(10)
    found = Measure(gap, gap - half, gap + half, level, "welch")
    return found, min(max(log10_p, LEAST_LOG10_P), 0.0)


def root_mean_square(values: Moments, *, level: float = 0.95) -> Measure:
    """Root of the mean square, without an interval: that would need fourth powers, which are not counted.

    >>> root_mean_square(Moments(4, 2, 2)).value
    0.7071067811865476
    """
    if not values.n:
        return undefined("empty_cell", level=level)
    return Measure(sqrt(Fraction(values.squares, values.n * values.per**2)), level=level, reason="not_counted")


def share(k: int, n: int, *, level: float = 0.95) -> Measure:
    """k of n with Wilson's interval.

    >>> share(0, 0).reason
    'empty_cell'
    """
    found = wilson(k, n, level=level)
    return Measure(k / n, found.low, found.high, level, found.method) if found else undefined("empty_cell", level=level)


def share_difference(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> tuple[Measure, float | None]:
    """k1/n1 less k2/n2 with Newcombe's interval, and log10 of the two-sided p-value of the pooled score test.

    >>> found, log10_p = share_difference(56, 70, 48, 80)
    >>> [round(x, 4) for x in (found.value, found.low, found.high, 10**log10_p)]
    [0.2, 0.0524, 0.3339, 0.008]
    """
    from scipy.special import log_ndtr

    limits = newcombe(k1, n1, k2, n2, level=level)
    if limits is None:
        return undefined("empty_cell", level=level), None
    gap, pooled = k1 / n1 - k2 / n2, (k1 + k2) / (n1 + n2)
    spread = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = gap / spread if spread else 0.0  # equal shares of none or of all: no evidence
    log10_p = (log(2) + float(log_ndtr(-abs(z)))) / log(10)
    return Measure(gap, limits.low, limits.high, level, limits.method), min(max(log10_p, LEAST_LOG10_P), 0.0)


def welch(one: tuple[float, float, float], other: tuple[float, float, float], *, level: float = 0.95) -> Measure:
    """Difference of two means from (n, sum, sum of squares) each, with Welch's interval.

    For sums that are no whole numbers, such as logarithms of times.

    >>> found = welch((4, 20, 110), (5, 15, 55))
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (2.0, -0.8201, 4.8201)
    """
    from scipy.special import stdtrit

    level_of(level)
    (n1, a1, b1), (n2, a2, b2) = one, other
    if n1 == 0 or n2 == 0:
        return undefined("empty_cell", level=level)
    gap = a1 / n1 - a2 / n2
    if n1 < 2 or n2 < 2:
        return Measure(gap, level=level, reason="one_case")
    v1, v2 = ((b - a * a / n) / (n - 1) / n for n, a, b in ((n1, a1, b1), (n2, a2, b2)))
    v1, v2 = max(v1, 0.0), max(v2, 0.0)
    if v1 + v2 <= 1e-14 * gap * gap + 1e-300:
        return Measure(gap, level=level, reason="no_spread")
    degrees = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    half = float(stdtrit(degrees, (1 + level) / 2)) * sqrt(v1 + v2)
    return Measure(gap, gap - half, gap + half, level, "welch")
