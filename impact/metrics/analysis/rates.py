"""Rates: every metric for everybody, for every level of every characteristic and for every declared intersection.

In: a plan and groupings of cells. Out: ``Rate`` entries, bounds where outcomes are missing, and coverage of outcomes.
Knows no comparisons and no verdicts. A rate that is not identified is a reason, never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from impact.metrics.analysis.bounds import Bound
from impact.metrics.analysis.catalogue import CATALOGUE, Reason, computable
from impact.metrics.analysis.evidence import Evidence, Kind, Sizing
from impact.metrics.analysis.levels import ALL_PEOPLE, EVERYBODY, Group, Grouping, People, group_json
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import Interval, Method, wilson_limits

__all__ = [
    "WILSON",
    "Observation",
    "Rate",
    "bounds_table",
    "coverage_table",
    "groups_table",
    "hidden_because",
    "observation",
    "rates",
]

# Below this share of known outcomes among people with a no, outcomes count as recorded only after a yes. Our own rule:
# the design's worked case has 0%, and a handful of later discoveries must not turn bounds into rates.
FEW_KNOWN = 0.05

# Metrics that stay identified when outcomes are recorded only after a yes.
_AFTER_YES = frozenset({"selection_rate", "ppv", "fdr", "override_rate"})


@dataclass(frozen=True, slots=True)
class Observation:
    """What the cells let us know.

    Attributes:
        outcomes_after_yes: Outcomes exist (almost) only for people with a decision of yes.
        incomplete: Some outcomes are missing although they should always be recorded.
    """

    outcomes_after_yes: bool
    incomplete: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """One entry of ``tables.rates``.

    Attributes:
        group: The group; empty for everybody.
        metric: Metric key.
        k: Numerator, in rows; None where the rate is not identified.
        n: Denominator, in rows; None where the rate is not identified.
        value: ``k / n`` (with sampling weights the weighted share), or None with a ``reason``.
        interval: Wilson interval at the effective number of people, or None.
        reason: Why there is no value or, where there is one, why it has no interval.
        evidence: What the rate is made of; None where it is not identified.
    """

    group: Group
    metric: str
    k: int | None
    n: int | None
    value: float | None
    interval: Interval | None
    reason: Reason | None
    evidence: Evidence | None = None

    def to_json(self) -> dict[str, Any]:
        worth = self.evidence.to_json() if self.evidence else None
        return {
            "group": group_json(self.group),
            "metric": self.metric,
            "k": self.k,
            "n": self.n,
            "value": self.value,
            "ci": self.interval.to_json() if self.interval else None,
            "method": self.interval.method if self.interval else None,
            "reason": self.reason,
            **({"evidence": worth} if worth else {}),
        }


def observation(plan: AuditPlan, everybody: Tally) -> Observation:
    """Whether outcomes are known for all, for some, or only after a yes: as declared, or as the counts show."""
    outcome = plan.columns.outcome
    if outcome is None:
        return Observation(False, False)
    declared = outcome.observed_when == "decision_yes"
    known = everybody.fn + everybody.tn
    detected = everybody.no_open > 0 and known < FEW_KNOWN * everybody.no
    missing = everybody.yes_open + everybody.no_open + everybody.blank
    return Observation(declared or detected, missing > 0 and not (declared or detected))


def rates(
    plan: AuditPlan, groupings: Iterable[Grouping], *, everybody: Tally, seen: Observation, sizing: Sizing
) -> dict[tuple[Group, str], Rate]:
    """Every rate of every group, in table order: everybody first, then the plan's characteristics and intersections."""
    keys = computable(plan)
    entries = [_entry(EVERYBODY, key, ALL_PEOPLE, everybody, _hidden(key, seen), sizing) for key in keys]
    for grouping in groupings:
        if grouping.too_many:
            continue
        hidden = {key: hidden_because(key, grouping, seen) for key in keys}
        for group in grouping.groups():
            tally = grouping.of(group)
            people = grouping.people(group)
            entries += [_entry(group, key, people, tally, hidden[key], sizing) for key in keys]
    return {(rate.group, rate.metric): rate for rate in _with_intervals(entries, level=1 - plan.rules.alpha)}


def hidden_because(key: str, grouping: Grouping, seen: Observation) -> Reason | None:
    """Why a rate of the groups of a characteristic is not identified, or None: for figures made of the same counts."""
    return _hidden(key, seen) or _group_hidden(key, grouping)


def _hidden(key: str, seen: Observation) -> Reason | None:
    return "outcome_not_observed" if seen.outcomes_after_yes and key not in _AFTER_YES else None


