"""The attacker: what linear programming can conclude about each hidden count from everything that is published.

In: linear statements about counts (this one lies between 228 and 232, these add up to that one) and the counts that are
to be attacked. Out: the range that is left for each. Knows no plan and no policy, and never the true counts.
Whole numbers are treated as fractions, so a range can only come out too wide at its ends, which are rounded inwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf

from impact.errors import Exit, Fault, MetricError

__all__ = ["Statement", "ranges"]

_SLACK = 1e-6  # the solver's own tolerance: 4.0000001 is 4


@dataclass(frozen=True, slots=True)
class Statement:
    """``low <= sum of counts (plus) - sum of counts (minus) <= high``."""

    plus: Sequence[Hashable]
    low: float
    high: float
    minus: Sequence[Hashable] = field(default=())


def ranges(statements: Iterable[Statement], targets: Sequence[Sequence[Hashable]]) -> list[tuple[float, float]]:
    """Smallest and largest value of each target that no statement contradicts; counts are never negative.

    Args:
        statements: Everything that is known.
        targets: Sums of counts; a single count is a sum of one.

    Raises:
        MetricError: D93 with exit status 6, where the statements contradict each other: no range can be trusted then.

    A table with its margins, one row of which has a hidden count beside two that are shown, gives the count away:

    >>> ranges([Statement(["a", "b"], 12, 12), Statement(["b"], 5, 5)], [["a"]])
    [(7, 7)]
    >>> ranges([Statement(["a", "b"], 10, 14), Statement(["b"], 3, 7)], [["a"]])
    [(3, 11)]
    """
    import numpy as np
    from scipy import sparse
    from scipy.optimize import linprog

    known = list(statements)
    number: dict[Hashable, int] = {}
    for name in (name for one in known for name in (*one.plus, *one.minus)):
        number.setdefault(name, len(number))
    for name in (name for target in targets for name in target):
        number.setdefault(name, len(number))
    low, high = np.zeros(len(number)), np.full(len(number), inf)
    rows: list[tuple[int, int, float]] = []
    least: list[float] = []
    most: list[float] = []
    for one in known:
        if len(one.plus) == 1 and not one.minus:
            at = number[one.plus[0]]
            low[at], high[at] = max(low[at], one.low), min(high[at], one.high)
            continue
        rows += [(len(least), number[name], 1.0) for name in one.plus]
        rows += [(len(least), number[name], -1.0) for name in one.minus]
        least.append(one.low)
        most.append(one.high)
    if (low > high).any():
        raise _contradiction()
    shape = (len(least), len(number))
    where, which, sign = zip(*rows, strict=True) if rows else ((), (), ())
    matrix = sparse.coo_array((np.asarray(sign, float), (where, which)), shape=shape).tocsr()
    lows, highs = np.asarray(least), np.asarray(most)
    equal = lows == highs
    capped, floored = ~equal & np.isfinite(highs), ~equal & np.isfinite(lows)
    limits = {
        "A_eq": matrix[equal] if equal.any() else None,
        "b_eq": lows[equal] if equal.any() else None,
        "A_ub": sparse.vstack([matrix[capped], -matrix[floored]]) if (capped | floored).any() else None,
        "b_ub": np.concatenate([highs[capped], -lows[floored]]) if (capped | floored).any() else None,
        "bounds": np.column_stack([low, high]),
    }
    found: list[tuple[float, float]] = []
    for target in targets:
        aim = np.zeros(len(number))
        for name in target:
            aim[number[name]] += 1
        ends = []
        for direction in (1, -1):
            solved = linprog(direction * aim, method="highs", **limits)
            if solved.status == 3:  # nothing holds it from above
                ends.append(inf)
                continue
            if not solved.success:
                raise _contradiction()
            ends.append(direction * float(solved.fun))
        found.append((ceil(ends[0] - _SLACK), floor(ends[1] + _SLACK) if ends[1] != inf else inf))
    return found


def _contradiction() -> MetricError:
    what = "the counts to be published contradict each other, so it cannot be known what they give away"
    return MetricError(Fault("publish", what, "", "Report this: it is a fault of ours", "D93", Exit.DISCLOSURE))
