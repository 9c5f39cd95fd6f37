"""Subgroup search: the part of the people that stands out most, and how often chance alone gives as much.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count, percent
from impact.report.model import Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import MISSING, Numbering, capital, joined
from impact.report.view.topics.parts import p_value, plain_counts

__all__ = ["make_subgroups"]

_LEAD = (
    "Here the computer looked for trouble: for each rate it searched combinations of the characteristics for the part "
    "of the people whose rate is furthest from everybody’s, on the side that is worse for them (where neither side "
    "is, the higher). A search finds something in any data. So the same search was made on tables in which the same "
    "number of people was dealt out by chance: p is how often such a table gives a part that stands out as much.",
    "What is found was chosen because it is extreme, so its rate is likely to be further from everybody’s than it "
    "would be on other people (the winner’s curse). It is a place to look, not a finding, and not a comparison that "
    "anybody declared beforehand.",
)


def make_subgroups(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan does not ask for it."""
    rows = audit["tables"].get("subgroups") or []
    if not rows:
        return None
    heading = number.section("subgroups", "Subgroups found by search (exploratory)")
    table = number.table(
        "The part of the people that stands out most",
        [
            ("Rate", 20),
            ("Part of the people", 25),
            ("Its rate", 15, True),
            ("The others", 15, True),
            ("Strength (by chance)", 15, True),
            ("p", 10, True),
        ],
        [
            (
                capital(metric_name(row["metric"], audit)),
                why_none(row["reason"]) if row["reason"] else _subset(row, audit),
                "–" if row["rate"] is None or not row["subset"] else _rate(row),
                "–" if row["others"] is None else percent(row["others"]),
                "–" if row["score"] is None else f"{row['score']:.1f} ({row['by_chance']:.1f})",
                "–" if row["p"] is None else p_value(row["p"]),
            )
            for row in rows
        ],
        note=_note(rows),
    )
    return Topic(heading=heading, paragraphs=(*_LEAD, *plain_counts(audit)), tables=(table,))


def _rate(row: Mapping[str, Any]) -> str:
    return f"{percent(row['rate'])} ({count(row['counted'])} of {count(row['people'])})"


def _subset(row: Mapping[str, Any], audit: Mapping[str, Any]) -> str:
    """The levels of each characteristic that was named; the others take in everybody."""
    if not row["subset"]:
        return "none stands out enough to name"
    groups = audit["plan"].get("groups") or {}
    said = []
    for key, levels in row["subset"].items():
        name = (groups.get(key) or {}).get("label") or key
        said.append(f"{name}: {joined(['not known' if one == MISSING else one for one in levels], last='or')}")
    return "; ".join(said)


def _note(rows: list[Mapping[str, Any]]) -> str:
    done = [row for row in rows if row["tables"]]
    if not done:
        return ""
    every = all(row["subsets"] for row in done)
    how = (
        f"Every one of {count(max(row['subsets'] for row in done))} parts was looked at."
        if every
        else "Not every part could be looked at: one characteristic at a time, from ten starts."
    )
    tables = max(row["tables"] for row in done)
    return (
        f"Strength is the logarithm of a likelihood ratio, less {done[0]['penalty']:g} for each value named; in "
        f"brackets its mean over the tables made by chance. With at most {count(tables)} of these, p is never below "
        f"{1 / (tables + 1):.2g}. {how}"
    )
