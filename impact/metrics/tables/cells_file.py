"""``cells.parquet``: the count table that is attached to every report and handed over instead of people.

In: ``Cells``, or bytes of unknown origin. Out: Parquet bytes, or ``Cells``.
Refuses to guess: a file that is not exactly such a table is an error, whatever else could be read from it.
"""

from __future__ import annotations

import io
import json
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tables.parquet import metadata_of, read_bounded

__all__ = ["MAX_CELLS", "SCHEMA", "cells_bytes", "read_cells"]

SCHEMA = "impact/cells/1"
MAX_CELLS = 500_000  # beyond this a table of counts is a table of people; also bounds what a verifier will read
_MAX_BYTES = 512_000_000
_MAX_GROUPS = 50
_MAX_TEXTS = 5_000_000  # group values in all rows together
_CODES = ("outcome", "decision", "human")
_WHERE = "cells.parquet"


def cells_bytes(cells: Cells) -> bytes:
    """See :meth:`Cells.to_parquet`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [pa.field(key, pa.string()) for key in cells.groups]
    fields += [pa.field(code, pa.int8()) for code in _CODES]
    fields.append(pa.field("n", pa.int64(), nullable=False))
    metadata = {"impact.schema": SCHEMA, "impact.groups": json.dumps(list(cells.groups), ensure_ascii=False)}
    columns: list[list[Any]] = [
        [None if row.group[index] == MISSING else row.group[index] for row in cells]
        for index in range(len(cells.groups))
    ]
    columns += [[None if getattr(row, code) < 0 else getattr(row, code) for row in cells] for code in _CODES]
    columns.append([row.n for row in cells])
    schema = pa.schema(fields, metadata=metadata)
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, fields, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=MAX_CELLS, use_dictionary=list(cells.groups))
    return sink.getvalue()


def read_cells(data: bytes) -> Cells:
    """See :meth:`Cells.from_parquet`."""
    import pyarrow as pa

    declared, rows = metadata_of(data, schema=SCHEMA, max_rows=MAX_CELLS, max_bytes=_MAX_BYTES, refuse=_not_cells)
    try:
        groups = json.loads(declared.metadata[b"impact.groups"])
    except (KeyError, ValueError):
        groups = None
    if not isinstance(groups, list) or not all(isinstance(key, str) for key in groups):
        raise _not_cells("it does not name its groups")
    if len(groups) > _MAX_GROUPS or rows * len(groups) > _MAX_TEXTS:
        raise _not_cells(f"it has more than {_MAX_GROUPS} groups, or more than {_MAX_TEXTS:,} values of groups")
    wanted = [(key, pa.string()) for key in groups]
    wanted += [(code, pa.int8()) for code in _CODES] + [("n", pa.int64())]
    if [(field.name, field.type) for field in declared] != wanted:
        raise _not_cells("its columns are not the groups, outcome, decision, human and n, in this order")
    columns = [_values(column) for column in read_bounded(data, texts=groups, refuse=_not_cells).columns]
    return _checked(tuple(groups), list(zip(*columns, strict=True)))


def _values(column: Any) -> list[Any]:
    """Values as Python objects; each different text of a dictionary is made once."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    values: list[Any] = []
    for chunk in column.chunks:
        words = chunk.dictionary.to_pylist()
        values += [None if index is None else words[index] for index in chunk.indices.to_pylist()]
    return values


def _checked(groups: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Cells:
    faults, seen, cells = [], set(), []
    k = len(groups)
    for number, row in enumerate(rows, 1):
        wrong = None
        if row[-1] is None or row[-1] < 1:
            wrong = "a count is missing or below 1"
        elif any(code not in (0, 1, None) for code in row[k:-1]):
            wrong = "a code is neither 0 nor 1"
        elif row[:-1] in seen:
            wrong = "the same cell occurs twice"
        elif MISSING in row[:k]:
            wrong = f"the reserved value {MISSING} stands for a group; a group that is not known is null"
        seen.add(row[:-1])
        if wrong:
            faults.append(Fault(f"{_WHERE} row {number}", wrong, "", "Take the file that impact wrote", "D91"))
        else:
            outcome, decision, human = (-1 if code is None else code for code in row[k:-1])
            group = tuple(MISSING if value is None else value for value in row[:k])
            cells.append(Cell(group, outcome, decision, human, row[-1]))
    if faults:
        raise MetricError(faults[:10])
    return Cells.of(groups, cells)


def _not_cells(why: str) -> MetricError:
    return MetricError(Fault(_WHERE, f"not a table of cells: {why}", "", "Take the file that impact wrote", "D90"))
