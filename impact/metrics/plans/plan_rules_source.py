"""What a plan must say of its source: a path for a file, a table for a database, and never a password.

In: a plan as plain data. Out: problems with the path of the key they concern.
Refuses an address where the name of an environment variable belongs, and does not repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from impact.metrics.plans.plan_problem import Problem, at
from impact.metrics.plans.plan_rules_columns import reading_problems

__all__ = ["source_problems"]

_FILES = ("csv", "parquet", "counts", "sqlite", "duckdb")
_TABLES = ("sqlite", "duckdb", "postgres", "spark")
_QUERIES = ("sqlite", "duckdb")
_SELECT = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PARTS = {
    "path": (_FILES, "E110", "Name a file below the folder of the plan"),
    "table": (_TABLES, "E111", "Name the table or view to read"),
    "url_env": (("postgres",), "E111", "Name the environment variable that holds the address of the database"),
}


def source_problems(data: Any) -> Iterator[Problem]:
    """Problems of the key ``source``.

    >>> [each.found for each in source_problems({"source": {"kind": "spark"}})]
    ['“table” is missing']
    """
    kind, count = at(data, "source", "kind"), at(data, "source", "count")
    known = kind in (*_FILES, *_TABLES)
    if kind == "counts" and not count:
        remedy = "Name the column that says how many people a row stands for"
        yield Problem(("source", "count"), "“count” is missing", "a column name", remedy, "E111")
    if known:
        yield from _parts(data, str(kind))
    if known and kind != "counts" and count is not None:
        remedy = "Write “kind: counts” if a row stands for several people, else remove “count”"
        yield Problem(("source", "count"), f"“count” goes only with “kind: counts”, not “{kind}”", "", remedy, "E111")
    yield from reading_problems(data, "source")


def _parts(data: Any, kind: str) -> Iterator[Problem]:
    """Which of path, table and url_env goes with which kind."""
    for key, (kinds, code, remedy) in _PARTS.items():
        value = at(data, "source", key)
        given = bool(value) or (key == "path" and kind in kinds and value is not None)  # "" is refused as a path, D78
        given = given or (key == "table" and kind in _QUERIES and bool(at(data, "source", "query")))
        if kind in kinds and not given:
            yield Problem(("source", key), f"“{key}” is missing", "", remedy, code)
        elif kind not in kinds and given:
            found = f"“{key}” goes only with “kind: {' or '.join(kinds)}”, not “{kind}”"
            yield Problem(("source", key), found, "", "Remove it, or correct “kind”", "E111", at_key=True)
    yield from _query(data, kind)
    variable = at(data, "source", "url_env")
    if kind == "postgres" and isinstance(variable, str) and variable and not _VARIABLE.fullmatch(variable):
        # What stands there may be the address with its password: it is not repeated.
        found, wanted = "“url_env” is not the name of an environment variable", "letters, digits and _"
        remedy = "Put the address into an environment variable and name that; change the password if it stood here"
        yield Problem(("source", "url_env"), found, wanted, remedy, "E111")


def _query(data: Any, kind: str) -> Iterator[Problem]:
    """A query stands in place of a table, and is one statement that reads."""
    query = at(data, "source", "query")
    if not isinstance(query, str) or not query:
        return
    place = ("source", "query")
    if kind not in _QUERIES:
        remedy = "Make a view of it and name that under “table”" if kind in _TABLES else "Remove it, or correct “kind”"
        found = f"“query” goes only with “kind: {' or '.join(_QUERIES)}”, not “{kind}”"
        yield Problem(place, found, "", remedy, "E111", at_key=True)
    elif at(data, "source", "table"):
        yield Problem(place, "“query” beside “table”", "one of the two", "Remove one", "E111", at_key=True)
    elif not _SELECT.match(query) or ";" in query:
        remedy = "Write one statement that reads, without a semicolon: SELECT … FROM …"
        yield Problem(place, "a query that is no single SELECT", "SELECT, or WITH … SELECT", remedy, "E185")
