"""The trust folder: whom to believe, what was revoked, and who may sign in which role.

In: a folder with roots (``*.pem``), revocation lists (``*.crl``) and ``roles.yaml``. Out: a frozen ``Trust``.
Never the roots of the operating system: hundreds of companies stand there, and none of them knows who the assessor is.
Knows nothing of PDFs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.certificates import is_practice_certificate
from impact.yamlfile import Located, YamlFaults, load, nearest

__all__ = ["RevocationList", "Role", "Trust", "load_trust"]

_MAX_FILES = 500
_MAX_BYTES = 50_000_000  # national revocation lists reach tens of megabytes
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_TOP = ("required", "timestamp", "roles")
_ROLE = ("label", "certificates")


@dataclass(frozen=True)
class Role:
    """Who may sign in one field: ``name`` of the field, its ``label``, fingerprints of the certificates that may."""

    name: str
    label: str
    certificates: frozenset[str]


@dataclass(frozen=True)
class RevocationList:
    """A revocation list: DER bytes, who issued it, and the time at which a newer one is due (None: never said)."""

    data: bytes = field(repr=False)
    issuer: str
    due: datetime | None
    source: str


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
    """

    roots: tuple[bytes, ...] = field(repr=False)
    intermediates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[RevocationList, ...]
    roles: tuple[Role, ...]
    required: tuple[str, ...]
    timestamp_required: bool
    practice: bool
    source: str

    def role(self, name: str) -> Role | None:
        """The role with this name, or None."""
        return next((role for role in self.roles if role.name == name), None)


def load_trust(folder: Path) -> Trust:
    """Read a trust folder; every fault in it at once.

    Raises:
        SignatureError: S040 no folder or no root in it, S041 a ``.pem`` file without a certificate of an authority,
            S042 a private key in the folder's ``.pem`` files, S043 not a revocation list, S044 no roles.yaml,
            S045 an unknown key or a wrong type in it, S046 something missing in it, S047 a required role that is not
            listed, S048 not a fingerprint, S001 to S004 roles.yaml is not YAML.
    """
    if not folder.is_dir():
        raise SignatureError(
            Fault(str(folder), "there is no such folder", "a trust folder", "Check the path given to --trust", "S040")
        )
    faults: list[Fault] = []
    roots: list[bytes] = []
    intermediates: list[bytes] = []
    lists: list[RevocationList] = []
    files = sorted(path for path in folder.iterdir() if path.suffix in (".pem", ".crl"))
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
        else:
            _read_list(path, data, lists, faults)
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
    roles, required, timestamp_required = _read_roles(folder / "roles.yaml", faults)
    if faults:
        raise SignatureError(faults)
    return Trust(
        roots=tuple(dict.fromkeys(roots)),
        intermediates=tuple(dict.fromkeys(intermediates)),
        lists=tuple(lists),
        roles=roles,
        required=required,
        timestamp_required=timestamp_required,
        practice=any(is_practice_certificate(root) for root in roots),
        source=str(folder),
    )


def _bytes_of(path: Path, faults: list[Fault]) -> bytes | None:
    code = "S041" if path.suffix == ".pem" else "S043"
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
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        pem = b"-----BEGIN X509 CRL-----" in data
        found = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        lists.append(
            RevocationList(
                data=found.public_bytes(Encoding.DER),
                issuer=found.issuer.rfc4514_string(),
                due=found.next_update_utc,
                source=path.name,
            )
        )
    except ValueError:
        faults.append(
            Fault(str(path), "no revocation list can be read", "a list as PEM or DER", "Fetch it again", "S043")
        )


