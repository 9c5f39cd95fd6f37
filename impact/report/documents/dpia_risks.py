"""Steps 5 and 6 of a DPIA: risks with their source, measures with their evidence, and what is left.

In: a cleaned record and its answers. Out: ``DocumentPart``. Severity is the answer's own word; no question asks how
likely a harm is, so likelihood stays a gap and is never taken from a score. Computes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import Answered, barred_dimensions, gap, untold
from impact.report.documents.asked import Asked, rows_of
from impact.report.documents.record_lines import contradicted_lines, measured_lines
from impact.report.figures import interval, multiple, points
from impact.report.model import Heading, Table
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.parts import Numbering, joined, plural, sentence
from impact.report.words import EVIDENCE_KINDS, say

__all__ = ["measures", "residual_table", "risks"]

_HARMS: Asked = (
    ("A7", "The worst that can follow an output"),
    ("A8", "How quickly a wrong outcome can be put right"),
    ("I1", "Force, or failure to protect (articles 2 and 3)"),
    ("I2", "Stop, detention or arrest (article 5)"),
    ("I3", "Being marked before proof (article 6)"),
    ("I4", "Intrusion into private life (article 8)"),
    ("I5", "Belief revealed or penalised (article 9)"),
    ("I6", "Speech, sources and critics deterred (article 10)"),
    ("I7", "Protest, meeting or union deterred (article 11)"),
    ("I8", "Loss of property, pay or benefit (Protocol 1)"),
    ("D7", "Harm from unproven or ungraded material"),
    ("J4", "Misuse from inside"),
    ("L4", "Access of supplier staff"),
    ("M4", "Flags that stay after a case ends with no action"),
    ("N8", "Access compelled from abroad"),
)
_NO_LIKELIHOOD = "not stated"
_NOT_OF_DATA, _CONTRACT = ("B", "N", "O"), "B4"  # sections on procurement, exit and cost; the processor contract
_OF_DATA = ("PRI", "EQU", "LIB", "FAI", "EXP", "EMP")  # dimensions of rights, which a DPIA is about


def risks(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    rows = []
    for name, harm in _HARMS:
        question = answered.question(name)
        if question is None or question["state"] == "hidden":
            continue
        line = answered.say(name, harm, note=False)
        rows.append((f"{harm} [{name}]", line.text, _NO_LIKELIHOOD, _NO_LIKELIHOOD))
    table = number.table_or_none(
        "Risks, as the answers give them",
        [("Source and harm", 40), ("Severity, in the answer’s words", 30), ("Likelihood", 15), ("Overall", 15)],
        rows,
        note="The guidance’s words are remote, possible or probable for likelihood; minimal, significant or severe for "
        "severity; low, medium or high overall. The answers use other words; no question asks how likely a harm is.",
    )
    against = contradicted_lines(record)
    missing = gap("Likelihood and overall risk of each harm", "Step 5", "no question asks it; the assessor judges it")
    lines = [missing] if rows else [gap("Risks", "Step 5", "no questionnaire was answered")]
    return DocumentPart(
        heading=Heading(anchor="risks", number="Step 5", title="Identify and assess risks"),
        lines=tuple(lines),
        tables=(table,) if table else (),
        closing=(*against, *measured_lines(record, told=[line.source for line in against])),
    )


def measures(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    """Safeguards that are answered with some strength, what is left of each risk, and who accepts it."""
    taken = [each for each in _safeguards(record) if each["state"] == "answered" and (each["value"] or 0) > 0]
    table = number.table_or_none(
        "Measures that are in place, as answered",
        [("Measure", 45), ("As answered", 20), ("Evidence", 20), ("Credit, of 1", 15, True)],
        [(f"{each['text']} [{each['id']}]", *_measure(answered, each)) for each in taken],
        note="Credit is the toolkit’s: strength of the answer, reduced where evidence is thin, old or contradicted. "
        "Measures on procurement, dependence on a supplier and cost are left out, the processor contract apart.",
    )
    none = [each["id"] for each in _safeguards(record) if each["state"] == "answered" and each["value"] == 0]
    open_ = [each["id"] for each in _safeguards(record) if each["state"] in ("unanswered", "not_known", "refused")]
    lines = [gap("Effect of each measure (eliminated, reduced or accepted)", "Step 6", "no question asks it")]
    lines += answered.bars(*(each["id"] for each in _safeguards(record)))
    if none:
        text = f"{plural(len(none), 'measure')} answered as absent: {joined(none)}."
        lines.append(Said(label="Answered with none", text=text, source="Answers", gap=False))
    if open_:
        text = f"{plural(len(open_), 'measure')} without an answer: {joined(open_)}"
        lines.append(gap("Measures that may or may not be in place", "Questions", text))
    left = residual_table(record, number)
    accepted = accepted_table(answered, number)
    return DocumentPart(
        heading=Heading(anchor="measures", number="Step 6", title="Measures to reduce risk"),
        tables=tuple(each for each in (table, left, accepted) if each),
        closing=(*lines, *barred_dimensions(record, _OF_DATA), *_unaccepted(record, answered)),
    )


def _safeguards(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sections = (record.get("questionnaire") or {}).get("sections", ())
    return [
        each
        for section in sections
        if section["shown"]
        for each in section["questions"]
        if each["kind"] == "mitigation" and each["state"] != "hidden"
        if section["id"] not in _NOT_OF_DATA or each["id"] == _CONTRACT
    ]


def _measure(answered: Answered, question: Mapping[str, Any]) -> tuple[str, str, str]:
    line = answered.say(question["id"], "", note=False, rows=False)
    titles = [item.get("title") or item.get("file") or item.get("url") or "" for item in question["evidence"]]
    cited = "; ".join(title for title in titles if title)
    evidence = cited or f"none cited; asked for: {say(EVIDENCE_KINDS, question['evidence_kind']) or 'any'}"
    credit = (question["credit"] or {}).get("credit")
    if question.get("credit_withheld"):
        return line.text, evidence, "withheld"
    return line.text, evidence, "not stated" if credit is None else multiple(credit)


def residual_table(record: Mapping[str, Any], number: Numbering) -> Table | None:
    """What is left for each dimension of rights, before and after what safeguards close."""
    found = [each for each in (record.get("scoring") or {}).get("dimensions", ()) if each["code"] in _OF_DATA]
    return number.table_or_none(
        "Residual risk on the toolkit’s own scale",
        [
            ("Dimension", 30),
            ("Before measures", 15, True),
            ("Left", 15, True),
            ("Lowest to highest", 20, True),
            ("Level", 20),
        ],
        [
            (
                each["label"],
                points(each["inherent"]),
                points(each["point"]),
                interval([each["low"], each["high"]], points),
                each["band_label"],
            )
            for each in found
        ],
        note="Points of 100, a proposal of the toolkit and no measure of likelihood. “Lowest to highest” is what open "
        f"questions allow. {untold([said.label for said in barred_dimensions(record, _OF_DATA)])}".rstrip(),
    )


def accepted_table(answered: Answered, number: Numbering) -> Table | None:
    """Residual risks that somebody has accepted (R4), as typed."""
    rows = rows_of(answered, "R4")
    note = "The decision log contradicts this answer." if answered.contradicted("R4") else ""
    return number.table_or_none(
        "Residual risks accepted [R4]",
        [("Dimension", 20), ("Level", 20), ("Accepted by", 25), ("Reasons", 35)],
        [tuple((*row, "", "", "", "")[:4]) for row in rows],
        note=note,
    )


def _names(typed: str, dimension: Mapping[str, Any]) -> bool:
    """Whether what was typed names a dimension, by its code or by its label.

    >>> privacy = {"code": "PRI", "label": "Privacy"}
    >>> _names("Risk of PRI", privacy), _names("privacy of staff", privacy), _names("PRICE", privacy)
    (True, True, False)
    """
    return dimension["code"] in re.findall(r"[A-Z]+", typed) or dimension["label"].lower() in typed.lower()


def _unaccepted(record: Mapping[str, Any], answered: Answered) -> list[Said]:
    hidden = answered.bar("R4", "Residual risk that is accepted, and by whom")
    if hidden:
        return [hidden]
    if rows_of(answered, "R4"):
        named = " ; ".join(row[0] for row in rows_of(answered, "R4"))
        high = [
            each
            for each in (record.get("scoring") or {}).get("dimensions", ())
            if each["code"] in _OF_DATA and each["band"] in ("high", "very-high")
        ]
        left = [each["label"] for each in high if not _names(named, each)]
        if not left:
            return []
        return [gap("Who accepts what is high or very high", "Answer R4", f"no row on {sentence(joined(left))[:-1]}")]
    return [answered.say("R4", "Residual risk that is accepted, and by whom")]
