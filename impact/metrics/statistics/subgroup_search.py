"""Subgroup search: the part of the people, over any combination of levels, where a rate is furthest from everybody's.

In: counts by combination. Out: the subset with the highest penalised score, what chance alone gives, and a p-value that
allows for the search. The same score as aif360's subset scan (subgroups.py), which is the oracle of the tests: the
library takes seconds for one search of some hundreds of combinations, and a p-value needs a hundred. With one expected
rate for everybody the score of a subset is a function of two counts, so all subsets are searched where they are few
enough, and one characteristic at a time from many starts where they are not. Knows no plan.

Sources: Zhang and Neill 2016, arXiv:1611.08292 (the score and the search); Besag and Clifford 1991, Biometrika 78:301
(stopping early); Phipson and Smyth 2010 (the data count as one of the tables).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from impact.metrics.statistics.measure import counts_of, refuse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from impact.metrics.statistics.measure import Floats, Like

    Bools = NDArray[np.bool_]
    Found = tuple[list[Bools], float]

__all__ = ["MAX_WORK", "Searched", "search"]

MAX_WORK = 500_000  # combinations times characteristics squared: 20,000 of five take some seconds, more take minutes
MAX_SUBSETS = 300_000  # up to here every subset is looked at
MAX_LEVELS = 12  # up to here every set of levels of one characteristic is looked at
_ENOUGH = 10  # shuffled tables that reach the score before shuffling stops


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search found.

    Attributes:
        levels: Characteristic -> levels that belong to the subset; a characteristic not named has all its levels. Empty
            where no subset is worth its penalty.
        people: People in the subset.
        observed: How many of them were counted.
        score: Log-likelihood ratio less the penalty; 0 where nothing was found.
        by_chance: Mean of the best score over shuffled tables.
        p: Share of tables, the data counted as one, whose best subset scores as high: it allows for the search.
        tables: How many were shuffled: fewer than asked for where the answer was clear before.
        subsets: How many subsets were looked at in each table; None where not all were.
    """

    levels: Mapping[str, tuple[str, ...]]
    people: int
    observed: int
    score: float
    by_chance: float
    p: float
    tables: int
    subsets: int | None


