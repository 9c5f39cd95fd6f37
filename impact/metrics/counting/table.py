"""Any table, opened: named columns over DuckDB, polars or pyarrow, ready for one aggregate.

In: the plan's source, or a frame from Python. Out: a ``Table``, the files' digests, and checks of the files.
Refuses to read rows: opening looks at bytes, headers and schemas. Knows nothing of groups, decisions or outcomes beyond
the names of the columns that the plan maps.
Personal data: only inside the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting.csv_bytes import CsvFile, damage_of
from impact.metrics.counting.source import DataFile, Fingerprints, SourceFile
from impact.metrics.counting.spark import Spark, is_spark, quietly
from impact.metrics.plans.plan import AuditPlan, count_column
from impact.metrics.tables.checks import Check
from impact.yamlfile import nearest

__all__ = ["Table", "mapped_columns", "require_columns", "summed", "unreadable"]


@dataclass(frozen=True)
class Table:
    """A table that has been opened but not read.

    Attributes:
        native: A DuckDB relation, a polars frame, a pyarrow table or a Spark frame.
        columns: Column name as the plan writes it -> name inside ``native``.
        where: How messages name the table.
        engine: Name and version of what will count.
        duckdb: Whether ``native`` is a DuckDB relation, so that text can be tried as numbers.
        prints: Digests of the files, which are taken while the engine reads.
        known: Those that opening has already given (CSV is looked at byte by byte).
        checks: What was noticed while opening.
        files: The files, to see afterwards that nobody changed them.
        csv: The CSV files, to explain why the engine refused one.
        delimiter: Of those CSV files.
        spark: The session, where ``native`` is a Spark frame.
    """

    native: Any
    columns: Mapping[str, str]
    where: str
    engine: str
    duckdb: bool
    prints: Fingerprints = field(default_factory=Fingerprints)
    known: tuple[SourceFile, ...] = ()
    checks: tuple[Check, ...] = ()
    files: tuple[DataFile, ...] = ()
    csv: tuple[CsvFile, ...] = ()
    delimiter: str = ","
    spark: Spark | None = None
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
        rows: list[tuple[Any, ...]] = self.run(ordered.to_native().fetchall)
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
            found = self.run(ordered.to_native().fetchnumpy)
        columns = {name: np.asarray(found[name]) for name in names}
        return {name: each if each.dtype.kind in "iuf" else each.astype(object) for name, each in columns.items()}

    def kept(self, frame: Any, name: str) -> Any:
        """The frame as a table inside our own connection, so that several queries cost one scan; else the frame itself.

        Nothing leaves the engine; what does not fit into memory is spilled into the run's temporary folder.

        Raises:
            MetricError: As :meth:`fetch`.
        """
        import narwhals as nw

        if self.spark is not None:
            return nw.from_native(self.spark.keep(frame.to_native()))
        if self.owner is None:
            return frame
        native = frame.to_native()
        self.run(lambda: native.create(name))
        return nw.from_native(self.owner.table(name))

    def _collected(self, query: Any) -> Any:
        import narwhals as nw

        try:
            with quietly() if self.spark is not None else nullcontext():
                return query.collect() if isinstance(query, nw.LazyFrame) else query
        except (nw.exceptions.ComputeError, OSError):
            # A lazy scan fails only now, with a message that quotes rows.
            raise self.refusal() from None
        except Exception as error:
            if self.spark is None or not is_spark(error):
                raise
            remedy = "Spark's own log says why; it may quote rows"
            raise MetricError(Fault(self.where, "Spark could not count the table", "", remedy, "D101")) from None

    def run(self, fetch: Callable[[], Any]) -> Any:
        """What ``fetch`` gives, with DuckDB's errors as ours.

        Raises:
            MetricError: As :meth:`fetch`.
        """
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

    def fingerprint(self) -> tuple[SourceFile, ...]:
        """Files, digests and sizes; empty for a frame."""
        return (*self.known, *self.prints.all())

    def close(self) -> None:
        """Close a connection of ours, and the files; a connection that the caller gave stays open."""
        self.prints.close()
        if self.spark is not None:
            self.spark.close()
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
            faults = [unreadable(self.where)]
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


def unreadable(where: str) -> Fault:
    """What is said of a table whose engine gives up; its own message may quote rows."""
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
    if columns.band is not None:
        mapped.setdefault(columns.band.name, "columns.band")
        if columns.band.human is not None:
            mapped.setdefault(columns.band.human, "columns.band.human")
    for role in ("amount", "classes"):
        part = getattr(columns, role)
        if part is not None:
            mapped.setdefault(part.predicted, f"columns.{role}.predicted")
            mapped.setdefault(part.actual, f"columns.{role}.actual")
    for key, scorer in columns.also.items():
        if scorer.score is not None:
            mapped.setdefault(scorer.score.name, f"columns.also.{key}.score")
    for key, proxy in (plan.rules.also.proxies if plan.rules.also is not None else {}).items():
        mapped.setdefault(proxy.name, f"plan.also.proxies.{key}")
    if plan.searches is not None:
        for role in ("mated", "candidates", "rank", "list_size", "failed"):
            part = getattr(plan.searches, role)
            if part is not None:
                mapped.setdefault(getattr(part, "name", part), f"searches.{role}")
    if plan.unit.person_id is not None:
        mapped.setdefault(plan.unit.person_id, "unit.person_id")
    return mapped


def require_columns(plan: AuditPlan, names: Sequence[str], where: str, *, case_matters: bool = True) -> None:
    """Refuse a table that lacks a mapped column, or has two that could be meant.

    Raises:
        MetricError: D03, D04.
    """
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
