"""Question by question: what each of two bodies said, on which evidence, and where they stand on each other.

In: the block ``sides.comparison`` of a cleaned record, and the names of the bodies. Out: sections of a document, those
on which they differ first. An answer is printed as its own document has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import british_date, multiple
from impact.report.model import DocumentPart
from impact.report.view.parts import Numbering, plural, sentence, with_unit
from impact.report.words import QUESTION_STATES, say

__all__ = ["answer_words", "question_parts"]

_LONG = 10  # rows of a table that begins on a page of its own
_SECTIONS = (
    (
        "differ",
        "Where the two differ",
        "Both have answered, and not alike; or the second says that it differs, with its reason.",
    ),
    (
        "first_only",
        "Where the second is silent",
        "The first has answered these, and the second has not. That is no agreement.",
    ),
    ("second_only", "Where the first is silent", "The second has answered these, and the first has not."),
    (
        "own_words",
        "Answered by both in words of their own",
        "There is no choice or number to compare here: whether the two mean the same is for the reader to say.",
    ),
    ("agree", "Where the two agree", "The same choice, number or rows. Notes, and words beside a choice, may differ."),
)


def question_parts(compared: Mapping[str, Any], names: tuple[str, str], number: Numbering) -> list[DocumentPart]:
    """A section for each way in which answers stand to each other; none where they are not set against each other."""
    questions = compared["questions"]
    if questions is None:
        return []
    parts = []
    for result, title, lead in _SECTIONS:
        rows = [question for question in questions if question["result"] == result]
        if not rows:
            continue
        heading = number.section(f"questions-{result.replace('_', '-')}", title)
        widths = [("Question", 30), (_short(names[0], "first"), 35), (_short(names[1], "second"), 35)]
        table = number.table(
            f"{title}: {plural(len(rows), 'question')}", widths, [_row(question, result) for question in rows]
        )
        parts.append(DocumentPart(heading=heading, lead=lead, tables=(table,), sheet=len(rows) > _LONG))
    if not any(question["result"] == "differ" for question in questions):
        parts.insert(0, _none(number))
    return parts


def _none(number: Numbering) -> DocumentPart:
    heading = number.section("questions-differ", "Where the two differ")
    return DocumentPart(heading=heading, lead="On no question that both have answered do they differ.")


def _short(name: str, which: str) -> str:
    return name if len(name) <= 60 else f"The {which} body"


def _row(question: Mapping[str, Any], result: str) -> Sequence[str]:
    asked = f"{question['question']}  {question['text']}"
    if question["reworded"]:
        asked += " (asked in other words in the two versions)"
    return (
        asked,
        _said(question["first"], question, result if result == "second_only" else ""),
        _said(question["second"], question, result if result == "first_only" else "") + _stand(question),
    )


def _said(side: Mapping[str, Any] | None, question: Mapping[str, Any], silent: str) -> str:
    """The answer, its note and its evidence, in one cell."""
    if side is None:
        return "Not asked in its questionnaire."
    if silent:
        return f"Silent: {say(QUESTION_STATES, side['state']).lower()}."
    text = answer_words(side, question.get("unit"))
    if side.get("judged"):
        text += f" Judged {side['judged']['value']:.2g}: {sentence(side['judged']['reason'])}"
    if side.get("note"):
        text += f" Note: {sentence(side['note'])}"
    evidence = "; ".join(_piece(item) for item in side["evidence"])
    text += f" Evidence: {evidence}." if evidence else " No evidence named."
    return text + (f" Credit in its score: {multiple(side['credit'])} of 1." if side.get("credit") is not None else "")


def answer_words(side: Mapping[str, Any], unit: str | None = None) -> str:
    """An answer as its document has it: labels and rows, days in British style, or the state with its reason."""
    if side["state"] != "answered":
        text = say(QUESTION_STATES, side["state"])
        reason = side.get("reason") if side["state"] != "hidden" else None
        return sentence(f"{text}: {reason}" if reason else text)
    labels = [_cell(label).rstrip(".") for label in side["labels"]]
    labels = [with_unit(labels[0], unit)] if len(labels) == 1 else labels
    rows = (side["rows"] or {}).get("rows") or []
    labels += [", ".join(_cell(cell) for cell in row if cell not in (None, "")) for row in rows]
    return sentence("; ".join(label for label in labels if label) or "Nothing ticked")


def _cell(cell: Any) -> str:
    """As it was typed; a day in British style, and nothing else taken for one (20260101 may be a number)."""
    text = str(cell)
    return british_date(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text


def _piece(item: Mapping[str, Any]) -> str:
    where = item.get("file") or item.get("url") or ""
    title = item.get("title") or where
    text = f"{title} ({where})" if where and title != where else title
    if item.get("date"):
        text += f", {british_date(item['date'])}"
    text += ", published" if item.get("published") else ""
    return text + (f", verified by {item['verified_by']}" if item.get("verified_by") else "")


def _stand(question: Mapping[str, Any]) -> str:
    stand = question.get("stand")
    if not stand:
        return ""
    said = {"agree": "AGREES with the first", "differ": "DIFFERS from the first"}[stand["says"]]
    if stand["says"] == "differ" and question["same"]:
        said += ", though the answer is the same"
    return f" {said}: {sentence(stand['reason'])}" if stand.get("reason") else f" {said}."
