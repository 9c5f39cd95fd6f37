"""Counts by score: how many with and without the outcome have each score, for every group.

In: the aggregate ``scores``. Out: arrays of positives and negatives by group and bin, sums of scores; parts brought
onto one scale before they are merged. Knows no statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.score_scale import MAX_EXACT, UNIT, Scale, as_float32
from impact.metrics.tables.singles import BY, is_single, rows_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["ByGroup", "ScoreCounts", "Sums", "on_one_scale", "units"]


class ByGroup(NamedTuple):
    """Scores of the levels of some groups.

    Attributes:
        levels: One tuple of group values for each row of the arrays, sorted.
        positives: Counts with the outcome, ``[level, bin]``.
        negatives: Counts without it.
        unknown: Counts whose outcome is not known.
        unscored: People of the level without a score, whatever their outcome, ``[level]``.
    """

    levels: tuple[tuple[str, ...], ...]
    positives: Counts
    negatives: Counts
    unknown: Counts
    unscored: Counts


class Sums(NamedTuple):
    """Sums over scored people, ``[level, outcome]`` with outcome 0, 1 and 2 for not known.

    Attributes:
        levels: As in :class:`ByGroup`.
        n: How many.
        s1: Sum of the score, in the score's own numbers.
        s2: Sum of the squared score.
    """

    levels: tuple[tuple[str, ...], ...]
    n: Counts
    s1: NDArray[np.float64]
    s2: NDArray[np.float64]


@dataclass(frozen=True)
class ScoreCounts:
    """The aggregate ``scores`` with its scale.

    Attributes:
        table: Keys: grouping, level (see ``singles``), outcome, decision, bin (-1 without a score); measures n, s1, s2.
            A table of an earlier version has every characteristic as a key instead.
    """

    table: Aggregate

    @cached_property
    def scale(self) -> Scale:
        """The scale of the bins.

        Raises:
            MetricError: D91, when the table carries none.
        """
        return _scale(self.table)

    @property
    def exact(self) -> bool:
        """Whether every different score has a row of its own."""
        return self.scale.values is not None

    @cached_property
    def rows(self) -> int:
        """How many bins, or exact values, there are."""
        return len(self.scale.values) if self.scale.values is not None else len(self.scale.edges()) - 1

    @property
    def points(self) -> NDArray[np.float64]:
        """Lower edge of each bin, or the exact scores."""
        import numpy as np

        return np.asarray(self.scale.values) if self.scale.values is not None else self.scale.edges()[:-1]

    def by_group(self, *keys: str) -> ByGroup:
        """Counts by level of the named group; without a name, of everybody.

        Raises:
            MetricError: D160, for several groups: they are counted one at a time.
        """
        import numpy as np

        levels, place, bins, outcome, n, _, _ = self._rows(keys)
        scored = bins >= 0
        made = []
        for wanted in (1, 0, -1):
            chosen = scored & (outcome == wanted)
            counts = np.zeros((len(levels), self.rows), dtype=np.int64)
            np.add.at(counts, (place[chosen], bins[chosen]), n[chosen])
            made.append(counts)
        unscored = np.zeros(len(levels), dtype=np.int64)
        np.add.at(unscored, place[~scored], n[~scored])
        return ByGroup(levels, made[0], made[1], made[2], unscored)

    def sums(self, *keys: str) -> Sums:
        """Sums of scores and of their squares by level and outcome.

        Each is within 5e-10 of the range for each person added; the sums themselves are exact.
        """
        import numpy as np

        levels, place, bins, outcome, n, s1, s2 = self._rows(keys)
        scored = bins >= 0
        at = (place[scored], np.where(outcome[scored] < 0, 2, outcome[scored]))
        held = np.zeros((3, len(levels), 3), dtype=np.int64)
        for index, column in enumerate((n, s1, s2)):
            np.add.at(held[index], at, column[scored])
        count, one, two = held[0], held[1] / UNIT, held[2] / UNIT
        low, width = self.scale.low, self.scale.high - self.scale.low
        return Sums(
            levels, count, low * count + width * one, low * low * count + 2 * low * width * one + width * width * two
        )

    def known_sums(
        self, keys: Sequence[str], index: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """By bin, of one level of the named groups: people with a known outcome, those with it, sum of their scores.

        Args:
            keys: Group keys; none for everybody.
            index: Which level, in the order of :meth:`by_group`.
        """
        import numpy as np

        _, place, bins, outcome, n, s1, _ = self._rows(keys)
        chosen = (bins >= 0) & (outcome >= 0) & (place == index)
        people, positives, total = (np.zeros(self.rows) for _ in range(3))
        np.add.at(people, bins[chosen], n[chosen])
        np.add.at(positives, bins[chosen & (outcome == 1)], n[chosen & (outcome == 1)])
        np.add.at(total, bins[chosen], s1[chosen] / UNIT)
        return people, positives, self.scale.low * people + (self.scale.high - self.scale.low) * total

    def above(self, threshold: float) -> NDArray[np.bool_]:
        """Which rows are a yes at a threshold, under the rule of the scale (``>=``, or ``>`` when closed on the right).

        Raises:
            MetricError: E116, when the threshold is no edge of a bin: it divides people whom the counts hold together.
        """

        held = self.held(threshold)
        if self.scale.values is not None:
            points = self.points
            return points > held if self.scale.closed == "right" else points >= held
        edges = self.scale.edges()
        if held not in edges:
            remedy = "List it under “plan.thresholds” and count again"
            raise MetricError(Fault("plan.thresholds", f"{threshold:g} is no edge of a bin", "", remedy, "E116"))
        return edges[:-1] >= held

    def held(self, threshold: float) -> float:
        """The threshold as the column's precision holds it."""
        return as_float32(threshold) if self.scale.single else threshold

    def auc_left_open(self) -> float | None:
        """How far either way the AUC of everybody may be from the one of the bins; None without both outcomes."""
        held = self.by_group()
        positives, negatives = held.positives[0].astype(float), held.negatives[0].astype(float)
        pairs = positives.sum() * negatives.sum()
        if self.exact or not pairs:
            return 0.0 if pairs else None
        return float((positives * negatives).sum() / pairs / 2)

    def _rows(self, keys: Sequence[str]) -> tuple[Any, ...]:
        """Levels; then for each row that is about these keys: place of its level, bin, outcome, n, s1 and s2."""
        import numpy as np

        mask, rows = rows_of(self.table, keys)
        levels = tuple(sorted(set(rows))) if keys else ((),)
        place = {level: index for index, level in enumerate(levels)}
        places = np.fromiter((place[row] for row in rows), dtype=np.int64, count=len(rows))
        held = [self.table.keys["bin"], self.table.keys["outcome"]]
        held += [self.table.measures[name] for name in ("n", "s1", "s2")]
        return (levels, places, *(column[mask] for column in held))


