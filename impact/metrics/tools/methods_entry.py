"""One entry of the methods page, and the words that many entries share.

In: nothing. Out: ``Statistic``. Holds words only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["EITHER_EMPTY", "NEVER", "OWN", "SIGN", "Kind", "Statistic"]

Kind = Literal[
    "interval", "comparison", "test", "many comparisons", "bounds", "verdict", "severity", "power", "check", "measure"
]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistical method.

    Attributes:
        key: As findings.json names it.
        kind: What sort of method it is.
        name: In words.
        formula: How it is computed.
        unit: Of the result.
        range: Smallest and largest result.
        direction: How a reader tells which side is worse off, or "none".
        undefined_when: When there is no result.
        source: Publication, or "this toolkit's own".
        code: Function that computes it, below ``impact.metrics``.
    """

    key: str
    kind: Kind
    name: str
    formula: str
    unit: str
    range: str
    direction: str
    undefined_when: str
    source: str
    code: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


OWN = "this toolkit's own"
EITHER_EMPTY = "either denominator is 0"
NEVER = "never"
SIGN = "above no difference: the group's rate is the higher one; worse or better follows from the metric and the effect"
