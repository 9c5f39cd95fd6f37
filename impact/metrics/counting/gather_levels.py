"""Counts by one characteristic at a time, for tables whose own keys would point at people in crossed groups.

In: counts by all characteristics together. Out: keys and measures for everybody and for each single characteristic.
Personal data: none; rows are counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.metrics.counting.coding import Coded
from impact.metrics.counting.table import Table
from impact.metrics.plans.plan import AuditPlan

__all__ = ["by_level", "one_value_each"]


def by_level(
    plan: AuditPlan, coded: Coded, found: Mapping[str, Any], keys: Mapping[str, Any], measures: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same counts once for everybody (``grouping`` and ``level`` empty) and once for each characteristic.

    Args:
        plan: The plan, whose group keys are the names of characteristics.
        coded: The coded table.
        found: Columns fetched, those of the groups among them.
        keys: Further keys.
        measures: Whole numbers that add up.
    """
    import numpy as np

    rows = len(next(iter(measures.values())))
    levels = {"": np.full(rows, "", dtype=object)}
    levels |= {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    times = len(levels)
    named: dict[str, Any] = {
        "grouping": np.repeat(np.array(list(levels), dtype=object), rows),
        "level": np.concatenate([np.asarray(each, dtype=object) for each in levels.values()]),
    }
    named |= {name: np.tile(np.asarray(values), times) for name, values in keys.items()}
    return named, {name: np.tile(np.asarray(values, dtype=np.int64), times) for name, values in measures.items()}


def one_value_each(table: Table, coded: Coded, place: str, value: str) -> bool:
    """Whether each bin holds one value only, so that bins leave nothing open; False where nobody has a value.

    Args:
        table: The opened table.
        coded: Its columns as codes.
        place: The column of bins, below 0 where there is none.
        value: The column of numbers.
    """
    import narwhals as nw

    here = coded.frame.filter(nw.col(place) >= 0)
    query = here.group_by(place).agg(nw.col(value).n_unique().alias("different"))
    found = table.fetch_columns(query, ["different"])["different"]
    return bool(len(found)) and int(found.max()) == 1
