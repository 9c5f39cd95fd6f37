"""Predicted amounts: how far off predictions are, as exact sums, in a query of its own.

In: an opened table and a plan with ``columns.amount``. Out: the aggregate ``amounts``, and faults of its columns.
Amounts become whole steps (pence) inside the query, so that sums do not depend on the order of rows, and parts add up.
Personal data: exists only inside the engine; a row of ``amounts`` is a sum over people who share one characteristic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import Coded, Coder
from impact.metrics.counting.coding_extra import LARGEST
from impact.metrics.counting.gather_joint import bare
from impact.metrics.counting.gather_levels import by_level
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.amount_counts import BOTH, HALF, MEASURES, NEITHER, NO_ACTUAL, NO_PREDICTION, about
from impact.metrics.tables.checks import Check

__all__ = ["amount_remarks", "errors_of_amounts"]

_MOST_PEOPLE = 1 << 31  # sums of as many largest products still fit into 64 bits
_SUMS = ("people", *MEASURES[1:])
_WRONG = ("unread", "infinite", "outside")
_FINE = 0.001  # of a step: what floating-point numbers are off by anyway is no rounding
# 1.005 is stored as a little less, and 100 times it is 100.49999999999999: a half as written goes up all the same.
_HALF = 0.5 + 1e-5


def errors_of_amounts(
    table: Table, plan: AuditPlan, *, outcomes: bool
) -> tuple[dict[str, Aggregate], list[Fault], list[Check]]:
    """Sums of errors for everybody and each single characteristic.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether the true amount may be read. Without it only the column of predictions is looked at.

    Returns:
        ``{"amounts": table}``, empty where the plan maps no amount or outcomes are not read; what makes the columns
        unusable: no numbers (D170), infinite (D171), outside the declared range (D172); and a remark on amounts with
        more decimals than are kept (D174).

    Raises:
        MetricError: D170 for a column whose type cannot be an amount.
    """
    import narwhals as nw

    amount = plan.columns.amount
    if amount is None:
        return {}, [], []
    coder = _AmountCoder(table, bare(plan), outcomes)
    coded = coder.coded()
    wrong = [name for name in coded.measures if name.startswith((*_WRONG, "rounded", "heavy"))]
    frame = coded.frame.with_columns(**_first(nw, coded, coder.read))
    frame = frame.with_columns(**_second(nw, about(amount)["tolerance"]))
    frame = frame.with_columns(high=nw.col("far") // HALF)
    frame = frame.with_columns(low=nw.col("far") - nw.col("high") * HALF)
    frame = frame.with_columns(**_third(nw))
    keys = [*coded.groups, "state"]
    found = table.fetch_columns(summed(frame.group_by(*keys), [*_SUMS, *wrong]), [*keys, *_SUMS, *wrong])
    faults = list(_faults(table, coder, found))
    remarks = list(_rounded(coder, found, amount.decimals))
    if faults or not outcomes:
        return {}, faults, remarks
    measures = dict(zip(MEASURES, (found[name] for name in _SUMS), strict=True))
    named, sums = by_level(plan, coded, found, {"state": found["state"]}, measures)
    return {"amounts": Aggregate.of("amounts", named, sums, about(amount))}, [], remarks


class _AmountCoder(Coder):
    """Codes the amounts as whole steps; 0 where there is none."""

    def __init__(self, table: Table, plan: AuditPlan, outcomes: bool) -> None:
        amount = plan.columns.amount
        assert amount is not None
        self.amount = amount
        self.read = {"predicted": amount.predicted} | ({"actual": amount.actual} if outcomes else {})
        super().__init__(table, plan, False)  # the outcome of yes and no is not needed here

    def _selected(self) -> Any:
        self.numbers |= self.read
        return super()._selected()

    def coded(self) -> Coded:
        for role in self.read:
            self._steps(role)
        if self.numbers["count"] is not None:
            found = self.number("count")
            if found is not None:
                many = self.nw.when(found[0].is_null() | found[0].is_nan()).then(self.nw.lit(0.0)).otherwise(found[0])
                self.measures["heavy"] = self.flag(many > float(_MOST_PEOPLE))
        return super().coded()

    def _steps(self, role: str) -> None:
        nw, raw, name = self.nw, f"raw_{role}", self.read[role]
        nothing = isinstance(self.schema[raw], nw.Unknown) and self._is_null(nw.col(raw))
        if not nothing and not self.schema[raw].is_numeric() and f"number_{role}" not in self.schema:
            self.refuse(name, f"is stored as {self.schema[raw]}, not as numbers", "Convert it to numbers first", "D170")
        read = None if nothing or self.faults else self.number(role)
        if read is None:  # a column without any value has no type
            self.stage(f"has_{role}", nw.lit(0))
            self.stage(f"steps_{role}", nw.lit(0))
            return
        number, unread = read
        low, high = map(float, self.amount.range)
        known = ~number.is_null() & ~number.is_nan()
        value = self.stage(f"value_{role}", nw.when(known).then(number).otherwise(nw.lit(low)))
        # A number of 32 bits stands as near to the end of the range as 32 bits allow.
        inside = self.stage(f"inside_{role}", (value >= low) & (value <= high))
        infinite = (value > LARGEST) | (value < -LARGEST)
        self.measures[f"unread_{role}"] = self.flag(unread)
        self.measures[f"infinite_{role}"] = self.flag(infinite)
        self.measures[f"outside_{role}"] = self.flag(~inside & ~infinite)
        scaled = nw.when(inside).then(value).otherwise(nw.lit(low)) * float(10**self.amount.decimals)
        scaled = self.stage(f"scaled_{role}", scaled)
        whole = self.stage(f"whole_{role}", (scaled + _HALF).floor())
        usable = self.stage(f"has_{role}", self.flag(known & inside)) == 1
        self.stage(f"steps_{role}", nw.when(usable).then(whole).otherwise(nw.lit(0.0)).cast(nw.Int64))
        off = scaled - whole
        self.measures[f"rounded_{role}"] = self.flag(usable & ((off > _FINE) | (off < -_FINE)))


def _first(nw: Any, coded: Coded, read: Mapping[str, str]) -> dict[str, Any]:
    """State, the error, and how many people a row stands for."""
    has = {role: nw.col(f"has_{role}") == 1 if role in read else nw.lit(False) for role in ("predicted", "actual")}
    both = has["predicted"] & has["actual"]
    steps = {role: nw.col(f"steps_{role}") if role in read else nw.lit(0) for role in has}
    kept = {
        f"kept_{role}": nw.when(both).then(each).otherwise(nw.lit(0)).cast(nw.Int64) for role, each in steps.items()
    }
    state = nw.when(has["actual"]).then(nw.lit(NO_PREDICTION)).otherwise(nw.lit(NEITHER))
    state = nw.when(has["predicted"]).then(nw.lit(NO_ACTUAL)).otherwise(state)
    state = nw.when(both).then(nw.lit(BOTH)).otherwise(state)
    people = nw.col("n") if "n" in coded.measures else nw.lit(1)
    few = nw.when(nw.col("heavy") == 0).then(people).otherwise(nw.lit(0)) if "heavy" in coded.measures else people
    return {**kept, "state": state.cast(nw.Int64), "people": (few * 1).cast(nw.Int64)}


def _second(nw: Any, tolerance: int) -> dict[str, Any]:
    off = nw.col("kept_predicted") - nw.col("kept_actual")
    far = nw.when(off < 0).then(off * -1).otherwise(off)

    def one(condition: Any) -> Any:
        return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)

    return {"off": off, "far": far, "is_over": one(off > tolerance), "is_under": one(off < -tolerance)}


def _third(nw: Any) -> dict[str, Any]:
    """Everything that is summed, times the people of the row."""
    high, low = nw.col("high"), nw.col("low")
    held = {"over": nw.col("is_over"), "under": nw.col("is_under"), "error": nw.col("off"), "size": nw.col("far")}
    held |= {"high_high": high * high, "high_low": high * low, "low_low": low * low}
    held |= {"predicted": nw.col("kept_predicted"), "actual": nw.col("kept_actual")}
    return {name: each * nw.col("people") for name, each in held.items()}


def _faults(table: Table, coder: _AmountCoder, found: Mapping[str, Any]) -> Iterator[Fault]:
    low, high = (f"{end:,.0f}" if float(end).is_integer() else f"{end:,}" for end in coder.amount.range)
    said = {
        "unread": (
            "amount(s) not written as a number (a £ sign or a comma?)",
            "Write 1234.50: no sign, no unit",
            "D170",
        ),
        "infinite": ("infinite amount(s)", "Leave an amount empty where there is none", "D171"),
        "outside": (
            f"amount(s) outside the declared range {low} to {high}",
            "Declare the range, or repair",
            "D172",
        ),
    }
    for role, name in coder.read.items():
        for kind, (what, remedy, code) in said.items():
            number = int(found[f"{kind}_{role}"].sum()) if f"{kind}_{role}" in found else 0
            if number:
                text = f"“{name}”: {number:,} {what}".replace("(s)", "" if number == 1 else "s")
                yield Fault(table.where, text, "", remedy, code)
    if int(found["people"].sum()) > _MOST_PEOPLE or ("heavy" in found and found["heavy"].any()):
        text = f"more than {_MOST_PEOPLE:,} people: their amounts cannot be added up exactly"
        yield Fault(table.where, text, "", "Count the data in parts, and merge them", "D173")


def _rounded(coder: _AmountCoder, found: Mapping[str, Any], decimals: int) -> Iterator[Check]:
    for role, name in coder.read.items():
        number = int(found[f"rounded_{role}"].sum()) if f"rounded_{role}" in found else 0
        if number:
            yield Check(
                "D174",
                "info",
                f"“{name}”: {number:,} amounts are rounded to {decimals} decimals before they are subtracted.",
            )


def amount_remarks(plan: AuditPlan, aggregates: Mapping[str, Aggregate]) -> list[Check]:
    """A warning where people are in no figure of amounts, for want of a prediction or of a true amount (D175)."""
    if "amounts" not in aggregates or plan.columns.amount is None:
        return []
    from impact.metrics.tables.amount_counts import AmountCounts

    held = AmountCounts(aggregates["amounts"], plan.columns.amount).of()
    if not (held.no_prediction or held.no_actual or held.neither):
        return []
    everybody = held.n + held.no_prediction + held.no_actual + held.neither
    return [
        Check(
            "D175",
            "warning",
            f"Of {everybody:,} rows {held.no_prediction + held.neither:,} have no predicted amount and "
            f"{held.no_actual + held.neither:,} no true one: they are in no figure of amounts.",
        )
    ]
