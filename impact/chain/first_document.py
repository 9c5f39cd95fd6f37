"""The document of a first body, read for a counter-assessment: verified before anything of it is used.

In: the path of a PDF, a trust folder of the reader’s. Out: ``FirstDocument``: its bytes, record, counts, signers, and
what verifying it came to. Refuses a document that does not verify unless told otherwise, and then says so on every page
that is made of it; refuses always one whose attached record is not the one that it names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from impact.assessment.against import MOST, asked_in
from impact.assessment.redaction.public import PUBLIC_SCHEMA
from impact.canonical import digest
from impact.errors import AnswerError, Exit, Fault
from impact.regularfile import FileRefused, read_regular

if TYPE_CHECKING:
    from impact.assessment.against_new import Begun
    from impact.signing.signed_by import SignedBy

__all__ = ["FirstDocument", "attached_record", "begin_against", "checked_signatures", "read_first", "read_pdf"]

SCHEMA = "impact/record/1"
Signatures = Literal["verified", "failed", "not checked"]


@dataclass(frozen=True)
class FirstDocument:
    """A document of somebody else.

    Attributes:
        pdf: The whole file.
        record: Its record.
        record_bytes: The same as it is attached.
        files: Everything else that is attached, by name.
        signers: Who it says has signed it.
        signatures: What ``impact verify`` said of it, with the reader’s trust folder.
    """

    pdf: bytes
    record: Mapping[str, Any]
    record_bytes: bytes
    files: Mapping[str, bytes]
    signers: tuple[SignedBy, ...]
    signatures: Signatures

    def against(self, *, today: Any) -> dict[str, Any]:
        """Block ``against`` of a new assessment.yaml."""
        from impact.assessment.folder import AGAINST_PDF

        head = self.record["assessment"]
        return {
            "document": AGAINST_PDF,
            "digest": digest(self.pdf),
            "record_digest": digest(self.record_bytes),
            **{key: head[key] for key in ("id", "title", "version", "date", "organisation")},
            "signatures": self.signatures,
            "checked": today.isoformat(),
            "practice": self.record.get("practice") is True or any(one.practice for one in self.signers),
            "signers": [
                {key: told[key] for key in ("role", "name", "fingerprint", "time") if told[key] is not None}
                for told in (one.to_json() for one in self.signers)
            ],
        }


def begin_against(
    path: Path, *, pack: str, trust: Path | None, unverified: bool, now: datetime, step: Callable[[str], None]
) -> Begun:
    """What a counter-assessment of a document begins with. Arguments and errors as :func:`read_first`."""
    from impact.assessment.against_new import begun_against

    first = read_first(path, pack=pack, trust=trust, unverified=unverified, now=now, step=step)
    return begun_against(
        first.against(today=now.date()),
        pdf=first.pdf,
        record_bytes=first.record_bytes,
        record=first.record,
        cells=first.files.get("cells.parquet"),
    )


def read_first(
    path: Path,
    *,
    pack: str,
    trust: Path | None,
    unverified: bool,
    now: datetime,
    step: Callable[[str], None],
) -> FirstDocument:
    """Read a document that is to be answered.

    Args:
        path: The PDF.
        pack: The pack that will be answered; theirs must be the same.
        trust: A trust folder of the reader’s own; None checks no signature.
        unverified: Go on where the document does not verify, or nobody checked.
        now: The time of the check.
        step: Told one line of progress at each stage.

    Raises:
        AnswerError: A125 no PDF with a record, or its record is not the one it names; A176 another questionnaire;
            A178 nobody checked its signatures, or it does not verify (exit 1), and ``unverified`` was not said.
        SignatureError: The PDF or the trust folder cannot be read.
    """
    from impact.signing.signed_by import signed_by

    pdf = read_pdf(path)
    record_bytes, record, files = attached_record(pdf, where=str(path))
    asked_in(record, pack, where=str(path))
    signatures = checked_signatures(
        pdf, where=str(path), trusts=(trust,) if trust else (), unverified=unverified, now=now, step=step
    )
    return FirstDocument(pdf, record, record_bytes, files, signed_by(pdf), signatures)


def checked_signatures(
    pdf: bytes,
    *,
    where: str,
    trusts: tuple[Path, ...],
    unverified: bool,
    now: datetime,
    step: Callable[[str], None],
) -> Signatures:
    """What ``impact verify`` says of a document; with several trust folders it has to hold with one of them as a whole.

    Raises:
        AnswerError: A178.
        SignatureError: A trust folder cannot be used.
    """
    from impact.chain.apart import verify_apart

    if not trusts:
        if unverified:
            return "not checked"
        remedy = (
            "Give --trust DIR with the roots and roles that you believe, or --unverified, which every page then says"
        )
        found = "nobody has checked its signatures"
        raise AnswerError(Fault(where, found, "a trust folder of yours", remedy, "A178"))
    wrong: list[str] = []
    for trust in trusts:
        step(f"verifying {where} with the trust folder {trust}")
        verdict = verify_apart(pdf, trust=trust, base=Path.cwd(), now=now, step=step)
        if verdict.ok:
            return "verified"
        wrong = wrong or [text for _, holds, text in verdict.questions if holds is False]
    if unverified:
        return "failed"
    remedy = "Ask for the document again; with --unverified it is used all the same, and every page says so"
    raise AnswerError(Fault(where, f"it does not verify: {'; '.join(wrong)}", "", remedy, "A178", Exit.GATE))


def read_pdf(path: Path) -> bytes:
    """The bytes of a PDF, or A125."""
    wanted = "a PDF made by impact"
    try:
        data = read_regular(path, most=MOST)
    except FileRefused as refused:
        raise AnswerError(Fault(str(path), refused.said, wanted, "Check the path", "A125")) from None
    if not data.startswith(b"%PDF"):
        raise AnswerError(Fault(str(path), "it is not a PDF", wanted, "Check the path", "A125"))
    return data


def attached_record(
    pdf: bytes, *, where: str, public: bool = False, first_hand: bool = True
) -> tuple[bytes, dict[str, Any], dict[str, bytes]]:
    """The record of a document, its bytes, and whatever else is attached.

    Args:
        pdf: The document.
        where: How messages name it.
        public: Whether a public version, with parts withheld, is taken as well.
        first_hand: Refuse a document that was itself made from another's record: who signed that one, and whether it
            verified, would be lost on the way.

    Raises:
        AnswerError: A125 there is none, or it is not the one that the document names; A201 it is not first-hand.
        SignatureError: The PDF cannot be read.
    """
    from impact.signing.attachments import attachments, stated_identifier

    files = dict(attachments(pdf).files)
    data = files.pop("record.json", None)
    if data is None:
        raise AnswerError(Fault(where, "no record is attached", "a PDF made by impact", "", "A125"))
    if stated_identifier(pdf) != digest(data):
        remedy = "Ask “impact verify” what is wrong with it"
        raise AnswerError(Fault(where, "the attached record is not the one it names", "", remedy, "A125"))
    record: Any = None
    try:
        record = json.loads(data)
        schemas = (SCHEMA, PUBLIC_SCHEMA) if public else (SCHEMA,)
        known = record["schema"] in schemas and isinstance(record["assessment"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        cut = isinstance(record, dict) and record.get("schema") == PUBLIC_SCHEMA
        found = "is a public version, with parts withheld" if cut else "holds no record"
        remedy = "Ask for the full document: what is withheld is not to be taken for silence" if cut else ""
        raise AnswerError(Fault(where, found, f"a record of schema {SCHEMA}", remedy, "A125"))
    if first_hand and record.get("made_from") is not None:
        remedy = "Ask for that document; its digest stands in this one"
        raise AnswerError(Fault(where, "was itself made from the record in another document", "", remedy, "A201"))
    return data, record, files
