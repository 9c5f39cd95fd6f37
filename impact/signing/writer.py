"""Append to a PDF: a signature, or what an archive needs, and nothing else.

In: bytes of a PDF. Out: pyHanko's incremental writer, held to PDF 1.7 and kept from touching the metadata; and the
document security store, written in the same revision as the signature or timestamp that follows, so that it covers it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine
from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.evidence import Evidence
from impact.signing.quiet import wait_for
from impact.signing.timeservice import time_fault

__all__ = ["append", "appending", "store"]


def append(
    pdf: bytes,
    add: Callable[[Any, io.BytesIO], Coroutine[Any, Any, Any]],
    *,
    doing: str,
    evidence: Evidence | None = None,
    known: Callable[[Exception], SignatureError | None] = lambda _: None,
) -> bytes:
    """``pdf`` with one more revision, over ``evidence`` if there is any.

    Args:
        pdf: What stands before it and is not touched.
        add: Given a writer and what it is to be written to; writes.
        doing: A word for messages: “signing”.
        evidence: Put into the same revision.
        known: A fault in plain words for what went wrong, where the caller has one.

    Raises:
        SignatureError: S018 the timestamp service gave no usable answer, S026 writing failed, or what ``known`` gives.
    """
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    out = io.BytesIO()
    try:
        writer = appending(pdf)
        if evidence is not None:
            store(writer, evidence)
        wait_for(add(writer, out))
    except SignatureError:
        raise
    except TimestampRequestError as error:
        raise time_fault(error) from None
    except Exception as error:  # whatever pyHanko or a hostile PDF raises, nothing is written
        found = f"{doing} failed ({type(error).__name__}: {error})"
        told = known(error) or SignatureError(Fault("PDF", found, "", "Make the report again", "S026"))
        raise told from None
    made = out.getvalue()
    if not made.startswith(pdf):
        found = f"{doing} changed what stood before"
        raise SignatureError(Fault("PDF", found, "an appended revision", "Report this defect", "S026"))
    return made


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
    from asn1crypto import crl, ocsp, x509
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,  # no entry for one signature alone (VRI): ETSI EN 319 142-1, 5.4.2.3, advises against it
        certs=[x509.Certificate.load(each) for each in evidence.certificates],
        crls=[crl.CertificateList.load(each) for each in evidence.lists],
        ocsps=[ocsp.OCSPResponse.load(each) for each in evidence.responses],
    )
