"""Whether those have signed whom the reader demands: each role, by different people, and not as a dissent.

In: what was found about each signature, and the trust folder. Out: roles that are missing, and problems in plain words.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.errors import Exit, Fault
from impact.signing.result import SignatureCheck
from impact.signing.roles import belongs, family
from impact.signing.trust import Trust

__all__ = ["missing_roles", "role_problems"]


def missing_roles(people: Sequence[SignatureCheck], trust: Trust) -> tuple[str, ...]:
    """Required roles without a signature that approves and has no problem."""
    good = [check.field for check in people if not check.problems and not check.dissent]
    return tuple(name for name in trust.required if not any(belongs(box, name) for box in good))


def role_problems(people: Sequence[SignatureCheck], trust: Trust) -> list[Fault]:
    """What is wrong with who signed. A signature with a problem of its own is not told of twice."""
    approved = [check.field for check in people if not check.dissent]
    all_of_them = [check.field for check in people]
    found = []
    for name in trust.required:
        if not any(belongs(box, name) for box in approved):
            dissented = any(belongs(box, name) for box in all_of_them)
            said = "this role must have signed, and " + ("has dissented instead" if dissented else "has not")
            found.append(_problem(f"role “{name}”", said, "S122"))
    for name in trust.present:
        if not any(belongs(box, name) for box in all_of_them):
            said = "your folder says that this role has signed, and its signature is not there"
            found.append(_problem(f"role “{name}”", said, "S146", "Ask for the whole file: it may have been cut off"))
    seen: dict[tuple[str, str], str] = {}
    for check in people:
        first = seen.setdefault((family(check.field), check.fingerprint), check.field)
        if first != check.field and check.fingerprint != "unknown":
            said = f"the same certificate has signed “{first}”: one person in two places of a role"
            found.append(_problem(f"signature “{check.field}”", said, "S148"))
    return found


def _problem(where: str, found: str, code: str, remedy: str = "") -> Fault:
    return Fault(where, found, "", remedy, code, Exit.GATE)
