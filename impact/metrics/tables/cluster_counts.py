"""Sums over clusters for any groups: what a sandwich variance is computed from.

In: the aggregates ``clusters`` and ``cluster_counts``. Out: sums for a set of people, and cross sums for two sets.
Knows no people: a cluster is five numbers, added up before they arrive here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from impact.canonical import canonical_json
from impact.metrics.tables.aggregates import Aggregate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CLUSTERED", "Chosen", "ClusterCounts", "Cross", "Sums"]

Chosen = Callable[[Mapping[str, str]], bool]

# Metric -> roles it needs. The others are one minus these: their sums follow from k' = m - k.
CLUSTERED = {
    "selection_rate": ("decision",),
    "base_rate": ("outcome",),
    "tpr": ("outcome", "decision"),
    "fpr": ("outcome", "decision"),
    "ppv": ("outcome", "decision"),
    "for": ("outcome", "decision"),
    "accuracy": ("outcome", "decision"),
    "override_rate": ("decision", "human"),
}


class Sums(NamedTuple):
    """Of the clusters of one set of people: sums of denominators m, numerators k, and of their products."""

    m: int
    k: int
    kk: int
    km: int
    mm: int


class Cross(NamedTuple):
    """Of two sets g and h: sums over clusters that have rows in both."""

    kk: int
    km: int
    mk: int
    mm: int


@dataclass(frozen=True)
class ClusterCounts:
    """The two tables of one count.

    Attributes:
        table: The aggregate ``clusters``.
        counts: The aggregate ``cluster_counts``.
    """

    table: Aggregate
    counts: Aggregate

    @property
    def groups(self) -> tuple[str, ...]:
        """Keys of the groups, as the plan names them."""
        names = list(self.table.keys)[2:]
        return tuple(names[: len(names) // 2])

    def sums(self, metric: str, chosen: Chosen, *, unit: str = "person") -> Sums:
        """Sums of one metric over the clusters of everybody whose groups satisfy ``chosen``.

        Args:
            metric: One of ``CLUSTERED``; the others are one minus these.
            chosen: Group key -> value, told whether such people belong to the set.
            unit: ``person`` or ``reviewer``.
        """
        one, other = self._sides(chosen, chosen)
        rows = self._rows(metric, unit)
        both, held = rows & one & other, self.table.measures
        return Sums(*(int(held[name][both].sum()) for name in ("m", "k", "kk", "km", "mm")))

    def cross(self, metric: str, g: Chosen, h: Chosen, *, unit: str = "person") -> Cross:
        """Cross sums of two sets of people with nobody in both: zero where no cluster has rows in both."""
        one, other = self._sides(g, h)
        both, held = self._rows(metric, unit) & one & other, self.table.measures
        return Cross(*(int(held[name][both].sum()) for name in ("kk", "km", "mk", "mm")))

    def clusters(self, metric: str, level: Mapping[str, str], *, unit: str = "person") -> int:
        """How many clusters have somebody at risk among the people of a level; of everybody without one."""
        return self._counted("clusters", metric, level, unit)

    def outside(self, metric: str, level: Mapping[str, str], *, unit: str = "person") -> int:
        """How many clusters have somebody at risk outside a level, among all clusters, unknown levels included."""
        return self.clusters(metric, {}, unit=unit) - self._counted("only", metric, level, unit)

    def _counted(self, measure: str, metric: str, level: Mapping[str, str], unit: str) -> int:
        keys = self.counts.keys
        order = [key for key in self.groups if key in level]
        wanted = [canonical_json(list(names)).decode() for names in (order, list(level))]
        chosen = (keys["unit"] == unit) & (keys["metric"] == metric)
        chosen &= (keys["grouping"] == wanted[0]) | (keys["grouping"] == wanted[1])
        for key, value in level.items():
            chosen &= keys[key] == value
        return int(self.counts.measures[measure][chosen].sum())

    def _rows(self, metric: str, unit: str) -> NDArray[np.bool_]:
        rows: NDArray[np.bool_] = (self.table.keys["unit"] == unit) & (self.table.keys["metric"] == metric)
        return rows

    def _sides(self, g: Chosen, h: Chosen) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        import numpy as np

        made = []
        for chosen, mark in ((g, ""), (h, "′")):
            columns = [self.table.keys[f"{key}{mark}"].tolist() for key in self.groups]
            levels = zip(*columns, strict=True) if columns else iter([()] * len(self.table))
            known: dict[tuple[str, ...], bool] = {}
            found = []
            for level in levels:
                if level not in known:
                    known[level] = chosen(dict(zip(self.groups, level, strict=True)))
                found.append(known[level])
            made.append(np.array(found, dtype=bool))
        return made[0], made[1]
