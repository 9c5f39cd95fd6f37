"""People who decide: how often they depart from a machine, in which direction, and whether they catch its errors.

In: counts of the machine's decision by the final human one, and by outcome where it is known. Out: override rates by
direction, agreement with wrong advice, and what the person adds. Knows no reviewer by name; a funnel over reviewers
is in ``drift.funnel``. The outcome is seen only after the human decision, so it may be made by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, refuse, undefined
from impact.metrics.statistics.paired import Paired, paired_difference

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["RUBBER_STAMP", "Overrides", "Reliance", "overrides", "reliance"]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Departures from the machine.

    Attributes:
        escalated: Final yes among the machine's no.
        reversed: Final no among the machine's yes.
        overall: Departures among all reviewed.
        rubber_stamp: Whether even the upper limit of ``overall`` is below 1%: hardly anybody ever departs.
    """

    escalated: Measure
    reversed: Measure
    overall: Measure
    rubber_stamp: bool | None


RUBBER_STAMP = 0.01  # an override rate below this, upper limit included, is shown as an indicator; it proves nothing


def overrides(table: Like, *, level: float = 0.95) -> Overrides:
    """Override rates by direction, with Wilson's intervals.

    Args:
        table: Counts, shape (2, 2): the machine's decision (no, yes) by the final human decision (no, yes).
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = overrides([[880, 20], [30, 70]])
    >>> round(found.escalated.value, 4), found.reversed.value, found.overall.value, found.rubber_stamp
    (0.0222, 0.3, 0.05, False)
    """
    x = _shaped(table, (2, 2))
    total = float(x.sum())
    overall = _share(float(x[0, 1] + x[1, 0]), total, level, "empty_cell")
    return Overrides(
        escalated=_share(float(x[0, 1]), float(x[0].sum()), level, "everybody_flagged" if total else "empty_cell"),
        reversed=_share(float(x[1, 0]), float(x[1].sum()), level, "nobody_flagged" if total else "empty_cell"),
        overall=overall,
        rubber_stamp=None if overall.high is None else overall.high < RUBBER_STAMP,
    )


@dataclass(frozen=True, slots=True)
class Reliance:
    """What people make of right and wrong advice.

    Attributes:
        followed_wrong_yes: Final yes where the machine said yes and the outcome was no (automation bias).
        followed_wrong_no: Final no where the machine said no and the outcome was yes.
        left_right_yes: Final no where the machine said yes rightly.
        left_right_no: Final yes where the machine said no rightly.
        added: Error rate of the machine alone less that of the final decisions, on the same cases: above 0 people help.
    """

    followed_wrong_yes: Measure
    followed_wrong_no: Measure
    left_right_yes: Measure
    left_right_no: Measure
    added: Paired


def reliance(table: Like, *, level: float = 0.95) -> Reliance:
    """Agreement with wrong advice, departure from right advice, and the paired difference in errors.

    Args:
        table: Counts, shape (2, 2, 2): outcome by the machine's decision by the final decision; index 1 is yes.
        level: Confidence level.

    Raises:
        MetricError: M120.

    >>> found = reliance([[[700, 10], [20, 70]], [[40, 10], [5, 145]]])
    >>> round(found.followed_wrong_yes.value, 4), found.followed_wrong_no.value
    (0.7778, 0.8)
    >>> round(found.added.difference.value, 4)
    0.015
    """
    x = _shaped(table, (2, 2, 2))
    # Errors on the same cases: both wrong, only the machine, only the person, neither.
    both = float(x[0, 1, 1] + x[1, 0, 0])
    machine = float(x[0, 1, 0] + x[1, 0, 1])
    person = float(x[0, 0, 1] + x[1, 1, 0])
    neither = float(x[0, 0, 0] + x[1, 1, 1])
    return Reliance(
        followed_wrong_yes=_share(float(x[0, 1, 1]), float(x[0, 1].sum()), level, "empty_cell"),
        followed_wrong_no=_share(float(x[1, 0, 0]), float(x[1, 0].sum()), level, "empty_cell"),
        left_right_yes=_share(float(x[1, 1, 0]), float(x[1, 1].sum()), level, "empty_cell"),
        left_right_no=_share(float(x[0, 0, 1]), float(x[0, 0].sum()), level, "empty_cell"),
        added=paired_difference((both, machine, person, neither), level=level),
    )


def _shaped(table: Like, shape: tuple[int, ...]) -> Floats:
    x = counts_of("decisions", table, ndim=len(shape))
    if x.shape != shape:
        refuse("decisions", f"shape {x.shape} where {shape} is wanted")
    return x


def _share(k: float, n: float, level: float, reason: Why) -> Measure:
    if n == 0:
        return undefined(reason, level=level)
    low, high = wilson_limits(k, n, level=level)
    return Measure(k / n, float(low), float(high), level, "wilson")
