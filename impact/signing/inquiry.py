"""Ask, for a reader, whether the certificates in a document were revoked, so that the answers can be kept in a folder.

In: a signed PDF, the reader's authorities, what asks. Out: checked answers, each with the name of a file to keep it in.
``verify`` itself never asks anybody: a verdict must not depend on who answers at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from impact.errors import Fault, SignatureError
from impact.signing.archive import chains_of
from impact.signing.certificates import fingerprint, name_of, period_of
from impact.signing.document import open_pdf, signatures_of
from impact.signing.evidence import steps_of
from impact.signing.quiet import quiet
from impact.signing.responder import Ask
from impact.signing.responses import Response, responders_of, why_not
from impact.signing.trust import Authorities

__all__ = ["Inquiry", "inquire"]


@dataclass(frozen=True)
class Inquiry:
    """What came of it.

    Attributes:
        answers: Name of a file -> an answer that ``verify`` would accept today, of good or revoked.
        names: Name of a file -> whose certificate it is about.
        faults: S159 for a responder that gave none, S160 for an answer that does not count.
    """

    answers: dict[str, Response]
    names: dict[str, str]
    faults: tuple[Fault, ...]


def inquire(pdf: bytes, authorities: Authorities, *, now: datetime, ask: Ask) -> Inquiry:
    """Ask the responders of every certificate in ``pdf`` that leads to a root of the folder and has not ended.

    Whether the signatures hold is not asked here.

    Raises:
        SignatureError: S101 to S104 the PDF cannot be read, S109 a signature is malformed, S142 nobody has signed.
    """
    with quiet():
        found, _ = signatures_of(open_pdf(pdf))
        try:
            chains = [chain for each in found for chain in chains_of(each)]
        except Exception as error:  # a stranger's file may break pyHanko in any way
            said = f"a signature is malformed ({type(error).__name__})"
            raise SignatureError(
                Fault("PDF", said, "well-formed signatures", "Ask for the file again", "S109")
            ) from None
    if not chains:
        raise SignatureError(Fault("PDF", "nobody has signed this file", "a signed document", "Sign it first", "S142"))
    wanted: dict[bytes, bytes] = {}
    for chain in chains:
        steps, broken = steps_of(chain, authorities)
        # An address in a certificate of nobody we believe is an address that a stranger wants asked.
        wanted |= {} if broken else dict(steps)
    answers: dict[str, Response] = {}
    names: dict[str, str] = {}
    faults: list[Fault] = []
    for certificate, issuer in wanted.items():
        if not responders_of(certificate) or period_of(certificate)[1] < now:
            continue
        file = f"ocsp-{fingerprint(certificate).removeprefix('sha256:')[:16]}.ors"
        try:
            answer = ask(certificate, issuer)
        except SignatureError as error:
            faults += error.faults
            continue
        why = why_not(answer, certificate, issuer, now=now)
        if why:
            where = f"certificate of “{name_of(certificate)}”"
            faults.append(
                Fault(where, f"{why} ({answer.source})", "an answer that counts", "Ask its authority", "S160")
            )
        else:
            answers[file], names[file] = answer, name_of(certificate)
    return Inquiry(answers, names, tuple(faults))
