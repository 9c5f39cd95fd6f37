"""Cover, running lines, stamps and the first page for a busy reader.

In: a cleaned record. Out: ``Frame``, ``Cover``, ``Summary``. Decides nothing: levels, outcome and verdicts are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import british_date
from impact.report.model import Cover, Frame, Pair, Point, SignatureField, Summary
from impact.report.view.against import against_fact, against_sentence, against_stamp
from impact.report.view.headlines import audit_lines, findings_by_verdict, scoring_lines, stops_line, unasked
from impact.report.view.language import translation_sentence
from impact.report.view.made_from import made_from_author, made_from_fact, made_from_sentence, made_from_stamp
from impact.report.view.parts import Numbering, cite_all, flag_rule, joined, plural, question_texts, sentence
from impact.report.view.points import points_cautions, points_lines
from impact.report.view.short import short_form_sentence, short_form_stamp
from impact.report.view.withheld import STAMP, bar_of, hidden_names
from impact.report.words import STOP_KINDS, VERDICTS, say

__all__ = [
    "SIGNATURES",
    "findings_in_order",
    "make_cover",
    "make_frame",
    "make_summary",
    "not_done",
    "signature_fields",
    "stamps",
]

SIGNATURES = (
    SignatureField(name="Assessor", label="Assessor"),
    SignatureField(name="DPO", label="Data protection officer"),
    SignatureField(name="SRO", label="Senior responsible owner"),
    SignatureField(name="Oversight", label="Oversight body"),
)
# A label is printed, and is read aloud as “Signature of the …”.
_PANEL = "Panel member {}"
_DISSENT = "Panel member who dissents and does not approve ({})"
_RUNNING_LENGTH = 150
_FIRST_FINDINGS = 6
_SEVERITY_ORDER = {"high": 0, "unknown": 1, "medium": 2, "low": 3, "info": 4}


def stamps(record: Mapping[str, Any], *, practice: bool) -> tuple[str, ...]:
    """The stamps of every page, most serious first."""
    found = []
    if record.get("redaction"):
        found.append(STAMP)
    if practice:
        found.append("PRACTICE SIGNATURE – NOT A REAL ONE")
    if record["assessment"].get("illustration"):
        found.append("ILLUSTRATION")
    found += [stamp for stamp in (made_from_stamp(record), against_stamp(record)) if stamp]
    if small_counts(record):
        found.append("CONTAINS SMALL COUNTS")
    if record["assessment"]["status"] != "final":
        found.append("DRAFT")
    if short_form_stamp(record):
        found.append(short_form_stamp(record))
    if record.get("scoring") and record["scoring"].get("incomplete"):
        found.append("INCOMPLETE – NOT FOR DECISION")
    return tuple(found)


def signature_fields(about: Mapping[str, Any]) -> tuple[SignatureField, ...]:
    """A box for each role, then those that the assessment asks for: members of a panel, and dissents.

    >>> [field.name for field in signature_fields({"signatures": {"panel": 1, "dissent": 1}})][4:]
    ['Panel1', 'Dissent1']
    """
    asked = about.get("signatures") or {}
    more = [
        SignatureField(name=f"{name}{number}", label=label.format(number))
        for name, label in (("Panel", _PANEL), ("Dissent", _DISSENT))
        for number in range(1, asked.get(name.lower(), 0) + 1)
    ]
    return (*SIGNATURES, *more)


def small_counts(record: Mapping[str, Any]) -> str:
    """A sentence where counts are small enough to point at a person; empty where none is, or nothing was audited."""
    audit = record.get("audit") or {}
    disclosure = audit.get("disclosure") or {}
    small = disclosure.get("small_cells", 0)
    if not small and audit and bar_of(record, "audit/disclosure") and record["redaction"]["small_counts_public"]:
        return (
            "Counts that are shown or attached may be so small that a figure points at a person. How many are is "
            "withheld from this version; whoever decided it states that they are public already."
        )
    if not small:
        return ""
    return (
        f"This is a working document: {small:,} of the {disclosure['cells']:,} counts behind it are under "
        f"{disclosure['min_cell']}, so that a figure may point at a person. Unless these counts are public already, "
        "it should not be published as it stands."
    )


def make_frame(record: Mapping[str, Any], *, practice: bool, digest: str, style: str) -> Frame:
    """What every page carries. Running lines are shortened; the cover and the record hold them whole."""
    about = record["assessment"]
    system = about["system"]
    line = system["name"]
    if system.get("version"):
        line += f", version {system['version']}"
    if system.get("also_known_as"):
        line += f" (also known as {joined(system['also_known_as'])})"
    marks = stamps(record, practice=practice)
    return Frame(
        title=about["title"],
        author=made_from_author(record),
        created=about["date"],
        system_line=_shortened(line),
        reference_line=_shortened(f"{about['id']}, version {about['version']}, {british_date(about['date'])}"),
        stamp_line=" · ".join(marks),
        stamps=marks,
        digest=digest,
        tool=f"{record['tool']['name']} {record['tool']['version']}",
        style=style,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _RUNNING_LENGTH else text[: _RUNNING_LENGTH - 1] + "…"


def make_cover(record: Mapping[str, Any]) -> Cover:
    about, system = record["assessment"], record["assessment"]["system"]
    facts = [
        ("Reference", about["id"]),
        ("Version of this assessment", about["version"]),
        ("Date", british_date(about["date"])),
        ("Status", "Final" if about["status"] == "final" else "Draft"),
    ]
    people = [f"{who['name']} ({who['role']})" if who.get("role") else who["name"] for who in about["assessors"]]
    if people:
        facts.append(("Assessed by", "; ".join(people)))
    elif bar_of(record, "assessment/assessors"):
        facts.append(("Assessed by", bar_of(record, "assessment/assessors")))
    if about.get("oversight_body"):
        facts.append(("Oversight body", about["oversight_body"]))
    if about.get("processing_started"):
        facts.append(("Processing started", british_date(about["processing_started"])))
    if about.get("prior_assessment"):
        facts.append(("Earlier assessment", about["prior_assessment"]))
    if record.get("made_from"):
        facts.append(("Made from", made_from_fact(record["made_from"])))
    if record.get("against"):
        facts.append(("Counter-assessment of", against_fact(record["against"])))
    if record.get("pack") and record["pack"]["law_as_at"]:
        facts.append(("Law as at", british_date(record["pack"]["law_as_at"])))
    history = record.get("history")
    if history:
        edited = len(history["unrecorded"])
        later = f"; {plural(edited, 'answer')} edited by hand since" if edited else ""
        facts.append(
            ("History of the answers", f"{plural(history['events'], 'event')}, {history['head'][:12]}…{later}")
        )
    return Cover(
        title=about["title"],
        system=system["name"],
        version=system.get("version") or "",
        also_known_as=joined(system.get("also_known_as", [])),
        organisation=about["organisation"],
        facts=tuple(Pair(label=label, text=text) for label, text in facts),
        illustration=about.get("illustration") or "",
        headlines=(
            *(points_lines(record) or scoring_lines(record)),
            *audit_lines(record.get("audit"), bar_of(record, "audit/findings")),
        ),
        signatures=signature_fields(about),
    )


def findings_in_order(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Primary before exploratory; high severity, then unknown (inconclusive is never put last), then the rest."""
    return sorted(
        findings,
        key=lambda f: (f.get("role") != "primary", _SEVERITY_ORDER.get(f.get("severity") or "", 5), f["id"]),
    )


