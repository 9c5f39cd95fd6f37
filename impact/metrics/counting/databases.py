"""Tables of databases: of a DuckDB file, read where it stands, and of PostgreSQL, copied for the count.

In: a file or the address of a server, a table's name, the columns to read. Out: a relation, or a Parquet file.
Refuses to write, to read more than the mapped columns, and to repeat what a server says: it may quote the address.
Personal data: streams through in pieces; the copy holds only the mapped columns and goes with the run's folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from impact.errors import Exit, Fault, MetricError
from impact.metrics.counting import duck

__all__ = ["Postgres", "copied_from_postgres", "duckdb_query", "duckdb_table"]

_DRIVER = "Install it: pip install 'impact-assessment[postgres]'"
_COLUMNS = """
SELECT attname, typname, typtype::text FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = to_regclass($1)::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# Types that arrive as themselves; times with a zone, bytes and lists among them, so that they are refused as in files.
_AS_THEY_ARE = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "date", "timestamp", "timestamptz", "bytea"}
)

# From 4713 BC, where PostgreSQL begins, to what fits into a file; since 1970, as Arrow counts.
_MICROSECONDS = (-210_866_803_200_000_000, 9_223_000_000_000_000_000)
_DAYS = (-2_440_588, 2_145_000_000)


def duckdb_table(connection: Any, path: Path, name: str, *, where: str, alias: str = "data") -> Any:
    """A table or view of a DuckDB file, opened for reading only.

    Args:
        connection: A connection of ours that may read the file.
        path: The file.
        name: ``table`` or ``schema.table``.
        where: How messages name the file.
        alias: Name of the database in the connection, where several are opened.

    Raises:
        MetricError: D03 no such table; D65 another program writes to the file; D88 it is no DuckDB file that this
            release reads.
    """
    import duckdb

    found = _attached(connection, path, alias=alias, where=where)
    spelt = {f"{schema}.{table}": (schema, table) for schema, table in found}
    spelt |= {table: (schema, table) for schema, table in found if schema == "main"}
    if name not in spelt:
        listed = ", ".join(sorted(spelt)[:20]) or "none"
        raise MetricError(Fault(where, f"no table “{name}”", f"tables present: {listed}", "", "D03"))
    schema, table = spelt[name]
    try:
        return connection.sql(f"SELECT * FROM {alias}.{duck.name(schema)}.{duck.name(table)}")  # noqa: S608  # quoted
    except duckdb.Error:
        # A view may read files that nobody named in the plan.
        remedy = "Make a table of it: it may read other files"
        raise MetricError(Fault(where, f"the view “{name}” cannot be read here", "", remedy, "D88")) from None


def _attached(connection: Any, path: Path, *, where: str, alias: str = "data") -> list[tuple[str, str]]:
    """Attach the file, for reading only; schema and name of its tables and views."""
    import duckdb

    waiting = path.with_name(path.name + ".wal")
    if waiting.exists() and waiting.stat().st_size:
        remedy = "Close the program that writes to it, or take a copy after “CHECKPOINT”"
        raise MetricError(Fault(where, "the database is in use: changes wait beside the file", "", remedy, "D65"))
    try:
        connection.execute(f"ATTACH {duck.text(str(path))} AS {alias} (READ_ONLY, TYPE duckdb)")
        found: list[tuple[str, str]] = connection.execute(
            f"SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = '{alias}' UNION ALL "  # noqa: S608  # ours
            f"SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = '{alias}' AND NOT internal"
        ).fetchall()
    except duckdb.Error:
        remedy = "Close other programs that use it, check “kind”, or export the table as Parquet"
        raise MetricError(Fault(where, "this is not a readable DuckDB file", "", remedy, "D88")) from None
    return found


def duckdb_query(connection: Any, path: Path, query: str, columns: Any, *, where: str) -> Any:
    """What a query over a DuckDB file gives: read once, and kept in our own connection for the count.

    Args:
        connection: A connection of ours that may read the file and nothing else.
        path: The file; its tables of the schema ``main`` have their own names in the query, all others ``data.…``.
        query: One SELECT.
        columns: Given the names of the columns; returns those to keep, or raises.
        where: How messages name the file.

    Raises:
        MetricError: D65 and D88 as :func:`duckdb_table`; D176 the query cannot be run, or is no single SELECT.
    """
    import duckdb

    names = _attached(connection, path, where=where)
    for name in (table for schema, table in names if schema == "main"):
        origin = f"data.main.{duck.name(name)}"
        try:
            connection.execute(f"CREATE TEMP VIEW {duck.name(name)} AS SELECT * FROM {origin}")  # noqa: S608  # quoted
        except duckdb.Error:
            continue  # a view that reads other files: the query fails where it uses it
    refusal = Fault(where, "the query of the plan cannot be run", "", "Try it in the database itself", "D176")
    try:
        statements = connection.extract_statements(query)
        if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
            raise MetricError(refusal)
        found = connection.sql(f"SELECT * FROM ({query}\n)")  # noqa: S608  # one SELECT
        listed = ", ".join(map(duck.name, columns(list(found.columns))))
        # Whatever the query draws or sorts by, every table of counts is then of the same rows.
        connection.execute(f"CREATE TEMP TABLE impact_rows AS SELECT {listed} FROM ({query}\n)")  # noqa: S608  # as above
        return connection.table("impact_rows")
    except duckdb.Error:
        raise MetricError(refusal) from None


