"""Timestamps of a whole document: they date everything that stands in it, signatures and revocation lists included.

In: a signed PDF and a time service. Out: the same bytes with one more revision, which holds what a later reader needs
(where authorities are given) and a timestamp over all of it (PAdES B-LTA). Before the certificate of one timestamp ends
another is added, and so on: each shows that the one before was good while it could still be judged.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, SignatureError
from impact.signing.cms import DIGEST, cms_timestamper
from impact.signing.document import open_pdf
from impact.signing.earlier import check_earlier
from impact.signing.evidence import Chain, Evidence, gather
from impact.signing.quiet import quiet, wait_for
from impact.signing.responder import Ask
from impact.signing.signer import Timestamper
from impact.signing.timeservice import time_fault
from impact.signing.trust import Authorities
from impact.signing.writer import append

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

__all__ = ["archive", "chains_of", "dated", "time_chain"]

_NAME = re.compile(r"ArchiveTimestamp([0-9]+)")


def archive(
    pdf: bytes,
    *,
    timestamper: Timestamper,
    authorities: Authorities | None = None,
    now: datetime | None = None,
    ask: Ask | None = None,
) -> bytes:
    """Add a timestamp of the document, with what is needed to judge everything signed before it.

    Args:
        pdf: A signed PDF.
        timestamper: What states the time.
        authorities: Roots and revocation lists; without them only the timestamp is added, and what earlier signatures
            need must stand in the file or in the reader's folder.
        now: Of a local timestamp, and the time at which lists must be current; the clock by default.
        ask: Asks the responders of certificates on which the folder has nothing; None asks nobody.

    Raises:
        SignatureError: S101 to S104 the PDF cannot be read, S142 nobody has signed, S024 it was changed after a
            signature, S018 the timestamp service gave no usable answer, S141 a list or a root is missing,
            S159 and S160 a responder gave no answer that counts.
    """
    when = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    with quiet():
        found = check_earlier(pdf, open_pdf(pdf))
        if not any(str(each.sig_object_type) != "/DocTimeStamp" for each in found):
            remedy = "Sign it first (impact sign)"
            raise SignatureError(Fault("PDF", "nobody has signed this file", "a signed document", remedy, "S142"))
        stamper = cms_timestamper(timestamper, when)
        evidence = None
        if authorities is not None:
            chains = [chain for each in found for chain in chains_of(each)]
            evidence = gather([*chains, time_chain(stamper)], authorities, now=when, ask=ask)
        return dated(pdf, stamper, evidence)


def dated(pdf: bytes, stamper: Any, evidence: Evidence | None = None) -> bytes:
    """Append a timestamp of the document by ``stamper`` (of pyHanko), over ``evidence`` if there is any."""
    from pyhanko.sign.fields import InvisSigSettings, enumerate_sig_fields
    from pyhanko.sign.signers import PdfTimeStamper

    def add(writer: Any, out: io.BytesIO) -> Any:
        numbers = [_NAME.fullmatch(name) for name, _, _ in enumerate_sig_fields(writer.prev)]
        last = max((int(number[1]) for number in numbers if number), default=0)
        # Off the page: a box without a tag on the page breaks PDF/UA, and a hidden one PDF/A.
        unseen = InvisSigSettings(box_out_of_bounds=True)
        work = PdfTimeStamper(stamper, field_name=f"ArchiveTimestamp{last + 1}", invis_settings=unseen)
        return work.async_timestamp_pdf(writer, DIGEST, output=out)

    return append(pdf, add, doing="dating", evidence=evidence)


def time_chain(stamper: Any) -> Chain:
    """The certificate of a time service, from a timestamp of nothing, which is asked for once."""
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    try:
        return _token_chain(wait_for(stamper.async_dummy_response(DIGEST))["content"])
    except TimestampRequestError as error:
        raise time_fault(error) from None


def chains_of(signature: EmbeddedPdfSignature) -> list[Chain]:
    """The certificates of a signature and of its timestamp."""
    others = tuple(bytes(each.dump()) for each in signature.other_embedded_certs)
    chains = [Chain(bytes(signature.signer_cert.dump()), others, past=True)]
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            chains.append(_token_chain(attribute["values"][0]["content"], past=True))
    return chains


def _token_chain(signed_data: Any, *, past: bool = False) -> Chain:
    from pyhanko.sign.general import extract_certificate_info

    found = extract_certificate_info(signed_data)
    return Chain(bytes(found.signer_cert.dump()), tuple(bytes(each.dump()) for each in found.other_certs), past)
