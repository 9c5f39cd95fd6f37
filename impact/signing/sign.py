"""Sign a PDF in the box that the report made for a role.

In: bytes of a PDF with empty signature fields, a signer, a role, the time. Out: the same bytes with one revision
appended, so that a signed file begins with the unsigned one. The first signature certifies (later ones may only sign),
the others approve. Knows nothing of what the PDF says.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from impact.errors import Exit, Fault, SignatureError
from impact.signing.appearance import stamp_style
from impact.signing.document import open_pdf, signatures_of
from impact.signing.quiet import quiet, wait_for
from impact.signing.signer import Signer, Timestamper, check_usable, is_practice
from impact.yamlfile import nearest

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["fields_of", "sign"]

_MAX_REASON = 200  # more does not fit the box at a size that can be read
_DIGEST = "sha256"


def sign(
    pdf: bytes,
    *,
    signer: Signer,
    role: str,
    reason: str | None = None,
    timestamper: Timestamper | None = None,
    now: datetime | None = None,
) -> bytes:
    """Sign in the field of ``role``.

    Args:
        pdf: A PDF with an empty signature field named ``role``; earlier signatures are kept.
        signer: From :func:`impact.signing.signer.load_signer`.
        role: Name of the field: ``Assessor``, ``DPO``, ``SRO`` or ``Oversight`` in our reports.
        reason: One line, shown in the box and signed; at most 200 characters.
        timestamper: What states the time. With it the signature is PAdES B-T, which can be checked after the
            certificate has ended; without it PAdES B-B, and ``verify`` says so.
        now: The time that the signer claims, and of a local timestamp; the clock by default.

    Raises:
        SignatureError: S101 to S104 the PDF cannot be read, S021 no field for this role, S022 the role has signed,
            S024 the file was changed after an earlier signature, S025 the reason is too long, S015 and S016 the
            certificate cannot be used, S018 the timestamp service gave no usable answer, S026 signing failed.
    """
    when = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    check_usable(signer, now=when)
    if reason is not None and (len(reason) > _MAX_REASON or not reason.isprintable()):
        raise SignatureError(
            Fault(
                "--reason", "too long, or not one line of text", f"at most {_MAX_REASON} characters", "Cut it", "S025"
            )
        )
    with quiet():
        reader = open_pdf(pdf)
        _check_field(reader, role)
        first = _check_earlier(pdf, reader)
        return _append(pdf, signer, role, reason, timestamper, when, first)


def fields_of(pdf: bytes) -> dict[str, bool]:
    """Names of the signature fields, in the order of the document, and whether each is signed.

    Raises:
        SignatureError: S101 to S104, when the PDF cannot be read.
    """
    with quiet():
        return _fields(open_pdf(pdf))


def _fields(reader: PdfFileReader) -> dict[str, bool]:
    from pyhanko.sign.fields import enumerate_sig_fields

    try:
        return {str(name): value is not None for name, value, _ in enumerate_sig_fields(reader)}
    except Exception as error:  # a stranger's file may break pyHanko in any way
        raise SignatureError(
            Fault("PDF", f"its form cannot be read ({type(error).__name__})", "", "Make the report again", "S101")
        ) from None


def _check_field(reader: PdfFileReader, role: str) -> None:
    fields = _fields(reader)
    if role not in fields:
        near = nearest(role, fields)
        remedy = f"Did you mean “{near}”?" if near else "Make the report again with a place for this role"
        wanted = "one of: " + ", ".join(fields) if fields else "a report made by impact, which has such fields"
        raise SignatureError(Fault(f"role “{role}”", "the PDF has no signature field for it", wanted, remedy, "S021"))
    if fields[role]:
        raise SignatureError(
            Fault(
                f"role “{role}”",
                "this role has signed already",
                "an empty field",
                "Choose another role, or make the report again",
                "S022",
            )
        )


def _check_earlier(pdf: bytes, reader: PdfFileReader) -> bool:
    """Whether this will be the first signature. Nobody should countersign what was changed behind a signature."""
    from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    from impact.signing.policy import strict_policy

    found, strange = signatures_of(reader)
    sound = not strange
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)  # whom to trust is not asked here
    try:
        for signature in found:
            if str(signature.sig_object_type) == "/DocTimeStamp":
                stamp = wait_for(async_validate_pdf_timestamp(signature, nobody, diff_policy=strict_policy()))
                sound = sound and bool(stamp.intact and stamp.valid)
            else:
                status = wait_for(async_validate_pdf_signature(signature, nobody, diff_policy=strict_policy()))
                sound = sound and bool(status.intact and status.valid and status.docmdp_ok)
    except Exception:  # a stranger's file may break pyHanko in any way
        sound = False
    if found and sound:
        _, _, start, length = [int(part) for part in found[-1].byte_range]
        sound = start + length == len(pdf)
    if not sound:
        raise SignatureError(
            Fault(
                "PDF",
                "the file was changed after an earlier signature",
                "a file that is as it was signed",
                "Run impact verify, and ask for the file again",
                "S024",
                Exit.GATE,
            )
        )
    return not found


def _append(
    pdf: bytes,
    signer: Signer,
    role: str,
    reason: str | None,
    timestamper: Timestamper | None,
    when: datetime,
    first: bool,
) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    class Writer(IncrementalPdfFileWriter):
        """Appends the signature and nothing else."""

        def ensure_output_version(self, version: Any) -> None:
            # Elliptic curves make pyHanko declare PDF 2.0 (ISO 32002), which an honest PDF/A-3 may not.
            super().ensure_output_version(min(version, (1, 7)))  # type: ignore[no-untyped-call]  # pyHanko types this in part

        def register_extension(self, ext: Any) -> None:
            if str(ext.prefix_name) == "/ESIC":  # the one that PAdES asks for; the others belong to PDF 2.0
                super().register_extension(ext)

        def _update_meta(self) -> None:
            """Leave the metadata as it was: the digest of the record stands there."""

    class AtTime(PdfSigner):
        """pyHanko reads the machine's clock here; our time is an argument."""

        def init_signing_session(self, *args: Any, **named: Any) -> Any:
            session = super().init_signing_session(*args, **named)
            session.system_time = when
            return session

    metadata = PdfSignatureMetadata(
        field_name=role,
        md_algorithm=_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        certify=first,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    work = AtTime(
        metadata,
        signer=_cms_signer(signer),
        timestamper=_cms_timestamper(timestamper, when),
        stamp_style=stamp_style(name=signer.name, role=role, reason=reason, practice=is_practice(signer)),
    )
    out = io.BytesIO()
    try:
        wait_for(work.async_sign_pdf(Writer(io.BytesIO(pdf), strict=True), existing_fields_only=True, output=out))
    except TimestampRequestError:
        raise SignatureError(
            Fault(
                "timestamp service",
                "it gave no usable answer",
                "a timestamp by RFC 3161",
                "Check the address and the network, or sign again later",
                "S018",
            )
        ) from None
    except Exception as error:  # whatever pyHanko or a hostile PDF raises, nothing is written
        raise SignatureError(
            Fault("PDF", f"signing failed ({type(error).__name__}: {error})", "", "Make the report again", "S026")
        ) from None
    signed = out.getvalue()
    if not signed.startswith(pdf):
        raise SignatureError(
            Fault("PDF", "signing changed what stood before", "an appended revision", "Report this defect", "S026")
        )
    return signed


def _cms_signer(signer: Signer) -> Any:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.sign.attributes import CMSAlgorithmProtectionProvider
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Protected(SimpleSigner):
        """Puts the names of the algorithms under the signature (RFC 6211), which pyHanko leaves out for PAdES."""

        def _signed_attr_providers(self, *args: Any, **named: Any) -> Any:
            found = list(super()._signed_attr_providers(*args, **named))
            if not any(isinstance(each, CMSAlgorithmProtectionProvider) for each in found):
                mechanism = self.get_signature_mechanism_for_digest(_DIGEST)
                found.append(CMSAlgorithmProtectionProvider(digest_algo=_DIGEST, signature_algo=mechanism))
            return found

    issuers = [x509.Certificate.load(each) for each in signer.issuers]
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Protected(
        signing_cert=x509.Certificate.load(signer.certificate),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(issuers),  # type: ignore[no-untyped-call]  # pyHanko types this in part
        embed_roots=False,
    )


def _cms_timestamper(timestamper: Timestamper | None, when: datetime) -> Any:
    if timestamper is None:
        return None
    if timestamper.signer is not None:
        from impact.signing.localtime import local_timestamper

        return local_timestamper(_cms_signer(timestamper.signer), when=when)
    from impact.signing.timeservice import service_timestamper

    return service_timestamper(str(timestamper.url), seconds=timestamper.seconds)
