"""Two audits compared by their counts: a section of its own page, never part of a signed report.

In: cleaned plain data, schema ``impact/comparison/1``. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count
from impact.report.model import Topic
from impact.report.view.parts import Numbering, capital
from impact.report.view.topics.parts import group_name
from impact.report.view.topics.scorers import make_scorers, points_cell, rate_cell

__all__ = ["make_comparison"]


def make_comparison(found: Mapping[str, Any]) -> Topic:
    """The section of ``impact audit compare``: of one audit's scorers, or of two audits."""
    number = Numbering()
    if found["kind"] == "paired":
        made = make_scorers(found, number)
        assert made is not None  # compare_within refuses an audit of one scorer
        return made
    heading = number.section("comparison", "Two audits compared by their counts")
    first, second = found["scorers"]["first"], found["scorers"]["second"]
    level = f"{found['level'] * 100:g}%"
    tables = [
        number.table(
            "What is compared",
            [("Scorer", 25), ("Audit", 35), ("Counted", 15, True), ("Plan", 25)],
            [
                (name, audit["title"], count(audit["people"]), audit["plan_digest"][:19])
                for name, audit in zip((first, second), found["audits"], strict=True)
            ],
        ),
        number.table_or_none(
            "Does one of them err less in every group?",
            [("By", 20), ("Answer", 80)],
            [(row["characteristic"], row["sentence"]) for row in found["tables"]["dominance"]],
            note="“Cannot tell” is not “no difference”.",
        ),
    ]
    for metric, label in found["labels"].items():
        rates = [row for row in found["tables"]["rates"] if row["metric"] == metric]
        gaps = [row for row in found["tables"]["gaps"] if row["metric"] == metric]
        tables.append(
            number.table(
                capital(label),
                [
                    ("Group", 20),
                    (first, 25, True),
                    (second, 25, True),
                    (f"Difference in points ({level} interval)", 30, True),
                ],
                [
                    (
                        group_name(row),
                        rate_cell(row["first_rate"]),
                        rate_cell(row["second_rate"]),
                        points_cell(row["difference"]),
                    )
                    for row in rates
                ],
            )
        )
        tables.append(
            number.table_or_none(
                f"The gap between a group and all others: {label}",
                [
                    ("Group", 15),
                    (first, 25, True),
                    (second, 25, True),
                    ("Difference of the gaps", 20, True),
                    ("Smaller gap", 15),
                ],
                [
                    (
                        group_name(row),
                        *(points_cell(row[key]) for key in ("first_gap", "second_gap", "difference")),
                        {"first": first, "second": second}.get(str(row["smaller"]), "cannot tell"),
                    )
                    for row in gaps
                ],
                note="In percentage points, the group less all others. A smaller gap is nearer to nothing, whichever "
                "side it is on; it is named only where the data show it.",
            )
        )
    paragraphs = (
        *found["notes"],
        f"Intervals are at {level}, each on its own unless it is said that they hold together.",
    )
    return Topic(heading=heading, paragraphs=paragraphs, tables=tuple(table for table in tables if table is not None))
