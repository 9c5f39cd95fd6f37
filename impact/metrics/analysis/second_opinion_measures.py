"""The second opinion on further measures: those that fairlearn or aif360 compute as well, from the same cells.

In: rows of groups and complements, and our tables. Out: how many values were compared and the largest difference. Only
defined values are compared, and only with those who do not share the characteristic: the libraries know no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan
from typing import Any

from impact.metrics.analysis.levels import Group, group_json
from impact.metrics.libraries import Pair, Values
from impact.metrics.libraries_measures import BY_AIF360, BY_FAIRLEARN, aif360_measures, fairlearn_measures

__all__ = ["compare_measures"]

Rows = Sequence[Mapping[str, Any]]
_LIBRARIES: Mapping[str, tuple[tuple[str, ...], Callable[[Sequence[Pair]], list[Values]]]] = {
    "fairlearn": (BY_FAIRLEARN, fairlearn_measures),
    "aif360": (BY_AIF360, aif360_measures),
}


def compare_measures(
    library: str, jobs: Sequence[tuple[Group, Pair]], tables: Mapping[str, Rows], *, far: float
) -> tuple[int, float]:
    """Compare the measures of a run with one library's.

    Args:
        library: ``fairlearn`` or ``aif360``.
        jobs: Groups with their rows and those of the people who do not share them.
        tables: ``measures`` and ``measure_gaps`` as in findings.json.
        far: What stands for a value of theirs that is no number.

    Returns:
        How many values were compared, and the largest absolute difference (0 without any).
    """
    keys, compute = _LIBRARIES[library]
    ours = [row for name in ("measures", "measure_gaps") for row in tables[name] if row["measure"] in keys]
    if not ours:
        return 0, 0.0
    theirs = {
        tuple(group_json(group).items()): values
        for (group, _), values in zip(jobs, compute([pair for _, pair in jobs]), strict=True)
    }
    compared, worst = 0, 0.0
    for row in ours:
        values = theirs.get(tuple(row["group"].items()))
        if values is None or (row["comparator"] or {}).get("kind") == "reference":
            continue
        sides = (("gap", "estimate"),) if "estimate" in row else (("own", "own"), ("others", "others"))
        for side, name in sides:
            value = (row[name] or {}).get("value")
            if value is None:
                continue
            compared += 1
            gap = abs(values.get((row["measure"], side), nan) - value)
            worst = max(worst, far if isnan(gap) else gap)
    return compared, worst
