"""Whether a list of bands holds every number exactly once.

In: bands. Out: sentences on what is missing or doubled. Knows nothing of questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from impact.questionnaire.question import Band

__all__ = ["uncovered"]


def uncovered(bands: Sequence[Band]) -> list[str]:
    """What is wrong with a list of bands: values in none of them, or in two.

    >>> uncovered([Band(code="a", label="A", lt=2), Band(code="b", label="B", gt=2)])
    ['2 is in no band']
    """
    if not bands:
        return []
    found = []
    ordered = sorted(bands, key=lambda band: (_low(band), _high(band)))
    for band in ordered:
        if (band.ge is not None and band.gt is not None) or (band.le is not None and band.lt is not None):
            return [f"“{band.code}” has two lower or two upper limits"]
        if _low(band) > _high(band):
            return [f"“{band.code}” is empty"]
    if _low(ordered[0])[0] != -math.inf:
        found.append(f"values under {_low(ordered[0])[0]:g} are in no band")
    for one, two in pairwise(ordered):
        # A limit is (number, 0) just before it and (number, 1) just after it, so meeting bands have equal limits.
        if _high(one) < _low(two):
            gap = _high(one)[0]
            only = gap == _low(two)[0]
            found.append(
                f"{gap:g} is in no band" if only else f"values from {gap:g} to {_low(two)[0]:g} are in no band"
            )
        elif _high(one) > _low(two):
            found.append(f"{_low(two)[0]:g} is in “{one.code}” and in “{two.code}”")
    if _high(ordered[-1])[0] != math.inf:
        found.append(f"values over {_high(ordered[-1])[0]:g} are in no band")
    return found


def _low(band: Band) -> tuple[float, int]:
    return (band.ge, 0) if band.ge is not None else (band.gt, 1) if band.gt is not None else (-math.inf, 0)


def _high(band: Band) -> tuple[float, int]:
    return (band.lt, 0) if band.lt is not None else (band.le, 1) if band.le is not None else (math.inf, 0)
