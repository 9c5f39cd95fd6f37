"""Words of an explanation: what each verdict rule, reason and caveat means, and how a figure is written.

In: nothing. Out: texts by code, and numbers as text. A test demands a text for every verdict and caveat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impact.metrics.analysis.catalogue import REASONS

__all__ = ["CAVEAT_WORDS", "REASON_WORDS", "VERDICT_WORDS", "level", "number", "shown_range"]

REASON_WORDS: Mapping[str, str] = {str(code): text for code, text in REASONS.items()}

VERDICT_WORDS: Mapping[str, str] = {
    "disparity_shown": "Whatever the missing outcomes are, the ranges do not touch: a disparity is shown.",
    "disparity_shown:material": "Row 1 applies: D lies wholly beyond the margin: a material disparity is shown.",
    "disparity_shown:uncertain": "Row 3 applies: D excludes no difference: a disparity is shown, of uncertain size.",
    "difference_small": "Row 2 applies: D excludes no difference, and Q lies inside the margin: real, but small.",
    "equivalence_shown": "Row 4 applies: D includes no difference, Q lies inside the margin: any difference is small.",
    "inconclusive": "Row 5 applies: D includes no difference, Q is inside no declared margin: it cannot be told.",
    "undefined": "No row applies: there is no rate on one of the sides.",
    "suppressed": "No row applies: the counts are hidden to protect people.",
    "not_identified": "No row applies: what was recorded does not determine the rate, and the possible ranges overlap.",
}

CAVEAT_WORDS: Mapping[str, str] = {
    "C01": "When many comparisons are looked at, some stand out by chance; treat it as a question, not as an answer.",
    "C02": "If recording differs between groups, so will this figure, whatever people did.",
    "C03": "The figure says that rates differ, and nothing about why.",
    "C04": "Nobody looked at the others, so what would have been found among them is not known.",
    "C05": "If the missing cases differ from the known ones, the rate of all differs from the one shown.",
    "C06": "The interval allows for small numbers, but with fewer than {few} a single case can carry the result.",
    "C07": "Where the same person stands in several rows there is less evidence than the number of rows suggests.",
    "C08": "It is one comparison seen from either side, and is counted once.",
    "C09": "Those far above the threshold raise a hit rate too; it is no measure of the threshold itself.",
    "C12": "All intervals are computed at that many independent ones, fewer still where people are few.",
    "C13": "All rates are shares of weight, and all intervals are computed at that many independent ones.",
    "C11": "They are on neither side; above, where they are many, it is said what they could change.",
}


def number(value: float) -> str:
    """A figure with six significant digits: enough to be recomputed, few enough to be read.

    >>> number(0.2030113347995263), number(1.7958960455104283), number(0.0)
    ('0.203011', '1.7959', '0')
    """
    return f"{value:.6g}"


def shown_range(limits: Sequence[float | None]) -> str:
    """Two limits; an open end is said to be open.

    >>> shown_range([13.16722, None])
    '13.1672 and anything above'
    """
    low, high = limits
    first = "anything" if low is None else number(low)
    return f"{first} and anything above" if high is None else f"{first} to {number(high)}"


def level(value: float) -> str:
    """A confidence level, exact enough to be recomputed from.

    >>> level(0.95), level(0.9987184894771247)
    ('95%', '99.8718%')
    """
    return f"{value * 100:.6g}%"
