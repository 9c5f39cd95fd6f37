"""The tables that have queries of their own beside bands, scorers and searches, in one call.

In: an opened table and a plan. Out: aggregates, faults, and what is to be said of them.
Personal data: exists only inside the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from impact.errors import Fault
from impact.metrics.counting.gather_amounts import amount_remarks, errors_of_amounts
from impact.metrics.counting.gather_classes import people_by_class
from impact.metrics.counting.gather_joint_scores import joint_scores
from impact.metrics.counting.gather_proxies import people_by_proxy
from impact.metrics.counting.table import Table
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.checks import Check

__all__ = ["Further", "further_remarks", "further_tables"]


class Further(NamedTuple):
    """Tables by name, reasons why they cannot be counted, and remarks on what was counted."""

    tables: dict[str, Aggregate]
    faults: list[Fault]
    remarks: list[Check]


def further_tables(table: Table, plan: AuditPlan, *, outcomes: bool) -> Further:
    """Every table that the plan asks for.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether what turned out is read at all.

    Raises:
        MetricError: For columns whose type cannot be what the plan says, and for tables with too many rows.
    """
    amounts, wrong, said = errors_of_amounts(table, plan, outcomes=outcomes)
    scores, unread = joint_scores(table, plan, outcomes=outcomes)
    classes, unlisted = people_by_class(table, plan, outcomes=outcomes)
    proxies, unusable = people_by_proxy(table, plan)
    return Further(amounts | scores | classes | proxies, [*wrong, *unread, *unlisted, *unusable], said)


def further_remarks(plan: AuditPlan, aggregates: Mapping[str, Aggregate]) -> list[Check]:
    """Warnings about these tables."""
    return amount_remarks(plan, aggregates)
