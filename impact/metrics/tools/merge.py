"""Counts of several bodies added up: one audit over all of them, without anybody handing over a row.

In: for each body its name, plan, cells, further count tables and findings. Out: ``Merged``: one plan, one table of
cells, the further tables added up, and what was added. Refuses bodies whose plans mean different things: whatever is
not known to be free to differ has to be equal, and all differences are listed. Reads no file.
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
    r"|groups\.[^.]+\.(name|label|values|unknown_values)|strata\.[^.]+\.(name|justification)|population(\..+)?"
    r"|searches\.(mated|failed)\.(name|yes|no|unknown_values))"
)
# Tables that add up whoever stands in them. Every other one speaks of people or reviewers with several rows, and is
# right only when nobody has rows in two bodies: a table that comes later is not taken for granted.
_ADD_UP = ("scores", "weights", "times", "periods", "strata", "bands", "searches", "amounts", "classes", "proxies")
# Residents of one area may be those of another, and of several scorers only the decision is added up: left out.
_LEFT_OUT = ("population", "joint", "joint_scores")
# Of the plan, what a table of merged cells no longer holds.
_BESIDE = ("score", "weight", "reviewer", "review_seconds", "time", "version", "band", "amount", "classes")


@dataclass(frozen=True)
class Body:
    """What one body handed over.

    Attributes:
        name: How messages and the findings name it.
        plan: The plan under which it counted.
        cells: Its counts.
        findings: Its findings as plain data.
        data: Bytes of its ``cells.parquet``.
        aggregates: Its further count tables by name.
    """

    name: str
    plan: AuditPlan
    cells: Cells
    findings: Mapping[str, Any]
    data: bytes
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)


@dataclass(frozen=True)
class Merged:
    """The sum.

    Attributes:
        plan: Reads the merged ``cells.parquet``, or ``strata.parquet`` where there are strata (``kind: counts``); its
            claims are those of every body.
        plan_text: The same as YAML, without the columns that no longer stand in these counts.
        cells: All counts added up.
        aggregates: Every further table added up, by name.
        fingerprint: For each body: file, digest and bytes of its cells, and what its findings say of them.
        checks: Each body's own, with its name, and what must be known about the sum.
        registered: ``plan_registered`` of the sum: None, unless a body's plan was not the one it had registered.
    """

    plan: AuditPlan
    plan_text: str
    cells: Cells
    aggregates: Mapping[str, Aggregate]
    fingerprint: tuple[dict[str, Any], ...]
    checks: tuple[Any, ...]
    registered: Mapping[str, Any] | None


def merge(bodies: Sequence[Body], *, disjoint: bool = False) -> Merged:
    """Add up the counts of two or more bodies.

    Args:
        bodies: In the order in which they are named in the findings.
        disjoint: Whoever merges declares that nobody, person or reviewer, has rows in two of the bodies.

    Raises:
        MetricError: D150 fewer than two bodies, or plans that differ in what they mean; D151 the same counts twice;
            D152 counts that were protected for publication, which do not add up; D158 a further table that does not add
            up, or only when ``disjoint`` is declared. All at once.
    """
    faults = [*_too_few(bodies), *_protected(bodies), *_twice(bodies), *_differences(bodies)]
    if not faults:
        faults += _need_disjoint(bodies, disjoint=disjoint)
    tables, wrong = ({}, []) if faults else _added_up(bodies)
    if faults or wrong:
        raise MetricError([*faults, *wrong])
    first = bodies[0]
    keys = first.cells.groups
    cells = first.cells.merge(*(_in_order(body.cells, keys) for body in bodies[1:]))
    told = ["Reads the counts of several bodies, added up:", *(_told(body) for body in bodies)]
    beside = sorted(set(tables) - {"strata"})
    if beside:
        names = ", ".join(beside)
        told.append(f"Beside these counts stand {names}; a plan reads one table, so what rests on them is not in it.")
    text = "".join(f"# {line}\n" for line in told) + as_yaml(_plan(bodies, beside=False))
    return Merged(
        plan_of(_plan(bodies, beside=bool(tables)), name="the merged plan"),
        text,
        cells,
        tables,
        tuple(_print(body) for body in bodies),
        (*_own_checks(bodies), *_checks_of(bodies, cells, disjoint=disjoint)),
        _registered(bodies),
    )


def _tables(bodies: Sequence[Body]) -> list[str]:
    return sorted({name for body in bodies for name in body.aggregates} - set(_LEFT_OUT))


def _need_disjoint(bodies: Sequence[Body], *, disjoint: bool) -> Iterator[Fault]:
    for name in _tables(bodies):
        if name not in _ADD_UP and not disjoint:
            what = f"“{name}” counts people or reviewers who have several rows; somebody may have rows in two bodies"
            remedy = "Add --disjoint if you know that nobody has, or let all rows be counted together"
            yield Fault("merge", what, "bodies without a person in common", remedy, "D158")


def _added_up(bodies: Sequence[Body]) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Every further table of all bodies, and what is wrong with those that do not add up."""
    tables: dict[str, Aggregate] = {}
    faults: list[Fault] = []
    for name in _tables(bodies):
        lacking = [body.name for body in bodies if name not in body.aggregates]
        if lacking:
            remedy = "Let every body count under one plan with one version of impact"
            faults.append(
                Fault(", ".join(lacking), f"there is no table “{name}”", "as the others have", remedy, "D158")
            )
            continue
        first, *rest = (body.aggregates[name] for body in bodies)
        try:
            tables[name] = first.merge(*(_in_key_order(table, first) for table in rest))
        except MetricError as error:
            remedy = "Let every body count under one plan, or under one without these columns"
            faults += [Fault(f"merge: {name}", f.found, f.wanted, f.remedy or remedy, "D158") for f in error.faults]
    return tables, faults


