"""Totals of offers, their order, and the share of weightings under which each would come first.

In: marks from 0 to 1 (None where there is none) and whole weights that add up to 100. Out: totals out of 100, ranks,
shares.

Weights are drawn as the gaps between sorted random numbers: with 99 numbers, a weight of w points taking w gaps, they
have the Dirichlet distribution around the declared weights whose concentration is 100; with one number fewer than there
are weights, every weighting is as likely as every other. Only differences, exact sums and the generator of Python’s
standard library are used, so that the same seed gives the same draws on every machine.

Source: Devroye 1986, Non-Uniform Random Variate Generation, chapter V.2 (uniform spacings).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import fsum
from random import Random

__all__ = ["DRAWS", "SEED", "around", "evenly", "ranks", "total", "wins"]

DRAWS = 10_000
SEED = 0
_POINTS = 100
_SAME = 9  # decimals of a total out of 100: beyond them two totals are the same


def total(parts: Sequence[float | None], weights: Sequence[float], *, blank: float) -> float:
    """Weighted total out of 100.

    Args:
        parts: Marks from 0 to 1; None where there is none.
        weights: Of any sum above 0.
        blank: What a part without a mark counts as: 0 for the worst case, 1 for the best.

    >>> total([1.0, 0.5, None], [50, 30, 20], blank=0.0), total([1.0, 0.5, None], [50, 30, 20], blank=1.0)
    (65.0, 85.0)
    """
    # fsum: the same on every release, whereas “sum” of floats became more exact with Python 3.12.
    found = fsum(weight * (blank if part is None else part) for part, weight in zip(parts, weights, strict=True))
    return 100 * found / fsum(weights)


def ranks(totals: Mapping[str, float]) -> dict[str, int]:
    """Rank of each total, the largest first; equal totals share a rank.

    >>> ranks({"a": 70.0, "b": 80.0, "c": 70.0, "d": 10.0})
    {'a': 2, 'b': 1, 'c': 2, 'd': 4}
    """
    rounded = {name: round(value, _SAME) for name, value in totals.items()}
    return {name: 1 + sum(other > value for other in rounded.values()) for name, value in rounded.items()}


def around(weights: Sequence[int], *, draws: int = DRAWS, seed: int = SEED) -> Iterator[list[float]]:
    """Weightings around the declared ones. A weight of w points varies with a standard deviation of √(w(100−w)/101).

    Raises:
        ValueError: The weights are not whole numbers from 1 that add up to 100.
    """
    if sum(weights) != _POINTS or any(weight < 1 for weight in weights):
        raise ValueError("weights are whole points from 1 that add up to 100")
    random = Random(seed)  # noqa: S311 - a simulation that anybody can repeat, no secret
    ends = [0, *accumulate(weights)]
    for _ in range(draws):
        line = [0.0, *sorted(random.random() for _ in range(_POINTS - 1)), 1.0]
        yield [line[end] - line[start] for start, end in pairwise(ends)]


def evenly(number: int, *, draws: int = DRAWS, seed: int = SEED) -> Iterator[list[float]]:
    """Weightings of which none is more likely than another."""
    random = Random(seed)  # noqa: S311 - as above
    for _ in range(draws):
        line = [0.0, *sorted(random.random() for _ in range(number - 1)), 1.0]
        yield [end - start for start, end in pairwise(line)]


def wins(parts: Mapping[str, Sequence[float | None]], weightings: Iterator[list[float]]) -> dict[str, float]:
    """Share of weightings under which each offer has the largest total, blanks as worst; a tie is divided equally.

    >>> wins({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, None]}, iter([[0.75, 0.25], [0.5, 0.5]]))
    {'a': 0.75, 'b': 0.25, 'c': 0.0}
    """
    alone, shared, draws = dict.fromkeys(parts, 0), dict.fromkeys(parts, Fraction(0)), 0
    for weights in weightings:
        draws += 1
        totals = {name: round(total(marks, weights, blank=0.0), _SAME) for name, marks in parts.items()}
        largest = max(totals.values())
        first = [name for name, value in totals.items() if value == largest]
        if len(first) == 1:
            alone[first[0]] += 1
            continue
        for name in first:
            shared[name] += Fraction(1, len(first))
    return {name: round(float((alone[name] + shared[name]) / draws), 6) for name in parts} if draws else {}
