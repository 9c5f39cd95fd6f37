"""Summaries of a two-by-two table that are not rates: F1, MCC, kappa, Youden, likelihood ratios, average odds.

In: TP, FP, FN, TN of one group (or of two). Out: ``Measure`` with an interval that fits each. Knows no groups by
name. A likelihood ratio is what a forensic expert expects; F1, MCC and kappa summarise and hide which error was made.

Sources: MCC: Matthews 1975; kappa: Cohen 1960, Educ. Psychol. Meas. 20:37; Youden 1950, Cancer 3:32; square-and-add:
Zou and Donner 2008, Stat. Med. 27:1693; ratio: Koopman 1984.
"""

from __future__ import annotations

from math import hypot, inf
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, undefined, z_of
from impact.metrics.statistics.resampling import dirichlet

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats

__all__ = [
    "average_absolute_odds_difference",
    "average_odds_difference",
    "balanced_accuracy",
    "diagnostic_odds_ratio",
    "f1",
    "kappa",
    "kappa_of",
    "likelihood_ratio_negative",
    "likelihood_ratio_positive",
    "mcc",
    "mcc_of",
    "treatment_ratio",
    "youden",
]

Table = tuple[float, float, float, float]  # TP, FP, FN, TN


def f1(table: Table, *, level: float = 0.95) -> Measure:
    """F1 = 2TP/(2TP+FP+FN), with Wilson's interval of J = TP/(TP+FP+FN) carried over by 2J/(1+J).

    >>> found = f1((60, 40, 20, 180))
    >>> [round(x, 5) for x in (found.value, found.low, found.high)]
    [0.66667, 0.58351, 0.7406]
    """
    tp, fp, fn, _ = _cells(table)
    n = tp + fp + fn
    if n == 0:
        return undefined("empty_cell", level=level)
    low, high = wilson_limits(tp, n, level=level)
    return Measure(2 * tp / (n + tp), float(2 * low / (1 + low)), float(2 * high / (1 + high)), level, "wilson_jaccard")


def mcc(table: Table, *, level: float = 0.95, draws: int = 20_000, seed: int = 0) -> Measure:
    """Matthews correlation, -1 to 1; undefined when nobody or everybody is flagged, or has the outcome.

    >>> found = mcc((60, 40, 20, 180))
    >>> round(found.value, 5), round(found.low, 2), round(found.high, 2)
    (0.533, 0.42, 0.63)
    """
    tp, fp, fn, tn = _cells(table)
    reason = _margins(tp, fp, fn, tn)
    if reason:
        return undefined(reason, level=level)
    return dirichlet(table, mcc_of, level=level, draws=draws, seed=seed)


def kappa(table: Table, *, level: float = 0.95, draws: int = 20_000, seed: int = 0) -> Measure:
    """Cohen's kappa: agreement beyond what the margins alone would give.

    >>> round(kappa((60, 40, 20, 180)).value, 4)
    0.5263
    """
    tp, fp, fn, tn = _cells(table)
    n = tp + fp + fn + tn
    if n == 0:
        return undefined("empty_cell", level=level)
    if (tp + fp) * (tp + fn) + (fn + tn) * (fp + tn) == n * n:  # all in one cell of agreement: chance agrees always
        return undefined("no_spread", level=level)
    return dirichlet(table, kappa_of, level=level, draws=draws, seed=seed)


def youden(table: Table, *, level: float = 0.95) -> Measure:
    """Youden's J = TPR - FPR: a difference of independent rates, so Newcombe's interval.

    >>> round(youden((60, 40, 20, 180)).value, 4)
    0.5682
    """
    tp, fp, fn, tn = _cells(table)
    reason = _outcomes(tp, fp, fn, tn)
    if reason:
        return undefined(reason, level=level)
    low, high = newcombe_limits(tp, tp + fn, fp, fp + tn, level=level)
    return Measure(tp / (tp + fn) - fp / (fp + tn), float(low), float(high), level, "newcombe")


def balanced_accuracy(table: Table, *, level: float = 0.95) -> Measure:
    """(TPR + TNR)/2 = (J + 1)/2, with the interval of Youden's J.

    >>> round(balanced_accuracy((60, 40, 20, 180)).value, 4)
    0.7841
    """
    j = youden(table, level=level)
    if j.value is None or j.low is None or j.high is None:
        return j
    return Measure((j.value + 1) / 2, (j.low + 1) / 2, (j.high + 1) / 2, level, "newcombe")


def likelihood_ratio_positive(table: Table, *, level: float = 0.95) -> Measure:
    """LR+ = TPR/FPR: how many times likelier a flag is for somebody with the outcome. Koopman's interval.

    >>> found = likelihood_ratio_positive((36, 16, 4, 64))
    >>> [round(x, 5) for x in (found.value, found.low, found.high)]
    [4.5, 2.93957, 7.15222]
    """
    tp, fp, fn, tn = _cells(table)
    return _ratio(tp, tp + fn, fp, fp + tn, _outcomes(tp, fp, fn, tn), level)


def likelihood_ratio_negative(table: Table, *, level: float = 0.95) -> Measure:
    """LR- = FNR/TNR: how many times likelier a "no" is for somebody with the outcome.

    >>> round(likelihood_ratio_negative((36, 16, 4, 64)).value, 4)
    0.125
    """
    tp, fp, fn, tn = _cells(table)
    return _ratio(fn, tp + fn, tn, fp + tn, _outcomes(tp, fp, fn, tn), level)


