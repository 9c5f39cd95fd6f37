"""What each gate met: which condition tripped, on which finding and why, and what could not be decided.

In: conditions, findings as plain data, and the comparison with a baseline if there is one. Out: ``Gates``, with the
exit status that follows. Computes no statistic: it reads limits, verdicts and severities as they were found.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import Any, Literal

from impact.errors import Exit
from impact.metrics.analysis.catalogue import REASONS
from impact.metrics.analysis.levels import group_label
from impact.metrics.statistics.measure import WHY
from impact.metrics.tools.baseline import Change, Comparison
from impact.metrics.tools.gates import SCHEMA, SEVERITIES, UNDECIDED, Condition

__all__ = ["Gates", "Met", "Place", "meet"]

Row = Mapping[str, Any]
State = Literal["tripped", "not_tripped", "undecided"]
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_SIGNS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}
_NOTHING = "there was nothing to look at"
_NOT_DECLARED = "no comparison counts as declared: the plan is not the one that was registered, or declares none"


@dataclass(frozen=True)
class Place:
    """Where a condition tripped, or could not be decided.

    Attributes:
        why: In words.
        label: The rate and the group; empty for what is about no group.
        finding: Id of the finding; None where the comparison is in the table of disparities only.
        row: The comparison; None for what is about no group.
    """

    why: str
    label: str = ""
    finding: str | None = None
    row: Row | None = None

    def to_json(self) -> dict[str, Any]:
        row = self.row or {}
        named = {key: row.get(key) for key in ("group", "comparator", "metric")}
        return {"finding": self.finding, **named, "why": self.why, "text": str(self)}

    def __str__(self) -> str:
        return ": ".join(part for part in (self.finding, self.label, self.why) if part)


@dataclass(frozen=True)
class Met:
    """One condition against one result.

    Attributes:
        condition: As typed.
        state: ``tripped``; ``not_tripped``; ``undecided`` where something that it asks for cannot be known.
        looked_at: How many findings, comparisons or checks it was held against.
        trips, undecided: Where.
    """

    condition: str
    state: State
    looked_at: int
    trips: tuple[Place, ...]
    undecided: tuple[Place, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "condition": self.condition,
            "state": self.state,
            "looked_at": self.looked_at,
            "trips": [place.to_json() for place in self.trips],
            "undecided": [place.to_json() for place in self.undecided],
        }


@dataclass(frozen=True)
class Gates:
    """Every condition, and the status with which the command ends."""

    met: tuple[Met, ...]
    baseline: Comparison | None = None

    @property
    def status(self) -> Exit:
        """1 if any condition tripped, else 4 if any could not be decided, else 0: what is shown goes before what is
        not known."""
        states = {one.state for one in self.met}
        return Exit.GATE if "tripped" in states else Exit.INSUFFICIENT if "undecided" in states else Exit.DONE

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "status": int(self.status),
            "conditions": [one.to_json() for one in self.met],
            "baseline": self.baseline.to_json() if self.baseline else None,
        }


def meet(conditions: Sequence[Condition], findings: Mapping[str, Any], *, baseline: Comparison | None = None) -> Gates:
    """Hold every condition against the findings.

    Args:
        conditions: From :func:`impact.metrics.tools.gates.parse_conditions`.
        findings: Plain data, schema ``impact/findings/1``.
        baseline: From :func:`impact.metrics.tools.baseline.compare`.
    """
    met = []
    for one in conditions:
        looked_at, trips, undecided = _KINDS[one.kind](one, findings, baseline)
        if not looked_at and not trips and not undecided and one.kind != "check":
            undecided = [Place(_NOTHING)]
        state: State = "tripped" if trips else "undecided" if undecided else "not_tripped"
        met.append(Met(one.text, state, looked_at, tuple(trips), tuple(undecided)))
    return Gates(tuple(met), baseline)


Found = tuple[int, list[Place], list[Place]]


def _severity(one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    at = SEVERITIES.index(one.value)
    asked = SEVERITIES[at : at + 1] if one.exactly else SEVERITIES[: at + 1]
    told = findings["findings"]
    trips = [_of_finding(each, f"severity {each['severity']}") for each in told if each["severity"] in asked]
    return len(told), trips, []


def _verdict(one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    if one.value in UNDECIDED:
        return _inconclusive(one, findings, None, verdicts=(one.value,))
    told = findings["findings"]
    trips = [_of_finding(each, f"verdict {each['verdict']}") for each in told if each["verdict"] == one.value]
    return len(told), trips, []


def _inconclusive(
    _one: Condition, findings: Mapping[str, Any], _: Comparison | None, *, verdicts: tuple[str, ...] = UNDECIDED
) -> Found:
    """Declared comparisons without an answer. They do not trip: not to know is not to have found something."""
    rows = list(_declared(findings))
    if not rows:
        return 0, [], [Place(_NOT_DECLARED)]
    open_ = [
        _of_row(row, f"verdict {row['verdict']}" + (f", because {_because(row['reason'])}" if row["reason"] else ""))
        for row in rows
        if row["verdict"] in verdicts
    ]
    return len(rows), [], open_


def _metric(one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    fewest = findings["plan"]["disclosure"]["min_cell"]
    name, _dot, end = one.field.partition(".")
    trips, undecided, looked_at = [], [], 0
    for row in findings["tables"]["disparities"]:
        if row["metric"] != one.value:
            continue
        part = row[name]
        if part is None:
            if row["role"] == "primary":
                undecided.append(_of_row(row, f"there is no {name}, because {_because(row['reason'])}"))
            continue
        sizes = [row[side]["n"] for side in ("group_rate", "comparator_rate")]
        if row["role"] != "primary" and min(sizes) < fewest:
            continue  # what nobody declared and rests on so few people makes no headline, and trips no gate either
        looked_at += 1
        limit = part["ci"][0 if end == "lower" else 1]
        if _COMPARE[one.sign](inf if limit is None else limit, one.number):
            shown = "open" if limit is None else f"{limit:.4g}" if name != "excess" else f"{limit:,}"
            what = f"the {end} limit of the {name} is {shown}, {_SIGNS[one.sign]} {one.number:g}"
            trips.append(_of_row(row, what if row["role"] == "primary" else f"{what} (exploratory)"))
    return looked_at, trips, undecided


def _check(_one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    checks = findings["checks"]
    return len(checks), [Place(f"{c['code']}: {c['text']}") for c in checks if c["level"] == "warning"], []


def _worse(_one: Condition, _findings: Mapping[str, Any], baseline: Comparison | None) -> Found:
    """Declared comparisons only; the exploratory ones stand in ``changes`` beside them."""
    assert baseline is not None, "undecidable() refuses “worse” without a baseline"
    if baseline.same_counts:
        return baseline.told["people"], [], []
    declared = [each for each in baseline.changes if each.row["role"] == "primary" and each.state != "no_direction"]
    if not declared:
        return 0, [], [Place("no declared comparison with a direction of harm is in both results")]
    trips = [_of_row(change.row, _worsened(change)) for change in declared if change.state == "worse"]
    undecided = [
        _of_row(change.row, f"the change cannot be tested, because {_because(change.reason)}")
        for change in declared
        if change.state == "undecided"
    ]
    return len(declared), trips, undecided


def _worsened(change: Change) -> str:
    assert change.change is not None
    ratio = change.scale == "ratio"
    old, new = (_spelt(value, ratio) for value, _ in change.estimates)
    unit = " times what it was" if ratio else ", as a difference of the two differences"
    low, high = _spelt(change.change.low, ratio), _spelt(change.change.high, ratio)
    return (
        f"the {change.scale} was {old} and is {new}: {_spelt(change.change.value, ratio)}{unit} "
        f"({change.change.level:.2%} interval {low} to {high})"
    )


def _spelt(value: float | None, ratio: bool) -> str:
    if value is None or value == inf:
        return "open"
    return f"{value:.2f}" if ratio else f"{value:+.4f}"


def _power(_one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    """Declared comparisons whose data could not have shown a disparity as large as the margin, whatever they found."""
    margin, told = findings["plan"]["plan"]["margin"], {each["id"]: each for each in findings["findings"]}
    rows = list(_declared(findings))
    if not rows:
        return 0, [], [Place(_NOT_DECLARED)]
    short = []
    for row in rows:
        power = told[row["finding"]]["power"] if row["finding"] else {}
        least, rate = power.get("mdd_ratio"), power.get("reference_rate")
        if row["difference"] is None:
            short.append(_of_row(row, f"nothing could be shown, because {_because(row['reason'])}"))
        elif least is None or rate is None:
            short.append(_of_row(row, f"no disparity of any size is found with {power.get('power', 0.8):.0%} power"))
        else:
            ratio = margin["kind"] == "ratio"
            size = least if ratio else (least - 1) * rate
            if size > margin["value"]:
                what = f"a ratio of {size:.3f}" if ratio else f"a difference of {size:.4f}"
                text = f"{what} is the smallest that these numbers show with {power['power']:.0%} power"
                short.append(_of_row(row, f"{text}; the margin is {margin['value']:g}"))
    return len(rows), [], short


_MOVES = {
    "change": "its level changed from {first} on",
    "trend": "it moved steadily over the periods",
    "gap_trend": "its gap to the others moved over the periods",
}


def _drift(_one: Condition, findings: Mapping[str, Any], _: Comparison | None) -> Found:
    """Rows of ``tables.changes`` whose adjusted p-value is no larger than the plan's alpha. All of them are exploratory
    and adjusted as one family; funnel limits are not, and trip nothing."""
    alpha = log10(findings["plan"]["plan"]["alpha"])
    looked_at, trips = 0, []
    for row in findings["tables"].get("changes") or []:
        parts = {name: row.get(name) or {} for name in _MOVES}
        tested = {name: part for name, part in parts.items() if part.get("log10_p_adjusted") is not None}
        looked_at += bool(tested)
        for name, part in tested.items():
            if part["log10_p_adjusted"] <= alpha:
                p = f"adjusted p-value {10 ** part['log10_p_adjusted']:.2g}, exploratory"
                trips.append(_of_row(row, f"{_MOVES[name].format(first=part.get('first'))} ({p})"))
    return looked_at, trips, []


_KINDS: Mapping[str, Callable[[Condition, Mapping[str, Any], Comparison | None], Found]] = {
    "severity": _severity,
    "verdict": _verdict,
    "inconclusive": _inconclusive,
    "metric": _metric,
    "check": _check,
    "drift": _drift,
    "worse": _worse,
    "power": _power,
}


def _declared(findings: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of the primary family, each finding once: a characteristic with two values has two rows for one test."""
    seen = set()
    for row in findings["tables"]["disparities"]:
        if row["role"] != "primary" or (row["finding"] is not None and row["finding"] in seen):
            continue
        seen.add(row["finding"])
        yield row


def _of_finding(finding: Row, why: str) -> Place:
    row = {key: finding[key] for key in ("group", "comparator")} | {"metric": finding["metric"]["key"]}
    return Place(why, finding["title"], finding["id"], row)


def _of_row(row: Row, why: str) -> Place:
    who = group_label(tuple(row["group"].items()))
    against = row.get("comparator") or {}
    beside = f" beside {against['value']}" if against.get("kind") == "reference" else ""
    return Place(why, f"{row.get('label') or row.get('metric')}, {who}{beside}", row.get("finding"), row)


def _because(reason: str | None) -> str:
    """A reason in words that stand after “because”."""
    if reason is None:
        return "a count is missing"
    return REASONS.get(reason) or WHY.get(reason) or reason.replace("_", " ")  # type: ignore[call-overload]  # any reason of the record