def _in_key_order(table: Aggregate, first: Aggregate) -> Aggregate:
    """The same counts with their keys in the order of another table. Pairs of groups have an order of their own that
    cannot be turned: they stay as they are, and are refused where it differs."""
    if list(table.keys) == list(first.keys) or set(table.keys) != set(first.keys) or table.name not in _ADD_UP:
        return table
    return Aggregate.of(table.name, {key: table.keys[key] for key in first.keys}, table.measures, table.about)


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
    if data["unit"].get("person_id"):
        data["unit"]["person_id"] = "mapped"  # each body names its column; whether it has one is a meaning
    if (data["columns"].get("band") or {}).get("human"):
        data["columns"]["band"]["human"] = "mapped"
    for role in ("amount", "classes"):
        if data["columns"].get(role):
            data["columns"][role] |= {"predicted": "mapped", "actual": "mapped"}
    for role in ("candidates", "rank", "list_size"):
        if (data.get("searches") or {}).get(role):
            data["searches"][role] = "mapped"
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


def _plan(bodies: Sequence[Body], *, beside: bool) -> dict[str, Any]:
    """The plan of the sum; with what is not in the cells (``beside``), for the analysis of the further tables."""
    plans = [body.plan.to_json() for body in bodies]
    data = dict(plans[0])
    for name in _LEFT_OUT:
        data.pop(name, None)
    data["title"] = "Together: " + "; ".join(_each(plan["title"] for plan in plans))
    data["pool"] = "; and ".join(_each(plan["pool"] for plan in plans))
    strata = data.get("strata") or {}
    data["source"] = {"kind": "counts", "path": "strata.parquet" if strata else "cells.parquet", "count": "n"}
    data["strata"] = {key: {**each, "name": key} for key, each in strata.items()}
    data.pop("population", None)
    data["columns"] = {role: _role(plans, role) for role in _ROLES if plans[0]["columns"].get(role)}
    if beside:
        if data["unit"].get("person_id") or plans[0]["columns"].get("reviewer"):
            # No table of counts can hold these; nothing reads this plan's source, the tables stand beside it.
            data["source"] = {"kind": "parquet", "path": "cells.parquet"}
        kept = {role: plans[0]["columns"].get(role) for role in _BESIDE}
        data["columns"] |= {
            role: column for role, column in kept.items() if column and column.get("kind") != "frequency"
        }
    else:
        data.pop("searches", None)
        data["unit"] = {key: value for key, value in data["unit"].items() if key != "person_id"}
        data["plan"] = {key: value for key, value in data["plan"].items() if key != "thresholds"}
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
    made: dict[str, Any] = lean(data)
    return made


def _role(plans: Sequence[Mapping[str, Any]], role: str) -> dict[str, Any]:
    own = ("name", "yes", "no", "unknown_values", "from", "threshold", "rule", "recorded_by")
    kept = {key: value for key, value in plans[0]["columns"][role].items() if key not in own}
    by = "; ".join(_each(v for plan in plans if (v := plan["columns"][role].get("recorded_by"))))
    return {"name": role, "yes": [1], "no": [0], **kept, **({"recorded_by": by} if by else {})}


def _each(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def _names(bodies: Sequence[Body]) -> str:
    return ", ".join(body.name for body in bodies)


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
        "aggregates": {name: table.digest for name, table in sorted(body.aggregates.items())},
        "people": body.cells.n,
        "title": body.plan.title,
        "tool_version": body.findings["tool_version"],
        "created": body.findings["created"],
    }


def _own_checks(bodies: Sequence[Body]) -> Iterator[dict[str, Any]]:
    for body in bodies:
        for check in body.findings["checks"]:
            yield {**check, "text": f"{body.name}: {check['text']}"}


def _checks_of(bodies: Sequence[Body], cells: Cells, *, disjoint: bool) -> Iterator[Check]:
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
    if disjoint:
        text = f"Whoever added up these counts declared that nobody stands in two of the bodies: {_names(bodies)}."
        yield Check("D154", "info", text)
        return
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
