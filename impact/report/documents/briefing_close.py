"""The end of the briefing: questions to ask, what asks can rest on, how to challenge, how it was made.

In: a cleaned record. Out: ``DocumentPart``. States no position: a box is left for an author who signs for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from impact.report.documents.annexes import finding_anchor
from impact.report.documents.answered import Answered, barred, barred_rules, gap, lacking
from impact.report.documents.asked import cited
from impact.report.documents.record_lines import barred_checks
from impact.report.figures import british_date
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.answers import answer_anchor
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import Numbering, joined, plural, sentence

__all__ = ["asks", "challenge", "enquiries", "method"]

_MOST_QUESTIONS = 5
_MOST_WORDINGS = 2
_POSITION = (
    "Position of the author. Name and organisation: ……… Asks (stop, pause or change), each with the id of the evidence "
    "that it rests on: ……… Everything in this box is the author’s, and none of it the toolkit’s."
)


def enquiries(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("questions", "Questions to ask")
    drafts = (record.get("enquiries") or {}).get("drafts", ())
    if not drafts:
        why = "the answers leave nothing open" if record.get("questionnaire") else "no questionnaire was answered"
        missing = lacking(record, "block/enquiries", "Questions", "Draft questions", why)
        return DocumentPart(heading=heading, lines=(missing,))
    asked = {each["id"] for each in _questions(record)}
    lines = [
        Said(
            label=draft["id"],
            text=f"{sentence(draft['committee'])} {draft['weight']}",
            source=f"{'Question' if draft['id'] in asked else 'Check'} {draft['id']}",
            gap=False,
            target=answer_anchor(draft["id"]) if draft["id"] in asked else "",
        )
        for draft in drafts[:_MOST_QUESTIONS]
    ]
    left = len(drafts) - len(lines)
    if left:
        text = f"{plural(left, 'more draft')}, in order of weight, from the command “impact questions”."
        lines.append(Said(label="Others", text=text, source="Draft questions", gap=False))
    return DocumentPart(heading=heading, lines=tuple(lines))


def _questions(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sections = (record.get("questionnaire") or {}).get("sections", ())
    return [each for section in sections for each in section["questions"]]


def asks(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    """What asks can rest on, by kind of evidence; the asks themselves are the author’s."""
    return DocumentPart(
        heading=number.section("asks", "What asks can rest on"),
        lines=(*_stops(record), *_contradicted(record), *_weighty(record), *_promised(record)),
        blank=_POSITION,
    )


def _stops(record: Mapping[str, Any]) -> list[Said]:
    stops = (record.get("scoring") or {}).get("hard_stops", ())
    hidden = barred_rules(record, "hard_stops")
    if not stops:
        return hidden or [gap("Hard stops", "Hard stops", "none was worked out")]
    fired = [f"{stop['text']} ({stop['id']})" for stop in stops if stop["state"] == "fired"]
    waiting = [stop["id"] for stop in stops if stop["state"] == "unresolved"]
    none = "None that is shown has fired." if hidden else "None has fired."
    text = f"Fired: {'; '.join(fired)}." if fired else none
    if waiting:
        text += f" Not resolved, which is not clear: {joined(waiting)}."
    return [Said(label="Hard stops", text=text, source="Hard stops", gap=False), *hidden]


def _contradicted(record: Mapping[str, Any]) -> list[Said]:
    checks = (record.get("claims") or {}).get("checks", ())
    found = [each for each in checks if each["ruling"] and each["ruling"]["verdict"] == "contradicted"]
    hidden = barred_checks(record)
    if not checks:
        return hidden or [gap("Claims that the log contradicts", "Claims", "no answer was tested against a log")]
    none = "None of those tested that are shown" if hidden else "None of those tested"
    text = sentence("; ".join(f"{each['title']} ({each['check']})" for each in found) or none)
    return [Said(label="Claims that the log contradicts", text=text, source="Claims", gap=False), *hidden]


def _weighty(record: Mapping[str, Any]) -> list[Said]:
    audit, hidden = record.get("audit"), barred(record, "audit/findings", "Disparities shown", "Audit, findings")
    if hidden:
        return [hidden]
    if not audit:
        return []
    found = [
        each
        for each in findings_in_order(audit["findings"])
        if each.get("role") == "primary" and each["verdict"] == "disparity_shown" and each.get("direction") != "better"
    ]
    if not found:
        text = "No declared comparison showed one, which is not a finding that there is none."
        return [Said(label="Disparities shown", text=text, source="Audit, findings", gap=False)]
    ids = [each["id"] for each in found]
    text = sentence("; ".join(f"{each['title']} ({each['id']})" for each in found[:3]))
    if len(ids) > 3:
        text += f" Also {joined(ids[3:])}."
    return [
        Said(
            label="Disparities shown",
            text=text,
            source="Audit, findings",
            gap=False,
            target=finding_anchor(ids[0]),
        )
    ]


def _promised(record: Mapping[str, Any]) -> list[Said]:
    duties = (record.get("promises") or {}).get("duties") or ()
    dated = [duty for duty in duties if duty["due"] and not duty["done"]]
    hidden = barred(record, "block/promises", "Promises with a date", "Promises")
    if hidden:
        return [hidden]
    if not dated:
        return []
    counted = Counter(f"{duty['text']} ({duty['question']}, {_when(duty)})" for duty in dated)
    text = "; ".join(said if times == 1 else f"{said}, {times} times" for said, times in counted.items())
    return [
        Said(
            label="Promises with a date",
            text=sentence(text),
            source="Promises",
            gap=False,
            target=answer_anchor(dated[0]["question"]),
        )
    ]


def _when(duty: Mapping[str, Any]) -> str:
    return f"{'overdue since' if duty['overdue'] else 'due'} {british_date(duty['due'])}"


def challenge(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    """Ways to challenge, with time limits; a citation that was not read against its text says so."""
    general = (("ukgdpr.15", "UK GDPR art 15"), ("dpa.45", "DPA 2018 s.45, for law enforcement"))
    lines = [
        answered.say("K5", "How the body itself says an output can be challenged", note=False),
        answered.say("K6", "Its procedure for data-protection complaints", note=False),
        cited(
            "Complaint on data protection",
            "To the body that uses the system, which acknowledges it within 30 days; then to the Commissioner",
            (("dpa.164A", "DPA 2018 s.164A"),),
            record,
        ),
        cited(
            "Copy of one’s own data", "A request for access; the time limit is in the text of the law", general, record
        ),
        *_wording(record),
        cited(
            "Human rights",
            "A victim may bring proceedings, normally within one year of the act",
            (("hra.8", "HRA 1998 ss.7-8"),),
            record,
        ),
        cited(
            "Judicial review",
            "Promptly, and in any event within three months, in England and Wales; elsewhere other rules apply",
            (("cpr.54", "Civil Procedure Rules Part 54"),),
            record,
        ),
        cited(
            "Breach of procurement law",
            "Thirty days for most claims, brought by those who were or could have been suppliers; not in Scotland",
            (("pa23.100-106", "Procurement Act 2023 ss.100-106"),),
            record,
        ),
    ]
    return DocumentPart(
        heading=number.section("challenge", "How to challenge"),
        lead="Time limits are short, and run from different days. Take advice before relying on one.",
        lines=tuple(lines),
    )


def _wording(record: Mapping[str, Any]) -> list[Said]:
    block = record.get("enquiries") or {}
    drafts = block.get("drafts", ())[:_MOST_WORDINGS]
    if not drafts:
        label = "Wording of a request for information"
        return [lacking(record, "block/enquiries", label, "Draft questions", "there is no draft")]
    items = " ".join(f"({index}) {_ended(draft['foi'])}" for index, draft in enumerate(drafts, 1))
    text = f"{block['foi_opening']} {items}"
    return [cited("Request for information, as drafted", text, (("foia", "Freedom of Information Act 2000"),), record)]


def _ended(text: str) -> str:
    """A sentence that ends in a quotation has its stop inside.

    >>> _ended("The record of “Who?”"), _ended("The record")
    ('The record of “Who?”', 'The record.')
    """
    return text if text.endswith("?”") else sentence(text)


def method(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    pack, audit, claims = record.get("pack"), record.get("audit"), record.get("claims")
    about = record["assessment"]
    day = british_date(about["date"])
    lines = [
        Said(
            label="What it rests on",
            text=f"One assessment of {day}, attached as data; this document can be made again from it. It is not "
            "legal advice. Levels, outcomes and hard stops are the toolkit’s proposals; duties come from the law.",
            source="Record",
            gap=False,
        )
    ]
    if pack and pack.get("law_as_at"):
        text = f"Law as at {british_date(pack['law_as_at'])}. “Citation to be checked”: not yet read against the text."
        lines.append(Said(label="Law", text=text, source=f"Questionnaire {pack['id']} {pack['version']}", gap=False))
    if audit:
        registered = audit.get("plan_registered")
        said = f"registered on {british_date(registered['at'])}" if registered else "not registered beforehand"
        said += "" if not registered or registered.get("matches") else ", in another form than the one used"
        text = f"Rates are of the {audit['people']:,} rows counted, by a plan that was {said}."
        lines.append(Said(label="Counts", text=text, source="Audit plan", gap=False))
    else:
        hidden = barred(record, "audit/people", "Counts", "Audit plan")
        lines += [hidden] if hidden else []
    if claims:
        text = f"The log was read as at {british_date(claims['as_at'])}; its completeness is itself a claim (CK-36)."
        lines.append(Said(label="Log", text=text, source="Claims", gap=False))
    return DocumentPart(heading=number.section("method", "How this was made"), lines=tuple(lines))
