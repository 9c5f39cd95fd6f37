"""What verifying found: frozen, in plain words, and as JSON.

In: what was found about each signature. Out: ``SignatureReport``. Knows nothing of how it was found, nor of records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from impact.errors import Fault

__all__ = ["SignatureCheck", "SignatureReport", "explain"]

Coverage = Literal["whole file", "revision", "part"]
Changes = Literal["none", "signatures only", "other"]
Revocation = Literal["checked", "revoked", "not checked"]


@dataclass(frozen=True, kw_only=True)
class SignatureCheck:
    """What holds for one signature.

    Attributes:
        field: Name of the field, which is the role.
        role: Label of the role from roles.yaml; the field's name where it is not listed.
        kind: ``signature`` of a person, or ``timestamp`` of the document (archiving).
        level: ``B-B`` with the signer's word only, ``B-T`` with a time from a timestamp service, ``B-LT`` where also
            what is needed to judge it later stands in the file, ``B-LTA`` where a trusted timestamp of the document
            covers that. A timestamp of the document has ``B-T``.
        signer: Name in the certificate.
        fingerprint: SHA-256 of the certificate.
        practice: The certificate is marked as practice.
        reason: What the signer gave as reason.
        dissent: It says that the signer does not approve. It meets no requirement.
        time_claimed: The time by the signer's own clock.
        timestamp: The time by the timestamp service; None without one.
        timestamp_trusted: Whether that service is trusted and its token whole; None without one.
        timestamp_authority: Name of that service.
        judged_at: The earlier time as at which it was judged, of which a timestamp of the document tells; None where it
            could be judged at present.
        intact: What is signed has not changed (the digests agree).
        valid: The signature belongs to the key in the certificate.
        trusted: The certificate leads to a root in the trust folder and was usable at the time of signing.
        revocation: ``checked`` against a current list, ``revoked`` at that time, or ``not checked``.
        revoked_on: When a revocation list says it was revoked, be it before or after the signature; None if never.
        late_list: The list that tells was made after the certificate had ended; such lists may leave it out.
        coverage: ``whole file``; ``revision``: all that stood in the file at the time; ``part``: less.
        later_changes: What was appended after it: ``none``, ``signatures only`` (and what archiving adds), ``other``.
        canonical: Its container is in the one form in which no byte can change unseen.
        certification: It is the signature that forbids changes other than further signatures.
        problems: Each thing that is wrong; none is the wanted answer.
    """

    field: str
    role: str
    kind: Literal["signature", "timestamp"]
    level: str
    signer: str
    fingerprint: str
    practice: bool
    reason: str | None
    dissent: bool
    time_claimed: datetime | None
    timestamp: datetime | None
    timestamp_trusted: bool | None
    timestamp_authority: str | None
    judged_at: datetime | None
    intact: bool
    valid: bool
    trusted: bool
    revocation: Revocation
    revoked_on: datetime | None
    late_list: bool
    coverage: Coverage
    later_changes: Changes
    canonical: bool
    certification: bool
    problems: tuple[Fault, ...]

    def to_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["time_claimed"] = _text(self.time_claimed)
        plain["timestamp"] = _text(self.timestamp)
        plain["judged_at"] = _text(self.judged_at)
        plain["revoked_on"] = _text(self.revoked_on)
        plain["problems"] = [fault.to_json() for fault in self.problems]
        return plain


@dataclass(frozen=True, kw_only=True)
class SignatureReport:
    """What holds for the file.

    Attributes:
        signatures: In the order in which they were made.
        intact, valid, trusted: True where each signature is so, and there is one.
        covers_whole_file: The last signature covers every byte of the file but its own container.
        canonical: Every container is in its one form.
        required: Roles that must have signed.
        missing: Those of them that have not, or whose signature has a problem, or is a dissent.
        unsigned: Boxes in which nobody has signed. Whether somebody had, and was cut off, a file cannot say.
        revocation_required: Whether a current revocation list was demanded.
        practice: A certificate marked as practice was used.
        checked_at: The time at which the file was judged.
        notes: What a reader should know, though it is not wrong.
        problems: Of the file and of all its signatures.
    """

    signatures: tuple[SignatureCheck, ...]
    intact: bool
    valid: bool
    trusted: bool
    covers_whole_file: bool
    canonical: bool
    required: tuple[str, ...]
    missing: tuple[str, ...]
    unsigned: tuple[str, ...]
    revocation_required: bool
    practice: bool
    checked_at: datetime
    notes: tuple[str, ...]
    problems: tuple[Fault, ...]

    @property
    def verified(self) -> bool:
        """Whether everything holds. When False, ``impact verify`` exits with status 1."""
        return (
            not self.problems
            and self.intact
            and self.valid
            and self.trusted
            and self.covers_whole_file
            and self.canonical
            and not self.missing
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``--json`` (schema ``impact/signatures/1``)."""
        return {
            "schema": "impact/signatures/1",
            "verified": self.verified,
            "intact": self.intact,
            "valid": self.valid,
            "trusted": self.trusted,
            "covers_whole_file": self.covers_whole_file,
            "canonical": self.canonical,
            "required": list(self.required),
            "missing": list(self.missing),
            "dissents": [each.field for each in self.signatures if each.dissent],
            "unsigned": list(self.unsigned),
            "revocation_required": self.revocation_required,
            "practice": self.practice,
            "checked_at": _text(self.checked_at),
            "signatures": [each.to_json() for each in self.signatures],
            "notes": list(self.notes),
            "problems": [fault.to_json() for fault in self.problems],
        }


