"""Disproportionality: events for each thousand of a population, and how many times those of another.

In: events (stops, searches, alerts) and the population of two groups. Out: rates, their ratio with an exact interval,
and the population at which the disproportion would disappear. Knows no people: one person can be stopped ten times,
and the population living in an area is not the population that is out on its streets.

Sources: Garwood 1936, Biometrika 28:437 (exact Poisson); Przyborowski and Wilenski 1940, Biometrika 31:313 (ratio,
conditional on the total); ratio of rates per head: EHRC 2010, "Stop and think".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from impact.metrics.statistics.measure import Measure, counts_of, level_of, undefined
from impact.metrics.statistics.scores.calibration import observed_over_expected

__all__ = ["Disproportion", "disproportion"]


@dataclass(frozen=True, slots=True)
class Disproportion:
    """Events against population.

    Attributes:
        group: Events for each thousand people of the group.
        reference: The same of the reference population.
        ratio: The first over the second; how many times likelier an event is for each head.
        excess: Events beyond those at the reference's rate; None without a reference rate.
        break_even: Population of the group at which the ratio would be 1: where more people of the group than this are
            really exposed, there is no disproportion in this sense.
    """

    group: Measure
    reference: Measure
    ratio: Measure
    excess: float | None
    break_even: float | None


def disproportion(
    events: float, population: float, reference_events: float, reference_population: float, *, level: float = 0.95
) -> Disproportion:
    """Ratio of events per head, exact given the total number of events.

    Events are taken as Poisson: where the same people are met again and again the interval is too narrow.

    Raises:
        MetricError: M120.

    >>> found = disproportion(54, 1_000, 60, 10_000)
    >>> round(found.group.value, 1), round(found.ratio.value, 2), round(found.break_even)
    (54.0, 9.0, 9000)
    >>> round(found.ratio.low, 2), round(found.ratio.high, 2)
    (6.11, 13.22)
    """
    counts_of("events and populations", [events, population, reference_events, reference_population])
    level_of(level)
    group, reference = _rate(events, population, level), _rate(reference_events, reference_population, level)
    if population == 0 or reference_population == 0:
        return Disproportion(group, reference, undefined("empty_cell", level=level), None, None)
    ratio = _ratio(events, population, reference_events, reference_population, level)
    rate = reference_events / reference_population
    return Disproportion(
        group=group,
        reference=reference,
        ratio=ratio,
        excess=events - population * rate,
        break_even=events / rate if rate else None,
    )


def _rate(events: float, population: float, level: float) -> Measure:
    """Events for each thousand: events over thousands of people, with exact Poisson limits."""
    return (
        observed_over_expected(events, population / 1000, level=level)
        if population
        else undefined("empty_cell", level=level)
    )


def _ratio(k1: float, n1: float, k2: float, n2: float, level: float) -> Measure:
    from scipy.special import betaincinv

    if k1 + k2 == 0:
        return Measure(None, 0.0, inf, level, "poisson_conditional", "comparator_zero")
    tail = (1 - level) / 2
    low = 0.0 if k1 == 0 else float(betaincinv(k1, k2 + 1, tail))
    high = 1.0 if k2 == 0 else float(betaincinv(k1 + 1, k2, 1 - tail))
    ends = (low / (1 - low) * n2 / n1, inf if high == 1.0 else high / (1 - high) * n2 / n1)
    if k2 == 0:
        return Measure(None, *ends, level, "poisson_conditional", "comparator_zero")
    return Measure((k1 / n1) / (k2 / n2), *ends, level, "poisson_conditional")
