"""The ledger of promises: every “we will” as a dated duty, and what became of the duties of an earlier assessment.

In: an answered pack; the duties of an earlier ledger. Out: ``Ledger`` and ``Reported``, plain frozen data.
Refuses to take a promise for a deed: what is to be done moves no figure. Reads no file.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from impact.questionnaire.answer import Answer, Pledge
from impact.questionnaire.evaluate import Answered
from impact.questionnaire.labels import cell_text
from impact.questionnaire.question import Due, Promised, Question

__all__ = ["Duty", "Ledger", "Reported", "compare", "duty_from_json", "ledger"]

State = Literal["met", "repeated", "moved", "brought-forward", "date-dropped", "no-longer-promised", "not-reported"]
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that an answer promises.

    Attributes:
        question: The answer it stands on.
        text: What is to be done.
        subject: What a row's duty concerns; empty where it is not about a row.
        due: The day; None where none was given.
        standing: It holds as long as the system is used, and so has no day.
        owner: Who answers for it; None where nobody is named.
        source: Seen by the pack in the answer, written by the assessor as a promise, or found in the words of a note.
        done: The day on which it was done, where the answer says so and that day is not in the future.
        overdue: Its day was before the date of the assessment, and it is not said to be done.
    """

    question: str
    text: str
    subject: str
    due: date | None
    standing: bool
    owner: str | None
    source: Literal["answer", "assessor", "words"]
    done: date | None = None
    overdue: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same duty in a later assessment: its question, its words and its subject."""
        return self.question, _plain(self.text), _plain(self.subject)

    @property
    def undated(self) -> bool:
        """No day was given, though it needs one: a finding."""
        return self.due is None and not self.standing and self.done is None

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "text": self.text,
            "subject": self.subject,
            "due": _day(self.due),
            "standing": self.standing,
            "owner": self.owner,
            "source": self.source,
            "done": _day(self.done),
            "overdue": self.overdue,
        }


@dataclass(frozen=True, slots=True)
class Reported:
    """What this assessment says of an earlier duty.

    Attributes:
        duty: As the earlier assessment had it; ``overdue`` says whether its day is before this assessment's date.
        state: met; repeated with the same day, or again without one; moved to a later day; brought forward; its day
            was dropped; no longer promised, though the question is answered; or not reported at all.
        now: The day it has now.
    """

    duty: Duty
    state: State
    now: date | None

    def to_json(self) -> dict[str, Any]:
        return {**self.duty.to_json(), "state": self.state, "due_now": _day(self.now)}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every duty, in the order of the pack."""

    duties: tuple[Duty, ...]

    @property
    def undated(self) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if duty.undated)

    @property
    def unowned(self) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if duty.owner is None and duty.done is None)

    @property
    def overdue(self) -> tuple[Duty, ...]:
        return tuple(duty for duty in self.duties if duty.overdue)


def ledger(answered: Answered) -> Ledger:
    """Every promise of the answers that apply.

    A pack says which answers promise something, and which column holds day and owner; the assessor's own ``promises``
    on an answer add day and owner, say what was done, or add a promise in words. Beside that, each sentence of a note
    or text that holds one of the pack's ``promise_words`` is a duty without a day, unless the assessor has written
    the answer's promises out.
    """
    found: list[Duty] = []
    for state in answered.states.values():
        answer = state.answer
        # An answer that nobody can score yet promises all the same; one that is hidden or does not apply has no effect.
        if answer is None or answer.status != "answered" or state.shown is not True or state.state == "not_applicable":
            continue
        found += _of_answer(answered, state.question, answer)
    return Ledger(tuple(dict.fromkeys(found)))


def compare(earlier: Iterable[Duty], answered: Answered) -> tuple[Reported, ...]:
    """What this assessment reports of each duty of an earlier ledger, in the order of that ledger.

    Duties are the same where question, words and subject are; what was reported as done earlier is left out. A duty is
    met where an answer says on which day it was done, or where the answer is now one that the pack takes for its
    report (``met``). Silence is *not reported*, and never *met*.
    """
    now: dict[tuple[str, str, str], Duty] = {}
    for duty in ledger(answered).duties:
        now.setdefault(duty.key, duty)
    today = answered.context.assessment_date
    return tuple(_reported(duty, now.get(duty.key), answered, today) for duty in earlier if duty.done is None)


def duty_from_json(data: Mapping[str, Any]) -> Duty:
    """A duty of a record's block ``promises``.

    Raises:
        KeyError, TypeError, ValueError: It is not one.
    """
    due, done = data["due"], data["done"]
    return Duty(
        str(data["question"]),
        str(data["text"]),
        str(data["subject"]),
        None if due is None else date.fromisoformat(due),
        bool(data["standing"]),
        None if data["owner"] is None else str(data["owner"]),
        data["source"],
        None if done is None else date.fromisoformat(done),
        bool(data["overdue"]),
    )


