"""The count: one aggregate query that reduces any table of people to cells.

In: a plan and the folder of its data, or a frame. Out: ``Counted``: cells, checks, digests of the files.
Refuses to return rows: what leaves the engine is one row for each combination of groups, outcome and decision, and
never more than ``MAX_CELLS`` of them.
Personal data: exists only inside the engine, while the query runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting.coding import RESERVED, UNMAPPED, Coded, code_table
from impact.metrics.counting.count_checks import MAX_LEVELS, blocking, remarks
from impact.metrics.counting.extra_checks import extra_faults, extra_remarks
from impact.metrics.counting.gather import aggregates_of, as_rows, joint
from impact.metrics.counting.gather_bands import people_by_band
from impact.metrics.counting.gather_further import further_remarks, further_tables
from impact.metrics.counting.gather_joint import joint_decisions, joint_remarks
from impact.metrics.counting.gather_searches import search_remarks, search_table
from impact.metrics.counting.opening import Engine, open_source
from impact.metrics.counting.opening_frame import open_frame
from impact.metrics.counting.source import SourceFile, require_unchanged
from impact.metrics.counting.table import Table
from impact.metrics.counting.unmapped import faults_of_values
from impact.metrics.plans.plan import AuditPlan, count_column
from impact.metrics.plans.plan_file import require_usable
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cell, Cells
from impact.metrics.tables.cells_file import MAX_CELLS
from impact.metrics.tables.checks import Check

__all__ = ["Counted", "count", "count_frame", "profile_without_outcomes"]


@dataclass(frozen=True)
class Counted:
    """Cells, and what a reader must know about where they come from.

    Attributes:
        cells: The counts.
        checks: Warnings and information, in the order of the rules.
        fingerprint: Path, digest and size of each file read; empty for a frame.
        engine: Name and version of what counted.
        aggregates: Name -> every count table beside the cells that the plan asks for; empty when it maps no such
            column.
    """

    cells: Cells
    checks: tuple[Check, ...]
    fingerprint: tuple[SourceFile, ...]
    engine: str
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)


def count(
    plan: AuditPlan,
    *,
    base: Path,
    progress: Callable[[str], None] | None = None,
    outcomes: bool = True,
    engine: Engine = "duckdb",
) -> Counted:
    """Count the table that the plan names.

    Args:
        plan: The plan.
        base: The folder that ``source.path`` is relative to: that of the plan.
        progress: Told one line at each stage; no value of the data is in it.
        outcomes: False leaves the outcome column unread: every outcome in the cells is -1.
        engine: What counts files: DuckDB in this process, or Spark. The cells are the same.

    Raises:
        MetricError: D codes of docs/audit-plan.md, all blocking faults of one stage together: file, structure, types,
            labels and groups, then whether there is anything to compare. E105 a comparator that does not occur.
            D100 (exit 7) an engine that is not installed.
    """
    require_usable(plan)
    with tempfile.TemporaryDirectory(prefix="impact-") as folder:
        table = open_source(plan, base=base, scratch=Path(folder), progress=progress, engine=engine)
        if progress is not None:
            progress(f"counting with {table.engine}")
        try:
            counted = _counted(table, plan, outcomes=outcomes)
        finally:
            table.close()
        return _with_residents(counted, plan, base=base, scratch=Path(folder))


def _with_residents(counted: Counted, plan: AuditPlan, *, base: Path, scratch: Path) -> Counted:
    if plan.population is None:
        return counted
    from impact.metrics.counting.population import residents

    held = residents(plan, counted.cells, base=base, scratch=scratch)
    return replace(
        counted,
        checks=(*counted.checks, *held.checks),
        fingerprint=(*counted.fingerprint, held.source),
        aggregates={**counted.aggregates, "population": held.table},
    )


def count_frame(plan: AuditPlan, native: Any, *, outcomes: bool = True) -> Counted:
    """Count a frame: pandas, polars (eager or lazy), pyarrow or a DuckDB relation. The plan's path is not read.

    Raises:
        MetricError: As :func:`count`, less what concerns files; D78 the plan names a population, which is a file.

    >>> import pyarrow as pa
    >>> from impact.metrics.plans.plan_file import plan_of
    >>> plan = plan_of({
    ...     "version": 1, "title": "t", "question": "q", "pool": "everybody scored",
    ...     "source": {"kind": "csv", "path": "-"},
    ...     "columns": {"decision": {"name": "flag", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"}},
    ...     "groups": {"sex": {"name": "sex"}}, "plan": {"primary": ["selection_rate"]}})
    >>> table = pa.table({"sex": ["F", "F", "M", None], "flag": [1, 1, 0, 0]})
    >>> [(cell.group, cell.decision, cell.n) for cell in count_frame(plan, table).cells]
    [(('F',), 1, 2), (('M',), 0, 1), (('__missing__',), 0, 1)]
    """
    require_usable(plan)
    if plan.population is not None:
        remedy = "Count with “impact.audit.count”, or leave “population” out of the plan"
        raise MetricError(Fault("population", "a frame has no folder with a population file", "", remedy, "D78"))
    with tempfile.TemporaryDirectory(prefix="impact-") as folder:
        table = open_frame(plan, native, scratch=Path(folder))
        try:
            return _counted(table, plan, outcomes=outcomes)
        finally:
            table.close()


def profile_without_outcomes(plan: AuditPlan, base: Path) -> Cells:
    """Cells counted without reading the outcome column, for planning what the data could show at all.

    Raises:
        MetricError: As :func:`count`.
    """
    return count(plan, base=base, outcomes=False).cells


def _counted(table: Table, plan: AuditPlan, *, outcomes: bool) -> Counted:
    coded = code_table(table, plan, outcomes=outcomes)
    first = joint(table, plan, coded)
    if first is None:
        raise MetricError(_too_many(table, plan, coded))
    keys, measures = first.cells([*coded.groups, *coded.codes])
    rows = as_rows(keys, measures)
    if len(rows) > MAX_CELLS:
        raise MetricError(_too_many(table, plan, coded))
    sums = {name: sum(row[name] for row in rows) for name in ("rows", *coded.totals)}
    scorers, wrong = joint_decisions(table, plan, outcomes=outcomes)
    banded, unread = people_by_band(table, plan, outcomes=outcomes)
    searches, unusable = search_table(table, plan, outcomes=outcomes)
    further = further_tables(table, plan, outcomes=outcomes)
    wrong = [*wrong, *unread, *unusable, *further.faults]
    wrong = [*extra_faults(plan, first, sums=sums, where=table.where), *wrong]
    _refuse_rows(table, plan, coded, rows, sums, also=wrong)
    weighted = count_column(plan) is not None
    cells = Cells.of(
        plan.groups,
        (
            Cell(
                tuple(row[key] for key in coded.groups),
                row.get("outcome", -1),
                row["decision"],
                row.get("human", -1),
                row["n" if weighted else "rows"],
            )
            for row in rows
        ),
    )
    empty = _levels_without_people(plan, coded, rows, cells)
    faults = blocking(plan, cells, where=table.where)
    if faults:
        raise MetricError(faults)
    aggregates = aggregates_of(table, plan, coded, first) | scorers | banded | searches | further.tables
    fingerprint = table.fingerprint()
    require_unchanged(table.files)
    said = remarks(plan, cells, sums=sums, empty=empty, coded=coded, outcomes=outcomes)
    more = extra_remarks(plan, first, aggregates, sums=sums)
    more += joint_remarks(plan, aggregates)
    more += search_remarks(plan, aggregates)
    more += [*further.remarks, *further_remarks(plan, aggregates)]
    return Counted(cells, (*table.checks, *said, *more), fingerprint, table.engine, aggregates)


def _too_many(table: Table, plan: AuditPlan, coded: Coded) -> list[Fault]:
    import narwhals as nw

    described = dict(zip(plan.groups, coded.groups, strict=True)) | {
        key: f"s{index}" for index, key in enumerate(plan.strata)
    }
    query = coded.frame.select(*[nw.col(name).n_unique().alias(name) for name in described.values()])
    (levels,) = table.fetch(query, list(described.values()))
    faults = []
    for key, number in zip(described, levels, strict=True):
        if number > MAX_LEVELS:
            part = plan.groups[key] if key in plan.groups else plan.strata[key]
            found = f"“{part.name}” has {number:,} values: does it identify people?"
            faults.append(Fault(table.where, found, f"at most {MAX_LEVELS:,}", "Give bands or larger areas", "D39"))
    if not faults:
        arithmetic = " × ".join(f"{number:,}" for number in levels) or "1"
        found = f"{arithmetic} group values give more than {MAX_CELLS:,} cells"
        faults.append(Fault(table.where, found, "", "Map fewer group columns, or coarser ones", "D62"))
    return faults


def _refuse_rows(
    table: Table,
    plan: AuditPlan,
    coded: Coded,
    rows: list[dict[str, Any]],
    sums: dict[str, int],
    *,
    also: list[Fault],
) -> None:
    """What makes the counted rows unusable: no rows, numbers that are none, values that the plan does not map."""
    if not sums["rows"]:
        raise MetricError(Fault(table.where, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    faults = _number_faults(table, plan, sums) + also
    for index, (key, group) in enumerate(plan.groups.items()):
        column = coded.groups[index]
        if sums.get(f"fraction_{column}"):
            found = f"“{group.name}” holds numbers with a fraction, or too large to tell apart"
            found += f" ({sums[f'fraction_{column}']:,} rows)"
            faults.append(Fault(table.where, found, "", f"Give bands for “{key}”, as text", "D41"))
        reserved = sum(row["rows"] for row in rows if row[column] == RESERVED)
        if reserved:
            found = f"“{group.name}” contains the reserved value “{RESERVED[1:]}” ({reserved:,} rows)"
            faults.append(Fault(table.where, found, "", "Rename it, or list it under “null_values”", "D82"))
    for role, column in coded.codes.items():
        if any(row[column] == UNMAPPED for row in rows):
            faults += faults_of_values(table, plan, coded, role)
    if faults:
        raise MetricError(faults)


def _number_faults(table: Table, plan: AuditPlan, sums: dict[str, int]) -> list[Fault]:
    counted, score = count_column(plan), plan.columns.decision.from_score
    faults = []

    def add(name: str | None, measure: str, found: str, remedy: str, code: str) -> None:
        if sums.get(measure) and name is not None:
            number = sums[measure]
            what = f"“{name}”: {number:,} {found}".replace("(s)", "" if number == 1 else "s")
            faults.append(Fault(table.where, what, "", remedy, code))

    if counted is not None:
        add(counted, "negative", "negative count(s)", "Counts are 0 or more", "D67")
        add(counted, "fraction", "count(s) with a fraction, or too large to be exact", "Give whole numbers", "D67")
        add(counted, "count_unread", "count(s) not written as a number", "Write 1234, not 1,234; no units", "D67")
        add(counted, "absent", "row(s) without a count", "Write 0 where nobody was counted", "D67")
        remedy = "Ask for the counts, or for coarser groups; a suppressed count cannot be counted as anything"
        add(counted, "hidden", "suppressed count(s) (such as * or <5)", remedy, "D68")
    if score is not None:
        add(
            score,
            "score_unread",
            "value(s) not written as a number (a % sign or a decimal comma?)",
            "Clean the column",
            "D16",
        )
        add(score, "infinite", "infinite score(s)", "Leave a score empty when there is none", "D18")
    return faults


def _levels_without_people(
    plan: AuditPlan, coded: Coded, rows: list[dict[str, Any]], cells: Cells
) -> dict[str, tuple[str, ...]]:
    """Levels that the data names (in a category type, or with a count of 0) and that nobody has."""
    found = {}
    for index, key in enumerate(plan.groups):
        present = {cell.group[index] for cell in cells}
        named = {row[coded.groups[index]] for row in rows} | set(coded.unused.get(key, ()))
        absent = tuple(sorted(named - present))
        if absent:
            found[key] = absent
    return found
