"""Aggregates: every count table beside the cells, in one columnar form.

In: columns of keys and of whole numbers. Out: an immutable table in canonical order with its digest; Parquet in and
out; merging and rolling up. Knows no statistic.
Personal data: none. A row is a count of people who share its keys; ids are never a key.

All measures are whole numbers. What is a fraction in the data (a score, a weight, the log of a time) is added up in
fixed units named in ``about``, because sums of floating-point numbers depend on the order in which threads meet the
rows: two counts of one file would differ, and a merge of parts would not be the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from impact.canonical import canonical_json
from impact.errors import Fault, MetricError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[Any]

__all__ = ["NAMES", "Aggregate", "AggregateName", "merge_all", "rolled"]

AggregateName = Literal[
    "scores",
    "weights",
    "clusters",
    "cluster_counts",
    "reviewers",
    "reviewer_spread",
    "times",
    "periods",
    "strata",
    "population",
    "joint",
    "bands",
    "searches",
    "search_clusters",
    "search_cluster_counts",
    "amounts",
    "classes",
    "joint_scores",
    "proxies",
]
_ONE_COUNT = ("reviewers", "reviewer_spread")  # what they say of many reviewers cannot be added up
NAMES: tuple[str, ...] = AggregateName.__args__  # type: ignore[attr-defined]  # Literal keeps its values there


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Counts by key, each key once, sorted.

    Attributes:
        name: Which table of the count contract this is.
        keys: Name -> column: text (``MISSING`` where it is not known) or whole numbers (-1 where it is not known).
        measures: Name -> column of whole numbers, all of which add up when tables are merged.
        about: What a reader must know to use the numbers: units, edges of bins. Equal tables have equal ``about``.
    """

    name: AggregateName
    keys: Mapping[str, Column]
    measures: Mapping[str, Column]
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: AggregateName,
        keys: Mapping[str, Any],
        measures: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> Aggregate:
        """Sort the rows, add up equal keys, drop rows that are zero throughout.

        >>> table = Aggregate.of("strata", {"sex": ["M", "F", "M"], "decision": [1, 0, 1]}, {"n": [2, 5, 3]})
        >>> table.keys["sex"].tolist(), table.measures["n"].tolist()
        (['F', 'M'], [5, 5])
        """
        import numpy as np

        columns = {key: _column(values) for key, values in keys.items()}
        numbers = {key: np.asarray(values, dtype=np.int64) for key, values in measures.items()}
        columns, numbers = rolled(columns, numbers)
        for column in (*columns.values(), *numbers.values()):
            column.flags.writeable = False
        return cls(name, columns, numbers, dict(about or {}))

    @classmethod
    def from_parquet(cls, data: bytes) -> Aggregate:
        """Read what :meth:`to_parquet` wrote; strict and bounded, because the bytes may be somebody else's.

        Raises:
            MetricError: D90 not such a table; D91 its counts are not what a count table can hold.
        """
        from impact.metrics.tables.aggregates_file import read_aggregate

        return read_aggregate(data)

    def to_parquet(self) -> bytes:
        """The table as Parquet, one row per key, null where a key is not known."""
        from impact.metrics.tables.aggregates_file import aggregate_bytes

        return aggregate_bytes(self)

    def __len__(self) -> int:
        return len(next(iter(self.measures.values())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aggregate) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def roll(self, *keys: str) -> Aggregate:
        """The same counts by fewer keys.

        >>> Aggregate.of("strata", {"sex": ["M", "F"], "y": [1, 1]}, {"n": [2, 5]}).roll("y").measures["n"].tolist()
        [7]
        """
        return Aggregate.of(self.name, {key: self.keys[key] for key in keys}, self.measures, self.about)

    def merge(self, *others: Aggregate) -> Aggregate:
        """Counts of several bodies, months or partitions added up.

        Scores kept by exact value are put into bins when together they have too many values, or when one part has
        bins already: the result is the table that a count of all rows gives. Clusters add up only when nobody has rows
        in two of the parts. A population is not added up: the residents of one part may be those of another, so it must
        be the same in all parts.

        Raises:
            MetricError: D92, when the tables do not count the same things, or cannot be added up.
        """
        import numpy as np

        parts: list[Aggregate] = [self, *others]
        if self.name == "scores" and all(part.name == "scores" for part in parts):
            from impact.metrics.tables.score_counts import on_one_scale

            parts = on_one_scale(parts)
        if self.name in _ONE_COUNT:
            found = f"“{self.name}” of several parts: one reviewer may have decided in two of them"
            raise MetricError(Fault("merge", found, "one count of all rows", "Count all rows together", "D92"))
        if self.name == "population" and any(part != self for part in others):
            found = "the parts have different populations, and whether their residents are the same people is not known"
            raise MetricError(Fault("merge", found, "one population", "Take one that covers all parts", "D92"))
        if self.name == "population":
            return self
        if others and "exact" in self.about:
            # Each part may have one value in a bin, and another part another one.
            parts = [replace(part, about=_not_exact(part.about)) for part in parts]
        shape = _shape(parts[0])
        for part in parts[1:]:
            if _shape(part) != shape:
                found = f"“{part.name}” and “{self.name}” differ in keys, measures, bins or units"
                raise MetricError(Fault("merge", found, "tables counted under one plan", "", "D92"))
        return Aggregate.of(
            self.name,
            {key: np.concatenate([part.keys[key] for part in parts]) for key in self.keys},
            {key: np.concatenate([part.measures[key] for part in parts]) for key in self.measures},
            parts[0].about,
        )

    @cached_property
    def digest(self) -> str:
        """Digest of the counts themselves, not of any file format."""
        import numpy as np

        total = hashlib.sha256(canonical_json(_shape(self)))
        for column in (*self.keys.values(), *self.measures.values()):
            if column.dtype == object:
                levels, codes = np.unique(column.astype(str), return_inverse=True)
                total.update(canonical_json(levels.tolist()))
                column = codes
            total.update(column.astype("<i8").tobytes())
        return "sha256:" + total.hexdigest()


def _shape(table: Aggregate) -> list[Any]:
    kinds = ["text" if column.dtype == object else "code" for column in table.keys.values()]
    return [table.name, list(table.keys), kinds, list(table.measures), dict(table.about)]


def _not_exact(about: Mapping[str, Any]) -> dict[str, Any]:
    """``about`` that no longer says of any column that its bins hold one value each."""

    def none(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: none(each) for key, each in value.items()}
        return [False for _ in value] if isinstance(value, list) else False

    return {**about, "exact": none(about["exact"])}


def _column(values: Any) -> Column:
    import numpy as np

    column: Column = np.asarray(values)
    if column.dtype.kind in "iub":
        return column.astype(np.int32)
    return column.astype(object)


def rolled(keys: Mapping[str, Column], measures: Mapping[str, Column]) -> tuple[dict[str, Column], dict[str, Column]]:
    """Rows with equal keys added up, sorted by keys; rows that are zero throughout are dropped."""
    import numpy as np

    rows = len(next(iter(measures.values())))
    place = np.zeros(rows, dtype=np.int64)
    size = 1
    for column in keys.values():
        levels, codes = _codes(column)
        if size * max(levels, 1) >= 1 << 62:  # keys too wide for one number: number the combinations met so far
            _, place = np.unique(place, return_inverse=True)
            size = int(place.max(initial=0)) + 1
        place = place * max(levels, 1) + codes
        size *= max(levels, 1)
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if rows else np.zeros(0, dtype=np.int64)
    summed = {
        name: np.add.reduceat(values[order], first) if rows else values.copy() for name, values in measures.items()
    }
    kept = np.zeros(len(first), dtype=bool)
    for values in summed.values():
        kept |= values != 0
    return (
        {name: column[order[first]][kept] for name, column in keys.items()},
        {name: values[kept] for name, values in summed.items()},
    )


def _codes(column: Column) -> tuple[int, np.ndarray[Any, Any]]:
    """How many values, and for each row the place of its value among them, in order."""
    import numpy as np

    if column.dtype != object:
        low = int(column.min(initial=0))
        return int(column.max(initial=0)) - low + 1, column.astype(np.int64) - low
    import pandas as pd

    codes, levels = pd.factorize(column)
    order = np.argsort(levels.astype(str), kind="stable") if len(levels) else np.zeros(0, dtype=np.int64)
    rank = np.empty(len(levels), dtype=np.int64)
    rank[order] = np.arange(len(levels))
    return len(levels), rank[codes]


def merge_all(parts: Iterable[Mapping[str, Aggregate]]) -> dict[str, Aggregate]:
    """Merge the aggregates of several counts, name by name.

    Raises:
        MetricError: D92, when one count has a table that another has not.
    """
    held = list(parts)
    names = set(held[0])
    if any(set(each) != names for each in held):
        raise MetricError(Fault("merge", "one count has tables that another has not", "the same plan", "", "D92"))
    return {name: held[0][name].merge(*(each[name] for each in held[1:])) for name in held[0]}
