"""Another document of the same record, for somebody who holds only a PDF: a briefing from a force’s assessment.

In: the path of a PDF made by impact, a trust folder of the reader’s. Out: the ``Document``. Changes nothing that was
answered, counted or scored; what it was made from, and whether that verified, stands in its record and on every page.
Refuses a document that does not verify unless told otherwise, and what needs the assessor’s own folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.canonical import digest
from impact.chain.first_document import attached_record, checked_signatures, read_pdf
from impact.chain.verify_sides import attached_names
from impact.errors import AnswerError, Fault
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.chain.build import Document

__all__ = ["document_from"]

_OF_ONE_DOCUMENT = ("templates", "render", "practice", "review")  # what says how the other document was made
_NEEDS_FOLDER = ("review",)


def document_from(
    path: Path,
    *,
    name: str,
    trust: Path | None,
    unverified: bool,
    settings: Settings,
    now: datetime,
    step: Callable[[str], None],
    templates: str = "default",
    withhold: Sequence[str] = (),
) -> Document:
    """Make a document from the record that is attached to another.

    Args:
        path: The other document.
        name: Which document is made.
        trust: A trust folder of the reader’s own; None checks no signature.
        unverified: Go on where the document does not verify, or nobody checked.
        settings: Where template sets are found.
        now: The time of the check.
        step: Told one line of progress at each stage.
        templates: Name of the template set.
        withhold: Must be empty: only whoever holds the folder can withhold a part so that its digest still stands.

    Raises:
        AnswerError: A125 no PDF with a record, or its record is not the one it names; A178 nobody checked its
            signatures, or it does not verify (exit 1); A200 a document or an option that needs the folder.
        SignatureError: The PDF or the trust folder cannot be read.
        RenderError: Of the report room.
    """
    from impact.chain.build import render_record
    from impact.signing.signed_by import signed_by

    if name in _NEEDS_FOLDER or withhold:
        what = "a public version" if withhold else "a review"
        found = f"{what} cannot be made from a PDF: it needs files that only the assessment’s folder has"
        raise AnswerError(Fault(str(path), found, "the assessment’s folder", "Ask its assessor to make it", "A200"))
    pdf = read_pdf(path)
    record_bytes, record, files = attached_record(pdf, where=str(path), public=True)
    signatures = checked_signatures(
        pdf, where=str(path), trusts=(trust,) if trust else (), unverified=unverified, now=now, step=step
    )
    signers = signed_by(pdf)
    practice = record.get("practice") is True or any(one.practice for one in signers)
    theirs = {key: value for key, value in record.items() if key not in _OF_ONE_DOCUMENT}
    made_from = {
        "digest": digest(pdf),
        "record_digest": digest(record_bytes),
        "document": (record.get("templates") or {}).get("document", "general"),
        "signatures": signatures,
        "checked": now.date().isoformat(),
        "practice": practice,
        "signers": [
            {key: told[key] for key in ("role", "name", "fingerprint", "time") if told[key] is not None}
            for told in (one.to_json() for one in signers)
        ],
    }
    tables = _tables(record, files)
    beside = {name: files[name] for name in attached_names(theirs) if name in files}
    return render_record(
        {**theirs, "made_from": made_from},
        tables.pop("cells", None),
        aggregates=tables,
        attached=beside,
        settings=settings,
        templates=templates,
        practice=practice,
        name=name,
        step=step,
    )


def _tables(record: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The tables of counts that the record names; another file that is attached belongs to another document."""
    audit = record.get("audit") or {}
    named = {"cells", *(audit.get("aggregates") or {})}
    return {name: files[f"{name}.parquet"] for name in sorted(named) if f"{name}.parquet" in files}
