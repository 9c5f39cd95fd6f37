"""Words that several topics share: the name of a group, an estimate with its interval, a share with its counts.

In: parts of rows of findings.json. Out: text. An undefined value is its reason, never a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impact.report.figures import count, interval, percent
from impact.report.view.audit import why_none
from impact.report.view.parts import group_label

__all__ = ["estimate", "group_name", "p_value", "plain_counts", "share", "three"]


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
    shown = why_none(part["reason"]) if part["value"] is None else spell(part["value"])
    if part["ci"]:
        return f"{shown} ({interval(part['ci'], spell, open_end='upper' if part.get('open') else None)})"
    return f"{shown} ({why_none(part['reason'])})" if part["value"] is not None and part["reason"] else shown


def p_value(value: float) -> str:
    """A p-value; below one in ten thousand more noughts tell a reader nothing.

    >>> p_value(0.0312), p_value(1e-9), p_value(1.0)
    ('0.031', 'less than 0.0001', '1')
    """
    return "less than 0.0001" if value < 0.0001 else f"{value:.2g}"


def share(part: Mapping[str, Any]) -> str:
    """A share with the counts that it is made of; or why there is none.

    >>> share({"value": 0.2, "k": 2, "n": 10, "reason": None})
    '20.0% (2 of 10)'
    """
    if part["value"] is None:
        return why_none(part["reason"])
    return f"{percent(part['value'])} ({count(part['k'])} of {count(part['n'])})"


def plain_counts(audit: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be said where a figure is made of plain counts although rows are weighted, or are not independent.

    >>> plain_counts({"plan": {"columns": {}, "unit": {"row": "person"}}})
    ()
    """
    plan = audit["plan"]
    said = []
    if ((plan["columns"].get("weight") or {}).get("kind")) == "sampling":
        said.append("These figures count rows of the sample as they are, without the sampling weight of the plan.")
    if (plan.get("unit") or {}).get("person_id"):
        said.append(
            "These figures take rows as independent, although one person can have several: intervals are too narrow."
        )
    return tuple(said)
