"""The one form that a signature container may have, so that no byte of a signed file can change unseen.

A signature covers the whole file but for the container that holds it, and a container has parts that no signature
covers: the case of its hexadecimal digits, its padding, certificates sent along, algorithm names, unsigned attributes.
Here each of these must be in its one canonical form, or authenticated by something that is signed.

In: the file and one embedded signature. Out: plain sentences on what is not canonical; none is the wanted answer.
Knows nothing of trust or time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["container_faults", "is_der"]

_DIGESTS = ("sha256", "sha384", "sha512")
# DER of AlgorithmIdentifier parameters: absent, or NULL. Any other parameters must be under the signature.
_EMPTY_PARAMETERS = (b"", b"\x05\x00")
_MAX_DEPTH = 40


def container_faults(pdf: bytes, signature: EmbeddedPdfSignature, *, known: Iterable[bytes]) -> list[str]:
    """What is not canonical in the container of ``signature``.

    Args:
        pdf: The whole file.
        signature: One of its signatures.
        known: DER bytes of the certificates in the trust folder, which authenticate what is sent along.
    """
    try:
        start, end = _gap(pdf, signature)
    except ValueError as error:
        return [str(error)]
    digits = pdf[start + 1 : end - 1]
    if digits != digits.lower() and digits != digits.upper():
        return ["its digits mix upper and lower case"]
    try:
        if not digits.isalnum():
            raise ValueError
        data = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return ["it holds something other than hexadecimal digits"]
    if data != signature.pkcs7_content:
        return ["it is not where the signature says"]
    length = _length_of(data)
    if length is None or any(data[length:]):
        return ["its padding is not made of zeros"]
    if not is_der(data[:length]):
        return ["it is not written in distinguished encoding (DER)"]
    from asn1crypto import cms

    try:
        info = cms.ContentInfo.load(data[:length], strict=True)
        if info["content_type"].native != "signed_data":
            return ["it is not a signature"]
        timestamp = str(signature.sig_object_type) == "/DocTimeStamp"
        return _signed_data_faults(info["content"], list(known), timestamp=timestamp)
    except Exception as error:  # asn1crypto raises in many ways on what a stranger wrote
        return [f"it cannot be read ({type(error).__name__})"]


def _gap(pdf: bytes, signature: EmbeddedPdfSignature) -> tuple[int, int]:
    """Where the container stands, with its angle brackets."""
    try:
        numbers = [int(part) for part in signature.byte_range]
    except (TypeError, ValueError):
        raise ValueError("its byte range is not made of numbers") from None
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers[1:]) <= 0:
        raise ValueError("its byte range is not of the usual form")
    _, start, end, rest = numbers
    if not start + 2 < end < end + rest <= len(pdf):
        raise ValueError("its byte range does not fit the file")
    if pdf[start : start + 1] != b"<" or pdf[end - 1 : end] != b">":
        raise ValueError("it does not fill the gap in what is signed")
    return start, end


def _length_of(data: bytes) -> int | None:
    """Length of the first DER value with its header."""
    try:
        _, header, length = _header(data, 0, len(data))
    except ValueError:
        return None
    return header + length


def is_der(data: bytes) -> bool:
    """Whether ``data`` is exactly one value in distinguished encoding (X.690, section 10).

    Checks lengths, tags and the primitive types that CMS uses; the insides of octet and bit strings are not read.

    >>> is_der(bytes.fromhex("3003020101")), is_der(bytes.fromhex("308103020101")), is_der(b"0\\x03\\x02\\x01\\x01x")
    (True, False, False)
    """
    try:
        return _walk(data, 0, len(data), 0) == len(data)
    except ValueError:
        return False


def _header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag byte, length of the header, length of the content."""
    if at + 2 > end:
        raise ValueError("cut off")
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise ValueError("a long tag")
    if first < 0x80:
        header, length = 2, first
    else:
        count = first & 0x7F
        if not 1 <= count <= 4 or at + 2 + count > end:
            raise ValueError("an indefinite or overlong length")
        length = int.from_bytes(data[at + 2 : at + 2 + count], "big")
        header = 2 + count
        if length < 0x80 or length < 1 << (8 * (count - 1)):
            raise ValueError("a length that is not minimal")
    if at + header + length > end:
        raise ValueError("cut off")
    return tag, header, length


def _walk(data: bytes, at: int, end: int, depth: int) -> int:
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    tag, header, length = _header(data, at, end)
    body, stop = at + header, at + header + length
    universal, constructed, number = tag < 0x40, bool(tag & 0x20), tag & 0x1F
    if universal and constructed != (number in (0x10, 0x11)):
        raise ValueError("a string in pieces, or a sequence in one piece")
    if universal:
        content = data[body:stop]
        wrong = (
            (number == 0x01 and content not in (b"\x00", b"\xff"))
            or (number == 0x02 and not _is_minimal_integer(content))
            or (number == 0x05 and content != b"")
            or number == 0x00
        )
        if wrong:
            raise ValueError("a value that is not in its one form")
    if constructed:
        parts = []
        while body < stop:
            following = _walk(data, body, stop, depth + 1)
            parts.append(data[body:following])
            body = following
        if tag == 0x31 and parts != sorted(parts):
            raise ValueError("a set out of order")
    return stop


def _is_minimal_integer(content: bytes) -> bool:
    if not content:
        return False
    return len(content) == 1 or not (
        (content[0] == 0x00 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)
    )


