"""The analysis: plan and cells in, every rate, disparity and finding out. Pure and deterministic.

In: a plan and cells. Out: an ``AuditResult`` and its JSON (docs/record.md, schema ``impact/findings/1``).
Reads no file and no clock, and uses no randomness: the same plan and cells give the same numbers anywhere, which is how
a stranger recomputes a report. Personal data: none; only counts arrive here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.bounds import Bound
from impact.metrics.analysis.catalogue import CATALOGUE, REASONS, Reason, computable, labels, plain_label
from impact.metrics.analysis.disparities import disparities
from impact.metrics.analysis.disparity import Disparity
from impact.metrics.analysis.evidence import Sizing, Weights
from impact.metrics.analysis.findings import Finding, findings
from impact.metrics.analysis.identification import Identification, identification
from impact.metrics.analysis.levels import EVERYBODY, MAX_LEVELS, Group, Grouping, group_json, group_label, groupings
from impact.metrics.analysis.rates import (
    Observation,
    Rate,
    bounds_table,
    coverage_table,
    groups_table,
    observation,
    rates,
)
from impact.metrics.analysis.screens import screen_rows
from impact.metrics.analysis.second_opinion import SecondOpinion
from impact.metrics.analysis.sizing import as_declared, sizing_of
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.analysis.topics import Inputs, not_counted, topic_tables
from impact.metrics.analysis.topics.measures import measure_tables
from impact.metrics.analysis.topics.pairs import too_wide
from impact.metrics.analysis.topics.scores import score_checks
from impact.metrics.disclosure.published import Published
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_bounds import out_of_bounds
from impact.metrics.plans.plan_scope import not_analysed
from impact.metrics.plans.standards import load_standard
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells
from impact.metrics.words import plural, subject

__all__ = ["METHODS", "AuditResult", "analyse", "not_computed"]

METHODS = ("wilson", "clopper_pearson", "newcombe", "koopman", "manski", "sidak", "holm", "fdr_bh")
_NO_PIECES = ("weights", "population")  # the cells once more; residents, who are nobody's rows
_SIZED = {"weights": "kish", "clusters": "people_sandwich"}


@dataclass(frozen=True)
class AuditResult:
    """Everything that follows from a plan and its cells.

    Attributes:
        plan: The plan.
        cells: The cells.
        groupings: Characteristics and intersections with their tallies.
        everybody: Tally of all cells.
        seen: Whether outcomes are known for all, for some or only after a yes.
        rates: (group, metric) -> rate, in table order.
        bounds: (group, metric) -> range where unknown outcomes could change the rate.
        disparities: Comparisons, primary family first.
        findings: In the order of their ids.
        identification: The denominators sheet, for identification.
        not_computed: (metric, reason, text) of what the inputs do not allow.
        checks: What the data checks said; carried into the JSON as they are.
        counted: Groupings of the cells as they were counted, where outcomes were set aside; else None.
        aggregates: Further count tables, by name.
        weighted: With sampling weights, the sums of weights in the place of the cells; else None.
    """

    plan: AuditPlan
    cells: Cells
    groupings: tuple[Grouping, ...]
    everybody: Tally
    seen: Observation
    rates: Mapping[tuple[Group, str], Rate]
    bounds: Mapping[tuple[Group, str], Bound]
    disparities: tuple[Disparity, ...]
    findings: tuple[Finding, ...]
    identification: Identification | None
    not_computed: tuple[tuple[str, str, str], ...]
    checks: tuple[Any, ...] = ()
    counted: tuple[Grouping, ...] | None = None
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    weighted: Cells | None = None

    def rate(self, metric: str, **group: str) -> Rate:
        """One rate by name: ``result.rate("fpr", ethnicity="Black")``; everybody without a group.

        Raises:
            MetricError: M103 when there is no such group or metric.
        """
        for (named, key), rate in self.rates.items():
            if key == metric and dict(named) == group:
                return rate
        where = ", ".join(group) or "everybody"
        raise MetricError(Fault(f"rate {metric} of {where}", "no such group or metric", "", "See the tables", "M103"))

    def to_json(
        self,
        *,
        created: str,
        tool_version: str,
        registered: Mapping[str, Any] | None = None,
        fingerprint: Iterable[Any] = (),
        engine: str = "cells",
        second_opinion: SecondOpinion | None = None,
    ) -> dict[str, Any]:
        """``findings.json`` as plain data.

        Args:
            created: Date or time, given by the caller: nothing here reads a clock.
            tool_version: Version of impact.
            registered: ``{"at", "digest", "matches"}`` from audit.lock. Where the plan does not match the one that was
                registered before outcomes were read, every result is labelled exploratory.
            fingerprint: Files that were read: mappings, or triples (file, digest, bytes).
            engine: What counted the rows.
            second_opinion: The recomputation by fairlearn and aif360; None prints that it was skipped.
        """
        opinion = second_opinion if second_opinion is not None else SecondOpinion.skipped("it was not asked for")
        ids = {(f.disparity.comparison.same_as, f.disparity.comparison.metric): f.id for f in self.findings}
        told = [
            finding.to_json(
                self.plan,
                self.cells,
                engine=engine,
                second_opinion=opinion.of(finding.disparity.comparison),
            )
            for finding in self.findings
        ]
        compared = [
            row.to_json(self.plan, ids.get((row.comparison.same_as, row.comparison.metric))) for row in self.disparities
        ]
        if registered is not None and not registered.get("matches"):
            for entry in (*told, *compared):
                entry["role"] = "exploratory"
        return {
            "schema": "impact/findings/1",
            "tool_version": tool_version,
            "created": created,
            "plan": self.plan.to_json(),
            "plan_digest": self.plan.digest,
            "plan_registered": dict(registered) if registered is not None else None,
            "cells_digest": self.cells.digest,
            "people": self.cells.n,
            "unit": self.plan.unit.row,
            "source_fingerprint": [_file(entry) for entry in fingerprint],
            "checks": [check.to_json() if hasattr(check, "to_json") else dict(check) for check in self.checks],
            "findings": told,
            "tables": {
                "groups": [
                    {"group": group_json(group), "label": group_label(group), "n": n, "share": part, "unknown": unknown}
                    for group, n, part, unknown in groups_table(self.groupings)
                ],
                "coverage": self._coverage_json(),
                "rates": [rate.to_json() for rate in self.rates.values()],
                "bounds": [
                    {
                        "group": group_json(group),
                        "metric": metric,
                        "low": one.low,
                        "high": one.high,
                        "ci": one.outer.to_json() if one.outer else None,
                        "method": one.outer.method if one.outer else None,
                        "reason": one.reason,
                        "unknown": one.unknown,
                    }
                    for (group, metric), one in self.bounds.items()
                ],
                "disparities": compared,
                "identification": self.identification.to_json() if self.identification else None,
                **self._topic_tables(),
                "screens": []
                if self.stands_for_many
                else [row.to_json() for row in screen_rows(self.plan, self.groupings)],
            },
            "standard": None
            if self.plan.rules.standard == "none"
            else load_standard(self.plan.rules.standard).to_json(),
            "second_opinion": opinion.to_json(),
            "disclosure": self._disclosure_json(),
            "aggregates": {name: table.digest for name, table in sorted(self.aggregates.items())},
            "labels": labels(self.plan),
            "not_computed": [
                {"metric": metric, "reason": reason, "text": text} for metric, reason, text in self.not_computed
            ],
            "reproducibility": {
                "engine": engine,
                "python": _python(),
                "seed": 0,
                "methods": [*METHODS, *self._sized()],
            },
        }

    def _topic_tables(self) -> Mapping[str, list[dict[str, Any]]]:
        return topic_tables(self._inputs())

    @property
    def stands_for_many(self) -> bool:
        """Whether a row is anything but one independent person."""
        return self.weighted is not None or self.plan.unit.person_id is not None

    def _sized(self) -> list[str]:
        kind = "weights" if self.weighted is not None else "clusters" if self.stands_for_many else "rows"
        return [_SIZED[kind]] if kind in _SIZED else []

    def measures(self) -> Mapping[str, list[dict[str, Any]]]:
        """The further measures that the plan asks for, as in ``tables`` of findings.json."""
        return measure_tables(self._inputs())

    def _inputs(self) -> Inputs:
        usable, _ = as_declared(self.plan, self.cells)
        return Inputs(self.plan, usable, self.groupings, self.everybody, self.seen, self.aggregates)

    def _disclosure_json(self) -> dict[str, Any]:
        """How many counts are small enough to point at a person: they are printed and attached as they are."""
        least = self.plan.disclosure.min_cell
        counts = [cell.n for cell in self.cells]
        for name, table in self.aggregates.items():
            if name not in _NO_PIECES and "n" in table.measures:  # the same people, in smaller pieces
                counts += table.measures["n"].tolist()
        small = sum(n < least for n in counts)
        return {"status": "exact", "min_cell": least, "cells": len(counts), "small_cells": small}

    def _coverage_json(self) -> list[dict[str, Any]]:
        if self.plan.columns.outcome is None:
            return []
        return [
            {
                "group": group_json(group),
                "decision": decision,
                "n": n,
                "known": known,
                "share": known / n if n else None,
            }
            for group, decision, n, known in coverage_table(
                self.counted if self.counted is not None else self.groupings, everybody=tally(self.cells)
            )
        ]


def analyse(
    plan: AuditPlan,
    cells: Cells | Published,
    *,
    checks: Iterable[Any] = (),
    aggregates: Mapping[str, Aggregate] | None = None,
) -> AuditResult:
    """Everything that a plan asks of its cells.

    Args:
        plan: The plan.
        cells: Counts, exact or as published; ``cells.groups`` are the plan's group keys.
        checks: What the data checks said (objects with ``to_json``, or mappings); carried along, never read. The
            direction of a score (D22) is added to them.
        aggregates: Further count tables by name, as ``Counted.aggregates``.

    Raises:
        MetricError: D71 when the cells lack a characteristic of the plan, D02 when they are empty.
    """
    _fit(plan, cells)
    if isinstance(cells, Published):
        from impact.metrics.disclosure.analyse_published import analyse_published

        return analyse_published(plan, cells, checks=checks, aggregates=aggregates or {})
    usable, set_aside = as_declared(plan, cells)
    parts = groupings(plan, usable)
    everybody = tally(usable)
    seen = observation(plan, everybody)
    sized = sizing_of(plan, cells, aggregates or {})
    found = rates(plan, parts, everybody=everybody, seen=seen, sizing=sized)
    rows = disparities(plan, parts, rates=found, sizing=sized)
    hidden = frozenset(
        group[0][0] for (group, _), rate in found.items() if len(group) == 1 and rate.reason == "group_not_observed"
    )
    return AuditResult(
        plan=plan,
        cells=cells,
        groupings=parts,
        everybody=everybody,
        seen=seen,
        rates=found,
        bounds=bounds_table(plan, parts, everybody=everybody, found=found, sizing=sized),
        disparities=rows,
        findings=findings(plan, parts, rows, seen=seen, sizing=sized),
        identification=identification(plan, parts, everybody=everybody, hidden_groups=hidden),
        not_computed=(
            *not_computed(plan, parts, found, rows),
            *_set_aside(plan, set_aside),
            *not_counted(plan, aggregates or {}),
            *_not_screened(plan, sized),
        ),
        checks=(*checks, *score_checks(plan, (aggregates or {}).get("scores"))),
        counted=groupings(plan, cells) if set_aside else None,
        aggregates=dict(aggregates or {}),
        weighted=sized.cells if isinstance(sized, Weights) else None,
    )


def _not_screened(plan: AuditPlan, sized: Sizing) -> Iterable[tuple[str, str, str]]:
    if sized.kind != "rows" and plan.rules.standard != "none" and load_standard(plan.rules.standard).screens:
        what = "weighted" if sized.kind == "weights" else "several for one person"
        yield "", "not_counted", f"the screens of the standard count people one by one, and these rows are {what}"


def _fit(plan: AuditPlan, cells: Cells | Published) -> None:
    faults = [
        Fault(f"groups.{key}", "the cells do not hold this characteristic", "", "Count the data again", "D71")
        for key in plan.groups
        if key not in cells.groups
    ]
    faults += [*out_of_bounds(plan), *not_analysed(plan)]
    if cells.n == 0:
        faults.append(Fault("cells", "nobody was counted", "at least one row", "Check the source", "D02"))
    if faults:
        raise MetricError(faults)


def _set_aside(plan: AuditPlan, count: int) -> Iterable[tuple[str, str, str]]:
    if count:
        text = (
            f"{count:,} outcomes recorded for {plural(plan.unit.row)} with a decision of no were set aside: the plan "
            "says that outcomes are observed only after a yes"
        )
        yield "", "outcome_not_observed", text


def not_computed(
    plan: AuditPlan,
    parts: tuple[Grouping, ...],
    found: Mapping[tuple[Group, str], Rate],
    rows: tuple[Disparity, ...],
) -> Iterable[tuple[str, str, str]]:
    """What a reader might look for and not find, and why."""
    possible = computable(plan)
    for key, metric in CATALOGUE.items():
        if key not in possible:
            column = "outcome" if "outcome" in metric.needs else "human"
            if column == "human" and plan.columns.human is not None:
                text = "told in the section on the human decision, with intervals over reviewers"
                yield key, "not_counted", f"{plain_label(plan, key)}: {text}"
                continue
            text = f"{plain_label(plan, key)}: the data has no {'outcome' if column == 'outcome' else 'human decision'}"
            yield key, f"no_{column}_column", text
        elif found[EVERYBODY, key].reason is not None:
            reason = found[EVERYBODY, key].reason
            assert reason is not None
            yield key, reason, f"{plain_label(plan, key)}: {REASONS[reason]}"
    for part in parts:
        if part.too_many:
            names = " × ".join(plan.groups[key].label or key for key in part.keys)
            yield "", "too_many_levels", f"{names}: more than {MAX_LEVELS:,} groups cannot be compared one by one"
    for part in too_wide(plan, parts):
        names = " × ".join(plan.groups[key].label or key for key in part.keys)
        yield "", "too_many_levels", f"{names}: too many groups for the further figures that the plan asks for"
    for row in rows:
        if row.comparison.role == "primary" and row.verdict.name == "undefined":
            reason = row.reason or "empty_cell"
            who = subject(plan, row.comparison.group)
            label = plain_label(plan, row.comparison.metric)
            yield row.comparison.metric, reason, f"{label}, {who}: {_undefined(row, reason)}"


def _undefined(row: Disparity, reason: Reason) -> str:
    """Name the side that lacks people: "nobody here" alone would not say where."""
    side = "in this group" if row.side.value is None else "in the group it is compared with"
    if row.side.value is not None and row.other.value is not None:
        return REASONS[reason]
    return f"{side}, {REASONS[reason]}"


def _file(entry: Any) -> dict[str, Any]:
    if isinstance(entry, Mapping):
        return dict(entry)
    file, digest, size = entry
    return {"file": file, "digest": digest, "bytes": size}


def _python() -> str:
    import sys

    return f"{sys.version_info.major}.{sys.version_info.minor}"
