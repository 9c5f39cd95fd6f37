"""What a plan must say beyond the kind of each value: the rules that need two keys at once, or a better message.

In: a plan as plain data, complete or not. Out: problems with the path of the key they concern.
Works on plain data because a file with an unknown key must still be told about its other faults in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact.metrics.plans.plan import METRIC_KEYS
from impact.metrics.plans.plan_problem import Loc, Problem, at, listed
from impact.metrics.plans.plan_rules_also import also_problems
from impact.metrics.plans.plan_rules_bands import band_problems
from impact.metrics.plans.plan_rules_columns import SINGLE_ROLES, column_problems
from impact.metrics.plans.plan_rules_further import further_problems
from impact.metrics.plans.plan_rules_scorers import deciders, scorer_problems
from impact.metrics.plans.plan_rules_searches import YES_NO, search_problems
from impact.metrics.plans.plan_rules_source import source_problems
from impact.metrics.plans.standards import STANDARDS, lacking
from impact.yamlfile import nearest

__all__ = ["CELL_COLUMNS", "MAX_ALPHA", "Problem", "canonical_value", "problems"]

# Columns of cells.parquet beside the groups, and of the tables beside it.
CELL_COLUMNS = ("outcome", "decision", "human", "n", "bin", "period", "version", "metric")
_ARTICLE = {"groups": "a group", "strata": "a stratum"}
MAX_ALPHA = 0.2  # bad_input.md D76 calls 0.5 absurd; one wrong claim in five is the most we let anybody plan for
_NEEDS_NO_OUTCOME = ("selection_rate", "override_rate")


def canonical_value(value: Any) -> str:
    """The text under which values of different spelling are the same: 1, 1.0, true and “TRUE” are all “1”.

    >>> [canonical_value(each) for each in (1, 1.0, True, "TRUE", "1.0", "Y", "y", 0.5, "007")]
    ['1', '1', '1', '1', '1', 'Y', 'y', '0.5', '007']
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value)
    if text in ("true", "True", "TRUE"):
        return "1"
    if text in ("false", "False", "FALSE"):
        return "0"
    whole = text.removesuffix(".0")
    if whole != text and whole.removeprefix("-").isdecimal() and str(int(whole)) == whole:
        return whole
    return text


def problems(data: Any) -> Iterator[Problem]:
    """All problems of a plan, complete or not, in the order of the rules (the caller sorts by place)."""
    yield from _keys(data)
    yield from _basics(data)
    yield from source_problems(data)
    yield from _decision(data)
    yield from _values(data)
    yield from _groups(data)
    yield from _claims(data)
    yield from column_problems(data)
    yield from scorer_problems(data, reserved=CELL_COLUMNS)
    yield from band_problems(data, canonical=canonical_value)
    yield from also_problems(data)
    yield from search_problems(data)
    yield from further_problems(data, canonical=canonical_value)


def _keys(data: Any) -> Iterator[Problem]:
    # The models accept these as argument names in Python; in a file each thing has one name.
    paths: list[tuple[Loc, str]] = [
        (("rules",), "plan"),
        *(((*loc, "from_score"), "from") for loc, _ in deciders(data)),
    ]
    for path, right in paths:
        parent = at(data, *map(str, path[:-1]))
        if isinstance(parent, dict) and path[-1] in parent:
            yield Problem(path, f"unknown key “{path[-1]}”", "", f"Did you mean “{right}”?", "E102", at_key=True)


def _basics(data: Any) -> Iterator[Problem]:
    decision = at(data, "columns", "decision")
    if isinstance(decision, dict) and decision.get("effect") is None:
        yield Problem(
            ("columns", "decision", "effect"),
            "“effect” is missing",
            "burden, benefit, identification or neither",
            "Say what a yes does to the person: this decides which group is called worse off",
            "E101",
        )
    if not at(data, "pool"):
        yield Problem(
            ("pool",),
            "“pool” is missing",
            "",
            "Describe who could have been affected (the comparison pool): the law compares within it",
            "E108",
        )


def _decision(data: Any) -> Iterator[Problem]:
    for loc, decision in deciders(data):
        yield from _decided_by(decision, loc)


def _decided_by(decision: dict[str, Any], loc: Loc) -> Iterator[Problem]:
    named, derived = decision.get("name") is not None, decision.get("from") is not None
    if named and derived:
        remedy = f"Give either “{loc[-1]}.name” or “{loc[-1]}.from”, not both"
        yield Problem((*loc, "from"), "the decision is both named and derived", "one of the two", remedy, "E109", True)
    elif not named and not derived and "from_score" not in decision:
        remedy = "Give “name” with “yes” and “no”, or “from” with “threshold”"
        who = "the decision" if loc[-1] == "decision" else f"the scorer “{loc[-1]}”"
        yield Problem(loc, f"{who} has no column", "", remedy, "E110")
    if derived and not named:
        if decision.get("threshold") is None:
            yield Problem(
                (*loc, "threshold"), "missing “threshold”", "", "Give the score from which a yes follows", "E110"
            )
        for key in ("yes", "no", "unknown_values"):
            if decision.get(key):
                remedy = "Remove it: the threshold decides"
                yield Problem((*loc, key), f"“{key}” beside “from”", "", remedy, "E109", at_key=True)
    if named and not derived and decision.get("threshold") is not None:
        remedy = "Remove it, or derive the decision with “from”"
        yield Problem((*loc, "threshold"), "“threshold” beside “name”", "", remedy, "E109", at_key=True)


