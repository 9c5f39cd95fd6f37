"""Counts by one characteristic at a time: everybody, then each level of each characteristic, never all of them jointly.

In: columns of group values with further keys and measures. Out: an aggregate whose keys begin with ``grouping`` (which
characteristic; empty for everybody) and ``level`` (its value); the rows of one characteristic of such a table.
Why: by all characteristics together nearly every row of a table of scores is one person. No figure needs that.
Personal data: none; a row is a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import Aggregate, AggregateName, rolled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["BY", "groupings_of", "is_single", "rest_of", "rows_of", "singly"]

BY = {"by": "one characteristic"}  # in ``about``: a plan may name a characteristic “grouping” or “level”


def singly(
    name: AggregateName,
    groups: Mapping[str, Any],
    keys: Mapping[str, Any],
    measures: Mapping[str, Any],
    about: Mapping[str, Any],
) -> Aggregate:
    """Count by each characteristic alone, and everybody.

    Args:
        name: Which table.
        groups: Characteristic -> its column of values.
        keys: Further keys.
        measures: Columns of whole numbers.
        about: As in ``Aggregate``; ``BY`` is added.

    >>> groups = {"sex": ["F", "F", "M"], "age": ["20", "30", "30"]}
    >>> table = singly("scores", groups, {"bin": [1, 1, 1]}, {"n": [1, 2, 4]}, {})
    >>> [each.tolist() for each in (table.keys["grouping"], table.keys["level"], table.measures["n"])]
    [['', 'age', 'age', 'sex', 'sex'], ['', '20', '30', 'F', 'M'], [7, 1, 6, 3, 4]]
    """
    import numpy as np

    rest = {key: np.asarray(column) for key, column in keys.items()}
    numbers = {key: np.asarray(column, dtype=np.int64) for key, column in measures.items()}
    size = len(next(iter(numbers.values())))
    parts = []
    for grouping, column in {"": np.full(size, "", dtype=object), **groups}.items():
        level = np.asarray(column, dtype=object)
        # Rolled one by one: all of them side by side would be the joint table many times over.
        held, sums = rolled({"level": level, **rest}, numbers)
        parts.append(({"grouping": np.full(len(held["level"]), grouping, dtype=object), **held}, sums))
    together = {key: np.concatenate([held[key] for held, _ in parts]) for key in parts[0][0]}
    summed = {key: np.concatenate([sums[key] for _, sums in parts]) for key in numbers}
    return Aggregate.of(name, together, summed, {**about, **BY})


def is_single(table: Aggregate) -> bool:
    """Whether a table counts one characteristic at a time; one of an earlier version has them all as keys."""
    return table.about.get("by") == BY["by"] and list(table.keys)[:2] == ["grouping", "level"]


def groupings_of(table: Aggregate) -> tuple[str, ...]:
    """The characteristics that a table knows; everybody is the empty one."""
    return tuple(sorted(set(table.keys["grouping"].tolist()) | {""}))


def rest_of(table: Aggregate) -> tuple[str, ...]:
    """The keys beside ``grouping`` and ``level``."""
    return tuple(list(table.keys)[2:])


def rows_of(table: Aggregate, keys: Sequence[str]) -> tuple[Mask, list[tuple[str, ...]]]:
    """Which rows are about some characteristics, and the level of each of these rows.

    Args:
        table: In either form: by one characteristic at a time, or, as an earlier version counted, by all of them.
        keys: One characteristic, or none for everybody. An earlier table knows several together as well.

    Raises:
        MetricError: D160, for several characteristics of a table that does not know them together.
    """
    import numpy as np

    if not is_single(table):
        every = np.ones(len(table), dtype=bool)
        columns = [table.keys[key].tolist() for key in keys]
        return every, list(zip(*columns, strict=True)) if keys else [()] * len(table)
    if len(keys) > 1:
        found = f"“{table.name}” counts one characteristic at a time; asked for: {' with '.join(keys)}"
        raise MetricError(Fault(table.name, found, "one characteristic", "Ask for one of them", "D160"))
    grouping = keys[0] if keys else ""
    mask = np.asarray(table.keys["grouping"] == grouping, dtype=bool)
    values: list[str] = table.keys["level"][mask].tolist()
    return mask, [(value,) for value in values] if keys else [()] * len(values)
