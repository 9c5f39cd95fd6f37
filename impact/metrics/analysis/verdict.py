"""Verdicts: what a comparison shows, read from its interval and never from a p-value.

In: two intervals of one comparison, the value of no difference and the declared margin. Out: a ``Verdict``.
Knows no groups and no counts. "Cannot tell" is a verdict: absence of significance is never absence of a disparity.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from impact.metrics.plans.plan import Margin

__all__ = ["Verdict", "VerdictName", "beyond_margin", "judge", "margin_band"]

VerdictName = Literal[
    "disparity_shown",
    "difference_small",
    "equivalence_shown",
    "inconclusive",
    "undefined",
    "suppressed",
    "not_identified",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict with its row in the table of design section 11.

    Attributes:
        name: The verdict.
        material: For ``disparity_shown``: whether the whole interval lies beyond the declared margin.
    """

    name: VerdictName
    material: bool = False


def judge(
    interval: tuple[float, float],
    inner: tuple[float, float],
    *,
    no_difference: float,
    band: tuple[float, float] | None = None,
) -> Verdict:
    """The verdict of one comparison; the five rows of design section 11 in their order.

    Args:
        interval: Limits at level 1 - a; infinity for an open end.
        inner: Limits at level 1 - 2a of the same comparison: equivalence is two one-sided tests at a.
        no_difference: 1 for a ratio, 0 for a difference.
        band: The declared margin as limits around no difference; None when none was declared.

    >>> judge((2.68, 2.91), (2.70, 2.89), no_difference=1, band=(0.8, 1.25))
    Verdict(name='disparity_shown', material=True)
    >>> judge((0.91, float("inf")), (1.1, float("inf")), no_difference=1)
    Verdict(name='inconclusive', material=False)
    """
    low, high = interval
    shown = low > no_difference or high < no_difference
    if band is not None:
        if low > band[1] or high < band[0]:
            return Verdict("disparity_shown", material=True)
        if band[0] < inner[0] and inner[1] < band[1]:
            return Verdict("difference_small" if shown else "equivalence_shown")
    return Verdict("disparity_shown" if shown else "inconclusive")


def margin_band(margin: Margin | None) -> tuple[float, float] | None:
    """Limits of a declared margin: 1/m to m for a ratio, -m to m for a difference.

    >>> margin_band(Margin(kind="ratio", value=1.25, reason="agreed with the panel"))
    (0.8, 1.25)
    """
    if margin is None:
        return None
    if margin.kind == "ratio":
        return 1 / margin.value, margin.value
    return -margin.value, margin.value


def beyond_margin(margin: Margin, k1: int, n1: int, k2: int, n2: int) -> bool:
    """Whether the observed rates are further apart than the margin, in whole numbers.

    Floating point would call 4/50 against 50/500 a breach of four fifths: it is exactly at it, and 0.08/0.1 is not 0.8.

    >>> beyond_margin(Margin(kind="ratio", value=1.25, reason="a"), 4, 50, 50, 500)
    False
    >>> (4 / 50) / (50 / 500) < 0.8
    True
    """
    value = Fraction(str(margin.value))  # the decimal that was declared, not its nearest binary neighbour
    first, second = Fraction(k1, n1), Fraction(k2, n2)
    if margin.kind == "difference":
        return abs(first - second) > value
    return max(first, second) > value * min(first, second)
