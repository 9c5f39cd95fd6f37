"""A check: one thing about the data that a reader of the findings must know, short of refusing the data.

In: a code of docs/audit-plan.md and a sentence. Out: plain data for findings.json.
Knows no rule itself: checks of groups, decisions and outcomes are made in count_checks.py, those of files where they
are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check"]


@dataclass(frozen=True, slots=True)
class Check:
    """A warning or a piece of information that goes into the findings.

    Attributes:
        code: Stable id (D28).
        level: ``warning`` is carried into each finding it affects; ``info`` is only listed.
        text: A sentence that holds counts and category labels, never a person's value.

    >>> Check("D05", "info", "The file starts with a byte-order mark; accepted.").to_json()["code"]
    'D05'
    """

    code: str
    level: Literal["warning", "info"]
    text: str

    def to_json(self) -> dict[str, str]:
        """The same as plain data, as in ``checks`` of findings.json."""
        return {"code": self.code, "level": self.level, "text": self.text}
