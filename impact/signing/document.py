"""Open PDF bytes from a stranger: limits on size, unpacking, revisions and time.

In: bytes. Out: pyHanko's strict reader, or a fault in plain words. Knows nothing of trust.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, SignatureError
from impact.signing.budget import TooManyObjects, budget

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = [
    "MAX_BYTES",
    "MAX_SIGNATURES",
    "OutOfTime",
    "empty_boxes",
    "first_revision",
    "open_pdf",
    "signatures_of",
    "value_of",
]

MAX_BYTES = 200_000_000  # a report of 400 pages with its attachments is under 10 MB
MAX_REVISIONS = 100  # each signature adds one, archiving adds a few
MAX_SIGNATURES = 30
MAX_OBJECTS = 500_000  # a report of 400 pages has about 100,000, its signatures a few each
_MEBI = 1024 * 1024


class OutOfTime(Exception):  # noqa: N818  # a limit of ours, turned into a fault by whoever set the limit
    """Reading took longer than was allowed."""


def open_pdf(pdf: bytes, *, seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> PdfFileReader:
    """A strict reader of ``pdf``.

    Args:
        pdf: The whole file.
        seconds: After so many seconds the reader raises :class:`OutOfTime`; None for no limit.
        clock: A clock that never goes back.

    Raises:
        SignatureError: S101 not a PDF that can be read, S102 too large, S103 encrypted, S104 two tables of contents
            in one revision (hybrid), S126 too many revisions or objects.
    """
    from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
    from pyhanko.pdf_utils.reader import PdfFileReader

    if len(pdf) > MAX_BYTES:
        raise _fault("the file is larger than 200 MB", "a smaller file", "S102")
    if not pdf.startswith(b"%PDF-"):
        raise _fault("this is not a PDF", "a PDF, which begins with %PDF-", "S101")
    until = clock() + seconds if seconds is not None else None

    def check() -> None:
        if until is not None and clock() > until:
            raise OutOfTime

    class Bounded(PdfFileReader):
        def get_object(self, *args: Any, **named: Any) -> Any:
            check()
            return super().get_object(*args, **named)  # type: ignore[no-untyped-call]  # pyHanko types this in part

    limits = DecodeLimits(
        per_stream=StreamDecodeLimits(max_output_size=128 * _MEBI),
        document_budget=DocumentDecodeBudget(base_allowance=512 * _MEBI, max_ratio=60),
    )
    try:
        with budget(MAX_OBJECTS, check=check):
            reader = Bounded(io.BytesIO(pdf), strict=True, decode_limits=limits)
        revisions = reader.total_revisions
        encrypted = "/Encrypt" in reader.trailer_view or reader.encrypted
        hybrid = reader.xrefs.hybrid_xrefs_present
    except OutOfTime:
        raise
    except TooManyObjects:
        raise _fault(f"the file lists more than {MAX_OBJECTS:,} objects", "a signed report", "S126") from None
    except Exception as error:  # a stranger's file may break pyHanko in any way
        raise _fault(f"the file cannot be read as a PDF ({type(error).__name__})", "an undamaged PDF", "S101") from None
    if encrypted:
        raise _fault("the file is encrypted", "a PDF that anyone can open", "S103")
    if hybrid:
        raise _fault("the file has two tables of its objects, which may differ", "one table", "S104")
    if revisions > MAX_REVISIONS:
        raise _fault(f"the file has more than {MAX_REVISIONS} revisions", "a signed report", "S126")
    return reader


def signatures_of(reader: PdfFileReader) -> tuple[list[EmbeddedPdfSignature], list[str]]:
    """Signatures in the order in which they were made, and the names of filled fields of an unknown kind.

    Raises:
        SignatureError: S109 a signature is malformed, S126 too many signatures.
    """
    from pyhanko.sign.fields import enumerate_sig_fields

    try:
        names = [name for name, value, _ in enumerate_sig_fields(reader, filled_status=True) if value is not None]
        found = list(reader.embedded_signatures) if len(names) <= MAX_SIGNATURES else []
    except OutOfTime:
        raise
    except Exception as error:  # as above
        raise _fault(f"a signature is malformed ({type(error).__name__})", "well-formed signatures", "S109") from None
    if len(names) > MAX_SIGNATURES:
        raise _fault(f"the file has more than {MAX_SIGNATURES} signatures", "a signed report", "S126")
    known = [signature.field_name for signature in found]
    return found, [name for name in names if name not in known]


def empty_boxes(reader: PdfFileReader) -> tuple[str, ...]:
    """Names of the signature fields in which nobody has signed, in the order of the document.

    Raises:
        SignatureError: S109, when the form is malformed.
    """
    from pyhanko.sign.fields import enumerate_sig_fields

    try:
        return tuple(str(name) for name, _, _ in enumerate_sig_fields(reader, filled_status=False))
    except OutOfTime:
        raise
    except Exception as error:  # as above
        raise _fault(f"a signature is malformed ({type(error).__name__})", "well-formed signatures", "S109") from None


def first_revision(reader: PdfFileReader) -> int | None:
    """Number of the revision that the first signature covers; None where nothing is signed."""
    found, _ = signatures_of(reader)
    return int(found[0].signed_revision) if found else None


def value_of(dictionary: Any, key: str) -> Any:
    """The value at ``key``, references followed, or None. (pyHanko's own ``get`` does not follow them.)"""
    return dictionary[key] if key in dictionary else None  # noqa: SIM401  # see above


def _fault(found: str, wanted: str, code: str) -> SignatureError:
    return SignatureError(Fault("PDF", found, wanted, "Ask for the file again, from whoever signed it", code))
