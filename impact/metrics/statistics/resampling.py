"""Intervals for any function of counts, by drawing counts instead of people.

In: counts of the cells of one table (or weights with their squares), a function of them, a seed. Out: a ``Measure``.
Knows nothing of what the cells mean. A bootstrap of n rows *is* a multinomial draw of the cell counts, so its cost
does not depend on n; a local generator is used, never the global state.

Sources: Jeffreys 1946, Proc. R. Soc. A 186:453 (prior); Efron 1979, Ann. Stat. 7:1 (bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "PRIOR_SHARE",
    "dirichlet",
    "dirichlet_difference",
    "dirichlet_pair",
    "multinomial",
    "multinomial_all",
    "weighted",
]

# The prior adds half a person to every cell. Beyond this share of the people counted it would speak too loudly.
PRIOR_SHARE = 0.05
_ENOUGH = 0.5  # share of draws that must have a value before quantiles of them say anything

Function = Callable[["Floats"], "Floats"]


def dirichlet(counts: Like, function: Function, *, level: float = 0.95, draws: int = 20_000, seed: int = 0) -> Measure:
    """Interval by drawing cell shares from their Jeffreys posterior, Dirichlet(count + 1/2). Never degenerate.

    Args:
        counts: Counts of the cells; shape (cells,). Leave out cells that cannot occur, or the prior gives them weight.
        function: Takes shares of shape (draws, cells) and gives values of shape (draws,), NaN where undefined. Called
            with the counts themselves first, as one draw.
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    Returns:
        The function of the counts with quantiles of the draws. Where the prior weighs more than ``PRIOR_SHARE`` of the
        counts the method says so: ``jeffreys_dirichlet_small``.

    Raises:
        MetricError: M120.

    >>> share = lambda x: x[:, 0] / x.sum(axis=1)
    >>> found = dirichlet([30, 70], share, seed=1)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.3, 0.22, 0.39)
    """
    import numpy as np

    cells = counts_of("counts", counts)
    if cells.sum() == 0:
        return undefined("empty_cell", level=level)
    drawn = np.random.default_rng(seed).dirichlet(cells + 0.5, draws)
    return _quantiles(function, cells, drawn, level, _method(cells))


def dirichlet_difference(
    one: Like, other: Like, function: Function, *, level: float = 0.95, draws: int = 20_000, seed: int = 0
) -> Measure:
    """Difference of a function between two groups, drawn independently; group sizes stay as they are.

    Args:
        one: Counts of the cells of a group.
        other: The same cells of another.
        function: As for :func:`dirichlet`.
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> share = lambda x: x[:, 0] / x.sum(axis=1)
    >>> found = dirichlet_difference([30, 70], [10, 90], share)
    >>> round(found.value, 6), 0.05 < found.low < found.high < 0.35
    (0.2, True)
    """
    import numpy as np

    a, b = counts_of("counts", one), counts_of("counts", other)
    if a.shape != b.shape:
        refuse("counts", "two tables with different cells")
    if a.sum() == 0 or b.sum() == 0:
        return undefined("empty_cell", level=level)
    rng = np.random.default_rng(seed)
    cut = a.size

    def gap(x: Floats) -> Floats:
        return function(x[:, :cut]) - function(x[:, cut:])

    drawn = np.hstack([rng.dirichlet(a + 0.5, draws), rng.dirichlet(b + 0.5, draws)])
    smaller = a if a.sum() < b.sum() else b
    return _quantiles(gap, np.append(a, b), drawn, level, _method(smaller))


def dirichlet_pair(
    one: Like,
    other: Like,
    function: Callable[[Floats, Floats], Floats],
    *,
    level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
) -> Measure:
    """Any function of two tables at once, each drawn by itself; group sizes stay as they are.

    Args:
        one: Counts of the cells of a group.
        other: The same cells of another.
        function: Takes two tables of counts of shape (draws, cells) and gives values of shape (draws,).
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> found = dirichlet_pair([30, 70], [10, 90], lambda a, b: a[:, 0] / (a[:, 0] + b[:, 0]))
    >>> found.value, 0.55 < found.low < 0.7 < 0.8 < found.high < 0.9
    (0.75, True)
    """
    import numpy as np

    a, b = counts_of("counts", one), counts_of("counts", other)
    if a.shape != b.shape:
        refuse("counts", "two tables with different cells")
    if a.sum() == 0 or b.sum() == 0:
        return undefined("empty_cell", level=level)
    rng = np.random.default_rng(seed)
    cut = a.size
    drawn = np.hstack([rng.dirichlet(a + 0.5, draws) * a.sum(), rng.dirichlet(b + 0.5, draws) * b.sum()])
    smaller = a if a.sum() < b.sum() else b
    return _quantiles(lambda x: function(x[:, :cut], x[:, cut:]), np.append(a, b), drawn, level, _method(smaller))


def multinomial(counts: Like, function: Function, *, level: float = 0.95, draws: int = 2000, seed: int = 0) -> Measure:
    """The bootstrap of rows, from counts: Multinomial(n, count/n).

    It has the bootstrap's faults: an event that never occurred never occurs in a draw, so 0 gives the interval 0 to 0,
    and a maximum over groups is biased. For tables with too many cells for :func:`dirichlet`.

    >>> found = multinomial([300, 700], lambda x: x[:, 0] / x.sum(axis=1))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.3, 0.27, 0.33)
    """
    import numpy as np

    cells = counts_of("counts", counts)
    n = round(float(cells.sum()))
    if n == 0:
        return undefined("empty_cell", level=level)
    drawn = np.random.default_rng(seed).multinomial(n, cells / cells.sum(), size=draws).astype(np.float64)
    return _quantiles(function, cells, drawn, level, "multinomial")


def multinomial_all(
    counts: Like, function: Function, *, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> list[Measure]:
    """The same for many functions of one table at once: every table of rates by group from one set of draws.

    Args:
        counts: Counts of the cells; shape (cells,).
        function: Takes counts of shape (draws, cells) and gives values of shape (draws, functions), NaN where none.
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> both = multinomial_all([300, 700], lambda x: x / x.sum(axis=1, keepdims=True))
    >>> [round(found.low, 2) for found in both]
    [0.27, 0.67]
    """
    import numpy as np

    cells = counts_of("counts", counts)
    n = round(float(cells.sum()))
    tail = (1 - level_of(level)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):  # as in _quantiles
        points = np.asarray(function(cells[None, :]), dtype=np.float64)[0]
        if n == 0:
            return [undefined("empty_cell", level=level) for _ in points]
        drawn = np.random.default_rng(seed).multinomial(n, cells / cells.sum(), size=draws).astype(np.float64)
        values = np.asarray(function(drawn), dtype=np.float64)
    known = np.isfinite(values).sum(axis=0)
    clean = np.isfinite(points) & (known >= _ENOUGH * draws)
    lows, highs = np.full(points.size, np.nan), np.full(points.size, np.nan)
    whole = clean & (known == draws)  # one call for all that have a value in every draw
    lows[whole], highs[whole] = np.quantile(values[:, whole], [tail, 1 - tail], axis=0)
    for place in np.flatnonzero(clean & ~whole):
        kept = values[np.isfinite(values[:, place]), place]
        lows[place], highs[place] = np.quantile(kept, [tail, 1 - tail])
    found = []
    for point, low, high, sound in zip(points.tolist(), lows.tolist(), highs.tolist(), clean.tolist(), strict=True):
        if not np.isfinite(point):
            found.append(undefined("no_value", level=level))
        elif not sound:
            found.append(Measure(point, level=level, reason="few_draws"))
        else:
            found.append(Measure(point, low, high, level, "multinomial"))
    return found


def weighted(
    counts: Like,
    weights: Like,
    squared_weights: Like,
    function: Function,
    *,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Measure:
    """The bootstrap of weighted rows, from the sums of weights and of squared weights of each cell.

    Drawing cells at their mean weight alone understates the standard deviation by about 40% (measured on lognormal
    weights); the spread of weights inside a cell is added to each draw.

    Args:
        counts: Rows by cell.
        weights: Sum of their weights.
        squared_weights: Sum of their squared weights.
        function: Takes total weights by cell, shape (draws, cells).
        level: Confidence level.
        draws: How many.
        seed: For the generator.

    >>> found = weighted([30, 70], [60, 70], [120, 70], lambda x: x[:, 0] / x.sum(axis=1))
    >>> round(found.value, 4), found.low < 60 / 130 < found.high
    (0.4615, True)
    """
    import numpy as np

    n, w, w2 = counts_of("counts", counts), counts_of("weights", weights), counts_of("squares", squared_weights)
    if not n.shape == w.shape == w2.shape:
        refuse("weights", "counts, weights and squares of different length")
    if ((n == 0) & (w > 0)).any():
        refuse("weights", "a weight without a row")
    if w.sum() == 0:
        return undefined("zero_weight", level=level)
    mean = np.divide(w, n, out=np.zeros_like(w), where=n > 0)
    spread = np.sqrt(np.maximum(np.divide(w2, n, out=np.zeros_like(w), where=n > 0) - mean**2, 0.0))
    rng = np.random.default_rng(seed)
    k = rng.multinomial(round(float(n.sum())), n / n.sum(), size=draws)
    drawn = np.maximum(k * mean + np.sqrt(k) * spread * rng.standard_normal(k.shape), 0.0)
    return _quantiles(function, w, drawn, level, "weighted_multinomial")


def _method(cells: Floats) -> str:
    # Half a person is added to each cell: cells / 2 people in all.
    small = cells.size / 2 > PRIOR_SHARE * float(cells.sum())
    return "jeffreys_dirichlet_small" if small else "jeffreys_dirichlet"


def _quantiles(function: Function, cells: Floats, drawn: Floats, level: float, method: str) -> Measure:
    import numpy as np

    tail = (1 - level_of(level)) / 2
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # a draw without a value is NaN, and left out and counted below
        point = float(function(cells[None, :])[0])
        values = np.asarray(function(drawn), dtype=np.float64)
    kept = values[np.isfinite(values)]
    if not np.isfinite(point):
        return undefined("no_value", level=level)
    if kept.size < _ENOUGH * values.size:
        return Measure(point, level=level, reason="few_draws")
    low, high = np.quantile(kept, [tail, 1 - tail])
    # Draws of few people lie inwards of a value at the edge (0 of 3): an interval always holds what was counted.
    return Measure(point, min(float(low), point), max(float(high), point), level, method)
