"""The plan file: what is accepted, and every fault at once with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from impact.errors import MetricError
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.plans.plan_file import load_plan, plan_of, require_usable
from impact.metrics.tables.cells import MISSING

PLAN = """\
version: 1
title: Advances
question: Are people in some groups wrongly referred more often?
pool: All requests scored in 2024-25
source: {kind: csv, path: d.csv}
columns:
  decision: {name: referred, yes: ["Y"], no: ["N"], effect: burden, label: referred}
  outcome: {name: found, yes: [1, true], no: [0], label: fraud found}
groups:
  ethnicity: {name: eth5, unknown_values: [Not stated]}
  sex: {name: sex}
intersections: [[ethnicity, sex]]
comparator: {also: {ethnicity: White}}
plan:
  primary: [selection_rate, fpr]
  margin: {kind: ratio, value: 1.25, reason: agreed with the panel}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "audit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(tmp_path: Path, text: str) -> list[tuple[str, int]]:
    """Code and line of each fault, in the order in which they are reported."""
    with pytest.raises(MetricError) as caught:
        load_plan(written(tmp_path, text))
    return [(fault.code, int(fault.where.rsplit(":", 2)[1])) for fault in caught.value.faults]


def without_duplicate_value(text: str) -> str:
    return text.replace("[1, true]", "[1]")


GOOD = without_duplicate_value(PLAN)


def test_good_plan_is_read_with_defaults_written_out(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, GOOD))

    assert plan.columns.decision.yes == ("Y",)
    assert plan.columns.outcome is not None
    assert plan.columns.outcome.yes == (1,)
    assert plan.rules.alpha == 0.05
    assert plan.to_json()["plan"]["primary"] == ["selection_rate", "fpr"]
    assert plan.to_json()["source"]["null_values"] == [""]


def test_comments_and_order_of_keys_do_not_change_the_digest(tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    shuffled = "\n".join(["# a comment", *lines[13:], *lines[:13]]) + "\n"

    assert load_plan(written(tmp_path, shuffled)).digest == load_plan(written(tmp_path, GOOD)).digest


def test_another_margin_changes_the_digest(tmp_path: Path) -> None:
    other = GOOD.replace("1.25", "1.30")

    assert load_plan(written(tmp_path, other)).digest != load_plan(written(tmp_path, GOOD)).digest


def test_plan_survives_its_own_json(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, GOOD))

    assert plan_of(plan.to_json()) == plan
    assert plan_of(plan.to_json()).digest == plan.digest


def test_unknown_values_and_missing_are_unknown_levels(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, GOOD))

    assert unknown_levels(plan, "ethnicity") == {MISSING, "Not stated"}
    assert unknown_levels(plan, "sex") == {MISSING}


