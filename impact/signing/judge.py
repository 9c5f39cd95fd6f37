"""Judge one signature: is it whole, whose is it, when was it made, and what came after it?

In: the file, one of its signatures, what the reader believes and of when. Out: a ``SignatureCheck``, with problems.
Knows nothing of the other signatures, of the file's end, or of which roles are required.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from impact.errors import Exit, Fault
from impact.signing.belief import Belief
from impact.signing.certificates import fingerprint, is_practice_certificate, name_of
from impact.signing.container import container_faults
from impact.signing.dissent import dissents, is_dissent_box
from impact.signing.document import OutOfTime, value_of
from impact.signing.result import Changes, Coverage, Revocation, SignatureCheck
from impact.signing.roles import LEVELS, Role, family
from impact.signing.verdict import Verdict, has_ended, level_of, verdict_of

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["claimed_time", "judge", "reason_of"]

_CLOCKS_DIFFER = timedelta(minutes=5)  # RFC 3161 services keep within a second; desktop clocks do not


def judge(
    pdf: bytes,
    signature: EmbeddedPdfSignature,
    *,
    belief: Belief,
    require_revocation: bool,
    past: Sequence[Belief] = (),
    sealed: Belief | None = None,
) -> SignatureCheck:
    """Judge ``signature``. A malformed one becomes a problem, never an exception.

    Args:
        pdf: The whole file.
        signature: One of its signatures.
        belief: The reader's, of the present.
        require_revocation: Whether each certificate must stand on a current list.
        past: Beliefs of earlier moments, oldest first: those of trusted timestamps of the document that cover it. The
            signature is judged under them where a certificate has ended since.
        sealed: A belief with what stands in the document's store now; None where there is none.

    Raises:
        OutOfTime: When the reader's time is over.
    """
    try:
        return _judge(pdf, signature, belief, require_revocation, past, sealed)
    except OutOfTime:
        raise
    except Exception as error:  # a stranger's file may break pyHanko in any way
        where = _where(signature)
        problem = _problem(where, f"the signature cannot be read ({type(error).__name__})", "S109")
        return _unreadable(signature, belief, problem)


def _judge(
    pdf: bytes,
    signature: EmbeddedPdfSignature,
    belief: Belief,
    require_revocation: bool,
    past: Sequence[Belief],
    sealed: Belief | None,
) -> SignatureCheck:
    where = _where(signature)
    of_document = str(signature.sig_object_type) == "/DocTimeStamp"
    certificate = bytes(signature.signer_cert.dump())
    found = _best(signature, (belief, *past), of_document, require_revocation)
    status = found.status
    token = None if of_document else status.timestamp_validity
    revocation: Revocation = "revoked" if found.is_revoked else "checked" if found.revocation_known else "not checked"
    coverage = _coverage(signature)
    changes = _changes(signature)
    container = container_faults(pdf, signature, known=(*belief.trust.roots, *belief.trust.intermediates))
    role = belief.trust.role(signature.field_name)
    own = fingerprint(certificate)
    reason = reason_of(signature)

    problems = []
    if not status.intact:
        problems.append(_problem(where, "what was signed has been changed", "S110"))
    if not status.valid:
        problems.append(_problem(where, "the signature does not belong to its certificate", "S111"))
    if found.is_revoked:
        day = f" on {found.revoked:%d %B %Y}" if found.revoked is not None else ""
        problems.append(_problem(where, f"the certificate was revoked{day}", "S113"))
    elif not found.revocation_known and require_revocation:
        problems.append(_unknown(where, found))
    elif status.intact and status.valid and not status.trusted:
        problems.append(_why_untrusted(where, status, certificate, found.moment))
    problems += _timestamp_problems(where, of_document, found)
    if coverage == "part":
        problems.append(_problem(where, "it does not cover all that stood in the file when it was made", "S108"))
    if changes == "other" and coverage != "part":
        problems.append(_problem(where, _what_changed(signature), "S118"))
    problems += [_problem(where, f"its container is not canonical: {text}", "S107") for text in container]
    level = "B-T" if found.timestamp is not None else "B-B"
    if not of_document:
        problems += _role_problems(where, role, own, belief)
        level = level_of(signature, present=belief, past=past, sealed=sealed)
        if LEVELS.index(level) < LEVELS.index(belief.trust.level):
            said = f"its level is {level}, and your folder demands {belief.trust.level}"
            problems.append(_problem(where, said, "S147", "Ask for the file with its archive timestamp"))
    return SignatureCheck(
        field=signature.field_name,
        role=_label(role, signature.field_name),
        kind="timestamp" if of_document else "signature",
        level=level,
        signer=name_of(certificate),
        fingerprint=own,
        practice=is_practice_certificate(certificate),
        reason=reason,
        dissent=not of_document and dissents(signature.field_name, reason),
        time_claimed=claimed_time(signature),
        timestamp=found.timestamp.astimezone(UTC) if found.timestamp is not None else None,
        timestamp_trusted=found.timestamp_trusted,
        timestamp_authority=_authority(status if of_document else token),
        judged_at=found.belief.now if found.belief is not belief else None,
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=found.trusted,
        revocation=revocation,
        revoked_on=found.revoked,
        late_list=found.late_list,
        coverage=coverage,
        later_changes=changes,
        canonical=not container,
        certification=_certifies(signature),
        problems=tuple(problems),
    )


def _best(
    signature: EmbeddedPdfSignature, beliefs: Sequence[Belief], of_document: bool, require_revocation: bool
) -> Verdict:
    """The first belief under which it holds; where none does, one that knows of a revocation, else the present.

    The present alone decides while certificates last: whoever made the file does not choose what the reader knows of
    revocations.
    """
    present, *past = beliefs
    first = verdict_of(signature, present, of_document=of_document, require_revocation=require_revocation)
    if first.holds(require_revocation=require_revocation) or not has_ended(signature, present.now):
        return first
    earlier = []
    for belief in past:
        found = verdict_of(signature, belief, of_document=of_document, require_revocation=require_revocation)
        if found.holds(require_revocation=require_revocation):
            return found
        earlier.append(found)
    return next((each for each in earlier if each.is_revoked), first)


def _label(role: Role | None, box: str) -> str:
    """The role in words; with the number of its box, where the role has several."""
    if role is None or role.name == box:
        return role.label if role else box
    return f"{role.label} {box.removeprefix(family(box))}".strip()


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


def _unknown(where: str, found: Verdict) -> Fault:
    said = [f"{each.source} was due for renewal on {each.due:%d %B %Y}" for each in found.belief.stale]
    said += list(dict.fromkeys(map(str, found.lacking)))
    words = "whether its certificate or its timestamp was revoked is not known"
    words += f" ({'; '.join(said)})" if said else ""
    remedy = "Put a current revocation list in the folder"
    if any(each.responder for each in found.lacking):
        remedy += ", or an answer of the responder (*.ors), for which “impact revocations” asks"
    return _problem(where, words, "S114", remedy)


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


def _timestamp_problems(where: str, of_document: bool, found: Verdict) -> list[Fault]:
    if found.timestamp is None:
        if not found.belief.trust.timestamp_required:
            return []
        return [_problem(where, "there is no timestamp, so nobody but the signer says when it was made", "S116")]
    problems = []
    if not found.timestamp_trusted and not of_document and found.revocation_known:
        problems.append(_problem(where, "its timestamp is not from a trusted service, or was changed", "S117"))
    if found.timestamp > found.belief.now + _CLOCKS_DIFFER:
        problems.append(_problem(where, "its timestamp lies in the future", "S119", "Check the clock of this machine"))
    return problems


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
        role=_label(role, signature.field_name),
        kind="signature",
        level="B-B",
        signer="unknown",
        fingerprint="unknown",
        practice=False,
        reason=None,
        dissent=is_dissent_box(signature.field_name),
        time_claimed=None,
        timestamp=None,
        timestamp_trusted=None,
        timestamp_authority=None,
        judged_at=None,
        intact=False,
        valid=False,
        trusted=False,
        revocation="not checked",
        revoked_on=None,
        late_list=False,
        coverage="part",
        later_changes="other",
        canonical=False,
        certification=False,
        problems=(problem,),
    )
