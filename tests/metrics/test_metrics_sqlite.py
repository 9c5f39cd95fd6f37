"""A table of an SQLite file is counted like any other, and never written to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell

DECISION = {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"}


def plan(table: str = "scored people", **changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "p",
        "source": {"kind": "sqlite", "path": "d.db", "table": table},
        "columns": {"decision": DECISION},
        "groups": {"eth": {"name": "eth"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


def database(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    path = folder / "d.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "scored people" (eth, flag, risk, note)')
        connection.executemany('INSERT INTO "scored people" VALUES (?, ?, ?, ?)', rows)
    return path


ROWS = [("007", "Y", 0.5, b"x"), ("7", "N", 1, None), (None, "N", None, "a note")]


def test_table_of_an_sqlite_file_is_counted(tmp_path: Path) -> None:
    path = database(tmp_path, ROWS)
    before = path.read_bytes()
    counted = count(plan(), base=tmp_path)

    assert counted.cells.rows == (
        Cell(("007",), -1, 1, -1, 1), Cell(("7",), -1, 0, -1, 1), Cell((MISSING,), -1, 0, -1, 1),
    )  # fmt: skip
    assert [each.file for each in counted.fingerprint] == ["d.db"]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["d.db"]


@pytest.mark.parametrize(
    ("rows", "table", "code"),
    [
        ([("a", "Y", 1, None), (1, "N", 1, None)], "scored people", "D41"),
        ([("a", "Y", 1, None), (b"b", "N", 1, None)], "scored people", "D64"),
        ([], "scored people", "D02"),
        (ROWS, "people", "D03"),
    ],
)
def test_table_that_cannot_be_counted_is_refused(rows: Any, table: str, code: str, tmp_path: Path) -> None:
    database(tmp_path, rows)

    with pytest.raises(MetricError) as caught:
        count(plan(table), base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.db").write_bytes(b"eth,flag\na,Y\n" * 100)

    with pytest.raises(MetricError) as caught:
        count(plan(), base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == ["D88"]


def test_database_with_waiting_changes_is_refused(tmp_path: Path) -> None:
    path = database(tmp_path, ROWS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO \"scored people\" VALUES ('b', 'Y', 1, NULL)")
        connection.commit()
        with pytest.raises(MetricError) as caught:
            count(plan(), base=tmp_path)

    assert [fault.code for fault in caught.value.faults] == ["D65"]


def test_table_without_sqlite_and_sqlite_without_table_are_errors() -> None:
    for source in ({"kind": "csv", "path": "d.csv", "table": "t"}, {"kind": "sqlite", "path": "d.db"}):
        with pytest.raises(MetricError) as caught:
            plan(source=source)
        assert [fault.code for fault in caught.value.faults] == ["E111"]


def test_password_in_the_plan_is_refused_and_not_repeated() -> None:
    with pytest.raises(MetricError) as caught:
        plan(source={"kind": "csv", "path": "postgres://me:hunter2@host/db"})

    assert [fault.code for fault in caught.value.faults] == ["D66"]
    assert "hunter2" not in str(caught.value)
