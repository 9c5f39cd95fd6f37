"""Inequality of what people receive, and how much a decision tells about a group: closed forms from counts.

In: TP, FP, FN, TN (of everybody, or by group). Out: generalised entropy and Theil's index of the benefit b = d - y +
1 (0 for a missed case, 1 for a right decision, 2 for a wrong flag), their part between groups, mutual information,
and smoothed differential fairness. Knows no group by name.

Sources: Speicher et al. 2018 (KDD) for the benefit and the decomposition; Shorrocks 1980, Econometrica 48:613; Foulds
et al. 2020 (ICDE) for differential fairness. Other packages need rows for these, and ignore weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, Why, counts_of, refuse, undefined
from impact.metrics.statistics.resampling import dirichlet

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "MutualInformation",
    "between_groups",
    "coefficient_of_variation",
    "differential_fairness",
    "entropy_of",
    "generalised_entropy",
    "mutual_information",
    "theil",
]


def generalised_entropy(table: Like, *, alpha: float = 2.0, level: float = 0.95, seed: int = 0) -> Measure:
    """Generalised entropy of benefits: 0 when everybody receives the same.

    Args:
        table: TP, FP, FN, TN.
        alpha: 2 is half the squared coefficient of variation; 1 is Theil's index; 0 is the mean log deviation, which is
            undefined as soon as one person is a false negative (a benefit of 0 has no logarithm); so is anything below.
        level: Confidence level of the Jeffreys-Dirichlet interval.
        seed: For its generator.

    Raises:
        MetricError: M120.

    >>> round(generalised_entropy([60, 40, 20, 180]).value, 7), round(theil([60, 40, 20, 180]).value, 7)
    (0.0859375, 0.1087483)
    >>> generalised_entropy([60, 40, 20, 180], alpha=0).reason
    'false_negatives'
    """
    cells = _table(table)
    reason = _no_benefit(cells, alpha)
    if reason:
        return undefined(reason, level=level)
    if alpha <= 0:
        # Not one person was wrongly cleared. Half a person, drawn, would make the index infinite: no interval.
        value = float(entropy_of(cells[None, :], alpha)[0])
        return Measure(value, level=level, reason="false_negatives")
    return dirichlet(cells, lambda x: entropy_of(x, alpha), level=level, seed=seed)


def theil(table: Like, *, level: float = 0.95, seed: int = 0) -> Measure:
    """Theil's index of benefits: generalised entropy with alpha 1.

    >>> round(theil([60, 40, 20, 180]).value, 6)
    0.108748
    """
    return generalised_entropy(table, alpha=1.0, level=level, seed=seed)


def coefficient_of_variation(table: Like, *, level: float = 0.95, seed: int = 0) -> Measure:
    """Standard deviation of benefits over their mean: the square root of twice the entropy with alpha 2.

    >>> round(coefficient_of_variation([60, 40, 20, 180]).value, 6)
    0.414578
    """
    found = generalised_entropy(table, alpha=2.0, level=level, seed=seed)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = (sqrt(2 * max(end, 0.0)) for end in (found.low, found.high))
    return Measure(sqrt(2 * found.value), low, high, level, found.method)


def between_groups(tables: Like, *, alpha: float = 2.0) -> Measure:
    """Entropy that remains when everybody in a group receives the group's mean benefit.

    Args:
        tables: TP, FP, FN, TN by group; shape (groups, 4). Groups with nobody in them add nothing.
        alpha: As for :func:`generalised_entropy`.

    >>> between_groups([[10, 0, 0, 10], [10, 10, 0, 0]]).value.__round__(6)
    0.02
    """
    import numpy as np
    from scipy.special import xlogy

    cells = counts_of("tables", tables, ndim=2)
    n = cells.sum(axis=1)
    if n.sum() == 0:
        return undefined("empty_cell")
    cells, n = cells[n > 0], n[n > 0]
    mean = (cells[:, 0] + cells[:, 3] + 2 * cells[:, 1]) / n
    overall = float((mean * n).sum() / n.sum())
    if overall == 0:
        return undefined("no_benefit")
    if alpha <= 0 and (mean == 0).any():
        return undefined("false_negatives")
    r, weight = mean / overall, n / n.sum()
    if alpha == 1:
        return Measure(float((weight * xlogy(r, r)).sum()))
    if alpha == 0:
        return Measure(float(-(weight * np.log(r)).sum()))
    return Measure(float((weight * (r**alpha - 1)).sum() / (alpha * (alpha - 1))))


@dataclass(frozen=True, slots=True)
class MutualInformation:
    """How much two columns tell about each other, in natural units, and as a share of what the first is uncertain of.

    ``bias`` is what independent columns of this size show on average, to first order: (rows-1)(columns-1)/2n for each
    stratum. A value below it says nothing. The interval is never at 0, whatever the truth: for whether there is
    anything to see, read ``p``, of the likelihood-ratio test (2n times the information is
    about chi-squared without a relation).
    """

    value: Measure
    normalised: Measure
    bias: float | None
    p: float | None = None


def mutual_information(counts: Like, *, level: float = 0.95, draws: int = 5000, seed: int = 0) -> MutualInformation:
    """Mutual information I(X; G given Z) from counts.

    Independence, I(decision; group): one stratum. Separation, I(decision; group given outcome): a stratum for each
    outcome. Sufficiency, I(outcome; group given decision): a stratum for each decision.

    Args:
        counts: Shape (values of X, groups) or (strata, values of X, groups).
        level: Confidence level of the Jeffreys-Dirichlet interval; its lower limit is never 0, read it with ``bias``.
        draws: How many.
        seed: For the generator.

    Source:
        Miller 1955 for the bias of the estimate (Miller-Madow); Woolf 1957, Ann. Hum. Genet. 21:397, for the test.

    >>> found = mutual_information([[10, 40], [40, 10]])
    >>> round(found.value.value, 4), round(found.normalised.value, 4), found.bias
    (0.1927, 0.2781, 0.005)
    """
    import numpy as np
    from scipy.special import chdtrc

    cells = counts_of("counts", counts, ndim=None)
    if cells.ndim == 2:
        cells = cells[None, :, :]
    if cells.ndim != 3:
        refuse("counts", f"{cells.ndim} axes where two or three are wanted")
    n = float(cells.sum())
    if n == 0:
        return MutualInformation(undefined("empty_cell", level=level), undefined("empty_cell", level=level), None)
    if cells.shape[2] < 2:
        return MutualInformation(undefined("one_group", level=level), undefined("one_group", level=level), None)
    shape = cells.shape

    def information(x: Floats) -> Floats:
        return _information(x.reshape(-1, *shape))[0]

    def share(x: Floats) -> Floats:
        found, uncertain = _information(x.reshape(-1, *shape))
        result: Floats = found / uncertain
        return result

    rows, columns = (cells.sum(axis=2) > 0).sum(axis=1), (cells.sum(axis=1) > 0).sum(axis=1)
    bias = float(np.maximum((rows - 1) * (columns - 1), 0).sum() / (2 * n))
    value = dirichlet(cells.ravel(), information, level=level, draws=draws, seed=seed)
    if float(_information(cells[None])[1][0]) <= 0:
        return MutualInformation(value, undefined("no_spread", level=level), bias)
    degrees = float(np.maximum((rows - 1) * (columns - 1), 0).sum())
    p = float(chdtrc(degrees, 2 * n * float(_information(cells[None])[0][0]))) if degrees else None
    return MutualInformation(value, dirichlet(cells.ravel(), share, level=level, draws=draws, seed=seed), bias, p)


def differential_fairness(yes: Like, people: Like, *, concentration: float = 1.0) -> Measure:
    """Smoothed empirical differential fairness: the largest |ln p_i - ln p_j| over groups, for yes and for no.

    0 says that all smoothed rates are equal. A maximum over groups: it grows with the number of groups without any true
    difference, so it is shown and never decides.

    Args:
        yes: People with a yes by group; shape (groups,).
        people: People by group.
        concentration: Total weight of the prior, spread evenly over yes and no.

    >>> round(differential_fairness([60, 20], [100, 100]).value, 4)
    1.0822
    """
    import numpy as np

    k, n = counts_of("yes", yes), counts_of("people", people)
    if k.shape != n.shape or (k > n).any() or concentration <= 0:
        refuse("differential fairness", "more yes than people, other lengths, or no prior")
    k, n = k[n > 0], n[n > 0]
    if n.size < 2:
        return undefined("one_group")
    p = (k + concentration / 2) / (n + concentration)
    return Measure(float(max(np.ptp(np.log(p)), np.ptp(np.log(1 - p)))))


def _table(table: Like) -> Floats:
    cells = counts_of("two-by-two table", table)
    if cells.shape != (4,):
        refuse("two-by-two table", f"{cells.size} counts where TP, FP, FN, TN are wanted")
    return cells


def _no_benefit(cells: Floats, alpha: float) -> Why | None:
    if cells.sum() == 0:
        return "empty_cell"
    # Everybody missed: the mean benefit is 0 and nothing can be divided by it.
    if cells[2] == cells.sum():
        return "no_benefit"
    return "false_negatives" if alpha <= 0 and cells[2] > 0 else None


def entropy_of(x: Floats, alpha: float) -> Floats:
    """Generalised entropy of drawn tables, for an interval by drawing; shape (draws, 4) to (draws,)."""
    import numpy as np
    from scipy.special import xlogy

    tp, fp, fn, tn = np.moveaxis(x, -1, 0)
    n, right = tp + fp + fn + tn, tp + tn
    mu = (right + 2 * fp) / n
    one, two = 1 / mu, 2 / mu
    if alpha == 1:
        value = (right * xlogy(one, one) + fp * xlogy(two, two)) / n
    elif alpha == 0:
        value = -(right * np.log(one) + fp * np.log(two)) / n
    else:
        # A benefit of 0 to the power of alpha is 0 for positive alpha, and does not occur for a negative one.
        value = ((right * one**alpha + fp * two**alpha) / n - 1) / (alpha * (alpha - 1))
    result: Floats = value
    return result


def _information(x: Floats) -> tuple[Floats, Floats]:
    """I(X; G given Z) and H(X given Z) for tables of shape (draws, strata, values, groups)."""
    from scipy.special import xlogy

    n = x.sum(axis=(1, 2, 3))
    z, xz, gz = x.sum(axis=(2, 3)), x.sum(axis=3), x.sum(axis=2)
    joint = xlogy(x, x).sum(axis=(1, 2, 3))
    by_x, by_g, by_z = xlogy(xz, xz).sum(axis=(1, 2)), xlogy(gz, gz).sum(axis=(1, 2)), xlogy(z, z).sum(axis=1)
    information: Floats = ((joint - by_x - by_g + by_z) / n).clip(min=0.0)
    uncertain: Floats = (by_z - by_x) / n
    return information, uncertain
