"""What stands beside the rates of an audit: bounds, alerts with their denominators, and the second opinion.

In: the audit block of a cleaned record. Out: the model parts of these sections. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from impact.report.figures import count, interval, one_in, percent
from impact.report.model import Bounds, Identification, SecondOpinion, Table
from impact.report.view.audit import counted_of, metric_name, why_none
from impact.report.view.parts import Numbering, capital, group_label, joined, plural, sentence

__all__ = ["make_bounds", "make_identification", "make_second_opinion"]


def make_bounds(audit: Mapping[str, Any], number: Numbering) -> Bounds | None:
    rows = audit["tables"].get("bounds") or []
    if not rows:
        return None
    heading = number.section("bounds", "What the data do not identify")
    # Rates that miss the same people stand side by side, so that one column can say how many.
    alike: dict[tuple[Any, ...], list[str]] = {}
    for metric in dict.fromkeys(row["metric"] for row in rows):
        missed = tuple((tuple(r["group"].items()), r.get("unknown")) for r in rows if r["metric"] == metric)
        alike.setdefault(missed, []).append(metric)
    free = [metric for metrics in alike.values() for metric in metrics if _says_nothing(rows, metric)]
    told = [[metric for metric in metrics if metric not in free] for metrics in alike.values()]
    tables = [
        _bounds_table(metrics[at : at + _METRICS_ABREAST], rows, audit, number)
        for metrics in told
        for at in range(0, len(metrics), _METRICS_ABREAST)
    ]
    why = [sentence(capital(reason)) for reason in dict.fromkeys(why_none(row.get("reason")) for row in rows)]
    if free:
        names = joined([metric_name(metric, audit) for metric in free])
        why.append(f"Nothing is fixed (0% to 100%), in any group, of: {names}. No table of that follows.")
    return Bounds(heading=heading, why=tuple(why), tables=tuple(tables))


def _says_nothing(rows: Sequence[Mapping[str, Any]], metric: str) -> bool:
    """Whether a rate may have any value in every group, so that a table of it would have nothing to tell."""
    return all((row["low"], row["high"]) == (0, 1) for row in rows if row["metric"] == metric)


_METRICS_ABREAST = 3


def _bounds_table(
    metrics: Sequence[str], rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering
) -> Table:
    groups = {tuple(row["group"].items()): group_label(row["group"]) for row in rows if row["metric"] in metrics}
    found = {(tuple(row["group"].items()), row["metric"]): row for row in rows}

    def bounds(group: tuple[tuple[str, Any], ...], metric: str) -> str:
        row = found.get((group, metric))
        if row is None:
            return "identified"
        if row["low"] is None or row["high"] is None:
            return why_none(row.get("reason"))
        return f"{percent(row['low'])} to {percent(row['high'])}"

    def unknown(group: tuple[tuple[str, Any], ...]) -> str:
        numbers = {row["unknown"] for (at, metric), row in found.items() if at == group and metric in metrics}
        return ", ".join(count(each) for each in sorted(n for n in numbers if n is not None))

    return number.table(
        "Bounds: the lowest and highest value that the data allow",
        [
            ("Group", 20),
            ("Outcome unknown", 20, True),
            *((capital(metric_name(metric, audit)), 20, True) for metric in metrics),
        ],
        [(label, unknown(group), *(bounds(group, metric) for metric in metrics)) for group, label in groups.items()],
        note="“Outcome unknown” counts the people whose outcome the data do not hold.",
    )


def make_identification(audit: Mapping[str, Any], number: Numbering) -> Identification | None:
    sheet = audit["tables"].get("identification")
    if not sheet:
        return None
    heading = number.section("identification", "Alerts and their denominators")
    plan = audit["plan"].get("identification") or {}
    even = sheet.get("break_even")
    return Identification(
        heading=heading,
        exposure=plan.get("exposure") or "",
        quantities=number.table(
            "Denominators",
            [("Quantity", 25), ("Counted", 15, True), ("Share", 20, True), ("Interval", 20, True), ("That is", 20)],
            [
                (
                    row["label"],
                    counted_of(row),
                    percent(row["value"]) if row.get("value") is not None else why_none(row.get("reason")),
                    interval(row["ci"], percent) if row.get("ci") else "–",
                    _one_in(row),
                )
                for row in sheet["quantities"]
            ],
        ),
        shares=number.table_or_none(
            "Shares by group",
            [("Group", 35), ("Counted", 25, True), ("Share", 15, True), ("Interval", 25, True)],
            [
                (
                    row.get("label") or group_label(row["group"]),
                    counted_of(row),
                    percent(row["value"]) if row.get("value") is not None else why_none(row.get("reason")),
                    interval(row["ci"], percent) if row.get("ci") else "–",
                )
                for row in sheet.get("shares") or []
            ],
        ),
        break_even=even["sentence"] if even else "",
        not_identified=tuple(sheet.get("not_identified") or ()),
    )


def _one_in(row: Mapping[str, Any]) -> str:
    if row.get("one_in") is None or row.get("value") is None:
        return ""
    text = one_in(row["value"])
    ends = [end for end in (row.get("ci") or ()) if end]
    if row["value"] == 0 and ends:
        return f"none seen; at most {one_in(max(ends))}"
    if len(ends) == 2:
        text += f" ({one_in(max(ends))} to {one_in(min(ends)).removeprefix('1 in ')})"
    return text


_OPINION = {
    "agrees": "fairlearn and aif360 recomputed the figures from the same counts and agree within the tolerance.",
    "disagrees": "fairlearn or aif360 computed another figure from the same counts. These figures should not be used.",
    "skipped": "The second opinion was left out when this document was made. No other program has recomputed the "
    "figures.",
}


def make_second_opinion(audit: Mapping[str, Any], number: Numbering) -> SecondOpinion | None:
    opinion = audit.get("second_opinion")
    if not opinion:
        return None
    heading = number.section("second-opinion", "Second opinion")
    libraries = [(name, opinion[name]) for name in ("fairlearn", "aif360") if opinion.get(name)]
    return SecondOpinion(
        heading=heading,
        status=_OPINION.get(opinion["status"], opinion["status"]),
        table=number.table_or_none(
            "Figures that were compared",
            [("Library", 25), ("Version", 25), ("Figures compared", 25, True), ("Largest difference", 25, True)],
            [
                (
                    name,
                    found["version"],
                    count(found["compared"]),
                    _plain(found["max_abs_diff"]) if found.get("max_abs_diff") else _exact(found),
                )
                for name, found in libraries
            ],
            note=f"Figures agree where they differ by no more than {_plain(opinion['tolerance'])}."
            if opinion.get("tolerance")
            else "",
        ),
        not_compared=number.table_or_none(
            "Figures that the library cannot give",
            [("Library", 15), ("Rate", 35), ("Groups", 25), ("Why", 25)],
            _not_compared(libraries, audit),
        ),
    )


def _plain(value: float) -> str:
    """A small number without an exponent, to two significant digits.

    >>> _plain(1e-09), _plain(2.22e-16), _plain(0.5)
    ('0.000000001', '0.00000000000000022', '0.5')
    """
    return f"{Decimal(f'{value:.2g}'):f}"


_GROUPS_NAMED = 4


def _not_compared(
    libraries: Sequence[tuple[str, Mapping[str, Any]]], audit: Mapping[str, Any]
) -> list[tuple[str, str, str, str]]:
    """One row for all rates that one library cannot give for the same groups and reason; few groups by name."""
    groups_of: dict[tuple[str, str, str], list[str]] = {}
    for name, found in libraries:
        for row in found.get("not_compared") or []:
            key = (name, metric_name(row["metric"], audit), why_none(row.get("reason")))
            groups_of.setdefault(key, []).append(group_label(row.get("group") or {}))
    rates_of: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for (name, metric, why), groups in groups_of.items():
        rates_of.setdefault((name, tuple(groups), why), []).append(metric)
    return [
        (name, "; ".join(rates), joined(groups) if len(groups) <= _GROUPS_NAMED else plural(len(groups), "group"), why)
        for (name, groups, why), rates in rates_of.items()
    ]


def _exact(found: Mapping[str, Any]) -> str:
    return "none: equal to the last digit" if found.get("max_abs_diff") == 0 else "nothing to compare"