def _read_roles(path: Path, faults: list[Fault]) -> tuple[tuple[Role, ...], tuple[str, ...], bool]:
    if not path.exists():
        faults.append(
            Fault(
                str(path),
                "the file is missing",
                "who may sign in which role",
                "Write one; impact keys practice shows an example. Without it anyone with a certificate could sign",
                "S044",
            )
        )
        return (), (), True
    try:
        located = load(path, family="S")
    except YamlFaults as error:
        faults.extend(error.faults)
        return (), (), True
    data = located.data
    if not isinstance(data, dict):
        faults.append(Fault(located.place_of(()), "not a mapping", "required, timestamp and roles", "", "S045"))
        return (), (), True
    _unknown_keys(located, (), data, _TOP, faults)
    roles = _roles(located, data.get("roles"), faults)
    required = data.get("required")
    if "required" not in data:
        faults.append(
            Fault(located.place_of(()), "missing “required”", "the roles that must have signed", "Add it", "S046")
        )
    elif not isinstance(required, list) or not required or not all(isinstance(name, str) for name in required):
        faults.append(
            Fault(
                located.place_of(("required",)), "not a list of roles", "at least one role", "Write [Assessor]", "S045"
            )
        )
    else:
        known = [role.name for role in roles]
        for index, name in enumerate(required):
            if name not in known and "roles" in data:
                near = nearest(name, known)
                faults.append(
                    Fault(
                        located.place_of(("required", index)),
                        f"the required role “{name}” is not under “roles”",
                        "a role that somebody may sign in",
                        f"Did you mean “{near}”?" if near else "Add it, or take it out here",
                        "S047",
                    )
                )
    timestamp = data.get("timestamp", "required")
    if timestamp not in ("required", "optional"):
        faults.append(
            Fault(located.place_of(("timestamp",)), "“timestamp” is neither", "required or optional", "", "S045")
        )
    names = tuple(dict.fromkeys(required)) if isinstance(required, list) else ()
    return roles, names, timestamp != "optional"


def _roles(located: Located, data: Any, faults: list[Fault]) -> tuple[Role, ...]:
    if not isinstance(data, dict) or not data:
        code = "S045" if data is not None else "S046"
        where = located.place_of(("roles",)) if data is not None else located.place_of(())
        faults.append(Fault(where, "no roles are listed", "each role with its certificates", "Add “roles”", code))
        return ()
    roles = []
    for name, part in data.items():
        at: tuple[str | int, ...] = ("roles", name)
        if not isinstance(name, str) or not isinstance(part, dict):
            faults.append(
                Fault(located.place_of(at), f"role “{name}” is not a mapping", "label, certificates", "", "S045")
            )
            continue
        _unknown_keys(located, at, part, _ROLE, faults)
        label = part.get("label", name)
        if not isinstance(label, str):
            faults.append(Fault(located.place_of((*at, "label")), "“label” is not text", "text", "", "S045"))
            label = name
        listed = part.get("certificates")
        if not isinstance(listed, list) or not listed:
            where = located.place_of((*at, "certificates"))
            faults.append(
                Fault(
                    where,
                    f"role “{name}” lists no certificates",
                    "fingerprints of those who may sign",
                    "Add them",
                    "S046",
                )
            )
            listed = []
        good = []
        for index, text in enumerate(listed):
            spoken = text.strip().lower().replace(":", "").removeprefix("sha256") if isinstance(text, str) else ""
            if _FINGERPRINT.fullmatch(f"sha256:{spoken}"):
                good.append(f"sha256:{spoken}")
            else:
                faults.append(
                    Fault(
                        located.place_of((*at, "certificates", index)),
                        "not a fingerprint",
                        "sha256: and 64 hexadecimal digits, in quotes",
                        "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE prints it",
                        "S048",
                    )
                )
        roles.append(Role(name, label, frozenset(good)))
    return tuple(roles)


def _unknown_keys(
    located: Located, at: tuple[str | int, ...], data: dict[Any, Any], known: tuple[str, ...], faults: list[Fault]
) -> None:
    for key in data:
        if key not in known:
            near = nearest(str(key), known)
            faults.append(
                Fault(
                    located.place_of((*at, key), key=True),
                    f"unknown key “{key}”",
                    "one of: " + ", ".join(known),
                    f"Did you mean “{near}”?" if near else "Remove it, or check the name",
                    "S045",
                )
            )
