"""Sections and questions, as frozen models.

In: the plain data of a section file. Out: questions with their choices, bands, columns, weights and flags.
Refuses to know what hangs together across files (checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Aggregate",
    "Asks",
    "Band",
    "CheckId",
    "Choice",
    "Code",
    "Column",
    "Flag",
    "FreshnessPeriod",
    "Many",
    "Part",
    "Promised",
    "Question",
    "Section",
    "Share",
    "Text",
]

X = TypeVar("X")
# YAML has lists and no tuples, so the outer sequence alone is taken leniently; its members stay strict.
Many = Annotated[tuple[X, ...], Field(strict=False)]
Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$")]
Share = Annotated[float, Field(ge=0, le=1)]
# CK-nn are the toolkit's own checks; a pack names its own otherwise.
CheckId = Annotated[str, Field(pattern=r"^[A-Z]{2,8}-[0-9]{2}$")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Choice(Part):
    """One choice; ``value`` is its severity or strength, where it has one."""

    code: Code
    label: Text
    value: Share | None = None


class Band(Part):
    """A range of a number: ``ge`` at least, ``gt`` above, ``le`` at most, ``lt`` below. Bands of one list cover all."""

    code: Code
    label: Text
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    value: Share | None = None

    def holds(self, number: float) -> bool:
        """Whether the number falls into this band.

        >>> Band(code="a", label="A", ge=1, lt=2).holds(2)
        False
        """
        return (
            (self.ge is None or number >= self.ge)
            and (self.gt is None or number > self.gt)
            and (self.le is None or number <= self.le)
            and (self.lt is None or number < self.lt)
        )


class Column(Part):
    code: Code
    label: Text
    type: Literal["text", "choice", "date", "number", "money", "bool"] = "text"
    choices: Many[Choice] = ()


class Aggregate(Part):
    """How ticks, or a percentage, become one value between 0 and 1."""

    rule: Literal["max", "count_div", "count_mul", "percent"]
    n: Annotated[float, Field(gt=0)] | None = None
    k: Annotated[float, Field(gt=0)] | None = None
    cap: Share = 1.0


class Flag(Part):
    """A hard stop (HS-nn) or red flag (RF-<question>) with its rule in words and in CEL."""

    id: Annotated[str, Field(pattern=r"^(HS-[0-9]{2}|RF-[A-Za-z0-9_]+)$")]
    text: Text
    when: Text


class FreshnessPeriod(Part):
    """Full credit up to ``full_months`` after the date of the evidence, then a straight line to ``none_months``."""

    full_months: Annotated[float, Field(ge=0)]
    none_months: Annotated[float, Field(gt=0)]


class Due(Part):
    """When a duty falls due: a date column of the same row, a date question, or months after the decision."""

    column: Code | None = None
    question: Text | None = None
    months: Annotated[float, Field(gt=0)] | None = None
    standing: bool = False


class Promised(Part):
    """What an answer promises, for the ledger (promises.py).

    Attributes:
        text: The duty, beginning with a verb.
        when: Choice codes (yes and no of a yes-or-no question) that make the promise; any answer where empty.
        met: Choice codes that report, in a later assessment, that the duty was met.
        subject: The column that says what the duty of a row concerns; each row is then a duty of its own.
        due: When; without it the answer itself has to say, or the ledger says that no date was given.
        owner: The column that names who answers for it.
    """

    text: Text
    when: Many[Code] = ()
    met: Many[Code] = ()
    subject: Code | None = None
    due: Due | None = None
    owner: Code | None = None


class Question(Part):
    """One question. Its ``risk`` or ``mitigation`` weights say which dimensions it moves; it never has both."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,20}$")]
    text: Text
    type: Literal["single", "yesno", "multi", "number", "money", "date", "text", "table"]
    guidance: Text | None = None
    unit: Text | None = None
    whole: bool = False
    visible_if: Text | None = None
    choices: Many[Choice] = ()
    bands: Many[Band] = ()
    band_on: Text | None = None
    band_when_blank: Code | None = None
    aggregate: Aggregate | None = None
    columns: Many[Column] = ()
    refs: Many[Text] = ()
    risk: dict[str, float] = Field(default_factory=dict)
    mitigation: dict[str, float] = Field(default_factory=dict)
    evidence: Literal["doc", "pub", "log", "ver"] | None = None
    freshness: FreshnessPeriod | None = None
    tested_by: Many[CheckId] = ()
    feeds: Many[CheckId] = ()
    flags: Many[Flag] = ()
    promises: Many[Promised] = ()
    ask_committee: Text | None = None
    ask_foi: Text | None = None

    @property
    def kind(self) -> Literal["risk", "mitigation"] | None:
        return "risk" if self.risk else "mitigation" if self.mitigation else None

    @property
    def weights(self) -> Mapping[str, float]:
        """Weight per dimension; empty when the question is not scored."""
        return self.risk or self.mitigation

    @property
    def graded(self) -> bool:
        """The assessor picks the grade that the rows or words support."""
        return self.type in ("table", "text") and bool(self.choices)

    @property
    def percent(self) -> bool:
        return (self.aggregate is not None and self.aggregate.rule == "percent") or (
            self.unit is not None and self.unit.startswith("percent")
        )

    def choice(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)

    def column(self, code: str) -> Column | None:
        return next((column for column in self.columns if column.code == code), None)


class Note(Part):
    """Words between the questions of a section."""

    id: Code
    text: Text


class Section(Part):
    """A section file. One with ``visible_if`` is a module: it counts only once the condition is true."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}$")]
    title: Text
    visible_if: Text | None = None
    notes: Many[Note] = ()
    questions: Annotated[tuple[Question, ...], Field(strict=False, min_length=1)]


class Asks(Protocol):
    """What reading answers and starting a file need of a pack, whichever way it is scored."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def sections(self) -> Sequence[Section]: ...

    @property
    def questions(self) -> Mapping[str, Question]: ...
