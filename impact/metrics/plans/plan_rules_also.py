"""What a plan must say of the further figures it asks for under ``plan.also``.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact.metrics.plans.plan_also import MEASURE_KEYS, NEEDS_NO_OUTCOME, RATE_KEYS, SHAPE_KEYS
from impact.metrics.plans.plan_problem import Loc, Problem, at, listed
from impact.yamlfile import nearest

__all__ = ["also_problems"]

_LISTS = (
    ("measures", MEASURE_KEYS, "a measure"),
    ("intersections", RATE_KEYS, "a rate"),
    ("subgroups", RATE_KEYS, "a rate"),
    ("scores", SHAPE_KEYS, "a figure of scores"),
)
_ERRORS = ("sensitivity", "specificity")
_HERE: Loc = ("plan", "also")


def also_problems(data: Any) -> Iterator[Problem]:
    """All problems of ``plan.also``, in the order of the rules."""
    also = at(data, "plan", "also")
    if not isinstance(also, dict):
        return
    yield from _names(also, outcome=bool(at(data, "columns", "outcome")))
    yield from _lacking(data, also)
    yield from _costs(also)
    yield from _label_error(also)
    for index, value in enumerate(listed(also.get("capacity"))):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            found = f"a capacity of {value}" if isinstance(value, int | float) else "a capacity that is no number"
            yield Problem((*_HERE, "capacity", index), found, "a whole number above 0", "", "E117")


def _names(also: dict[str, Any], *, outcome: bool) -> Iterator[Problem]:
    for key, known, what in _LISTS:
        for index, name in enumerate(values := listed(also.get(key))):
            loc: Loc = (*_HERE, key, index)
            if name not in known:
                near = nearest(str(name), known)
                remedy = f"Did you mean “{near}”?" if near else f"Known: {', '.join(known)}"
                yield Problem(loc, f"“{name}” is not {what}", "", remedy, "E100")
            elif name in values[:index]:
                yield Problem(loc, f"“{name}” is listed twice", "each once", "", "E100")
            elif not outcome and key != "scores" and name not in ("selection_rate", *NEEDS_NO_OUTCOME):
                remedy = f"Remove it from “{key}” or map “outcome”"
                yield Problem(loc, f"“{name}” needs an outcome column; none is mapped", "", remedy, "E104")


def _lacking(data: Any, also: dict[str, Any]) -> Iterator[Problem]:
    """A key without what it needs elsewhere in the plan."""
    for key, needed, path in (
        ("trade_offs", "outcome", ("columns", "outcome")),
        ("label_error", "outcome", ("columns", "outcome")),
        ("scores", "score", ("columns", "score")),
        ("capacity", "score", ("columns", "score")),
        ("intersections", "intersections", ("intersections",)),
    ):
        if also.get(key) and not at(data, *path):
            remedy = f"Map “{'.'.join(path)}”, or remove “{key}”"
            yield Problem((*_HERE, key), f"“{key}” without {needed}", "", remedy, "E104", at_key=True)


def _costs(also: dict[str, Any]) -> Iterator[Problem]:
    asked, costs = "expected_cost" in listed(also.get("measures")), also.get("costs")
    if asked and costs is None:
        remedy = "Add “costs” with “unit”, “tp”, “fp”, “fn” and “tn”: nobody else can say what an error costs"
        yield Problem((*_HERE, "measures"), "“expected_cost” without costs", "", remedy, "E117", at_key=True)
    if costs is not None and not asked:
        remedy = "Add “expected_cost” to “measures”, or remove “costs”"
        yield Problem((*_HERE, "costs"), "costs that nothing uses", "", remedy, "E117", at_key=True)


def _label_error(also: dict[str, Any]) -> Iterator[Problem]:
    error = also.get("label_error")
    if not isinstance(error, dict):
        return
    for key in _ERRORS:
        limits = listed(error.get(key))
        sound = len(limits) == 2 and all(isinstance(x, int | float) and not isinstance(x, bool) for x in limits)
        if error.get(key) is not None and not (sound and 0 <= limits[0] <= limits[1] <= 1):
            remedy = "Write the lowest and the highest value you would argue for, such as [0.7, 1.0]"
            yield Problem((*_HERE, "label_error", key), f"“{key}” is not two rising shares", "0 to 1", remedy, "E117")
    lowest = [listed(error.get(key)) for key in _ERRORS]
    if (
        all(len(x) == 2 and all(isinstance(y, int | float) for y in x) for x in lowest)
        and sum(x[0] for x in lowest) <= 1
    ):
        remedy = "Where the two add up to 1 or less a record says nothing about the truth: raise one of them"
        yield Problem((*_HERE, "label_error"), "a record no better than chance", "", remedy, "E117", at_key=True)
