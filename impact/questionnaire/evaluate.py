"""What applies, what is missing, and what each answer is worth: answers against a pack, before any score.

In: a pack, answers, the context and digests of evidence files. Out: ``Answered``, every question with its state.
Refuses to add anything up (score.py does) and to open files: digests are given from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from impact.questionnaire.answer import Answer
from impact.questionnaire.answers import Answers
from impact.questionnaire.credit import evidence_of
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Band, Question
from impact.questionnaire.values import band_of, value_of
from impact.questionnaire.variables import work_out

__all__ = ["Answered", "Context", "QuestionState", "State", "evaluate"]

State = Literal["answered", "unanswered", "not_known", "refused", "not_applicable", "hidden"]
HIDDEN = "hidden by its condition"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the head of the assessment and the organisation's profile say.

    Attributes:
        assessment_date: The date of the assessment; ages of evidence are counted to it.
        prior_assessment: Id of a linked earlier assessment; empty when none.
        processing_started: Personal data is already processed; None when nobody has said.
        approval_threshold: Pounds above which the oversight body must approve a procurement strategy.
        decision_date: The date of the decision, from which approval runs; the assessment's date when None.
    """

    assessment_date: date
    prior_assessment: str = ""
    processing_started: bool | None = None
    approval_threshold: float
    decision_date: date | None = None

    def settings(self) -> dict[str, Any]:
        """Bound variables of kind ``setting``."""
        known: dict[str, Any] = {
            "approval_threshold": float(self.approval_threshold),
            "prior_assessment": self.prior_assessment,
        }
        if self.processing_started is not None:
            known["processing_started"] = self.processing_started
        return known


@dataclass(frozen=True, slots=True)
class QuestionState:
    """One question of the pack as it stands in this assessment.

    Attributes:
        question: The question.
        section: Its section's id.
        state: See the glossary: unanswered is not zero, and not "no".
        reason: Why it is refused or not applicable; or why an answer given cannot be scored.
        answer: What was entered, also where it is hidden; a hidden answer has no effect.
        shown: True, False (hidden), or None while its module waits for an answer.
        value: Severity or strength; None where there is none.
        band: The band that a number, or a worked-out figure, falls into.
        evidence: The factor e, before any log check; 1 for risk questions has no effect.
        freshness: The factor f of the piece of evidence that counts.
    """

    question: Question
    section: str
    state: State
    reason: str | None
    answer: Answer | None
    shown: bool | None
    value: float | None
    band: Band | None
    evidence: float
    freshness: float

    @property
    def counted(self) -> bool:
        """It has a weight and applies: only then does it move scores and completeness."""
        return bool(self.question.weights) and self.shown is True and self.state not in ("hidden", "not_applicable")


@dataclass(frozen=True)
class Answered:
    """An answered pack.

    Attributes:
        pack, answers, context, evidence: As given; ``evidence`` maps a file to its digest.
        sections: Section id -> True, False, or None while undecided.
        states: Question id -> state, in the order of the pack.
        known: Bound CEL variables: answers, rows, notes, worked-out figures. Everything else is unbound.
    """

    pack: Pack
    answers: Answers
    context: Context
    evidence: Mapping[str, str]
    sections: Mapping[str, bool | None]
    states: Mapping[str, QuestionState]
    known: Mapping[str, Any]

    def blanks(self, question: str) -> dict[str, Any]:
        """A question's own words, date or rows as blank, where it is shown and nobody has answered it.

        A flag may ask whether its own question was left blank; it may not take another's blank for an answer. Somebody
        who says that it is not known, or will not say, has not said that there is none.
        """
        state = self.states[question]
        if state.shown is not True or state.state in ("hidden", "not_applicable", "not_known", "refused"):
            return {}
        blank: dict[str, Any] = {}
        if state.question.type in ("text", "date") and not state.question.graded:
            blank[question] = ""
        if state.question.type == "table":
            blank[f"{question}_rows"] = []
        return {name: value for name, value in blank.items() if name not in self.known}

    @cached_property
    def unanswered(self) -> tuple[str, ...]:
        """Questions that apply and have no answer, in the order of the pack."""
        open_states = ("unanswered", "not_known", "refused")
        return tuple(name for name, state in self.states.items() if state.shown is True and state.state in open_states)

    def to_json(self) -> dict[str, Any]:
        """The block ``questionnaire`` of docs/record.md."""
        from impact.questionnaire.blocks import questionnaire_block

        return questionnaire_block(self)


def evaluate(pack: Pack, answers: Answers, *, context: Context, evidence: Mapping[str, str]) -> Answered:
    """Every question with its state, value and evidence factors.

    An undecided condition of a question shows it, so nothing is hidden by leaving a gap; an undecided condition of a
    section makes its module wait. A question hidden by its condition, or said not to apply, has no effect at all.

    Args:
        pack: A pack that was loaded, and so checked.
        answers: Read against the same pack.
        context: Dates and settings.
        evidence: File -> digest, for the files that were found and hashed. A file that is not here counts for nothing.

    Raises:
        PackError: Q035, a condition fails to run (a division by zero, say).
    """
    return _Evaluation(pack, answers, context, evidence).run()


