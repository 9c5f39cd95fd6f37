"""What a plan must say of amounts, of classes without an order, of a second score and of proxies.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from impact.metrics.plans.plan_further import MAX_CLASSES, MAX_PROXIES, MAX_STEPS
from impact.metrics.plans.plan_problem import Loc, Problem, at, listed
from impact.metrics.plans.plan_rules_bands import key_clashes, roles_of

__all__ = ["further_problems"]


def further_problems(data: Any, *, canonical: Callable[[Any], str]) -> Iterator[Problem]:
    """All problems of these keys, in the order of the rules; ``canonical`` spells equal values alike."""
    yield from _amount(data)
    yield from _classes(data, canonical)
    yield from _paired_scores(data)
    yield from _proxies(data)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _limits(value: Any) -> tuple[float, float] | None:
    given = listed(value)
    if len(given) == 2 and all(map(_number, given)) and given[0] < given[1]:
        return float(given[0]), float(given[1])
    return None


def _amount(data: Any) -> Iterator[Problem]:
    amount = at(data, "columns", "amount")
    if not isinstance(amount, dict):
        return
    loc: Loc = ("columns", "amount")
    for key, remedy in (
        ("label", "Say what is predicted, such as “loss of the claim”"),
        ("unit", "Say what it is counted in, such as “pounds” or “days”"),
        ("reason", "Say why a prediction within “tolerance” is near enough: who agreed it?"),
    ):
        if not amount.get(key):
            yield Problem((*loc, key), f"“{key}” is missing", "", remedy, "E110")
    decimals = amount.get("decimals", 2)
    step = 10.0**-decimals if isinstance(decimals, int) and 0 <= decimals <= 6 else None
    limits = _limits(amount.get("range"))
    if limits is None:
        remedy = "Write the lowest and the highest amount there can be, such as [0, 50000]"
        yield Problem((*loc, "range"), "“range” is not two rising numbers", "[lowest, highest]", remedy, "E180")
    elif step is not None and max(limits[1] - limits[0], *map(abs, limits)) / step >= MAX_STEPS:
        found = f"a range of more than {MAX_STEPS:,} steps of {step:g}"
        yield Problem((*loc, "range"), found, "", "Give fewer “decimals”, or a narrower range", "E180")
    elif step is not None and any(abs(end / step - round(end / step)) > 1e-6 for end in limits):
        yield Problem((*loc, "range"), f"a range that ends between steps of {step:g}", "", "Round it", "E180")
    yield from _tolerance(amount.get("tolerance"), step, limits)
    # The decision may be a threshold on the predicted amount.
    yield from _two_columns(data, amount, loc, free="score")
    yield from key_clashes(data, ("grouping", "level", "state"))


def _tolerance(tolerance: Any, step: float | None, limits: tuple[float, float] | None) -> Iterator[Problem]:
    loc: Loc = ("columns", "amount", "tolerance")
    if tolerance is None:
        remedy = "Say how far off a prediction may be and still be near enough; 0 where it must be exact"
        yield Problem(loc, "“tolerance” is missing", "", remedy, "E110")
    elif not _number(tolerance) or tolerance < 0:
        yield Problem(loc, "a tolerance that is no amount", "0 or more, in the unit of the amount", "", "E181")
    elif step is not None and abs(tolerance / step - round(tolerance / step)) > 1e-6:
        yield Problem(loc, f"a tolerance of {tolerance:g} between steps of {step:g}", "", "Round it", "E181")
    elif limits is not None and tolerance > 0 and tolerance >= limits[1] - limits[0]:
        remedy = "A tolerance as wide as the range calls every prediction near enough: make it smaller"
        yield Problem(loc, f"a tolerance of {tolerance:g} within a range of that width", "", remedy, "E181")


def _two_columns(data: Any, part: dict[str, Any], loc: Loc, *, free: str) -> Iterator[Problem]:
    """Predicted and actual are two columns, and neither has another role but the one named."""
    taken = roles_of(data)
    for key in ("predicted", "actual"):
        name = part.get(key)
        role = taken.get(str(name)) if name is not None else None
        if role is not None and not (key == "predicted" and role == free):
            found = f"“{name}” is mapped as {role} and as “{'.'.join(map(str, loc[1:]))}.{key}”"
            yield Problem((*loc, key), found, "", "A column has one role", "E115")
    if part.get("predicted") is not None and part["predicted"] == part.get("actual"):
        found = f"“{part['actual']}” is both what was predicted and what turned out"
        yield Problem((*loc, "actual"), found, "two columns", "Name the column of what turned out", "E115")


def _classes(data: Any, canonical: Callable[[Any], str]) -> Iterator[Problem]:
    classes = at(data, "columns", "classes")
    if not isinstance(classes, dict):
        return
    loc: Loc = ("columns", "classes")
    if not classes.get("label"):
        remedy = "Say what is told apart, such as “kind of need”"
        yield Problem((*loc, "label"), "“label” is missing", "", remedy, "E110")
    values = listed(classes.get("values"))
    if not 2 <= len(values) <= MAX_CLASSES:
        found = f"{len(values)} class{'' if len(values) == 1 else 'es'}"
        yield Problem((*loc, "values"), found, f"2 to {MAX_CLASSES}", "List every class that there is", "E182")
    declared = at(data, "source", "null_values")
    nulls = [str(each) for each in (listed(declared) if declared is not None else ("",))]
    seen: dict[str, str] = {canonical(text): "null_values" for text in nulls}
    for key in ("values", "unknown_values"):
        for index, value in enumerate(listed(classes.get(key))):
            place: Loc = (*loc, key, index)
            if not isinstance(value, str | int | float):
                remedy = "Put it in quotation marks to make it text"
                yield Problem(place, f"classes.{key}: a value of another kind", "text or a number", remedy, "E100")
                continue
            text = canonical(value)
            if text in seen and not (key == "unknown_values" and seen[text] == "null_values"):
                where = f"also under “{seen[text]}”" if seen[text] != key else "twice"
                found = f"classes: “{value}” is listed under “{key}” and {where}"
                yield Problem(place, found, "one meaning for it", "1, 1.0 and true count as the same value", "E113")
            seen[text] = key
    # One of the classes may be the decision: yes for “refuse”, no for the others.
    yield from _two_columns(data, classes, loc, free="decision")
    yield from key_clashes(data, ("grouping", "level", "actual", "predicted"))


def _paired_scores(data: Any) -> Iterator[Problem]:
    also = at(data, "columns", "also")
    taken = roles_of(data)
    for key, scorer in also.items() if isinstance(also, dict) else ():
        score = at(scorer, "score")
        if not isinstance(score, dict):
            continue
        loc: Loc = ("columns", "also", key, "score")
        for path in (("columns", "score"), ("columns", "outcome")):
            if at(data, *path) is None:
                remedy = f"Map “{'.'.join(path)}”, or remove “score” here"
                found = f"the score of “{key}” without {path[1]}: there is nothing to set it against"
                yield Problem(loc, found, "", remedy, "E104", at_key=True)
        if score.get("range") is not None and _limits(score["range"]) is None:
            remedy = "Write the lowest and the highest score there can be, such as [0, 100]"
            yield Problem((*loc, "range"), "“range” is not two rising numbers", "[lowest, highest]", remedy, "E183")
        role = taken.get(str(score.get("name")))
        if role is not None and (role != "score" or score.get("name") == at(data, "columns", "score", "name")):
            found = f"“{score['name']}” is mapped as {role} and as the score of “{key}”"
            yield Problem((*loc, "name"), found, "", "Name the score of this scorer", "E115")


def _proxies(data: Any) -> Iterator[Problem]:
    proxies = at(data, "plan", "also", "proxies")
    if not isinstance(proxies, dict):
        return
    loc: Loc = ("plan", "also", "proxies")
    if len(proxies) > MAX_PROXIES:
        yield Problem(loc, f"{len(proxies)} proxies", f"at most {MAX_PROXIES}", "", "E184", at_key=True)
    groups = at(data, "groups")
    described = {str(at(part, "name")): str(key) for key, part in (groups.items() if isinstance(groups, dict) else ())}
    if not described:
        yield Problem(loc, "proxies without a group", "at least one group", "Map a group", "E104", at_key=True)
    names: dict[str, str] = {}
    for key, proxy in proxies.items():
        if not isinstance(proxy, dict):
            continue
        name = str(proxy.get("name"))
        if name in described:
            found = f"“{name}” is the characteristic “{described[name]}” itself"
            yield Problem((*loc, key, "name"), found, "another column", "A column gives itself away", "E184")
        elif names.setdefault(name, str(key)) != str(key):
            found = f"“{name}” is the proxy “{names[name]}” already"
            yield Problem((*loc, key, "name"), found, "each column once", "", "E184")
        if name in (at(data, "unit", "person_id"), at(data, "columns", "reviewer", "name")):
            found = f"“{name}” says who somebody is"
            yield Problem((*loc, key, "name"), found, "a column that describes people", "Remove it", "E184")
        if proxy.get("range") is not None and _limits(proxy["range"]) is None:
            remedy = "Write the lowest and the highest number there can be, such as [0, 100]"
            yield Problem(
                (*loc, key, "range"), "“range” is not two rising numbers", "[lowest, highest]", remedy, "E183"
            )
