"""What a row of the audited data stands for: one person, many, or a part of one.

In: the audit block of a record. Out: a word that other modules turn into sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["standing"]


def standing(audit: Mapping[str, Any]) -> Literal["rows", "weights", "people"]:
    """``weights``: a row stands for many; ``people``: several rows can be one person; ``rows``: a row is a person.

    >>> standing({"plan": {"columns": {"weight": {"kind": "sampling"}}}})
    'weights'
    """
    plan = audit["plan"]
    if (plan["columns"].get("weight") or {}).get("kind") == "sampling":
        return "weights"
    return "people" if (plan.get("unit") or {}).get("person_id") else "rows"
