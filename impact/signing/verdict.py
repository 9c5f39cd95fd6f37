"""What pyHanko says of one signature under one belief, and how much of what a later reader needs stands in the file.

In: a signature and a ``Belief``. Out: a frozen ``Verdict``; a level. Words for people are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from impact.signing.belief import Belief
from impact.signing.gaps import Gap, gaps
from impact.signing.policy import strict_policy
from impact.signing.quiet import wait_for

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["Verdict", "has_ended", "level_of", "stated_time", "verdict_of"]


@dataclass(frozen=True)
class Verdict:
    """One signature under one belief.

    Attributes:
        status: pyHanko's own.
        belief: Under which it was reached.
        timestamp: The time that its token states, or its own if it is one of the document.
        timestamp_trusted: Whether that time is to be believed; None without one.
        moment: The time at which its certificate was judged.
        revocation_known: Whether a current list or answer tells of each certificate.
        revoked: When one says that its certificate was revoked, be it before or after it signed.
        is_revoked: Its certificate, or one above it, had been revoked when it was used.
        late_list: It was found not to be revoked by lists and answers alone that were made after it had ended.
        lacking: The certificates of which it is not known.
    """

    status: Any
    belief: Belief
    timestamp: datetime | None
    timestamp_trusted: bool | None
    moment: datetime
    revocation_known: bool
    revoked: datetime | None
    is_revoked: bool
    late_list: bool
    lacking: tuple[Gap, ...] = ()

    @property
    def trusted(self) -> bool:
        return bool(self.status.trusted) and self.timestamp_trusted is not False and not self.is_revoked

    def holds(self, *, require_revocation: bool) -> bool:
        return self.trusted and (self.revocation_known or not require_revocation)


def verdict_of(
    signature: EmbeddedPdfSignature, belief: Belief, *, of_document: bool, require_revocation: bool
) -> Verdict:
    """Judge ``signature`` under ``belief``; raises whatever pyHanko raises on a malformed one."""
    stated = None if of_document else stated_time(signature)
    lacking: list[Gap] = []
    known = True
    path = status = _status(signature, belief, stated, of_document, revocation=True)
    if not _all_trusted(status):
        # Again without revocation: tells a missing list apart from every other reason.
        without = _status(signature, belief, stated, of_document, revocation=False)
        if _all_trusted(without) and status.revocation_details is None and not _token_revoked(status):
            path = without
            lacking = gaps(without, belief, moment=stated)
            known = bool(belief.responses) and not lacking  # pyHanko has looked at lists alone
            if known or not require_revocation:
                status = without
    token = None if of_document else status.timestamp_validity
    timestamp = status.timestamp if of_document else (token.timestamp if token is not None else None)
    trusted = bool(status.trusted) if of_document else (None if token is None else bool(token.trusted))
    # A timestamp of the document does not speak for its own certificate: that is judged at the time of the belief.
    moment = timestamp if timestamp is not None and trusted and not of_document else belief.now
    revoked = belief.revoked_at(bytes(signature.signer_cert.dump()))
    gone = belief.revoked_at(*_path(path))
    gone_then = gone is not None and gone <= moment
    token_gone = belief.revoked_at(*_path(path.timestamp_validity)) if token is not None else None
    if token_gone is not None and token_gone <= belief.now:
        trusted, moment, gone_then = False, belief.now, gone is not None and gone <= belief.now
    return Verdict(
        status=status,
        belief=belief,
        timestamp=timestamp,
        timestamp_trusted=trusted,
        moment=moment,
        revocation_known=known,
        revoked=revoked,
        is_revoked=status.revocation_details is not None or gone_then or (revoked is not None and revoked <= moment),
        late_list=known and bool(status.trusted) and _only_late(signature, belief),
        lacking=tuple(lacking),
    )


def _only_late(signature: EmbeddedPdfSignature, belief: Belief) -> bool:
    from cryptography import x509

    data = bytes(signature.signer_cert.dump())
    certificate = x509.load_der_x509_certificate(data)
    issuer = certificate.issuer.rfc4514_string()
    made = [each.made for each in belief.current if each.issuer == issuer]
    made += [each.made for each in belief.about(data) if each.speaks_at(belief.now)]
    return bool(made) and min(made) > certificate.not_valid_after_utc


def level_of(signature: EmbeddedPdfSignature, *, present: Belief, past: Sequence[Belief], sealed: Belief | None) -> str:
    """The PAdES level that the signature has reached (ETSI EN 319 142-1), shown and not only claimed.

    Args:
        signature: Of a person.
        present: The reader's belief.
        past: Beliefs of earlier moments, of timestamps of the document that cover the signature and are trusted.
        sealed: A belief with what stands in the document's store now; None where there is none.

    Returns:
        B-LTA where one of ``past`` suffices without the reader's lists; B-LT where what stands in the store does;
        B-T with a timestamp of its own, else B-B.
    """
    stated = stated_time(signature)
    if stated is None:
        return "B-B"
    if any(_suffices(signature, each) for each in past):
        return "B-LTA"
    if sealed is not None:
        for moment in (stated, present.now):
            if _suffices(signature, replace(sealed, now=moment)):
                return "B-LT"
    return "B-T"


def has_ended(signature: EmbeddedPdfSignature, now: datetime) -> bool:
    """Whether a certificate that it brings, or that its timestamp brings, has ended by ``now``.

    Until then its authority keeps lists, which the reader can fetch; afterwards it may leave it out of them.
    """
    from pyhanko.sign.general import extract_certificate_info

    certificates = [signature.signer_cert, *signature.other_embedded_certs]
    token = _token(signature)
    if token is not None:
        found = extract_certificate_info(token)
        certificates += [found.signer_cert, *found.other_certs]
    return any(each.not_valid_after < now for each in certificates)


def stated_time(signature: EmbeddedPdfSignature) -> datetime | None:
    """The time in the timestamp token, which nobody has checked yet."""
    token = _token(signature)
    stated = token["encap_content_info"]["content"].parsed["gen_time"].native if token is not None else None
    return stated if isinstance(stated, datetime) else None


def _token(signature: EmbeddedPdfSignature) -> Any:
    """The signed data of the signature's timestamp, or None."""
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0]["content"]
    return None


