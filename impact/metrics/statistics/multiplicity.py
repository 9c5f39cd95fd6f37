"""Many comparisons at once: the level for simultaneous intervals, and adjusted p-values.

In: a level, or p-values on the logarithmic scale (they underflow at national sizes), and the size of the family. Out:
the same, adjusted. Undefined comparisons are dropped by the caller first and counted apart: they are not tests.

Sources: Šidák 1967, J. Am. Stat. Assoc. 62:626; Holm 1979, Scand. J. Stat. 6:65; Benjamini and Hochberg 1995,
J. R. Stat. Soc. B 57:289.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, log10

__all__ = ["holm", "sidak", "step_up"]


def sidak(alpha: float, comparisons: int) -> float:
    """Level for each comparison of a family so that the whole family keeps ``alpha``.

    >>> round(sidak(0.05, 18), 6)
    0.002846
    """
    return float(1 - (1 - alpha) ** (1 / max(comparisons, 1)))


def holm(log10_p: Iterable[float], size: int) -> list[float]:
    """Holm's step-down adjustment on the logarithmic scale, in the order given; ``size`` is the whole family.

    >>> [round(10**p, 3) for p in holm([-2.0, -1.69897], 2)]
    [0.02, 0.02]
    """
    values = list(log10_p)
    adjusted, running = [0.0] * len(values), -inf
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        running = max(running, min(values[index] + log10(max(size - rank, 1)), 0.0))
        adjusted[index] = running
    return adjusted


def step_up(log10_p: Iterable[float], size: int) -> list[float]:
    """Benjamini and Hochberg's step-up adjustment (false discovery rate) on the logarithmic scale.

    >>> [round(10**p, 3) for p in step_up([-2.0, -1.69897], 2)]
    [0.02, 0.02]
    """
    values = list(log10_p)
    adjusted, running = [0.0] * len(values), 0.0
    ranked = sorted(range(len(values)), key=values.__getitem__)
    for rank in range(len(ranked), 0, -1):
        index = ranked[rank - 1]
        running = min(running, values[index] + log10(size / rank))
        adjusted[index] = running
    return adjusted
