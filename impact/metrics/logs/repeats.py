"""Whether somebody has several rows in a log.

In: an open log and a column. Out: yes or no. Personal data: hashes of keys are held, eight bytes for each row, and let
go; the keys themselves stay in the engine.

Different hashes are different people; equal ones may be a collision, so those few keys are then compared themselves.
Sorting hashes takes a fifth of the time, and of the memory, of a table of them in the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.metrics.counting import duck

if TYPE_CHECKING:
    from impact.metrics.logs.opening import DecisionLog

__all__ = ["repeats"]

_AT_ONCE = 16_000_000  # hashes held at a time: 128 MB
_BATCH = 100_000
_TOLD = 500  # keys compared by one query


def repeats(log: DecisionLog, column: str, *, rows: int, at_once: int = _AT_ONCE) -> bool:
    """Whether some value of a column stands in several rows; rows without one do not count.

    Args:
        log: Open.
        column: Of the view ``log``.
        rows: How many rows the log has.
        at_once: How many hashes are held; a longer log is gone through several times.

    Raises:
        MetricError: as ``DecisionLog.rows``.
    """
    import numpy as np

    hashed = f"hash({duck.name(column)})"
    where = f"{duck.name(column)} IS NOT NULL"
    passes = -(-rows // at_once) or 1
    for turn in range(passes):
        part = f" AND {hashed} % {passes} = {turn}" if passes > 1 else ""
        held = _held(log, f"SELECT {hashed} AS hashed FROM log WHERE {where}{part}", rows)
        held.sort()
        twice = np.unique(held[1:][held[1:] == held[:-1]]).tolist()
        for start in range(0, len(twice), _TOLD):
            listed = ", ".join(map(str, twice[start : start + _TOLD]))
            same = f"SELECT 1 FROM log WHERE {hashed} IN ({listed}) GROUP BY {duck.name(column)} HAVING count(*) > 1"
            if log.rows(f"SELECT 1 FROM ({same}) LIMIT 1"):
                return True
    return False


def _held(log: DecisionLog, sql: str, rows: int) -> Any:
    import numpy as np

    held, end = np.empty(rows, np.uint64), 0
    for batch in log.batches(sql, _BATCH):
        part = batch.column(0).to_numpy()
        held[end : end + len(part)] = part
        end += len(part)
    return held[:end]
