"""The assessment record: answers, scores, audit and digests of everything that was read, as canonical JSON.

In: an assessment folder. Out: ``Built``: the record as plain data, the cells as Parquet. Holds no clock time: the
same folder gives the same record. Schema in docs/record.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact import __version__
from impact.assessment.against import against_block
from impact.assessment.answers import PointsQuestionnaire, Questionnaire, read_questionnaire
from impact.assessment.audit import audit_block
from impact.assessment.carried_pack import CARRIED, packed
from impact.assessment.claims import doubted
from impact.assessment.folder import AssessmentFolder, InputFile, nothing_to_assess, open_folder
from impact.assessment.header import Header
from impact.assessment.history.block import history_block
from impact.assessment.migrate import migration_block
from impact.assessment.redaction.seal import read_secret, seal_block
from impact.assessment.review import Earlier, ReadPdf, attached_of, read_earlier, review_block
from impact.canonical import canonical_json
from impact.errors import AnswerError
from impact.settings import Settings

__all__ = ["SCHEMA", "Built", "build_record"]

SCHEMA = "impact/record/1"


@dataclass(frozen=True)
class Built:
    """A record with the counts behind it.

    Attributes:
        record: Plain data, schema ``impact/record/1``; the blocks ``templates`` and ``render`` are the report's to add.
        cells: The counts as Parquet, or None when nothing was audited.
        aggregates: Further count tables as Parquet, by name.
        attached: By name: the questionnaire, and earlier records that the block ``review`` was made from.
    """

    record: dict[str, Any]
    cells: bytes | None
    aggregates: dict[str, bytes] = field(default_factory=dict)
    attached: dict[str, bytes] = field(default_factory=dict)


def build_record(
    path: Path,
    *,
    settings: Settings,
    step: Callable[[str], None],
    second_opinion: bool = True,
    review: ReadPdf | None = None,
) -> Built:
    """Read, check, count, analyse and score one assessment folder.

    Args:
        path: The folder.
        settings: Where packs are found, and the organisation's profile.
        step: Told one line of progress at each stage.
        second_opinion: Let fairlearn and aif360 recompute every figure; without it the record says so.
        review: Also the block ``review``, where review.yaml names what was approved: called with a PDF and a place for
            messages, it gives the record that is attached. None leaves the block out.

    Raises:
        AnswerError, PackError, MetricError, SettingsError: With every fault of the stage that found them.
    """
    folder = open_folder(path)
    step(f"reading {folder.located.name}")
    questionnaire = read_questionnaire(folder, settings=settings, step=step)
    header = folder.header
    if header is None:  # read_questionnaire has raised the faults; this tells the type checker
        raise AnswerError(folder.faults)
    if questionnaire is None and folder.plan is None:
        raise AnswerError(nothing_to_assess(folder))
    history = history_block(path)
    audited = None
    if folder.plan is not None:
        audited = audit_block(folder.plan, created=header.date.isoformat(), step=step, second_opinion=second_opinion)
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"name": "impact", "version": __version__},
        "assessment": header.to_json(),
        "profile": {
            "approval_threshold": settings.approval_threshold,
            "approval_threshold_source": settings.approval_threshold_source,
        },
        "audit": audited.findings if audited else None,
        "history": history,
        **_questionnaire_blocks(questionnaire, header),
    }
    carried = _carried(questionnaire)
    if carried:
        record["pack"]["attached"] = CARRIED
    told = folder.beside.blocks.get("review")
    record |= {name: block for name, block in folder.beside.blocks.items() if name != "review"}
    record["evidence"] = _with_beside(record["evidence"], folder)
    data = audited.inputs if audited else []
    if isinstance(questionnaire, Questionnaire) and questionnaire.carried is not None:
        record["migration"] = migration_block(questionnaire.carried)
    if questionnaire is not None and questionnaire.theirs is not None:
        record["against"] = against_block(questionnaire.theirs)
    record["inputs"] = [file.to_json() for file in _inputs(folder, questionnaire, data)]
    earlier: list[Earlier] = []
    if told is not None and review is not None:
        earlier = read_earlier(path, told, settings=settings, read_pdf=review, step=step)
        record["review"] = review_block(told, json.loads(canonical_json(record)), earlier)
    secret = read_secret(path)
    if secret is not None:
        record["seal"] = seal_block(json.loads(canonical_json(record)), secret)
    cells, tables = (audited.cells, audited.aggregates) if audited else (None, {})
    return Built(record, cells, tables, attached_of(earlier) | carried)


def _questionnaire_blocks(questionnaire: Questionnaire | PointsQuestionnaire | None, header: Header) -> dict[str, Any]:
    names = (
        "pack",
        "questionnaire",
        "law",
        "scoring",
        "scoring_untested",
        "answers",
        "claims",
        "judgements",
        "promises",
        "enquiries",
    )
    if questionnaire is None:
        return {**dict.fromkeys(names), "law": {}, "evidence": []}
    if isinstance(questionnaire, PointsQuestionnaire):
        from impact.questionnaire.points import blocks

        asked = blocks.points_questionnaire_block(questionnaire.answered)
        return {
            **dict.fromkeys(names),
            "pack": blocks.points_pack_block(questionnaire.pack, questionnaire.resource) | _language(questionnaire),
            "questionnaire": asked,
            "law": {},
            "points": blocks.points_block(questionnaire.answered),
            "answers": questionnaire.answers,
            "evidence": _evidence(asked, questionnaire.evidence),
        }
    from impact.questionnaire.blocks import law_block, pack_block, questionnaire_block, scoring_block
    from impact.questionnaire.enquiries import enquiries_block

    examined = questionnaire.examination
    asked = questionnaire_block(questionnaire.answered, scores=questionnaire.scores)
    return {
        "pack": pack_block(questionnaire.pack, questionnaire.resource) | _language(questionnaire),
        "questionnaire": asked,
        "law": law_block(questionnaire.answered),
        "scoring": scoring_block(questionnaire.scores),
        "scoring_untested": scoring_block(questionnaire.untested),
        "claims": examined.block if examined is not None else None,
        "answers": questionnaire.answers,
        "judgements": questionnaire.judgements,
        "promises": questionnaire.promises,
        "enquiries": enquiries_block(
            questionnaire.scores,
            system=header.system.name,
            organisation=header.organisation,
            claims=doubted(examined.block if examined is not None else None),
        ),
        "evidence": _evidence(asked, questionnaire.evidence),
    }


def _carried(questionnaire: Questionnaire | PointsQuestionnaire | None) -> dict[str, bytes]:
    """The questionnaire as a file of the document, with the full form of a short one."""
    if questionnaire is None:
        return {}
    short = questionnaire.pack.short if isinstance(questionnaire, Questionnaire) else None
    archive = packed([questionnaire.resource, *([short.resource] if short is not None else [])])
    return {CARRIED: archive} if archive is not None else {}


def _language(questionnaire: Questionnaire | PointsQuestionnaire) -> dict[str, Any]:
    """The language of the questionnaire; nothing in the pack's own, so that such a record keeps its bytes."""
    return {"translation": questionnaire.translation} if questionnaire.translation is not None else {}


