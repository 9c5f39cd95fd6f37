"""Ratio screens of measurement standards: each group against the group with the highest rate, in whole numbers.

In: groupings of tallies and a standard. Out: ``Screened`` rows. A screen is printed with the chance that it misfires at
these sizes; it is never a verdict. Personal data: none; tallies hold counts only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from impact.metrics.analysis.levels import Group, Grouping, group_json
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.standards import Screen, load_standard
from impact.metrics.statistics.intervals import Interval, koopman

__all__ = ["Screened", "false_alarm", "screen_rows"]

_MOST = 20_000_000  # exact enumeration takes the product of both sizes in the worst case; above this none is printed


@dataclass(frozen=True)
class Screened:
    """One group on one screen.

    Attributes:
        screen: Id of the screen.
        side: ``selected``, or ``spared`` where a yes is a burden: then those with a no are favoured.
        group: Whom the row is about.
        reference: The group with the highest rate on this side; None when nobody has a rate above nought.
        k, n: Counted on this side, and of how many.
        reference_k, reference_n: The same of the reference.
        ratio: Rate divided by the reference's rate; None with ``reason``.
        interval: Koopman interval of the ratio at 95%.
        below: Whether the ratio is below the standard's threshold, compared in whole numbers; None without one.
        misfires: Chance that two groups of these sizes with one and the same rate (the pooled one) fall below; None
            without a threshold, or where the sizes are too large to enumerate.
        small: The group is under the share that the standard allows to be left out.
        reason: Why there is no ratio.
    """

    screen: str
    side: str
    group: Group
    reference: Group | None
    k: int
    n: int
    reference_k: int
    reference_n: int
    ratio: float | None
    interval: Interval | None
    below: bool | None
    misfires: float | None
    small: bool
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "screen": self.screen,
            "side": self.side,
            "group": group_json(self.group),
            "reference": None if self.reference is None else group_json(self.reference),
            "k": self.k,
            "n": self.n,
            "reference_k": self.reference_k,
            "reference_n": self.reference_n,
            "ratio": self.ratio,
            "ci": None if self.interval is None else [self.interval.low, self.interval.high],
            "below": self.below,
            "misfires": self.misfires,
            "small": self.small,
            "reason": self.reason,
        }


def screen_rows(plan: AuditPlan, parts: Iterable[Grouping]) -> list[Screened]:
    """Rows of all screens of the plan's standard; unknown levels are never a reference and are not screened."""
    standard = load_standard(plan.rules.standard) if plan.rules.standard != "none" else None
    if standard is None:
        return []
    side = "spared" if plan.columns.decision.effect == "burden" else "selected"
    return [
        row
        for screen in standard.screens
        for part in parts
        if not part.too_many
        for row in _of_grouping(screen, part, side=side)
    ]


def _of_grouping(screen: Screen, part: Grouping, *, side: str) -> list[Screened]:
    counts: dict[Group, tuple[int, int]] = {}
    for group in part.groups():
        if not part.is_unknown(group):
            own = part.of(group)
            counts[group] = (own.yes if side == "selected" else own.no, own.yes + own.no)
    everybody = sum(n for _, n in counts.values())
    able = [group for group, (_, n) in counts.items() if n]
    # Compared as whole numbers: the first group of the highest rate in the order of the plan.
    best: Group | None = None
    for group in able:
        if best is None or counts[group][0] * counts[best][1] > counts[best][0] * counts[group][1]:
            best = group
    rows = []
    for group, (k, n) in counts.items():
        small = screen.smallest_share is not None and n < screen.smallest_share * everybody
        k_ref, n_ref = counts[best] if best is not None else (0, 0)
        if best is None or n == 0 or k_ref == 0:
            nobody = "everybody_flagged" if side == "spared" else "nobody_flagged"
            reason = "empty_cell" if n == 0 or best is None else nobody
            rows.append(
                Screened(screen.id, side, group, best, k, n, k_ref, n_ref, None, None, None, None, small, reason)
            )
            continue
        interval = koopman(k, n, k_ref, n_ref) if group != best else None
        below = misfires = None
        if screen.numerator is not None and screen.denominator is not None:
            below = screen.denominator * k * n_ref < screen.numerator * k_ref * n
            if group != best:
                pooled = (k + k_ref) / (n + n_ref)
                misfires = false_alarm(n, n_ref, pooled, numerator=screen.numerator, denominator=screen.denominator)
        ratio = (k * n_ref) / (n * k_ref)
        rows.append(
            Screened(screen.id, side, group, best, k, n, k_ref, n_ref, ratio, interval, below, misfires, small, None)
        )
    return rows


def false_alarm(n1: int, n2: int, rate: float, *, numerator: int = 4, denominator: int = 5) -> float | None:
    """Chance that two groups with one and the same rate fall below a ratio screen, by exact enumeration.

    Args:
        n1, n2: Sizes of the two groups, at least 1.
        rate: The rate of both, 0 to 1.
        numerator, denominator: The screen; the smaller rate divided by the larger is compared with it.

    Returns:
        A probability; nobody selected in either group counts as below. None where n1 * n2 is above 20 million.

    Source:
        Definition by enumeration; the values of design section 6, for example 0.737 at 10%, 20 against 200.

    >>> round(false_alarm(20, 200, 0.1), 3), round(false_alarm(50, 500, 0.5), 3)
    (0.737, 0.133)
    """
    if n1 * n2 > _MOST:
        return None
    import numpy as np
    from scipy import stats

    k1 = np.arange(n1 + 1, dtype=np.int64)
    # The second group stays above the screen while num * k1 * n2 <= den * k2 * n1 and num * k2 * n1 <= den * k1 * n2.
    lowest = -(-(numerator * k1 * n2) // (denominator * n1))
    highest = (denominator * k1 * n2) // (numerator * n1)
    inside = stats.binom.cdf(np.minimum(highest, n2), n2, rate) - stats.binom.cdf(lowest - 1, n2, rate)
    inside = np.where((k1 == 0) | (lowest > n2), 0.0, inside)
    return float(1 - (stats.binom.pmf(k1, n1, rate) * inside).sum())
