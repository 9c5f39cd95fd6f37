"""What a plan must say of ordered bands: an order, no value twice, and columns without another meaning.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from impact.metrics.plans.plan_columns import MAX_BANDS
from impact.metrics.plans.plan_problem import Loc, Problem, at, listed
from impact.metrics.plans.plan_rules_columns import SINGLE_ROLES

__all__ = ["band_problems", "roles_of"]

_KEYS = ("band", "human_band")  # of the table of counts


def band_problems(data: Any, *, canonical: Callable[[Any], str]) -> Iterator[Problem]:
    """All problems of ``columns.band``, in the order of the rules; ``canonical`` spells equal values alike."""
    band = at(data, "columns", "band")
    if not isinstance(band, dict):
        return
    yield from _order(data, band, canonical)
    loc: Loc = ("columns", "band")
    if not band.get("label"):
        remedy = "Say what a higher band stands for, such as “risk of reoffending”"
        yield Problem((*loc, "label"), "“label” is missing", "", remedy, "E110")
    taken = roles_of(data)
    # A decision may be read from the band (high: yes), and a person's decision from that person's band.
    for key, free in (("name", "decision"), ("human", "human")):
        role = taken.get(str(band.get(key))) if band.get(key) is not None else None
        if role is not None and role != free:
            said = "band" if key == "name" else "the person's band"
            found = f"“{band[key]}” is mapped as {role} and as {said}"
            yield Problem((*loc, key), found, "", "A column has one role", "E115")
    if band.get("human") is not None and band["human"] == band.get("name"):
        found = f"“{band['human']}” is the band of the scorer and of the person"
        yield Problem((*loc, "human"), found, "two columns", "Remove “human”, or name its own column", "E115")
    yield from key_clashes(data, _KEYS)


def _order(data: Any, band: dict[str, Any], canonical: Callable[[Any], str]) -> Iterator[Problem]:
    loc: Loc = ("columns", "band", "order")
    order = listed(band.get("order"))
    if not 2 <= len(order) <= MAX_BANDS:
        remedy = "List the values from the lowest band to the highest, such as [low, medium, high]"
        yield Problem(loc, f"{len(order)} band{'' if len(order) == 1 else 's'}", f"2 to {MAX_BANDS}", remedy, "E116")
    declared = at(data, "source", "null_values")
    nulls = [str(each) for each in (listed(declared) if declared is not None else ("",))]
    seen: dict[str, str] = {canonical(text): "null_values" for text in nulls}
    for key in ("order", "unknown_values"):
        for index, value in enumerate(listed(band.get(key))):
            place: Loc = ("columns", "band", key, index)
            if not isinstance(value, str | int | float):
                remedy = "Put it in quotation marks to make it text"
                yield Problem(place, f"band.{key}: a value of another kind", "text or a number", remedy, "E100")
                continue
            text = canonical(value)
            if text in seen and not (key == "unknown_values" and seen[text] == "null_values"):
                where = f"also under “{seen[text]}”" if seen[text] != key else "twice"
                remedy = "1, 1.0 and true count as the same value"
                found = f"band: “{value}” is listed under “{key}” and {where}"
                yield Problem(place, found, "one meaning for it", remedy, "E113")
            seen[text] = key


def roles_of(data: Any) -> dict[str, str]:
    """Column -> what the plan takes it for, of columns with one meaning."""
    taken: dict[str, str] = {}
    single = [(("columns", role, "name"), role) for role in ("decision", "outcome", "human", "score")]
    for path, role in (*single, (("columns", "decision", "from"), "score"), *SINGLE_ROLES):
        name = at(data, *path)
        if name is not None:
            taken.setdefault(str(name), role)
    for place, article in (("groups", "a group"), ("strata", "a stratum")):
        parts = at(data, place)
        for part in parts.values() if isinstance(parts, dict) else ():
            if isinstance(part, dict) and part.get("name") is not None:
                taken.setdefault(str(part["name"]), article)
    return taken


def key_clashes(data: Any, keys: tuple[str, ...]) -> Iterator[Problem]:
    """Groups whose key is a column of the table of counts that the plan asks for."""
    groups = at(data, "groups")
    for key in groups if isinstance(groups, dict) else ():
        if key in keys:
            remedy = f"Choose another key than {', '.join(keys)}; these are columns of the count tables"
            yield Problem(("groups", key), f"“{key}” cannot be a key", "", remedy, "E112", at_key=True)
