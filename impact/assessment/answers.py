"""The questionnaire of an assessment folder: pack found, answers read, evidence hashed, scored.

In: an opened folder and settings. Out: ``Questionnaire`` (pack, answers, scores) or every fault at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from impact.assessment.folder import AssessmentFolder, InputFile, read_evidence
from impact.assessment.header import Header
from impact.errors import AnswerError, Fault, ImpactError
from impact.resources import Resource, find
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.questionnaire.evaluate import Answered
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.score import Scores

__all__ = ["Questionnaire", "plain", "read_questionnaire"]


@dataclass(frozen=True)
class Questionnaire:
    """What was asked, what was answered and what follows from it.

    Attributes:
        resource: The pack's files with their digests, and the layer they came from.
        pack: The pack.
        answered: Every question with its state, value and credit.
        scores: Levels, stops, flags and confidence, with every claim untested.
        evidence: Files that answers cite, hashed.
        answers: The answers as plain data, so that a verifier can score them again.
    """

    resource: Resource
    pack: Pack
    answered: Answered
    scores: Scores
    evidence: tuple[InputFile, ...]
    answers: dict[str, Any]


def read_questionnaire(folder: AssessmentFolder, *, settings: Settings) -> Questionnaire | None:
    """Answers of the folder, scored; None for an audit-only assessment.

    Raises:
        AnswerError: Every fault of head, answers and evidence together; A106 the pack has another version.
        PackError, SettingsError: The pack itself cannot be found or used.
    """
    faults: list[Fault] = list(folder.faults)
    if folder.pack is None:
        if faults:
            raise AnswerError(faults)
        return None
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.load import load_pack
    from impact.questionnaire.score import score

    resource = find("questionnaires", folder.pack.id, settings)
    pack = load_pack(resource)
    if folder.pack.version != pack.version:
        faults.append(
            Fault(
                folder.located.place_of(("pack", "version")),
                f"the answers were made with version {folder.pack.version} of pack {pack.id}",
                f"version {pack.version}, which is installed",
                "Check the answers against the changed questions, then change the version",
                "A106",
            )
        )
    try:
        answers = read_answers(folder.located, pack)
    except ImpactError as error:
        raise AnswerError([*faults, *error.faults]) from None
    named = [(name, folder.located.place_of(("answers", question))) for question, name in answers.evidence_files()]
    files, missing = read_evidence(folder.path, named)
    faults += missing
    if faults or folder.header is None:
        raise AnswerError(faults)
    answered = _evaluate(pack, answers, folder.header, {file.file: file.digest for file in files}, settings)
    raw = folder.located.data.get("answers") or {}
    return Questionnaire(resource, pack, answered, score(answered), tuple(files), plain(raw))


def _evaluate(pack: Pack, answers: Any, header: Header, digests: dict[str, str], settings: Settings) -> Answered:
    from impact.questionnaire.evaluate import Context, evaluate

    started = header.processing_started
    context = Context(
        assessment_date=header.date,
        prior_assessment=header.prior_assessment,
        processing_started=None if started is None else started <= header.date,
        approval_threshold=settings.approval_threshold,
        decision_date=header.decision_date,
    )
    return evaluate(pack, answers, context=context, evidence=digests)


def plain(value: Any) -> Any:
    """The same data with dates as ISO 8601 text, so that it has a canonical JSON form.

    >>> plain({"date": date(2026, 11, 20), "n": [1]})
    {'date': '2026-11-20', 'n': [1]}
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
