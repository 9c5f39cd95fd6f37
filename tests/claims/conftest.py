"""Small decision logs: rows written by hand, opened as a real file, judged by one check."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.claims.check import Check, Claim, Context, Ruling
from impact.claims.checks import catalogue
from impact.claims.contract import CHARACTERISTICS, CONTRACT
from impact.claims.examine import ask, judge
from impact.metrics.logs.opening import DecisionLog, open_log
from impact.metrics.logs.source import LogSource

Rows = Sequence[Mapping[str, Any]]
Rule = Callable[..., Ruling]


def write_csv(path: Path, rows: Rows) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows({name: "" if row.get(name) is None else row[name] for name in names} for row in rows)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Callable[..., DecisionLog]]:
    """``logs(rows, people=…, headcount=…)``: a log with its side files, each a CSV file."""
    opened: list[DecisionLog] = []

    def make(rows: Rows | None = None, **sides: Rows) -> DecisionLog:
        folder = tmp_path / f"log-{len(opened)}"
        scratch = folder / "scratch"
        scratch.mkdir(parents=True)
        sources = {}
        for name, table in {"log": rows, **sides}.items():
            if table is not None:
                write_csv(folder / f"{name}.csv", table)
                sources[name] = LogSource(path=f"{name}.csv", kind="csv")
        opened.append(open_log(sources, CONTRACT, base=folder, scratch=scratch))
        return opened[-1]

    yield make
    for log in opened:
        log.close()


@pytest.fixture
def rule(logs: Callable[..., DecisionLog]) -> Rule:
    """``rule("CK-01", rows, parameters={…}, people=…)``: the ruling of one check on a log."""

    def make(
        check: str,
        rows: Rows | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        reference: Mapping[str, str] | None = None,
        as_at: date = date(2026, 11, 20),
        **sides: Rows,
    ) -> Ruling:
        log = logs(rows, **sides)
        one: Check = catalogue()[check]
        context = context_of(log, parameters=parameters or {}, reference=reference or {}, as_at=as_at)
        # What the record keeps is JSON, and it is judged from there.
        answers = json.loads(json.dumps(ask([one], {check: context}, log), allow_nan=False))
        (found,) = judge([one], {check: context}, {check: Claim(check, True, "")}, answers)
        assert found.ruling is not None
        return found.ruling

    return make


@pytest.fixture
def rules(logs: Callable[..., DecisionLog]) -> Callable[..., dict[str, Ruling]]:
    """``rules(tables, figures)``: the rulings of every check of the catalogue on one log with its side files."""

    def make(tables: Mapping[str, Rows], figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Ruling]:
        log = logs(tables["log"], **{name: rows for name, rows in tables.items() if name != "log"})
        checks = list(catalogue().values())
        contexts = {
            check.id: context_of(log, parameters=figures.get(check.id, {}), reference={}, as_at=date(2026, 11, 20))
            for check in checks
        }
        answers = json.loads(json.dumps(ask(checks, contexts, log), allow_nan=False))
        found = judge(checks, contexts, {check.id: Claim(check.id, True, "") for check in checks}, answers)
        return {each.check.id: each.ruling for each in found if each.ruling is not None}

    return make


def context_of(
    log: DecisionLog, *, parameters: Mapping[str, Any], reference: Mapping[str, str], as_at: date
) -> Context:
    there = log.columns.get("cases", frozenset())
    repeated = False
    if "subject_key" in log.columns.get("log", frozenset()):
        (row,) = log.rows("SELECT count(subject_key) AS n, count(DISTINCT subject_key) AS people FROM log")
        repeated = row["n"] > row["people"]
    groups = tuple(name for name in CHARACTERISTICS if name in there)
    return Context(log.columns, groups, reference, as_at, parameters, repeated)
