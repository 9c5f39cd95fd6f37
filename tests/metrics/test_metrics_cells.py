"""The count table and its file: canonical, additive, and strict about bytes from somebody else."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.errors import MetricError
from impact.metrics.tables.cells import MISSING, Cell, Cells

SMALL = Cells.of(
    ["ethnicity", "sex"],
    [
        Cell(("White", "F"), 1, 1, -1, 3),
        Cell((MISSING, "M"), -1, 0, 1, 9),
        Cell(("White", "F"), 1, 1, -1, 2),
        Cell(("Black", "F"), 0, 0, -1, 0),
    ],
)

cell = st.builds(
    Cell,
    st.tuples(st.sampled_from(["a", "b", "é", "", MISSING]), st.text(st.characters(codec="utf-8"), max_size=3)),
    st.sampled_from([1, 0, -1]),
    st.sampled_from([1, 0, -1]),
    st.sampled_from([1, 0, -1]),
    st.integers(1, 10**12),
)
tables = st.lists(cell, max_size=12).map(lambda rows: Cells.of(["g", "h"], rows))


def test_equal_keys_add_up_and_empty_cells_are_dropped() -> None:
    assert SMALL.rows == (Cell(("White", "F"), 1, 1, -1, 5), Cell((MISSING, "M"), -1, 0, 1, 9))
    assert SMALL.n == 14


def test_public_file_shows_what_is_not_known_as_null() -> None:
    table = pq.read_table(io.BytesIO(SMALL.to_parquet()))

    assert table.to_pylist() == [
        {"ethnicity": "White", "sex": "F", "outcome": 1, "decision": 1, "human": None, "n": 5},
        {"ethnicity": None, "sex": "M", "outcome": None, "decision": 0, "human": 1, "n": 9},
    ]
    assert table.schema.metadata[b"impact.schema"] == b"impact/cells/1"
    assert json.loads(table.schema.metadata[b"impact.groups"]) == ["ethnicity", "sex"]


@given(table=tables)
def test_file_gives_the_same_cells_and_the_same_bytes(table: Cells) -> None:
    data = table.to_parquet()

    assert Cells.from_parquet(data) == table
    assert Cells.from_parquet(data).digest == table.digest
    assert Cells.from_parquet(data).to_parquet() == data


def test_table_without_groups_or_rows_survives() -> None:
    for table in (Cells.of([], [Cell((), 1, 1, -1, 4)]), Cells.of(["g"], [])):
        assert Cells.from_parquet(table.to_parquet()) == table


@given(table=tables, other=tables, third=tables)
def test_merging_is_the_same_in_any_order(table: Cells, other: Cells, third: Cells) -> None:
    merged = table.merge(other, third)

    assert merged == third.merge(table).merge(other)
    assert merged.n == table.n + other.n + third.n


def test_tables_of_other_groups_are_not_merged() -> None:
    with pytest.raises(MetricError) as caught:
        SMALL.merge(Cells.of(["sex", "ethnicity"], []))

    assert [fault.code for fault in caught.value.faults] == ["D92"]


def file_with(**changes: Any) -> bytes:
    """A file like that of ``SMALL``, with columns or metadata replaced."""
    columns: dict[str, Any] = {
        "g": pa.array(["a", None]),
        "outcome": pa.array([1, None], pa.int8()),
        "decision": pa.array([1, 0], pa.int8()),
        "human": pa.array([None, None], pa.int8()),
        "n": pa.array([5, 6], pa.int64()),
    }
    metadata = changes.pop("metadata", {"impact.schema": "impact/cells/1", "impact.groups": '["g"]'})
    columns |= changes
    table = pa.table({name: values for name, values in columns.items() if values is not None})
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    return sink.getvalue()


def test_helper_writes_a_file_that_is_read() -> None:
    assert Cells.from_parquet(file_with()).n == 11


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metadata": {}}, "D90"),
        ({"metadata": {"impact.schema": "impact/cells/2", "impact.groups": '["g"]'}}, "D90"),
        ({"metadata": {"impact.schema": "impact/cells/1"}}, "D90"),
        ({"metadata": {"impact.schema": "impact/cells/1", "impact.groups": "[1]"}}, "D90"),
        ({"metadata": {"impact.schema": "impact/cells/1", "impact.groups": '["h"]'}}, "D90"),
        ({"human": None}, "D90"),
        ({"extra": pa.array([1, 2])}, "D90"),
        ({"n": pa.array([5.0, 6.0])}, "D90"),
        ({"n": pa.array([5, 0], pa.int64())}, "D91"),
        ({"n": pa.array([5, -6], pa.int64())}, "D91"),
        ({"n": pa.array([5, None], pa.int64())}, "D91"),
        ({"decision": pa.array([1, 2], pa.int8())}, "D91"),
        ({"outcome": pa.array([1, -1], pa.int8())}, "D91"),
        ({"g": pa.array(["a", MISSING])}, "D91"),
        (
            {
                "g": pa.array(["a", "a"]),
                "outcome": pa.array([1, 1], pa.int8()),
                "decision": pa.array([1, 1], pa.int8()),
            },
            "D91",
        ),
    ],
    ids=["no schema", "other schema", "no groups", "groups no text", "groups not there", "column missing",
         "column added", "count no integer", "count zero", "count negative", "count null", "code 2", "code -1",
         "reserved value", "duplicate"],
)  # fmt: skip
def test_file_that_is_no_table_of_cells_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(MetricError) as caught:
        Cells.from_parquet(file_with(**changes))

    assert {fault.code for fault in caught.value.faults} == {code}


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1", b"%PDF-1.7", SMALL.to_parquet()[:-9]])
def test_bytes_that_are_no_parquet_are_refused(data: bytes) -> None:
    with pytest.raises(MetricError) as caught:
        Cells.from_parquet(data)

    assert [fault.code for fault in caught.value.faults] == ["D90"]


def test_no_flipped_byte_goes_unnoticed() -> None:
    # Padding and unread metadata may change without changing a count; whatever is read must be the same cells,
    # other cells (another digest), or refused with a code of ours: never another exception.
    data = SMALL.to_parquet()
    for position in range(len(data)):
        damaged = data[:position] + bytes([data[position] ^ 0x41]) + data[position + 1 :]
        try:
            read = Cells.from_parquet(damaged)
        except MetricError as error:
            assert error.faults[0].code in ("D90", "D91")  # noqa: PT017  # both outcomes are right here
        else:
            assert (read == SMALL) == (read.digest == SMALL.digest)
