"""What a later reader will need to judge today's signatures: certificates above them, and what tells of revocations.

In: certificates and the folder of authorities that the signer names. Out: frozen ``Evidence``, DER bytes ready to be
embedded (ETSI EN 319 142-1, 5.4: the document security store). A list in the folder comes first, then an answer in it;
only where neither stands there is the responder of a certificate asked, and only if the caller allows it. Whoever signs
is told now what would be missing later. Trust does not come from here: a reader believes his own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.certificates import der_of, issued, name_of
from impact.signing.responder import Ask
from impact.signing.responses import Response, newest, responders_of, told, why_not
from impact.signing.trust import Authorities, RevocationList

__all__ = ["Chain", "Evidence", "gather", "steps_of"]

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
    """DER bytes: ``certificates`` without roots, the ``lists`` under which they stand, and ``responses`` about them."""

    certificates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[bytes, ...] = field(repr=False)
    responses: tuple[bytes, ...] = field(default=(), repr=False)


def gather(chains: Iterable[Chain], authorities: Authorities, *, now: datetime, ask: Ask | None = None) -> Evidence:
    """Certificates, revocation lists and answers for ``chains``, each checked as a reader would.

    Of what has signed already, a certificate that has ended by ``now`` need not stand under a list: it is too late to
    ask. What tells that one was revoked since is taken as well, for it tells when.

    Raises:
        SignatureError: Once for each certificate: S141 it does not lead to a root in the folder, or nothing that is
            current at ``now`` tells of it, or it is to sign and was revoked; S159 its responder gave no usable answer;
            S160 the answer does not count.
    """
    certificates: dict[bytes, None] = {}
    lists: dict[bytes, None] = {}
    responses: dict[bytes, None] = {}
    faults: list[Fault] = []
    asked: dict[bytes, Response | list[Fault]] = {}
    for chain in chains:
        steps, broken = steps_of(chain, authorities)
        faults += broken
        for below, issuer in steps:
            certificates[below] = None
            ended = chain.past and _ends(below) < now
            found: list[Fault] = []
            named = _listed(issuer, authorities, now)
            if named is not None:
                lists[named.data] = None
                revoked = _stands_on(named, below)
            else:
                # A chain that does not lead to a root names nobody whom we would ask.
                may = None if broken or ended else ask
                answer = _answered(below, issuer, authorities, now, may, asked, found)
                revoked = answer is not None and answer.revoked is not None
                if answer is not None:
                    responses[answer.data] = None
            if revoked and not chain.past:
                said = f"the certificate of “{name_of(below)}” was revoked"
                found.append(_fault(authorities, said, "Obtain a new certificate"))
            faults += [] if ended else found
    if faults:
        raise SignatureError(list({str(fault): fault for fault in faults}.values()))
    return Evidence(tuple(certificates), tuple(lists), tuple(responses))


def steps_of(chain: Chain, authorities: Authorities) -> tuple[list[tuple[bytes, bytes]], list[Fault]]:
    """Each certificate with its issuer, up to a root of the folder; and the fault, where it does not lead to one."""
    from cryptography import x509

    known = (*authorities.roots, *authorities.intermediates, *chain.others)
    above = [x509.load_der_x509_certificate(each) for each in known]
    below, data = x509.load_der_x509_certificate(chain.certificate), chain.certificate
    steps: list[tuple[bytes, bytes]] = []
    for _ in range(_MAX_STEPS):
        if data in authorities.roots:
            return steps, []
        issuer = next((each for each in above if each != below and issued(below, each)), None)
        if issuer is None:
            found = f"the certificate of “{name_of(data)}” does not lead to a root in the folder"
            return steps, [_fault(authorities, found, "Put the root of its issuer into the folder")]
        steps.append((data, der_of(issuer)))
        below, data = issuer, steps[-1][1]
    return steps, [_fault(authorities, f"too many certificates above “{name_of(chain.certificate)}”", "")]


def _listed(issuer: bytes, authorities: Authorities, now: datetime) -> RevocationList | None:
    """The newest list of ``issuer`` that is current."""
    signed = _signed_by(issuer, authorities)
    current = [each for each in signed if each.made <= now and each.due is not None and now <= each.due]
    return max(current, key=lambda each: each.made, default=None)


def _signed_by(issuer: bytes, authorities: Authorities) -> list[RevocationList]:
    from cryptography import x509

    above: Any = x509.load_der_x509_certificate(issuer)
    found = []
    for each in authorities.lists:
        loaded = x509.load_der_x509_crl(each.data)
        if loaded.issuer == above.subject and loaded.is_signature_valid(above.public_key()):
            found.append(each)
    return found


def _stands_on(revocations: RevocationList, certificate: bytes) -> bool:
    from cryptography import x509

    number = x509.load_der_x509_certificate(certificate).serial_number
    return x509.load_der_x509_crl(revocations.data).get_revoked_certificate_by_serial_number(number) is not None


def _answered(
    below: bytes,
    issuer: bytes,
    authorities: Authorities,
    now: datetime,
    ask: Ask | None,
    asked: dict[bytes, Response | list[Fault]],
    faults: list[Fault],
) -> Response | None:
    """An answer of the folder, else of the responder; or a fault."""
    own = newest(authorities.responses, below, issuer, now=now)
    if own is not None:
        return own
    addresses = responders_of(below)
    if ask is None or not addresses:
        faults.append(_missing(below, issuer, authorities, addresses, now))
        return None
    if below not in asked:
        try:
            asked[below] = ask(below, issuer)
        except SignatureError as error:
            asked[below] = list(error.faults)
    answer = asked[below]
    if isinstance(answer, list):
        faults += answer
        return None
    why = why_not(answer, below, issuer, now=now)
    if not why:
        return answer
    where = f"certificate of “{name_of(below)}”"
    remedy = "Ask its authority, or put its revocation list into the folder"
    faults.append(Fault(where, f"{why} ({answer.source})", "an answer that a reader would accept", remedy, "S160"))
    return None


def _missing(below: bytes, issuer: bytes, authorities: Authorities, addresses: list[str], now: datetime) -> Fault:
    ended = [each.due for each in _signed_by(issuer, authorities) if each.due is not None]
    what = f"no current revocation list for the certificate of “{name_of(below)}”"
    what += f", only one due on {ended[-1]:%d %B %Y}" if ended else ""
    for each in authorities.responses:
        if told(each, below, issuer) != "other":
            what += f"; {each.source}: {why_not(each, below, issuer, now=now)}"
    if not addresses:
        return _fault(authorities, what, f"Fetch the newest list of “{name_of(issuer)}” into the folder")
    what += f", and no current answer of its responder ({addresses[0][:200]}), which was not asked"
    return _fault(authorities, what, "Allow it to be asked (--ocsp), or put its answer (*.ors) into the folder")


def _ends(certificate: bytes) -> datetime:
    from cryptography import x509

    return x509.load_der_x509_certificate(certificate).not_valid_after_utc


def _fault(authorities: Authorities, found: str, remedy: str) -> Fault:
    return Fault(authorities.source, found, "what a reader needs years later: roots and current lists", remedy, "S141")
