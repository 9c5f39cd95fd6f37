"""People by a column and one characteristic: the aggregate ``proxies``, read.

In: the aggregate. Out: for each proxy and characteristic a table of people by (value of the characteristic, value or
bin of the column). Knows no statistic. Personal data: none; a row is a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING
from impact.metrics.tables.level_counts import require, wrong_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["ProxyCounts", "crossed", "proxies_about"]


def proxies_about(plan: AuditPlan) -> dict[str, Any]:
    """Key of a proxy -> lowest, highest and number of bins; null where it holds categories."""
    also = plan.rules.also
    found: dict[str, Any] = {}
    for key, proxy in (also.proxies if also is not None else {}).items():
        found[key] = None if proxy.range is None else [*map(float, proxy.range), proxy.bins]
    return found


class ProxyCounts:
    """The aggregate ``proxies``; ``proxies`` are their keys in the order of the plan that was counted.

    Raises:
        MetricError: D91, when the table is not one, or of other proxies than the plan's.
    """

    def __init__(self, table: Aggregate, plan: AuditPlan) -> None:
        proxies = proxies_about(plan)
        last = max((each[2] for each in proxies.values() if each is not None), default=1) - 1
        require(table, codes={"bin": (-1, last)}, measures=("n",), what="people by proxy")
        texts = [table.keys.get(key) for key in ("proxy", "value")]
        named = all(each is not None and each.dtype == object for each in texts)
        if not named or table.about.get("proxies") != proxies or not set(table.keys["proxy"].tolist()) <= set(proxies):
            raise wrong_table("proxies", "“proxies” was counted for other columns than the plan’s")
        self.table = table
        # A plan that has been through a record has lost the order of its keys; the table keeps it.
        self.proxies = tuple(table.about["proxies"])
        exact = table.about.get("exact")
        if not isinstance(exact, dict) or set(exact) != set(proxies):
            raise wrong_table("proxies", "“proxies” does not say how its numbers were counted")
        self._exact: dict[str, Any] = exact

    def exact(self, key: str) -> bool:
        """Whether each bin of a number holds one value only."""
        return self._exact[key] is True

    def part(self, key: str) -> Aggregate:
        """The rows of one proxy."""
        chosen = self.table.keys["proxy"] == key
        keys = {name: column[chosen] for name, column in self.table.keys.items() if name != "proxy"}
        return Aggregate.of("proxies", keys, {"n": self.table.measures["n"][chosen]}, self.table.about)


def crossed(part: Aggregate, grouping: str, levels: Sequence[str], *, numbers: bool) -> tuple[Counts, int]:
    """People by (level, value of the column), values that occur only; and those without such a value.

    Args:
        part: The rows of one proxy.
        grouping: A characteristic.
        levels: Its levels, in the order of the rows.
        numbers: Whether the column holds numbers in bins, in the order of the columns.
    """
    import numpy as np

    place = {level: index for index, level in enumerate(levels)}
    chosen = part.keys["grouping"] == grouping
    chosen &= np.array([level in place for level in part.keys["level"].tolist()], dtype=bool)
    values = part.keys["bin" if numbers else "value"][chosen]
    n, held = part.measures["n"][chosen], part.keys["level"][chosen].tolist()
    known = values >= 0 if numbers else np.array([value != MISSING for value in values.tolist()], dtype=bool)
    rows = np.array([place[level] for level in held], dtype=np.int64)[known]
    different, columns = np.unique(values[known] if numbers else values[known].astype(str), return_inverse=True)
    counts = np.zeros((len(levels), len(different)), dtype=np.int64)
    np.add.at(counts, (rows, columns), n[known])
    return counts, int(n[~known].sum())