def _evidence(asked: dict[str, Any], files: tuple[InputFile, ...]) -> list[dict[str, Any]]:
    """Each evidence file once, with its first title and every question that cites it."""
    found: dict[str, dict[str, Any]] = {
        file.file: {"file": file.file, "digest": file.digest, "bytes": file.size, "title": "", "cited_by": []}
        for file in files
    }
    for section in asked["sections"]:
        for question in section["questions"]:
            for item in question["evidence"]:
                entry = found.get(item.get("file") or "")
                if entry is not None:
                    entry["title"] = entry["title"] or item.get("title") or ""
                    entry["cited_by"].append(question["id"])
    return [found[name] for name in sorted(found)]


def _with_beside(listed: list[dict[str, Any]], folder: AssessmentFolder) -> list[dict[str, Any]]:
    """Evidence of the answers, and what the files beside them cite."""
    found = {entry["file"]: entry for entry in listed}
    titles: dict[str, str] = {}
    for name, _, title in folder.beside.cited:
        titles[name] = titles.get(name) or title
    for file in folder.beside_evidence:
        new = {"file": file.file, "digest": file.digest, "bytes": file.size, "title": "", "cited_by": []}
        entry = found.setdefault(file.file, new)
        entry["title"] = entry["title"] or titles.get(file.file, "")
        entry["cited_by"].append("suppliers.yaml")
    return [found[name] for name in sorted(found)]


def _inputs(
    folder: AssessmentFolder, asked: Questionnaire | PointsQuestionnaire | None, data: list[InputFile]
) -> list[InputFile]:
    examined = asked.examination if isinstance(asked, Questionnaire) else None
    log = examined.inputs if examined is not None else []
    evidence = {file.file: file for file in (*(asked.evidence if asked else ()), *folder.beside_evidence)}
    return [*folder.inputs(), *data, *log, *evidence.values()]
