"""Two assessments -> one document that sets them side by side, with both attached: what ``impact diff -o`` makes.

In: two folders, records or PDFs, and the trust folders of whoever makes it. Out: ``Document``: record, page and PDF.
The record holds the comparison, which ``impact verify`` makes again from the two attached records; the PDFs are
attached whole, so that it can verify their signatures as well (docs/adr/0029-side-by-side.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from impact import __version__
from impact.assessment.sides import compared, head_of_sides
from impact.canonical import canonical_json, digest
from impact.chain.build import Document, render_record
from impact.chain.diff import read_record
from impact.chain.first_document import attached_record, checked_signatures, read_pdf
from impact.errors import AnswerError, Fault
from impact.settings import Settings

__all__ = ["DOCUMENT", "SIDES", "Side", "build_sides", "comparison_of", "side_of"]

DOCUMENT = "side-by-side"
SIDES = ("first", "second")


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        attached: Name under which it is attached: ``first.pdf``, or ``first.json`` for a record that nobody signed.
        data: The bytes that are attached.
        record: Its record.
        record_bytes: The same as bytes.
        cells: The counts that are attached to it, or None.
        block: What the record of both says of it; ``signatures`` is what whoever makes the document found.
    """

    attached: str
    data: bytes
    record: Mapping[str, Any]
    record_bytes: bytes
    cells: bytes | None
    block: Mapping[str, Any]


def build_sides(
    a: Path,
    b: Path,
    *,
    settings: Settings,
    trusts: tuple[Path, ...],
    unverified: bool,
    now: datetime,
    step: Callable[[str], None],
    templates: str = "default",
) -> Document:
    """Make the document.

    Args:
        a, b: The first and the second assessment: folders, record.json, or PDFs.
        settings: Where packs and templates are found.
        trusts: Trust folders; each PDF has to verify with one of them as a whole.
        unverified: Go on where a PDF does not verify, nobody checked it, or a side was never signed.
        now: The time of the check; nothing in the document depends on it.
        step: Told one line of progress at each stage.
        templates: Name of the template set.

    Raises:
        AnswerError: A125 as ``impact diff``; A178 a side is not verified, and ``unverified`` was not said; A182 a side
            is itself such a comparison.
        SignatureError: A PDF or a trust folder cannot be read.
        RenderError: As :func:`impact.report.render`.
    """
    found = []
    for name, path in zip(SIDES, (a, b), strict=True):
        found.append(_read(name, path, settings=settings, trusts=trusts, unverified=unverified, now=now, step=step))
    first, second = found
    head, comparison = comparison_of(first, second)
    record: dict[str, Any] = {
        "schema": "impact/record/1",
        "tool": {"name": "impact", "version": __version__},
        "assessment": head,
        "sides": {"first": dict(first.block), "second": dict(second.block), "comparison": comparison},
        **dict.fromkeys(("pack", "questionnaire", "scoring", "audit", "claims")),
        "law": {},
        "evidence": [],
        "inputs": [],
    }
    attached = {side.attached: side.data for side in found}
    return render_record(
        record,
        None,
        settings=settings,
        templates=templates,
        name=DOCUMENT,
        attached=attached,
        step=step,
    )


def comparison_of(first: Side, second: Side) -> tuple[dict[str, Any], dict[str, Any]]:
    """The blocks ``assessment`` and ``sides.comparison``: functions of what is attached.

    Raises:
        AnswerError: A125 a record lacks what is compared.
    """
    digests = (digest(first.record_bytes), digest(second.record_bytes))
    try:
        head = head_of_sides(first.record, second.record)
        comparison = compared(first.record, second.record, digests=digests, first_cells=first.cells)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        fault = Fault("side by side", "a record lacks what is compared", "records of this version", "", "A125")
        raise AnswerError(fault) from None
    return head, json.loads(canonical_json(comparison))


def side_of(name: str, data: bytes, *, kind: str, signatures: str, where: str) -> Side:
    """One side from what is attached, or will be.

    Args:
        name: ``first`` or ``second``.
        data: A PDF, or the canonical bytes of a record.
        kind: ``document``, ``record`` or ``folder``: what it was read from.
        signatures: ``verified``, ``failed``, ``not checked``, or ``unsigned``.
        where: For messages.

    Raises:
        AnswerError: A125, A182.
        SignatureError: The PDF cannot be read.
    """
    from impact.signing.signed_by import signed_by

    signers: list[dict[str, Any]] = []
    cells = None
    if kind == "document":
        record_bytes, record, files = attached_record(data, where=where)
        cells = files.get("cells.parquet")
        signers = [one.to_json() for one in signed_by(data)]
        attached = f"{name}.pdf"
    else:
        record_bytes, record, attached = data, json.loads(data), f"{name}.json"
    if record.get("sides"):
        remedy = "Compare the two documents that are attached to it"
        raise AnswerError(Fault(where, "it is itself two assessments side by side", "one assessment", remedy, "A182"))
    head = record["assessment"]
    block = {
        "attached": attached,
        "read_from": kind,
        "digest": digest(data),
        "record_digest": digest(record_bytes),
        **{key: head.get(key) for key in ("id", "title", "version", "date", "status", "organisation")},
        "system": head["system"],
        "pack": {key: record["pack"][key] for key in ("id", "version", "digest")} if record.get("pack") else None,
        "document": (record.get("templates") or {}).get("document", "general"),
        "incomplete": bool((record.get("scoring") or {}).get("incomplete")),
        "illustration": bool(head.get("illustration")),
        "practice": record.get("practice") is True or any(one["practice"] for one in signers),
        "signers": signers,
        "signatures": signatures,
    }
    return Side(attached, data, record, record_bytes, cells, json.loads(canonical_json(block)))


def _read(
    name: str,
    path: Path,
    *,
    settings: Settings,
    trusts: tuple[Path, ...],
    unverified: bool,
    now: datetime,
    step: Callable[[str], None],
) -> Side:
    if path.is_file() and path.read_bytes()[:5] == b"%PDF-":
        pdf = read_pdf(path)
        side_of(name, pdf, kind="document", signatures="not checked", where=str(path))  # before a long verification
        state = checked_signatures(pdf, where=str(path), trusts=trusts, unverified=unverified, now=now, step=step)
        return side_of(name, pdf, kind="document", signatures=state, where=str(path))
    record, kind = read_record(path, settings=settings, step=step)
    if not unverified:
        remedy = "Give its signed PDF, or --unverified, which every page then says"
        raise AnswerError(Fault(str(path), f"it is a {kind}, which nobody has signed", "a signed PDF", remedy, "A178"))
    try:
        data = canonical_json(record)
    except (TypeError, ValueError):
        raise AnswerError(Fault(str(path), "its record has no canonical form", "", "Build it again", "A125")) from None
    return side_of(name, data, kind=kind, signatures="unsigned", where=str(path))
