"""Folder -> record -> document -> signature: everything ``impact build`` makes.

In: an assessment folder and, if wanted, a signer. Out: bytes of every file, ready to be written whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.canonical import canonical_json, pretty_json
from impact.errors import AnswerError, Fault, RenderError
from impact.resources import find
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.assessment.record import Built
    from impact.assessment.redaction.decisions import Decisions
    from impact.signing.responder import Ask
    from impact.signing.signer import Signer, Timestamper
    from impact.signing.trust import Authorities

__all__ = ["Document", "Signing", "build", "render_record"]

PUBLIC_DOCUMENT = "summary"  # the one that is made for anybody to read


_AIMED_AT = 12  # years, for the public summary (docs/report.md)


@dataclass(frozen=True)
class Signing:
    """Who signs, in which role, and which timestamp service is asked.

    Attributes:
        signer: Key and certificate.
        role: The field that is signed: Assessor, DPO, SRO or Oversight.
        reason: Printed in the signature; may be None.
        timestamper: None gives a signature without a trusted time (PAdES B-B).
        level: B-B, B-T, B-LT or B-LTA; None for B-T with a timestamper and B-B without.
        authorities: Roots, revocation lists and answers, for B-LT and B-LTA.
        ask: Asks the responders of certificates on which ``authorities`` have nothing; None asks nobody.
    """

    signer: Signer
    role: str
    reason: str | None
    timestamper: Timestamper | None
    level: str | None = None
    authorities: Authorities | None = None
    ask: Ask | None = None

    @property
    def reached(self) -> str:
        """The level that the signature will have."""
        return self.level or ("B-T" if self.timestamper is not None else "B-B")

    def sign(self, pdf: bytes, *, now: datetime, statement: bytes | None = None) -> bytes:
        """``pdf`` with this signature; raises what :func:`impact.signing.sign.sign` raises."""
        from impact.signing.sign import sign

        return sign(
            pdf,
            signer=self.signer,
            role=self.role,
            reason=self.reason,
            timestamper=self.timestamper,
            now=now,
            level=self.reached,
            authorities=self.authorities,
            statement=statement,
            ask=self.ask,
        )


@dataclass(frozen=True)
class Document:
    """All files of one build.

    Attributes:
        record: The record as plain data.
        files: Name -> bytes: record.json, report.html, report.pdf and, with an audit, findings.json, cells.parquet.
        pages: Pages of the PDF.
        signed: Whether report.pdf carries a signature.
        told: For whoever makes it, and written into no file: what to know of what is withheld, or is not.
    """

    record: dict[str, Any]
    files: dict[str, bytes]
    pages: int
    signed: bool
    told: tuple[str, ...] = ()


def build(
    folder: Path,
    *,
    settings: Settings,
    now: datetime,
    step: Callable[[str], None],
    signing: Signing | None = None,
    templates: str = "default",
    second_opinion: bool = True,
    name: str = "general",
    withhold: Sequence[str] = (),
) -> Document:
    """Run the whole chain on an assessment folder.

    Args:
        folder: The assessment folder.
        settings: Where packs and templates are found.
        now: Time claimed in the signature. Nothing else in the output depends on it.
        step: Told one line of progress at each stage.
        signing: Sign with this; None leaves the PDF unsigned.
        templates: Name of the template set.
        second_opinion: Let fairlearn and aif360 recompute every figure.
        name: Which document of the record is made; ``impact.report.DOCUMENTS`` lists them.
        withhold: Ids of parts that are withheld: all files are then of the public version, and none of the full record.

    Raises:
        ImpactError: Of the room that found the fault.
    """
    from impact.assessment.record import build_record
    from impact.signing.signer import is_practice

    if withhold and name == "review":
        # It sets answers against an earlier record, which is attached whole: a bar here would hide nothing.
        found, remedy = "a review has no public version: it carries the whole earlier record", "Make another document"
        raise AnswerError(Fault("--withhold", found, "", remedy, "A188"))
    decisions = _decided(folder, withhold) if withhold else None
    built = build_record(
        folder,
        settings=settings,
        step=step,
        second_opinion=second_opinion,
        review=_attached_record if name == "review" else None,
    )
    told: tuple[str, ...] = ()
    if decisions is not None:
        built, told = _public(folder, built, decisions, settings=settings, step=step)
    elif name == PUBLIC_DOCUMENT:
        told = _exposed(built)
    practice = signing is not None and is_practice(signing.signer)
    document = render_record(
        built.record,
        built.cells,
        aggregates=built.aggregates,
        attached=built.attached,
        settings=settings,
        templates=templates,
        practice=practice,
        name=name,
        step=step,
    )
    document = replace(document, told=told)
    if signing is None:
        return document
    step(f"signing as {signing.role}")
    pdf = signing.sign(document.files["report.pdf"], now=now)
    return replace(document, files={**document.files, "report.pdf": pdf}, signed=True)


def _decided(folder: Path, withhold: Sequence[str]) -> Decisions:
    """What is to be withheld, told before anything is counted if it cannot be."""
    from impact.assessment.redaction.decisions import read_decisions
    from impact.assessment.redaction.public import not_sealed
    from impact.assessment.redaction.seal import read_secret

    if folder.is_dir() and read_secret(folder) is None:
        raise AnswerError(not_sealed(str(folder)))
    return read_decisions(folder, withhold)


def _public(
    folder: Path, built: Built, decisions: Decisions, *, settings: Settings, step: Callable[[str], None]
) -> tuple[Built, tuple[str, ...]]:
    """The public version in the place of the full record."""
    from impact.assessment.record import Built
    from impact.assessment.redaction.public import make_public

    step("trying what each withheld part would be known by")
    # As a reader of record.json has it: one form of every number and list.
    plain = json.loads(canonical_json(built.record))
    public = make_public(
        plain, built.cells, built.aggregates, decisions=decisions, where=str(folder), settings=settings
    )
    return Built(public.record, public.cells, public.aggregates, built.attached), public.told


def _exposed(built: Built) -> tuple[str, ...]:
    """What somebody who publishes a summary should know of what is attached to it."""
    held = (built.record.get("audit") or {}).get("disclosure") or {}
    small = held.get("small_cells") or 0
    told = (
        "The whole record is attached to it: every answer with its notes and evidence, and the names of whoever "
        "answered. To publish it without some of them: --withhold (docs/report.md)",
    )
    if not small:
        return told
    return (
        f"NOT FOR PUBLICATION AS IT IS: {small:,} of the {held['cells']:,} counts attached to it are under "
        f"{held['min_cell']}, so that one may point at a person. Withhold “audit” (--withhold), or assess a copy with "
        "protected counts (impact audit publish), unless the counts are public already",
        *told,
    )


def _attached_record(pdf: bytes, where: str) -> bytes:
    from impact.chain.first_document import attached_record

    return attached_record(pdf, where=where)[0]


def render_record(
    record: dict[str, Any],
    cells: bytes | None,
    *,
    settings: Settings,
    aggregates: Mapping[str, bytes] | None = None,
    attached: Mapping[str, bytes] | None = None,
    templates: str = "default",
    practice: bool = False,
    name: str = "general",
    step: Callable[[str], None],
) -> Document:
    """Record -> files of the document ``name``.

    Adds the blocks ``templates``, ``render`` and ``practice`` to the record, then renders it; ``attached`` are further
    files that the document carries beside its record and its counts.
    """
    from impact.report import render, summary_age, versions
    from impact.report.sets import templates_block

    resource = find("templates", templates, settings)
    complete = {
        **record,
        "templates": {
            **templates_block(resource),
            # Which document this record was rendered as: “impact verify --rerender” makes that one again.
            **({} if name == "general" else {"document": name}),
        },
        "render": versions(),
        "practice": practice,
    }
    try:
        record_bytes = canonical_json(complete)
    except (TypeError, ValueError) as error:
        fault = Fault("record.json", f"has no canonical form: {error}", "plain data", "Report the case", "R090")
        raise RenderError(fault) from None
    step("rendering the report" if name == "general" else f"rendering the document “{name}”")
    rendered = render(
        record_bytes,
        cells=cells,
        aggregates=aggregates or {},
        attached=attached or {},
        templates=resource,
        practice=practice,
    )
    if rendered.reading_age:
        step(f"reading age of its text: {_years(rendered.reading_age)}")
    elif name == "general" and (age := summary_age(complete)):
        step(f"reading age of the public summary, which “impact report --document summary” makes: {_years(age)}")
    files = {
        "record.json": record_bytes,
        "report.html": rendered.html.encode(),
        "report.pdf": rendered.pdf,
    }
    if complete.get("audit") is not None:
        files["findings.json"] = pretty_json(complete["audit"]).encode()
    if cells is not None:
        files["cells.parquet"] = cells
    files |= {f"{name}.parquet": data for name, data in (aggregates or {}).items()}
    return Document(complete, files, rendered.pages, signed=False)


def _years(age: str) -> str:
    """A reading age beside the age that is aimed at.

    >>> _years("14")
    '14 years (Flesch–Kincaid grade plus five), above the 12 that is aimed at'
    """
    said = f"{age} years (Flesch–Kincaid grade plus five)"
    return f"{said}, above the {_AIMED_AT} that is aimed at" if int(age) > _AIMED_AT else said