def _values(data: Any) -> Iterator[Problem]:
    nulls = [str(each) for each in listed(at(data, "source", "null_values"))]
    columns = [*deciders(data), *((("columns", role), at(data, "columns", role)) for role in ("outcome", "human"))]
    columns += [(place, at(data, *map(str, place))) for place in YES_NO]
    for place, column in columns:
        role = place[-1]
        if not isinstance(column, dict) or (column.get("name") is None and role not in ("outcome", "human")):
            continue
        seen: dict[str, str] = {canonical_value(text): "null_values" for text in nulls}
        for key in ("yes", "no", "unknown_values"):
            loc: Loc = (*place, key)
            values = column.get(key)
            if key != "unknown_values" and isinstance(values, list | tuple | None) and not values:
                remedy = f"List the values of “{column.get('name')}” that mean {key}"
                yield Problem(loc, f"{role}: no “{key}” values", "at least one", remedy, "E110")
            for index, value in enumerate(listed(values)):
                if not isinstance(value, str | int | float):
                    yield Problem(
                        (*loc, index), f"{role}.{key}: a value of another kind", "text, a number, true or false",
                        "Put it in quotation marks to make it text", "E100",
                    )  # fmt: skip
                    continue
                text = canonical_value(value)
                if text in seen and not (key == "unknown_values" and seen[text] == "null_values"):
                    where = f"also under “{seen[text]}”" if seen[text] != key else "twice"
                    yield Problem(
                        (*loc, index), f"{role}: “{value}” is listed under “{key}” and {where}", "one meaning for it",
                        "1, 1.0 and true count as the same value", "E113",
                    )  # fmt: skip
                seen[text] = key


def _groups(data: Any) -> Iterator[Problem]:
    groups = at(data, "groups")
    if not isinstance(groups, dict):
        return
    columns = {
        str(at(data, "columns", role, "name")): role
        for role in ("decision", "outcome", "human")
        if at(data, "columns", role, "name") is not None
    }
    if at(data, "columns", "decision", "from") is not None:
        columns[str(at(data, "columns", "decision", "from"))] = "decision"
    for path, role in SINGLE_ROLES:
        name = at(data, *path)
        if name is not None and columns.setdefault(str(name), role) != role:
            found = f"“{name}” is mapped as {columns[str(name)]} and as {role}"
            yield Problem(path, found, "", "A column has one role", "E115")
    score = at(data, "columns", "score", "name")
    if score is not None and score != at(data, "columns", "decision", "from"):
        found = f"“{score}” is mapped as score and as {columns.get(str(score))}"
        if str(score) in columns:
            yield Problem(("columns", "score", "name"), found, "", "A column has one role", "E115")
        columns[str(score)] = "score"
    for first, second in (("decision", "outcome"), ("decision", "human"), ("outcome", "human")):
        one, other = (at(data, "columns", role, "name") for role in (first, second))
        if one is not None and one == other:
            found = f"“{one}” is mapped as {first} and as {second}"
            yield Problem(("columns", second, "name"), found, "", "A column has one role", "E115")
    if not groups and at(data, "columns", "decision", "effect") != "identification":
        yield Problem(("groups",), "no group is mapped", "at least one", "Map a column that describes people", "E112")
    strata = at(data, "strata")
    described = [("groups", key, group) for key, group in groups.items()]
    described += [("strata", key, each) for key, each in strata.items()] if isinstance(strata, dict) else []
    for place, key, group in described:
        if str(key) in CELL_COLUMNS or not str(key).strip():
            remedy = f"Choose another key than {', '.join(CELL_COLUMNS)}; these are columns of the count tables"
            yield Problem((place, key), f"“{key}” cannot be a key", "", remedy, "E112", at_key=True)
        if not isinstance(group, dict):
            continue
        name = group.get("name")
        if name is not None and str(name) in columns:
            found = f"“{name}” is mapped as {_ARTICLE[place]} and as {columns[str(name)]}"
            yield Problem((place, key, "name"), found, "", "A column has one role", "E115")
        for index, value in enumerate(listed(group.get("values"))):
            if value in listed(group.get("unknown_values")):
                found = f"“{value}” is under “values” and “unknown_values”"
                yield Problem((place, key, "values", index), found, "one of the two", "", "E113")
    yield from _pairs(data, groups)
    yield from _comparators(data, groups)
    named = at(data, "identification", "group")
    if named is not None and named not in groups:
        yield Problem(("identification", "group"), f"“{named}” is not a group key", "", _near(named, groups), "E114")


