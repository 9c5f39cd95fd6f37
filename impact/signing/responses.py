"""Answers of an authority about one certificate (OCSP, RFC 6960), and what one of them says.

In: DER bytes of an answer; a certificate and its issuer. Out: a frozen ``Response``; what it tells of that certificate,
once its own signature has been checked. Nothing is asked of anybody here.

An answer is checked as at the moment at which it was made: those who answer have certificates of a few weeks, which say
of themselves that no list tells of them (id-pkix-ocsp-nocheck). Whether it still speaks is a second question, of dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from impact.signing.certificates import issued
from impact.signing.quiet import quiet, wait_for

__all__ = [
    "CLOCKS_DIFFER",
    "MAX_RESPONSE",
    "Response",
    "Told",
    "is_of",
    "newest",
    "ocsp_response",
    "responders_of",
    "told",
    "why_not",
]

MAX_RESPONSE = 100_000  # bytes; an answer with the certificate of whoever signed it has 500 to 5,000
CLOCKS_DIFFER = timedelta(minutes=5)
# Without a date for the next answer it means “ask again whenever you like”; pyHanko believes it for as long.
_NO_DATE = timedelta(minutes=30)
_DIGESTS = ("sha256", "sha384", "sha512")

# other: it is about another certificate; not authorised: whoever signed it may not speak for the authority.
Told = Literal["good", "revoked", "unknown", "other", "not authorised", "forged"]

_WORDS = {
    "unknown": "whoever answers for its authority does not know the certificate",
    "other": "the answer is about another certificate",
    "not authorised": "the answer is signed by somebody who may not speak for its authority",
    "forged": "the answer was changed, or is signed in a way that is not safe",
}


@dataclass(frozen=True)
class Response:
    """An answer about one certificate.

    Attributes:
        data: DER bytes.
        made: As at which it states what it states (thisUpdate).
        due: Until when it speaks: when the next is due, or half an hour after it was made; never for longer than the
            certificate of whoever signed it.
        signed: When it was signed (producedAt).
        revoked: When it says that the certificate was revoked; None where it does not.
        source: A file's name, for messages.
    """

    data: bytes = field(repr=False)
    made: datetime
    due: datetime
    signed: datetime
    revoked: datetime | None
    source: str

    def speaks_at(self, now: datetime) -> bool:
        """Whether it is neither of the future nor out of date."""
        return self.made <= now + CLOCKS_DIFFER and now <= self.due


def ocsp_response(data: bytes, source: str) -> Response:
    """An answer from DER bytes, not yet checked.

    Raises:
        ValueError: It is none, or too large, or no success, or about several certificates.
    """
    from cryptography.x509 import ocsp

    if len(data) > MAX_RESPONSE:
        raise ValueError(f"larger than {MAX_RESPONSE:,} bytes")
    found = ocsp.load_der_ocsp_response(data)
    if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"the responder refused: {found.response_status.name.lower().replace('_', ' ')}")
    if len(list(found.responses)) != 1:
        raise ValueError("not about exactly one certificate")
    made = found.this_update_utc
    ends = (each.not_valid_after_utc for each in found.certificates)
    return Response(
        data=data,
        made=made,
        due=min((found.next_update_utc or made + _NO_DATE, *ends)),
        signed=found.produced_at_utc,
        revoked=found.revocation_time_utc,
        source=source,
    )


def is_of(response: Response, authority: bytes) -> bool:
    """Whether ``response`` is about a certificate of ``authority`` (DER bytes), by the digest of its key; unchecked."""
    from cryptography import x509
    from cryptography.x509 import ocsp

    try:
        found, loaded = ocsp.load_der_ocsp_response(response.data), x509.load_der_x509_certificate(authority)
        own = ocsp.OCSPRequestBuilder().add_certificate(loaded, loaded, found.hash_algorithm).build()
    except Exception:  # what a stranger wrote may break a parser in any way
        return False
    return found.issuer_key_hash == own.issuer_key_hash


def responders_of(certificate: bytes) -> list[str]:
    """Web addresses of the responders that a certificate names, in its order (RFC 5280, 4.2.2.1)."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID as Access

    from impact.signing.posting import is_web_address

    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        named = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    found = [each.access_location.value for each in named if each.access_method == Access.OCSP]
    return [str(each) for each in found if isinstance(each, str) and is_web_address(each)]


