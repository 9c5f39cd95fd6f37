"""Change-point: did a rate move to another level at some period, and when?

In: counts by period, in order of time. Out: the period from which the rate is most likely another, and how often a
rate that never moved would look like that. Knows no dates. Seasons, a new version or a new policy move a rate too.

Sources: likelihood ratio over all splits, Hinkley 1970, Biometrika 57:1; p-value by simulation (Barnard 1963), stopped
early where it is plainly large (Besag and Clifford 1991, Biometrika 78:301).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.metrics.statistics.measure import Why, counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["ChangePoint", "change_point"]

_BATCH = 500  # simulated series at a time
_EACH_SIDE = 2  # periods at least on both sides: a single odd month is not a new level


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The most likely change.

    Attributes:
        first: Position of the first period of the new level; None where there is none to look for.
        before: Rate of the periods before it.
        after: Rate from it on.
        gain: Log-likelihood gained by allowing two levels.
        p: Share of simulated constant rates that gain as much somewhere, the data counted as one; or, where the
            simulation stopped early, those that did by those simulated until then.
        replicates: How many were simulated; where there is no result, how many would have been.
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


def change_point(
    successes: Like, trials: Like, *, replicates: int = 999, enough: int | None = None, seed: int = 0
) -> ChangePoint:
    """Maximum binomial likelihood ratio over all splits with at least two periods on each side.

    Args:
        successes: People counted by period; shape (periods,).
        trials: People at risk by period, whole numbers. Periods with nobody are kept: they add nothing.
        replicates: Simulated series, at most.
        enough: Stop at the series with which so many gained as much: more would only sharpen a large p-value. The
            p-value is then ``enough`` by the number simulated, which keeps its level exactly.
        seed: For the generator, whose numbers do not depend on the release of numpy.

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
    p, drawn = _p_value(n, k.sum() / n.sum(), gain - 1e-9, replicates=replicates, enough=enough, seed=seed)
    return ChangePoint(first, before, after, gain, p, drawn, seed)


def _p_value(n: Any, rate: float, gain: float, *, replicates: int, enough: int | None, seed: int) -> tuple[float, int]:
    """The p-value, and after how many simulated series."""
    import numpy as np

    # numpy keeps the stream of this generator for ever (NEP 19), that of default_rng only until the next release: a
    # verifier with another numpy must draw the same series.
    rng = np.random.RandomState(seed)
    people = np.rint(n).astype(np.int64)
    reached = done = 0
    while done < replicates:
        size = min(_BATCH, replicates - done)
        drawn = rng.binomial(people, rate, size=(size, people.size)).astype(np.float64)
        hits = np.flatnonzero(_gains(drawn, n).max(axis=1) >= gain)
        if enough is not None and reached + hits.size >= enough:
            stopped = done + int(hits[enough - reached - 1]) + 1
            return enough / stopped, stopped
        reached, done = reached + int(hits.size), done + size
    return (1 + reached) / (replicates + 1), replicates


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
