"""A query in place of a table: counted as the table that it gives, read once, and able to read nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of

MAKE = (
    "CREATE TABLE cases (id INTEGER, flag VARCHAR, force VARCHAR); CREATE TABLE people (id INTEGER, sex VARCHAR); "
    "INSERT INTO cases VALUES (1, 'Y', 'A'), (2, 'N', 'A'), (3, 'Y', 'B'), (4, 'N', 'A'), (5, 'Y', 'A'); "
    "INSERT INTO people VALUES (1, 'F'), (2, 'F'), (3, 'F'), (4, 'M'), (5, 'M')"
)
JOINED = "SELECT p.sex, c.flag, c.id FROM cases c JOIN people p ON p.id = c.id WHERE c.force = 'A' -- one force"
# By hand: without case 3, which is of force B.
CELLS = {(("F",), 1): 1, (("F",), 0): 1, (("M",), 0): 1, (("M",), 1): 1}


def plan(kind: str, query: str | None, **source: Any) -> AuditPlan:
    return plan_of(
        {
            "version": 1,
            "title": "t",
            "question": "q",
            "pool": "everybody",
            "source": {"kind": kind, "path": f"data.{kind}", "query": query, **source},
            "columns": {
                "decision": {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"}
            },
            "groups": {"sex": {"name": "sex"}},
            "plan": {"primary": ["selection_rate"]},
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(duckdb.connect(str(tmp_path / "data.duckdb"))) as made:
        made.execute(MAKE)
    with closing(sqlite3.connect(tmp_path / "data.sqlite")) as held:
        held.executescript(MAKE)
    return tmp_path


def refused(made: AuditPlan, folder: Path) -> list[str]:
    with pytest.raises(MetricError) as caught:
        count(made, base=folder)
    assert not any("SELECT" in fault.found for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_what_a_query_gives_is_counted(kind: str, folder: Path) -> None:
    found = count(plan(kind, JOINED), base=folder)

    assert {(cell.group, cell.decision): cell.n for cell in found.cells} == CELLS
    assert [file.file for file in found.fingerprint] == [f"data.{kind}"]
    with_ = f"WITH a AS ({JOINED}\n) SELECT * FROM a"
    assert count(plan(kind, with_), base=folder).cells == found.cells


def test_a_query_that_draws_is_read_once(folder: Path) -> None:
    with closing(duckdb.connect(str(folder / "data.duckdb"))) as made:
        made.execute("INSERT INTO cases SELECT 100 + i, 'Y', 'A' FROM range(4000) t(i)")
        made.execute("INSERT INTO people SELECT 100 + i, 'F' FROM range(4000) t(i)")
    drawn = f"SELECT sex, CASE WHEN random() < 0.5 THEN 'Y' ELSE 'N' END AS flag FROM ({JOINED}\n)"
    made_ = plan("duckdb", drawn).model_copy(update={})

    held = count(made_, base=folder)

    assert held.cells.n == 4004
    assert sum(cell.n for cell in held.cells if cell.decision >= 0) == 4004


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_query_that_cannot_be_run_or_lacks_a_column_is_refused(kind: str, folder: Path) -> None:
    assert refused(plan(kind, "SELECT sex, flag FROM nowhere"), folder) == ["D176"]
    assert refused(plan(kind, "SELECT sex FROM people"), folder) == ["D03"]
    assert refused(plan(kind, "SELECT 'F' AS sex, 'Y' AS flag WHERE 1 = 0"), folder) == ["D02"]


def test_a_query_reads_no_other_file(folder: Path) -> None:
    (folder / "other.csv").write_text("sex,flag\nF,Y\nM,N\n", encoding="utf-8")

    assert refused(plan("duckdb", f"SELECT * FROM read_csv('{folder / 'other.csv'}')"), folder) == ["D176"]
    assert refused(plan("duckdb", f"SELECT * FROM '{folder / 'other.csv'}'"), folder) == ["D176"]
    assert refused(plan("sqlite", "SELECT sex, flag FROM pragma_database_list"), folder) == ["D176"]


@pytest.mark.parametrize(
    ("kind", "query", "more", "code"),
    [
        ("duckdb", "DROP TABLE cases", {}, "E185"),
        ("duckdb", "SELECT 1; DROP TABLE cases", {}, "E185"),
        ("duckdb", JOINED, {"table": "cases"}, "E111"),
        ("parquet", JOINED, {}, "E111"),
        ("sqlite", None, {}, "E111"),
    ],
)
def test_a_plan_with_a_query_that_makes_no_sense_is_refused(
    kind: str, query: str | None, more: dict[str, str], code: str
) -> None:
    with pytest.raises(MetricError) as caught:
        plan(kind, query, **more)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_plan_without_a_query_keeps_its_digest() -> None:
    made = plan("duckdb", None, table="cases")

    assert "query" not in made.to_json()["source"]
