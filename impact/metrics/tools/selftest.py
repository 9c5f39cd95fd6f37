"""The self-test: published worked examples, recomputed on this machine by the functions that compute every audit.

In: examples, each with the figures of its source. Out: ``SelfTest``: expected against got, and the versions that
computed. Reads no file and no data of anybody; an expert exhibits what it prints. Single functions are tried first,
then whole audits from counts to ``findings.json``, and last the second opinion of fairlearn and aif360.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from impact.metrics.tools.selftest_audits import AUDITS
from impact.metrics.tools.selftest_examples import FUNCTIONS

__all__ = ["EXAMPLES", "Example", "Outcome", "SelfTest", "selftest"]

LIBRARIES = ("numpy", "scipy", "duckdb", "pyarrow", "narwhals", "fairlearn", "aif360", "statsmodels")


@dataclass(frozen=True)
class Example:
    """One worked example.

    Attributes:
        name: What is computed, from which counts.
        source: Where the expected figures stand.
        expected: The figures, to the decimals of the source; None is an open end, texts are verdicts.
        decimals: How many decimals the source gives; 0 for whole numbers and texts.
        compute: Computes the same with the public functions.
    """

    name: str
    source: str
    expected: tuple[Any, ...]
    decimals: int
    compute: Callable[[], Sequence[Any]]


@dataclass(frozen=True)
class Outcome:
    """What came out of one example on this machine."""

    example: Example
    got: tuple[Any, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure rounds to the published one.

        Within half a unit of the last published place, and a hair for the binary form of a decimal that ends in 5;
        whole numbers and texts agree exactly.
        """
        expected, got = self.example.expected, self.got
        places = self.example.decimals
        allowed = 0.5 * 10.0**-places * (1 + 1e-9) if places else 0.0
        return len(expected) == len(got) and all(_near(a, b, allowed) for a, b in zip(expected, got, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.example.name,
            "source": self.example.source,
            "decimals": self.example.decimals,
            "expected": list(self.example.expected),
            "got": list(self.got),
            "agrees": self.agrees,
        }


@dataclass(frozen=True)
class SelfTest:
    """All outcomes, and what computed them.

    Attributes:
        outcomes: In the order of the examples.
        versions: Name -> version: impact, Python, libraries, and the kind of machine.
    """

    outcomes: tuple[Outcome, ...]
    versions: dict[str, str]

    @property
    def agrees(self) -> bool:
        return all(each.agrees for each in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "impact/selftest/1",
            "agrees": self.agrees,
            "examples": [each.to_json() for each in self.outcomes],
            "versions": self.versions,
        }


def _near(expected: Any, got: Any, allowed: float) -> bool:
    if isinstance(expected, str | None) or isinstance(got, str | None):
        return bool(expected == got)
    return bool(abs(expected - got) <= allowed)


EXAMPLES: tuple[Example, ...] = tuple(
    Example(name, source, expected, decimals, compute)
    for name, source, expected, decimals, compute in (*FUNCTIONS, *AUDITS)
)


def selftest(examples: Iterable[Example] = EXAMPLES) -> SelfTest:
    """Recompute the examples.

    Args:
        examples: All published ones by default.

    Returns:
        Outcomes in order. Nothing is raised for a disagreement: the caller decides what it means.

    >>> found = selftest(EXAMPLES[:1])
    >>> found.agrees, found.outcomes[0].example.expected
    (True, (0.2553, 0.3662))
    """
    return SelfTest(tuple(Outcome(each, tuple(each.compute())) for each in examples), _versions())


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from impact import __version__

    found = {"impact": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an oracle of the tests only, or left out of a small installation
            found[name] = "absent"
    found["machine"] = f"{platform.system()} {platform.machine()}"
    return found
