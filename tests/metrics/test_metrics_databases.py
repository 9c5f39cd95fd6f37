"""Tables of DuckDB files and of a PostgreSQL server: counted as files are, never written to, and no password told."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from impact.errors import Exit, MetricError
from impact.metrics.counting.count import count
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell

ADDRESS = os.environ.get("IMPACT_TEST_POSTGRES", "")
DRIVER = importlib.util.find_spec("adbc_driver_postgresql") is not None
needs_server = pytest.mark.skipif(
    not (ADDRESS and DRIVER),
    reason="needs the extra “postgres” and a server: .ci/postgres ./run test -m postgres",
)
DUCKDB = {"kind": "duckdb", "path": "d.duckdb", "table": "people"}
POSTGRES = {"kind": "postgres", "table": "people", "url_env": "IMPACT_TEST_POSTGRES"}


def plan(source: dict[str, Any], **changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": source,
        "columns": {
            "decision": {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"},
            "outcome": {"name": "found", "yes": [1], "no": [0], "label": "something found"},
        },
        "groups": {"sex": {"name": "sex"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


PEOPLE = [
    ("F", "Y", 1.0, 0.5),
    ("F", "N", None, 0.7),
    ("F", "N", None, None),
    (None, "Y", 0.0, 1.0),
    ("M", "Y", 0.0, 0),
]
CELLS = (
    Cell(("F",), -1, 0, -1, 2),
    Cell(("F",), 1, 1, -1, 1),
    Cell(("M",), 0, 1, -1, 1),
    Cell((MISSING,), 0, 1, -1, 1),
)


def faults_of(the_plan: AuditPlan, base: Path) -> tuple[Any, ...]:
    with pytest.raises(MetricError) as caught:
        count(the_plan, base=base)
    return caught.value.faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.execute("CREATE TABLE people (sex VARCHAR, flag VARCHAR, found DOUBLE, score DOUBLE, name VARCHAR)")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, 'never read')", PEOPLE)
        connection.execute("CREATE VIEW flagged AS SELECT * FROM people WHERE flag IS NOT NULL")
        connection.execute("CREATE SCHEMA other")
        connection.execute("CREATE TABLE other.empty AS SELECT * FROM people LIMIT 0")
    return tmp_path


@pytest.mark.parametrize("name", ["people", "main.people", "flagged"])
def test_table_or_view_of_a_duckdb_file_is_counted(name: str, folder: Path) -> None:
    before = (folder / "d.duckdb").read_bytes()

    counted = count(plan(DUCKDB | {"table": name}), base=folder)

    assert counted.cells.rows == CELLS
    assert [file for file, *_ in counted.fingerprint] == ["d.duckdb"]
    assert (folder / "d.duckdb").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["d.duckdb"]


def test_what_a_duckdb_file_can_lack(folder: Path) -> None:
    assert [fault.code for fault in faults_of(plan(DUCKDB | {"table": "empty"}), folder)] == ["D03"]
    assert [fault.code for fault in faults_of(plan(DUCKDB | {"table": "other.empty"}), folder)] == ["D02"]
    (folder / "d.csv").write_text("sex,flag,found\n", encoding="utf-8")
    assert [fault.code for fault in faults_of(plan(DUCKDB | {"path": "d.csv"}), folder)] == ["D88"]
    (folder / "d.duckdb.wal").write_bytes(b"waiting")
    assert [fault.code for fault in faults_of(plan(DUCKDB), folder)] == ["D65"]


def test_view_that_reads_another_file_is_refused(folder: Path) -> None:
    (folder / "secret.csv").write_text("sex,flag,found\nF,Y,1\n", encoding="utf-8")
    with duckdb.connect(str(folder / "d.duckdb")) as connection:
        connection.execute(f"CREATE VIEW outside AS SELECT * FROM read_csv('{folder / 'secret.csv'}')")

    (fault,) = faults_of(plan(DUCKDB | {"table": "outside"}), folder)

    assert fault.code == "D88"
    assert "secret" not in str(fault)


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ({"kind": "postgres", "table": "t"}, ["E111"]),
        ({"kind": "postgres", "table": "t", "url_env": "U", "path": "d.csv"}, ["E111"]),
        ({"kind": "spark", "path": "d.csv", "table": "t"}, ["E111"]),
        ({"kind": "duckdb", "path": "d.duckdb"}, ["E111"]),
        ({"kind": "csv", "table": "t", "path": "d.csv"}, ["E111"]),
        ({"kind": "parquet"}, ["E110"]),
    ],
)
def test_each_kind_of_source_has_its_own_keys(source: dict[str, str], codes: list[str]) -> None:
    with pytest.raises(MetricError) as caught:
        plan(source)

    assert [fault.code for fault in caught.value.faults] == codes


def test_address_in_place_of_a_variable_is_refused_and_not_repeated() -> None:
    with pytest.raises(MetricError) as caught:
        plan(POSTGRES | {"url_env": "postgresql://auditor:hunter2@db.example/people"})

    assert {fault.code for fault in caught.value.faults} <= {"D66", "E111"}
    assert "hunter2" not in str(caught.value)
    assert "db.example" not in str(caught.value)


def test_missing_driver_and_missing_variable_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    (unset,) = faults_of(plan(POSTGRES | {"url_env": "NO_SUCH"}), tmp_path)
    monkeypatch.setenv("NO_SUCH", "postgresql://auditor:hunter2@127.0.0.1:1/people")
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    (missing,) = faults_of(plan(POSTGRES | {"url_env": "NO_SUCH"}), tmp_path)

    assert (unset.code, missing.code, missing.exit) == ("D101", "D100", Exit.MISSING)
    assert "pip install 'impact-assessment[postgres]'" in missing.remedy
    assert "hunter2" not in str(missing)


@pytest.fixture
def server() -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(ADDRESS, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute('DROP TABLE IF EXISTS people, numbers, "Odd ""name""" CASCADE')
        cursor.execute("CREATE TABLE people (sex text, flag char(3), found float8, score numeric(6,3), name text)")
        for row in PEOPLE:
            cursor.execute(
                "INSERT INTO people VALUES ($1, $2, $3, $4::text::numeric, 'never read')",
                parameters=(*row[:3], None if row[3] is None else str(row[3])),
            )
        yield cursor


