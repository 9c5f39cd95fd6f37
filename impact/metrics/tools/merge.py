"""Counts of several bodies added up: one audit over all of them, without anybody handing over a row.

In: for each body its name, plan, cells and findings. Out: ``Merged``: one plan, one table of cells, and what
was added. Refuses bodies whose plans mean different things: whatever is not known to be free to differ has to be equal,
and all differences are listed. Reads no file.
Personal data: none; counts only. That one person may stand in two bodies' counts cannot be seen here, and is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from impact.canonical import digest as digest_of_bytes
from impact.errors import Fault, MetricError
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.plans.plan_text import as_yaml, lean
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cell, Cells
from impact.metrics.tables.checks import Check
from impact.metrics.words import plural, whole

__all__ = ["Body", "Merged", "merge"]

_LEAST = 2
_ROLES = ("decision", "outcome", "human")
# What each body may say in its own words: everything else must be equal. ``*`` stands for one key.
_FREE = re.compile(
    r"(title|question|pool|source(\..+)?|disclosure(\..+)?|plan\.margin\.reason"
    r"|columns\.also(\..+)?"  # of several scorers only the decision is added up
    r"|columns\.[^.]+\.(name|yes|no|unknown_values|from|recorded_by)"
    r"|groups\.[^.]+\.(name|label|values|unknown_values)|strata\.[^.]+\.name|population(\..+)?)"
)


@dataclass(frozen=True)
class Body:
    """What one body handed over.

    Attributes:
        name: How messages and the findings name it.
        plan: The plan under which it counted.
        cells: Its counts.
        findings: Its findings as plain data.
        data: Bytes of its ``cells.parquet``.
        strata: Its counts by stratum, where its plan declares strata.
    """

    name: str
    plan: AuditPlan
    cells: Cells
    findings: Mapping[str, Any]
    data: bytes
    strata: Aggregate | None = None


@dataclass(frozen=True)
class Merged:
    """The sum.

    Attributes:
        plan: Reads the merged ``cells.parquet``, or ``strata.parquet`` where there are strata (``kind: counts``); its
            claims are those of every body.
        plan_text: The same as YAML.
        cells: All counts added up.
        fingerprint: For each body: file, digest and bytes of its cells, and what its findings say of them.
        checks: Each body's own, with its name, and what must be known about the sum.
        registered: ``plan_registered`` of the sum: None, unless a body's plan was not the one it had registered.
        aggregates: The counts by stratum added up, where the plans declare strata.
    """

    plan: AuditPlan
    plan_text: str
    cells: Cells
    fingerprint: tuple[dict[str, Any], ...]
    checks: tuple[Any, ...]
    registered: Mapping[str, Any] | None
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)


def merge(bodies: Sequence[Body]) -> Merged:
    """Add up the counts of two or more bodies.

    Args:
        bodies: In the order in which they are named in the findings.

    Raises:
        MetricError: D150 fewer than two bodies, or plans that differ in what they mean; D151 the same counts twice;
            D152 counts that were protected for publication, which do not add up; D155 strata without their counts. All
            at once.
    """
    faults = [
        *_too_few(bodies),
        *_protected(bodies),
        *_twice(bodies),
        *_differences(bodies),
        *_without_strata(bodies),
    ]
    if faults:
        raise MetricError(faults)
    first = bodies[0]
    keys = first.cells.groups
    cells = first.cells.merge(*(_in_order(body.cells, keys) for body in bodies[1:]))
    data = _plan(bodies)
    told = ["Reads the counts of several bodies, added up:", *(_told(body) for body in bodies)]
    text = "".join(f"# {line}\n" for line in told) + as_yaml(data)
    return Merged(
        plan_of(data, name="the merged plan"),
        text,
        cells,
        tuple(_print(body) for body in bodies),
        (*_own_checks(bodies), *_checks_of(bodies, cells)),
        _registered(bodies),
        _strata(bodies),
    )


def _without_strata(bodies: Sequence[Body]) -> Iterator[Fault]:
    for body in bodies:
        if body.plan.strata and body.strata is None:
            remedy = "Ask for the whole folder, with strata.parquet"
            yield Fault(body.name, "its counts by stratum are missing", "", remedy, "D155")


def _strata(bodies: Sequence[Body]) -> dict[str, Aggregate]:
    held = [body.strata for body in bodies if body.strata is not None]
    if not held:
        return {}
    # Bodies may list their characteristics in any order; the first body's holds, as for the cells.
    parts = [
        Aggregate.of("strata", {key: each.keys[key] for key in held[0].keys}, each.measures, each.about)
        for each in held
    ]
    return {"strata": parts[0].merge(*parts[1:])}


def _too_few(bodies: Sequence[Body]) -> Iterator[Fault]:
    if len(bodies) < _LEAST:
        yield Fault("merge", f"{len(bodies)} folder given", "two or more", "Name the folders of all bodies", "D150")


def _protected(bodies: Sequence[Body]) -> Iterator[Fault]:
    for body in bodies:
        status = body.findings.get("disclosure", {}).get("status")
        if status != "exact":
            remedy = "Ask for the exact counts; protect the sum, not its parts"
            yield Fault(body.name, f"its counts are protected ({status})", "exact counts", remedy, "D152")


def _twice(bodies: Sequence[Body]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for body in bodies:
        other = seen.setdefault(body.cells.digest, body.name)
        if other != body.name:
            found = f"the same counts as {other}: everybody would be counted twice"
            yield Fault(body.name, found, "", "Name each body once", "D151")


def _differences(bodies: Sequence[Body]) -> Iterator[Fault]:
    for body in bodies[1:]:
        first = bodies[0]
        one, other = _meaning(first.plan), _meaning(body.plan)
        if "threshold" not in one["columns"]["decision"] or "threshold" not in other["columns"]["decision"]:
            # One body sends a decision and the other a score: the label alone can say whether they mean the same.
            for each in (one, other):
                each["columns"]["decision"].pop("threshold", None)
                each["columns"]["decision"].pop("rule", None)
        for path, here, there in _unequal(one, other):
            remedy = "Let both bodies count under one plan, or audit them apart"
            yield Fault(f"{body.name}: {path}", there, f"{here}, as in {first.name}", remedy, "D150")
        yield from _unknown_elsewhere(first, body)


def _meaning(plan: AuditPlan) -> dict[str, Any]:
    data: dict[str, Any] = lean(plan.to_json())
    if plan.columns.decision.from_score is None:
        data["columns"]["decision"].pop("rule", None)  # a default without a threshold means nothing
    data["intersections"] = sorted(sorted(each) for each in data.get("intersections", []))
    data["groups"] = {key: data["groups"][key] for key in sorted(data["groups"])}
    return data


def _unequal(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    if _FREE.fullmatch(path):
        return
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _unequal(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    elif one != other:
        yield path, _shown(one), _shown(other)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    if isinstance(value, list):
        return (
            ", ".join(" × ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value) or "none"
        )
    return f"“{value}”"


def _unknown_elsewhere(first: Body, body: Body) -> Iterator[Fault]:
    """A value that means “not known” in one body's plan and a group in the other's counts."""
    for one, other in ((first, body), (body, first)):
        for key in sorted({*one.plan.groups} & {*other.plan.groups} & {*other.cells.groups}):
            place = other.cells.groups.index(key)
            found = {cell.group[place] for cell in other.cells}
            for value in sorted((unknown_levels(one.plan, key) - unknown_levels(other.plan, key)) & found):
                what = f"“{value}” is a group here and means “not known” in {one.name}"
                remedy = "List it under “unknown_values”"
                yield Fault(f"{other.name}: groups.{key}", what, "one meaning", remedy, "D150")


def _in_order(cells: Cells, keys: tuple[str, ...]) -> Cells:
    """The same cells with their groups in the order of ``keys``."""
    places = [cells.groups.index(key) for key in keys]
    return Cells.of(
        keys, (Cell(tuple(c.group[at] for at in places), c.outcome, c.decision, c.human, c.n) for c in cells)
    )


def _plan(bodies: Sequence[Body]) -> dict[str, Any]:
    plans = [body.plan.to_json() for body in bodies]
    data = dict(plans[0])
    data["title"] = "Together: " + "; ".join(_each(plan["title"] for plan in plans))
    data["pool"] = "; and ".join(_each(plan["pool"] for plan in plans))
    strata = data.get("strata") or {}
    data["source"] = {"kind": "counts", "path": "strata.parquet" if strata else "cells.parquet", "count": "n"}
    data["strata"] = {key: {**each, "name": key} for key, each in strata.items()}
    data.pop("population", None)
    data["columns"] = {role: _role(plans, role) for role in _ROLES if plans[0]["columns"].get(role)}
    data["groups"] = {
        key: {
            "name": key,
            "label": group["label"],
            **{
                part: _each(v for plan in plans for v in plan["groups"][key][part])
                for part in ("unknown_values", "values")
            },
        }
        for key, group in plans[0]["groups"].items()
    }
    data["disclosure"] = {
        **plans[0]["disclosure"],
        **{part: max(plan["disclosure"][part] for plan in plans) for part in ("min_cell", "base")},
    }
    kept: dict[str, Any] = lean(data)
    return kept


def _role(plans: Sequence[Mapping[str, Any]], role: str) -> dict[str, Any]:
    own = ("name", "yes", "no", "unknown_values", "from", "threshold", "rule", "recorded_by")
    kept = {key: value for key, value in plans[0]["columns"][role].items() if key not in own}
    by = "; ".join(_each(v for plan in plans if (v := plan["columns"][role].get("recorded_by"))))
    return {"name": role, "yes": [1], "no": [0], **kept, **({"recorded_by": by} if by else {})}


def _each(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def _told(body: Body) -> str:
    return f"{body.name}: {whole(body.cells.n)}, cells {body.cells.digest}"


def _print(body: Body) -> dict[str, Any]:
    return {
        "file": f"{body.name}/cells.parquet",
        "digest": digest_of_bytes(body.data),
        "bytes": len(body.data),
        "cells_digest": body.cells.digest,
        "plan_digest": body.findings["plan_digest"],
        "plan_registered": body.findings["plan_registered"],
        "people": body.cells.n,
        "title": body.plan.title,
        "tool_version": body.findings["tool_version"],
        "created": body.findings["created"],
    }


def _own_checks(bodies: Sequence[Body]) -> Iterator[dict[str, Any]]:
    for body in bodies:
        for check in body.findings["checks"]:
            yield {**check, "text": f"{body.name}: {check['text']}"}


def _checks_of(bodies: Sequence[Body], cells: Cells) -> Iterator[Check]:
    unit = plural(bodies[0].plan.unit.row)
    without = [body.name for body in bodies if body.plan.to_json().get("population")]
    if without:
        text = "whether the residents of one body are those of another is not known, so their numbers were not added up"
        yield Check("D157", "warning", f"Population figures of {', '.join(without)} were left out: {text}.")
    parts = "; ".join(f"{body.name} {whole(body.cells.n)}, {body.cells.digest}" for body in bodies)
    yield Check("D153", "info", f"{whole(cells.n)} {unit} of {len(bodies)} bodies were added up: {parts}.")
    if any(body.plan.columns.also for body in bodies):
        yield Check(
            "D112", "info", "Only the decision was added up: the further scorers of the plans are not compared."
        )
    yield Check(
        "D154",
        "warning",
        f"Whoever stands in the counts of two bodies is counted twice among these {unit}: counts cannot show it.",
    )


def _registered(bodies: Sequence[Body]) -> Mapping[str, Any] | None:
    """A body that counted under another plan than the one it registered makes the sum exploratory as well."""
    for body in bodies:
        lock: Mapping[str, Any] | None = body.findings["plan_registered"]
        if lock is not None and not lock["matches"]:
            return lock
    return None
