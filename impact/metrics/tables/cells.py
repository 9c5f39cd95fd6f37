"""Cells: counts of people who share groups, outcome and decision. The only thing that leaves the data.

In: counts by key. Out: an immutable, canonically ordered count table with its digest; Parquet in and out; merging.
Personal data: none. A cell is a count; the engines (count.py) are the only modules that touch rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from impact.canonical import digest_of
from impact.errors import Fault, MetricError

__all__ = ["MISSING", "Cell", "Cells"]

MISSING = "__missing__"  # a group value that is null in the data; shown as “not known” in reports


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """``n`` people (or counted units) who share everything else.

    Attributes:
        group: One value for each group column, in the order of ``Cells.groups``; ``MISSING`` where it is not known.
        outcome: 1, 0, or -1 where it is not known (or no outcome column is mapped).
        decision: 1, 0, or -1 where it is not known.
        human: The final human decision: 1, 0, or -1 where there is none.
        n: How many, at least 1.
    """

    group: tuple[str, ...]
    outcome: int
    decision: int
    human: int
    n: int


@dataclass(frozen=True)
class Cells:
    """All cells of one audit, sorted, each key once.

    Attributes:
        groups: Keys of the group columns as the plan names them.
        rows: The cells in canonical order.
    """

    groups: tuple[str, ...]
    rows: tuple[Cell, ...]

    @classmethod
    def of(cls, groups: Iterable[str], rows: Iterable[Cell]) -> Cells:
        """Sort the cells, add up equal keys, drop empty ones."""
        names = tuple(groups)
        total: dict[tuple[tuple[str, ...], int, int, int], int] = {}
        for row in rows:
            key = (row.group, row.outcome, row.decision, row.human)
            total[key] = total.get(key, 0) + row.n
        return cls(names, tuple(sorted(Cell(*key, n) for key, n in total.items() if n)))

    @classmethod
    def from_parquet(cls, data: bytes) -> Cells:
        """Read what :meth:`to_parquet` wrote; strict, because a verifier gets these bytes from somebody else.

        Raises:
            MetricError: D90 not a cells file; D91 its counts are not what a count table can hold (a count below 1,
                one key twice, a code that is neither 0 nor 1, a missing count).
        """
        from impact.metrics.tables.cells_file import read_cells

        return read_cells(data)

    def to_parquet(self) -> bytes:
        """The count table as Parquet: one row per cell, columns the group keys, outcome, decision, human and n.

        Null where a group, outcome or decision is not known. The same cells give the same bytes under the same
        release of pyarrow; compare ``digest``, not bytes, across releases.
        """
        from impact.metrics.tables.cells_file import cells_bytes

        return cells_bytes(self)

    def merge(self, *others: Cells) -> Cells:
        """Counts of several bodies, months or partitions added up.

        Raises:
            MetricError: D92, when the tables do not have the same groups in the same order.

        >>> a = Cells.of(["sex"], [Cell(("F",), 1, 0, -1, 2)])
        >>> b = Cells.of(["sex"], [Cell(("F",), 1, 0, -1, 3), Cell(("M",), 0, 0, -1, 1)])
        >>> [cell.n for cell in a.merge(b)]
        [5, 1]
        """
        for other in others:
            if other.groups != self.groups:
                found = f"one has {', '.join(other.groups) or 'none'}, the other {', '.join(self.groups) or 'none'}"
                wanted = "the same groups in the same order"
                raise MetricError(Fault("merge", f"the tables count other groups: {found}", wanted, "", "D92"))
        return Cells.of(self.groups, (row for table in (self, *others) for row in table.rows))

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.rows)

    @property
    def n(self) -> int:
        """How many people (or units) were counted."""
        return sum(row.n for row in self.rows)

    @cached_property
    def digest(self) -> str:
        """Digest of the counts themselves, not of any file format."""
        return digest_of([list(self.groups), [[list(c.group), c.outcome, c.decision, c.human, c.n] for c in self.rows]])
