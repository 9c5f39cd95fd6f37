"""Which answers a check tests, and with what figures: the file checks.yaml, and what it makes of an answered pack.

In: the file's plain data; an answered pack. Out: ``PackCheck`` models, and for each a ``Testable``: whether the answers
make the claim, and the figures they give for it. Knows no log and no verdict: the claims room has both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from impact.questionnaire.question import CheckId, Many, Part, Text
from impact.questionnaire.units import in_unit

if TYPE_CHECKING:
    from impact.questionnaire.answer import Answer, Cell
    from impact.questionnaire.evaluate import Answered, QuestionState
    from impact.questionnaire.pack import Pack

__all__ = ["Checks", "PackCheck", "Testable", "tested_questions", "testables"]

_SILENT = ("hidden", "not_applicable")  # states of a question that asks nothing here
Take = Literal["first", "smallest", "largest", "all"]


class Parameter(Part):
    """A figure that a check needs: fixed by the pack, or taken from an answer.

    Attributes:
        value: The pack's own figure.
        question: The question whose answer gives it.
        column: Of a table: the column.
        where: Of a table: only rows whose text in these columns holds the given words, capitals or not.
        take: Of several rows, which one.
        times: What the figure is multiplied by: 0.01 for an answer in percent.
        unit: Of a table: the column that says in what the figure is given (units.py). A figure that can be read in two
            ways is then not read at all.
        share: The figure is a share, written as 0.95 or as 95: above 1 it is taken as percent.
        complement: What is left of 1: a share that is wrong says which share is right.
        one_in: A rate below 1 becomes “one in so many”; a figure of 1 or more is taken as that already.
        choices: Of a question with choices: code -> figure.
    """

    value: float | str | bool | None = None
    question: str | None = None
    column: str | None = None
    where: dict[str, str] = Field(default_factory=dict)
    take: Take = "first"
    times: float = 1.0
    unit: str | None = None
    share: bool = False
    complement: bool = False
    one_in: bool = False
    choices: dict[str, float | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> Parameter:
        if (self.value is None) == (self.question is None):
            raise ValueError("give either “value” or “question”")
        return self


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


# One source, or several of which the first that gives a figure counts.
Parameters = Annotated[tuple[Parameter, ...], Field(strict=False, min_length=1), BeforeValidator(_several)]


class Condition(Part):
    """One condition on a row of the log; the claims room knows the columns and makes SQL of it."""

    column: Text
    is_: Annotated[bool | str | None, Field(alias="is")] = None
    in_: Annotated[tuple[str, ...], Field(alias="in", strict=False)] = ()
    present: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    after: str | None = None
    before: str | None = None
    days: float = 0.0


class Count(Part):
    """An aggregate: how many rows at risk, and how many of them are hits. All conditions of a list must hold."""

    of: Many[Condition] = ()
    hits: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)]
    things: Text


class Rule(Part):
    """What the claim says of the share of hits."""

    never: bool = False
    at_most: Parameter | None = None
    at_least: Parameter | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Rule:
        if sum((self.never, self.at_most is not None, self.at_least is not None)) != 1:
            raise ValueError("give one of “never: true”, “at_most” and “at_least”")
        return self


class PackCheck(Part):
    """One check as a pack uses it.

    Attributes:
        id: Of the catalogue (CK-01 to CK-38), or the pack's own; then ``count`` and ``rule`` say what it is.
        title: The claim in words; the catalogue's own where it is left out.
        made: CEL: true when the answers make the claim. Without it the check runs wherever the log allows.
        parameters: Name -> where the figure comes from; of several sources the first that gives one.
        count, rule: Of a check of the pack's own: data, no code.
    """

    id: CheckId
    title: Text | None = None
    made: Text | None = None
    parameters: dict[str, Parameters] = Field(default_factory=dict)
    count: Count | None = None
    rule: Rule | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> PackCheck:
        if (self.count is None) != (self.rule is None):
            raise ValueError("a check of the pack's own has both “count” and “rule”")
        if self.id.startswith("CK-") == (self.count is not None):
            raise ValueError("checks CK-nn are the catalogue's; one of the pack's own has another name, as in OWN-01")
        if self.count is not None and self.title is None:
            raise ValueError("a check of the pack's own needs a “title”")
        return self


class Checks(Part):
    """The file checks.yaml."""

    checks: Many[PackCheck] = ()


@dataclass(frozen=True)
class Testable:
    """What the answers say that one check can test.

    Attributes:
        check: As the pack uses it.
        made: True when they make the claim, False when they make no such claim, None while nobody has answered.
        why: The answers, as printed beside the verdict.
        questions: Those that the check tests.
        parameters: Figures by name; one that nobody gave is left out.
    """

    check: PackCheck
    made: bool | None
    why: str
    questions: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def tested_questions(pack: Pack, check: str) -> tuple[str, ...]:
    """Questions whose answers a check tests, in the order of the pack."""
    return tuple(question.id for question in pack.questions.values() if check in question.tested_by)


def testables(answered: Answered) -> list[Testable]:
    """Every check of the pack with what these answers claim."""
    pack = answered.pack
    found = []
    for index, check in enumerate(pack.checks.checks):
        questions = tested_questions(pack, check.id)
        shown = tuple(name for name in questions if answered.states[name].shown is True) or questions
        claim = None if check.made is None else pack.conditions["check", str(index)]
        made = True if claim is None else claim.decide(answered.known)
        if questions and all(answered.states[name].state in _SILENT for name in questions):
            made = False  # a question that does not apply claims nothing
        elif made is None and claim is not None and _settled(claim.names, answered):
            made = False
        figures = {
            name: figure
            for name, sources in check.parameters.items()
            if (figure := _first(sources, answered)) is not None
        }
        if check.rule is not None:
            limit = check.rule.at_most or check.rule.at_least
            figure = figure_of(limit, answered) if limit is not None else None
            figures |= {"limit": figure} if figure is not None else {}
        found.append(Testable(check, made, _why(answered, shown), shown, figures))
    return found


def _settled(names: tuple[str, ...], answered: Answered) -> bool:
    """Every question that a condition names is answered or does not apply: nobody is waited for."""
    # The names of a condition hold words of CEL too.
    asked = [name.removesuffix("_rows").removesuffix("_note") for name in names]
    states = [answered.states[name] for name in asked if name in answered.states]
    return bool(states) and all(state.state in _SILENT or _said(state) for state in states)


def _said(state: QuestionState) -> bool:
    """Answered, and not by a judgement alone: that leaves open what was chosen."""
    answer = state.answer
    return state.state == "answered" and answer is not None and (answer.value is not None or answer.rows is not None)


def _first(sources: tuple[Parameter, ...], answered: Answered) -> Any:
    given = (figure_of(source, answered) for source in sources)
    return next((figure for figure in given if figure is not None), None)


def figure_of(parameter: Parameter, answered: Answered) -> Any:
    """The figure, or None while the answers do not give it."""
    if parameter.question is None:
        return parameter.value
    state = answered.states.get(parameter.question)
    if state is None or state.shown is not True or state.answer is None or state.answer.status != "answered":
        return None
    if parameter.column is None:
        return _scaled(_single(parameter, state.answer), parameter)
    rows = [row for row in _rows(parameter, state.answer) if row.get(parameter.column) not in (None, "")]
    given = [_figure_in(row, parameter) for row in rows]
    if not given:
        return None
    unclear = next((each for each in given if isinstance(each, Mapping)), None)
    if unclear is not None:
        return unclear
    if parameter.take == "all":
        return given
    if parameter.take == "first":
        return given[0]
    numbers = [cell for cell in given if isinstance(cell, int | float) and not isinstance(cell, bool)]
    return (min if parameter.take == "smallest" else max)(numbers, default=None)


def _figure_in(row: Mapping[str, Cell], parameter: Parameter) -> Any:
    """The figure of one row; ``{"unclear": why}`` where nobody can say in what unit it is."""
    cell = row[str(parameter.column)]
    if parameter.unit is None or not isinstance(cell, int | float) or isinstance(cell, bool):
        return _scaled(cell, parameter)
    meant: Literal["share", "one in", "score"] = (
        "one in" if parameter.one_in else "share" if parameter.share else "score"
    )
    read = in_unit(float(cell), row.get(parameter.unit), meant=meant)
    if isinstance(read, float):
        return round(1 - read, 12) if parameter.complement else read
    words = next((str(row[name]) for name in parameter.where if row.get(name)), "")
    return {"unclear": f"{parameter.question} gives {cell:g}{f' for “{words}”' if words else ''}: {read}"}


def _single(parameter: Parameter, answer: Answer) -> Any:
    if parameter.choices:
        return parameter.choices.get(str(answer.value))
    return list(answer.value) if isinstance(answer.value, tuple) else answer.value


def _rows(parameter: Parameter, answer: Answer) -> list[Mapping[str, Cell]]:
    rows = answer.rows or ()
    return [
        row
        for row in rows
        if all(words.lower() in str(row.get(column, "")).lower() for column, words in parameter.where.items())
    ]


def _scaled(value: Any, parameter: Parameter) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if parameter.one_in:
        return round(1 / value) if 0 < value < 1 else float(value)
    times = 0.01 if parameter.share and value > 1 else parameter.times
    # Rounded where a product of decimals is not what a person would write: 31 percent is 0.31.
    figure = round(float(value) * times, 12)
    return round(1 - figure, 12) if parameter.complement else figure


def _why(answered: Answered, questions: tuple[str, ...]) -> str:
    from impact.questionnaire.labels import answer_labels

    if not questions:
        return "No answer makes this claim; it is tested wherever the log allows."
    parts = []
    for name in questions:
        state = answered.states[name]
        said = {"unanswered": "not answered", "not_known": "not known", "refused": "refused"}.get(state.state)
        if state.state in ("hidden", "not_applicable"):
            said = "does not apply"
        if said is None and state.answer is not None:
            labels = answer_labels(state.question, state.answer, band=state.band)
            # Of a graded text the grade is enough here: the words stand with the answer.
            shown = labels[:1] if state.question.graded else labels
            said = "“" + "; ".join(shown) + "”" if shown and len(shown[0]) <= 120 else "answered"
        parts.append(f"{name}: {said}")
    return "; ".join(parts)
