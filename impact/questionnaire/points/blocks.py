"""The blocks ``pack``, ``questionnaire`` and ``points`` of a record, for a pack that is scored by adding points.

In: a points pack, answers, scores. Out: plain data that has a canonical JSON form (docs/record.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from impact.questionnaire.answer import Answer
from impact.questionnaire.answers import Answers
from impact.questionnaire.labels import answer_labels
from impact.questionnaire.local_changes import pack_changes
from impact.questionnaire.points.pack import PointsPack, PointsQuestion
from impact.questionnaire.points.score import PointsFigures, PointsScores, Stored, score_points
from impact.questionnaire.stand import stand_part
from impact.resources import Resource

__all__ = ["PointsAnswered", "points_answered", "points_block", "points_pack_block", "points_questionnaire_block"]


@dataclass(frozen=True)
class PointsAnswered:
    """An answered points pack with its figures; ``evidence`` maps a file to its digest."""

    pack: PointsPack
    answers: Answers
    evidence: Mapping[str, str]
    scores: PointsScores


def points_answered(pack: PointsPack, answers: Answers, *, evidence: Mapping[str, str]) -> PointsAnswered:
    """Score answers that were read against the pack. Not known, refused and not applicable add no points."""
    return PointsAnswered(pack, answers, evidence, score_points(pack, _stored(pack, answers)))


def _stored(pack: PointsPack, answers: Answers) -> Stored:
    found: dict[str, str | tuple[str, ...] | float] = {}
    for name in pack.questions:
        answer = answers.get(name)
        if answer is None or answer.status != "answered" or answer.value is None:
            continue
        value = answer.value
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def points_pack_block(pack: PointsPack, resource: Resource) -> dict[str, Any]:
    """Which pack was used. It cites no law; the tool ships none of its kind, so that all of its files are local."""
    return {
        "id": pack.id,
        "version": pack.version,
        "title": pack.title,
        "law_as_at": None,
        "digest": resource.digest,
        "layer": resource.layer,
        "changes": pack_changes(pack.id, resource),
        "method": "points",
    }


def points_block(answered: PointsAnswered) -> dict[str, Any]:
    """Both figures with their levels, and what they rest on."""
    pack, scores = answered.pack, answered.scores
    rule = pack.head.points
    scored = [question for question in pack.questions.values() if question.scores]
    open_ = [q.id for q in scored if q.id in scores.shown and not _answered(answered.answers.get(q.id))]
    return {
        "follows": rule.follows,
        "notice": rule.notice,
        "live": _figures(scores.live),
        "completed": _figures(scores.completed),
        "dropped": list(scores.dropped),
        "most": dict(scores.most),
        "reduction": rule.reduction.model_dump(mode="json") if rule.reduction else None,
        "bands": [band.model_dump(mode="json", exclude_none=True) for band in rule.bands],
        "open": open_,
        "scored": len(scored),
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "scores": kind,
                "points": sum(
                    _points(one, answered.answers.get(one.id)) for one in section.questions
                    if one.scores == kind and one.id in scores.shown
                ),
                "most": sum(one.most for one in section.questions if one.scores == kind),
            }
            for section in pack.sections
            for kind in ("raw", "mitigation")
            if any(one.scores == kind for one in section.questions)
        ],
    }  # fmt: skip


def _answered(answer: Answer | None) -> bool:
    return answer is not None and answer.status == "answered"


def _points(question: PointsQuestion, answer: Answer | None) -> float:
    if answer is None or answer.status != "answered":
        return 0.0
    ticked = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    return sum(choice.points for choice in question.choices if choice.code in ticked)


def _figures(found: PointsFigures) -> dict[str, Any]:
    return {
        "raw": found.raw,
        "mitigation": found.mitigation,
        "total": found.total,
        "reduced": found.reduced,
        "level": found.number,
        "label": found.band.label if found.band else None,
    }


def points_questionnaire_block(answered: PointsAnswered) -> dict[str, Any]:
    """Every question with its state and answer, in the shape of docs/record.md, block ``questionnaire``."""
    shown = answered.scores.shown
    return {
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "shown": not section.questions or any(one.id in shown for one in section.questions),
                "questions": [_question(answered, one) for one in section.questions],
            }
            for section in answered.pack.sections
        ]
    }


def _question(answered: PointsAnswered, question: PointsQuestion) -> dict[str, Any]:
    answer = answered.answers.get(question.id)
    state: str = answer.status if answer is not None else "unanswered"
    reason = answer.reason if answer is not None else None
    if question.id not in answered.scores.shown:
        kept = _answered(answer)
        reason = "hidden by its condition" + ("; its answer counts in the live figure only" if kept else "")
        state = "hidden"
    return {
        "id": question.id,
        "text": question.text,
        "guidance": question.guidance,
        "type": question.type,
        "unit": question.unit,
        "kind": None,
        "state": state,
        "reason": reason,
        "answer": None
        if answer is None
        else {
            "value": _raw(answer),
            "labels": answer_labels(question, answer, band=None),
            "rows": None,
            "note": answer.note,
            "judged": None,
        },
        "value": None,
        "credit": None,
        "scores": question.scores,
        "points": _points(question, answer) if question.scores and state == "answered" else None,
        "evidence_kind": None,
        "evidence": [
            {
                "file": item.file,
                "url": item.url,
                "title": item.title,
                "date": item.date.isoformat() if item.date else None,
                "expires": item.expires.isoformat() if item.expires else None,
                "published": item.published,
                "verified_by": item.verified_by,
                "digest": answered.evidence.get(item.file) if item.file else None,
            }
            for item in (answer.evidence if answer else ())
        ],
        "author": answer.author if answer else None,
        "date": answer.date.isoformat() if answer and answer.date else None,
        "drafted_by": answer.drafted_by if answer else None,
        "change_reason": answer.change_reason if answer else None,
        "refs": [],
        "tested_by": [],
        **stand_part(answer.stand if answer else None),
    }


def _raw(answer: Answer) -> Any:
    value = answer.value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
