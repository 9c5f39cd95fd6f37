"""The analysis of published counts: the same stages as for exact cells, and every figure that rests on a hidden count
says so.

In: a plan and ``Published``. Out: an ``AuditResult`` whose hidden figures are ``suppressed``. Sees no exact count.
No figure is computed from a hidden count first and withheld afterwards: a group whose outcomes are hidden reaches the
stages as people whose outcome is not known, and a rate of theirs has no denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from impact.metrics.analysis.analyse import AuditResult, not_computed
from impact.metrics.analysis.bounds import Bound
from impact.metrics.analysis.catalogue import REASONS, plain_label
from impact.metrics.analysis.disparities import disparities
from impact.metrics.analysis.disparity import Disparity, Side
from impact.metrics.analysis.evidence import Rows
from impact.metrics.analysis.findings import findings
from impact.metrics.analysis.identification import Identification, identification
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.rates import Rate, bounds_table, coverage_table, observation, rates
from impact.metrics.analysis.topics import ALWAYS, TABLES, not_counted
from impact.metrics.analysis.verdict import Verdict
from impact.metrics.disclosure.further_figures import further_figures, read_further
from impact.metrics.disclosure.published import DECISIONS, NOTHING, OUTCOMES, Published, PublishedTally
from impact.metrics.disclosure.withheld import shown_texts, withheld_texts
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells
from impact.metrics.tables.checks import Check
from impact.metrics.words import subject

__all__ = ["PublishedResult", "analyse_published", "what_was_protected"]

_WITHHELD = "because no way to protect its counts is known"


@dataclass(frozen=True)
class _Counted(Cells):
    """Stands where an audit keeps its cells: number and digest are those of the published counts."""

    published: Published | None = None

    @property
    def n(self) -> int:
        return self.published.n if self.published else 0

    @property
    def digest(self) -> str:
        return self.published.digest if self.published else ""


@dataclass(frozen=True)
class PublishedResult(AuditResult):
    """What follows from a plan and its published counts."""

    published: Published | None = None
    further: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def to_json(self, **circumstances: Any) -> dict[str, Any]:
        """``findings.json`` as of an exact audit; sizes and screens of hidden groups are null."""
        data = super().to_json(**circumstances)
        shown = {tuple(sorted(group)): tally for group, tally in _tallies(self.groupings).items()}

        def level(row: Mapping[str, Any]) -> int:
            return shown[tuple(sorted(row["group"].items()))].level

        for row in data["tables"]["groups"]:
            if level(row) == NOTHING:
                row |= {"n": None, "share": None}
        for row in data["tables"]["screens"]:
            if level(row) < DECISIONS:
                row |= dict.fromkeys(("k", "n", "ratio", "ci", "below", "misfires")) | {"reason": "suppressed"}
        for finding in data["findings"]:
            finding["disclosure"]["status"] = "protected"
        return data

    def _topic_tables(self) -> Mapping[str, list[dict[str, Any]]]:
        """Those of further tables that are published; other topics would take a hidden count for nought."""
        empty: dict[str, list[dict[str, Any]]] = {name: [] for name in ALWAYS}
        return empty | {name: self.further[name] for name in TABLES if name in self.further}

    def _disclosure_json(self) -> dict[str, Any]:
        assert self.published is not None
        policy = self.published.policy
        return {
            "status": "protected",
            "policy": policy.model_dump(mode="json"),
            "min_cell": policy.min_cell,
            "cells": self.published.size,
            "small_cells": 0,
            "suppressed_cells": self.published.hidden,
        }

    def _coverage_json(self) -> list[dict[str, Any]]:
        """Only of groups whose outcomes are shown; the rates of the others say that they are suppressed."""
        if self.plan.columns.outcome is None:
            return []
        shown = _tallies(self.groupings) | {EVERYBODY: self.everybody}
        return [
            {
                "group": group_json(group),
                "decision": decision,
                "n": n,
                "known": known,
                "share": known / n if n else None,
            }
            for group, decision, n, known in coverage_table(self.groupings, everybody=self.everybody)
            if _published(shown[group]).level == OUTCOMES
        ]


def _left_out(plan: AuditPlan) -> Iterator[tuple[str, str, str]]:
    if plan.rules.also is not None:
        yield "", "suppressed", "further figures that the plan asks for (plan.also): not made from protected counts"


def analyse_published(
    plan: AuditPlan,
    published: Published,
    *,
    checks: Iterable[Any] = (),
    aggregates: Mapping[str, Aggregate] | None = None,
) -> PublishedResult:
    """Everything that a plan asks of its published counts; see :func:`impact.metrics.analysis.analyse.analyse`."""
    tables = read_further(published, aggregates or {})
    further, said = further_figures(plan, published, tables)
    parts, everybody = published.groupings(plan), published.everybody
    shown = _tallies(parts) | {EVERYBODY: everybody}
    seen = observation(plan, everybody)
    counted = rates(plan, parts, everybody=everybody, seen=seen, sizing=Rows())
    found = {key: _rate(rate, shown[key[0]], whole=counted[EVERYBODY, key[1]]) for key, rate in counted.items()}
    rows = tuple(
        _row(row, *_sides(parts, row), whole=counted[EVERYBODY, row.comparison.metric])
        for row in disparities(plan, parts, rates=counted, sizing=Rows())
    )
    unknown = frozenset(
        group[0][0] for (group, _), rate in found.items() if len(group) == 1 and rate.reason == "group_not_observed"
    )
    sheet, withheld = _sheet(plan, parts, everybody, unknown)
    return PublishedResult(
        plan=plan,
        cells=_Counted(published.groups, (), published),
        groupings=parts,
        everybody=everybody,
        seen=seen,
        rates=found,
        bounds=dict(_bounds(bounds_table(plan, parts, everybody=everybody, found=counted, sizing=Rows()), shown)),
        disparities=rows,
        findings=findings(plan, parts, rows, seen=seen, sizing=Rows()),
        identification=sheet,
        not_computed=(
            *not_computed(plan, parts, found, rows),
            *_left_out(plan),
            *dict.fromkeys(_suppressed(plan, published, rows)),
            *(("", "suppressed", text) for text in withheld),
            *not_counted(plan, (*published.withheld, *tables)),
            *(("", "suppressed", f"{text}: {_WITHHELD}") for text in withheld_texts(published.withheld)),
            *(("", "suppressed", text) for text in said),
        ),
        checks=(*checks, *what_was_protected(published, tables)),
        aggregates=tables,
        published=published,
        further=further,
    )


def what_was_protected(published: Published, tables: Mapping[str, Aggregate] | None = None) -> list[Check]:
    """What a reader of the public copy must know of its counts, in sentences."""
    policy, hidden = published.policy, published.hidden
    number = f"{hidden:,} of {published.size:,} counts"
    found = [Check("D95", "info", f"Suppressed to protect people: {number}. {policy.text}")]
    if policy.base > 1:
        found.append(
            Check(
                "D96",
                "warning",
                f"Every count is rounded to a multiple of {policy.base}, and all figures are computed from rounded "
                "counts. No interval includes that. Counts of a group, of those who do not share it and of those whose "
                "group is not known add up to everybody; tables may differ from each other by rounding.",
            )
        )
    if published.withheld:
        text = "; ".join(withheld_texts(published.withheld))
        found.append(Check("D99", "warning", f"Withheld from this copy, {_WITHHELD}: {text}."))
    if tables:
        shown = "; ".join(shown_texts(tables))
        found.append(
            Check(
                "D163",
                "info",
                f"Protected together with the groups’ counts, and shown as far as that goes: {shown}. "
                "Each group is shown with all its counts there or not at all; those left out are listed under what was "
                "not computed. People without a date, stratum, band or score, and kinds of counts that are small "
                "throughout, are in none of these tables.",
            )
        )
    return [
        *found,
        Check(
            "D97",
            "info",
            f"Left out of this copy: a value missing for fewer than {policy.min_cell} people in all, groups that few "
            "people belong to and that the plan does not declare, the tables of the human decision where "
            "the audit has them, the checks of the exact data, and the digests of the files that were counted. Too "
            "few people of unknown group to be shown stay among those compared with.",
        ),
    ]


def _published(tally: Any) -> PublishedTally:
    assert isinstance(tally, PublishedTally)
    return tally


def _tallies(parts: Iterable[Grouping]) -> dict[Group, PublishedTally]:
    return {group: _published(part.of(group)) for part in parts for group in part.groups()}


def _rate(rate: Rate, tally: PublishedTally, *, whole: Rate) -> Rate:
    """A rate without a value because its counts are hidden is suppressed; what nobody observed stays that."""
    if rate.value is not None or tally.shows(rate.metric) or _nowhere(whole, tally):
        return rate
    return Rate(rate.group, rate.metric, None, None, None, None, "suppressed")


def _nowhere(whole: Rate, *tallies: PublishedTally) -> bool:
    """Whether the rate is not identified for anybody, and the range of these groups is that of published counts."""
    return whole.reason == "outcome_not_observed" and min(tally.level for tally in tallies) >= DECISIONS


def _sides(parts: Iterable[Grouping], row: Disparity) -> tuple[PublishedTally, PublishedTally]:
    group, reference = row.comparison.group, row.comparison.reference
    part = next(one for one in parts if one.keys == tuple(key for key, _ in group))
    other = part.complement(group) if reference is None else part.of(((group[0][0], reference),))
    return _published(part.of(group)), _published(other)


def _row(row: Disparity, own: PublishedTally, other: PublishedTally, *, whole: Rate) -> Disparity:
    metric = row.comparison.metric
    if (own.shows(metric) and other.shows(metric)) or _nowhere(whole, own, other):
        return row
    blank = Side(None, None, None, "suppressed")
    return replace(
        row,
        side=row.side if own.shows(metric) else blank,
        other=row.other if other.shows(metric) else blank,
        disadvantage=None,
        direction=None,
        verdict=Verdict("suppressed"),
        reason="suppressed",
    )


def _bounds(
    table: Mapping[tuple[Group, str], Bound], shown: Mapping[Group, PublishedTally]
) -> Iterator[tuple[tuple[Group, str], Bound]]:
    """A hidden outcome can be anything, so the range over unknown outcomes covers it; only the reason differs."""
    for key, one in table.items():
        yield key, one if shown[key[0]].level == OUTCOMES else replace(one, reason="suppressed")


def _suppressed(plan: AuditPlan, published: Published, rows: Iterable[Disparity]) -> Iterator[tuple[str, str, str]]:
    """A line for each declared comparison that rests on hidden counts: none of them disappears."""
    for row in rows:
        comparison = row.comparison
        if comparison.role == "primary" and row.reason == "suppressed":
            hidden = published.hidden_in(comparison.group)
            where = (
                f"{hidden} of the group’s counts are hidden" if row.side.reason else "a count of the others is hidden"
            )
            text = f"{plain_label(plan, comparison.metric)}, {subject(plan, comparison.group)}: "
            yield comparison.metric, "suppressed", f"{text}{REASONS['suppressed']} ({where})"


def _sheet(
    plan: AuditPlan, parts: tuple[Grouping, ...], everybody: PublishedTally, unknown: frozenset[str]
) -> tuple[Identification | None, list[str]]:
    """The denominators sheet as far as its counts are shown, and what is missing from it."""
    if plan.columns.outcome is not None and everybody.level < OUTCOMES:
        about = plan.identification is not None or plan.columns.decision.effect == "identification"
        return None, ["denominators of alerts: a count is suppressed to protect people"] if about else []
    named = plan.identification
    withheld = []
    if named is not None and named.group is not None:
        part = next((one for one in parts if one.keys == (named.group,)), None)
        known = [] if part is None else [group for group in part.groups() if not part.is_unknown(group)]
        if part is None or any(_published(part.of(group)).level < OUTCOMES for group in known):
            label = plan.groups[named.group].label or named.group
            withheld.append(f"shares of false {named.alert} by {label}: counts are suppressed to protect people")
            plan = plan.model_copy(update={"identification": named.model_copy(update={"group": None})})
    return identification(plan, parts, everybody=everybody, hidden_groups=unknown), withheld
