"""The timetable of notices: when each was due under the Procurement Act 2023, whether it was published, what is late.

In: ``Terms`` and the day of the record. Out: ``Duty``: one line of the timetable each, with its rule in words. A day
that the record lacks makes a line that says which; it is never taken for a missed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from impact.report.documents.contracts import Terms, day_of
from impact.report.documents.deadlines import growth, last_day, last_working_day, twelve_months_after, years_covered
from impact.report.figures import british_date, count, percent
from impact.report.view.parts import joined

__all__ = [
    "COVERED",
    "LARGE",
    "STANDSTILL",
    "Duty",
    "duties_of",
    "more_than_a_tenth",
    "term_change",
    "term_growth",
    "value_change",
    "worked",
]

LARGE = 5_000_000  # pounds: above it the contract is published, and key performance indicators are set
_TENTH = 0.10  # of term or value
STANDSTILL = 8
COVERED = "Public contract under the Act"
_COVERED = "value at or above the threshold, and begun under the Act; the toolkit does not know the thresholds"


@dataclass(frozen=True)
class Duty:
    """One line of the timetable.

    Attributes:
        what: The notice or act.
        rule: How its day is found, with the section of the Act.
        due: The last day, where it can be worked out.
        state: What the record says of it.
        overdue: Whether the last day lies before the day of the record and nothing was published, or it was published
            late.
    """

    what: str
    rule: str
    due: date | None
    state: str
    overdue: bool = False


def worked(day: date | None) -> str:
    return british_date(day.isoformat()) if day else ""


def duties_of(terms: Terms, today: date, *, calendar: str) -> tuple[Duty, ...]:
    """Every duty of one contract, in the order in which they arise; none of a contract that the Act does not cover."""
    if terms.covered is False:
        return (Duty("Notices", _COVERED, None, "does not apply: said not to be a public contract under the Act"),)
    found = tuple(_duties(terms, today, calendar))
    if terms.covered:
        return found
    said = "not stated in the record; the lines below hold if it is one"
    return (Duty(COVERED, _COVERED, None, said), *found)


def _duties(terms: Terms, today: date, calendar: str) -> Iterator[Duty]:
    yield _transparency(terms)
    yield _award(terms)
    yield _standstill(terms, today, calendar)
    entered = terms.day("entered")
    details = terms.published("details")
    yield _by(
        "Contract details notice",
        "30 days, the first of them the day of entering into the contract (section 53)",
        last_day(entered, 30) if entered else None,
        details[0] if details else None,
        today,
        missing="the day of entering into the contract",
    )
    yield _large(
        terms,
        "Copy of the contract",
        "over £5 million: 90 days, the first of them the day of entering into it (section 53)",
        last_day(entered, 90) if entered else None,
        terms.day("copy_published"),
        today,
        missing="the day of entering into the contract",
    )
    for change in terms.plan.get("modifications", ()):
        yield from _modified(terms, change, today)
    yield _performance(terms, today)
    ended = terms.day("terminated")
    notices = terms.published("termination")
    if ended:
        yield _by(
            "Termination notice",
            "30 days, the first of them the day on which the contract ended (section 80)",
            last_day(ended, 30),
            notices[0] if notices else None,
            today,
            missing="",
        )
    else:
        state = "not due: the record holds no day on which the contract ended" if terms.plan else _unknown("that day")
        yield Duty(
            "Termination notice", "30 days from the end of the contract, expiry included (section 80)", None, state
        )


def _unknown(what: str) -> str:
    return f"not worked out: {what} is not in the record"


def _by(what: str, rule: str, due: date | None, done: date | None, today: date, *, missing: str) -> Duty:
    """A duty with a last day: done in time, done late, overdue, or still to come."""
    if due is None:
        return Duty(what, rule, None, _unknown(missing) + (f"; published on {worked(done)}" if done else ""))
    if done is not None:
        if done <= due:
            return Duty(what, rule, due, f"published on {worked(done)}")
        days = (done - due).days
        return Duty(what, rule, due, f"LATE: published on {worked(done)}, {_days(days)} after the last day", True)
    if due < today:
        return Duty(what, rule, due, f"OVERDUE on {worked(today)}: the record holds no publication", True)
    return Duty(what, rule, due, "not yet due; the record holds no publication")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


def _large(
    terms: Terms, what: str, rule: str, due: date | None, done: date | None, today: date, *, missing: str
) -> Duty:
    """A duty of contracts over five million pounds alone."""
    if terms.value is None:
        said = f"; published on {worked(done)}" if done else ""
        return Duty(what, rule, None, f"not worked out: the value is not in the record{said}")
    if terms.value <= LARGE:
        return Duty(what, rule, None, f"does not apply: the value is £{count(terms.value)}")
    return _by(what, rule, due, done, today, missing=missing)


def _before(what: str, rule: str, published: date, act: date, name: str) -> Duty:
    """A notice that has to come first; of the same day nobody can tell from the record which came first."""
    if published < act:
        return Duty(what, rule, act, f"published on {worked(published)}, before {name}")
    if published == act:
        said = f"published on {worked(published)}, the day of {name}; which came first is not in the record"
        return Duty(what, rule, act, said)
    return Duty(what, rule, act, f"LATE: published on {worked(published)}, after {name}", True)


def _transparency(terms: Terms) -> Duty:
    what, rule = "Transparency notice", "before a direct award (section 44)"
    published, awards = terms.published("transparency"), terms.published("award")
    before = awards[0] if awards else terms.day("entered")
    if terms.direct is None:
        return Duty(what, rule, None, _unknown("whether the award was direct"))
    if not terms.direct:
        return Duty(what, rule, None, "does not apply: the record does not name a direct award")
    if published and before is None:
        return Duty(what, rule, None, f"published on {worked(published[0])}; the day of the award is not in the record")
    if published and before is not None:
        return _before(what, rule, published[0], before, "the award")
    if before is not None:
        return Duty(what, rule, before, "OVERDUE: the award was made, and the record holds no publication", True)
    return Duty(what, rule, None, _unknown("neither notice nor award"))


def _award(terms: Terms) -> Duty:
    what, rule = "Contract award notice", "before entering into the contract (section 50)"
    published, entered = terms.published("award"), terms.day("entered")
    if published and entered is None:
        state = f"published on {worked(published[0])}; the day of entering into the contract is not in the record"
        return Duty(what, rule, None, state)
    if entered is None:
        return Duty(what, rule, None, _unknown("the day of entering into the contract"))
    if not published:
        return Duty(what, rule, entered, "OVERDUE: the contract was entered into, and the record holds no notice", True)
    return _before(what, rule, published[0], entered, "the contract")


def _standstill(terms: Terms, today: date, calendar: str) -> Duty:
    what, rule = "Standstill", "eight working days, the first of them the day of the award notice (section 51)"
    if terms.plan.get("no_standstill"):
        return Duty(what, rule, None, f"said not to apply: {terms.plan['no_standstill']}")
    published, entered = terms.published("award"), terms.day("entered")
    if not published:
        return Duty(what, rule, None, _unknown("the day of the award notice"))
    end = last_working_day(published[0], STANDSTILL, calendar=calendar)
    if end is None:
        years = joined([str(year) for year in years_covered()])
        return Duty(what, rule, None, f"not worked out: bank holidays are known here for {years} alone")
    if entered is None:
        running = "runs until then" if end >= today else "has ended; no contract is in the record"
        return Duty(what, rule, end, running)
    if entered > end:
        return Duty(what, rule, end, f"contract entered into on {worked(entered)}, after it")
    return Duty(what, rule, end, f"NOT KEPT: contract entered into on {worked(entered)}", True)


def more_than_a_tenth(share: float) -> bool:
    """Whether a change is larger than 10%; exactly 10% is not, whatever its last binary digit.

    >>> more_than_a_tenth(1.1 - 1), more_than_a_tenth(-0.1001)
    (False, True)
    """
    return round(abs(share), 12) > _TENTH


def value_change(change: Mapping[str, Any]) -> float | None:
    """By what share of the value before it a modification moves the value; None where a value is not given, or is 0."""
    before, after = change.get("value_before"), change.get("value_after")
    if not isinstance(before, int | float) or not isinstance(after, int | float) or not before:
        return None
    return after / before - 1


def term_change(terms: Terms, change: Mapping[str, Any]) -> float | None:
    """By what share of the term first agreed a modification moves the end; None where a day is not given."""
    before, after = day_of(change.get("end_before")), day_of(change.get("end_after"))
    if terms.start is None or terms.first_end is None or before is None or after is None:
        return None
    return (after - before).days / (terms.first_end - terms.start).days


def _modified(terms: Terms, change: Mapping[str, Any], today: date) -> Iterator[Duty]:
    day = day_of(change["date"])
    if day is None:
        return
    name = f"Change of {worked(day)}"
    what, rule = f"{name}: change notice", "before the change, unless term and value move by 10% or less (section 75)"
    shares = [value_change(change), term_change(terms, change)]
    published = day_of(change.get("notice"))
    if any(share is not None and more_than_a_tenth(share) for share in shares):
        if published is None:
            yield Duty(what, rule, day, "OVERDUE: more than 10%, and the record holds no notice", True)
        else:
            yield _before(what, rule, published, day, "the change")
    elif None in shares:
        said = f"published on {worked(published)}; " if published else ""
        yield Duty(what, rule, None, f"{said}not worked out: value or end before and after is not in the record")
    else:
        said = joined([percent(share, signed=True) for share in shares if share is not None])
        yield Duty(what, rule, None, f"not needed for its size: {said}")
    yield _large(
        terms,
        f"{name}: copy of the changed contract",
        "over £5 million: 90 days, the first of them the day of the change (section 77)",
        last_day(day, 90),
        day_of(change.get("copy_published")),
        today,
        missing="the day of the change",
    )


def _performance(terms: Terms, today: date) -> Duty:
    what, rule = (
        "Performance against KPIs",
        "over £5 million: published every twelve months, and at the end (section 71)",
    )
    entered = terms.day("entered")
    published = terms.published("performance")
    if terms.value is None:
        return Duty(what, rule, None, "not worked out: the value is not in the record")
    if terms.value <= LARGE:
        return Duty(what, rule, None, f"does not apply: the value is £{count(terms.value)}")
    last = published[-1] if published else entered
    if last is None:
        return Duty(what, rule, None, _unknown("the day of entering into the contract"))
    days = [*([entered] if entered else []), *published]
    missed = [after for before, after in pairwise(days) if after > twelve_months_after(before)]
    if missed:
        said = f"LATE: that of {worked(missed[0])} came more than twelve months after the one before, or the contract"
        return Duty(what, rule, twelve_months_after(days[days.index(missed[0]) - 1]), said, True)
    due = twelve_months_after(last)
    said = f"last published on {worked(published[-1])}" if published else "none is in the record"
    if due < today and terms.day("terminated") is None:
        return Duty(what, rule, due, f"OVERDUE on {worked(today)}: {said}", True)
    return Duty(what, rule, due, f"next by then; {said}")


def term_growth(terms: Terms) -> float | None:
    """By what share the term has grown since it was first approved; None where a day is not in the record."""
    if terms.start is None or terms.first_end is None or terms.end is None or terms.first_end <= terms.start:
        return None
    return growth(terms.start, terms.first_end, terms.end)
