"""Counts by one characteristic at a time, for tables whose own keys would point at people in crossed groups.

In: counts by all characteristics together. Out: keys and measures for everybody and for each single characteristic.
Personal data: none; rows are counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.metrics.counting.coding import Coded
from impact.metrics.plans.plan import AuditPlan

__all__ = ["by_level"]


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