def search(
    names: Sequence[str],
    levels: Sequence[Sequence[str]],
    people: Like,
    yes: Like,
    *,
    direction: Literal["more", "fewer"] = "more",
    penalty: float = 1.0,
    restarts: int = 10,
    tables: int = 199,
    seed: int = 0,
) -> Searched | None:
    """The subset with the largest excess (or shortfall) against everybody's rate.

    Args:
        names: The characteristics.
        levels: Level of each by combination; combinations × characteristics.
        people: People by combination, whole numbers.
        yes: Those counted.
        direction: Look for more than everybody's rate, or for fewer.
        penalty: Price of each level named, at least 1: without a price the search names levels for nothing.
        restarts: Random starts, where not every subset can be looked at.
        tables: Shuffled tables at most: those counted are dealt out among people at random, so that no subset differs,
            and each table is searched as thoroughly as the data.
        seed: For all of it; nothing global is touched.

    Returns:
        None where there are too many combinations to search (``MAX_WORK``). A subset without levels where everybody
        or nobody was counted, or no subset is worth its price.

    Raises:
        MetricError: M120.

    >>> cells = [("f", "young"), ("f", "old"), ("m", "young"), ("m", "old")]
    >>> found = search(["sex", "age"], cells, [200] * 4, [80, 30, 30, 30], tables=99)
    >>> dict(found.levels), found.people, found.observed, found.p
    ({'sex': ('f',), 'age': ('young',)}, 200, 80, 0.01)
    """
    import numpy as np

    n, k = counts_of("people", people), counts_of("yes", yes)
    if not len(levels) == n.size == k.size or (k > n).any() or n.sum() == 0:
        refuse("subgroup search", "nobody, more yes than people, or other lengths")
    if penalty < 1 or restarts < 1 or tables < 1:
        refuse("subgroup search", "a penalty below 1, or no search")
    # In canonical order, so that the same counts give the same answer in whatever order they come.
    order = [i for i in sorted(range(n.size), key=lambda i: tuple(levels[i])) if n[i] > 0]
    if len(order) * len(names) ** 2 > MAX_WORK:
        return None
    n, k = n[order], k[order]
    if k.sum() in (0, n.sum()):
        return Searched({}, int(n.sum()), int(k.sum()), 0.0, 0.0, 1.0, 0, None)
    known = [sorted({levels[i][axis] for i in order}) for axis in range(len(names))]
    place = np.array([[known[axis].index(levels[i][axis]) for axis in range(len(names))] for i in order])
    finder = _Finder(place, [len(values) for values in known], n, k.sum() / n.sum(), direction, penalty, restarts)
    kept, score = finder.best(k, seed)
    rng = np.random.default_rng(seed)
    whole = np.rint(n).astype(np.int64)
    drawn: list[float] = []
    while len(drawn) < tables and sum(other >= score - 1e-9 for other in drawn) < _ENOUGH:
        shuffled = rng.multivariate_hypergeometric(whole, round(float(k.sum())), method="marginals")
        drawn.append(finder.best(shuffled.astype(np.float64), seed + 1 + len(drawn))[1])
    reached = sum(other >= score - 1e-9 for other in drawn)
    inside = np.ones(n.size, dtype=bool)
    for axis, chosen in enumerate(kept):
        inside &= chosen[place[:, axis]]
    return Searched(
        levels={
            name: tuple(value for value, one in zip(values, chosen, strict=True) if one)
            for name, values, chosen in zip(names, known, kept, strict=True)
            if not chosen.all()
        },
        people=int(n[inside].sum()),
        observed=int(k[inside].sum()),
        score=score,
        by_chance=float(np.mean(drawn)),
        p=reached / len(drawn) if reached == _ENOUGH else (1 + reached) / (len(drawn) + 1),
        tables=len(drawn),
        subsets=finder.subsets if finder.every else None,
    )


