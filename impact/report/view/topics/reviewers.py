"""The reviewers as a body: a table of numbers and ranges, and a sentence on what the intervals know of them.

In: the audit block of a cleaned record. Out: parts of a ``Topic``. Computes no statistic. No row is one reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import count
from impact.report.model import Table
from impact.report.view.parts import Numbering

__all__ = ["reviewer_sentence", "reviewer_table"]


def reviewer_sentence(audit: Mapping[str, Any]) -> str:
    """What the intervals know of reviewers, of weights and of persons with several rows."""
    plan, columns = audit["plan"], audit["plan"]["columns"]
    rows = audit["tables"].get("reviewers") or []
    if rows:
        text = (
            f"Cases of one reviewer are alike, and {count(rows[0]['reviewers'])} reviewers decided: intervals here "
            f"take that into account, and there are none where fewer than {rows[0]['min_reviewers']} reviewers stand "
            "behind a number. Cases are not shared out to reviewers at random."
        )
    elif columns.get("reviewer"):
        text = "The plan names reviewers, but how they differ was not counted, so there are no intervals."
    else:
        text = (
            "Who decided was not mapped, so intervals take cases for independent. Where a few people decide many cases "
            "the intervals are too narrow."
        )
    if (columns.get("weight") or {}).get("kind") == "sampling":
        text += " Figures here are of the rows as counted, without the sampling weight."
    if (plan.get("unit") or {}).get("person_id"):
        text += " That one person can have several rows is not taken into account here."
    return text


def reviewer_table(tables: Mapping[str, Any], number: Numbering) -> Table | None:
    """How many there are, and how they differ; None where the plan names none."""
    if not tables.get("reviewers"):
        return None
    row = tables["reviewers"][0]
    lines = [
        ("Reviewers who decided at least one case", count(row["reviewers"])),
        ("Cases without a recorded reviewer", count(row["without_reviewer"] or 0)),
    ]
    if row["cases_each"] is None:
        lines.append(("How they differ", f"not said of fewer than {row['min_reviewers']} reviewers"))
    else:
        each = row["cases_each"]
        lines += [
            (f"Reviewers with {_span(band)} cases", count(band["reviewers"])) for band in tables["reviewer_bands"]
        ]
        lines += [
            (f"Cases of {name}", _span(each[key]))
            for key, name in (
                ("q1", "the reviewer a quarter of the way up"),
                ("median", "the reviewer in the middle"),
                ("q3", "the reviewer three quarters of the way up"),
            )
        ]
        lines += [(label, _number(row[key])) for key, label in _PLACES if row[key]]
        if row["overdispersion"] is not None and row["overdispersion"] <= 1:
            lines.append(("Reviewers differing more than chance would make them", "not seen here"))
        elif row["overdispersion"] is not None:
            lines.append(
                (
                    "How much more reviewers differ than chance would make them (1: not at all)",
                    f"{row['overdispersion']:g}",
                )
            )
    return number.table(
        "The reviewers as a body",
        [("About them", 70), ("Number", 30, True)],
        lines,
        note="Small numbers are given as ranges, so that nobody can be told from them. Limits: what chance allows "
        "around "
        "the common rates, given each reviewer’s own mix of cases, widened by how much reviewers differ as a body. "
        "A reviewer outside them may have had other cases.",
    )


_PLACES = (
    ("never", "Reviewers who never departed from the machine"),
    ("below_95", "Depart less often than the 95% limits allow"),
    ("below_99_8", "of them: than the 99.8% limits allow"),
    ("above_95", "Depart more often than the 95% limits allow"),
    ("above_99_8", "of them: than the 99.8% limits allow"),
)


def _span(part: Mapping[str, Any]) -> str:
    """A band of cases.

    >>> _span({"from": 50, "to": 99}), _span({"from": 100, "to": None})
    ('50 to 99', '100 or more')
    """
    if part["from"] is None:
        return "–"
    return f"{count(part['from'])} or more" if part["to"] is None else f"{count(part['from'])} to {count(part['to'])}"


def _number(part: Mapping[str, Any]) -> str:
    least, most = part["least"], part["most"]
    text = count(least) if least == most else f"{count(least)} to {count(most)}"
    return f"{text} of {count(part['of'])}"