def _pairs(data: Any, groups: dict[str, Any]) -> Iterator[Problem]:
    for index, pair in enumerate(listed(at(data, "intersections"))):
        keys = [str(each) for each in listed(pair)]
        loc: Loc = ("intersections", index)
        for each in keys:
            if each not in groups:
                yield Problem(loc, f"“{each}” is not a group key", "", _near(each, groups), "E114")
        if len(set(keys)) < 2 or len(set(keys)) < len(keys):
            yield Problem(loc, "an intersection needs two or more different groups", "", "", "E114")
        elif set(keys) in [set(listed(each)) for each in listed(at(data, "intersections"))[:index]]:
            yield Problem(loc, "the same groups are crossed twice", "each once, in any order", "Remove one", "E114")


def _comparators(data: Any, groups: dict[str, Any]) -> Iterator[Problem]:
    also = at(data, "comparator", "also")
    for key, value in also.items() if isinstance(also, dict) else ():
        loc: Loc = ("comparator", "also", key)
        if key not in groups:
            yield Problem(loc, f"“{key}” is not a group key", "", _near(key, groups), "E105", at_key=True)
            continue
        values = [str(each) for each in listed(at(groups, key, "values"))]
        if value in listed(at(groups, key, "unknown_values")):
            found = f"comparator “{value}” is an unknown value of “{key}”"
            yield Problem(loc, found, "a group that people are known to belong to", "", "E105")
        elif values and value not in values:
            found = f"comparator “{value}” is not a value of “{key}”"
            yield Problem(loc, found, "", _near(value, values), "E105")


def _near(word: Any, allowed: Any) -> str:
    near = nearest(str(word), [str(each) for each in allowed])
    return f"Did you mean “{near}”?" if near else f"Known: {', '.join(map(str, allowed)) or 'none'}"


def _claims(data: Any) -> Iterator[Problem]:
    seen = set()
    for index, key in enumerate(listed(at(data, "plan", "primary"))):
        loc: Loc = ("plan", "primary", index)
        if key not in METRIC_KEYS:
            yield Problem(loc, f"“{key}” is not a metric", "", _near(key, METRIC_KEYS), "E100")
            continue
        if key in seen:
            yield Problem(loc, f"“{key}” is listed twice", "each metric once", "", "E100")
        seen.add(key)
        for need, wanted in (("outcome", key not in _NEEDS_NO_OUTCOME), ("human", key == "override_rate")):
            if wanted and not at(data, "columns", need):
                remedy = f"Remove it from “primary” or map “{need}”"
                article = "an outcome" if need == "outcome" else "a human decision"
                yield Problem(loc, f"“{key}” needs {article} column; none is mapped", "", remedy, "E104")
    yield from _standard(data)
    yield from _margin(at(data, "plan", "margin"))
    alpha = at(data, "plan", "alpha")
    if isinstance(alpha, int | float) and not 0 < alpha <= MAX_ALPHA:
        wrong = f"alpha is {alpha}" + (": a share of claims that large would be wrong" if alpha > 0 else "")
        yield Problem(("plan", "alpha"), wrong, f"above 0 and at most {MAX_ALPHA}", "The usual value is 0.05", "D76")


def _standard(data: Any) -> Iterator[Problem]:
    name = at(data, "plan", "standard")
    if name in STANDARDS:
        for place, remedy in lacking(str(name), data):
            path = tuple(place.split("."))
            where: Loc = path if at(data, *path) is not None else ("plan", "standard")
            yield Problem(where, f"standard “{name}” needs more than the plan holds", "", remedy, "E106")


def _margin(margin: Any) -> Iterator[Problem]:
    if not isinstance(margin, dict):
        return
    value, kind = margin.get("value"), margin.get("kind")
    if not margin.get("reason"):
        shown = f" {value}" if isinstance(value, int | float) else ""
        remedy = f"Give a reason for the margin{shown}: who agreed it, and when?"
        yield Problem(("plan", "margin", "reason"), "the margin has no reason", "", remedy, "E103")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    loc: Loc = ("plan", "margin", "value")
    if kind == "ratio" and not 1 < value < float("inf"):
        remedy = "A ratio margin must be above 1 (1.25 means “up to a quarter more”)"
        yield Problem(loc, f"a ratio margin of {value}", "a number above 1", remedy, "D76")
    if kind == "difference" and not 0 < value < 1:
        remedy = "A difference margin is a share: 0.02 means two in a hundred"
        yield Problem(loc, f"a difference margin of {value}", "above 0 and below 1", remedy, "D76")
