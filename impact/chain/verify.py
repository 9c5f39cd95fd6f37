"""A signed document back to its figures: signatures, attachments, record, recomputation, and if asked the page.

In: PDF bytes, a trust folder the reader chose. Out: ``Verification``: one state and one sentence for each question.
Anything that cannot be shown to hold is a failure or is said not to have been checked; nothing passes in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.carried_pack import CARRIED, carried_digest, carried_in, opened
from impact.canonical import canonical_json, digest
from impact.chain.sides import DOCUMENT as SIDE_BY_SIDE
from impact.chain.verify_sides import attached_names, review_question, side_questions
from impact.chain.verify_told import told_by
from impact.errors import ImpactError
from impact.resources import find_all
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.signing.trust import Trust
    from impact.signing.verify import SignatureReport

__all__ = ["Question", "Verification", "verify_document"]


@dataclass(frozen=True)
class Question:
    """One thing that a reader wants to know.

    Attributes:
        key: Stable name: intact, valid, trusted, revocation, whole_file, roles, record, sealed, questionnaire, cells,
            findings, scores, suppliers, comparison, first, second, review, page, full, bars.
        holds: True, False, or None where it was not checked.
        text: What was found, in plain words.
    """

    key: str
    holds: bool | None
    text: str


@dataclass(frozen=True)
class Verification:
    """All questions. ``ok`` when none failed.

    Attributes:
        questions: In the order in which a reader asks them.
        signatures: What the signing room found, signature by signature.
        record_digest: Digest of the attached record, or None.
        trust: The trust folder, told by :func:`impact.signing.chosen.chosen`.
        record: What the attached record says of itself, told by :func:`impact.chain.verify_told.told_by`; None where it
            is not the one that the document names.
        sides: Of a side-by-side document, the same account of each of the two that are attached.
    """

    questions: tuple[Question, ...]
    signatures: SignatureReport
    record_digest: str | None
    trust: Mapping[str, Any]
    record: Mapping[str, Any] | None
    sides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.signatures.verified and all(question.holds is not False for question in self.questions)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "checks": {q.key: {"holds": q.holds, "text": q.text} for q in self.questions},
            "record_digest": self.record_digest,
            "record": None if self.record is None else dict(self.record),
            "trust": dict(self.trust),
            "signatures": self.signatures.to_json(),
            **({"sides": dict(self.sides)} if self.sides else {}),
        }


def verify_document(
    pdf: bytes,
    *,
    trust: Trust,
    settings: Settings,
    now: datetime,
    require_revocation: bool = True,
    rerender: bool = False,
    full: bytes | None = None,
    step: Callable[[str], None] = lambda _: None,
    sides_trust: Sequence[Trust] = (),
) -> Verification:
    """Answer every question about a signed document.

    Args:
        pdf: The whole file.
        trust: Roots, revocation lists and roles that the reader chose.
        settings: Where packs are found, to compute scores again.
        now: The time of the check.
        require_revocation: False accepts certificates whose revocation was not checked, and says so.
        rerender: Make the page again from the attached record and compare it byte for byte.
        full: The signed full document, where somebody holds it: a public version is held against it, part by part.
        step: Told one line of progress at each stage.
        sides_trust: For the two documents that a side-by-side document carries; each has to hold with one of them as a
            whole. Empty for ``trust``.
    """
    from impact.signing.chosen import chosen
    from impact.signing.verify import verify

    step("checking the signatures")
    report = verify(pdf, trust=trust, now=now, require_revocation=require_revocation)
    questions = _signatures(report)
    step("computing the figures again")
    attached, record_question, record, tables, files = _record(pdf)
    questions.append(record_question)
    told, sides = None, dict[str, Any]()
    if record is not None and record_question.holds:
        told = told_by(record)
        questions += _sealed(record)
        with opened(files.get(CARRIED)) as carried:
            questions += _questionnaire(record, carried, settings)
            questions += _figures(record, tables, replace(settings, carried=carried))
        if "sides" in record or (record.get("templates") or {}).get("document") == SIDE_BY_SIDE:

            def judge(side: bytes, name: str) -> Verification:
                step(f"verifying the {name} document, which is attached")
                found = [
                    verify_document(side, trust=one, settings=settings, now=now, require_revocation=require_revocation)
                    for one in (sides_trust or (trust,))
                ]
                return next((each for each in found if each.ok), found[0])

            asked, sides = side_questions(record, files, judge=judge)
            questions += [Question(*answer) for answer in asked]
        if "review" in record or (record.get("templates") or {}).get("document") == "review":
            questions.append(Question(*review_question(record, files)))
        questions += _page(pdf, record, attached, tables, files, settings, rerender=rerender, step=step)
        if full is None and record.get("redaction") is not None:
            text = "not held against the full document; whoever holds that one can ask with “--full”"
            questions.append(Question("full", None, text))
        if full is not None:
            step("holding it against the full document")
            questions += _belongs(
                record, full, trust=trust, settings=settings, now=now, require_revocation=require_revocation
            )
    elif full is not None:
        questions.append(Question("full", False, "not compared: there is no record that can be relied on"))
    named = digest(attached) if attached is not None else None
    return Verification(tuple(questions), report, named, chosen(trust), told, sides)


def _signatures(report: SignatureReport) -> list[Question]:
    """What the signing room found, question by question; a problem that none of them names is a question of its own."""
    revocation = [check.revocation for check in report.signatures]
    listed = bool(revocation) and all(state == "checked" for state in revocation)
    against = [check.role for check in report.signatures if check.dissent]
    dissent = f"; DISSENT, which is no approval: {', '.join(against)}" if against else ""
    # A change between two signatures is covered by the later of them; it is a change all the same.
    untouched = all(check.later_changes != "other" and check.coverage != "part" for check in report.signatures)
    found = [
        _ask("intact", report.intact, "no signed byte was changed", "signed bytes were changed, or nothing is signed"),
        _ask(
            "valid", report.valid, "each signature belongs to its certificate", "a signature is false, or there is none"
        ),
        _ask(
            "trusted",
            report.trusted,
            "each signer, and each time, leads to a root in the trust folder",
            "a signer or a time does not lead to a root in the trust folder, or was not usable",
        ),
        _ask("revocation", listed, "no certificate was revoked when it signed", "revocation could not be confirmed")
        if report.revocation_required
        else Question("revocation", None, "NOT REQUIRED: a certificate that was withdrawn might not be noticed"),
        _ask(
            "whole_file",
            report.covers_whole_file and report.canonical and untouched,
            "the signatures protect every byte of the file, and nothing but signatures was added",
            "bytes of the file are not protected, or something was added after signing",
        ),
        _ask(
            "roles",
            not report.missing,
            f"every required role has signed: {', '.join(report.required) or 'none is required'}{dissent}",
            f"required and missing: {', '.join(report.missing)}{dissent}",
        ),
    ]
    if report.verified is False and all(question.holds is not False for question in found):
        found.append(Question("signatures", False, "; ".join(fault.found for fault in report.problems)))
    return found


def _ask(key: str, holds: bool, yes: str, no: str) -> Question:
    return Question(key, holds, yes if holds else no)


# Bytes of the record, whether it is the right one, the record, count tables, and further files that it names.
_Read = tuple[bytes | None, Question, dict[str, Any] | None, Mapping[str, bytes], Mapping[str, bytes]]


def _record(pdf: bytes) -> _Read:
    """The attached record, if it is the one that the document names, and the attached count tables by name."""
    from impact.signing.attachments import attachments, stated_identifier

    try:
        files = attachments(pdf).files
    except ImpactError as error:
        return None, Question("record", False, f"the attachments cannot be read: {error.faults[0].found}"), None, {}, {}
    data = files.get("record.json")
    if data is None:
        return None, Question("record", False, "no record is attached"), None, {}, {}
    found = digest(data)
    try:
        stated = stated_identifier(pdf)
    except ImpactError as error:
        return data, Question("record", False, error.faults[0].found), None, {}, {}
    try:
        record = json.loads(data)
        canonical = isinstance(record, dict) and canonical_json(record) == data
    except (ValueError, RecursionError):
        record, canonical = None, False
    if not canonical or not isinstance(record, dict):
        return data, Question("record", False, "the attached record is not in canonical form"), None, {}, {}
    if stated != found:
        text = "the attached record is not the one that the document names"
        return data, Question("record", False, text), record, {}, {}
    tables = {name.removesuffix(".parquet"): held for name, held in files.items() if name.endswith(".parquet")}
    further = {"record.json", *attached_names(record)}
    unexpected = sorted(set(tables) - {"cells", *_named_tables(record)}) + sorted(
        name for name in files if name not in further and not name.endswith(".parquet")
    )
    unexpected += sorted(name for name in further if name not in files)
    if unexpected:
        text = f"{len(unexpected)} file(s) attached that the report does not make, or missing"
        return data, Question("record", False, text), record, {}, {}
    text = f"the attached record is the one that the document names ({found})"
    return data, Question("record", True, text), record, tables, {name: files[name] for name in further}


def _sealed(record: dict[str, Any]) -> list[Question]:
    """Whether the parts of a record give the root that it states; nothing of a record without a seal."""
    from impact.assessment.redaction.recheck import sealed

    found = sealed(record)
    return [] if found is None else [Question(found.what, found.same, found.text)]


def _belongs(
    record: dict[str, Any], full: bytes, *, trust: Trust, settings: Settings, now: datetime, require_revocation: bool
) -> list[Question]:
    """Whether this is a public version of the record in another signed document, which must hold by itself."""
    from impact.assessment.redaction.recheck import barred_rightly, belongs, sealed
    from impact.signing.verify import verify

    def no(text: str) -> list[Question]:
        return [Question("full", False, text)]

    report = verify(full, trust=trust, now=now, require_revocation=require_revocation)
    if not report.verified:
        return no("the full document is not one to rely on: its own signatures do not hold")
    _, question, other, _, held = _record(full)
    if other is None or not question.holds:
        return no(f"of the full document: {question.text}")
    if record.get("redaction") is None:
        return no("nothing is withheld from this document: there is no public version to compare")
    seal = sealed(other)
    if seal is None or not seal.same:
        return no(f"of the full document: {'it states no root' if seal is None else seal.text}")
    found = [belongs(record, other)]
    if found[0].same:
        with opened(held.get(CARRIED)) as carried:
            found.append(barred_rightly(record, other, replace(settings, carried=carried)))
    return [Question(one.what, one.same, one.text) for one in found]


def _named_tables(record: dict[str, Any]) -> list[str]:
    """Further count tables that the record's findings name."""
    audit = record.get("audit")
    named = audit.get("aggregates") if isinstance(audit, dict) else None
    return list(named) if isinstance(named, dict) else []


