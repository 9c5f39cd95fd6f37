"""A table of an SQLite file, read in one transaction and copied into a Parquet file that is removed after the count.

In: a file, a table's name, the columns to read. Out: a Parquet file in the run's own temporary folder.
Refuses to write to the database, and columns whose values are of several kinds: SQLite lets each row have its own type.
Personal data: streams through in pieces; the copy holds only the mapped columns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from impact.errors import Fault, MetricError

__all__ = ["copied", "header_of", "header_of_query"]

_ROWS = 100_000


def header_of(path: Path, table: str, *, where: str) -> list[str]:
    """Names of the table's columns.

    Raises:
        MetricError: D03 no such table; D65 the database is being written to; D88 not an SQLite file.
    """
    _settled(path, where)
    try:
        with closing(_open(path)) as connection:
            named = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            tables = [str(name) for (name,) in connection.execute(named)]
            if table not in tables:
                listed = ", ".join(tables[:20]) or "none"
                raise MetricError(Fault(where, f"no table “{table}”", f"tables present: {listed}", "", "D03"))
            cursor = connection.execute(f"SELECT * FROM {_name(table)} LIMIT 0")  # noqa: S608  # a quoted name
            return [str(column[0]) for column in cursor.description]
    except sqlite3.Error:
        raise _unreadable(where) from None


def header_of_query(path: Path, query: str, *, where: str) -> list[str]:
    """Names of the columns that a query gives.

    Raises:
        MetricError: D65 the database is being written to; D88 not an SQLite file; D176 it cannot be run.
    """
    _settled(path, where)
    try:
        with closing(_open(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
            try:
                cursor = connection.execute(f"SELECT * FROM ({query}\n) LIMIT 0")  # noqa: S608  # read-only, one statement
            except sqlite3.Error:
                raise _no_query(where) from None
            return [str(column[0]) for column in cursor.description]
    except sqlite3.Error:
        raise _unreadable(where) from None


def copied(path: Path, table: str, columns: Sequence[str], *, target: Path, where: str, query: str = "") -> int:
    """Copy the columns of a table, or of what a query gives, into a Parquet file, and say how many rows there are.

    Raises:
        MetricError: D41 a column of several kinds, D64 one of bytes, D88 unreadable.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    listed = ", ".join(map(_name, columns))
    origin = f"({query}\n)" if query else _name(table)
    try:
        with closing(_open(path)) as connection:
            connection.execute("BEGIN")  # every SELECT below sees the same rows
            kinds = ", ".join(f"typeof({_name(column)})" for column in columns)
            seen = connection.execute(f"SELECT DISTINCT {kinds} FROM {origin}").fetchall()  # noqa: S608
            types = _types(columns, [set(each) for each in zip(*seen, strict=True)], where)
            schema = pa.schema(list(zip(columns, types, strict=True)))
            cursor = connection.execute(f"SELECT {listed} FROM {origin}")  # noqa: S608  # quoted names
            rows = 0
            with pq.ParquetWriter(target, schema, compression="zstd") as writer:
                while piece := cursor.fetchmany(_ROWS):
                    held = [
                        pa.array(values, type=kind)
                        for values, kind in zip(zip(*piece, strict=True), types, strict=True)
                    ]
                    writer.write_batch(pa.record_batch(held, schema=schema))
                    rows += len(piece)
    except (sqlite3.Error, pa.ArrowException):
        raise _unreadable(where) from None
    return rows


def _types(columns: Sequence[str], seen: Sequence[set[str]], where: str) -> list[Any]:
    import pyarrow as pa

    types, faults = [], []
    for column, kinds in zip(columns, seen or [set() for _ in columns], strict=True):
        held = kinds - {"null"}
        types.append(pa.string() if held <= {"text"} else pa.int64() if held == {"integer"} else pa.float64())
        if "blob" in held:
            faults.append(
                Fault(where, f"“{column}” is a binary column and cannot be used", "", "Export it as text", "D64")
            )
        elif "text" in held and len(held) > 1:
            faults.append(
                Fault(where, f"“{column}” mixes numbers and text", "one kind of value", "Export it as text", "D41")
            )
    if faults:
        raise MetricError(faults)
    return types


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)


def _settled(path: Path, where: str) -> None:
    waiting = path.with_name(path.name + "-wal")
    if waiting.exists() and waiting.stat().st_size:
        remedy = "Close the program that writes to it, or take a copy with SQLite's “.backup”"
        raise MetricError(Fault(where, "the database is in use: changes wait beside the file", "", remedy, "D65"))


def _no_query(where: str) -> MetricError:
    return MetricError(Fault(where, "the query of the plan cannot be run", "", "Try it in the database itself", "D176"))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unreadable(where: str) -> MetricError:
    return MetricError(Fault(where, "this is not a readable SQLite table", "", "Check “kind” and the file", "D88"))
