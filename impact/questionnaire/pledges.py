"""The key ``promises`` of an answer: dates, owners and what has been done.

In: located YAML. Out: ``Pledge``s, and a fault for each mistake. Decides nothing (promises.py does).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from impact.questionnaire.answer import Pledge
from impact.yamlfile import nearest

__all__ = ["read_pledges"]

_KEYS = ("text", "due", "owner", "done")


def read_pledges(raw: Any, at: tuple[str | int, ...], fault: Callable[..., None]) -> tuple[Pledge, ...]:
    """Every pledge of one answer.

    Args:
        raw: What stands under ``promises``.
        at: Where it stands.
        fault: Called with place, what was found, what was wanted, what to do, and a code: A141 the form, A142 a date,
            A143 nothing is said.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        fault(at, "promises are not a list", "- {text, due, owner}", "Write each promise on a line of its own", "A141")
        return ()
    return tuple(pledge for index, item in enumerate(raw) if (pledge := _pledge(item, (*at, index), fault)))


def _pledge(item: dict[Any, Any], at: tuple[str | int, ...], fault: Callable[..., None]) -> Pledge | None:
    said: dict[str, Any] = {}
    for key, value in item.items():
        if key not in _KEYS:
            near = nearest(str(key), _KEYS)
            remedy = f"Did you mean “{near}”?" if near else f"Keys: {', '.join(_KEYS)}"
            fault((*at, str(key)), f"unknown key “{key}” of a promise", "", remedy, "A141", key=True)
        elif key in ("due", "done"):
            day = _day(value)
            if day is None and value is not None:
                fault((*at, key), "not a date", "a date such as 2026-11-20, the year first", "Write it so", "A142")
            said[key] = day
        elif isinstance(value, str) and value.strip():
            said[key] = value.strip()
        elif value is not None:
            fault((*at, key), f"“{key}” is not text", "text", "Put it in quotes", "A141")
    if not any(said.values()):
        if all(value is None or value == "" for value in item.values()):
            fault(at, "a promise without words, date or owner", "at least one of them", "Write it, or remove", "A143")
        return None
    return Pledge(said.get("text"), said.get("due"), said.get("owner"), said.get("done"))


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None
