"""Two scorers, versions or judges on the same cases: who errs more, and whose disparity is larger.

In: for cases of one kind, how many both, only the first, only the second, and neither decided yes. Out: McNemar's
test, the paired interval, difference in disparity, Cochran's Q, and a dominance line. Knows no scorers by name.

On cases without the outcome the rates are false-positive rates, on cases with it true-positive rates. A difference of
hit rates is not of this kind (its denominators differ): it is drawn from the joint counts instead.

Sources: McNemar 1947, Psychometrika 12:153; Newcombe 1998, Stat. Med. 17:2635, method 10; Cochran 1950, Biometrika
37:256; square-and-add: Zou and Donner 2008, Stat. Med. 27:1693.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.statistics.resampling import dirichlet, dirichlet_difference

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "CochranQ",
    "Dominance",
    "Paired",
    "cochran_q",
    "difference_in_disparity",
    "dominance",
    "mcnemar",
    "paired_difference",
    "ppv_difference",
    "ppv_disparities",
    "sum_of_disparities",
]

# Cases on which both, only the first, only the second, and neither said yes.
Quad = Sequence[float]


@dataclass(frozen=True, slots=True)
class Paired:
    """The first rate less the second, on the same cases.

    Attributes:
        first: Rate of the first.
        second: Rate of the second.
        difference: With its paired interval.
        p: Exact two-sided McNemar p-value; None where the two never disagree.
        cases: How many.
    """

    first: float | None
    second: float | None
    difference: Measure
    p: float | None
    cases: float


def paired_difference(table: Quad, *, level: float = 0.95) -> Paired:
    """Newcombe's method 10 for a difference of paired rates, and McNemar's exact test.

    Args:
        table: Both yes, only the first, only the second, neither.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = paired_difference([36, 12, 2, 0])
    >>> round(found.difference.low, 5), round(found.difference.high, 5)
    (0.05693, 0.34043)
    >>> round(paired_difference([30, 12, 3, 155]).p, 5)
    0.03516
    """
    a, b, c, d = _quad(table)
    n = a + b + c + d
    if n == 0:
        return Paired(None, None, undefined("empty_cell", level=level), None, 0.0)
    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = (tuple(float(x) for x in wilson_limits(k, n, level=level)) for k in (a + b, a + c))
    phi = _phi(a, b, c, d)
    x, y, v, w = p1 - l1, u2 - p2, p2 - l2, u1 - p1
    low = p1 - p2 - sqrt(max(x * x - 2 * phi * x * y + y * y, 0.0))
    high = p1 - p2 + sqrt(max(v * v - 2 * phi * v * w + w * w, 0.0))
    return Paired(p1, p2, Measure(p1 - p2, low, high, level, "newcombe_paired"), mcnemar(b, c), n)


def mcnemar(only_first: float, only_second: float) -> float | None:
    """Exact two-sided p-value: of the cases on which two disagree, could half be each one's?

    >>> round(mcnemar(12, 3), 5), mcnemar(0, 0) is None
    (0.03516, True)
    """
    from scipy.special import bdtr

    b, c = counts_of("disagreements", [only_first, only_second]).tolist()
    if b + c == 0:
        return None
    return float(min(1.0, 2 * bdtr(round(min(b, c)), round(b + c), 0.5)))


def difference_in_disparity(group: Quad, reference: Quad, *, level: float = 0.95) -> Measure:
    """Disparity under the first less disparity under the second: is the gap smaller with one of them?

    gap(first) - gap(second) = D(group) - D(reference), D being the paired difference inside each. The two are
    independent, so their intervals are squared and added. Coverage .959 to .967 of a nominal .95 (measured).

    Args:
        group: Both yes, only the first, only the second, neither, in the group.
        reference: The same in the comparator.
        level: Confidence level.

    >>> found = difference_in_disparity([24, 20, 8, 148], [24, 16, 12, 348])
    >>> [round(x, 5) for x in (found.value, found.low, found.high)]
    [0.05, -0.00919, 0.10995]
    """
    a, b = (paired_difference(table, level=level).difference for table in (group, reference))
    if a.value is None or b.value is None:
        return undefined("empty_cell", level=level)
    assert a.low is not None
    assert a.high is not None
    assert b.low is not None
    assert b.high is not None
    gap = a.value - b.value
    low = gap - hypot(a.value - a.low, b.high - b.value)
    high = gap + hypot(a.high - a.value, b.value - b.low)
    return Measure(gap, low, high, level, "square_and_add")


def sum_of_disparities(group: Quad, reference: Quad, *, level: float = 0.95) -> Measure:
    """Disparity under the first plus disparity under the second, on the same cases.

    Beside :func:`difference_in_disparity` it says whose disparity is smaller in *size*: that of the second is when
    difference and sum are both above 0, or both below. A disparity of -6 points is not smaller than one of +5 points,
    though it is 11 points lower. Where both intervals exclude 0, each at ``level``, so does the claim (Berger 1982,
    Technometrics 24:295).

    As method 10 with the rates added: where the two agree, errors of a sum add up, so the correlation of the decisions
    is taken without the continuity correction, which would make the interval too narrow here.

    Args:
        group: Both yes, only the first, only the second, neither, in the group.
        reference: The same in the comparator.
        level: Confidence level.

    >>> found = sum_of_disparities([24, 20, 8, 148], [24, 16, 12, 348])
    >>> round(found.value, 5), found.low < found.value < found.high
    (0.19, True)
    """
    one, other = (_paired_sum(table, level) for table in (group, reference))
    if one is None or other is None:
        return undefined("empty_cell", level=level)
    gap = one[0] - other[0]
    low = gap - hypot(one[0] - one[1], other[2] - other[0])
    high = gap + hypot(one[2] - one[0], other[0] - other[1])
    return Measure(gap, low, high, level, "square_and_add")


def _paired_sum(table: Quad, level: float) -> tuple[float, float, float] | None:
    a, b, c, d = _quad(table)
    n = a + b + c + d
    if n == 0:
        return None
    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = (tuple(float(x) for x in wilson_limits(k, n, level=level)) for k in (a + b, a + c))
    phi = _phi(a, b, c, d, corrected=False)
    x, y, v, w = p1 - l1, p2 - l2, u1 - p1, u2 - p2
    low = p1 + p2 - sqrt(max(x * x + 2 * phi * x * y + y * y, 0.0))
    return p1 + p2, low, p1 + p2 + sqrt(max(v * v + 2 * phi * v * w + w * w, 0.0))


def ppv_difference(joint: Like, *, level: float = 0.95, draws: int = 20_000, seed: int = 0) -> Measure:
    """Hit rate of the first less that of the second, from joint counts by Jeffreys-Dirichlet simulation.

    Only the six cells with a yes of either matter: a share of a Dirichlet's cells does not depend on the others.

    Args:
        joint: Shape (2, 2, 2): outcome, decision of the first, decision of the second; index 1 is yes.
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> found = ppv_difference([[[500, 20], [40, 30]], [[60, 15], [35, 80]]])
    >>> round(found.value, 4), found.low < found.value < found.high
    (-0.0336, True)
    """
    cells = _flagged(joint)
    if _nobody(cells):
        return undefined("nobody_flagged", level=level)
    return dirichlet(cells, _hit_rates, level=level, draws=draws, seed=seed)


def ppv_disparities(
    group: Like, reference: Like, *, level: float = 0.95, draws: int = 20_000, seed: int = 0
) -> tuple[Measure, Measure]:
    """Difference and sum of the disparities in hit rates under two scorers, from joint counts; see
    :func:`sum_of_disparities` for what the two say together.

    Args:
        group: As ``joint`` of :func:`ppv_difference`, in the group.
        reference: The same in the comparator.
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> joint = [[[500, 20], [40, 30]], [[60, 15], [35, 80]]]
    >>> [round(each.value, 4) for each in ppv_disparities(joint, joint)]
    [0.0, 0.0]
    """
    one, other = _flagged(group), _flagged(reference)
    if _nobody(one) or _nobody(other):
        return undefined("nobody_flagged", level=level), undefined("nobody_flagged", level=level)
    found = [
        dirichlet_difference(one, other, function, level=level, draws=draws, seed=seed)
        for function in (_hit_rates, _hit_rates_added)
    ]
    return found[0], found[1]


def _flagged(joint: Like) -> Floats:
    """Cells with a yes of either: without the outcome only second, only first, both; then the same with it."""
    cells = counts_of("joint counts", joint, ndim=3)
    if cells.shape != (2, 2, 2):
        refuse("joint counts", f"shape {cells.shape} where (2, 2, 2) is wanted")
    return cells.reshape(2, 4)[:, 1:].ravel()


def _nobody(cells: Floats) -> bool:
    return bool(cells[[1, 2, 4, 5]].sum() == 0 or cells[[0, 2, 3, 5]].sum() == 0)


def _shares(x: Floats) -> tuple[Floats, Floats]:
    first, second = x[:, 4] + x[:, 5], x[:, 3] + x[:, 5]
    return first / (first + x[:, 1] + x[:, 2]), second / (second + x[:, 0] + x[:, 2])


def _hit_rates(x: Floats) -> Floats:
    first, second = _shares(x)
    return first - second


def _hit_rates_added(x: Floats) -> Floats:
    first, second = _shares(x)
    return first + second


@dataclass(frozen=True, slots=True)
class CochranQ:
    """More than two scorers on the same cases: the test that all have the same rate."""

    statistic: float | None
    degrees: int
    p: float | None


def cochran_q(patterns: Like, counts: Like) -> CochranQ:
    """Cochran's Q from counts of patterns.

    Args:
        patterns: 0 or 1 for each scorer; shape (patterns, scorers).
        counts: Cases with each pattern.

    Returns:
        No statistic where the scorers never disagree.

    >>> found = cochran_q([[1, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]], [6, 2, 1, 10])
    >>> round(found.statistic, 4), found.degrees
    (8.6667, 2)
    """
    from scipy.special import chdtrc

    x, n = counts_of("patterns", patterns, ndim=2), counts_of("counts", counts)
    if x.shape[0] != n.size or ((x != 0) & (x != 1)).any() or x.shape[1] < 2:
        refuse("patterns", "other values than 0 and 1, other lengths, or fewer than two scorers")
    k = x.shape[1]
    columns, rows = n @ x, x.sum(axis=1)
    total = float(columns.sum())
    disagreement = k * total - float((n * rows**2).sum())
    if disagreement <= 0:
        return CochranQ(None, k - 1, None)
    statistic = (k - 1) * (k * float((columns**2).sum()) - total**2) / disagreement
    return CochranQ(statistic, k - 1, float(chdtrc(k - 1, statistic)))


@dataclass(frozen=True, slots=True)
class Dominance:
    """Whether one of two errs less in every group, simultaneously.

    Attributes:
        fewer: ``first`` or ``second`` where it errs less in every group with confidence; else None.
        differences: First less second by group, at the level that keeps all of them together.
        compared: Groups with cases.
    """

    fewer: str | None
    differences: tuple[Measure, ...]
    compared: int


def dominance(tables: Sequence[Quad], *, level: float = 0.95) -> Dominance:
    """Error rates of two on the same cases, group by group, with intervals that hold together (Šidák).

    Args:
        tables: For each group: both err, only the first, only the second, neither.
        level: Confidence level of all groups together.

    >>> dominance([[10, 2, 40, 200], [8, 1, 30, 150]]).fewer
    'first'
    >>> dominance([[10, 2, 40, 200], [8, 30, 1, 150]]).fewer is None
    True
    """
    compared = sum(1 for table in tables if sum(_quad(table)) > 0)
    each = 1 - sidak(1 - level_of(level), compared)
    found = tuple(paired_difference(table, level=each).difference for table in tables)
    defined = [one for one in found if one.value is not None]
    fewer = None
    if defined and all(one.high is not None and one.high < 0 for one in defined):
        fewer = "first"
    elif defined and all(one.low is not None and one.low > 0 for one in defined):
        fewer = "second"
    return Dominance(fewer, found, compared)


def _quad(table: Quad) -> tuple[float, float, float, float]:
    cells = counts_of("paired table", table)
    if cells.shape != (4,):
        refuse("paired table", f"{cells.size} counts where four are wanted")
    a, b, c, d = cells.tolist()
    return a, b, c, d


def _phi(a: float, b: float, c: float, d: float, *, corrected: bool = True) -> float:
    """Correlation of the two, with the continuity correction that makes it method 10."""
    margins, e = (a + b) * (c + d) * (a + c) * (b + d), a * d - b * c
    if margins == 0:
        return 0.0
    e = max(e - (a + b + c + d) / 2, 0.0) if e > 0 and corrected else e
    return float(e / sqrt(margins))
