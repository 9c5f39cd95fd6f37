"""``cells.parquet`` of a public copy: the protected counts, from which anybody recomputes every published figure.

In: ``Published``, or bytes of unknown origin. Out: Parquet bytes, or ``Published``.
Refuses to guess: a file that is not exactly such a table is an error, whatever else could be read from it.
"""

from __future__ import annotations

import io
import json
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.disclosure.policies import Policy
from impact.metrics.disclosure.published import ITEMS, Published, Row
from impact.metrics.tables.cells import MISSING

__all__ = ["SCHEMA", "published_bytes", "read_published"]

SCHEMA = "impact/published/1"
_MAX_ROWS = 500_000
_WHERE = "cells.parquet"
_TABLE = "table"


def published_bytes(published: Published) -> bytes:
    """The protected counts as Parquet: one row per group, columns ``table``, the group keys and the counts.

    ``table`` names the characteristics of the row, joined with a comma; it is empty for everybody. A characteristic
    that the row is not about is null, and so is one that is not known: ``table`` tells them apart. A hidden count is
    null.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = {
        "impact.schema": SCHEMA,
        "impact.groups": json.dumps(list(published.groups), ensure_ascii=False),
        "impact.policy": json.dumps(published.policy.model_dump(mode="json"), ensure_ascii=False),
    }
    if published.withheld:
        metadata["impact.withheld"] = json.dumps(list(published.withheld))
    names = [_TABLE, *published.groups, *published.columns]
    types = [pa.string()] * (1 + len(published.groups)) + [pa.int64()] * len(published.columns)
    columns: list[list[Any]] = [[",".join(row.keys) for row in published]]
    for key in published.groups:
        values = [dict(zip(row.keys, row.values, strict=True)).get(key, MISSING) for row in published]
        columns.append([None if value == MISSING else value for value in values])
    columns += [[row.counts[at] for row in published] for at in range(len(published.columns))]
    schema = pa.schema([pa.field(n, t) for n, t in zip(names, types, strict=True)], metadata=metadata)
    arrays = [pa.array(values, type=kind) for values, kind in zip(columns, types, strict=True)]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def read_published(data: bytes) -> Published:
    """Read what :func:`published_bytes` wrote.

    Raises:
        MetricError: D90 not such a file; D91 its counts are not what a table of published counts can hold.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        metadata = file.schema_arrow.metadata or {}
        if metadata.get(b"impact.schema") != SCHEMA.encode() or file.metadata.num_rows > _MAX_ROWS:
            raise _not_published(f"its schema is not {SCHEMA}")
        groups = json.loads(metadata[b"impact.groups"])
        policy = Policy.model_validate_json(metadata[b"impact.policy"])
        withheld = _names(json.loads(metadata.get(b"impact.withheld", b"[]")))
        names = file.schema_arrow.names
        columns = names[1 + len(groups) :]
        rows = list(zip(*[column.to_pylist() for column in file.read().columns], strict=True))
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        raise _not_published("its content cannot be read") from None
    if names != [_TABLE, *groups, *columns] or [item for item in ITEMS if item in columns] != columns:
        raise _not_published("its columns are not table, the groups and the counts, in this order")
    return _checked(groups, columns, rows, policy, withheld)


def _names(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) and each.isidentifier() for each in given):
        raise ValueError
    return tuple(given)


def _checked(
    groups: list[str], columns: list[str], rows: list[tuple[Any, ...]], policy: Policy, withheld: tuple[str, ...]
) -> Published:
    faults, found = [], []
    for number, row in enumerate(rows, 1):
        keys = tuple(row[0].split(",")) if row[0] else ()
        counts = row[1 + len(groups) :]
        wrong = None
        if not set(keys) <= set(groups):
            wrong = "it names a characteristic that the file does not hold"
        elif any(count is not None and count < policy.least for count in counts):
            wrong = f"a count is under {policy.least}, the smallest that the policy shows"
        if wrong:
            faults.append(Fault(f"{_WHERE} row {number}", wrong, "", "Take the file that impact wrote", "D91"))
            continue
        held = dict(zip(groups, row[1 : 1 + len(groups)], strict=True))
        values = tuple(MISSING if held[key] is None else held[key] for key in keys)
        found.append(Row(keys, values, tuple(counts)))
    if not faults and (not found or found[0].keys or len({(row.keys, row.values) for row in found}) < len(found)):
        what = "the first row is not everybody, or a group occurs twice"
        faults.append(Fault(_WHERE, what, "", "Take the file that impact wrote", "D91"))
    if faults:
        raise MetricError(faults[:10])
    return Published(tuple(groups), tuple(columns), tuple(found), policy, withheld)


def _not_published(why: str) -> MetricError:
    what = f"not a table of published counts: {why}"
    return MetricError(Fault(_WHERE, what, "", "Take the file that impact wrote", "D90"))
