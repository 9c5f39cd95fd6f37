"""Whether a certificate was to be trusted at a moment, by the trust folder alone.

In: a ``Trust`` and times. Out: pyHanko's validation contexts, and what the revocation lists say of a certificate.
Nothing is fetched: whoever answers over the network could change the verdict from one day to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from impact.signing.trust import RevocationList, Trust

__all__ = ["Belief"]


@dataclass(frozen=True)
class Belief:
    """A trust folder at the time of verifying.

    Attributes:
        trust: The folder.
        now: The time of verifying, in UTC.
    """

    trust: Trust
    now: datetime

    @property
    def stale(self) -> list[RevocationList]:
        """Lists for which a newer one is due: they no longer tell who has been revoked."""
        return [each for each in self.trust.lists if each.due is not None and each.due < self.now]

    def context(self, *, moment: datetime | None = None, revocation: bool = True) -> Any:
        """A validation context.

        Args:
            moment: The proven time of signing; the present by default. A list made after it still counts, since a
                revocation is never taken back to a time before it.
            revocation: Whether every certificate below the root must stand on a current list.
        """
        from asn1crypto import crl
        from pyhanko_certvalidator import ValidationContext

        roots, intermediates = self._certificates
        stale = self.stale
        lists = [crl.CertificateList.load(each.data) for each in self.trust.lists if each not in stale]
        return ValidationContext(
            trust_roots=list(roots),
            other_certs=list(intermediates),
            crls=lists if revocation else [],
            allow_fetching=False,
            revocation_mode="require" if revocation else "soft-fail",
            moment=moment or self.now,
            retroactive_revinfo=moment is not None,
        )

    def revoked_at(self, certificate: bytes) -> datetime | None:
        """When a list in the folder, current or not, says that the certificate was revoked."""
        from cryptography import x509

        loaded = x509.load_der_x509_certificate(certificate)
        times = []
        for each in self.trust.lists:
            found = x509.load_der_x509_crl(each.data)
            entry = found.get_revoked_certificate_by_serial_number(loaded.serial_number)
            if entry is not None and found.issuer == loaded.issuer:
                times.append(entry.revocation_date_utc)
        return min(times, default=None)

    @cached_property
    def _certificates(self) -> tuple[list[Any], list[Any]]:
        from asn1crypto import x509

        return (
            [x509.Certificate.load(each) for each in self.trust.roots],
            [x509.Certificate.load(each) for each in self.trust.intermediates],
        )