def diagnostic_odds_ratio(table: Table, *, level: float = 0.95) -> Measure:
    """TP TN / (FP FN), with Gart's logit interval, which adds one half to each cell (the value does not).

    Source:
        Gart 1966, J. R. Stat. Soc. B 28:164.

    >>> round(diagnostic_odds_ratio((36, 16, 4, 64)).value, 4)
    36.0
    """
    from math import exp, log, sqrt

    tp, fp, fn, tn = _cells(table)
    reason = _outcomes(tp, fp, fn, tn)
    if reason:
        return undefined(reason, level=level)
    a, b, c, d = (x + 0.5 for x in (tp, fp, fn, tn))
    centre, half = log(a * d / (b * c)), z_of(level) * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    low, high = exp(centre - half), exp(centre + half)
    if fp * fn == 0:
        # The ratio has no value, or is infinite: only the lower limit says something.
        return Measure(None, low, inf, level, "gart_logit", "comparator_zero")
    return Measure(tp * tn / (fp * fn), 0.0 if tp * tn == 0 else low, high, level, "gart_logit")


def treatment_ratio(table: Table, *, level: float = 0.95) -> Measure:
    """FN/FP ("treatment equality"): odds of the share FN/(FN+FP), Wilson's limits carried over.

    >>> round(treatment_ratio((60, 40, 20, 180)).value, 4)
    0.5
    """
    _, fp, fn, _ = _cells(table)
    if fn + fp == 0:
        return undefined("empty_cell", level=level)
    low, high = (float(x) for x in wilson_limits(fn, fn + fp, level=level))
    limits = low / (1 - low) if low < 1 else inf, high / (1 - high) if high < 1 else inf
    if fp == 0:
        return Measure(None, limits[0], inf, level, "wilson_odds", "comparator_zero")
    return Measure(fn / fp, *limits, level, "wilson_odds")


def average_odds_difference(group: Table, reference: Table, *, level: float = 0.95) -> Measure:
    """Mean of the differences in FPR and in TPR, by square-and-add of their Newcombe intervals.

    It can be 0 while both parts are large and opposite: print the parts beside it.

    >>> round(average_odds_difference((60, 40, 20, 180), (30, 10, 20, 140)).value, 4)
    0.1326
    """
    tp1, fp1, fn1, tn1 = _cells(group)
    tp2, fp2, fn2, tn2 = _cells(reference)
    reason = _outcomes(tp1, fp1, fn1, tn1) or _outcomes(tp2, fp2, fn2, tn2)
    if reason:
        return undefined(reason, level=level)
    parts = []
    for k1, n1, k2, n2 in ((tp1, tp1 + fn1, tp2, tp2 + fn2), (fp1, fp1 + tn1, fp2, fp2 + tn2)):
        low, high = newcombe_limits(k1, n1, k2, n2, level=level)
        gap = k1 / n1 - k2 / n2
        parts.append((gap, gap - float(low), float(high) - gap))
    value = (parts[0][0] + parts[1][0]) / 2
    down, up = hypot(parts[0][1], parts[1][1]) / 2, hypot(parts[0][2], parts[1][2]) / 2
    return Measure(value, value - down, value + up, level, "square_and_add")


def average_absolute_odds_difference(group: Table, reference: Table) -> Measure:
    """Mean of the absolute differences in FPR and in TPR: its parts cannot cancel. 0 is parity.

    Without an interval: an absolute value is biased upwards, and its interval would not contain 0 when it should.

    >>> round(average_absolute_odds_difference((60, 40, 20, 180), (30, 10, 20, 140)).value, 4)
    0.1326
    """
    tp1, fp1, fn1, tn1 = _cells(group)
    tp2, fp2, fn2, tn2 = _cells(reference)
    reason = _outcomes(tp1, fp1, fn1, tn1) or _outcomes(tp2, fp2, fn2, tn2)
    if reason:
        return undefined(reason)
    tpr, fpr = tp1 / (tp1 + fn1) - tp2 / (tp2 + fn2), fp1 / (fp1 + tn1) - fp2 / (fp2 + tn2)
    return Measure((abs(tpr) + abs(fpr)) / 2)


def _cells(table: Table) -> Table:
    a, b, c, d = counts_of("two-by-two table", table).tolist()
    return a, b, c, d


def _outcomes(tp: float, fp: float, fn: float, tn: float) -> Why | None:
    if tp + fn == 0:
        return "no_positives"
    return "no_negatives" if fp + tn == 0 else None


def _margins(tp: float, fp: float, fn: float, tn: float) -> Why | None:
    if tp + fp + fn + tn == 0:
        return "empty_cell"
    reason = _outcomes(tp, fp, fn, tn)
    if reason:
        return reason
    if tp + fp == 0:
        return "nobody_flagged"
    return "everybody_flagged" if fn + tn == 0 else None


def _ratio(k1: float, n1: float, k2: float, n2: float, reason: Why | None, level: float) -> Measure:
    if reason:
        return undefined(reason, level=level)
    low, high = koopman_limits(k1, n1, k2, n2, level=level)
    if k2 == 0:
        return Measure(None, float(low), float(high), level, "koopman", "comparator_zero")
    return Measure((k1 / n1) / (k2 / n2), float(low), float(high), level, "koopman")


def mcc_of(shares: Floats) -> Floats:
    """MCC of drawn tables, for an interval by drawing; shape (draws, 4) to (draws,)."""
    import numpy as np

    tp, fp, fn, tn = np.moveaxis(shares, -1, 0)
    spread: Floats = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    value: Floats = (tp * tn - fp * fn) / spread
    return value


def kappa_of(shares: Floats) -> Floats:
    """Kappa of drawn tables."""
    import numpy as np

    tp, fp, fn, tn = np.moveaxis(shares, -1, 0)
    n = tp + fp + fn + tn
    chance = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / (n * n)
    value: Floats = ((tp + tn) / n - chance) / (1 - chance)
    return value
