"""The short form (T-11): the screening questions of a record, and whether its answers call for the full form.

In: a cleaned record of the full form or of the short one. Out: ``Composed``. A record of the short form holds the
verdict; for a full record the rule of ``data/short-form.json`` is read off its severities and hard stops, and what is
open counts as the record counts it. Clears nothing: a question that was not asked is said not to have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered, barred_rules, gap, untold
from impact.report.documents.registers import data_file
from impact.report.shapes import Table
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.language import MARK
from impact.report.view.parts import Numbering, joined, plural
from impact.report.view.short import make_short_form, short_form_sentence
from impact.report.words import RULE_STATES, say

__all__ = ["make_screening"]

_OPEN = ("fired", "unresolved")
_SAID = "as answered"


def make_screening(record: Mapping[str, Any], number: Numbering) -> Composed:
    asked = set(data_file("short-form.json")["questions"])
    sections = (record.get("questionnaire") or {}).get("sections", [])
    own = (record.get("scoring") or {}).get("escalation")
    verdict = _of_short(record, number) if own else _of_full(record, sections, asked, number)
    answered = Answered(record)
    parts = []
    for section in sections:
        lines = tuple(
            answered.say(question["id"], _label(question))
            for question in section["questions"]
            if question["id"] in asked
        )
        if lines:
            heading = number.section(f"screening-{section['id']}", section["title"])
            parts.append(DocumentPart(heading=heading, lines=lines))
    lacking = [name for name in data_file("short-form.json")["questions"] if answered.question(name) is None]
    if lacking:
        heading = number.section("lacking", "Screening questions without a place in this record")
        parts.append(DocumentPart(heading=heading, lines=tuple(answered.say(name, name) for name in lacking)))
    left = () if own or not sections else (_not_asked(sections, asked, number),)
    return Composed(lead=_lead(record, asked), sections=(verdict, *parts, *left))


def _lead(record: Mapping[str, Any], asked: set[str]) -> tuple[str, ...]:
    said = short_form_sentence(record)
    if said:
        return (said,)
    if not record.get("questionnaire"):
        return ("No questionnaire was answered, so nothing can be said by these questions.",)
    return (
        f"These are the {len(asked)} screening questions of the short form, with the answers of a full assessment. "
        "Levels are those of the full assessment and stand in it; a short form alone would give other ones.",
    )


def _label(question: Mapping[str, Any]) -> str:
    """A question as a label, without the mark that a full stop would follow; a translated text keeps its own."""
    text = str(question["text"])
    return f"{question['id']} {text}" if text[:1] == MARK else f"{question['id']} {text.rstrip('?.')}"


def _of_short(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    found = make_short_form(record, number)
    if found is None:
        raise ValueError("the record is not of a short form")
    tables = (found.answers, found.stops, found.not_asked, found.sections)
    hidden = found.verdict.startswith("Withheld")
    line = Said(label="Full form", text=found.verdict, source="Escalation", gap=False, withheld=hidden)
    closing = [Said(label="Extent", text=text, source="Escalation", gap=False) for text in (found.flags,) if text]
    return DocumentPart(
        heading=found.heading,
        lead=f"{found.rule} {found.extent}",
        lines=(line,),
        tables=tuple(table for table in tables if table is not None),
        closing=tuple(closing),
    )


def _of_full(
    record: Mapping[str, Any], sections: list[Mapping[str, Any]], asked: set[str], number: Numbering
) -> DocumentPart:
    rule = data_file("short-form.json")
    heading = number.section("short-form", "Is the full form needed?")
    scoring = record.get("scoring")
    if not scoring:
        return DocumentPart(
            heading=heading, lead=rule["rule"], lines=(gap("Full form", "", "no questionnaire was scored"),)
        )
    heavy = [
        question
        for section in sections
        for question in section["questions"]
        if question["id"] in asked
        and question.get("kind") == "risk"
        and question.get("value") is not None
        and round(question["value"], 9) >= rule["severity_at_least"]
    ]
    stops = [stop for stop in scoring["hard_stops"] if stop["state"] in _OPEN]
    hidden = [
        each["id"] for section in sections for each in section["questions"] if each["id"] in asked & _barred(section)
    ]
    bars = barred_rules(record, "hard_stops")
    if heavy or stops:
        text = (
            f"Use the full form: {plural(len(heavy), 'severity', 'severities')} at {rule['severity_at_least']:g} or "
            f"more, {plural(sum(stop['state'] == 'fired' for stop in stops), 'hard stop')} that fired, "
            f"{sum(stop['state'] == 'unresolved' for stop in stops)} unresolved."
        )
    else:
        shown = " that are shown" if hidden or bars else ""
        text = f"The answers to these questions, and the hard stops,{shown} hold no reason to use the full form."
    if hidden:
        text += f" {untold(hidden)}"
    line = Said(label="By the rule", text=text, source="Severities, hard stops", gap=False)
    tables = (_severities(heavy, rule, number), _stops(stops, asked, number))
    return DocumentPart(
        heading=heading,
        lead=rule["rule"],
        lines=(line, *bars),
        tables=tuple(table for table in tables if table is not None),
    )


def _barred(section: Mapping[str, Any]) -> set[str]:
    """Questions of a section whose answers are withheld."""
    return {str(question["id"]) for question in section["questions"] if question.get("bar")}


def _severities(heavy: list[Mapping[str, Any]], rule: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Screening answers that call for the full form",
        [("Question", 10), ("Text", 50), ("Answer", 25), ("Severity", 15, True)],
        [
            (
                each["id"],
                each["text"],
                "; ".join((each.get("answer") or {}).get("labels") or ()) or _SAID
                if each["state"] == "answered"
                else "Open: the set value counts",
                f"{each['value']:.2g}",
            )
            for each in heavy
        ],
        note=f"Severity runs from 0 to 1. The limit is {rule['severity_at_least']:g}.",
    )


def _stops(stops: list[Mapping[str, Any]], asked: set[str], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Hard stops that call for the full form",
        [("Rule", 10), ("State", 15), ("What would fire it, or has", 50), ("In the short form", 25)],
        [
            (stop["id"], say(RULE_STATES, stop["state"]), stop["text"], _asks(stop["questions"], asked))
            for stop in stops
        ],
        note="A full assessment looks at every hard stop; the short form asks only about some.",
    )


def _asks(questions: list[str], asked: set[str]) -> str:
    inside = [name for name in questions if name in asked]
    if len(inside) == len(questions):
        return f"asked: {joined(inside)}"
    return f"asked in part: {joined(inside)}" if inside else "not asked"


def _not_asked(sections: list[Mapping[str, Any]], asked: set[str], number: Numbering) -> DocumentPart:
    rows = []
    for section in sections:
        more = [q for q in section["questions"] if q["id"] not in asked]
        if more and section.get("shown") is not False:
            answered = sum(question["state"] == "answered" for question in more)
            hidden = len(_barred(section) - asked)
            rows.append(
                (
                    section["id"],
                    section["title"],
                    str(len(more)),
                    f"{answered}, {hidden} withheld" if hidden else str(answered),
                )
            )
    table = number.table_or_none(
        "Questions of the full form beyond the screening",
        [("Section", 10), ("Title", 50), ("Questions", 20, True), ("Answered", 20, True)],
        rows,
        note="Sections that do not apply on the answers given are left out.",
    )
    return DocumentPart(
        heading=number.section("beyond", "What the screening leaves out"),
        lead="Nothing on these pages speaks for the questions that the short form does not ask.",
        tables=(table,) if table else (),
    )
