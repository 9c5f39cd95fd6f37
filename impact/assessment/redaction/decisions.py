"""Who decided to withhold what, when, and on which ground: ``withhold.yaml`` of an assessment folder.

In: the file and the ids that are asked for. Out: frozen ``Decisions``. A part is withheld for a reason and on a ground
that somebody stands for, or not at all. Knows no record: whether an id is one is for public.py to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impact.assessment.header import Day
from impact.errors import AnswerError, Fault
from impact.yamlfile import YamlFaults, faults_of_model, load

__all__ = ["LISTED", "WITHHOLD", "Decision", "Decisions", "read_decisions"]

WITHHOLD = "withhold.yaml"
LISTED = "listed"  # “--withhold listed”: everything that the file lists


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _line(value: Any) -> Any:
    # It is printed in a bar of one paragraph.
    return " ".join(value.split()) if isinstance(value, str) else value


Words = Annotated[str, Field(min_length=1, max_length=600), BeforeValidator(_line)]


class Decision(_Part):
    """One part that is withheld.

    Attributes:
        id: A question, a check of the log, ``audit``, a further table of the audit, ``levels``, ``summary``,
            ``assessors``, or a file beside the answers: ``procurement`` or ``suppliers``.
        reason: In plain words, without saying what is withheld.
        ground: The exemption or rule, such as “FOIA 2000 s.43(2), commercial interests”.
        decided_by, decided_on: Who stands for it, and since when.
        stands_elsewhere: Why words of the answer may stand in parts that are shown; None where they may not.
    """

    id: Words
    reason: Words
    ground: Words
    decided_by: Words
    decided_on: Day
    stands_elsewhere: Words | None = None

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"stands_elsewhere"})


class _File(_Part):
    version: Literal[1]
    withheld: Annotated[tuple[Decision, ...], Field(strict=False, min_length=1)]
    small_counts_public: Words | None = None


@dataclass(frozen=True)
class Decisions:
    """What is asked to be withheld, in the order of the file.

    Attributes:
        chosen: The decisions, each id once.
        small_counts_public: Why small counts may be shown: they are public already. None where they may not.
    """

    chosen: tuple[Decision, ...]
    small_counts_public: str | None = None


def read_decisions(folder: Path, asked: Sequence[str]) -> Decisions:
    """The decisions behind the ids that are asked for.

    Args:
        folder: The assessment folder.
        asked: Ids; “listed” stands for every one of the file.

    Raises:
        AnswerError: A001 to A004 the file is not YAML; A165 it gives no reason for an id, or there is no file; A169 it
            has another form, or lists an id twice.
    """
    path = folder / WITHHOLD
    if not path.is_file():
        raise AnswerError([_undecided(str(path), name, "there is no such file") for name in dict.fromkeys(asked)])
    try:
        located = load(path, name=str(path), family="A")
        file = _File.model_validate(located.data)
    except YamlFaults as error:
        raise AnswerError(error.faults) from None
    except ValidationError as error:
        raise AnswerError(faults_of_model(error, located, codes={}, default="A169", model=_File)) from None
    known: dict[str, Decision] = {}
    faults = []
    for place, decision in enumerate(file.withheld):
        if decision.id in known:
            where = located.place_of(("withheld", place, "id"))
            faults.append(Fault(where, f"“{decision.id}” is listed twice", "", "Join the two entries", "A169"))
        known[decision.id] = decision
    faults += [
        _undecided(str(path), name, "it gives no reason for this id")
        for name in dict.fromkeys(asked)
        if name != LISTED and name not in known
    ]
    if faults:
        raise AnswerError(faults)
    chosen = [decision for name, decision in known.items() if name in asked or LISTED in asked]
    return Decisions(tuple(chosen), file.small_counts_public)


def _undecided(where: str, name: str, found: str) -> Fault:
    remedy = (
        "Add an entry with “id”, “reason”, “ground”, “decided_by” and “decided_on” (docs/report.md, “A public version”)"
    )
    return Fault(where, f"“{name}” is to be withheld, and {found}", "who decided it, when, and why", remedy, "A165")
