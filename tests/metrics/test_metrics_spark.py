"""Spark gives the cells that DuckDB gives, and those worked by hand; without Spark the message says how to get it."""

from __future__ import annotations

import datetime
import importlib.util
import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from impact.errors import Exit, MetricError
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.tables.cells import MISSING, Cell

JAVA = shutil.which("java") is not None or "JAVA_HOME" in os.environ
PYSPARK = importlib.util.find_spec("pyspark") is not None
needs_spark = pytest.mark.skipif(
    not (JAVA and PYSPARK), reason="needs Java and the extra “spark”: pip install 'impact-assessment[spark]'"
)
# One worker for all: a session takes seconds to start, and there is one to a process.
spark_test = [pytest.mark.spark, needs_spark, pytest.mark.xdist_group("spark"), pytest.mark.slow]

NAN = float("nan")
DECISION = {"name": "flag", "yes": ["Y"], "no": ["N"], "effect": "burden", "label": "flagged"}
OUTCOME = {"name": "found", "yes": [1], "no": [0], "label": "something found"}
SCORE = {"name": "score", "higher_means": "more likely to be flagged", "bins": 100}


def plan(**changes: Any) -> AuditPlan:
    data: dict[str, Any] = {
        "version": 1,
        "title": "t",
        "question": "q",
        "pool": "everybody scored",
        "source": {"kind": "parquet", "path": "d.parquet"},
        "columns": {"decision": DECISION, "outcome": OUTCOME},
        "groups": {"eth": {"name": "eth"}, "band": {"name": "band"}},
        "plan": {"primary": ["selection_rate"]},
    }
    return plan_of(data | changes)


# The score column: null, NaN, both zeros, the ends of the range, edges that floor(score × bins) misses, and enough
# others that bins are used.
AWKWARD = [None, NAN, -0.0, 0.0, 1.0, 0.29, 0.57, 0.58, 0.5799999999999999, 0.07, 0.14]
SCORES = AWKWARD + [(index * 7919 % 100_003) / 100_003 for index in range(1_500 - len(AWKWARD))]
N = len(SCORES)


def cycle(values: list[Any]) -> list[Any]:
    return [values[index % len(values)] for index in range(N)]


