"""A decision log and the tables beside it, opened in one connection that can read nothing else.

In: what claims.yaml names, and the columns that the contract declares. Out: a ``DecisionLog`` that answers SQL with
aggregates. Every table is a view with the contract's names and kinds; a value that is not of its kind is refused before
anything is asked, and counted, never shown. Personal data: streams through DuckDB; only aggregates are fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from impact.errors import Exit, Fault, MetricError
from impact.metrics.counting import duck
from impact.metrics.counting.csv_bytes import CsvFile, damage_of, read_bytes
from impact.metrics.counting.databases import duckdb_table
from impact.metrics.counting.source import DataFile, Fingerprints, SourceFile, data_files, require_unchanged
from impact.metrics.logs.columns import WANTED, Field, Typed, typed
from impact.metrics.logs.servers import copied_tables, no_column
from impact.metrics.logs.source import LogSource

__all__ = ["DecisionLog", "open_log"]

_T = TypeVar("_T")


@dataclass
class DecisionLog:
    """Opened tables. ``log`` is the case log; ``cases`` is the same with each case's groups; others by their names.

    Attributes:
        columns: Table -> columns of the contract that it has; of ``inputs``, every column that the file has.
        engine: Name and version of what answers.
        notes: What should be known of the files.
    """

    columns: Mapping[str, frozenset[str]]
    engine: str
    notes: tuple[str, ...]
    _connection: Any = field(repr=False)
    _opened: tuple[_Opened, ...] = field(repr=False)
    _prints: Fingerprints = field(repr=False)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run one query and return its rows by name. For aggregates: what it gives is kept in the record.

        Raises:
            MetricError: D61 out of memory or disk; D88 a file that the engine cannot read to its end.
        """
        return _run(lambda: _fetched(self._connection.execute(sql)), self._opened)

    def keep(self, name: str, sql: str) -> None:
        """Keep the answer to one query as a table beside the views, to be asked again. For few rows: aggregates."""
        made = f"CREATE OR REPLACE TEMP TABLE {duck.name(name)} AS {sql}"
        _run(lambda: self._connection.execute(made), self._opened)

    def frame(self, sql: str) -> Any:
        """Run one query and return a pandas frame: for a stated sample of rows that a model is fitted to."""
        return _run(lambda: self._connection.execute(sql).df(), self._opened)

    def batches(self, sql: str, size: int) -> Iterator[Any]:
        """Run one query and give its rows in Arrow batches, in the order of the file, none kept: for one pass."""
        reader = _run(lambda: self._connection.sql(sql).to_arrow_reader(size), self._opened)
        while (batch := _run(lambda: next(reader, None), self._opened)) is not None:
            yield batch

    def files(self) -> tuple[tuple[str, SourceFile], ...]:
        """(table, file with digest) of everything that was read, in the order in which it was opened.

        Raises:
            MetricError: D65 a file changed while it was read.
        """
        require_unchanged(tuple(file for each in self._opened for file in each.files))
        prints = iter(self._prints.all())
        return tuple((each.name, next(prints)) for each in self._opened for _ in each.files)

    def close(self) -> None:
        self._prints.close()
        self._connection.close()


@dataclass(frozen=True)
class _Opened:
    name: str
    source: LogSource
    files: tuple[DataFile, ...]
    csv: tuple[CsvFile, ...] = ()

    @property
    def where(self) -> str:
        """How messages name it: the file, or the table of a server."""
        return self.files[0].shown if self.files else str(self.source.table)


