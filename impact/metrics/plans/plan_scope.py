"""What a plan may not ask for together: refused, so that nobody believes that it was used.

In: a plan. Out: faults. The count itself takes these columns (``impact.audit.count``); an audit does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.metrics.plans.plan import AuditPlan

__all__ = ["not_analysed"]


def not_analysed(plan: AuditPlan) -> Iterator[Fault]:
    """A fault for each column that the figures of this audit would leave out, or use wrongly.

    Weights and repeated people are used one at a time: for both together the sums that a variance needs are not
    counted.
    """
    columns = plan.columns
    if columns.reviewer is not None and "override_rate" in plan.rules.primary:
        found = (
            "“override_rate” as a declared comparison beside “columns.reviewer”: its interval would take cases of one "
        )
        remedy = "Remove it from “primary”: the section on the human decision compares it with intervals over reviewers"
        yield Fault("plan: plan.primary", found + "reviewer for independent", "", remedy, "E118")
    weighted = columns.weight is not None and columns.weight.kind == "sampling"
    repeated = plan.unit.person_id is not None
    if weighted and repeated:
        remedy = "Remove one of the two, and say in “pool” what was left out"
        yield Fault(
            "plan: columns.weight", "a sampling weight beside “unit.person_id”", "one of the two", remedy, "E118"
        )
    if plan.population is not None and weighted:
        remedy = "Remove one of the two: rows of a sample are not all the events that there were"
        yield Fault("plan: population", "a population beside a sampling weight", "one of the two", remedy, "E118")
    if plan.identification is not None and (weighted or repeated):
        key = "columns.weight" if weighted else "unit.person_id"
        remedy = f"Remove “{key}” or “identification”: its exact intervals take every row as one independent search"
        yield Fault("plan: identification", f"a denominators sheet beside “{key}”", "one of the two", remedy, "E118")
    if plan.searches is not None and weighted:
        remedy = "Remove one of the two: a search is counted as it was made"
        yield Fault("plan: searches", "searches of a list beside a sampling weight", "one of the two", remedy, "E118")
