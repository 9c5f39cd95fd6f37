"""What a certificate says: name, fingerprint, period, purpose, and whether it is for practice.

In: DER bytes of a certificate. Out: plain text and times. Knows nothing of trust.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from impact.canonical import digest

__all__ = [
    "PRACTICE_MARK",
    "der_of",
    "fingerprint",
    "is_practice_certificate",
    "issued",
    "name_of",
    "period_of",
    "vouched",
]

PRACTICE_MARK = "PRACTICE – not for real use"


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of the DER bytes with its prefix, as written in roles.yaml.

    >>> fingerprint(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return digest(certificate)


def name_of(certificate: bytes) -> str:
    """Common name of the subject; else its organisation; else the whole subject."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    subject = x509.load_der_x509_certificate(certificate).subject
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in subject.get_attributes_for_oid(oid):
            text = attribute.value
            return text if isinstance(text, str) else text.decode(errors="replace")
    return subject.rfc4514_string()


def is_practice_certificate(certificate: bytes) -> bool:
    """Whether the subject or the issuer is marked as practice."""
    from cryptography import x509

    loaded = x509.load_der_x509_certificate(certificate)
    return any(
        isinstance(attribute.value, str) and attribute.value.startswith(PRACTICE_MARK)
        for name in (loaded.subject, loaded.issuer)
        for attribute in name
    )


def period_of(certificate: bytes) -> tuple[datetime, datetime]:
    """First and last moment at which the certificate may be used, in UTC."""
    from cryptography import x509

    loaded = x509.load_der_x509_certificate(certificate)
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc


def issued(certificate: Any, issuer: Any) -> bool:
    """Whether ``issuer`` signed ``certificate`` (both loaded): names and signature."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):  # another name, kind of key, or key
        return False
    return True


def vouched(certificates: Iterable[bytes], believed: Iterable[bytes]) -> list[bytes]:
    """``believed``, and those of ``certificates`` that are authorities and were issued by them, step by step."""
    from cryptography import x509

    good = [x509.load_der_x509_certificate(each) for each in believed]
    waiting = []
    for data in dict.fromkeys(certificates):
        try:
            each = x509.load_der_x509_certificate(data)
            if each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca and each not in good:
                waiting.append(each)
        except Exception:  # noqa: S112  # what a stranger wrote; what cannot be read is no authority
            continue
    while more := [each for each in waiting if any(issued(each, above) for above in good)]:
        good += more
        waiting = [each for each in waiting if each not in more]
    return [der_of(each) for each in good]


def der_of(certificate: Any) -> bytes:
    """DER bytes of a certificate that ``cryptography`` has loaded."""
    from cryptography.hazmat.primitives.serialization import Encoding

    data: bytes = certificate.public_bytes(Encoding.DER)
    return data
