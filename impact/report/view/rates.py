"""Rates by group, with their charts and comparisons.

In: the audit block of a cleaned record. Out: ``Rates``. Computes no statistic: every figure, interval and verdict is
the record's. An undefined value keeps its row and shows its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impact.report.charts.dots import Dot, dots
from impact.report.figures import count, interval, multiple, percent
from impact.report.model import Metric, Rates, Table
from impact.report.view.audit import DIRECTED, counted_of, level_of, limits_of, metric_name, why_none
from impact.report.view.parts import Numbering, capital, comparator_label, group_label, plural, signed_points
from impact.report.view.standing import standing
from impact.report.words import METHODS, VERDICTS, say

__all__ = ["make_rates"]

_DOTS_PER_CHART = 18
_STANDING: Mapping[str, str] = {
    "rows": "",
    "weights": (
        " Rows are weighted: every rate is a share of weight, and every interval that of the number of independent "
        "people whom the rows are worth (Kish). How the weights were made is not checked here."
    ),
    "people": (
        " Several rows can be one person: rates are shares of rows, and every interval allows for how alike the rows "
        "of one person are."
    ),
}


def make_rates(audit: Mapping[str, Any], number: Numbering) -> Rates:
    heading = number.section("rates", "Rates by group")
    tables = audit["tables"]
    unknown = {_key(row["group"]) for row in tables["groups"] if row.get("unknown")}
    labels = {_key(row["group"]): row["label"] for row in tables["groups"]}
    primary = list((audit["plan"].get("plan") or {}).get("primary") or ())
    present = list(dict.fromkeys(row["metric"] for row in tables["rates"]))
    order = [key for key in primary if key in present] + [key for key in present if key not in primary]
    return Rates(
        heading=heading,
        people=f"{count(audit['people'])} rows were counted; each is one {audit['unit']}.{_STANDING[standing(audit)]}",
        groups=number.table_or_none(
            "Who was counted",
            [("Characteristic", 30), ("Group", 30), ("Counted", 20, True), ("Share", 20, True)],
            [
                (_named(row["group"], audit), _name(row["group"], labels), count(row["n"]), percent(row["share"]))
                if row.get("n") is not None and row.get("share") is not None
                else (_named(row["group"], audit), _name(row["group"], labels), why_none("suppressed"), "")
                for row in tables["groups"]
            ],
        ),
        coverage=_coverage(tables.get("coverage") or [], labels, number),
        metrics=tuple(_metric(key, audit, labels, unknown, number, drawn=key in primary) for key in order),
    )


def _coverage(
    rows: Sequence[Mapping[str, Any]], labels: Mapping[tuple[tuple[str, str], ...], str], number: Numbering
) -> Table | None:
    names = {1: "yes", 0: "no", -1: "not known"}
    present = [decision for decision in names if any(row["decision"] == decision for row in rows)]
    found = {(_key(row["group"]), row["decision"]): row for row in rows}

    def known(group: tuple[tuple[str, str], ...], decision: int) -> str:
        row = found.get((group, decision))
        if row is None or row["n"] is None:
            return why_none("empty_cell" if row is None else "suppressed")
        return f"{percent(row['share'])} ({count(row['known'])} of {count(row['n'])})" if row["n"] else "nobody"

    width = {1: 60, 2: 35, 3: 20}.get(len(present), 20)
    return number.table_or_none(
        "For whom the outcome is known, by decision",
        [("Group", 30), *((f"Decision {names[decision]}", width, True) for decision in present)],
        [
            (_name(dict(group), labels), *(known(group, decision) for decision in present))
            for group in dict.fromkeys(_key(row["group"]) for row in rows)
        ],
    )


def _key(group: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in group.items()))


def _named(names: Iterable[str], audit: Mapping[str, Any]) -> str:
    """The characteristics as the plan calls them."""
    groups = audit["plan"].get("groups") or {}
    return " and ".join(str((groups.get(name) or {}).get("label") or name) for name in names)


def _name(group: Mapping[str, Any], labels: Mapping[tuple[tuple[str, str], ...], str]) -> str:
    return labels.get(_key(group)) or group_label(group)


def _metric(
    key: str,
    audit: Mapping[str, Any],
    labels: Mapping[tuple[tuple[str, str], ...], str],
    unknown: set[tuple[tuple[str, str], ...]],
    number: Numbering,
    *,
    drawn: bool,
) -> Metric:
    name = capital(metric_name(key, audit))
    rates = [row for row in audit["tables"]["rates"] if row["metric"] == key]
    everyone = next((row["value"] for row in rates if not row["group"]), None)
    reasons = {row.get("reason") for row in rates if row["value"] is None}
    compared = [row for row in audit["tables"]["disparities"] if row["metric"] == key]
    fewest = (audit["plan"].get("disclosure") or {}).get("min_cell", 0)
    if len(reasons) == 1 and all(row["value"] is None for row in rates):
        # The same reason thirty times over would bury the tables that say something.
        return Metric(
            anchor=f"rate-{key}",
            title=name,
            definition="",
            without_value=f"No group has a value, {plural(len(rates), 'row')} in all: {why_none(reasons.pop())}.",
            charts=(),
            table=None,
            comparisons=None,
        )
    by_group = [row for row in rates if row["group"]]
    hidden = {row.get("reason") for row in by_group if row["value"] is None}
    without = ""
    if by_group and len(hidden) == 1 and all(row["value"] is None for row in by_group):
        # Only everybody together has a value: one line says so, and nothing is drawn.
        without = f"No group has a value: {why_none(hidden.pop())}."
        rates, compared = [row for row in rates if not row["group"]], []
    charts = []
    for names in dict.fromkeys(tuple(row["group"]) for row in rates if row["group"]):
        members = [row for row in rates if tuple(row["group"]) == names]
        characteristic = _named(names, audit)
        parts = [members[at : at + _DOTS_PER_CHART] for at in range(0, len(members), _DOTS_PER_CHART)]
        for index, part in enumerate(parts if drawn else []):
            some = f", part {index + 1} of {len(parts)}" if len(parts) > 1 else ""
            charts.append(
                number.figure(
                    f"{name} by {characteristic}{some}. Dot: rate. Line: {level_of(audit)} interval. "
                    "Dashed line: everyone."
                    + (" Hollow square: group not known." if unknown & {_key(row["group"]) for row in part} else ""),
                    dots(
                        [
                            Dot(
                                label=_name(row["group"], labels),
                                value=row["value"],
                                low=row["ci"][0] if row.get("ci") else None,
                                high=row["ci"][1] if row.get("ci") else None,
                                reason=why_none(row.get("reason")),
                                hollow=_key(row["group"]) in unknown,
                            )
                            for row in part
                        ],
                        title=f"{name} by {characteristic}",
                        axis=f"Rate, with {level_of(audit)} interval",
                        everyone=everyone,
                        spell=percent,
                    ),
                )
            )
    methods = sorted({say(METHODS, row.get("method")) for row in rates if row.get("method")})
    table = number.table(
        name,
        [("Characteristic", 15), ("Group", 20), ("People", 20, True), ("Rate", 25, True), ("Interval", 20, True)],
        [
            (
                _named(row["group"], audit) or "–",
                _name(row["group"], labels),
                counted_of(row),
                percent(row["value"]) if row["value"] is not None else why_none(row.get("reason")),
                interval(row["ci"], percent) if row.get("ci") else _no_interval(row),
            )
            for row in rates
        ],
        note=f"{level_of(audit)} intervals: {', '.join(methods)}." if methods else "",
    )
    comparisons = number.table_or_none(
        f"{name}: comparisons",
        [
            ("Group", 20),
            ("Compared with", 15),
            ("Difference in points", 20, True),
            ("Ratio", 20, True),
            ("Verdict", 25),
        ],
        [
            (
                _name(row["group"], labels),
                comparator_label(row["comparator"]),
                _estimate(row.get("difference"), signed_points, row.get("reason")),
                _estimate(row.get("ratio"), multiple, row.get("reason")),
                _verdict(row, fewest),
            )
            for row in compared
        ],
        note="Each verdict follows from the interval by the rules in the method annex." + _levels_note(compared),
    )
    definition = next(
        (
            f["metric"]["definition"]
            for f in audit["findings"]
            if f["metric"]["key"] == key and f["metric"].get("definition")
        ),
        "",
    )
    return Metric(
        anchor=f"rate-{key}",
        title=name,
        definition=definition,
        without_value=without,
        charts=tuple(charts),
        table=table,
        comparisons=comparisons,
    )


def _no_interval(row: Mapping[str, Any]) -> str:
    """A rate without an interval says why; without a rate the reason stands there already."""
    return why_none(row["reason"]) if row["value"] is not None and row.get("reason") else "–"


def _levels_note(compared: Sequence[Mapping[str, Any]]) -> str:
    levels = sorted({row["ratio"]["level"] for row in compared if row.get("ratio") and row["ratio"].get("level")})
    return f" Level of each interval: {' or '.join(percent(level) for level in levels)}." if levels else ""


def _estimate(part: Mapping[str, Any] | None, spell: Any, reason: str | None) -> str:
    if not part or part.get("value") is None:
        return why_none((part or {}).get("reason") or reason)
    return f"{spell(part['value'])} ({limits_of(part, spell)})"


def _verdict(row: Mapping[str, Any], fewest: int) -> str:
    """Verdict, direction and finding. What rests on fewer people than may be published is no finding, and says so.

    >>> _verdict({"verdict": "disparity_shown", "role": "exploratory", "group_rate": {"n": 1}}, 10)
    'Disparity shown (exploratory); no finding, because there are fewer than 10 on one side'
    """
    text = say(VERDICTS, row["verdict"])
    if row.get("direction") and row["verdict"] in DIRECTED:
        text += f", {row['direction']} for the group"
    if row.get("role") == "exploratory":
        text += " (exploratory)"
        sizes = [(row.get(side) or {}).get("n") for side in ("group_rate", "comparator_rate")]
        if row["verdict"] in DIRECTED and any(n is not None and n < fewest for n in sizes):
            text += f"; no finding, because there are fewer than {fewest} on one side"
    return f"{text}; {row['finding']}" if row.get("finding") else text
