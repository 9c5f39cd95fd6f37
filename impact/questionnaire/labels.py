"""Answers in the words of the questionnaire, for people to read.

In: a question and its answer. Out: labels and the text of table cells. Decides nothing.
"""

from __future__ import annotations

from datetime import date

from impact.questionnaire.answer import Answer, Cell
from impact.questionnaire.question import Band, Column, Question

__all__ = ["answer_labels", "cell_text", "number_text"]


def answer_labels(question: Question, answer: Answer | None, *, band: Band | None) -> list[str]:
    """What was answered, one label for each choice; a number with its unit and band; empty when no value was given."""
    if answer is None:
        return []
    value = answer.value
    if isinstance(value, bool):
        choice = question.choice("yes" if value else "no")
        return [choice.label if choice else ("Yes" if value else "No")]
    if isinstance(value, tuple):
        return [choice.label for choice in question.choices if choice.code in value]
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, int | float):
        return [f"{number_text(value)} {question.unit}" if question.unit else number_text(value)]
    if value == "" and question.type == "date":
        return ["None given"]
    if value:
        choice = question.choice(value)
        return [choice.label if choice else value, *([answer.text] if answer.text else [])]
    if value is None and answer.judged is not None and not answer.rows:
        return ["No choice fits: judged by the assessor"]
    return [band.label] if band is not None else []


def number_text(number: float) -> str:
    """A number with thousands separated, and no more decimals than were given.

    >>> number_text(45000.0), number_text(97.5)
    ('45,000', '97.5')
    """
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def cell_text(column: Column, cell: Cell | None) -> str:
    """The text of a table's cell; blank stays blank."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return number_text(cell)
    return next((choice.label for choice in column.choices if choice.code == cell), cell)
