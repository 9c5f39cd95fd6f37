"""Check every signature of a PDF against a trust folder, and the file as a whole.

In: bytes and a ``Trust``. Out: a ``SignatureReport``; whatever is wrong with the file is a problem in it, never an
exception. Knows nothing of what the PDF says: whether the record matches the page is checked elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from impact.errors import Exit, Fault, SignatureError
from impact.signing.belief import Belief
from impact.signing.demanded import missing_roles, role_problems
from impact.signing.dissent import words_of_dissent
from impact.signing.document import OutOfTime, empty_boxes, open_pdf, signatures_of
from impact.signing.judge import judge
from impact.signing.quiet import quiet
from impact.signing.result import SignatureCheck, SignatureReport, explain
from impact.signing.sealed import Sealed, read_sealed
from impact.signing.trust import Trust

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["SignatureCheck", "SignatureReport", "explain", "verify"]

SECONDS = 300.0  # a report of 400 pages with two signatures takes 14 (design: documents.md, section 2)
_ENDS = (b"%%EOF", b"%%EOF\n", b"%%EOF\r\n", b"%%EOF\r")


def verify(
    pdf: bytes,
    *,
    trust: Trust,
    now: datetime | None = None,
    require_revocation: bool = True,
    seconds: float = SECONDS,
) -> SignatureReport:
    """Verify the signatures of ``pdf``.

    Args:
        pdf: The whole file, at most 200 MB.
        trust: From :func:`impact.signing.trust.load_trust`.
        now: The time at which to judge; the clock by default.
        require_revocation: Whether each certificate must stand on a current revocation list. When False, lists in
            the folder still count against a certificate, and the result says that revocation was not required.
        seconds: How long reading may take.

    Returns:
        The report. ``report.verified`` is True only if every signature is intact, valid and trusted, the last one
        covers every byte, nothing but signatures came after any of them, each person signed in their own role, and
        every required role has signed.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    belief = Belief(trust, moment)
    problems: list[Fault] = []
    checks: list[SignatureCheck] = []
    unsigned: tuple[str, ...] = ()
    last_end = -1
    with quiet():
        try:
            reader = open_pdf(pdf, seconds=seconds)
            found, strange = signatures_of(reader)
            unsigned = empty_boxes(reader)
            problems += [
                _problem(f"signature “{name}”", "it is of a kind that cannot be checked", "S123") for name in strange
            ]
            checks = _judged(pdf, reader, found, belief, require_revocation=require_revocation)
            last_end = max((_end_of(signature.byte_range) for signature in found), default=-1)
        except OutOfTime:
            problems.append(_problem("PDF", f"reading took longer than {seconds:g} seconds", "S124"))
        except SignatureError as error:
            problems += [Fault(f.where, f.found, f.wanted, f.remedy, f.code, Exit.GATE) for f in error.faults]
    covers = last_end == len(pdf) and any(check.coverage == "whole file" for check in checks)
    people = [check for check in checks if check.kind == "signature"]
    if not problems:
        problems += _whole_file_problems(pdf, covers, checks, people)
    problems += role_problems(people, trust)
    return SignatureReport(
        signatures=tuple(checks),
        intact=bool(checks) and all(check.intact for check in checks),
        valid=bool(checks) and all(check.valid for check in checks),
        trusted=bool(checks) and all(check.trusted for check in checks),
        covers_whole_file=covers,
        canonical=bool(checks) and all(check.canonical for check in checks),
        required=trust.required,
        missing=missing_roles(people, trust),
        unsigned=unsigned,
        revocation_required=require_revocation,
        practice=any(check.practice for check in checks),
        checked_at=moment,
        notes=tuple(_notes(checks, belief, require_revocation)),
        problems=(*problems, *(fault for check in checks for fault in check.problems)),
    )


