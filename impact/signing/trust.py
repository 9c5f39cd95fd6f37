"""The trust folder: whom to believe, what was revoked, and who may sign in which role.

In: a folder with roots (``*.pem``), revocation lists (``*.crl``), answers about single certificates (``*.ors``) and
``roles.yaml``. Out: a frozen ``Trust``; for a signer, who needs no roles, ``Authorities`` alone.
Never the roots of the operating system: hundreds of companies stand there, and none of them knows who the assessor is.
Knows nothing of PDFs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from impact.errors import Fault, SignatureError
from impact.signing.certificates import is_practice_certificate
from impact.signing.responses import Response, ocsp_response
from impact.signing.roles import Role, belongs, read_roles

__all__ = ["Authorities", "RevocationList", "Role", "Trust", "load_authorities", "load_trust", "revocation_list"]

_MAX_FILES = 500
_CODES = {".pem": "S041", ".crl": "S043", ".ors": "S158"}  # the kinds of files, and what a bad one is called
_MAX_BYTES = 50_000_000  # national revocation lists reach tens of megabytes


@dataclass(frozen=True)
class RevocationList:
    """A revocation list: DER bytes, who issued it, when, and when a newer one is due (None: never said)."""

    data: bytes = field(repr=False)
    issuer: str
    made: datetime
    due: datetime | None
    source: str


@dataclass(frozen=True)
class Authorities:
    """Certificates of authorities, their revocation lists and their answers; ``roots`` are the self-signed ones."""

    roots: tuple[bytes, ...] = field(repr=False)
    intermediates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[RevocationList, ...]
    source: str
    responses: tuple[Response, ...] = ()


@dataclass(frozen=True)
class Trust:
    """What ``verify`` believes.

    Attributes:
        roots: DER bytes of self-signed certificates of authorities.
        intermediates: DER bytes of other certificates of authorities found in the folder; not believed by themselves.
        lists: Revocation lists.
        roles: Who may sign where, in file order.
        required: Names of the roles that must have signed.
        timestamp_required: Whether each signature must carry a trusted time.
        practice: Whether any root is marked as practice.
        source: The folder, for messages.
        present: Names of the roles that must stand in the file, be it as a dissent.
        level: The least level of each signature; B-B demands nothing.
        responses: Answers about single certificates (OCSP), unchecked: who may give one depends on the certificate.
    """

    roots: tuple[bytes, ...] = field(repr=False)
    intermediates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[RevocationList, ...]
    roles: tuple[Role, ...]
    required: tuple[str, ...]
    timestamp_required: bool
    practice: bool
    source: str
    present: tuple[str, ...] = ()
    level: str = "B-B"
    responses: tuple[Response, ...] = ()

    def role(self, box: str) -> Role | None:
        """The role of a box: the one with its name, else the one that it belongs to, or None."""
        exact = next((role for role in self.roles if role.name == box), None)
        return exact or next((role for role in self.roles if belongs(box, role.name)), None)


def load_trust(folder: Path) -> Trust:
    """Read a trust folder; every fault in it at once.

    Raises:
        SignatureError: S040 no folder or no root in it, S041 a ``.pem`` file without a certificate of an authority,
            S042 a private key in the folder's ``.pem`` files, S043 not a revocation list, S158 not an answer about one
            certificate, S044 no roles.yaml, S045 an unknown key or a wrong type in it, S046 something missing in it,
            S047 a required role that is not listed, S048 not a fingerprint, S001 to S004 roles.yaml is not YAML.
    """
    faults: list[Fault] = []
    found = _authorities(folder, faults)
    demands = read_roles(folder / "roles.yaml", faults)
    if faults:
        raise SignatureError(faults)
    return Trust(
        roots=found.roots,
        intermediates=found.intermediates,
        lists=found.lists,
        roles=demands.roles,
        required=demands.required,
        timestamp_required=demands.timestamp_required,
        practice=any(is_practice_certificate(root) for root in found.roots),
        source=str(folder),
        present=demands.present,
        level=demands.level,
        responses=found.responses,
    )


def load_authorities(folder: Path) -> Authorities:
    """Read the certificates and revocation lists of a trust folder; roles.yaml is not asked for.

    Raises:
        SignatureError: S040 to S043 and S158, as :func:`load_trust`.
    """
    faults: list[Fault] = []
    found = _authorities(folder, faults)
    if faults:
        raise SignatureError(faults)
    return found


def revocation_list(data: bytes, source: str) -> RevocationList:
    """A revocation list from DER or PEM.

    Raises:
        ValueError: It is none.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = b"-----BEGIN X509 CRL-----" in data
    found = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
    return RevocationList(
        data=found.public_bytes(Encoding.DER),
        issuer=found.issuer.rfc4514_string(),
        made=found.last_update_utc,
        due=found.next_update_utc,
        source=source,
    )