@pytest.mark.postgres
@needs_server
class TestPostgres:
    def test_table_is_counted(self, server: Any, tmp_path: Path) -> None:
        counted = count(plan(POSTGRES), base=tmp_path)

        assert counted.cells.rows == CELLS
        assert counted.fingerprint == ()
        assert [check.code for check in counted.checks if check.code == "D102"] == ["D102"]
        assert " postgresql " in counted.engine
        assert ADDRESS not in repr(counted)

    def test_types_are_those_of_a_file(self, server: Any, tmp_path: Path) -> None:
        # numeric arrives as a number (1.00 is the group 1), an enum as text, and a missing score stays missing.
        server.execute("DROP TYPE IF EXISTS answer CASCADE")
        server.execute("CREATE TYPE answer AS ENUM ('Y', 'N')")
        server.execute("CREATE TABLE numbers (sex numeric(4,2), flag answer, found boolean, score numeric(6,3))")
        server.execute(
            "INSERT INTO numbers VALUES (1.00, 'Y', true, 0.580), (2, 'N', false, 'NaN'), (NULL, 'N', NULL, NULL)"
        )
        score = {"name": "score", "higher_means": "more likely", "bins": 100}
        columns = plan(POSTGRES).columns.model_dump(exclude_unset=True, by_alias=True) | {"score": score}

        counted = count(plan(POSTGRES | {"table": "public.numbers"}, columns=columns), base=tmp_path)

        assert counted.cells.rows == (
            Cell(("1",), 1, 1, -1, 1),
            Cell(("2",), 0, 0, -1, 1),
            Cell((MISSING,), -1, 0, -1, 1),
        )
        scores = counted.aggregates["scores"]
        assert scores.about["values"] == [0.58]
        assert int(scores.measures["n"][scores.keys["grouping"] == ""].sum()) == 3

    def test_names_are_looked_up_and_never_run(self, server: Any, tmp_path: Path) -> None:
        server.execute('CREATE TABLE "Odd ""name""" AS SELECT * FROM people')

        assert count(plan(POSTGRES | {"table": '"Odd ""name"""'}), base=tmp_path).cells.rows == CELLS
        for name in ("no_such", "people; DROP TABLE people", "people WHERE 1=1"):
            faults = faults_of(plan(POSTGRES | {"table": name}), tmp_path)
            assert faults[0].code in ("D03", "D101"), name
        server.execute("SELECT count(*) FROM people")
        assert server.fetchone() == (5,)

    def test_missing_column_and_empty_table(self, server: Any, tmp_path: Path) -> None:
        wrong = plan(POSTGRES, groups={"sex": {"name": "sexx"}})
        assert [fault.code for fault in faults_of(wrong, tmp_path)] == ["D03"]
        server.execute("DELETE FROM people")
        assert [fault.code for fault in faults_of(plan(POSTGRES), tmp_path)] == ["D02"]

    def test_refused_password_is_not_told(
        self, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WRONG", ADDRESS.replace("auditor:", "auditor:hunter2"))

        (fault,) = faults_of(plan(POSTGRES | {"url_env": "WRONG"}), tmp_path)

        told = capfd.readouterr()
        assert fault.code == "D101"
        assert "hunter2" not in f"{fault}{told.out}{told.err}"
        assert "127.0.0.1" not in f"{fault}{told.out}{told.err}"


def test_exact_numbers_of_a_duckdb_file_are_groups(folder: Path) -> None:
    with duckdb.connect(str(folder / "d.duckdb")) as connection:
        connection.execute("CREATE TABLE bands AS SELECT 1.00::DECIMAL(4,2) AS sex, flag, found FROM people")
        connection.execute("INSERT INTO bands VALUES (?, 'N', NULL)", [Decimal("2.00")])

    counted = count(plan(DUCKDB | {"table": "bands"}), base=folder)

    assert {cell.group for cell in counted.cells} == {("1",), ("2",)}
