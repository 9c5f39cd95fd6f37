"""Tables of the log that stand on a PostgreSQL server, copied into the run's scratch as files.

In: sources of ``kind: postgres``, and the columns that the contract has. Out: a Parquet file for each, of the mapped
columns only, and what must be said of them. All tables of one server are read in one read-only transaction, and so as
they stood at one moment. Personal data: streams through in pieces; the files go with the scratch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from impact.errors import Fault, MetricError
from impact.metrics.counting.databases import Postgres
from impact.metrics.logs.source import LogSource
from impact.yamlfile import nearest

__all__ = ["Copied", "copied_tables", "no_column"]


@dataclass
class Copied:
    """What came from servers.

    Attributes:
        files: Table of the contract -> the file that holds its copy.
        versions: Of the servers.
        notes: That there is no digest, and which tables were read at one moment.
        faults: Of every table that could not be read.
    """

    files: dict[str, Path] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def copied_tables(
    sources: Mapping[str, LogSource],
    contract: Mapping[str, Collection[str]],
    *,
    scratch: Path,
    progress: Callable[[str], None] | None = None,
) -> Copied:
    """Copy the mapped columns of every table that stands on a server; other sources are left alone.

    Args:
        sources: Table of the contract -> where it stands.
        contract: Table -> columns that it may have; a table without any is copied whole.
        scratch: A temporary folder of the run; the caller removes it.
        progress: Told what is being read.

    Raises:
        MetricError: D100 (exit 7) the driver is missing. Everything else is in ``faults``.
    """
    found = Copied()
    servers: dict[str, dict[str, LogSource]] = {}
    for name, source in sources.items():
        if source.kind == "postgres":
            servers.setdefault(str(source.url_env), {})[name] = source
    for variable, tables in servers.items():
        try:
            with Postgres(variable, ", ".join(dict.fromkeys(str(each.table) for each in tables.values()))) as server:
                _copy(server, tables, contract, scratch, progress, found)
                found.versions.append(f"postgresql {server.version}")
        except MetricError as error:
            if any(fault.code == "D100" for fault in error.faults):
                raise
            found.faults += error.faults
    found.versions = list(dict.fromkeys(found.versions))
    found.notes += [_said(tables) for tables in servers.values()]
    if len(servers) > 1:
        found.notes.append(
            f"These tables stand in {len(servers)} databases, which were read one after the other: what was written "
            "meanwhile may be in one of them and not in another."
        )
    return found


def _copy(
    server: Postgres,
    tables: Mapping[str, LogSource],
    contract: Mapping[str, Collection[str]],
    scratch: Path,
    progress: Callable[[str], None] | None,
    found: Copied,
) -> None:
    for name, source in tables.items():
        if progress is not None:
            progress(f"reading table {source.table}")
        target = scratch / f"{name}.parquet"
        try:
            server.copied(str(source.table), columns=_wanted(source, contract.get(name, ())), target=target)
        except MetricError as error:
            found.faults += error.faults
            if any(fault.code == "D101" for fault in error.faults):
                return  # the transaction is over: nothing more can be read in it
        else:
            found.files[name] = target


def _wanted(source: LogSource, fields: Collection[str]) -> Callable[[list[str]], Sequence[str]]:
    """Of the columns that there are those that the contract has, by the names that claims.yaml gives them."""

    def columns(there: list[str]) -> list[str]:
        faults = [
            no_column(str(source.table), column, name, there)
            for name, column in source.columns.items()
            if name in fields and column not in there
        ]
        if faults:
            raise MetricError(faults)
        mapped = {source.columns.get(name, name) for name in fields}
        return [each for each in there if each in mapped or not fields]

    return columns


def no_column(where: str, column: str, name: str, there: Collection[str]) -> Fault:
    """A column is mapped that the table has not."""
    near = nearest(column, list(there))
    remedy = f"Did you mean “{near}”?" if near else f"It has: {', '.join(sorted(there)[:20])}"
    return Fault(where, f"has no column “{column}” (mapped to {name})", "a column of the file", remedy, "D200")


def _said(tables: Mapping[str, LogSource]) -> str:
    """What must be said of tables that are no files: as D102 of an audit.

    >>> _said({"log": LogSource(kind="postgres", table="audit.cases", url_env="DB")})
    '“audit.cases” (log) is a table and not a file: no digest shows later that it is the one that was read.'
    """
    listed = ", ".join(f"“{source.table}” ({name.replace('_', ' ')})" for name, source in tables.items())
    if len(tables) == 1:
        return f"{listed} is a table and not a file: no digest shows later that it is the one that was read."
    return (
        f"{listed} are tables and not files: no digest shows later that they are those that were read. They were read "
        "in one transaction, as they stood at one moment."
    )
