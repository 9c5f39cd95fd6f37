"""What a plan must say of searches of a watch list: columns with one meaning each, and an effect that fits.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact.metrics.plans.plan_problem import Loc, Problem, at
from impact.metrics.plans.plan_rules_columns import SINGLE_ROLES
from impact.metrics.plans.plan_rules_scorers import deciders

__all__ = ["YES_NO", "search_problems"]

YES_NO: tuple[Loc, ...] = (("searches", "mated"), ("searches", "failed"))
_COLUMNS: tuple[Loc, ...] = (
    ("searches", "mated", "name"),
    ("searches", "candidates"),
    ("searches", "rank"),
    ("searches", "list_size"),
    ("searches", "failed", "name"),
)
# Two meanings that are one: the outcome may be that the person is on the list, and an alert is a candidate.
_SAME = {("mated", "outcome"), ("candidates", "decision"), ("candidates", "score")}


def search_problems(data: Any) -> Iterator[Problem]:
    """All problems of ``searches``, in the order of the rules."""
    searches = at(data, "searches")
    if not isinstance(searches, dict):
        return
    effect = at(data, "columns", "decision", "effect")
    if effect is not None and effect != "identification":
        remedy = "A search says who somebody is: write “effect: identification”, or remove “searches”"
        yield Problem(("searches",), f"searches of a list beside “effect: {effect}”", "", remedy, "E104", at_key=True)
    taken = {name: role for name, role in _others(data) if isinstance(name, str)}
    for path in _COLUMNS:
        name, role = at(data, *map(str, path)), str(path[1])
        if not isinstance(name, str):
            continue
        other = taken.get(name)
        if other is not None and (role, other) not in _SAME:
            yield Problem(path, f"“{name}” is mapped as {other} and as {role}", "", "A column has one role", "E115")
        taken[name] = role


def _others(data: Any) -> Iterator[tuple[Any, str]]:
    """Columns that other parts of the plan name, and as what."""
    roles = [(("columns", role, "name"), role) for role in ("decision", "outcome", "human", "score")]
    for path, role in (*roles, *SINGLE_ROLES):
        yield at(data, *path), role
    for loc, decision in deciders(data):
        yield decision.get("name"), str(loc[-1])
        yield decision.get("from"), str(loc[-1])
    for place in ("groups", "strata"):
        parts = at(data, place)
        for key, part in parts.items() if isinstance(parts, dict) else ():
            yield at(part, "name"), f"{place}.{key}"
