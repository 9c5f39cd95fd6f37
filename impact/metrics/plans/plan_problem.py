"""A fault of a plan before it has a place in a file.

In: nothing. Out: ``Problem``, and ways to look into plain data of any shape. Knows no rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Loc", "Problem", "at", "listed"]

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault before it has a place: ``loc`` leads to the value, or to its key when ``at_key``."""

    loc: Loc
    found: str
    wanted: str
    remedy: str
    code: str
    at_key: bool = False


def at(data: Any, *path: str) -> Any:
    """The value at a path of keys, or None where the data has no such place.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": 3}, "a", "b")
    (1, None)
    """
    for part in path:
        if not isinstance(data, dict):
            return None
        data = data.get(part)
    return data


def listed(value: Any) -> Sequence[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()
