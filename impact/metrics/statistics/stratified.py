"""Like with like: a disparity within strata, beside the crude one.

In: counts of a group and of its comparator by stratum. Out: pooled odds and risk ratios, whether strata agree, rates
as if both had the same mix of strata, and conditional demographic disparity. Knows no plan. A stratum that is itself
made by discrimination explains a disparity away, so crude and conditional results are never separated here.

Sources: Cochran 1954; Mantel and Haenszel 1959, J. Natl Cancer Inst. 22:719; Breslow and Day 1980 (with Tarone's
adjustment); direct standardisation with square-and-add of the Wilson limits of each stratum: Zou, Huang and Zhang 2009,
Comput. Stat. Data Anal. 53:3755;
conditional demographic disparity: Wachter, Mittelstadt and Russell 2021, Computer Law & Security Review 41:105567.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, level_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "Conditional",
    "Pooled",
    "Standardised",
    "conditional_disparity",
    "crude_difference",
    "crude_ratios",
    "mantel_haenszel",
    "opposite",
    "standardised",
]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A comparison within strata.

    Attributes:
        crude_odds_ratio: As if there were no strata, with Woolf's interval.
        crude_risk_ratio: The same for rates, with Koopman's interval.
        odds_ratio: Pooled over strata (Mantel-Haenszel).
        risk_ratio: The same for rates.
        p: Of the test that no stratum shows a difference (Cochran-Mantel-Haenszel, no continuity correction).
        p_homogeneity: Of the test that all strata have the same odds ratio (Breslow-Day-Tarone). Where it is small
            one pooled number does not describe the strata. Over informative strata only; None below two of them.
        reverses: Whether crude and pooled risk ratio lie on opposite sides of 1 (Simpson).
        strata: Strata with people on both sides.
        left_out: People in strata where one side has nobody: they have nobody to be compared with.
        informative: Of ``strata`` those in which somebody is counted and somebody is not. The others fit every odds
            ratio; where everybody is counted they still pull the pooled risk ratio towards 1.
        uninformative: People in all other strata, ``left_out`` among them.
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
    informative: int
    uninformative: float


def mantel_haenszel(
    k1: Like, n1: Like, k2: Like, n2: Like, *, level: float = 0.95, crude: tuple[Measure, Measure] | None = None
) -> Pooled:
    """Cochran-Mantel-Haenszel over strata, through statsmodels.

    Args:
        k1: Counted in the group by stratum; shape (strata,).
        n1: At risk in the group.
        k2: Counted in the comparator.
        n2: At risk in the comparator.
        level: Confidence level.
        crude: Odds and risk ratio without strata, where the caller has them (:func:`crude_ratios`).

    Raises:
        MetricError: M120.

    >>> found = mantel_haenszel([20, 180], [100, 300], [200, 60], [500, 100])
    >>> round(found.crude_odds_ratio.value, 2), round(found.odds_ratio.value, 2), found.reverses
    (1.31, 0.63, True)
    """
    k1, n1, k2, n2 = _strata(k1, n1, k2, n2)
    matched = (n1 > 0) & (n2 > 0)
    left_out = float((n1 + n2)[~matched].sum())
    if crude is None:
        crude = _crude_ratios(float(k1.sum()), float(n1.sum()), float(k2.sum()), float(n2.sum()), level)
    if not matched.any():
        none = undefined("empty_cell", level=level)
        return Pooled(*crude, none, none, None, None, None, 0, left_out, 0, left_out)
    informative = matched & (k1 + k2 > 0) & (k1 + k2 < n1 + n2)
    uninformative = float((n1 + n2)[~informative].sum())
    a, b, c, d = (x[matched] for x in (k1, n1 - k1, k2, n2 - k2))
    odds, risk, p, homogeneous = _through_statsmodels(a, b, c, d, level)
    reverses = None
    if crude[1].value is not None and risk.value is not None:
        reverses = opposite(crude[1].value - 1, risk.value - 1)
    strata, useful = int(matched.sum()), int(informative.sum())
    return Pooled(*crude, odds, risk, p, homogeneous, reverses, strata, left_out, useful, uninformative)


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
    crude = crude_difference(float(k1.sum()), float(n1.sum()), float(k2.sum()), float(n2.sum()), level)
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
    refused: Like, refused_all: Like, accepted: Like, accepted_all: Like, *, level: float = 0.95
) -> Conditional:
    """Conditional demographic disparity of one group.

    The mean over strata is a directly standardised difference of two shares, so it has that interval: a prior on every
    cell of every stratum would outweigh the people where strata are many and small.

    Args:
        refused: People of the group who were refused (or burdened), by stratum; shape (strata,).
        refused_all: Everybody who was.
        accepted: People of the group who were accepted (or left alone).
        accepted_all: Everybody who was.
        level: Confidence level.

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
    found = standardised(r, ra, a, aa, level=level)
    return Conditional(found.crude, found.difference, int(((ra > 0) & (aa > 0)).sum()), found.left_out)


