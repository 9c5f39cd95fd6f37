"""The tables of a version: rates and disparities under each version of the scorer, and one version after another.

In: a plan that maps ``columns.version``, the groups of its audit and the aggregate ``periods``. Out: plain rows for
``tables.versions``, ``version_changes`` and ``period_notes``. Names are no order: what came first is what the plan
declares, or what the dates show, or it is said that nobody knows. A pure function of counts. Personal data: none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

from impact.metrics.analysis.levels import EVERYBODY, group_json, group_label
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.slices import FEW, Entry, entries, left_out, metrics_of, rows, slices
from impact.metrics.plans.plan_columns import MAX_VERSIONS
from impact.metrics.statistics.drift import before_after
from impact.metrics.statistics.intervals import newcombe_limits
from impact.metrics.statistics.measure import Measure
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING
from impact.metrics.words import plural

__all__ = ["version_tables"]

MAX_ROWS = 12_000  # groups × metrics × versions


def version_tables(inputs: Inputs, table: Aggregate) -> dict[str, list[dict[str, Any]]]:
    """Rows by version, for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit.
        table: The aggregate ``periods``, with ``version`` among its keys.

    Returns:
        ``versions``: rates and disparities under each version. ``version_changes``: from each version to the next, the
        change in the group and among the others and the difference of the two, as points and as log-odds.
        ``period_notes``: what could not be said, and why.

    Raises:
        MetricError: D91 when the counts by version are not those of the audit.
    """
    held = slices(inputs, table, "version")
    seen = [str(key) for key in held.keys if key != MISSING]
    declared = list(inputs.plan.columns.version.order) if inputs.plan.columns.version else []
    names = [*declared, *(each for each in seen if each not in declared)]
    notes = list(_notes(inputs, held.everybody.get(MISSING), seen, declared))
    if len(names) > MAX_VERSIONS or not names:
        text = f"{len(names):,} versions are too many to show, the most is {MAX_VERSIONS}." if names else _NONE
        return {"period_notes": [*notes, _note("too_many_levels" if names else "empty_cell", text)]}
    groups = sum(1 for _ in held.groups())
    if groups * len(names) * len(metrics_of(inputs)) > MAX_ROWS:
        text = f"{groups:,} groups by {len(names)} versions are too many to show: only everybody is shown by version."
        notes.append(_note("too_many_levels", text))
        held = type(held)(held.keys, held.everybody, (), held.hidden)
    ordered, source, why = _order(table, seen, declared)
    notes += [_note("no_order", why)] if why else []
    keys = [*names, *([MISSING] if MISSING in held.keys else [])]
    series = list(entries(inputs, held, keys))
    level = 1 - inputs.plan.rules.alpha
    none: list[str | None] = [None] * sum(map(len, series))
    plain = rows(list(chain(*series)), none, level=level)
    named = [key for _ in series for key in keys]
    return {
        "versions": [{"version": key, **row} for key, row in zip(named, plain, strict=True)],
        "version_changes": [each for part in series for each in _changes(part, ordered, source, series, level)],
        "period_notes": notes,
    }


_NONE = "No version is known, so nothing can be shown by version."


def _note(code: str, text: str) -> dict[str, Any]:
    return {"about": "version", "reason": code, "text": text}


def _notes(inputs: Inputs, missing: Any, seen: Sequence[str], declared: Sequence[str]) -> Iterator[dict[str, Any]]:
    unit = plural(inputs.plan.unit.row)
    if missing:
        yield _note(
            "no_version", f"The version is not known for {missing.n:,} {unit}: they are in no comparison of two."
        )
    if len(seen) == 1:
        yield _note("one_period", f"Only one version ({_quoted(seen)}) decided: there is nothing to compare it with.")
    others = [each for each in seen if declared and each not in declared]
    if others:
        yield _note("not_in_order", f"{_quoted(others)}: not in the declared order of versions, so in no comparison.")
    unused = [each for each in declared if each not in seen]
    if unused:
        yield _note(
            "empty_cell", f"{_quoted(unused)}: in the declared order of versions, and nobody was decided by it."
        )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{group_label((('version', name),))}”" for name in names)


def _order(table: Aggregate, seen: Sequence[str], declared: Sequence[str]) -> tuple[list[str], str, str]:
    """Versions in order of time, where that comes from, and why there is none."""
    if declared:
        return [each for each in declared if each in seen], "plan", ""
    if len(seen) > 2:
        text = f"{len(seen)} versions without an order: “columns.version.order” in the plan says which came first."
        return [], "", f"{text} They are shown beside each other and not one after another."
    if len(seen) < 2:
        return [], "", ""
    if "period" in table.keys:
        periods = [
            [code for code in set(table.keys["period"][table.keys["version"] == each].tolist()) if code >= 0]
            for each in seen
        ]
        if all(periods):
            (a, b), (c, d) = ((min(each), max(each)) for each in periods)
            if (a, b) != (c, d) and a <= c and b <= d:
                return list(seen), "dates", ""
            if (a, b) != (c, d) and c <= a and d <= b:
                return [seen[1], seen[0]], "dates", ""
    text = f"Neither plan nor dates say whether {_quoted(seen[:1])} or {_quoted(seen[1:])} came first: the difference "
    return list(seen), "names", text + "is taken in the order of their names, and its sign means no more than that."


def _changes(
    part: Sequence[Entry], ordered: Sequence[str], source: str, series: Sequence[Sequence[Entry]], level: float
) -> Iterator[dict[str, Any]]:
    by_key = {each.key: each for each in part}
    everybody = {
        each.key: each for other in series if other[0].group == EVERYBODY for each in other
        if each.metric == part[0].metric
    }  # fmt: skip
    for earlier, later in pairwise(ordered):
        one, two = by_key[earlier], by_key[later]
        aside = left_out([everybody[key].known for key in (earlier, later)])
        own = left_out([one.known, two.known], least=FEW)
        why = one.reason or two.reason or ("coverage_differs" if any((*aside, *own)) else None)
        row: dict[str, Any] = {
            "metric": one.metric,
            "group": group_json(one.group),
            "from": earlier,
            "to": later,
            "order_from": source,
            "change": None,
            "change_others": None,
            "points": None,
            "log_odds": None,
            "same_sign": None,
            "reason": why,
            "role": "exploratory",
        }
        if why is None:
            k, n = [one.k or 0, two.k or 0], [one.n or 0, two.n or 0]
            if one.others is not None and two.others is not None and one.alone is None and two.alone is None:
                compared = before_after(
                    [k, [one.others[0], two.others[0]]], [n, [one.others[1], two.others[1]]], level=level
                )
                row["change"] = compared.change_group.to_json()
                row["change_others"] = compared.change_reference.to_json()
                row["points"], row["log_odds"] = compared.points.to_json(), compared.log_odds.to_json()
                row["same_sign"] = compared.same_sign
            else:
                low, high = newcombe_limits(k[1], n[1], k[0], n[0], level=level)
                change = Measure(k[1] / n[1] - k[0] / n[0], float(low), float(high), level, "newcombe")
                row["change"] = change.to_json()
        yield row
