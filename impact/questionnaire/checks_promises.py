"""What must hold of the promises that a pack sees in answers: their columns, questions and choice codes exist.

In: a pack whose files are each well formed, and where their parts stand. Out: faults, in the order of the questions.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Promised, Question
from impact.yamlfile import Located, nearest

__all__ = ["promise_faults"]

_Loc = tuple[str | int, ...]


def promise_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Q070 a column or question that is missing or holds no date, Q071 an unknown choice, Q072 no one way to a day."""
    for section, file in zip(pack.sections, files.sections, strict=True):
        for number, question in enumerate(section.questions):
            for index, promise in enumerate(question.promises):
                yield from _of(pack, question, promise, file, ("questions", number, "promises", index))


def _of(pack: Pack, question: Question, promise: Promised, file: Located, at: _Loc) -> Iterator[Fault]:
    codes = {choice.code for choice in question.choices} | ({"yes", "no"} if question.type == "yesno" else set())
    for key in ("when", "met"):
        for place, code in enumerate(getattr(promise, key)):
            if code not in codes:
                near = nearest(code, codes)
                remedy = f"Did you mean “{near}”?" if near else "Name a choice of the question"
                yield Fault(
                    file.place_of((*at, key, place)), f"“{code}” is no choice of {question.id}", "", remedy, "Q071"
                )
    for key in ("subject", "owner"):
        name = getattr(promise, key)
        if name is not None and question.column(name) is None:
            yield _column(question, name, file, (*at, key))
    due = promise.due
    if due is None:
        return
    ways = [due.column is not None, due.question is not None, due.months is not None, due.standing]
    if sum(ways) != 1:
        yield Fault(
            file.place_of((*at, "due")), "the day is given in no way, or in several",
            "one of column, question, months, standing", "Keep one", "Q072",
        )  # fmt: skip
    column = question.column(due.column) if due.column is not None else None
    if due.column is not None and (column is None or column.type != "date"):
        yield _column(question, due.column, file, (*at, "due", "column"), "a date column")
    if due.question is not None:
        asked = pack.questions.get(due.question)
        if asked is None or asked.type != "date":
            yield Fault(
                file.place_of((*at, "due", "question")), f"“{due.question}” is not a date question", "",
                "Name a question of type date", "Q070",
            )  # fmt: skip


def _column(question: Question, name: str, file: Located, at: _Loc, wanted: str = "a column of the question") -> Fault:
    near = nearest(name, [column.code for column in question.columns])
    remedy = f"Did you mean “{near}”?" if near else "Correct the name"
    return Fault(file.place_of(at), f"“{name}” is not such a column of {question.id}", wanted, remedy, "Q070")
