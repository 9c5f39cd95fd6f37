"""Spark as we use it: the session that is running, or one on this machine, and its tables as tables of ours.

In: a table's name, Parquet files or a Spark frame. Out: a frame whose columns have names of our own.
Refuses to read rows into Python: only the results of grouped queries are collected. Knows no decision.
Personal data: stays on the executors; what does not fit into memory is spilled where the cluster spills.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from impact.errors import Exit, Fault, MetricError
from impact.metrics.counting import duck

__all__ = ["Spark", "engine_name", "is_null", "is_spark", "parquet", "quietly", "selected", "session", "table", "texts"]

_NO_PYSPARK = "Install it: pip install 'impact-assessment[spark]'"
_NO_JAVA = "Install one: sudo apt-get install -y openjdk-17-jre-headless (macOS: brew install openjdk@17)"
# Spark's log may quote rows, and the reader of a command wants none of it. Without an appender Spark puts its own back.
_QUIET = """status = off
rootLogger.level = off
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
"""


class Spark:
    """A session, and what must be given back at the end."""

    def __init__(self, session: Any, *, ours: bool = False) -> None:
        self.session, self.ours = session, ours
        self._kept: list[Any] = []

    def keep(self, frame: Any) -> Any:
        """The frame, kept by Spark once it has been worked out."""
        kept = frame.persist()
        self._kept.append(kept)
        return kept

    def close(self) -> None:
        """Let go of what was kept; end a session that was started here."""
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        if self.ours:
            self.session.stop()


def engine_name() -> str:
    """Name and version, as findings.json gives it."""
    import pyspark

    return f"pyspark {pyspark.__version__}"


def session(scratch: Path) -> Spark:
    """The running session (``spark-submit``, a notebook), or one of our own on all cores of this machine.

    Args:
        scratch: The run's own temporary folder.

    Raises:
        MetricError: D100 (exit 7) pyspark or Java is missing; D101 Spark does not start.
    """
    try:
        with quietly():
            from pyspark.sql import SparkSession
    except ImportError:
        raise _missing("the package pyspark is missing", _NO_PYSPARK) from None
    running = SparkSession.getActiveSession()
    if running is not None:
        return Spark(running)
    theirs = {"SPARK_REMOTE", "SPARK_CONF_DIR", "SPARK_HOME"} & set(os.environ)
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java") is not None or (home and (Path(home) / "bin" / "java").exists())
    if not java and "SPARK_REMOTE" not in theirs:
        raise _missing("Spark needs Java 17 or newer, which is not on this machine", _NO_JAVA)
    if os.environ.get("PYSPARK_GATEWAY_PORT"):  # under spark-submit the cluster's own settings hold
        return Spark(SparkSession.builder.getOrCreate())
    settings = scratch / "log4j2.properties"
    settings.write_text(_QUIET, encoding="utf-8")
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={settings.as_uri()}",
        "spark.sql.shuffle.partitions": str(os.cpu_count() or 2),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        "spark.local.dir": str(scratch),
    }
    builder = SparkSession.builder.appName("impact")
    if not theirs:  # else somebody has said which cluster, and how
        builder = builder.master("local[*]")
        for key, value in options.items():
            builder = builder.config(key, value)
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    try:
        with quietly():
            return Spark(builder.getOrCreate(), ours=True)
    except Exception:
        # py4j, the JVM and Spark each have errors of their own, which may quote addresses and settings.
        remedy = "Start it alone (“pyspark”) and see what it says"
        raise MetricError(
            Fault("spark", "Spark does not start", "Java 17 or newer", remedy, "D101", Exit.MISSING)
        ) from None


def table(spark: Spark, name: str) -> Any:
    """A table or view of the session's catalogue.

    Raises:
        MetricError: D03 there is none of this name; D78 it is a path, which Spark would open wherever it leads.
    """
    if set("/\\:") & set(name):
        raise MetricError(Fault(name, "this is a path and not the name of a table", "", "Name a table or view", "D78"))
    try:
        with quietly():
            frame = spark.session.table(name)
            frame.columns  # noqa: B018  # names are looked up now and not at the first query
    except Exception:
        remedy = "Give the name as “SHOW TABLES” does, with catalogue and schema"
        raise MetricError(Fault(name, f"Spark has no table “{name}”", "", remedy, "D03")) from None
    return frame


def parquet(spark: Spark, files: Sequence[Path], *, scratch: Path, where: str) -> Any:
    """Parquet files as one table.

    Raises:
        MetricError: D88 Spark cannot read them.
    """
    paths = [_linked(path, scratch) for path in files]
    try:
        with quietly():
            return spark.session.read.parquet(*paths)
    except Exception:
        found = "Spark cannot read this Parquet file, or a type of column in it"
        raise MetricError(Fault(where, found, "", "Leave “--engine spark” out, or export it again", "D88")) from None


def selected(frame: Any, wanted: Mapping[str, str], numbers: Mapping[str, str]) -> Any:
    """Columns under names of our own.

    Args:
        frame: A Spark frame.
        wanted: New name -> column.
        numbers: New name of a column of text -> name of a further column: the number written there, null if none.
    """
    from pyspark.sql import functions as f

    chosen = [f.col(_quoted(name)).alias(alias) for alias, name in wanted.items()]
    # DuckDB's and Java's notations of numbers are one where this pattern holds.
    for alias, number in numbers.items():
        text = f.col(_quoted(wanted[alias]))
        chosen.append(f.when(text.rlike(f"^(?:{duck.NUMBER})$"), text.try_cast("double")).alias(number))
    return frame.select(*chosen)


@contextmanager
def quietly() -> Iterator[None]:
    """Without pyspark's warning about pandas 3, of which nothing here is used: counts come back as Arrow."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def texts(frame: Any) -> frozenset[str]:
    """Names of the columns that hold text."""
    kinds = ("string", "varchar", "char")
    return frozenset(each.name for each in frame.schema if each.dataType.simpleString().startswith(kinds))


def is_null(frame: Any) -> bool:
    """Whether the only column has no type because it has no value."""
    return [each.dataType.simpleString() for each in frame.schema] == ["void"]


def is_spark(error: Exception) -> bool:
    """Whether an error is of Spark or of the way to it; their messages may quote rows."""
    return type(error).__module__.partition(".")[0] in ("pyspark", "py4j")


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _linked(path: Path, scratch: Path) -> str:
    """A path that Spark does not take for a pattern."""
    if not set(str(path)) & set("*?[]{}\\"):
        return path.as_uri()
    folder = scratch / f"spark{len(list(scratch.iterdir()))}"
    folder.mkdir()
    link = folder / f"data{path.suffix}"
    try:
        link.symlink_to(path)
    except OSError:  # a system on which links need a privilege
        shutil.copyfile(path, link)
    return link.as_uri()


def _missing(found: str, remedy: str) -> MetricError:
    return MetricError(Fault("spark", found, "", remedy, "D100", Exit.MISSING))
