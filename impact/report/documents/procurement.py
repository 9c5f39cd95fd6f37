"""The procurement transparency annex (T-8): route, notices and their last days, value, changes, exit, challenge.

In: a cleaned record. Out: ``Composed``. Works out days and percentages by rules that it prints; a day that the record
lacks stays open. It judges no award.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.documents.answered import Answered, barred, gap, lacking
from impact.report.documents.contracts import Terms, day_of, terms_of
from impact.report.documents.deadlines import last_day, last_working_day, years_covered
from impact.report.documents.notices import (
    COVERED,
    STANDSTILL,
    Duty,
    duties_of,
    worked,
)
from impact.report.documents.procurement_terms import (
    FILE,
    FILE_LEAF,
    NOT,
    make_exit,
    make_indicators,
    make_modifications,
    make_value,
)
from impact.report.documents.registers import data_file
from impact.report.figures import british_date
from impact.report.shapes import Table
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.parts import Numbering, capital, joined, plural, sentence

__all__ = ["make_procurement"]

_CLAIM_DAYS = 30
_OR = " or withheld from this version"


def make_procurement(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered, terms = Answered(record), terms_of(record)
    listed: Mapping[str, Any] = record.get("procurement") or {}
    calendar = listed.get("bank_holidays", "england-and-wales")
    day = day_of(record["assessment"]["date"])
    if day is None:
        raise ValueError("the record has no date")
    label = "Contracts, with their days and notices"
    bar = barred(record, FILE_LEAF, label, FILE) or (None if listed else answered.bar("B10", label))
    # Where the contracts are withheld no timetable is made of what is left: it would call open what stands in them.
    duties = [] if bar else [(each, duties_of(each, day, calendar=calendar)) for each in terms]
    hidden = answered.bars("B5", "B9", "B10")
    sections = (
        _route(answered, number),
        _engagement(record, answered, listed, number),
        _timetable(duties, calendar, bool(listed), number, day=worked(day), bars=[bar] if bar else hidden),
        make_value(record, answered, terms, number),
        make_indicators(record, answered, terms, number),
        _conflicts(record, answered, listed, number),
        make_modifications(record, terms, number),
        make_exit(record, answered, terms, number),
        _chain(record, answered, listed, number),
        _challenge(terms, listed, calendar, number, bar=bar),
    )
    lead = (_WITHHELD,) if bar else _lead(duties, bool(listed), worked(day), hidden=bool(hidden))
    return Composed(lead=lead, sections=sections)


_WITHHELD = (
    "Which contracts there are, with their days and notices, is withheld from this version, so that no timetable "
    "stands here. What the other answers say on procurement is shown."
)


def _lead(duties: list[tuple[Terms, tuple[Duty, ...]]], listed: bool, day: str, *, hidden: bool) -> tuple[str, ...]:
    everything = [duty for _, each in duties for duty in each if duty.what not in ("Notices", COVERED)]
    late = sum(duty.overdue for duty in everything)
    opened = sum(duty.state.startswith("not worked out") for duty in everything)
    lines = [
        f"On {day}, of {plural(len(everything), 'notice or step', 'notices and steps')}: {late} overdue, late or not "
        f"kept by the days in the record; for {opened} a day or a sum is missing{_OR if hidden else ''}. The days are "
        "worked out by the toolkit from the rules beside them. They are no advice, and a missing day is not a missed "
        "one."
    ]
    if any(terms.covered is None for terms, _ in duties):
        lines.append(
            "Whether each contract is a public contract under the Act, by its value and day, is not in the record."
        )
    if not listed:
        lines.append(
            f"The assessment has no {FILE}, in which days of notices are kept, so nearly all of the timetable is open."
        )
    return tuple(lines)


def _route(answered: Answered, number: Numbering) -> DocumentPart:
    return DocumentPart(
        heading=number.section("route", "Route and legal ground"),
        lines=(
            answered.say("B5", "How the supplier is chosen"),
            answered.say("B7", "Direct award: ground, facts and notice"),
            answered.say("B8", "Approval of the procurement strategy"),
            answered.say("B13", "Free trials, loaned staff or equipment"),
        ),
    )


def _engagement(
    record: Mapping[str, Any], answered: Answered, listed: Mapping[str, Any], number: Numbering
) -> DocumentPart:
    asked = listed.get("engagement") or ()
    table = number.table_or_none(
        "Suppliers that were asked",
        [("Supplier", 20), ("Date", 15), ("Requirement sent", 15), ("Answer", 25), ("Why excluded", 25)],
        [
            (
                each["supplier"],
                british_date(each["date"]) if each["date"] else NOT,
                _yes(each["requirement_sent"]),
                each["answer"] or NOT,
                each["excluded_because"] or "",
            )
            for each in asked
        ],
        note=f"From {FILE}. “–” means that no reason for excluding the supplier is given.",
    )
    lines = [answered.say("B6", "Suppliers seriously evaluated"), answered.say("N10", "Compared with other ways")]
    if table is None:
        label = "Who was asked, when, and with what answer"
        lines.append(lacking(record, FILE_LEAF, label, FILE, "no engagement is listed"))
    return DocumentPart(
        heading=number.section("engagement", "Engagement with the market"), lines=tuple(lines), tables=_tables(table)
    )


def _yes(value: bool | None) -> str:
    return NOT if value is None else "Yes" if value else "No"


def _tables(*found: Table | None) -> tuple[Table, ...]:
    return tuple(table for table in found if table is not None)


def _timetable(
    duties: list[tuple[Terms, tuple[Duty, ...]]],
    calendar: str,
    listed: bool,
    number: Numbering,
    *,
    day: str,
    bars: Sequence[Said],
) -> DocumentPart:
    tables = [
        number.table(
            f"Timetable: {terms.name}",
            [("Notice or step", 20), ("Rule", 30), ("Last day", 15), ("What the record says", 35)],
            [
                (duty.what, duty.rule, worked(duty.due) or _no_day(duty), _state(duty, day, hidden=bool(bars)))
                for duty in found
            ],
            note=f"Rests on {terms.source}"
            + (f"; value from {terms.value_source}." if terms.value is not None else "."),
        )
        for terms, found in duties
    ]
    published = number.table_or_none(
        "Notices that the record names",
        [("Notice", 20), ("Contract", 25), ("Date", 20), ("Where", 35)],
        [
            (capital(notice["kind"]), terms.name, british_date(notice["date"]), notice["link"] or "no address given")
            for terms, _ in duties
            for notice in sorted(terms.plan.get("notices", ()), key=lambda each: (each["date"], each["kind"]))
        ],
    )
    holidays = data_file("bank-holidays.json")
    place = {"england-and-wales": "England and Wales", "northern-ireland": "Northern Ireland"}[calendar]
    years = joined([str(year) for year in years_covered()])
    lead = (
        "Sections are those of the Procurement Act 2023. A period that begins with a day counts that day as its first, "
        "which gives the earliest last day. Working days leave out Saturdays, Sundays and the bank holidays of "
        f"{place} in {years} ({holidays['source']}). Where a bank holiday of another part of the United Kingdom counts "
        "too, the last day is later; that was not confirmed. Light-touch, framework and other contracts have rules of "
        "their own, which are not worked out here."
    )
    missing = gap("Days of notices and of the contract", FILE, "the file is not there")
    closing = tuple(bars) if listed or not duties else (*bars, missing)
    return DocumentPart(
        heading=number.section("timetable", "Timetable of notices"),
        lead=lead,
        tables=(*tables, *_tables(published)),
        closing=closing,
    )


def _no_day(duty: Duty) -> str:
    return "not worked out" if "not worked out" in duty.state or duty.state.startswith("published") else ""


def _state(duty: Duty, day: str, *, hidden: bool) -> str:
    state = duty.state.replace(f" on {day}", "") if duty.state.startswith("OVERDUE") else duty.state
    # It may stand in an answer that is withheld: then nobody can say here that the record lacks it.
    return capital(state.replace("not in the record", "not in what this version shows") if hidden else state)


def _conflicts(
    record: Mapping[str, Any], answered: Answered, listed: Mapping[str, Any], number: Numbering
) -> DocumentPart:
    found = listed.get("conflicts")
    lines = [answered.say("B12", "Conflicts assessment")]
    if found:
        prepared, reviewed = found["prepared"], [british_date(day) for day in found["reviewed"]]
        lines.append(_day("Prepared on", prepared))
        text = sentence(joined(reviewed)) if reviewed else ""
        lines.append(_listed("Reviewed on", text) if text else gap("Reviewed on", FILE))
        if found["link"]:
            lines.append(_listed("Where it stands", sentence(found["link"])))
    else:
        lines.append(lacking(record, FILE_LEAF, "When it was prepared and reviewed", FILE))
    return DocumentPart(heading=number.section("conflicts", "Conflicts of interest"), lines=tuple(lines))


def _listed(label: str, text: str) -> Said:
    return Said(label=label, text=text, source=FILE, gap=False)


def _day(label: str, day: str | None) -> Said:
    return _listed(label, sentence(british_date(day))) if day else gap(label, FILE)


def _chain(record: Mapping[str, Any], answered: Answered, listed: Mapping[str, Any], number: Numbering) -> DocumentPart:
    table = number.table_or_none(
        "Subcontractors",
        [("Name", 25), ("What it does", 30), ("Ultimate owner", 25), ("Country", 20)],
        [
            (each["name"], each["does"] or NOT, each["ultimate_owner"] or NOT, each["country"] or NOT)
            for each in listed.get("subcontractors") or ()
        ],
    )
    lines = [answered.say("B3", "Suppliers, hosts, and who controls them")]
    if table is None:
        lines.append(lacking(record, FILE_LEAF, "Subcontractors", FILE))
    return DocumentPart(
        heading=number.section("chain", "Subcontractors and ultimate ownership"),
        lines=tuple(lines),
        tables=_tables(table),
    )


def _challenge(
    terms: tuple[Terms, ...], listed: Mapping[str, Any], calendar: str, number: Numbering, *, bar: Said | None
) -> DocumentPart:
    lines = [bar] if bar else []
    for each in () if bar else terms:
        awards = each.published("award")
        label = f"“{each.name}”: claim in the standstill"
        end = last_working_day(awards[0], STANDSTILL, calendar=calendar) if awards else None
        if each.plan.get("no_standstill"):
            lines.append(_listed(label, f"No standstill is said to be needed: {each.plan['no_standstill']}."))
        elif end is None:
            lines.append(gap(label, each.source, "the standstill was not worked out"))
        else:
            text = f"Until {worked(end)} a claim suspends the award of itself."
            lines.append(Said(label=label, text=text, source=f"{FILE}, award notice", gap=False))
        label = f"“{each.name}”: 30 days for a claim"
        if awards:
            until = worked(last_day(awards[0], _CLAIM_DAYS))
            text = f"Until {until}, if the supplier knew of the breach on the day of the award notice; else later."
            lines.append(Said(label=label, text=text, source=f"{FILE}, award notice", gap=False))
        else:
            lines.append(gap(label, each.source, "the day of the award notice is not in the record"))
    knew = day_of((listed.get("challenge") or {}).get("knew"))
    if knew:
        text = f"Until {worked(last_day(knew, _CLAIM_DAYS))}, counted from {worked(knew)}."
        lines.append(_listed("30 days from the day on which the supplier is said to have known", text))
    return DocumentPart(
        heading=number.section("challenge", "Last days to challenge"),
        lead="A claim is brought within 30 days of the day on which the supplier first knew, or ought to have known, "
        "of the breach, that day counted as the first (Procurement Act 2023 sections 100 to 106; confirmed in guidance "
        "only). A court may allow more. Others than suppliers have other routes. Take advice: these days are worked "
        "out, not given.",
        lines=tuple(lines),
    )
