"""What chance alone gives: distances between groups whose labels are shuffled, from counts by score bin.

In: counts of two groups by bin. Out: for each distance its mean over shuffles, and a Monte Carlo p-value. A distance is
never negative, so it is above 0 in any data; beside what chance gives it can be read. Shuffling labels of people *is* a
multivariate hypergeometric draw of the counts, so no rows are needed. Knows no groups by name.

Source: Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39 (the data count as one of the shuffles).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import counts_of, numbers_of, refuse
from impact.metrics.statistics.scores.distance import abroca

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["ABROCA_DRAWS", "DRAWS", "ByChance", "distances_by_chance", "abroca_by_chance"]

DRAWS = 199
ABROCA_DRAWS = 99  # each draw integrates two curves
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class ByChance:
    """Mean of a distance over shuffles, and the share of shuffles, the data counted as one, with at least as much."""

    mean: float
    p: float


def distances_by_chance(
    one: Like, other: Like, *, positions: Like, weights: Like, draws: int = DRAWS, seed: int = 0
) -> tuple[ByChance, ByChance, ByChance] | None:
    """Kolmogorov-Smirnov, Wasserstein-1 and mean parity gap under shuffled labels.

    Args:
        one: People by bin.
        other: People by bin.
        positions: The score that stands for each bin, ascending.
        weights: How much each threshold (each lower edge of a bin but the first) counts.
        draws: How many shuffles.
        seed: For the generator.

    Returns:
        None where a side is empty, or there is one bin only.

    Raises:
        MetricError: M120.

    >>> ks, *_ = distances_by_chance([80, 20], [20, 80], positions=[0, 1], weights=[1])
    >>> ks.p, 0 < ks.mean < 0.2
    (0.005, True)
    """
    import numpy as np

    a, b = counts_of("first", one), counts_of("second", other)
    x, w = numbers_of("positions", positions), counts_of("weights", weights)
    if not a.shape == b.shape == x.shape or w.size != max(a.size - 1, 0):
        refuse("bins", "other lengths")
    if a.sum() == 0 or b.sum() == 0 or a.size < 2 or w.sum() == 0:
        return None
    both = a + b
    shuffled = _shuffled(both, a.sum(), draws, seed)
    made = np.vstack([a[None, :], shuffled])
    gaps = np.abs(np.cumsum(made, axis=1) / a.sum() - np.cumsum(both[None, :] - made, axis=1) / b.sum())[:, :-1]
    found = (gaps.max(axis=1), gaps @ np.diff(x), gaps @ w / w.sum())
    ks, wasserstein, parity = (_summary(values) for values in found)
    return ks, wasserstein, parity


def abroca_by_chance(
    positives_one: Like,
    negatives_one: Like,
    positives_other: Like,
    negatives_other: Like,
    *,
    draws: int = ABROCA_DRAWS,
    seed: int = 0,
) -> ByChance | None:
    """ABROCA when labels are shuffled among people with the outcome, and among people without.

    >>> found = abroca_by_chance([5, 20, 40], [60, 30, 10], [40, 20, 5], [30, 30, 40])
    >>> found.p, 0 < found.mean < 0.15
    (0.01, True)
    """
    import numpy as np

    sides = [counts_of("counts", x) for x in (positives_one, negatives_one, positives_other, negatives_other)]
    if any(x.sum() == 0 for x in sides):
        return None
    p1, n1, p2, n2 = sides
    positives, negatives = _shuffled(p1 + p2, p1.sum(), draws, seed), _shuffled(n1 + n2, n1.sum(), draws, seed + 1)
    values = [abroca(p1, n1, p2, n2).value]
    values += [abroca(p, n, p1 + p2 - p, n1 + n2 - n).value for p, n in zip(positives, negatives, strict=True)]
    return _summary(np.array(values, dtype=float))


def _shuffled(both: Floats, size: float, draws: int, seed: int) -> Floats:
    """Counts of the first group by bin under shuffled labels; shape (draws, bins)."""
    import numpy as np

    whole = np.rint(both).astype(np.int64)
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_hypergeometric(whole, round(float(size)), size=draws, method="marginals")
    result: Floats = drawn.astype(np.float64)
    return result


def _summary(values: Floats) -> ByChance:
    observed, simulated = float(values[0]), values[1:]
    reached = int((simulated >= observed - _TIE).sum())
    return ByChance(float(simulated.mean()), (1 + reached) / (simulated.size + 1))