def _signed_data_faults(data: Any, known: Sequence[bytes], *, timestamp: bool) -> list[str]:
    """Faults of a SignedData: of a signature, or of a timestamp token, whose version and content differ."""
    content_type = "tst_info" if timestamp else "data"
    if len(data["signer_infos"]) != 1:
        return ["it holds more or less than one signature"]
    info = data["signer_infos"][0]
    certificates = [each.chosen for each in data["certificates"]] if data["certificates"] else []
    encoded = [each.dump() for each in certificates]
    own = _own_certificate(info, certificates)
    if own is None:
        return ["it does not name the signer's certificate exactly"]
    attributes = info["signed_attrs"]
    types = [each["type"].native for each in attributes] if attributes else []
    if len(set(types)) != len(types) or any(len(each["values"]) != 1 for each in attributes):
        return ["its signed attributes are missing or double"]
    signed = {each["type"].native: each["values"][0] for each in attributes}
    by_key = info["sid"].name == "subject_key_identifier"
    faults = []
    if data["version"].native != ("v3" if timestamp or by_key else "v1") or info["version"].native != (
        "v3" if by_key else "v1"
    ):
        faults.append("its version is not the one its content asks for")
    inner = data["encap_content_info"]
    if inner["content_type"].native != content_type or bool(inner["content"].native) != timestamp:
        faults.append("it holds content of another kind")
    if "content_type" not in signed or signed["content_type"].native != content_type:
        faults.append("the kind of its content is not signed")
    if data["crls"].native:
        faults.append("revocation lists that nothing signs are sent along")
    listed = [each.dump() for each in data["digest_algorithms"]]
    if listed != [info["digest_algorithm"].dump()]:
        faults.append("the digests it names are not the one it uses")
    faults += _algorithm_faults(info, signed)
    if not {"signing_certificate", "signing_certificate_v2"} & set(signed):
        faults.append("the signer's certificate is not under the signature")
    if len(set(encoded)) != len(encoded) or not _authenticated(encoded, own.dump(), known):
        faults.append("certificates that nothing authenticates are sent along")
    return faults + _unsigned_faults(info, known, timestamp=timestamp)


def _own_certificate(info: Any, certificates: Sequence[Any]) -> Any:
    """The certificate that the signer's identifier names byte by byte, or None."""
    sid = info["sid"]
    for each in certificates:
        if sid.name == "issuer_and_serial_number":
            named = sid.chosen
            if (
                named["issuer"].dump() == each.issuer.dump()
                and named["serial_number"].dump() == each["tbs_certificate"]["serial_number"].dump()
            ):
                return each
        elif sid.chosen.native is not None and sid.chosen.native == each.key_identifier:
            return each
    return None


def _algorithm_faults(info: Any, signed: dict[str, Any]) -> list[str]:
    digest, mechanism = info["digest_algorithm"], info["signature_algorithm"]
    protection = signed.get("cms_algorithm_protection")
    if protection is not None:
        same = (
            digest.dump() == protection["digest_algorithm"].untag().dump()
            and mechanism.dump() == protection["signature_algorithm"].untag().dump()
        )
        return [] if same else ["its algorithms are not those under the signature"]
    # We always sign the attribute of RFC 6211; few timestamp services and other programs do. Without it the names must
    # at least be of the usual form, so that a change can only turn one name of an algorithm into another of the same.
    if digest["algorithm"].native not in _DIGESTS or digest["parameters"].dump() not in _EMPTY_PARAMETERS:
        return ["its digest is not one in common use"]
    if mechanism["algorithm"].native != "rsassa_pss" and mechanism["parameters"].dump() not in _EMPTY_PARAMETERS:
        return ["its signature algorithm is not one in common use"]
    return []


def _authenticated(encoded: Sequence[bytes], own: bytes, known: Sequence[bytes]) -> bool:
    """Whether each certificate is the signer's (its digest is signed), known, or signed by one that is either."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    good = {own, *known}
    if any(x509.load_der_x509_certificate(each).public_bytes(Encoding.DER) != each for each in encoded):
        return False
    waiting = [each for each in encoded if each not in good]
    while waiting:  # a chain may come in any order
        issuers = [x509.load_der_x509_certificate(each) for each in good]
        vouched = [
            each
            for each in waiting
            if any(_vouches(issuer, x509.load_der_x509_certificate(each)) for issuer in issuers)
        ]
        if not vouched:
            return False
        good.update(vouched)
        waiting = [each for each in waiting if each not in good]
    return True


def _vouches(issuer: Any, certificate: Any) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # wrong name, wrong key, wrong signature, unknown kind: all mean no
        return False
    return True


def _unsigned_faults(info: Any, known: Sequence[bytes], *, timestamp: bool) -> list[str]:
    attributes = info["unsigned_attrs"]
    if not attributes:
        return []
    if timestamp or len(attributes) != 1 or attributes[0]["type"].native != "signature_time_stamp_token":
        return ["it holds unsigned attributes other than one timestamp"]
    if len(attributes[0]["values"]) != 1:
        return ["it holds more than one timestamp"]
    token = attributes[0]["values"][0]
    if token["content_type"].native != "signed_data":
        return ["its timestamp is not a signature"]
    return [f"in its timestamp, {fault}" for fault in _signed_data_faults(token["content"], known, timestamp=True)]
