"""Answers in the words of the questionnaire, for people to read.

In: a question and its answer. Out: labels and the text of table cells. Decides nothing.
"""

from __future__ import annotations

from datetime import date

from impact.questionnaire.answer import Answer, Cell
from impact.questionnaire.question import Band, Column, Question

__all__ = ["answer_labels", "cell_text", "number_text", "with_unit"]

# The first word of a unit where there is one: packs name units in the plural.
_ONE = {
    "people": "person",
    **{
        f"{word}s": word
        for word in ("day", "hour", "minute", "month", "week", "year", "supplier", "system", "post", "step", "pound",
                     "case", "record", "camera", "device", "officer", "use", "unit", "point")
    },
}  # fmt: skip


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
        return [with_unit(value, question.unit)]
    if value == "" and question.type == "date":
        return ["None given"]
    if value:
        choice = question.choice(value)
        return [choice.label if choice else value, *([answer.text] if answer.text else [])]
    if value is None and answer.judged is not None and not answer.rows:
        return ["No choice fits: judged by the assessor"]
    return [band.label] if band is not None else []


def with_unit(value: float, unit: str | None) -> str:
    """A number with its unit, in the singular where there is one.

    >>> with_unit(1, "suppliers"), with_unit(1, "people a year"), with_unit(1.5, "months"), with_unit(1, "percent")
    ('1 supplier', '1 person a year', '1.5 months', '1 percent')
    """
    if not unit:
        return number_text(value)
    first, space, rest = unit.partition(" ")
    return f"{number_text(value)} {_ONE.get(first, first) if value == 1 else first}{space}{rest}"


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