def _split(tables: Mapping[str, bytes]) -> tuple[bytes | None, dict[str, bytes]]:
    return tables.get("cells"), {name: data for name, data in tables.items() if name != "cells"}


def _questionnaire(record: dict[str, Any], carried: Path | None, settings: Settings) -> list[Question]:
    """Whether the questionnaire that is attached is the one that the record names; nothing where none is."""
    if not carried_in(record):
        return []
    named = record["pack"]
    same = carried_digest(carried, str(named.get("id"))) == named.get("digest")
    try:
        known = any(each.digest == named.get("digest") for each in find_all("questionnaires", settings))
    except ImpactError:  # a broken pack of the reader's own says nothing of this one
        known = False
    return [
        _ask(
            "questionnaire",
            same and carried is not None,
            f"the attached questionnaire is the one that the record names ({named.get('digest')})"
            + ("" if known else "; it is NOT one that is installed here"),
            "the attached questionnaire is not the one that the record names",
        )
    ]


def _figures(record: dict[str, Any], tables: Mapping[str, bytes], settings: Settings) -> list[Question]:
    from impact.assessment.recompute import recompute

    cells, further = _split(tables)
    found = recompute(record, cells, settings=settings, aggregates=further)
    return [Question(item.what, item.same, item.text) for item in found]


