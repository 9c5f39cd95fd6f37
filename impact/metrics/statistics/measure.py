"""A measure: one number that is not a plain rate, with its interval, its method, or the reason why there is none.

In: arrays of counts, and what was computed from them. Out: checked arrays and ``Measure``. Knows no groups, no plan
and no people. Every module that computes something beyond the rates of the catalogue returns its numbers in this
form, so that a number without a method, or a silent NaN, has no place to stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isinf
from typing import TYPE_CHECKING, Literal

from impact.errors import Fault, MetricError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Like = npt.ArrayLike

__all__ = ["WHY", "Measure", "Why", "counts_of", "level_of", "numbers_of", "refuse", "undefined", "z_of"]

Why = Literal[
    "no_positives",
    "no_negatives",
    "nobody_flagged",
    "everybody_flagged",
    "empty_cell",
    "comparator_zero",
    "zero_weight",
    "one_case",
    "no_spread",
    "too_few_clusters",
    "separated",
    "infeasible",
    "false_negatives",
    "no_disagreement",
    "one_period",
    "one_group",
    "inside_bin",
    "not_searched",
    "few_draws",
    "not_counted",
    "too_few_bins",
    "certain_and_wrong",
    "no_benefit",
    "no_value",
    "too_few_cases",
    "overlap_too_small",
    "outcome_not_observed",
    "class_without_cases",
]

# Why a number, or its interval, is missing, in words that can stand after "because".
WHY: Mapping[Why, str] = {
    "no_positives": "nobody here has a recorded outcome of yes",
    "no_negatives": "nobody here has a recorded outcome of no",
    "nobody_flagged": "nobody here received a yes",
    "everybody_flagged": "everybody here received a yes",
    "empty_cell": "there is nobody to count",
    "comparator_zero": "the other side is zero, and nothing can be divided by zero",
    "zero_weight": "everybody here has a weight of zero",
    "one_case": "one case says nothing about how much cases differ",
    "no_spread": "all cases are alike, so the data do not show how much they could differ",
    "too_few_clusters": "there are fewer than ten people (or households, or officers) behind these rows",
    "separated": "the scores separate the outcomes completely, so no curve can be fitted",
    "infeasible": "no true table could have given these counts under the error rates assumed",
    "false_negatives": "this index takes the logarithm of zero as soon as one person is wrongly cleared",
    "no_disagreement": "the two never disagree here",
    "one_period": "there are too few periods or levels to compare",
    "one_group": "there is only one group",
    "inside_bin": "the boundary lies inside a bin of scores, and the counts do not say who is above it",
    "not_searched": "no search of this kind was made",
    "few_draws": "too few of the simulated tables have a value",
    "not_counted": "what it needs was not counted",
    "too_few_bins": "there are too few bins of scores",
    "certain_and_wrong": "a score of exactly 0 or 1 was wrong, which no chance allows for",
    "no_benefit": "nobody here receives anything, and nothing can be divided by zero",
    "no_value": "these counts give it no value",
    "too_few_cases": "there are too few cases here for an interval of this kind",
    "overlap_too_small": "too few of these cases were decided by both",
    "class_without_cases": "a class has nobody here, so that an average over all classes has a gap",
    "outcome_not_observed": "the outcomes it needs were not recorded",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its limits and its method.

    Attributes:
        value: The number; None where it is undefined (``reason`` says why).
        low: Lower limit; None where there is no interval.
        high: Upper limit; None where there is no interval; infinity where it is open upwards.
        level: Confidence level as a fraction.
        method: How the interval was computed; empty where there is none.
        reason: Why there is no value or, where there is one, why it has no interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    method: str = ""
    reason: Why | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            # Undefined is None with a reason: a NaN that reached this place is a fault of ours.
            assert number is None or number == number, "NaN is not a result"
            if number is not None:  # plain numbers only, for the record
                object.__setattr__(self, name, float(number))
        assert self.value is not None or self.reason is not None, "an undefined measure names its reason"

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both limits, or None."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def to_json(self) -> dict[str, object]:
        """Plain data; an infinite limit is null and named in ``open`` (JSON has no infinity).

        >>> Measure(2.0, 1.5, float("inf"), 0.95, "koopman").to_json()["ci"]
        [1.5, None]
        """
        ends = None if self.interval is None else [end if isfinite(end) else None for end in self.interval]
        found: dict[str, object] = {
            "value": self.value if self.value is None or isfinite(self.value) else None,
            "ci": ends,
            "level": self.level,
            "method": self.method or None,
            "reason": self.reason,
        }
        if self.high is not None and isinf(self.high):
            found["open"] = "upper"
        return found


def undefined(reason: Why, *, level: float = 0.95) -> Measure:
    """A measure without a value.

    >>> undefined("no_positives").value is None
    True
    """
    return Measure(None, None, None, level, "", reason)


def counts_of(where: str, values: Like, *, ndim: int | None = 1) -> Floats:
    """Counts (or sums of weights) as an array: finite and not negative.

    Args:
        where: Name for the message.
        values: Numbers.
        ndim: Number of axes wanted; None accepts any.

    Raises:
        MetricError: M120.

    >>> counts_of("positives", [3, 0, 2])
    array([3., 0., 2.])
    """
    import numpy as np

    array = numbers_of(where, values, ndim=ndim)
    if array.size and float(np.min(array)) < 0:
        refuse(where, "a negative count")
    return array


def numbers_of(where: str, values: Like, *, ndim: int | None = 1) -> Floats:
    """Finite numbers as an array.

    Raises:
        MetricError: M120.
    """
    import numpy as np

    array = np.asarray(values, dtype=np.float64)
    if ndim is not None and array.ndim != ndim:
        refuse(where, f"{array.ndim} axes where {ndim} are wanted")
    if not np.isfinite(array).all():
        refuse(where, "a number that is missing or infinite")
    return array


def level_of(level: float) -> float:
    """The level, if it is a fraction between 0 and 1.

    Raises:
        MetricError: M120.
    """
    if not 0 < level < 1:
        refuse("level", f"{level} where a fraction between 0 and 1 is wanted")
    return level


def z_of(level: float) -> float:
    """Normal quantile of a two-sided level.

    >>> round(z_of(0.95), 3)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri((1 + level_of(level)) / 2))


def refuse(where: str, found: str) -> None:
    """Raise M120: a statistic was asked for counts that cannot exist."""
    raise MetricError(Fault(where, found, "counts that a statistic can be computed from", "Check the counts", "M120"))
