"""Whether a file is as those before left it: nobody should countersign, or date, what was changed behind a signature.

In: the file and its reader. Out: how many signatures stand in it, or a fault. Whom to trust is not asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.errors import Exit, Fault, SignatureError
from impact.signing.document import signatures_of
from impact.signing.quiet import wait_for

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["check_earlier"]


def check_earlier(pdf: bytes, reader: PdfFileReader) -> list[EmbeddedPdfSignature]:
    """The signatures and timestamps of the file, in order; none where nobody has signed.

    Raises:
        SignatureError: S024, when one of them does not hold, or something was changed or added after it.
    """
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
    return found
