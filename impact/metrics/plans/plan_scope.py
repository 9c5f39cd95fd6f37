"""What a plan may ask the count for, but no figure uses: refused, so that nobody believes that it was used.

In: a plan. Out: faults. The count itself takes these columns (``impact.audit.count``); an audit does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.metrics.plans.plan import AuditPlan

__all__ = ["not_analysed"]


def not_analysed(plan: AuditPlan) -> Iterator[Fault]:
    """A fault for each mapped column that the figures of an audit leave out.

    A reader who sees a column in the plan would miss it in the figures. Weights and repeated people are used one at a
    time: for both together the sums that a variance needs are not counted.
    """
    columns = plan.columns
    named = {
        "columns.reviewer": columns.reviewer is not None,
        "columns.review_seconds": columns.review_seconds is not None,
        "strata": bool(plan.strata),
    }
    for key, mapped in named.items():
        if mapped:
            remedy = f"Remove “{key}” from the plan; “impact.audit.count” gives its counts in Python"
            yield Fault(f"plan: {key}", "counted, but no figure of an audit uses it yet", "", remedy, "E118")
    weighted = columns.weight is not None and columns.weight.kind == "sampling"
    repeated = plan.unit.person_id is not None
    if weighted and repeated:
        remedy = "Remove one of the two, and say in “pool” what was left out"
        yield Fault(
            "plan: columns.weight", "a sampling weight beside “unit.person_id”", "one of the two", remedy, "E118"
        )
    if plan.identification is not None and (weighted or repeated):
        key = "columns.weight" if weighted else "unit.person_id"
        remedy = f"Remove “{key}” or “identification”: its exact intervals take every row as one independent search"
        yield Fault("plan: identification", f"a denominators sheet beside “{key}”", "one of the two", remedy, "E118")
