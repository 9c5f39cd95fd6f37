"""Worked-out figures that conditions and bands use: growth of a term, months to an end date, sums.

In: a rule of the pack and the answer it names. Out: a number or ISO 8601 date, or None while it cannot be known.
Knows no other question and no score.
"""

from __future__ import annotations

from datetime import date

from impact.questionnaire.answer import Answer
from impact.questionnaire.pack import Growth, Latest, MonthsTo, Sum

__all__ = ["months_between", "work_out"]


def work_out(rule: Growth | Latest | MonthsTo | Sum, answer: Answer | None, *, start: date) -> float | str | None:
    """The figure a rule asks for.

    Args:
        rule: One of the rules that stand on a single question.
        answer: The answer to that question; None when it does not apply or was not given.
        start: Date of the decision, for ``months_to``.
    """
    if answer is None or answer.status != "answered":
        return None
    if isinstance(rule, MonthsTo):
        return months_between(start, answer.value) if isinstance(answer.value, date) else None
    rows = answer.rows or ()
    if isinstance(rule, Latest):
        days = [row[rule.column] for row in rows if rule.column in row]
        return max(day.isoformat() for day in days if isinstance(day, date)) if days else ""
    if isinstance(rule, Sum):
        # A row that leaves the number blank may hide people: the sum is then not known, rather than too small.
        parts = [row.get(rule.column) for row in rows]
        return float(sum(part for part in parts if isinstance(part, float))) if rows and None not in parts else None
    return _growth(rule, answer)


def _growth(rule: Growth, answer: Answer) -> float | None:
    found = []
    for row in answer.rows or ():
        start, first, now = (row.get(column) for column in (rule.start, rule.first, rule.now))
        if isinstance(start, date) and isinstance(first, date) and isinstance(now, date) and first > start:
            found.append(100 * (now - first).days / (first - start).days)
    return max(found, default=None)


def months_between(start: date, end: date) -> float:
    """Calendar months from one date to another; a part of a month counts in thirty-firsts.

    >>> months_between(date(2026, 11, 20), date(2027, 11, 20)), months_between(date(2026, 1, 31), date(2026, 1, 1))
    (12.0, -0.967741935483871)
    """
    return (end.year - start.year) * 12 + (end.month - start.month) + (end.day - start.day) / 31
