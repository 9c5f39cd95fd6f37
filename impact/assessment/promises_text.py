"""The ledger of promises in lines for a terminal.

In: the block ``promises`` of a record. Out: lines, not yet wrapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["STATES", "promise_lines"]

STATES = {  # what became of an earlier duty
    "met": "met",
    "repeated": "promised again",
    "moved": "moved to a later day",
    "brought-forward": "brought forward",
    "date-dropped": "no longer has a date",
    "no-longer-promised": "no longer promised",
    "not-reported": "not reported",
}


def promise_lines(block: Mapping[str, Any] | None, *, short: bool = False) -> list[str]:
    """Duties with day and owner, and what became of those of an earlier assessment; ``short`` counts them only."""
    if block is None:
        return []
    duties, prior = block["duties"], block["prior"]
    open_ = [duty for duty in duties if duty["done"] is None]
    undated = [duty for duty in open_ if duty["due"] is None and not duty["standing"]]
    unowned = [duty for duty in open_ if duty["owner"] is None]
    late = [duty for duty in open_ if duty["overdue"]]
    found = [
        "" if not short else None,
        f"Promises: {len(open_)} open; {len(undated)} without a date, {len(unowned)} without an owner, "
        f"{len(late)} overdue",
    ]
    if not short:
        found += [f"  {duty['question']}  {_said(duty)}" for duty in duties]
    return [line for line in [*found, *_prior_lines(prior, short)] if line is not None]


def _said(duty: Mapping[str, Any]) -> str:
    subject = f" ({duty['subject']})" if duty["subject"] else ""
    if duty["done"]:
        return f"{duty['text']}{subject} – done on {duty['done']}"
    day = "as long as it is used" if duty["standing"] else duty["due"] or "NO DATE"
    late = ", OVERDUE" if duty["overdue"] else ""
    return f"{duty['text']}{subject} – {day}{late}; {duty['owner'] or 'NO OWNER'}"


def _prior_lines(prior: Mapping[str, Any] | None, short: bool) -> list[str]:
    if prior is None:
        return []
    if prior["duties"] is None:
        return [f"Promises of {prior['id']}: its record was not given, so nothing says whether they were kept"]
    states = [duty["state"] for duty in prior["duties"]]
    counts = ", ".join(f"{states.count(state)} {word}" for state, word in STATES.items() if state in states)
    found = [f"Promises of {prior['id']} ({prior['date']}): {counts or 'none were made'}"]
    if short:
        return found
    for duty in prior["duties"]:
        subject = f" ({duty['subject']})" if duty["subject"] else ""
        day = f"was due {duty['due']}" if duty["due"] else "had no date"
        now = f", now {duty['due_now']}" if duty["due_now"] and duty["due_now"] != duty["due"] else ""
        late = ", OVERDUE" if duty["overdue"] and duty["state"] != "met" else ""
        found.append(
            f"  {duty['question']}  {duty['text']}{subject} – {STATES[duty['state']].upper()}; {day}{now}{late}"
        )
    return found
