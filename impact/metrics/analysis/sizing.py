"""How the rows of one audit stand for people, and what its outcomes mean: both as the plan declares them.

In: a plan and the tables of one count. Out: a ``Sizing``; cells with outcomes as declared. Knows no rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from impact.errors import Fault, MetricError
from impact.metrics.analysis.evidence import Clusters, Rows, Sizing, Weights
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells
from impact.metrics.tables.cluster_counts import ClusterCounts
from impact.metrics.tables.weight_counts import weighted_cells

__all__ = ["as_declared", "sizing_of"]


def sizing_of(plan: AuditPlan, cells: Cells, aggregates: Mapping[str, Aggregate]) -> Sizing:
    """How rows stand for people: as the plan says, from tables that must be there.

    Args:
        plan: The plan.
        cells: The counts, as they were counted.
        aggregates: Further tables of the same count.

    Raises:
        MetricError: D71 a table that the plan needs is absent; D91 it is not of the same count.
    """
    weight = plan.columns.weight
    if weight is not None and weight.kind == "sampling":
        weights, squares = weighted_cells(_needed(aggregates, "weights", "columns.weight"), cells)
        return Weights(plan, as_declared(plan, weights)[0], as_declared(plan, squares)[0])
    if plan.unit.person_id is not None:
        table, counts = (_needed(aggregates, name, "unit.person_id") for name in ("clusters", "cluster_counts"))
        return Clusters(ClusterCounts(table, counts))
    return Rows()


def _needed(aggregates: Mapping[str, Aggregate], name: str, key: str) -> Aggregate:
    if name not in aggregates:
        found = f"the plan names “{key}”, and the table “{name}” is not here"
        raise MetricError(Fault("counts", found, f"{name}.parquet beside the cells", "Count the data again", "D71"))
    return aggregates[name]


def as_declared(plan: AuditPlan, cells: Cells) -> tuple[Cells, int]:
    """Cells as the plan declares their outcomes, and how many outcomes were set aside.

    Where outcomes exist only after a yes, an outcome recorded for a no is a default of the database and not something
    that anybody found out. To trust it would turn "nobody looked" into "nothing was there".
    """
    if plan.columns.outcome is None or plan.columns.outcome.observed_when != "decision_yes":
        return cells, 0
    aside = [cell for cell in cells if cell.decision == 0 and cell.outcome >= 0]
    if not aside:
        return cells, 0
    kept = [cell for cell in cells if not (cell.decision == 0 and cell.outcome >= 0)]
    return Cells.of(cells.groups, [*kept, *(replace(cell, outcome=-1) for cell in aside)]), sum(c.n for c in aside)