def explain(report: SignatureReport) -> list[str]:
    """The result in plain words, one sentence or finding on each line."""
    lines = []
    for each in report.signatures:
        lines += _explain_one(each)
    if not report.signatures:
        lines.append("No signature could be read in this file.")
    lines.append(_line("intact", report.intact, "what was signed has not changed", "what was signed has changed"))
    lines.append(_line("valid", report.valid, "each signature belongs to its certificate", "a signature is false"))
    lines.append(
        _line("trusted", report.trusted, "each signer leads to a root you trust", "a signer or a time is not trusted")
    )
    lines.append(
        _line(
            "covers the whole file",
            report.covers_whole_file and report.canonical,
            "no byte of the file can change unseen",
            "bytes of the file are not protected",
        )
    )
    have = [role for role in report.required if role not in report.missing]
    lines.append(
        _line(
            "required roles signed",
            not report.missing,
            ", ".join(have) or "none is required",
            "missing: " + ", ".join(report.missing),
        )
    )
    if report.unsigned:
        boxes = ", ".join(report.unsigned)
        lines.append(f"boxes without a signature: {boxes} (a file cannot say whether one was cut off)")
    lines += [f"Note: {note}" for note in report.notes]
    lines += [f"Problem: {fault}" for fault in report.problems]
    return lines


def _explain_one(check: SignatureCheck) -> list[str]:
    if check.kind == "timestamp":
        what = "Timestamp of the document by"
    else:
        what = f"{check.role}: DISSENTS, does not approve: signed by" if check.dissent else f"{check.role}: signed by"
    lines = [f"{what} {check.signer} ({check.fingerprint})"]
    if check.timestamp is not None:
        trust = "trusted" if check.timestamp_trusted else "NOT trusted"
        lines.append(f"  at {_spoken(check.timestamp)} by the {trust} timestamp of {check.timestamp_authority}")
    elif check.time_claimed is not None:
        lines.append(f"  at {_spoken(check.time_claimed)} by the signer's own word; there is no timestamp")
    if check.kind == "signature":
        lines.append(f"  level: PAdES {check.level}")
    if check.judged_at is not None:
        lines.append(f"  judged as at {_spoken(check.judged_at)}, of which a timestamp of the document tells")
    if check.reason:
        lines.append(f"  reason given: {check.reason}")
    after = {
        "none": "nothing was changed after it",
        "signatures only": "after it only signatures were added",
        "other": "the file was CHANGED after it",
    }[check.later_changes]
    revoked = {
        "checked": "not revoked at that time",
        "revoked": "REVOKED",
        "not checked": "revocation NOT checked",
    }[check.revocation]
    lines.append(f"  {after}; certificate: {revoked}")
    return lines


def _line(what: str, holds: bool, good: str, bad: str) -> str:
    return f"{what}: {'yes' if holds else 'NO'} ({good if holds else bad})"


def _spoken(when: datetime) -> str:
    return f"{when:%d %B %Y %H:%M:%S} UTC"


def _text(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else None
