"""Judge one signature: is it whole, whose is it, when was it made, and what came after it?

In: the file, one of its signatures, the trust folder and the time. Out: a ``SignatureCheck`` with its problems.
Knows nothing of the other signatures, of the file's end, or of which roles are required.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from impact.errors import Exit, Fault
from impact.signing.belief import Belief
from impact.signing.certificates import fingerprint, is_practice_certificate, name_of
from impact.signing.container import container_faults
from impact.signing.document import OutOfTime, value_of
from impact.signing.policy import strict_policy
from impact.signing.quiet import wait_for
from impact.signing.result import Changes, Coverage, Revocation, SignatureCheck

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["claimed_time", "judge", "reason_of", "stated_time"]

_CLOCKS_DIFFER = timedelta(minutes=5)  # RFC 3161 services keep within a second; desktop clocks do not


def judge(pdf: bytes, signature: EmbeddedPdfSignature, *, belief: Belief, require_revocation: bool) -> SignatureCheck:
    """Judge ``signature``. A malformed one becomes a problem, never an exception.

    Raises:
        OutOfTime: When the reader's time is over.
    """
    try:
        return _judge(pdf, signature, belief, require_revocation)
    except OutOfTime:
        raise
    except Exception as error:  # a stranger's file may break pyHanko in any way
        where = _where(signature)
        problem = _problem(where, f"the signature cannot be read ({type(error).__name__})", "S109")
        return _unreadable(signature, belief, problem)


def _judge(pdf: bytes, signature: EmbeddedPdfSignature, belief: Belief, require_revocation: bool) -> SignatureCheck:
    where = _where(signature)
    of_document = str(signature.sig_object_type) == "/DocTimeStamp"
    certificate = bytes(signature.signer_cert.dump())
    stated = stated_time(signature)
    revocation_known = True
    status = _status(signature, belief, stated, of_document, revocation=True)
    if not _all_trusted(status):
        # Again without revocation: tells a missing list apart from every other reason.
        without = _status(signature, belief, stated, of_document, revocation=False)
        if _all_trusted(without) and status.revocation_details is None and not _token_revoked(status):
            revocation_known = False
            if not require_revocation:
                status = without
    token = None if of_document else status.timestamp_validity
    timestamp = status.timestamp if of_document else (token.timestamp if token is not None else None)
    timestamp_trusted = bool(status.trusted) if of_document else (None if token is None else bool(token.trusted))
    revoked = belief.revoked_at(certificate)
    moment = timestamp if timestamp is not None and timestamp_trusted else belief.now
    is_revoked = status.revocation_details is not None or (revoked is not None and revoked <= moment)
    trusted = bool(status.trusted) and timestamp_trusted is not False and not is_revoked
    revocation: Revocation = "revoked" if is_revoked else "checked" if revocation_known else "not checked"
    coverage = _coverage(signature)
    changes = _changes(signature)
    container = container_faults(pdf, signature, known=(*belief.trust.roots, *belief.trust.intermediates))
    role = belief.trust.role(signature.field_name)
    own = fingerprint(certificate)

    problems = []
    if not status.intact:
        problems.append(_problem(where, "what was signed has been changed", "S110"))
    if not status.valid:
        problems.append(_problem(where, "the signature does not belong to its certificate", "S111"))
    if is_revoked:
        day = f" on {revoked:%d %B %Y}" if revoked is not None else ""
        problems.append(_problem(where, f"the certificate was revoked{day}", "S113"))
    elif not revocation_known and require_revocation:
        problems.append(_problem(where, _why_unknown(belief), "S114", "Put a current revocation list in the folder"))
    elif status.intact and status.valid and not status.trusted:
        problems.append(_why_untrusted(where, status, certificate, moment))
    problems += _timestamp_problems(where, of_document, timestamp, timestamp_trusted, belief, revocation_known)
    if coverage == "part":
        problems.append(_problem(where, "it does not cover all that stood in the file when it was made", "S108"))
    if changes == "other" and coverage != "part":
        problems.append(_problem(where, _what_changed(signature), "S118"))
    problems += [_problem(where, f"its container is not canonical: {text}", "S107") for text in container]
    if not of_document:
        problems += _role_problems(where, role, own, belief)
    return SignatureCheck(
        field=signature.field_name,
        role=role.label if role else signature.field_name,
        kind="timestamp" if of_document else "signature",
        level="B-T" if timestamp is not None else "B-B",
        signer=name_of(certificate),
        fingerprint=own,
        practice=is_practice_certificate(certificate),
        reason=reason_of(signature),
        time_claimed=claimed_time(signature),
        timestamp=timestamp.astimezone(UTC) if timestamp is not None else None,
        timestamp_trusted=timestamp_trusted,
        timestamp_authority=_authority(status if of_document else token),
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=trusted,
        revocation=revocation,
        revoked_on=revoked,
        coverage=coverage,
        later_changes=changes,
        canonical=not container,
        certification=_certifies(signature),
        problems=tuple(problems),
    )


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


def stated_time(signature: EmbeddedPdfSignature) -> datetime | None:
    """The time in the timestamp token, which nobody has checked yet."""
    attributes = signature.signer_info["unsigned_attrs"]
    for attribute in attributes or ():
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
            stated = token["gen_time"].native
            return stated if isinstance(stated, datetime) else None
    return None


def _all_trusted(status: Any) -> bool:
    token = getattr(status, "timestamp_validity", None)
    return bool(status.trusted) and (token is None or bool(token.trusted))


def _token_revoked(status: Any) -> bool:
    token = getattr(status, "timestamp_validity", None)
    return token is not None and token.revocation_details is not None


def _coverage(signature: EmbeddedPdfSignature) -> Coverage:
    name = signature.coverage.name if signature.coverage is not None else ""
    return "whole file" if name == "ENTIRE_FILE" else "revision" if name == "ENTIRE_REVISION" else "part"


def _changes(signature: EmbeddedPdfSignature) -> Changes:
    level = getattr(getattr(signature.diff_result, "modification_level", None), "name", "OTHER")
    return "none" if level == "NONE" else "signatures only" if level in ("LTA_UPDATES", "FORM_FILLING") else "other"


def _what_changed(signature: EmbeddedPdfSignature) -> str:
    # pyHanko's sentence names objects of the PDF, never what stands in them; the first line is enough.
    detail = str(signature.diff_result).strip().split("\n")[0][:200].rstrip(".")
    return f"the file was changed after this signature ({detail})"


def _why_unknown(belief: Belief) -> str:
    ended = ", ".join(f"{each.source} was due for renewal on {each.due:%d %B %Y}" for each in belief.stale)
    return "whether its certificate or its timestamp was revoked is not known" + (f" ({ended})" if ended else "")


def _why_untrusted(where: str, status: Any, certificate: bytes, moment: datetime) -> Fault:
    from impact.signing.certificates import period_of

    begin, end = period_of(certificate)
    if not begin <= moment <= end:
        which = f"ended on {end:%d %B %Y}" if moment > end else f"begins on {begin:%d %B %Y}"
        return _problem(where, f"the certificate was not valid at the time: it {which}", "S115")
    reason = getattr(status.trust_problem_indic, "name", "") or "UNKNOWN"
    words = {
        "NO_CERTIFICATE_CHAIN_FOUND": "its certificate does not lead to a root in the trust folder",
        "CHAIN_CONSTRAINTS_FAILURE": "its certificate may not be used to sign documents",
        "CRYPTO_CONSTRAINTS_FAILURE": "it uses an algorithm that is no longer safe",
    }
    return _problem(where, words.get(reason, f"its certificate is not trusted ({reason})"), "S112")


def _timestamp_problems(
    where: str,
    of_document: bool,
    timestamp: datetime | None,
    trusted: bool | None,
    belief: Belief,
    revocation_known: bool,
) -> list[Fault]:
    if timestamp is None:
        if not belief.trust.timestamp_required:
            return []
        return [_problem(where, "there is no timestamp, so nobody but the signer says when it was made", "S116")]
    found = []
    if not trusted and not of_document and revocation_known:
        found.append(_problem(where, "its timestamp is not from a trusted service, or was changed", "S117"))
    if timestamp > belief.now + _CLOCKS_DIFFER:
        found.append(_problem(where, "its timestamp lies in the future", "S119", "Check the clock of this machine"))
    return found


def _role_problems(where: str, role: Any, own: str, belief: Belief) -> list[Fault]:
    if role is None:
        return [_problem(where, "nobody is listed for this role in roles.yaml", "S121", "Add the role, if it is known")]
    if own in role.certificates:
        return []
    others = [each.label for each in belief.trust.roles if own in each.certificates]
    who = f"the certificate is that of another role: {', '.join(others)}" if others else "the certificate is not listed"
    return [_problem(where, f"this person may not sign in this role ({who})", "S120")]


def _certifies(signature: EmbeddedPdfSignature) -> bool:
    level = signature.docmdp_level
    references = value_of(signature.sig_object, "/Reference") or ()
    return level is not None and any(
        value_of(each.get_object(), "/TransformMethod") == "/DocMDP" for each in references
    )


def reason_of(signature: EmbeddedPdfSignature) -> str | None:
    text = value_of(signature.sig_object, "/Reason")
    return str(text) if text is not None else None


def claimed_time(signature: EmbeddedPdfSignature) -> datetime | None:
    when = signature.self_reported_timestamp
    return when.astimezone(UTC) if when is not None and when.tzinfo is not None else None


def _authority(status: Any) -> str | None:
    return name_of(bytes(status.signing_cert.dump())) if status is not None else None


def _where(signature: EmbeddedPdfSignature) -> str:
    return f"signature “{signature.field_name}”"


def _problem(where: str, found: str, code: str, remedy: str = "") -> Fault:
    return Fault(where, found, "", remedy, code, Exit.GATE)


def _unreadable(signature: EmbeddedPdfSignature, belief: Belief, problem: Fault) -> SignatureCheck:
    role = belief.trust.role(signature.field_name)
    return SignatureCheck(
        field=signature.field_name,
        role=role.label if role else signature.field_name,
        kind="signature",
        level="B-B",
        signer="unknown",
        fingerprint="unknown",
        practice=False,
        reason=None,
        time_claimed=None,
        timestamp=None,
        timestamp_trusted=None,
        timestamp_authority=None,
        intact=False,
        valid=False,
        trusted=False,
        revocation="not checked",
        revoked_on=None,
        coverage="part",
        later_changes="other",
        canonical=False,
        certification=False,
        problems=(problem,),
    )
