"""Decisions of several scorers on the same cases: the aggregate ``joint``, read.

In: the aggregate. Out: for any set of people and any two scorers, counts by outcome and both decisions. Knows no rate.
Personal data: none; a row is a count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["LEAST_OVERLAP", "Coverage", "JointCounts", "People"]

FIRST = "decision"  # the key of the scorer whose decision the audit is about
LEAST_OVERLAP = 0.95  # metrics/design.md 13: of the cases that either decided, the share that both must have decided

People = tuple[str, frozenset[str]] | None  # a group key and the values of those who are meant; None for everybody


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cases by who decided them.

    Attributes:
        both: Decided by both.
        only_first: Decided by the first only.
        only_second: Decided by the second only.
        neither: Decided by neither.
    """

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def share(self) -> float | None:
        """Both, of those that at least one decided; None where neither decided any.

        >>> Coverage(95, 3, 2, 10).share
        0.95
        """
        either = self.both + self.only_first + self.only_second
        return self.both / either if either else None


class JointCounts:
    """The aggregate ``joint`` with its scorers by key; the first is ``decision``."""

    def __init__(self, table: Aggregate) -> None:
        self.table = table
        self.scorers: tuple[str, ...] = (FIRST, *table.about["scorers"])

    def pairs(self) -> list[tuple[str, str]]:
        """Every two scorers, in the order of the plan."""
        return list(combinations(self.scorers, 2))

    def names_in(self, plan: AuditPlan) -> dict[str, str]:
        """Scorer -> its name in the plan."""
        names = {FIRST: plan.columns.decision.scorer or FIRST}
        return names | {key: scorer.label for key, scorer in plan.columns.also.items()}

    def least(self, plan: AuditPlan, first: str, second: str) -> float:
        """The share of cases that both must have decided: ``LEAST_OVERLAP``, or less where the plan declares it."""
        declared = [plan.columns.also[key].overlap for key in (first, second) if key in plan.columns.also]
        return min([LEAST_OVERLAP, *(each.least for each in declared if each is not None)])

    def cube(self, first: str, second: str, people: People = None) -> Counts:
        """Counts by outcome, decision of the first and of the second; index 0 not known, 1 no, 2 yes.

        Args:
            first, second: Keys of scorers.
            people: Whom to count.
        """
        import numpy as np

        keys, chosen = self.table.keys, self._chosen(people)
        cube = np.zeros((3, 3, 3), dtype=np.int64)
        place = tuple(np.asarray(keys[key][chosen], dtype=np.int64) + 1 for key in ("outcome", first, second))
        np.add.at(cube, place, self.table.measures["n"][chosen])
        return cube

    def coverage(self, first: str, second: str, people: People = None) -> Coverage:
        """How many cases each of the two decided."""
        held = self.cube(first, second, people).sum(axis=0)
        return Coverage(int(held[1:, 1:].sum()), int(held[1:, 0].sum()), int(held[0, 1:].sum()), int(held[0, 0]))

    def patterns(self, outcome: int | None, people: People = None) -> tuple[Counts, Counts]:
        """Decisions of all scorers (0 or 1, shape (patterns, scorers)) on cases that all decided, with their counts.

        Args:
            outcome: 1 or 0; None for any, known or not.
            people: Whom to count.
        """
        import numpy as np

        decided = np.stack([np.asarray(self.table.keys[key], dtype=np.int64) for key in self.scorers], axis=1)
        chosen = self._chosen(people) & (decided >= 0).all(axis=1)
        if outcome is not None:
            chosen &= self.table.keys["outcome"] == outcome
        return decided[chosen], self.table.measures["n"][chosen]

    def values(self, key: str) -> list[str]:
        """Values of a group that somebody has, in order."""
        return sorted(set(self.table.keys[key].tolist()))

    def _chosen(self, people: People) -> Any:
        import numpy as np

        if people is None:
            return np.ones(len(self.table), dtype=bool)
        key, values = people
        return _within(self.table.keys[key], values)


def _within(column: Any, values: Iterable[str]) -> Any:
    import numpy as np

    kept = set(values)
    return np.fromiter((value in kept for value in column.tolist()), dtype=bool, count=len(column))
