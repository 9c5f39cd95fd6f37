"""The blocks ``pack``, ``questionnaire``, ``law`` and ``scoring`` of a record, as docs/record.md defines them.

In: an answered pack, its scores, its resource. Out: plain data that has a canonical JSON form.
The only module that fixes the shape of what this room hands over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from impact.questionnaire.answer import Answer, Evidence
from impact.questionnaire.evaluate import Answered, QuestionState
from impact.questionnaire.labels import answer_labels, cell_text
from impact.questionnaire.local_changes import pack_changes
from impact.questionnaire.pack import Pack
from impact.questionnaire.rules import Ruling, StopRuling
from impact.questionnaire.score import DimensionScore, Headline, Scores
from impact.questionnaire.sensitivity import sensitivity
from impact.questionnaire.short import escalation_block
from impact.questionnaire.stand import stand_part
from impact.resources import Resource

__all__ = ["law_block", "pack_block", "questionnaire_block", "scoring_block"]

PLACES = 6  # decimals kept: far below what any rule compares, far above what any page prints


def pack_block(pack: Pack, resource: Resource) -> dict[str, Any]:
    """Which pack was used: id, version, digest, the layer it came from, and the files that differ from the bundled one.

    ``changes`` is empty for the bundled pack itself; it lists every file of a pack that the tool does not ship.
    """
    changes = pack_changes(pack.id, resource)
    if pack.short is not None:  # its words are the full form's
        base = pack.short.base.id
        changes += pack_changes(base, pack.short.resource, prefix=f"{base}/")
    return {
        "id": pack.id,
        "version": pack.version,
        "title": pack.title,
        "law_as_at": pack.head.law_as_at,
        "digest": resource.digest,
        "layer": resource.layer,
        "changes": changes,
    }


def questionnaire_block(answered: Answered, *, scores: Scores | None = None) -> dict[str, Any]:
    """Every question with its state, answer, value and credit.

    Args:
        answered: The answered pack.
        scores: Where values and credits are taken from; without it every claim is untested.
    """
    if scores is None:
        from impact.questionnaire.score import score

        scores = score(answered)
    used = _applicable(answered)
    return {
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "shown": answered.sections[section.id],
                "questions": [_question(answered.states[one.id], scores, used) for one in section.questions],
            }
            for section in answered.pack.sections
        ]
    }


def law_block(answered: Answered) -> dict[str, Any]:
    """Entries of law that a question or hard stop cites, where the tool is used; in the order of law.yaml."""
    pack, used = answered.pack, _applicable(answered)
    refs = {ref for question in pack.questions.values() for ref in question.refs}
    refs |= {ref for stop in pack.scoring.hard_stops for ref in stop.refs}
    cited = {key for ref in refs for key in pack.law.expand(ref)}
    return {
        key: {
            "citation": entry.citation,
            "kind": entry.kind,
            "extent": list(entry.extent),
            "verified": entry.verified,
            "duty": entry.duty,
            "check": entry.check,
            "url": entry.url,
        }
        for key, entry in pack.law.keys.items()
        if key in cited and key in used
    }


def scoring_block(scores: Scores, *, further: bool = True) -> dict[str, Any]:
    """Levels with intervals, stops, flags and what drives them; without ``further`` no pairs of answers are tried."""
    return {
        "claims": "tested" if scores.verdicts else "untested",
        "dimensions": [_dimension(part) for part in scores.dimensions],
        "rights_level": _headline(scores.rights),
        "stewardship_level": _headline(scores.stewardship),
        "high_dimensions": scores.high_dimensions,
        "index": _n(scores.index),
        "completeness": _n(scores.completeness),
        "evidenced": _n(scores.evidenced),
        "verified": _n(scores.verified),
        "confidence": {"value": _n(scores.confidence), "label": scores.confidence_label.label},
        "incomplete": scores.incomplete,
        "outcome": {
            "code": scores.outcome.outcome.code,
            "label": scores.outcome.outcome.label,
            "reasons": list(scores.outcome.reasons),
        },
        "hard_stops": [_stop(one, scores) for one in scores.stops],
        "flags": [
            {"id": one.id, "question": one.question, "text": one.text, **_ruling(one.ruling)} for one in scores.flags
        ],
        "floors": [
            {
                "id": floor.id,
                "dimension": floor.dimension,
                "floor": _n(floor.floor),
                "text": floor.text,
                "binds": any(part.floor_binds and part.floor == floor for part in scores.dimensions),
                **_ruling(ruling),
            }
            for floor, ruling in scores.floors
        ],
        "contradictions": [
            {"id": rule.id, "between": list(rule.between), "text": rule.text, **_ruling(ruling)}
            for rule, ruling in scores.contradictions
        ],
        "sensitivity": [
            {
                "question": one.question,
                "text": one.text,
                "dimension": one.dimension,
                "from": one.before,
                "to": one.after,
                "change": one.change,
                "level": one.level,
            }
            for one in scores.changes
        ],
        "sensitivity_further": sensitivity(scores).to_json() if further else None,
        "demands": scores.demands.model_dump(mode="json") if scores.demands else None,
        "counted": len(scores.items),
        # Only where there is a rule, so that the block of a full form keeps its bytes.
        **({"escalation": escalation_block(scores.answered, scores.escalated)} if scores.answered.pack.short else {}),
    }


def _n(number: float) -> float:
    return round(float(number), PLACES)


def _applicable(answered: Answered) -> set[str]:
    """Keys of law that apply where the tool is used; every key while nobody has said where that is."""
    pack, rule = answered.pack, answered.pack.head.law_extent
    ticked = answered.known.get(rule.question) if rule is not None else None
    if rule is None or not ticked:
        return set(pack.law.keys)
    on = {extent for place in ticked for extent in rule.places.get(place, ())}
    switched = {extent for extents in rule.places.values() for extent in extents}
    # A comparator names a place of its own, which no tick switches on or off.
    return {key for key, entry in pack.law.keys.items() if on & set(entry.extent) or not switched & set(entry.extent)}


def _question(state: QuestionState, scores: Scores, used: set[str]) -> dict[str, Any]:
    question, answer = state.question, state.answer
    credit = scores.credits.get(question.id)
    expand = scores.answered.pack.law.expand
    return {
        "id": question.id,
        "text": question.text,
        "guidance": question.guidance,
        "type": question.type,
        "unit": question.unit,
        "kind": question.kind,
        "state": state.state,
        "reason": state.reason,
        "answer": _answer(state),
        "value": _used(state, scores),
        "credit": None
        if credit is None
        else {
            "strength": _n(credit.strength),
            "evidence": _n(credit.evidence),
            "freshness": _n(credit.freshness),
            "contradiction": _n(credit.contradiction),
            "credit": _n(credit.credit),
        },
        "evidence_kind": question.evidence,
        "evidence": [_evidence(item, scores.answered) for item in answer.evidence] if answer else [],
        "author": answer.author if answer else None,
        "date": _day(answer.date) if answer else None,
        "time": answer.time if answer else None,
        "drafted_by": answer.drafted_by if answer else None,
        "change_reason": answer.change_reason if answer else None,
        "refs": _unique(key for ref in question.refs for key in expand(ref) if key in used),
        "tested_by": list(question.tested_by),
        **stand_part(answer.stand if answer else None),
    }


def _used(state: QuestionState, scores: Scores) -> float | None:
    """Severity or strength in the score: the default for a risk nobody has answered, nothing for an open safeguard."""
    value = scores.values.get(state.question.id)
    if value is None and state.counted and state.question.kind == "risk":
        value = scores.answered.pack.head.defaults.unanswered.severity
    return None if value is None else _n(value)


def _answer(state: QuestionState) -> dict[str, Any] | None:
    answer, question = state.answer, state.question
    if answer is None:
        return None
    return {
        "value": _raw(answer),
        "labels": answer_labels(question, answer, band=state.band),
        "rows": None
        if answer.rows is None
        else {
            "columns": [{"code": column.code, "label": column.label} for column in question.columns],
            "rows": [[cell_text(column, row.get(column.code)) for column in question.columns] for row in answer.rows],
        },
        "note": answer.note,
        "judged": None if answer.judged is None else {"value": answer.judged.value, "reason": answer.judged.reason},
    }


def _raw(answer: Answer) -> Any:
    value = answer.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value == int(value):
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def _evidence(item: Evidence, answered: Answered) -> dict[str, Any]:
    return {
        "file": item.file,
        "url": item.url,
        "title": item.title,
        "date": _day(item.date),
        "expires": _day(item.expires),
        "published": item.published,
        "verified_by": item.verified_by,
        "digest": answered.evidence.get(item.file) if item.file else None,
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def _dimension(part: DimensionScore) -> dict[str, Any]:
    floor = part.floor
    return {
        "code": part.dimension.code,
        "label": part.dimension.label,
        "level_kind": part.dimension.level,
        "cap": part.cap,
        "inherent": _n(part.figures.inherent),
        "mitigation": _n(part.figures.mitigation),
        "point": _n(part.figures.point),
        "low": _n(part.figures.low),
        "high": _n(part.figures.high),
        "band": part.band.code,
        "band_label": part.band.label,
        "judged": None
        if part.judgement is None
        else {**part.judgement.to_json(), "band": part.level_band.code, "band_label": part.level_band.label},
        "floor": None
        if floor is None
        else {"id": floor.id, "value": _n(floor.floor), "text": floor.text, "binds": part.floor_binds},
        "driven_by_unknowns": part.driven_by_unknowns,
        "drivers": [
            {"question": one.question, "effect": one.effect, "points": _n(one.points), "text": one.text}
            for one in part.drivers
        ],
    }


def _headline(headline: Headline | None) -> dict[str, Any] | None:
    if headline is None:
        return None
    return {"level": headline.band.code, "label": headline.band.label, "dimension": headline.dimension.code}


def _stop(one: StopRuling, scores: Scores) -> dict[str, Any]:
    used, expand = _applicable(scores.answered), scores.answered.pack.law.expand
    return {
        "id": one.stop.id,
        "kind": one.stop.kind,
        "state": one.state,
        "text": one.stop.text,
        "basis": one.stop.basis,
        "refs": _unique(key for ref in one.stop.refs for key in expand(ref) if key in used),
        "questions": list(one.stop.fired_by),
        "missing": list(one.missing),
        "parts": [{"question": name, "state": ruling.state} for name, ruling in one.parts],
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {"state": ruling.state, "missing": list(ruling.missing)}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
