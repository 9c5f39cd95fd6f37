"""How far one column gives another away: Cramér's V, and how often a guess would be right.

In: people by (level of a characteristic, value of a column). Out: the association with its interval, and two counts of
right guesses. Knows no names. Symmetric in rows and columns but for the guess, and for rare values of the column.

Sources: Cramér 1946 (V); Bergsma 2013, J. Korean Stat. Soc. 42:323 (the correction for chance); Smithson 2003 (limits
by inverting the noncentral chi-squared distribution); Cochran 1954, Biometrics 10:417 (small expected counts); Goodman
and Kruskal 1954, J. Am. Stat. Assoc. 49:732 (guesses).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, counts_of, level_of, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Guess", "cramers_v", "guess"]

_SMALL = 5.0  # an expected count below this is small
_MOST_SMALL = 0.2  # share of small expected counts above which the limits are not to be trusted


@dataclass(frozen=True, slots=True)
class Guess:
    """How many levels would be guessed right, of the people counted.

    Attributes:
        n: People.
        knowing: Right where everybody is taken for the level that is most common at their value of the column. Counted
            on the same people, so it is on the high side, and more so with many values.
        blind: Right where everybody is taken for the level that is most common of all.
    """

    n: int
    knowing: int
    blind: int


def cramers_v(table: Like, *, level: float = 0.95) -> Measure:
    """Cramér's V less what chance alone gives: 0 for none, 1 where the column tells the level for certain.

    V² = max(χ² - df, 0)/(n m), with df = (rows - 1)(columns - 1) and m the smaller of rows - 1 and columns - 1. Values
    of the column with an expected count below 5 in some row are taken together as one, which can only lower V; empty
    rows and columns are left out.

    The limits are the outer ones of two intervals: the noncentralities under which χ² is at its upper and at its lower
    tail, and V ± z times its standard error by the delta method. The first covers too little at middling V in tables of
    three rows and more (88% measured), the second near 0 and in small samples (86%); the outer ones 92% or more.
    No interval where more than a fifth of the expected counts are still below 5: a rare level of the characteristic.

    Args:
        table: People by (level, value).
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = cramers_v([[30, 10], [10, 30]])
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.4873, 0.2809, 0.7191]
    >>> cramers_v([[3, 4]]).reason
    'one_group'
    """
    import numpy as np

    level_of(level)
    counts = _rare_together(counts_of("association", table, ndim=2))
    if not counts.size:
        return undefined("empty_cell", level=level)
    rows, columns = counts.shape
    if rows < 2:
        return undefined("one_group", level=level)
    if columns < 2:
        return undefined("no_spread", level=level)
    n, least = float(counts.sum()), min(rows, columns) - 1
    degrees = (rows - 1) * (columns - 1)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    squared = float(((counts - expected) ** 2 / expected).sum())
    value = min(sqrt(max(squared - degrees, 0.0) / (n * least)), 1.0)
    if float((expected < _SMALL).mean()) > _MOST_SMALL:
        return Measure(value, level=level, reason="too_few_cases")
    ends = _noncentral(squared, degrees, level)
    if ends is None:
        return Measure(value, level=level, reason="no_value")
    low, high = (sqrt(each / (n * least)) for each in ends)
    half = z_of(level) * _error(counts, expected / n, least)
    return Measure(
        value, max(min(low, value - half), 0.0), min(max(high, value + half), 1.0), level, "noncentral_and_delta"
    )


def _rare_together(counts: Floats) -> Floats:
    """Without empty rows and columns, and with the rare columns as one: the rarest first, until none is rare."""
    import numpy as np

    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if not counts.size:
        return counts
    smallest = counts.sum(axis=1).min() / counts.sum()
    order = np.argsort(counts.sum(axis=0), kind="stable")
    sizes = counts.sum(axis=0)[order] * smallest
    together = int((sizes < _SMALL).sum())
    while 0 < together < len(order) and (together == 1 or sizes[:together].sum() < _SMALL):
        together += 1
    # Where one level is itself rare, every value would be: the interval is withheld instead.
    if together == 0 or together == len(order):
        return counts
    return np.column_stack([counts[:, np.sort(order[together:])], counts[:, order[:together]].sum(axis=1)])


def _noncentral(squared: float, degrees: int, level: float) -> tuple[float, float] | None:
    """Noncentralities under which a chi-squared as large, or as small, has half of what the level leaves."""
    from math import isfinite

    from scipy.special import chndtr, chndtrinc

    tail = (1 - level) / 2
    low, high = (
        float(chndtrinc(squared, degrees, p)) if chndtr(squared, degrees, 0.0) > p else 0.0 for p in (1 - tail, tail)
    )
    return (low, high) if isfinite(low) and isfinite(high) else None


def _error(counts: Floats, independent: Floats, least: int) -> float:
    """Standard error of V by the delta method; 0 where V is, as its slope is not defined there."""
    n = counts.sum()
    share = counts / n
    ratio = share**2 / independent
    squared = float(ratio.sum()) - 1
    if squared <= 0:
        return 0.0
    slope = 2 * share / independent
    slope -= (ratio.sum(axis=1) / share.sum(axis=1))[:, None] + (ratio.sum(axis=0) / share.sum(axis=0))[None, :]
    variance = float((share * slope**2).sum() - (share * slope).sum() ** 2) / float(n)
    return sqrt(max(variance, 0.0)) / (2 * sqrt(squared * least))


def guess(table: Like) -> Guess:
    """How many levels would be guessed right, with the column and without.

    Args:
        table: People by (level, value).

    >>> guess([[30, 10], [10, 30]])
    Guess(n=80, knowing=60, blind=40)
    """
    counts = counts_of("association", table, ndim=2)
    if not counts.size:
        return Guess(0, 0, 0)
    return Guess(int(counts.sum()), int(counts.max(axis=0).sum()), int(counts.sum(axis=1).max()))
