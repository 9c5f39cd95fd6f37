"""Like with like: a disparity within strata, beside the crude one.

In: counts of a group and of its comparator by stratum. Out: pooled odds and risk ratios, whether strata agree, rates
as if both had the same mix of strata, and conditional demographic disparity. Knows no plan. A stratum that is itself
made by discrimination explains a disparity away, so crude and conditional results are never separated here.

Sources: Cochran 1954; Mantel and Haenszel 1959, J. Natl Cancer Inst. 22:719; Breslow and Day 1980 (with Tarone's
adjustment); direct standardisation with square-and-add of Wilson limits: Yan and Su 2010, Stat. Biopharm. Res. 2(3);
conditional demographic disparity: Wachter, Mittelstadt and Russell 2021, Computer Law & Security Review 41:105567.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, level_of, refuse, undefined
from impact.metrics.statistics.resampling import dirichlet

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Conditional", "Pooled", "Standardised", "conditional_disparity", "mantel_haenszel", "standardised"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A comparison within strata.

    Attributes:
        crude_odds_ratio: As if there were no strata (Koopman has no odds ratio: value only).
        crude_risk_ratio: The same for rates, with Koopman's interval.
        odds_ratio: Pooled over strata (Mantel-Haenszel).
        risk_ratio: The same for rates.
        p: Of the test that no stratum shows a difference (Cochran-Mantel-Haenszel, no continuity correction).
        p_homogeneity: Of the test that all strata have the same odds ratio (Breslow-Day-Tarone). Where it is small
            one pooled number does not describe the strata.
        reverses: Whether crude and pooled risk ratio lie on opposite sides of 1 (Simpson).
        strata: Strata with people on both sides.
        left_out: People in strata where one side has nobody: they have nobody to be compared with.
    """

    crude_odds_ratio: Measure
    crude_risk_ratio: Measure
    odds_ratio: Measure
    risk_ratio: Measure
    p: float | None
    p_homogeneity: float | None
    reverses: bool | None
    strata: int
    left_out: float


def mantel_haenszel(k1: Like, n1: Like, k2: Like, n2: Like, *, level: float = 0.95) -> Pooled:
    """Cochran-Mantel-Haenszel over strata, through statsmodels.

    Args:
        k1: Counted in the group by stratum; shape (strata,).
        n1: At risk in the group.
        k2: Counted in the comparator.
        n2: At risk in the comparator.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = mantel_haenszel([20, 180], [100, 300], [200, 60], [500, 100])
    >>> round(found.crude_odds_ratio.value, 2), round(found.odds_ratio.value, 2), found.reverses
    (1.31, 0.63, True)
    """
    k1, n1, k2, n2 = _strata(k1, n1, k2, n2)
    matched = (n1 > 0) & (n2 > 0)
    left_out = float((n1 + n2)[~matched].sum())
    crude = _crude(float(k1.sum()), float(n1.sum()), float(k2.sum()), float(n2.sum()), level)
    if not matched.any():
        none = undefined("empty_cell", level=level)
        return Pooled(*crude, none, none, None, None, None, 0, left_out)
    a, b, c, d = (x[matched] for x in (k1, n1 - k1, k2, n2 - k2))
    odds, risk, p, homogeneous = _through_statsmodels(a, b, c, d, level)
    reverses = None
    if crude[1].value is not None and risk.value is not None:
        reverses = (crude[1].value - 1) * (risk.value - 1) < 0
    return Pooled(*crude, odds, risk, p, homogeneous, reverses, int(matched.sum()), left_out)


@dataclass(frozen=True, slots=True)
class Standardised:
    """Rates of both sides as if both had the same mix of strata.

    Attributes:
        crude: Difference of the plain rates.
        group: The group's standardised rate.
        reference: The comparator's.
        difference: Of the two.
        left_out: People in strata where one side has nobody.
    """

    crude: Measure
    group: Measure
    reference: Measure
    difference: Measure
    left_out: float


