"""A counter-assessment in the general assessment: whose document it answers, and what that body said to each question.

In: the block ``against`` of a cleaned record. Out: a stamp, a line of the cover, sentences, and lines beside answers.
What is quoted is marked as the other body's; whether it was verified is always said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date
from impact.report.view.parts import joined, plural, sentence
from impact.report.words import QUESTION_STATES, say

__all__ = ["HELD", "against_fact", "against_lines", "against_sentence", "against_stamp", "signer_text", "theirs_text"]

HELD = {"verified": "verified", "failed": "did not verify", "not checked": "signatures not checked"}
_STAMPS = {
    "failed": "ANSWERS A DOCUMENT THAT DID NOT VERIFY",
    "not checked": "ANSWERS A DOCUMENT WHOSE SIGNATURES NOBODY CHECKED",
}
_SAID = {
    "verified": "it verified on {day} with the trust folder of this assessment’s author",
    "failed": "IT DID NOT VERIFY on {day} with the trust folder of this assessment’s author, and is answered anyway",
    "not checked": "NOBODY CHECKED ITS SIGNATURES when this assessment was begun on {day}",
}


def against_stamp(record: Mapping[str, Any]) -> str:
    """What every page says where the document that is answered was not verified; empty elsewhere."""
    against = record.get("against")
    return _STAMPS.get(against["signatures"], "") if against else ""


def against_fact(against: Mapping[str, Any]) -> str:
    """One line for the cover."""
    state = HELD[against["signatures"]]
    return f"{against['id']}, version {against['version']}, by {against['organisation']} ({state})"


def against_sentence(record: Mapping[str, Any]) -> str:
    """What a reader must know of the other document; empty where there is none."""
    against = record.get("against")
    if not against:
        return ""
    signers = joined([signer_text(one) for one in against["signers"]]) or "nobody"
    checked = _SAID[against["signatures"]].format(day=british_date(against["checked"]))
    practice = " Its signatures are practice signatures, which prove nothing." if against["practice"] else ""
    named = f"“{against['title']}” ({against['id']}, version {against['version']}, {british_date(against['date'])})"
    quoted = plural(len(against["answers"]), "answer")
    return (
        f"This is a counter-assessment of {named} by {against['organisation']}, signed by {signers}; {checked}."
        f"{practice} What that body said is quoted beside {quoted} and enters no figure here. That document is not "
        f"attached: its digest is {against['digest']}, that of its record {against['record_digest']}."
    )


def signer_text(signer: Mapping[str, Any]) -> str:
    """Who signed, in which role, as certificate and file say."""
    when = f", {british_date(signer['time'][:10])}" if signer.get("time") else ""
    return f"{signer['name']} as {signer['role']}{when}"


def against_lines(question: Mapping[str, Any], against: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Lines beside one question: what the first body said, and where this one stands on it."""
    if not against:
        return []
    said = against["answers"].get(question["id"])
    stand = question.get("stand")
    found = [(f"{against['organisation']} said", theirs_text(said) if said else "nothing")]
    if stand:
        agrees = stand["says"] == "agree"
        text = "agrees" if agrees else "differs"
        found.append(("This body", f"{text}: {sentence(stand['reason'])}" if stand["reason"] else text))
    return found


def theirs_text(said: Mapping[str, Any]) -> str:
    """An answer of the other body in one line, as its own document has it."""
    text = "; ".join(str(label).rstrip(".") for label in said["labels"])
    rows = (said["rows"] or {}).get("rows") or []
    told = "; ".join(", ".join(str(cell) for cell in row if cell not in (None, "")) for row in rows)
    text = "; ".join(part for part in (text, told) if part)
    if said["state"] != "answered":
        text = say(QUESTION_STATES, said["state"])
    elif not text:
        text = "nothing ticked"
    text += f" ({said['reason']})" if said.get("reason") else ""
    text = sentence(text) + (f" Note: {sentence(said['note'])}" if said.get("note") else "")
    return text + (f" Since their version of the questionnaire: {said['moved']}." if said.get("moved") else "")
