"""Two scores of the same people by bin: the aggregate ``joint_scores``, read.

In: the aggregate. Out: for everybody and each value of a characteristic, joint tables of bins with and without the
outcome, and how many have both scores. Knows no statistic. Personal data: none; a row is a count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.joint_counts import Coverage
from impact.metrics.tables.level_counts import require, wrong_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["JointScoreCounts", "JointScores", "joint_bins", "of_level", "scored", "scores_about"]


def scored(plan: AuditPlan) -> tuple[str, ...]:
    """Keys of the further scorers whose score is set against the first, in the order of the plan."""
    return tuple(key for key, scorer in plan.columns.also.items() if scorer.score is not None)


def scores_about(plan: AuditPlan) -> dict[str, dict[str, list[float]]]:
    """Key of a further scorer -> for the ``first`` and the ``second`` score: lowest, highest, number of bins."""
    first = plan.columns.score
    found = {}
    for key in scored(plan):
        second = plan.columns.also[key].score
        assert first is not None
        assert second is not None
        sides = {"first": first.range, "second": second.range}
        found[key] = {side: [float(low), float(high), second.bins] for side, (low, high) in sides.items()}
    return found


@dataclass(frozen=True, slots=True, eq=False)
class JointScores:
    """One set of people and two scores.

    Attributes:
        positives: With the outcome and both scores, by (bin of the first, bin of the second), bins that occur only.
        negatives: Without it; same shape.
        unknown: With both scores, but no known outcome.
        coverage: Who has which score, whatever the outcome.
    """

    positives: Counts
    negatives: Counts
    unknown: int
    coverage: Coverage


def joint_bins(outcome: Counts, first: Counts, second: Counts, n: Counts) -> JointScores:
    """Counts in long form as joint tables.

    Args:
        outcome: 1, 0 or -1 (not known) of each row.
        first: Bin of the first score, -1 where there is none.
        second: Bin of the second.
        n: People of each row.

    >>> import numpy as np
    >>> found = joint_bins(*(np.array(x) for x in ([1, 0, 0, -1], [7, 7, 2, 2], [4, 4, 4, -1], [3, 2, 1, 5])))
    >>> found.positives.tolist(), found.negatives.tolist(), found.coverage.only_first
    ([[0], [3]], [[1], [2]], 5)
    """
    import numpy as np

    has_first, has_second = first >= 0, second >= 0
    both = has_first & has_second

    def total(chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
        return int(n[chosen].sum())

    coverage = Coverage(
        total(both), total(has_first & ~has_second), total(has_second & ~has_first), total(~has_first & ~has_second)
    )
    used = both & (outcome >= 0)
    rows, row = np.unique(first[used], return_inverse=True)
    columns, column = np.unique(second[used], return_inverse=True)
    held = np.zeros((2, len(rows), len(columns)), dtype=np.int64)
    np.add.at(held, (outcome[used], row, column), n[used])
    return JointScores(held[1], held[0], total(both & (outcome < 0)), coverage)


class JointScoreCounts:
    """The aggregate ``joint_scores``; ``scorers`` are the further scorers in the order of the plan that was counted.

    Raises:
        MetricError: D91, when the table is not one, or was counted for other scores than the plan's.
    """

    def __init__(self, table: Aggregate, plan: AuditPlan) -> None:
        scales, exact = scores_about(plan), table.about.get("exact")
        last = max((int(bins) for sides in scales.values() for *_, bins in sides.values()), default=1) - 1
        codes = {"outcome": (-1, 1), "first": (-1, last), "second": (-1, last)}
        require(table, codes=codes, measures=("n",), what="two scores of the same people")
        scorer = table.keys.get("scorer")
        if scorer is None or scorer.dtype != object or not set(scorer.tolist()) <= set(scales):
            raise wrong_table("joint_scores", "“joint_scores” does not name its scorers")
        if table.about.get("scales") != scales or not isinstance(exact, dict) or set(exact) != set(scales):
            raise wrong_table("joint_scores", "“joint_scores” was counted for other scores than the plan’s")
        self.table, self._exact = table, exact
        # A plan that has been through a record has lost the order of its keys; the table keeps it.
        self.scorers = tuple(table.about["scales"])

    def exact(self, key: str) -> tuple[bool, bool]:
        """Whether each bin of the first, and of the second score holds one score only."""
        first, second = self._exact[key]
        return first is True, second is True

    def part(self, key: str) -> Aggregate:
        """The rows of one further scorer."""
        chosen = self.table.keys["scorer"] == key
        keys = {name: column[chosen] for name, column in self.table.keys.items() if name != "scorer"}
        return Aggregate.of("joint_scores", keys, {"n": self.table.measures["n"][chosen]}, self.table.about)


def of_level(part: Aggregate, grouping: str, levels: tuple[str, ...]) -> JointScores:
    """The people with one of some values of a characteristic; everybody is ``("", ("",))``."""
    import numpy as np

    chosen = (part.keys["grouping"] == grouping) & np.isin(part.keys["level"].astype(str), levels)
    outcome, first, second = (part.keys[name][chosen].astype(np.int64) for name in ("outcome", "first", "second"))
    return joint_bins(outcome, first, second, part.measures["n"][chosen])
