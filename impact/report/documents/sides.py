"""Two assessments side by side as a document: the sections, and what its cover, stamps and annexes say instead.

In: a cleaned record with the block ``sides``. Out: ``Composed``, and the shared parts of its view. Computes nothing;
the first and the second body are named in every table, and nothing is said of one without saying what the other has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impact.errors import Fault, RenderError
from impact.report.documents.sides_questions import question_parts
from impact.report.documents.sides_results import audit_part, claims_part, rules_part, scores_part
from impact.report.figures import british_date
from impact.report.model import Composed, DocumentPart, DocumentView, Pair
from impact.report.view.against import signer_text
from impact.report.view.parts import Numbering, joined, plural

__all__ = ["as_sides", "make_sides"]

_UNVERIFIED = {
    "failed": "{which} DOCUMENT DID NOT VERIFY",
    "not checked": "{which} DOCUMENT: SIGNATURES NOT CHECKED",
    "unsigned": "{which} SIDE IS NOT A SIGNED DOCUMENT",
}
_HELD = {
    "verified": "verified with a trust folder of whoever made this document",
    "failed": "DID NOT VERIFY when this document was made",
    "not checked": "SIGNATURES NOT CHECKED when this document was made",
    "unsigned": "nobody has signed it",
}
_READ = {"document": "a PDF", "record": "a record without a document", "folder": "an assessment folder"}
_SIDES = ("first", "second")


def make_sides(record: Mapping[str, Any], number: Numbering) -> Composed:
    """The sections of the document.

    Raises:
        RenderError: R070 the record does not hold two assessments.
    """
    if not isinstance(record.get("sides"), Mapping):
        wanted, remedy = "a record of two assessments", "Make it with “impact diff A B -o FILE.pdf”"
        raise RenderError(Fault("record.json", "it holds one assessment, not two", wanted, remedy, "R070"))
    sides = record["sides"]
    compared = sides["comparison"]
    names = (sides["first"]["organisation"], sides["second"]["organisation"])
    parts = [
        _parties(sides, number),
        *question_parts(compared, names, number),
        scores_part(compared, number),
        rules_part(compared, number),
        claims_part(compared, number),
        audit_part(compared, number),
    ]
    return Composed(lead=_lead(sides), sections=tuple(part for part in parts if part is not None))


def _lead(sides: Mapping[str, Any]) -> tuple[str, ...]:
    one, two = sides["first"]["organisation"], sides["second"]["organisation"]
    compared = sides["comparison"]
    said = {
        "against": f"{two} answered this very document of {one}, question by question.",
        "against-another": f"{two} answered ANOTHER document than this one of {one}: its digest is not that of the "
        "first document here, so its stands are not set against this one.",
        "later": "The second assessment names the first as its earlier one.",
        None: "Neither assessment names the other.",
    }[compared["relation"]]
    found = [
        f"What {one} says and what {two} says, beside each other. {said} This document takes neither side and works "
        "out no score: it shows where the two agree, where they differ, and where one is silent. Silence is neither "
        "agreement nor doubt."
    ]
    if compared["quotes"]:
        wrong = joined(compared["quotes"])
        found.append(f"CAUTION: the second document quotes the first otherwise than it stands there, on {wrong}.")
    if compared["packs"] == "other":
        found.append("The two answer different questionnaires, so their answers are not set against each other.")
    elif compared["packs"] == "version":
        found.append(
            "The two answer different versions of the questionnaire: part of what differs may come from its rules or "
            "its words."
        )
    return tuple(found)


def _parties(sides: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("parties", "The two documents")
    first, second = (sides[name] for name in _SIDES)
    rows = [
        ("Body", *(side["organisation"] for side in (first, second))),
        ("Document", *(f"{side['title']} ({side['id']}, version {side['version']})" for side in (first, second))),
        ("Date and status", *(f"{british_date(side['date'])}, {side['status']}" for side in (first, second))),
        ("System", *(_system(side["system"]) for side in (first, second))),
        ("Questionnaire", *(_pack(side["pack"]) for side in (first, second))),
        ("Signed by", *(_signers(side) for side in (first, second))),
        ("Signatures", *(_HELD[side["signatures"]] for side in (first, second))),
        ("Read from", *(f"{_READ[side['read_from']]}, attached as {side['attached']}" for side in (first, second))),
        ("SHA-256 of the file", *(side["digest"] for side in (first, second))),
        ("SHA-256 of its record", *(side["record_digest"] for side in (first, second))),
    ]
    table = number.table("Who says what", [("What", 20), ("First", 40), ("Second", 40)], rows)
    lead = (
        "Both are attached whole, as they were handed in. “impact verify” checks the signatures of each again, with "
        "the reader’s own trust folder, and makes every line of this comparison again from the two."
    )
    return DocumentPart(heading=heading, lead=lead, tables=(table,))


def _system(system: Mapping[str, Any]) -> str:
    return str(system["name"]) + (f", version {system['version']}" if system.get("version") else "")


def _pack(pack: Mapping[str, Any] | None) -> str:
    return f"{pack['id']} {pack['version']}, {pack['digest'][:19]}…" if pack else "none"


def _signers(side: Mapping[str, Any]) -> str:
    return "; ".join(signer_text(one) for one in side["signers"]) or "nobody"


def as_sides(view: DocumentView, record: Mapping[str, Any], *, practice: bool) -> DocumentView:
    """The view of a side-by-side document: what the shared parts say of one assessment does not hold of two.

    Args:
        view: With its sections made.
        record: The cleaned record.
        practice: It will be signed with a practice key.
    """
    sides = record["sides"]
    marks = _stamps(sides, practice=practice)
    frame = replace(view.frame, stamps=marks, stamp_line=" · ".join(marks))
    first, second = (sides[name] for name in _SIDES)
    facts = (
        Pair(label="First", text=f"{first['organisation']}: {first['id']}, version {first['version']}"),
        Pair(label="Second", text=f"{second['organisation']}: {second['id']}, version {second['version']}"),
        *(Pair(label=label, text=text) for label, text in _results(sides["comparison"])),
    )
    held = [
        Pair(label=side["attached"], text=f"the {name} side, {_READ[side['read_from']]}, byte for byte")
        for name, side in zip(_SIDES, (first, second), strict=True)
    ]
    digests = [
        Pair(label=f"{name.capitalize()} side ({side['attached']})", text=side["digest"])
        for name, side in zip(_SIDES, (first, second), strict=True)
    ]
    verifying = replace(
        view.verifying,
        digests=(*view.verifying.digests, *digests),
        attachments=(*view.verifying.attachments, *held),
    )
    return replace(
        view,
        frame=frame,
        cover=replace(view.cover, facts=facts, headlines=()),
        caution=_caution(sides["comparison"]["audit"]),
        not_done=_left_out(sides),
        verifying=verifying,
    )


def _stamps(sides: Mapping[str, Any], *, practice: bool) -> tuple[str, ...]:
    found = ["PRACTICE SIGNATURE – NOT A REAL ONE"] if practice else []
    both = [(name.upper(), sides[name]) for name in _SIDES]
    found += [f"{which}: PRACTICE SIGNATURES" for which, side in both if side["practice"]]
    if any(side["illustration"] for _, side in both):
        found.append("ILLUSTRATION")
    found += [
        _UNVERIFIED[side["signatures"]].format(which=which) for which, side in both if side["signatures"] in _UNVERIFIED
    ]
    if _caution(sides["comparison"]["audit"]):
        found.append("CONTAINS SMALL COUNTS")
    for which, side in both:
        marks = [
            mark for mark, holds in (("DRAFT", side["status"] != "final"), ("INCOMPLETE", side["incomplete"])) if holds
        ]
        found += [f"{which}: {', '.join(marks)}"] if marks else []
    return tuple(found)


def _results(compared: Mapping[str, Any]) -> list[tuple[str, str]]:
    results = compared["results"]
    if results is None:
        return [("Answers", "not set against each other")]
    words = {
        "differ": "They differ on",
        "first_only": "The first alone answers",
        "second_only": "The second alone answers",
        "own_words": "In words of their own",
        "agree": "They agree on",
    }
    return [(words[key], plural(results[key], "question")) for key in words]


def _caution(audit: Mapping[str, Any] | None) -> str:
    small = [audit[name]["small_cells"] for name in _SIDES if audit[name]] if audit else []
    if not any(small):
        return ""
    return (
        "The attached documents rest on counts that are small enough to point at a person. Unless those counts are "
        "public already, this document should not be published as it stands."
    )


def _left_out(sides: Mapping[str, Any]) -> tuple[str, ...]:
    audit = sides["comparison"]["audit"]
    found = [
        "Which of the two is right. Where they differ, look at the evidence that each names.",
        "Whether two figures differ by more than chance: that is asked of “impact audit compare”.",
    ]
    for name in _SIDES:
        if audit is None or audit[name] is None:
            found.append(
                f"The {name} body did not count the system’s output, so it says nothing of its own on error rates."
            )
    found += [
        f"Who stands behind the {name} side: its signatures were not verified when this was made."
        for name in _SIDES
        if sides[name]["signatures"] != "verified"
    ]
    return tuple(found)
