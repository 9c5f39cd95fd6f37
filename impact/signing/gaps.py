"""Which certificates nothing tells of: whether each, from a signer up to below the root, was revoked at a moment.

In: what pyHanko found without asking for revocations, and a ``Belief``. Out: ``Gap``, one for each certificate that no
current list and no current answer clears, with the reason in words. A later revocation clears as well: it says that
there was none before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from impact.signing.belief import Belief
from impact.signing.certificates import name_of
from impact.signing.quiet import wait_for
from impact.signing.responses import newest, responders_of, told, why_not

__all__ = ["Gap", "gaps"]


@dataclass(frozen=True)
class Gap:
    """A certificate of which it is not known that it was not revoked.

    Attributes:
        name: Whose.
        why: What there is, and why it does not count; empty where there is nothing.
        responder: The first address that the certificate names for answers; None where it names none.
    """

    name: str
    why: str
    responder: str | None

    def __str__(self) -> str:
        if self.why:
            return f"“{self.name}”: {self.why}"
        asked = f"; its responder is {self.responder}" if self.responder else ""
        return f"no current list or answer tells of “{self.name}”{asked}"


def gaps(status: Any, belief: Belief, *, moment: datetime | None) -> list[Gap]:
    """Of the certificates of a signature and of its timestamp.

    Args:
        status: pyHanko's, trusted.
        belief: With its lists and answers, and the time at which they must be current.
        moment: The proven time of signing; None for that of the belief. A timestamp is judged at that of the belief.
    """
    token = getattr(status, "timestamp_validity", None)
    found = _of(status.validation_path, belief, moment)
    return found + (_of(token.validation_path, belief, None) if token is not None else [])


def _of(path: Any, belief: Belief, moment: datetime | None) -> list[Gap]:
    at = moment or belief.now
    found = []
    for above, certificate in pairwise(path.iter_certs(include_root=True)):
        below, issuer = bytes(certificate.dump()), bytes(above.dump())
        answer = newest(belief.responses, below, issuer, now=belief.now)
        if answer is not None and answer.revoked is not None and answer.revoked <= at:
            why = f"revoked on {answer.revoked:%d %B %Y}"
        elif answer is not None or _listed(certificate, path, belief, moment):
            continue
        else:
            why = "; ".join(
                f"{each.source}: {why_not(each, below, issuer, now=belief.now)}"
                for each in belief.responses
                if told(each, below, issuer) != "other"
            )
        found.append(Gap(name_of(below), why, _first(responders_of(below))))
    return found


def _first(addresses: list[str]) -> str | None:
    return addresses[0][:200] if addresses else None


def _listed(certificate: Any, path: Any, belief: Belief, moment: datetime | None) -> bool:
    """Whether a current list clears the certificate, by pyHanko."""
    from pyhanko_certvalidator.errors import CRLValidationError, ValidationError
    from pyhanko_certvalidator.revinfo.validate_crl import verify_crl

    try:
        wait_for(verify_crl(certificate, path, belief.context(moment=moment)))
    except (CRLValidationError, ValidationError):  # none of its issuer, out of date, or revoked
        return False
    return True
