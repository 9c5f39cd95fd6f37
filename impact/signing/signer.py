"""Who signs, and what gives the time: keys from PKCS#12 or PEM files, and timestamp services.

In: a path and a passphrase, or the address of a service. Out: a frozen ``Signer`` or a ``Timestamper``.
Knows nothing of PDFs or of trust. A passphrase is used and forgotten; it is in no message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from impact.errors import Fault, SignatureError
from impact.signing.certificates import fingerprint, is_practice_certificate, issued, name_of, period_of

if TYPE_CHECKING:
    from impact.signing.token_uri import Token

__all__ = [
    "Signer",
    "Timestamper",
    "http_timestamper",
    "is_practice",
    "load_signer",
    "load_timestamper",
]

_MAX_BYTES = 1_000_000  # a key file holds a few thousand bytes
_RSA_BITS = 2048  # ETSI TS 119 312: nothing shorter is accepted
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True)
class Signer:
    """A certificate and its private key.

    Attributes:
        certificate: DER bytes.
        issuers: DER bytes of the certificates between this one and a root, without the root.
        key: The private key (of ``cryptography``); never shown. None where it stays on a token.
        source: The file or token it came from, for messages.
        token: Where the key is, when it is on a token (PKCS#11); never shown.
    """

    certificate: bytes = field(repr=False)
    issuers: tuple[bytes, ...] = field(repr=False)
    key: Any = field(repr=False, compare=False)
    source: str
    token: Token | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        return name_of(self.certificate)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.certificate)

    @property
    def period(self) -> tuple[datetime, datetime]:
        """First and last moment at which it may sign, in UTC."""
        return period_of(self.certificate)


@dataclass(frozen=True)
class Timestamper:
    """What states the time of a signature: a local signer (practice) or a service by RFC 3161.

    Exactly one of ``signer`` and ``url`` is set.
    """

    signer: Signer | None = None
    url: str | None = None
    seconds: float = 20.0


def is_practice(signer: Signer) -> bool:
    """Whether the certificate is marked ``PRACTICE – not for real use``."""
    return is_practice_certificate(signer.certificate)


def load_signer(path: Path, passphrase: str | None, *, now: datetime | None = None) -> Signer:
    """Read a signer from PKCS#12 (``.p12``, ``.pfx``) or PEM.

    A PEM file holds the certificate, the certificates above it if any, and the key; the key may stand in a file beside
    it instead, with the same name and the ending ``.key``.

    Args:
        path: The file.
        passphrase: Of the key; None where it has none.
        now: When given, a certificate that is not valid at this time is refused.

    Raises:
        SignatureError: S010 no such file, S011 wrong passphrase, S012 no key and certificate in it, S013 they do not
            belong together, S014 a key that is too weak or of another kind, S015 not valid now, S016 the certificate
            may not be used to sign documents.
    """
    signer = _load(path, passphrase)
    check_usable(signer, now=now)
    return signer


def load_timestamper(path: Path, passphrase: str | None, *, now: datetime | None = None) -> Timestamper:
    """Read a local timestamp signer. It is for practice: a person who holds the key can state any time.

    Raises:
        SignatureError: As :func:`load_signer`, and S017 when the certificate is not one for time stamping.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    signer = _load(path, passphrase)
    _check_period(signer, now)
    try:
        uses = x509.load_der_x509_certificate(signer.certificate).extensions.get_extension_for_class(
            x509.ExtendedKeyUsage
        )
        fits = list(uses.value) == [ExtendedKeyUsageOID.TIME_STAMPING] and uses.critical
    except x509.ExtensionNotFound:
        fits = False
    if not fits:
        raise SignatureError(
            Fault(
                str(path),
                "the certificate is not for time stamping",
                "a certificate whose only purpose is time stamping (RFC 3161)",
                "Use timestamp.p12 of a practice folder, or the address of a timestamp service",
                "S017",
            )
        )
    return Timestamper(signer=signer)


def http_timestamper(url: str, *, seconds: float = 20.0) -> Timestamper:
    """A timestamp service by RFC 3161. It receives a digest of the signature, and nothing of the document.

    Raises:
        SignatureError: S018, when ``url`` is not an http or https address.

    >>> http_timestamper("https://time.example/tsa").url
    'https://time.example/tsa'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SignatureError(
            Fault("timestamp service", "not a web address", "an address that begins with https://", "Check it", "S018")
        )
    return Timestamper(url=url, seconds=seconds)


def check_usable(signer: Signer, *, now: datetime | None) -> None:
    """Refuse a certificate that verifying would refuse: outside its period, or not for signing documents."""
    from cryptography import x509

    _check_period(signer, now)
    try:
        usage = x509.load_der_x509_certificate(signer.certificate).extensions.get_extension_for_class(x509.KeyUsage)
        fits = usage.value.content_commitment
    except x509.ExtensionNotFound:
        fits = False
    if not fits:
        raise SignatureError(
            Fault(
                signer.source,
                "the certificate may not be used to sign documents",
                "key usage “content commitment” (also called non-repudiation)",
                "Ask the issuer for a certificate for document signing",
                "S016",
            )
        )


def _check_period(signer: Signer, now: datetime | None) -> None:
    if now is None:
        return
    begin, end = signer.period
    if not begin <= now <= end:
        what = f"ended on {end:%d %B %Y}" if now > end else f"begins on {begin:%d %B %Y}"
        raise SignatureError(
            Fault(
                signer.source, f"the certificate {what}", "a certificate that is valid now", "Obtain a new one", "S015"
            )
        )


def _load(path: Path, passphrase: str | None) -> Signer:
    shown = str(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _not_a_signer(shown, "the file is too large to be a key file")
        data = path.read_bytes()
    except OSError as error:
        raise SignatureError(
            Fault(shown, f"cannot be read ({error.strerror})", "a .p12, .pfx or .pem file", "Check the path", "S010")
        ) from None
    secret = passphrase.encode() if passphrase is not None else None
    if b"-----BEGIN " in data:
        key, certificate, others = _from_pem(path, data, secret)
    else:
        key, certificate, others = _from_pkcs12(shown, data, secret)
    return _checked(shown, key, certificate, others)


def _from_pkcs12(shown: str, data: bytes, secret: bytes | None) -> tuple[Any, Any, list[Any]]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    # PKCS#12 gives one error for a wrong passphrase and for damage; its outer form tells the two apart.
    if data[:1] != b"\x30":
        raise _not_a_signer(shown, "neither PKCS#12 nor PEM")
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except UnsupportedAlgorithm:
        raise _not_a_signer(shown, "the file is protected by a method that this software does not know") from None
    except (ValueError, TypeError):
        raise _wrong_passphrase(shown) from None
    if key is None or certificate is None:
        raise _not_a_signer(shown, "the file lacks a key or its certificate")
    return key, certificate, list(others)


def _from_pem(path: Path, data: bytes, secret: bytes | None) -> tuple[Any, Any, list[Any]]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    shown = str(path)
    beside = path.with_suffix(".key")
    with_key = data
    if b"PRIVATE KEY-----" not in data and beside.is_file() and beside.stat().st_size <= _MAX_BYTES:
        with_key = beside.read_bytes()
    if b"PRIVATE KEY-----" not in with_key:
        raise _not_a_signer(shown, "the file holds no private key, and none stands beside it")
    protected = b"ENCRYPTED" in with_key
    try:
        certificates = x509.load_pem_x509_certificates(data)
        key = load_pem_private_key(with_key, secret if protected else None)
    except UnsupportedAlgorithm:
        raise _not_a_signer(shown, "the key is of a kind that this software does not know") from None
    except (ValueError, TypeError):
        if protected:
            raise _wrong_passphrase(shown) from None
        raise _not_a_signer(shown, "the key or the certificate is damaged") from None

    def spoken(public: Any) -> Any:
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    own = [each for each in certificates if spoken(each.public_key()) == spoken(key.public_key())]
    if not own:
        raise _strangers(shown)
    return key, own[0], [each for each in certificates if each is not own[0]]


def weakness_of(public: Any) -> tuple[str, str] | None:
    """Why a public key may not be used, and what is wanted; None where it may."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(public, rsa.RSAPublicKey):
        fault = f"an RSA key of {public.key_size} bits" if public.key_size < _RSA_BITS else None
    elif isinstance(public, ec.EllipticCurvePublicKey):
        fault = f"a key on the curve {public.curve.name}" if public.curve.name not in _CURVES else None
    else:
        fault = "a key of another kind"
    return (fault, f"RSA of at least {_RSA_BITS} bits, or the curve P-256, P-384 or P-521") if fault else None


def _checked(shown: str, key: Any, certificate: Any, others: list[Any]) -> Signer:
    from cryptography.hazmat.primitives.serialization import Encoding

    weak = weakness_of(key.public_key())
    if weak:
        raise SignatureError(Fault(shown, weak[0], weak[1], "Obtain a certificate with such a key", "S014"))
    if key.public_key() != certificate.public_key():
        raise _strangers(shown)
    return Signer(
        certificate=certificate.public_bytes(Encoding.DER),
        issuers=tuple(each.public_bytes(Encoding.DER) for each in chain_of(certificate, others)),
        key=key,
        source=shown,
    )


def chain_of(certificate: Any, others: list[Any]) -> list[Any]:
    """The certificates above, nearest first; without the root, which proves nothing by being sent along."""
    found: list[Any] = []
    below = certificate
    while len(found) < len(others):
        above = next((each for each in others if each not in found and issued(below, each)), None)
        if above is None or above.subject == above.issuer:
            break
        found.append(above)
        below = above
    return found


def _wrong_passphrase(shown: str) -> SignatureError:
    return SignatureError(
        Fault(
            shown,
            "the passphrase does not open this file",
            "the passphrase of the key",
            "Type it again; if it is surely right, the file is damaged",
            "S011",
        )
    )


def _not_a_signer(shown: str, what: str) -> SignatureError:
    return SignatureError(
        Fault(shown, what, "a private key with its certificate, as PKCS#12 or PEM", "Export it again", "S012")
    )


def _strangers(shown: str) -> SignatureError:
    return SignatureError(
        Fault(shown, "the key does not belong to the certificate", "a pair", "Export both together", "S013")
    )
