"""The data protection impact assessment (T-2): the seven steps of the Commissioner's guidance, and a sheet for Part 3.

In: a cleaned record. Out: ``Composed``. Likelihood and severity are judgements that no question asks in the guidance's
words: the answers' own words are printed, and the rest is a labelled gap for the person who judges. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered
from impact.report.documents.asked import Asked, answer_lines
from impact.report.documents.dpia_risks import measures, risks
from impact.report.documents.dpia_sign import part_three, sign_off
from impact.report.documents.record_lines import stops_on
from impact.report.model import Heading
from impact.report.shapes_documents import Composed, DocumentPart
from impact.report.view.parts import Numbering

__all__ = ["make_dpia"]

_NEED: Asked = (
    ("A2", "What the project is"),
    ("A3", "Stage"),
    ("G1", "Aim, and evidence of the problem"),
    ("A9", "People in a year, which bears on whether a DPIA is needed"),
    ("D4", "Special category, biometric or criminal-offence data"),
    ("D5", "Intrusive sources"),
    ("F2", "Legal or similarly significant effect"),
    ("C7", "A DPIA finished before processing began"),
)
_NATURE: Asked = (
    ("A1", "Components, versions and suppliers"),
    ("D3", "Datasets: source, owner, why first collected, gateway"),
    ("D6", "Source systems joined"),
    ("E1", "Technique"),
    ("F1", "Part that the output plays"),
    ("M1", "How long each class of data is kept"),
    ("M3", "Whether deletion was tested"),
    ("B3", "Suppliers, sub-processors, hosting and countries"),
    ("L1", "Assurance of hosting and application"),
    ("L4", "Access of supplier staff"),
    ("L5", "Who holds the keys"),
)
_SCOPE: Asked = (
    ("A9", "People in a year"),
    ("A11", "Where"),
    ("D4", "Special category, biometric or criminal-offence data"),
    ("S1", "Groups of staff"),
    ("S2", "Streams that are scanned"),
    ("T4", "Size of the watchlist"),
    ("W3", "Bulk and open sources"),
    ("Q1", "Approval ends on"),
)
_CONTEXT: Asked = (
    ("D1", "Whose data"),
    ("A10", "Share of them not suspected"),
    ("J1", "Under-18s"),
    ("J3", "Groups at greater risk"),
    ("K3", "How people learn of it"),
    ("S5", "Whether any of it is covert"),
    ("S6", "Whether staff were told before it began"),
    ("D7", "Unproven allegations, ungraded intelligence, complaints not upheld"),
    ("D8", "Data bought, scraped, or on family and contacts"),
    ("Q5", "Combined effect with other surveillance"),
)
_PURPOSES: Asked = (
    ("A4", "Purposes, and who set them"),
    ("B1", "Controllers"),
    ("A7", "Worst that can follow for a person"),
    ("G2", "What shows that the tool advances the aim"),
)
_CONSULTATION: Asked = (
    ("P1", "Those affected, or their representatives"),
    ("S7", "Federation, unions and staff networks"),
    ("P4", "Engagement in the places affected"),
    ("U9", "Residents of the places chosen"),
    ("P2", "Independent ethics panel"),
    ("R3", "Legal and equality advisers"),
)
_NECESSITY: Asked = (
    ("C2", "Regime for each purpose"),
    ("C3", "Basis for processing"),
    ("C1", "Legal power"),
    ("C4", "Condition for sensitive data"),
    ("G3", "Less intrusive options"),
    ("G4", "Effect on people weighed against the gain"),
    ("C9", "Function creep: law-enforcement data for employment, or the other way round"),
    ("A6", "Function creep: forbidden uses, and how they are blocked"),
    ("N9", "Function creep: use by the supplier for its own products"),
    ("D2", "Quality: fact from opinion, and kinds of person told apart"),
    ("E5", "Quality: accuracy claimed"),
    ("D9", "Minimisation: each field tested for need"),
    ("G5", "Minimisation: limits of place, time, number and person"),
    ("K3", "Information given to people"),
    ("K4", "Rights: finding out whether one is on it"),
    ("K5", "Rights: challenging an output"),
    ("C10", "Rights that will be restricted"),
    ("B4", "Processors: contract in force before data reached them"),
    ("N8", "Transfers: access that a foreign state could compel"),
)


def make_dpia(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered = Answered(record)
    return Composed(
        lead=(
            "A data protection impact assessment in the seven steps of the Information Commissioner’s guidance, filled "
            "from one assessment. It becomes a DPIA when people judge what is marked as a gap, and sign.",
        ),
        sections=(
            _step("Step 1", "need", "Identify the need", answered, _NEED, stops_on(record, ("C7",))),
            _step("Step 2", "nature", "Describe the processing: nature", answered, _NATURE),
            _step("Step 2", "scope", "Describe the processing: scope", answered, _SCOPE),
            _step("Step 2", "context", "Describe the processing: context", answered, _CONTEXT),
            _step("Step 2", "purposes", "Describe the processing: purposes", answered, _PURPOSES),
            _step("Step 3", "consultation", "Consultation", answered, _CONSULTATION),
            _step(
                "Step 4",
                "necessity",
                "Necessity and proportionality",
                answered,
                _NECESSITY,
                stops_on(record, ("C1", "C4", "B4", "F4")),
            ),
            risks(record, answered, number),
            measures(record, answered, number),
            sign_off(record, answered),
            part_three(record, answered),
        ),
    )


def _step(
    step: str, anchor: str, title: str, answered: Answered, asked: Asked, more: tuple[Any, ...] = ()
) -> DocumentPart:
    heading = Heading(anchor=anchor, number=step, title=title)
    return DocumentPart(heading=heading, lines=(*more, *answer_lines(answered, asked)))