def told(response: Response, certificate: bytes, issuer: bytes) -> Told:
    """What ``response`` says of ``certificate``, which ``issuer`` has issued. All DER bytes.

    ``good``, ``revoked`` (``response.revoked`` says when) and ``unknown`` are said only once the signature holds and is
    of the issuer, or of somebody to whom it gave this task. Whether the answer is out of date is not asked.
    """
    return _told(response.data, certificate, issuer)


def newest(responses: Iterable[Response], certificate: bytes, issuer: bytes, *, now: datetime) -> Response | None:
    """The newest of ``responses`` that tells good or revoked of ``certificate`` and speaks at ``now``; or None."""
    found = [each for each in responses if not why_not(each, certificate, issuer, now=now)]
    return max(found, key=lambda each: each.made, default=None)


def why_not(response: Response, certificate: bytes, issuer: bytes, *, now: datetime) -> str:
    """Why ``response`` tells neither good nor revoked of ``certificate`` at ``now``, in words; empty where it does."""
    said = told(response, certificate, issuer)
    if said in _WORDS:
        return _WORDS[said]
    if now > response.due:
        return f"the answer was due for renewal on {response.due:%d %B %Y}"
    return "" if response.speaks_at(now) else f"the answer is of the future, {response.made:%d %B %Y}"


@lru_cache(maxsize=256)
def _told(data: bytes, certificate: bytes, issuer: bytes) -> Told:
    try:
        if not _is_about(data, certificate, issuer):
            return "other"
        with quiet():
            return _checked(data, certificate, issuer)
    except Exception:  # what a stranger wrote may break a parser in any way: it says nothing then
        return "forged"


def _is_about(data: bytes, certificate: bytes, issuer: bytes) -> bool:
    from cryptography import x509
    from cryptography.x509 import ocsp

    found = ocsp.load_der_ocsp_response(data)
    below, above = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
    if found.serial_number != below.serial_number or not issued(below, above):  # numbers are of one issuer only
        return False
    wanted = ocsp.OCSPRequestBuilder().add_certificate(below, above, found.hash_algorithm).build()
    return (found.issuer_name_hash, found.issuer_key_hash) == (wanted.issuer_name_hash, wanted.issuer_key_hash)


def _checked(data: bytes, certificate: bytes, issuer: bytes) -> Told:
    from asn1crypto import ocsp, x509
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.authority import CertTrustAnchor
    from pyhanko_certvalidator.errors import OCSPValidationIndeterminateError, RevokedError
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

    loaded = ocsp.OCSPResponse.load(data, strict=True)
    if _weak(loaded.basic_ocsp_response):
        return "forged"
    root, leaf = x509.Certificate.load(issuer), x509.Certificate.load(certificate)
    stated = ocsp_response(data, "")
    at = max(stated.made, min(stated.signed, stated.due))
    # The issuer's certificate is the root here: whether it leads to one that the reader believes is asked elsewhere.
    context = ValidationContext(
        trust_roots=[root], crls=[], ocsps=[loaded], allow_fetching=False, revocation_mode="require", moment=at
    )
    try:
        wait_for(verify_ocsp_response(leaf, ValidationPath(CertTrustAnchor(root), [], leaf), context))
    except RevokedError:
        return "revoked"
    except OCSPValidationIndeterminateError as error:
        said = " ".join(str(failure[0]) for failure in error.failures)
        if not said:
            return "unknown"
        return "not authorised" if "unauthorized" in said or "could not be located" in said else "forged"
    return "good"


def _weak(basic: Any) -> bool:
    """Signed with a digest that can be forged: pyHanko does not ask this of answers."""
    algorithm = basic["signature_algorithm"]
    if algorithm.signature_algo in ("ed25519", "ed448"):
        return False
    return algorithm.hash_algo not in _DIGESTS
