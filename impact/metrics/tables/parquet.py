"""Parquet files of unknown origin, read with bounds: what cells and further count tables share.

In: bytes that anybody may have made. Out: a pyarrow table whose texts stay in dictionaries, or what is wrong with it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

__all__ = ["MAX_VALUE", "metadata_of", "read_bounded"]

MAX_VALUE = 2_000  # letters of a text; a file of one megabyte can repeat a long one until it fills the memory
Refuse = Callable[[str], Exception]


def metadata_of(data: bytes, *, schema: str, max_rows: int, max_bytes: int, refuse: Refuse) -> tuple[Any, int]:
    """Arrow schema and number of rows of a file that declares ``schema`` and stays within the bounds it declares.

    Args:
        data: The bytes.
        schema: What its metadata must say under ``impact.schema``.
        max_rows, max_bytes: Bounds on rows, and on the size that the file says it unpacks to.
        refuse: Makes the error from a sentence.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        declared = (file.schema_arrow.metadata or {}).get(b"impact.schema")
        held = file.metadata
        unpacked = sum(held.row_group(index).total_byte_size for index in range(held.num_row_groups))
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError):
        raise refuse("the bytes are not a Parquet file") from None
    if declared != schema.encode():
        raise refuse(f"its schema is not {schema}")
    if held.num_rows > max_rows or unpacked > max_bytes:
        raise refuse(f"it has more than {max_rows:,} rows, or unpacks to more than {max_bytes // 1_000_000:,} MB")
    return file.schema_arrow, held.num_rows


def read_bounded(data: bytes, *, texts: Sequence[str], refuse: Refuse) -> Any:
    """The whole table, with the columns of ``texts`` as dictionaries: each different text is held once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data), read_dictionary=list(texts), use_threads=False)
        table.validate(full=True)  # a damaged index must not point outside its dictionary
        longest = max((_longest(table.column(name)) for name in texts), default=0)
    except (pa.ArrowException, OSError, ValueError, IndexError, UnicodeDecodeError):
        _unreadable(refuse)
    if longest > MAX_VALUE:
        raise refuse(f"a text in it is longer than {MAX_VALUE:,} letters")
    return table


def _unreadable(refuse: Refuse) -> NoReturn:
    raise refuse("its content cannot be read") from None


def _longest(column: Any) -> int:
    import pyarrow.compute as pc

    lengths = [pc.max(pc.utf8_length(chunk.dictionary)).as_py() for chunk in column.chunks if len(chunk)]
    return max((length for length in lengths if length is not None), default=0)