def not_done(record: Mapping[str, Any], *, cells: bool) -> tuple[str, ...]:
    """Sentences on what this document leaves out as a whole."""
    found = []
    if not record.get("questionnaire"):
        found.append(
            "No questionnaire was answered. The document gives no level, no outcome, and no view of law, purpose, "
            "necessity or safeguards."
        )
    if bar_of(record, "audit/findings"):
        found.append("The output of the system was audited. What was counted and found is withheld from this version.")
    elif not record.get("audit"):
        found.append(
            "The output of the system was not audited. Nothing is said about how often it is wrong, or for whom."
        )
    elif not cells:
        found.append(
            "The counts behind the audit are not attached, so its figures cannot be recomputed from this file."
        )
    if small_counts(record):
        found.append(small_counts(record))
    found += [told for told in (made_from_sentence(record), against_sentence(record)) if told]
    scoring = record.get("scoring")
    found += points_cautions(record)
    if translation_sentence(record):
        found.append(translation_sentence(record))
    if short_form_sentence(record):
        found.append(short_form_sentence(record))
    if scoring and scoring.get("claims") == "untested":
        found.append("No answer was tested against a log of the system. The answers are what the assessor states.")
    return tuple(found)


def make_summary(record: Mapping[str, Any], number: Numbering, *, cells: bool) -> Summary:
    from impact.report.view.claims import claim_points
    from impact.report.view.topics.review import signs_found  # the topics use this module

    scoring, audit, law = record.get("scoring"), record.get("audit"), record.get("law") or {}
    stops = scoring["hard_stops"] if scoring else []
    texts = question_texts(record)
    flags = scoring["flags"] if scoring else []
    findings = findings_in_order(audit["findings"]) if audit else []
    first = [finding for finding in findings if finding.get("role") == "primary"] or findings
    unresolved = [stop["id"] for stop in stops if stop["state"] == "unresolved"]
    open_flags = [flag["id"] for flag in flags if flag["state"] == "unresolved"]
    demands = scoring.get("demands") if scoring else None
    left_out = len(findings) - len(first[:_FIRST_FINDINGS])
    return Summary(
        heading=number.section("summary", "Summary"),
        by_assessor=record["assessment"].get("summary") or "",
        outcome=scoring["outcome"]["label"] if scoring else "",
        outcome_reasons=tuple(scoring["outcome"]["reasons"]) if scoring else (),
        stops_fired=tuple(
            Point(
                label=f"{stop['id']}, {say(STOP_KINDS, stop['kind']).lower()}",
                text=sentence(stop["text"]),
                detail=cite_all(stop.get("refs", []), law) or stop["basis"],
            )
            for stop in stops
            if stop["state"] == "fired"
        ),
        stops_unresolved=joined(unresolved),
        stops_line=stops_line(stops, unasked(scoring), len(hidden_names(record, "scoring/hard_stops/"))),
        alerts=alert_sentences(audit) if audit else (),
        findings_line=findings_by_verdict(findings) if findings else "",
        findings=tuple(
            Point(
                label=f"{finding['id']}, {say(VERDICTS, finding['verdict']).lower()}",
                text=sentence(finding["title"]),
                # The title of an inconclusive finding says all that it found; its figures stand in the section.
                detail="" if finding["verdict"] == "inconclusive" else finding["sentence"],
            )
            for finding in first[:_FIRST_FINDINGS]
        ),
        findings_left_out=plural(left_out, "more finding") if left_out else "",
        review_signs=signs_found(audit) if audit else (),
        contradicted=claim_points(record.get("claims")),
        flags_fired=tuple(
            Point(label=flag["id"], text=texts.get(flag["question"], ""), detail=flag_rule(flag))
            for flag in flags
            if flag["state"] == "fired"
        ),
        flags_unresolved=joined(open_flags),
        not_done=not_done(record, cells=cells),
        decision_maker=demands["decision_maker"] if demands else "",
    )


def alert_sentences(audit: Mapping[str, Any]) -> tuple[str, ...]:
    """What an identification audit says of alerts: each share beside its denominator, then the break-even share."""
    sheet = audit["tables"].get("identification") or {}
    even = sheet.get("break_even") or {}
    return (*sheet.get("sentences", ()), *((even["sentence"],) if even.get("sentence") else ()))
