"""A decision log on a PostgreSQL server, or written on a cluster: the answers of the same log in files."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.claims.check import Claim
from impact.claims.checks import catalogue
from impact.claims.contract import CONTRACT
from impact.claims.examine import ask, judge
from impact.errors import MetricError
from impact.metrics.logs.opening import DecisionLog, open_log
from impact.metrics.logs.source import LogSource
from tests.claims.conftest import context_of

ADDRESS = os.environ.get("IMPACT_TEST_POSTGRES", "")
needs_server = pytest.mark.skipif(
    not (ADDRESS and importlib.util.find_spec("adbc_driver_postgresql")),
    reason="needs the extra “postgres” and a server: .ci/postgres ./run test -m postgres",
)
needs_spark = pytest.mark.skipif(
    not (importlib.util.find_spec("pyspark") and (shutil.which("java") or "JAVA_HOME" in os.environ)),
    reason="needs Java and the extra “spark”: pip install 'impact-assessment[spark]'",
)
SCALE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"

# Forty alerts of forty people, each opened at 10:00 on its own day in British time and acted on a day later; one was
# acted on before it was opened. The clocks went forward on 29 March 2026, on the 29th day of these.
ROWS = [
    {
        "case": f"c{i}",
        "person": f"p{i}",
        "alarm": "Y",
        "said": "A" if i % 4 else "O",
        "opened": f"2026-03-{i + 1:02}T10:00:00{'+01:00' if i >= 28 else '+00:00'}"
        if i < 31
        else f"2026-04-{i - 30:02}T10:00:00+01:00",
        "acted": "2026-01-01T00:00:00+00:00" if i == 7 else f"2026-05-{i % 30 + 1:02}T10:00:00+01:00",
        "risk": 0.025 * i,
    }
    for i in range(40)
]
COLUMNS = {
    "case_id": "case",
    "subject_key": "person",
    "flag": "alarm",
    "reviewer_decision": "said",
    "ts_open": "opened",
    "ts_action": "acted",
    "score": "risk",
}
VALUES = {
    "flag": {"true": ("Y",), "false": ("N",)},
    "reviewer_decision": {"agree": ("A",), "override": ("O",)},
}


def groups(i: int) -> str:
    return "F" if i % 2 else "M"


def file_log(folder: Path) -> DecisionLog:
    """The same log as CSV files."""
    folder.mkdir()
    names = list(ROWS[0])
    (folder / "log.csv").write_text(
        "\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in ROWS)]) + "\n"
    )
    people = "subject_key,sex\n" + "".join(f"p{i},{groups(i)}\n" for i in range(40))
    (folder / "people.csv").write_text(people)
    sources = {
        "log": LogSource(path="log.csv", kind="csv", columns=COLUMNS, values=VALUES),
        "people": LogSource(path="people.csv", kind="csv"),
    }
    return open_log(sources, CONTRACT, base=folder, scratch=folder)


def answers(log: DecisionLog) -> tuple[Any, Any]:
    """What every check that can be tested asked this log, and how it rules."""
    checks = list(catalogue().values())
    contexts = {each.id: context_of(log, parameters={}, reference={}, as_at=date(2026, 11, 20)) for each in checks}
    given = json.loads(json.dumps(ask(checks, contexts, log), allow_nan=False))
    found = judge(checks, contexts, {each.id: Claim(each.id, True, "") for each in checks}, given)
    return given, {each.check.id: each.ruling for each in found}


@pytest.fixture
def server() -> Iterator[Any]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(ADDRESS, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS review CASCADE")
        cursor.execute("CREATE SCHEMA review")
        cursor.execute(
            'CREATE TABLE review.alerts ("case" text, person text, alarm char(2), said text, opened timestamptz, '
            "acted timestamptz, risk numeric(6,4), name text)"
        )
        cursor.execute("CREATE TABLE review.staff (subject_key text, sex varchar(1), salary integer)")
        for i, row in enumerate(ROWS):
            cursor.execute(
                "INSERT INTO review.alerts VALUES ($1, $2, $3, $4, $5::text::timestamptz, $6::text::timestamptz, "
                "$7::text::numeric, 'never read')",
                parameters=(
                    *(row[name] for name in ("case", "person", "alarm", "said", "opened", "acted")),
                    str(row["risk"]),
                ),
            )
            cursor.execute("INSERT INTO review.staff VALUES ($1, $2, 1)", parameters=(f"p{i}", groups(i)))
        yield cursor
        cursor.execute("DROP SCHEMA review CASCADE")


def sources(**changes: Any) -> dict[str, LogSource]:
    at = {"kind": "postgres", "url_env": "IMPACT_TEST_POSTGRES"}
    log: dict[str, Any] = {**at, "table": "review.alerts", "columns": COLUMNS, "values": VALUES, **changes}
    return {"log": LogSource(**log), "people": LogSource(**at, table="review.staff")}  # type: ignore[arg-type]


@pytest.mark.postgres
@needs_server
class TestPostgres:
    def test_every_check_gets_the_answers_of_the_same_log_in_files(self, server: Any, tmp_path: Path) -> None:
        told: list[str] = []
        log = open_log(sources(), CONTRACT, base=tmp_path, scratch=tmp_path, progress=told.append)
        here, there = answers(file_log(tmp_path / "files")), answers(log)

        assert there == here
        assert there[1]["CK-01"].verdict == "contradicted"  # case 7: 1 of 40
        assert told == ["reading table review.alerts", "reading table review.staff"]
        assert log.files() == ()
        assert log.notes == (
            "“review.alerts” (log), “review.staff” (people) are tables and not files: no digest shows later that they "
            "are those that were read. They were read in one transaction, as they stood at one moment.",
        )
        assert re.fullmatch(r"duckdb \S+, postgresql \d+(\.\d+)?", log.engine)
        log.close()

    def test_only_mapped_columns_come_over(self, server: Any, tmp_path: Path) -> None:
        import pyarrow.parquet as pq

        open_log(sources(), CONTRACT, base=tmp_path, scratch=tmp_path).close()

        assert set(pq.read_schema(tmp_path / "log.parquet").names) == set(COLUMNS.values())
        assert set(pq.read_schema(tmp_path / "people.parquet").names) == {"subject_key", "sex"}
        assert b"never read" not in (tmp_path / "log.parquet").read_bytes()

    def test_tables_are_read_as_they_stood_at_one_moment(self, server: Any, tmp_path: Path) -> None:
        """Somebody joins, and an alert of theirs is written, between the two tables: neither is there."""

        def written(step: str) -> None:
            if step == "reading table review.staff":
                server.execute("INSERT INTO review.staff VALUES ('new', 'F', 1)")
                server.execute("UPDATE review.staff SET sex = 'X'")

        log = open_log(sources(), CONTRACT, base=tmp_path, scratch=tmp_path, progress=written)
        (row,) = log.rows("SELECT count(*) AS n, count(*) FILTER (WHERE sex = 'X') AS x FROM people")
        log.close()
        server.execute("SELECT count(*) FROM review.staff WHERE sex = 'X'")

        assert row == {"n": 40, "x": 0}
        assert server.fetchone() == (41,)

    def test_two_databases_are_said_not_to_be_of_one_moment(
        self, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTHER_DB", ADDRESS)
        named = sources()
        named["people"] = named["people"].model_copy(update={"url_env": "OTHER_DB"})
        log = open_log(named, CONTRACT, base=tmp_path, scratch=tmp_path)
        log.close()

        assert [note.partition(":")[0] for note in log.notes] == [
            "“review.alerts” (log) is a table and not a file",
            "“review.staff” (people) is a table and not a file",
            "These tables stand in 2 databases, which were read one after the other",
        ]

    def test_faults_of_all_tables_are_told_at_once(self, server: Any, tmp_path: Path) -> None:
        named = sources(columns={**COLUMNS, "flag": "alarms"})
        named["headcount"] = named["people"].model_copy(update={"table": "review.nowhere"})
        with pytest.raises(MetricError) as error:
            open_log(named, CONTRACT, base=tmp_path, scratch=tmp_path)

        assert [(fault.where, fault.code) for fault in error.value.faults] == [
            ("review.alerts", "D200"),
            ("review.nowhere", "D03"),
        ]
        assert "Did you mean “alarm”?" in error.value.faults[0].remedy

    def test_values_of_another_kind_are_refused_as_in_files(self, server: Any, tmp_path: Path) -> None:
        server.execute("UPDATE review.alerts SET said = 'secret word' WHERE person IN ('p1', 'p2')")
        with pytest.raises(MetricError) as error:
            open_log(sources(), CONTRACT, base=tmp_path, scratch=tmp_path)

        (fault,) = error.value.faults
        assert (fault.where, fault.code) == ("review.alerts", "D201")
        assert "2 values" in fault.found
        assert "secret" not in str(fault)

    def test_times_without_end_are_refused(self, server: Any, tmp_path: Path) -> None:
        """The driver gives “infinity” as a day before the year -290,000: every use would be outside its authority."""
        server.execute("UPDATE review.alerts SET acted = 'infinity' WHERE person = 'p3'")
        with pytest.raises(MetricError) as error:
            open_log(sources(), CONTRACT, base=tmp_path, scratch=tmp_path)

        assert [(fault.where, fault.code) for fault in error.value.faults] == [("review.alerts", "D205")]
        assert "“acted”" in error.value.faults[0].found

    def test_a_server_that_refuses_is_told_without_its_address(
        self, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WRONG", ADDRESS.replace("auditor:", "auditor:hunter2"))
        with pytest.raises(MetricError) as error:
            open_log(sources(url_env="WRONG"), CONTRACT, base=tmp_path, scratch=tmp_path)

        told = capfd.readouterr()
        assert [fault.code for fault in error.value.faults] == ["D101"]
        assert "hunter2" not in f"{error.value}{told.out}{told.err}"
        assert "127.0.0.1" not in f"{error.value}{told.out}{told.err}"


def snippet() -> str:
    """The script of docs/scale.md, as somebody would paste it."""
    return re.findall(r"```python\n(# impact-log\.py.*?)```", SCALE.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@needs_spark
def test_the_script_of_the_documents_makes_a_log_that_claims_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: Callable[..., DecisionLog]
) -> None:
    from datetime import datetime

    from impact.metrics.counting import spark

    scratch = tmp_path / "spark"
    scratch.mkdir()
    running = spark.session(scratch)
    try:
        with spark.quietly():
            session = running.session
            session.conf.set("spark.sql.session.timeZone", "Europe/London")  # the script sets its own
            session.sql("CREATE DATABASE IF NOT EXISTS review")
            alerts = [
                (
                    row["case"],
                    row["person"],
                    datetime.fromisoformat(row["opened"]),
                    datetime.fromisoformat(row["opened"]),
                    datetime.fromisoformat(row["acted"]),
                    row["risk"],
                    "ALERT",
                    {"A": "AGREED", "O": "CHANGED"}[row["said"]],
                    "never read",
                )
                for row in ROWS
            ]
            names = [
                "alert_id",
                "person_key",
                "scored_at",
                "opened_at",
                "action_at",
                "score",
                "status",
                "reviewer_view",
                "name",
            ]
            session.createDataFrame(alerts, names).write.mode("overwrite").saveAsTable("review.alerts")
            people = [(f"p{i}", groups(i), "30-39") for i in range(40)]
            session.createDataFrame(people, ["person_key", "sex", "age_band"]).write.mode("overwrite").saveAsTable(
                "review.people"
            )
            monkeypatch.setattr("sys.argv", ["impact-log.py", str(tmp_path / "data")])
            exec(compile(snippet(), "impact-log.py", "exec"), {"__name__": "__main__"})  # our own document
            with pytest.raises(Exception, match="already exists"):  # nothing is written over
                exec(compile(snippet(), "impact-log.py", "exec"), {"__name__": "__main__"})
            session.sql("DROP DATABASE review CASCADE")
    finally:
        running.close()
    written = {name: LogSource(kind="parquet", path=f"data/{name}/*.parquet") for name in ("log", "people")}
    log = open_log(written, CONTRACT, base=tmp_path, scratch=tmp_path)
    given, rulings = answers(log)
    expected, ruled = answers(file_log(tmp_path / "files"))

    assert log.columns["log"] == frozenset(COLUMNS) | {"ts_scored"}
    assert log.notes == ()  # every time has its place on the globe
    assert given["CK-01"] == expected["CK-01"]
    assert given["CK-02"] == expected["CK-02"]
    assert rulings["CK-01"] == ruled["CK-01"]
    log.close()
