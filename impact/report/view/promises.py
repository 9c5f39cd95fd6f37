"""Promises and dates: every duty that an answer makes, and what became of those of an earlier assessment.

In: the block ``promises`` of a cleaned record. Out: ``Promises``. Decides nothing: states are the record's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import british_date
from impact.report.model import Promises
from impact.report.view.parts import Numbering, joined, plural
from impact.report.words import PROMISE_STATES, say

__all__ = ["make_promises"]


def make_promises(record: Mapping[str, Any], number: Numbering) -> Promises:
    block = record["promises"]
    duties, prior = block["duties"], block["prior"]
    heading = number.section("promises", "Promises and dates")
    open_ = [duty for duty in duties if duty["done"] is None]
    gaps = (
        ("No date is given for", [d for d in open_ if d["due"] is None and not d["standing"]]),
        ("No owner is named for", [d for d in open_ if d["owner"] is None]),
        ("Overdue:", [d for d in open_ if d["overdue"]]),
    )
    return Promises(
        heading=heading,
        lead=f"{plural(len(open_), 'open promise')}; {len(duties) - len(open_)} reported as done."
        if duties
        else "No answer promises anything.",
        missing=tuple(
            f"{said} {plural(len(found), 'of them', 'of them')}: {_ids(found)}." for said, found in gaps if found
        ),
        duties=number.table_or_none(
            "What the answers promise",
            [("Answer", 10), ("Duty", 45), ("By", 20), ("Who", 25)],
            [(duty["question"], _duty(duty), _day(duty), duty["owner"] or "no owner named") for duty in duties],
        ),
        prior_lead=_prior_lead(prior),
        prior=number.table_or_none(
            f"What became of the promises of {prior['id']}",
            [("Answer", 10), ("Duty", 40), ("Was due", 15), ("Now", 35)],
            [(d["question"], _duty(d), _was(d), _state(d)) for d in prior["duties"]],
        )
        if prior and prior["duties"]
        else None,
    )


def _ids(duties: Sequence[Mapping[str, Any]]) -> str:
    return joined(list(dict.fromkeys(duty["question"] for duty in duties)))


def _duty(duty: Mapping[str, Any]) -> str:
    return f"{duty['text']} ({duty['subject']})" if duty["subject"] else str(duty["text"])


def _day(duty: Mapping[str, Any]) -> str:
    if duty["done"]:
        return f"done on {british_date(duty['done'])}"
    if duty["due"] is None:
        return "as long as it is used" if duty["standing"] else "no date given"
    return f"{british_date(duty['due'])}{', overdue' if duty['overdue'] else ''}"


def _was(duty: Mapping[str, Any]) -> str:
    return (
        british_date(duty["due"]) if duty["due"] else "as long as it is used" if duty["standing"] else "no date given"
    )


def _state(duty: Mapping[str, Any]) -> str:
    said = say(PROMISE_STATES, duty["state"])
    if duty["state"] in ("moved", "brought-forward") and duty["due_now"]:
        said = f"{said}: {british_date(duty['due_now'])}"
    late = duty["overdue"] and duty["state"] not in ("met", "moved")
    return f"{said}; overdue" if late else said


def _prior_lead(prior: Mapping[str, Any] | None) -> str:
    if prior is None:
        return ""
    if prior["duties"] is None:
        return (
            f"An earlier assessment is named ({prior['id']}), but its record was not given. Nothing here says whether "
            "its promises were kept."
        )
    states = [duty["state"] for duty in prior["duties"]]
    if not states:
        return f"The earlier assessment ({prior['id']}, {british_date(prior['date'])}) made no promises."
    counts = [f"{states.count(code)} {label.lower()}" for code, label in PROMISE_STATES.items() if code in states]
    return (
        f"The earlier assessment ({prior['id']}, {british_date(prior['date'])}) made {plural(len(states), 'promise')}: "
        f"{joined(counts)}. Silence counts as not reported."
    )
