"""How a disparity changed between two independent counts: the difference of two differences, the ratio of two ratios.

In: two tables of four counts, one for each time. Out: ``Measure`` for each scale. Knows no groups, no plan, and not
which direction harms anybody. The people of the two tables must be different people: then the two disparities are
independent, and their intervals may be squared and added.

Source: Zou and Donner 2008, Stat. Med. 27:1693 (square-and-add of intervals that need not be symmetric).
"""

from __future__ import annotations

from math import exp, hypot, inf, log

from impact.metrics.statistics.intervals import koopman, newcombe
from impact.metrics.statistics.measure import Measure, level_of, refuse, undefined

__all__ = ["Table", "change_of_difference", "change_of_ratio"]

Table = tuple[int, int, int, int]  # k1 of n1 in the group, k2 of n2 in the comparator
_METHOD = "square_and_add"


def change_of_difference(before: Table, now: Table, *, level: float = 0.95) -> Measure:
    """Difference of rates now less difference of rates before, from Newcombe's intervals.

    Args:
        before, now: Counted and at risk in the group, counted and at risk in the comparator.
        level: Confidence level as a fraction.

    Returns:
        Between -2 and 2; ``empty_cell`` where nobody was at risk on a side.

    Raises:
        MetricError: M120 counts that cannot exist.

    >>> found = change_of_difference((56, 70, 48, 80), (66, 70, 48, 80))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.1429, -0.0429, 0.3299]
    """
    first, second = _checked(before), _checked(now)
    a, b = newcombe(*first, level=level_of(level)), newcombe(*second, level=level)
    if a is None or b is None or a.high is None or b.high is None:
        return undefined("empty_cell", level=level)
    return _joined(
        (first[0] / first[1] - first[2] / first[3], a.low, a.high),
        (second[0] / second[1] - second[2] / second[3], b.low, b.high),
        level,
    )


def change_of_ratio(before: Table, now: Table, *, level: float = 0.95) -> Measure:
    """Ratio of rates now over ratio of rates before, from Koopman's intervals on the logarithmic scale.

    Args:
        before, now: Counted and at risk in the group, counted and at risk in the comparator.
        level: Confidence level as a fraction.

    Returns:
        Above 0; 2 says that the ratio is twice what it was. ``comparator_zero`` where any of the four rates is zero:
        a ratio of 0, or over 0, has no logarithm. ``empty_cell`` where nobody was at risk on a side.

    Raises:
        MetricError: M120 counts that cannot exist.

    >>> found = change_of_ratio((20, 200, 100, 2000), (60, 200, 100, 2000))
    >>> [round(x, 3) for x in (found.value, found.low, found.high)]
    [3.0, 1.764, 5.14]
    """
    first, second = _checked(before), _checked(now)
    a, b = koopman(*first, level=level_of(level)), koopman(*second, level=level)
    if a is None or b is None:
        return undefined("empty_cell", level=level)
    if 0 in (first[0], first[2], second[0], second[2]) or a.high is None or b.high is None:
        return undefined("comparator_zero", level=level)
    log_ratios = [log(k1 * n2) - log(k2 * n1) for k1, n1, k2, n2 in (first, second)]
    found = _joined(
        (log_ratios[0], log(a.low), log(a.high)),
        (log_ratios[1], log(b.low), log(b.high)),
        level,
    )
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return Measure(exp(found.value), exp(found.low), exp(found.high) if found.high < inf else inf, level, _METHOD)


def _joined(a: tuple[float, float, float], b: tuple[float, float, float], level: float) -> Measure:
    """The second estimate less the first, with limits."""
    gap = b[0] - a[0]
    return Measure(gap, gap - hypot(b[0] - b[1], a[2] - a[0]), gap + hypot(b[2] - b[0], a[0] - a[1]), level, _METHOD)


def _checked(table: Table) -> Table:
    k1, n1, k2, n2 = table
    sound = all(type(each) is int for each in table) and 0 <= k1 <= n1 and 0 <= k2 <= n2
    if not sound:
        refuse("change of a disparity", "counts where 0 <= k <= n does not hold")
    return table
