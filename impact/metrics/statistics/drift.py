"""Periods beside each other: funnel limits, and before against after.

In: counts by period (or by reviewer), or of two groups in two periods. Out: which periods lie outside what chance
allows, and the change of a disparity on two scales. Knows no dates and no plan. Drift of score distributions is in
``scores.distance``, a trend in ``ordinal.trend``, a change of level in ``change_point``.

Sources: funnel: Spiegelhalter 2005, Stat. Med. 24:1185; square-and-add: Zou and Donner 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, log, sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import newcombe_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["BeforeAfter", "Funnel", "FunnelPoint", "before_after", "funnel"]

WARNING, ACTION = 0.95, 0.998  # the customary pair of funnel limits (1.96 and 3.09 standard deviations)


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One unit: its rate, the limits for its size, and where it lies: ``inside``, ``warning`` or ``action``."""

    rate: float | None
    warning: tuple[float, float] | None
    action: tuple[float, float] | None
    z: float | None
    place: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """All units around their common rate.

    Attributes:
        target: The common rate; None with nobody.
        overdispersion: Mean squared z after pulling in the extreme tenth at each end. Well above 1 says that units
            differ for reasons common to many of them; the limits are widened by its square root.
        points: One for each unit, in order.
    """

    target: float | None
    overdispersion: float | None
    points: tuple[FunnelPoint, ...]


def funnel(successes: Like, trials: Like, *, allow_overdispersion: bool = True) -> Funnel:
    """Limits for each unit's size around the common rate.

    Args:
        successes: Counted by unit (period, reviewer); shape (units,).
        trials: At risk by unit.
        allow_overdispersion: Whether to widen the limits by what all units share.

    Raises:
        MetricError: M120.

    >>> found = funnel([10, 12, 9, 30], [100, 100, 100, 100], allow_overdispersion=False)
    >>> [point.place for point in found.points]
    ['inside', 'inside', 'inside', 'action']
    """
    import numpy as np

    k, n = counts_of("successes", successes), counts_of("trials", trials)
    if k.shape != n.shape or (k > n).any():
        refuse("funnel", "more successes than trials, or other lengths")
    if n.sum() == 0:
        return Funnel(None, None, tuple(FunnelPoint(None, None, None, None, "nobody") for _ in k))
    target = float(k.sum() / n.sum())
    used = n > 0
    spread = np.sqrt(target * (1 - target) / np.where(used, n, 1))
    rate = np.divide(k, n, out=np.zeros_like(k), where=used)
    z = np.divide(rate - target, spread, out=np.zeros_like(k), where=used & (spread > 0))
    low, high = np.quantile(z[used], [0.1, 0.9])
    phi = float((np.clip(z[used], low, high) ** 2).mean())
    widen = sqrt(phi) if allow_overdispersion and phi > 1 else 1.0
    points = []
    for i in range(k.size):
        if not used[i]:
            points.append(FunnelPoint(None, None, None, None, "nobody"))
            continue
        limits = []
        for level in (WARNING, ACTION):
            half = z_of(level) * float(spread[i]) * widen
            limits.append((max(target - half, 0.0), min(target + half, 1.0)))
        adjusted = abs(float(z[i])) / widen
        place = "action" if adjusted > z_of(ACTION) else "warning" if adjusted > z_of(WARNING) else "inside"
        points.append(FunnelPoint(float(rate[i]), limits[0], limits[1], float(z[i]), place))
    return Funnel(target, phi, tuple(points))


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Change of a disparity between two groups, on two scales that can disagree in sign: both are shown.

    Attributes:
        change_group: After less before, in the group.
        change_reference: After less before, among the others.
        points: Difference of the two changes, as a difference of rates.
        log_odds: The same on the scale of log-odds; one half is added to each cell for its interval and value.
        same_sign: Whether the two agree in sign.
    """

    change_group: Measure
    change_reference: Measure
    points: Measure
    log_odds: Measure
    same_sign: bool | None


def before_after(successes: Like, trials: Like, *, level: float = 0.95) -> BeforeAfter:
    """Difference in differences from eight counts.

    Args:
        successes: Shape (2, 2): rows group and reference, columns before and after.
        trials: Same shape; different people before and after.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = before_after([[20, 40], [20, 30]], [[100, 100], [100, 100]])
    >>> round(found.points.value, 3), round(found.log_odds.value, 3), found.same_sign
    (0.1, 0.437, True)
    """
    k, n = counts_of("successes", successes, ndim=2), counts_of("trials", trials, ndim=2)
    if k.shape != (2, 2) or n.shape != (2, 2) or (k > n).any():
        refuse("before and after", "more successes than trials, or not two groups in two periods")
    if (n == 0).any():
        reason: Why = "empty_cell"
        none = undefined(reason, level=level)
        return BeforeAfter(none, none, none, none, None)
    changes = []
    for row in range(2):
        low, high = newcombe_limits(k[row, 1], n[row, 1], k[row, 0], n[row, 0], level=level)
        value = float(k[row, 1] / n[row, 1] - k[row, 0] / n[row, 0])
        changes.append((value, float(low), float(high)))
    (d1, l1, u1), (d2, l2, u2) = changes
    gap = d1 - d2
    points = Measure(gap, gap - hypot(d1 - l1, u2 - d2), gap + hypot(u1 - d1, d2 - l2), level, "square_and_add")
    yes, no = k + 0.5, n - k + 0.5
    odds = [[log(yes[i, j] / no[i, j]) for j in range(2)] for i in range(2)]
    logit = (odds[0][1] - odds[0][0]) - (odds[1][1] - odds[1][0])
    half = z_of(level) * sqrt(float((1 / yes + 1 / no).sum()))
    return BeforeAfter(
        change_group=Measure(*changes[0], level, "newcombe"),
        change_reference=Measure(*changes[1], level, "newcombe"),
        points=points,
        log_odds=Measure(logit, logit - half, logit + half, level, "logit_half"),
        same_sign=gap * logit > 0 or (gap == 0 and abs(logit) < 1e-12),
    )
