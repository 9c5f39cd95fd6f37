"""The hash chain of a log: how ``row_hash`` is made, in SQL and in Python, so that anyone can make and test it.

In: names of columns. Out: SQL that makes the hash again from a row's own values; the same in Python for whoever writes
the log. Fetches nothing.

``row_hash`` is SHA-256, in lower-case hexadecimal, of this text in UTF-8, its lines separated by one line feed:

1. ``prev_hash``: the ``row_hash`` of the row before (``seq`` less one), in lower case; empty in the first row.
2. For each sealed column of the log, in the order of ``SEALED``, unless its value is null: its name, ``=``, its value.

Sealed are the columns that are fixed when a row is written; what happens to the case afterwards is not. Values are
written like this: text as it stands, with ``\\`` doubled and a line feed as ``\\n``; a whole number in digits; another
number with nine decimals (``%.9f``); true or false as ``true`` or ``false``; a time in UTC to the microsecond,
``2026-06-01T09:00:00.000000Z``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from impact.claims.check import utc
from impact.claims.contract import LOG

__all__ = ["SEALED", "hash_sql", "lines_sql", "row_hash", "text_sql"]

SEALED: tuple[str, ...] = (
    "seq",
    "case_id",
    "subject_key",
    "ts_scored",
    "system",
    "model_version",
    "config_hash",
    "threshold",
    "score",
    "rank",
    "flag",
    "input_hash",
)


def hash_sql(columns: Sequence[str]) -> str:
    """SQL: the hash of a row made again from ``prev_hash`` and these columns, in this order.

    >>> hash_sql(["flag"])
    "sha256(concat(lower(prev_hash), CASE WHEN flag IS NOT NULL THEN chr(10) || 'flag=' END, CAST(flag AS VARCHAR)))"
    """
    return f"sha256({text_sql(columns)})"


def text_sql(columns: Sequence[str]) -> str:
    """SQL: the text that the hash is of.

    >>> text_sql(["flag"])
    "concat(lower(prev_hash), CASE WHEN flag IS NOT NULL THEN chr(10) || 'flag=' END, CAST(flag AS VARCHAR))"
    """
    return f"concat(lower(prev_hash), {_lines(columns)})"


def lines_sql(columns: Sequence[str]) -> str:
    """SQL: the text without its first line, the hash of the row before.

    >>> lines_sql(["flag"])
    "concat(CASE WHEN flag IS NOT NULL THEN chr(10) || 'flag=' END, CAST(flag AS VARCHAR))"
    """
    return f"concat({_lines(columns)})"


def _lines(columns: Sequence[str]) -> str:
    # What is null is left out with its line: “concat” takes it for nothing. A line is not put together by itself first.
    return ", ".join(
        f"CASE WHEN {name} IS NOT NULL THEN chr(10) || '{name}=' END, {_text_sql(name)}" for name in columns
    )


def row_hash(row: Mapping[str, Any], *, previous: str = "", columns: Sequence[str] = SEALED) -> str:
    """The hash of a row, for whoever writes a log.

    Args:
        row: Column -> value: str, int, float, bool, a datetime with an offset, or None.
        previous: ``row_hash`` of the row before; empty for the first.
        columns: What is sealed, in order.

    >>> row_hash({"seq": 1, "flag": True})[:16]  # printf '\\nseq=1\\nflag=true' | sha256sum
    '4995f0e87e3c512d'
    """
    lines = [f"{name}={_text(LOG[name].kind, row[name])}" for name in columns if row.get(name) is not None]
    return sha256("\n".join([previous.lower(), *lines]).encode()).hexdigest()


def _text_sql(name: str) -> str:
    kind = LOG[name].kind
    if kind == "text":
        # Looking for what is seldom there is quicker than replacing it.
        written = rf"replace(replace({name}, '\', '\\'), chr(10), '\n')"
        return rf"CASE WHEN contains({name}, '\') OR contains({name}, chr(10)) THEN {written} ELSE {name} END"
    if kind == "time":
        return f"strftime({utc(name)}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind == "number":
        # A decimal is written faster, and is the same number where nine decimals of it are surely not halfway between
        # two: up to 1,000 the product is off by less than 0.0001.
        left = f"{name} * 1e9 - floor({name} * 1e9)"
        sure = f"{name} > 0 AND {name} <= 1000 AND abs({left} - 0.5) > 0.001"
        decimal = f"CAST(CAST({name} AS DECIMAL(18, 9)) AS VARCHAR)"
        return f"CASE WHEN {sure} THEN {decimal} ELSE format('{{:.9f}}', {name}) END"
    return f"CAST({name} AS VARCHAR)"


def _text(kind: str, value: Any) -> str:
    if kind == "time":
        when: datetime = value
        return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if kind == "number":
        return f"{float(value):.9f}"
    if kind == "bool":
        return "true" if value else "false"
    if kind == "whole":
        return str(int(value))
    return str(value).replace("\\", "\\\\").replace("\n", "\\n")
