"""A baseline: whether any disparity has become worse than in the last result that was accepted.

In: the findings of two audits as plain data. Out: ``Comparison``: for each comparison that is in both, the change with
its interval; what is in one only; how the plans differ. Everything is recomputed from the counts k of n of both files.
Raw numbers are never compared: two counts differ by chance alone.
Personal data: none. That some people stand in both counts cannot be seen here, and is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from impact.errors import Fault, ImpactError, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import plan_of
from impact.metrics.statistics.disparity_change import Table, change_of_difference, change_of_ratio
from impact.metrics.statistics.intervals import koopman, newcombe
from impact.metrics.statistics.measure import Measure
from impact.metrics.statistics.multiplicity import sidak

__all__ = ["DIFFERENT_PEOPLE", "Change", "Comparison", "compare", "refusals"]

DIFFERENT_PEOPLE = (
    "The two results must count different people, for example of two quarters. Counts cannot show who stands in both; "
    "if many do, the interval of the change is too wide, and a change that is there may be missed."
)
SAME_COUNTS = "Both results rest on the same counts, so nothing can have changed; no test was made."
State = Literal["worse", "not_shown", "undecided", "no_direction"]
Row = Mapping[str, Any]

# Words of the plan that change no number.
_WORDS = re.compile(
    r"(title|question|source(\..+)?|disclosure(\..+)?|plan\.(margin\.reason|standard)|identification(\..+)?"
    r"|columns\.[^.]+\.(name|from|recorded_by)|columns\.(score|reviewer|review_seconds|time|version)(\..+)?"
    r"|groups\.[^.]+\.(name|label))"
)
# What may differ between a baseline and its successor, and is told: the reader judges whether it matters.
_TOLD = re.compile(
    r"(pool|intersections|strata(\..+)?|plan\.(primary|alpha|thresholds|margin(\.(kind|value))?)"
    r"|groups\.[^.]+(\.values)?|comparator\.also(\..+)?|columns\.[^.]+\.(yes|no|unknown_values|threshold|rule)"
    r"|columns\.decision\.irreversible|columns\.(outcome|weight)|columns\.human(\..+)?)"
)


@dataclass(frozen=True)
class Change:
    """The change of one disparity.

    Attributes:
        row: The comparison in ``tables.disparities`` of the newer audit.
        scale: ``ratio`` or ``difference``: the scale of the plan's margin, or of the ratio without one. Where a rate is
            zero a ratio cannot be followed, and the difference stands in.
        before, now: k1, n1, k2, n2; None where a count is missing.
        estimates: Value and limits before, and now.
        change: Ratio of the ratios, or difference of the differences.
        state: ``worse`` where the change and the newer disparity both lie, with their whole intervals, on the side that
            harms the group; ``undecided`` where there is nothing to test; ``no_direction`` where no side harms.
        reason: Why it is undecided, or why the difference stands in for the ratio.
    """

    row: Row
    scale: Literal["ratio", "difference"]
    before: Table | None
    now: Table | None
    estimates: tuple[tuple[float | None, list[float | None]], ...]
    change: Measure | None
    state: State
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        def side(
            table: Table | None, estimate: tuple[float | None, list[float | None]] | None
        ) -> dict[str, Any] | None:
            if table is None:
                return None
            k1, n1, k2, n2 = table
            value, limits = estimate if estimate else (None, None)
            return {"group": [k1, n1], "comparator": [k2, n2], "value": value, "ci": limits}

        shown = self.estimates or (None, None)
        return {
            **{key: self.row[key] for key in ("group", "comparator", "metric", "label", "role", "finding")},
            "scale": self.scale,
            "before": side(self.before, shown[0]),
            "now": side(self.now, shown[1]),
            "change": self.change.to_json() if self.change else None,
            "state": self.state,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Comparison:
    """Two audits beside each other.

    Attributes:
        changes: Comparisons that are in both, in the order of the newer audit.
        only_before, only_now: Group and metric of comparisons that are in one only.
        plans: Differences between the plans that are told: (where, before, now).
        same_counts: Both rest on the same counts.
        told: Digest and time of the baseline.
    """

    changes: tuple[Change, ...]
    only_before: tuple[Row, ...]
    only_now: tuple[Row, ...]
    plans: tuple[tuple[str, str, str], ...]
    same_counts: bool
    told: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.told,
            "note": SAME_COUNTS if self.same_counts else DIFFERENT_PEOPLE,
            "plan_differences": [{"where": where, "before": old, "now": new} for where, old, new in self.plans],
            "only_before": list(self.only_before),
            "only_now": list(self.only_now),
            "changes": [change.to_json() for change in self.changes],
        }


def refusals(baseline: Mapping[str, Any], plan: AuditPlan, *, name: str) -> Iterator[Fault]:
    """Why a result cannot be the baseline of an audit under ``plan``: to be known before anything is counted.

    Args:
        baseline: The older findings.
        plan: The plan of the audit to come.
        name: The file, for messages.

    Yields:
        E172: a file that cannot be read as findings; protected counts; people who are weighted or have several rows; a
        different meaning of the decision, the outcome, the unit or the comparator.
    """
    try:
        plan_of(baseline["plan"], name=name)
        for row in baseline["tables"]["disparities"]:
            _key(row), _table(row), row["role"], row["reason"]
        told = {type(baseline[key]) for key in ("created", "plan_digest", "cells_digest")}
        sound = told == {str} and type(baseline["people"]) is int
    except (KeyError, TypeError, AttributeError, ValueError, ImpactError):
        sound = False
    if not sound:
        what = "its plan, or its table of disparities, is not as “impact audit run” writes them"
        yield Fault(name, what, "findings of an audit", "Take the file that impact wrote", "E172")
        return
    if baseline.get("disclosure", {}).get("status") != "exact":
        what = "its counts are protected, and no interval includes the rounding"
        yield Fault(name, what, "findings of exact counts", "Name the findings.json of the working audit", "E172")
    for data, which in ((baseline["plan"], name), (plan.to_json(), "the plan")):
        weight = data["columns"].get("weight") or {}
        for key, used in (
            ("unit.person_id", data["unit"].get("person_id")),
            ("columns.weight", weight.get("kind") == "sampling"),
        ):
            if used:
                what = f"{key} is mapped: a test that takes every row for one person would be too sure"
                yield Fault(which, what, "one row for each person", "Leave --baseline out", "E172")
    for where, before, now in _unequal(baseline["plan"], plan.to_json()):
        if not (_WORDS.fullmatch(where) or _TOLD.fullmatch(where)):
            what = f"{where} was {before} and is {now}: the two results do not speak of the same thing"
            yield Fault(name, what, "one meaning in both plans", "Accept a result under this plan first", "E172")


def compare(baseline: Mapping[str, Any], findings: Mapping[str, Any]) -> Comparison:
    """Test the change of every comparison that is in both audits.

    Args:
        baseline: Findings of the last accepted result, schema ``impact/findings/1``.
        findings: Findings of the newer one.

    Returns:
        All changes. The level is that of the newer audit's families (Šidák over as many tests as it made), so that
        several comparisons do not add up to a false alarm.

    Raises:
        MetricError: E172, where a count of the baseline cannot be one.
    """
    old = {_key(row): row for row in baseline["tables"]["disparities"]}
    new = {_key(row): row for row in findings["tables"]["disparities"]}
    same = baseline["cells_digest"] == findings["cells_digest"]
    alpha, effect = findings["plan"]["plan"]["alpha"], findings["plan"]["columns"]["decision"]["effect"]
    margin = findings["plan"]["plan"].get("margin")
    scale: Literal["ratio", "difference"] = "difference" if margin and margin["kind"] == "difference" else "ratio"
    sizes = {row["role"]: row["test"]["family_size"] for row in new.values() if row["test"]}
    changes = [
        _change(old[key], row, scale=scale, effect=effect, level=1 - sidak(alpha, max(sizes.get(row["role"], 1), 1)))
        for key, row in new.items()
        if key in old and not same
    ]
    plans = tuple(
        (where, before, now)
        for where, before, now in _unequal(baseline["plan"], findings["plan"])
        if _TOLD.fullmatch(where)
    )
    return Comparison(
        tuple(changes),
        tuple(_named(row) for key, row in old.items() if key not in new),
        tuple(_named(row) for key, row in new.items() if key not in old),
        plans,
        same,
        {
            "created": baseline["created"],
            "plan_digest": baseline["plan_digest"],
            "cells_digest": baseline["cells_digest"],
            "people": baseline["people"],
        },
    )


def _change(old: Row, new: Row, *, scale: Literal["ratio", "difference"], effect: str, level: float) -> Change:
    before, now = _table(old), _table(new)
    if before is None or now is None:
        lacking = old if before is None else new
        reason = lacking["reason"] or lacking["group_rate"]["reason"] or lacking["comparator_rate"]["reason"]
        return Change(new, scale, before, now, (), None, "undecided", reason or "empty_cell")
    reason, used = None, scale
    change = (change_of_ratio if scale == "ratio" else change_of_difference)(before, now, level=level)
    if change.value is None and change.reason == "comparator_zero":
        reason, used = "comparator_zero", "difference"
        change = change_of_difference(before, now, level=level)
    if change.value is None:
        return Change(new, used, before, now, (), None, "undecided", str(change.reason))
    estimates = tuple(_estimate(table, used, level) for table in (before, now))
    worse = CATALOGUE[new["metric"]].worse.get(effect)
    if worse is None:
        return Change(new, used, before, now, estimates, change, "no_direction", reason)
    null = 1.0 if used == "ratio" else 0.0
    shown = all(_beyond(limits, null, worse) for limits in ([change.low, change.high], estimates[1][1]))
    return Change(new, used, before, now, estimates, change, "worse" if shown else "not_shown", reason)


def _beyond(limits: list[float | None], null: float, worse: str) -> bool:
    """Whether a whole interval lies on the side that harms; an open end is None."""
    end = limits[0] if worse == "higher" else limits[1]
    return end is not None and (end > null if worse == "higher" else end < null)


def _estimate(table: Table, scale: str, level: float) -> tuple[float | None, list[float | None]]:
    k1, n1, k2, n2 = table
    found = (koopman if scale == "ratio" else newcombe)(k1, n1, k2, n2, level=level)
    assert found is not None
    value = (k1 * n2) / (k2 * n1) if scale == "ratio" else (k1 * n2 - k2 * n1) / (n1 * n2)
    return value, found.to_json()


def _table(row: Row) -> Table | None:
    """Counts of a row; None where there are none, or where nobody is at risk."""
    sides = [row[side][part] for side in ("group_rate", "comparator_rate") for part in ("k", "n")]
    if row["difference"] is None or None in sides:
        return None
    k1, n1, k2, n2 = sides
    if not all(type(each) is int for each in sides) or not (0 <= k1 <= n1 and 0 <= k2 <= n2) or not n1 or not n2:
        what = f"the counts of {row['metric']} are not counts of people"
        raise MetricError(Fault("baseline", what, "k of n in whole numbers", "Make it again", "E172"))
    return k1, n1, k2, n2


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(sorted(row["group"].items())), tuple(sorted(row["comparator"].items())), row["metric"]


def _named(row: Row) -> dict[str, Any]:
    return {key: row[key] for key in ("group", "comparator", "metric", "role")}


def _unequal(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Where two plans differ, with both values as text. A part that only one of them has is one difference."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _unequal(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    elif one != other and (one or other):
        yield path, _shown(one), _shown(other)


def _shown(value: Any) -> str:
    if value in (None, [], {}, ""):
        return "nothing"
    if isinstance(value, Mapping):
        return "declared"
    if isinstance(value, list):
        return ", ".join(" × ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    return str(value)
