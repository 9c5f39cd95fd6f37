"""Sums over people who occur in several rows: what a sandwich variance needs, and nothing else.

In: a coded table with a column of ids. Out: the aggregates ``clusters`` and ``cluster_counts``.
Refuses to let an id out of the engine: ids are grouped by, joined on and counted there. Reviewers have tables of their
own (gather_reviewers.py): they are few and have many rows, so that such sums would give their numbers away.
Personal data: exists only inside the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from impact.canonical import canonical_json
from impact.metrics.counting.coding import Coded
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.tables.aggregates import Aggregate, AggregateName
from impact.metrics.tables.cluster_counts import CLUSTERED

__all__ = ["Flags", "cluster_tables", "sums_over_people"]

# Who is at risk, and who of them is counted, as expressions: narwhals and the name of a metric in, two conditions out.
Flags = Callable[[Any, str], tuple[Any, Any]]

PRODUCTS = ("kk", "km", "mk", "mm")


def cluster_tables(table: Table, plan: AuditPlan, coded: Coded) -> dict[str, Aggregate]:
    """``clusters`` and ``cluster_counts``, where the plan maps ids of persons.

    ``clusters`` has a row for each metric and each pair of group combinations that one cluster has rows in; the
    measures
    are sums over clusters of k, m (only where both are the same combination) and of the products k·k′, k·m′, m·k′,
    m·m′. Rows of people are independent where the id is missing: each is a cluster of its own.
    """
    metrics = [name for name, roles in CLUSTERED.items() if set(roles) <= set(coded.codes)]
    units = [unit for unit in coded.extra.clusters if unit != "reviewer"]
    return sums_over_people(table, plan, coded, units, metrics, flags=_flags)


def sums_over_people(
    table: Table,
    plan: AuditPlan,
    coded: Coded,
    units: Sequence[str],
    metrics: Sequence[str],
    *,
    flags: Flags,
    names: tuple[AggregateName, AggregateName] = ("clusters", "cluster_counts"),
) -> dict[str, Aggregate]:
    """The two tables of sums over clusters, for any metrics.

    Args:
        table: The opened table.
        plan: The plan.
        coded: Its columns as codes; ``flags`` are conditions on its frame.
        units: Columns of ids; no tables where there are none.
        metrics: Names.
        flags: What each name means.
        names: What the tables are called.
    """
    pairs: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    for unit in units:
        one = _Unit(table, plan, coded, unit, list(metrics), flags=flags, name=names[0])
        pairs += one.pairs()
        counts += one.counts()
    found: dict[str, Aggregate] = {}
    if units:
        keys = ["unit", "metric", *plan.groups, *(f"{key}′" for key in plan.groups)]
        found[names[0]] = _table(names[0], pairs, keys, ["k", "m", *PRODUCTS])
        found[names[1]] = _table(names[1], counts, ["unit", "metric", "grouping", *plan.groups], ["clusters", "only"])
    return found


def _table(name: Any, rows: list[dict[str, Any]], keys: list[str], measures: list[str]) -> Aggregate:
    import numpy as np

    columns = {key: np.array([row[key] for row in rows], dtype=object) for key in keys}
    return Aggregate.of(name, columns, {key: [row[key] for row in rows] for key in measures})


class _Unit:
    """The queries of one kind of cluster."""

    def __init__(
        self, table: Table, plan: AuditPlan, coded: Coded, unit: str, metrics: list[str], *, flags: Flags, name: str
    ) -> None:
        import narwhals as nw

        self.nw, self.table, self.plan, self.unit, self.metrics = nw, table, plan, unit, metrics
        self.groups = list(coded.groups)
        times = nw.col("n") if "n" in coded.measures else nw.lit(1)
        parts = []
        for metric in metrics:
            at_risk, counted = flags(nw, metric)
            parts.append((nw.when(at_risk).then(times).otherwise(nw.lit(0))).cast(nw.Int64).alias(f"m_{metric}"))
            parts.append(
                (nw.when(at_risk & counted).then(times).otherwise(nw.lit(0))).cast(nw.Int64).alias(f"k_{metric}")
            )
        self.sums = [f"{letter}_{metric}" for metric in metrics for letter in "km"]
        frame = coded.frame.with_columns(*parts)
        alone = frame.filter(nw.col(unit).is_null()).select(*self.groups, *self.sums)
        alone = table.kept(alone, f"{name}_alone_{unit}")
        ((rows,),) = table.fetch(alone.select(nw.len().alias("rows")), ["rows"])
        self.alone = alone if rows else None
        held = frame.filter(~nw.col(unit).is_null()).group_by(unit, *self.groups)
        self.held = table.kept(summed(held, self.sums), f"{name}_held_{unit}")
        sizes = self.held.group_by(unit).agg(nw.len().alias("parts"))
        self.several = sizes.filter(nw.col("parts") > 1)
        self.spans = bool(table.fetch(self.several.select(unit).head(1), [unit]))

    def pairs(self) -> list[dict[str, Any]]:
        rows = self._products(self.held.with_columns(*self._same()))
        if self.alone is not None:
            rows += self._products(self.alone.with_columns(*self._same()))
        if self.spans:
            some = self.held.join(self.several.select(self.unit), on=self.unit, how="inner")
            named = {name: f"{name}′" for name in (*self.groups, *self.sums)}
            other = some.rename(named)
            both = some.join(other, on=self.unit, how="inner")
            differ = self.nw.lit(False)
            for group in self.groups:
                differ = differ | (self.nw.col(group) != self.nw.col(f"{group}′"))
            rows += self._products(both.filter(differ), own=False)
        return rows

    def _same(self) -> list[Any]:
        return [self.nw.col(name).alias(f"{name}′") for name in (*self.groups, *self.sums)]

    def _products(self, frame: Any, *, own: bool = True) -> list[dict[str, Any]]:
        """One row for each pair of group combinations and metric."""
        nw = self.nw
        made, names = [], []
        for metric in self.metrics:
            for product in PRODUCTS:
                name = f"{product}_{metric}"
                made.append((nw.col(f"{product[0]}_{metric}") * nw.col(f"{product[1]}_{metric}′")).alias(name))
                names.append(name)
        keys = [*self.groups, *(f"{group}′" for group in self.groups)]
        wanted = [*names, *(self.sums if own else [])]
        query = summed(frame.with_columns(*made).group_by(*keys), wanted)
        rows = []
        for values in self.table.fetch(query, [*keys, *wanted]):
            row = dict(zip([*keys, *wanted], values, strict=True))
            for metric in self.metrics:
                made_row = {"unit": self.unit, "metric": metric}
                for key, group in zip(self.plan.groups, self.groups, strict=True):
                    made_row |= {key: row[group], f"{key}′": row[f"{group}′"]}
                sums = {product: row[f"{product}_{metric}"] for product in PRODUCTS}
                own_sums = {letter: row[f"{letter}_{metric}"] if own else 0 for letter in "km"}
                rows.append(made_row | own_sums | sums)
        return rows

    def counts(self) -> list[dict[str, Any]]:
        """For every characteristic, intersection, and everybody: how many clusters, and how many have no row at another
        known level."""
        rows: list[dict[str, Any]] = []
        wanted: list[tuple[str, ...]] = [(), *((key,) for key in self.plan.groups), *self.plan.intersections]
        for keys in wanted:
            rows += self._counted(keys)
        return rows

    def _counted(self, keys: tuple[str, ...]) -> list[dict[str, Any]]:
        nw, unit = self.nw, self.unit
        columns = [self.groups[list(self.plan.groups).index(key)] for key in keys]
        at_risk = [f"m_{metric}" for metric in self.metrics]
        held = summed(self.held.group_by(unit, *columns), at_risk)
        if self.spans and keys:
            known = self.held
            for key, column in zip(keys, columns, strict=True):
                known = known.filter(~nw.col(column).is_in(sorted(unknown_levels(self.plan, key))))
            total = summed(known.group_by(unit), at_risk).rename({name: f"all_{name}" for name in at_risk})
            held = held.join(total, on=unit, how="left")
        else:
            held = held.with_columns(*[nw.col(name).alias(f"all_{name}") for name in at_risk])
        flags = []
        for name in at_risk:
            some = nw.col(name) > 0
            flags.append(nw.when(some).then(nw.lit(1)).otherwise(nw.lit(0)).alias(f"c_{name}"))
            only = some & (nw.col(f"all_{name}").fill_null(0) == nw.col(name))
            flags.append(nw.when(only).then(nw.lit(1)).otherwise(nw.lit(0)).alias(f"o_{name}"))
        rows = self._summed(held.with_columns(*flags), keys, columns, at_risk)
        if self.alone is not None:
            each = [nw.col(name).alias(f"{letter}_{name}") for name in at_risk for letter in "co"]
            rows += self._summed(self.alone.with_columns(*each), keys, columns, at_risk)
        return rows

    def _summed(
        self, frame: Any, keys: tuple[str, ...], columns: list[str], at_risk: list[str]
    ) -> list[dict[str, Any]]:
        nw = self.nw
        names = [f"{letter}_{name}" for name in at_risk for letter in "co"]
        # Everybody is a group as well: an aggregate over nothing gives nulls on some engines.
        by = columns or ["everybody"]
        query = summed(frame.with_columns(nw.lit(1).alias("everybody")).group_by(*by), names)
        rows = []
        for values in self.table.fetch(query, [*columns, *names]):
            row = dict(zip([*columns, *names], values, strict=True))
            level = dict.fromkeys(self.plan.groups, "") | {
                key: row[column] for key, column in zip(keys, columns, strict=True)
            }
            head = {"unit": self.unit, "grouping": canonical_json(list(keys)).decode()} | level
            rows += [
                head | {"metric": metric, "clusters": row[f"c_m_{metric}"], "only": row[f"o_m_{metric}"]}
                for metric in self.metrics
            ]
        return rows


def _flags(nw: Any, metric: str) -> tuple[Any, Any]:
    """Who is at risk, and who of them is counted."""
    y, d, h = nw.col("outcome"), nw.col("decision"), nw.col("human")
    if metric == "selection_rate":
        return d >= 0, d == 1
    if metric == "base_rate":
        return y >= 0, y == 1
    if metric in ("tpr", "fpr"):
        return (y == (1 if metric == "tpr" else 0)) & (d >= 0), d == 1
    if metric in ("ppv", "for"):
        return (d == (1 if metric == "ppv" else 0)) & (y >= 0), y == 1
    if metric == "accuracy":
        return (d >= 0) & (y >= 0), d == y
    return (d == 1) & (h >= 0), h == 0
