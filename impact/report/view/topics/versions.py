"""Versions of the scorer: the primary rates under each, and what changed from one to the next, on two scales.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import interval
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import MISSING, Numbering, capital, signed_points
from impact.report.view.topics.parts import group_name
from impact.report.view.topics.periods import full_share, gap, notes

__all__ = ["in_words", "make_versions"]

_GROUPS = 40  # rows of one table: the others stand in the table files
Row = Mapping[str, Any]


def make_versions(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no version."""
    tables = audit["tables"]
    said = notes(audit, "version")
    if not tables.get("versions") and not said:
        return None
    heading = number.section("versions", "By version of the scorer")
    paragraphs = [
        "The metrics that the plan declares as primary, under each version of the scorer, and the change from one "
        "version to the next: in each group, among all others, and the difference of the two changes. That difference "
        "is given in points and as log-odds. Both are right, and they can point in different directions: from 1% to 2% "
        "is one point and about twice the odds; from 50% to 60% is ten points and one and a half times the odds.",
        "What this does not show: that the version changed anything. Seasons, a change of policy at the same date and "
        "other people in the pool look alike here. All of it is exploratory, and each interval stands alone.",
        *said,
        *_nothing(audit),
    ]
    return Topic(heading=heading, paragraphs=tuple(paragraphs), tables=tuple(_tables(audit, number)))


def _nothing(audit: Mapping[str, Any]) -> Iterator[str]:
    """One line for a comparison that no group has: the same reason ten times over would bury the others."""
    for (metric, one, two), rows in _pairs(audit):
        reason = _only_reason(rows)
        if reason:
            yield f"{capital(metric_name(metric, audit))}, from version {one} to version {two}: {why_none(reason)}."


def _only_reason(rows: Sequence[Row]) -> str | None:
    """The reason that all rows share."""
    reasons = {row["reason"] for row in rows}
    return str(reasons.pop()) if len(reasons) == 1 and None not in reasons else None


def _pairs(audit: Mapping[str, Any]) -> list[tuple[tuple[str, str, str], list[Row]]]:
    held: dict[tuple[str, str, str], list[Row]] = {}
    for row in audit["tables"].get("version_changes") or []:
        held.setdefault((row["metric"], row["from"], row["to"]), []).append(row)
    return list(held.items())


def _tables(audit: Mapping[str, Any], number: Numbering) -> Iterator[Table]:
    tables = audit["tables"]
    for metric in dict.fromkeys(row["metric"] for row in tables.get("versions") or []):
        name = capital(metric_name(metric, audit))
        rows = [row for row in tables["versions"] if row["metric"] == metric]
        yield number.table(
            f"{name}, by version",
            [("Group", 20), ("Version", 15), ("Rate", 30, True), ("Points from all others, and ratio", 35, True)],
            [(group_name(row), _version(row["version"]), full_share(row), gap(row)) for row in rows[: _GROUPS * 2]],
            note=_more(rows, _GROUPS * 2),
        )
        for (changed, one, two), part in _pairs(audit):
            if changed != metric or _only_reason(part):
                continue
            yield number.table(
                f"{name}: from version {one} to version {two}",
                [
                    ("Group", 15),
                    ("Change here, points", 15, True),
                    ("Change among all others", 20, True),
                    ("Difference of the changes: points; log-odds", 25, True),
                    ("In words", 25),
                ],
                [
                    (group_name(row), _points(row["change"]), _points(row["change_others"]), *_both(row))
                    for row in part[:_GROUPS]
                ],
                note=_ORDER[part[0]["order_from"]] + _more(part, _GROUPS),
            )


_ORDER = {
    "plan": "Which version came first: as the plan declares. ",
    "dates": "Which version came first: as the dates show. ",
    "names": "Which version came first is not known: the order is that of the names. ",
}


def _more(rows: Sequence[Row], most: int) -> str:
    return f"The first {most} of {len(rows)} rows; all stand in tables/versions.csv and the record." * (
        len(rows) > most
    )


def _version(name: str) -> str:
    return "not known" if name == MISSING else name


def _points(part: Row | None) -> str:
    if part is None:
        return "–"
    return f"{signed_points(part['value'])} ({interval(part['ci'], signed_points)})"


def _both(row: Row) -> tuple[str, str]:
    if row["points"] is None:
        return "–", why_none(row["reason"]) if row["reason"] else "–"
    odds = row["log_odds"]
    limits = interval(odds["ci"], _signed)
    return f"{_points(row['points'])}; {_signed(odds['value'])} ({limits})", in_words(row)


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.2f}"


def in_words(row: Row) -> str:
    """What the two scales say together.

    >>> part = {"points": {"value": -0.09, "ci": [-0.13, -0.05]}, "log_odds": {"value": 0.3, "ci": [-0.5, 1.1]}}
    >>> print(in_words(part).replace(": ", ":\\n"))
    The scales disagree:
    the change here lies below that among the others by points, above by odds. By odds it may be chance.
    """
    points, odds = row["points"], row["log_odds"]
    one, two = points["value"], odds["value"]
    if one == 0 or two == 0:
        text = "No difference in points." if one == 0 else "No difference in odds."
    elif (one > 0) == (two > 0):
        text = f"The change here lies {'above' if one > 0 else 'below'} that among the others, on both scales."
    else:
        text = "The scales disagree: the change here lies "
        text += (
            "above that among the others by points, below by odds."
            if one > 0
            else ("below that among the others by points, above by odds.")
        )
    chance = [name for name, part in (("points", points), ("odds", odds)) if part["ci"][0] <= 0 <= part["ci"][1]]
    if len(chance) == 2:
        return f"{text} Both may be chance."
    return f"{text} By {chance[0]} it may be chance." if chance else text
