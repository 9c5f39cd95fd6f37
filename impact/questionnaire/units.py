"""In what unit a figure of an answer is given: 0.2 can be 0.2% or 20%, and a verdict must not hang on a guess.

In: a figure, and the unit that stands beside it, if any. Out: the figure as the check takes it, or why it cannot be
read. Where no unit is given a figure is read only if one reading is left: above 1 a share is in percent, and above 100
a rate is one in so many.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["UNITS", "in_unit"]

UNITS = ("percent", "points", "share", "one-in", "score", "ratio")
_ASK = "Fill in the unit beside it."


def in_unit(value: float, unit: object, *, meant: Literal["share", "one in", "score"]) -> float | str:
    """The figure as a share (0 to 1), as one in so many, or in points of the score; else why not.

    Args:
        value: As it was answered.
        unit: One of ``UNITS``, or blank.
        meant: What the check takes.

    >>> in_unit(95, None, meant="share"), in_unit(0.2, "points", meant="share"), in_unit(0.2, "share", meant="share")
    (0.95, 0.002, 0.2)
    >>> in_unit(0.2, "", meant="share")
    'it may be 0.2% or 20%. Fill in the unit beside it.'
    >>> in_unit(6000, None, meant="one in"), in_unit(0.02, "percent", meant="one in")
    (6000.0, 5000.0)
    """
    if meant == "score":
        return value if unit == "score" else f"it may be points of the score or percentage points. {_ASK}"
    share = _share(value, unit) if unit or meant == "share" else _rate(value)
    if isinstance(share, str) or meant == "share":
        return share
    if unit == "one-in" or (not unit and value > 100):
        return float(value)
    return float(round(1 / share)) if share else f"a rate of nought is one in no number. {_ASK}"


def _share(value: float, unit: object) -> float | str:
    if unit in ("percent", "points"):
        return round(value / 100, 12)
    if unit == "share":
        return value if value <= 1 else f"a share of 1 cannot be more than 1. {_ASK}"
    if unit == "one-in":
        return round(1 / value, 12) if value >= 1 else f"one in less than one is no rate. {_ASK}"
    if unit:
        return f"a share cannot be given in “{unit}”. {_ASK}"
    if 0 < value <= 1:
        return f"it may be {value:g}% or {value * 100:g}%. {_ASK}"
    return round(value / 100, 12)


def _rate(value: float) -> float | str:
    if value > 100:
        return 1 / value
    return f"it may be percent, a share of 1, or one in so many. {_ASK}"