def _strata(k1: Like, n1: Like, k2: Like, n2: Like) -> tuple[Floats, Floats, Floats, Floats]:
    arrays = [counts_of("strata", x) for x in (k1, n1, k2, n2)]
    a, b, c, d = arrays
    if len({x.shape for x in arrays}) != 1 or (a > b).any() or (c > d).any():
        refuse("strata", "more successes than trials, or other lengths")
    return a, b, c, d


def opposite(one: float, other: float) -> bool:
    """Whether two differences have opposite signs; what is zero but for the last digits has none.

    >>> opposite(0.2, -0.1), opposite(0.2, -1e-16), opposite(0.2, 0.1)
    (True, False, False)
    """
    return one * other < 0 and min(abs(one), abs(other)) > _NOTHING


_NOTHING = 1e-9  # a ratio of 1 that comes out as 0.9999999999999999 is no reversal


def crude_ratios(k1: Like, n1: Like, k2: Like, n2: Like, *, level: float = 0.95) -> list[tuple[Measure, Measure]]:
    """Odds ratio (Woolf) and risk ratio (Koopman) of many single tables at once; every denominator above 0.

    >>> ((odds, risk),) = crude_ratios([30], [100], [20], [100])
    >>> round(odds.value, 3), round(odds.low, 3), round(risk.value, 3), round(risk.low, 3)
    (1.714, 0.895, 1.5, 0.924)
    """
    arrays = _strata(k1, n1, k2, n2)
    lows, highs = koopman_limits(*arrays, level=level)
    found = []
    for a, m1, c, m2, low, high in zip(*arrays, lows, highs, strict=True):
        reason: Why | None = None if c else "comparator_zero"
        value = (a / m1) / (c / m2) if c else None
        risk = Measure(value, float(low), float(high), level, "koopman", reason)
        found.append((_woolf(float(a), float(m1 - a), float(c), float(m2 - c), level), risk))
    return found


def _woolf(a: float, b: float, c: float, d: float, level: float) -> Measure:
    from math import exp, sqrt

    if b * c == 0:
        return undefined("comparator_zero", level=level)
    value = a * d / (b * c)
    if value == 0:
        return Measure(0.0, level=level, reason="no_spread")
    factor = exp(z_of(level) * sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    return Measure(value, value / factor, value * factor, level, "woolf")


def _crude_ratios(k1: float, n1: float, k2: float, n2: float, level: float) -> tuple[Measure, Measure]:
    if n1 == 0 or n2 == 0:
        return undefined("empty_cell", level=level), undefined("empty_cell", level=level)
    return crude_ratios([k1], [n1], [k2], [n2], level=level)[0]


def crude_difference(k1: float, n1: float, k2: float, n2: float, level: float) -> Measure:
    """Difference of two rates with Newcombe's interval.

    >>> found = crude_difference(56, 70, 48, 80, 0.95)
    >>> round(found.value, 2), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
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
    from scipy.special import chdtrc
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
        # From the statistic: the library takes one minus a probability near 1, which is 0 from 1e-16 down.
        p = float(chdtrc(1, float(table.test_null_odds(correction=False).statistic)))
        # A stratum in which all or none are counted fits every odds ratio: it would divide by zero, and is no degree
        # of freedom of this test.
        useful = [each for each in tables if each.sum(axis=0).all()]
        same: Any = None
        if len(useful) > 1:
            same = chdtrc(len(useful) - 1, float(StratifiedTable(useful).test_equal_odds(adjust=True).statistic))
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

    n1, n2 = a + b, c + d
    n = n1 + n2
    top, bottom = float((a * n2 / n).sum()), float((c * n1 / n).sum())
    if bottom == 0:
        return undefined("comparator_zero", level=level)
    if top == 0:
        return Measure(0.0, level=level, reason="no_spread")
    ratio = top / bottom
    spread = float(((n1 * n2 * (a + c) - a * c * n) / n**2).sum()) / (top * bottom)
    if spread <= 0:  # everybody counted in every stratum: a ratio of 1 that nothing shows the precision of
        return Measure(ratio, level=level, reason="no_spread")
    half = z_of(level) * sqrt(spread)
    return Measure(ratio, exp(log(ratio) - half), exp(log(ratio) + half), level, "greenland_robins")
