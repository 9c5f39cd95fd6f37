"""What every topic is computed from.

In: the parts of an audit. Out: ``Inputs``. Holds counts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impact.metrics.analysis.levels import Grouping
from impact.metrics.analysis.rates import Observation
from impact.metrics.analysis.tally import Tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells

__all__ = ["Inputs"]


@dataclass(frozen=True)
class Inputs:
    """The parts of an audit that a topic may use.

    Attributes:
        plan: The plan.
        cells: Counts with outcomes as the plan declares them.
        parts: Characteristics and intersections with their tallies.
        everybody: Tally of all cells.
        seen: Whether outcomes are known for all, for some or only after a yes.
        aggregates: Further count tables by name; one that the plan does not ask for is absent.
        published: The counts are those of a protected copy: some are hidden, and no topic has rules for that yet.
    """

    plan: AuditPlan
    cells: Cells
    parts: tuple[Grouping, ...]
    everybody: Tally
    seen: Observation
    aggregates: Mapping[str, Aggregate]
    published: bool = False
