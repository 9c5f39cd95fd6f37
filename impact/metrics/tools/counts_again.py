"""The counts behind somebody else's audit as a table that a plan of one's own can read.

In: the plan and the cells of an audit. Out: ``CountsAgain``: a CSV of counts, and a plan that reads it and declares no
margin: whoever counts again says for themselves what they hold to be material.
Personal data: none; counts only. Refuses nothing: where counts alone would mislead, it says why there are none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impact.metrics.plans.plan_text import as_yaml, lean
from impact.metrics.tables.cells import MISSING, Cells

__all__ = ["CountsAgain", "counts_again", "why_no_counts"]

_CODES = {1: "yes", 0: "no", -1: ""}
_ROLES = ("decision", "outcome", "human")
_OWN = ("name", "yes", "no", "unknown_values", "from", "threshold", "rule", "scorer")
_RESTS_ON_ROWS = ("score", "also", "reviewer", "review_seconds", "time", "version", "band", "amount", "classes")
_ABOVE = (
    "The counts of another body’s document, to be read under a plan of your own. Copy this file to audit.yaml beside "
    "assessment.yaml and change in it what you see otherwise: the comparator, the primary rates, and above all the "
    "margin, which is left out because theirs is not yours. Small counts can point at a person: keep the table as you "
    "keep their document."
)


@dataclass(frozen=True)
class CountsAgain:
    """Counts to compute from again.

    Attributes:
        table: CSV, one row for each cell: group keys, decision, outcome, human, and how many.
        plan: ``audit.yaml`` that reads it.
        people: How many stand behind the counts.
        digest: Digest of the cells, which the same plan gives again.
        left_out: Parts of their audit that no table of counts holds, in words.
    """

    table: str
    plan: str
    people: int
    digest: str
    left_out: tuple[str, ...]


def why_no_counts(findings: Mapping[str, Any]) -> str:
    """Why the counts of an audit cannot be counted again by themselves; empty where they can.

    >>> why_no_counts({"plan": {"columns": {}, "unit": {}}, "disclosure": {"status": "protected"}})
    'their counts are a protected copy, from which no other plan can count'
    """
    plan = findings["plan"]
    if (findings.get("disclosure") or {}).get("status") == "protected":
        return "their counts are a protected copy, from which no other plan can count"
    if ((plan.get("columns") or {}).get("weight") or {}).get("kind") == "sampling":
        return "their rows carry sampling weights, which a table of counts does not hold"
    if (plan.get("unit") or {}).get("person_id"):
        return "one person has several of their rows, which a table of counts does not show"
    if plan.get("searches"):
        return "their audit is of searches of a list, whose counts stand in another table"
    return ""


def counts_again(findings: Mapping[str, Any], cells: bytes, *, file: str) -> CountsAgain:
    """The cells of an audit as a CSV, and a plan for it.

    Args:
        findings: Plain data, schema ``impact/findings/1``; :func:`why_no_counts` says nothing against it.
        cells: The cells as Parquet.
        file: Where the CSV will stand, relative to the plan.

    Raises:
        MetricError: D90 and D91 the cells cannot be read.
    """
    counted = Cells.from_parquet(cells)
    plan = findings["plan"]
    blank = MISSING if any("" in cell.group for cell in counted) else ""
    roles = [role for role in _ROLES if (plan["columns"] or {}).get(role)]
    count = next(name for name in ("people", "count", "how_many") if name not in {*counted.groups, *_ROLES})
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write([*counted.groups, *roles, count])
    for cell in counted:
        codes = [_CODES[getattr(cell, role)] or blank for role in roles]
        write([*(blank if value == MISSING else value for value in cell.group), *codes, cell.n])
    source = {"kind": "counts", "path": file, "count": count, "null_values": [blank]}
    if plan["columns"].get("reviewer"):
        # Cases of one reviewer hang together: intervals that take them for independent would be too narrow.
        roles = [role for role in roles if role != "human"]
    left = _left_out(plan)
    text = as_yaml(lean(_plan(plan, counted.groups, roles, source)), notes={"version": _ABOVE, **_notes(plan, left)})
    return CountsAgain(out.getvalue(), text, counted.n, counted.digest, left)


def _plan(plan: Mapping[str, Any], groups: tuple[str, ...], roles: list[str], source: dict[str, Any]) -> dict[str, Any]:
    columns = {
        role: {
            "name": role,
            "yes": ["yes"],
            "no": ["no"],
            **{key: value for key, value in plan["columns"][role].items() if key not in _OWN},
        }
        for role in roles
    }
    rules = plan["plan"]
    return {
        "version": plan["version"],
        "title": f"Counted again: {plan['title']}",
        "question": plan["question"],
        "pool": plan["pool"],
        "unit": {"row": plan["unit"]["row"]},
        "source": source,
        "columns": columns,
        # Canonical JSON sorts keys; the order in which the groups were listed stands in the counts.
        "groups": {key: {**plan["groups"][key], "name": key} for key in groups},
        "intersections": plan.get("intersections"),
        "comparator": plan.get("comparator"),
        "plan": {key: rules.get(key) for key in ("primary", "standard", "alpha")},
        "identification": plan.get("identification"),
        "disclosure": plan.get("disclosure"),
    }


def _notes(plan: Mapping[str, Any], left: tuple[str, ...]) -> dict[str, str]:
    margin = plan["plan"].get("margin")
    if margin is None:
        said = "Theirs declared no margin."
    else:
        said = f"Theirs: {margin['kind']} of {margin['value']:g}, because: {margin['reason']}"
    text = "margin: {kind: ratio, value: …, reason: …} is yours to declare; without one no difference is called small."
    text += f"\n{said}"
    if left:
        text += f"\nNot in these counts, and so not in this plan: {'; '.join(left)}."
    return {"plan": text, "comparator": "Whom a group is compared with: also names one group, where you see a reason."}


def _left_out(plan: Mapping[str, Any]) -> tuple[str, ...]:
    named = {
        "score": "scores",
        "also": "the other scorers",
        "reviewer": "the human decision, since cases of one reviewer hang together",
        "review_seconds": "times of review",
        "time": "periods",
        "version": "versions",
        "band": "risk bands",
        "amount": "predicted amounts",
        "classes": "classes",
    }
    found = [named[key] for key in _RESTS_ON_ROWS if (plan["columns"] or {}).get(key)]
    found += ["strata"] if plan.get("strata") else []
    found += ["residents"] if plan.get("population") else []
    found += ["further figures (plan.also)"] if plan["plan"].get("also") else []
    return tuple(found)
