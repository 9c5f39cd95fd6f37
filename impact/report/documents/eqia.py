"""The equality impact assessment (T-3), with variants for Northern Ireland and Scotland by where the tool is used.

In: a cleaned record. Out: ``Composed``. Due regard is an act of the decision-maker: the record shows what was measured,
answered and dated, and the statement is a box that somebody fills and signs. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from impact.report.documents.answered import Answered, gap
from impact.report.documents.asked import Asked, answer_lines, cited
from impact.report.documents.due_regard import date_lines
from impact.report.documents.eqia_measured import (
    barred_measures,
    ground_table,
    rate_tables,
    ruling_tables,
    without_ground,
)
from impact.report.documents.grounds import NINE, SECTION_75
from impact.report.documents.record_lines import measured_lines, stops_on
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.answers import answer_anchor
from impact.report.view.parts import Numbering, joined
from impact.report.view.withheld import bar_of

__all__ = ["make_eqia"]

_AIMS: Asked = (
    ("A2", "What the system does"),
    ("A4", "Purposes"),
    ("G1", "Aim, and evidence of the problem"),
    ("A9", "People in a year"),
    ("D1", "Whose data"),
    ("A7", "Worst that can follow"),
    ("J1", "Under-18s"),
    ("J3", "Groups at greater risk"),
)
_EVIDENCE: Asked = (
    ("H2", "Groups tested, as answered"),
    ("H3", "Differences found, as answered"),
    ("H4", "Who checked for bias"),
    ("H7", "Disproportion in the practice that this feeds"),
    ("D10", "Protected data held for testing only"),
    ("W2", "False links by group"),
    ("T7", "Tested by sex, ethnicity and age"),
    ("Z5", "Compared across languages, dialects and name origins"),
)
_ELIMINATE: Asked = (
    ("E3", "Protected characteristics or stand-ins as inputs"),
    ("S3", "Sickness, disability or occupational health in the score"),
    ("S4", "Membership or belief matched or inferred"),
    ("H6", "Whether disability, pregnancy, caring, religion or neurodiversity could change the score"),
    ("S10", "Disclosures and grievances kept out of the score"),
    ("S12", "All ranks and units scanned alike"),
)
_ADVANCE: Asked = (
    ("K3", "How people learn of it"),
    ("K4", "Whether a person can find out"),
    ("K5", "How an output can be challenged"),
    ("I11", "How a wronged person is put right"),
    ("J2", "Safeguards for children"),
)
_FOSTER: Asked = (
    ("I7", "Whether protest, meeting or union activity could be deterred"),
    ("I5", "Whether belief or worship could be revealed or penalised"),
    ("T13", "Use near protest"),
    ("P4", "Engagement in the places affected"),
    ("U8", "Population of the places chosen"),
    ("U9", "Residents told and heard"),
    ("X8", "Flight hours by area and community"),
)
_JUSTIFIED: Asked = (
    ("H5", "Each neutral rule that disadvantages a group, and why"),
    ("G2", "What shows that the tool advances the aim"),
    ("G4", "Effect on people weighed against the gain"),
)
_STAFF: Asked = (
    ("S1", "Who is scanned"),
    ("S8", "What follows a flag"),
    ("S9", "Evidence assessed afresh, and the person heard"),
    ("S11", "Uses that are excluded"),
    ("O4", "Posts that go or change"),
    ("O5", "Consultation and equality analysis of job changes"),
)
_PUBLIC: Asked = (
    ("T5", "Who may be listed"),
    ("T12", "What happens to a person wrongly alerted"),
    ("U4", "What officers do in a predicted place"),
    ("V2", "Whether it can refuse what a person is entitled to"),
    ("W3", "Bulk and open sources"),
    ("X2", "Uses of the aircraft"),
    ("Y4", "What follows a high score"),
)
_HEARD: Asked = (
    ("P1", "Those affected, or their representatives"),
    ("S7", "Federation, unions and staff networks"),
    ("P2", "Independent ethics panel"),
    ("R3", "Legal and equality advisers"),
    ("G3", "Less intrusive options"),
    ("N10", "Other products on the same requirements"),
)
_WATCHED: Asked = (
    ("H8", "Gap that triggers a pause"),
    ("K9", "Figures by group published"),
    ("Q2", "Results that stop the use at once"),
    ("Q3", "Drift tested after each change"),
    ("Q4", "Independent audit"),
)
_INDIRECT = "A neutral rule that puts a group at a disadvantage needs to be justified"
_SPECIFIC = "Specific duties, wording to be checked"
_STATEMENT = (
    "Statement of due regard, by the decision-maker in person: name, position, what was read, how each limb was "
    "weighed, and the date and time, which come before the decision: ………"
)


def make_eqia(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered = Answered(record)
    places = _places(answered)
    north, britain = bool(places & {"northern-ireland", "uk-wide"}), places != {"northern-ireland"}
    return Composed(
        lead=(
            "What was measured and answered on equality, and what was not. An assessment is not due regard: that is an "
            "act of the decision-maker, who has a box at the end.",
        ),
        sections=(
            DocumentPart(
                heading=number.section("aims", "Aims, and who is affected"),
                lines=(_where(answered, places), *answer_lines(answered, _AIMS)),
            ),
            DocumentPart(
                heading=number.section("evidence", "Evidence and gaps"),
                lines=(*answer_lines(answered, _EVIDENCE), *measured_lines(record)),
            ),
            *((_nine(record, number),) if britain else ()),
            *((_section_75(record, number, alone=not britain),) if north else ()),
            *_limbs(record, answered, number, britain=britain),
            *((_scotland(record, number),) if places & {"scotland", "uk-wide"} else ()),
            DocumentPart(
                heading=number.section("justification", "Indirect discrimination, and its justification"),
                lines=(
                    *answer_lines(answered, _JUSTIFIED),
                    *((_law(record, _INDIRECT, "eqa.19"),) if britain else ()),
                ),
            ),
            *(_side(record, answered, number, side, britain=britain) for side in _SIDES),
            DocumentPart(
                heading=number.section("heard", "Consultation, and options considered"),
                lines=answer_lines(answered, _HEARD),
            ),
            DocumentPart(heading=number.section("watched", "Monitoring"), lines=answer_lines(answered, _WATCHED)),
            _due_regard(record, answered, number),
        ),
    )


def _places(answered: Answered) -> set[str]:
    question = answered.question("A11")
    value = question["answer"]["value"] if question and question["state"] == "answered" else None
    return set(value) if isinstance(value, list) else set()


def _where(answered: Answered, places: set[str]) -> Said:
    line = answered.say("A11", "Where it is used, which decides the form of this document")
    if places:
        return line
    if line.withheld:
        text = f"{line.text} So this has the form for Great Britain, whatever the answer."
        return replace(line, text=text)
    why = "the form for Great Britain is used, and the duties of Northern Ireland and Scotland are not shown"
    return gap(line.label, line.source, why, target=line.target)


_LAW = {
    "eqa.4": "Equality Act 2010 s.4",
    "eqa.19": "Equality Act 2010 s.19",
    "eqa.29": "Equality Act 2010 s.29",
    "eqa.42": "Equality Act 2010 s.42",
    "eqa.149": "Equality Act 2010 s.149",
    "eqa.sdr": "Specific-duties regulations",
    "bracking": "R (Bracking) v SSWP [2013] EWCA Civ 1345",
    "ni.equality": "Northern Ireland Act 1998 s.75",
    "scot.equality": "Equality Act 2010 (Specific Duties) (Scotland) Regulations 2012",
    "scot.fairer": "Fairer Scotland duty",
}


def _law(record: Mapping[str, Any], text: str, *keys: str) -> Said:
    return cited("Law", text, [(key, _LAW[key]) for key in keys], record)


def _duty(record: Mapping[str, Any], key: str) -> str:
    """What the register of law says that a key asks, as the record holds it."""
    if bar_of(record, "block/law"):
        return "What it asks is withheld from this version, as all law is that the answers cite"
    entry = (record.get("law") or {}).get(key)
    return str(entry["duty"]) if entry else "What it asks is not in this record"


def _nine(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("characteristics", "Nine protected characteristics")
    table = ground_table(record, NINE, number, "What was measured for each protected characteristic")
    left = without_ground(record, NINE)
    closing = [_law(record, "The nine characteristics", "eqa.4")]
    if left:
        text = f"Counted too, and named like none of the nine: {joined(left)}."
        closing.insert(0, Said(label="Other characteristics", text=text, source="Audit", gap=False))
    return DocumentPart(
        heading=heading,
        lines=tuple(barred_measures(record)),
        tables=(table, *rate_tables(record, NINE, number), *ruling_tables(record, number)),
        closing=tuple(closing),
    )


def _section_75(record: Mapping[str, Any], number: Numbering, *, alone: bool) -> DocumentPart:
    heading = number.section("section-75", "Northern Ireland: screening on the nine section 75 grounds")
    table = ground_table(record, SECTION_75, number, "What was measured for each ground of section 75")
    more = (*rate_tables(record, SECTION_75, number), *ruling_tables(record, number)) if alone else ()
    return DocumentPart(
        heading=heading,
        lines=tuple(barred_measures(record)) if alone else (),
        lead="The Equality Act mostly does not apply there. A tool is screened under the equality scheme of the body.",
        tables=(table, *more),
        closing=(
            gap("Screening decision: full assessment, mitigation, or neither", "Section 75", "no question asks it"),
            gap("Equality scheme of the body", "Section 75", "no question asks it"),
            _law(record, _duty(record, "ni.equality"), "ni.equality"),
        ),
    )


def _limbs(
    record: Mapping[str, Any], answered: Answered, number: Numbering, *, britain: bool
) -> tuple[DocumentPart, ...]:
    """The three limbs of the duty; in Northern Ireland two, of which the first holds what bears on the first two."""
    names = (
        (
            ("eliminate", "First limb: eliminate discrimination, harassment and victimisation", _ELIMINATE),
            ("advance", "Second limb: advance equality of opportunity", _ADVANCE),
            ("foster", "Third limb: foster good relations", _FOSTER),
        )
        if britain
        else (
            ("opportunity", "Section 75(1): equality of opportunity", (*_ELIMINATE, *_ADVANCE)),
            ("relations", "Section 75(2): good relations", _FOSTER),
        )
    )
    parts: list[DocumentPart] = []
    for anchor, title, asked in names:
        first = not parts
        parts.append(
            DocumentPart(
                heading=number.section(anchor, title),
                lead="The questions do not ask limb by limb: each answer stands under the limb that it bears on most."
                if first
                else "",
                lines=(
                    *(stops_on(record, ("H1",)) if first else ()),
                    *answer_lines(answered, asked),
                    *((_law(record, "The duty", "eqa.149", "bracking"),) if first and britain else ()),
                ),
            )
        )
    return tuple(parts)


def _scotland(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    return DocumentPart(
        heading=number.section("scotland", "Scotland: specific duties"),
        lines=(
            _law(record, _duty(record, "scot.equality"), "scot.equality"),
            _law(record, _duty(record, "scot.fairer"), "scot.fairer"),
            gap("Evidence received from people who share a characteristic", _SPECIFIC, "no question asks it"),
            gap("Social and economic disadvantage", "Fairer Scotland duty", "no question asks it"),
            gap("Where the result is published", _SPECIFIC, "no question asks it"),
        ),
    )


@dataclass(frozen=True)
class _Side:
    """One side of the Equality Act: its title, its Part, what it reads, and the law beside it."""

    anchor: str
    title: str
    part: str
    asked: Asked
    words: str
    key: str

    def among(self, kinds: set[str]) -> bool:
        """Whether a deployment of these kinds is on this side."""
        return "staff" in kinds if self.anchor == "staff" else bool(kinds - {"staff"})


_SIDES = (
    _Side("staff", "Staff side", "Part 5: work", _STAFF, "Officers count as employees of the chief officer", "eqa.42"),
    _Side("public", "Public side", "Part 3: services", _PUBLIC, "Services and public functions", "eqa.29"),
)


def _side(
    record: Mapping[str, Any], answered: Answered, number: Numbering, side: _Side, *, britain: bool
) -> DocumentPart:
    """A side with the answer that it rests on; the Parts are those of the Equality Act, so not of Northern Ireland."""
    title = f"{side.title} ({side.part})" if britain else side.title
    heading = number.section(f"{side.anchor}-side", title)
    deployed, kinds = answered.say("A5", "Kinds of deployment"), answered.question("A5")
    if kinds is not None and kinds["state"] == "answered" and not side.among(set(kinds["answer"]["value"] or ())):
        text = f"No deployment of this kind is named. {deployed.text}"
        line = Said(label="Not this side", text=text, source="Answer A5", gap=False, target=answer_anchor("A5"))
        return DocumentPart(heading=heading, lines=(line,))
    law = (_law(record, side.words, side.key),) if britain else ()
    return DocumentPart(heading=heading, lines=(deployed, *answer_lines(answered, side.asked), *law))


def _due_regard(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    return DocumentPart(
        heading=number.section("due-regard", "Statement of due regard"),
        lead="Due regard is had before and while a decision is made, by whoever makes it. Dates are compared as dates: "
        "that one lies before another does not show that anything was read.",
        lines=(
            *stops_on(record, ("H1",)),
            answered.say("H1", "Whether the decision-maker read an equality analysis before deciding"),
            answered.say("P3", "What the oversight body decided"),
            *date_lines(record, answered),
        ),
        blank=_STATEMENT,
    )
