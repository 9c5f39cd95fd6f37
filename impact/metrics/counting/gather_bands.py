"""Ordered risk bands: people by band, and where it is mapped by the band that a person gave, in a query of its own.

In: an opened table and a plan with ``columns.band``. Out: the aggregate ``bands``, and faults of its columns.
A query of its own because its keys would multiply the rows of every other table of counts by the number of bands.
Personal data: exists only inside the engine; a row of ``bands`` is a count of people who share groups, outcome,
decision and band.
"""

from __future__ import annotations

from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import UNMAPPED, Coder
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.gather_joint import bare
from impact.metrics.counting.table import Table, summed
from impact.metrics.counting.unmapped import faults_of_values
from impact.metrics.plans.plan import AuditPlan, Value
from impact.metrics.plans.plan_rules import canonical_value
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.aggregates_file import MAX_ROWS

__all__ = ["people_by_band"]


def people_by_band(table: Table, plan: AuditPlan, *, outcomes: bool) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count people by groups, outcome, decision and band; the lowest band is 0, and -1 is not known.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether the outcome column is read at all.

    Returns:
        ``{"bands": table}``, empty where the plan maps no band; and what makes its columns unusable: values that
        ``order`` does not list (D31, D32, D83).

    Raises:
        MetricError: D41 or D64 for columns whose type cannot be a band; D62 too many rows.
    """
    import narwhals as nw
    import numpy as np

    band = plan.columns.band
    if band is None:
        return {}, []
    coded = _BandCoder(table, bare(plan), outcomes).coded()
    roles = ["band", *(["human_band"] if band.human is not None else [])]
    codes = [role for role in ("outcome", "decision") if role in coded.codes]
    sums = [name for name in coded.measures if name == "n"]
    keys = [*coded.groups, *codes, *roles]
    query = summed(coded.frame.group_by(*keys), sums, nw.len().alias("rows")).head(MAX_ROWS + 1)
    found = table.fetch_columns(query, [*keys, *sums, "rows"])
    if len(found["rows"]) > MAX_ROWS:
        raise too_many(table, "bands", "Map fewer groups, or fewer bands")
    faults: list[Fault] = []
    for role in roles:
        if (found[role] == UNMAPPED).any():
            faults += faults_of_values(table, plan, coded, role)
    if faults:
        return {}, faults
    blank = np.full(len(found["rows"]), -1)
    named: dict[str, Any] = {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    named |= {code: found.get(code, blank) for code in ("outcome", "decision")}
    named |= {role: found[role] for role in roles}
    counts = {"n": found["n" if "n" in sums else "rows"]}
    about = {"order": [canonical_value(each) for each in band.order]}
    return {"bands": Aggregate.of("bands", named, counts, about)}, []


class _BandCoder(Coder):
    """Codes a band by its place in the plan's order: the same spellings and missing values as for a decision."""

    def _selected(self) -> Any:
        band = self.plan.columns.band
        assert band is not None
        self.roles["band"] = band.name
        if band.human is not None:
            self.roles["human_band"] = band.human
        return super()._selected()

    def meanings(self, role: str) -> list[tuple[tuple[Value, ...], int]]:
        if role not in ("band", "human_band"):
            return super().meanings(role)
        band = self.plan.columns.part(role)
        return [*(((value,), place) for place, value in enumerate(band.order)), (band.unknown_values, -1)]
