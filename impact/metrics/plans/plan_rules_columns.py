"""What a plan must say of its further columns: scores and thresholds, weights, review, strata.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from impact.metrics.plans.plan_columns import MAX_VERSIONS
from impact.metrics.plans.plan_problem import Loc, Problem, at, listed

__all__ = ["MAX_THRESHOLDS", "SINGLE_ROLES", "column_problems"]

MAX_THRESHOLDS = 100
# Columns with one meaning each: place in the plan, and how messages call it.
SINGLE_ROLES = (
    (("source", "count"), "count"),
    (("unit", "person_id"), "person_id"),
    *((("columns", role, "name"), role) for role in ("weight", "reviewer", "review_seconds", "time", "version")),
)
_CREDENTIALS = re.compile(r"://[^/\s]*:[^/\s]*@|password\s*=", re.IGNORECASE)


def column_problems(data: Any) -> Iterator[Problem]:
    """All problems of the optional columns, in the order of the rules."""
    yield from _credentials(data)
    yield from _score(data)
    yield from _thresholds(data)
    yield from _weight(data)
    yield from _review(data)
    yield from _versions(data)
    yield from _strata(data)


def _credentials(data: Any) -> Iterator[Problem]:
    source = at(data, "source")
    for key, value in source.items() if isinstance(source, dict) else ():
        if isinstance(value, str) and _CREDENTIALS.search(value):
            remedy = "Remove it, change it where it is in use, and give the plan a file"
            yield Problem(("source", key), f"“source.{key}” contains a password", "none in a plan", remedy, "D66")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _range(data: Any) -> tuple[float, float] | None:
    """The declared range of the score where there is a sound one."""
    given = listed(at(data, "columns", "score", "range")) or (0.0, 1.0)
    if len(given) == 2 and all(map(_number, given)) and given[0] < given[1]:
        return float(given[0]), float(given[1])
    return None


def _score(data: Any) -> Iterator[Problem]:
    score = at(data, "columns", "score")
    if not isinstance(score, dict):
        return
    loc: Loc = ("columns", "score", "range")
    limits = _range(data)
    if limits is None:
        remedy = "Write the lowest and the highest score there can be, such as [0, 100]"
        yield Problem(loc, "“range” is not two rising numbers", "[lowest, highest]", remedy, "E116")
    elif score.get("probability") is True and limits != (0.0, 1.0):
        found = f"a probability with the range {limits[0]:g} to {limits[1]:g}"
        yield Problem(loc, found, "[0, 1]", "Divide the scores, or write “probability: false”", "E116")
    if not score.get("higher_means"):
        remedy = "Say what a higher score means for the person, in words"
        yield Problem((*loc[:2], "higher_means"), "“higher_means” is missing", "", remedy, "E110")


def _thresholds(data: Any) -> Iterator[Problem]:
    loc: Loc = ("plan", "thresholds")
    values = listed(at(data, "plan", "thresholds"))
    if not values:
        return
    if at(data, "columns", "score") is None:
        remedy = "Map “columns.score”, or remove “thresholds”"
        yield Problem(loc, "thresholds without a score", "", remedy, "E104", at_key=True)
    if len(values) > MAX_THRESHOLDS:
        yield Problem(loc, f"{len(values)} thresholds", f"at most {MAX_THRESHOLDS}", "", "E116", at_key=True)
    limits = _range(data)
    for index, value in enumerate(values):
        if not _number(value):
            yield Problem((*loc, index), "a threshold that is no number", "a score", "", "E100")
        elif value in values[:index]:
            yield Problem((*loc, index), f"{value:g} is listed twice", "each threshold once", "", "E116")
        elif limits is not None and not limits[0] <= value <= limits[1]:
            wanted = f"{limits[0]:g} to {limits[1]:g}"
            yield Problem((*loc, index), f"{value:g} is outside the range of the score", wanted, "", "E116")


def _weight(data: Any) -> Iterator[Problem]:
    weight = at(data, "columns", "weight")
    if not isinstance(weight, dict):
        return
    loc: Loc = ("columns", "weight", "kind")
    if weight.get("kind") not in ("sampling", "frequency"):
        remedy = (
            "Is it the number of people each row stands for in the sample (frequency), or a survey weight (sampling)? "
            "The interval differs"
        )
        yield Problem(loc, "the kind of the weight is not stated", "sampling or frequency", remedy, "D48")
    elif at(data, "source", "count") is not None and weight["kind"] == "frequency":
        yield Problem(loc, "a frequency weight beside “source.count”", "one of the two", "", "E111")


def _review(data: Any) -> Iterator[Problem]:
    for role in ("reviewer", "review_seconds"):
        if at(data, "columns", role) is not None and at(data, "columns", "human") is None:
            remedy = f"Map “columns.human”, or remove “{role}”"
            yield Problem(("columns", role), f"“{role}” without a human decision", "", remedy, "E104", at_key=True)
    for path, role in SINGLE_ROLES[1:3]:
        if at(data, *path) is not None and at(data, "source", "kind") == "counts":
            remedy = "Remove it: counts do not say which rows belong together"
            yield Problem(path, f"“{role}” with “kind: counts”", "one row for each decision", remedy, "E111")


def _versions(data: Any) -> Iterator[Problem]:
    order = listed(at(data, "columns", "version", "order"))
    for index, name in enumerate(order):
        if name in order[:index]:
            loc: Loc = ("columns", "version", "order", index)
            yield Problem(loc, "a version is listed twice", "each version once, the oldest first", "", "E113")
    if len(order) > MAX_VERSIONS:
        loc = ("columns", "version", "order")
        yield Problem(loc, f"{len(order)} versions", f"at most {MAX_VERSIONS}", "", "E113", at_key=True)


def _strata(data: Any) -> Iterator[Problem]:
    strata = at(data, "strata")
    groups = at(data, "groups")
    for key, stratum in strata.items() if isinstance(strata, dict) else ():
        loc: Loc = ("strata", key)
        if isinstance(groups, dict) and key in groups:
            yield Problem(loc, f"“{key}” is the key of a group too", "another key", "", "E112", at_key=True)
        if not isinstance(stratum, dict):
            continue
        role = stratum.get("role")
        if role not in ("legitimate_factor", "proxy_risk") or (
            role == "legitimate_factor" and not stratum.get("justification")
        ):
            remedy = (
                f"Say whether “{key}” is a “legitimate_factor” (with a “justification”) or a “proxy_risk”: comparing "
                "within it can explain a disparity away"
            )
            place: Loc = (*loc, "justification" if role == "legitimate_factor" else "role")
            yield Problem(place, f"stratum “{key}” has no role, or no justification", "", remedy, "E107")
