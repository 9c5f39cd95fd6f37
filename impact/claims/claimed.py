"""What was claimed, read from a check's parameters: figures, names, and the day that “now” means.

In: a ``Context``. Out: plain values, or None where nobody gave one. A figure that is not a number is as good as none.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from impact.claims.check import Context
from impact.metrics.counting import duck

__all__ = ["end_of_day", "figure", "figures", "listed", "now", "word", "words_of"]


def figure(context: Context, name: str) -> float | None:
    """A number that was claimed or declared.

    >>> figure(Context({}, parameters={"days": 31}), "days"), figure(Context({}), "days")
    (31.0, None)
    """
    return _number(context.parameters.get(name))


def figures(context: Context, name: str) -> dict[str, float]:
    """Named numbers: days for each class of record. As a list of texts where only those can be given.

    >>> figures(Context({}, parameters={"days_by_class": ["no-match: 1", "evidence: 400"]}), "days_by_class")
    {'no-match': 1.0, 'evidence': 400.0}
    >>> figures(Context({}, parameters={"days_by_class": {"no-match": 1, "other": None}}), "days_by_class")
    {'no-match': 1.0}
    """
    given = context.parameters.get(name)
    if isinstance(given, list | tuple):
        given = {name.strip(): _read(value) for name, _, value in (str(each).rpartition(":") for each in given)}
    if not isinstance(given, Mapping):
        return {}
    found = {str(key): _number(value) for key, value in given.items()}
    return {key: value for key, value in found.items() if value is not None}


def word(context: Context, name: str) -> str | None:
    """A text that was claimed or declared."""
    given = context.parameters.get(name)
    return given if isinstance(given, str) and given else None


def words_of(context: Context, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Several texts.

    >>> words_of(Context({}, parameters={"stores": ["index"]}), "stores")
    ('index',)
    """
    given = context.parameters.get(name)
    if isinstance(given, str):
        return (given,)
    return tuple(str(each) for each in given) if isinstance(given, list | tuple) and given else default


def listed(values: tuple[str, ...]) -> str:
    """SQL: texts in brackets, for ``IN``.

    >>> listed(("self", "neighbour's"))
    "('self', 'neighbour''s')"
    """
    return f"({', '.join(map(duck.text, values))})"


def now(context: Context) -> str:
    """SQL: the beginning, in UTC, of the day that “now” means, so that nothing is called late on its last day.

    >>> from datetime import date
    >>> now(Context({}, as_at=date(2026, 11, 20)))
    "TIMESTAMPTZ '2026-11-20 00:00:00+00'"
    """
    return f"TIMESTAMPTZ '{context.as_at.isoformat()} 00:00:00+00'"


def end_of_day(context: Context) -> str:
    """SQL: the end of that day."""
    return f"({now(context)} + INTERVAL 1 DAY)"


def _read(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None
