"""What a later reader will need to judge today's signatures: certificates above them, and revocation lists of today.

In: certificates and the folder of authorities that the signer names. Out: frozen ``Evidence``, DER bytes ready to be
embedded (ETSI EN 319 142-1, 5.4: the document security store). Nothing is fetched. Whoever signs is told now what would
be missing later. Trust does not come from here: a reader believes his own folder, whatever is embedded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.certificates import issued, name_of
from impact.signing.trust import Authorities, RevocationList

__all__ = ["Chain", "Evidence", "gather"]

_MAX_STEPS = 10  # certificates between a person and a root; two or three are usual


@dataclass(frozen=True)
class Chain:
    """A certificate that signs, or has signed, as DER bytes, and others that were sent along with it.

    ``past``: it has signed already. Whether it has ended or was revoked since is for the reader to judge.
    """

    certificate: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(default=(), repr=False)
    past: bool = False


@dataclass(frozen=True)
class Evidence:
    """DER bytes: ``certificates`` without roots, and the ``lists`` under which they stand."""

    certificates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[bytes, ...] = field(repr=False)


def gather(chains: Iterable[Chain], authorities: Authorities, *, now: datetime) -> Evidence:
    """Certificates and revocation lists for ``chains``, each checked as a reader would.

    Of what has signed already, a certificate that has ended by ``now`` need not stand under a list: it is too late to
    ask. The list of one that was revoked since is taken as well, for it tells when.

    Raises:
        SignatureError: S141, once for each certificate that does not lead to a root in the folder, or stands under no
            list that is current at ``now``, or is to sign and was revoked.
    """
    from cryptography import x509

    certificates: list[bytes] = []
    lists: list[bytes] = []
    faults: list[Fault] = []
    for chain in chains:
        above = [
            x509.load_der_x509_certificate(each)
            for each in (*authorities.roots, *authorities.intermediates, *chain.others)
        ]
        roots = set(authorities.roots)
        below, data = x509.load_der_x509_certificate(chain.certificate), chain.certificate
        for _ in range(_MAX_STEPS):
            if data in roots:
                break
            issuer = next((each for each in above if each != below and issued(below, each)), None)
            if issuer is None:
                found = f"the certificate of “{name_of(data)}” does not lead to a root in the folder"
                faults.append(_fault(authorities, found, "Put the root of its issuer into the folder"))
                break
            certificates.append(data)
            ended = chain.past and below.not_valid_after_utc < now
            _listed(below, issuer, authorities, now, lists, [] if ended else faults, past=chain.past)
            below, data = issuer, _der(issuer)
        else:
            faults.append(_fault(authorities, f"too many certificates above “{name_of(chain.certificate)}”", ""))
    if faults:
        raise SignatureError(list({str(fault): fault for fault in faults}.values()))
    return Evidence(tuple(dict.fromkeys(certificates)), tuple(dict.fromkeys(lists)))


def _listed(
    below: Any,
    issuer: Any,
    authorities: Authorities,
    now: datetime,
    lists: list[bytes],
    faults: list[Fault],
    *,
    past: bool,
) -> None:
    """Add the newest list of ``issuer`` that is current, or a fault."""
    own = [(each, _loaded(each)) for each in authorities.lists]
    signed = [
        (each, loaded)
        for each, loaded in own
        if loaded.issuer == issuer.subject and loaded.is_signature_valid(issuer.public_key())
    ]
    current = _current(signed, now)
    name = name_of(_der(below))
    if not current:
        ended = f", only one due on {signed[-1][0].due:%d %B %Y}" if signed and signed[-1][0].due else ""
        found = f"no current revocation list for the certificate of “{name}”{ended}"
        faults.append(_fault(authorities, found, f"Fetch the newest list of “{name_of(_der(issuer))}” into the folder"))
        return
    each, loaded = max(current, key=lambda pair: pair[1].last_update_utc)
    if not past and loaded.get_revoked_certificate_by_serial_number(below.serial_number) is not None:
        faults.append(_fault(authorities, f"the certificate of “{name}” was revoked", "Obtain a new certificate"))
        return
    lists.append(each.data)


def _current(signed: Sequence[tuple[RevocationList, Any]], now: datetime) -> list[tuple[RevocationList, Any]]:
    return [
        (each, loaded)
        for each, loaded in signed
        if loaded.last_update_utc <= now and each.due is not None and now <= each.due
    ]


def _loaded(each: RevocationList) -> Any:
    from cryptography import x509

    return x509.load_der_x509_crl(each.data)


def _der(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    data: bytes = certificate.public_bytes(Encoding.DER)
    return data


def _fault(authorities: Authorities, found: str, remedy: str) -> Fault:
    return Fault(authorities.source, found, "what a reader needs years later: roots and current lists", remedy, "S141")
