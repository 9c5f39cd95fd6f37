"""The scale of a score: which bin a score belongs to, exactly, in the query and outside it.

In: the plan's score column. Out: a ``Scale``: edges, the bin of a score as an expression for the engines and as numpy.
Knows no rows: the expression is evaluated by whoever holds the data.

The bin is found by arithmetic and then corrected by comparing the score with the edges, because floor(score × bins)
puts
0.29, 0.57 and 0.58 one bin low with 100 bins: 0.29 × 100 is 28.999999999999996. An edge k/bins is rounded once, and so
equals the number as it is written.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_columns import MAX_BINS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MAX_EXACT", "UNIT", "Scale", "as_float32", "divided", "scale_of"]

MAX_EXACT = 1_000  # up to so many different scores each keeps its own row (metrics/design.md 2.4 b)
UNIT = 1 << 30  # sums of scores are in units of 2**-30 of the range: at most 5e-10 off for each person, and exact sums


def as_float32(value: float) -> float:
    """The number that a 32-bit column holds for ``value``.

    >>> as_float32(0.7)
    0.699999988079071
    """
    return float(struct.unpack("f", struct.pack("f", value))[0])


def divided(column: Any, number: float) -> Any:
    """A column of finite numbers divided by one number, rounded once, on every engine.

    polars multiplies by the reciprocal where a column is divided by a constant: 3 / 5 becomes 0.6000000000000001.
    """
    return column / (column * 0.0 + number)


@dataclass(frozen=True)
class Scale:
    """How scores become rows of the table.

    Attributes:
        low: Lowest score there can be.
        high: Highest.
        bins: How many bins of equal width, before thresholds add edges of their own.
        closed: ``left``: a score equal to an edge belongs to the bin above it, as with the rule ``>=``; ``right``:
            to the bin below it, as with ``>``. The end of the range belongs to the last (or first) bin.
        thresholds: Declared thresholds, rising; each is an edge.
        single: Whether scores are stored with 32 bits; edges are then those numbers as 32 bits hold them.
        values: Where there are at most ``MAX_EXACT`` different scores: each of them, rising; row b is the score
            ``values[b]`` itself.
    """

    low: float
    high: float
    bins: int
    closed: Literal["left", "right"]
    thresholds: tuple[float, ...]
    single: bool
    values: tuple[float, ...] | None = None

    def edges(self) -> NDArray[np.float64]:
        """All edges, rising: one more than there are bins."""
        import numpy as np

        equal = np.arange(self.bins + 1) * (self.high - self.low) / self.bins + self.low
        every = np.union1d(equal, np.asarray(self.thresholds, dtype=float))
        return np.unique(every.astype(np.float32).astype(float)) if self.single else every

    def index(self, scores: Any) -> NDArray[np.int64]:
        """The row of each score; scores must be numbers within the range, and among ``values`` where there are any.

        >>> Scale(0, 1, 100, "left", (), False).index([0.0, 0.29, 0.57, 0.58, 1.0]).tolist()
        [0, 29, 57, 58, 99]
        """
        import numpy as np

        given = np.asarray(scores, dtype=float)
        if self.values is not None:
            return np.searchsorted(np.asarray(self.values), given)
        edges = self.edges()
        below = np.searchsorted(edges, given, side="right" if self.closed == "left" else "left") - 1
        return np.clip(below, 0, len(edges) - 2)

    def with_index(self, nw: Any, frame: Any, score: str, name: str) -> Any:
        """The frame with the row of each score as a column of whole floats, for numbers within the range.

        Step by step: an expression in an expression is worked out again wherever it occurs, on every engine. Arithmetic
        alone decides for scores that are farther from every edge than its error can reach.

        Args:
            nw: The module narwhals.
            frame: A narwhals frame.
            score: Its column of scores; exact values have no bins and are not for this method.
            name: The column to make.
        """
        width, last, left = self.high - self.low, self.bins - 1.0, self.closed == "left"
        value, unit, place, step = nw.col(score), nw.col("unit_"), nw.col("place_"), nw.col("step_")

        def within(number: Any) -> Any:
            capped = nw.when(number > last).then(nw.lit(last)).otherwise(number)
            return nw.when(capped < 0.0).then(nw.lit(0.0)).otherwise(capped)

        def edge(number: Any) -> Any:
            exact = divided(number * width, float(self.bins)) + self.low
            return exact.cast(nw.Float32).cast(nw.Float64) if self.single else exact

        frame = frame.with_columns(unit_=self.part(value) * float(self.bins))
        frame = frame.with_columns(place_=unit.floor())
        first = within(place if left else unit.ceil() - 1.0)
        up = value >= edge(first + 1.0) if left else value > edge(first + 1.0)
        down = value < edge(first) if left else value <= edge(first)
        index = within(first + up.cast(nw.Float64) - down.cast(nw.Float64))
        error = self._error()
        if error < 0.25:
            clear = (unit - place > error) & (unit - place < 1.0 - error)
            index = nw.when(clear).then(place).otherwise(index)
        frame = frame.with_columns(step_=index)
        index = step
        for extra in self._extra():
            over = value >= extra if left else value > extra
            index = index + over.cast(nw.Float64)
        return frame.with_columns(index.alias(name))

    def part(self, score: Any) -> Any:
        """How far along the range a score lies, 0 to 1; steps that change nothing are left out."""
        width = self.high - self.low
        above = score - self.low if self.low else score
        return divided(above, width) if width != 1.0 else above

    def _error(self) -> float:
        """How far a score may seem to be on the wrong side of an edge, in widths of a bin; many times what it can be.

        Each of the few roundings is off by at most 2**-53 (as 32 bits hold an edge, 2**-24) of the largest number.
        """
        size = max(abs(self.low), abs(self.high)) / (self.high - self.low) + 1.0
        return size * self.bins * (2.0**-20 if self.single else 2.0**-48)

    def _extra(self) -> list[float]:
        """Edges that thresholds add to those of equal width."""
        import numpy as np

        equal = replace(self, thresholds=()).edges()
        return [edge for edge in np.setdiff1d(self.edges(), equal).tolist() if self.low < edge < self.high]

    def about(self) -> dict[str, Any]:
        """The scale as plain data, as it stands with the counts."""
        return {
            "low": self.low,
            "high": self.high,
            "bins": self.bins,
            "closed": self.closed,
            "thresholds": list(self.thresholds),
            "single": self.single,
            "values": None if self.values is None else list(self.values),
            "unit": UNIT,
        }

    @classmethod
    def from_about(cls, about: Mapping[str, Any]) -> Scale | None:
        """The scale that stands with counts, or None where that is no scale."""
        try:
            low, high, bins = float(about["low"]), float(about["high"]), int(about["bins"])
            thresholds, values = _rising(about["thresholds"]), about["values"]
            exact = None if values is None else _rising(values)
            scale = cls(low, high, bins, about["closed"], thresholds, about["single"] is True, exact)
        except (KeyError, TypeError, ValueError):
            return None
        sound = math.isfinite(low) and math.isfinite(high) and low < high and 2 <= bins <= MAX_BINS
        sound = sound and scale.closed in ("left", "right") and scale.about() == dict(about)
        return scale if sound else None


def _rising(values: Sequence[Any]) -> tuple[float, ...]:
    numbers = tuple(float(each) for each in values)
    if any(not math.isfinite(each) for each in numbers) or list(numbers) != sorted(set(numbers)):
        raise ValueError
    return numbers


def scale_of(plan: AuditPlan, *, single: bool) -> Scale:
    """The scale of the plan's score column; the threshold of a decision on that score is an edge too.

    Args:
        plan: A plan with ``columns.score``.
        single: Whether the column holds 32-bit numbers.
    """
    score, decision = plan.columns.score, plan.columns.decision
    if score is None:
        raise ValueError("the plan maps no score")
    thresholds = set(plan.rules.thresholds)
    derived = decision.from_score == score.name
    if derived and decision.threshold is not None:
        thresholds.add(decision.threshold)
    closed: Literal["left", "right"] = "right" if derived and decision.rule == ">" else "left"
    low, high = map(float, score.range)
    return Scale(low, high, score.bins, closed, tuple(sorted(map(float, thresholds))), single)