def open_log(
    sources: Mapping[str, LogSource],
    contract: Mapping[str, Mapping[str, Field]],
    *,
    base: Path,
    scratch: Path,
    progress: Callable[[str], None] | None = None,
) -> DecisionLog:
    """Open the log and its side files.

    Args:
        sources: Table (``log``, ``people``, a side file) -> where it stands. Without ``log`` only side files are there.
        contract: Table -> columns that it may have. A table without any takes every column of its file as it is.
        base: The folder of claims.yaml.
        scratch: A temporary folder of the run; the caller removes it.
        progress: Told what is being read.

    Raises:
        MetricError: All faults at once: of the files (D01 to D12, D63, D78, D88) and servers (D03, D100, D101, D205),
            D200 a mapped column that is not in the file, D201 values that are not of their kind, D202 a person twice in
            the file of groups, D203 the file of groups has no ``subject_key``.
    """
    faults: list[Fault] = []
    found: dict[str, tuple[DataFile, ...]] = {}
    for name, source in sources.items():
        try:
            found[name] = data_files(source.path, base=base) if source.path is not None else ()
        except MetricError as error:
            faults += error.faults
    if faults:
        raise MetricError(faults)
    ready, opened = [], []
    served = copied_tables(sources, contract, scratch=scratch, progress=progress)
    faults += served.faults
    for name, files in found.items():
        if not files:
            copy = served.files.get(name)
            ready += [(_Opened(name, sources[name], ()), [copy])] if copy is not None else []
            continue
        if progress is not None:
            progress(f"reading {files[0].shown}")
        try:
            ready.append(_ready(name, sources[name], files, scratch))
        except MetricError as error:
            faults += error.faults
    if faults:
        raise MetricError(faults)
    paths = [path for each in ready for path in each[1]]
    connection = duck.connect(
        [*paths, *(path.with_name(path.name + ".wal") for path in paths)], scratch=scratch, utc=True
    )
    try:
        columns: dict[str, frozenset[str]] = {}
        notes = list(served.notes)
        for entry, at in ready:
            one, has, said, wrong = _viewed(connection, entry, at, contract.get(entry.name, {}))
            opened.append(one)
            columns[entry.name] = has
            notes += said
            faults += wrong
        faults += _people(connection, columns, opened) if not faults else []
        if faults:
            raise MetricError(faults)
        if "log" in columns:
            _cases(connection, columns)
    except BaseException:
        connection.close()
        raise
    prints = Fingerprints(tuple(file for each in opened for file in each.files))
    engine = ", ".join((duck.engine_name(), *served.versions))
    return DecisionLog(columns, engine, tuple(notes), connection, tuple(opened), prints)


def _ready(name: str, source: LogSource, files: tuple[DataFile, ...], scratch: Path) -> tuple[_Opened, list[Path]]:
    """The paths that the engine will read: of CSV perhaps a copy in plain UTF-8, of SQLite a copy as Parquet."""
    if source.kind == "csv":
        read = tuple(
            read_bytes(file, encoding=source.encoding, delimiter=source.delimiter, scratch=scratch) for file in files
        )
        if any(each.header != read[0].header for each in read):
            found = "the files have different columns"
            raise MetricError(Fault(str(source.path), found, "", "Name files of one kind", "D63"))
        return _Opened(name, source, files, read), [duck.plain_path(each.readable, scratch=scratch) for each in read]
    if source.kind == "sqlite":
        from impact.metrics.counting.sqlite_table import copied, header_of

        names = header_of(files[0].path, str(source.table), where=files[0].shown)
        target = scratch / f"{name}.parquet"
        copied(files[0].path, str(source.table), names, target=target, where=files[0].shown)
        return _Opened(name, source, files), [target]
    return _Opened(name, source, files), [duck.plain_path(file.path, scratch=scratch) for file in files]


def _relation(connection: Any, entry: _Opened, paths: list[Path]) -> tuple[Any, dict[str, str]]:
    source = entry.source
    if source.kind == "csv":
        header = entry.csv[0].header
        relation = duck.csv_relation(connection, paths, columns=len(header), delimiter=source.delimiter)
        return relation, {name: f"c{index}" for index, name in enumerate(header)}
    if source.kind == "duckdb":
        relation = duckdb_table(
            connection, paths[0], str(source.table), where=entry.files[0].shown, alias=f"data_{entry.name}"
        )
    else:
        relation = _run(lambda: duck.parquet_relation(connection, paths), (entry,))
    return relation, {name: name for name in relation.columns}


def _viewed(
    connection: Any, entry: _Opened, paths: list[Path], fields: Mapping[str, Field]
) -> tuple[_Opened, frozenset[str], list[str], list[Fault]]:
    source, where = entry.source, entry.where
    relation, names = _relation(connection, entry, paths)
    types = dict(zip(relation.columns, (str(each) for each in relation.types), strict=True))
    raw = f"raw_{entry.name}"
    relation.create_view(raw)
    stored = {name: (duck.name(inner), types[inner]) for name, inner in names.items()}
    if not fields:  # any columns: the scorer's inputs
        listed = ", ".join(f"{inner} AS {duck.name(name)}" for name, (inner, _) in stored.items())
        connection.execute(f"CREATE VIEW {duck.name(entry.name)} AS SELECT {listed} FROM {raw}")
        return entry, frozenset(stored), [], []
    faults = list(_unknown(entry, fields, stored, where))
    if faults:
        return entry, frozenset(), [], faults
    mapped = {name: source.columns.get(name, name) for name in fields if source.columns.get(name, name) in stored}
    made = {
        name: typed(fields[name], *stored[column], values=source.values.get(name, {}), empty=source.null_values)
        for name, column in mapped.items()
    }
    listed = ", ".join(f"{each.value} AS {duck.name(name)}" for name, each in made.items()) or "1 AS nothing"
    connection.execute(f"CREATE VIEW {duck.name(entry.name)} AS SELECT {listed} FROM {raw}")
    faults = _unreadable(connection, entry, raw, made, mapped, fields)
    bare = set() if faults else _placeless(connection, entry, raw, made)
    notes = [
        f"{where}: times in “{mapped[name]}” have no offset and are taken for UTC."
        for name, each in made.items()
        if each.local or name in bare
    ]
    return entry, frozenset(made), notes, faults


