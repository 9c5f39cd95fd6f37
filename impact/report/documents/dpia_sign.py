"""Step 7 of a DPIA, and the sheet on Part 3 of the Data Protection Act 2018.

In: a cleaned record and its answers. Out: ``DocumentPart``. Nobody signs here by default: a line without a name is a
gap, and advice that was overruled is printed with its reason or with the fact that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impact.report.documents.answered import Answered, gap
from impact.report.documents.asked import Asked, answer_lines, cited, rows_of
from impact.report.documents.record_lines import stops_on
from impact.report.model import Heading
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.answers import answer_anchor
from impact.report.view.parts import joined, sentence

__all__ = ["part_three", "sign_off"]

_SHEET: Asked = (
    ("A2", "General description (s.64(3))"),
    ("R4", "Risks that are left and accepted (s.64(3))"),
    ("L1", "Security (s.64(3), s.66)"),
    ("C4", "Strict necessity and Schedule 8 condition, field by field (s.35)"),
    ("C5", "Appropriate policy document (s.42)"),
    ("C9", "Use for another purpose (s.36)"),
    ("D2", "Kinds of person, and fact from opinion, told apart (s.38)"),
    ("M1", "Time limits for review and erasure (s.39)"),
    ("L2", "Logging (s.62)"),
    ("L3", "Logs sampled for misuse (s.62)"),
    ("F4", "Significant decisions without meaningful human involvement (ss.50A to 50D)"),
    ("C8", "Prior consultation (s.65)"),
)
_NOBODY = "nobody is named"
_OVERRULED = "Advice that was overruled, with the reason"
_UNDER = ("Part 3", "Mixed")  # as the choices of C2 spell them
_REGIMES = (*_UNDER, "UK GDPR", "Part 4")


def sign_off(record: Mapping[str, Any], answered: Answered) -> DocumentPart:
    advice, overruled = _advice(answered)
    return DocumentPart(
        heading=Heading(anchor="sign-off", number="Step 7", title="Sign off and record outcomes"),
        lines=(
            gap("Measures approved by", "Step 7", _NOBODY),
            _accepted_by(answered),
            *advice,
            *overruled,
            *stops_on(record, ("C8",)),
            answered.say("C8", "Consultation of the Commissioner where high risk remains"),
            gap("Consultation responses reviewed by", "Step 7", _NOBODY),
            answered.say("P1", "What consultation changed"),
            answered.say("R5", "Conditions, with owner and date"),
            gap("This DPIA will be kept under review by", "Step 7", _NOBODY),
        ),
        blank="Names, positions and dates: measures approved; residual risks approved; advice of the data protection "
        "officer accepted or overruled, with the reason; consultation reviewed; kept under review. Signatures stand at "
        "the end.",
    )


def _accepted_by(answered: Answered) -> Said:
    label = "Residual risks approved by"
    hidden = answered.bar("R4", label)
    if hidden:
        return hidden
    named = [row[2] for row in rows_of(answered, "R4") if len(row) > 2 and row[2]]
    if not named:
        return gap(label, "Question R4", _NOBODY, target=answer_anchor("R4") if answered.question("R4") else "")
    who = joined(list(dict.fromkeys(named)))
    more = " The decision log contradicts this." if answered.contradicted("R4") else ""
    return Said(label=label, text=sentence(who) + more, source="Answer R4", gap=False, target=answer_anchor("R4"))


def _advice(answered: Answered) -> tuple[list[Said], list[Said]]:
    """What the data protection officer advised, and apart from it what was not followed."""
    rows = rows_of(answered, "R2")
    barred = [answered.bar("R2", label) for label in ("Advice of the data protection officer", _OVERRULED)]
    if barred[0]:
        return [line for line in barred[:1] if line], [line for line in barred[1:] if line]
    if not rows:
        line = answered.say("R2", "Advice of the data protection officer")
        missing = gap(_OVERRULED, "Question R2", "no advice is recorded")
        return [line], [missing] if line.gap else []
    lines, overruled = [], []
    for row in rows:
        what, followed, reason = (*row, "", "", "")[:3]
        stated = f"Followed: {followed}." if followed else "Whether it was followed is not stated."
        lines.append(_line("Advice of the data protection officer", f"{sentence(what or 'Not named')} {stated}"))
        if followed != "Yes":
            why = f"Reason: {sentence(reason)}" if reason else "No reason is stated in the record."
            label = (
                "Advice that was overruled" if followed == "No" else "Advice not shown to have been followed in full"
            )
            lines[-1] = _line("Advice of the data protection officer", f"{sentence(what or 'Not named')} {stated}")
            overruled.append(_line(label, f"{sentence(what or 'Not named')} {why}"))
    if not overruled:
        overruled.append(_line("Advice that was overruled", "None of the advice that is recorded."))
    return lines, overruled


def _line(label: str, text: str) -> Said:
    return Said(label=label, text=text, source="Answer R2", gap=False, target=answer_anchor("R2"))


def part_three(record: Mapping[str, Any], answered: Answered) -> DocumentPart:
    return DocumentPart(
        heading=Heading(anchor="part-three", number="Sheet", title="Part 3: processing for law enforcement"),
        lead="For purposes that Part 3 of the Data Protection Act 2018 governs.",
        lines=(
            _governed(answered),
            Said(label="Risks to rights and freedoms (s.64(3))", text="Listed in step 5.", source="Step 5", gap=False),
            Said(label="Measures and safeguards (s.64(3))", text="Listed in step 6.", source="Step 6", gap=False),
            *stops_on(record, ("C4", "C5", "C8", "L2")),
            *answer_lines(answered, _SHEET),
            cited(
                "Law",
                "What a DPIA must hold, the first principle with sensitive processing, logging, and prior consultation",
                (
                    ("dpa.64", "DPA 2018 s.64"),
                    ("dpa.35", "DPA 2018 s.35"),
                    ("dpa.sch8", "DPA 2018 Sch 8"),
                    ("dpa.62", "DPA 2018 s.62"),
                    ("dpa.65", "DPA 2018 s.65"),
                ),
                record,
            ),
        ),
        sheet=True,
    )


def _governed(answered: Answered) -> Said:
    """Whether a purpose is answered as governed by Part 3, in the words of that answer."""
    rows = [(*row, "", "")[:2] for row in rows_of(answered, "C2")]
    line = answered.say("C2", "Regime for each purpose")
    if not rows or any(regime not in _REGIMES for _, regime in rows):  # a regime in other words is printed and not read
        return line
    under = [purpose or "a purpose without a name" for purpose, regime in rows if regime in _UNDER]
    said = f"Answered as under Part 3, or mixed: {joined(under)}" if under else "No purpose is answered as under Part 3"
    return replace(line, text=f"{said}. {line.text}")
