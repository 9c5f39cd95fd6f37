"""The analysis as a whole: the JSON contract, determinism, recomputation, and relations between analyses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.canonical import canonical_json, digest_of
from impact.errors import MetricError
from impact.metrics.analysis.analyse import AuditResult, analyse
from impact.metrics.analysis.catalogue import REASONS
from impact.metrics.analysis.differences import comparable, differences
from impact.metrics.analysis.severity import SEVERITIES
from impact.metrics.analysis.topics import ALWAYS, TABLES
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import MISSING, Cell, Cells

Plans = Callable[..., AuditPlan]
Tables = Callable[..., Cells]
TABLE = {"a": (60, 40, 20, 180), "b": (30, 10, 20, 440), "c": (5, 9, 3, 50), MISSING: (3, 3, 3, 30)}


def printed(result: AuditResult, **more: Any) -> dict[str, Any]:
    return result.to_json(created="2026-11-20", tool_version="0.1.0", **more)


@pytest.fixture
def result(make_plan: Plans, confusion: Tables) -> AuditResult:
    plan = make_plan(primary=("selection_rate", "fpr", "ppv"), margin=("ratio", 1.25))
    return analyse(plan, confusion(TABLE))


def test_findings_json_has_the_documented_parts(result: AuditResult) -> None:
    data = printed(result)

    assert set(data) == {
        "schema",
        "tool_version",
        "created",
        "plan",
        "plan_digest",
        "plan_registered",
        "cells_digest",
        "people",
        "unit",
        "source_fingerprint",
        "checks",
        "findings",
        "tables",
        "second_opinion",
        "disclosure",
        "aggregates",
        "standard",
        "labels",
        "not_computed",
        "reproducibility",
    }
    assert set(data["tables"]) == {
        "groups",
        "coverage",
        "rates",
        "bounds",
        "disparities",
        "identification",
        *ALWAYS,
        "screens",
    }
    assert data["people"] == result.cells.n
    assert {"k": 40, "n": 220, "metric": "fpr", "group": {"g": "a"}, "reason": None}.items() <= next(
        row for row in data["tables"]["rates"] if row["metric"] == "fpr" and row["group"] == {"g": "a"}
    ).items()


def test_small_counts_are_counted_against_the_plan(make_plan: Plans, confusion: Tables) -> None:
    """a: 10, 12, 3, 4 and b: 9, 1, 20, no true negatives: seven cells, four of them under 10."""
    data = printed(analyse(make_plan(), confusion({"a": (10, 12, 3, 4), "b": (9, 1, 20, 0)})))

    assert data["disclosure"] == {"status": "exact", "min_cell": 10, "cells": 7, "small_cells": 4}


def test_every_null_has_a_reason_from_the_closed_list(make_plan: Plans, confusion: Tables) -> None:
    plan = make_plan(primary=("tpr", "fpr", "ppv", "for"), values=("a", "b", "nobody"))
    data = printed(analyse(plan, confusion({"a": (0, 0, 3, 4), "b": (5, 1, 2, 0)})))

    for row in data["tables"]["rates"]:
        assert (row["value"] is None) == (row["reason"] is not None)
        assert row["reason"] is None or row["reason"] in REASONS
    for row in data["tables"]["disparities"]:
        assert (row["verdict"] == "undefined") <= (row["reason"] in REASONS)
        assert row["group_rate"]["value"] is not None or row["group_rate"]["reason"] in REASONS


def test_json_survives_a_round_trip_and_repeats_byte_for_byte(result: AuditResult) -> None:
    data = printed(result)
    again = printed(analyse(result.plan, result.cells))

    assert json.loads(canonical_json(data)) == json.loads(json.dumps(data))
    assert canonical_json(data) == canonical_json(again)


def test_order_of_cells_changes_nothing(result: AuditResult) -> None:
    shuffled = Cells.of(result.cells.groups, reversed(result.cells.rows))

    assert canonical_json(printed(analyse(result.plan, shuffled))) == canonical_json(printed(result))


def test_ids_follow_severity_then_the_plan(result: AuditResult) -> None:
    findings = printed(result)["findings"]

    assert [f["id"] for f in findings] == [f"F-{i:04d}" for i in range(1, len(findings) + 1)]
    ranks = [SEVERITIES.index(f["severity"]) for f in findings]
    assert ranks == sorted(ranks)
    first = [f["metric"]["key"] for f in findings if f["severity"] == "unknown" and f["role"] == "primary"]
    assert first == sorted(first, key=("selection_rate", "fpr", "ppv").index)


def test_recomputation_compares_what_follows_from_plan_and_cells(result: AuditResult) -> None:
    stored = json.loads(
        canonical_json(
            result.to_json(
                created="2020-01-01",
                tool_version="9",
                engine="duckdb",
                fingerprint=[("data.csv", "sha256:0", 10)],
            )
        )
    )
    recomputed = json.loads(canonical_json(printed(analyse(result.plan, result.cells))))

    assert differences(comparable(stored), comparable(recomputed)) == []
    assert stored["source_fingerprint"] == [{"file": "data.csv", "digest": "sha256:0", "bytes": 10}]
    stored["findings"][0]["estimate"]["ratio"]["value"] *= 1.0001
    stored["findings"][0]["sentence"] += " "
    assert differences(comparable(stored), comparable(recomputed)) == [
        "findings/0/estimate/ratio/value",
        "findings/0/sentence",
    ]


def test_changed_cell_is_noticed(result: AuditResult) -> None:
    rows = list(result.cells.rows)
    rows[0] = Cell(rows[0].group, rows[0].outcome, rows[0].decision, rows[0].human, rows[0].n + 1)
    other = printed(analyse(result.plan, Cells.of(result.cells.groups, rows)))

    assert "cells_digest" in differences(comparable(printed(result)), comparable(other))


def test_plan_that_was_not_the_registered_one_makes_everything_exploratory(result: AuditResult) -> None:
    registered = {"at": "2026-01-01T00:00:00Z", "digest": digest_of("another"), "matches": False}
    data = printed(result, registered=registered)

    assert {f["role"] for f in data["findings"]} == {"exploratory"}
    assert {row["role"] for row in data["tables"]["disparities"]} == {"exploratory"}
    assert data["plan_registered"] == registered
    kept = printed(result, registered={**registered, "matches": True})
    assert "primary" in {f["role"] for f in kept["findings"]}


def test_checks_are_carried_and_never_read(result: AuditResult) -> None:
    note = {"code": "D28", "level": "warning", "text": "Outcomes are known for some."}
    data = printed(analyse(result.plan, result.cells, checks=[note]))

    assert data["checks"] == [note]
    assert differences(comparable(data), comparable(printed(result))) == []


def test_columns_that_are_not_mapped_are_listed_as_not_computed(make_plan: Plans, selected: Tables) -> None:
    data = printed(analyse(make_plan(outcome=False), selected({"a": (3, 10), "b": (4, 20)})))

    assert {row["metric"] for row in data["tables"]["rates"]} == {"selection_rate"}
    assert {(row["metric"], row["reason"]) for row in data["not_computed"]} >= {
        ("fpr", "no_outcome_column"),
        ("override_rate", "no_human_column"),
    }
    assert data["tables"]["coverage"] == []


def test_more_than_a_thousand_groups_are_not_compared(make_plan: Plans, selected: Tables) -> None:
    table = {f"area {i}": (1, 5) for i in range(1_001)}
    data = printed(analyse(make_plan(outcome=False), selected(table)))

    assert {tuple(row["group"]) for row in data["tables"]["rates"]} == {()}
    assert [row["reason"] for row in data["not_computed"] if row["metric"] == ""] == ["too_many_levels"]


def test_empty_cells_and_missing_characteristics_are_refused(make_plan: Plans) -> None:
    with pytest.raises(MetricError, match=r"groups.sex: the cells do not hold.*\[D71\]\ncells: nobody.*\[D02\]"):
        analyse(make_plan(groups=("sex",)), Cells.of(("g",), []))


count = st.integers(min_value=0, max_value=25)
tables = st.lists(st.tuples(count, count, count, count), min_size=2, max_size=4)


@settings(max_examples=25)
@given(tables)
def test_renaming_groups_permutes_rows_and_nothing_else(
    make_plan: Plans, confusion: Tables, drawn: list[tuple[int, int, int, int]]
) -> None:
    plain, renamed = dict(zip("abcd", drawn, strict=False)), dict(zip("zyxw", drawn, strict=False))
    plan = make_plan(primary=("selection_rate", "fpr"))
    if confusion(plain).n == 0:
        return
    one, two = (analyse(plan, confusion(table)) for table in (plain, renamed))
    new_name = dict(zip("abcd", "zyxw", strict=True))

    def figures(result: AuditResult, names: dict[str, str]) -> dict[Any, Any]:
        return {
            (names.get(row.comparison.group[0][1]), row.comparison.metric): (
                row.side,
                row.other,
                row.difference,
                row.ratio,
                row.verdict,
                row.severity,
            )
            for row in result.disparities
        }

    assert figures(one, new_name) == figures(two, {name: name for name in "zyxw"})


@settings(max_examples=15)
@given(tables, st.integers(2, 4))
def test_repeating_everybody_keeps_rates_and_narrows_intervals(
    make_plan: Plans, confusion: Tables, drawn: list[tuple[int, int, int, int]], times: int
) -> None:
    table = dict(zip("abcd", drawn, strict=False))
    if confusion(table).n == 0:
        return
    plan = make_plan()
    once = analyse(plan, confusion(table))
    more = analyse(plan, confusion({g: tuple(times * n for n in counts) for g, counts in table.items()}))

    for key, rate in once.rates.items():
        assert more.rates[key].value == pytest.approx(rate.value) if rate.value is not None else True
        if rate.interval and more.rates[key].interval:
            a, b = rate.interval, more.rates[key].interval
            assert b.high - b.low < a.high - a.low + 1e-12  # type: ignore[operator]  # Wilson is never open


def test_raising_alpha_narrows_every_interval(make_plan: Plans, confusion: Tables) -> None:
    strict, loose = (analyse(make_plan(alpha=alpha), confusion(TABLE)) for alpha in (0.01, 0.10))

    for a, b in zip(strict.disparities, loose.disparities, strict=True):
        if a.ratio is not None and b.ratio is not None:
            assert a.ratio[1][0] <= b.ratio[1][0]
            assert a.ratio[1][1] >= b.ratio[1][1]


def test_removing_a_group_changes_only_its_row_and_the_totals(make_plan: Plans, confusion: Tables) -> None:
    """peer_pitfalls.md, P28."""
    plan = make_plan(values=("a", "b", "c"))
    whole = analyse(plan, confusion(TABLE))
    less = analyse(plan, confusion({key: counts for key, counts in TABLE.items() if key != "c"}))

    for group in ("a", "b"):
        assert less.rate("fpr", g=group) == whole.rate("fpr", g=group)
    assert less.rate("fpr", g="c").reason == "empty_cell"


def test_two_analyses_in_one_process_do_not_share_results(make_plan: Plans, confusion: Tables) -> None:
    """peer_pitfalls.md, P19."""
    first = analyse(make_plan(), confusion({"a": (1, 2, 3, 4), "b": (4, 3, 2, 1)}))
    second = analyse(make_plan(), confusion({"a": (4, 3, 2, 1), "b": (1, 2, 3, 4)}))

    assert first.rate("selection_rate", g="a").value == 0.3
    assert second.rate("selection_rate", g="a").value == 0.7


@pytest.mark.parametrize("observed", ["always", "decision_yes"])
def test_missing_outcomes_are_counted_among_those_whom_the_rate_is_about(
    observed: str, make_plan: Plans, confusion: Tables
) -> None:
    """82 of the 100 with a yes have no known outcome: the hit rate is that of 18. It was said of 10,000 ("0.82%"), and
    not at all where outcomes follow only from a yes."""
    table = {"a": (18, 0, 0, 0, 82, 9_900), "b": (400, 100, 0, 0, 0, 9_500), "c": (50, 40, 0, 0, 10, 0)}
    plan = make_plan(primary=("ppv",), observed=observed, comparator={"also": {"g": "b"}})
    result = analyse(plan, confusion(table))
    caveats = {
        (dict(f.disparity.comparison.group)["g"], f.disparity.comparison.reference): [
            line for line in f.caveats if line.startswith("C05")
        ]
        for f in result.findings
        if f.disparity.comparison.metric == "ppv"
    }

    text = "C05 outcomes are missing for {} of {} with a yes; the rate is that of the known cases"
    # Against those not sharing it: b and c have 600 with a yes, 10 of them not known. Against b: none missing there.
    assert caveats["a", None] == [text.format("82%", "the group"), text.format("1.7%", "the others")]
    assert caveats["a", "b"] == [text.format("82%", "the group")]
    assert caveats["c", "b"] == [text.format("10%", "the group")]


def test_every_table_of_a_topic_is_documented(repo: Path) -> None:
    page = (repo / "docs" / "record.md").read_text(encoding="utf-8")

    assert [name for name in TABLES if f'"{name}": [' not in page] == []
