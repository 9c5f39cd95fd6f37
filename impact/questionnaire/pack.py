"""A pack: its head, its sections, its scoring and its law.

In: what each file holds. Out: one frozen ``Pack`` with its questions by id and its conditions compiled once.
Refuses to know where the files stand (load.py) and what hangs together across them (checks.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from impact.questionnaire.question import Band, Flag, Many, Part, Question, Section, Share, Text
from impact.questionnaire.rulebook import Law, Scoring
from impact.questionnaire.testing import Checks

if TYPE_CHECKING:
    from impact.questionnaire.conditions import Conditions
    from impact.questionnaire.short import Short

__all__ = ["Dimension", "LawExtent", "Pack", "PackHead", "Variable"]


class Dimension(Part):
    code: Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")]
    label: Text
    level: Literal["rights", "stewardship"]


class Default(Part):
    severity: Share
    strength: Share


class Defaults(Part):
    unanswered: Default
    best: Default
    worst: Default


class Setting(Part):
    """Given from outside: a setting of the organisation, or a field of the assessment's head."""

    kind: Literal["setting"]


class Residual(Part):
    """A dimension's residual point, worked out with no credit for the questions in ``without``."""

    kind: Literal["residual"]
    dimension: str
    without: Many[str] = ()


class Growth(Part):
    """Growth of a term in percent, 100 x (now - first) / (first - start), the largest row of a table."""

    kind: Literal["growth"]
    question: str
    start: str
    first: str
    now: str


class Latest(Part):
    """The latest date of a column, ISO 8601, empty when there is none."""

    kind: Literal["latest"]
    question: str
    column: str


class MonthsTo(Part):
    """Months from the date of the decision to the date that a question gives."""

    kind: Literal["months_to"]
    question: str


class Sum(Part):
    """The sum of a column; unknown while a row leaves it blank."""

    kind: Literal["sum"]
    question: str
    column: str


class SectionComplete(Part):
    """Whether every question of a section that is shown has an answer other than Not known."""

    kind: Literal["section_complete"]
    section: str


Rule = Annotated[Setting | Residual | Growth | Latest | MonthsTo | Sum | SectionComplete, Field(discriminator="kind")]


class Variable(Part):
    """What conditions may use beside the answers."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    type: Literal["double", "string", "bool"]
    rule: Rule
    meaning: Text


class LawExtent(Part):
    """The question whose ticks say where the tool is used, and the extents that each tick switches on."""

    question: str
    places: dict[str, Many[str]]


class PackHead(Part):
    """The file pack.yaml."""

    form: Literal["impact/pack/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    title: Text
    law_as_at: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
    dimensions: Annotated[tuple[Dimension, ...], Field(strict=False, min_length=1)]
    defaults: Defaults
    bands: Annotated[tuple[Band, ...], Field(strict=False, min_length=1)]
    variables: Many[Variable] = ()
    law_extent: LawExtent | None = None
    sections: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    scoring: Text
    law: Text
    checks: Text | None = None
    examples: Many[Text] = ()
    migrations: Many[Text] = ()
    retired: Many[str] = ()


@dataclass(frozen=True)
class Pack:
    """A whole pack, in the order of its files.

    Attributes:
        head: pack.yaml.
        sections: The section files in the order of ``head.sections``.
        scoring: scoring.yaml.
        law: law.yaml.
        checks: checks.yaml; empty where a pack has none.
        short: What it is a short form of, and what was left out; None for a full form.
    """

    head: PackHead
    sections: tuple[Section, ...]
    scoring: Scoring
    law: Law
    checks: Checks = field(default_factory=Checks)
    short: Short | None = None

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> str:
        return self.head.version

    @property
    def title(self) -> str:
        return self.head.title

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return self.head.dimensions

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by id, in the order of the pack."""
        return {question.id: question for section in self.sections for question in section.questions}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section of each question id."""
        return {question.id: section for section in self.sections for question in section.questions}

    @cached_property
    def conditions(self) -> Conditions:
        """Every condition, compiled once for this object."""
        from impact.questionnaire.conditions import Conditions

        return Conditions.of(self)

    def flags(self) -> Iterator[tuple[Question, Flag]]:
        """Every flag with the question it stands on, in the order of the pack."""
        for question in self.questions.values():
            for flag in question.flags:
                yield question, flag

    def band(self, residual: float) -> Band:
        """The band of a residual score; unrounded figures are compared."""
        return next(band for band in self.head.bands if band.holds(residual))

    def to_json(self) -> dict[str, Any]:
        """The whole pack as plain data, for ``impact packs show --json``."""
        return {
            **self.head.model_dump(mode="json", by_alias=True, exclude_none=True),
            "sections": [part.model_dump(mode="json", exclude_defaults=True) for part in self.sections],
            "scoring": self.scoring.model_dump(mode="json", exclude_none=True),
            "law": self.law.model_dump(mode="json", exclude_none=True),
            "checks": self.checks.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }
