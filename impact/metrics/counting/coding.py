"""From columns to codes inside the query: 1 yes, 0 no, -1 not known, -2 a value that the plan does not map.

In: a ``Table`` and the plan. Out: a narwhals frame with coded keys and counted measures, the same on every engine.
Refuses to compare anything before missing values have become codes: NaN >= 0.5 is true on DuckDB and polars, and false
on pyarrow (docs/audit-plan.md). Knows no statistic.
Personal data: expressions only; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck, spark
from impact.metrics.counting.coding_extra import (
    ABSENT,
    EXTRA_NUMBERS,
    INFINITE,
    LARGEST,
    OUTSIDE,
    UNREAD,
    Extra,
    code_extra,
    extra_columns,
)
from impact.metrics.counting.coding_numbers import count_per_row, decision_from_score
from impact.metrics.counting.table import Table
from impact.metrics.plans.plan import AuditPlan, Value, count_column
from impact.metrics.plans.plan_rules import canonical_value
from impact.metrics.tables.cells import MISSING

__all__ = ["RESERVED", "UNMAPPED", "Coded", "code_table", "spellings"]

UNMAPPED = -2
RESERVED = "\ufffe" + MISSING  # a real group value that reads like our own code for missing; refused after counting
_NULL = "\ufffe"  # stands for null inside the query, so that no comparison ever meets one
_MAX_EXACT = float(1 << 53)


@dataclass(frozen=True)
class Coded:
    """The coded table.

    A code of a category (group, decision, version) is worked out once for each combination of values that occurs, not
    once for each row: ``rows`` has the columns as stored, named ``raw_…``, and ``expressions`` what becomes of them.

    Attributes:
        rows: narwhals frame with the columns as stored, the keys that are numbers of rows, and ``measures``.
        expressions: Key column -> its code as an expression over the columns ``sources`` names.
        sources: Key column -> the column of ``rows`` that it depends on.
        states: Columns of small whole numbers that ``flags`` depend on as well.
        flags: Name -> 0 or 1 as an expression over columns of ``sources`` and ``states``; summed over rows.
        frame: ``rows`` with every code as a column, for queries about rows.
        groups: Key columns of the groups, in the order of the plan.
        codes: Role (decision, outcome, human) -> its code column; roles that the plan does not map are absent.
        values: Role -> its value column in ``frame``, for naming values that the plan does not map.
        numeric: Roles whose column is stored as numbers.
        measures: Columns of 0, 1 or a count that are summed per cell.
        unused: Group key -> levels that the column's type declares; they may have no rows.
        threshold: The threshold as the score's precision holds it, when that differs from the plan's.
        extra: The columns that the plan maps beside groups and decisions.
    """

    rows: Any
    expressions: Mapping[str, Any]
    sources: Mapping[str, str]
    states: tuple[str, ...]
    flags: Mapping[str, Any]
    frame: Any
    groups: tuple[str, ...]
    codes: dict[str, str]
    values: dict[str, str]
    numeric: frozenset[str]
    measures: tuple[str, ...]
    unused: dict[str, tuple[str, ...]]
    threshold: float | None
    extra: Extra

    @property
    def totals(self) -> tuple[str, ...]:
        """Everything that is added up over all rows."""
        return (*self.measures, *self.flags)


def spellings(values: Iterable[Value]) -> list[str]:
    """Every text that is read as one of ``values`` in a column of text.

    >>> spellings([1, "Y"])
    ['1', '1.0', 'TRUE', 'True', 'Y', 'true']
    """
    found = set()
    for value in values:
        text = canonical_value(value)
        found.add(text)
        if isinstance(value, str):
            found.add(value)
        if text.removeprefix("-").isdecimal() and canonical_value(text + ".0") == text:
            found.add(text + ".0")
        if text in ("0", "1"):
            word = "true" if text == "1" else "false"
            found |= {word, word.title(), word.upper()}
    return sorted(found)


def code_table(table: Table, plan: AuditPlan, *, outcomes: bool) -> Coded:
    """Write the codes as expressions over the table.

    Args:
        table: An opened table.
        plan: The plan.
        outcomes: Whether the outcome column is read at all.

    Raises:
        MetricError: D41, D64, D67 or D16 for columns whose type cannot be a group, a decision, a count or a score.
    """
    return Coder(table, plan, outcomes).coded()


class Coder:
    """Writes the expressions, one role after the other, and collects what cannot be written."""

    def __init__(self, table: Table, plan: AuditPlan, outcomes: bool) -> None:
        import narwhals as nw

        self.nw, self.table, self.plan = nw, table, plan
        self.faults: list[Fault] = []
        self.measures: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}
        self.states: list[str] = []
        self.staged: set[str] = set()
        self.numeric: set[str] = set()
        self.unused: dict[str, tuple[str, ...]] = {}
        self.threshold: float | None = None
        columns = plan.columns
        roles: dict[str, str] = {}
        if columns.decision.name is not None:
            roles["decision"] = columns.decision.name
        if columns.outcome is not None and outcomes:
            roles["outcome"] = columns.outcome.name
        if columns.human is not None:
            roles["human"] = columns.human.name
        self.roles = roles
        self.numbers = {"score": columns.decision.from_score, "count": count_column(plan)}
        self.extra = extra_columns(plan)
        self.numbers |= {role: name for role, name in self.extra.items() if role in EXTRA_NUMBERS}
        self.frame = nw.from_native(self._selected())
        self.schema = dict(self.frame.collect_schema())
        kinds = () if table.duckdb else (nw.Categorical, nw.Enum)  # pyarrow cannot group by several dictionaries
        listed = [nw.col(name).cast(nw.String) for name, dtype in self.schema.items() if isinstance(dtype, kinds)]
        self.frame = self.frame.with_columns(*listed) if listed else self.frame

    def _selected(self) -> Any:
        """Only mapped columns, under names of our own, so that no column of the file can clash with them."""
        wanted = {f"raw_{role}": name for role, name in self.roles.items()}
        wanted |= {f"raw_g{index}": group.name for index, group in enumerate(self.plan.groups.values())}
        wanted |= {f"raw_{role}": name for role, name in (self.numbers | self.extra).items() if name is not None}
        numbers = {role: name for role, name in self.numbers.items() if name is not None}
        if self.table.spark is not None:
            stored = {alias: self.table.columns[name] for alias, name in wanted.items()}
            text = spark.texts(self.table.native)
            read = {f"raw_{role}": f"number_{role}" for role in numbers if stored[f"raw_{role}"] in text}
            return spark.selected(self.table.native, stored, read)
        if not self.table.duckdb:
            frame = self.nw.from_native(self.table.native)
            chosen = [self.nw.col(self.table.columns[name]).alias(alias) for alias, name in wanted.items()]
            return frame.select(*chosen).to_native()
        native = self.table.native
        kinds = dict(zip(native.columns, map(str, native.types), strict=True))
        parts = []
        for alias, name in wanted.items():
            column = duck.name(self.table.columns[name])
            if self.table.owner is None and kinds.get(self.table.columns[name]) in ("FLOAT", "DOUBLE"):
                # DuckDB 2.0 trusts a Parquet file's minimum and maximum, which leave NaN out, and then takes isnan()
                # for false (duckdb issue 25521): people without a score would be above every threshold. Nothing is
                # known of an element of a list, so there the question is asked of the value itself. Our own
                # connections draw no such conclusions (duck.py), and need not pay for the list.
                column = f"[{column}][1]"
            parts.append(f"{column} AS {alias}")
        relation = native.project(", ".join(parts))
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        for role in numbers:
            if types[f"raw_{role}"] == "VARCHAR":
                raw = f"raw_{role}"
                number = (
                    f"CASE WHEN regexp_full_match({raw}, {duck.text(duck.NUMBER)}) THEN TRY_CAST({raw} AS DOUBLE) END"
                )
                relation = relation.project(f"*, {number} AS number_{role}")
        return relation

    def coded(self) -> Coded:
        nw = self.nw
        coded = {f"g{index}": self._group(index, key) for index, key in enumerate(self.plan.groups)}
        sources = {name: f"raw_{name}" for name in coded}
        values: dict[str, Any] = {}
        for role in self.roles:
            coded[role], values[f"value_{role}"] = self._coded_role(role)
            sources[role] = f"raw_{role}"
        if self.numbers["score"] is not None:
            coded["decision"], sources["decision"] = decision_from_score(self), "place"
        if self.numbers["count"] is not None:
            count_per_row(self)
        extra, keys, levels = code_extra(self)
        coded |= levels
        sources |= {name: f"raw_{name}" for name in levels}
        if self.faults:
            raise MetricError(self.faults)
        rows = self.frame
        if keys:
            rows = rows.with_columns(*[expression.alias(name) for name, expression in keys.items()])
        if self.measures:
            rows = rows.with_columns(*[each.cast(nw.Int64).alias(name) for name, each in self.measures.items()])
        frame = rows.with_columns(*[each.alias(name) for name, each in (coded | values).items()])
        return Coded(
            rows,
            coded,
            sources,
            tuple(self.states),
            self.flags,
            frame,
            tuple(f"g{index}" for index in range(len(self.plan.groups))),
            {role: role for role in ("decision", "outcome", "human") if role in coded},
            {role: f"value_{role}" for role in self.roles},
            frozenset(self.numeric),
            tuple(self.measures),
            self.unused,
            self.threshold,
            extra,
        )

    def stage(self, name: str, expression: Any) -> Any:
        """Make a column of its own: an expression in an expression is worked out again wherever it occurs."""
        self.staged.add(name)
        self.frame = self.frame.with_columns(expression.alias(name))
        return self.nw.col(name)

    def refuse(self, name: str, found: str, remedy: str, code: str) -> None:
        """Keep a fault of a column, to be raised with all others."""
        self.faults.append(Fault(self.table.where, f"“{name}” {found}", "", remedy, code))

    def flag(self, condition: Any) -> Any:
        """1 where the condition holds, else 0."""
        nw = self.nw
        return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))

    def text(self, column: Any, name: str, dtype: Any, measure: str) -> Any | None:
        """A column as text, null kept; None (with a fault) where text would not mean the same on every engine."""
        nw = self.nw
        if isinstance(dtype, nw.String | nw.Categorical | nw.Enum | nw.Date) or dtype.is_integer():
            return column.cast(nw.String)
        if isinstance(dtype, nw.Boolean):
            word = nw.when(column).then(nw.lit("true")).otherwise(nw.lit("false"))
            return nw.when(~column.is_null()).then(word).otherwise(nw.lit(None, nw.String))
        if dtype.is_numeric():
            number = column.cast(nw.Float64)
            known = ~number.is_null() & ~number.is_nan()
            value = nw.when(known).then(number).otherwise(nw.lit(0.0))
            whole = (value == value.round(0)) & (value < _MAX_EXACT) & (value > -_MAX_EXACT)
            self.flags[measure] = self.flag(~whole)
            text = nw.when(whole).then(value).otherwise(nw.lit(0.0)).cast(nw.Int64).cast(nw.String)
            return nw.when(known).then(text).otherwise(nw.lit(None, nw.String))
        if isinstance(dtype, nw.Unknown) and self._is_null(column):
            return nw.lit(None, nw.String)
        nested = dtype.is_nested() or isinstance(dtype, nw.Binary | nw.Object | nw.Unknown)
        found = "is a nested or binary column and cannot be used" if nested else f"is stored as {dtype}"
        self.refuse(name, found, "Export it as text", "D64" if nested else "D41")
        return None

    def _is_null(self, column: Any) -> bool:
        """Whether a column has no type because it has no value: every engine calls that type null."""
        native = self.frame.select(column).to_native()
        if self.table.spark is not None:
            return spark.is_null(native)
        if self.table.duckdb:
            kinds = native.types
        elif hasattr(native, "collect_schema"):
            kinds = native.collect_schema().dtypes()
        else:
            kinds = native.schema.types
        return [str(kind).strip('"').lower() for kind in kinds] == ["null"]

    def _group(self, index: int, key: str) -> Any:
        dtype = self.schema[f"raw_g{index}"]
        if isinstance(dtype, self.nw.Enum):
            self.unused[key] = tuple(map(str, dtype.categories))
        return self.level(f"g{index}", self.plan.groups[key].name)

    def level(self, role: str, name: str) -> Any:
        """A column of categories as text, ``MISSING`` where nothing is recorded."""
        nw, raw = self.nw, f"raw_{role}"
        text = self.text(nw.col(raw), name, self.schema[raw], f"fraction_{role}")
        if text is None:
            return nw.lit(MISSING)
        nulls = list(self.plan.source.null_values)
        kept = text if MISSING in nulls else nw.when(text == MISSING).then(nw.lit(RESERVED)).otherwise(text)
        filled = kept.fill_null(MISSING)
        return nw.when(filled.is_in(nulls)).then(nw.lit(MISSING)).otherwise(filled) if nulls else filled

    def _coded_role(self, role: str) -> tuple[Any, Any]:
        """The code, and the value as it is compared."""
        nw, name = self.nw, self.roles[role]
        raw = f"raw_{role}"
        dtype = self.schema[raw]
        if dtype.is_numeric() or isinstance(dtype, nw.Boolean):
            self.numeric.add(role)
            number = nw.col(raw)
            if isinstance(dtype, nw.Boolean):
                number = nw.when(number).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            number = number.cast(nw.Float64)
            known = ~nw.col(raw).is_null() & ~number.is_nan()
            # Adding zero makes -0.0 and 0.0 one number: pyarrow looks values up by their bits.
            value = nw.when(known).then(number).otherwise(nw.lit(0.0)) + 0.0
            return self._code(known, value, [(_numbers(values), code) for values, code in self.meanings(role)]), number
        text = self.text(nw.col(raw), name, dtype, f"fraction_{role}")
        if text is None:
            return nw.lit(-1), nw.lit(-1)
        value = text.fill_null(_NULL)
        known = ~value.is_in([_NULL, *self.plan.source.null_values])
        listed = self.meanings(role)
        code = self._code(known, value, [(spellings(values), code) for values, code in listed])
        plain = [str(each) for values, _ in listed for each in values]
        self.flags[f"spelt_{role}"] = self.flag(known & (code != UNMAPPED) & ~value.is_in(plain))
        return code, value

    def meanings(self, role: str) -> list[tuple[tuple[Value, ...], int]]:
        """Values of a column of categories, and the code that they have."""
        column = self.plan.columns.part(role)
        return [(column.yes, 1), (column.no, 0), (column.unknown_values, -1)]

    def _code(self, known: Any, value: Any, lists: list[tuple[Any, int]]) -> Any:
        nw = self.nw
        code: Any = nw.lit(UNMAPPED)
        for values, number in lists:
            if values:
                code = nw.when(value.is_in(values)).then(nw.lit(number)).otherwise(code)
        return nw.when(known).then(code).otherwise(nw.lit(-1))

    def number(self, role: str) -> tuple[Any, Any] | None:
        """A column of numbers, and whether each row holds text that is none; None (with a fault) for other types."""
        nw, raw = self.nw, f"raw_{role}"
        dtype, name = self.schema[raw], str(self.numbers[role])
        if f"number_{role}" in self.schema:
            value = nw.col(raw).fill_null(_NULL)
            given = ~value.is_in([_NULL, *self.plan.source.null_values])
            number = nw.when(given).then(nw.col(f"number_{role}")).otherwise(nw.lit(None, nw.Float64))
            return number, given & number.is_null()
        if dtype.is_numeric():
            return nw.col(raw).cast(nw.Float64), nw.lit(False)
        code = {"score": "D16", "scale": "D16", "weight": "D46", "seconds": "D57"}.get(role, "D67")
        self.refuse(name, f"is stored as {dtype}, not as numbers", "Convert it to numbers first", code)
        return None

    def reason(self, role: str) -> Any:
        """Why a number has no place on a scale."""
        nw, number = self.nw, self.filled(role)
        infinite = (number > LARGEST) | (number < -LARGEST)
        reason = nw.when(infinite).then(nw.lit(INFINITE)).otherwise(nw.lit(OUTSIDE))
        reason = nw.when(number.is_nan()).then(nw.lit(ABSENT)).otherwise(reason)
        found = self.number(role)
        if found is not None and f"number_{role}" in self.schema:
            reason = nw.when(found[1]).then(nw.lit(UNREAD)).otherwise(reason)
        return reason

    def place(self, name: str, role: str, places: Iterable[tuple[Any, int]]) -> Any:
        """A column that says where each number lies: the one of ``places`` that holds, else why there is none.

        Args:
            name: The column to make.
            role: A role of numbers; conditions are about ``filled`` numbers, where null is NaN.
            places: Conditions that hold of no NaN and of no infinite number, and a whole number for each.
        """
        place = self.reason(role)
        for condition, code in places:
            place = self.nw.when(condition).then(self.nw.lit(code)).otherwise(place)
        self.states.append(name)
        return self.stage(name, place)

    def filled(self, role: str) -> Any:
        """A column of numbers with NaN for null, so that no comparison has a third answer."""
        name = f"filled_{role}"
        if name in self.staged:
            return self.nw.col(name)
        found = self.number(role)
        assert found is not None
        return self.stage(name, found[0].fill_null(float("nan")))


def _numbers(values: Iterable[Value]) -> list[float]:
    found = []
    for value in values:
        try:
            found.append(float(canonical_value(value)))
        except ValueError:
            continue
    return found