def standardised(
    k1: Like, n1: Like, k2: Like, n2: Like, *, weights: Like | None = None, level: float = 0.95
) -> Standardised:
    """Direct standardisation.

    Args:
        k1: Counted in the group by stratum.
        n1: At risk in the group.
        k2: Counted in the comparator.
        n2: At risk in the comparator.
        weights: The standard: how many people of each stratum; both sides together without it.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = standardised([20, 180], [100, 300], [200, 60], [500, 100])
    >>> round(found.crude.value, 4), round(found.difference.value, 4), found.left_out
    (0.0667, -0.12, 0.0)
    """
    k1, n1, k2, n2 = _strata(k1, n1, k2, n2)
    w = n1 + n2 if weights is None else counts_of("weights", weights)
    if w.shape != n1.shape:
        refuse("weights", "not one weight for each stratum")
    crude = _difference(float(k1.sum()), float(n1.sum()), float(k2.sum()), float(n2.sum()), level)
    used = (n1 > 0) & (n2 > 0) & (w > 0)
    left_out = float((n1 + n2)[~used].sum())
    if not used.any():
        none = undefined("empty_cell", level=level)
        return Standardised(crude, none, none, none, left_out)
    share = w[used] / w[used].sum()
    group = _mixture(k1[used], n1[used], share, level)
    reference = _mixture(k2[used], n2[used], share, level)
    (p1, l1, u1), (p2, l2, u2) = group, reference
    gap = p1 - p2
    down, up = ((p1 - l1) ** 2 + (u2 - p2) ** 2) ** 0.5, ((u1 - p1) ** 2 + (p2 - l2) ** 2) ** 0.5
    return Standardised(
        crude=crude,
        group=Measure(*group, level, "stratified_wilson"),
        reference=Measure(*reference, level, "stratified_wilson"),
        difference=Measure(gap, gap - down, gap + up, level, "square_and_add"),
        left_out=left_out,
    )


@dataclass(frozen=True, slots=True)
class Conditional:
    """Demographic disparity: the group's share of the refused less its share of the accepted.

    Attributes:
        crude: Over everybody.
        conditional: Mean over strata, weighted by people.
        strata: Strata with both refused and accepted people.
        left_out: People in other strata: there everybody was treated alike.
    """

    crude: Measure
    conditional: Measure
    strata: int
    left_out: float


def conditional_disparity(
    refused: Like, refused_all: Like, accepted: Like, accepted_all: Like, *, level: float = 0.95, seed: int = 0
) -> Conditional:
    """Conditional demographic disparity of one group.

    Args:
        refused: People of the group who were refused (or burdened), by stratum; shape (strata,).
        refused_all: Everybody who was.
        accepted: People of the group who were accepted (or left alone).
        accepted_all: Everybody who was.
        level: Confidence level of the Jeffreys-Dirichlet interval.
        seed: For its generator.

    Raises:
        MetricError: M120.

    >>> found = conditional_disparity([40, 5], [50, 10], [80, 90], [100, 180])
    >>> round(found.crude.value, 4), round(found.conditional.value, 4)
    (0.1429, 0.0)
    """
    r, ra = counts_of("refused", refused), counts_of("everybody refused", refused_all)
    a, aa = counts_of("accepted", accepted), counts_of("everybody accepted", accepted_all)
    if not r.shape == ra.shape == a.shape == aa.shape or (r > ra).any() or (a > aa).any():
        refuse("conditional disparity", "more people of the group than people, or other lengths")
    used = (ra > 0) & (aa > 0)
    left_out = float((ra + aa)[~used].sum())

    def crude(x: Floats) -> Floats:
        x = x.reshape(x.shape[0], -1, 4).sum(axis=1)
        gap: Floats = x[:, 0] / (x[:, 0] + x[:, 1]) - x[:, 2] / (x[:, 2] + x[:, 3])
        return gap

    def within(x: Floats) -> Floats:
        x = x.reshape(x.shape[0], -1, 4)
        gap = x[..., 0] / (x[..., 0] + x[..., 1]) - x[..., 2] / (x[..., 2] + x[..., 3])
        size = x.sum(axis=2)
        mean: Floats = (gap * size).sum(axis=1) / size.sum(axis=1)
        return mean

    import numpy as np

    cells = np.column_stack([r, ra - r, a, aa - a])
    whole = undefined("empty_cell", level=level)
    if ra.sum() and aa.sum():
        whole = dirichlet(cells.sum(axis=0), crude, level=level, seed=seed)
    inside = undefined("empty_cell", level=level)
    if used.any():
        inside = dirichlet(cells[used].ravel(), within, level=level, seed=seed)
    return Conditional(whole, inside, int(used.sum()), left_out)


