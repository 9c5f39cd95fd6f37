"""Rates of areas: hours or crimes for each resident, what they go with, and how unevenly they are spread.

In: one row for each area. Out: a ratio with its limits, and measures of unevenness. Knows no check.

Sources: quasi-Poisson (variance in proportion to the mean, estimated by Pearson's chi-squared): McCullagh and Nelder
1989, Generalized Linear Models, section 6.2; Gini and Theil's T of a spread over people: Cowell 2011, Measuring
Inequality.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log

from impact.claims.check import Measured

__all__ = ["Effect", "FEWEST_AREAS", "gini", "quasi_poisson", "ratio_measured", "theil", "top_share"]

FEWEST_AREAS = 10  # for each thing that is allowed for; fewer tell nothing apart


@dataclass(frozen=True, slots=True)
class Effect:
    """By what a rate is multiplied with one step more of something, all else allowed for."""

    ratio: float
    low: float
    high: float
    spread: float  # variance over mean; 1 where events come singly and independently


def quasi_poisson(
    counts: Sequence[float],
    exposure: Sequence[float],
    columns: Sequence[Sequence[float]],
    *,
    of: int,
    step: float,
    level: float = 0.95,
) -> Effect | None:
    """``log E[counts] = log exposure + b0 + b1 x1 + …``: the ratio that ``step`` more of column ``of`` goes with.

    Args:
        counts: Hours or crimes, one for each area, 0 or more.
        exposure: Residents, above 0.
        columns: What is allowed for, each with a value for each area.
        of: Which of them is asked about.
        step: How much of it.
        level: Of the interval, with t quantiles.

    Returns:
        None where there are fewer than ``FEWEST_AREAS`` areas for each column, where fewer than that many have any
        count, or where the columns cannot be told apart.
    """
    import numpy as np
    import statsmodels.api as sm

    y, offset = np.asarray(counts, float), np.log(np.asarray(exposure, float))
    x = np.column_stack([np.asarray(column, float) for column in columns])
    if len(y) < FEWEST_AREAS * (x.shape[1] + 1) or (y > 0).sum() < FEWEST_AREAS:
        return None
    # Centred and scaled, so that neither size nor unit of a column can spoil the arithmetic.
    size = x.std(axis=0)
    if (size <= 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)).any():
        return None
    design = np.column_stack([np.ones(len(y)), (x - x.mean(axis=0)) / size])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    model = sm.GLM(y, design, family=sm.families.Poisson(), offset=offset)
    # From the rate of all together: statsmodels' own start is the counts themselves, and stops where all are equal.
    start = [log(y.sum() / np.exp(offset).sum()), *([0.0] * x.shape[1])]
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that all is told exactly, which the spread shows below
        try:
            found = model.fit(scale="X2", use_t=True, start_params=start)
        except ValueError:  # no spread is left at all: every area has what its residents make of it
            return None
    low, high = found.conf_int(alpha=1 - level)[of + 1]
    factor = step / float(size[of])
    ends = [float(value) * factor for value in (found.params[of + 1], low, high)]
    if not all(isfinite(each) and abs(each) < 50 for each in ends):
        return None
    return Effect(exp(ends[0]), exp(ends[1]), exp(ends[2]), float(found.scale))


def ratio_measured(label: str, effect: Effect) -> Measured:
    """An effect as a number of a ruling."""
    # Eight places are far more than the data hold, and few enough to come out alike on every machine.
    values = [round(each, 8) for each in (effect.ratio, effect.low, effect.high)]
    return Measured(label, values[0], "ratio", values[1], values[2], 0.95, "quasi_poisson")


def gini(amounts: Sequence[float], people: Sequence[float]) -> float | None:
    """Gini's coefficient of an amount over people: 0 where everybody has as much, near 1 where few have all.

    >>> gini([1, 1], [10, 10]), gini([0, 4], [30, 10])
    (0.0, 0.75)
    """
    total, everybody = sum(amounts), sum(people)
    if total <= 0 or everybody <= 0:
        return None
    below = area = 0.0
    for amount, size in sorted(zip(amounts, people, strict=True), key=lambda pair: pair[0] / pair[1]):
        area += size / everybody * (2 * below + amount / total)
        below += amount / total
    return max(1 - area, 0.0)


def theil(amounts: Sequence[float], people: Sequence[float]) -> float | None:
    """Theil's T of an amount over people: 0 where everybody has as much, log(N) where one of N has all.

    >>> theil([1, 1], [10, 10]), round(theil([0, 4], [30, 10]), 4)
    (0.0, 1.3863)
    """
    total, everybody = sum(amounts), sum(people)
    if total <= 0 or everybody <= 0:
        return None
    return sum(
        amount / total * log(amount / total / (size / everybody))
        for amount, size in zip(amounts, people, strict=True)
        if amount > 0
    )


def top_share(amounts: Sequence[float], people: Sequence[float], *, tenth: float = 0.1) -> float | None:
    """Share of the amount that goes to the areas with most of it for each person, up to a tenth of all people.

    The area in which the tenth is reached counts with the part of it that is needed.

    >>> top_share([0, 4], [30, 10]), top_share([2, 2], [50, 50])
    (0.4, 0.1)
    """
    total, everybody = sum(amounts), sum(people)
    if total <= 0 or everybody <= 0:
        return None
    left, found = tenth * everybody, 0.0
    for amount, size in sorted(zip(amounts, people, strict=True), key=lambda pair: -pair[0] / pair[1]):
        part = min(left / size, 1.0)
        found += part * amount / total
        left -= part * size
        if left <= 1e-12 * everybody:
            break
    return found
