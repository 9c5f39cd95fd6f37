"""One side of a printed comparison, worked out again: from rows, from weights, or from rows of the same people.

In: a rate as it stands in findings.json. Out: its value and the counts at which its intervals are computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.metrics.analysis.evidence import effective
from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.tools.explain_words import level as shown_level
from impact.metrics.tools.explain_words import number
from impact.metrics.words import whole

__all__ = ["Sized", "joined"]


class Sized:
    """A printed rate.

    >>> side = Sized({"k": 3, "n": 10})
    >>> side.value, side.counts(0.95)
    (0.3, (3, 10))
    """

    def __init__(self, side: Mapping[str, Any]) -> None:
        self.k, self.n = side["k"], side["n"]
        self.evidence: Mapping[str, Any] = side.get("evidence") or {}

    @property
    def weighted(self) -> bool:
        return self.evidence.get("kind") == "weights"

    @property
    def value(self) -> float:
        top, bottom = (self.evidence["weight_counted"], self.evidence["weight"]) if self.weighted else (self.k, self.n)
        return float(top / bottom)

    def fraction(self) -> str:
        """What is divided by what."""
        if self.weighted:
            return f"weights of {number(self.evidence['weight_counted'])} / {number(self.evidence['weight'])}"
        return f"{whole(self.k)} / {whole(self.n)}"

    def counts(self, level: float, shared: float = 1.0) -> tuple[float, float]:
        """Numerator and denominator of the interval at a level.

        Args:
            level: Confidence level.
            shared: What people with rows on both sides do to the variance; 1 for one side alone.
        """
        if not self.evidence:
            return self.k, self.n
        n = effective(self.evidence["independent"], self.evidence["clusters"], level=level, shared=shared)
        return self.value * n, n

    def wilson(self, level: float) -> tuple[float, float]:
        low, high = wilson_limits(*self.counts(level), level=level)
        return float(low), float(high)

    def words(self, level: float) -> Iterator[str]:
        """What the rows are worth, and at which number the side's own interval is computed.

        >>> side = Sized({"k": 30, "n": 90, "evidence": {"kind": "clusters", "independent": 60.0, "clusters": 20}})
        >>> list(side.words(0.95))  # 60 × (1.959964 / 2.093024)²
        ['90 rows of 20 people are worth 60 independent ones; at 95%, with so many people, 52.6137.']
        """
        if not self.evidence:
            return
        independent, people = self.evidence["independent"], self.evidence["clusters"]
        if people is None:
            yield f"{whole(self.n)} weighted rows are worth {number(independent)} independent ones."
            return
        told = f"{whole(self.n)} rows of {whole(people)} people are worth {number(independent)} independent ones"
        yield f"{told}; at {shown_level(level)}, with so many people, {number(self.counts(level)[1])}."


def joined(sides: tuple[Sized, Sized], part: Mapping[str, Any]) -> Iterator[str]:
    """At how many independent ones an interval of a comparison is computed, where rows are not people.

    Args:
        sides: Group and comparator.
        part: The difference or the ratio as it stands in findings.json.
    """
    if not sides[0].evidence or not sides[1].evidence:
        return
    shared = part.get("shared", 1.0)
    one, other = (number(side.counts(part["level"], shared)[1]) for side in sides)
    if shared != 1.0:
        yield f"People with rows on both sides multiply the variance by {number(shared)}."
    yield f"It is computed at {one} and {other} independent ones."
