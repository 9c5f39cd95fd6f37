"""Tests of one two-by-two table against a stated ratio, and exactly in small tables. P-values are shown, never decide.

In: counts of two groups. Out: p-values as logarithms. Knows no plan.

Sources: score test under a ratio: Koopman 1984, Biometrics 40:513; mid-p: Lancaster 1961, J. Am. Stat. Assoc. 56:223.
"""

from __future__ import annotations

from math import log, sqrt

from impact.metrics.statistics.measure import counts_of, refuse

__all__ = ["fisher_mid_p", "ratio_log10_p"]


def ratio_log10_p(k1: float, n1: float, k2: float, n2: float, *, ratio: float) -> float | None:
    """One-sided p-value (log10) of "the true ratio of rates is at least ``ratio``": small where it lies below.

    "Below four fifths" as a question to data and not as a cut of two observed rates.

    Returns:
        None where a side has nobody, or where nobody was counted on either.

    Raises:
        MetricError: M120.

    >>> round(10 ** ratio_log10_p(24, 100, 60, 100, ratio=0.8), 5)
    7e-05
    """
    from scipy.special import log_ndtr

    _check(k1, n1, k2, n2)
    if ratio <= 0:
        refuse("ratio", f"{ratio} where a number above 0 is wanted")
    if n1 == 0 or n2 == 0 or k1 + k2 == 0:
        return None
    # Both rates estimated under p1 = ratio * p2; this form of the root keeps its digits for every ratio.
    a, b, c = (n1 + n2) * ratio, n1 * ratio + k1 + n2 + k2 * ratio, k1 + k2
    p2 = min(2 * c / (b + sqrt(max(b * b - 4 * a * c, 0.0))), 1.0)
    p1 = min(ratio * p2, 1.0)
    variance = p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2
    gap = k1 / n1 - ratio * k2 / n2
    if variance <= 0:
        return None
    return float(log_ndtr(gap / sqrt(variance)) / log(10))


def fisher_mid_p(k1: int, n1: int, k2: int, n2: int) -> float | None:
    """Two-sided mid-p of Fisher's exact test: the tables less likely than this one, and half of those as likely.

    For small tables: it lists every table with the same totals. Use the pooled score test beyond some thousands.

    Returns:
        None where a side has nobody.

    Raises:
        MetricError: M120.

    >>> round(fisher_mid_p(12, 60, 30, 300), 4)
    0.0355
    """
    import numpy as np
    from scipy.special import gammaln

    _check(k1, n1, k2, n2)
    if n1 == 0 or n2 == 0:
        return None
    total = k1 + k2
    x = np.arange(max(0, total - n2), min(n1, total) + 1)

    def choose(n: float, k: object) -> object:
        k = np.asarray(k)
        return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)

    weight = np.asarray(choose(n1, x)) + np.asarray(choose(n2, total - x)) - np.asarray(choose(n1 + n2, total))
    probability = np.exp(weight)
    here = float(probability[x == k1][0])
    alike = np.abs(probability - here) <= 1e-9 * here
    return float(min(probability[(probability < here) & ~alike].sum() + probability[alike].sum() / 2, 1.0))


def _check(k1: float, n1: float, k2: float, n2: float) -> None:
    counts_of("two groups", [k1, n1, k2, n2])
    if k1 > n1 or k2 > n2:
        refuse("two groups", "more successes than trials")
