"""Days by which a notice is due: periods of days, of twelve months, and of working days, with their rules in words.

In: days, and ``data/bank-holidays.json``. Out: days. Guesses nothing: outside the years of that list a period of
working days has no end here. A period “beginning with” a day counts that day as the first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from impact.report.documents.registers import data_file

__all__ = ["growth", "last_day", "last_working_day", "twelve_months_after", "years_covered"]


def last_day(first: date, days: int) -> date:
    """Last day of a period of ``days`` days that begins with ``first``.

    >>> last_day(date(2026, 6, 1), 30).isoformat()
    '2026-06-30'
    """
    return first + timedelta(days=days - 1)


def years_covered() -> tuple[int, ...]:
    """Years of which the bank holidays are known here."""
    return tuple(data_file("bank-holidays.json")["years"])


def last_working_day(first: date, days: int, *, calendar: str) -> date | None:
    """Last of ``days`` working days from ``first`` on, which counts where it is one.

    Saturdays, Sundays and the bank holidays of ``calendar`` are no working days.

    Returns:
        The day, or None where the period reaches a year of which the bank holidays are not known here.

    >>> last_working_day(date(2026, 12, 21), 8, calendar="england-and-wales").isoformat()
    '2027-01-04'
    """
    holidays: Any = data_file("bank-holidays.json")
    free, known = set(holidays[calendar]), set(holidays["years"])
    day, left = first, days
    while True:
        if day.year not in known:
            return None
        if day.weekday() < 5 and day.isoformat() not in free:
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def twelve_months_after(day: date) -> date:
    """The same day a year later; 28 February for 29 February.

    >>> twelve_months_after(date(2024, 2, 29)).isoformat()
    '2025-02-28'
    """
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def growth(start: date, before: date, after: date) -> float:
    """By what share of the term from ``start`` to ``before`` an end moves to ``after``.

    >>> growth(date(2026, 1, 1), date(2026, 4, 11), date(2026, 4, 21))
    0.1
    """
    return (after - before).days / (before - start).days