# Each row: what is replaced, by what, and the faults with their lines (drawn from bad_input.md section 3).
WRONG = {
    "effect missing": (", effect: burden", "", [("E101", 7)]),
    "effect unknown": ("effect: burden", "effect: burdn", [("E100", 7)]),
    "unknown key": ("  decision:", "  desicion:", [("E110", 7), ("E102", 7)]),
    "model's own name for a key": ("plan:\n  primary", "rules:\n  primary", [("E102", 14)]),
    "margin without reason": (", reason: agreed with the panel", "", [("E103", 16)]),
    "metric without outcome": (
        "  outcome: {name: found, yes: [1], no: [0], label: fraud found}\n", "", [("E104", 14)]
    ),
    "override rate without human": ("fpr]", "override_rate]", [("E104", 15)]),
    "comparator of no group": ("also: {ethnicity: White}", "also: {ethnicty: White}", [("E105", 13)]),
    "comparator is unknown": ("{ethnicity: White}", "{ethnicity: Not stated}", [("E105", 13)]),
    "pool missing": ("pool: All requests scored in 2024-25\n", "", [("E108", 1)]),
    "pool empty": ("pool: All requests scored in 2024-25", 'pool: ""', [("E108", 4)]),
    "named and derived": ("name: referred,", "name: referred, from: score, threshold: 1,", [("E109", 7)]),
    "threshold missing": ('name: referred, yes: ["Y"], no: ["N"]', "from: score", [("E110", 7)]),
    "no values mean yes": ('yes: ["Y"]', "yes: []", [("E110", 7)]),
    "count beside csv": ("path: d.csv", "path: d.csv, count: n", [("E111", 5)]),
    "counts without count": ("kind: csv", "kind: counts", [("E111", 5)]),
    "group key is a column of the cells": ("  sex: {", "  outcome: {", [("E112", 11), ("E114", 12)]),
    "one value, two meanings": ('no: ["N"]', 'no: ["N", "Y"]', [("E113", 7)]),
    "1 and true are one value": ("yes: [1]", "yes: [1, true]", [("E113", 8)]),
    "intersection of no group": ("[ethnicity, sex]]", "[ethnicity, age]]", [("E114", 12)]),
    "intersection of one group": ("[[ethnicity, sex]]", "[[sex]]", [("E114", 12)]),
    "one column, two roles": ("name: found", "name: referred", [("E115", 8)]),
    "group is the decision": ("{name: sex}", "{name: referred}", [("E115", 11)]),
    "ratio margin below one": ("value: 1.25", "value: 0.8", [("D76", 16)]),
    "alpha of a half": ("plan:\n", "plan:\n  alpha: 0.5\n", [("D76", 15)]),
    "later feature": ("groups:\n", "groups:\n  age: {name: dob, bands: [16, 25]}\n", [("E102", 10)]),
    "kind of weight not stated": ("columns:\n", "columns:\n  weight: {name: w}\n", [("D48", 7)]),
    "sql is not accepted": ("kind: csv", "kind: sql", [("E100", 5)]),
    "a date among the values": ("no: [0]", "no: [2024-01-01]", [("E100", 8)]),
    "metric misspelt": ("fpr]", "fprr]", [("E100", 15)]),
    "encoding unknown": ("path: d.csv", "path: d.csv, encoding: klingon", [("E100", 5)]),
    "not yaml": ("version: 1", "version: [1", [("E001", 2)]),
    "key twice": ("title: Advances", "title: Advances\ntitle: Advances", [("E002", 3)]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_fault_of_a_plan_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    old, new, expected = WRONG[case]
    assert old in GOOD

    assert faults(tmp_path, GOOD.replace(old, new, 1)) == expected


def test_all_faults_are_reported_at_once_in_file_order(tmp_path: Path) -> None:
    text = (
        GOOD.replace("pool: All requests scored in 2024-25", "poool: all")
        .replace(", effect: burden", "")
        .replace(", reason: agreed with the panel", "")
        .replace("fpr]", "ppv, nonsense]")
    )

    assert faults(tmp_path, text) == [("E108", 1), ("E102", 4), ("E101", 7), ("E100", 15), ("E103", 16)]


def test_message_of_a_missing_effect_says_why_it_matters(tmp_path: Path) -> None:
    with pytest.raises(MetricError) as caught:
        load_plan(written(tmp_path, GOOD.replace(", effect: burden", "")))

    assert "Say what a yes does to the person" in str(caught.value)
    assert caught.value.exit == 2


def test_unknown_key_comes_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(MetricError) as caught:
        load_plan(written(tmp_path, GOOD.replace("path: d.csv", "path: d.csv, delimeter: ';'")))

    assert "Did you mean “delimiter”?" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a list\n", "just text\n"])
def test_file_that_holds_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(MetricError) as caught:
        load_plan(written(tmp_path, text))

    assert [fault.code for fault in caught.value.faults] == ["E110"]


def test_plan_built_in_python_is_held_to_the_same_rules(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, GOOD))
    data = plan.to_json()
    data["plan"]["alpha"] = 0.5
    absurd = AuditPlan.model_validate_json(json.dumps(data))

    require_usable(plan)
    with pytest.raises(MetricError) as caught:
        require_usable(absurd)

    assert [fault.code for fault in caught.value.faults] == ["D76"]


def test_decision_may_be_derived_from_a_score(tmp_path: Path) -> None:
    text = GOOD.replace('name: referred, yes: ["Y"], no: ["N"]', 'from: risk, threshold: 0.7, rule: ">"')

    decision = load_plan(written(tmp_path, text)).columns.decision
    assert (decision.from_score, decision.threshold, decision.rule) == ("risk", 0.7, ">")
