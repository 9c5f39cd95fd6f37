"""How numbers, dates and digests are written: one spelling for the whole document.

In: plain numbers and ISO dates. Out: text as a reader sees it. Knows nothing of records, pages or wording of findings.
Refuses to round a share to “0%” or “100%” when it is neither: digits are added until the difference shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from impact.rounding import half_up

__all__ = [
    "british_date",
    "byte_count",
    "count",
    "duration",
    "interval",
    "multiple",
    "one_in",
    "percent",
    "percent_down",
    "points",
]

NO_LIMIT = "no upper limit"
_MOST_DIGITS = 12
_LEAST = 1e-6  # per cent


def count(value: float) -> str:
    """A whole number with thousands separated; anything else with one decimal.

    >>> count(45000), count(1830.5)
    ('45,000', '1,830.5')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(value: float, *, signed: bool = False) -> str:
    """A fraction as a percentage: one decimal; two significant digits under 1%; more where it would read as all.

    Below a millionth of a per cent it is said to be less than that.

    >>> percent(0.0353), percent(0.00032), percent(0.99996), percent(0.0), percent(-0.0412, signed=True)
    ('3.5%', '0.032%', '99.996%', '0%', '−4.1%')
    >>> percent(3e-15)
    'less than 0.000001%'
    """
    shown = abs(value) * 100
    if shown in (0, 100):
        text = f"{shown:.0f}"
    elif shown < _LEAST:
        return f"{'−' if value < 0 else ''}less than {_LEAST:.6f}%"
    elif shown < 1:
        text = half_up(shown, min(1 - math.floor(math.log10(shown)), _MOST_DIGITS))
    else:
        text = next(
            (digits for places in range(1, _MOST_DIGITS) if (digits := half_up(shown, places)) != half_up(100, places)),
            f"{shown:.{_MOST_DIGITS}f}",
        )
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{text}%"


def percent_down(value: float) -> str:
    """A share of completeness, rounded down, so that 89.96% is never shown as the 90% it falls short of.

    >>> percent_down(0.8996), percent_down(1.0)
    ('89.9%', '100%')
    """
    return f"{math.floor(value * 1000 + 1e-9) / 10:g}%"


def points(value: float) -> str:
    """A score from 0 to 100, with one decimal.

    >>> points(79.54)
    '79.5'
    """
    return f"{value:.1f}"


def multiple(value: float) -> str:
    """A ratio with two decimals, more below 0.1 so that it never reads as nothing.

    >>> multiple(2.8), multiple(0.0042), multiple(5.5e-05)
    ('2.80', '0.0042', '0.000055')
    """
    return half_up(value, 2).replace(",", "") if value >= 0.1 or value == 0 else f"{Decimal(f'{value:.2g}'):f}"


def interval(ends: Sequence[float | None] | None, spell: Callable[[float], str], *, open_end: str | None = None) -> str:
    """Both ends of an interval; an end that does not exist is said to be missing.

    Args:
        ends: Low and high end, ``None`` for an end without a limit, or ``None`` where there is no interval.
        spell: How one end is written.
        open_end: ``"upper"`` where the record says that there is no upper limit.

    >>> interval([0.0203, 0.0607], percent)
    '2.0% to 6.1%'
    >>> interval([1.2, None], multiple, open_end="upper")
    '1.20 to no upper limit'
    >>> interval(None, percent)
    'no interval'
    """
    if ends is None:
        return "no interval"
    low, high = ends[0], ends[1]
    if high is None or open_end == "upper":
        return f"{spell(low)} to {NO_LIMIT}" if low is not None else "no limits"
    return f"{spell(low)} to {spell(high)}" if low is not None else f"up to {spell(high)}"


def duration(seconds: float) -> str:
    """Seconds as a reader says them.

    >>> duration(45), duration(90), duration(120), duration(135), duration(7200), duration(12.5)
    ('45 s', '90 s', '2 min', '2 min 15 s', '2 h', '12.5 s')
    """
    if seconds < 120:
        return f"{seconds:g} s" if float(seconds).is_integer() else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{part:,} {unit}" for part, unit in parts if part)


def one_in(value: float) -> str:
    """A share as “1 in n”, n to the nearest whole number.

    >>> one_in(1 / 314744), one_in(0.0)
    ('1 in 314,744', 'none seen')
    """
    return f"1 in {half_up(1 / value, 0)}" if value > 0 else "none seen"


def british_date(text: Any) -> str:
    """An ISO date or time in British style; a text that is not one is returned as it is.

    >>> british_date("2026-11-20"), british_date("2026-11"), british_date("2026-11-20T09:30:00+00:00")
    ('20 November 2026', 'November 2026', '20 November 2026, 09:30 UTC')
    >>> british_date("spring 2025")
    'spring 2025'
    """
    found = str(text)
    try:
        if len(found) == 7:
            return f"{date.fromisoformat(found + '-01'):%B %Y}"
        if len(found) == 10:
            day = date.fromisoformat(found)
            return f"{day.day} {day:%B %Y}"
        moment = datetime.fromisoformat(found)
    except ValueError:
        return found
    zone = moment.tzname()
    return f"{moment.day} {moment:%B %Y, %H:%M}" + (f" {zone}" if zone else "")


def byte_count(value: int) -> str:
    """A size in bytes.

    >>> byte_count(1), byte_count(20480)
    ('1 byte', '20,480 bytes')
    """
    return "1 byte" if value == 1 else f"{value:,} bytes"
