"""Opening a frame from Python: pandas, polars, pyarrow, a DuckDB relation or a Spark frame.

In: a plan and a frame. Out: a ``Table``.
Refuses columns that mix kinds of values, which engines read differently. Knows nothing of decisions.
Personal data: looks at schemas, and at the kinds of objects in a pandas column.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting import duck, spark
from impact.metrics.counting.table import Table, mapped_columns, require_columns, unreadable
from impact.metrics.plans.plan import AuditPlan

__all__ = ["open_frame"]

_FRAMES = "a pandas or polars frame, a pyarrow table, a DuckDB relation or a Spark frame"


def open_frame(plan: AuditPlan, native: Any, *, scratch: Path) -> Table:
    """Open a frame from Python: pandas, polars (eager or lazy), pyarrow, a DuckDB relation or Spark.

    pandas goes through DuckDB, which counts a frame three times as fast and treats missing values like a file's.

    Raises:
        MetricError: D03 a mapped column is missing, D41 a column of mixed kinds, D89 not a table.
    """
    import narwhals as nw

    columns = {name: name for name in mapped_columns(plan)}
    if nw.dependencies.is_pandas_dataframe(native):
        require_columns(plan, [str(name) for name in native.columns], "the table", case_matters=False)
        mapped = native[list(columns)].reset_index(drop=True)
        _one_kind(mapped)
        connection = duck.connect([], scratch=scratch)
        relation = connection.from_df(mapped)
        return Table(relation, columns, "the table", duck.engine_name(), duckdb=True, owner=connection)
    try:
        frame = nw.from_native(native)
        names = frame.collect_schema().names()
    except TypeError:
        raise MetricError(Fault("the table", f"a {type(native).__name__}", _FRAMES, "", "D89")) from None
    except nw.exceptions.DuplicateError:
        raise MetricError(Fault("the table", "two columns have one name", "", "Rename one of them", "D04")) from None
    except (nw.exceptions.ComputeError, OSError):
        raise MetricError(unreadable("the table")) from None
    implementation = frame.implementation
    require_columns(plan, names, "the table")
    if implementation.is_duckdb():
        return Table(native, columns, "the table", duck.engine_name(), duckdb=True)
    if implementation.is_spark_like():
        if not implementation.is_pyspark() and not implementation.is_pyspark_connect():
            raise MetricError(Fault("the table", f"a {type(native).__name__}", _FRAMES, "", "D89"))
        return Table(native, columns, "the table", spark.engine_name(), duckdb=False, spark=spark.Spark(None))
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
