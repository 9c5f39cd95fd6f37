"""Append to a PDF: a signature, or what an archive needs, and nothing else.

In: bytes of a PDF. Out: pyHanko's incremental writer, held to PDF 1.7 and kept from touching the metadata; and the
document security store, written in the same revision as the signature or timestamp that follows, so that it covers it.
"""

from __future__ import annotations

import io
from typing import Any

from impact.signing.evidence import Evidence

__all__ = ["appending", "store"]


def appending(pdf: bytes) -> Any:
    """An incremental writer on ``pdf``."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        """Appends what it is given and nothing else."""

        def ensure_output_version(self, version: Any) -> None:
            # Elliptic curves make pyHanko declare PDF 2.0 (ISO 32002), which an honest PDF/A-3 may not.
            super().ensure_output_version(min(version, (1, 7)))  # type: ignore[no-untyped-call]  # pyHanko types this in part

        def register_extension(self, ext: Any) -> None:
            if str(ext.prefix_name) == "/ESIC":  # the one that PAdES asks for; the others belong to PDF 2.0
                super().register_extension(ext)

        def _update_meta(self) -> None:
            """Leave the metadata as it was: the digest of the record stands there."""

    return Writer(io.BytesIO(pdf), strict=True)


def store(writer: Any, evidence: Evidence) -> None:
    """Add ``evidence`` to the document security store of what ``writer`` will write; what stands there is kept."""
    from asn1crypto import crl, x509
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,  # no entry for one signature alone (VRI): ETSI EN 319 142-1, 5.4.2.3, advises against it
        certs=[x509.Certificate.load(each) for each in evidence.certificates],
        crls=[crl.CertificateList.load(each) for each in evidence.lists],
    )