class Postgres:
    """One read-only transaction on a server: whatever is copied in it stood there at one moment.

    Args:
        variable: The environment variable that holds the address.
        where: How messages name what is read.

    Raises:
        MetricError: D100 (exit 7) no driver; D101 no address, no answer.
    """

    def __init__(self, variable: str, where: str) -> None:
        self.where = where
        address = os.environ.get(variable)
        if not address:
            remedy = f"Set {variable} to the address of the database: postgresql://user@host/database"
            raise MetricError(Fault(where, f"the environment variable {variable} is not set", "", remedy, "D101"))
        try:
            import adbc_driver_postgresql.dbapi as driver
        except ImportError:
            found = "the driver for PostgreSQL is missing"
            raise MetricError(Fault(where, found, "", _DRIVER, "D100", Exit.MISSING)) from None
        self.error = driver.Error
        try:
            self.connection = driver.connect(address)
        except driver.Error:
            remedy = f"Check the address in {variable}, and with “psql” that the server answers"
            raise MetricError(Fault(where, "PostgreSQL cannot be reached", "", remedy, "D101")) from None

    def __enter__(self) -> Self:
        try:
            self.cursor = self.connection.cursor()
            # Every statement below sees the same rows, and none can change any.
            self.cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self.cursor.execute("SELECT current_setting('server_version')")
            ((version,),) = self.cursor.fetchall()
        except self.error:
            self.connection.close()
            raise self._refused(self.where) from None
        self.version = str(version).split()[0]
        return self

    def __exit__(self, *error: object) -> None:
        self.cursor.close()
        self.connection.close()

    def copied(self, table: str, *, columns: Callable[[list[str]], Sequence[str]], target: Path) -> int:
        """Copy columns of a table or view into a Parquet file, in pieces; how many rows it has.

        Args:
            table: ``table`` or ``schema.table``, as SQL would write it.
            columns: Given the names of the table's columns; returns those to read, or raises. With none, only rows.
            target: The file to make.

        Raises:
            MetricError: D101 the server could not read it, and the transaction is over; D03 no such table; D205 times
                without end.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        cursor, rows = self.cursor, 0
        try:
            cursor.execute(_COLUMNS, parameters=[table])
            types = {name: (kind, sort) for name, kind, sort in cursor.fetchall()}
            if not types:
                remedy = "Give it as “schema.table”, in quotation marks where SQL needs them"
                raise MetricError(Fault(table, f"no table “{table}”", "", remedy, "D03"))
            wanted = columns(list(types))
            cursor.execute("SELECT to_regclass($1)::text", parameters=[table])
            ((quoted,),) = cursor.fetchall()
            listed = ", ".join(_read_as(name, *types[name]) for name in wanted) or "true AS nothing"
            cursor.execute(f"SELECT {listed} FROM {quoted}")  # noqa: S608  # names that the server itself has quoted
            with cursor.fetch_record_batch() as pieces, pq.ParquetWriter(target, pieces.schema) as writer:
                for piece in pieces:
                    _require_ends(piece, table)
                    writer.write_batch(piece)
                    rows += piece.num_rows
        except (self.error, pa.ArrowException):
            raise self._refused(table) from None
        return rows

    @staticmethod
    def _refused(where: str) -> MetricError:
        remedy = "Check with “psql” that the table can be read"
        return MetricError(Fault(where, "PostgreSQL could not read the table", "", remedy, "D101"))


def copied_from_postgres(
    variable: str, table: str, *, columns: Callable[[list[str]], Sequence[str]], target: Path
) -> tuple[int, str]:
    """Copy columns of one table or view into a Parquet file.

    Args:
        variable: The environment variable that holds the address.
        table: ``table`` or ``schema.table``, as SQL would write it.
        columns: Given the names of the table's columns; returns those to read, or raises.
        target: The file to make.

    Returns:
        How many rows, and the version of the server.

    Raises:
        MetricError: D100 (exit 7) no driver; D101 no address, no answer; D03 no such table or column; D205 “infinity”.
    """
    with Postgres(variable, table) as server:
        return server.copied(table, columns=columns, target=target), server.version


def _read_as(name: str, kind: str, sort: str) -> str:
    """A column as a type that files have too: exact numbers as floats, names of categories as text."""
    column = duck.name(name)
    if kind in _AS_THEY_ARE or kind.startswith("_") or sort == "c":
        return column
    return f"{column}::{'float8' if kind == 'numeric' else 'text'} AS {column}"


def _require_ends(piece: Any, table: str) -> None:
    """Refuse “infinity” and “-infinity”: the driver turns them into days before the year -290,000.

    Raises:
        MetricError: D205, once for each column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    faults = []
    for field, column in zip(piece.schema, piece.columns, strict=True):
        if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
            whole, (least, most) = (pa.int64(), _MICROSECONDS) if field.type.bit_width == 64 else (pa.int32(), _DAYS)
            found = pc.min_max(column.cast(whole)).as_py()
            if found["min"] is not None and not (least <= found["min"] and found["max"] <= most):
                remedy = "Make a view that leaves it empty where there is no end"
                faults.append(Fault(table, f"“{field.name}” holds “infinity”", "days and times", remedy, "D205"))
    if faults:
        raise MetricError(faults)
