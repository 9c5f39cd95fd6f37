"""Two assessments by two bodies, question by question: who said what, where they agree, differ, or one is silent.

In: two records and the digests of their bytes. Out: the block ``sides.comparison`` of a record: plain data, a pure
function of both, so that anybody who holds them can make it again. Takes neither side: what is missing on one side is
said to be missing, and no score is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from impact.assessment.against import SAID, quoted
from impact.assessment.difference import difference
from impact.assessment.sides_audit import audits_of, claims_of

__all__ = ["RESULTS", "compared", "head_of_sides"]

RESULTS = ("differ", "first_only", "second_only", "own_words", "agree")
Record = Mapping[str, Any]
_SHARED = ("packs", "outcome", "levels", "scores", "shares", "points")
_RULES = (("stops", "hard_stops"), ("flags", "flags"))


def compared(first: Record, second: Record, *, digests: tuple[str, str], first_cells: bytes | None) -> dict[str, Any]:
    """Everything that a reader of two assessments wants to see beside each other.

    Args:
        first: The record of the body that assessed first.
        second: The other.
        digests: Digest of each record's bytes.
        first_cells: The counts attached to the first document, to see whether the second counted them again.

    Returns:
        ``relation``, ``quotes``, ``questions``, ``results``, ``scores`` and the like, ``claims``, ``audit`` of
        docs/record.md. A part is None where neither record has what it compares.
    """
    between = difference(first, second)
    relation = _relation(first, second, digests[0])
    questions = _questions(first, second, packs=between["packs"], answers=relation == "against")
    return {
        "relation": relation,
        "quotes": _quotes(first, second) if relation == "against" else None,
        **{key: between[key] for key in _SHARED},
        **{name: _rules(first, second, key) for name, key in _RULES},
        "questions": questions,
        "results": None
        if questions is None
        else {key: Counter(q["result"] for q in questions)[key] for key in RESULTS},
        "claims": claims_of(first, second),
        "audit": audits_of(first, second, first_cells=first_cells),
    }


def head_of_sides(first: Record, second: Record) -> dict[str, Any]:
    """Block ``assessment`` of the record of both: nobody's assessment, and so in nobody's name."""
    one, two = first["assessment"], second["assessment"]
    names = list(dict.fromkeys(head["system"]["name"] for head in (one, two)))
    version = two["system"].get("version") if len(names) == 1 else None
    return {
        "id": f"{one['id']}--{two['id']}",
        "title": f"Two assessments side by side: {' / '.join(names)}",
        "version": f"{one['version']} / {two['version']}",
        "date": max(one["date"], two["date"]),
        "status": "final" if one["status"] == two["status"] == "final" else "draft",
        "organisation": "; ".join(dict.fromkeys(head["organisation"] for head in (one, two))),
        "oversight_body": None,
        "system": {"name": " / ".join(names), "version": version, "also_known_as": []},
        "assessors": [],
        "prior_assessment": "",
        "illustration": one.get("illustration") or two.get("illustration"),
        "summary": None,
    }


def _relation(first: Record, second: Record, digest: str) -> str | None:
    """``against`` this document, ``against-another``, ``later`` (it names the first as its earlier one), or None."""
    against = second.get("against")
    if against:
        return "against" if against["record_digest"] == digest else "against-another"
    named = second["assessment"].get("prior_assessment")
    return "later" if named and named == first["assessment"]["id"] else None


def _quotes(first: Record, second: Record) -> list[str]:
    """Questions on which the second document quotes the first otherwise than it stands there; none is what is wanted.

    An answer that a newer version of the pack moved or recoded is quoted under its new question, and not held here.
    """
    asked = dict(_asked(first))
    told = second["against"]["answers"]
    wrong = [
        name
        for name, said in told.items()
        if said["moved"] is None and (name not in asked or quoted(asked[name], None) != dict(said))
    ]
    hushed = [name for name, one in asked.items() if one["state"] in SAID and name not in told]
    moved = {said["moved"] for said in told.values()} - {None}
    return sorted([*wrong, *([] if moved else hushed)])


def _asked(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section in (record.get("questionnaire") or {}).get("sections") or ():
        for question in section["questions"]:
            yield question["id"], {**question, "section": [section["id"], section["title"]]}


def _questions(first: Record, second: Record, *, packs: str | None, answers: bool) -> list[dict[str, Any]] | None:
    one, two = dict(_asked(first)), dict(_asked(second))
    if not one or not two or packs == "other":
        return None
    found = []
    for name in [*two, *(name for name in one if name not in two)]:
        before, after = one.get(name), two.get(name)
        stand = (after or {}).get("stand") if answers else None
        result = _result(before, after, stand)
        if result is not None:
            asked = after or before or {}
            found.append(
                {
                    "question": name,
                    "section": asked["section"],
                    "text": asked["text"],
                    "unit": asked.get("unit"),
                    "kind": asked["kind"],
                    "result": result,
                    "same": _same(before or {}, after or {}) if _says(before) and _says(after) else None,
                    "reworded": before is not None and after is not None and before["text"] != after["text"],
                    "stand": stand,
                    "first": _side(before),
                    "second": _side(after),
                }
            )
    return found


def _says(question: Mapping[str, Any] | None) -> bool:
    return question is not None and question["state"] in SAID


def _result(before: Any, after: Any, stand: Mapping[str, Any] | None) -> str | None:
    """One of ``RESULTS``; None where neither has said anything. A stand comes before what is compared."""
    if not _says(before) or not _says(after):
        return "first_only" if _says(before) else "second_only" if _says(after) else None
    if stand is not None:
        return str(stand["says"])
    if _same(before, after):
        return "agree"
    return "own_words" if _free(before) and _free(after) else "differ"


def _same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """The same state, choice, number or rows. Words beside a choice, notes and evidence may differ."""
    return _compared(before) == _compared(after)


def _compared(question: Mapping[str, Any]) -> tuple[Any, ...]:
    if question["state"] != "answered":
        return (question["state"],)
    answer = question["answer"]
    judged = (answer.get("judged") or {}).get("value")
    rows = (answer.get("rows") or {}).get("rows")
    return ("answered", answer.get("value"), judged, None if answer.get("value") is not None else rows)


def _free(question: Mapping[str, Any]) -> bool:
    """Words or rows of a body's own, without a choice that could be compared."""
    if question["state"] != "answered":
        return False
    answer = question["answer"]
    if question["type"] == "table":
        return answer.get("value") is None and answer.get("judged") is None
    return question["type"] == "text" and list(answer.get("labels") or []) == [answer.get("value")]


def _side(question: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if question is None:
        return None
    answer = question.get("answer") or {}
    return {
        "state": question["state"],
        "reason": question.get("reason"),
        "labels": list(answer.get("labels") or []),
        "rows": answer.get("rows"),
        "note": answer.get("note"),
        "judged": answer.get("judged"),
        "credit": (question.get("credit") or {}).get("credit"),
        "evidence": [dict(item) for item in question.get("evidence") or ()] if _says(question) else [],
    }


def _rules(first: Record, second: Record, key: str) -> list[dict[str, Any]]:
    """Stops or flags of both that are not clear on either side; None is a rule that one side's pack does not have."""
    one, two = ({rule["id"]: rule for rule in (side.get("scoring") or {}).get(key, ())} for side in (first, second))
    found = []
    for name in dict.fromkeys([*one, *two]):
        states = [side[name]["state"] if name in side else None for side in (one, two)]
        if set(states) - {"clear", "not-applicable", None}:
            text = (two.get(name) or one[name])["text"]
            found.append({"id": name, "text": text, "first": states[0], "second": states[1]})
    return found
