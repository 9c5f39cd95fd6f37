"""What changed between two assessments: answers with their reasons, evidence, scores, stops, outcome, audit.

In: two records. Out: plain data, the same whatever the two were read from. Compares by the ids of questions, which are
stable from version to version of a pack; says where two packs are not the same, and computes no score itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from impact.canonical import canonical_json

__all__ = ["difference"]

_ANSWER = ("value", "rows", "judged")
_PIECE = ("digest", "date", "expires", "published", "verified_by", "title")
_SHARES = ("completeness", "evidenced", "verified")


def difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that two records say otherwise.

    Args:
        a: The earlier, or the one to compare with.
        b: The later.

    Returns:
        The blocks ``packs``, ``answers``, ``evidence``, ``scores``, ``stops``, ``flags``, ``claims``, ``points``,
        ``outcome``, ``audit`` of docs/answers.md. A block is None where neither record has what it compares.
    """
    return {
        "a": _about(a),
        "b": _about(b),
        "linked": bool(b["assessment"]["prior_assessment"])
        and b["assessment"]["prior_assessment"] == a["assessment"]["id"],
        "packs": _packs(a, b),
        **_questions(a, b),
        "outcome": _outcome(a, b),
        "levels": _levels(a, b),
        "scores": _scores(a, b),
        "shares": _shares(a, b),
        "stops": _states(a, b, "hard_stops"),
        "flags": _states(a, b, "flags"),
        "claims": _claims(a, b),
        "points": _points(a, b),
        "audit": _audits(a, b),
    }


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    head = record["assessment"]
    history = record.get("history") or {}
    return {
        **{key: head.get(key) for key in ("id", "title", "version", "date", "status", "organisation")},
        "system": head["system"],
        "pack": {key: record["pack"][key] for key in ("id", "version", "digest")} if record.get("pack") else None,
        "history": {"events": history["events"], "head": history["head"]} if history else None,
    }


def _packs(a: Mapping[str, Any], b: Mapping[str, Any]) -> str | None:
    """``same``, ``version`` (one pack, other rules or words), ``other``; None where one has no questionnaire."""
    one, two = a.get("pack"), b.get("pack")
    if not one or not two:
        return None
    if one["id"] != two["id"]:
        return "other"
    return "same" if one["digest"] == two["digest"] else "version"


# Answers and evidence.


