"""What a decision costs those it falls on, in whole people: wrong flags for each right one, flags for each case found.

In: TP, FP, FN, TN of one group. Out: ``Measure``. The first two say the same as the hit rate, in words a panel can
weigh; the conditional ratios set the recorded outcomes against the decisions, over or under their number.

Sources: number needed: Laupacis, Sackett and Roberts 1988, N. Engl. J. Med. 318:1728, for diagnosis as 1/PPV;
conditional acceptance and rejection: Das et al. 2021, arXiv:2109.03285 (SageMaker Clarify).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, counts_of, undefined
from impact.metrics.statistics.resampling import dirichlet

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats

__all__ = [
    "acceptance_of",
    "conditional_acceptance",
    "conditional_rejection",
    "false_per_true",
    "number_needed_to_flag",
    "rejection_of",
]

Table = tuple[float, float, float, float]  # TP, FP, FN, TN


def false_per_true(table: Table, *, level: float = 0.95) -> Measure:
    """FP/TP: people wrongly flagged for each one rightly flagged; Wilson's limits of the share wrong, as odds.

    >>> found = false_per_true((60, 40, 20, 180))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.6667, 0.448, 0.992]
    """
    tp, fp, *_ = counts_of("two-by-two table", table).tolist()
    if tp + fp == 0:
        return undefined("nobody_flagged", level=level)
    low, high = (float(x) for x in wilson_limits(fp, tp + fp, level=level))
    limits = low / (1 - low) if low < 1 else inf, high / (1 - high) if high < 1 else inf
    if tp == 0:
        return Measure(None, limits[0], inf, level, "wilson_odds", "comparator_zero")
    return Measure(fp / tp, *limits, level, "wilson_odds")


def number_needed_to_flag(table: Table, *, level: float = 0.95) -> Measure:
    """1/PPV: people flagged for each one rightly flagged.

    >>> round(number_needed_to_flag((60, 40, 20, 180)).value, 4)
    1.6667
    """
    found = false_per_true(table, level=level)
    if found.low is None or found.high is None:
        return found
    value = None if found.value is None else 1 + found.value
    return Measure(value, 1 + found.low, 1 + found.high, level, "wilson_inverse", found.reason)


def conditional_acceptance(table: Table, *, level: float = 0.95, seed: int = 0) -> Measure:
    """(TP+FN)/(TP+FP): recorded outcomes of yes for each decision of yes. 1 says that the numbers balance.

    >>> round(conditional_acceptance((60, 40, 20, 180)).value, 4)
    0.8
    """
    tp, fp, *_ = counts_of("two-by-two table", table).tolist()
    if tp + fp == 0:
        return undefined("nobody_flagged", level=level)
    return dirichlet(table, acceptance_of, level=level, seed=seed)


def conditional_rejection(table: Table, *, level: float = 0.95, seed: int = 0) -> Measure:
    """(TN+FP)/(TN+FN): recorded outcomes of no for each decision of no. 1 says that the numbers balance.

    >>> round(conditional_rejection((60, 40, 20, 180)).value, 4)
    1.1
    """
    *_, fn, tn = counts_of("two-by-two table", table).tolist()
    if fn + tn == 0:
        return undefined("everybody_flagged", level=level)
    return dirichlet(table, rejection_of, level=level, seed=seed)


def acceptance_of(shares: Floats) -> Floats:
    """Conditional acceptance of drawn tables, for an interval by drawing; shape (draws, 4) to (draws,)."""
    value: Floats = (shares[:, 0] + shares[:, 2]) / (shares[:, 0] + shares[:, 1])
    return value


def rejection_of(shares: Floats) -> Floats:
    """Conditional rejection of drawn tables."""
    value: Floats = (shares[:, 3] + shares[:, 1]) / (shares[:, 3] + shares[:, 2])
    return value