def _unknown(entry: _Opened, fields: Mapping[str, Field], stored: Mapping[str, object], where: str) -> Iterable[Fault]:
    for name, column in entry.source.columns.items():
        if name in fields and column not in stored:
            yield no_column(where, column, name, list(stored))


def _unreadable(
    connection: Any,
    entry: _Opened,
    raw: str,
    made: Mapping[str, Typed],
    mapped: Mapping[str, str],
    fields: Mapping[str, Field],
) -> list[Fault]:
    asked = {name: each.unreadable for name, each in made.items() if each.unreadable}
    if not asked:
        return []
    listed = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {duck.name(name)}" for name, sql in asked.items())
    (counts,) = _run(lambda: _fetched(connection.execute(f"SELECT {listed} FROM {raw}")), (entry,))
    faults = []
    for name, wrong in counts.items():
        if wrong:
            field_ = fields[name]
            wanted = f"one of {', '.join(field_.values)}" if field_.values else WANTED[field_.kind]
            found = f"“{mapped[name]}”: {wrong:,} values cannot be read as {name}"
            remedy = f"Map them under “values: {name}:” in claims.yaml, or correct the export"
            faults.append(Fault(entry.where, found, wanted, remedy, "D201"))
    return faults


def _placeless(connection: Any, entry: _Opened, raw: str, made: Mapping[str, Typed]) -> set[str]:
    """Columns of texts in which a time has no offset."""
    asked = {name: each.placeless for name, each in made.items() if each.placeless}
    if not asked:
        return set()
    listed = ", ".join(f"bool_or({sql}) AS {duck.name(name)}" for name, sql in asked.items())
    (found,) = _run(lambda: _fetched(connection.execute(f"SELECT {listed} FROM {raw}")), (entry,))
    return {name for name, some in found.items() if some}


def _people(connection: Any, columns: Mapping[str, frozenset[str]], opened: list[_Opened]) -> list[Fault]:
    """The file of groups says of each person once who they are."""
    if "people" not in columns:
        return []
    where = next(each.where for each in opened if each.name == "people")
    if "subject_key" not in columns["people"]:
        remedy = "Map the column of keys under “columns: subject_key:”"
        return [Fault(where, "the file of groups has no subject_key", "the key that the log uses", remedy, "D203")]
    ((twice,),) = connection.execute("SELECT count(*) - count(DISTINCT subject_key) FROM people").fetchall()
    if twice:
        remedy = "Keep one row for each person"
        return [Fault(where, f"{twice:,} rows name a person again, or nobody", "one row a person", remedy, "D202")]
    return []


def _cases(connection: Any, columns: dict[str, frozenset[str]]) -> None:
    """``cases``: the log with each case's groups, from the log itself or joined from the file that is kept apart."""
    people, log = columns.get("people", frozenset()), columns["log"]
    joined = sorted(people - log) if "subject_key" in log else []
    if not joined:
        connection.execute("CREATE VIEW cases AS SELECT * FROM log")
        columns["cases"] = log
        return
    listed = ", ".join(f"people.{duck.name(name)}" for name in joined)
    connection.execute(f"CREATE VIEW cases AS SELECT log.*, {listed} FROM log LEFT JOIN people USING (subject_key)")
    columns["cases"] = log | people


def _fetched(result: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _run(fetch: Callable[[], _T], opened: tuple[_Opened, ...]) -> _T:
    import duckdb

    try:
        return fetch()
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException):
        raise  # our own fault, which must not be blamed on a file
    except duckdb.OutOfMemoryException:
        remedy = "Free memory or temporary disk space"
        raise MetricError(Fault("the log", "counting ran out of memory or disk", "", remedy, "D61")) from None
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error:
        damaged = [
            fault for each in opened for one in each.csv for fault in damage_of(one, delimiter=each.source.delimiter)
        ]
        if damaged:
            raise MetricError(damaged) from None
        names = ", ".join(name for each in opened for name in ([file.shown for file in each.files] or [each.where]))
        fault = Fault(names, "the engine cannot read this to its end", "whole files", "Export again", "D88", Exit.DATA)
        raise MetricError(fault) from None
