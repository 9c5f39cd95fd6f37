"""An approval looked at again: the record that was approved against the record of today, and what a rule proposes.

In: what review.yaml holds, the record of today, earlier records. Out: the block ``review`` of the record, a pure
function of the three, so that ``impact verify`` makes it again from what is attached. The decision is an officer's: the
proposal is marked as the toolkit's, with every reason that led to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.assessment.difference import difference
from impact.canonical import canonical_json, digest
from impact.errors import AnswerError, Fault
from impact.regularfile import FileRefused, read_regular
from impact.settings import Settings

__all__ = ["Earlier", "attached_of", "proposal", "read_earlier", "review_block"]

Record = Mapping[str, Any]
ReadPdf = Callable[[bytes, str], bytes]
_MOST = 200_000_000
_LEFT = ("a", "b", "linked")
_PARTLY = ("no", "partly")


@dataclass(frozen=True)
class Earlier:
    """A record of before, with the bytes that are attached, and what it was read from."""

    record: Record
    data: bytes
    read_from: str


def read_earlier(
    folder: Path,
    told: Mapping[str, Any],
    *,
    settings: Settings,
    read_pdf: ReadPdf,
    step: Callable[[str], None],
) -> list[Earlier]:
    """The approved record, then those in between, as review.yaml names them.

    Args:
        folder: The assessment folder; paths are relative to it.
        told: What review.yaml holds.
        settings: Where packs are found, for an assessment folder.
        read_pdf: The bytes of the record that is attached to a PDF.
        step: Told one line of progress at each stage.

    Raises:
        AnswerError: A183 nothing there that can be read as a record; A184 another assessment than the approved one,
            by its digest.
    """
    found = []
    for key, name in [("approved", told["approved"]), *(("between", one) for one in told["between"])]:
        found.append(_read(folder / name, f"review.yaml: {key}", settings=settings, read_pdf=read_pdf, step=step))
    wanted = told["record_digest"]
    if wanted is not None and digest(found[0].data) != wanted:
        remedy = "Give the path of the version that was approved, or correct record_digest"
        raise AnswerError(Fault("review.yaml: approved", "it is another record", wanted, remedy, "A184"))
    return found


def _read(path: Path, where: str, *, settings: Settings, read_pdf: ReadPdf, step: Callable[[str], None]) -> Earlier:
    remedy = "Give a PDF made by impact, a record.json, or an assessment folder"
    if path.is_dir() and (path / "assessment.yaml").is_file():
        from impact.assessment.record import build_record

        step(f"reading the earlier assessment in {path}")
        record = build_record(path, settings=settings, step=lambda _: None, second_opinion=False).record
        return Earlier(json.loads(canonical_json(record)), canonical_json(record), "folder")
    try:
        data = read_regular(path / "record.json" if path.is_dir() else path, most=_MOST)
    except FileRefused as refused:
        raise AnswerError(Fault(where, refused.said, "the earlier assessment", remedy, "A183")) from None
    kind = "record"
    if data.startswith(b"%PDF"):
        data, kind = read_pdf(data, where), "document"
    try:
        record = json.loads(data)
        known = (
            record["schema"] == "impact/record/1" and isinstance(record["assessment"], dict) and "sides" not in record
        )
        canonical = canonical_json(record)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise AnswerError(Fault(where, "it holds no record of an assessment", "", remedy, "A183"))
    return Earlier(record, canonical, kind)


def attached_of(earlier: Sequence[Earlier]) -> dict[str, bytes]:
    """The earlier records as files of the document."""
    return {_name(at): one.data for at, one in enumerate(earlier)}


def _name(at: int) -> str:
    return "approved.json" if at == 0 else f"between-{at}.json"


def review_block(told: Mapping[str, Any], record: Record, earlier: Sequence[Earlier]) -> dict[str, Any]:
    """Block ``review`` of the record.

    Args:
        told: What review.yaml holds, as plain data.
        record: The record of today.
        earlier: The approved record, then those in between.

    Raises:
        AnswerError: A183 an earlier record lacks what is compared.
    """
    approved = earlier[0].record
    try:
        changes = difference(approved, record)
        block = {
            "told": dict(told),
            "earlier": [
                {
                    "attached": _name(at),
                    "read_from": one.read_from,
                    "record_digest": digest(one.data),
                    **{key: one.record["assessment"].get(key) for key in ("id", "title", "version", "date", "status")},
                }
                for at, one in enumerate(earlier)
            ],
            "changes": {
                **{key: value for key, value in changes.items() if key not in _LEFT},
                "answers": _in_columns(changes["answers"], approved, record),
            },
            "checks": _checks([*(one.record for one in earlier), record]),
            "promised": _promised(approved, record),
            "proposal": proposal(told, record, changes),
        }
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        found = "an earlier record lacks what is compared"
        raise AnswerError(Fault("review.yaml", found, "records of this version", "Make it again", "A183")) from None
    return json.loads(canonical_json(block))  # type: ignore[no-any-return]  # what canonical JSON holds is what went in


def _in_columns(rows: Any, approved: Record, record: Record) -> list[dict[str, Any]] | None:
    """Changed answers with the rows of tables in the order of their columns, as either record has them."""
    if rows is None:
        return None
    asked = [
        {q["id"]: q for section in one["questionnaire"]["sections"] for q in section["questions"]}
        for one in (approved, record)
    ]
    found = []
    for row in rows:
        sides = {}
        for side, questions in zip(("from", "to"), asked, strict=True):
            answer = (questions.get(row["question"]) or {}).get("answer") or {}
            sides[side] = {**row[side], "rows": answer.get("rows")} if row[side] else None
        found.append({**row, **sides})
    return found


def _promised(approved: Record, record: Record) -> list[dict[str, Any]]:
    """The promises of the approved version that were open then, each with what today’s ledger says of it, or None."""
    duties = (record.get("promises") or {}).get("duties") or ()
    now = {_duty(duty): duty for duty in duties}
    found = []
    for duty in (approved.get("promises") or {}).get("duties") or ():
        if duty["done"] is None:
            kept = {key: duty[key] for key in ("question", "text", "subject", "due", "standing", "owner")}
            today = now.get(_duty(duty))
            found.append({**kept, "now": {key: today[key] for key in ("due", "done", "overdue")} if today else None})
    return found


def _duty(duty: Mapping[str, Any]) -> tuple[str, str, str]:
    return duty["question"], duty["text"], duty["subject"]


def _checks(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Every claim that some log ruled on, with its verdict and first measure at each time."""
    told = [{entry["check"]: entry for entry in (record.get("claims") or {}).get("checks") or ()} for record in records]
    names = dict.fromkeys(name for each in told for name, entry in each.items() if entry["ruling"] is not None)
    found = []
    for name in names:
        entries = [each.get(name) for each in told]
        last = next(entry for entry in reversed(entries) if entry is not None)
        found.append({"check": name, "title": last["title"], "points": [_ruling(entry) for entry in entries]})
    return found