# The counts of a tally that make up each metric's denominator, split by decision and outcome: only there can the
# recording of groups be uneven.
_DENOMINATOR = {
    "selection_rate": ("tp", "fp", "yes_open", "fn", "tn", "no_open"),
    "base_rate": ("tp", "fn", "undecided_positive", "fp", "tn", "undecided_negative"),
    "tpr": ("tp", "fn"),
    "fnr": ("tp", "fn"),
    "fpr": ("fp", "tn"),
    "tnr": ("fp", "tn"),
    "ppv": ("tp", "fp"),
    "fdr": ("tp", "fp"),
    "npv": ("fn", "tn"),
    "for": ("fn", "tn"),
    "accuracy": ("tp", "fp", "fn", "tn"),
    "override_rate": ("reviewed",),
}


def _group_hidden(key: str, grouping: Grouping) -> Reason | None:
    """Not identified when groups are recorded for one part of the denominator and hardly at all for another.

    Alerts whose group somebody wrote down, against faces whose group nobody counted: dividing the one by the other
    would invent a denominator.
    """
    whole = grouping.everybody
    known = Tally()
    for group in grouping.groups():
        if not grouping.is_unknown(group):
            known = known + grouping.of(group)
    total = sum(getattr(whole, name) for name in _DENOMINATOR[key])
    parts = [(getattr(known, name), getattr(whole, name)) for name in _DENOMINATOR[key]]
    shares = [k / n for k, n in parts if n]
    blind = any(n >= FEW_KNOWN * total and k < FEW_KNOWN * n for k, n in parts if n)
    return "group_not_observed" if blind and any(share >= FEW_KNOWN for share in shares) else None


def _entry(group: Group, key: str, people: People, tally: Tally, hidden: Reason | None, sizing: Sizing) -> Rate:
    if tally.n == 0:
        return Rate(group, key, 0, 0, None, None, "empty_cell")
    if hidden:
        return Rate(group, key, None, None, None, None, hidden)
    found = sizing.of(key, people, tally)
    reason = CATALOGUE[key].undefined_because(tally) or found.reason
    return Rate(group, key, found.k, found.n, found.value, None, reason, found)


def _with_intervals(entries: list[Rate], *, level: float) -> Iterator[Rate]:
    """Add Wilson intervals to all rates at once: one call of numpy for a thousand groups."""
    wanted = [rate.evidence for rate in entries if rate.value is not None and rate.reason is None]
    limits = iter(())  # type: Iterator[tuple[float, float]]
    if wanted:
        counts = [one.counts(level) for one in wanted if one is not None]
        low, high = wilson_limits([k for k, _ in counts], [n for _, n in counts], level=level)
        limits = zip(low.tolist(), high.tolist(), strict=True)
    for rate in entries:
        if rate.value is None or rate.reason is not None or rate.evidence is None:
            yield rate
        else:
            yield replace(rate, interval=Interval(*next(limits), level, WILSON[rate.evidence.kind]))


# What Wilson's interval is called, by what the rows are.
WILSON: Mapping[Kind, Method] = {"rows": "wilson", "weights": "wilson_kish", "clusters": "wilson_clustered"}


def bounds_table(
    plan: AuditPlan,
    groupings: Iterable[Grouping],
    *,
    everybody: Tally,
    found: dict[tuple[Group, str], Rate],
    sizing: Sizing,
) -> dict[tuple[Group, str], Bound]:
    """Bounds of every rate that unknown outcomes could change. Groups whose membership is not identified have none."""
    tallies = [(EVERYBODY, ALL_PEOPLE, everybody)]
    for grouping in groupings:
        if not grouping.too_many:
            tallies += [(group, grouping.people(group), grouping.of(group)) for group in grouping.groups()]
    table = {}
    for group, people, tally in tallies:
        for key in computable(plan):
            if "outcome" not in CATALOGUE[key].needs or found[group, key].reason == "group_not_observed":
                continue
            one = sizing.bound(key, people, tally, level=1 - plan.rules.alpha)
            if one is not None:
                table[group, key] = one
    return table


def groups_table(groupings: Iterable[Grouping]) -> list[tuple[Group, int, float | None, bool]]:
    """Group, how many, share of everybody, and whether it means "not known"."""
    rows: list[tuple[Group, int, float | None, bool]] = []
    for grouping in groupings:
        if grouping.too_many:
            continue
        total = grouping.everybody.n
        for group in grouping.groups():
            n = grouping.of(group).n
            rows.append((group, n, n / total if total else None, grouping.is_unknown(group)))
    return rows


def coverage_table(groupings: Iterable[Grouping], *, everybody: Tally) -> list[tuple[Group, int, int, int]]:
    """Group, decision, how many, and for how many of them the outcome is known."""
    rows = []
    tallies = [(EVERYBODY, everybody)]
    for grouping in groupings:
        if not grouping.too_many:
            tallies += [(group, grouping.of(group)) for group in grouping.groups()]
    for group, tally in tallies:
        rows.append((group, 1, tally.yes, tally.tp + tally.fp))
        rows.append((group, 0, tally.no, tally.fn + tally.tn))
    return rows
