"""Words that several topics share: the name of a group, an estimate with its interval, a share with its counts.

In: parts of rows of findings.json. Out: text. An undefined value is its reason, never a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impact.report.figures import count, interval, percent
from impact.report.view.audit import why_none
from impact.report.view.parts import group_label

__all__ = ["estimate", "group_name", "share", "three"]


def group_name(row: Mapping[str, Any]) -> str:
    """The group of a row.

    >>> group_name({"group": {}}), group_name({"group": {"sex": "Female"}})
    ('Everyone', 'Female')
    """
    return group_label(row["group"])


def three(value: float) -> str:
    """A number without a unit, to three decimals."""
    return f"{value:.3f}"


def estimate(part: Mapping[str, Any], spell: Callable[[float], str] = three) -> str:
    """A value with its interval, where it has one; or why there is none.

    >>> estimate({"value": 0.75, "ci": [0.7, 0.8], "reason": None})
    '0.750 (0.700 to 0.800)'
    """
    if part["value"] is None:
        return why_none(part["reason"])
    open_end = "upper" if part.get("open") else None
    return spell(part["value"]) + (f" ({interval(part['ci'], spell, open_end=open_end)})" if part["ci"] else "")


def share(part: Mapping[str, Any]) -> str:
    """A share with the counts that it is made of; or why there is none.

    >>> share({"value": 0.2, "k": 2, "n": 10, "reason": None})
    '20.0% (2 of 10)'
    """
    if part["value"] is None:
        return why_none(part["reason"])
    return f"{percent(part['value'])} ({count(part['k'])} of {count(part['n'])})"
