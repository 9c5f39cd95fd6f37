"""A request for counts: what a body that holds the data fills in, so that nobody else needs a row of it.

In: an audit plan. Out: a ``Request``: a table to fill in, an SQL query that fills it, a covering letter, and the plan
that reads the filled table (``kind: counts``), with periods, versions and strata where the plan maps them. Opens no
table: which values occur is for the holder of the data to say. What counts cannot hold is left out, and said to be.
Personal data: none; what comes back are counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from impact.metrics.counting.coding import spellings
from impact.metrics.counting.duck import name as quoted
from impact.metrics.counting.duck import text as literal
from impact.metrics.plans.plan import AuditPlan, Value, count_column
from impact.metrics.plans.plan_columns import Time
from impact.metrics.plans.plan_rules import CELL_COLUMNS, canonical_value
from impact.metrics.plans.plan_text import as_yaml, lean
from impact.metrics.tables.cells import MISSING
from impact.metrics.tools.request_letter import left_out, letter
from impact.metrics.words import plural

__all__ = ["MAX_ROWS", "UNMAPPED", "Request", "request"]

# Beyond this nobody fills in a table by hand: one block with instructions stands for all combinations of groups.
MAX_ROWS = 5_000
# What the query writes for a value that the plan does not map; reading the answer then stops and names it (D31).
UNMAPPED = "value not in the plan"
_YES, _NO = "yes", "no"
_PERIOD, _VERSION = "period", "version"
_OF_SCORES = ("scores", "capacity", "proxies")  # parts of plan.also that need the score itself, or other columns
_SCORE_NOTE = "If the score is stored with 32 bits, compare it with the threshold in 32 bits: CAST(… AS REAL)."
_DATE_NOTE = "Dates are read as local dates written 2024-04-03; make them so first, also where a time zone is stored."


@dataclass(frozen=True)
class Request:
    """Everything that is sent, as texts.

    Attributes:
        template: CSV with a header, one row for each combination, and an empty column of counts.
        sql: A query with the same columns, which counts instead.
        letter: Covering letter in plain words.
        plan: ``audit.yaml`` that reads the filled template.
        rows: Rows of the template, without its header.
        placeholders: Columns whose values the plan does not declare (groups, strata, ``period``, ``version``): the
            template holds an instruction for them.
        left_out: What the plan asks about and no table of counts can hold, in words.
    """

    template: str
    sql: str
    letter: str
    plan: str
    rows: int
    placeholders: tuple[str, ...]
    left_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "impact/request/1",
            "template": self.template,
            "sql": self.sql,
            "letter": self.letter,
            "plan": self.plan,
            "rows": self.rows,
            "placeholders": list(self.placeholders),
            "left_out": list(self.left_out),
        }


def request(plan: AuditPlan, *, table: str = "your_table", file: str = "counts.csv") -> Request:
    """Everything that a holder of the data needs to answer a plan with counts only.

    Args:
        plan: The plan; its source may be of any kind.
        table: What the query reads from, written into it as it is given.
        file: Name of the filled table, as the new plan reads it.
    """
    rows, placeholders = _rows(plan)
    columns = _columns(plan)
    sql = _query(plan, table)
    told = letter(
        plan,
        rows=len(rows),
        placeholders=placeholders,
        missing=_missing(plan),
        file=file,
        count=columns[-1],
    )
    return Request(_csv([columns, *rows]), sql, told, _plan_text(plan, file), len(rows), placeholders, left_out(plan))


def _columns(plan: AuditPlan) -> list[str]:
    return [*plan.groups, *plan.strata, *_when(plan), *_roles(plan), _count_name(plan)]


def _when(plan: AuditPlan) -> list[str]:
    """Columns of the table for date and version; no group can have their names."""
    mapped = ((_PERIOD, plan.columns.time), (_VERSION, plan.columns.version))
    return [name for name, part in mapped if part is not None]


def _roles(plan: AuditPlan) -> list[str]:
    """Roles in the order of the columns; each is a column of the table under its own name."""
    mapped = (
        ("decision", True),
        ("outcome", plan.columns.outcome is not None),
        ("human", plan.columns.human is not None),
    )
    return [role for role, present in mapped if present]


def _count_name(plan: AuditPlan) -> str:
    """Name of the column of counts: “people”, unless a group is called so."""
    taken = {*plan.groups, *plan.strata, *CELL_COLUMNS}
    wanted = (plural(plan.unit.row), "count", "how_many", *(f"count_{number}" for number in range(len(taken) + 1)))
    return next(each for each in wanted if each not in taken)


def _missing(plan: AuditPlan) -> str:
    """What stands for “not known”: nothing, unless the plan reads the empty text as a value."""
    return "" if "" in plan.source.null_values else MISSING


def _rows(plan: AuditPlan) -> tuple[list[list[str]], tuple[str, ...]]:
    blank = _missing(plan)
    levels, placeholders = [], []
    for key, group in plan.groups.items():
        known = list(group.values)
        if not known:
            placeholders.append(key)
            known = [_instruction(key)]
        levels.append([*known, *group.unknown_values, blank])
    placeholders += list(plan.strata)  # a plan does not list the values of a stratum
    levels += [[_instruction(key), blank] for key in plan.strata]
    for key in _when(plan):
        order = list(plan.columns.version.order) if key == _VERSION and plan.columns.version is not None else []
        placeholders += [] if order else [key]
        levels.append([*(order or [_instruction(key)]), blank])
    codes = list(_codes(plan, blank))
    size = len(codes)
    for each in levels:
        size *= len(each)
    if size > MAX_ROWS:
        placeholders = [*plan.groups, *plan.strata, *_when(plan)]
        levels = [[_instruction(key)] for key in placeholders]
    rows = [[*groups, *code, ""] for groups in product(*levels) for code in codes]
    return rows, tuple(placeholders)


def _instruction(key: str) -> str:
    return f"[repeat this row for each value of {key}]"


def _codes(plan: AuditPlan, blank: str) -> Iterator[list[str]]:
    outcome, human = plan.columns.outcome, plan.columns.human
    for decision in (_YES, _NO, blank):
        after_yes = outcome is not None and outcome.observed_when == "decision_yes" and decision != _YES
        outcomes = ([blank] if after_yes else [_YES, _NO, blank]) if outcome is not None else [None]
        for found in outcomes:
            for final in [_YES, _NO, blank] if human is not None else [None]:
                yield [value for value in (decision, found, final) if value is not None]


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _query(plan: AuditPlan, table: str) -> str:
    """One query that counts; the same cells come out of it as out of our own count (a test compares)."""
    blank, count = _missing(plan), _count_name(plan)
    described = {key: part.name for key, part in plan.groups.items()}
    described |= {key: part.name for key, part in plan.strata.items()}
    coded = {key: _group_case(column, plan.source.null_values, blank) for key, column in described.items()}
    if plan.columns.time is not None:
        coded[_PERIOD] = _period_case(plan.columns.time, plan.source.null_values, blank)
    if plan.columns.version is not None:
        coded[_VERSION] = _group_case(plan.columns.version.name, plan.source.null_values, blank)
    for role in _roles(plan):
        column = getattr(plan.columns, role)
        if role == "decision" and column.from_score is not None:
            coded[role] = _score_case(plan, blank)
        else:
            coded[role] = _role_case(column, plan.source.null_values, blank)
    counted = count_column(plan)
    inner = [f"    {case} AS {quoted(alias)}" for alias, case in coded.items()]
    if counted is not None:
        inner.append(f"    {quoted(counted)} AS {quoted(count)}")
    names = ", ".join(quoted(alias) for alias in coded)
    total = f"SUM({quoted(count)})" if counted is not None else "COUNT(*)"
    told = [
        f"Counts for “{_line(plan.title)}”, plan {plan.digest}.",
        "One row for each combination that occurs, and how many it stands for. No row of anybody leaves your system.",
        f"Add a WHERE if the table holds more than: {_line(plan.pool)}",
        "Columns of text and of whole numbers are counted as they are; write fractions and times as text first.",
        *([_DATE_NOTE] if plan.columns.time is not None else []),
        *([_SCORE_NOTE] if plan.columns.decision.from_score is not None else []),
    ]
    return "\n".join(
        [
            *(f"-- {line}" for line in told),
            f"SELECT {names}, {total} AS {quoted(count)}",
            "FROM (",
            "  SELECT",
            ",\n".join(inner),
            f"  FROM {table}",
            ") AS coded",
            f"GROUP BY {names}",
            f"ORDER BY {names};",
            "",
        ]
    )


def _line(text: str) -> str:
    """One line: a line break in a title must not end a comment of the query."""
    return " ".join(text.split())


def _as_text(column: str) -> str:
    # The length is given because SQL Server would cut at 30 characters without one.
    return f"CAST({quoted(column)} AS VARCHAR(4000))"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)


def _absent(column: str, nulls: Sequence[str]) -> str:
    test = f"{quoted(column)} IS NULL"
    return f"{test} OR {_as_text(column)} IN ({_listed(nulls)})" if nulls else test


def _group_case(column: str, nulls: Sequence[str], blank: str) -> str:
    return f"CASE WHEN {_absent(column, nulls)} THEN {literal(blank)} ELSE {_as_text(column)} END"


def _period_case(time: Time, nulls: Sequence[str], blank: str) -> str:
    """The first day of the period, from the text of a date: it is what every database can do, and no day leaves."""
    day = _as_text(time.name)
    year, month = f"SUBSTRING({day}, 1, 4)", f"SUBSTRING({day}, 6, 2)"
    first = {
        "month": f"CONCAT(SUBSTRING({day}, 1, 7), '-01')",
        "quarter": (
            f"CONCAT({year}, CASE WHEN {month} < '04' THEN '-01-01' WHEN {month} < '07' THEN '-04-01' "
            f"WHEN {month} < '10' THEN '-07-01' ELSE '-10-01' END)"
        ),
        "year": f"CONCAT({year}, '-01-01')",
    }[time.period]
    return (
        f"CASE WHEN {_absent(time.name, nulls)} THEN {literal(blank)} WHEN {day} LIKE '____-__-__%' THEN {first} "
        f"ELSE {literal(UNMAPPED)} END"
    )


def _role_case(column: Any, nulls: Sequence[str], blank: str) -> str:
    lists: list[tuple[Sequence[Value], str]] = [(column.yes, _YES), (column.no, _NO), (column.unknown_values, blank)]
    not_a_number = ["NaN", "nan"] if _numeric([*column.yes, *column.no]) else []
    absent = [*nulls, *not_a_number]
    whens = [f"WHEN {_absent(column.name, absent)} THEN {literal(blank)}"]
    whens += [
        f"WHEN {_as_text(column.name)} IN ({_listed(spellings(values))}) THEN {literal(meaning)}"
        for values, meaning in lists
        if values
    ]
    return f"CASE {' '.join(whens)} ELSE {literal(UNMAPPED)} END"


def _numeric(values: Sequence[Value]) -> bool:
    return all(canonical_value(value).removeprefix("-").replace(".", "", 1).isdecimal() for value in values)


def _score_case(plan: AuditPlan, blank: str) -> str:
    decision = plan.columns.decision
    column = str(decision.from_score)
    absent = [*plan.source.null_values, "NaN", "nan"]
    infinite = ["inf", "-inf", "Infinity", "-Infinity"]
    over = f"CAST({quoted(column)} AS DOUBLE PRECISION) {decision.rule} {decision.threshold!r}"
    return (
        f"CASE WHEN {_absent(column, absent)} THEN {literal(blank)} "
        f"WHEN {_as_text(column)} IN ({_listed(infinite)}) THEN {literal(UNMAPPED)} "
        f"WHEN {over} THEN {literal(_YES)} ELSE {literal(_NO)} END"
    )


def _plan_text(plan: AuditPlan, file: str) -> str:
    data = plan.to_json()
    columns: dict[str, Any] = {}
    for role in _roles(plan):
        kept = {
            key: value
            for key, value in data["columns"][role].items()
            if key not in ("name", "yes", "no", "unknown_values", "from", "threshold", "rule")
        }
        columns[role] = {"name": role, "yes": [_YES], "no": [_NO], **kept}
    for name, key in ((_PERIOD, "time"), (_VERSION, "version")):
        if key in data["columns"]:
            columns[key] = {**data["columns"][key], "name": name}
    data["columns"] = columns
    data["unit"].pop("person_id", None)
    data["plan"].pop("thresholds", None)
    for key in _OF_SCORES:
        (data["plan"].get("also") or {}).pop(key, None)
    data["groups"] = {key: {**group, "name": key} for key, group in data["groups"].items()}
    if plan.strata:
        data["strata"] = {key: {**stratum, "name": key} for key, stratum in data["strata"].items()}
    data["source"] = {"kind": "counts", "path": file, "count": _count_name(plan), "null_values": [_missing(plan)]}
    told = f"# Reads the counts that were asked for under plan\n# {plan.digest}\n"
    if plan.population is not None:
        told += f"# Put {_line(plan.population.file)} below the folder of this plan: the numbers of residents.\n"
    for each in left_out(plan):
        told += f"# Not in counts, and so not in this plan: {each}.\n"
    return told + as_yaml(lean(data))
