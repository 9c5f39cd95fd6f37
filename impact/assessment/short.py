"""What a short form says on a terminal: whether the full form is to be used, and what the form does not ask.

In: the block ``scoring.escalation`` of a record. Out: lines. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["short_form_lines"]


def short_form_lines(block: Mapping[str, Any]) -> list[str]:
    """The verdict first, then the answers and stops behind it, then what is not asked; nothing is left unsaid.

    >>> short_form_lines({"text": "T", "full_form": {"id": "full", "version": "1.0.0"}, "asked": 2, "of": 9,
    ...     "use_full_form": False, "severity_at_least": 0.7, "severities": [], "stops": [],
    ...     "not_asked": {"hard_stops": [], "contradictions": [], "flags": 0, "sections": []}})[0]
    'SHORT FORM: no reason for the full form (full 1.0.0) found in the answers given'
    """
    full, left = block["full_form"], block["not_asked"]
    named = f"{full['id']} {full['version']}"
    if block["use_full_form"]:
        found = [f"USE THE FULL FORM ({named}): “{block['text']}” These send you there:"]
        found += [f"  {one['question']} {one['text']} – {_severity(one)}" for one in block["severities"]]
        for one in block["stops"]:
            waits = f"; needs {', '.join(one['missing'])}" if one["missing"] else ""
            found.append(f"  {one['id']} {one['state']}: {one['text']}{waits}")
    else:
        found = [f"SHORT FORM: no reason for the full form ({named}) found in the answers given"]
    found.append(
        f"This is a short form: {block['asked']} of {block['of']} questions. Its levels count these alone, so they are "
        "not levels of the full form and may lie below them."
    )
    if left["hard_stops"]:
        found.append(f"Hard stops that it does not ask about, which is not clear: {len(left['hard_stops'])}")
        found += [f"  {stop['id']}: {stop['text']} ({', '.join(stop['questions'])})" for stop in left["hard_stops"]]
    on = [one for one in left["sections"] if one["applies"] is not False and one["questions"] == one["of"]]
    if on:
        found.append("Sections and modules that it leaves out whole:")
        found += [f"  {one['id']} {one['title']}{'' if one['applies'] else ' (may apply)'}" for one in on]
    return found


def _severity(one: Mapping[str, Any]) -> str:
    said = f"severity {one['severity']:.2g} of 1"
    return said if one["state"] == "answered" else f"not answered, and so counts with {said}"
