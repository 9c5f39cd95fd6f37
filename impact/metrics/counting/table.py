"""Any table, opened: named columns over DuckDB, polars or pyarrow, ready for one aggregate.

In: the plan's source, or a frame from Python. Out: a ``Table``, the files' digests, and checks of the files.
Refuses to read rows: opening looks at bytes, headers and schemas. Knows nothing of groups, decisions or outcomes beyond
the names of the columns that the plan maps.
Personal data: only inside the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck
from impact.metrics.counting.csv_bytes import CsvFile, damage_of, read_bytes
from impact.metrics.counting.source import DataFile, SourceFile, data_files, fingerprint_of
from impact.metrics.plans.plan import AuditPlan, count_column
from impact.metrics.tables.checks import Check
from impact.yamlfile import nearest

__all__ = ["Table", "mapped_columns", "open_files", "open_frame", "summed"]

_LARGE = 1 << 30


@dataclass(frozen=True)
class Table:
    """A table that has been opened but not read.

    Attributes:
        native: A DuckDB relation, a polars frame or a pyarrow table.
        columns: Column name as the plan writes it -> name inside ``native``.
        where: How messages name the table.
        engine: Name and version of what will count.
        duckdb: Whether ``native`` is a DuckDB relation, so that text can be tried as numbers.
        fingerprint: Files, digests and sizes; empty for a frame.
        checks: What was noticed while opening.
        files: The files, to see afterwards that nobody changed them.
        csv: The CSV files, to explain why the engine refused one.
        delimiter: Of those CSV files.
    """

    native: Any
    columns: Mapping[str, str]
    where: str
    engine: str
    duckdb: bool
    fingerprint: tuple[SourceFile, ...] = ()
    checks: tuple[Check, ...] = ()
    files: tuple[DataFile, ...] = ()
    csv: tuple[CsvFile, ...] = ()
    delimiter: str = ","
    owner: Any = field(default=None, repr=False)  # keeps a connection of ours alive as long as its relation

    def fetch(self, query: Any, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Run a narwhals query that gives few rows, and return the named columns of them.

        Raises:
            MetricError: D09 or D10 for a CSV file that cannot be parsed, D61 out of memory or disk, D88 else.
        """
        ordered = query.select(*names)
        if not self.duckdb:
            return list(self._collected(ordered).rows())
        # Not through narwhals: collecting into pyarrow leaves nanobind complaining at exit (narwhals 2.28).
        rows: list[tuple[Any, ...]] = self._run(ordered.to_native().fetchall)
        return rows

    def fetch_columns(self, query: Any, names: Sequence[str]) -> dict[str, Any]:
        """Run a narwhals query that gives counts, and return the named columns as numpy arrays without nulls.

        Raises:
            MetricError: As :meth:`fetch`.
        """
        import numpy as np

        ordered = query.select(*names)
        if not self.duckdb:
            result = self._collected(ordered)
            found = {name: result[name].to_numpy() for name in names}
        else:
            found = self._run(ordered.to_native().fetchnumpy)
        columns = {name: np.asarray(found[name]) for name in names}
        return {name: each if each.dtype.kind in "iuf" else each.astype(object) for name, each in columns.items()}

    def kept(self, frame: Any, name: str) -> Any:
        """The frame as a table inside our own connection, so that several queries cost one scan; else the frame itself.

        Nothing leaves the engine; what does not fit into memory is spilled into the run's temporary folder.

        Raises:
            MetricError: As :meth:`fetch`.
        """
        if self.owner is None:
            return frame
        import narwhals as nw

        native = frame.to_native()
        self._run(lambda: native.create(name))
        return nw.from_native(self.owner.table(name))

    def _collected(self, query: Any) -> Any:
        import narwhals as nw

        try:
            return query.collect() if isinstance(query, nw.LazyFrame) else query
        except (nw.exceptions.ComputeError, OSError):
            # A lazy scan fails only now, with a message that quotes rows.
            raise self.refusal() from None

    def _run(self, fetch: Callable[[], Any]) -> Any:
        import duckdb

        try:
            return fetch()
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException):
            raise  # our own fault, which must not be blamed on the file
        except duckdb.OutOfMemoryException:
            remedy = "Free memory or temporary disk space, or map fewer group columns"
            raise MetricError(Fault(self.where, "counting ran out of memory or disk", "", remedy, "D61")) from None
        except duckdb.Error:
            raise self.refusal() from None

    def close(self) -> None:
        """Close a connection of ours; one that the caller gave stays open."""
        if self.owner is not None:
            self.owner.close()

    def refusal(self) -> MetricError:
        """Why the engine could not read the table, without its own message, which quotes rows."""
        faults = [fault for each in self.csv for fault in damage_of(each, delimiter=self.delimiter)]
        if not faults and self.csv:
            found = "the file is not CSV as declared"
            remedy = "Check “delimiter” and quotation marks, or export it again"
            faults = [Fault(self.where, found, "", remedy, "D09")]
        if not faults:
            faults = [_unreadable(self.where)]
        return MetricError(faults)


