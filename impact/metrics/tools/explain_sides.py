"""One side of a printed comparison, worked out again: from rows, from weights, or from rows of the same people.

In: a rate as it stands in findings.json. Out: its value and the counts at which its intervals are computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.metrics.analysis.evidence import effective
from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.tools.explain_words import number
from impact.metrics.words import whole

__all__ = ["Sized"]


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

    def words(self) -> Iterator[str]:
        """What the rows are worth."""
        if self.evidence:
            people = self.evidence["clusters"]
            rows = (
                f"{whole(self.n)} weighted rows"
                if people is None
                else f"{whole(self.n)} rows of {whole(people)} people"
            )
            yield f"{rows} are worth {number(self.evidence['independent'])} independent people."