class _Finder:
    """Searches tables that differ only in who was counted."""

    def __init__(
        self,
        place: NDArray[np.int64],
        sizes: list[int],
        people: Floats,
        rate: float,
        direction: str,
        penalty: float,
        restarts: int,
    ) -> None:
        self.place, self.sizes, self.people, self.rate = place, sizes, people, float(rate)
        self.more, self.penalty, self.restarts = direction == "more", penalty, restarts
        self.subsets = 1
        for size in sizes:
            self.subsets *= 2 ** min(size, 63) - 1
        self.every = self.subsets <= MAX_SUBSETS
        self.choices = [_subsets(size) if size <= MAX_LEVELS else None for size in sizes]
        if self.every:
            self.people_in, self.price = self._dealt(people), self._prices()

    def best(self, yes: Floats, seed: int) -> Found:
        """The best subset: levels kept of each characteristic, and its score; all levels and 0 where none is."""
        return self._all(yes) if self.every else self._by_turns(yes, seed)

    def _score(self, yes: Floats, people: Floats) -> Floats:
        """Log-likelihood ratio of the subset's own rate against everybody's; 0 on the other side of it."""
        import numpy as np
        from scipy.special import xlogy

        p = self.rate
        with np.errstate(divide="ignore", invalid="ignore"):  # an empty subset has no rate and scores 0 below
            own = yes / people
        value = xlogy(yes, own / p) + xlogy(people - yes, (1 - own) / (1 - p))
        beyond = yes > p * people if self.more else yes < p * people
        result: Floats = np.where((people > 0) & beyond, value, 0.0)
        return result

    def _dealt(self, counts: Floats) -> Floats:
        """Counts of every subset: one axis for each characteristic, one place for each set of its levels."""
        import numpy as np

        table = np.zeros(self.sizes)
        np.add.at(table, tuple(self.place.T), counts)
        for axis, choice in enumerate(self.choices):
            assert choice is not None, "few subsets in all are few of each characteristic"
            table = np.moveaxis(np.tensordot(choice.astype(np.float64), table, axes=(1, axis)), 0, axis)
        return table

    def _prices(self) -> Floats:
        import numpy as np

        price = np.zeros([1] * len(self.sizes))
        for axis, (choice, size) in enumerate(zip(self.choices, self.sizes, strict=True)):
            assert choice is not None, "as above"
            named = choice.sum(axis=1)
            shape = [-1 if at == axis else 1 for at in range(len(self.sizes))]
            price = price + np.where(named == size, 0, named).reshape(shape) * self.penalty
        result: Floats = price
        return result

    def _all(self, yes: Floats) -> Found:
        import numpy as np

        score = self._score(self._dealt(yes), self.people_in) - self.price
        at = np.unravel_index(int(np.argmax(score)), score.shape)
        kept = [choice[i] for choice, i in zip(self.choices, at, strict=True) if choice is not None]
        best = float(score[at])
        return (kept, best) if best > 0 else ([np.ones(size, dtype=bool) for size in self.sizes], 0.0)

    def _by_turns(self, yes: Floats, seed: int) -> Found:
        """From each start, the best set of levels of one characteristic after another until none changes."""
        import numpy as np

        rng = np.random.default_rng(seed)
        whole = [np.ones(size, dtype=bool) for size in self.sizes]
        best: Found = (whole, 0.0)
        for start in range(self.restarts):
            kept = [chosen.copy() for chosen in whole]
            if start:
                kept = [rng.random(size) < 0.5 for size in self.sizes]
                kept = [chosen if chosen.any() else one for chosen, one in zip(kept, whole, strict=True)]
            score = -np.inf
            while True:
                for axis in rng.permutation(len(self.sizes)):
                    kept[axis], now = self._turn(int(axis), kept, yes)
                if now <= score + 1e-9:
                    break
                score = now
            if score > best[1]:
                best = ([chosen.copy() for chosen in kept], float(score))
        return best

    def _turn(self, axis: int, kept: list[Bools], yes: Floats) -> tuple[Bools, float]:
        """The best set of levels of one characteristic, the others as they are, and the score of all."""
        import numpy as np

        inside = np.ones(self.people.size, dtype=bool)
        price = 0.0
        for other, chosen in enumerate(kept):
            if other != axis:
                inside &= chosen[self.place[:, other]]
                price += 0.0 if chosen.all() else float(chosen.sum()) * self.penalty
        at, size = self.place[inside, axis], self.sizes[axis]
        k, n = (
            np.bincount(at, weights=counts[inside], minlength=size).astype(np.float64) for counts in (yes, self.people)
        )
        choice = self.choices[axis]
        if choice is None:
            choice = self._likely(k, n)
        named = choice.sum(axis=1)
        sets = choice.astype(np.float64)
        score = self._score(sets @ k, sets @ n) - np.where(named == size, 0, named) * self.penalty - price
        best = int(np.argmax(score))
        return choice[best].copy(), float(score[best])

    def _likely(self, k: Floats, n: Floats) -> Bools:
        """Sets of many levels that can be best: for some odds ratio q, all levels that are worth their price at q.

        For a given q a subset's score is a sum over its levels, so the best set holds exactly the levels whose own part
        exceeds the price (Speakman et al. 2016, J. Comput. Graph. Stat. 25:382).
        """
        import numpy as np

        p = self.rate
        top = np.log(1e4)
        q = np.exp(np.linspace(0, top, 400) if self.more else np.linspace(-top, 0, 400))[:, None]
        part = k[None, :] * np.log(q) - n[None, :] * np.log(1 - p + q * p)
        worth = part > self.penalty
        kept = [worth[0], *(b for a, b in pairwise(worth) if (a != b).any())]
        made = [chosen for chosen in kept if chosen.any()]
        result: Bools = np.array([*made, np.ones(k.size, dtype=bool)])
        return result


def _subsets(size: int) -> Bools:
    """Every set of levels but the empty one; shape (2^size - 1, size)."""
    import numpy as np

    numbers = np.arange(1, 2**size)
    result: Bools = (numbers[:, None] >> np.arange(size)[None, :]) & 1 > 0
    return result
