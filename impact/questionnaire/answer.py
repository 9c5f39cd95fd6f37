"""One answer, as frozen data: what was said, in which status, resting on what.

In: what entries.py has checked. Out: values that later stages may trust. Knows no question and no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["Answer", "Cell", "Evidence", "Judged", "Pledge", "Stand", "Status", "Value"]

Status = Literal["answered", "not_known", "not_applicable", "refused"]
Value = str | float | bool | date | tuple[str, ...]
Cell = str | float | bool | date
Day = date  # a field named date hides the type from the class's own later fields


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something an answer rests on: a file of the assessment folder, an address, or both.

    Attributes:
        file: Path below the assessment folder, with ``/``.
        url: Where it is published.
        title: How the report names it.
        date: The date it bears; credit fades with age.
        expires: When it stops counting, where it says so itself.
        published: Anyone can read it at ``url``.
        verified_by: The independent body that confirmed it.
    """

    file: str | None
    url: str | None
    title: str
    date: Day
    expires: Day | None = None
    published: bool = False
    verified_by: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The assessor's own severity or strength where no choice fits; printed beside the choice."""

    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Pledge:
    """What the assessor says of a promise that stands on an answer.

    Attributes:
        text: The duty in words; None for the promise that the pack sees in this answer.
        due: The day by which it is to be done.
        owner: Who answers for it.
        done: The day on which it was done: the report on a promise made earlier.
    """

    text: str | None
    due: Day | None = None
    owner: str | None = None
    done: Day | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """What a second body says of the first body's answer to the same question.

    Attributes:
        says: Whether it agrees or differs.
        reason: Why; always there where it differs.
    """

    says: Literal["agree", "differ"]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry of ``answers:``.

    Attributes:
        question: The question's id.
        status: What the assessor says of the question. Whether it applies at all is decided later.
        value: Choice code, ticks, number, true or false, date, text; a grade of a table or text; None when not given.
        text: The words of a graded text.
        rows: Rows of a table; a blank cell is left out of its row.
        note, judged, evidence, author, date, time, drafted_by, change_reason, reason: As written.
        promises: Dates and owners of what the answer promises.
        stand: What is said of the first body's answer, in a counter-assessment.
    """

    question: str
    status: Status
    value: Value | None = None
    text: str | None = None
    rows: tuple[Mapping[str, Cell], ...] | None = None
    note: str | None = None
    judged: Judged | None = None
    evidence: tuple[Evidence, ...] = ()
    author: str | None = None
    date: Day | None = None
    time: str | None = None
    drafted_by: str | None = None
    change_reason: str | None = None
    reason: str | None = None
    promises: tuple[Pledge, ...] = ()
    stand: Stand | None = None
