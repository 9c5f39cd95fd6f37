"""Errors of predicted amounts as sums: the aggregate ``amounts``, read.

In: the aggregate. Out: ``ErrorSums`` of everybody and of each value of a characteristic, in whole steps of the plan's
amount. Knows no statistic. Personal data: none; but the sums of a group of one are that person's, so the report says
how many rows stand for fewer people than the plan would publish.

A square of up to 64 bits does not add up in 64 bits. So the size of an error is cut into two halves of 16 bits, and the
three products of these are added up: any sum of squares can be put together again from them, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.metrics.plans.plan_further import MAX_STEPS, Amount, steps_of
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.level_counts import require, rows_by_level, wrong_table

__all__ = ["BOTH", "HALF", "MEASURES", "NEITHER", "NO_ACTUAL", "NO_PREDICTION", "AmountCounts", "ErrorSums", "about"]

HALF = 1 << 16
BOTH, NO_PREDICTION, NO_ACTUAL, NEITHER = 0, 1, 2, 3  # values of “state”
MEASURES = ("n", "over", "under", "error", "size", "high_high", "high_low", "low_low", "predicted", "actual")


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Whole numbers of one group; amounts in steps. An error is prediction less outcome.

    Attributes:
        n: People with both amounts.
        over: Of these, predicted too much by more than the tolerance.
        under: Predicted too little by more than it.
        error: Sum of errors.
        size: Sum of their absolute values.
        squares: Sum of their squares.
        predicted: Sum of predictions.
        actual: Sum of outcomes.
        no_prediction: People without a prediction, but with a true amount.
        no_actual: With a prediction, without a true amount.
        neither: Without both.
    """

    n: int = 0
    over: int = 0
    under: int = 0
    error: int = 0
    size: int = 0
    squares: int = 0
    predicted: int = 0
    actual: int = 0
    no_prediction: int = 0
    no_actual: int = 0
    neither: int = 0

    @property
    def possible(self) -> bool:
        """Whether such sums can come from people at all."""
        n, sizes = self.n, (self.over, self.under, self.size, self.squares)
        return (
            min(sizes) >= 0
            and self.over + self.under <= n
            and abs(self.error) <= self.size
            and self.error == self.predicted - self.actual
            and self.size**2 <= n * self.squares
            and self.squares <= self.size**2
        )

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(*(getattr(self, name) + getattr(other, name) for name in ErrorSums.__slots__))

    def __sub__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(*(getattr(self, name) - getattr(other, name) for name in ErrorSums.__slots__))


def about(amount: Amount) -> dict[str, int]:
    """What the sums are counted in: decimals of a step, and range and tolerance in steps."""
    low, high = (steps_of(end, amount.decimals) for end in amount.range)
    tolerance = steps_of(amount.tolerance, amount.decimals)
    return {"decimals": amount.decimals, "low": low, "high": high, "tolerance": tolerance}


class AmountCounts:
    """The aggregate ``amounts``.

    Raises:
        MetricError: D91, when the table is not one, or was counted for another amount than the plan's.
    """

    def __init__(self, table: Aggregate, amount: Amount) -> None:
        require(table, codes={"state": (BOTH, NEITHER)}, measures=MEASURES, what="sums of errors")
        if dict(table.about) != about(amount):
            raise wrong_table("amounts", "“amounts” was counted for another range, tolerance or step than the plan’s")
        states = table.keys["state"].tolist()
        rows = list(zip(*(table.measures[name].tolist() for name in MEASURES), strict=True))
        self._held: dict[tuple[str, str], ErrorSums] = {}
        for pair, places in rows_by_level(table).items():
            sums = ErrorSums()
            for place in places.tolist():
                sums += _of(states[place], rows[place])
            if not sums.possible or sums.n > MAX_STEPS:
                raise wrong_table("amounts", "“amounts” holds sums that no people can have")
            self._held[pair] = sums

    def of(self, key: str = "", value: str = "") -> ErrorSums:
        """Of everybody, or of a value of a characteristic; zeros where nobody has it."""
        return self._held.get((key, value), ErrorSums())


def _of(state: int, row: tuple[int, ...]) -> ErrorSums:
    n, over, under, error, size, high_high, high_low, low_low, predicted, actual = row
    if state != BOTH:
        name = {NO_PREDICTION: "no_prediction", NO_ACTUAL: "no_actual", NEITHER: "neither"}[state]
        return ErrorSums(**{name: n})
    squares = high_high * HALF * HALF + 2 * high_low * HALF + low_low
    return ErrorSums(n, over, under, error, size, squares, predicted, actual)
