"""The head of ``assessment.yaml``: who assesses which system, when, in what state.

In: a located YAML file. Out: a frozen ``Header``. Knows no questions and no figures.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impact.errors import Fault
from impact.yamlfile import Located, faults_of_model

__all__ = ["Header", "PackRef", "SystemName", "read_header"]

Text = Annotated[str, Field(min_length=1)]
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")


def _day(value: Any) -> Any:
    """YAML 1.2 makes 2026-11-20 a date; a quoted date is accepted too. A time of day is not a day."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date is written 2026-11-20") from None
    if type(value) is not date:
        raise ValueError("a date is written 2026-11-20")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _number_as_text(value: Any) -> Any:
    # `version: 1.0` is a number to YAML; a person means the text they typed, but its digits may be lost already.
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'a version is text: write it in quotes, as in "{value}"')
    return value


Version = Annotated[Text, BeforeValidator(_number_as_text)]


class SystemName(_Part):
    name: Text
    version: Version | None = None
    also_known_as: tuple[Text, ...] = Field(default=(), strict=False)


class Assessor(_Part):
    name: Text
    role: Text


class PackRef(_Part):
    id: Text
    version: Version


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not _ID.fullmatch(value):
        raise ValueError("an id has 2 to 64 lower-case letters, digits and hyphens")
    return value


class Header(_Part):
    """What stands above the answers. Field by field in docs/record.md, block ``assessment``."""

    id: Annotated[str, BeforeValidator(_identifier)]
    title: Text
    version: Version
    date: Day
    status: Literal["draft", "final"]
    organisation: Text
    system: SystemName
    assessors: tuple[Assessor, ...] = Field(min_length=1, strict=False)
    oversight_body: Text | None = None
    prior_assessment: str = ""
    illustration: Text | None = None
    summary: Text | None = None
    processing_started: Day | None = None
    decision_date: Day | None = None

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class _File(_Part):
    """The whole of assessment.yaml, with the answers left to the questionnaire room."""

    version: Literal[1]
    assessment: Header
    pack: PackRef | None = None
    answers: Any = None


# Pydantic's name of a fault -> our code. Everything else is a value that cannot be used.
_CODES = {"missing": "A101", "extra_forbidden": "A102", "literal_error": "A103"}


def read_header(located: Located) -> tuple[Header | None, PackRef | None, list[Fault]]:
    """Head and pack of an assessment file, with every fault found in them.

    Returns:
        The header (None when it has faults), the pack it answers (None for an audit-only assessment), the faults:
        A101 missing, A102 unknown key, A103 not one of the allowed words, A104 cannot be used, A105 answers, no pack.
    """
    if not isinstance(located.data, dict):
        where = located.place_of(())
        return None, None, [Fault(where, "not an assessment", "keys version, assessment and answers", "", "A104")]
    try:
        file = _File.model_validate(located.data)
    except ValidationError as error:
        found = faults_of_model(error, located, codes=_CODES, default="A104", model=_File)
        return None, _pack_of(located.data.get("pack")), found
    faults = []
    if file.answers is not None and file.pack is None:
        faults.append(
            Fault(
                located.place_of(("answers",), key=True),
                "there are answers but no pack",
                "the pack they answer",
                "Add “pack: {id: uk-policing, version: …}”",
                "A105",
            )
        )
    return file.assessment, file.pack, faults


def _pack_of(named: Any) -> PackRef | None:
    """The pack, though the head has faults: so that those of the answers can be told with them."""
    try:
        return PackRef.model_validate(named)
    except ValidationError:
        return None
