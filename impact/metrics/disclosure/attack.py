"""The attacker: what linear programming can conclude about each hidden count from everything that is published.

In: linear statements about counts (this one lies between 228 and 232, these add up to that one) and the counts that are
to be attacked. Out: the range that is left for each. Knows no plan and no policy, and never the true counts.
Whole numbers are treated as fractions, so a range can only come out too wide at its ends, which are rounded inwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf
from typing import Any

from impact.errors import Exit, Fault, MetricError

__all__ = ["Statement", "narrow", "ranges"]

_SLACK = 1e-6  # the solver's own tolerance: 4.0000001 is 4
_TOGETHER = 12  # programmes that move all open targets at once, before they are looked at one by one


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
    programme = _Programme(statements, targets)
    found: list[tuple[float, float]] = []
    for aim in programme.aims:
        low, high = programme.least(aim), programme.most(aim)
        found.append((ceil(low - _SLACK), floor(high + _SLACK) if high != inf else inf))
    return found


def narrow(statements: Iterable[Statement], targets: Sequence[Sequence[Hashable]], *, wanted: int) -> list[int]:
    """Which targets can be narrowed to less than ``wanted`` between their smallest and largest possible value.

    As :func:`ranges`, in far fewer programmes: each solution is one way in which everything could be, so it shows for
    every target a value that cannot be ruled out. Only a target whose values seen so far lie too close together gets
    programmes of its own. Every target must be bounded by the statements.

    Raises:
        MetricError: D93, as :func:`ranges`.

    >>> narrow([Statement(["a", "b"], 12, 12), Statement(["b"], 5, 5)], [["a"]], wanted=5)
    [0]
    >>> narrow([Statement(["a", "b"], 10, 14), Statement(["b"], 3, 7)], [["a"]], wanted=5)
    []
    """
    import numpy as np

    if not targets:
        return []
    programme = _Programme(statements, targets)
    low, high = np.full(len(targets), inf), np.full(len(targets), -inf)
    rng = np.random.default_rng(0)

    def unsure() -> Any:
        seen = np.isfinite(low) & np.isfinite(high)
        width = np.floor(np.where(seen, high, 0) + _SLACK) - np.ceil(np.where(seen, low, 0) - _SLACK)
        return np.flatnonzero(~seen | (width < wanted))

    def look(aim: Any) -> None:
        for direction in (1.0, -1.0):
            held = programme.aims @ programme.point(direction * aim)
            np.minimum(low, held, out=low)
            np.maximum(high, held, out=high)

    for turn in range(_TOGETHER):
        open_ = unsure()
        if not len(open_):
            return []
        if turn and len(open_) < 3:
            break
        weights = rng.choice([0.0, 1.0], len(open_)) if turn else np.ones(len(open_))
        look(np.asarray(programme.aims[open_].T @ weights))
    alone = unsure().tolist()
    for at in alone:
        if floor(high[at] + _SLACK) - ceil(low[at] - _SLACK) < wanted:
            look(np.asarray(programme.aims[[at]].todense()).ravel())
    still = set(unsure().tolist())
    return [at for at in alone if at in still]


class _Programme:
    """Statements as the matrix of a linear programme, targets as its aims."""

    def __init__(self, statements: Iterable[Statement], targets: Sequence[Sequence[Hashable]]) -> None:
        import numpy as np
        from scipy import sparse

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
        self._limits = {
            "A_eq": matrix[equal] if equal.any() else None,
            "b_eq": lows[equal] if equal.any() else None,
            "A_ub": sparse.vstack([matrix[capped], -matrix[floored]]) if (capped | floored).any() else None,
            "b_ub": np.concatenate([highs[capped], -lows[floored]]) if (capped | floored).any() else None,
            "bounds": np.column_stack([low, high]),
        }
        pairs = [(index, number[name]) for index, target in enumerate(targets) for name in target]
        places = tuple(zip(*pairs, strict=True)) if pairs else ((), ())
        self.aims = sparse.coo_array((np.ones(len(pairs)), places), shape=(len(targets), len(number))).tocsr()

    def least(self, aim: Any) -> float:
        return self._end(aim, 1.0)

    def most(self, aim: Any) -> float:
        return self._end(aim, -1.0)

    def point(self, aim: Any) -> Any:
        """One way in which everything could be, with the smallest value of ``aim``."""
        solved = self._solve(aim)
        if not solved.success:
            raise _contradiction()
        return solved.x

    def _end(self, aim: Any, direction: float) -> float:
        import numpy as np

        solved = self._solve(direction * np.asarray(aim.todense()).ravel())
        if solved.status == 3:  # nothing holds it from above
            return inf
        if not solved.success:
            raise _contradiction()
        return direction * float(solved.fun)

    def _solve(self, aim: Any) -> Any:
        from scipy.optimize import linprog

        return linprog(aim, method="highs", **self._limits)


def _contradiction() -> MetricError:
    what = "the counts to be published contradict each other, so it cannot be known what they give away"
    return MetricError(Fault("publish", what, "", "Report this: it is a fault of ours", "D93", Exit.DISCLOSURE))
