"""Numbers in sentences of rulings.

In: counts and shares. Out: text, as a councillor reads it.
"""

from __future__ import annotations

from impact.claims.shares import Share
from impact.rounding import half_up

__all__ = ["named", "number", "percent", "share_words"]


def named(column: str) -> str:
    """A column of the contract as words.

    >>> named("age_band")
    'age band'
    """
    return column.replace("_", " ")


def number(value: float | int | None) -> str:
    """A count with commas; a decimal with at most two places.

    >>> number(45000), number(12.5), number(None)
    ('45,000', '12.5', 'no number')
    """
    if value is None:
        return "no number"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """A share in percent, with as many places as keep a rare event from looking like nought.

    >>> percent(0.153), percent(0.00012), percent(0.0), percent(1.0), percent(0.99996)
    ('15.3%', '0.012%', '0%', '100%', '99.996%')
    """
    if value is None:
        return "an unknown share"
    near = min(abs(value), abs(1 - value))
    places = 1
    while near and places < 8 and near * 100 < 10 ** (1 - places):
        places += 1
    text = half_up(value * 100, places)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def share_words(share: Share) -> str:
    """“12 of 340 (3.5%)”.

    >>> share_words(Share(12, 340)), share_words(Share(0, 0))
    ('12 of 340 (3.5%)', '0 of 0')
    """
    if not share.n:
        return f"{number(share.k)} of {number(share.n)}"
    return f"{number(share.k)} of {number(share.n)} ({percent(share.value)})"
