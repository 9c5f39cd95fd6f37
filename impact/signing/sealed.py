"""What the file itself brings for judging it later: the document security store, as one revision had it.

In: a reader, the number of a revision, the trust folder. Out: frozen ``Sealed``: certificates, and those revocation
lists that an authority of the reader's own folder has signed. A list of anybody else is not even looked at: an issuer's
name can be copied, its signature cannot. Whatever cannot be read counts as not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from impact.signing.certificates import issued
from impact.signing.document import OutOfTime, value_of
from impact.signing.trust import RevocationList, Trust, revocation_list

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["Sealed", "read_sealed"]

_MAX_ENTRIES = 200
_MAX_TOTAL = 50_000_000  # bytes, unpacked


@dataclass(frozen=True)
class Sealed:
    """DER bytes of certificates, and revocation lists signed by authorities that the reader believes."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    lists: tuple[RevocationList, ...] = ()


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
    except OutOfTime:
        raise
    except Exception:  # a stranger's file may break pyHanko in any way
        return Sealed()
    return Sealed(tuple(certificates), tuple(_believed(lists, certificates, trust)))


def _streams(store: Any, key: str) -> list[bytes]:
    entries = value_of(store, key) or ()
    if len(entries) > _MAX_ENTRIES:
        return []
    found = [bytes(entries[at].data) for at in range(len(entries))]  # by index, which follows references
    return found if sum(map(len, found)) <= _MAX_TOTAL else []


def _believed(lists: list[bytes], certificates: list[bytes], trust: Trust) -> list[RevocationList]:
    from cryptography import x509

    authorities = _authorities(certificates, trust)
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


def _authorities(certificates: list[bytes], trust: Trust) -> list[Any]:
    """Authorities of the folder, and those in the document that they issued, step by step."""
    from cryptography import x509

    good = [x509.load_der_x509_certificate(each) for each in (*trust.roots, *trust.intermediates)]
    waiting = []
    for data in certificates:
        try:
            each = x509.load_der_x509_certificate(data)
            if each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                waiting.append(each)
        except Exception:  # noqa: S112  # as above
            continue
    while vouched := [each for each in waiting if any(issued(each, above) for above in good)]:
        good += vouched
        waiting = [each for each in waiting if each not in vouched]
    return good
