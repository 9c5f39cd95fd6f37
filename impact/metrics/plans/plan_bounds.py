"""Bounds on a plan that nobody here wrote: it came with a document, and its figures are to be computed again.

In: a plan. Out: faults. A plan from a file has met stricter rules (plan_rules.py); these keep a hostile one from
filling the memory or the afternoon, and keep numbers out in which no interval exists.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.errors import Fault
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_columns import MAX_VERSIONS
from impact.metrics.plans.plan_rules import MAX_ALPHA

__all__ = ["MAX_CROSSED", "MAX_GROUPS", "MAX_INTERSECTIONS", "MAX_VALUES", "out_of_bounds"]

MAX_GROUPS = 50  # characteristics
MAX_VALUES = 1_000  # values that a plan lists for one characteristic
MAX_INTERSECTIONS = 50
MAX_CROSSED = 6  # characteristics in one intersection


def out_of_bounds(plan: AuditPlan) -> Iterator[Fault]:
    """What makes a plan impossible or endless to compute."""
    margin, alpha = plan.rules.margin, plan.rules.alpha
    if not 0 < alpha <= MAX_ALPHA:
        yield Fault("plan.alpha", f"alpha is {alpha}", f"above 0 and at most {MAX_ALPHA}", "Take 0.05", "D76")
    if margin is not None:
        low, high = (1.0, float("inf")) if margin.kind == "ratio" else (0.0, 1.0)
        if not low < margin.value < high:
            wanted = "a ratio above 1, or a difference above 0 and below 1"
            yield Fault("plan.margin.value", f"a margin of {margin.value}", wanted, "", "D76")
    if len(plan.groups) > MAX_GROUPS:
        yield Fault("groups", f"{len(plan.groups):,} characteristics", f"at most {MAX_GROUPS}", "", "D39")
    for key, column in plan.groups.items():
        most = max(len(column.values), len(column.unknown_values))
        if most > MAX_VALUES:
            yield Fault(f"groups.{key}", f"{most:,} values", f"at most {MAX_VALUES:,}", "Give bands", "D39")
    version = plan.columns.version
    if version is not None and len(version.order) > MAX_VERSIONS:
        found = f"{len(version.order):,} versions"
        yield Fault("columns.version.order", found, f"at most {MAX_VERSIONS}", "", "E113")
    crossed = max((len(keys) for keys in plan.intersections), default=0)
    if len(plan.intersections) > MAX_INTERSECTIONS or crossed > MAX_CROSSED:
        found = f"{len(plan.intersections):,} intersections of up to {crossed} characteristics"
        yield Fault("intersections", found, f"at most {MAX_INTERSECTIONS} of at most {MAX_CROSSED}", "", "D39")