class _Evaluation:
    """One run. Appearance may depend on later answers, so names are worked out on demand and remembered."""

    def __init__(self, pack: Pack, answers: Answers, context: Context, evidence: Mapping[str, str]) -> None:
        self.pack, self.answers, self.context, self.evidence = pack, answers, context, evidence
        self.variables = {variable.name: variable for variable in pack.head.variables}
        self.settings = context.settings()
        self.sections: dict[str, bool | None] = {}
        self.shown: dict[str, bool | None] = {}

    def run(self) -> Answered:
        states = {name: self._state(question) for name, question in self.pack.questions.items()}
        known: dict[str, Any] = {}
        for name in self.pack.questions:
            known |= self._bound(name)
        for name in self.variables:
            known |= self._variable(name)
        sections = {section.id: self._section(section.id) for section in self.pack.sections}
        return Answered(self.pack, self.answers, self.context, dict(self.evidence), sections, states, known)

    # Appearance.

    def _section(self, name: str) -> bool | None:
        if name not in self.sections:
            section = next(section for section in self.pack.sections if section.id == name)
            self.sections[name] = self._decide(("section", name)) if section.visible_if else True
        return self.sections[name]

    def _shown(self, name: str) -> bool | None:
        if name not in self.shown:
            section = self._section(self.pack.section_of[name].id)
            if section is True and self.pack.questions[name].visible_if:
                self.shown[name] = self._decide(("question", name)) is not False
            else:
                self.shown[name] = section
        return self.shown[name]

    def _decide(self, key: tuple[str, ...]) -> bool | None:
        condition = self.pack.conditions[key]
        known: dict[str, Any] = {}
        for name in condition.names:
            owner = name.removesuffix("_rows").removesuffix("_note")
            if owner in self.pack.questions:
                known |= self._bound(owner)
            elif name in self.variables:
                known |= self._variable(name)
        return condition.decide(known)

    # Names.

    def _applies(self, name: str) -> bool:
        answer = self.answers.get(name)
        return self._shown(name) is True and not (answer is not None and answer.status == "not_applicable")

    def _bound(self, name: str) -> dict[str, Any]:
        """Names of one question that have a value: its answer, its rows and its note."""
        if not self._applies(name):
            return {}
        question, answer = self.pack.questions[name], self.answers.get(name)
        known: dict[str, Any] = {f"{name}_note": (answer.note or "") if answer else ""}
        if answer is None or answer.status != "answered":
            return known
        if question.type == "table":
            known[f"{name}_rows"] = [_row(row, question) for row in answer.rows or ()]
        if question.type == "table" and question.bands:
            band = self._band(question)
            return known | ({name: band.code} if band is not None else {})
        value = answer.value
        if isinstance(value, date):
            known[name] = value.isoformat()
        elif isinstance(value, tuple):
            known[name] = list(value)
        elif value is not None:
            known[name] = value
        return known

    def _variable(self, name: str) -> dict[str, Any]:
        rule = self.variables[name].rule
        if rule.kind == "setting":
            return {name: self.settings[name]} if name in self.settings else {}
        if rule.kind == "residual":
            return {}  # known only after scoring; score.py adds it
        if rule.kind == "section_complete":
            if self._section(rule.section) is not True:
                return {}
            section = next(section for section in self.pack.sections if section.id == rule.section)
            asked = [question for question in section.questions if self._shown(question.id) is True]
            return {name: all(self._state(question).state == "answered" for question in asked)}
        answer = self.answers.get(rule.question) if self._applies(rule.question) else None
        start = self.context.decision_date or self.context.assessment_date
        value = work_out(rule, answer, start=start)
        return {} if value is None else {name: value}

    # Values.

    def _band(self, question: Question) -> Band | None:
        answer = self.answers.get(question.id)
        figure = self._variable(question.band_on).get(question.band_on) if question.band_on else None
        return band_of(question, answer, figure=figure) if answer is not None else None

    def _state(self, question: Question) -> QuestionState:
        answer, shown = self.answers.get(question.id), self._shown(question.id)
        section, reason = self.pack.section_of[question.id].id, answer.reason if answer is not None else None
        if shown is False:
            given = answer is not None and answer.status == "answered"
            reason = f"{HIDDEN}; the answer entered has no effect" if given else HIDDEN
            return QuestionState(question, section, "hidden", reason, answer, shown, None, None, 0.0, 0.0)
        state: State = answer.status if answer is not None else "unanswered"
        if answer is None or state != "answered":
            return QuestionState(question, section, state, reason, answer, shown, None, None, 0.0, 0.0)
        band = self._band(question)
        value = value_of(question, answer, band=band)
        if question.kind is not None and value is None:
            reason = "the answer is not complete enough to be scored, so it counts as unanswered"
            return QuestionState(question, section, "unanswered", reason, answer, shown, None, None, 0.0, 0.0)
        factor, freshness = evidence_of(
            question, answer, scoring=self.pack.scoring, digests=self.evidence, today=self.context.assessment_date
        )
        return QuestionState(question, section, state, reason, answer, shown, value, band, factor, freshness)


def _row(row: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """A row as CEL sees it: blank text, choice and date cells are "", blank numbers and bools are absent."""
    cells: dict[str, Any] = {}
    for column in question.columns:
        cell = row.get(column.code)
        if cell is None and column.type in ("text", "choice", "date"):
            cells[column.code] = ""
        elif cell is not None:
            cells[column.code] = cell.isoformat() if isinstance(cell, date) else cell
    return cells
