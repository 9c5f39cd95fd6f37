"""A trust folder for practice: certificates that anybody may use and nobody may rely on.

In: an empty or absent folder and the time. Out: a root, a revocation list, a timestamp signer, six signers and
roles.yaml, all marked PRACTICE. The root's key is thrown away, so nothing can be added to the folder later.
Knows nothing of PDFs.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, SignatureError
from impact.signing.certificates import PRACTICE_MARK, fingerprint

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["PASSPHRASE", "ROLES", "make_practice"]

PASSPHRASE = "practice"  # noqa: S105  # printed in the folder's README: these keys protect nothing
ROLES = {
    "Assessor": "Assessor",
    "DPO": "Data protection officer",
    "SRO": "Senior responsible owner",
    "Oversight": "Oversight body",
}
MEMBERS = {"panel1": "Panel member one", "panel2": "Panel member two"}  # each may approve, or dissent
_ROOT = "practice-root.pem"
_LASTS = timedelta(days=3652)  # ten years: a practice folder should not expire in the middle of a training course
_KEY_BITS = 3072  # ETSI TS 119 312: RSA of 3000 bits and more for signatures made after 2025

_README = f"""PRACTICE KEYS - NOT FOR REAL USE

Everything in this folder was made by `impact keys practice` to try out signing and verifying.
Anyone can make such a folder, so a signature made with it proves nothing about who signed.
Every certificate says "{PRACTICE_MARK}", and so does every page signature made with it.

The passphrase of every .p12 file is: {PASSPHRASE}

  practice-root.pem   the certificate from which all others descend; its key was thrown away
  practice-root.crl   the revocation list: no practice certificate is revoked
  timestamp.p12       signs the time, on this machine, without a network
  assessor.p12        signs as the assessor (field "Assessor")
  dpo.p12             signs as the data protection officer (field "DPO")
  sro.p12             signs as the senior responsible owner (field "SRO")
  oversight.p12       signs as the oversight body (field "Oversight")
  panel1.p12, panel2.p12  sign as members of a panel (fields "Panel1" ...), or dissent (fields "Dissent1" ...)
  roles.yaml          who may sign in which role, and which roles must have signed

  impact sign report.pdf -o signed.pdf --signer assessor.p12 --role Assessor --timestamp timestamp.p12
  impact verify signed.pdf --trust .

For real use, obtain certificates from your organisation or a trust service, put their root (.pem) and its
revocation list (.crl) into a new folder, and write a roles.yaml with the fingerprints of the people who may sign.
"""


def make_practice(folder: Path, *, now: datetime, force: bool = False) -> None:
    """Make a practice trust folder. Takes a few seconds, since eight RSA keys are made.

    Args:
        folder: Where to make it. It appears complete or not at all.
        now: The time at which the certificates begin, less one day; with a time zone.
        force: Replace earlier practice keys. A folder that holds anything else is never replaced.

    Raises:
        SignatureError: S030 the folder holds something, S031 it cannot be written, S029 the time has no zone.
    """
    if now.tzinfo is None:
        raise SignatureError(Fault("now", "a time without a zone", "a time with a zone", "Give it in UTC", "S029"))
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise SignatureError(
            Fault(str(folder), "this is not a folder", "an empty or absent folder", "Choose another path", "S030")
        )
    earlier = (folder / _ROOT).is_file()
    if folder.is_dir() and any(folder.iterdir()) and not (force and earlier):
        raise SignatureError(
            Fault(
                str(folder),
                "the folder holds something",
                "an empty or absent folder",
                "Give --force to replace these practice keys" if earlier else "Choose another folder",
                "S030",
            )
        )
    files = _files(now.astimezone(UTC).replace(microsecond=0))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, content in files.items():
                path = fresh / name
                path.write_bytes(content)
                path.chmod(0o600 if path.suffix == ".p12" else 0o644)
            fresh.chmod(0o755)
            _replace(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise SignatureError(
            Fault(str(folder), f"cannot be written ({error.strerror})", "", "Check the path and its rights", "S031")
        ) from None


def _replace(fresh: Path, folder: Path) -> None:
    """Put ``fresh`` in the place of ``folder``; what stood there is removed only when the new one stands."""
    old = fresh.with_name(fresh.name + "-old")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    if old.exists():
        shutil.rmtree(old)


def _files(now: datetime) -> dict[str, bytes]:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
    from cryptography.x509.oid import ExtendedKeyUsageOID

    begin, end = now - timedelta(days=1), now + _LASTS
    root_key = _key()
    root = _certificate("Root", root_key, None, None, begin, end, signs_certificates=True)
    files = {
        "README.txt": _README.encode(),
        _ROOT: root.public_bytes(Encoding.PEM),
        "practice-root.crl": _empty_list(root_key, root, begin, end),
    }
    lines = [
        "# Who may sign in which role: the SHA-256 fingerprint of each certificate that may.",
        "# PRACTICE – not for real use.",
        "required: [Assessor]  # roles that must have signed",
        "timestamp: required   # every signature must carry a trusted time",
        "roles:",
    ]

    def store(name: str, key: Any, certificate: x509.Certificate) -> None:
        files[f"{name}.p12"] = pkcs12.serialize_key_and_certificates(
            name.encode(), key, certificate, None, BestAvailableEncryption(PASSPHRASE.encode())
        )

    for role, label in ROLES.items():
        key = _key()
        certificate = _certificate(label, key, root_key, root, begin, end)
        store(role.lower(), key, certificate)
        lines += [
            f"  {role}:",
            f"    label: {label}",
            "    certificates:",
            f'      - "{fingerprint(certificate.public_bytes(Encoding.DER))}"',
        ]
    marks = []
    for name, label in MEMBERS.items():
        key = _key()
        certificate = _certificate(label, key, root_key, root, begin, end)
        store(name, key, certificate)
        marks.append(f'      - "{fingerprint(certificate.public_bytes(Encoding.DER))}"')
    for role, label in (("Panel", "Panel member"), ("Dissent", "Panel member who dissents")):
        lines += [f"  {role}:", f"    label: {label}", "    certificates:", *marks]
    key = _key()
    store(
        "timestamp", key, _certificate("Timestamp", key, root_key, root, begin, end, ExtendedKeyUsageOID.TIME_STAMPING)
    )
    files["roles.yaml"] = ("\n".join(lines) + "\n").encode()
    return files


def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, _KEY_BITS)


def _certificate(
    label: str,
    key: Any,
    issuer_key: Any,
    issuer: x509.Certificate | None,
    begin: datetime,
    end: datetime,
    purpose: x509.ObjectIdentifier | None = None,
    *,
    signs_certificates: bool = False,
) -> x509.Certificate:
    """One certificate: the root, a signer, or with ``purpose`` the timestamp signer."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, PRACTICE_MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{PRACTICE_MARK}: {label}"),
        ]
    )
    signing_key = key if issuer_key is None else issuer_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(signs_certificates, 0 if signs_certificates else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not signs_certificates,
                content_commitment=not signs_certificates and purpose is None,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=signs_certificates,
                crl_sign=signs_certificates,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if purpose is not None:  # RFC 3161, section 2.3: alone, and critical
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(signing_key, hashes.SHA256())


def _empty_list(key: Any, root: x509.Certificate, begin: datetime, end: datetime) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(begin)
        .next_update(end)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return revoked.public_bytes(Encoding.PEM)
