"""Figures that cannot be what they are called: a share of 95, a margin of 100 points.

In: the parameters of a check. Out: why the check cannot be tested with them, or None. A figure in percent where a share
is meant would support anything (“at most 500%”), so it is refused rather than guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

__all__ = ["WIDEST_MARGIN", "unusable_figure"]

# Two groups of which one has 30% and the other 55% are not equal to anybody: so wide a margin is a slip of the unit.
WIDEST_MARGIN = 0.25
_MARGINS = frozenset({"margin", "error_margin"})
_SHARES = frozenset(
    {"limit", "severe_limit", "accuracy", "recall", "precision", "top_precision", "told", "audit_share", "strong"}
    | {"most_without_outcome", "least_overlap", "least", "least_share", "sensitivity"}
)
_SHARES_OF = {"CK-19": frozenset({"tolerance"}), "CK-36": frozenset({"tolerance"})}
_IN_POINTS_OF_THE_SCORE = frozenset({"CK-13"})


def unusable_figure(check: str, figures: Mapping[str, Any]) -> str | None:
    """The first figure that cannot be meant, as a sentence.

    >>> unusable_figure("CK-03", {"limit": 5})
    'The figure “limit” is 5, and a share lies between 0 and 1 (5% is 0.05).'
    >>> unusable_figure("CK-10", {"margin": 1.0})
    'The figure “margin” is 1: a margin of 100 points sets nobody apart. One point is 0.01.'
    >>> unusable_figure("CK-10", {"margin": {"unclear": "H8 gives 0.2: it may be 0.2% or 20%."}})
    'The figure “margin” cannot be read. H8 gives 0.2: it may be 0.2% or 20%.'
    >>> unusable_figure("CK-10", {"margin": 0.05}) is None
    True
    """
    for name, value in figures.items():
        said = f"The figure “{name.replace('_', ' ')}”"
        if isinstance(value, Mapping) and "unclear" in value:
            return f"{said} cannot be read. {value['unclear']}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not isfinite(value):
            return f"{said} is not a number."
        margin = name in _MARGINS and check not in _IN_POINTS_OF_THE_SCORE
        if margin or name in _SHARES | _SHARES_OF.get(check, frozenset()):
            if not 0 <= value <= 1:
                return f"{said} is {value:g}, and a share lies between 0 and 1 (5% is 0.05)."
            if margin and value > WIDEST_MARGIN:
                points = f"a margin of {value * 100:g} points sets nobody apart"
                return f"{said} is {value:g}: {points}. One point is 0.01."
        if value < 0:
            return f"{said} is {value:g}; it cannot be less than 0."
    return None
