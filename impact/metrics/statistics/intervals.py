"""Intervals for one rate, for a difference and for a ratio of two independent rates.

In: counts of people (numerator and denominator) and a confidence level. Out: limits, as arrays or as an ``Interval``.
Refuses to know what the counts mean: no groups, no metrics, no verdicts. Closed forms of our own, because library
functions default to the worst method or fail on zero cells (docs/statistics.md); libraries are oracles in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf
from typing import TYPE_CHECKING, Any, Literal

from impact.errors import Fault, MetricError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Like = npt.ArrayLike

__all__ = [
    "Interval",
    "clopper_pearson",
    "koopman",
    "koopman_limits",
    "newcombe",
    "newcombe_limits",
    "wilson",
    "wilson_limits",
]

Method = Literal[
    "wilson", "wilson_kish", "wilson_clustered", "clopper_pearson", "newcombe", "koopman", "wilson_at_ends"
]

# Koopman's limits are searched on the logarithmic scale. 120 covers ratios of counts in the billions; a range of 16
# gave nonsense for 1 in 10^9 against 5 in 10. 120 halvings of it leave an error far below a double's own.
_LOG_RANGE = 120.0
_STEPS = 120


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits at a confidence level, with the method named.

    Attributes:
        low: Lower limit.
        high: Upper limit; ``None`` where the interval is open upwards (a ratio against a rate of zero).
        level: Confidence level as a fraction: 0.95, not 95.
        method: How it was computed.
    """

    low: float
    high: float | None
    level: float
    method: Method

    def to_json(self) -> list[float | None]:
        """``[low, high]``, with null for an open end."""
        return [self.low, self.high]


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval | None:
    """Wilson score interval for a share of people.

    Args:
        successes: People counted, 0 to ``trials``.
        trials: People at risk.
        level: Confidence level as a fraction.

    Returns:
        Limits between 0 and 1, exactly 0 when nobody was counted and exactly 1 when everybody was; ``None`` when
        ``trials`` is 0: nobody was at risk, so there is no share.

    Raises:
        MetricError: M101 counts out of range, M102 level out of range.

    Source:
        Wilson 1927, J. Am. Stat. Assoc. 22:209.

    >>> found = wilson(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    >>> wilson(0, 0) is None
    True
    """
    _check(((successes, trials),), level)
    if trials == 0:
        return None
    low, high = wilson_limits(successes, trials, level=level)
    return Interval(float(low), float(high), level, "wilson")


def clopper_pearson(successes: int, trials: int, *, level: float = 0.95) -> Interval | None:
    """Exact (Clopper-Pearson) interval: coverage is never below ``level``. For rare events and guaranteed bounds.

    Returns:
        Limits between 0 and 1; ``None`` when ``trials`` is 0.

    Raises:
        MetricError: M101 counts out of range, M102 level out of range.

    Source:
        Clopper and Pearson 1934, Biometrika 26:404.

    >>> found = clopper_pearson(10, 2077)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0023, 0.0088)
    """
    from scipy.special import betaincinv

    _check(((successes, trials),), level)
    if trials == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(betaincinv(successes + 1, trials - successes, 1 - tail))
    return Interval(low, high, level, "clopper_pearson")


