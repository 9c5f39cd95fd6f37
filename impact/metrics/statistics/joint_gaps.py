"""Two gaps at once between a group and others: in both error rates, or in both predictive values.

In: TP, FP, FN, TN of a group and of those it is compared with. Out: ``Measure`` with limits that allow for looking at
two gaps. Knows no groups by name. An average of two gaps is 0 when they are large and opposite; the larger of the two
cannot hide, so it is the one to read.

Sources: Hardt, Price and Srebro 2016 (NeurIPS), equalised odds; Šidák 1967 for the simultaneous limits.
"""

from __future__ import annotations

from math import hypot

from impact.metrics.statistics.intervals import newcombe_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, undefined
from impact.metrics.statistics.multiplicity import sidak

__all__ = ["average_absolute_odds", "average_predictive_value_difference", "equalised_odds", "gap"]

Table = tuple[float, float, float, float]  # TP, FP, FN, TN
Side = tuple[float, float]


def gap(one: Side, other: Side, *, empty: Why = "empty_cell", level: float = 0.95) -> Measure:
    """Difference of two rates k/n with Newcombe's interval.

    >>> found = gap((56, 70), (48, 80))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    (k1, n1), (k2, n2) = one, other
    if n1 == 0 or n2 == 0:
        return undefined(empty, level=level)
    low, high = newcombe_limits(k1, n1, k2, n2, level=level)
    return Measure(k1 / n1 - k2 / n2, float(low), float(high), level, "newcombe")


def equalised_odds(group: Table, reference: Table, *, level: float = 0.95) -> Measure:
    """The larger of the gaps in TPR and in FPR, in absolute value; 0 is parity.

    Each gap has a Newcombe interval at the Šidák level for two. The limits are the largest of the smallest, and the
    largest of the largest, sizes that these two allow: they hold for both gaps together.

    >>> found = equalised_odds((60, 40, 20, 180), (30, 10, 20, 140))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.15, 0.0358, 0.3317]
    """
    sizes = _sizes(group, reference, level)
    if not isinstance(sizes, list):
        return undefined(sizes, level=level)
    value, low, high = (max(x) for x in zip(*sizes, strict=True))
    return Measure(value, low, high, level, "newcombe_simultaneous")


def average_absolute_odds(group: Table, reference: Table, *, level: float = 0.95) -> Measure:
    """Mean of the absolute gaps in TPR and FPR, with limits that hold for both gaps together; 0 is parity.

    >>> found = average_absolute_odds((60, 40, 20, 180), (30, 10, 20, 140))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.1326, 0.0179, 0.2599]
    """
    sizes = _sizes(group, reference, level)
    if not isinstance(sizes, list):
        return undefined(sizes, level=level)
    value, low, high = (sum(x) / 2 for x in zip(*sizes, strict=True))
    return Measure(value, low, high, level, "newcombe_simultaneous")


def average_predictive_value_difference(group: Table, reference: Table, *, level: float = 0.95) -> Measure:
    """Mean of the gaps in PPV and in FOR, by square-and-add; like every average of gaps it can cancel.

    >>> found = average_predictive_value_difference((60, 40, 20, 180), (30, 10, 20, 140))
    >>> round(found.value, 4)
    -0.0875
    """
    tp1, fp1, fn1, tn1 = counts_of("two-by-two table", group).tolist()
    tp2, fp2, fn2, tn2 = counts_of("two-by-two table", reference).tolist()
    parts = (
        gap((tp1, tp1 + fp1), (tp2, tp2 + fp2), empty="nobody_flagged", level=level),
        gap((fn1, fn1 + tn1), (fn2, fn2 + tn2), empty="everybody_flagged", level=level),
    )
    for part in parts:
        if part.value is None:
            return part
    values, lows, highs = ([getattr(x, name) for x in parts] for name in ("value", "low", "high"))
    down, up = (hypot(*(abs(a - b) for a, b in zip(values, ends, strict=True))) / 2 for ends in (lows, highs))
    return Measure(sum(values) / 2, sum(values) / 2 - down, sum(values) / 2 + up, level, "square_and_add")


def _sizes(group: Table, reference: Table, level: float) -> list[tuple[float, float, float]] | Why:
    """Size of the gap in TPR and in FPR, each with its smallest and largest size at the level for two."""
    tp1, fp1, fn1, tn1 = counts_of("two-by-two table", group).tolist()
    tp2, fp2, fn2, tn2 = counts_of("two-by-two table", reference).tolist()
    each = 1 - sidak(1 - level, 2)
    found = []
    for one, other, empty in (
        ((tp1, tp1 + fn1), (tp2, tp2 + fn2), "no_positives"),
        ((fp1, fp1 + tn1), (fp2, fp2 + tn2), "no_negatives"),
    ):
        part = gap(one, other, empty=empty, level=each)  # type: ignore[arg-type]  # the two names above
        if part.value is None or part.low is None or part.high is None:
            return part.reason or "empty_cell"
        found.append((abs(part.value), max(part.low, -part.high, 0.0), max(part.high, -part.low)))
    return found