def _ruling(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    ruling = entry["ruling"] if entry is not None else None
    if not ruling:
        return None
    keys = ("label", "value", "unit", "low", "high", "level", "count", "of")
    first = next(iter(ruling["measures"]), None)
    return {"verdict": ruling["verdict"], "measure": {key: first.get(key) for key in keys} if first else None}


def proposal(told: Mapping[str, Any], record: Record, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule proposes: stop, change, renew, or nothing where too little is known.

    A hard stop that fired proposes to stop. Anything that was promised or found and is not kept proposes to change.
    Without either, a gap in what is known proposes nothing; only without a gap is it proposed to renew.

    Returns:
        ``code`` (``stop``, ``change``, ``renew``, ``none``) and the sentences ``stop``, ``change`` and ``unknown``.
    """
    scoring = record.get("scoring") or {}
    stops = scoring.get("hard_stops") or ()
    stop = [f"{one['id']}: {one['text']}" for one in stops if one["state"] == "fired" and one["kind"] == "stop"]
    change = [f"{one['id']}: {one['text']}" for one in stops if one["state"] == "fired" and one["kind"] != "stop"]
    conditions = told["conditions"]
    change += [f"Condition not met: {one['text']}" for one in conditions or () if one["met"] in _PARTLY]
    duties = (record.get("promises") or {}).get("duties") or ()
    late = [duty for duty in duties if duty["overdue"]]
    change += (
        [f"{_many(len(late), 'duty was', 'duties were')} promised by a day that has passed, and not done"]
        if late
        else []
    )
    checks = (record.get("claims") or {}).get("checks") or ()
    denied = [one["check"] for one in checks if one["ruling"] and one["ruling"]["verdict"] == "contradicted"]
    change += [f"The log contradicts {_many(len(denied), 'claim', 'claims')}: {', '.join(denied)}"] if denied else []
    incidents = told["incidents"]
    running = [one for one in incidents or () if one["closed"] is False]
    change += [f"{_many(len(running), 'incident', 'incidents')} not closed"] if running else []
    complaints = told["complaints"]
    upheld = complaints["upheld"] if complaints else None
    change += [f"{_many(upheld, 'complaint', 'complaints')} upheld"] if upheld else []
    change += _worse(changes)
    unknown = _unknown(told, record)
    code = "stop" if stop else "change" if change else "none" if unknown else "renew"
    return {"code": code, "stop": stop, "change": change, "unknown": unknown}


def _many(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _worse(changes: Mapping[str, Any]) -> list[str]:
    """Findings of the audit that were not there when it was approved, by the verdicts of both."""
    rows = (changes.get("audit") or {}).get("findings") or ()
    return [f"Shown now, and not then: {row['title']}" for row in rows if row["to"] == "disparity_shown"]


def _unknown(told: Mapping[str, Any], record: Record) -> list[str]:
    scoring = record.get("scoring") or {}
    found = []
    if not scoring and not record.get("points"):
        found.append("No questions were answered")
    if scoring.get("incomplete"):
        found.append("The answers are incomplete")
    waiting = [one["id"] for one in scoring.get("hard_stops") or () if one["state"] == "unresolved"]
    found += (
        [f"{_many(len(waiting), 'hard stop waits', 'hard stops wait')} for an answer: {', '.join(waiting)}"]
        if waiting
        else []
    )
    if not record.get("audit"):
        found.append("The system's output was not counted")
    if not record.get("claims"):
        found.append("No answer was tested against a log")
    conditions = told["conditions"]
    if conditions is None:
        found.append("The conditions of the approval are not listed")
    open_ = [one for one in conditions or () if one["met"] == "not known"]
    found += [f"Nobody says if {_many(len(open_), 'condition was', 'conditions were')} met"] if open_ else []
    found += ["No list of incidents was given"] if told["incidents"] is None else []
    found += ["Complaints were not counted"] if told["complaints"] is None else []
    return found
