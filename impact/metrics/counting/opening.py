"""Opening what a plan names: files, and tables of databases and of Spark.

In: the plan's source and its folder. Out: a ``Table``.
Refuses files that are damaged, changed or outside the folder, before a row is read. Knows nothing of decisions.
Personal data: reads bytes, headers and schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck, spark
from impact.metrics.counting.csv_bytes import CsvFile, read_bytes
from impact.metrics.counting.databases import copied_from_postgres, duckdb_query, duckdb_table
from impact.metrics.counting.source import DataFile, Fingerprints, data_files
from impact.metrics.counting.table import Table, mapped_columns, require_columns
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.checks import Check

__all__ = ["Engine", "open_source"]

Engine = Literal["duckdb", "spark"]

_LARGE = 1 << 30


def open_source(
    plan: AuditPlan,
    *,
    base: Path,
    scratch: Path,
    progress: Callable[[str], None] | None = None,
    engine: Engine = "duckdb",
) -> Table:
    """Open what ``plan.source`` names: files below ``base``, or a table of a database or of Spark.

    Args:
        plan: The plan.
        base: The plan's folder.
        scratch: The run's own temporary folder.
        progress: Told what is being read.
        engine: What counts.

    Raises:
        MetricError: D01–D12, D63, D78, D88 from the files; D03 a mapped column is missing; D100 (exit 7) an engine is
            not installed; D101 it does not answer.
    """
    if plan.source.kind in ("spark", "postgres") and progress is not None:
        progress(f"reading table {plan.source.table}")
    if plan.source.kind == "spark":
        return _open_spark(plan, scratch)
    if plan.source.kind == "postgres":
        table = _open_postgres(plan, scratch)
    else:
        table = _open_files(plan, base=base, scratch=scratch, progress=progress)
    if engine == "duckdb":
        return table
    try:
        return _through_spark(table, plan, scratch)
    except BaseException:
        table.close()
        raise


def _open_spark(plan: AuditPlan, scratch: Path) -> Table:
    name = str(plan.source.table)
    running = spark.session(scratch)
    try:
        frame = spark.table(running, name)
        require_columns(plan, frame.columns, name, case_matters=False)
    except BaseException:
        running.close()
        raise
    columns = {each: each for each in frame.columns}
    return Table(frame, columns, name, spark.engine_name(), duckdb=False, checks=(no_digest(name),), spark=running)


def _through_spark(table: Table, plan: AuditPlan, scratch: Path) -> Table:
    """The same table, counted by Spark. Parquet it reads itself; the rest comes to it as Parquet.

    Spark reads CSV by rules of its own (an empty field, a quotation mark), and so would count another table.
    """
    if table.files and all(file.shown.endswith(".parquet") for file in table.files):
        paths, names = [file.path for file in table.files], dict(table.columns)
    else:
        names = {name: f"c{index}" for index, name in enumerate(mapped_columns(plan))}
        paths = [scratch / "spark.parquet"]
        chosen = ", ".join(f"{duck.name(table.columns[name])} AS {alias}" for name, alias in names.items())
        table.run(lambda: table.native.project(chosen).write_parquet(str(paths[0]), compression="zstd"))
    running = spark.session(scratch)
    try:
        frame = spark.parquet(running, paths, scratch=scratch, where=table.where)
    except BaseException:
        running.close()
        raise
    return replace(table, native=frame, columns=names, engine=spark.engine_name(), duckdb=False, spark=running)


def no_digest(name: str) -> Check:
    """What must be said of a table that is no file."""
    text = f"“{name}” is a table and not a file: no digest shows later that it is the one that was counted."
    return Check("D102", "warning", text)


def _open_files(plan: AuditPlan, *, base: Path, scratch: Path, progress: Callable[[str], None] | None) -> Table:
    files = data_files(plan.source.path, base=base)
    size = sum(file.size for file in files)
    if progress is not None:
        count = f"{len(files)} files" if len(files) > 1 else files[0].shown
        progress(f"reading {count} ({_size(size)})")
    large: tuple[Check, ...] = ()
    if size > _LARGE:
        text = f"{size / 1e9:.1f} GB: counted in a stream; only counts enter memory."
        large = (Check("D61", "info", text),)
    if plan.source.kind == "parquet" or (plan.source.kind == "counts" and files[0].shown.endswith(".parquet")):
        return _open_parquet(plan, files, large, scratch)
    if plan.source.kind == "sqlite":
        return _open_sqlite(plan, files, large, scratch)
    if plan.source.kind == "duckdb":
        return _open_duckdb(plan, files, large, scratch)
    return _open_csv(plan, files, large, scratch)


def _open_csv(plan: AuditPlan, files: tuple[DataFile, ...], checks: tuple[Check, ...], scratch: Path) -> Table:
    source = plan.source
    faults: list[Fault] = []
    read: list[CsvFile] = []
    for file in files:
        try:
            read.append(read_bytes(file, encoding=source.encoding, delimiter=source.delimiter, scratch=scratch))
        except MetricError as error:
            faults += error.faults
    if faults:
        raise MetricError(faults)
    header = read[0].header
    others = [
        Fault(
            each.file.shown, f"its columns are not those of {read[0].file.shown}", "", "Name files of one kind", "D63"
        )
        for each in read
        if each.header != header
    ]
    if others:
        raise MetricError(others)
    require_columns(plan, header, source.path)
    paths = [duck.plain_path(each.readable, scratch=scratch) for each in read]
    connection = duck.connect(paths, scratch=scratch)
    relation = duck.csv_relation(connection, paths, columns=len(header), delimiter=source.delimiter)
    return Table(
        relation,
        {name: f"c{index}" for index, name in enumerate(header)},
        source.path,
        duck.engine_name(),
        duckdb=True,
        known=tuple(each.source for each in read),
        checks=(*checks, *(check for each in read for check in each.checks)),
        files=files,
        csv=tuple(read),
        delimiter=source.delimiter,
        owner=connection,
    )


def _open_parquet(plan: AuditPlan, files: tuple[DataFile, ...], checks: tuple[Check, ...], scratch: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    faults, schemas, rows = [], [], 0
    for file in files:
        try:
            held = pq.ParquetFile(file.path)
            schemas.append(held.schema_arrow)
            rows += held.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError):
            found = "this is not a readable Parquet file: it is damaged, incomplete or of another kind"
            faults.append(Fault(file.shown, found, "", "Export it again, or correct “kind”", "D88"))
    if faults:
        raise MetricError(faults)
    mapped = mapped_columns(plan)
    for file, schema in zip(files, schemas, strict=True):
        try:
            require_columns(plan, schema.names, file.shown, case_matters=False)
        except MetricError as error:
            faults += error.faults
            continue
        for name in mapped:
            one, other = schemas[0], schema
            if name in one.names and one.field(name).type != other.field(name).type:
                found = f"“{name}” is {other.field(name).type} here and {one.field(name).type} in {files[0].shown}"
                faults.append(Fault(file.shown, found, "one type in all files", "Export them alike", "D63"))
    if faults:
        raise MetricError(faults)
    if not rows:
        raise MetricError(Fault(plan.source.path, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    paths = [duck.plain_path(file.path, scratch=scratch) for file in files]
    whole = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_string, pa.types.is_large_string)
    fractions = not all(any(test(schemas[0].field(name).type) for test in whole) for name in mapped)
    connection = duck.connect(paths, scratch=scratch, fractions=fractions)
    relation = duck.parquet_relation(connection, paths)
    return _of_files(relation, schemas[0].names, plan.source.path, connection, files, checks)


def _open_duckdb(plan: AuditPlan, files: tuple[DataFile, ...], checks: tuple[Check, ...], scratch: Path) -> Table:
    where = files[0].shown
    if len(files) > 1:
        raise MetricError(Fault(plan.source.path, "several DuckDB files match", "one file", "Name one", "D63"))
    path = duck.plain_path(files[0].path, scratch=scratch)
    connection = duck.connect([path, path.with_name(path.name + ".wal")], scratch=scratch)
    try:
        if plan.source.query:
            relation = duckdb_query(connection, path, plan.source.query, _wanted(plan, where), where=where)
        else:
            relation = duckdb_table(connection, path, str(plan.source.table), where=where)
            require_columns(plan, relation.columns, where, case_matters=False)
        if not relation.limit(1).fetchall():
            raise MetricError(Fault(where, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    except BaseException:
        connection.close()
        raise
    return _of_files(relation, relation.columns, where, connection, files, checks)


def _wanted(plan: AuditPlan, where: str) -> Callable[[list[str]], list[str]]:
    """Of the columns that there are those that the plan maps, or a refusal."""

    def columns(names: list[str]) -> list[str]:
        require_columns(plan, names, where, case_matters=False)
        return list(mapped_columns(plan))

    return columns


def _open_postgres(plan: AuditPlan, scratch: Path) -> Table:
    name, target = str(plan.source.table), scratch / "postgres.parquet"
    mapped = list(mapped_columns(plan))

    def wanted(names: list[str]) -> list[str]:
        require_columns(plan, names, name)
        return mapped

    rows, version = copied_from_postgres(str(plan.source.url_env), name, columns=wanted, target=target)
    if not rows:
        raise MetricError(Fault(name, "0 rows: there is nothing to audit", "", "Check the table", "D02"))
    connection = duck.connect([target], scratch=scratch)
    return Table(
        duck.parquet_relation(connection, [target]),
        {each: each for each in mapped},
        name,
        f"{duck.engine_name()}, postgresql {version}",
        duckdb=True,
        checks=(no_digest(name),),
        owner=connection,
    )


def _open_sqlite(plan: AuditPlan, files: tuple[DataFile, ...], checks: tuple[Check, ...], scratch: Path) -> Table:
    from impact.metrics.counting.sqlite_table import copied, header_of, header_of_query

    query = plan.source.query or ""
    where, table = files[0].shown, str(plan.source.table)
    if len(files) > 1:
        raise MetricError(Fault(plan.source.path, "several SQLite files match", "one file", "Name one", "D63"))
    path = files[0].path
    header = header_of_query(path, query, where=where) if query else header_of(path, table, where=where)
    require_columns(plan, header, where, case_matters=False)
    columns = list(mapped_columns(plan))
    target = scratch / "sqlite.parquet"
    if not copied(path, table, columns, target=target, where=where, query=query):
        raise MetricError(Fault(where, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    connection = duck.connect([target], scratch=scratch)
    return _of_files(duck.parquet_relation(connection, [target]), columns, where, connection, files, checks)


def _of_files(
    relation: Any,
    columns: Iterable[str],
    where: str,
    connection: Any,
    files: tuple[DataFile, ...],
    checks: tuple[Check, ...],
) -> Table:
    """A table of our own connection whose columns keep their names, and whose files have digests."""
    return Table(
        relation,
        {name: name for name in columns},
        where,
        duck.engine_name(),
        duckdb=True,
        prints=Fingerprints(files),
        checks=checks,
        files=files,
        owner=connection,
    )


def _size(number: int) -> str:
    """Bytes as a person says them.

    >>> _size(512), _size(16_900), _size(12_400_000)
    ('512 bytes', '17 kB', '12.4 MB')
    """
    if number < 1_000:
        return f"{number} bytes"
    return f"{number / 1e3:,.0f} kB" if number < 1_000_000 else f"{number / 1e6:,.1f} MB"