def _asked(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    sections = (record.get("questionnaire") or {}).get("sections") or ()
    return {question["id"]: question for section in sections for question in section["questions"]}


def _questions(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    one, two = _asked(a), _asked(b)
    if not one or not two or _packs(a, b) == "other":
        return {"answers": None, "evidence": None}
    changed, evidence = [], []
    for name in [*two, *(name for name in one if name not in two)]:
        before, after = one.get(name), two.get(name)
        if _said(before) != _said(after):
            changed.append(_change(name, before, after))
        pieces = _pieces(before, after)
        if any(pieces.values()):
            evidence.append({"question": name, "text": (after or before or {})["text"], **pieces})
    return {"answers": changed, "evidence": evidence}


def _said(question: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """What of a question is compared: its state and its answer, by codes. Unanswered and never asked are alike."""
    if question is None or question["state"] == "unanswered":
        return ("unanswered", None, None)
    answer = question.get("answer") or {}
    state = question["state"]
    if state == "hidden":
        return ("hidden", None, None)
    reason = question.get("reason") if state in ("refused", "not_applicable") else None
    given = {
        key: _rows(answer[key]) if key == "rows" else answer[key]
        for key in _ANSWER
        if answer.get(key) not in (None, [], "")
    }
    return (state, reason, given, answer.get("note"), _words(answer))


def _words(answer: Mapping[str, Any]) -> Any:
    """The words beside a grade: the second label of a graded text."""
    labels = answer.get("labels") or []
    return labels[1] if len(labels) == 2 and isinstance(answer.get("value"), str) else None


def _rows(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    codes = [column["code"] for column in table["columns"]]
    return [{code: cell for code, cell in zip(codes, row, strict=True) if cell} for row in table["rows"]]


def _change(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    asked = after or before or {}
    reworded = before is not None and after is not None and before["text"] != after["text"]
    return {
        "question": name,
        "text": asked["text"],
        "kind": asked["kind"],
        "from": _shown(before),
        "to": _shown(after),
        "reason": after.get("change_reason") if after else None,
        "author": after.get("author") if after else None,
        "date": after.get("date") if after else None,
        "reworded": reworded,
        "asked_in": "both" if before is not None and after is not None else "a" if before is not None else "b",
    }


def _shown(question: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if question is None:
        return None
    answer = question.get("answer") or {}
    rows = _rows(answer["rows"]) if answer.get("rows") else None
    return {
        "state": question["state"],
        "reason": question.get("reason"),
        "labels": list(answer.get("labels") or []),
        "rows": rows,
        "note": answer.get("note"),
        "judged": answer.get("judged"),
        "value": question.get("value"),
    }


def _pieces(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """Evidence of one question: added, taken away, and changed (the same file or address, otherwise described)."""

    def by_place(question: Mapping[str, Any] | None) -> dict[tuple[Any, Any], Mapping[str, Any]]:
        found = question.get("evidence") or () if question is not None and question["state"] != "hidden" else ()
        return {(item.get("file"), item.get("url")): item for item in found}

    one, two = by_place(before), by_place(after)
    return {
        "added": [dict(two[key]) for key in two if key not in one],
        "removed": [dict(one[key]) for key in one if key not in two],
        "changed": [
            {
                "file": key[0],
                "url": key[1],
                "title": two[key].get("title"),
                "differs": {
                    field: [one[key].get(field), two[key].get(field)]
                    for field in _PIECE
                    if one[key].get(field) != two[key].get(field)
                },
            }
            for key in two
            if key in one and any(one[key].get(field) != two[key].get(field) for field in _PIECE)
        ],
    }


# Scores.


def _both(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for record in (a, b):
        yield record.get("scoring") or {}


def _outcome(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any] | None:
    one, two = _both(a, b)
    if not one and not two:
        return None
    incomplete = [bool(scoring.get("incomplete")) for scoring in (one, two)]
    return {"from": one.get("outcome"), "to": two.get("outcome"), "incomplete": incomplete}


def _levels(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    one, two = _both(a, b)
    return [
        {"level": key, "from": one.get(key), "to": two.get(key)}
        for key in ("rights_level", "stewardship_level")
        if one.get(key) or two.get(key)
    ]


def _scores(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Dimension by dimension, with both intervals. ``change`` is None where another pack's rules stand between them."""
    one, two = ({part["code"]: part for part in scoring.get("dimensions", ())} for scoring in _both(a, b))
    figures = ("point", "low", "high", "band", "band_label")
    comparable = _packs(a, b) in ("same", "version")
    found = []
    for code in [*two, *(code for code in one if code not in two)]:
        before, after = one.get(code), two.get(code)
        row: dict[str, Any] = {"code": code, "label": (after or before or {})["label"]}
        row["from"] = {key: before[key] for key in figures} if before else None
        row["to"] = {key: after[key] for key in figures} if after else None
        row["change"] = row["overlap"] = None
        if before and after and comparable:
            row["change"] = round(after["point"] - before["point"], 6)
            row["overlap"] = before["low"] <= after["high"] and after["low"] <= before["high"]
        found.append(row)
    return found


def _shares(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    one, two = _both(a, b)
    rows = [{"what": key, "from": one.get(key), "to": two.get(key)} for key in _SHARES if one or two]
    sure = [(scoring.get("confidence") or {}).get("value") for scoring in (one, two)]
    return [*rows, {"what": "confidence", "from": sure[0], "to": sure[1]}] if rows else []


def _states(a: Mapping[str, Any], b: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Stops or flags whose state differs; a rule that only one pack has counts as None in the other."""
    one, two = ({rule["id"]: rule for rule in scoring.get(key, ())} for scoring in _both(a, b))
    if not one or not two:
        return []
    return [
        {
            "id": name,
            "text": (two.get(name) or one[name])["text"],
            "from": one[name]["state"] if name in one else None,
            "to": two[name]["state"] if name in two else None,
        }
        for name in dict.fromkeys([*one, *two])
        if (one.get(name) or {}).get("state") != (two.get(name) or {}).get("state")
    ]


def _claims(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Claims on which the logs rule otherwise; None is a claim that was not tested, or not made."""

    def rulings(record: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
        checks = (record.get("claims") or {}).get("checks") or ()
        return {
            entry["check"]: (entry["title"], entry["ruling"]["verdict"] if entry["ruling"] is not None else None)
            for entry in checks
        }

    one, two = rulings(a), rulings(b)
    found = []
    for name in dict.fromkeys([*one, *two]):
        before, after = one.get(name, ("", None)), two.get(name, ("", None))
        if before[1] != after[1]:
            found.append({"check": name, "title": after[0] or before[0], "from": before[1], "to": after[1]})
    return found


def _points(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any] | None:
    """Packs that add points: both figures of either, as their own method has them."""
    if not a.get("points") and not b.get("points"):
        return None
    return {
        side: {key: record["points"][key] for key in ("live", "completed")} if record.get("points") else None
        for side, record in (("from", a), ("to", b))
    }


# The audit.


def _audits(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any] | None:
    one, two = a.get("audit"), b.get("audit")
    if not one and not two:
        return None
    found: dict[str, Any] = {"from": _headline(one), "to": _headline(two), "findings": None}
    if one and two:
        found["same_counts"] = one["cells_digest"] == two["cells_digest"]
        found["same_plan"] = one["plan_digest"] == two["plan_digest"]
        found["findings"] = _findings(one, two)
    return found


def _headline(audit: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not audit:
        return None
    verdicts = Counter(finding["verdict"] for finding in audit["findings"])
    return {
        "title": audit["plan"]["title"],
        "people": audit["people"],
        "unit": audit["unit"],
        "findings": len(audit["findings"]),
        "verdicts": dict(sorted(verdicts.items())),
    }


def _findings(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Primary findings, matched by what they compare; those with the same verdict in both are left out."""

    def primary(audit: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        return {_key(finding): finding for finding in audit["findings"] if finding.get("role") == "primary"}

    before, after = primary(one), primary(two)
    return [
        {
            "title": (after.get(key) or before[key])["title"],
            "from": before[key]["verdict"] if key in before else None,
            "to": after[key]["verdict"] if key in after else None,
        }
        for key in dict.fromkeys([*after, *before])
        if (before.get(key) or {}).get("verdict") != (after.get(key) or {}).get("verdict")
    ]


def _key(finding: Mapping[str, Any]) -> str:
    metric = finding["metric"]["key"] if isinstance(finding["metric"], Mapping) else finding["metric"]
    return canonical_json([metric, finding.get("group"), finding.get("comparator")]).decode()