TABLE = pa.table(
    {
        "eth": cycle(["007", "7", None, "", "Ö'\"", "7", "007"]),
        "band": pa.array(cycle([1, None, 2]), pa.int32()),
        "rate": pa.array(cycle([Decimal("1.00"), Decimal("2.00"), None]), pa.decimal128(5, 2)),
        "flag": cycle(["Y", "N", None, "Y", "N"]),
        "found": pa.array(cycle([1.0, 0.0, NAN, None, -0.0]), pa.float64()),
        "score": pa.array(SCORES, pa.float64()),
        "single": pa.array([None if each is None else each for each in SCORES], pa.float32()),
        "amount": pa.array([None if each is None or each != each else Decimal(f"{each:.9f}") for each in SCORES],
                           pa.decimal128(12, 9)),
        "day": pa.array(cycle([datetime.date(2024, 1, 31), datetime.date(2024, 12, 31), None]), pa.date32()),
        "at": pa.array(cycle([datetime.datetime(2024, 3, 31, 23, 30), None]), pa.timestamp("us")),
        "zoned": pa.array(cycle([datetime.datetime(2024, 3, 31, 23, 30)]), pa.timestamp("us", "Europe/London")),
        "person": pa.array([index // 3 for index in range(N)], pa.int64()),
    }
)  # fmt: skip
TIME = {"name": "at", "period": "month"}
PLANS = {
    "cells": {"groups": {"eth": {"name": "eth"}, "rate": {"name": "rate"}}},
    "bins": {"columns": {"decision": DECISION, "outcome": OUTCOME, "score": SCORE}},
    "32 bits": {"columns": {"decision": DECISION, "score": SCORE | {"name": "single"}}},
    "decimal": {"columns": {"decision": DECISION, "score": SCORE | {"name": "amount"}}},
    "threshold": {
        "columns": {
            "decision": {"from": "single", "threshold": 0.58, "effect": "burden", "label": "flagged"},
            "outcome": OUTCOME,
            "time": TIME,
        }
    },
    "date": {"columns": {"decision": DECISION, "time": TIME | {"name": "day"}}},
}


def everything(counted: Counted) -> tuple[Any, ...]:
    tables = {name: (table.to_parquet(), table.about) for name, table in counted.aggregates.items()}
    return counted.cells.digest, counted.cells.to_parquet(), tables, counted.checks, counted.fingerprint


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from impact.metrics.counting import spark as ours

    started = ours.session(tmp_path_factory.mktemp("spark"))
    yield started.session
    started.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(TABLE, tmp_path / "d.parquet", row_group_size=400)
    return tmp_path


@pytest.mark.parametrize(
    ("lacking", "command"),
    [("pyspark", "pip install 'impact-assessment[spark]'"), ("java", "apt-get install -y openjdk-17-jre-headless")],
)
def test_engine_that_is_not_installed_is_named_with_its_command(
    lacking: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking == "pyspark":
        monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    elif not PYSPARK:
        pytest.skip("needs the extra “spark”")
    else:
        from pyspark.sql import SparkSession

        if SparkSession.getActiveSession() is not None:
            pytest.skip("a session is running already, so Java is there")
        monkeypatch.setenv("PATH", str(tmp_path))
        for name in ("JAVA_HOME", "SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE"):
            monkeypatch.delenv(name, raising=False)

    with pytest.raises(MetricError) as caught:
        count(plan(source={"kind": "spark", "table": "t"}), base=tmp_path)

    (fault,) = caught.value.faults
    assert (fault.code, fault.exit) == ("D100", Exit.MISSING)
    assert command in fault.remedy


class TestSpark:
    pytestmark = spark_test

    @pytest.mark.parametrize("name", PLANS)
    def test_same_file_gives_the_same_bytes_as_duckdb(self, name: str, folder: Path, spark: Any) -> None:
        the_plan = plan(**PLANS[name])

        by_spark = count(the_plan, base=folder, engine="spark")

        assert everything(by_spark) == everything(count(the_plan, base=folder))
        assert by_spark.engine.startswith("pyspark ")

    def test_cells_of_a_named_table_are_those_worked_by_hand(self, spark: Any) -> None:
        rows = [("F", "Y", 1.0), ("F", "N", NAN), ("F", "N", None), (None, "Y", -0.0), ("M", "Y", 0.0)]
        spark.createDataFrame(rows, "sex string, flag string, found double").createOrReplaceTempView("people")
        source = {"kind": "spark", "table": "people"}

        counted = count(plan(source=source, groups={"sex": {"name": "sex"}}), base=Path())

        assert counted.cells.rows == (
            Cell(("F",), -1, 0, -1, 2),
            Cell(("F",), 1, 1, -1, 1),
            Cell(("M",), 0, 1, -1, 1),
            Cell((MISSING,), 0, 1, -1, 1),
        )
        assert counted.fingerprint == ()
        assert [check.code for check in counted.checks if check.code == "D102"] == ["D102"]

    def test_frame_of_spark_is_counted(self, folder: Path, spark: Any) -> None:
        frame = spark.read.parquet(str(folder / "d.parquet"))

        assert count_frame(plan(), frame).cells.digest == count(plan(), base=folder).cells.digest

    def test_csv_is_read_by_the_rules_of_csv_files(self, tmp_path: Path, spark: Any) -> None:
        # Spark alone would take the empty fields for null and so for one group, and the numbers with units for none.
        text = 'eth,band,flag,found,score\n"a ""b""",1,Y,1,1e-1\n"",2,N,0, .5 \nnull,1,Y,,inf\n'
        (tmp_path / "d.csv").write_text(text, encoding="utf-8")
        columns = {"decision": DECISION, "outcome": OUTCOME, "score": SCORE}
        of_text = plan(source={"kind": "csv", "path": "d.csv", "null_values": ["null"]}, columns=columns)
        refused = []
        for engine in ("duckdb", "spark"):
            with pytest.raises(MetricError) as caught:
                count(of_text, base=tmp_path, engine=engine)  # type: ignore[arg-type]
            refused.append([str(fault) for fault in caught.value.faults])
        assert refused[0] == refused[1]
        assert [fault.code for fault in caught.value.faults] == ["D18", "D31"]
        (tmp_path / "d.csv").write_text(text.replace("inf", "nan").replace("Y,,", "Y,0,"), encoding="utf-8")

        results = [everything(count(of_text, base=tmp_path, engine=engine)) for engine in ("duckdb", "spark")]

        assert results[0] == results[1]

    def test_faults_are_those_of_duckdb(self, folder: Path, spark: Any) -> None:
        zoned = plan(columns={"decision": DECISION, "time": TIME | {"name": "zoned"}})
        unmapped = plan(columns={"decision": DECISION | {"no": ["no"]}})
        for wrong in (zoned, unmapped):
            said = []
            for engine in ("duckdb", "spark"):
                with pytest.raises(MetricError) as caught:
                    count(wrong, base=folder, engine=engine)  # type: ignore[arg-type]
                said.append(str(caught.value))
            assert said[0] == said[1]

    @pytest.mark.parametrize(("name", "code"), [("no_such_table", "D03"), ("parquet.`/tmp/d.parquet`", "D78")])
    def test_table_that_is_not_there_or_is_a_path(self, name: str, code: str, spark: Any) -> None:
        with pytest.raises(MetricError) as caught:
            count(plan(source={"kind": "spark", "table": name}), base=Path())

        assert [fault.code for fault in caught.value.faults] == [code]
