"""Scorers that predict an amount (days, pounds, a number of calls): errors from sums.

In: for one group, how many, and sums of predictions, outcomes, their squares and products. Out: mean error, root mean
squared error, correlation, and comparisons of two groups. Knows no rows; medians cannot be had from sums.

Sources: Student 1908; Welch 1947, Biometrika 34:28; Jain, Chiu and Hawe 1984 (index of evenness).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from impact.metrics.statistics.measure import Measure, counts_of, level_of, numbers_of, refuse, undefined

__all__ = ["ErrorSums", "RegressionErrors", "errors", "mean_error_difference", "rmse_ratio", "welch"]


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums over the people of a group whose prediction and outcome are both known.

    Attributes:
        n: How many.
        s1: Sum of predictions.
        s2: Sum of squared predictions.
        y1: Sum of outcomes.
        y2: Sum of squared outcomes.
        sy: Sum of prediction times outcome.
        absolute: Sum of absolute errors; None where it was not counted.
    """

    n: float
    s1: float
    s2: float
    y1: float
    y2: float
    sy: float
    absolute: float | None = None

    @property
    def error(self) -> float:
        """Sum of prediction less outcome."""
        return self.s1 - self.y1

    @property
    def squared_error(self) -> float:
        return max(self.s2 - 2 * self.sy + self.y2, 0.0)


@dataclass(frozen=True, slots=True)
class RegressionErrors:
    """Errors of one group.

    Attributes:
        mean_error: Prediction less outcome: above 0 predicts too much. With Student's interval.
        rmse: Root mean squared error.
        mae: Mean absolute error.
        r_squared: 1 - squared error over variance of outcomes; below 0 is worse than predicting the mean.
        correlation: Pearson's, of prediction and outcome.
        evenness: Jain's index of absolute errors: 1 where all are the same size, towards 0 where a few carry all.
    """

    mean_error: Measure
    rmse: Measure
    mae: Measure
    r_squared: Measure
    correlation: Measure
    evenness: Measure


def errors(sums: ErrorSums, *, level: float = 0.95) -> RegressionErrors:
    """All error measures of one group.

    Args:
        sums: As :class:`ErrorSums`.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = errors(ErrorSums(n=4, s1=10, s2=30, y1=8, y2=20, sy=24, absolute=2))  # errors 1, 1, 0, 0
    >>> found.mean_error.value, round(found.rmse.value, 4), found.mae.value, found.evenness.value
    (0.5, 0.7071, 0.5, 0.5)
    """
    _check(sums)
    if sums.n == 0:
        none = undefined("empty_cell", level=level)
        return RegressionErrors(none, none, none, none, none, none)
    n, squared = sums.n, sums.squared_error
    total = sums.y2 - sums.y1**2 / n
    predicted = sums.s2 - sums.s1**2 / n
    spread = sqrt(max(total, 0.0) * max(predicted, 0.0))
    nothing = undefined("no_spread", level=level)
    flat = 1e-12 * max(sums.y2, sums.s2, 1e-300)
    evenness = undefined("not_counted", level=level)
    if sums.absolute is not None:
        evenness = Measure(sums.absolute**2 / (n * squared), level=level) if squared > 0 else nothing
    return RegressionErrors(
        mean_error=_mean(n, sums.error, squared, level),
        rmse=Measure(sqrt(squared / n), level=level),
        mae=undefined("not_counted", level=level) if sums.absolute is None else Measure(sums.absolute / n, level=level),
        r_squared=Measure(1 - squared / total, level=level) if total > flat else nothing,
        correlation=Measure((sums.sy - sums.s1 * sums.y1 / n) / spread, level=level) if spread > flat else nothing,
        evenness=evenness,
    )


def mean_error_difference(group: ErrorSums, reference: ErrorSums, *, level: float = 0.95) -> Measure:
    """Mean error of the group less that of the reference, Welch's interval.

    >>> a = ErrorSums(n=4, s1=10, s2=30, y1=8, y2=20, sy=24)
    >>> b = ErrorSums(n=4, s1=8, s2=20, y1=8, y2=24, sy=21)
    >>> round(mean_error_difference(a, b).value, 4)
    0.5
    """
    _check(group)
    _check(reference)
    return welch(
        (group.n, group.error, group.squared_error),
        (reference.n, reference.error, reference.squared_error),
        level=level,
    )


def rmse_ratio(group: ErrorSums, reference: ErrorSums) -> Measure:
    """Root mean squared error of the group over that of the reference; above 1 predicts the group worse.

    Without an interval: the sums carry no fourth powers, and one that assumes normal errors would be too narrow.

    >>> a = ErrorSums(n=4, s1=10, s2=30, y1=8, y2=20, sy=24)
    >>> rmse_ratio(a, a).value
    1.0
    """
    _check(group)
    _check(reference)
    if group.n == 0 or reference.n == 0:
        return undefined("empty_cell")
    if reference.squared_error == 0:
        return undefined("comparator_zero")
    return Measure(sqrt((group.squared_error / group.n) / (reference.squared_error / reference.n)))


def welch(one: tuple[float, float, float], other: tuple[float, float, float], *, level: float = 0.95) -> Measure:
    """Difference of two means from (n, sum, sum of squares) each, with Welch's interval.

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


def _mean(n: float, total: float, squares: float, level: float) -> Measure:
    from scipy.special import stdtrit

    level_of(level)
    mean = total / n
    if n < 2:
        return Measure(mean, level=level, reason="one_case")
    variance = max(squares - total * total / n, 0.0) / (n - 1)
    if variance <= 1e-14 * mean * mean + 1e-300:
        return Measure(mean, level=level, reason="no_spread")
    half = float(stdtrit(n - 1, (1 + level) / 2)) * sqrt(variance / n)
    return Measure(mean, mean - half, mean + half, level, "student_mean")


def _check(sums: ErrorSums) -> None:
    counts_of("sums of errors", [sums.n, sums.s2, sums.y2, sums.absolute or 0.0])
    numbers_of("sums of errors", [sums.s1, sums.y1, sums.sy])
    if sums.n == 0 and (sums.s2 or sums.y2):
        refuse("sums of errors", "sums without people")
