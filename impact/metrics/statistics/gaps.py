"""A group's measure against that of others: difference or ratio of two measures of different people.

In: two ``Measure`` with their intervals. Out: a ``Measure``. Knows neither what is measured nor of whom.
Square-and-add takes the limits that each side already has, so it needs no variance and stays within what is possible.

Sources: Zou and Donner 2008, Stat. Med. 27:1693 (differences); Zou, Huang and Zhang 2009, Comput. Stat. Data Anal.
53:3755 (the same on logarithms).
"""

from __future__ import annotations

from math import exp, hypot, inf, isfinite, log

from impact.metrics.statistics.measure import Measure, undefined

__all__ = ["difference_of", "ratio_of"]


def difference_of(one: Measure, other: Measure) -> Measure:
    """One less the other, both of different people and at the same level.

    >>> a, b = Measure(0.8, 0.7, 0.87, 0.95, "wilson"), Measure(0.6, 0.49, 0.70, 0.95, "wilson")
    >>> found = difference_of(a, b)
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.2, 0.0586, 0.3304]
    """
    if one.value is None or other.value is None:
        return undefined(one.reason or other.reason or "no_value", level=one.level)
    gap = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Measure(gap, level=one.level, reason=one.reason or other.reason or "no_value")
    if not isfinite(one.high) or not isfinite(other.high):
        return Measure(gap, level=one.level, reason="no_value")
    low = gap - hypot(one.value - one.low, other.high - other.value)
    high = gap + hypot(one.high - one.value, other.value - other.low)
    return Measure(gap, low, high, one.level, "square_and_add")


def ratio_of(one: Measure, other: Measure) -> Measure:
    """One over the other, both above 0, of different people and at the same level: square-and-add of logarithms.

    Where a side is 0 or infinite it has no logarithm. The limits are then the smallest and the largest ratio of the two
    intervals (``limits_combined``): wider than need be, never narrower.

    >>> a, b = Measure(4.5, 3.0, 7.0, 0.95, "koopman"), Measure(1.5, 1.0, 2.4, 0.95, "koopman")
    >>> found = ratio_of(a, b)
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [3.0, 1.6127, 5.4646]
    >>> ratio_of(a, Measure(None, 2.0, float("inf"), 0.95, "koopman", "comparator_zero")).high
    3.5
    """
    for side in (one, other):
        if side.value is None and side.reason != "comparator_zero":
            return undefined(side.reason or "no_value", level=one.level)
    whole = one.value is not None and bool(other.value)
    value = one.value / other.value if one.value is not None and other.value else None
    if one.low is None or one.high is None or other.low is None or other.high is None:
        reason = one.reason or other.reason or "no_value"
        return Measure(value, level=one.level, reason=reason if whole else "comparator_zero")
    if one.value and other.value and min(one.low, other.low) > 0 and max(one.high, other.high) < inf:
        centre, a, b = log(one.value / other.value), log(one.value), log(other.value)
        low = centre - hypot(a - log(one.low), log(other.high) - b)
        high = centre + hypot(log(one.high) - a, b - log(other.low))
        return Measure(value, exp(low), exp(high), one.level, "square_and_add_log")
    low = one.low / other.high if isfinite(other.high) else 0.0
    high = one.high / other.low if other.low > 0 and isfinite(one.high) else inf
    return Measure(value, low, high, one.level, "limits_combined", None if whole else "comparator_zero")
