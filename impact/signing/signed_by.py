"""Who a document says has signed it: names, certificates and times as they stand in the file.

In: bytes of a PDF. Out: one ``SignedBy`` for each signature. Believes nothing and judges nothing: whether a signature
is good is ``verify``’s to say, and depends on whom the reader trusts; this is the same for every reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.certificates import fingerprint, is_practice_certificate, name_of
from impact.signing.document import OutOfTime, open_pdf, signatures_of
from impact.signing.judge import claimed_time, reason_of
from impact.signing.quiet import quiet
from impact.signing.verdict import stated_time

__all__ = ["SignedBy", "signed_by"]

SECONDS = 120.0


@dataclass(frozen=True)
class SignedBy:
    """One signature of a person, as the file states it.

    Attributes:
        field: The field that is signed, which is the role.
        name: Name in the certificate.
        fingerprint: SHA-256 of the certificate.
        practice: The certificate is marked as practice.
        time: The time of its timestamp, else the signer's own; None where neither is stated.
        stamped: Whether that time comes from a timestamp service.
        reason: What the signer gave as reason.
    """

    field: str
    name: str
    fingerprint: str
    practice: bool
    time: datetime | None
    stamped: bool
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "role": self.field,
            "name": self.name,
            "fingerprint": self.fingerprint,
            "practice": self.practice,
            "time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ") if self.time is not None else None,
            "stamped": self.stamped,
            "reason": self.reason,
        }


def signed_by(pdf: bytes) -> tuple[SignedBy, ...]:
    """Signatures of people in the order in which they were made; empty for a document that nobody has signed.

    Raises:
        SignatureError: S101 to S104 and S126 the PDF cannot be read, S109 a signature is malformed, S124 reading takes
            too long.
    """
    found = []
    with quiet():
        try:
            signatures, _ = signatures_of(open_pdf(pdf, seconds=SECONDS))
            for signature in signatures:
                if str(signature.sig_object_type) != "/DocTimeStamp":
                    found.append(_one(signature))
        except OutOfTime:
            text = f"reading took longer than {SECONDS:g} seconds"
            raise SignatureError(Fault("PDF", text, "", "Ask for the file again", "S124")) from None
        except SignatureError:
            raise
        except Exception as error:  # a stranger's file may break pyHanko in any way
            text = f"a signature is malformed ({type(error).__name__})"
            raise SignatureError(Fault("PDF", text, "", "Ask for the file again", "S109")) from None
    return tuple(found)


def _one(signature: Any) -> SignedBy:
    certificate = bytes(signature.signer_cert.dump())
    stamped = stated_time(signature)
    return SignedBy(
        field=str(signature.field_name),
        name=name_of(certificate),
        fingerprint=fingerprint(certificate),
        practice=is_practice_certificate(certificate),
        time=stamped if stamped is not None else claimed_time(signature),
        stamped=stamped is not None,
        reason=reason_of(signature),
    )
