"""Sign with a key that never leaves a token: a smart card, a hardware security module (PKCS#11).

In: an address and a PIN. Out: a ``Signer`` without a key, sessions with the token, and its errors in plain words. The
library of the token is the one that the user names; it runs inside this process. A wrong PIN is tried once and never
again, since a few wrong ones lock a token for ever.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from impact.errors import Exit, Fault, SignatureError
from impact.signing.signer import Signer, chain_of, check_usable, weakness_of
from impact.signing.token_uri import Token, parse_token

__all__ = ["Token", "load_token_signer", "session", "token_fault", "token_signer"]

_MAX_CERTIFICATES = 200
_LOCKED = ("PinLocked", "PinExpired", "UserPinNotInitialized")
_WRONG = ("PinIncorrect", "PinInvalid", "PinLenRange")
_GONE = ("TokenNotPresent", "TokenNotRecognised", "DeviceRemoved", "NoSuchToken", "SlotIDInvalid")


def load_token_signer(
    address: str, pin: str | None, *, environment: Mapping[str, str], now: datetime | None = None
) -> Signer:
    """A signer whose key is on a token.

    Args:
        address: ``pkcs11:token=…;object=…?module-path=…`` (RFC 7512).
        pin: Of the user; None where the token has a keypad of its own, or asks for none.
        environment: Where ``IMPACT_PKCS11_MODULE`` may name the library.
        now: When given, a certificate that is not valid at this time is refused.

    Raises:
        SignatureError: S150, S151 the address, S152 the Python package is missing, S153 the library, S154 no such
            token, S155 the PIN, S156 no such key or certificate, or several, S157 the token gave an error; S014 to S016
            the certificate cannot be used.
    """
    token = replace(parse_token(address, environment=environment), pin=pin)
    with session(token) as opened:
        try:
            certificates = _certificates(opened)
            own = _own(opened, token)
            _key(opened, token)
        except SignatureError:
            raise
        except Exception as error:  # the library of a token may fail in any way
            raise token_fault(token, error) from None
    signer = _signer(token, own, certificates)
    check_usable(signer, now=now)
    return signer


@contextmanager
def session(token: Token) -> Iterator[Any]:
    """A session with the token, logged in, for as long as the block lasts.

    Raises:
        SignatureError: S152 to S155 and S157, as :func:`load_token_signer`.
    """
    pkcs11 = _package()
    try:
        library = pkcs11.lib(token.module)
    except Exception as error:  # the library may be none, or of another machine
        said = str(error).rpartition(": ")[2] or type(error).__name__
        found = f"the library cannot be loaded ({said})"
        remedy = "Check the path; the token's manual names its PKCS#11 library"
        raise SignatureError(Fault(token.module, found, "a PKCS#11 library", remedy, "S153", Exit.MISSING)) from None
    try:
        opened = _token(library, token).open(user_pin=pkcs11.PROTECTED_AUTH if token.pin is None else token.pin)
    except SignatureError:
        raise
    except Exception as error:
        raise token_fault(token, error) from None
    try:
        yield opened
    finally:
        opened.close()


def token_fault(token: Token, error: Exception) -> SignatureError:
    """An error of a token in plain words."""
    kind = type(error).__name__
    if kind in _WRONG:
        found, remedy, code = "the PIN is wrong", "Try again with care: a few wrong PINs lock a token", "S155"
    elif kind in _LOCKED:
        found, remedy, code = f"the PIN is locked or not set ({kind})", "Ask whoever issued the token", "S155"
    elif kind in _GONE:
        found, remedy, code = f"the token is not there ({kind})", "Put it in, and check its label", "S154"
    else:
        said = f": {error}" if str(error) else ""
        found, remedy, code = f"the token gave an error ({kind}{said})", "See the manual of the token", "S157"
    return SignatureError(Fault(token.shown, found, "", remedy, code))


def token_signer(signer: Signer, opened: Any, *, protected: Any) -> Any:
    """pyHanko's signer in a session; ``protected`` makes a class of ours from one of pyHanko's."""
    from asn1crypto import x509
    from pyhanko.sign.pkcs11 import PKCS11Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    token = signer.token
    if token is None:
        raise ValueError("the key is not on a token")
    certificate = x509.Certificate.load(signer.certificate)
    made = protected(PKCS11Signer)(
        pkcs11_session=opened,
        signing_cert=certificate,
        key_label=token.label,
        key_id=token.id,
        embed_roots=False,
        # Few tokens hash for elliptic curves; all sign a digest that is handed to them.
        use_raw_mechanism=certificate.public_key.algorithm == "ec",
    )
    # pyHanko puts the signer's own certificate in here as well, and then sends it twice.
    issuers = [x509.Certificate.load(each) for each in signer.issuers]
    made._cert_registry = SimpleCertificateStore.from_certs(issuers)  # type: ignore[no-untyped-call]  # typed in part
    return made


def _package() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        found = "the Python package python-pkcs11 is missing"
        remedy = "Install it: pip install 'impact-assessment[pkcs11]'"
        raise SignatureError(Fault("--signer", found, "", remedy, "S152", Exit.MISSING)) from None


def _token(library: Any, token: Token) -> Any:
    wanted = dict(token.criteria)
    has = {
        "token": lambda each: each.label,
        "serial": lambda each: each.serial.decode(errors="replace"),
        "manufacturer": lambda each: each.manufacturer_id,
        "model": lambda each: each.model,
    }
    there = list(library.get_tokens())
    fits = [each for each in there if all(has[key](each).strip() == value for key, value in wanted.items())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        found, remedy = f"{len(fits)} tokens fit", "Add serial= to the address"
    else:
        labels = [f"“{each.label.strip()}”" for each in there if each.label.strip()]
        found = "no such token; there " + (f"are: {', '.join(labels)}" if labels else "is none")
        remedy = "Put it in, and check its label"
    raise SignatureError(Fault(token.shown, found, "one token", remedy, "S154"))


def _named(token: Token, attribute: Any) -> dict[Any, Any]:
    named: dict[Any, Any] = {}
    if token.label is not None:
        named[attribute.LABEL] = token.label
    if token.id is not None:
        named[attribute.ID] = token.id
    return named


def _own(opened: Any, token: Token) -> bytes:
    pkcs11 = _package()
    attribute = pkcs11.Attribute
    query = {attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE, **_named(token, attribute)}
    return bytes(_one(list(opened.get_objects(query)), token, "certificate")[attribute.VALUE])


def _key(opened: Any, token: Token) -> Any:
    pkcs11 = _package()
    attribute = pkcs11.Attribute
    query = {attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, **_named(token, attribute)}
    return _one(list(opened.get_objects(query)), token, "private key")


def _one(found: list[Any], token: Token, what: str) -> Any:
    if len(found) == 1:
        return found[0]
    said = f"the token holds {len(found) or 'no'} such {what}{'s' if len(found) > 1 else ''}"
    remedy = "Check object= and id=; pkcs11-tool --list-objects shows what the token holds"
    raise SignatureError(Fault(token.shown, said, f"one {what}", remedy, "S156"))


def _certificates(opened: Any) -> list[bytes]:
    pkcs11 = _package()
    found = opened.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
    return [bytes(each[pkcs11.Attribute.VALUE]) for each in list(found)[:_MAX_CERTIFICATES]]


def _signer(token: Token, own: bytes, certificates: list[bytes]) -> Signer:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        certificate = x509.load_der_x509_certificate(own)
        public = certificate.public_key()
        others = [x509.load_der_x509_certificate(each) for each in certificates if each != own]
    except ValueError:
        found = "a certificate on the token is damaged"
        raise SignatureError(Fault(token.shown, found, "a certificate", "Ask whoever issued it", "S156")) from None
    weak = weakness_of(public)
    if weak:
        raise SignatureError(Fault(token.shown, weak[0], weak[1], "Obtain a certificate with such a key", "S014"))
    issuers = tuple(each.public_bytes(Encoding.DER) for each in chain_of(certificate, others))
    return Signer(certificate.public_bytes(Encoding.DER), issuers, None, token.shown, token)
