"""Intersections: is a combination of characteristics worse off than its parts would suggest?

In: counts by combination, with the level of each characteristic. Out: for each combination the rate that an additive
model expects, the standardised residual, and an exact binomial test against it. Knows no plan; names are labels only.

Source: McCullagh and Nelder 1989, Generalized Linear Models, sections 4.4 and 12.5 (standardised residuals). Fitted
by statsmodels on counts: the same as on rows, whatever their number.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.measure import Measure, counts_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["Excess", "additive_excess"]


@dataclass(frozen=True, slots=True)
class Excess:
    """One combination beside what its parts predict.

    Attributes:
        levels: Its level of each characteristic.
        people: How many.
        observed: Its rate.
        expected: The rate of the additive model (on log-odds).
        excess: People beyond the expected number.
        residual: Standardised Pearson residual; about normal without a true excess, when people are not too few.
        p: Exact two-sided binomial p-value of the count given the expected rate, not adjusted.
    """

    levels: tuple[str, ...]
    people: float
    observed: Measure
    expected: float | None
    excess: float | None
    residual: float | None
    p: float | None


def additive_excess(levels: Sequence[Sequence[str]], people: Like, yes: Like) -> list[Excess]:
    """Residuals of every combination from a binomial model with main effects only.

    Args:
        levels: Level of each characteristic by combination; combinations × characteristics.
        people: People by combination.
        yes: Those counted.

    Returns:
        In the order given. A combination with nobody has no value. ``residual`` is None where the model fits a
        combination exactly (the only one with a level) or where everybody or nobody is expected.

    Raises:
        MetricError: M120.

    >>> found = additive_excess([("f", "a"), ("f", "b"), ("m", "a"), ("m", "b")], [100] * 4, [10, 20, 20, 60])
    >>> [round(one.excess, 1) for one in found]
    [3.4, -3.4, -3.4, 3.4]
    """
    import numpy as np
    from scipy.stats import binomtest

    n, k = counts_of("people", people), counts_of("yes", yes)
    if not len(levels) == n.size == k.size or (k > n).any():
        refuse("intersections", "more yes than people, or other lengths")
    used = [int(i) for i in np.flatnonzero(n > 0)]
    expected, leverage = np.full(n.size, np.nan), np.full(n.size, np.nan)
    if used:
        expected[used], leverage[used] = _fit([levels[i] for i in used], n[used], k[used])
    found = []
    for i, names in enumerate(levels):
        if n[i] == 0:
            missing = undefined("empty_cell")
            found.append(Excess(tuple(names), 0.0, missing, None, None, None, None))
            continue
        p = float(np.clip(expected[i], 0, 1))
        variance = n[i] * p * (1 - p) * (1 - leverage[i])
        gap = float(k[i] - n[i] * p)
        whole = bool(k[i] == round(float(k[i])) and n[i] == round(float(n[i])))
        found.append(
            Excess(
                levels=tuple(names),
                people=float(n[i]),
                observed=Measure(float(k[i] / n[i])),
                expected=p,
                excess=gap,
                residual=gap / float(variance) ** 0.5 if variance > 1e-9 else None,
                p=float(binomtest(round(float(k[i])), round(float(n[i])), p).pvalue) if whole else None,
            )
        )
    return found


def _fit(levels: list[Sequence[str]], n: Any, k: Any) -> tuple[Any, Any]:
    """Fitted rates and leverages of the additive binomial model."""
    import numpy as np
    import statsmodels.api as sm

    columns = [np.ones(n.size)]
    for axis in range(len(levels[0])):
        values = [row[axis] for row in levels]
        # The first level is the base; which one is chosen changes no fitted rate.
        columns += [np.array([float(v == one) for v in values]) for one in sorted(set(values))[1:]]
    design = np.column_stack(columns)
    with warnings.catch_warnings():
        # A level without any yes has a rate of 0 and no finite coefficient; fitted rates are right all the same.
        warnings.simplefilter("ignore")
        fit = sm.GLM(np.column_stack([k, n - k]), design, family=sm.families.Binomial()).fit(maxiter=100)
    p = np.asarray(fit.fittedvalues, float)
    root = np.sqrt(n * p * (1 - p))
    weighted = design * root[:, None]
    leverage = np.einsum("ij,ji->i", weighted, np.linalg.pinv(weighted))
    return p, np.clip(leverage, 0.0, 1.0)