def _of_answer(answered: Answered, question: Question, answer: Answer) -> Iterator[Duty]:
    today, used = answered.context.assessment_date, set[int]()
    made = [promise for promise in question.promises if _made(promise, question, answer)]
    for promise in made:
        rows = list(answer.rows or ()) if promise.subject or _column(promise) else [None]
        for row in rows:
            subject = _cell(question, promise.subject, row)
            due = _due(answered, promise.due, row)
            if row is not None and promise.subject is None and due is None:
                continue  # a row without a day promises no day
            said = next(
                ((n, one) for n, one in enumerate(answer.promises) if _about(one, promise, subject, len(made))), None
            )
            pledge = said[1] if said else None
            if said:
                used.add(said[0])
            yield _duty(
                question,
                promise.text,
                subject,
                (pledge.due if pledge and pledge.due else due),
                promise.due is not None and promise.due.standing,
                (pledge.owner if pledge and pledge.owner else _cell(question, promise.owner, row) or None),
                "answer",
                pledge,
                today,
            )
    for number, pledge in enumerate(answer.promises):
        if number not in used:
            text = pledge.text or question.text
            yield _duty(question, text, "", pledge.due, False, pledge.owner, "assessor", pledge, today)
    if not answer.promises:
        for sentence in _sentences(question, answer, answered.pack.scoring.promise_words):
            yield _duty(question, sentence, "", None, False, None, "words", None, today)


def _duty(
    question: Question,
    text: str,
    subject: str,
    due: date | None,
    standing: bool,
    owner: str | None,
    source: Literal["answer", "assessor", "words"],
    pledge: Pledge | None,
    today: date,
) -> Duty:
    # A day that has not come is no report: what is to be done later is not done.
    done = pledge.done if pledge is not None and pledge.done is not None and pledge.done <= today else None
    overdue = due is not None and due < today and done is None
    return Duty(question.id, text, subject, due, standing, owner, source, done, overdue)


def _made(promise: Promised, question: Question, answer: Answer) -> bool:
    code = _code(answer)
    if promise.when:
        return code in promise.when
    if question.type == "date":
        return isinstance(answer.value, date)
    return True


def _code(answer: Answer) -> str | None:
    if isinstance(answer.value, bool):
        return "yes" if answer.value else "no"
    return answer.value if isinstance(answer.value, str) else None


def _about(pledge: Pledge, promise: Promised, subject: str, promises: int) -> bool:
    """Whether the assessor's entry speaks of this promise: by its words, its subject, or because it is the only one."""
    if pledge.text is None:
        return promises == 1 and not subject
    return _plain(pledge.text) in {_plain(promise.text), _plain(subject)} - {""}


def _column(promise: Promised) -> str | None:
    return (promise.due.column if promise.due is not None else None) or promise.owner


def _cell(question: Question, code: str | None, row: Mapping[str, Any] | None) -> str:
    column = question.column(code) if code else None
    return cell_text(column, row.get(column.code)) if column is not None and row is not None else ""


def _due(answered: Answered, due: Due | None, row: Mapping[str, Any] | None) -> date | None:
    if due is None or due.standing:
        return None
    if due.column is not None:
        day = row.get(due.column) if row is not None else None
        return day if isinstance(day, date) else None
    if due.question is not None:
        answer = answered.answers.get(due.question)
        return answer.value if answer is not None and isinstance(answer.value, date) else None
    context = answered.context
    return _later(context.decision_date or context.assessment_date, int(due.months or 0))


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _sentences(question: Question, answer: Answer, words: Iterable[str]) -> Iterator[str]:
    texts = [answer.note or "", answer.text or ""]
    if question.type == "text" and not question.graded and isinstance(answer.value, str):
        texts.append(answer.value)
    texts += [
        str(row[column.code])
        for row in answer.rows or ()
        for column in question.columns
        if column.type == "text" and column.code in row
    ]
    looked_for = [re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in words]
    for text in texts:
        for sentence in _SENTENCE.split(" ".join(text.split())):
            if any(pattern.search(sentence) for pattern in looked_for):
                yield sentence


def _reported(earlier: Duty, now: Duty | None, answered: Answered, today: date) -> Reported:
    overdue = earlier.due is not None and earlier.due < today
    old = Duty(
        earlier.question, earlier.text, earlier.subject, earlier.due, earlier.standing, earlier.owner, earlier.source,
        None, overdue,
    )  # fmt: skip
    if now is not None:
        return Reported(old, _moved(old, now), now.due if now.done is None else now.done)
    state = answered.states.get(earlier.question)
    answer = state.answer if state is not None and state.shown is True else None
    if state is None or answer is None or answer.status != "answered":
        return Reported(old, "not-reported", None)
    rule = next((one for one in state.question.promises if _plain(one.text) == _plain(earlier.text)), None)
    if rule is not None and _code(answer) in rule.met:
        return Reported(old, "met", None)
    # A row that is gone, and a promise in the assessor's own words, are not reported by the answer beside them.
    silent = rule is None or bool(earlier.subject)
    return Reported(old, "not-reported" if silent else "no-longer-promised", None)


def _moved(old: Duty, now: Duty) -> State:
    if now.done is not None:
        return "met"
    if now.due == old.due:
        return "repeated"
    if now.due is None:
        return "date-dropped"
    if old.due is None:
        return "repeated"
    return "moved" if now.due > old.due else "brought-forward"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
