"""The file ``procurement.yaml`` of an assessment folder: contracts, their notices and changes, and who was asked.

In: a located YAML file. Out: the block ``procurement`` of the record, as read. Works out no deadline: the document
does, from the record alone, and says by which rule. Every part but the name of a contract may be left out; what is left
out stays unknown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from impact.assessment.header import Day, Text
from impact.errors import Fault
from impact.yamlfile import Located

__all__ = ["ProcurementFile", "YesNo", "faults_of_procurement"]


def _yes(value: Any) -> Any:
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


YesNo = Annotated[bool, BeforeValidator(_yes)]
Pounds = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_number)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Notice(_Part):
    kind: Literal[
        "pipeline",
        "planned",
        "engagement",
        "tender",
        "transparency",
        "award",
        "details",
        "change",
        "performance",
        "termination",
    ]
    date: Day
    link: Text | None = None


class Modification(_Part):
    date: Day
    what: Text
    ground: Text | None = None
    value_before: Pounds | None = None
    value_after: Pounds | None = None
    end_before: Day | None = None
    end_after: Day | None = None
    notice: Day | None = None
    copy_published: Day | None = None


class Result(_Part):
    date: Day
    result: Text
    link: Text | None = None


class Indicator(_Part):
    kpi: Text
    target: Text | None = None
    results: tuple[Result, ...] = Field(default=(), strict=False)


class Break(_Part):
    date: Day
    notice_days: Annotated[int, Field(ge=0)] | None = None
    what: Text | None = None


class Contract(_Part):
    name: Text
    supplier: Text | None = None
    covered: YesNo | None = None  # a public contract under the Procurement Act 2023: its value, its day, its buyer
    direct_award: YesNo | None = None
    value: Pounds | None = None  # with every option and extension
    start: Day | None = None
    first_end: Day | None = None
    end: Day | None = None
    entered: Day | None = None
    no_standstill: Text | None = None  # why none is needed
    copy_published: Day | None = None
    terminated: Day | None = None
    notices: tuple[Notice, ...] = Field(default=(), strict=False)
    modifications: tuple[Modification, ...] = Field(default=(), strict=False)
    indicators: tuple[Indicator, ...] = Field(default=(), strict=False)
    breaks: tuple[Break, ...] = Field(default=(), strict=False)


class Asked(_Part):
    supplier: Text
    date: Day | None = None
    requirement_sent: YesNo | None = None
    answer: Text | None = None
    excluded_because: Text | None = None


class Conflicts(_Part):
    prepared: Day | None = None
    reviewed: tuple[Day, ...] = Field(default=(), strict=False)
    link: Text | None = None


class Subcontractor(_Part):
    name: Text
    does: Text | None = None
    ultimate_owner: Text | None = None
    country: Text | None = None


class Challenge(_Part):
    knew: Day  # when the supplier first knew, or ought to have known


class ProcurementFile(_Part):
    """The whole of procurement.yaml."""

    version: Literal[1]
    bank_holidays: Literal["england-and-wales", "northern-ireland"] = "england-and-wales"
    contracts: tuple[Contract, ...] = Field(strict=False)
    engagement: tuple[Asked, ...] = Field(default=(), strict=False)
    conflicts: Conflicts | None = None
    subcontractors: tuple[Subcontractor, ...] = Field(default=(), strict=False)
    challenge: Challenge | None = None


def faults_of_procurement(file: ProcurementFile, located: Located) -> list[Fault]:
    """What no single key shows: no contract, two of one name, an end before its beginning (A194)."""
    found = []
    if not file.contracts:  # not a bound of the model, which would count contracts with faults as missing
        found.append(Fault(located.place_of(("contracts",)), "no contract is listed", "one or more", "Add it", "A194"))
    names: set[str] = set()
    for index, contract in enumerate(file.contracts):
        at = ("contracts", index)
        if contract.name in names:
            where = located.place_of((*at, "name"))
            found.append(Fault(where, f"two contracts are called “{contract.name}”", "", "Rename one", "A194"))
        names.add(contract.name)
        for key, end in (("first_end", contract.first_end), ("end", contract.end)):
            if contract.start and end and end <= contract.start:
                where = located.place_of((*at, key))
                found.append(Fault(where, f"“{key}” is not after the start", "a later day", "Correct it", "A194"))
    return found
