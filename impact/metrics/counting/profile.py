"""A first look at a table: columns, how many values each has, and what they look like. Counts only.

In: a CSV or Parquet file. Out: a ``Profile``. Refuses to show a value that may be a person's: values are listed only of
columns with few of them, each on several rows, that look like no identifier. Guesses are offered, never acted upon.
Personal data: read by DuckDB; what leaves it are counts and the values of such columns.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck
from impact.metrics.counting.csv_bytes import damage_of, read_bytes
from impact.metrics.counting.profile_roles import NAMES_PEOPLE, roles, words_of
from impact.metrics.counting.source import data_files, require_unchanged
from impact.metrics.plans.plan_rules import canonical_value

__all__ = ["MAX_SHOWN", "Column", "Profile", "looks_personal", "profile"]

MAX_SHOWN = 20  # values of one column that are listed; a category has few, an identifier many
_ROWS_PER_VALUE = 3  # fewer rows for each value than this, and a value may stand for one person
_MAX_LENGTH = 40  # longer texts are remarks, and remarks name people
_SURELY_MANY = 200  # the first count of values is approximate; beyond this it need not be exact

_PERSONAL = tuple(
    re.compile(pattern)
    for pattern in (
        r"[^@\s]+@[^@\s]+\.[^@\s]+",  # e-mail
        r"[A-Za-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-Da-d]?",  # National Insurance number
        r"[A-Za-z]{1,2}\d[A-Za-z\d]?\s?\d[A-Za-z]{2}",  # postcode
        r"\+?[\d\s()-]{7,}",  # telephone, staff and NHS numbers
        r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?",  # a date, perhaps of birth
    )
)
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?"  # how a plan reads a date in text


@dataclass(frozen=True)
class Column:
    """One column, as far as counts tell.

    Attributes:
        name: Its name.
        kind: ``text``, ``whole numbers``, ``numbers``, ``true or false``, ``dates`` or ``other``.
        distinct: How many different values; approximate above 200.
        missing: Rows with nothing recorded.
        levels: Its values, each once, where they may be shown; None where not.
        roles: What it may be for, as ``profile_roles.roles`` guesses.
        in_unit_range: Whether it holds numbers, none of them below 0 or above 1.
    """

    name: str
    kind: str
    distinct: int
    missing: int
    levels: tuple[str, ...] | None
    roles: tuple[str, ...]
    in_unit_range: bool = False


@dataclass(frozen=True)
class Profile:
    """A table, as far as counts tell.

    Attributes:
        file: Its path as a plan in ``base`` names it.
        kind: ``csv`` or ``parquet``.
        delimiter, encoding: As given, for CSV.
        rows: How many.
        columns: In the order of the table.
    """

    file: str
    kind: str
    delimiter: str
    encoding: str
    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def likely(self, role: str) -> tuple[str, ...]:
        """Names of columns that may be for a role, in the order of the table."""
        return tuple(each.name for each in self.columns if role in each.roles)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def profile(file: str, *, base: Path, delimiter: str = ",", encoding: str = "utf-8") -> Profile:
    """Look at one table.

    Args:
        file: Path or pattern relative to ``base``, as a plan's ``source.path``.
        base: The folder of the plan to be.
        delimiter: Of a CSV file; never guessed.
        encoding: Of a CSV file; never guessed.

    Raises:
        MetricError: D-codes of a file that cannot be read, as for a plan; D02 no rows.
    """
    import duckdb

    files = data_files(file, base=base)
    kind = "parquet" if files[0].shown.lower().endswith((".parquet", ".pq")) else "csv"
    with tempfile.TemporaryDirectory(prefix="impact-") as folder:
        scratch = Path(folder)
        csv = () if kind == "parquet" else tuple(
            read_bytes(each, encoding=encoding, delimiter=delimiter, scratch=scratch) for each in files
        )  # fmt: skip
        readable = [each.readable for each in csv] or [each.path for each in files]
        paths = [duck.plain_path(path, scratch=scratch) for path in readable]
        connection = duck.connect(paths, scratch=scratch)
        try:
            if csv:
                names: Sequence[str] = csv[0].header
                relation = duck.csv_relation(connection, paths, columns=len(names), delimiter=delimiter)
            else:
                relation = duck.parquet_relation(connection, paths)
                names = relation.columns
            rows, columns = _columns(relation, names)
        except duckdb.Error:
            # Its own message quotes rows.
            faults = [fault for each in csv for fault in damage_of(each, delimiter=delimiter)]
            found = "the table cannot be read: it is damaged, or not of this kind"
            raise MetricError(faults or [Fault(file, found, "", "Export it again", "D88")]) from None
        finally:
            connection.close()
    require_unchanged(files)
    if rows == 0:
        raise MetricError(Fault(file, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    return Profile(file, kind, delimiter, encoding, rows, tuple(columns))


def _columns(relation: Any, names: Sequence[str]) -> tuple[int, list[Column]]:
    types = list(map(str, relation.types))
    texts = [f"CAST({duck.name(inner)} AS VARCHAR)" for inner in relation.columns]
    measures = ["count(*)"]
    for text in texts:
        given = f"{text} IS NOT NULL AND {text} <> '' AND lower({text}) <> 'nan'"
        measures += [
            f"approx_count_distinct({text}) FILTER ({given})",
            f"count(*) FILTER (NOT coalesce({given}, false))",
            rf"count(*) FILTER ({given} AND NOT regexp_full_match({text}, '[+-]?[0-9]{{1,15}}(\.0)?'))",
            f"count(*) FILTER ({given} AND NOT regexp_full_match({text}, {duck.text(duck.NUMBER)}))",
            f"count(*) FILTER ({given} AND NOT regexp_full_match({text}, {duck.text(_DAY)}))",
            f"count(*) FILTER ({given} AND NOT coalesce(TRY_CAST({text} AS DOUBLE) BETWEEN 0 AND 1, false))",
        ]
    ((rows, *counted),) = relation.aggregate(", ".join(measures)).fetchall()
    found = []
    for index, (name, text) in enumerate(zip(names, texts, strict=True)):
        distinct, missing, not_whole, not_number, not_day, outside = counted[6 * index : 6 * index + 6]
        kind = _kind(types[index], empty=missing == rows, whole=not_whole == 0, number=not_number == 0)
        if kind == "text" and not_day == 0 and missing < rows:
            kind = "dates"
        levels = None
        distinct = min(distinct, rows - missing)  # the approximate count may exceed what there is
        if distinct <= _SURELY_MANY:
            values = _values(relation, text)
            distinct = len(values)
            levels = values if _may_be_shown(name, kind, values, rows=rows - missing) else None
        guessed = roles(
            name, kind, distinct=distinct, given=rows - missing, shown=levels is not None, values=distinct > 1
        )
        unit = kind in ("numbers", "whole numbers") and outside == 0
        found.append(Column(name, kind, distinct, missing, levels, guessed, unit))
    return rows, found


def _kind(stored: str, *, empty: bool, whole: bool, number: bool) -> str:
    if stored == "BOOLEAN":
        return "true or false"
    if stored.startswith(("DATE", "TIME")):
        return "dates"
    if stored == "BLOB" or stored.endswith("]") or stored.startswith(("STRUCT", "MAP", "UNION")):
        return "other"
    if empty:
        return "text"
    return "whole numbers" if whole else "numbers" if number else "text"


def _values(relation: Any, text: str) -> tuple[str, ...]:
    """Every value once, spelt as a plan reads it; nothing recorded is no value."""
    query = relation.project(f"{text} AS value").filter("value IS NOT NULL AND value <> '' AND lower(value) <> 'nan'")
    found = {_spelt(value) for (value,) in query.distinct().fetchall()}
    return tuple(sorted(found, key=_order))


def _spelt(value: str) -> str:
    return canonical_value(value) if value.removesuffix(".0") != value else value


def _order(value: str) -> tuple[int, float, str]:
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value


def _may_be_shown(name: str, kind: str, values: Sequence[str], *, rows: int) -> bool:
    if kind in ("dates", "other") or not values or len(values) > MAX_SHOWN or rows < _ROWS_PER_VALUE * len(values):
        return False
    return not (words_of(name) & NAMES_PEOPLE) and not looks_personal(values)


def looks_personal(values: Iterable[str]) -> bool:
    """Whether any text looks like an e-mail address, a personal number, a postcode, a date or a remark.

    >>> looks_personal(["White", "Black", "25 to 34"]), looks_personal(["White", "SW1A 1AA"])
    (False, True)
    """
    return any(
        len(value) > _MAX_LENGTH or any(pattern.fullmatch(value.strip()) for pattern in _PERSONAL) for value in values
    )
