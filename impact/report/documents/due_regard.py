"""Due regard comes before a decision: what the dates of the record show of that.

In: a cleaned record and its answers. Out: ``Said``. Compares days and nothing else: that one date lies before another
does not show that anybody read anything. A date that is a month or a year is compared only where that settles it.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

from impact.report.documents.answered import Answered, gap
from impact.report.figures import british_date
from impact.report.shapes_documents import Said
from impact.report.view.answers import answer_anchor
from impact.report.view.parts import sentence

__all__ = ["date_lines", "order_of"]

_ANALYSIS, _DECISION = "H1", "P3"


def order_of(first: str, second: str) -> str | None:
    """How two dates lie: “before”, “same” day or “after”; None where a month or a year leaves it open.

    >>> order_of("2026-05-04", "2026-06-01"), order_of("2026-06-01", "2026-06-01"), order_of("2026-07", "2026-06-30")
    ('before', 'same', 'after')
    >>> order_of("2026-06", "2026-06-15"), order_of("in spring", "2026-06-15")
    (None, None)
    """
    one, other = _days(first), _days(second)
    if one is None or other is None:
        return None
    if one[1] < other[0]:
        return "before"
    if one[0] > other[1]:
        return "after"
    return "same" if one == other and one[0] == one[1] else None


def _days(text: str) -> tuple[date, date] | None:
    """First and last day that a date may mean."""
    try:
        if len(text) == 4:
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if len(text) == 7:
            first = date.fromisoformat(f"{text}-01")
            return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day, day


def date_lines(record: Mapping[str, Any], answered: Answered) -> tuple[Said, ...]:
    """Dates of this assessment, the equality analysis, the decision and the first use, set against each other."""
    about = record["assessment"]
    decided = about.get("decision_date")
    lines = [
        _line("Date of this assessment", british_date(about["date"]), "Assessment"),
        _line("Date of the decision", british_date(decided), "Assessment") if decided else gap("Date of the decision"),
    ]
    if decided:
        lines.append(_against("This assessment", about["date"], "the decision", decided, "Assessment"))
    lines += _evidence(answered, _DECISION, "Evidence of a decision", "this assessment", about["date"])
    lines += answered.bars(_DECISION)
    started = about.get("processing_started")
    if started:
        lines.append(_against("This assessment", about["date"], "the start of processing", started, "Assessment"))
    found = _evidence(answered, _ANALYSIS, "Equality analysis", *_first(answered, decided, started))
    if not found:
        found = answered.bars(_ANALYSIS) or [
            gap("Date of the equality analysis that was read", f"Question {_ANALYSIS}", "no dated evidence is cited")
        ]
    return (*lines, *found)


def _first(answered: Answered, decided: str | None, started: str | None) -> tuple[str, str | None]:
    """What an analysis is set against: the decision, else dated evidence of one, else the start of processing."""
    if decided:
        return "the decision", decided
    evidenced = [item["date"] for item in _dated(answered, _DECISION)]
    return ("evidence of a decision", min(evidenced)) if evidenced else ("the start of processing", started)


def _dated(answered: Answered, name: str) -> list[Mapping[str, Any]]:
    question = answered.question(name)
    if question is None or question["state"] != "answered":
        return []
    return [item for item in question["evidence"] if item.get("date")]


def _line(label: str, text: str, source: str, target: str = "") -> Said:
    return Said(label=label, text=sentence(text), source=source, gap=False, target=target)


def _evidence(answered: Answered, name: str, label: str, other: str, when: str | None) -> list[Said]:
    """Dated evidence of an answer, each set against another date."""
    lines = []
    for item in _dated(answered, name):
        title = item.get("title") or item.get("file") or "without a title"
        dated = f"“{title}” is dated {british_date(item['date'])}"
        order = order_of(item["date"], when) if when else None
        text = f"{dated}, {_words(order, other)} ({british_date(when)})" if when else f"{dated}; {other} has no date"
        if name == _DECISION and order == "before":
            text += ". A statement of due regard made with this assessment cannot stand for what was decided by then"
        lines.append(_line(label, text, f"Answer {name}", answer_anchor(name)))
    return lines


def _against(what: str, day: str, other: str, when: str, source: str) -> Said:
    order = order_of(day, when)
    text = f"{what} is dated {british_date(day)}, {_words(order, other)} ({british_date(when)})"
    if order == "after" and other == "the decision":
        text += ". A statement of due regard made with it cannot stand for that decision"
    return _line(f"{what} and {other}", text, source)


def _words(order: str | None, other: str) -> str:
    if order is None:
        return f"which leaves open whether it is before {other}"
    if order == "same":
        return f"the day of {other}: which came first is not stated"
    return f"{order} {other}"
