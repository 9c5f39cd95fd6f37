"""A population of residents beside the table: how many people of each group there are to whom events can be set.

In: the plan's ``population`` and the cells of its table. Out: the aggregate ``population``, the file's digest, checks.
Refuses totals among the rows, combinations that are missing or given twice, and names that do not fit the table's:
each would move a rate without a trace. Knows no rate. Personal data: none; the file holds counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck
from impact.metrics.counting.csv_bytes import CsvFile, read_bytes
from impact.metrics.counting.source import SourceFile, data_files, require_unchanged
from impact.metrics.counting.table import Table
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.plans.plan_columns import Population
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING, Cells
from impact.metrics.tables.checks import Check
from impact.metrics.words import plural
from impact.yamlfile import nearest

__all__ = ["MAX_RESIDENT_ROWS", "Residents", "residents"]

MAX_RESIDENT_ROWS = 100_000
_WHOLE = re.compile(r"[0-9]{1,12}(\.0+)?")
_HIDDEN = re.compile(r"[*:~]|<\s*[0-9]+|\[?[cxzCXZ]\]?|-|\.\.")  # marks of suppressed counts in official tables
_NAMED = 5  # examples in a message

Counts = Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class Residents:
    """The population as counted, and what a reader must know of it.

    Attributes:
        table: Aggregate ``population``: keys as ``population.by``, measure n; ``about.levels`` holds every level of the
            file, because a row of 0 has no place among counts.
        source: File, digest and bytes.
        checks: D69 and D70.
    """

    table: Aggregate
    source: SourceFile
    checks: tuple[Check, ...]


def residents(plan: AuditPlan, cells: Cells, *, base: Path, scratch: Path) -> Residents:
    """Read the population file of a plan and fit it to the table's groups.

    Args:
        plan: The plan; its ``population`` is declared.
        cells: The counts of the table, with its groups.
        base: The plan's folder.
        scratch: A folder for rewritten copies; the caller removes it.

    Raises:
        MetricError: D01 to D12, D63 and D78 of the file; D03 a column is missing; D62 too many rows; D67 and D68 a
            number of residents that is none; D69 rows or names that do not fit.
    """
    part = plan.population
    assert part is not None
    files = data_files(part.file, base=base)
    if len(files) > 1:
        raise MetricError(Fault(part.file, "several population files match", "one file", "Name one", "D63"))
    read = read_bytes(files[0], encoding=part.encoding, delimiter=part.delimiter, scratch=scratch)
    counts = _counts(plan, part, read, scratch)
    levels = {key: sorted({row[index] for row in counts}) for index, key in enumerate(part.by)}
    faults = [*_names(plan, cells, levels, read), *_gaps(part, counts, levels, read)]
    if not sum(counts.values()):
        faults.append(Fault(files[0].shown, "all numbers of residents are 0", "", "Check the file", "D67"))
    if faults:
        raise MetricError(faults)
    require_unchanged(files)
    keys = {key: [row[index] for row in counts] for index, key in enumerate(part.by)}
    table = Aggregate.of("population", keys, {"n": list(counts.values())}, {"levels": levels})
    checks = (*read.checks, *_without(plan, cells, levels), *_crowded(plan, cells, counts))
    return Residents(table, read.source, checks)


def _counts(plan: AuditPlan, part: Population, read: CsvFile, scratch: Path) -> Counts:
    import narwhals as nw

    where, wanted = read.file.shown, [*part.by, part.count]
    faults = []
    for name in wanted:
        if name not in read.header:
            near = nearest(name, read.header)
            remedy = f"Did you mean “{near}”?" if near else "The columns are called as the group keys of the plan"
            listed = ", ".join(read.header[:20])
            faults.append(Fault(where, f"no column “{name}” (population)", f"columns present: {listed}", remedy, "D03"))
    if faults:
        raise MetricError(faults)
    path = duck.plain_path(read.readable, scratch=scratch)
    connection = duck.connect([path], scratch=scratch)
    relation = duck.csv_relation(connection, [path], columns=len(read.header), delimiter=part.delimiter)
    columns = {name: f"c{index}" for index, name in enumerate(read.header)}
    table = Table(
        relation,
        columns,
        where,
        duck.engine_name(),
        duckdb=True,
        csv=(read,),
        delimiter=part.delimiter,
        owner=connection,
    )
    try:
        names = [columns[name] for name in wanted]
        query = nw.from_native(relation).select(*names).head(MAX_RESIDENT_ROWS + 1)
        rows = table.fetch(query, names)
    finally:
        table.close()
    if len(rows) > MAX_RESIDENT_ROWS:
        remedy = "Add up the numbers by the columns under “population.by”"
        raise MetricError(Fault(where, f"more than {MAX_RESIDENT_ROWS:,} rows", "", remedy, "D62"))
    if not rows:
        raise MetricError(Fault(where, "0 rows: there is no population", "", "Check the file", "D02"))
    faults = [*_numbers(part, [str(row[-1]) for row in rows], where), *_keys(plan, part, rows, where)]
    if faults:
        raise MetricError(faults)
    return {tuple(map(str, row[:-1])): int(str(row[-1]).strip().partition(".")[0]) for row in rows}


def _numbers(part: Population, texts: Sequence[str], where: str) -> Iterator[Fault]:
    bare = [text.strip() for text in texts]
    hidden = sum(bool(_HIDDEN.fullmatch(text)) for text in bare)
    absent = sum(not text for text in bare)
    other = sum(not _WHOLE.fullmatch(text) for text in bare) - hidden - absent
    for number, found, remedy, code in (
        (
            hidden,
            "suppressed numbers (such as * or <5)",
            "Take coarser groups: nothing can stand in their place",
            "D68",
        ),
        (absent, "rows without a number", "Write 0 where nobody lives", "D67"),
        (other, "numbers that are no whole numbers of people", "Write 1234, not 1,234; no units", "D67"),
    ):
        if number:
            yield Fault(where, f"“{part.count}”: {number:,} {found}", "", remedy, code)


def _keys(plan: AuditPlan, part: Population, rows: Sequence[tuple[object, ...]], where: str) -> Iterator[Fault]:
    nulls = {"", MISSING, *plan.source.null_values}
    for index, key in enumerate(part.by):
        empty = sum(str(row[index]) in nulls for row in rows)
        if empty:
            remedy = "Remove rows of totals: their residents would be counted twice"
            yield Fault(where, f"{empty:,} rows without a value of “{key}”", "a group in each row", remedy, "D69")
    twice = [key for key, times in Counter(tuple(map(str, row[:-1])) for row in rows).items() if times > 1]
    if twice:
        found = f"{len(twice):,} combinations of {', '.join(part.by)} occur twice or more: {_some(twice)}"
        remedy = "Add them up, or list the column that tells them apart under “population.by” (a year? an age band?)"
        yield Fault(where, found, "each once", remedy, "D69")


def _observed(cells: Cells, key: str) -> dict[str, int]:
    place, found = cells.groups.index(key), dict[str, int]()
    for cell in cells:
        found[cell.group[place]] = found.get(cell.group[place], 0) + cell.n
    return found


def _names(plan: AuditPlan, cells: Cells, levels: Mapping[str, list[str]], read: CsvFile) -> Iterator[Fault]:
    """Levels of the file that nobody in the table has and the plan does not declare: a name written in two ways."""
    for key, given in levels.items():
        seen = _observed(cells, key)
        column = plan.groups[key]
        extra = [level for level in given if level not in {*seen, *column.values, *column.unknown_values}]
        if extra:
            lacking = sorted({*seen, *column.values} - unknown_levels(plan, key) - set(given))
            found = f"“{key}” has {_some(extra)}, which nobody in the table has"
            found += f"; the table has {_some(lacking)}, which this file has not" if lacking else ""
            near = nearest(extra[0], lacking)
            remedy = f"Did you mean “{near}” by “{extra[0]}”? " if near else ""
            remedy += f"Write the names alike; list a group that had no event under “groups.{key}.values”"
            yield Fault(read.file.shown, found, "the groups of the table", remedy, "D69")


def _gaps(part: Population, counts: Counts, levels: Mapping[str, list[str]], read: CsvFile) -> Iterator[Fault]:
    size = prod(len(each) for each in levels.values())
    if size > MAX_RESIDENT_ROWS:
        remedy = "Take coarser groups"
        yield Fault(read.file.shown, f"{size:,} combinations of {', '.join(part.by)}", "", remedy, "D62")
    elif size > len(counts):
        missing = [each for each in product(*levels.values()) if each not in counts]
        found = f"{len(missing):,} combinations of {', '.join(part.by)} have no row: {_some(missing)}"
        yield Fault(read.file.shown, found, "every combination", "Write 0 where nobody lives", "D69")


def _without(plan: AuditPlan, cells: Cells, levels: Mapping[str, list[str]]) -> Iterator[Check]:
    for key, given in levels.items():
        seen = _observed(cells, key)
        known = {*seen, *plan.groups[key].values} - unknown_levels(plan, key)
        lacking = sorted(known - set(given))
        if lacking:
            n = sum(seen.get(level, 0) for level in lacking)
            units = plural(plan.unit.row)
            text = f"The population file has no number for {_some(lacking)} of “{key}” ({n:,} {units} counted)"
            yield Check("D69", "warning", f"{text}: there is no rate for them, and they are in no rate of others.")


def _crowded(plan: AuditPlan, cells: Cells, counts: Counts) -> Iterator[Check]:
    assert plan.population is not None
    places = [cells.groups.index(key) for key in plan.population.by]
    events: dict[tuple[str, ...], int] = {}
    for cell in cells:
        key = tuple(cell.group[place] for place in places)
        events[key] = events.get(key, 0) + cell.n
    crowded = [key for key, n in counts.items() if events.get(key, 0) > n]
    if crowded:
        text = f"More was counted than there are residents in {_some(crowded)}: visitors, and repeats, count"
        yield Check(
            "D70", "warning", f"{text}. A rate per 1,000 is a ratio of events to residents, not a share of people."
        )


def _some(values: Sequence[str | tuple[str, ...]]) -> str:
    """The first few in quotation marks.

    >>> _some(["a", ("b", "c")]), _some(list("abcdefg"))
    ('“a”, “b, c”', '“a”, “b”, “c”, “d”, “e” and 2 more')
    """
    shown = ", ".join(f"“{each if isinstance(each, str) else ', '.join(each)}”" for each in values[:_NAMED])
    return shown + (f" and {len(values) - _NAMED:,} more" if len(values) > _NAMED else "")
