"""Annexes A to E of the decision form: dashboard, rights, claims, conditions, options.

In: a cleaned record. Out: leads, a figure, tables. Computes nothing: levels, verdicts and days are the record’s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import NOT_STATED, Answered, gap, untold
from impact.report.figures import british_date, interval, points
from impact.report.model import Table
from impact.report.view.claims import verdict_of
from impact.report.view.parts import Numbering, joined, question_texts
from impact.report.view.scoring import make_levels
from impact.report.view.withheld import bar_of, hidden_names

__all__ = [
    "make_claims_lead",
    "make_claims_table",
    "make_conditions_lead",
    "make_conditions_table",
    "make_dashboard",
    "make_options_table",
    "make_rights_table",
]

_RIGHTS = tuple(f"I{number}" for number in range(1, 12))
_RULED = ("contradicted", "not enough data", "supported", "not testable")


def make_dashboard(record: Mapping[str, Any], number: Numbering) -> tuple[str, Any, Table | None]:
    scoring = record.get("scoring")
    hidden = [one["label"] for one in (scoring or {}).get("barred_dimensions", ())]
    if scoring and not scoring["dimensions"] and hidden:
        return f"The figures of every dimension are withheld. {untold(hidden)}", None, None
    if not scoring or not scoring.get("dimensions"):
        return f"{NOT_STATED[:-1]}: no level was worked out.", None, None
    found = make_levels(scoring, record.get("scoring_untested"), question_texts(record), Numbering())
    drawing = number.figure(found.figure.caption, found.figure.drawing)  # type: ignore[arg-type]  # drawn by our charts
    table = number.table(
        "Levels",
        [("Dimension", 35), ("Level", 20), ("Point", 20, True), ("Lowest to highest", 25, True)],
        [
            (
                each["label"],
                each["band_label"],
                points(each["point"]),
                interval([each["low"], each["high"]], points),
            )
            for each in scoring["dimensions"]
        ],
        note="Points are out of 100; “lowest to highest” is what the open questions allow.",
    )
    lead = bar_of(record, "scoring/high_dimensions") and "How many dimensions are at High or above is withheld."
    return f"{found.lead or lead} {untold(hidden)}".strip(), drawing, table


def make_rights_table(answered: Answered, number: Numbering) -> Table | None:
    asked = [(name, answered.question(name)) for name in _RIGHTS]
    rows = []
    for name, question in asked:
        if question is not None and question["state"] != "hidden":
            said = answered.say(name, "")
            rows.append((name, question["text"], said.text))
    return number.table_or_none(
        "Rights engaged, as answered", [("Answer", 10), ("Right", 45), ("What is said", 45)], rows
    )


def make_claims_lead(record: Mapping[str, Any]) -> str:
    claims = record.get("claims")
    if not claims:
        return f"{NOT_STATED[:-1]}: no answer was tested against a log of the system."
    hidden = hidden_names(record, "claims/check/")
    more = f" {untold(hidden)}" if hidden else ""
    return f"What the answers claim, and what the decision log says. “Not enough data” is not support.{more}"


def make_claims_table(record: Mapping[str, Any], number: Numbering) -> Table | None:
    entries = [each for each in (record.get("claims") or {}).get("checks", ()) if each["ruling"] is not None]
    return number.table_or_none(
        "Claims and what the log says",
        [("Check", 10), ("Claim", 25), ("Answers", 10), ("Verdict", 15), ("What the log says", 40)],
        [
            (each["check"], each["title"], joined(each["questions"]), verdict_of(each), each["ruling"]["sentence"])
            for each in sorted(entries, key=lambda each: _RULED.index(each["ruling"]["verdict"]))
        ],
    )


def make_conditions_lead(record: Mapping[str, Any]) -> str:
    duties = (record.get("promises") or {}).get("duties")
    if bar_of(record, "block/promises"):
        return bar_of(record, "block/promises")
    if not duties:
        return f"{NOT_STATED[:-1]}: no answer promises anything."
    return "What the answers promise. How each is measured is not stated in the record, unless the condition says it."


def make_conditions_table(record: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Conditions",
        [("Answer", 10), ("Condition", 40), ("Due", 20), ("Owner", 15), ("Status", 15)],
        [
            (
                duty["question"],
                f"{duty['text']} ({duty['subject']})" if duty["subject"] else duty["text"],
                british_date(duty["due"]) if duty["due"] else "as long as it is used" if duty["standing"] else _GAP,
                duty["owner"] or _GAP,
                f"done on {british_date(duty['done'])}" if duty["done"] else "overdue" if duty["overdue"] else "open",
            )
            for duty in (record.get("promises") or {}).get("duties") or ()
        ],
    )


_GAP = "not stated"


def make_options_table(answered: Answered, number: Numbering) -> Table | None:
    """The options that were costed (G3), with the comparison of products (N10) beside them."""
    lines = [
        answered.say("G3", "Less intrusive options, and why each was rejected"),
        answered.say("N10", "Open-source, in-house and rival products on the same requirements"),
        *(gap(label) for label in ("Doing nothing", "A competed award", "An extension")),
    ]
    return number.table(
        "Options as far as the record has them",
        [("Option", 35), ("What is said", 50), ("From", 15)],
        [(line.label, line.text, line.source or "–") for line in lines],
    )
