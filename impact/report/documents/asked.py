"""The answers that a section of a document reads: one line each, and those that are open together.

In: the answers by id, the questions of a section. Out: ``Said``. A question that is not asked, given the other answers,
gives no line; one that is open is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from impact.report.documents.answered import Answered
from impact.report.shapes_documents import Said
from impact.report.view.parts import cite_all, joined, sentence
from impact.report.view.withheld import bar_of

__all__ = ["Asked", "answer_lines", "cited", "gaps_together", "rows_of", "unchecked"]

Asked = tuple[tuple[str, str], ...]  # id of a question, and the label of the document’s own


def answer_lines(answered: Answered, asked: Asked, *, note: bool = True) -> tuple[Said, ...]:
    """A line for each question that applies; open ones with the same reason share a line, after the others."""
    shown = [(name, label) for name, label in asked if not _hidden(answered, name)]
    return gaps_together([answered.say(name, label, note=note) for name, label in shown])


def _hidden(answered: Answered, name: str) -> bool:
    question = answered.question(name)
    return question is not None and question["state"] == "hidden"


def gaps_together(lines: Sequence[Said]) -> tuple[Said, ...]:
    """The lines in their order, and behind them the gaps: one line for each reason, with every id in it.

    >>> from impact.report.documents.answered import gap
    >>> lines = [gap("Cost", "Question O1", "no"), gap("Term", "Question B10", "no")]
    >>> gaps_together(lines)[0].label, gaps_together(lines)[0].source
    ('Cost; term', 'Questions O1 and B10')
    """
    open_: dict[str, list[Said]] = {}
    for line in lines:
        if line.gap:
            open_.setdefault(line.text, []).append(line)
    return (*(line for line in lines if not line.gap), *map(_as_one, open_.values()))


def _as_one(lines: Sequence[Said]) -> Said:
    if len(lines) == 1:
        return lines[0]
    labels = [lines[0].label, *(_lower(line.label) for line in lines[1:])]
    named = [line.source for line in lines if line.source]
    ids = [source.removeprefix("Question ") for source in named]
    questions = all(source.startswith("Question ") for source in named)
    source = f"Questions {joined(ids)}" if questions and len(ids) > 1 else joined(list(dict.fromkeys(named)))
    targets = [line.target for line in lines if line.target]
    return replace(lines[0], label="; ".join(labels), source=source, target=targets[0] if targets else "")


def _lower(label: str) -> str:
    """A label inside a sentence; a short form such as “DPIA” keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def rows_of(answered: Answered, name: str) -> tuple[tuple[str, ...], ...]:
    """Rows that were typed as an answer, as text; empty where the question has no such answer."""
    question = answered.question(name)
    if question is None or question["state"] != "answered":
        return ()
    rows = (question["answer"] or {}).get("rows")
    return tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows["rows"]) if rows else ()


def unchecked(citation: str) -> str:
    """A citation that the record does not hold.

    >>> unchecked("Civil Procedure Rules Part 54")
    'Civil Procedure Rules Part 54 (citation to be checked)'
    """
    return f"{citation} (citation to be checked)"


def cited(label: str, text: str, keys: Iterable[tuple[str, str]], record: Mapping[str, Any]) -> Said:
    """A line on law: each key as the record cites it, or its name in words with the mark that it is to be checked."""
    law, hidden = record.get("law") or {}, bar_of(record, "block/law")
    names = [cite_all([key], law) if key in law else words if hidden else unchecked(words) for key, words in keys]
    if hidden:  # whether a citation was checked stands in the entry of the law, which this version withholds
        names.append("whether these were checked is withheld from this version")
    text = text if text.endswith("”") else sentence(text)
    return Said(label=label, text=text, source=f"Law: {'; '.join(names)}", gap=False)
