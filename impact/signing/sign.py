"""Sign a PDF in the box that the report made for a role.

In: bytes of a PDF with empty signature fields, a signer, a role, the time. Out: the same bytes with a revision or two
appended, so that a signed file begins with the unsigned one. The first signature certifies (later ones may only sign),
the others approve, and one in a box for a dissent says that its signer does not. Knows nothing of what the PDF says.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, SignatureError
from impact.signing.appearance import stamp_style
from impact.signing.archive import dated, time_chain
from impact.signing.cms import DIGEST, cms_signer, cms_timestamper
from impact.signing.dissent import dissents, is_dissent_box, reason_of_dissent
from impact.signing.document import open_pdf
from impact.signing.earlier import check_earlier
from impact.signing.evidence import Chain, Evidence, gather
from impact.signing.quiet import quiet
from impact.signing.responder import Ask
from impact.signing.roles import belongs
from impact.signing.signer import Signer, Timestamper, check_usable, is_practice
from impact.signing.trust import Authorities
from impact.signing.writer import append
from impact.yamlfile import nearest

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["fields_of", "sign"]

_MAX_REASON = 200  # more does not fit the box at a size that can be read


def sign(
    pdf: bytes,
    *,
    signer: Signer,
    role: str,
    reason: str | None = None,
    timestamper: Timestamper | None = None,
    now: datetime | None = None,
    level: str | None = None,
    authorities: Authorities | None = None,
    statement: bytes | None = None,
    ask: Ask | None = None,
) -> bytes:
    """Sign in the box of ``role``.

    Args:
        pdf: A PDF with an empty signature field for ``role``; earlier signatures are kept.
        signer: From :func:`impact.signing.signer.load_signer`.
        role: Name of the field: ``Assessor``, ``DPO``, ``SRO`` or ``Oversight`` in our reports; or of several, of
            which the first that is empty is taken (``Panel`` of Panel1, Panel2 …, ``Dissent``).
        reason: One line, shown in the box and signed; at most 200 characters. In a box for a dissent: why.
        timestamper: What states the time. With it the signature is PAdES B-T, which can be checked after the
            certificate has ended; without it PAdES B-B, and ``verify`` says so.
        now: The time that the signer claims, and of a local timestamp; the clock by default.
        level: B-B, B-T, B-LT or B-LTA; by default B-T with a timestamper and B-B without. B-LT embeds certificates and
            revocation lists under the signature, B-LTA adds a timestamp of the whole document.
        authorities: Where those come from, for B-LT and B-LTA; from :func:`impact.signing.trust.load_authorities`.
        statement: Bytes of a statement, whose digest is signed with a dissent.
        ask: For B-LT and B-LTA, asks the responders of certificates on which ``authorities`` have nothing
            (:func:`impact.signing.responder.asker`); None asks nobody.

    Raises:
        SignatureError: S101 to S104 the PDF cannot be read, S021 no field for this role, S022 the role has signed,
            S024 the file was changed after an earlier signature, S025 the reason is too long, S015 and S016 the
            certificate cannot be used, S018 the timestamp service gave no usable answer, S026 signing failed, S140 the
            level needs a timestamp or authorities, S141 something is missing for it, S143 a dissent without words,
            S144 words of a dissent in a box that approves, S150 to S157 of a token, S159 and S160 a responder gave no
            answer that counts.
    """
    when = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    chosen = level or ("B-T" if timestamper else "B-B")
    _check_level(chosen, timestamper, authorities)
    check_usable(signer, now=when)
    _check_reason(reason)
    with quiet():
        reader = open_pdf(pdf)
        box = _box_of(reader, role)
        said = _said(box, reason, statement)
        first = not check_earlier(pdf, reader)
        stamper = None if chosen == "B-B" else cms_timestamper(timestamper, when)
        evidence = None
        if authorities is not None and chosen in ("B-LT", "B-LTA"):
            chains = [Chain(signer.certificate, signer.issuers), time_chain(stamper)]
            evidence = gather(chains, authorities, now=when, ask=ask)
        with cms_signer(signer) as cms:
            signed = _append(pdf, signer, cms, box, said, stamper, evidence, when, first)
        if signer.token is not None:
            _check_own(signed, signer)
        return dated(signed, stamper) if chosen == "B-LTA" else signed


def _check_level(level: str, timestamper: Timestamper | None, authorities: Authorities | None) -> None:
    if level != "B-B" and timestamper is None:
        found, remedy = "no timestamp service is named", "Name one with --timestamp, or in impact.toml"
        raise SignatureError(
            Fault(f"level {level}", found, "a time that somebody else states", f"{remedy}; or sign B-B", "S140")
        )
    if level in ("B-LT", "B-LTA") and authorities is None:
        found, remedy = "no revocation lists are given", "Name a folder of roots and lists with --trust"
        raise SignatureError(Fault(f"level {level}", found, "what a reader needs years later", remedy, "S140"))


def _check_reason(reason: str | None) -> None:
    if reason is not None and (len(reason) > _MAX_REASON or not reason.isprintable()):
        raise SignatureError(
            Fault(
                "--reason", "too long, or not one line of text", f"at most {_MAX_REASON} characters", "Cut it", "S025"
            )
        )


def _said(box: str, reason: str | None, statement: bytes | None) -> str | None:
    """The reason as it is signed. What is a dissent and what is not must be plain from both, box and words."""
    if is_dissent_box(box):
        return reason_of_dissent(reason, statement)
    if statement is not None or dissents(box, reason):
        found = "a statement is given" if statement is not None else "the reason begins like a dissent"
        remedy = "Sign in a box for a dissent (--role Dissent), or leave it out"
        raise SignatureError(Fault(f"role “{box}”", found, "words of somebody who approves", remedy, "S144"))
    return reason


def _check_own(signed: bytes, signer: Signer) -> None:
    """A token signs with whatever key bears the label: does it belong to the certificate?"""
    try:
        check_earlier(signed, open_pdf(signed))
    except SignatureError:
        raise SignatureError(
            Fault(signer.source, "the key does not belong to the certificate", "a pair", "Name another object", "S013")
        ) from None


def fields_of(pdf: bytes) -> dict[str, bool]:
    """Names of the signature fields, in the order of the document, and whether each is signed.

    Raises:
        SignatureError: S101 to S104, when the PDF cannot be read.
    """
    with quiet():
        return _fields(open_pdf(pdf))


def _fields(reader: PdfFileReader) -> dict[str, bool]:
    from pyhanko.sign.fields import enumerate_sig_fields

    try:
        return {str(name): value is not None for name, value, _ in enumerate_sig_fields(reader)}
    except Exception as error:  # a stranger's file may break pyHanko in any way
        raise SignatureError(
            Fault("PDF", f"its form cannot be read ({type(error).__name__})", "", "Make the report again", "S101")
        ) from None


def _box_of(reader: PdfFileReader, role: str) -> str:
    """The box with this name, or the first of several that is empty."""
    fields = _fields(reader)
    several = [box for box in fields if belongs(box, role)]
    if role not in fields and not several:
        near = nearest(role, fields)
        remedy = f"Did you mean “{near}”?" if near else "Make the report again with a place for this role"
        wanted = "one of: " + ", ".join(fields) if fields else "a report made by impact, which has such fields"
        raise SignatureError(Fault(f"role “{role}”", "the PDF has no signature field for it", wanted, remedy, "S021"))
    empty = [box for box in ([role] if role in fields else several) if not fields[box]]
    if not empty:
        raise SignatureError(
            Fault(
                f"role “{role}”",
                "this role has signed already",
                "an empty field",
                "Choose another role, or make the report again",
                "S022",
            )
        )
    return empty[0]


def _append(
    pdf: bytes,
    who: Signer,
    cms: Any,
    box: str,
    reason: str | None,
    stamper: Any,
    evidence: Evidence | None,
    when: datetime,
    first: bool,
) -> bytes:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    class AtTime(PdfSigner):
        """pyHanko reads the machine's clock here; our time is an argument."""

        def init_signing_session(self, *args: Any, **named: Any) -> Any:
            session = super().init_signing_session(*args, **named)
            session.system_time = when
            return session

    metadata = PdfSignatureMetadata(
        field_name=box,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        certify=first,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    work = AtTime(
        metadata,
        signer=cms,
        timestamper=stamper,
        stamp_style=stamp_style(name=who.name, role=box, reason=reason, practice=is_practice(who)),
    )

    def known(error: Exception) -> SignatureError | None:
        if who.token is None:
            return None
        from impact.signing.token import token_fault

        return token_fault(who.token, error)

    def add(writer: Any, out: io.BytesIO) -> Any:
        return work.async_sign_pdf(writer, existing_fields_only=True, output=out)

    return append(pdf, add, doing="signing", evidence=evidence, known=known)
