"""What moved between an approval and its review: answers, levels, claims against the log, promises.

In: the block ``review`` of a cleaned record. Out: sections. Every figure stands beside the one that was approved; a
change of the rules of the questionnaire is never told as a change of the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impact.report.documents.answered import gap
from impact.report.documents.sides_questions import answer_words
from impact.report.documents.sides_results import change_text, point_text
from impact.report.figures import british_date, interval
from impact.report.model import DocumentPart, Said
from impact.report.view.claims import measure_value
from impact.report.view.parts import Numbering, capital, plural, sentence
from impact.report.view.promises import make_promises
from impact.report.words import RULE_STATES, say

__all__ = ["answer_text", "changed_answers", "checks_part", "levels_part", "promises_part"]

_LONG = 10


def answer_text(side: Mapping[str, Any] | None) -> str:
    """One end of a changed answer, in a cell."""
    if side is None:
        return "Not asked"
    return answer_words(side) + (f" Note: {sentence(side['note'])}" if side.get("note") else "")


def changed_answers(changes: Mapping[str, Any], number: Numbering) -> DocumentPart:
    """Every answer that differs from the approved one, with the reason that was given."""
    heading = number.section("changed", "Answers that changed")
    rows = changes["answers"]
    if rows is None:
        why = "the two answer different questionnaires"
        return DocumentPart(heading=heading, lines=(gap("Changed answers", "record", why),))
    if not rows:
        line = Said(label="Answers", text="No answer differs from the approved one.", source="record", gap=False)
        return DocumentPart(heading=heading, lines=(line,))
    table = number.table(
        plural(len(rows), "answer that changed", "answers that changed"),
        [("Question", 25), ("As approved", 25), ("Today", 25), ("Reason given", 25)],
        [
            (
                f"{row['question']}  {row['text']}" + (" (asked in other words now)" if row["reworded"] else ""),
                answer_text(row["from"]),
                answer_text(row["to"]),
                _why(row),
            )
            for row in rows
        ],
    )
    return DocumentPart(heading=heading, tables=(table,), sheet=len(rows) > _LONG)


def _why(row: Mapping[str, Any]) -> str:
    if not row["reason"]:
        return ""
    by = ", ".join(part for part in (row["author"] or "", british_date(row["date"]) if row["date"] else "") if part)
    return sentence(row["reason"]) + (f" ({by})" if by else "")


def levels_part(changes: Mapping[str, Any], number: Numbering) -> DocumentPart:
    """Dimensions, stops and flags then and now."""
    heading = number.section("levels", "Levels and stops, then and now")
    scores = number.table_or_none(
        "Impact left after safeguards, 0 to 100",
        [("Dimension", 25), ("As approved", 25), ("Today", 25), ("Change", 25)],
        [
            (f"{row['label']} ({row['code']})", point_text(row["from"]), point_text(row["to"]), change_text(row))
            for row in changes["scores"]
        ],
        note="In brackets what the open questions allow. “impact diff” tells changed facts from changed safeguards.",
    )
    rules = number.table_or_none(
        "Stops and flags that stand otherwise",
        [("Rule", 50), ("As approved", 25), ("Today", 25)],
        [
            (f"{row['id']}  {row['text']}", *(say(RULE_STATES, row[side]) or "No such rule" for side in ("from", "to")))
            for key in ("stops", "flags")
            for row in changes[key]
        ],
    )
    tables = tuple(table for table in (scores, rules) if table is not None)
    lines = () if tables else (gap("Levels", "record", "neither version has scores"),)
    return DocumentPart(heading=heading, lines=lines, tables=tables)


def checks_part(review: Mapping[str, Any], today: str, number: Numbering) -> DocumentPart:
    """The verdict on each claim at each time, with its first measure and interval."""
    heading = number.section("checks", "Claims against the log, over time")
    checks = review["checks"]
    if not checks:
        why = "no answer was tested against a log, then or now"
        return DocumentPart(heading=heading, lines=(gap("Claims", "claims.yaml", why),))
    between = [british_date(one["date"]) for one in review["earlier"][1:]]
    times = [f"Approved, {british_date(review['earlier'][0]['date'])}", *between, f"Today, {british_date(today)}"]
    width = max(15, 70 // len(times) // 5 * 5)
    columns = [("Claim", 100 - width * len(times)), *((time, width) for time in times)]
    table = number.table(
        "Verdicts on claims, and the first measure of each",
        columns,
        [(f"{one['check']}  {one['title']}", *(_ruling(point) for point in one["points"])) for one in checks],
        note="“Not tested” is no verdict. An interval that holds the earlier value shows no change.",
    )
    return DocumentPart(heading=heading, tables=(table,))


def _ruling(point: Mapping[str, Any] | None) -> str:
    if point is None:
        return "Not tested"
    text = sentence(capital(point["verdict"]))
    measure = point["measure"]
    if measure is None or measure.get("value") is None:
        return text
    spell = measure_value(measure["unit"])
    value = f"{capital(measure['label'])}: {spell(measure['value'])}"
    if measure.get("low") is not None or measure.get("high") is not None:
        value += f" ({interval([measure['low'], measure['high']], spell)})"
    if measure.get("count") is not None and measure.get("of") is not None:
        value += f", {measure['count']:,} of {measure['of']:,}"
    return f"{text} {value}."


def promises_part(record: Mapping[str, Any], review: Mapping[str, Any], number: Numbering) -> DocumentPart:
    """Every promise: due, done, overdue; and what became of those of the approved version."""
    title = "Promises: due, done, overdue"
    if not record.get("promises"):
        line = gap("Promises", "record", "the answers hold no ledger of promises")
        return DocumentPart(heading=number.section("promises", title), lines=(line,))
    promised = number.table_or_none(
        "Promises of the approved version that were open then",
        [("Answer", 10), ("Duty", 45), ("Was due", 20), ("Today", 25)],
        [(one["question"], _duty(one), _due(one), _now(one["now"])) for one in review["promised"]],
        note="“Not on today’s list” means that nobody reports on it: it is neither done nor withdrawn.",
    )
    made = make_promises(record, number)
    tables = [table for table in (promised, made.duties, made.prior) if table is not None]
    # Without the record of the earlier assessment the ledger says that nothing is known; the table above knows.
    before = made.prior_lead if made.prior is not None else ""
    return DocumentPart(
        heading=replace(made.heading, title=title),
        lead=" ".join(part for part in (made.lead, *made.missing, before) if part),
        tables=tuple(tables),
        sheet=len(review["promised"]) > _LONG,
    )


def _duty(duty: Mapping[str, Any]) -> str:
    return f"{duty['text']} ({duty['subject']})" if duty["subject"] else str(duty["text"])


def _due(duty: Mapping[str, Any]) -> str:
    if duty["due"]:
        return british_date(duty["due"])
    return "as long as it is used" if duty["standing"] else "no date given"


def _now(now: Mapping[str, Any] | None) -> str:
    if now is None:
        return "Not on today’s list"
    if now["done"]:
        return f"Done on {british_date(now['done'])}"
    due = f", due {british_date(now['due'])}" if now["due"] else ""
    return ("OVERDUE" if now["overdue"] else "Open") + due
