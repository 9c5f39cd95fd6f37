"""The head of ``assessment.yaml``: who assesses which system, when, in what state.

In: a located YAML file. Out: a frozen ``Header``. Knows no questions and no figures.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impact.errors import Fault
from impact.yamlfile import Located, faults_of_model

__all__ = [
    "Against",
    "AssessmentFile",
    "FirstSigner",
    "Header",
    "PackRef",
    "SystemName",
    "against_of",
    "as_identifier",
    "read_header",
]

_QUESTION = re.compile(r"[A-Z][0-9]+")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")


def _day(value: Any) -> Any:
    """YAML 1.2 makes 2026-11-20 a date; a quoted date is accepted too. A time of day is not a day."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"“{value}” is not a date; a date is written 2026-11-20, the year first") from None
    if type(value) is not date:
        raise ValueError("not a date; a date is written 2026-11-20, the year first")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _number_as_text(value: Any) -> Any:
    # `version: 1.0` is a number to YAML; a person means the text they typed, but its digits may be lost already.
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'a version is text: write it in quotes, as in "{value}"')
    return value


def _straight(value: Any) -> Any:
    # Curly quotes are letters to YAML: the text would be printed with them, and a version would never be found.
    if isinstance(value, str) and len(value) > 1 and value[0] in "“”‘’" and value[-1] in "“”‘’":
        raise ValueError("curly quotes are part of the text; use straight quotes, or none")
    return value


Text = Annotated[str, Field(min_length=1), BeforeValidator(_straight)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
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


Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class FirstSigner(_Part):
    """Who signed the first body's document, as its certificate and the file say."""

    role: Text
    name: Text
    fingerprint: Digest
    time: Text | None = None


class Against(_Part):
    """The document of a first body that this assessment answers; written by ``impact new --against``.

    ``signatures`` is what ``impact verify`` said on the day ``checked``, with the trust folder of whoever began it.
    """

    document: Text
    digest: Digest
    record_digest: Digest
    id: Text
    title: Text
    version: Text
    date: Day
    organisation: Text
    signatures: Literal["verified", "failed", "not checked"]
    checked: Day
    practice: bool = False
    signers: tuple[FirstSigner, ...] = Field(default=(), strict=False)


def as_identifier(name: str) -> str:
    """Any name as an assessment id.

    >>> as_identifier("My Assessment (2026)"), as_identifier("x")
    ('my-assessment-2026', 'my-assessment')
    """
    kept = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split())
    return kept[:64].rstrip("-") if len(kept) > 1 else "my-assessment"


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not _ID.fullmatch(value):
        near = f": write “{as_identifier(value)}”, for example"
        raise ValueError(f"“{value}” is not 2 to 64 lower-case letters, digits and hyphens{near}")
    return value


class SignatureBoxes(_Part):
    """Boxes for signatures beside those that each document has.

    All must be on the page before anybody signs, so they are asked for here and not when somebody wants one.
    """

    panel: Annotated[int, Field(ge=0, le=9)] = 0  # members of a panel: fields Panel1, Panel2 …
    dissent: Annotated[int, Field(ge=0, le=9)] = 0  # those who do not approve: fields Dissent1, Dissent2 …


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
    prior_record: Text | None = None
    illustration: Text | None = None
    summary: Text | None = None
    processing_started: Day | None = None
    decision_date: Day | None = None
    language: Language | None = None
    signatures: SignatureBoxes | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data. Without a language, or boxes of its own, their keys are left out: the record keeps its bytes."""
        left_out = {key for key in ("language", "signatures") if getattr(self, key) is None}
        return self.model_dump(mode="json", exclude=left_out)


class AssessmentFile(_Part):
    """The whole of assessment.yaml, with answers and judgements left to the questionnaire room."""

    version: Literal[1]
    assessment: Header
    pack: PackRef | None = None
    against: Against | None = None
    judgements: Any = None
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
        what = "the file is empty" if located.data is None else "the file is not an assessment"
        remedy = "Start one with “impact new PACK DIR” and copy from it what is missing here"
        return None, None, [Fault(where, what, "the keys version, assessment, pack and answers", remedy, "A104")]
    try:
        file = AssessmentFile.model_validate(located.data)
    except ValidationError as error:
        found = [
            _unindented(located, fault)
            for fault in faults_of_model(error, located, codes=_CODES, default="A104", model=AssessmentFile)
        ]
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


def _unindented(located: Located, fault: Fault) -> Fault:
    """An answer that begins at the margin is no unknown key to remove, but an answer to move."""
    name = fault.found.partition("“")[2].rpartition("”")[0]
    if fault.code == "A102" and name in located.data and _QUESTION.fullmatch(name):
        remedy = "Put two spaces in front of it, so that it stands below “answers:”"
        return replace(fault, found=f"the answer “{name}” begins at the margin", remedy=remedy)
    return fault


def against_of(located: Located) -> Against | None:
    """The block ``against``; None where there is none, or it has faults, which the head then names."""
    data = located.data if isinstance(located.data, dict) else {}
    try:
        return Against.model_validate(data["against"])
    except (KeyError, ValidationError):
        return None


def _pack_of(named: Any) -> PackRef | None:
    """The pack, though the head has faults: so that those of the answers can be told with them."""
    try:
        return PackRef.model_validate(named)
    except ValidationError:
        return None
