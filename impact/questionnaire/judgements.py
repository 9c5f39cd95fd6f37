"""The assessor's own judgement of a right, where it differs from the figure that is worked out.

In: the key ``judgements`` of an assessment file. Out: ``Judgement``s. A higher one is accepted; a lower
one needs a second person who signs. Both numbers are printed; no figure is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impact.errors import AnswerError, Fault
from impact.questionnaire.pack import Pack
from impact.yamlfile import Located, faults_of_model, nearest

__all__ = ["Judgement", "faults_of_lower", "read_judgements"]

Words = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Second(_Part):
    name: Words
    role: Words
    date: Annotated[date, Field(strict=False)]  # text in a record, a date in YAML


class _Entry(_Part):
    point: Annotated[float, Field(ge=0, le=100)]
    reasons: Words
    by: Words
    second: _Second | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One right, judged.

    Attributes:
        dimension: Its code.
        point: 0 to 100, in place of the residual point where levels are compared.
        reasons, by: Why, and who judges.
        second: Name, role and date of the second person, who signs the report as well; None where there is none.
        where: Its place in the file.
    """

    dimension: str
    point: float
    reasons: str
    by: str
    second: tuple[str, str, date] | None
    where: str

    def to_json(self) -> dict[str, Any]:
        second = self.second
        return {
            "point": self.point,
            "reasons": self.reasons,
            "by": self.by,
            "second": None if second is None else {"name": second[0], "role": second[1], "date": second[2].isoformat()},
        }


def read_judgements(located: Located, pack: Pack) -> dict[str, Judgement]:
    """Judgements by dimension, from the key ``judgements``; a missing or empty key is none at all.

    Raises:
        AnswerError: A148, one that is not a mapping of rights to point, reasons and by; every fault at once.
    """
    raw = located.data.get("judgements") if isinstance(located.data, dict) else None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        where = located.place_of(("judgements",))
        raise AnswerError(
            Fault(where, "judgements are no mapping", "PRI: {point, reasons, by}", "Write them so", "A148")
        )
    rights = [dimension.code for dimension in pack.dimensions if dimension.level == "rights"]
    found, faults = dict[str, Judgement](), list[Fault]()
    for code, entry in raw.items():
        at = ("judgements", str(code))
        if code not in rights:
            near = nearest(str(code), rights)
            remedy = f"Did you mean “{near}”?" if near else f"Rights: {', '.join(rights)}"
            faults.append(
                Fault(located.place_of(at, key=True), f"“{code}” is no right of the pack", "", remedy, "A148")
            )
            continue
        try:
            read = _Entry.model_validate(entry)
        except ValidationError as error:
            inner = Located(
                located.name, entry, {path[2:]: place for path, place in located.places.items() if path[:2] == at}
            )
            faults += faults_of_model(error, inner, codes={}, default="A148", model=_Entry)
            continue
        second = None if read.second is None else (read.second.name, read.second.role, read.second.date)
        where = located.place_of((*at, "point"))
        found[str(code)] = Judgement(str(code), read.point, read.reasons, read.by, second, where)
    if faults:
        raise AnswerError(faults)
    return {code: found[code] for code in rights if code in found}


def faults_of_lower(
    judgements: Mapping[str, Judgement], points: Mapping[str, float], floors: Mapping[str, float], today: date
) -> list[Fault]:
    """A149 for each judgement below the figure that has no second person yet, or lies below a floor of the policy."""
    found = []
    for code, one in judgements.items():
        if one.point >= points[code]:
            continue
        said = f"{one.point:g} is below the {points[code]:.1f} that is worked out for {code}"
        if one.point < floors.get(code, 0.0):
            remedy = "A floor is a policy: change it in a pack of your own, with reasons"
            found.append(Fault(one.where, said, f"no less than its floor, {floors[code]:g}", remedy, "A149"))
        elif one.second is None:
            remedy = "Add “second: {name, role, date}”: who signs the report as well"
            found.append(Fault(one.where, said, "a second person who signs", remedy, "A149"))
        elif one.second[2] > today:
            found.append(Fault(one.where, said, "a second person who has agreed by now", "Correct the date", "A149"))
    return found