def _strata(k1: Like, n1: Like, k2: Like, n2: Like) -> tuple[Floats, Floats, Floats, Floats]:
    arrays = [counts_of("strata", x) for x in (k1, n1, k2, n2)]
    a, b, c, d = arrays
    if len({x.shape for x in arrays}) != 1 or (a > b).any() or (c > d).any():
        refuse("strata", "more successes than trials, or other lengths")
    return a, b, c, d


def _crude(k1: float, n1: float, k2: float, n2: float, level: float) -> tuple[Measure, Measure]:
    if n1 == 0 or n2 == 0:
        return undefined("empty_cell", level=level), undefined("empty_cell", level=level)
    cross = (n1 - k1) * k2
    odds = Measure(k1 * (n2 - k2) / cross, level=level) if cross else undefined("comparator_zero", level=level)
    low, high = koopman_limits(k1, n1, k2, n2, level=level)
    reason: Why | None = None if k2 else "comparator_zero"
    value = (k1 / n1) / (k2 / n2) if k2 else None
    return odds, Measure(value, float(low), float(high), level, "koopman", reason)


def _difference(k1: float, n1: float, k2: float, n2: float, level: float) -> Measure:
    if n1 == 0 or n2 == 0:
        return undefined("empty_cell", level=level)
    low, high = newcombe_limits(k1, n1, k2, n2, level=level)
    return Measure(k1 / n1 - k2 / n2, float(low), float(high), level, "newcombe")


def _mixture(k: Floats, n: Floats, share: Floats, level: float) -> tuple[float, float, float]:
    p = k / n
    low, high = wilson_limits(k, n, level=level)
    value = float((share * p).sum())
    down = float(((share * (p - low)) ** 2).sum()) ** 0.5
    up = float(((share * (high - p)) ** 2).sum()) ** 0.5
    return value, max(value - down, 0.0), min(value + up, 1.0)


def _through_statsmodels(
    a: Floats, b: Floats, c: Floats, d: Floats, level: float
) -> tuple[Measure, Measure, float | None, float | None]:
    import numpy as np
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = [np.array([[w, x], [y, z]]) for w, x, y, z in zip(a, b, c, d, strict=True)]
    alpha = 1 - level_of(level)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Strata without a yes or without a no divide by zero inside; what comes out is checked for being finite.
        warnings.simplefilter("ignore", RuntimeWarning)
        table = StratifiedTable(tables)
        odds = _finite("mantel_haenszel", float(table.oddsratio_pooled), table.oddsratio_pooled_confint(alpha), level)
        # Our own variance of the pooled risk ratio (Greenland and Robins 1985, Biometrics 41:55): the library has none.
        risk = _risk_ratio(a, b, c, d, level)
        p = float(table.test_null_odds(correction=False).pvalue)
        same: Any = table.test_equal_odds(adjust=True).pvalue if len(tables) > 1 else None
    homogeneous = float(same) if same is not None and isfinite(float(same)) else None
    return odds, risk, p if isfinite(p) else None, homogeneous


def _finite(method: str, value: float, ends: tuple[Any, Any], level: float) -> Measure:
    low, high = (float(end) for end in ends)
    if not isfinite(value):
        return undefined("comparator_zero", level=level)
    if not (isfinite(low) and isfinite(high)):
        return Measure(value, level=level, reason="no_spread")
    return Measure(value, low, high, level, method)


def _risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats, level: float) -> Measure:
    from math import exp, log, sqrt

    from impact.metrics.statistics.measure import z_of

    n1, n2 = a + b, c + d
    n = n1 + n2
    top, bottom = float((a * n2 / n).sum()), float((c * n1 / n).sum())
    if bottom == 0:
        return undefined("comparator_zero", level=level)
    if top == 0:
        return Measure(0.0, level=level, reason="no_spread")
    ratio = top / bottom
    spread = float(((n1 * n2 * (a + c) - a * c * n) / n**2).sum()) / (top * bottom)
    half = z_of(level) * sqrt(max(spread, 0.0))
    return Measure(ratio, exp(log(ratio) - half), exp(log(ratio) + half), level, "greenland_robins")
