"""The decision form (T-1): facts and advice for a deputy mayor, with annexes A to E.

In: a cleaned record. Out: ``DecisionForm``. The layout follows published decisions of the Mayor’s Office for Policing
and Crime. A recommendation is an act of an officer: the record holds none, so the form has labelled gaps for it and
prints the toolkit’s proposal as such. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered, barred, exempt_parts, gap
from impact.report.documents.decision_annexes import (
    make_claims_lead,
    make_claims_table,
    make_conditions_lead,
    make_conditions_table,
    make_dashboard,
    make_options_table,
    make_rights_table,
)
from impact.report.documents.record_lines import finding_lines, stop_lines
from impact.report.figures import british_date, count
from impact.report.shapes_documents import DecisionForm, Said, SaidPart
from impact.report.view.claims import claim_points
from impact.report.view.parts import Numbering, plural, sentence
from impact.report.view.withheld import hidden_names

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
    lead, drawing, table = make_dashboard(record, number)
    rights = number.annex("rights", "Rights")
    rights_table = make_rights_table(answered, number)
    claims = number.annex("claims", "Claims against evidence")
    claims_table = make_claims_table(record, number)
    conditions = number.annex("conditions", "Conditions tracker")
    conditions_table = make_conditions_table(record, number)
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
        tested_claims_lead=make_claims_lead(record),
        tested_claims_table=claims_table,
        contradicted=claim_points(record.get("claims")),
        conditions=conditions,
        conditions_lead=make_conditions_lead(record),
        conditions_table=conditions_table,
        options=options,
        options_table=make_options_table(answered, number),
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
        label = "What the toolkit proposes, on its own ladder"
        reasons = " ".join(map(sentence, scoring["outcome"]["reasons"]))
        hidden = barred(record, "scoring/outcome", label, "Outcome")
        text = f"{sentence(scoring['outcome']['label'])} {reasons}".rstrip()
        lines.append(hidden or Said(label=label, text=text, source="Outcome", gap=False))
        untold = (
            barred(record, "scoring/outcome_reasons", "What leads to it", "Outcome"),
            barred(record, "scoring/demands", "What it proposes before use at this level", "Levels"),
        )
        lines += [said for said in untold if said]
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
    if anchor == "issues" and record.get("scoring"):
        return stop_lines(record)
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
        return finding_lines(record)
    return []


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
