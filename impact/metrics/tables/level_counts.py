"""Count tables by one characteristic at a time, read: whose rows are whose.

In: an aggregate with the keys ``grouping`` and ``level``. Out: the rows of everybody and of each value of a
characteristic. Knows no statistic. Personal data: none; a row is a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.tables.aggregates import Aggregate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chosen = NDArray[np.int64]

__all__ = ["people_by_level", "require", "rows_by_level", "wrong_table"]


def rows_by_level(table: Aggregate) -> dict[tuple[str, str], Chosen]:
    """(characteristic, value) -> places of its rows; everybody is ``("", "")``.

    >>> table = Aggregate.of("amounts", {"grouping": ["", "sex"], "level": ["", "F"]}, {"n": [3, 2]})
    >>> {key: rows.tolist() for key, rows in rows_by_level(table).items()}
    {('', ''): [0], ('sex', 'F'): [1]}
    """
    import numpy as np

    held: dict[tuple[str, str], list[int]] = {}
    pairs = zip(table.keys["grouping"].tolist(), table.keys["level"].tolist(), strict=True)
    for place, pair in enumerate(pairs):
        held.setdefault(pair, []).append(place)
    return {pair: np.asarray(places, dtype=np.int64) for pair, places in held.items()}


def require(table: Aggregate, *, codes: Mapping[str, tuple[int, int]], measures: Sequence[str], what: str) -> None:
    """Refuse a table that is not of the wanted shape: it may be a stranger's.

    Args:
        table: The table.
        codes: Keys beside ``grouping`` and ``level`` that are whole numbers, with the lowest and highest each can be.
        measures: All its measures, in order.
        what: What it ought to hold, for the message.

    Raises:
        MetricError: D91.
    """
    texts = [table.keys.get(key) for key in ("grouping", "level")]
    sound = all(each is not None and each.dtype == object for each in texts) and tuple(table.measures) == (*measures,)
    sound = sound and all(_within(table.keys.get(key), limits) for key, limits in codes.items())
    if not sound or (table.measures["n"] < 0).any():
        raise wrong_table(table.name, f"“{table.name}” does not hold {what}")


def _within(column: Any, limits: tuple[int, int]) -> bool:
    low, high = limits
    return column is not None and column.dtype != object and not ((column < low) | (column > high)).any()


def wrong_table(name: str, found: str) -> MetricError:
    """A table that an audit cannot have made."""
    return MetricError(Fault(name, found, "", "Take the files that impact wrote together", "D91"))


def people_by_level(table: Aggregate, counted: str = "n") -> Iterator[tuple[tuple[str, str], int]]:
    """(characteristic, value) -> people, over all further keys."""
    n = table.measures[counted]
    for pair, places in rows_by_level(table).items():
        yield pair, int(n[places].sum())