def _page(
    pdf: bytes,
    record: dict[str, Any],
    record_bytes: bytes | None,
    tables: Mapping[str, bytes],
    files: Mapping[str, bytes],
    settings: Settings,
    *,
    rerender: bool,
    step: Callable[[str], None],
) -> list[Question]:
    """Render the record again: signing only appends, so the signed file must begin with these bytes."""
    if not rerender:
        return [Question("page", None, "not compared with the record; “--rerender” makes the page again to compare")]
    from impact.report import render, versions
    from impact.resources import find

    stated = record.get("render")
    here = versions()
    if stated != here:
        text = f"cannot be made again here: rendered with {_spoken(stated)}, this machine has {_spoken(here)}"
        return [Question("page", False, text)]
    named = record.get("templates") or {}
    try:
        resource = find("templates", str(named.get("set")), settings)
        if resource.digest != named.get("digest"):
            return [Question("page", False, "cannot be made again here: the template set differs from the one used")]
        step("making the page again from the record")
        cells, further = _split(tables)
        practice = bool(record.get("practice"))
        beside = {name: data for name, data in files.items() if name != "record.json"}
        again = render(
            record_bytes or b"",
            cells=cells,
            aggregates=further,
            attached=beside,
            templates=resource,
            practice=practice,
        )
    except ImpactError as error:
        return [Question("page", False, f"cannot be made again: {error.faults[0].found}")]
    if pdf.startswith(again.pdf):
        local = "" if resource.layer == "bundled" else f", with “{resource.name}”, which is not the toolkit’s own set"
        return [Question("page", True, f"made again from the record{local}, it is the same byte for byte")]
    return [Question("page", False, "made again from the record, it differs from the page that was signed")]


def _spoken(versions: Any) -> str:
    if not isinstance(versions, dict):
        return "nothing stated"
    return ", ".join(f"{name} {value}" for name, value in sorted(versions.items()))
