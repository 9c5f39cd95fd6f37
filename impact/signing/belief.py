"""Whether a certificate was to be trusted at a moment, by the trust folder alone.

In: a ``Trust`` and times. Out: pyHanko's validation contexts, and what lists and answers say of a certificate.
Nothing is fetched: whoever answers over the network could change the verdict from one day to the next.

A belief is of the present, or of an earlier moment of which a trusted timestamp of the document tells. In the second
case it also knows the lists and answers that this timestamp covers, and judges as the same reader would have judged
then, but for one thing: what is said later against a certificate still counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from impact.signing.certificates import vouched
from impact.signing.responses import Response, told
from impact.signing.sealed import Sealed
from impact.signing.trust import RevocationList, Trust

__all__ = ["Belief"]

_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True)
class Belief:
    """A trust folder at a time.

    Attributes:
        trust: The folder.
        now: The time of verifying, in UTC, or an earlier one.
        sealed: What the timestamp covers that tells of an earlier one; None for the present.
    """

    trust: Trust
    now: datetime
    sealed: Sealed | None = None

    def alone(self) -> Belief:
        """The same without the lists and answers of the folder: does the document bring all that is needed?"""
        return replace(self, trust=replace(self.trust, lists=(), responses=()))

    @property
    def stale(self) -> list[RevocationList]:
        """Lists for which a newer one is due: they no longer tell who has been revoked."""
        return [each for each in self.lists if each.due is not None and each.due < self.now]

    @property
    def lists(self) -> tuple[RevocationList, ...]:
        """Lists of the folder, and those that are sealed."""
        return (*self.trust.lists, *(self.sealed.lists if self.sealed else ()))

    @property
    def responses(self) -> tuple[Response, ...]:
        """Answers of the folder, and those that are sealed; unchecked, and current or not."""
        return (*self.trust.responses, *(self.sealed.responses if self.sealed else ()))

    @property
    def current(self) -> list[RevocationList]:
        """Lists that speak for a certificate at this time. One made later does so only for the present."""
        stale = self.stale
        return [
            each
            for each in self.lists
            if each not in stale and (self.sealed is None or each.made <= self.now + _CLOCKS_DIFFER)
        ]

    def context(self, *, moment: datetime | None = None, revocation: bool = True) -> Any:
        """A validation context.

        Args:
            moment: The proven time of signing; the time of the belief by default. A list made after it still counts,
                since a revocation is never taken back to a time before it.
            revocation: Whether every certificate below the root must stand on a current list.
        """
        from asn1crypto import crl
        from pyhanko_certvalidator import ValidationContext

        roots, others = self._certificates
        lists = [crl.CertificateList.load(each.data) for each in self.current]
        return ValidationContext(
            trust_roots=list(roots),
            other_certs=list(others),
            crls=lists if revocation else [],
            allow_fetching=False,
            revocation_mode="require" if revocation else "soft-fail",
            moment=moment or self.now,
            retroactive_revinfo=moment is not None,
        )

    def revoked_at(self, *certificates: bytes) -> datetime | None:
        """When a list or an answer, current or not, says that one of the certificates was revoked; the earliest."""
        from cryptography import x509

        loaded = [x509.load_der_x509_certificate(each) for each in certificates]
        times = []
        for each in self.lists:
            found = x509.load_der_x509_crl(each.data)
            for one in loaded:
                entry = found.get_revoked_certificate_by_serial_number(one.serial_number)
                if entry is not None and found.issuer == one.issuer:
                    times.append(entry.revocation_date_utc)
        times += [each.revoked for each in self.about(*certificates) if each.revoked is not None]
        return min(times, default=None)

    def about(self, *certificates: bytes) -> list[Response]:
        """Answers, current or not, that say good or revoked of one of the certificates, by whoever may say so."""
        if not self.responses:
            return []
        sealed = self.sealed.certificates if self.sealed else ()
        authorities = vouched((*certificates, *sealed), (*self.trust.roots, *self.trust.intermediates))
        return [
            each
            for each in self.responses
            if any(told(each, one, above) in ("good", "revoked") for one in certificates for above in authorities)
        ]

    @cached_property
    def _certificates(self) -> tuple[list[Any], list[Any]]:
        return _loaded(self.trust.roots), _loaded(
            (*self.trust.intermediates, *(self.sealed.certificates if self.sealed else ()))
        )


def _loaded(certificates: Iterable[bytes]) -> list[Any]:
    from asn1crypto import x509

    return [x509.Certificate.load(each) for each in certificates]
