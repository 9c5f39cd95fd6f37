"""DuckDB as we use it: a private connection that can open the named files and nothing else.

In: files that have been looked at, or a pandas frame. Out: relations, and rows of aggregates.
Refuses automatic detection of anything, extensions, and files that were not named. Knows no plan.
Personal data: streams through DuckDB; what does not fit into memory is spilled into the run's own temporary folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["NUMBER", "connect", "csv_relation", "engine_name", "name", "parquet_relation", "plain_path", "text"]

# Text that is a number and nothing else: DuckDB alone would also take 1_000 and 1e400 (as infinity).
NUMBER = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*|\s*[+-]?([iI]nf(inity)?|[nN]a[nN])\s*"
# An empty field is not null here: which texts mean “nothing recorded” is for the plan to say, on every engine alike.
# DuckDB insists on some null text, so it gets one that no writer of CSV produces.
_NO_NULL = "\x1f\x1f\x1f"


def engine_name() -> str:
    """Name and version, as findings.json gives it."""
    import duckdb

    return f"duckdb {duckdb.__version__}"


def connect(files: Iterable[Path], *, scratch: Path, utc: bool = False, fractions: bool = True) -> Any:
    """A connection that may read ``files`` and spill into ``scratch``; its settings can no longer be changed.

    Args:
        files: What may be read.
        scratch: The run's own temporary folder.
        utc: Take times without an offset for UTC, wherever the machine stands.
        fractions: Whether a column that is read may hold NaN. DuckDB trusts a Parquet file's minimum and maximum,
            which leave NaN out (coding.py), so it must not draw conclusions from them; without such a column it may,
            and groups rows a fifth faster.
    """
    import duckdb

    connection = duckdb.connect(
        config={
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    if utc:
        connection.execute("SET TimeZone = 'UTC'")
    listed = ", ".join(text(str(path)) for path in files)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute(f"SET allowed_directories = [{text(str(scratch))}]")
    if fractions:
        connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def csv_relation(connection: Any, files: Sequence[Path], *, columns: int, delimiter: str) -> Any:
    """All columns as text, named c0, c1 …, each option given, so that nothing is guessed from the first rows."""
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(columns))
    return connection.sql(
        f"SELECT * FROM read_csv([{_paths(files)}], columns = {{{types}}}, header = true, "  # noqa: S608  # literals
        f"delim = {text(delimiter)}, quote = '\"', escape = '\"', nullstr = [{text(_NO_NULL)}], "
        "auto_detect = false, strict_mode = true, ignore_errors = false, null_padding = false, "
        "compression = 'none', max_line_size = 16777216)"
    )


def parquet_relation(connection: Any, files: Sequence[Path]) -> Any:
    """The files as one table; their schemas have been compared before."""
    return connection.sql(f"SELECT * FROM read_parquet([{_paths(files)}], union_by_name = false)")  # noqa: S608  # literals


def _paths(files: Sequence[Path]) -> str:
    return ", ".join(text(str(path)) for path in files)


def plain_path(path: Path, *, scratch: Path) -> Path:
    """A path that DuckDB does not take for a pattern: the file itself, or a link to it in ``scratch``.

    DuckDB could match a bracketed wildcard literally, but not while its access to other files is shut off.
    """
    if not any(letter in "*?[" for letter in str(path)):
        return path
    link = scratch / f"{len(list(scratch.iterdir()))}{path.suffix}"
    try:
        link.symlink_to(path)
    except OSError:  # a system on which links need a privilege
        shutil.copyfile(path, link)
    return link


def text(value: str) -> str:
    """A text literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A quoted name of SQL."""
    return '"' + value.replace('"', '""') + '"'
