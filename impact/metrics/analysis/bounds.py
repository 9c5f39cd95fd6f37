"""Sharp bounds for rates whose outcomes are partly unknown (Manski).

In: a tally. Out: the smallest and the largest value that the rate can have, whatever the unknown outcomes are.
Assumes nothing about them: no model, no imputation. Knows no groups.

Source: Manski 1989, J. Human Resources 24:343; closed forms in docs/statistics.md, checked by brute force in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from impact.metrics.analysis.catalogue import CATALOGUE, Reason
from impact.metrics.analysis.tally import Tally
from impact.metrics.statistics.intervals import Interval, wilson

__all__ = ["Bound", "bound"]

Share = tuple[int, int]

# Metric -> (numerator, denominator) at its smallest and at its largest. Each rate takes its extreme when all unknown
# outcomes of one decision are yes, or all are no.
_ENDS: Mapping[str, Callable[[Tally], tuple[Share, Share]]] = {
    "base_rate": lambda t: ((t.positive, t.n), (t.positive + t.yes_open + t.no_open + t.blank, t.n)),
    "tpr": lambda t: ((t.tp, t.tp + t.fn + t.no_open), (t.tp + t.yes_open, t.tp + t.yes_open + t.fn)),
    "fnr": lambda t: ((t.fn, t.fn + t.tp + t.yes_open), (t.fn + t.no_open, t.fn + t.no_open + t.tp)),
    "fpr": lambda t: ((t.fp, t.fp + t.tn + t.no_open), (t.fp + t.yes_open, t.fp + t.yes_open + t.tn)),
    "tnr": lambda t: ((t.tn, t.tn + t.fp + t.yes_open), (t.tn + t.no_open, t.tn + t.no_open + t.fp)),
    "ppv": lambda t: ((t.tp, t.yes), (t.tp + t.yes_open, t.yes)),
    "fdr": lambda t: ((t.fp, t.yes), (t.fp + t.yes_open, t.yes)),
    "npv": lambda t: ((t.tn, t.no), (t.tn + t.no_open, t.no)),
    "for": lambda t: ((t.fn, t.no), (t.fn + t.no_open, t.no)),
    "accuracy": lambda t: (
        (t.tp + t.tn, t.yes + t.no),
        (t.tp + t.tn + t.yes_open + t.no_open, t.yes + t.no),
    ),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Range of a rate over every possible set of unknown outcomes.

    Attributes:
        low: Smallest possible value; None when even the range is undefined.
        high: Largest possible value.
        outer: Wilson lower limit at ``low`` and Wilson upper limit at ``high``: the range with its sampling error.
        unknown: How many unknown outcomes could change the rate.
        reason: Why a range stands here and not a rate, or why even the range is undefined.
    """

    low: float | None
    high: float | None
    outer: Interval | None
    unknown: int
    reason: Reason


def bound(metric: str, tally: Tally, *, level: float = 0.95) -> Bound | None:
    """Bounds of a metric for one group; ``None`` when no unknown outcome can change it.

    Stop-and-search style: 100 stopped, 60 finds, 900 never searched.

    >>> found = bound("fpr", Tally(tp=60, fp=40, no_open=900))
    >>> round(found.low, 4), found.high, found.unknown
    (0.0426, 1.0, 900)
    """
    unknown = CATALOGUE[metric].open(tally)
    if metric not in _ENDS or unknown == 0:
        return None
    (k_low, n_low), (k_high, n_high) = _ENDS[metric](tally)
    if n_low == 0 or n_high == 0:
        return Bound(None, None, None, unknown, CATALOGUE[metric].empty)
    lower, upper = wilson(k_low, n_low, level=level), wilson(k_high, n_high, level=level)
    assert lower is not None
    assert upper is not None
    outer = Interval(lower.low, upper.high, level, "wilson_at_ends")
    return Bound(k_low / n_low, k_high / n_high, outer, unknown, "outcome_not_observed")
