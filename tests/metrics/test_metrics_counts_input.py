"""Tables of counts instead of people: the same cells, and nothing invented for what they do not hold."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.errors import MetricError
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell


def plan(effect: str = "burden", **changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scanned",
        "source": {"kind": "counts", "path": "c.csv", "count": "people"},
        "columns": {"decision": {"name": "alert", "yes": ["yes"], "no": ["no"], "effect": effect, "label": "stopped"}},
        "groups": {"g": {"name": "group"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


def run(folder: Path, text: str, the_plan: AuditPlan | None = None) -> Counted:
    (folder / "c.csv").write_text(text, encoding="utf-8")
    return count(the_plan or plan(), base=folder)


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(MetricError) as caught:
        run(folder, text)
    return [(fault.code, fault.found) for fault in caught.value.faults]


def test_counts_become_cells_and_equal_keys_add_up(tmp_path: Path) -> None:
    counted = run(tmp_path, "group,alert,people\na,yes,12\na,no,30\nb,yes,7\na,yes,5\nb,no,0\n")

    assert counted.cells.rows == (Cell(("a",), -1, 0, -1, 30), Cell(("a",), -1, 1, -1, 17), Cell(("b",), -1, 1, -1, 7))
    assert counted.cells.n == 54


def test_totals_without_a_group_are_people_whose_group_is_not_known(tmp_path: Path) -> None:
    # As published for live facial recognition: alerts by group, faces seen only in total.
    text = "group,alert,people\nWhite,yes,3\nBlack,yes,8\n,no,3147436\n"
    counted = run(tmp_path, text, plan("identification"))

    assert counted.cells.rows == (
        Cell(("Black",), -1, 1, -1, 8),
        Cell(("White",), -1, 1, -1, 3),
        Cell((MISSING,), -1, 0, -1, 3147436),
    )


def test_counts_without_any_alert_can_be_audited_for_identification(tmp_path: Path) -> None:
    counted = run(tmp_path, "group,alert,people\na,no,12000\nb,no,24000\n", plan("identification"))

    assert counted.cells.n == 36_000


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ("-3", "D67", "“people”: 1 negative count"),
        ("2.5", "D67", "“people”: 1 count with a fraction, or too large to be exact"),
        ("99999999999999999999", "D67", "“people”: 1 count with a fraction, or too large to be exact"),
        ('"1,234"', "D67", "“people”: 1 count not written as a number"),
        ("many", "D67", "“people”: 1 count not written as a number"),
        ("", "D67", "“people”: 1 row without a count"),
        ("*", "D68", "“people”: 1 suppressed count (such as * or <5)"),
        ("c", "D68", "“people”: 1 suppressed count (such as * or <5)"),
        ("<5", "D68", "“people”: 1 suppressed count (such as * or <5)"),
    ],
)
def test_count_that_is_no_count_is_refused(tmp_path: Path, value: str, code: str, said: str) -> None:
    assert faults(tmp_path, f"group,alert,people\na,yes,12\nb,no,{value}\n") == [(code, said)]


def test_all_kinds_of_wrong_counts_are_reported_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, "group,alert,people\na,yes,-1\na,no,1.5\nb,yes,*\nb,no,x y\nb,no,-2\nb,no,\n")

    assert [code for code, _ in found] == ["D67", "D67", "D67", "D67", "D68"]
    assert found[0][1] == "“people”: 2 negative counts"


def test_whole_numbers_written_as_decimals_are_counts(tmp_path: Path) -> None:
    assert run(tmp_path, "group,alert,people\na,yes,12.0\nb,no,3e2\n").cells.n == 312


def test_table_that_counts_nobody_is_refused(tmp_path: Path) -> None:
    assert [code for code, _ in faults(tmp_path, "group,alert,people\na,yes,0\nb,no,0\n")] == ["D02"]


def codes(counted: Counted) -> list[str]:
    return [check.code for check in counted.checks]


def test_counts_that_are_all_multiples_of_five_are_said_to_look_rounded(tmp_path: Path) -> None:
    rounded = "group,alert,people\na,yes,15\na,no,30\nb,yes,10\nb,no,40\nc,no,20\n"

    assert "D67" in codes(run(tmp_path, rounded))
    assert "D67" not in codes(run(tmp_path, rounded.replace("40", "41")))


def test_row_of_totals_is_said_to_count_people_twice(tmp_path: Path) -> None:
    counted = run(tmp_path, "group,alert,people\na,yes,12\nb,no,31\nTotal,no,43\n")

    assert "counted twice" in next(check.text for check in counted.checks if check.code == "D67")


def test_group_whose_counts_are_all_zero_is_said(tmp_path: Path) -> None:
    counted = run(tmp_path, "group,alert,people\na,yes,12\nb,no,31\nRoma,no,0\n")

    assert [check.text for check in counted.checks if check.code == "D34"] == [
        "Group “Roma” of “g” is declared and has nobody in it: no rate."
    ]


TABLE = {"group": ["a", "b", "b"], "alert": ["yes", "no", "yes"], "people": [12, 31, 4]}


def as_parquet(folder: Path) -> Counted:
    sink = io.BytesIO()
    pq.write_table(pa.table(TABLE), sink)
    (folder / "c.parquet").write_bytes(sink.getvalue())
    return count(plan(source={"kind": "counts", "path": "c.parquet", "count": "people"}), base=folder)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, None])
def test_counts_are_read_from_parquet_and_frames_alike(make: Any, tmp_path: Path) -> None:
    counted = as_parquet(tmp_path) if make is None else count_frame(plan(), make(TABLE))

    assert counted.cells.rows == (
        Cell(("a",), -1, 1, -1, 12),
        Cell(("b",), -1, 0, -1, 31),
        Cell(("b",), -1, 1, -1, 4),
    )


counts = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["yes", "no", None]), st.integers(0, 6)), max_size=12
).map(lambda drawn: [("a", "yes", 1), ("b", "no", 1), *drawn])


@settings(max_examples=20)
@given(drawn=counts)
def test_a_count_equals_that_many_rows(drawn: list[tuple[Any, Any, int]]) -> None:
    def frame(rows: list[tuple[Any, Any, int]]) -> pa.Table:
        names = ("group", "alert", "people")
        return pa.table({name: [row[index] for row in rows] for index, name in enumerate(names)})

    rows = [row for row in drawn for _ in range(row[2])]
    of_people = plan(source={"kind": "csv", "path": "-"})

    assert count_frame(plan(), frame(drawn)).cells == count_frame(of_people, frame(rows)).cells
