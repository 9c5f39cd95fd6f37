"""Further count tables as people by one more characteristic: a period, a stratum, a band, a bin of scores.

In: a plan and its further count tables. Out: ``Dimension``: for everybody and for each level of each characteristic,
people by value and by what is known of them; the same by coarser values.
Personal data: none; but these counts are exact and small ones are among them. They go to strips.py and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from impact.errors import Fault, MetricError
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate, AggregateName
from impact.metrics.tables.singles import rows_of

__all__ = ["PARTS", "Counts", "Dimension", "Value", "coarser_periods", "dimensions", "joined", "unequal"]

PARTS = ("tp", "fp", "fn", "tn", "yes_open", "no_open", "undecided")
Value = str | int
Counts = dict[str, int]
_COARSER: Mapping[str, tuple[str, ...]] = {"month": ("quarter", "year"), "quarter": ("year",), "year": ()}
_SLOT = {(1, 1): "tp", (1, 0): "fp", (0, 1): "fn", (0, 0): "tn", (1, -1): "yes_open", (0, -1): "no_open"}


@dataclass(frozen=True)
class Dimension:
    """People by one more characteristic.

    Attributes:
        table: Name of the further count table.
        column: What the values are of: ``period``, the key of a stratum, ``band``, ``score``.
        values: Known values, in order.
        counts: (Characteristic, level) -> value -> people by part. Everybody is ``("", "")``. ``None`` stands for a
            value that is not known.
        kind: Whether people are shown by decision and outcome, or (``bands``, ``scores``) by outcome alone.
        empty: Value -> parts that nobody can be in under the plan: a yes below the threshold.
        about: What stands with the published table.
    """

    table: AggregateName
    column: str
    values: tuple[Value, ...]
    counts: Mapping[tuple[str, str], Mapping[Value | None, Counts]]
    kind: Literal["decisions", "bands", "scores"] = "decisions"
    empty: Mapping[Value | None, frozenset[str]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def of(self, group: tuple[str, str], value: Value | None) -> Counts:
        """People of one level with one value."""
        return self.counts[group].get(value) or dict.fromkeys(PARTS, 0)


def dimensions(plan: AuditPlan, aggregates: Mapping[str, Aggregate], *, least: int) -> Iterator[tuple[Dimension, ...]]:
    """Each further table that can be protected, as one dimension in several forms, the finest first.

    Args:
        plan: The plan.
        aggregates: Its exact further count tables.
        least: The smallest count that is shown.
    """
    from impact.metrics.disclosure.score_bins import score_forms

    if plan.columns.time is not None and "periods" in aggregates:
        held = _dimension(plan, aggregates["periods"], "period", -1)
        unit = plan.columns.time.period
        finest = replace(held, about={"period": unit})
        yield (finest, *(coarser_periods(held, each) for each in _COARSER[unit]))
    for key in plan.strata if "strata" in aggregates else ():
        yield (_dimension(plan, aggregates["strata"], key, None),)
    if "bands" in aggregates:
        order = aggregates["bands"].about.get("order")
        held = replace(_dimension(plan, aggregates["bands"], "band", -1), kind="bands")
        names = tuple(range(len(order))) if isinstance(order, list) else held.values
        yield (replace(held, values=names, about={"order": order}),)
    outcome = plan.columns.outcome
    if "scores" in aggregates and outcome is not None and outcome.observed_when == "always":
        scores = aggregates["scores"]
        yield tuple(score_forms(plan, scores, _counts(plan, scores, "bin", -1), least=least))


def _dimension(plan: AuditPlan, table: Aggregate, column: str, missing: int | None) -> Dimension:
    counts = _counts(plan, table, column, missing)
    values: list[Any] = sorted(value for value in counts["", ""] if value is not None)
    return Dimension(table.name, column, tuple(values), counts)


def _counts(
    plan: AuditPlan, table: Aggregate, column: str, missing: int | None
) -> dict[tuple[str, str], dict[Value | None, Counts]]:
    from impact.metrics.tables.cells import MISSING

    after_yes = plan.columns.outcome is not None and plan.columns.outcome.observed_when == "decision_yes"
    none = MISSING if missing is None else missing
    found: dict[tuple[str, str], dict[Value | None, Counts]] = {}
    for key in ("", *plan.groups):
        mask, levels = rows_of(table, (key,) if key else ())
        columns = (table.keys[name][mask].tolist() for name in (column, "decision", "outcome"))
        for level, value, d, y, n in zip(levels, *columns, table.measures["n"][mask].tolist(), strict=True):
            # As in the cells: an outcome that is recorded for a no is nobody's finding.
            slot = _SLOT.get((d, -1 if after_yes and d == 0 else y), "undecided")
            group = (key, level[0] if key else "")
            by_value = found.setdefault(group, {})
            counts = by_value.setdefault(None if value == none else value, dict.fromkeys(PARTS, 0))
            counts[slot] += n
    return found


def coarser_periods(held: Dimension, unit: str) -> Dimension:
    """Months as quarters or years, quarters as years; the codes are year × 100 + part.

    >>> months = Dimension("periods", "period", (202401, 202403, 202404), {("", ""): {
    ...     each: {**dict.fromkeys(PARTS, 0), "tp": 1} for each in (202401, 202403, 202404)}})
    >>> quarters = coarser_periods(months, "quarter")
    >>> quarters.values, quarters.of(("", ""), 202401)["tp"]
    ((202401, 202402), 2)
    """

    def code(value: Value) -> int:
        year, part = divmod(int(value), 100)
        return {"year": year * 100, "quarter": year * 100 + (part + 2) // 3}[unit]

    return replace(joined(held, {value: code(value) for value in held.values}), about={"period": unit})


def joined(held: Dimension, to: Mapping[Value, Value]) -> Dimension:
    """The same people by fewer values: every value becomes ``to[value]``."""
    counts: dict[tuple[str, str], dict[Value | None, Counts]] = {}
    for group, by_value in held.counts.items():
        made = counts.setdefault(group, {})
        for value, parts in by_value.items():
            into = made.setdefault(None if value is None else to[value], dict.fromkeys(PARTS, 0))
            for part, n in parts.items():
                into[part] += n
    return replace(held, values=tuple(dict.fromkeys(to[value] for value in held.values)), counts=counts)


def unequal(dimension: Dimension) -> MetricError:
    """The error for a table that is not about the people of the cells."""
    found = f"the counts by {dimension.column} do not add up to the cells"
    return MetricError(Fault(dimension.table, found, "", "Run the audit again", "D161"))