def newcombe(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Newcombe's hybrid score interval (method 10 of 11) for the difference ``k1/n1 - k2/n2`` of independent rates.

    Returns:
        Limits between -1 and 1; ``None`` when either denominator is 0.

    Raises:
        MetricError: M101 counts out of range, M102 level out of range.

    Source:
        Newcombe 1998, Stat. Med. 17:873.

    >>> found = newcombe(56, 70, 48, 80)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    _check(((k1, n1), (k2, n2)), level)
    if n1 == 0 or n2 == 0:
        return None
    low, high = newcombe_limits(k1, n1, k2, n2, level=level)
    return Interval(float(low), float(high), level, "newcombe")


def koopman(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Koopman's score interval for the ratio ``(k1/n1) / (k2/n2)`` of independent rates.

    Returns:
        Limits; the lower one is 0 when ``k1`` is 0, the upper one ``None`` (open) when ``k2`` is 0, so that two zeros
        give "from 0 upwards": the data say nothing about the ratio. ``None`` when either denominator is 0.

    Raises:
        MetricError: M101 counts out of range, M102 level out of range.

    Source:
        Koopman 1984, Biometrics 40:513, without the factor N/(N-1) of Miettinen and Nurminen 1985.

    >>> found = koopman(5, 20, 10, 200)
    >>> round(found.low, 4), round(found.high, 4)
    (1.8799, 12.2177)
    >>> koopman(5, 20, 0, 200).high is None
    True
    """
    _check(((k1, n1), (k2, n2)), level)
    if n1 == 0 or n2 == 0:
        return None
    low, high = koopman_limits(k1, n1, k2, n2, level=level)
    return Interval(float(low), None if isinf(high) else float(high), level, "koopman")


def wilson_limits(successes: Like, trials: Like, *, level: Like = 0.95) -> tuple[Floats, Floats]:
    """Wilson limits for arrays of counts; every ``trials`` above 0. Limits are snapped at 0 and at full counts."""
    import numpy as np
    from scipy.special import ndtri

    k, n = np.asarray(successes, float), np.asarray(trials, float)
    z2 = ndtri((1 + np.asarray(level, float)) / 2) ** 2
    p = k / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At the ends centre and half are equal in theory and differ by a rounding error in practice.
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    return low, high


def newcombe_limits(k1: Like, n1: Like, k2: Like, n2: Like, *, level: Like = 0.95) -> tuple[Floats, Floats]:
    """Newcombe limits for arrays of counts; every denominator above 0."""
    import numpy as np

    l1, u1 = wilson_limits(k1, n1, level=level)
    l2, u2 = wilson_limits(k2, n2, level=level)
    p1 = np.asarray(k1, float) / np.asarray(n1, float)
    p2 = np.asarray(k2, float) / np.asarray(n2, float)
    gap = p1 - p2
    return gap - np.hypot(p1 - l1, u2 - p2), gap + np.hypot(u1 - p1, p2 - l2)


def koopman_limits(k1: Like, n1: Like, k2: Like, n2: Like, *, level: Like = 0.95) -> tuple[Floats, Floats]:
    """Koopman limits for arrays of counts; every denominator above 0; an open upper limit is infinity.

    For a ratio r the two rates are estimated under the constraint p1 = r * p2; r belongs to the interval while
    (k1/n1 - r k2/n2)² / [p1(1-p1)/n1 + r² p2(1-p2)/n2] does not exceed the chi-squared quantile. The limits are found
    by bisection on log r, starting inside the interval.
    """
    import numpy as np
    from scipy.special import chdtri

    arrays = np.broadcast_arrays(*(np.asarray(x, float) for x in (k1, n1, k2, n2, level)))
    a1, m1, a2, m2, levels = arrays
    critical = chdtri(1, 1 - levels)

    def statistic(ratio: Any) -> Any:
        a = (m1 + m2) * ratio
        b = m1 * ratio + a1 + m2 + a2 * ratio
        c = a1 + a2
        # The other form of this root loses every digit when the ratio is large.
        p2 = np.clip(2 * c / (b + np.sqrt(np.maximum(b * b - 4 * a * c, 0))), 0, 1)
        p1 = np.minimum(ratio * p2, 1)
        variance = p1 * (1 - p1) / m1 + ratio**2 * p2 * (1 - p2) / m2
        gap = a1 / m1 - ratio * a2 / m2
        return np.where(variance > 0, gap**2 / variance, np.where(np.abs(gap) < 1e-12, 0.0, inf))

    with np.errstate(all="ignore"):  # zero counts divide by zero; np.where discards those branches
        point = np.log((a1 / m1) / (a2 / m2))
        start = np.where(a1 == 0, -_LOG_RANGE / 2, np.where(a2 == 0, _LOG_RANGE / 2, point))

        def search(sign: float) -> Any:
            inside, outside = start.copy(), start + sign * _LOG_RANGE
            for _ in range(_STEPS):
                middle = (inside + outside) / 2
                kept = statistic(np.exp(middle)) <= critical
                before = inside, outside
                inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
                if (inside == before[0]).all() and (outside == before[1]).all():
                    break  # no number lies between the two any more, so nothing would change
            return np.exp(inside)

        return np.where(a1 == 0, 0.0, search(-1.0)), np.where(a2 == 0, inf, search(+1.0))


def _check(counts: tuple[tuple[int, int], ...], level: float) -> None:
    for successes, trials in counts:
        if not 0 <= successes <= trials:
            raise MetricError(
                Fault("intervals", f"{successes} of {trials}", "0 <= successes <= trials", "Check the counts", "M101")
            )
    if not 0 < level < 1:
        raise MetricError(
            Fault("intervals", f"level {level}", "a fraction between 0 and 1", "Write 0.95 for 95%", "M102")
        )
