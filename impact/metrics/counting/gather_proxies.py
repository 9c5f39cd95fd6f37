"""Columns that may give a characteristic away: people by such a column and by one characteristic, in queries of their
own.

In: an opened table and a plan with ``plan.also.proxies``. Out: the aggregate ``proxies``, and faults of the columns.
Personal data: exists only inside the engine; a row of ``proxies`` is a count of people who share a value of one
characteristic and a value (or a bin) of one column. No outcome is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import RESERVED, Coded, Coder
from impact.metrics.counting.coding_extra import LARGEST
from impact.metrics.counting.count_checks import MAX_LEVELS, personal_faults
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.gather_joint import bare
from impact.metrics.counting.gather_levels import by_level, one_value_each
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_further import Proxy
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.aggregates_file import MAX_ROWS
from impact.metrics.tables.proxy_counts import proxies_about

__all__ = ["people_by_proxy"]

_WRONG = ("unread_", "infinite_", "outside_", "fraction_")


def people_by_proxy(table: Table, plan: AuditPlan) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count people by each proxy, for everybody and each single characteristic.

    Args:
        table: The opened table.
        plan: The plan.

    Returns:
        ``{"proxies": table}``, empty where the plan names none; and what makes a column unusable: numbers as D16, D18
        and D19, categories as D39, D41, D60 and D82.

    Raises:
        MetricError: D16, D41 or D64 for columns whose type cannot be read so; D62 too many rows.
    """
    import numpy as np

    also = plan.rules.also
    if also is None or not also.proxies:
        return {}, []
    parts: list[Aggregate] = []
    faults: list[Fault] = []
    exact: dict[str, bool] = {}
    for key, proxy in also.proxies.items():
        coder = _ProxyCoder(table, bare(plan), proxy)
        coded = coder.coded()
        found = _counted(table, coded, key)
        faults += _faults(table, proxy, found)
        exact[key] = proxy.range is None or one_value_each(table, coded, "bin", "proxy_number")
        keys = {"value": found["value"], "bin": found["bin"]}
        named, sums = by_level(plan, coded, found, keys, {"n": found["people"]})
        named = {"proxy": np.full(len(sums["n"]), key, dtype=object), **named}
        parts.append(Aggregate.of("proxies", named, sums))
    if faults:
        return {}, faults
    columns = {name: np.concatenate([part.keys[name] for part in parts]) for name in parts[0].keys}
    n = np.concatenate([part.measures["n"] for part in parts])
    return {"proxies": Aggregate.of("proxies", columns, {"n": n}, {"proxies": proxies_about(plan), "exact": exact})}, []


class _ProxyCoder(Coder):
    """Codes one column as a category (``value``) or as a bin of numbers (``bin``)."""

    def __init__(self, table: Table, plan: AuditPlan, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(table, plan, False)

    def _selected(self) -> Any:
        if self.proxy.range is not None:
            self.numbers["proxy"] = self.proxy.name
        else:
            self.extra["proxy"] = self.proxy.name
        return super()._selected()

    def coded(self) -> Coded:
        nw = self.nw
        if self.proxy.range is None:
            value = self.level("proxy", self.proxy.name)
            if "fraction_proxy" in self.flags:
                self.measures["fraction_proxy"] = self.flags.pop("fraction_proxy")
            self.stage("value", value)
            self.stage("bin", nw.lit(-1))
        else:
            self._binned(*self.proxy.range)
            self.stage("value", nw.lit(""))
        return super().coded()

    def _binned(self, low: float, high: float) -> None:
        from impact.metrics.tables.score_scale import Scale

        nw, dtype, name = self.nw, self.schema["raw_proxy"], self.proxy.name
        nothing = isinstance(dtype, nw.Unknown) and self._is_null(nw.col("raw_proxy"))
        if not nothing and not dtype.is_numeric() and "number_proxy" not in self.schema:
            self.refuse(name, f"is stored as {dtype}, not as numbers", "Remove “range”, or convert it first", "D16")
        read = None if nothing or self.faults else self.number("proxy")
        if read is None:
            self.stage("bin", nw.lit(-1))
            self.stage("proxy_number", nw.lit(0.0))
            return
        number, unread = read
        low, high = float(low), float(high)
        known = ~number.is_null() & ~number.is_nan()
        value = self.stage("proxy_number", nw.when(known).then(number).otherwise(nw.lit(low)) + 0.0)
        inside = self.stage("proxy_inside", (value >= low) & (value <= high))
        infinite = (value > LARGEST) | (value < -LARGEST)
        self.measures["unread_proxy"] = self.flag(unread)
        self.measures["infinite_proxy"] = self.flag(infinite)
        self.measures["outside_proxy"] = self.flag(~inside & ~infinite)
        usable = self.stage("proxy_usable", known & inside)
        self.stage("proxy_kept", nw.when(usable).then(value).otherwise(nw.lit(low)))
        scale = Scale(low, high, self.proxy.bins, "left", (), isinstance(dtype, nw.Float32))
        self.frame = scale.with_index(nw, self.frame, "proxy_kept", "proxy_place")
        self.stage("bin", nw.when(usable).then(nw.col("proxy_place")).otherwise(nw.lit(-1.0)).cast(nw.Int64))


def _counted(table: Table, coded: Coded, key: str) -> dict[str, Any]:
    import narwhals as nw

    people = nw.col("n") if "n" in coded.measures else nw.lit(1)
    frame = coded.frame.with_columns((people * 1).cast(nw.Int64).alias("people"))
    wrong = [name for name in coded.measures if name.startswith(_WRONG)]
    keys = [*coded.groups, "value", "bin"]
    query = summed(frame.group_by(*keys), ["people", *wrong]).head(MAX_ROWS + 1)
    found = table.fetch_columns(query, [*keys, "people", *wrong])
    if len(found["people"]) > MAX_ROWS:
        raise too_many(table, "proxies", f"Give the proxy “{key}” fewer values")
    return found


def _faults(table: Table, proxy: Proxy, found: Mapping[str, Any]) -> Iterator[Fault]:
    low, high = proxy.range or (0.0, 0.0)
    said = {
        "unread_proxy": ("value(s) not written as a number", "Remove “range”, or clean the column", "D16"),
        "infinite_proxy": ("infinite number(s)", "Leave it empty where there is none", "D18"),
        "outside_proxy": (f"number(s) outside the declared range {low:g} to {high:g}", "Declare the range", "D19"),
        "fraction_proxy": (
            "number(s) with a fraction, or too large to tell apart", "Give a “range”, or bands as text", "D41"
        ),
    }  # fmt: skip
    for name, (what, remedy, code) in said.items():
        number = int(found[name].sum()) if name in found else 0
        if number:
            text = f"“{proxy.name}”: {number:,} {what}".replace("(s)", "" if number == 1 else "s")
            yield Fault(table.where, text, "", remedy, code)
    if proxy.range is not None:
        return
    levels = set(map(str, found["value"].tolist()))
    if RESERVED in levels:
        text = f"“{proxy.name}” contains the reserved value “{RESERVED[1:]}”"
        yield Fault(table.where, text, "", "Rename it, or list it under “null_values”", "D82")
    if len(levels) > MAX_LEVELS:
        text = f"“{proxy.name}” has {len(levels):,} values: does it identify people?"
        yield Fault(table.where, text, f"at most {MAX_LEVELS:,}", "Give bands or larger areas", "D39")
    yield from personal_faults(proxy.name, levels, "a proxy", where=table.where)
