"""The decision form (T-1): facts and advice for a deputy mayor, with annexes A to E.

In: a cleaned record. Out: ``DecisionForm``. The layout follows published decisions of the Mayor’s Office for Policing
and Crime. A recommendation is an act of an officer: the record holds none, so the form has labelled gaps for it and
prints the toolkit’s proposal as such. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import NOT_STATED, Answered, barred, barred_rules, exempt_parts, gap
from impact.report.figures import british_date, count, interval, points
from impact.report.model import Table
from impact.report.shapes_documents import DecisionForm, Said, SaidPart
from impact.report.view.claims import claim_points, verdict_of
from impact.report.view.frame import alert_sentences, findings_in_order
from impact.report.view.parts import Numbering, cite_all, joined, plural, question_texts, sentence
from impact.report.view.scoring import make_levels
from impact.report.view.withheld import bar_of, hidden_names
from impact.report.words import SEVERITIES, STOP_KINDS, VERDICTS, say

__all__ = ["make_decision_form"]

_FACTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "background",
        "Introduction and background",
        (
            ("A2", "What the system does"),
            ("A3", "Stage that this approval is for"),
            ("A4", "Purposes"),
            ("A5", "Kinds of deployment"),
            ("A9", "People in a year"),
            ("A10", "Share of them not suspected"),
            ("B10", "End date first approved, and now"),
        ),
    ),
    (
        "issues",
        "Issues for consideration",
        (
            ("G1", "Aim, and evidence of the problem"),
            ("G2", "Evidence that the tool helps"),
            ("G7", "Tests of success fixed beforehand"),
            ("F1", "Part that the output plays"),
            ("A7", "Worst that can follow"),
            ("P1", "Whether those affected were asked"),
            ("P2", "Ethics panel"),
            ("P3", "What the oversight body decided"),
        ),
    ),
    (
        "finance",
        "Financial comments",
        (
            ("B9", "Value with every option and extension"),
            ("O1", "Cost over its whole life"),
            ("O2", "Business case"),
            ("O3", "Who has evaluated the benefits"),
            ("O6", "Who pays after the pilot"),
        ),
    ),
    (
        "legal",
        "Legal comments",
        (
            ("C1", "Power for each purpose"),
            ("B5", "How the supplier is chosen"),
            ("B7", "Direct award: ground and notice"),
            ("B8", "Approval of the procurement strategy"),
            ("C6", "Published policy: who, where, when, why"),
        ),
    ),
    (
        "commercial",
        "Commercial issues",
        (
            ("B6", "Suppliers evaluated"),
            ("B11", "Published key performance indicators"),
            ("B12", "Conflicts assessment"),
            ("N3", "Exit plan"),
            ("N4", "Months to replace it"),
            ("N6", "Break clause"),
        ),
    ),
    (
        "privacy",
        "Data protection and privacy",
        (
            ("B1", "Controllers"),
            ("C2", "Regime for each purpose"),
            ("C3", "Basis for processing"),
            ("C5", "Appropriate policy document"),
            ("C7", "Impact assessment (DPIA) finished before processing began"),
            ("C8", "Commissioner consulted first, where high risk remains"),
        ),
    ),
    (
        "equality",
        "Equality comments",
        (
            ("H1", "Equality analysis read before deciding"),
            ("H2", "Groups tested"),
            ("H3", "Differences found, as answered"),
            ("H4", "Who checked for bias"),
            ("H5", "Justification"),
            ("H8", "Gap that triggers a pause"),
        ),
    ),
)
_RIGHTS = tuple(f"I{number}" for number in range(1, 12))
_RULED = ("contradicted", "not enough data", "supported", "not testable")


def make_decision_form(record: Mapping[str, Any], number: Numbering) -> DecisionForm:
    answered = Answered(record)
    facts = [
        SaidPart(
            heading=number.section(anchor, title),
            lines=(*_more(anchor, record), *(answered.say(name, label) for name, label in asked)),
        )
        for anchor, title, asked in _FACTS
    ]
    facts.append(SaidPart(heading=number.section("papers", "Background and supporting papers"), lines=_papers(record)))
    # In the order in which they are read, so that their numbers run from front to back.
    dashboard = number.annex("dashboard", "Dashboard")
    lead, drawing, table = _dashboard(record, number)
    rights = number.annex("rights", "Rights")
    rights_table = _rights(answered, number)
    claims = number.annex("claims", "Claims against evidence")
    claims_table = _claims(record, number)
    conditions = number.annex("conditions", "Conditions tracker")
    conditions_table = _conditions(record, number)
    options = number.annex("options", "Options")
    return DecisionForm(
        executive=_executive(record),
        recommendation=_recommendation(record, answered),
        facts=tuple(facts),
        exempt=exempt_parts(record) or (gap("Exempt material, and its ground under the Freedom of Information Act"),),
        closing=(
            gap("Publication, or deferral with its reason and date"),
            gap("Originating officer’s declaration"),
            gap("Director’s and chief officer’s declarations"),
        ),
        dashboard=dashboard,
        dashboard_lead=lead,
        dashboard_figure=drawing,
        dashboard_table=table,
        rights=rights,
        rights_table=rights_table,
        tested_claims=claims,
        tested_claims_lead=_claims_lead(record),
        tested_claims_table=claims_table,
        contradicted=claim_points(record.get("claims")),
        conditions=conditions,
        conditions_lead=_conditions_lead(record),
        conditions_table=conditions_table,
        options=options,
        options_table=_options(answered, number),
    )


def _executive(record: Mapping[str, Any]) -> Said:
    text = record["assessment"].get("summary")
    label = "In the assessor’s words"
    hidden = barred(record, "assessment/summary", label)
    if hidden:
        return hidden
    return Said(label=label, text=text, source="Assessment, summary", gap=False) if text else gap(label)


def _recommendation(record: Mapping[str, Any], answered: Answered) -> tuple[Said, ...]:
    about, scoring = record["assessment"], record.get("scoring")
    lines = [gap("What the officer recommends (each an act: approve, refuse, delegate, extend with a break)")]
    if scoring:
        reasons = " ".join(map(sentence, scoring["outcome"]["reasons"]))
        lines.append(
            Said(
                label="What the toolkit proposes, on its own ladder",
                text=f"{sentence(scoring['outcome']['label'])} {reasons}",
                source="Outcome",
                gap=False,
            )
        )
        demands = scoring.get("demands")
        if demands:
            months = demands.get("longest_approval_months")
            text = f"{sentence(demands['before_go_live'])}" + (f" Longest approval: {months} months." if months else "")
            label = "What it proposes before use at this level"
            lines.append(Said(label=label, text=text, source=f"Level {demands['level']}", gap=False))
    body = about.get("oversight_body")
    label = "Who decides"
    lines.append(Said(label=label, text=sentence(body), source="Assessment", gap=False) if body else gap(label))
    lines += [answered.say("B2", "Senior responsible owner"), gap("Reference of the decision")]
    day = about.get("decision_date")
    label = "Date of the decision"
    lines.append(
        Said(label=label, text=sentence(british_date(day)), source="Assessment", gap=False) if day else gap(label)
    )
    return tuple(lines)


def _more(anchor: str, record: Mapping[str, Any]) -> list[Said]:
    """Lines of a section that are no answers: rules that fired, findings, the threshold of the scheme of consent."""
    scoring, audit, law = record.get("scoring"), record.get("audit"), record.get("law") or {}
    if anchor == "issues" and scoring:
        return _stops(record, scoring, law, question_texts(record))
    if anchor == "legal":
        profile = record.get("profile") or {}
        value = profile.get("approval_threshold")
        label = "Threshold of the scheme of consent"
        source = profile.get("approval_threshold_source") or "no source given"
        return [
            Said(label=label, text=f"£{count(value)}.", source=f"Profile: {source}", gap=False)
            if value is not None
            else gap(label)
        ]
    if anchor == "equality":
        hidden = barred(record, "audit/findings", "What the counts show", "Audit")
        return [hidden] if hidden else _findings(audit)
    return []


def _stops(
    record: Mapping[str, Any], scoring: Mapping[str, Any], law: Mapping[str, Any], texts: Mapping[str, str]
) -> list[Said]:
    lines = [
        Said(
            label=f"{say(STOP_KINDS, stop['kind'])} that applies",
            text=f"{sentence(stop['text'])} {sentence(cite_all(stop.get('refs', []), law) or str(stop['basis']))}",
            source=stop["id"],
            gap=False,
        )
        for stop in scoring["hard_stops"]
        if stop["state"] == "fired"
    ]
    waiting = [stop["id"] for stop in scoring["hard_stops"] if stop["state"] == "unresolved"]
    if waiting:
        text = f"An answer is missing for {plural(len(waiting), 'hard stop')}, which is not to be read as clear."
        lines.append(Said(label="Unresolved", text=text, source=joined(waiting), gap=True))
    hidden = barred_rules(record)
    if not lines:
        said = "No hard stop that is shown has fired." if hidden else "No hard stop has fired."
        lines.append(Said(label="Hard stops", text=said, source="Hard stops", gap=False))
    raised = [flag for flag in scoring["flags"] if flag["state"] == "fired"]
    if raised:
        text = "; ".join(f"{texts.get(flag['question'], flag['question'])} ({flag['id']})" for flag in raised)
        lines.append(Said(label="Red flags raised at", text=text, source="Red flags", gap=False))
    return [*lines, *hidden]


def _findings(audit: Mapping[str, Any] | None) -> list[Said]:
    if not audit:
        return [gap("What the counts show", "Audit", "the output of the system was not counted")]
    primary = [found for found in findings_in_order(audit["findings"]) if found.get("role") == "primary"]
    heavy = [found for found in primary if found.get("severity") in ("high", "medium")]
    lines = [
        Said(
            label=f"{say(VERDICTS, found['verdict'])}, severity {say(SEVERITIES, found['severity']).lower()}",
            text=found["sentence"],
            source=f"Finding {found['id']}",
            gap=False,
        )
        for found in heavy
    ]
    left = [found for found in primary if found not in heavy]
    if left:
        counts: dict[str, int] = {}
        for found in left:
            counts[say(VERDICTS, found["verdict"]).lower()] = counts.get(say(VERDICTS, found["verdict"]).lower(), 0) + 1
        verdicts = "; ".join(f"{words} {number}" for words, number in counts.items())
        text = f"{plural(len(left), 'other declared comparison')}, by verdict: {verdicts}."
        lines.append(Said(label="Others", text=text, source=_span([f["id"] for f in left]), gap=False))
    lines += [
        Said(label="Alerts", text=text, source="Audit, sheet of alerts", gap=False) for text in alert_sentences(audit)
    ]
    if not lines:
        lines.append(gap("What the counts show", "Audit", "the declared comparisons gave no finding"))
    return lines


def _span(ids: list[str]) -> str:
    return joined(ids) if len(ids) <= 3 else f"{plural(len(ids), 'finding')} between {min(ids)} and {max(ids)}"


def _papers(record: Mapping[str, Any]) -> tuple[Said, ...]:
    prior, files = record["assessment"].get("prior_assessment"), record.get("evidence") or []
    label, listed = "Earlier assessment", "Evidence files"
    hidden = len(hidden_names(record, "evidence/"))
    more = f" {plural(hidden, 'further file')} withheld." if hidden else ""
    return (
        Said(label=label, text=sentence(prior), source="Assessment", gap=False) if prior else gap(label),
        Said(label=listed, text=f"{len(files)}, in the annex “Evidence list”.{more}", source="Evidence", gap=False)
        if files or hidden
        else gap(listed),
    )


def _dashboard(record: Mapping[str, Any], number: Numbering) -> tuple[str, Any, Table | None]:
    scoring = record.get("scoring")
    if scoring and not scoring["dimensions"] and hidden_names(record, "scoring/dimensions/"):
        return "The figures of every dimension are withheld.", None, None
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
    return found.lead, drawing, table


def _rights(answered: Answered, number: Numbering) -> Table | None:
    asked = [(name, answered.question(name)) for name in _RIGHTS]
    rows = []
    for name, question in asked:
        if question is not None and question["state"] != "hidden":
            said = answered.say(name, "")
            rows.append((name, question["text"], said.text))
    return number.table_or_none(
        "Rights engaged, as answered", [("Answer", 10), ("Right", 45), ("What is said", 45)], rows
    )


def _claims_lead(record: Mapping[str, Any]) -> str:
    claims = record.get("claims")
    if not claims:
        return f"{NOT_STATED[:-1]}: no answer was tested against a log of the system."
    hidden = hidden_names(record, "claims/check/")
    more = f" Withheld: {joined(hidden)}; see the annex on what is withheld." if hidden else ""
    return f"What the answers claim, and what the decision log says. “Not enough data” is not support.{more}"


def _claims(record: Mapping[str, Any], number: Numbering) -> Table | None:
    entries = [each for each in (record.get("claims") or {}).get("checks", ()) if each["ruling"] is not None]
    return number.table_or_none(
        "Claims and what the log says",
        [("Check", 10), ("Claim", 25), ("Answers", 10), ("Verdict", 15), ("What the log says", 40)],
        [
            (each["check"], each["title"], joined(each["questions"]), verdict_of(each), each["ruling"]["sentence"])
            for each in sorted(entries, key=lambda each: _RULED.index(each["ruling"]["verdict"]))
        ],
    )


def _conditions_lead(record: Mapping[str, Any]) -> str:
    duties = (record.get("promises") or {}).get("duties")
    if bar_of(record, "block/promises"):
        return bar_of(record, "block/promises")
    if not duties:
        return f"{NOT_STATED[:-1]}: no answer promises anything."
    return "What the answers promise. How each is measured is not stated in the record, unless the condition says it."


def _conditions(record: Mapping[str, Any], number: Numbering) -> Table | None:
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


def _options(answered: Answered, number: Numbering) -> Table | None:
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
