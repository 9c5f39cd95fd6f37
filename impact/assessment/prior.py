"""The promises of an earlier assessment: from its record, or from the folder it was made from.

In: a path that assessment.yaml or a command names. Out: ``Prior``: which assessment it was, and its duties.
Refuses a record of another assessment than the one that is linked; never writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.canonical import digest
from impact.errors import AnswerError, Fault
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.questionnaire.evaluate import Answered
    from impact.questionnaire.promises import Duty

__all__ = ["Prior", "promises_block", "read_prior"]

RECORD = "record.json"
_MOST = 100_000_000  # bytes of a record


@dataclass(frozen=True)
class Prior:
    """An earlier assessment.

    Attributes:
        id, date: Its id and date.
        digest: Of the file that was read.
        duties: Its ledger.
    """

    id: str
    date: str
    digest: str
    duties: tuple[Duty, ...]


def read_prior(path: Path, *, wanted: str, where: str, settings: Settings) -> Prior:
    """Read an earlier assessment's promises.

    Args:
        path: A record, a folder that holds record.json, or an assessment folder.
        wanted: The id that ``prior_assessment`` names; empty where it names none.
        where: Where the path was written, for messages.
        settings: Where packs are found, for an assessment folder.

    Raises:
        AnswerError: A144 nothing there that can be read; A145 not a record with promises; A146 another assessment.
    """
    file = path / RECORD if (path / RECORD).is_file() else path
    prior = _of_folder(file, where, settings) if file.is_dir() else _of_record(file, where)
    if wanted and prior.id != wanted:
        raise _fault(
            where, f"it is the assessment “{prior.id}”", f"“{wanted}”, which prior_assessment names",
            "Give the path of that assessment, or correct prior_assessment", "A146",
        )  # fmt: skip
    return prior


def promises_block(answered: Answered, prior: Prior | None, *, named: str) -> dict[str, Any]:
    """The block ``promises`` of the record: the ledger, and what became of the earlier one.

    Args:
        answered: The answers of this assessment.
        prior: The earlier assessment, where its record was given.
        named: The id of the earlier assessment that is linked; empty for none.
    """
    from impact.questionnaire.promises import compare, ledger

    earlier: dict[str, Any] | None = None
    if prior is not None:
        reported = [one.to_json() for one in compare(prior.duties, answered)]
        earlier = {"id": prior.id, "date": prior.date, "digest": prior.digest, "duties": reported}
    elif named:
        earlier = {"id": named, "date": None, "digest": None, "duties": None}
    return {"duties": [duty.to_json() for duty in ledger(answered).duties], "prior": earlier}


def _of_folder(folder: Path, where: str, settings: Settings) -> Prior:
    from impact.assessment.answers import Questionnaire, read_questionnaire
    from impact.assessment.folder import open_folder
    from impact.questionnaire.promises import ledger

    opened = open_folder(folder)
    asked = read_questionnaire(opened, settings=settings, alone=True)  # not a chain of earlier ones, nor a circle
    if not isinstance(asked, Questionnaire) or opened.header is None:
        raise _fault(where, "it holds no questionnaire", "an assessment with answers", "Correct the path", "A145")
    head = opened.header
    answers = next(file for file in opened.inputs() if file.role == "answers")
    return Prior(head.id, head.date.isoformat(), answers.digest, ledger(asked.answered).duties)


def _of_record(file: Path, where: str) -> Prior:
    from impact.questionnaire.promises import duty_from_json

    try:
        if file.stat().st_size > _MOST:
            raise _fault(where, "it is larger than 100 MB", "a record", "Correct the path", "A145")
        data = file.read_bytes()
    except OSError:
        remedy = "Give the path of record.json, of the folder that holds it, or of the assessment folder"
        raise _fault(where, f"nothing can be read at “{file}”", "the earlier assessment", remedy, "A144") from None
    try:
        record = json.loads(data)
        head, duties = record["assessment"], record["promises"]["duties"]
        return Prior(str(head["id"]), str(head["date"]), digest(data), tuple(duty_from_json(one) for one in duties))
    except (KeyError, TypeError, ValueError):
        remedy = "Make it again with this version, or give the path of its assessment folder"
        raise _fault(where, "it is not a record that holds promises", "record.json", remedy, "A145") from None


def _fault(where: str, found: str, wanted: str, remedy: str, code: str) -> AnswerError:
    return AnswerError(Fault(where, found, wanted, remedy, code))
