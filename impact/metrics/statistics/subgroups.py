"""Subset scan: the part of the people, over any combination of characteristics, where a rate is furthest from expected.

In: counts by combination. Out: the subset, its score, and how often chance alone gives one that stands out as much.
aif360's multi-dimensional subset scan runs on the counts: its Bernoulli score is exact there. Knows no plan. A scan
finds something in any data, so a score without its Monte Carlo p-value is not returned.

Sources: Zhang and Neill 2016, arXiv:1611.08292 (the scan); Besag and Clifford 1991, Biometrika 78:301 (sequential
Monte Carlo p-values).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from impact.metrics.libraries import quiet
from impact.metrics.statistics.measure import counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Subset", "scan"]

_ENOUGH = 10  # simulated tables that reach the score before simulating stops


@dataclass(frozen=True, slots=True)
class Subset:
    """What the scan found.

    Attributes:
        levels: Characteristic -> levels that belong to the subset; a characteristic not named has all its levels.
            Empty where no subset stands out.
        people: People in the subset.
        observed: How many of them were counted.
        expected: How many were expected.
        score: Log-likelihood ratio less the penalty.
        p: Share of simulated tables without any true difference, the data counted as one, whose best subset scores as
            high. Already allows for the search.
        replicates: How many tables were simulated: fewer than asked for where the answer was clear before.
        seed: With which seed.
    """

    levels: Mapping[str, tuple[str, ...]]
    people: float
    observed: float
    expected: float
    score: float
    p: float
    replicates: int
    seed: int


def scan(
    names: Sequence[str],
    levels: Sequence[Sequence[str]],
    people: Like,
    yes: Like,
    *,
    expected: Like | None = None,
    direction: Literal["positive", "negative"] = "positive",
    penalty: float = 1.0,
    restarts: int = 10,
    replicates: int = 99,
    seed: int = 0,
) -> Subset:
    """The subset with the largest excess (or shortfall), and its Monte Carlo p-value.

    Args:
        names: The characteristics.
        levels: Level of each by combination; combinations × characteristics.
        people: People by combination, whole numbers.
        yes: Those counted.
        expected: Expected rate by combination; the overall rate without it.
        direction: ``positive`` looks for more than expected.
        penalty: Price of each level named. At least 1: with the library's default a subset of three characteristics is
            "found" in pure noise.
        restarts: Random starts of each search; with few the answer depends on the order of rows.
        replicates: Simulated tables at most for the p-value, each searched as thoroughly as the data. A search of some
            dozens of combinations takes about half a second; once ten tables reach the score, no more are drawn.
        seed: For all of it. The library draws from numpy's global state, which is left as it was.

    Raises:
        MetricError: M120; M111 when aif360 cannot be loaded.

    >>> cells = [("f", "young"), ("f", "old"), ("m", "young"), ("m", "old")]
    >>> found = scan(["sex", "age"], cells, [200] * 4, [80, 30, 30, 30], restarts=2, replicates=9)
    >>> dict(found.levels), found.p
    ({'age': ('young',), 'sex': ('f',)}, 0.1)
    """
    import numpy as np

    n, k = counts_of("people", people), counts_of("yes", yes)
    if not len(levels) == n.size == k.size or (k > n).any() or n.sum() == 0:
        refuse("subset scan", "nobody, more yes than people, or other lengths")
    if penalty < 1 or restarts < 1 or replicates < 1:
        refuse("subset scan", "a penalty below 1, or no search")
    # In canonical order, so that the same counts give the same answer in whatever order they come.
    order = [i for i in sorted(range(n.size), key=lambda i: tuple(levels[i])) if n[i] > 0]
    n, k = n[order], k[order]
    table = [tuple(levels[i]) for i in order]
    if expected is None and k.sum() in (0, n.sum()):
        # Nobody (or everybody) was counted: no part of the people differs from any other.
        return Subset({}, float(n.sum()), float(k.sum()), float(k.sum()), 0.0, 1.0, 0, seed)
    rate = np.full(n.size, k.sum() / n.sum()) if expected is None else counts_of("expected", expected)[order]
    if ((rate <= 0) | (rate >= 1)).any():
        refuse("subset scan", "an expected rate of 0 or 1: nothing can be more or less likely")
    search = _searcher(names, table, n, rate, direction=direction, penalty=penalty, restarts=restarts)
    rng = np.random.default_rng(seed)
    with _global_state_kept():
        found, score = search(k, seed)
        reached = made = 0
        while made < replicates and reached < _ENOUGH:
            drawn = rng.binomial(np.rint(n).astype(np.int64), rate).astype(np.float64)
            made += 1
            reached += search(drawn, seed + made)[1] >= score - 1e-9
    inside = np.array([all(row[names.index(key)] in kept for key, kept in found.items()) for row in table])
    return Subset(
        levels=found,
        people=float(n[inside].sum()),
        observed=float(k[inside].sum()),
        expected=float((n * rate)[inside].sum()),
        score=score,
        p=reached / made if reached == _ENOUGH else (1 + reached) / (made + 1),
        replicates=made,
        seed=seed,
    )


def _searcher(
    names: Sequence[str],
    table: list[tuple[str, ...]],
    n: Floats,
    rate: Floats,
    *,
    direction: str,
    penalty: float,
    restarts: int,
) -> Any:
    """A function from counts and a seed to (subset, score)."""
    with quiet("aif360"):
        import pandas as pd
        from aif360.detectors.mdss.MDSS import MDSS
        from aif360.detectors.mdss.ScoringFunctions import Bernoulli
    import numpy as np

    class OnCounts(Bernoulli):  # type: ignore[misc]  # publishes no types
        """The library hands a score the expectations of the people in a subset; here they are positions of cells."""

        def score(self, observed_sum: Any, expectations: Any, penalty: Any, q: Any) -> Any:
            i = np.asarray(expectations, np.intp)
            return observed_sum * np.log(q) - (n[i] * np.log(1 - rate[i] + q * rate[i])).sum() - penalty

        def q_dscore(self, observed_sum: Any, expectations: Any, q: Any) -> Any:
            i = np.asarray(expectations, np.intp)
            return observed_sum - (n[i] * (q * rate[i] / (1 - rate[i] + q * rate[i]))).sum()

    coordinates = pd.DataFrame(table, columns=list(names))
    positions = pd.Series(np.arange(len(table), dtype=float))
    scanner = MDSS(OnCounts(direction=direction))

    def search(counts: Floats, seed: int) -> tuple[dict[str, tuple[str, ...]], float]:
        subset, score = scanner.scan(
            coordinates, positions, pd.Series(counts), penalty, restarts, seed=seed, mode="binary"
        )
        return {str(key): tuple(sorted(map(str, kept))) for key, kept in sorted(subset.items())}, float(score)

    return search


@contextmanager
def _global_state_kept() -> Iterator[None]:
    import numpy as np

    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
