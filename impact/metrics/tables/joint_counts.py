"""Decisions of several scorers on the same cases: the aggregate ``joint``, read.

In: the aggregate. Out: for any set of people and any two scorers, counts by outcome and both decisions. Knows no rate.
Personal data: none; a row is a count.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.singles import rows_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["FIRST", "LEAST_OVERLAP", "Coverage", "JointCounts"]

FIRST = "decision"  # the key of the scorer whose decision the audit is about
LEAST_OVERLAP = 0.95  # metrics/design.md 13: of the cases that either decided, the share that both must have decided


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

    @classmethod
    def of(cls, cube: Counts) -> Coverage:
        """From counts by outcome and both decisions, as :meth:`JointCounts.cube` gives them."""
        held = cube.sum(axis=0)
        return cls(int(held[1:, 1:].sum()), int(held[1:, 0].sum()), int(held[0, 1:].sum()), int(held[0, 0]))

    @property
    def share(self) -> float | None:
        """Both, of those that at least one decided; None where neither decided any.

        >>> Coverage(95, 3, 2, 10).share
        0.95
        """
        either = self.both + self.only_first + self.only_second
        return self.both / either if either else None


class JointCounts:
    """The aggregate ``joint`` with its scorers by key; the first is ``decision``.

    Raises:
        MetricError: D91, when the table is not one: it may be a stranger's.
    """

    def __init__(self, table: Aggregate) -> None:
        self.table = table
        listed = table.about.get("scorers")
        self.scorers: tuple[str, ...] = (FIRST, *listed) if isinstance(listed, list) else ()
        codes = [table.keys.get(key) for key in (*self.scorers, "outcome")]
        if len(codes) < 3 or any(each is None or each.dtype == object or (abs(each) > 1).any() for each in codes):
            found = "“joint” does not hold the decisions of its scorers"
            raise MetricError(Fault("joint", found, "", "Take the file that impact wrote", "D91"))

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

    def cube(self, first: str, second: str) -> Counts:
        """Counts of everybody by outcome, decision of the first and of the second; index 0 not known, 1 no, 2 yes."""
        import numpy as np

        cube = np.zeros((3, 3, 3), dtype=np.int64)
        mask, _ = rows_of(self.table, ())
        np.add.at(cube, self._places(mask, first, second), self.table.measures["n"][mask])
        return cube

    def cubes(self, first: str, second: str, key: str) -> dict[str, Counts]:
        """The same for each value of a group that somebody has."""
        import numpy as np

        mask, values, codes = self._levels(key)
        held = np.zeros((len(values), 3, 3, 3), dtype=np.int64)
        np.add.at(held, (codes, *self._places(mask, first, second)), self.table.measures["n"][mask])
        return dict(zip(values, held, strict=True))

    @property
    def share_of_all(self) -> float | None:
        """Cases that every scorer decided, of those that at least one decided."""
        import numpy as np

        mask, _ = rows_of(self.table, ())
        decided = np.stack([self.table.keys[each][mask] for each in self.scorers], axis=1) >= 0
        n = self.table.measures["n"][mask]
        some = int(n[decided.any(axis=1)].sum())
        return int(n[decided.all(axis=1)].sum()) / some if some else None

    def patterns(self, key: str | None = None) -> dict[str, tuple[Counts, Counts, Counts]]:
        """Cases that all scorers decided: decisions (0 or 1, shape (patterns, scorers)), outcomes, and counts.

        Args:
            key: A group, whose values are the keys of what is returned; None for everybody, whose key is empty.
        """
        import numpy as np

        mask, values, codes = self._levels(key)
        keys = {name: self.table.keys[name][mask] for name in (*self.scorers, "outcome")}
        decided = np.stack([np.asarray(keys[each], dtype=np.int64) for each in self.scorers], axis=1)
        usable, outcome, n = (decided >= 0).all(axis=1), keys["outcome"], self.table.measures["n"][mask]
        parts = {value: usable & (codes == index) for index, value in enumerate(values)}
        return {value: (decided[part], outcome[part], n[part]) for value, part in parts.items()}

    def _places(self, mask: Any, *scorers: str) -> tuple[Any, ...]:
        import numpy as np

        return tuple(np.asarray(self.table.keys[key][mask], dtype=np.int64) + 1 for key in ("outcome", *scorers))

    def _levels(self, key: str | None) -> tuple[Any, list[str], Any]:
        """Which rows are about a group (everybody for None), its values, and the place of each row's value."""
        import numpy as np

        mask, rows = rows_of(self.table, () if key is None else (key,))
        if key is None:
            return mask, [""], np.zeros(len(rows), dtype=np.int64)
        values, codes = np.unique(np.array([row[0] for row in rows], dtype=str), return_inverse=True)
        return mask, values.tolist(), codes
