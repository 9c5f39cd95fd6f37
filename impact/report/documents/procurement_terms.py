"""What a contract is worth, how long it runs, how it was changed and measured, and how to leave it: parts of the annex.

In: answers and ``Terms``. Out: ``DocumentPart``. Shares are worked out by rules that stand below each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from impact.report.charts.bars import term_bars
from impact.report.documents.answered import Answered, barred, gap, lacking
from impact.report.documents.contracts import Terms, day_of
from impact.report.documents.notices import LARGE, more_than_a_tenth, term_change, term_growth, value_change, worked
from impact.report.figures import british_date, count, percent
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.parts import Numbering

__all__ = ["FILE", "FILE_LEAF", "NOT", "make_exit", "make_indicators", "make_modifications", "make_value"]

FILE = "procurement.yaml"
FILE_LEAF = "block/procurement"
NOT = "not stated"


def make_value(
    record: Mapping[str, Any], answered: Answered, terms: tuple[Terms, ...], number: Numbering
) -> DocumentPart:
    lines = [answered.say("B9", "Value with every option and extension")]
    lines += [
        Said(
            label=f"Value of “{each.name}”, with options",
            text=f"£{count(each.value)}, {'over' if each.value > LARGE else 'not over'} £5 million.",
            source=each.value_source,
            gap=False,
        )
        for each in terms
        if each.value is not None and each.value_source == FILE
    ]
    bar = barred(record, FILE_LEAF, "Value and term of each contract", FILE)
    lines += [bar] if bar else []
    grown = [(each, share) for each in terms if (share := term_growth(each)) is not None]
    figure = None
    if grown:
        rows = [(each.name, share) for each, share in grown]
        title = "Growth of the term beyond the end first approved"
        figure = number.figure(title, term_bars(rows, title=title))
    table = number.table_or_none(
        "Terms",
        [("Contract", 25), ("Start", 15), ("End first approved", 20), ("End now", 20), ("Growth", 20)],
        [
            (
                each.name,
                worked(each.start) or NOT,
                worked(each.first_end) or NOT,
                worked(each.end) or NOT,
                _growth(each),
            )
            for each in terms
            if each.start or each.first_end or each.end
        ],
        note="Growth is the days between the two ends, divided by the days from the start to the end first approved.",
    )
    if table is None:
        label = "Start, end first approved, and end now"
        lines.append(answered.bar("B10", label) or gap(label, "Question B10"))
    return DocumentPart(
        heading=number.section("value", "Value and term"),
        lines=tuple(lines),
        figure=figure,
        tables=(table,) if table else (),
    )


def _growth(terms: Terms) -> str:
    share = term_growth(terms)
    if share is None:
        return "not worked out"
    return f"{percent(share, signed=True)}{', more than 10%' if more_than_a_tenth(share) else ''}"


def make_indicators(
    record: Mapping[str, Any], answered: Answered, terms: tuple[Terms, ...], number: Numbering
) -> DocumentPart:
    rows: list[tuple[str, str, str, str]] = []
    for each in terms:
        for indicator in each.plan.get("indicators", ()):
            results = indicator["results"] or ({"date": None, "result": "no result in the record", "link": None},)
            rows += [
                (
                    indicator["kpi"],
                    indicator["target"] or NOT,
                    british_date(result["date"]) if result["date"] else "",
                    str(result["result"]),
                )
                for result in results
            ]
    table = number.table_or_none(
        "Key performance indicators and results",
        [("Indicator", 35), ("Target", 20), ("Date", 15), ("Result", 30)],
        rows,
        note=f"From {FILE}. Whether a target is met is not judged here.",
    )
    lines = [answered.say("B11", "Published key performance indicators")]
    if table is None:
        lines.append(lacking(record, FILE_LEAF, "Results of indicators", FILE, "no result is listed"))
    return DocumentPart(
        heading=number.section("indicators", "Indicators and results"),
        lines=tuple(lines),
        tables=(table,) if table else (),
    )


def make_modifications(record: Mapping[str, Any], terms: tuple[Terms, ...], number: Numbering) -> DocumentPart:
    rows = [
        (
            british_date(change["date"]),
            change["what"] if len(terms) == 1 else f"{each.name}: {change['what']}",
            _share(value_change(change)),
            _share(term_change(each, change)),
            change["ground"] or NOT,
        )
        for each in terms
        for change in each.plan.get("modifications", ())
    ]
    table = number.table_or_none(
        "Modifications against 10%",
        [("Date", 15), ("What", 30), ("Value", 15), ("Term", 15), ("Ground", 25)],
        rows,
        note="Value: change divided by the value before it. Term: days added, divided by the days of the term first "
        "agreed. A change of the term by more than 10% is substantial (section 74); a change of term or value by more "
        "than 10% needs a notice first (section 75).",
    )
    none = "none is listed, which does not show that there was none"
    closing = () if table else (lacking(record, FILE_LEAF, "Modifications", FILE, none),)
    return DocumentPart(
        heading=number.section("modifications", "Modifications"), tables=(table,) if table else (), closing=closing
    )


def _share(share: float | None) -> str:
    if share is None:
        return "not worked out"
    return percent(share, signed=True) + (", more than 10%" if more_than_a_tenth(share) else "")


def make_exit(
    record: Mapping[str, Any], answered: Answered, terms: tuple[Terms, ...], number: Numbering
) -> DocumentPart:
    lines = [
        answered.say("N3", "Exit plan"),
        answered.say("N4", "Months to replace it"),
        answered.say("N6", "Break clause"),
        answered.say("N2", "Export tested"),
        answered.say("Q1", "Approval ends on"),
    ]
    table = number.table_or_none(
        "Break dates",
        [("Contract", 30), ("Break", 20), ("Last day for notice", 20), ("What", 30)],
        [
            (each.name, british_date(item["date"]), _notice(item), item["what"] or "")
            for each in terms
            for item in each.plan.get("breaks", ())
        ],
        note="The last day for notice is the day of the break less the days of notice.",
    )
    if table is None:
        lines.append(lacking(record, FILE_LEAF, "Break dates", FILE))
    return DocumentPart(
        heading=number.section("exit", "Exit and break"), lines=tuple(lines), tables=(table,) if table else ()
    )


def _notice(item: Mapping[str, Any]) -> str:
    day = day_of(item["date"])
    if day is None or item["notice_days"] is None:
        return "not worked out: days of notice not stated"
    return worked(day - timedelta(days=item["notice_days"]))
