"""The questionnaire of an assessment folder: pack found, answers read, evidence hashed, scored.

In: an opened folder and settings. Out: ``Questionnaire`` (pack, answers, scores) or every fault at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.against import Theirs, read_theirs, stand_faults
from impact.assessment.claims import CLAIMS, Examination, examine
from impact.assessment.folder import AssessmentFolder, InputFile, read_evidence
from impact.assessment.header import Header
from impact.assessment.migrate import carried_over, migrated_folder
from impact.errors import AnswerError, Fault, PackError, SettingsError
from impact.resources import Resource, find
from impact.settings import Settings
from impact.yamlfile import Located

if TYPE_CHECKING:
    from impact.questionnaire.carry import Carried
    from impact.questionnaire.evaluate import Answered
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.blocks import PointsAnswered
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.score import Scores

__all__ = [
    "PointsQuestionnaire",
    "Questionnaire",
    "evaluated",
    "other_version",
    "plain",
    "read_questionnaire",
    "version_faults",
]


@dataclass(frozen=True)
class Questionnaire:
    """What was asked, what was answered and what follows from it.

    Attributes:
        resource: The pack's files with their digests, and the layer they came from.
        pack: The pack.
        answered: Every question with its state, value and credit.
        untested: Levels, stops, flags and confidence, with every claim untested.
        scores: The same after the claims were tested against the log; the same object where no log is named.
        examination: What the log said; None where the folder has no claims.yaml.
        evidence: Files that answers cite, hashed.
        answers: The answers as plain data, so that a verifier can score them again.
        translation: The language asked for and what has no translation; None in the pack's own language.
        promises: The block ``promises`` of the record.
        judgements: The assessor's own judgements as plain data.
        carried: What became of answers of an older version of the pack; None where they are of this one.
        theirs: What a first body said, in a counter-assessment.
    """

    resource: Resource
    pack: Pack
    answered: Answered
    untested: Scores
    scores: Scores
    examination: Examination | None
    evidence: tuple[InputFile, ...]
    answers: dict[str, Any]
    translation: dict[str, Any] | None
    promises: dict[str, Any]
    judgements: dict[str, Any]
    carried: Carried | None = None
    theirs: Theirs | None = None


@dataclass(frozen=True)
class PointsQuestionnaire:
    """The same for a pack that is scored by adding points."""

    resource: Resource
    pack: PointsPack
    answered: PointsAnswered
    evidence: tuple[InputFile, ...]
    answers: dict[str, Any]
    translation: dict[str, Any] | None
    theirs: Theirs | None = None


def read_questionnaire(
    folder: AssessmentFolder,
    *,
    settings: Settings,
    step: Callable[[str], None] | None = None,
    prior: Path | None = None,
    alone: bool = False,
) -> Questionnaire | PointsQuestionnaire | None:
    """Answers of the folder, scored; None for an audit-only assessment.

    Args:
        folder: The opened folder.
        settings: Where packs are found.
        step: Told one line of progress at each stage. None leaves the claims untested, whatever the folder holds.
        prior: The earlier assessment; without it, the path that the head names as ``prior_record``.
        alone: Look at no earlier assessment.

    Raises:
        AnswerError: Every fault of head, answers and evidence together; A106 the pack has another version.
        PackError, SettingsError: The pack itself cannot be found or used.
        ClaimError, MetricError: claims.yaml or the decision log cannot be used.
    """
    faults: list[Fault] = list(folder.faults)
    if folder.pack is None:
        if faults:
            raise AnswerError(faults)
        return None
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.judgements import read_judgements
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.blocks import points_answered
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.score import score

    try:
        resource = find("questionnaires", folder.pack.id, settings)
    except SettingsError as error:
        where = folder.located.place_of(("pack", "id"))
        raise AnswerError([*faults, *(replace(fault, where=where) for fault in error.faults)]) from None
    pack = load_any(resource)
    carried = None
    if folder.pack.version != pack.version:
        carried = carried_over(folder, pack, resource) if isinstance(pack, Pack) else None
        if carried is None:
            faults.append(other_version(folder, pack))
        else:
            folder = migrated_folder(folder, carried)
    if isinstance(pack, PointsPack) and (folder.path / CLAIMS).is_file():
        said, remedy = f"pack {pack.id} adds points, and no check tests its answers", f"Remove {CLAIMS}"
        faults.append(Fault(folder.located.place_of(("pack", "id")), said, "a pack with checks", remedy, "Q054"))
    try:
        answers = read_answers(folder.located, pack)
    except AnswerError as error:
        answers = None
        faults += error.faults
    theirs = None
    try:
        theirs = read_theirs(folder, pack, resource)
        faults += stand_faults(folder.located, answers.given, theirs) if answers is not None else []
    except AnswerError as error:
        faults += error.faults
    try:
        judgements = read_judgements(folder.located, pack) if isinstance(pack, Pack) else {}
    except AnswerError as error:
        judgements = {}
        faults += error.faults
    # Looked for even where answers have faults, so that one run tells of everything; a path is refused only once.
    files, missing = read_evidence(folder.path, _cited(folder.located))
    told = {fault.where for fault in faults}
    faults += [fault for fault in missing if fault.where not in told]
    if faults or folder.header is None or answers is None:
        raise AnswerError(sorted(faults, key=_line))
    pack, translation = _translated(folder, pack, resource)
    digests, raw = {file.file: file.digest for file in files}, folder.located.data.get("answers") or {}
    if isinstance(pack, PointsPack):
        added = points_answered(pack, answers, evidence=digests)
        return PointsQuestionnaire(resource, pack, added, tuple(files), plain(raw), translation, theirs)
    answered = evaluated(pack, answers, folder.header, digests, settings)
    promises = _promises(folder, answered, folder.header, settings=settings, prior=prior, alone=alone)
    untested = score(answered, judgements=judgements)
    examination, scores = None, untested
    if step is not None and (folder.path / CLAIMS).is_file():
        examination = examine(folder.path, answered, day=folder.header.date, step=step)
        scores = score(answered, verdicts=examination.verdicts, judgements=judgements)
    return Questionnaire(
        resource=resource,
        pack=pack,
        answered=answered,
        untested=untested,
        scores=scores,
        examination=examination,
        evidence=tuple(files),
        answers=plain(raw),
        translation=translation,
        promises=promises,
        judgements=plain(folder.located.data.get("judgements") or {}),
        carried=carried,
        theirs=theirs,
    )


def _translated(
    folder: AssessmentFolder, pack: Pack | PointsPack, resource: Resource
) -> tuple[Pack | PointsPack, dict[str, Any] | None]:
    """The pack in the language of the assessment, read after the answers: a translated unit changes no rule."""
    from impact.questionnaire.translate import translation_of

    language = folder.header.language if folder.header is not None else None
    try:
        return translation_of(pack, resource, language)
    except PackError as error:
        where = folder.located.place_of(("assessment", "language"))
        faults = [replace(fault, where=where) if fault.code == "Q066" else fault for fault in error.faults]
        raise PackError(faults) from None


def _promises(
    folder: AssessmentFolder, answered: Answered, head: Header, *, settings: Settings, prior: Path | None, alone: bool
) -> dict[str, Any]:
    from impact.assessment.prior import promises_block, read_prior

    where, path = "--prior", prior
    if path is None and head.prior_record is not None:
        where, path = folder.located.place_of(("assessment", "prior_record")), folder.path / head.prior_record
    earlier = None
    if path is not None and not alone:
        earlier = read_prior(path, wanted=head.prior_assessment, where=where, settings=settings)
    return promises_block(answered, earlier, named=head.prior_assessment)


def version_faults(folder: AssessmentFolder, pack: Pack | PointsPack) -> list[Fault]:
    """A106 where the answers were made with another version of the pack than the one that is installed."""
    same = folder.pack is None or folder.pack.version == pack.version
    return [] if same else [other_version(folder, pack)]


def other_version(folder: AssessmentFolder, pack: Pack | PointsPack) -> Fault:
    """A106: the answers are of another version, and the pack has no migration from it."""
    version = folder.pack.version if folder.pack is not None else ""
    return Fault(
        folder.located.place_of(("pack", "version")),
        f"the answers were made with version {version} of pack {pack.id}, which has no migration from it",
        f"version {pack.version}, which is installed",
        "Check the answers against the changed questions, then change the version",
        "A106",
    )


def _cited(located: Located) -> list[tuple[str, str]]:
    """Every file that an answer cites, and where; in the order of the file. Entries of another form are passed over."""
    answers = located.data.get("answers")
    found = []
    for question, entry in answers.items() if isinstance(answers, dict) else ():
        cited = entry.get("evidence") if isinstance(entry, dict) else None
        for index, item in enumerate(cited if isinstance(cited, list) else ()):
            name = item.get("file") if isinstance(item, dict) else None
            if isinstance(name, str) and name.strip():
                place = located.place_of(("answers", str(question), "evidence", index, "file"))
                found.append((name.strip(), place))
    return found


def _line(fault: Fault) -> tuple[int, int]:
    _, line, column = fault.where.rsplit(":", 2)
    return int(line), int(column)


def evaluated(pack: Pack, answers: Any, header: Header, digests: dict[str, str], settings: Settings) -> Answered:
    """Answers against their pack, as the head of the assessment and the organisation's profile have it.

    Args:
        answers: ``Answers`` read against the same pack.
        digests: Digest of each evidence file that was found.
    """
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