def summed(grouped: Any, names: Sequence[str], *also: Any) -> Any:
    """Sums of whole numbers by group, as 64-bit numbers: in DuckDB such a sum has 128 bits, and numpy no such column.

    Args:
        grouped: A narwhals frame after ``group_by``.
        names: Columns of whole numbers to add up.
        also: Further aggregates.
    """
    import narwhals as nw

    found = grouped.agg(*also, *[nw.col(name).sum() for name in names])
    return found.with_columns(*[nw.col(name).cast(nw.Int64) for name in names]) if names else found


def _unreadable(where: str) -> Fault:
    return Fault(where, "the table cannot be read: it is damaged or incomplete", "", "Export it again", "D88")


def mapped_columns(plan: AuditPlan) -> dict[str, str]:
    """Each column that the plan maps, with the key of the plan that maps it, in the order of the plan."""
    columns = plan.columns
    mapped: dict[str, str] = {}
    counted = count_column(plan)
    if counted is not None:
        mapped[counted] = "source.count" if plan.source.count is not None else "columns.weight"
    mapped[columns.decision.column] = "columns.decision"
    if columns.outcome is not None:
        mapped[columns.outcome.name] = "columns.outcome"
    if columns.human is not None:
        mapped[columns.human.name] = "columns.human"
    for key, group in plan.groups.items():
        mapped.setdefault(group.name, f"groups.{key}")
    for key, stratum in plan.strata.items():
        mapped.setdefault(stratum.name, f"strata.{key}")
    for role in ("score", "weight", "reviewer", "review_seconds", "time", "version"):
        part = getattr(columns, role)
        if part is not None:
            mapped.setdefault(part.name, f"columns.{role}")
    mapped = {each.column: f"columns.also.{key}" for key, each in columns.also.items()} | mapped
    if plan.unit.person_id is not None:
        mapped.setdefault(plan.unit.person_id, "unit.person_id")
    return mapped


