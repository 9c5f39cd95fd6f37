"""How long people took over a decision that a machine had prepared: from sums of seconds and of their logarithms.

In: sums for a group. Out: the typical time (geometric mean) with an interval, and the ratio of two groups' times.
Knows no reviewer. Times are skewed: on the log scale a few interrupted reviews do not decide the result.

Source: Welch 1947, Biometrika 34:28, on logarithms; ratio of geometric means: Bland and Altman 1996, BMJ 312:1153.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, sqrt

from impact.metrics.statistics.measure import Measure, counts_of, level_of, numbers_of, refuse, undefined
from impact.metrics.statistics.regression import welch

__all__ = ["TimeSums", "mean_time", "time_ratio", "typical_time"]


@dataclass(frozen=True, slots=True)
class TimeSums:
    """Review times of a group, in seconds above 0.

    Attributes:
        n: How many reviews.
        t1: Sum of seconds.
        log1: Sum of natural logarithms of seconds.
        log2: Sum of squared logarithms.
    """

    n: float
    t1: float
    log1: float
    log2: float


def mean_time(sums: TimeSums) -> Measure:
    """Arithmetic mean in seconds: what the work costs. Without an interval (see :func:`typical_time`).

    >>> mean_time(TimeSums(n=2, t1=90, log1=7.5, log2=28.2)).value
    45.0
    """
    _check(sums)
    return Measure(sums.t1 / sums.n) if sums.n else undefined("empty_cell")


def typical_time(sums: TimeSums, *, level: float = 0.95) -> Measure:
    """Geometric mean in seconds, with Student's interval on the log scale.

    >>> from math import log
    >>> logs = [log(t) for t in (10, 20, 40)]
    >>> found = typical_time(TimeSums(3, 70, sum(logs), sum(x * x for x in logs)))
    >>> round(found.value, 6), round(found.low, 2), round(found.high, 2)
    (20.0, 3.57, 111.9)
    """
    from scipy.special import stdtrit

    _check(sums)
    level_of(level)
    if sums.n == 0:
        return undefined("empty_cell", level=level)
    centre = sums.log1 / sums.n
    if sums.n < 2:
        return Measure(exp(centre), level=level, reason="one_case")
    variance = max(sums.log2 - sums.log1**2 / sums.n, 0.0) / (sums.n - 1)
    if variance <= 1e-14:
        return Measure(exp(centre), level=level, reason="no_spread")
    half = float(stdtrit(sums.n - 1, (1 + level) / 2)) * sqrt(variance / sums.n)
    return Measure(exp(centre), exp(centre - half), exp(centre + half), level, "student_log")


def time_ratio(group: TimeSums, reference: TimeSums, *, level: float = 0.95) -> Measure:
    """Typical time of the group over that of the reference, Welch's interval on the log scale.

    Below 1: cases of the group are looked at for less time.

    >>> from math import log
    >>> def sums(times):
    ...     logs = [log(t) for t in times]
    ...     return TimeSums(len(times), sum(times), sum(logs), sum(x * x for x in logs))
    >>> found = time_ratio(sums([10, 20, 40]), sums([20, 40, 80]))
    >>> round(found.value, 6), found.low < 1 < found.high
    (0.5, True)
    """
    _check(group)
    _check(reference)
    found = welch((group.n, group.log1, group.log2), (reference.n, reference.log1, reference.log2), level=level)
    if found.value is None:
        return found
    if found.low is None or found.high is None:
        return Measure(exp(found.value), level=level, reason=found.reason)
    # With two reviews on a side the limits of a logarithm can lie beyond what a number can hold.
    high = exp(found.high) if found.high < 700 else float("inf")
    return Measure(exp(found.value), exp(max(found.low, -745.0)), high, level, "welch_log")


def _check(sums: TimeSums) -> None:
    counts_of("review times", [sums.n, sums.t1, sums.log2])
    numbers_of("review times", [sums.log1])
    if not isfinite(sums.log1) or (sums.n == 0 and sums.t1 > 0):
        refuse("review times", "sums without reviews")
