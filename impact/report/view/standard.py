"""The measurement standard of an audit: what it asks, what must be said beside it, and its ratio screens.

In: the audit block of a cleaned record. Out: ``Standard``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, multiple, percent
from impact.report.model import Standard
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, group_label

__all__ = ["make_standard"]

_SIDES = {"selected": "with a yes", "spared": "spared a yes"}


def make_standard(audit: Mapping[str, Any], number: Numbering) -> Standard | None:
    """The standard that the plan names; None where it names none."""
    named = audit.get("standard")
    if not named:
        return None
    rows = audit["tables"].get("screens") or []
    return Standard(
        heading=number.section("standard", "The standard that the figures are read by"),
        title=named["title"],
        jurisdiction=named["jurisdiction"],
        caveats=tuple(named["caveats"]),
        sources=tuple(
            source["text"] + ("" if source["verified"] else " (citation to be checked)") for source in named["sources"]
        ),
        screens=number.table_or_none(
            f"Ratio to the group with the highest share {_SIDES.get(rows[0]['side'], '')}" if rows else "",
            [
                ("Group", 20),
                ("Counted", 18, True),
                ("Compared with", 17),
                ("Ratio", 20, True),
                ("On the screen", 10),
                ("Chance of a misfire", 15, True),
            ],
            [_row(row) for row in rows],
            note=_note(rows),
        ),
    )


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    counted = f"{count(row['k'])} of {count(row['n'])}"
    own = group_label(row["group"])
    if row["ratio"] is None:
        return (own, counted, "–", why_none(row["reason"]), "no value", "–")
    reference = "itself: the highest" if row["reference"] == row["group"] else group_label(row["reference"])
    ratio = multiple(row["ratio"]) + (f" ({interval(row['ci'], multiple)})" if row["ci"] else "")
    below = {True: "below", False: "not below", None: "no limit"}[row["below"]]
    small = "; under 2% of the people" if row["small"] else ""
    return (own, counted, reference, ratio, below + small, "–" if row["misfires"] is None else percent(row["misfires"]))


def _note(rows: Sequence[Mapping[str, Any]]) -> str:
    if not any(row["misfires"] is not None for row in rows):
        return "A screen is not a test of law."
    return (
        "A screen is not a test of law. The last column is the chance that two groups of these sizes fall below it "
        "although both have one and the same share."
    )
