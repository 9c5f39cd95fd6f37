"""An aggregate as Parquet: what is handed over beside ``cells.parquet``.

In: an ``Aggregate``, or bytes of unknown origin. Out: Parquet bytes, or an ``Aggregate``.
Refuses to guess: a file that is not exactly such a table is an error, whatever else could be read from it.
"""

from __future__ import annotations

import io
import json
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import NAMES, Aggregate
from impact.metrics.tables.cells import MISSING
from impact.metrics.tables.parquet import metadata_of, read_bounded

__all__ = ["MAX_ROWS", "SCHEMA", "aggregate_bytes", "read_aggregate"]

SCHEMA = "impact/aggregate/1"
MAX_ROWS = 5_000_000  # bad_input.md D62; also bounds what a verifier will read
_MAX_BYTES = 1_000_000_000
_MAX_COLUMNS = 200
_WHERE = "aggregate"


def aggregate_bytes(table: Aggregate) -> bytes:
    """See :meth:`Aggregate.to_parquet`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "name": table.name,
        "keys": [[key, "text" if column.dtype == object else "code"] for key, column in table.keys.items()],
        "measures": list(table.measures),
        "about": dict(table.about),
    }
    fields, arrays = [], []
    for key, column in table.keys.items():
        text = column.dtype == object
        fields.append(pa.field(key, pa.string() if text else pa.int32()))
        missing = column == (MISSING if text else -1)
        arrays.append(pa.array(column, type=fields[-1].type, mask=missing))
    for key, column in table.measures.items():
        fields.append(pa.field(key, pa.int64(), nullable=False))
        arrays.append(pa.array(column, type=pa.int64()))
    metadata = {"impact.schema": SCHEMA, "impact.table": json.dumps(about, ensure_ascii=False)}
    sink = io.BytesIO()
    held = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))
    pq.write_table(held, sink, compression="zstd", row_group_size=MAX_ROWS, use_dictionary=list(table.keys))
    return sink.getvalue()


def read_aggregate(data: bytes) -> Aggregate:
    """See :meth:`Aggregate.from_parquet`."""
    import pyarrow as pa

    declared, _ = metadata_of(data, schema=SCHEMA, max_rows=MAX_ROWS, max_bytes=_MAX_BYTES, refuse=_refused)
    about = _about(declared.metadata.get(b"impact.table"))
    wanted = [(key, pa.string() if kind == "text" else pa.int32()) for key, kind in about["keys"]]
    wanted += [(key, pa.int64()) for key in about["measures"]]
    if [(each.name, each.type) for each in declared] != wanted:
        raise _refused("its columns are not those that it declares")
    texts = [key for key, kind in about["keys"] if kind == "text"]
    table = read_bounded(data, texts=texts, refuse=_refused)
    columns = dict(zip([name for name, _ in wanted], table.columns, strict=True))
    return _checked(about, columns)


def _about(text: bytes | None) -> dict[str, Any]:
    """The declaration of the table, of which nothing is believed before it has been looked at."""
    try:
        about = json.loads(text or b"")
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or about.get("name") not in NAMES or not isinstance(about.get("about"), dict):
        raise _refused("it does not say what it holds")
    keys, measures = about.get("keys"), about.get("measures")
    sound = (
        isinstance(keys, list)
        and isinstance(measures, list)
        and measures != []
        and all(isinstance(each, list) and len(each) == 2 and each[1] in ("text", "code") for each in keys)
    )
    names = [*(each[0] for each in keys), *measures] if sound and keys is not None and measures is not None else []
    if not sound or len(names) > _MAX_COLUMNS or not all(isinstance(each, str) for each in names):
        raise _refused("it does not name its keys and measures")
    if len(set(names)) < len(names):
        raise _refused("it names a column twice")
    return about


def _checked(about: dict[str, Any], columns: dict[str, Any]) -> Aggregate:
    keys = {}
    for key, kind in about["keys"]:
        column = columns[key].combine_chunks() if columns[key].num_chunks != 1 else columns[key].chunk(0)
        values = _texts(column) if kind == "text" else column.fill_null(-1).to_numpy(zero_copy_only=False)
        held = values[~column.is_null().to_numpy(zero_copy_only=False)]
        if (held == MISSING).any() if kind == "text" else (held < 0).any():
            raise _impossible(f"“{key}” holds a value that stands for “not known”; what is not known is null")
        keys[key] = values
    measures = {}
    for name in about["measures"]:
        if columns[name].null_count:
            raise _impossible(f"“{name}” has a missing count")
        measures[name] = columns[name].to_numpy()
        if name in ("n", "m", "clusters") and (measures[name] < 0).any():
            raise _impossible(f"“{name}” has a count below 0")
    table = Aggregate.of(about["name"], keys, measures, about["about"])
    if len(table) != len(next(iter(measures.values()))):
        raise _impossible("the same key occurs twice, or a row counts nobody")
    return table


def _texts(column: Any) -> Any:
    """A dictionary column as an array of texts that shares each different text; null becomes ``MISSING``."""
    import numpy as np

    words = np.array([*column.dictionary.to_pylist(), MISSING], dtype=object)
    return words[column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]


def _refused(why: str) -> MetricError:
    return MetricError(Fault(_WHERE, f"not a count table: {why}", "", "Take the file that impact wrote", "D90"))


def _impossible(why: str) -> MetricError:
    return MetricError(Fault(_WHERE, why, "", "Take the file that impact wrote", "D91"))
