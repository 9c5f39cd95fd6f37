"""What a plan may ask the count for, but no figure uses yet: refused, so that nobody believes that it was used.

In: a plan. Out: faults. The count itself takes these columns (``impact.audit.count``); an audit does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.metrics.plans.plan import AuditPlan

__all__ = ["not_analysed"]


def not_analysed(plan: AuditPlan) -> Iterator[Fault]:
    """A fault for each mapped column that the figures of an audit leave out.

    A sampling weight or a person with several rows would make the intervals wrong; the others would be missed by a
    reader who sees them in the plan.
    """
    columns = plan.columns
    named = {
        "columns.weight": columns.weight is not None and columns.weight.kind == "sampling",
        "unit.person_id": plan.unit.person_id is not None,
        "columns.reviewer": columns.reviewer is not None,
        "columns.review_seconds": columns.review_seconds is not None,
        "columns.time": columns.time is not None,
        "columns.version": columns.version is not None,
    }
    for key, mapped in named.items():
        if mapped:
            remedy = f"Remove “{key}” from the plan; “impact.audit.count” gives its counts in Python"
            yield Fault(f"plan: {key}", "counted, but no figure of an audit uses it yet", "", remedy, "E118")
