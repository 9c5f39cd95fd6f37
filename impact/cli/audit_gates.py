"""Gates on the command line: the options of ``impact audit run``, and what is said of each condition.

In: what a person typed; gates as plain data. Out: types for typer, lines of text. Holds no arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from impact.cli.output import paragraph

__all__ = ["Baseline", "FailOn", "RequirePower", "gate_lines"]

FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        help="End with status 1 where this is met: severity>=high, verdict=disparity_shown, inconclusive (status 4), "
        "“metric:fpr ratio.lower>1.25”, check:warning, drift, worse. Several: again, or with commas.",
        metavar="CONDITION",
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", help="findings.json of the last accepted result, of other people; for “worse”.", metavar="FILE"
    ),
]
RequirePower = Annotated[
    bool,
    typer.Option(
        "--require-power", help="End with status 4 where the data could not have shown a disparity beyond the margin."
    ),
]
_STATES = {"tripped": "TRIPPED", "not_tripped": "not tripped", "undecided": "CANNOT BE DECIDED"}
_MOST = 10  # places told for one condition; all of them stand in gates.json


def gate_lines(gates: Mapping[str, Any]) -> list[str]:
    """Every condition with its state, where it tripped and why.

    Args:
        gates: ``Gates.to_json()``.
    """
    lines = ["Conditions"] if gates["conditions"] else []
    for one in gates["conditions"]:
        lines.append(f"  {_STATES[one['state']]}: {one['condition']}")
        for places in (one["trips"], one["undecided"]):
            for place in places[:_MOST]:
                lines += paragraph(place["text"], indent="    ", hang="  ")
            if len(places) > _MOST:
                lines.append(f"    and {len(places) - _MOST:,} more, in gates.json")
    before = gates["baseline"]
    if before is not None:
        lines += paragraph(f"Baseline of {before['created'][:10]}, plan {before['plan_digest']}. {before['note']}")
        lines += [f"  {text}" for text in _changes(before["changes"])]
        for each in before["plan_differences"]:
            lines += paragraph(f"{each['where']}: was {each['before']}; is {each['now']}", indent="  ", hang="  ")
        for key, words in (("only_before", "in the baseline only"), ("only_now", "in this result only")):
            if before[key]:
                lines += paragraph(f"{words}: {_listed(before[key])}", indent="  ", hang="  ")
    none = "no condition tripped" if gates["conditions"] else "no condition was given"
    said = {0: none, 1: "a condition tripped", 4: "evidence is insufficient for a condition"}
    return [*lines, f"Exit status {gates['status']}: {said[gates['status']]}."]


def _changes(changes: list[Mapping[str, Any]]) -> list[str]:
    """How many comparisons came out how, the declared and the exploratory ones apart."""
    words = {"worse": "worse", "not_shown": "not shown to be worse", "undecided": "cannot be tested"}
    found = []
    for role, name in (("primary", "declared"), ("exploratory", "exploratory, which trip nothing")):
        states = [each["state"] for each in changes if each["role"] == role]
        parts = [f"{states.count(state)} {text}" for state, text in words.items() if state in states]
        if parts:
            found.append(f"{name}: {', '.join(parts)}")
    return found


def _listed(rows: list[Mapping[str, Any]]) -> str:
    """Groups and metrics of comparisons, each once."""
    from impact.metrics.analysis.levels import group_label

    groups = dict.fromkeys(group_label(tuple(row["group"].items())) for row in rows)
    metrics = dict.fromkeys(str(row["metric"]) for row in rows)
    return f"{', '.join(metrics)} of {'; '.join(groups)}"
