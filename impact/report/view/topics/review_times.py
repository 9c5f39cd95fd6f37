"""How long reviews took: quartiles, times below the floor, typical times and their ratios, and the curve.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.charts.times import Shares, over_time
from impact.report.figures import count, duration, multiple, percent
from impact.report.model import Figure, Topic
from impact.report.view.parts import Numbering, sentence
from impact.report.view.topics.review import made_of, named, share_of
from impact.report.view.topics.reviewers import reviewer_sentence

__all__ = ["make_review_times"]

_MOST_ROWS = 30
_DECISION = {None: "all", 1: "yes", 0: "no"}


def make_review_times(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no review times."""
    tables = audit["tables"]
    rows = tables.get("review_times")
    if not rows:
        return None
    heading = number.section("review-times", "How long reviews took")
    every = rows
    if any(row["n"] == rows[0]["n"] for row in rows[1:] if not row["group"]):
        every = rows = [row for row in rows if row["decision"] is None]  # one decision is all that was reviewed
    if len(rows) > _MOST_ROWS:
        rows = [row for row in rows if row["decision"] is None or not row["group"]]
    short = "" if rows is every else " By decision for each group: table review_times of findings.json."
    plan = audit["plan"]["columns"].get("review_seconds") or {}
    floor = plan.get("floor")
    below = number.table_or_none(
        "Reviews shorter than the declared floor",
        [("Group", 35), ("Decision of the machine", 20), ("Shorter than the floor", 45, True)],
        [
            (named(row, audit), _DECISION[row["decision"]], share_of(row["below_floor"]))
            for row in rows
            if row["below_floor"]
        ],
        note=short.strip(),
    )
    quartiles = number.table(
        "Quartiles of review times, by group and by the machine’s decision",
        [
            ("Group", 20),
            ("Machine", 10),
            ("Reviews", 10, True),
            ("A quarter took less than", 20, True),
            ("Half took less than (median)", 20, True),
            ("Three quarters took less than", 20, True),
        ],
        [
            (
                named(row, audit),
                _DECISION[row["decision"]],
                count(row["n"]),
                *(_between(row["quartiles"][name]) for name in ("q1", "median", "q3")),
            )
            for row in rows
        ],
        note="Times were counted in bins (1 second wide up to a minute, 5 seconds up to ten minutes, then a minute), "
        "so "
        "each quartile lies between the two times given.",
    )
    typical = number.table(
        "Typical (geometric mean) time, and its ratio to that of people who do not share the characteristic",
        [("Group", 25), ("Machine", 10), ("Typical time", 35, True), ("Ratio to the others", 30, True)],
        [
            (
                named(row, audit),
                _DECISION[row["decision"]],
                made_of(row["typical"], duration),
                made_of(row["ratio"], multiple) if row["ratio"] else "–",
            )
            for row in rows
        ],
        note="Below 1, cases of the group are looked at for less time. None of these comparisons was declared "
        "beforehand: "
        "of many, some leave out no difference by chance alone.",
    )
    return Topic(
        heading=heading,
        paragraphs=_paragraphs(audit, rows, plan, floor),
        figures=tuple(_figure(tables, tables["review_times"], floor, number)),
        tables=tuple(table for table in (below, quartiles, typical) if table),
    )


def _paragraphs(
    audit: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    plan: Mapping[str, Any],
    floor: Mapping[str, Any] | None,
) -> tuple[str, ...]:
    capped = rows[0]["capped"]
    found = [
        f"The time of {count(rows[0]['n'])} reviews is known and above 0. A time is what a system recorded between "
        "opening "
        "and closing a case: a case left open is not a case looked at, and some reading happens elsewhere.",
        f"Times above {duration(plan.get('cap', 7200))} count as that; {count(capped['k'])} reviews "
        f"({percent(capped['value'])}) took {duration(capped['from'])} or longer."
        if capped["value"] is not None
        else "",
        f"The plan declares {duration(floor['seconds'])} as the shortest time in which a case can be read: "
        + sentence(floor["reason"])
        if floor
        else "The plan declares no shortest time in which a case can be read.",
        reviewer_sentence(audit),
    ]
    return tuple(part for part in found if part)


def _between(part: Mapping[str, Any]) -> str:
    if part["from"] is None:
        return "–"
    low, high = duration(part["from"]), duration(part["to"])
    if low.endswith(" s") and high.endswith(" s") and "min" not in low + high:
        low = low.removesuffix(" s")
    return f"{low} to {high}"


def _figure(
    tables: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], floor: Mapping[str, Any] | None, number: Numbering
) -> list[Figure]:
    points = tables["review_curve"]
    everybody = {row["decision"]: row for row in rows if not row["group"]}
    lines: list[Shares] = []
    told: list[str] = []
    for side, decision, label, dash in (
        ("_yes", 1, "machine said yes", ""),
        ("_no", 0, "machine said no", "6 4"),
        ("", None, "all reviews", ""),
    ):
        if decision is None and lines:
            continue  # the two lines say more than their sum
        found = [(row["below"], row[f"share{side}"]) for row in points if row[f"share{side}"] is not None]
        if found and decision in everybody:
            lines.append(Shares(label=label, points=found, dash=dash))
            row = everybody[decision]
            words = f"{label}, {count(row['n'])} reviews, median {_between(row['quartiles']['median'])}"
            told.append(words + (f", below the floor {share_of(row['below_floor'])}" if row["below_floor"] else ""))
    if not lines:
        return []
    title = "Share of reviews that took less than so long"
    drawing = over_time(
        lines,
        title=title,
        axis="Time of the review (each step to the right multiplies it)",
        floor=floor["seconds"] if floor else None,
        spell=duration,
        told="; ".join(told) + ".",
    )
    return [number.figure(f"{title}." + (" Dotted upright line: the declared floor." if floor else ""), drawing)]