def units(scores: Any, scale: Scale) -> tuple[Any, Any]:
    """What one person with each score adds to s1 and s2, in units of ``1/UNIT`` of the range."""
    import numpy as np

    part = (np.asarray(scores, dtype=float) - scale.low) / (scale.high - scale.low)
    one, two = np.floor(part * UNIT + 0.5), np.floor(part * part * UNIT + 0.5)
    return one.astype(np.int64), two.astype(np.int64)


def on_one_scale(parts: Sequence[Aggregate]) -> list[Aggregate]:
    """Tables of scores brought onto the scale that a count of all their rows would have chosen.

    Raises:
        MetricError: D92, when ranges, bins or thresholds differ.
    """
    scales = [_scale(part) for part in parts]
    plain = {replace(scale, values=None) for scale in scales}
    if len(plain) > 1:
        raise MetricError(Fault("merge", "scores were counted in other bins", "one plan for all parts", "", "D92"))
    common = plain.pop()
    exact = [scale.values for scale in scales if scale.values is not None]
    together = sorted({value for values in exact for value in values})
    if len(exact) == len(scales) and len(together) <= MAX_EXACT:
        common = replace(common, values=tuple(together))
    return [_moved(part, scale, common) for part, scale in zip(parts, scales, strict=True)]


def _moved(part: Aggregate, old: Scale, new: Scale) -> Aggregate:
    import numpy as np

    if old == new or old.values is None:
        return part
    bins = part.keys["bin"]
    target = np.append(new.index(np.asarray(old.values)), -1)  # index -1, no score, stays -1
    about = new.about() | (BY if is_single(part) else {})
    return Aggregate.of(part.name, {**part.keys, "bin": target[bins]}, part.measures, about)


def _scale(table: Aggregate) -> Scale:
    by = BY if is_single(table) else {}
    scale = Scale.from_about({key: value for key, value in table.about.items() if key not in by})
    top = None if scale is None else len(scale.edges()) - 1 if scale.values is None else len(scale.values)
    if scale is None or top is None or int(table.keys["bin"].max(initial=-1)) >= top:
        raise MetricError(Fault("scores", "the counts carry no sound scale", "", "Take the file impact wrote", "D91"))
    return scale
