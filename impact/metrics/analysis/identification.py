"""The denominators sheet for alerts: per unit seen, per alert, by group, and what cannot be known.

In: a plan and cells in which a yes is an alert and an outcome of no makes it a false one. Out: an ``Identification``.
Knows no census. No denominator is invented: without a count of units by group there is no rate by group, and the sheet
says instead at which share of units the rates would be equal.

False alerts are rare, so the intervals are exact (Clopper-Pearson); Wilson's stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from impact.metrics.analysis.catalogue import Reason
from impact.metrics.analysis.levels import Group, Grouping, group_json, group_label
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import Interval, clopper_pearson, wilson
from impact.metrics.words import one_in, percent, plural, share, subject, whole

__all__ = ["BreakEven", "Identification", "Quantity", "identification"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One share of the sheet: ``k`` of ``n``.

    Attributes:
        key: Stable key, or the group for a share by group.
        label: In the plan's words.
        k: Numerator.
        n: Denominator.
        value: ``k / n``; None with a ``reason`` where ``n`` is 0.
        exact: Clopper-Pearson interval.
        score: Wilson interval.
        reason: Why there is no value.
        group: For shares by group.
    """

    key: str
    label: str
    k: int
    n: int
    value: float | None
    exact: Interval | None
    score: Interval | None
    reason: Reason | None
    group: Group | None = None

    @classmethod
    def of(
        cls,
        key: str,
        label: str,
        k: int,
        n: int,
        *,
        level: float,
        reason: Reason = "empty_cell",
        group: Group | None = None,
    ) -> Quantity:
        exact, score = clopper_pearson(k, n, level=level), wilson(k, n, level=level)
        return cls(key, label, k, n, k / n if n else None, exact, score, None if n else reason, group)

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "label": self.label,
            "k": self.k,
            "n": self.n,
            "value": self.value,
            "ci": self.exact.to_json() if self.exact else None,
            "method": "clopper_pearson" if self.exact else None,
            "ci_wilson": self.score.to_json() if self.score else None,
        }
        if self.group is not None:
            return {"group": group_json(self.group), **data}
        return {"key": self.key, **data, "one_in": self.one_in(), "reason": self.reason}

    def one_in(self) -> list[float | None] | None:
        """``[n/k, fewest, most]`` units for each counted one: the interval turned over, so the rarer end is last.

        None where nothing was counted and the value would be infinite; the share's own upper limit then says how rare.
        """
        if not self.value or self.exact is None or not self.exact.high:
            return None
        return [1 / self.value, 1 / self.exact.high, 1 / self.exact.low if self.exact.low else None]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The share of units that would have to belong to the group for its rate to equal that of all others."""

    share: Quantity
    sentence: str

    def to_json(self) -> dict[str, Any]:
        assert self.share.group is not None
        return {
            "group": group_json(self.share.group),
            "value": self.share.value,
            "ci": self.share.exact.to_json() if self.share.exact else None,
            "method": "clopper_pearson",
            "ci_wilson": self.share.score.to_json() if self.share.score else None,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Identification:
    """The whole sheet; ``sentences`` reads its figures out for people."""

    quantities: tuple[Quantity, ...]
    shares: tuple[Quantity, ...]
    break_even: BreakEven | None
    not_identified: tuple[str, ...]
    sentences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "quantities": [quantity.to_json() for quantity in self.quantities],
            "shares": [share.to_json() for share in self.shares],
            "break_even": self.break_even.to_json() if self.break_even else None,
            "not_identified": list(self.not_identified),
            "sentences": list(self.sentences),
        }


def identification(
    plan: AuditPlan, groupings: Iterable[Grouping], *, everybody: Tally, hidden_groups: frozenset[str]
) -> Identification | None:
    """The sheet, or None when the plan is not about identification.

    Args:
        plan: The plan; ``identification`` names the units and the alerts, the effect alone suffices otherwise.
        groupings: Of the same cells.
        everybody: Tally of all cells.
        hidden_groups: Group keys whose membership is not recorded for the units as a whole.
    """
    if plan.identification is None and plan.columns.decision.effect != "identification":
        return None
    sheet = plan.identification
    units = sheet.exposure if sheet else f"{plural(plan.unit.row)} seen"
    alerts = sheet.alert if sheet else "alerts"
    level = 1 - plan.rules.alpha
    has_outcome = plan.columns.outcome is not None
    decided, judged = everybody.yes + everybody.no, everybody.tp + everybody.fp
    all_listed = _all_listed(everybody)
    quantities = [
        Quantity.of("alerts_per_exposure", f"{alerts} among all {units}", everybody.yes, decided, level=level)
    ]
    if has_outcome:
        quantities += [
            Quantity.of(
                "false_alerts_per_exposure",
                f"false {alerts} among all {units}",
                everybody.fp,
                0 if all_listed else decided,
                level=level,
                reason="no_negatives" if all_listed else "empty_cell",
            ),
            Quantity.of(
                "false_alerts_per_alert",
                f"share of {alerts} that were false",
                everybody.fp,
                0 if all_listed else judged,
                level=level,
                reason="no_negatives" if all_listed else "outcome_not_observed" if everybody.yes else "nobody_flagged",
            ),
        ]
    shares: tuple[Quantity, ...] = ()
    part = _by_group(plan, groupings)
    if part is not None and has_outcome:
        shares = tuple(_shares(part, alerts, level=level))
    return Identification(
        quantities=tuple(quantities),
        shares=shares,
        break_even=_break_even(plan, shares, units, alerts, counted=_counted(part, hidden_groups)),
        not_identified=tuple(_unknown(plan, everybody, part, units, alerts, hidden_groups)),
        sentences=tuple(_sentences(plan, quantities, units, alerts)),
    )


def _all_listed(everybody: Tally) -> bool:
    """Whether units without an alert were counted and all units are known to be of listed people.

    No alert can then be false, and 0 false ones among so many would say nothing about anybody else.
    """
    return everybody.fn > 0 and everybody.yes + everybody.no == everybody.tp + everybody.fn


def _by_group(plan: AuditPlan, groupings: Iterable[Grouping]) -> Grouping | None:
    wanted = plan.identification.group if plan.identification else None
    if wanted is None:
        return None
    return next((part for part in groupings if part.keys == (wanted,) and not part.too_many), None)


def _shares(part: Grouping, alerts: str, *, level: float) -> list[Quantity]:
    """Share of the false alerts that fell on each group, among those whose group is known."""
    known = [group for group in part.groups() if not part.is_unknown(group)]
    total = sum(part.of(group).fp for group in known)
    return [
        Quantity.of(
            "share",
            f"{group_label(group)}: share of false {alerts}",
            part.of(group).fp,
            total,
            level=level,
            group=group,
        )
        for group in known
    ]


def _counted(part: Grouping | None, hidden: frozenset[str]) -> Grouping | None:
    """The grouping, when its units were counted by group too."""
    return part if part is not None and not hidden & set(part.keys) else None


def _break_even(
    plan: AuditPlan, shares: tuple[Quantity, ...], units: str, alerts: str, *, counted: Grouping | None
) -> BreakEven | None:
    """For the group with most false alerts, the first of them in the order of the plan."""
    some = [one for one in shares if one.k > 0]
    if not some:
        return None
    most = max(some, key=lambda one: one.k)
    assert most.group is not None
    assert most.exact is not None
    assert most.exact.high is not None
    assert most.value is not None
    who = subject(plan, most.group)
    reached = f"{percent(most.exact.low)} to {percent(most.exact.high)}"
    text = (
        f"{whole(most.k)} of {whole(most.n)} false {alerts} with a known group were of {who}: {percent(most.value)} "
        f"({_level(plan)} interval {reached}, exact). If exactly that share of {units} were {who}, they would meet "
        f"false {alerts} as often as all others; if their true share of {units} is smaller, their rate is higher. "
    )
    if counted is None:
        text += "The true share was not counted, and none is taken from a census."
    else:
        of_known = sum(counted.of(group).n for group in counted.groups() if not counted.is_unknown(group))
        text += f"In this data {percent(counted.of(most.group).n / of_known)} of {units} with a known group were {who}."
    return BreakEven(most, text)


def _unknown(
    plan: AuditPlan, everybody: Tally, part: Grouping | None, units: str, alerts: str, hidden: frozenset[str]
) -> list[str]:
    """What the counts do not identify, one sentence each."""
    lines = []
    for key in sorted(hidden):
        name = plan.groups[key].label or key
        lines.append(
            f"No rate by {name}: {units} were not counted by {name}, and no count is taken from a census or elsewhere."
        )
    if _all_listed(everybody):
        lines.append(f"All {units} in this data were of listed people: no rate of false {alerts} can be given.")
    if plan.columns.outcome is None:
        lines.append(f"Whether {alerts} were right was not recorded: no share of false {alerts} can be given.")
    elif everybody.yes_open:
        lines.append(
            f"{whole(everybody.yes_open)} of {whole(everybody.yes)} {alerts} were never judged right or wrong; were "
            f"all of them false, there would be {whole(everybody.fp + everybody.yes_open)} false {alerts} and not "
            f"{whole(everybody.fp)}."
        )
    if plan.columns.outcome is not None and everybody.no_open > 0:
        lines.append(
            f"How many {units} without an alert were of listed people is not known: "
            "no share of missed matches can be given."
        )
    if part is not None:
        unknown = sum(part.of(group).fp for group in part.groups() if part.is_unknown(group))
        if unknown:
            lines.append(f"The group is not known for {whole(unknown)} of {whole(everybody.fp)} false {alerts}.")
    return lines


def _sentences(plan: AuditPlan, quantities: list[Quantity], units: str, alerts: str) -> list[str]:
    lines = []
    for one in quantities:
        if one.value is None or one.exact is None or one.exact.high is None:
            continue
        what = {
            "alerts_per_exposure": f"{whole(one.k)} {alerts} among {whole(one.n)} {units}",
            "false_alerts_per_exposure": f"{whole(one.k)} false {alerts} among {whole(one.n)} {units}",
            "false_alerts_per_alert": f"{whole(one.k)} of {whole(one.n)} {alerts} were false",
        }[one.key]
        level = _level(plan)
        if one.value == 0:
            lines.append(f"{what}. None seen is not never: up to {share(one.exact.high)} fits the data ({level}).")
        elif one.value < 0.001 and one.exact.low > 0:
            # The larger share is the smaller "one in", so the limits change places.
            lines.append(
                f"{what}: {one_in(one.value)} ({level} interval {one_in(one.exact.high)} to {one_in(one.exact.low)})."
            )
        else:
            reached = f"{percent(one.exact.low)} to {percent(one.exact.high)}"
            lines.append(f"{what}: {percent(one.value)} ({level} interval {reached}).")
    return lines


def _level(plan: AuditPlan) -> str:
    return f"{round((1 - plan.rules.alpha) * 100, 6):g}%"
