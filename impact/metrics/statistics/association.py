"""How far one column gives another away: Cramér's V, and how often a guess would be right.

In: people by (level of a characteristic, value of a column). Out: the association with its interval, and two counts of
right guesses. Knows no names. Symmetric in rows and columns but for the guess.

Sources: Cramér 1946, Mathematical Methods of Statistics, section 21.9; the correction for chance: Bergsma 2013, J. Korean
Stat. Soc. 42:323; the interval by inverting the noncentral chi-squared distribution: Smithson 2003, Confidence Intervals;
when it is not used: Cochran 1954, Biometrics 10:417 (small expected counts); guesses: Goodman and Kruskal 1954, J. Am.
Stat. Assoc. 49:732.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, counts_of, level_of, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

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

    V² = max(χ² - df, 0)/(n m), with df = (rows - 1)(columns - 1) and m the smaller of rows - 1 and columns - 1; empty
    rows and columns are left out. Limits: the noncentralities under which χ² is at its upper and its lower tail, over
    n m. No interval where more than a fifth of the expected counts are below 5.

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
    from scipy.special import chndtr, chndtrinc

    counts = counts_of("association", table, ndim=2)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
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
    tail = (1 - level_of(level)) / 2
    # chndtrinc gives the noncentrality at which the chance of at most `squared` is what is asked for.
    ends = [
        float(chndtrinc(squared, degrees, p)) if chndtr(squared, degrees, 0.0) > p else 0.0 for p in (1 - tail, tail)
    ]
    if not all(np.isfinite(ends)):
        return Measure(value, level=level, reason="no_value")
    low, high = (min(sqrt(each / (n * least)), 1.0) for each in ends)
    return Measure(value, min(low, value), max(high, value), level, "noncentral_chi_squared")


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
