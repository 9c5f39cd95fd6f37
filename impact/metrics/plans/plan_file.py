"""Reading ``audit.yaml``: every fault of the file at once, each with its place.

In: a path, or a plan as plain data. Out: a frozen ``AuditPlan``, or a ``MetricError`` with codes E (and D76).
Refuses to know any table: whether a column exists, or a value occurs in it, is seen when the data is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from impact.errors import Fault, MetricError
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_rules import problems
from impact.yamlfile import Located, YamlFaults, faults_of_model, load

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails

__all__ = ["load_plan", "plan_of", "require_usable"]

_CODES = {"extra_forbidden": "E102", "missing": "E110"}
_DEFAULT = "E100"
_UNION = ("str", "int", "float", "bool")  # pydantic reports a value of no allowed kind once for each kind


def load_plan(path: Path) -> AuditPlan:
    """Read an audit plan.

    Args:
        path: A YAML file; comments and the order of keys do not change the plan's digest.

    Raises:
        MetricError: Every fault of the file in file order. E001–E004 not readable as YAML; E100 a value of the wrong
            kind; E101 no effect; E102 unknown key; E103 margin without a reason; E104 a metric needs a column that is
            not mapped; E105 comparator names no group; E108 no pool; E109 decision named and derived; E110 something
            is missing; E111 count column; E112 group keys; E113 one value with two meanings; E114 intersections;
            E115 one column with two roles; D76 absurd alpha or margin.
    """
    try:
        located = load(path, family="E")
    except YamlFaults as error:
        raise MetricError(error.faults) from None
    return _build(located)


def plan_of(data: Any, *, name: str = "plan") -> AuditPlan:
    """The plan from plain data, as ``AuditPlan.to_json`` writes it and ``findings.json`` carries it.

    Args:
        data: Plain data with the keys of the file.
        name: How messages name where it came from.

    Raises:
        MetricError: As :func:`load_plan`; places are those of the start of the data.
    """
    return _build(Located(name, data, {(): (1, 1)}))


def require_usable(plan: AuditPlan) -> None:
    """Refuse a plan built in Python that a file could not hold (no yes values, an alpha of 0.5 …).

    Raises:
        MetricError: The same codes as :func:`load_plan`, with the plan's title as the place.
    """
    faults = [
        Fault(f"plan “{plan.title}”", each.found, each.wanted, each.remedy, each.code)
        for each in problems(plan.to_json())
    ]
    if faults:
        raise MetricError(faults)


def _build(located: Located) -> AuditPlan:
    if not isinstance(located.data, dict):
        remedy = "Start it with “version: 1”; docs/audit-plan.md shows a whole plan"
        raise MetricError(Fault(located.name, "the file holds no plan", "keys and values", remedy, "E110"))
    ours = list(problems(located.data))
    covered = {each.loc for each in ours}
    faults = [
        Fault(located.place_of(each.loc, key=each.at_key), each.found, each.wanted, each.remedy, each.code)
        for each in ours
    ]
    plan = None
    try:
        # Strict models take tuples from Python data; a YAML list is their only spelling in a file.
        plan = AuditPlan.model_validate(_tuples(located.data))
    except ValidationError as error:
        rest = list(_without(error, covered))
        if rest:
            kept = ValidationError.from_exception_data("AuditPlan", rest)
            faults += faults_of_model(kept, located, codes=_CODES, default=_DEFAULT, model=AuditPlan)
    if faults:
        raise MetricError(sorted(faults, key=_place))
    assert plan is not None
    return plan


def _without(error: ValidationError, covered: set[tuple[str | int, ...]]) -> Iterator[InitErrorDetails]:
    """Pydantic's errors, less those for which the plan's own rules give the better message."""
    for item in error.errors(include_url=False):
        loc = tuple(item["loc"])
        bare = loc[:-1] if loc and loc[-1] in _UNION else loc
        if bare in covered or (item["type"] in ("too_short", "string_too_short") and loc in covered):
            continue
        kept: dict[str, Any] = {"type": item["type"], "loc": loc, "input": item["input"]}
        if "ctx" in item:
            kept["ctx"] = item["ctx"]
        yield cast("InitErrorDetails", kept)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(each) for each in value)
    return value


def _place(fault: Fault) -> tuple[int, int]:
    line, column = fault.where.rsplit(":", 2)[-2:]
    return int(line), int(column)
