"""Levels that come from adding points: the section, the lines of the cover, and what to bear in mind.

In: a cleaned record. Out: a ``Topic``, headlines and sentences. Adds nothing up: every figure is the record's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import percent
from impact.report.model import Headline, Topic
from impact.report.view.parts import Numbering, joined, plural
from impact.report.view.withheld import bar_of

__all__ = ["make_points", "points_cautions", "points_lines"]

_TOTALS = {"raw": "Raw score", "mitigation": "Mitigation"}


def points_lines(record: Mapping[str, Any]) -> list[Headline]:
    """The level for the box on the cover; nothing for a questionnaire of another method."""
    points = record.get("points")
    if not points:
        return _withheld_lines(record)
    done, live = points["completed"], points["live"]
    lines = [
        Headline(
            label="Level",
            main=done["label"] or "None",
            detail=f"{_number(done['total'])} of {_number(points['most']['raw'])} points"
            + (", after the reduction for mitigation" if done["reduced"] else "")
            + "; questions that are shown",
            mark="strong",
        ),
        Headline(label="Mitigation", main=_number(done["mitigation"]), detail=_needed(points), mark="plain"),
        Headline(
            label="Open",
            main=plural(len(points["open"]), "question"),
            detail="scored questions that are shown and not answered; each adds 0 points",
            mark="plain",
        ),
    ]
    if live["label"] != done["label"]:
        detail = "counting hidden answers too, as the source does while its form is open"
        lines.insert(1, Headline(label="Live level", main=live["label"] or "None", detail=detail, mark="plain"))
    return lines


def _withheld_lines(record: Mapping[str, Any]) -> list[Headline]:
    """Of a public version without the points: the level, where it stays."""
    if not bar_of(record, "points/rest"):
        return []
    level = (record.get("points_level") or {}).get("completed") or {}
    detail = "a sum of points, computed from the full record; the points are withheld"
    return [Headline(label="Level", main=level.get("label") or "Withheld", detail=detail, mark="strong")]


def points_cautions(record: Mapping[str, Any]) -> list[str]:
    """Sentences that must stand beside such a level."""
    points = record.get("points")
    if not points:
        return []
    found = [
        points["notice"],
        "The level is a sum of points: a severe answer can be outweighed by many mild ones, and safeguards count as "
        "they are stated. It is none of this toolkit’s own levels, and there are no hard stops.",
    ]
    if points["open"]:
        found.append(
            f"{plural(len(points['open']), 'scored question')} without an answer add 0 points each, so that what is "
            "not said lowers the score."
        )
    return found


def make_points(record: Mapping[str, Any], number: Numbering) -> tuple[Topic, ...]:
    points = record.get("points")
    if not points:
        return ()
    heading = number.section("points", "Level by points")
    paragraphs = [
        points["notice"],
        f"Every choice has points; they are added up. The method follows {points['follows']}.",
        *_reduced(points),
        "“Completed” counts the questions that are shown, and is the level of this document. “Live” counts answers to "
        "hidden questions too, as the source does while its form is open.",
    ]
    if points["dropped"]:
        paragraphs.append(f"Hidden answers, which only the live figure counts: {joined(points['dropped'])}.")
    if points["open"]:
        paragraphs.append(
            f"Shown, scored and not answered, so each adds 0 points: {joined(points['open'])}. With answers the score "
            "could be higher."
        )
    most = points["most"]
    levels = number.table(
        "The level, and how it comes about",
        [
            ("Figure", 20),
            ("Raw points", 15, True),
            ("Mitigation points", 20, True),
            ("Total", 15, True),
            ("Of the most", 15, True),
            ("Level", 15),
        ],
        [
            (
                what,
                _number(one["raw"]),
                _number(one["mitigation"]),
                _number(one["total"]),
                percent(one["total"] / most["raw"]) if most["raw"] else "–",
                one["label"] or "none",
            )
            for what, one in (("Completed", points["completed"]), ("Live", points["live"]))
        ],
        note=f"The most is {_number(most['raw'])} raw and {_number(most['mitigation'])} mitigation points, over all "
        f"questions. {_bands(points)}",
    )
    sections = number.table_or_none(
        "Points by section, questions that are shown",
        [("Section", 50), ("Counts towards", 20), ("Points", 15, True), ("Most", 15, True)],
        [
            (_titled(one, points["sections"]), _TOTALS[one["scores"]], _number(one["points"]), _number(one["most"]))
            for one in points["sections"]
        ],
    )
    tables = (levels, sections) if sections else (levels,)
    return (Topic(heading=heading, paragraphs=tuple(paragraphs), tables=tables),)


def _titled(one: Mapping[str, Any], sections: Sequence[Mapping[str, Any]]) -> str:
    """The title, with the id where another section has the same."""
    twice = sum(other["title"].lower() == one["title"].lower() for other in sections) > 1
    return f"{one['title']} ({one['id']})" if twice else str(one["title"])


def _reduced(points: Mapping[str, Any]) -> list[str]:
    cut = points["reduction"]
    if not cut:
        return []
    done = "It is reached here." if points["completed"]["reduced"] else "It is not reached here."
    return [
        f"Where mitigation earns at least {percent(cut['from_share'])} of the most that one phase can earn, the raw "
        f"points are cut by {percent(cut['share'])} and rounded, halves up. {done}"
    ]


def _needed(points: Mapping[str, Any]) -> str:
    cut = points["reduction"]
    if not cut:
        return "points"
    needed = cut["from_share"] * points["most"]["mitigation"] / cut["phases"]
    return f"points; at least {needed:.4g} take {percent(cut['share'])} off the raw score"


def _bands(points: Mapping[str, Any]) -> str:
    ends = [f"{band['label']} up to {_number(band['le'])}%" for band in points["bands"] if "le" in band]
    last = [band["label"] for band in points["bands"] if "le" not in band and "lt" not in band]
    return (
        f"Levels by share of the most raw points: {joined([*ends, *(f'{one} above' for one in last)])}." if ends else ""
    )


def _number(value: float) -> str:
    return f"{value:,.10g}"
