"""Two scorers counted apart: differences of rates and of disparities when nobody knows which cases are the same.

In: counts of two audits. Out: differences with intervals, whose disparity is smaller, and a dominance line. Knows no
names. Every interval takes the two audits as independent. On the same cases it is too wide where the scorers tend to
agree (their errors then cancel in a difference), and too narrow where they tend to disagree.

Sources: Newcombe 1998, Stat. Med. 17:873; square-and-add: Zou and Donner 2008, Stat. Med. 27:1693.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

from impact.metrics.statistics.intervals import newcombe
from impact.metrics.statistics.measure import Measure, level_of, undefined
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.statistics.paired import Dominance

__all__ = ["Count", "difference", "disparities", "dominance_unpaired", "smaller_disparity"]


class Count(NamedTuple):
    """Numerator and denominator of a rate."""

    k: int
    n: int


def difference(first: Count, second: Count, *, level: float = 0.95) -> Measure:
    """The first rate less the second, of independent counts, by Newcombe's hybrid score interval.

    >>> found = difference(Count(56, 70), Count(48, 80))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    limits = newcombe(*first, *second, level=level)
    if limits is None:
        return undefined("empty_cell", level=level)
    return Measure(first.k / first.n - second.k / second.n, limits.low, limits.high, level, limits.method)


def disparities(first: Measure, second: Measure) -> tuple[Measure, Measure]:
    """Difference and sum of two independent disparities, each a difference of rates with its limits.

    >>> a, b = difference(Count(30, 100), Count(20, 100)), difference(Count(20, 100), Count(18, 100))
    >>> [(round(each.value, 2), each.low < each.value < each.high) for each in disparities(a, b)]
    [(0.08, True), (0.12, True)]
    """
    level = first.level
    if first.value is None or second.value is None or first.interval is None or second.interval is None:
        why = first.reason or second.reason or "empty_cell"
        return undefined(why, level=level), undefined(why, level=level)
    (l1, u1), (l2, u2) = first.interval, second.interval
    a, b = first.value, second.value
    less = Measure(a - b, a - b - hypot(a - l1, u2 - b), a - b + hypot(u1 - a, b - l2), level, "square_and_add")
    more = Measure(a + b, a + b - hypot(a - l1, b - l2), a + b + hypot(u1 - a, u2 - b), level, "square_and_add")
    return less, more


def smaller_disparity(less: Measure, more: Measure) -> str | None:
    """Whose disparity is smaller in size, ``first`` or ``second``; None where the data do not show it.

    The second is where difference and sum of the two are both above 0 or both below: its square is then the smaller.

    Args:
        less: First disparity less the second.
        more: First disparity plus the second.

    >>> smaller_disparity(Measure(0.08, 0.01, 0.15), Measure(0.12, 0.02, 0.2))
    'second'
    >>> smaller_disparity(Measure(0.11, 0.04, 0.2), Measure(-0.01, -0.1, 0.1)) is None  # +5 and -6 points
    True
    """
    if less.interval is None or more.interval is None:
        return None
    signs = [1 if low > 0 else -1 if high < 0 else 0 for low, high in (less.interval, more.interval)]
    product = signs[0] * signs[1]
    return None if product == 0 else "second" if product > 0 else "first"


def dominance_unpaired(groups: Sequence[tuple[Count, Count]], *, level: float = 0.95) -> Dominance:
    """Error rates of two, group by group, with intervals that hold for all groups together (Šidák).

    Args:
        groups: Error count of the first and of the second in each group, all with people in them.
        level: Confidence level of all groups together.

    >>> dominance_unpaired([(Count(10, 300), Count(60, 300)), (Count(8, 200), Count(40, 200))]).fewer
    'first'
    """
    each = 1 - sidak(1 - level_of(level), len(groups))
    found = tuple(difference(*pair, level=each) for pair in groups)
    fewer = None
    if found and all(one.high is not None and one.high < 0 for one in found):
        fewer = "first"
    elif found and all(one.low is not None and one.low > 0 for one in found):
        fewer = "second"
    return Dominance(fewer, found, len(groups))