def _judged(
    pdf: bytes,
    reader: PdfFileReader,
    found: list[EmbeddedPdfSignature],
    belief: Belief,
    *,
    require_revocation: bool,
) -> list[SignatureCheck]:
    """Each signature. Timestamps of the document come first, the newest at the head: each tells of an earlier time, at
    which what it covers may be judged where that is no longer possible today (ETSI EN 319 102-1, 5.6)."""
    now = read_sealed(reader, reader.total_revisions - 1, belief.trust) if found else Sealed()
    sealed = Belief(belief.trust, belief.now, now) if now.tells else None
    past: list[tuple[int, Belief]] = []
    checks: dict[int, SignatureCheck] = {}
    dated = [at for at, each in enumerate(found) if str(each.sig_object_type) == "/DocTimeStamp"]
    for at in (*reversed(dated), *(each for each in range(len(found)) if each not in dated)):
        signature = found[at]
        # The earliest first: closest to the signature, its lists know most of the certificates of that time.
        covering = [earlier for revision, earlier in reversed(past) if revision > signature.signed_revision]
        check = judge(
            pdf, signature, belief=belief, require_revocation=require_revocation, past=covering, sealed=sealed
        )
        checks[at] = check
        if at in dated and not check.problems and check.timestamp is not None:
            revision = int(signature.signed_revision)
            then = read_sealed(reader, revision, belief.trust)
            past.append((revision, Belief(belief.trust, check.timestamp, then)))
    return [checks[at] for at in sorted(checks)]


def _whole_file_problems(
    pdf: bytes, covers: bool, checks: list[SignatureCheck], people: list[SignatureCheck]
) -> list[Fault]:
    if not people:
        return [_problem("PDF", "nobody has signed this file", "S105")]
    found = []
    if not pdf.endswith(_ENDS):
        found.append(_problem("PDF", "something stands after the end of the document", "S106"))
    if not covers:
        found.append(_problem("PDF", "the last signature does not cover the whole file", "S108"))
    if not checks[0].certification:
        found.append(
            _problem(
                f"signature “{checks[0].field}”",
                "the first signature does not forbid later changes (it is not a certification)",
                "S125",
            )
        )
    return found


def _notes(checks: list[SignatureCheck], belief: Belief, require_revocation: bool) -> list[str]:
    notes = []
    if any(check.practice for check in checks) or belief.trust.practice:
        notes.append("PRACTICE certificates: anyone can make them, so they prove nothing about who signed.")
    if not require_revocation:
        notes.append("REVOCATION WAS NOT REQUIRED: a certificate may have been withdrawn without this check noticing.")
    notes += [
        f"{check.role}: signed at level B-B, without a timestamp; once the certificate ends it cannot be checked."
        for check in checks
        if check.level == "B-B" and check.signer != "unknown"
    ]
    notes += [
        f"DISSENT. {check.role}, {check.signer}, does not approve: {words_of_dissent(check.reason) or 'no words'}."
        for check in checks
        if check.dissent
    ]
    notes += [
        f"{check.role}: judged as at {check.judged_at:%d %B %Y}, by lists that a timestamp of the document covers."
        for check in checks
        if check.judged_at is not None
    ]
    notes += [
        f"{check.role}: its certificate had ended when the revocation list was made, and an authority may leave such "
        "certificates out. An archive timestamp, or a list from before it ended, would tell more."
        for check in checks
        if check.late_list
    ]
    notes += [
        f"{check.role}: the certificate was revoked on {check.revoked_on:%d %B %Y}, after it signed."
        for check in checks
        if check.revoked_on is not None and check.revocation != "revoked"
    ]
    return notes


def _end_of(byte_range: object) -> int:
    try:
        numbers = [int(part) for part in byte_range]  # type: ignore[attr-defined]  # an array of a stranger's PDF
        return numbers[2] + numbers[3]
    except (TypeError, ValueError, IndexError):
        return -1


def _problem(where: str, found: str, code: str) -> Fault:
    return Fault(where, found, "", "", code, Exit.GATE)
