"""What stands beside the rates of an audit: bounds, alerts with their denominators, and the second opinion.

In: the audit block of a cleaned record. Out: the model parts of these sections. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count, interval, one_in, percent
from impact.report.model import Bounds, Identification, SecondOpinion
from impact.report.view.audit import counted_of, metric_name, why_none
from impact.report.view.parts import Numbering, group_label

__all__ = ["make_bounds", "make_identification", "make_second_opinion"]


def make_bounds(audit: Mapping[str, Any], number: Numbering) -> Bounds | None:
    rows = audit["tables"].get("bounds") or []
    if not rows:
        return None
    heading = number.section("bounds", "What the data do not identify")
    return Bounds(
        heading=heading,
        table=number.table(
            "Bounds: the lowest and highest value that the data allow",
            [
                ("Group", 20),
                ("Rate", 25),
                ("Lowest", 10, True),
                ("Highest", 10, True),
                ("Unknown", 15, True),
                ("Why", 20),
            ],
            [
                (
                    group_label(row["group"]),
                    metric_name(row["metric"], audit),
                    percent(row["low"]) if row["low"] is not None else "–",
                    percent(row["high"]) if row["high"] is not None else "–",
                    count(row["unknown"]) if row.get("unknown") is not None else "–",
                    why_none(row.get("reason")),
                )
                for row in rows
            ],
            note="“Unknown” counts the people whose outcome is not known.",
        ),
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
                    f"{found['max_abs_diff']:.1e}" if found.get("max_abs_diff") else _exact(found),
                )
                for name, found in libraries
            ],
            note=f"Tolerance: {opinion['tolerance']:.0e}." if opinion.get("tolerance") else "",
        ),
        not_compared=number.table_or_none(
            "Figures that the library cannot give",
            [("Library", 20), ("Group", 30), ("Rate", 20), ("Why", 30)],
            [
                (
                    name,
                    group_label(row.get("group") or {}),
                    metric_name(row["metric"], audit),
                    why_none(row.get("reason")),
                )
                for name, found in libraries
                for row in found.get("not_compared") or []
            ],
        ),
    )


def _exact(found: Mapping[str, Any]) -> str:
    return "none: equal to the last digit" if found.get("max_abs_diff") == 0 else "nothing to compare"