def _authorities(folder: Path, faults: list[Fault]) -> Authorities:
    if not folder.is_dir():
        raise SignatureError(
            Fault(str(folder), "there is no such folder", "a trust folder", "Check the path given to --trust", "S040")
        )
    roots: list[bytes] = []
    intermediates: list[bytes] = []
    lists: list[RevocationList] = []
    responses: list[Response] = []
    files = sorted(path for path in folder.iterdir() if path.suffix in _CODES)
    if len(files) > _MAX_FILES:
        raise SignatureError(
            Fault(str(folder), f"more than {_MAX_FILES} files", "a trust folder", "Check the path", "S040")
        )
    for path in files:
        data = _bytes_of(path, faults)
        if data is None:
            continue
        if path.suffix == ".pem":
            _read_certificates(path, data, roots, intermediates, faults)
        elif path.suffix == ".crl":
            _read_list(path, data, lists, faults)
        else:
            _read_response(path, data, responses, faults)
    if not roots and not any(fault.code in ("S041", "S042") for fault in faults):
        faults.append(
            Fault(
                str(folder),
                "the folder holds no root",
                "at least one self-signed certificate of an authority (*.pem)",
                "Ask whoever issued the signer's certificate for its root; the system's roots are never used",
                "S040",
            )
        )
    unique = tuple(dict.fromkeys(roots)), tuple(dict.fromkeys(intermediates))
    return Authorities(*unique, tuple(lists), str(folder), tuple(responses))


def _bytes_of(path: Path, faults: list[Fault]) -> bytes | None:
    code = _CODES[path.suffix]
    try:
        if path.is_file() and path.stat().st_size <= _MAX_BYTES:
            return path.read_bytes()
        reason = "not a file of a reasonable size"
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    faults.append(Fault(str(path), reason, "a readable file", "Copy it in again", code))
    return None


def _read_certificates(
    path: Path, data: bytes, roots: list[bytes], intermediates: list[bytes], faults: list[Fault]
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    if b"PRIVATE KEY-----" in data:
        faults.append(
            Fault(
                str(path),
                "a private key stands in the trust folder",
                "certificates alone",
                "Take the key out; whoever has read this folder may now sign with it",
                "S042",
            )
        )
        return
    try:
        certificates = x509.load_pem_x509_certificates(data)
        for certificate in certificates:
            try:
                authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            except x509.ExtensionNotFound:
                authority = False
            if not authority:
                faults.append(
                    Fault(
                        str(path),
                        "the certificate is that of a person or a service",
                        "the certificate of an authority",
                        "List its fingerprint in roles.yaml instead, and put its issuer's certificate here",
                        "S041",
                    )
                )
                return
            own = certificate.subject == certificate.issuer
            (roots if own else intermediates).append(certificate.public_bytes(Encoding.DER))
    except ValueError:
        faults.append(Fault(str(path), "no certificate can be read", "certificates as PEM", "Copy it in again", "S041"))


def _read_list(path: Path, data: bytes, lists: list[RevocationList], faults: list[Fault]) -> None:
    try:
        lists.append(revocation_list(data, path.name))
    except ValueError:
        faults.append(
            Fault(str(path), "no revocation list can be read", "a list as PEM or DER", "Fetch it again", "S043")
        )


def _read_response(path: Path, data: bytes, responses: list[Response], faults: list[Fault]) -> None:
    try:
        responses.append(ocsp_response(data, path.name))
    except ValueError as error:
        why = f" ({error})" if str(error).startswith(("the responder refused", "not about", "larger")) else ""
        found = f"no answer about one certificate can be read{why}"
        wanted = "an OCSP response as DER, as “openssl ocsp -respout” writes it"
        faults.append(Fault(str(path), found, wanted, "Ask the responder again", "S158"))
