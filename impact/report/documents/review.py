"""The conditions and review report (T-10): what was approved against what is so, 6 or 12 months later.

In: a cleaned record with the block ``review``. Out: ``Composed``. Computes nothing: what changed, what is overdue and
what a rule proposes stand in the record. The decision is left to an officer, as a labelled gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.errors import Fault, RenderError
from impact.report.documents.answered import Answered, gap
from impact.report.documents.review_parts import changed_answers, checks_part, levels_part, promises_part
from impact.report.figures import british_date, count
from impact.report.model import Composed, DocumentPart, Said
from impact.report.view.parts import Numbering, plural, sentence

__all__ = ["make_review"]

_PROPOSALS = {
    "stop": "to stop: a rule that stops use applies",
    "change": "to change before any renewal: something promised, found or decided is not kept",
    "renew": "to renew: nothing on the lists below speaks against it, and nothing that they ask for is missing",
    "none": "nothing: too little is known for any proposal. What is missing is listed",
}
_FACTS = (
    ("A3", "Stage"),
    ("A9", "People in a year"),
    ("A10", "Share not suspected"),
    ("A5", "Kinds of deployment"),
    ("F1", "Its part in a decision"),
    ("F3", "Who reviews each output"),
    ("D4", "Special data"),
    ("M1", "How long data are kept"),
    ("B9", "Value of the contract"),
    ("B10", "End dates of the contract"),
    ("O1", "Cost over its whole life"),
    ("Q1", "Approval ends on"),
)
_MET = {"yes": "Met", "partly": "Partly met", "no": "NOT MET", "not known": "Not known"}


def make_review(record: Mapping[str, Any], number: Numbering) -> Composed:
    """The sections of the document.

    Raises:
        RenderError: R071 the record does not name what was approved.
    """
    review = record.get("review")
    if not review:
        wanted, remedy = "a record with what was approved", "Write review.yaml beside assessment.yaml (docs/report.md)"
        raise RenderError(Fault("record.json", "it names no approved version", wanted, remedy, "R071"))
    parts = [
        _decision(review, number),
        _approved(record, review, number),
        _conditions(review["told"], number),
        changed_answers(review["changes"], number),
        levels_part(review["changes"], number),
        checks_part(review, record["assessment"]["date"], number),
        _incidents(review["told"], number),
        _complaints(record, review["told"], number),
        promises_part(record, review, number),
    ]
    return Composed(lead=_lead(record, review), sections=tuple(parts))


def _lead(record: Mapping[str, Any], review: Mapping[str, Any]) -> tuple[str, ...]:
    told, approved = review["told"], review["earlier"][0]
    decided = f", decided on {british_date(told['decided'])}" if told["decided"] else ""
    months = f" The approval asked for a review after {plural(told['months'], 'month')}." if told["months"] else ""
    read = {
        "document": "from a PDF, whose signature was not judged here: “impact verify” does that",
        "record": "from a record that nobody need have signed",
        "folder": "from an assessment folder, which nobody has signed",
    }[approved["read_from"]]
    which = f"{approved['id']}, version {approved['version']}, {british_date(approved['date'])}{decided}"
    return (
        f"What was approved ({which}) against what is so on {british_date(record['assessment']['date'])}.{months} The "
        f"approved version was read {read}; its record is attached, and “impact verify” makes this comparison again "
        "from it.",
    )


def _decision(review: Mapping[str, Any], number: Numbering) -> DocumentPart:
    proposed = review["proposal"]
    reasons = [("Speaks for stopping", text) for text in proposed["stop"]]
    reasons += [("Speaks for a change", text) for text in proposed["change"]]
    reasons += [("Not known", text) for text in proposed["unknown"]]
    table = number.table_or_none("What the proposal rests on", [("Kind", 25), ("What", 75)], reasons)
    lines = (
        gap("Decision to renew, change or stop", "Officer", "it is made by an officer, and not by this toolkit"),
        Said(
            label="The toolkit’s own proposal",
            text=f"By the rule below it proposes {_PROPOSALS[proposed['code']]}.",
            source="rule below",
            gap=False,
        ),
    )
    return DocumentPart(
        heading=number.section("decision", "Renew, change or stop"),
        lines=lines,
        tables=(table,) if table is not None else (),
        closing=(
            Said(
                label="The rule",
                text="A hard stop that fired proposes to stop. Otherwise anything promised, found or decided that is "
                "not kept proposes a change. Otherwise anything unknown proposes nothing. Only without all of these is "
                "it proposed to renew. It weighs nothing against anything: that is for the officer.",
                source="docs/report.md",
                gap=False,
            ),
        ),
        blank="Decision (renew, change or stop), new conditions with owner and day, reasons where it departs from the "
        "proposal; name, position, date.",
    )


def _approved(record: Mapping[str, Any], review: Mapping[str, Any], number: Numbering) -> DocumentPart:
    from impact.report.documents.sides_results import LEVELS, SHARES, level_text, outcome_text, share_text

    changes = review["changes"]
    rows = []
    if changes["outcome"] is not None:
        rows.append(("Outcome", *(outcome_text(changes["outcome"], at) for at in (0, 1))))
    for one in changes["levels"]:
        rows.append((LEVELS[one["level"]], *(level_text(one[side]) for side in ("from", "to"))))
    for one in changes["shares"]:
        rows.append((SHARES[one["what"]], *(share_text(one["what"], one[side]) for side in ("from", "to"))))
    rows += _facts(record, changes["answers"])
    audit = changes["audit"]
    if audit is not None:
        rows.append(("Counted", *(_counted(audit[side]) for side in ("from", "to"))))
    table = number.table("Approved against actual", [("What", 30), ("As approved", 35), ("Today", 35)], rows)
    lead = "The heads of what was approved, and the same today. Every changed answer is listed further below."
    if changes["packs"] in ("version", "other"):
        lead += (
            " The two answer other versions of the questionnaire, or other questionnaires, so a part may not compare."
        )
    return DocumentPart(heading=number.section("approved", "Approved against actual"), lead=lead, tables=(table,))


def _facts(record: Mapping[str, Any], changed: Sequence[Mapping[str, Any]] | None) -> list[tuple[str, str, str]]:
    from impact.report.documents.review_parts import answer_text

    answered = Answered(record)
    if changed is None:
        return []
    moved = {row["question"]: row for row in changed}
    rows: list[tuple[str, str, str]] = []
    for name, label in _FACTS:
        question = answered.question(name)
        if question is None or (question["state"] == "hidden" and name not in moved):
            continue
        if name in moved:
            rows.append((f"{label} ({name})", answer_text(moved[name]["from"]), answer_text(moved[name]["to"])))
        else:
            same = answered.say(name, label, note=False).text
            rows.append((f"{label} ({name})", same, "the same"))
    return rows


def _counted(side: Mapping[str, Any] | None) -> str:
    if not side:
        return "The output was not counted"
    return f"{count(side['people'])} rows, each one {side['unit']}; {plural(side['findings'], 'finding')}"


def _conditions(told: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("conditions", "Conditions of the approval")
    conditions = told["conditions"]
    if not conditions:
        why = "review.yaml lists none" if conditions is None else "review.yaml says that there were none"
        return DocumentPart(heading=heading, lines=(gap("Conditions", "review.yaml", why),))
    table = number.table(
        f"{plural(len(conditions), 'condition')} of the approval",
        [("Condition", 35), ("Actual", 35), ("Met?", 15), ("Shown by", 15)],
        [
            (one["text"], one["actual"] or "not stated", _MET[one["met"]], one["evidence"] or "nothing named")
            for one in conditions
        ],
        note="As the assessor states it in review.yaml.",
    )
    return DocumentPart(heading=heading, tables=(table,))


def _incidents(told: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("incidents", "Incidents")
    incidents = told["incidents"]
    if incidents is None:
        return DocumentPart(heading=heading, lines=(gap("Incidents", "review.yaml", "no list was given"),))
    if not incidents:
        line = Said(label="Incidents", text=f"None was recorded{_period(told)}.", source="review.yaml", gap=False)
        return DocumentPart(heading=heading, lines=(line,))
    table = number.table(
        f"{plural(len(incidents), 'incident')}{_period(told)}",
        [("Date", 15), ("What happened", 35), ("People", 10, True), ("What was done", 25), ("Closed", 15)],
        [
            (
                british_date(one["date"]),
                one["what"],
                count(one["people"]) if one["people"] is not None else "not stated",
                one["done"] or "not stated",
                {True: "yes", False: "NO", None: "not stated"}[one["closed"]],
            )
            for one in incidents
        ],
        note="As the assessor lists them. What was not noticed, or not recorded, is not here.",
    )
    return DocumentPart(heading=heading, tables=(table,))


def _period(told: Mapping[str, Any]) -> str:
    period = told["period"]
    return f", {british_date(period['begin'])} to {british_date(period['end'])}" if period else ""


def _complaints(record: Mapping[str, Any], told: Mapping[str, Any], number: Numbering) -> DocumentPart:
    answered = Answered(record)
    lines = [answered.say("K5", "How to challenge a result"), answered.say("K6", "How complaints are handled")]
    counted = told["complaints"]
    if counted is None:
        lines.insert(0, gap("Complaints", "review.yaml", "they were not counted"))
    else:
        known = [("upheld", counted["upheld"]), ("still open", counted["open"])]
        said = "; ".join(f"{count(n)} {word}" if n is not None else f"{word}: not stated" for word, n in known)
        text = f"{count(counted['received'])} received{_period(told)}; {said}."
        text += f" {sentence(counted['note'])}" if counted["note"] else ""
        text += " Few complaints do not show that few had reason to complain."
        lines.insert(0, Said(label="Complaints", text=text, source="review.yaml", gap=False))
    return DocumentPart(heading=number.section("complaints", "Complaints"), lines=tuple(lines))