def open_files(plan: AuditPlan, *, base: Path, scratch: Path, progress: Callable[[str], None] | None) -> Table:
    """Open what ``plan.source`` names, below ``base``.

    Raises:
        MetricError: D01–D12, D63, D78, D88 from the files; D03 a mapped column is missing.
    """
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
    _require_columns(plan, header, source.path)
    paths = [duck.plain_path(each.readable, scratch=scratch) for each in read]
    connection = duck.connect(paths, scratch=scratch)
    relation = duck.csv_relation(connection, paths, columns=len(header), delimiter=source.delimiter)
    return Table(
        relation,
        {name: f"c{index}" for index, name in enumerate(header)},
        source.path,
        duck.engine_name(),
        duckdb=True,
        fingerprint=tuple(each.source for each in read),
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
            _require_columns(plan, schema.names, file.shown, case_matters=False)
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
    connection = duck.connect(paths, scratch=scratch)
    relation = duck.parquet_relation(connection, paths)
    return Table(
        relation,
        {name: name for name in schemas[0].names},
        plan.source.path,
        duck.engine_name(),
        duckdb=True,
        fingerprint=tuple(fingerprint_of(file) for file in files),
        checks=checks,
        files=files,
        owner=connection,
    )


def _open_sqlite(plan: AuditPlan, files: tuple[DataFile, ...], checks: tuple[Check, ...], scratch: Path) -> Table:
    from impact.metrics.counting.sqlite_table import copied, header_of

    where, table = files[0].shown, str(plan.source.table)
    if len(files) > 1:
        raise MetricError(Fault(plan.source.path, "several SQLite files match", "one file", "Name one", "D63"))
    _require_columns(plan, header_of(files[0].path, table, where=where), where, case_matters=False)
    columns = list(mapped_columns(plan))
    target = scratch / "sqlite.parquet"
    fingerprint = fingerprint_of(files[0])
    if not copied(files[0].path, table, columns, target=target, where=where):
        raise MetricError(Fault(where, "0 rows: there is nothing to audit", "", "Check the export", "D02"))
    connection = duck.connect([target], scratch=scratch)
    return Table(
        duck.parquet_relation(connection, [target]),
        {name: name for name in columns},
        where,
        duck.engine_name(),
        duckdb=True,
        fingerprint=(fingerprint,),
        checks=checks,
        files=files,
        owner=connection,
    )


def open_frame(plan: AuditPlan, native: Any, *, scratch: Path) -> Table:
    """Open a frame from Python: pandas, polars (eager or lazy), pyarrow, or a DuckDB relation.

    pandas goes through DuckDB, which counts a frame three times as fast and treats missing values like a file's.

    Raises:
        MetricError: D03 a mapped column is missing, D41 a column of mixed kinds, D89 not a table.
    """
    import narwhals as nw

    columns = {name: name for name in mapped_columns(plan)}
    if nw.dependencies.is_pandas_dataframe(native):
        _require_columns(plan, [str(name) for name in native.columns], "the table", case_matters=False)
        mapped = native[list(columns)].reset_index(drop=True)
        _one_kind(mapped)
        connection = duck.connect([], scratch=scratch)
        relation = connection.from_df(mapped)
        return Table(relation, columns, "the table", duck.engine_name(), duckdb=True, owner=connection)
    try:
        frame = nw.from_native(native)
        names = frame.collect_schema().names()
    except TypeError:
        wanted = "a pandas or polars frame, a pyarrow table or a DuckDB relation"
        raise MetricError(Fault("the table", f"a {type(native).__name__}", wanted, "", "D89")) from None
    except nw.exceptions.DuplicateError:
        raise MetricError(Fault("the table", "two columns have one name", "", "Rename one of them", "D04")) from None
    except (nw.exceptions.ComputeError, OSError):
        raise MetricError(_unreadable("the table")) from None
    implementation = frame.implementation
    _require_columns(plan, names, "the table")
    if implementation.is_duckdb():
        return Table(native, columns, "the table", duck.engine_name(), duckdb=True)
    module = implementation.to_native_namespace()
    return Table(native, columns, "the table", f"{module.__name__} {module.__version__}", duckdb=False)


def _one_kind(frame: Any) -> None:
    """An object column may hold 1 and "1"; read as text they would become one group."""
    import pandas as pd

    faults = []
    for name in frame.columns:
        column = frame[name]
        values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
        if values.dtype == object:
            kind = pd.api.types.infer_dtype(values, skipna=True)
            if kind in ("mixed", "mixed-integer", "bytes"):
                found = f"“{name}” mixes numbers and text, or holds other objects"
                faults.append(Fault("the table", found, "one kind of value", "Export it as text", "D41"))
    if faults:
        raise MetricError(faults)


def _require_columns(plan: AuditPlan, names: Sequence[str], where: str, *, case_matters: bool = True) -> None:
    faults, folded = [], [name.casefold() for name in names]
    for name, role in mapped_columns(plan).items():
        if name not in names:
            near = nearest(name, names)
            listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
            remedy = f"Did you mean “{near}”?" if near else "Correct the name in the plan"
            faults.append(Fault(where, f"no column “{name}” ({role})", f"columns present: {listed}", remedy, "D03"))
        elif list(names).count(name) > 1:
            faults.append(Fault(where, f"column “{name}” appears twice", "each name once", "Rename one", "D04"))
        elif folded.count(name.casefold()) > 1 and not case_matters:
            found = f"two columns are called “{name}” but for upper and lower case"
            faults.append(Fault(where, found, "names that differ", "Rename one of them", "D04"))
    if faults:
        raise MetricError(faults)


def _size(number: int) -> str:
    """Bytes as a person says them.

    >>> _size(512), _size(16_900), _size(12_400_000)
    ('512 bytes', '17 kB', '12.4 MB')
    """
    if number < 1_000:
        return f"{number} bytes"
    return f"{number / 1e3:,.0f} kB" if number < 1_000_000 else f"{number / 1e6:,.1f} MB"
