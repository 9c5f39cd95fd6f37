"""A pack that is scored by adding points: its head, its sections and its scoring, as frozen models.

In: the plain data of its files. Out: ``PointsPack``, its conditions compiled once. Refuses to score (score.py does).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from impact.questionnaire.question import Band, Choice, Many, Part, Question, Section, Share, Text

if TYPE_CHECKING:
    from impact.questionnaire.conditions import Condition, ConditionFault, Key

__all__ = ["PointsChoice", "PointsHead", "PointsPack", "PointsQuestion", "PointsRule", "PointsSection", "Reduction"]

Version = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]


class PointsChoice(Choice):
    """One choice and the points it adds. Its code may be any text: it is the source's own."""

    code: Text
    points: float = 0.0


class PointsQuestion(Question):
    """One question. ``scores`` says which total its points go to; without it they go nowhere.

    Attributes:
        source_name: Its name in the file it was imported from, where that is no id here.
        required: The source asks for an answer; it moves no figure.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
    type: Literal["single", "multi", "text", "number", "date"]
    choices: Many[PointsChoice] = ()
    scores: Literal["raw", "mitigation"] | None = None
    required: bool = False
    source_name: Text | None = None

    @property
    def most(self) -> float:
        """The most points that answers can give: the best choice, or all ticks."""
        points = [choice.points for choice in self.choices]
        return sum(points) if self.type == "multi" else max(points, default=0.0)


class PointsSection(Section):
    """A page of the source."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,60}$")]
    questions: Many[PointsQuestion] = ()  # a page may hold words alone


class Reduction(Part):
    """What enough mitigation takes off: ``share`` of the raw score, from ``from_share`` of the most that can be earned.

    Attributes:
        phases: Over how many alternative phases the mitigation questions are repeated: nobody can answer more than one.
    """

    share: Share
    from_share: Share
    phases: Annotated[int, Field(ge=1)] = 1


class PointsRule(Part):
    """How points become a level. ``bands`` are per cent of the most raw points that all questions can give."""

    follows: Text
    notice: Text
    reduction: Reduction | None = None
    bands: Many[Band] = ()


class PointsHead(Part):
    """The file pack.yaml of a pack that is scored by adding points."""

    form: Literal["impact/pack/1"] = Field(alias="schema")
    method: Literal["points"]
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Version
    title: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] = "en"
    points: PointsRule
    sections: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class PointsPack:
    """A whole pack, in the order of its files."""

    head: PointsHead
    sections: tuple[PointsSection, ...]

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> str:
        return self.head.version

    @property
    def title(self) -> str:
        return self.head.title

    @cached_property
    def questions(self) -> Mapping[str, PointsQuestion]:
        """Every question by id, in the order of the pack."""
        return {question.id: question for section in self.sections for question in section.questions}

    @cached_property
    def conditions(self) -> Mapping[Key, Condition]:
        """Every condition that compiles; a pack that has another is refused when it is loaded."""
        return self._compiled[0]

    @property
    def condition_faults(self) -> tuple[ConditionFault, ...]:
        return self._compiled[1]

    @cached_property
    def _compiled(self) -> tuple[Mapping[Key, Condition], tuple[ConditionFault, ...]]:
        from impact.questionnaire.conditions import compile_all

        kinds = {"multi": "strings", "number": "double"}
        types = {question.id: kinds.get(question.type, "string") for question in self.questions.values()}
        compiled, faults = compile_all(types, self.texts())
        return compiled, tuple(faults)

    def texts(self) -> Iterator[tuple[Key, str]]:
        """Every condition with its key."""
        for section in self.sections:
            if section.visible_if:
                yield ("section", section.id), section.visible_if
            for question in section.questions:
                if question.visible_if:
                    yield ("question", question.id), question.visible_if

    def most(self, kind: str) -> float:
        """The most points of a kind over every question, hidden ones too."""
        return sum(question.most for question in self.questions.values() if question.scores == kind)

    def to_json(self) -> dict[str, Any]:
        """The whole pack as plain data."""
        return {
            **self.head.model_dump(mode="json", by_alias=True, exclude_none=True),
            "sections": [part.model_dump(mode="json", exclude_defaults=True) for part in self.sections],
        }
