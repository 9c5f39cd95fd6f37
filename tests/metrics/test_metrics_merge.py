"""Counts of several bodies: the sum is what one count of all would have been, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from impact.canonical import digest
from impact.errors import MetricError
from impact.metrics.analysis.analyse import analyse
from impact.metrics.counting.count import Counted, count, count_frame
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan, plan_of
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING, Cell, Cells
from impact.metrics.tools.merge import Body, merge

NORTH = {"F": (30, 20, 5, 100), "M": (10, 10, 5, 200)}
SOUTH = {"F": (3, 2, 1, 40), "M": (7, 9, 2, 90)}


def body(
    name: str, plan: AuditPlan, cells: Cells, aggregates: Mapping[str, Aggregate] | None = None, **changed: Any
) -> Body:
    result = analyse(plan, cells, checks=[{"code": "D05", "level": "info", "text": "a mark"}])
    findings = json.loads(json.dumps(result.to_json(created="2026-11-20", tool_version="0.1.0")))
    return Body(name, plan, cells, {**findings, **changed}, cells.to_parquet(), aggregates or {})


@pytest.fixture
def plan(make_plan: Callable[..., AuditPlan]) -> AuditPlan:
    return make_plan(primary=("fpr", "ppv"), margin=("ratio", 1.25))


def changed(plan: AuditPlan, change: Callable[[dict[str, Any]], None]) -> AuditPlan:
    data = plan.to_json()
    change(data)
    return plan_of(data)


def codes(plan: AuditPlan, other: AuditPlan, cells: Callable[..., Cells], more: Mapping[str, Any]) -> dict[str, str]:
    """Where -> code of every fault of merging two bodies."""
    with pytest.raises(MetricError) as refused:
        merge([body("north", plan, cells(NORTH)), body("south", other, cells({**SOUTH, **more}))])
    return {fault.where: fault.code for fault in refused.value.faults}


def test_sum_is_what_one_count_of_all_would_be(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    """By hand: 33 + 22 + 6 + 140 women, 17 + 19 + 7 + 290 men."""
    merged = merge([body("north", plan, confusion(NORTH)), body("south", plan, confusion(SOUTH))])

    assert merged.cells == confusion({"F": (33, 22, 6, 140), "M": (17, 19, 7, 290)})
    assert analyse(merged.plan, merged.cells).rate("fpr", g="F").k == 22
    assert analyse(merged.plan, merged.cells).rate("fpr", g="F").n == 162


def test_merged_plan_reads_the_merged_cells(plan: AuditPlan, confusion: Callable[..., Cells], tmp_path: Path) -> None:
    merged = merge([body("north", plan, confusion(NORTH)), body("south", plan, confusion(SOUTH))])
    (tmp_path / "audit.yaml").write_text(merged.plan_text, encoding="utf-8")
    (tmp_path / "cells.parquet").write_bytes(merged.cells.to_parquet())

    again = load_plan(tmp_path / "audit.yaml")

    assert again.digest == merged.plan.digest
    assert count(again, base=tmp_path).cells == merged.cells


def test_each_body_is_recorded_with_its_digests(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    first, second = body("north", plan, confusion(NORTH)), body("south", plan, confusion(SOUTH))
    merged = merge([first, second])

    assert [each["file"] for each in merged.fingerprint] == ["north/cells.parquet", "south/cells.parquet"]
    assert [each["digest"] for each in merged.fingerprint] == [digest(first.data), digest(second.data)]
    assert merged.fingerprint[1]["cells_digest"] == second.cells.digest
    assert merged.fingerprint[1]["plan_digest"] == plan.digest
    texts = [check["text"] if isinstance(check, dict) else check.text for check in merged.checks]
    assert texts[:2] == ["north: a mark", "south: a mark"]
    assert second.cells.digest in texts[2]
    assert "counted twice" in texts[3]


def test_own_words_and_columns_of_each_body_are_its_own(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    def own(data: dict[str, Any]) -> None:
        data["title"], data["pool"] = "South", "Everybody in the south"
        data["source"]["path"] = "other.csv"
        data["columns"]["decision"] |= {"name": "flagged", "yes": ["Y"], "no": ["N"]}
        data["columns"]["outcome"] |= {"name": "found", "recorded_by": "a panel"}
        data["groups"]["g"] |= {"name": "sex", "values": ["F", "M"]}
        data["disclosure"] = {"min_cell": 20, "base": 5}

    merged = merge([body("north", plan, confusion(NORTH)), body("south", changed(plan, own), confusion(SOUTH))]).plan

    assert merged.title == "Together: A test; South"
    assert merged.pool == "Everybody in the test; and Everybody in the south"
    assert merged.columns.outcome is not None
    assert merged.columns.outcome.recorded_by == "a panel"
    assert merged.disclosure.min_cell == 20
    assert merged.rules.primary == ("fpr", "ppv")


def test_all_differences_of_meaning_are_listed_at_once(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    def other(data: dict[str, Any]) -> None:
        data["columns"]["decision"] |= {"effect": "benefit", "label": "granted"}
        data["columns"]["outcome"]["observed_when"] = "decision_yes"
        data["plan"] |= {"primary": ["ppv"], "alpha": 0.01}
        data["plan"]["margin"]["value"] = 1.5
        data["unit"]["row"] = "search"

    assert codes(plan, changed(plan, other), confusion, {}) == dict.fromkeys(
        (
            "south: columns.decision.effect",
            "south: columns.decision.label",
            "south: columns.outcome.observed_when",
            "south: plan.alpha",
            "south: plan.margin.value",
            "south: plan.primary",
            "south: unit.row",
        ),
        "D150",
    )


def test_message_names_both_meanings(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    def other(data: dict[str, Any]) -> None:
        data["columns"]["decision"]["effect"] = "benefit"

    with pytest.raises(MetricError) as refused:
        merge([body("north", plan, confusion(NORTH)), body("south", changed(plan, other), confusion(SOUTH))])

    (fault,) = refused.value.faults
    assert (fault.where, fault.found) == ("south: columns.decision.effect", "“benefit”")
    assert fault.wanted == "“burden”, as in north"
    assert refused.value.exit == 3


def test_other_groups_are_a_difference(
    plan: AuditPlan, make_plan: Callable[..., AuditPlan], confusion: Callable[..., Cells]
) -> None:
    other = make_plan(primary=("fpr", "ppv"), margin=("ratio", 1.25), groups=("h",))
    cells = Cells.of(("h",), confusion(SOUTH).rows)

    with pytest.raises(MetricError) as refused:
        merge([body("north", plan, confusion(NORTH)), body("south", other, cells)])

    assert {fault.where for fault in refused.value.faults} == {"south: groups.g", "south: groups.h"}


def test_group_that_means_not_known_elsewhere_is_refused(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    def other(data: dict[str, Any]) -> None:
        data["groups"]["g"]["unknown_values"] = ["Refused"]

    refused = changed(plan, other)
    faults = codes(refused, plan, confusion, {"Refused": (1, 1, 1, 1)})

    assert faults == {"south: groups.g": "D150"}


def test_threshold_counts_only_where_both_bodies_have_one(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    def score(threshold: float) -> Callable[[dict[str, Any]], None]:
        def change(data: dict[str, Any]) -> None:
            data["columns"]["decision"] |= {"name": None, "yes": [], "no": [], "from": "s", "threshold": threshold}

        return change

    at_half, higher = changed(plan, score(0.5)), changed(plan, score(0.7))

    assert codes(at_half, higher, confusion, {}) == {"south: columns.decision.threshold": "D150"}
    merge([body("north", at_half, confusion(NORTH)), body("south", plan, confusion(SOUTH))])


def test_order_of_group_columns_does_not_matter(make_plan: Callable[..., AuditPlan]) -> None:
    one, other = make_plan(groups=("a", "b")), make_plan(groups=("b", "a"))
    first = Cells.of(("a", "b"), [Cell(("x", "y"), 1, 1, -1, 5), Cell((MISSING, "y"), 0, 0, -1, 4)])
    second = Cells.of(("b", "a"), [Cell(("y", "x"), 1, 1, -1, 7), Cell(("z", "x"), 0, 1, -1, 1)])

    merged = merge([body("north", one, first), body("south", other, second)])

    assert merged.cells.groups == ("a", "b")
    assert [(cell.group, cell.n) for cell in merged.cells] == [
        ((MISSING, "y"), 4),
        (("x", "y"), 12),
        (("x", "z"), 1),
    ]


def test_same_counts_twice_and_protected_counts_and_one_body_are_refused(
    plan: AuditPlan, confusion: Callable[..., Cells]
) -> None:
    one = body("north", plan, confusion(NORTH))
    cases: list[tuple[list[Body], set[str]]] = [
        ([one, body("copy", plan, confusion(NORTH))], {"D151"}),
        ([one, body("south", plan, confusion(SOUTH), disclosure={"status": "rounded"})], {"D152"}),
        ([one], {"D150"}),
        ([], {"D150"}),
    ]
    for bodies, expected in cases:
        with pytest.raises(MetricError) as refused:
            merge(bodies)
        assert {fault.code for fault in refused.value.faults} == expected


def test_body_that_changed_its_plan_makes_the_sum_exploratory(plan: AuditPlan, confusion: Callable[..., Cells]) -> None:
    lock = {"at": "2026-01-01T00:00:00Z", "digest": "sha256:00", "matches": False}
    kept = {**lock, "matches": True}
    one, two = body("north", plan, confusion(NORTH), plan_registered=kept), confusion(SOUTH)

    assert merge([one, body("south", plan, two, plan_registered=lock)]).registered == lock
    assert merge([one, body("south", plan, two)]).registered is None


# --- further count tables


def scored(plan: AuditPlan, name: str = "score", **column: Any) -> AuditPlan:
    def change(data: dict[str, Any]) -> None:
        data["columns"]["score"] = {
            "name": name,
            "higher_means": "more likely",
            "probability": True,
            "bins": 20,
            **column,
        }
        data["plan"]["thresholds"] = [0.5]

    return changed(plan, change)


def rows(n: int, *, seed: int, name: str = "score") -> pa.Table:
    rng = np.random.default_rng(seed)
    score = rng.random(n).round(3)
    return pa.table(
        {
            "g": rng.choice(["F", "M"], n).tolist(),
            "d": (score > 0.6).astype(int).astype(str).tolist(),
            "y": (rng.random(n) < score).astype(int).astype(str).tolist(),
            name: score.tolist(),
        }
    )


def counted(plan: AuditPlan, table: pa.Table) -> Counted:
    return count_frame(plan, table)


def test_scores_of_several_bodies_are_those_of_one_count_of_all_rows(plan: AuditPlan) -> None:
    """Each body keeps its exact scores (under 1,000 values); together they are those of all rows counted at once."""
    north, south = rows(400, seed=1), rows(300, seed=2, name="points")
    first, second, both = scored(plan), scored(plan, "points"), rows(300, seed=2)
    parts = [counted(first, north), counted(second, south)]
    whole = counted(first, pa.concat_tables([north, both]))

    merged = merge([body(n, p, c.cells, c.aggregates) for n, p, c in zip("ns", (first, second), parts, strict=True)])

    assert merged.aggregates["scores"] == whole.aggregates["scores"]
    ours = analyse(merged.plan, merged.cells, aggregates=merged.aggregates).to_json(created="", tool_version="")
    alone = analyse(first, whole.cells, aggregates=whole.aggregates).to_json(created="", tool_version="")
    assert ours["aggregates"] == alone["aggregates"]
    for table in ("scores", "calibration", "sweep", "rates"):
        assert ours["tables"][table] == alone["tables"][table]
        assert ours["tables"][table]
    assert merged.fingerprint[1]["aggregates"] == {"scores": parts[1].aggregates["scores"].digest}


def test_plan_of_merged_cells_leaves_out_what_they_do_not_hold(plan: AuditPlan, tmp_path: Path) -> None:
    parts = [counted(scored(plan), rows(400, seed=seed)) for seed in (1, 2)]
    merged = merge([body(n, scored(plan), c.cells, c.aggregates) for n, c in zip("ns", parts, strict=True)])
    (tmp_path / "audit.yaml").write_text(merged.plan_text, encoding="utf-8")
    (tmp_path / "cells.parquet").write_bytes(merged.cells.to_parquet())

    assert merged.plan.columns.score is not None
    assert count(load_plan(tmp_path / "audit.yaml"), base=tmp_path).cells == merged.cells
    assert "Beside these counts stand scores" in merged.plan_text


def test_scores_on_other_scales_and_missing_tables_are_refused(plan: AuditPlan) -> None:
    parts = [counted(scored(plan), rows(400, seed=seed)) for seed in (1, 2)]
    one = body("north", scored(plan), parts[0].cells, parts[0].aggregates)

    with pytest.raises(MetricError) as refused:
        merge([one, body("south", scored(plan), parts[1].cells)])
    assert [(f.code, f.where) for f in refused.value.faults] == [("D158", "south")]

    coarse = scored(plan, bins=10)
    other = counted(coarse, rows(400, seed=2))
    with pytest.raises(MetricError) as refused:
        merge([one, body("south", coarse, other.cells, other.aggregates)])
    assert [(f.code, f.where) for f in refused.value.faults] == [("D150", "south: columns.score.bins")]


def test_people_with_several_rows_are_added_up_only_when_declared_disjoint(plan: AuditPlan) -> None:
    def repeated(data: dict[str, Any]) -> None:
        data["unit"]["person_id"] = "id"

    several = changed(plan, repeated)
    tables = [
        rows(300, seed=seed).append_column("id", pa.array([f"{seed}-{i % 100}" for i in range(300)])) for seed in (1, 2)
    ]
    parts = [counted(several, table) for table in tables]
    whole = counted(several, pa.concat_tables(tables))
    # The findings are those of a plan without ids: what an audit makes of ids is no matter here.
    bodies = [
        Body(n, several, c.cells, body(n, plan, c.cells).findings, c.cells.to_parquet(), c.aggregates)
        for n, c in zip("ns", parts, strict=True)
    ]

    with pytest.raises(MetricError) as refused:
        merge(bodies)
    assert {(f.code, f.found.split()[0]) for f in refused.value.faults} == {
        ("D158", "“cluster_counts”"),
        ("D158", "“clusters”"),
    }

    merged = merge(bodies, disjoint=True)
    assert merged.aggregates["clusters"] == whole.aggregates["clusters"]
    assert merged.aggregates["cluster_counts"] == whole.aggregates["cluster_counts"]
    assert any(not isinstance(c, dict) and "declared that nobody" in c.text for c in merged.checks)
