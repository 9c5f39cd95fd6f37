"""Ask the authority of a certificate, over the network, whether it was revoked (OCSP, RFC 6960).

In: a certificate and its issuer. Out: an unchecked ``Response``. Only addresses that the certificate names are asked;
who calls this has found that it leads to a root of the folder. The responder learns that somebody uses the certificate
now (its number, and a random one), and nothing of the report. Answers made beforehand repeat no random number; one
that repeats another is a replay and refused.
"""

from __future__ import annotations

from collections.abc import Callable

from impact.errors import Fault, SignatureError
from impact.signing.certificates import name_of
from impact.signing.posting import Refused, post
from impact.signing.responses import MAX_RESPONSE, Response, ocsp_response, responders_of

__all__ = ["Ask", "asker"]

Ask = Callable[[bytes, bytes], Response]  # DER bytes of a certificate and of its issuer
_ASK, _REPLY = "application/ocsp-request", "application/ocsp-response"
_MAX_ADDRESSES = 3


def asker(*, seconds: float = 20.0) -> Ask:
    """What asks the responders of a certificate, one after the other, each for at most ``seconds``.

    What is returned raises ``SignatureError`` with S159, when none of them gave an answer that can be read.
    """

    def ask(certificate: bytes, issuer: bytes) -> Response:
        failures = []
        for url in responders_of(certificate)[:_MAX_ADDRESSES]:
            try:
                return _answer(url, certificate, issuer, seconds)
            except Refused as error:
                failures.append(f"{_plain(url)}: {error}")
        raise SignatureError(
            Fault(
                f"certificate of “{name_of(certificate)}”",
                f"its responder gave no usable answer ({'; '.join(failures)})",
                "an answer by RFC 6960",
                "Check the network, sign again later, or put an answer (*.ors) into the folder",
                "S159",
            )
        )

    return ask


def _answer(url: str, certificate: bytes, issuer: bytes, seconds: float) -> Response:
    from asn1crypto import x509
    from pyhanko_certvalidator.authority import AuthorityWithCert
    from pyhanko_certvalidator.errors import OCSPFetchError, OCSPValidationError
    from pyhanko_certvalidator.fetchers.common_utils import format_ocsp_request, process_ocsp_response_data

    # SHA-1 only names the certificate here; many responders know no other digest (RFC 5019, 2.1.1).
    request = format_ocsp_request(
        x509.Certificate.load(certificate),
        AuthorityWithCert(x509.Certificate.load(issuer)),
        certid_hash_algo="sha1",
        request_nonces=True,
    )
    kind, data = post(url, request.dump(), kind=_ASK, seconds=seconds, most=MAX_RESPONSE)
    if kind != _REPLY:
        raise Refused("the answer is not an OCSP response")
    try:
        found = ocsp_response(data, _plain(url))
    except ValueError as error:
        raise Refused(str(error) if str(error).startswith("the responder") else "the answer is damaged") from None
    try:
        process_ocsp_response_data(data, ocsp_request=request, ocsp_url=url)
    except (OCSPFetchError, OCSPValidationError):
        raise Refused("the answer is to another request") from None
    except Exception:  # asn1crypto raises in many ways on what a stranger wrote
        raise Refused("the answer is damaged") from None
    return found


def _plain(url: str) -> str:
    return "".join(each for each in url if each.isprintable())[:200]
