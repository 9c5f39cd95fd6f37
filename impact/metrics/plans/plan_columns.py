"""What further columns of a table mean to a plan: scores, weights, review, time, strata; and a population beside it.

In: parts of ``audit.yaml``. Out: frozen parts of an ``AuditPlan``. All are optional: a plan that maps none of them
is the same plan, with the same digest, as before they existed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "MAX_BANDS",
    "MAX_BINS",
    "MAX_VERSIONS",
    "Band",
    "Floor",
    "Part",
    "Population",
    "ReviewSeconds",
    "Reviewer",
    "Score",
    "Stratum",
    "Time",
    "Version",
    "Weight",
]

MAX_VERSIONS = 50  # of a scorer: more are build numbers, and nobody compares them two by two
MAX_BANDS = 20  # of a scorer: more are a score, which has a key of its own
MAX_BINS = 100_000  # metrics/design.md 2.4 e: beyond this a bin is a person


class Part(BaseModel):
    """A part of the plan: unknown keys are errors, and no text is taken for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Score(Part):
    """The scorer's score, kept as counts by bin. A missing score has no bin; a score outside ``range`` is an error."""

    name: str
    higher_means: Annotated[str, Field(min_length=1)]  # "more likely to be referred"
    range: tuple[float, float] = (0.0, 1.0)
    probability: bool = False  # whether a score of 0.2 claims that 2 in 10 such people have the outcome
    bins: Annotated[int, Field(ge=2, le=MAX_BINS)] = 1_000
    label: str = "score"


class Weight(Part):
    """What a row stands for: so many rows of the sample (frequency), or a survey weight (sampling). No default."""

    name: str
    kind: Literal["sampling", "frequency"]


class Reviewer(Part):
    """Who decided in the end. Ids never leave the engine: only sums over reviewers do."""

    name: str


class Floor(Part):
    """The shortest time in which a case can be read, and how that is known."""

    seconds: Annotated[int, Field(ge=1, le=86_400)]
    reason: Annotated[str, Field(min_length=1)]


class ReviewSeconds(Part):
    """How long the review took; longer times count as ``cap``, and are counted."""

    name: str
    cap: Annotated[int, Field(ge=1, le=86_400)] = 7_200
    floor: Floor | None = None


class Time(Part):
    """When the decision was made. ``period`` is what people are counted by; days never leave the engine."""

    name: str
    period: Literal["month", "quarter", "year"] = "month"


class Version(Part):
    """Which version of the scorer decided. ``order`` says which came before which: names alone are no order."""

    name: str
    order: tuple[str, ...] = ()


class Band(Part):
    """An ordered risk band, and where there is one the band that a person gave the same case."""

    name: str
    order: tuple[str | int | float | bool, ...]  # lowest band first
    label: Annotated[str, Field(min_length=1)]  # what a higher band stands for: "risk of reoffending"
    unknown_values: tuple[str | int | float | bool, ...] = ()
    human: str | None = None  # column of the person's band, in the same values

    def of_human(self) -> Band:
        """The same bands as the person gave them."""
        return self.model_copy(update={"name": self.human})


class Stratum(Part):
    """A column to compare within. ``role`` says whether it explains or may itself be a proxy; there is no default."""

    name: str
    role: Literal["legitimate_factor", "proxy_risk"]
    justification: str | None = None


class Population(Part):
    """A CSV file with the number of residents by group, for rates per head; columns are called as group keys."""

    file: Annotated[str, Field(min_length=1)]
    by: Annotated[tuple[str, ...], Field(min_length=1)]  # group keys: the first is compared, the others say within what
    count: str = "population"  # the column with the number of residents
    label: Annotated[str, Field(min_length=1)] = "residents"  # whom it counts, when and where
    delimiter: str = ","
    encoding: str = "utf-8"
