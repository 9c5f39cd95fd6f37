"""What the file itself brings for judging it later: the document security store, as one revision had it.

In: a reader, the number of a revision, the trust folder. Out: frozen ``Sealed``: certificates, and those revocation
lists that an authority of the reader's own folder has signed. A list of anybody else is not even looked at: an issuer's
name can be copied, its signature cannot. Answers about one certificate are taken as they are, since who may give one
depends on the certificate: they are checked when one is asked after. Whatever cannot be read counts as not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from impact.signing.certificates import vouched
from impact.signing.document import OutOfTime, value_of
from impact.signing.responses import MAX_RESPONSE, Response, ocsp_response
from impact.signing.trust import RevocationList, Trust, revocation_list

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["Sealed", "read_sealed"]

_MAX_ENTRIES = 200
_MAX_TOTAL = 50_000_000  # bytes, unpacked


@dataclass(frozen=True)
class Sealed:
    """DER bytes of certificates; revocation lists signed by authorities that the reader believes; unchecked answers."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    lists: tuple[RevocationList, ...] = ()
    responses: tuple[Response, ...] = ()

    @property
    def tells(self) -> bool:
        """Whether it holds anything on revocation."""
        return bool(self.lists or self.responses)


def read_sealed(reader: PdfFileReader, revision: int, trust: Trust) -> Sealed:
    """The store of ``revision``; empty where there is none, or where it is damaged.

    Raises:
        OutOfTime: When the reader's time is over.
    """
    try:
        root = reader.get_historical_resolver(revision).root
        store = value_of(root, "/DSS")
        if store is None:
            return Sealed()
        certificates = _streams(store, "/Certs")
        lists = _streams(store, "/CRLs")
        answers = _streams(store, "/OCSPs")
    except OutOfTime:
        raise
    except Exception:  # a stranger's file may break pyHanko in any way
        return Sealed()
    return Sealed(tuple(certificates), tuple(_believed(lists, certificates, trust)), tuple(_readable(answers)))


def _streams(store: Any, key: str) -> list[bytes]:
    entries = value_of(store, key) or ()
    if len(entries) > _MAX_ENTRIES:
        return []
    found = [bytes(entries[at].data) for at in range(len(entries))]  # by index, which follows references
    return found if sum(map(len, found)) <= _MAX_TOTAL else []


def _readable(answers: list[bytes]) -> list[Response]:
    found = []
    for data in dict.fromkeys(answers):
        if len(data) <= MAX_RESPONSE:
            try:
                found.append(ocsp_response(data, "an answer in the document"))
            except Exception:  # noqa: S112  # what a stranger wrote; an answer that cannot be read is none
                continue
    return found


def _believed(lists: list[bytes], certificates: list[bytes], trust: Trust) -> list[RevocationList]:
    from cryptography import x509

    known = vouched(certificates, (*trust.roots, *trust.intermediates))
    authorities: list[Any] = [x509.load_der_x509_certificate(each) for each in known]
    found = []
    for data in dict.fromkeys(lists):
        try:
            each = revocation_list(data, "a list in the document")
            loaded = x509.load_der_x509_crl(each.data)
            own = [one for one in authorities if one.subject == loaded.issuer]
            if each.due is not None and any(loaded.is_signature_valid(one.public_key()) for one in own):
                found.append(each)
        except Exception:  # noqa: S112  # what a stranger wrote; a list that cannot be read is no list
            continue
    return found
