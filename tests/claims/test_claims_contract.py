"""The contract's columns, their meanings, and how a file's values become them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from impact.claims.contract import CONTRACT, PEOPLE
from impact.claims.meanings import MEANINGS, TABLES
from impact.errors import MetricError
from impact.metrics.logs.opening import DecisionLog, open_log
from impact.metrics.logs.source import LogSource

Logs = Callable[..., DecisionLog]


def test_every_column_has_a_meaning_and_every_meaning_a_column() -> None:
    assert set(TABLES) == set(CONTRACT)
    assert {name: set(MEANINGS[name]) for name in CONTRACT if name != "people"} == {
        name: set(fields) for name, fields in CONTRACT.items() if name != "people"
    }
    assert set(PEOPLE) <= set(MEANINGS["log"])


def codes(error: pytest.ExceptionInfo[MetricError]) -> list[str]:
    return [fault.code for fault in error.value.faults]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("flag", ["1", "0", "true", "No", ""], "maybe"),
        ("flag", ["1"], "2"),
        ("ts_open", ["2026-06-01T10:00:00+01:00", "2026-06-01T09:00:00Z", ""], "yesterday"),
        ("score", ["0.5", "1e-3", ""], "1_000"),
        ("score", ["0.5"], "nan"),
        ("rank", ["1", "2.0", ""], "1.5"),
        ("reviewer_decision", ["agree", "override", "defer", ""], "Agree "),
    ],
)
def test_values_of_another_kind_are_refused_and_counted_never_shown(
    logs: Logs, column: str, good: list[str], bad: str
) -> None:
    log = logs([{"case_id": index, column: value} for index, value in enumerate(good)])
    (row,) = log.rows(f"SELECT count({column}) AS n FROM cases")
    assert row["n"] == sum(value != "" for value in good)
    with pytest.raises(MetricError) as error:
        logs([{column: value} for value in (*good, bad, bad)])
    assert codes(error) == ["D201"]
    assert "2 values" in str(error.value)
    assert f"“{bad}”" not in str(error.value)


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("case,flag,score\n1,perhaps,high\n")
    (tmp_path / "people.csv").write_text("key,sex\na,F\na,M\n")
    sources = {
        "log": LogSource(path="log.csv", kind="csv", columns={"case_id": "cas"}),
        "people": LogSource(path="people.csv", kind="csv"),
    }
    with pytest.raises(MetricError) as error:
        open_log(sources, CONTRACT, base=tmp_path, scratch=tmp_path)
    assert codes(error) == ["D200"]  # a mapping that names no column: its values cannot be looked at yet
    assert "Did you mean “case”?" in str(error.value)
    sources["log"] = LogSource(path="log.csv", kind="csv", columns={"case_id": "case"})
    with pytest.raises(MetricError) as error:
        open_log(sources, CONTRACT, base=tmp_path, scratch=tmp_path)
    assert codes(error) == ["D201", "D201"]


def test_words_of_the_file_are_mapped_and_groups_are_joined(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who,alarm,said\na,Y,A\nb,N,O\nc,Y,A\n")
    (tmp_path / "people.csv").write_text("subject_key,sex\na,F\nb,M\n")
    sources = {
        "log": LogSource(
            path="log.csv",
            kind="csv",
            columns={"subject_key": "who", "flag": "alarm", "reviewer_decision": "said"},
            values={
                "flag": {"true": ("Y",), "false": ("N",)},
                "reviewer_decision": {"agree": ("A",), "override": ("O",)},
            },
        ),
        "people": LogSource(path="people.csv", kind="csv"),
    }
    log = open_log(sources, CONTRACT, base=tmp_path, scratch=tmp_path)
    rows = log.rows("SELECT sex, flag, reviewer_decision FROM cases ORDER BY subject_key")
    log.close()
    expected: list[dict[str, Any]] = [
        {"sex": "F", "flag": True, "reviewer_decision": "agree"},
        {"sex": "M", "flag": False, "reviewer_decision": "override"},
        {"sex": None, "flag": True, "reviewer_decision": "agree"},
    ]
    assert rows == expected


@pytest.mark.parametrize(
    ("people", "code"),
    [("key,sex\na,F\n", "D203"), ("subject_key,sex\na,F\na,M\n", "D202"), ("subject_key,sex\n,F\n", "D202")],
)
def test_a_file_of_groups_names_each_person_once(tmp_path: Path, people: str, code: str) -> None:
    (tmp_path / "log.csv").write_text("subject_key,flag\na,1\n")
    (tmp_path / "people.csv").write_text(people)
    sources = {name: LogSource(path=f"{name}.csv", kind="csv") for name in ("log", "people")}
    with pytest.raises(MetricError) as error:
        open_log(sources, CONTRACT, base=tmp_path, scratch=tmp_path)
    assert codes(error) == [code]


def test_every_kind_of_file_gives_the_same_answers(tmp_path: Path, logs: Logs) -> None:
    import sqlite3

    import duckdb

    rows = [{"case_id": str(i), "flag": i % 2, "ts_open": f"2026-06-01T10:00:{i:02}Z"} for i in range(40)]
    text = "case_id,flag,ts_open\n" + "".join(f"{r['case_id']},{r['flag']},{r['ts_open']}\n" for r in rows)
    (tmp_path / "log.csv").write_text(text)
    duckdb.sql(f"COPY (FROM read_csv('{tmp_path}/log.csv')) TO '{tmp_path}/log.parquet'")
    with duckdb.connect(str(tmp_path / "log.duckdb")) as connection:
        connection.execute(f"CREATE TABLE cases AS FROM '{tmp_path}/log.parquet'")
    with sqlite3.connect(tmp_path / "log.sqlite") as lite:
        lite.execute("CREATE TABLE cases (case_id TEXT, flag INTEGER, ts_open TEXT)")
        lite.executemany("INSERT INTO cases VALUES (:case_id, :flag, :ts_open)", rows)
    found = []
    for kind, suffix in (("csv", "csv"), ("parquet", "parquet"), ("duckdb", "duckdb"), ("sqlite", "sqlite")):
        table = "cases" if kind in ("duckdb", "sqlite") else None
        source = LogSource(path=f"log.{suffix}", kind=kind, table=table)  # type: ignore[arg-type]  # one of four
        scratch = tmp_path / f"scratch-{kind}"
        scratch.mkdir()
        log = open_log({"log": source}, CONTRACT, base=tmp_path, scratch=scratch)
        found.append(
            log.rows(
                "SELECT count(*) AS n, count(*) FILTER (WHERE flag) AS k, CAST(sum(epoch(ts_open)) AS BIGINT) AS s "
                "FROM cases"
            )
        )
        ((name, file),) = log.files()
        assert (name, file.file) == ("log", f"log.{suffix}")
        log.close()
    assert found[0][0]["k"] == 20
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("words", [("",), ("", "n/a")])
def test_nothing_but_spaces_is_nothing_recorded(tmp_path: Path, words: tuple[str, ...]) -> None:
    texts = ["  ", "\u00a0\u3000", "~", "!", " a", "a ", "é", "\x7f", "n/a ", "0"]
    written = "\n".join(["id,unit", *(f'{i},"{each}"' for i, each in enumerate(texts))])
    (tmp_path / "log.csv").write_text(written, encoding="utf-8")
    source = LogSource(path="log.csv", kind="csv", columns={"case_id": "id"}, null_values=words)
    log = open_log({"log": source}, CONTRACT, base=tmp_path, scratch=tmp_path)
    read = [row["unit"] for row in log.rows("SELECT unit FROM log ORDER BY CAST(case_id AS INTEGER)")]
    log.close()
    nothing = {"  ", "\u00a0\u3000", *(["n/a "] if "n/a" in words else [])}
    assert read == [None if each in nothing else each for each in texts]
