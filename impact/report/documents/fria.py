"""The fundamental rights impact assessment (T-7): why, what, how, and a road-map of rights.

In: a cleaned record. Out: ``Composed``. Parts A to D follow the Dutch FRAIA (IAMA), whose structure has not been
checked against its published text, which the document says. Article 27 of the EU AI Act and HUDERIA stand beside them
as comparisons. Seriousness is the answers’ own word; no question asks for a probability. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered, gap, untold
from impact.report.documents.asked import Asked, answer_lines, cited
from impact.report.documents.record_lines import contradicted_lines, measured_lines, stops_on
from impact.report.documents.rights import HOW_CHOSEN, make_rights, nothing, side
from impact.report.model import Heading
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.parts import Numbering

__all__ = ["make_fria"]

_WHY: Asked = (
    ("A2", "What the system does"),
    ("A4", "Purposes, and who set them"),
    ("G1", "Aim, and evidence of the problem"),
    ("C1", "Legal power for each purpose"),
    ("B1", "Controllers"),
    ("B2", "Who answers for it"),
    ("G7", "Tests of success fixed beforehand"),
    ("P1", "Whether those affected were asked"),
)
_DATA: Asked = (
    ("D1", "Whose data"),
    ("D3", "Datasets: source, owner, why first collected"),
    ("D4", "Special category, biometric or criminal-offence data"),
    ("D5", "Intrusive sources"),
    ("D2", "Kinds of person, and fact from opinion, told apart"),
    ("D7", "Unproven or ungraded material"),
    ("D9", "Each field tested for need"),
    ("M1", "How long it is kept"),
    ("L2", "Logging"),
)
_ALGORITHM: Asked = (
    ("A1", "Components, versions and suppliers"),
    ("E1", "Technique"),
    ("E2", "What is predicted, and from which label"),
    ("E3", "Protected characteristics or stand-ins as inputs"),
    ("E4", "Threshold, and who may change it"),
    ("E5", "Accuracy claimed"),
    ("E6", "Who tested it on people like these"),
    ("E7", "Whether a score can be explained to the person"),
    ("E8", "Whether an output can be made again"),
    ("E10", "Right to inspect it"),
)
_CONTEXT: Asked = (
    ("A3", "Stage"),
    ("A5", "Kinds of deployment"),
    ("A11", "Where"),
    ("A9", "People in a year"),
    ("G5", "Limits of place, time, number and person"),
    ("G8", "How serious a matter must be"),
    ("A6", "Forbidden uses"),
    ("S8", "What follows a flag"),
    ("E9", "Whether outputs change what is looked at next"),
    ("K1", "Public record"),
    ("K3", "How people learn of it"),
)
_OVERSIGHT: Asked = (
    ("F1", "Part that the output plays"),
    ("F3", "Who reviews, and may overturn"),
    ("F4", "Significant decisions without meaningful human involvement"),
    ("F5", "Whether the score is seen first"),
    ("F6", "Overrides logged, and no target for agreeing"),
    ("F9", "Training of reviewers"),
    ("F10", "Who can switch it off"),
    ("Q2", "Results that stop the use"),
    ("Q4", "Independent audit"),
)
_BALANCE: Asked = (
    ("G2", "Suitability: what shows that the tool advances the aim"),
    ("G3", "Less intrusive options, and why each was rejected"),
    ("G4", "Balance: effect on people against the gain"),
    ("G6", "People without a link to wrongdoing for each useful result"),
    ("I9", "Protected settings"),
    ("I10", "Journalists, lawyers, elected members, union representatives"),
    ("J2", "Safeguards for children"),
    ("I11", "How a wronged person is put right"),
)
_SCALE: tuple[Asked, ...] = (
    (("A7", "Scale: the worst that can follow"), ("I4", "Scale: depth of intrusion into private life")),
    (("A9", "Scope: people in a year"), ("A10", "Scope: share of them not suspected")),
    (("A8", "Reversibility: how quickly it can be put right"), ("I11", "Reversibility: redress")),
)
_ARTICLE_27: tuple[Asked, ...] = (
    (("A2", "(a) Process: what it is used for"), ("F1", "(a) Process: its part in a decision")),
    (("Q1", "(b) Period: approval ends on"), ("G5", "(b) Period and frequency: limits of time and number")),
    (("D1", "(c) Categories of people"), ("J1", "(c) Children"), ("J3", "(c) Groups at greater risk")),
    (("A7", "(d) Risks of harm: the worst that can follow"), ("J4", "(d) Risks of harm: misuse from inside")),
    (("F3", "(e) Human oversight: who reviews"), ("F9", "(e) Human oversight: training")),
    (
        ("Q2", "(f) If a risk comes true: what stops the use"),
        ("F10", "(f) If a risk comes true: who switches it off"),
        ("B2", "(f) Governance: who answers for it"),
        ("K5", "(f) Complaints: how an output is challenged"),
        ("K6", "(f) Complaints: procedure"),
    ),
)


def make_fria(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered = Answered(record)
    return Composed(
        lead=(
            "An assessment of what the system does to fundamental rights, in four parts: why, what, how, and a map "
            "of rights. The parts follow the Dutch FRAIA (in Dutch: IAMA) as it is understood here; that structure has "
            "not been checked against its published text.",
        ),
        sections=(
            _part("A", "why", "Why: aim, power, and who answers", answered, _WHY, stops_on(record, ("C1",))),
            _part("B1", "data", "What: data", answered, _DATA, stops_on(record, ("C4", "L2"))),
            _part("B2", "algorithm", "What: algorithm", answered, _ALGORITHM),
            _part("C1", "context", "How: context of use", answered, _CONTEXT, stops_on(record, ("C6",))),
            _part("C2", "oversight", "How: oversight by people", answered, _OVERSIGHT, stops_on(record, ("F4",))),
            _road_map(record, answered, number),
            _huderia(record, answered),
            _article_27(record, answered),
        ),
    )


def _part(
    letter: str, anchor: str, title: str, answered: Answered, asked: Asked, more: tuple[Said, ...] = ()
) -> DocumentPart:
    heading = Heading(anchor=anchor, number=f"Part {letter}", title=title)
    return DocumentPart(heading=heading, lines=(*more, *answer_lines(answered, asked)))


def _road_map(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    heading = Heading(anchor="road-map", number="Part D", title="Road-map of rights")
    rights = make_rights(record, answered)
    table = number.table_or_none(
        "Right by right: how serious, what guards it, what weighs against",
        [("Right", 25), ("Seriousness, as answered", 15), ("What guards it", 30), ("What weighs against the use", 30)],
        [
            (
                f"{right.name} [{right.asked.source}]" if right.asked else right.name,
                right.asked.text if right.asked else "no question asks it",
                side(right.support, none=nothing(right, "The record holds nothing")),
                side(right.against, none=nothing(right, "The record holds nothing"))
                + (f" Open: {', '.join(right.unanswered)}." if right.unanswered else "")
                + (f" {untold(right.withheld)}" if right.withheld else ""),
            )
            for right in rights
        ],
    )
    chosen = Said(label="What stands in the table first", text=HOW_CHOSEN, source="Rule of this document", gap=False)
    missing = gap("Rights", "Questions I1 to I8", "no questionnaire was answered")
    return DocumentPart(
        heading=heading,
        lead="Seriousness is the word of the answer. Less intrusive means and balance are asked once, for all rights.",
        tables=(table,) if table else (),
        closing=(chosen if rights else missing, *answer_lines(answered, _BALANCE), *contradicted_lines(record)),
        blank="Conclusion of those who discussed it: go on, adapt, or stop; for which right; by whom, and when: ………",
    )


def _huderia(record: Mapping[str, Any], answered: Answered) -> DocumentPart:
    lines = [line for asked in _SCALE for line in answer_lines(answered, asked)]
    return DocumentPart(
        heading=Heading(
            anchor="huderia", number="Comparison 1", title="HUDERIA: scale, scope, reversibility, probability"
        ),
        lead="The four words are used as they are understood here; the text of HUDERIA has not been read.",
        lines=(
            *lines,
            gap("Probability", "HUDERIA", "no question asks how likely a harm is; what was measured stands below"),
            *measured_lines(record),
            cited("Source", "Risk and impact by these four", (("huderia", "Council of Europe, HUDERIA"),), record),
        ),
    )


def _article_27(record: Mapping[str, Any], answered: Answered) -> DocumentPart:
    return DocumentPart(
        heading=Heading(
            anchor="article-27", number="Comparison 2", title="EU AI Act, article 27(1), points (a) to (f)"
        ),
        lead="The Act is not law in the United Kingdom.",
        lines=(
            *(line for asked in _ARTICLE_27 for line in answer_lines(answered, asked)),
            cited(
                "Source",
                "What a deployer assesses before first use",
                (("euaia.27", "Regulation (EU) 2024/1689 art 27, comparison only"),),
                record,
            ),
        ),
    )
