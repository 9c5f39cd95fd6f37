"""Change-point: did a rate move to another level at some period, and when?

In: counts by period, in order of time. Out: the period from which the rate is most likely another, and how often a
rate that never moved would look like that. Knows no dates. Seasons, a new version or a new policy move a rate too.

Source: likelihood ratio over all splits, Hinkley 1970, Biometrika 57:1; p-value by simulation (Barnard 1963).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.measure import Why, counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["ChangePoint", "change_point"]

_EACH_SIDE = 2  # periods at least on both sides: a single odd month is not a new level


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The most likely change.

    Attributes:
        first: Position of the first period of the new level; None where there is none to look for.
        before: Rate of the periods before it.
        after: Rate from it on.
        gain: Log-likelihood gained by allowing two levels.
        p: Share of simulated constant rates that gain as much somewhere, the data counted as one.
        replicates: How many were simulated.
        seed: With which seed.
        reason: Why there is no result.
    """

    first: int | None
    before: float | None
    after: float | None
    gain: float | None
    p: float | None
    replicates: int
    seed: int
    reason: Why | None = None


def change_point(successes: Like, trials: Like, *, replicates: int = 999, seed: int = 0) -> ChangePoint:
    """Maximum binomial likelihood ratio over all splits with at least two periods on each side.

    Args:
        successes: People counted by period; shape (periods,).
        trials: People at risk by period, whole numbers. Periods with nobody are kept: they add nothing.
        replicates: Simulated series.
        seed: For the generator.

    Raises:
        MetricError: M120.

    >>> found = change_point([40, 38, 44, 41, 39, 42, 58, 61, 55, 57], [400] * 10)
    >>> found.first, round(found.gain, 4), found.p <= 0.005
    (6, 8.2344, True)
    """
    import numpy as np

    k, n = counts_of("successes", successes), counts_of("trials", trials)
    if k.shape != n.shape or (k > n).any():
        refuse("change-point", "more successes than trials, or other lengths")
    if k.size < 2 * _EACH_SIDE:
        return ChangePoint(None, None, None, None, None, replicates, seed, "one_period")
    if n.sum() == 0:
        return ChangePoint(None, None, None, None, None, replicates, seed, "empty_cell")
    gains = _gains(k[None, :], n)[0]
    at = int(np.argmax(gains))
    first, gain = at + _EACH_SIDE, float(gains[at])
    before, after = _rate(k[:first], n[:first]), _rate(k[first:], n[first:])
    if before is None or after is None:
        return ChangePoint(None, before, after, None, None, replicates, seed, "one_period")
    rng = np.random.default_rng(seed)
    drawn = rng.binomial(np.rint(n).astype(np.int64), k.sum() / n.sum(), size=(replicates, k.size))
    reached = int((_gains(drawn.astype(np.float64), n).max(axis=1) >= gain - 1e-9).sum())
    return ChangePoint(first, before, after, gain, (1 + reached) / (replicates + 1), replicates, seed)


def _gains(k: Any, n: Any) -> Any:
    """Log-likelihood gain of every allowed split, for series of shape (series, periods)."""
    import numpy as np

    left_k, left_n = np.cumsum(k, axis=1), np.cumsum(n)
    cut = slice(_EACH_SIDE - 1, -_EACH_SIDE)
    total_k, total_n = left_k[:, -1:], left_n[-1]
    k1, n1 = left_k[:, cut], left_n[cut]
    return _likelihood(k1, n1) + _likelihood(total_k - k1, total_n - n1) - _likelihood(total_k, total_n)


def _likelihood(k: Any, n: Any) -> Any:
    """k ln(k/n) + (n-k) ln(1-k/n), with 0 ln 0 = 0."""
    from scipy.special import xlogy

    return xlogy(k, k) + xlogy(n - k, n - k) - xlogy(n, n)


def _rate(k: Any, n: Any) -> float | None:
    return float(k.sum() / n.sum()) if n.sum() else None
