"""Every question with its state, answer, evidence and law.

In: the questionnaire block of a cleaned record. Out: ``Answers``. An unanswered question keeps its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date, multiple
from impact.report.model import AnsweredQuestion, AnsweredSection, Answers, Heading, Pair
from impact.report.view.against import against_lines
from impact.report.view.claims import verdict_of
from impact.report.view.parts import Numbering, as_table, cite_all, joined, plural, with_unit
from impact.report.view.withheld import hidden_names
from impact.report.words import EVIDENCE_KINDS, QUESTION_STATES, say

__all__ = ["answer_anchor", "answer_labels", "make_answers", "open_questions"]

_OPEN = ("unanswered", "not_known", "refused")
_MOST_COLUMNS = 20
_KINDS = {"risk": "severity", "mitigation": "strength"}


def make_answers(record: Mapping[str, Any], number: Numbering) -> Answers:
    heading = number.annex("answers", "Questions and answers")
    pack = record["pack"]
    verdicts = {each["check"]: verdict_of(each).lower() for each in (record.get("claims") or {}).get("checks", ())}
    verdicts |= dict.fromkeys(hidden_names(record, "claims/check/"), "withheld")
    sections = []
    for section in record["questionnaire"]["sections"]:
        questions = section["questions"]
        shown = [q for q in questions if q["state"] != "hidden"]
        hidden = [q["id"] for q in questions if q["state"] == "hidden"]
        sections.append(
            AnsweredSection(
                heading=Heading(anchor=f"section-{section['id']}", number=section["id"], title=section["title"]),
                state=_section_state(section.get("shown")),
                questions=tuple(_question(q, record.get("law") or {}, verdicts, record.get("against")) for q in shown)
                if section.get("shown")
                else (),
                hidden=joined(hidden) if section.get("shown") else "",
            )
        )
    return Answers(
        heading=heading,
        pack=f"{pack['title']} ({pack['id']}), version {pack['version']}" if pack else "",
        sections=tuple(sections),
    )


def _section_state(shown: bool | None) -> str:
    if shown is None:
        return "It is undecided whether this section applies: the answer it depends on is missing."
    return "" if shown else "This section does not apply, by its condition."


def _question(
    question: Mapping[str, Any],
    law: Mapping[str, Any],
    verdicts: Mapping[str, str],
    against: Mapping[str, Any] | None,
) -> AnsweredQuestion:
    answer = question.get("answer") or {}
    table = None
    if answer.get("rows") and answer["rows"]["rows"]:
        columns = answer["rows"]["columns"]
        width = max(5, 100 // len(columns) // 5 * 5)
        table = as_table(
            "",
            f"Rows of {question['id']}",
            [(column["label"], width) for column in columns],
            [["" if cell is None else str(cell) for cell in row] for row in answer["rows"]["rows"]],
        )
    state = question["state"]
    return AnsweredQuestion(
        anchor=answer_anchor(question["id"]),
        id=question["id"],
        text=question["text"],
        state=say(QUESTION_STATES, state) + (f": {question['reason']}" if question.get("reason") else ""),
        bar=question.get("bar", ""),
        asked="answered" if state == "answered" else "open" if state in _OPEN else "other",
        labels=tuple(answer_labels(question, answer)),
        rows=table,
        note=answer.get("note") or "",
        lines=tuple(
            Pair(label=label, text=text)
            for label, text in (*against_lines(question, against), *_lines(question, answer, law, verdicts))
            if text
        ),
    )


def answer_anchor(question: str) -> str:
    """Where the entry of a question begins on the page.

    >>> answer_anchor("A2")
    'answer-A2'
    """
    return f"answer-{question}"


def answer_labels(question: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """The answer in words: the labels that were chosen, or what was typed, with its unit."""
    labels = [str(label) for label in answer.get("labels") or []]
    if not labels and question["state"] == "answered" and not answer.get("rows"):
        value = answer.get("value")
        labels = ["nothing ticked"] if value in ([], "", None) else [str(value)]
    return [with_unit(labels[0], question.get("unit"))] if len(labels) == 1 else labels


def _lines(
    question: Mapping[str, Any], answer: Mapping[str, Any], law: Mapping[str, Any], verdicts: Mapping[str, str]
) -> list[tuple[str, str]]:
    judged = answer.get("judged")
    drafted = question.get("drafted_by")
    return [
        ("Judged by the assessor", f"{_part(judged['value'])}: {judged['reason']}" if judged else ""),
        ("In the score", _in_score(question)),
        ("Evidence asked for", say(EVIDENCE_KINDS, question.get("evidence_kind"))),
        ("Evidence", "; ".join(_evidence(item) for item in question.get("evidence") or [])),
        ("Answered by" if question.get("author") else "Answered on", _signed(question)),
        ("Drafted by", str(drafted) if drafted else ""),
        ("Reason of the change", question.get("change_reason") or ""),
        ("Law and guidance", cite_all(question.get("refs") or [], law)),
        ("Tested by", joined([_check(name, verdicts) for name in question.get("tested_by") or []])),
    ]


def _check(name: str, verdicts: Mapping[str, str]) -> str:
    return f"{name} ({verdicts[name]})" if name in verdicts else name


def _in_score(question: Mapping[str, Any]) -> str:
    value, credit = question.get("value"), question.get("credit")
    if question.get("credit_withheld"):
        return (
            ""
            if value is None
            else f"{_KINDS.get(question['kind'] or '', 'value')} {_part(value)} of 1; credit withheld"
        )
    if question.get("points") is not None:
        total = "raw score" if question["scores"] == "raw" else "mitigation score"
        return (
            f"{plural(int(question['points']), 'point')} to the {total}"
            if question["points"] % 1 == 0
            else (f"{question['points']:g} points to the {total}")
        )
    if question.get("kind") == "risk" and value is not None:
        default = "" if question["state"] == "answered" else ", the value set for an open question"
        return f"severity {_part(value)} of 1{default}"
    if question.get("kind") == "mitigation":
        if credit:
            return (
                f"strength {_part(credit['strength'])} × evidence {_part(credit['evidence'])} × freshness "
                f"{multiple(credit['freshness'])} × contradiction {_part(credit['contradiction'])} = "
                f"credit {multiple(credit['credit'])} of 1"
            )
        if value is not None:
            return f"strength {_part(value)} of 1; without evidence it earns nothing"
    return ""


def _part(value: float) -> str:
    """A part of one, as it was typed where that is short: 0.6, but 0.33 for a third."""
    return f"{value:.2g}"


def _evidence(item: Mapping[str, Any]) -> str:
    where = item.get("file") or item.get("url") or ""
    title = item.get("title") or ""
    text = f"{title} ({where})" if title and where else title or where or "not named"
    if item.get("date"):
        text += f", {british_date(item['date'])}"
    text += ", published" if item.get("published") else ", not published"
    if item.get("published") and item.get("url") and item.get("file"):
        text += f" at {item['url']}"
    if item.get("verified_by"):
        text += f", verified by {item['verified_by']}"
    return text + (f", expires {british_date(item['expires'])}" if item.get("expires") else "")


def _signed(question: Mapping[str, Any]) -> str:
    """Who answered, and when: as much of it as was written."""
    when = british_date(question["date"]) if question.get("date") else ""
    if when and question.get("time"):
        when += f", {question['time'].removesuffix('Z')}{' UTC' if question['time'].endswith('Z') else ''}"
    return ", ".join(part for part in (question.get("author") or "", when) if part)


def open_questions(record: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Questions that apply and have no answer, by state."""
    found: dict[str, list[str]] = {}
    for section in record["questionnaire"]["sections"]:
        if section.get("shown"):
            for question in section["questions"]:
                if question["state"] in _OPEN:
                    found.setdefault(question["state"], []).append(question["id"])
    names = {"unanswered": "Unanswered", "not_known": "Answered “Not known”", "refused": "Refused"}
    return tuple(Pair(label=names[state], text=joined(found[state])) for state in _OPEN if state in found)
