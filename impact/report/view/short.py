"""A short form: whether the full form is to be used, because of which answers, and what the form does not ask.

In: a cleaned record. Out: ``ShortForm``, or None where the questionnaire is a full form. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.model import ShortForm, Table
from impact.report.view.parts import Numbering, joined, plural
from impact.report.view.withheld import bar_of
from impact.report.words import RULE_STATES, say

__all__ = ["make_short_form", "short_form_sentence", "short_form_stamp"]


def make_short_form(record: Mapping[str, Any], number: Numbering) -> ShortForm | None:
    block = (record.get("scoring") or {}).get("escalation")
    if not block:
        return None
    full, left = block["full_form"], block["not_asked"]
    named = f"“{full['title']}” ({full['id']}, version {full['version']})"
    heading = number.section("short-form", "Short form")
    if block["use_full_form"] is None:
        verdict = bar_of(record, "scoring/escalation_drawn")
    elif block["use_full_form"]:
        verdict = f"Use the full form: {named}."
    else:
        verdict = f"The answers given hold no reason to use the full form, {named}."
    return ShortForm(
        heading=heading,
        verdict=verdict,
        rule=block["text"],
        extent=f"{short_form_sentence(record)} What a level asks for (who decides, how long) is therefore not said.",
        answers=_answers(record, block, number),
        stops=_stops(block, number),
        not_asked=_not_asked(left, number),
        flags=_further(left),
        sections=_sections(left, number),
    )


def short_form_sentence(record: Mapping[str, Any]) -> str:
    """What a reader must know of a short form's figures; empty for a full form."""
    block = (record.get("scoring") or {}).get("escalation")
    if not block:
        return ""
    return (
        f"A short form was answered: {block['asked']} of the {block['of']} questions of the full form. Its levels "
        "count these questions alone. They are not levels of the full form, and may lie below them."
    )


def short_form_stamp(record: Mapping[str, Any]) -> str:
    """The stamp of every page; empty for a full form."""
    block = (record.get("scoring") or {}).get("escalation")
    if not block:
        return ""
    return "SHORT FORM – USE THE FULL FORM" if block["use_full_form"] else "SHORT FORM"


def _answers(record: Mapping[str, Any], block: Mapping[str, Any], number: Numbering) -> Table | None:
    said = {
        question["id"]: "; ".join((question.get("answer") or {}).get("labels") or ())
        for section in record["questionnaire"]["sections"]
        for question in section["questions"]
    }
    return number.table_or_none(
        "Answers that send the assessment to the full form",
        [("Question", 10), ("Text", 45), ("Answer", 30), ("Severity", 15, True)],
        [
            (
                one["question"],
                one["text"],
                said.get(one["question"]) or "" if one["state"] == "answered" else "Open: the set value counts",
                f"{one['severity']:.2g}",
            )
            for one in block["severities"]
        ],
        note=f"Severity runs from 0 to 1. The limit is {block['severity_at_least']:g}.",
    )


def _stops(block: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Hard stops that send the assessment to the full form",
        [("Rule", 10), ("State", 15), ("What would fire it, or has", 50), ("Missing", 25)],
        [(one["id"], say(RULE_STATES, one["state"]), one["text"], joined(one["missing"])) for one in block["stops"]],
        note="A question that is missing here may be one that only the full form asks.",
    )


def _not_asked(left: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Hard stops that the short form does not ask about",
        [("Rule", 10), ("What would fire it", 65), ("Questions of the full form", 25)],
        [(one["id"], one["text"], joined(one["questions"])) for one in left["hard_stops"]],
        note="Nothing is known of these. They are not clear, and the rule above does not look at them.",
    )


def _further(left: Mapping[str, Any]) -> str:
    flags, clashes = left["flags"], left["contradictions"]
    if not flags and not clashes:
        return ""
    return (
        f"Nor does it look at {plural(flags, 'red flag')} and {plural(len(clashes), 'contradiction')} of the full form "
        "that stand on questions it does not ask."
    )


def _sections(left: Mapping[str, Any], number: Numbering) -> Table | None:
    words = {True: "applies", False: "does not apply", None: "may apply: an answer is missing"}
    return number.table_or_none(
        "Questions of the full form that were not asked",
        [("Section", 10), ("Title", 45), ("Not asked", 20, True), ("On the answers given", 25)],
        [
            (one["id"], one["title"], f"{one['questions']} of {one['of']}", words[one["applies"]])
            for one in left["sections"]
            if one["applies"] is not False
        ],
        note="Modules that do not apply on the answers given are left out of this table.",
    )
