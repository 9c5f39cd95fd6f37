"""The file ``review.yaml`` of an assessment folder: what was approved, and what happened since.

In: a located YAML file. Out: the block ``review`` of the record, as read. Holds what no question asks: conditions of
the approval, incidents, complaints. What is left out stays unknown; a list that is empty says that there was none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from impact.assessment.header import Day, Digest, Text
from impact.assessment.procurement import YesNo
from impact.errors import Fault
from impact.yamlfile import Located

__all__ = ["ReviewFile", "faults_of_review"]

Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Condition(_Part):
    """A condition of the approval, and what became of it."""

    text: Text
    actual: Text | None = None
    met: Literal["yes", "partly", "no", "not known"] = "not known"
    evidence: Text | None = None


class Incident(_Part):
    date: Day
    what: Text
    people: Count | None = None
    done: Text | None = None
    closed: YesNo | None = None


class Complaints(_Part):
    received: Count
    upheld: Count | None = None
    open: Count | None = None
    note: Text | None = None


class Period(_Part):
    """Days between which incidents and complaints were counted."""

    begin: Day
    end: Day


class ReviewFile(_Part):
    """Everything that is said beside the answers when an approval is looked at again."""

    version: Literal[1]
    approved: Text  # PDF, record.json or assessment folder of what was approved
    record_digest: Digest | None = None
    between: tuple[Text, ...] = Field(default=(), strict=False)  # assessments in between, the oldest first
    decided: Day | None = None
    months: Annotated[int, Field(ge=1, le=60)] | None = None
    period: Period | None = None
    conditions: tuple[Condition, ...] | None = Field(default=None, strict=False)
    incidents: tuple[Incident, ...] | None = Field(default=None, strict=False)
    complaints: Complaints | None = None


def faults_of_review(file: ReviewFile, located: Located) -> list[Fault]:
    """What does not fit together: A187."""
    found = []
    told = file.complaints
    if told is not None:
        for name, number in (("upheld", told.upheld), ("open", told.open)):
            if number is not None and number > told.received:
                where = located.place_of(("complaints", name))
                found.append(Fault(where, f"more complaints {name} than received", "", "Correct one of them", "A187"))
    if file.period is not None and file.period.end < file.period.begin:
        where = located.place_of(("period", "end"))
        found.append(Fault(where, "the period ends before it begins", "", "Correct one of the days", "A187"))
    return found
