"""What a document says of itself, for the account of a verification: how many figures of each kind, what is withheld.

In: the attached record, parsed; it is a stranger's and may hold anything. Out: plain data, or None. Judges nothing and
computes no figure: it counts what stands in the record, so that a reader knows how much “all of them” is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

__all__ = ["told_by"]

_LONGEST = 300


def told_by(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Title, and the number of figures, of a record.

    Args:
        record: Of any content.

    Returns:
        ``title``, ``organisation``, ``date``, ``status``, ``system``, ``practice``, ``evidence`` (files cited),
        ``made_from`` (of a document made from the record in another: its digest, and whether it had verified),
        ``redaction`` (of a public version: how many parts are shown and withheld, and the decisions),
        ``audit`` (None, or ``people``, ``findings``, ``rows`` of all tables, ``status`` of protection, ``min_cell``,
        ``small_cells``, ``suppressed_cells``, and ``not_computed``: reason and how many), ``scores`` (None, or how many
        dimensions, or None with ``points``), and ``rulings`` (None, or how many were computed again, and how many rest
        on rows that are not attached). None where the record does not have the shape of one.

    >>> told_by({"schema": "something else"}) is None
    True
    """
    try:
        about = record["assessment"]
        return {
            "title": _text(about["title"]),
            "organisation": _text(about["organisation"]),
            "date": _text(about["date"]),
            "status": _text(about["status"]),
            "system": _text(about["system"]["name"]),
            "practice": record.get("practice") is True,
            "evidence": _shown(record, record.get("evidence") or []),
            "audit": None if record.get("audit") is None else _audit(record["audit"]),
            "scores": None if record.get("scoring") is None else _shown(record, record["scoring"]["dimensions"]),
            "points": record.get("points") is not None,
            "rulings": None if record.get("claims") is None else _rulings(record["claims"]),
            **({} if record.get("made_from") is None else {"made_from": _made_from(record["made_from"])}),
            **({} if record.get("redaction") is None else {"redaction": _redaction(record["redaction"])}),
        }
    except (KeyError, TypeError, AttributeError):
        return None


def _shown(record: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> int:
    """How many entries are shown: of a public version those that are withheld are blanks."""
    if record.get("redaction") is None:
        return len(entries)
    return sum(not one.get("withheld") and ("cap" not in one or "band" in one) for one in entries)


def _redaction(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of a public version: how much is withheld, and by whose decision."""
    keys = ("id", "reason", "ground", "decided_by", "decided_on", "digest")
    return {
        "root": _text(told["root"]),
        "shown": len(told["salts"]),
        "withheld": len(told["withheld"]),
        "audit": "audit/findings" in told["withheld"],
        "decisions": [{key: _text(one[key]) for key in keys} for one in told["decisions"]],
    }


def _made_from(told: Mapping[str, Any]) -> dict[str, str]:
    """Of a document made from the record in another: which, and whether that one was found to verify then."""
    return {key: _text(told[key]) for key in ("digest", "signatures")}


def _text(value: Any) -> str:
    text = str(value or "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _audit(audit: Mapping[str, Any]) -> dict[str, Any]:
    hidden = audit.get("disclosure") or {}
    reasons = Counter(_text(item["reason"]) for item in audit.get("not_computed") or [])
    return {
        "people": _whole(audit.get("people")),
        "findings": len(audit["findings"]),
        "rows": sum(len(rows) for rows in (audit.get("tables") or {}).values() if isinstance(rows, list)),
        "status": _text(hidden.get("status")),
        **{key: _whole(hidden.get(key)) for key in ("min_cell", "cells", "small_cells", "suppressed_cells")},
        "not_computed": [{"reason": reason, "figures": number} for reason, number in sorted(reasons.items())],
    }


def _rulings(claims: Mapping[str, Any]) -> dict[str, int]:
    made = [check["ruling"] for check in claims["checks"] if check["ruling"] is not None]
    again = sum(ruling["recomputable"] is True for ruling in made)
    return {"again": again, "kept": len(made) - again}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
