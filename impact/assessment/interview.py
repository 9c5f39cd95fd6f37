"""Answering one question after another: which is next, what was typed, and how it is saved.

In: an assessment folder, and what a person types. Out: entries in the history, each saved as soon as it is given.
Prints nothing and reads no keyboard. What is asked is decided by the same evaluation that decides the score's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.against import SAID, read_theirs, same_answer
from impact.assessment.answers import evaluated, version_faults
from impact.assessment.folder import open_folder
from impact.assessment.history.event import Change
from impact.assessment.history.fold import Entries, same_entry
from impact.assessment.history.store import Conflict, Store, stamp
from impact.errors import AnswerError, Fault
from impact.settings import Settings
from impact.yamlfile import Located, nearest

if TYPE_CHECKING:
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.question import Choice, Column, Question, Section

__all__ = ["Interview", "typed_cell", "typed_value"]

_NUMBER = re.compile(r"£?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*%?")
_OPEN = ("unanswered",)
_ADOPTED = ("status", "reason", "value", "text", "rows", "judged")


class Interview:
    """The questions of one folder and the answers they have.

    Args:
        path: The assessment folder.
        settings: Where packs are found.
        who: Author of the answers.
        clock: Gives the time.
        told: As :class:`~impact.assessment.history.store.Store`.

    Raises:
        AnswerError: A108 the folder has no questionnaire; every fault of its head and answers; a broken history.
    """

    def __init__(
        self,
        path: Path,
        *,
        settings: Settings,
        who: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        told: Callable[[Sequence[Change], bool], None] = lambda _, __: None,
    ) -> None:
        from impact.questionnaire.answers import read_answers
        from impact.questionnaire.points.load import load_any
        from impact.questionnaire.translate import translation_of
        from impact.resources import find

        folder = open_folder(path)
        if folder.pack is None or folder.header is None:
            if folder.faults:
                raise AnswerError(folder.faults)
            where = folder.located.place_of(())
            remedy = "Name a pack in assessment.yaml"
            raise AnswerError(Fault(where, "there is no questionnaire to answer", "a pack", remedy, "A108"))
        resource = find("questionnaires", folder.pack.id, settings)
        self.pack: Pack | PointsPack = load_any(resource)
        faults = [*folder.faults, *version_faults(folder, self.pack)]
        try:
            read_answers(folder.located, self.pack)
        except AnswerError as error:
            faults += error.faults
        if faults:
            raise AnswerError(faults)
        self.who, self.clock, self.settings, self.header = who, clock, settings, folder.header
        # What is read aloud; rules and answers stay with the pack itself, where a translated unit changes nothing.
        self.words = translation_of(self.pack, resource, folder.header.language)[0]
        self._section = {question.id: section for section in self.words.sections for question in section.questions}
        self.theirs = read_theirs(folder, self.pack, resource)
        self.store = Store(path, order=tuple(self.pack.questions), clock=clock, told=told)
        state = self.store.read()  # edits by hand become events with the first answer that is saved
        self.rev, self.entries = state.rev, dict(state.answers)

    # Which question.

    def states(self) -> dict[str, str]:
        """Questions that are shown, with their state, in the order of the pack.

        Evidence files are not opened: they decide credit, not what is asked.
        """
        from impact.questionnaire.answers import Answers
        from impact.questionnaire.entries import Reader
        from impact.questionnaire.points.blocks import points_answered
        from impact.questionnaire.points.pack import PointsPack

        answers = Answers(Reader(self._located(self.entries), self.pack).read())
        if isinstance(self.pack, PointsPack):
            shown = points_answered(self.pack, answers, evidence={}).scores.shown
            return {
                name: answers[name].status if name in answers else "unanswered"
                for name in self.pack.questions
                if name in shown
            }
        states = evaluated(self.pack, answers, self.header, {}, self.settings).states
        return {name: state.state for name, state in states.items() if state.shown is True}

    def section_of(self, name: str) -> Section:
        """The section of a question, in the language of the assessment."""
        return self._section[name]

    def open_questions(self, *, section: str | None = None, every: bool = False) -> list[str]:
        """Questions to ask, in the order of the pack: shown and unanswered; with ``every`` all that are shown.

        Args:
            section: Only those of this section.
            every: Also those that have an answer.
        """
        return [
            name
            for name, state in self.states().items()
            if (every or state in _OPEN) and section in (None, self._section[name].id)
        ]

    def question(self, name: str) -> Question:
        """A question by id, in the language of the assessment.

        Raises:
            AnswerError: A010 the pack has none of that name.
        """
        found = self.words.questions.get(name) or self.words.questions.get(name.upper())
        if found is None:
            near = nearest(name, self.pack.questions)
            remedy = f"Did you mean “{near}”?" if near else "Check the id"
            raise AnswerError(Fault("--question", f"the pack has no question “{name}”", "", remedy, "A010"))
        return found

    def section(self, name: str) -> str:
        """A section by id.

        Raises:
            AnswerError: A052 the pack has none of that name.
        """
        ids = [section.id for section in self.pack.sections]
        found = next((one for one in ids if one.lower() == name.lower()), None)
        if found is None:
            fault = Fault("--section", f"the pack has no section “{name}”", f"one of {', '.join(ids)}", "", "A052")
            raise AnswerError(fault)
        return found

    # What was typed.

    def _located(self, entries: Mapping[str, Any]) -> Located:
        head = {"assessment": {"date": self.header.date}}
        return Located("answer", {**head, "answers": dict(entries)}, {})

    def faults(self, name: str, entry: Any) -> list[Fault]:
        """What is wrong with an entry; empty where it can be saved."""
        from impact.questionnaire.entries import Reader

        reader = Reader(self._located({name: entry}), self.pack)
        reader.read()
        return reader.faults

    def entry(self, parts: Mapping[str, Any], *, reason: str | None = None) -> dict[str, Any]:
        """An entry with its author and the moment, in the order in which people read it."""
        now = self.clock().astimezone(UTC)
        order = ("status", "reason", "value", "text", "rows", "judged", "note", "stand", "evidence", "drafted_by")
        found = {key: parts[key] for key in order if parts.get(key) not in (None, "")}
        found |= {"author": self.who, "date": now.date().isoformat(), "time": f"{now:%H:%M}Z"}
        return found | ({"change_reason": reason} if reason else {})

    # What a first body said, in a counter-assessment.

    def theirs_to(self, name: str) -> Mapping[str, Any] | None:
        """The question of their record, where they said something; None elsewhere, and where there is no first body."""
        found = self.theirs.said.get(name) if self.theirs is not None else None
        return found if found is not None and found["state"] in SAID else None

    def agreed(self, name: str) -> dict[str, Any] | None:
        """Their answer as parts of an answer of ours: what it says, and none of its note and evidence."""
        given = self.theirs.entries.get(name) if self.theirs is not None else None
        if self.theirs is None or given is None or name not in self.theirs.answers:
            return None
        if not isinstance(given, Mapping):
            given = {"rows" if isinstance(given, list) and given and isinstance(given[0], Mapping) else "value": given}
        return {key: given[key] for key in _ADOPTED if given.get(key) is not None} | {"stand": "agree"}

    def same_as_theirs(self, name: str, parts: Mapping[str, Any]) -> bool:
        """Whether an answer that could be saved says what theirs says."""
        from impact.questionnaire.entries import Reader

        first = self.theirs.answers.get(name) if self.theirs is not None else None
        ours = Reader(self._located({name: dict(parts)}), self.pack).read().get(name)
        return first is not None and ours is not None and same_answer(ours, first)

    # Saving.

    def save(self, name: str, entry: Any) -> None:
        """Write one answer. Answers to other questions that came meanwhile stay beside it.

        Raises:
            Conflict: Somebody else answered this question meanwhile; ``entries`` holds theirs now.
        """
        self.save_all({name: entry})

    def save_all(self, entries: Mapping[str, Any]) -> None:
        """Write several answers as one: all of them, or none.

        Raises:
            Conflict: As :meth:`save`.
        """
        while True:
            at = stamp(self.clock())
            changes = [
                Change(self.who, "set" if entry is not None else "clear", name, entry, at)
                for name, entry in entries.items()
            ]
            try:
                state = self.store.append(changes, expect=self.rev)
            except Conflict:
                before = self.entries
                self._seen()
                if any(not same_entry(before.get(name), self.entries.get(name)) for name in entries):
                    raise
            else:
                self.rev, self.entries = state.rev, dict(state.answers)
                return

    def _seen(self) -> None:
        state = self.store.read()
        self.rev, self.entries = state.rev, Entries(state.answers)


def typed_value(question: Question, text: str) -> Any:
    """What somebody typed, as the value of an answer; what cannot be is handed on as typed, for its fault to be told.

    A choice may be typed as its code or its number in the list; ticks are parted by commas or spaces.

    >>> from impact.questionnaire.question import Question
    >>> typed_value(Question(id="A9", text="?", type="number"), "45,000")
    45000
    """
    text = text.strip()
    if question.type == "multi":
        codes = [choice.code for choice in question.choices]
        if text.lower() == "none" and "none" not in codes:
            return []
        return list(dict.fromkeys(_code(question.choices, part) for part in re.split(r"[,\s]+", text) if part))
    if question.type == "single" or question.graded:
        return _code(question.choices, text)
    if question.type == "yesno":
        return {"y": "yes"}.get(text.lower(), text.lower())
    if question.type in ("number", "money"):
        return _number(text)
    if question.type == "date":
        return text.lower()
    return text


def typed_cell(column: Column, text: str) -> Any:
    """The same for one cell of a table."""
    text = text.strip()
    if column.type == "choice":
        return _code(column.choices, text)
    if column.type == "bool":
        return {"y": "yes", "n": "no"}.get(text.lower(), text.lower())
    return _number(text) if column.type in ("number", "money") else text


def _code(choices: Iterable[Choice], text: str) -> str:
    codes = [choice.code for choice in choices]
    exact = next((code for code in codes if code.lower() == text.lower()), None)
    if exact is not None:
        return exact
    return codes[int(text) - 1] if text.isdecimal() and 1 <= int(text) <= len(codes) else text


def _number(text: str) -> int | float | str:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    whole = found[1].replace(",", "")
    return float(whole + found[2]) if found[2] else int(whole)
