"""What can go wrong, said once: faults with a place and a remedy, the error tree, and exit statuses.

In: the five parts of a message. Out: exceptions that carry every fault of a file at once.
This module knows nothing of packs, tables, pages or signatures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "AnswerError",
    "ClaimError",
    "Exit",
    "Fault",
    "ImpactError",
    "MetricError",
    "PackError",
    "RenderError",
    "SettingsError",
    "SignatureError",
]


class Exit(IntEnum):
    """Exit statuses of the ``impact`` command (docs/architecture.md)."""

    DONE = 0
    GATE = 1  # a --fail-on gate was met, or a verification failed
    USAGE = 2  # wrong use, or a bad plan, pack or answers file
    DATA = 3  # data rejected
    INSUFFICIENT = 4  # evidence insufficient where it was required
    DISAGREES = 5  # second opinion, or a digest of the inputs, disagrees
    DISCLOSURE = 6  # a disclosure policy would be broken
    MISSING = 7  # something this machine lacks, named with the command that installs it
    INTERNAL = 70
    INTERRUPTED = 130


# The letter of a code says which room found the fault, and so what kind of fault it is.
_EXIT_OF_FAMILY = {
    "Q": Exit.USAGE,  # packs
    "A": Exit.USAGE,  # answers
    "E": Exit.USAGE,  # audit plans
    "D": Exit.DATA,  # data
    "K": Exit.USAGE,  # claims
    "M": Exit.INTERNAL,  # statistics called outside their domain: our fault, not the user's
    "R": Exit.USAGE,  # rendering
    "S": Exit.USAGE,  # signing and verifying
    "G": Exit.USAGE,  # settings
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in five parts.

    Attributes:
        where: File with line and column, a path, or the name of an argument. Never a value of a person.
        found: What stands there.
        wanted: What should stand there; may be empty when ``found`` says it all.
        remedy: What to do, as a sentence.
        code: A letter (the family) and digits, stable for ever: ``Q012``.
        status: Exit status where it differs from that of the family.

    >>> print(Fault("plan.yaml:3:1", "“desicion” is not a known key", "", "Did you mean “decision”?", "E102"))
    plan.yaml:3:1: “desicion” is not a known key. Did you mean “decision”? [E102]
    """

    where: str
    found: str
    wanted: str
    remedy: str
    code: str
    status: Exit | None = None

    @property
    def exit(self) -> Exit:
        return self.status if self.status is not None else _EXIT_OF_FAMILY[self.code[0]]

    def __str__(self) -> str:
        middle = f"{self.found}; wanted: {self.wanted}" if self.wanted else self.found
        text = f"{self.where}: {_sentence(middle)}"
        if self.remedy:
            text += f" {_sentence(self.remedy)}"
        return f"{text} [{self.code}]"

    def to_json(self) -> dict[str, str]:
        """The same parts for ``--json``."""
        return {
            "where": self.where,
            "found": self.found,
            "wanted": self.wanted,
            "remedy": self.remedy,
            "code": self.code,
        }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."


class ImpactError(Exception):
    """Root of all expected errors. ``str()`` gives one line for each fault, in the order given.

    >>> error = PackError([Fault("p.yaml:1:1", "the file is empty", "a pack", "Write one", "Q001")])
    >>> str(error), int(error.exit)
    ('p.yaml:1:1: the file is empty; wanted: a pack. Write one. [Q001]', 2)
    """

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        if not self.faults:
            raise ValueError("an ImpactError needs at least one fault")
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    @property
    def exit(self) -> Exit:
        """The exit status: that of the first fault, which is the most fundamental one."""
        return self.faults[0].exit


class PackError(ImpactError):
    """A questionnaire pack cannot be used (codes Q)."""


class AnswerError(ImpactError):
    """An assessment folder or its answers cannot be used (codes A)."""


class MetricError(ImpactError):
    """An audit plan (codes E), its data (codes D) or a statistic's arguments (codes M) cannot be used."""


class ClaimError(ImpactError):
    """A claims.yaml cannot be used (codes K)."""


class RenderError(ImpactError):
    """A document cannot be made (codes R)."""


class SignatureError(ImpactError):
    """A document cannot be signed or read for verification (codes S)."""


class SettingsError(ImpactError):
    """Settings, folders or outputs cannot be used (codes G)."""
