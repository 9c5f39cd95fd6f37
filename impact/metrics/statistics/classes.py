"""Several classes without an order: how often each is found, how often its name is right, and averages of these.

In: counts of people by (true class, predicted class). Out: rates of each class against the rest, and averages, each
with an interval. Knows no names and no groups. Nothing here depends on the order of the classes.

Sources: rates: Wilson 1927; averages of independent rates: Zou and Donner 2008, Stat. Med. 27:1693 (square-and-add);
the average weighted by true cases: the delta method on multinomial counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson
from impact.metrics.statistics.measure import Measure, counts_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["RATES", "Averages", "averages", "one_against_rest"]

RATES = ("recall", "precision", "false_alarm", "predicted_share")


def one_against_rest(table: Like, place: int) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each rate of one class.

    Args:
        table: People by (true class, predicted class), both known; shape (classes, classes).
        place: The class.

    Returns:
        ``recall``: found, of those who are of the class. ``precision``: are of it, of those predicted to be.
        ``false_alarm``: predicted to be of it, of those who are not. ``predicted_share``: predicted to be of it, of
        all.

    >>> one_against_rest([[8, 2, 0], [1, 5, 4], [3, 0, 7]], 0)
    {'recall': (8, 10), 'precision': (8, 12), 'false_alarm': (4, 20), 'predicted_share': (12, 30)}
    """
    counts = _square(table)
    right, true, named, n = counts[place, place], counts[place].sum(), counts[:, place].sum(), counts.sum()
    pairs = {"recall": (right, true), "precision": (right, named), "false_alarm": (named - right, n - true)}
    return {name: (int(k), int(of)) for name, (k, of) in (pairs | {"predicted_share": (named, n)}).items()}


@dataclass(frozen=True, slots=True)
class Averages:
    """Averages over classes.

    Attributes:
        right: People whose class was predicted: the numerator of ``accuracy``.
        n: People with both classes.
        accuracy: Their share: recall averaged with the true cases as weights.
        macro_recall: Recall averaged with all classes alike; None where a class has no true case.
        macro_precision: Precision averaged so; None where a class is never predicted.
        weighted_precision: Precision averaged with the true cases as weights; None where a class that has any is never
            predicted.
    """

    right: int
    n: int
    accuracy: Measure
    macro_recall: Measure
    macro_precision: Measure
    weighted_precision: Measure


def averages(table: Like, *, level: float = 0.95) -> Averages:
    """All averages of one group.

    Args:
        table: People by (true class, predicted class), both known; shape (classes, classes).
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = averages([[8, 2, 0], [1, 5, 4], [3, 0, 7]])
    >>> [round(each.value, 4) for each in (found.accuracy, found.macro_recall, found.macro_precision)]
    [0.6667, 0.6667, 0.6724]
    """
    counts = _square(table)
    right, n = int(counts.trace()), int(counts.sum())
    found = wilson(right, n, level=level)
    none = undefined("empty_cell", level=level)
    accuracy = Measure(right / n, found.low, found.high, level, found.method) if found else none
    diagonal = counts.diagonal().astype(int).tolist()
    recall = _alike(list(zip(diagonal, counts.sum(axis=1).astype(int).tolist(), strict=True)), level)
    precision = _alike(list(zip(diagonal, counts.sum(axis=0).astype(int).tolist(), strict=True)), level)
    return Averages(right, n, accuracy, recall, precision, _weighted_precision(counts, level))


def _alike(pairs: Sequence[tuple[int, int]], level: float) -> Measure:
    """The plain average of rates of different people, by square-and-add of their Wilson limits."""
    limits = [wilson(k, n, level=level) for k, n in pairs]
    held = [(k / n, each.low, each.high) for (k, n), each in zip(pairs, limits, strict=True) if each is not None]
    if len(held) < len(pairs):
        return undefined("class_without_cases", level=level)
    size = len(held)
    value = sum(rate for rate, *_ in held) / size
    below = hypot(*(rate - low for rate, low, _ in held)) / size
    above = hypot(*((1.0 if high is None else high) - rate for rate, _, high in held)) / size
    return Measure(value, max(value - below, 0.0), min(value + above, 1.0), level, "square_and_add")


def _weighted_precision(counts: Floats, level: float) -> Measure:
    import numpy as np

    n = counts.sum()
    if not n:
        return undefined("empty_cell", level=level)
    true, named, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    if ((named == 0) & (true > 0)).any():
        return undefined("class_without_cases", level=level)
    precision = np.divide(right, named, out=np.zeros_like(right), where=named > 0)
    weight = np.divide(true, named, out=np.zeros_like(true), where=named > 0)
    value = float((true * precision).sum() / n)
    # How the average moves with the share of each cell.
    slope = precision[:, None] + np.diag(weight) - (weight * precision)[None, :]
    centre = float((counts * slope).sum() / n)
    variance = float((counts * (slope - centre) ** 2).sum()) / n / n
    if variance <= 1e-18:
        return Measure(value, level=level, reason="no_spread")
    half = z_of(level) * sqrt(variance)
    return Measure(value, max(value - half, 0.0), min(value + half, 1.0), level, "delta_multinomial")


def _square(table: Like) -> Floats:
    counts = counts_of("classes", table, ndim=2)
    if counts.shape[0] != counts.shape[1] or counts.shape[0] < 2:
        refuse("classes", f"shape {counts.shape} where a square of two classes or more is wanted")
    return counts
