"""Classes without an order: people by predicted and true class, in a query of its own.

In: an opened table and a plan with ``columns.classes``. Out: the aggregate ``classes``, and faults of its columns.
Personal data: exists only inside the engine; a row of ``classes`` is a count of people who share a value of one
characteristic and both classes.
"""

from __future__ import annotations

from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import UNMAPPED, Coder
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.gather_joint import bare
from impact.metrics.counting.gather_levels import by_level
from impact.metrics.counting.table import Table, summed
from impact.metrics.counting.unmapped import faults_of_values
from impact.metrics.plans.plan import AuditPlan, Value
from impact.metrics.plans.plan_rules import canonical_value
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.aggregates_file import MAX_ROWS

__all__ = ["people_by_class"]


def people_by_class(table: Table, plan: AuditPlan, *, outcomes: bool) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count people by predicted and true class, in the order of the plan from 0; -1 is not known.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether the true class may be read. Without it only the predicted one is looked at.

    Returns:
        ``{"classes": table}``, empty where the plan maps no classes or outcomes are not read; and what makes the
        columns unusable: values that the plan does not list (D31, D32, D83).

    Raises:
        MetricError: D41 or D64 for columns whose type cannot be a class; D62 too many rows.
    """
    import narwhals as nw

    classes = plan.columns.classes
    if classes is None:
        return {}, []
    coder = _ClassCoder(table, bare(plan), outcomes)
    coded = coder.coded()
    keys = [*coded.groups, *coder.read]
    people = nw.col("n") if "n" in coded.measures else nw.lit(1)
    frame = coded.frame.with_columns((people * 1).cast(nw.Int64).alias("people"))
    found = table.fetch_columns(summed(frame.group_by(*keys), ["people"]).head(MAX_ROWS + 1), [*keys, "people"])
    if len(found["people"]) > MAX_ROWS:
        raise too_many(table, "classes", "Map fewer groups, or fewer classes")
    faults: list[Fault] = []
    for role in coder.read:
        if (found[role] == UNMAPPED).any():
            faults += faults_of_values(table, plan, coded, role)
    if faults or not outcomes:
        return {}, faults
    pair = {"actual": found["class_actual"], "predicted": found["class_predicted"]}
    named, sums = by_level(plan, coded, found, pair, {"n": found["people"]})
    about = {"classes": [canonical_value(each) for each in classes.values]}
    return {"classes": Aggregate.of("classes", named, sums, about)}, []


class _ClassCoder(Coder):
    """Codes a class by its place in the plan: the same spellings and missing values as for a decision."""

    def __init__(self, table: Table, plan: AuditPlan, outcomes: bool) -> None:
        self.read = ("class_predicted", "class_actual") if outcomes else ("class_predicted",)
        super().__init__(table, plan, False)  # the outcome of yes and no is not needed here

    def _selected(self) -> Any:
        for role in self.read:
            self.roles[role] = self.plan.columns.part(role).name
        return super()._selected()

    def meanings(self, role: str) -> list[tuple[tuple[Value, ...], int]]:
        if role not in self.read:
            return super().meanings(role)
        column = self.plan.columns.part(role)
        return [*(((value,), place) for place, value in enumerate(column.values)), (column.unknown_values, -1)]
