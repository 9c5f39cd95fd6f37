"""What a plan must say of further scorers of the same rows: names, columns, and how many cases they share.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from impact.metrics.plans.plan_problem import Loc, Problem, at
from impact.metrics.plans.plan_rules_columns import SINGLE_ROLES

__all__ = ["MAX_SCORERS", "deciders", "scorer_problems"]

MAX_SCORERS = 5  # beside the decision itself: 15 pairs, and 3 to the power of 6 patterns of decisions in each group


def _mapping(data: Any, *path: str) -> dict[Any, Any]:
    found = at(data, *path)
    return found if isinstance(found, dict) else {}


def deciders(data: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The decision and every further scorer, each with its place: a column with values, or a threshold on a score."""
    decision = at(data, "columns", "decision")
    if isinstance(decision, dict):
        yield ("columns", "decision"), decision
    for key, scorer in _mapping(data, "columns", "also").items():
        if isinstance(scorer, dict):
            yield ("columns", "also", key), scorer


def scorer_problems(data: Any, *, reserved: Sequence[str]) -> Iterator[Problem]:
    """All problems of ``columns.also``, in the order of the rules; ``reserved`` are columns of the count tables."""
    also = _mapping(data, "columns", "also")
    if not also:
        return
    loc: Loc = ("columns", "also")
    if len(also) > MAX_SCORERS:
        yield Problem(loc, f"{len(also)} further scorers", f"at most {MAX_SCORERS}", "", "E119", at_key=True)
    if not at(data, "columns", "decision", "scorer"):
        remedy = "Name the scorer of the decision, so that the comparison can tell it from the others"
        yield Problem(("columns", "decision", "scorer"), "“scorer” is missing", "a name", remedy, "E110")
    yield from _names(data, also, reserved)
    yield from _columns(data, also)
    for key, scorer in also.items():
        overlap = scorer.get("overlap") if isinstance(scorer, dict) else None
        if not isinstance(overlap, dict):
            continue
        least, place = overlap.get("least"), (*loc, key, "overlap", "least")
        if not isinstance(least, int | float) or isinstance(least, bool) or not 0 < least < 1:
            remedy = "A share of cases: 0.8 means that both must have decided four in five"
            yield Problem(place, "“least” is no share", "above 0 and below 1", remedy, "E119")
        if not overlap.get("reason"):
            remedy = "Say why so few cases in common are enough: the others are left out of the comparison"
            yield Problem((*place[:-1], "reason"), "the overlap has no reason", "", remedy, "E119")


def _names(data: Any, also: dict[Any, Any], reserved: Sequence[str]) -> Iterator[Problem]:
    keys = {*reserved, *map(str, _mapping(data, "groups")), *map(str, _mapping(data, "strata"))}
    seen = {str(at(data, "columns", "decision", "scorer")): "decision"}
    for key, scorer in also.items():
        loc: Loc = ("columns", "also", key)
        if str(key) in keys or not str(key).strip():
            remedy = "Choose a key that is no group, no stratum and no column of the count tables"
            yield Problem(loc, f"“{key}” cannot be a key", "", remedy, "E112", at_key=True)
        label = str(scorer.get("label")) if isinstance(scorer, dict) else ""
        if label and seen.setdefault(label, str(key)) != str(key):
            found = f"“{label}” is the name of “{seen[label]}” too"
            yield Problem((*loc, "label"), found, "", "Give each scorer a name of its own", "E119")


def _columns(data: Any, also: dict[Any, Any]) -> Iterator[Problem]:
    """A column of decisions has one meaning; a score may be cut at several thresholds."""
    taken: dict[str, str] = {}
    single = [(("columns", role, "name"), role) for role in ("decision", "outcome", "human", "score")]
    for path, role in (*single, (("columns", "decision", "from"), "score"), *SINGLE_ROLES):
        name = at(data, *path)
        if name is not None:
            taken.setdefault(str(name), role)
    for place in ("groups", "strata"):
        for key, part in _mapping(data, place).items():
            if isinstance(part, dict) and part.get("name") is not None:
                taken.setdefault(str(part["name"]), f"{place}.{key}")
    for key, scorer in also.items():
        if not isinstance(scorer, dict):
            continue
        for kind, role in (("name", f"also.{key}"), ("from", "score")):
            name = scorer.get(kind)
            if name is None:
                continue
            other = taken.setdefault(str(name), role)
            if other != role:
                found = f"“{name}” is mapped as {other} and as {role}"
                yield Problem(("columns", "also", key, kind), found, "", "A column has one role", "E115")
