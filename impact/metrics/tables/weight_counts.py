"""Sums of weights as cells: the same keys as the counts, with weight in the place of people.

In: the aggregate ``weights`` and the cells of the same count. Out: two ``Cells``: sums of weights and of squares.
Refuses tables that do not count the same rows. Knows no statistic.
"""

from __future__ import annotations

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cell, Cells

__all__ = ["SQUARE_UNIT", "UNIT", "weighted_cells"]

# Whole numbers in a weight of 1, and in its square: sums of fractions would depend on the order of the rows.
UNIT = 1 << 24
SQUARE_UNIT = 1 << 16
ABOUT = {"w_unit": UNIT, "w2_unit": SQUARE_UNIT}

_CODES = ("outcome", "decision", "human")


def weighted_cells(table: Aggregate, cells: Cells) -> tuple[Cells, Cells]:
    """Sums of weights and of squared weights, in units of ``1 / UNIT`` and ``1 / SQUARE_UNIT``.

    Args:
        table: The aggregate ``weights``.
        cells: Counts of the same rows.

    Raises:
        MetricError: D91, when the table does not count the rows of the cells, or has other units.

    >>> keys = {"sex": ["F"], "outcome": [-1], "decision": [1], "human": [-1]}
    >>> table = Aggregate.of("weights", keys, {"n": [2], "w": [48], "w2": [9]}, ABOUT)
    >>> weights, squares = weighted_cells(table, Cells.of(["sex"], [Cell(("F",), -1, 1, -1, 2)]))
    >>> weights.n, squares.n
    (48, 9)
    """
    keys = [table.keys[name].tolist() for name in (*cells.groups, *_CODES)]
    rows = list(zip(*keys, strict=True))

    def as_cells(measure: str) -> Cells:
        counts = table.measures[measure].tolist()
        return Cells.of(
            cells.groups,
            (Cell(tuple(group), y, d, h, n) for (*group, y, d, h), n in zip(rows, counts, strict=True) if n),
        )

    if dict(table.about) != ABOUT or as_cells("n").digest != cells.digest:
        found = "the table of weights does not count the rows of the cells"
        raise MetricError(Fault("weights", found, "both files of one run", "Count the data again", "D91"))
    return as_cells("w"), as_cells("w2")
