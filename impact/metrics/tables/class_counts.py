"""People by true and predicted class: the aggregate ``classes``, read.

In: the aggregate. Out: for everybody and any values of a characteristic, people by (true class, predicted class). Knows
no rate. Personal data: none; a row is a count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.level_counts import require, rows_by_level, wrong_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["ClassCounts"]


class ClassCounts:
    """The aggregate ``classes``; ``classes`` names them in the order of the plan.

    Raises:
        MetricError: D91, when the table is not one, or of other classes than the plan's.
    """

    def __init__(self, table: Aggregate, classes: tuple[str, ...]) -> None:
        limits = (-1, len(classes) - 1)
        require(table, codes={"actual": limits, "predicted": limits}, measures=("n",), what="people by class")
        if table.about.get("classes") != list(classes):
            raise wrong_table("classes", "“classes” was counted for other classes than the plan’s")
        self.table, self.classes = table, classes
        self._rows = rows_by_level(table)

    def of(self, grouping: str, levels: tuple[str, ...]) -> Counts:
        """Shape (classes + 1, classes + 1): true class, predicted class; index 0 of either is not known.

        Args:
            grouping: A characteristic; empty for everybody.
            levels: Its values; ``("",)`` for everybody.
        """
        import numpy as np

        size = len(self.classes) + 1
        held = np.zeros((size, size), dtype=np.int64)
        for level in levels:
            rows = self._rows.get((grouping, level))
            if rows is not None:
                places = tuple(self.table.keys[name][rows].astype(np.int64) + 1 for name in ("actual", "predicted"))
                np.add.at(held, places, self.table.measures["n"][rows])
        return held
