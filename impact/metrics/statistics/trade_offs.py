"""What cannot be had at once, and what errors cost: base rates, forced gaps, people per thousand.

In: rates or counts of groups. Out: the false-positive rate that equal hit rates and equal misses force on a group of
another base rate, how much of an observed gap that leaves, and expected cost under costs that the reader names. Knows
no plan and recommends no side of the trade-off.

Sources: Chouldechova 2017, Big Data 5:153; Kleinberg, Mullainathan and Raghavan 2017 (ITCS).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import Measure, Why, counts_of, numbers_of, refuse, undefined
from impact.metrics.statistics.resampling import dirichlet, dirichlet_pair

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["ForcedGap", "cost_of", "expected_cost", "forced_fpr", "forced_gap", "forced_gap_limits"]


def forced_fpr(base_rate: float, *, ppv: float, fnr: float) -> float | None:
    """The false-positive rate that follows from base rate, hit rate and miss rate: b/(1-b) (1-PPV)/PPV (1-FNR).

    Returns:
        None where it is undefined (everybody has the outcome, or nobody flagged has it) or above 1: no decision rule
        can have these three rates together.

    >>> round(forced_fpr(0.1, ppv=0.6, fnr=0.3), 4), round(forced_fpr(0.3, ppv=0.6, fnr=0.3), 4)
    (0.0519, 0.2)
    """
    if max(base_rate, ppv, fnr) > 1 or min(base_rate, ppv, fnr) < 0:
        refuse("rates", "a rate outside 0 to 1")
    if base_rate == 1 or ppv == 0:
        return None
    value = base_rate / (1 - base_rate) * (1 - ppv) / ppv * (1 - fnr)
    return value if value <= 1 else None


@dataclass(frozen=True, slots=True)
class ForcedGap:
    """Gap in false-positive rates, and the part that equal hit rates and equal miss rates would force.

    Attributes:
        observed: FPR of the group less that of the reference.
        forced: The gap there would be if both had the hit rate and miss rate of both together.
        rest: The observed less the forced.
        base_rates: Of the group and of the reference, measured with the same record of outcomes.
    """

    observed: float
    forced: float | None
    rest: float | None
    base_rates: tuple[float, float]


def forced_gap(group: Like, reference: Like) -> ForcedGap | None:
    """Take a gap in false-positive rates apart.

    Args:
        group: TP, FP, FN, TN.
        reference: The same of the comparator.

    Returns:
        None where a rate that it needs is undefined.

    >>> found = forced_gap((60, 40, 20, 180), (30, 10, 20, 140))
    >>> round(found.observed, 4), round(found.forced, 4), round(found.rest, 4)
    (0.1152, 0.0117, 0.1035)
    """
    a, b = counts_of("group", group), counts_of("reference", reference)
    if a.shape != (4,) or b.shape != (4,):
        refuse("two-by-two table", "not TP, FP, FN, TN")
    tp, fp, fn, _ = (a + b).tolist()
    sides = [x.tolist() for x in (a, b)]
    if tp == 0 or any(s[1] + s[3] == 0 for s in sides):
        return None
    observed = sides[0][1] / (sides[0][1] + sides[0][3]) - sides[1][1] / (sides[1][1] + sides[1][3])
    base = tuple((s[0] + s[2]) / sum(s) for s in sides)
    ends = [forced_fpr(rate, ppv=tp / (tp + fp), fnr=fn / (tp + fn)) for rate in base]
    forced = None if ends[0] is None or ends[1] is None else ends[0] - ends[1]
    return ForcedGap(observed, forced, None if forced is None else observed - forced, (base[0], base[1]))


def forced_gap_limits(group: Like, reference: Like, *, level: float = 0.95, seed: int = 0) -> tuple[Measure, Measure]:
    """The forced gap and what is left over, each with an interval by drawing both tables.

    Args:
        group: TP, FP, FN, TN.
        reference: The same of the comparator.
        level: Confidence level of each.
        seed: For the generator.

    Returns:
        Forced gap and rest; undefined where a rate that they need is, ``infeasible`` where no decision rule could have
        the hit rate and the miss rate of both together under one of the base rates.

    >>> forced, rest = forced_gap_limits((60, 40, 20, 180), (30, 10, 20, 140))
    >>> round(forced.value, 4), round(rest.value, 4), rest.low < rest.value < rest.high
    (0.0117, 0.1035, True)
    """
    import numpy as np

    found = forced_gap(group, reference)
    if found is None:
        both = counts_of("group", group) + counts_of("reference", reference)
        why: Why = "no_negatives" if both[0] else "nobody_flagged" if both[1] == 0 else "no_positives"
        return undefined(why, level=level), undefined(why, level=level)
    if found.forced is None:
        return undefined("infeasible", level=level), undefined("infeasible", level=level)

    def forced(a: Floats, b: Floats) -> Floats:
        tp, fp, fn = ((a + b)[:, i] for i in range(3))
        odds = fp / tp * (tp / (tp + fn))  # (1-PPV)/PPV times (1-FNR)
        ends = [(x[:, 0] + x[:, 2]) / (x[:, 1] + x[:, 3]) * odds for x in (a, b)]
        value: Floats = np.where((ends[0] <= 1) & (ends[1] <= 1), ends[0] - ends[1], np.nan)
        return value

    def rest(a: Floats, b: Floats) -> Floats:
        fpr = [x[:, 1] / (x[:, 1] + x[:, 3]) for x in (a, b)]
        value: Floats = fpr[0] - fpr[1] - forced(a, b)
        return value

    return (
        dirichlet_pair(group, reference, forced, level=level, seed=seed),
        dirichlet_pair(group, reference, rest, level=level, seed=seed),
    )


def expected_cost(table: Like, costs: Like, *, level: float = 0.95, seed: int = 0) -> Measure:
    """Cost per person: the sum over cells of its share times its cost, with a Jeffreys-Dirichlet interval.

    Args:
        table: TP, FP, FN, TN.
        costs: Cost of each, in units that the reader names (hours, pounds); may be negative for a benefit.
        level: Confidence level.
        seed: For the generator.

    >>> found = expected_cost((60, 40, 20, 180), (0, 2.5, 10, 0))
    >>> round(found.value, 4), found.low < found.value < found.high
    (1.0, True)
    """
    cells, price = counts_of("two-by-two table", table), numbers_of("costs", costs)
    if cells.shape != price.shape:
        refuse("costs", "not one cost for each cell")
    if cells.sum() == 0:
        return undefined("empty_cell", level=level)

    return dirichlet(cells, lambda shares: cost_of(shares, costs=price), level=level, seed=seed)


def cost_of(shares: Floats, *, costs: Like) -> Floats:
    """Cost per person of drawn tables, for an interval by drawing; shape (draws, 4) to (draws,)."""
    import numpy as np

    value: Floats = (shares @ np.asarray(costs, float)) / shares.sum(axis=1)
    return value
