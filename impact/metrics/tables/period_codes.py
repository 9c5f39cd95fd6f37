"""Periods as numbers: year × 100 + month (or quarter, or nothing), as the aggregate ``periods`` keeps them.

In: codes and the period of a plan. Out: names for a reader, places on a calendar, the codes between two. Knows no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["between", "impossible", "period_label", "place"]

_PARTS = {"month": 12, "quarter": 4, "year": 1}
_LONGEST = 10_000  # periods between two dates; the rest of a column with the years 0001 and 9999 is nobody's question


def period_label(code: int, period: str) -> str:
    """A period as a reader sees it.

    >>> period_label(202404, "month"), period_label(202402, "quarter"), period_label(202400, "year")
    ('2024-04', '2024 Q2', '2024')
    """
    year, part = divmod(code, 100)
    return {"month": f"{year}-{part:02d}", "quarter": f"{year} Q{part}", "year": str(year)}[period]


def place(code: int, period: str) -> int:
    """Where a period lies on the calendar, so that the distance of two says how many periods lie between them.

    >>> place(202501, "month") - place(202411, "month"), place(202401, "quarter") - place(202304, "quarter")
    (2, 1)
    """
    year, part = divmod(code, 100)
    return year * _PARTS[period] + part - (0 if period == "year" else 1)


def between(seen: Iterable[int], period: str) -> Iterator[int]:
    """Every code from the first to the last that was seen, with those that nobody has.

    >>> list(between([202412, 202411, 202502], "month"))
    [202411, 202412, 202501, 202502]
    """
    codes = sorted(seen)
    if not codes:
        return
    parts, low = _PARTS[period], 0 if period == "year" else 1
    start, end = place(codes[0], period), place(codes[-1], period)
    for each in range(start, min(end, start + _LONGEST) + 1):
        year, part = divmod(each, parts)
        yield year * 100 + part + low


def impossible(codes: Iterable[int], period: str) -> bool:
    """Whether one of them is no period: a thirteenth month. -1 stands for a missing date.

    >>> impossible([202412, -1], "month"), impossible([202412], "quarter"), impossible([202400], "year")
    (False, True, False)
    """
    low, high = (0, 0) if period == "year" else (1, _PARTS[period])
    return any(code != -1 and not (100 <= code <= 999_999 and low <= code % 100 <= high) for code in codes)