def _suffices(signature: EmbeddedPdfSignature, belief: Belief) -> bool:
    if belief.sealed is None or not belief.sealed.tells:
        return False
    found = verdict_of(signature, belief.alone(), of_document=False, require_revocation=True)
    return found.holds(require_revocation=True)


def _status(
    signature: EmbeddedPdfSignature, belief: Belief, stated: datetime | None, of_document: bool, *, revocation: bool
) -> Any:
    """pyHanko's verdict. The signer is judged at the stated time, which counts only if its timestamp is trusted."""
    from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    again = signature.diff_result is not None
    if of_document:
        return wait_for(
            async_validate_pdf_timestamp(
                signature, belief.context(revocation=revocation), diff_policy=strict_policy(), skip_diff=again
            )
        )
    return wait_for(
        async_validate_pdf_signature(
            signature,
            signer_validation_context=belief.context(moment=stated, revocation=revocation),
            ts_validation_context=belief.context(revocation=revocation),
            diff_policy=strict_policy(),
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
            skip_diff=again,
        )
    )


def _all_trusted(status: Any) -> bool:
    token = getattr(status, "timestamp_validity", None)
    return bool(status.trusted) and (token is None or bool(token.trusted))


def _token_revoked(status: Any) -> bool:
    token = getattr(status, "timestamp_validity", None)
    return token is not None and token.revocation_details is not None


def _path(status: Any) -> list[bytes]:
    """Certificates below the root, where a chain was found."""
    path = getattr(status, "validation_path", None)
    return [bytes(each.dump()) for each in path.iter_certs(include_root=False)] if path is not None else []
