"""Reviewers as a body: how many, how much each decides, and how many depart unlike the others; and their intervals.

In: a plan and the aggregates ``reviewers`` and ``reviewer_spread``. Out: rows for ``tables.reviewers``, and
``Sampling``: shares and differences whose intervals know that rows of one reviewer are alike.
Nothing here speaks of one reviewer.
"""

from __future__ import annotations

from math import exp
from typing import Any

from impact.metrics.analysis.levels import Group
from impact.metrics.analysis.power import POWER, detectable
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.intervals import newcombe_limits, wilson_limits
from impact.metrics.statistics.measure import Measure, Why, undefined
from impact.metrics.statistics.reviewers import detectable_gap, gap_of_spread, rate_of_spread
from impact.metrics.tables.reviewer_counts import Band, ReviewerCounts, Spread, SpreadTable

__all__ = ["Sampling", "logged", "reviewer_rows", "wider"]

_QUARTERS = (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
_PLACES = ("never", "below_95", "below_99_8", "above_95", "above_99_8")


class Sampling:
    """How intervals of one audit are made: over cases, or over reviewers where the plan names them.

    Attributes:
        level: Confidence level, one minus the plan's alpha.
        clustered: Whether rows belong to reviewers.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.level = 1 - inputs.plan.rules.alpha
        self.clustered = inputs.plan.columns.reviewer is not None
        table = inputs.aggregates.get("reviewer_spread")
        self._table = SpreadTable(table) if table is not None else None

    def spread(self, metric: str, group: Group = ()) -> Spread:
        """What is known of reviewers behind a rate; nothing where too few of them are."""
        key, value = group[0] if group else ("", "")
        return self._table.of(metric, key, value) if self._table is not None else Spread()

    @property
    def lacking(self) -> Why:
        """Why an interval is missing where reviewers are mapped but too few stand behind a number."""
        return "not_counted" if self._table is None else "too_few_clusters"

    def share(self, metric: str, group: Group, k: int, n: int, empty: Why = "empty_cell") -> dict[str, Any]:
        """A share as plain data, with k and n."""
        return {**self._share(metric, group, k, n, empty).to_json(), "k": k, "n": n}

    def _share(self, metric: str, group: Group, k: int, n: int, empty: Why) -> Measure:
        if n == 0:
            return undefined(empty, level=self.level)
        if not self.clustered:
            low, high = wilson_limits(k, n, level=self.level)
            return Measure(k / n, float(low), float(high), self.level, "wilson")
        found = self.spread(metric, group)
        if not found.reviewers:
            return Measure(k / n, level=self.level, reason=self.lacking)
        return rate_of_spread(k, n, clusters=found.reviewers, variance=found.variance, level=self.level)

    def mean(self, metric: str, group: Group, value: float) -> Measure:
        """A mean between reviewers; only where reviewers are mapped."""
        found = self.spread(metric, group)
        if not found.reviewers:
            return Measure(value, level=self.level, reason=self.lacking)
        return gap_of_spread(value, clusters=found.reviewers, variance=found.variance, level=self.level)

    def gap(self, metric: str, group: Group, own: tuple[int, int], others: tuple[int, int]) -> dict[str, Any]:
        """A share less that of those who do not share the characteristic, and what the data could have shown.

        Args:
            metric: As in the aggregate ``reviewer_spread``.
            group: Whose.
            own: Counted, of how many.
            others: The same of the others.
        """
        (k1, n1), (k2, n2) = own, others
        head = {"others_k": k2, "others_n": n2, "others": k2 / n2 if n2 else None, "power": POWER, "detectable": None}
        if not n1 or not n2:
            return {**undefined("empty_cell", level=self.level).to_json(), **head}
        value = k1 / n1 - k2 / n2
        low, high = newcombe_limits(k1, n1, k2, n2, level=self.level)
        plain = Measure(value, float(low), float(high), self.level, "newcombe")
        smallest = detectable(k2 / n2, n1, n2, alpha=1 - self.level)
        if not self.clustered:
            return {**plain.to_json(), **head, "detectable": smallest}
        found = self.spread(metric, group)
        if not found.either:
            return {**Measure(value, level=self.level, reason=self.lacking).to_json(), **head}
        made = gap_of_spread(value, clusters=found.either, variance=found.gap, level=self.level)
        between = detectable_gap(clusters=found.either, variance=found.gap, level=self.level, power=POWER)
        if smallest is not None:
            head["detectable"] = max(smallest, between or 0.0)
        return {**wider(plain, made, method="sandwich_or_newcombe").to_json(), **head}


def wider(plain: Measure, between: Measure, *, method: str) -> Measure:
    """The interval that holds both: over cases, and over reviewers.

    Departures are rare, and few of them among reviewers can look more alike than chance would have them: an interval
    over reviewers alone is then too narrow, or a point.

    >>> wider(Measure(0.1, 0.0, 0.2, 0.95, "a"), Measure(0.1, 0.05, 0.25, 0.95, "b"), method="c").interval
    (0.0, 0.25)
    """
    if between.low is None or between.high is None:
        if between.reason != "no_spread":
            return between
        return Measure(plain.value, plain.low, plain.high, plain.level, method)
    assert plain.low is not None
    assert plain.high is not None
    low, high = min(plain.low, between.low), max(plain.high, between.high)
    return Measure(plain.value, max(low, -1.0), min(high, 1.0), plain.level, method)


def logged(found: Measure, method: str) -> Measure:
    """A measure of logarithms as one of ratios.

    >>> logged(Measure(0.0, -1.0, 1.0, 0.95, "x"), "y").value
    1.0
    """
    if found.value is None:
        return found
    if found.low is None or found.high is None:
        return Measure(exp(found.value), level=found.level, reason=found.reason)
    high = exp(found.high) if found.high < 700 else float("inf")
    return Measure(exp(found.value), exp(max(found.low, -745.0)), high, found.level, method)


def reviewer_rows(inputs: Inputs, *, cases: int) -> dict[str, list[dict[str, Any]]]:
    """One row about all reviewers together, and bands of cases; none where no reviewers were counted.

    Args:
        inputs: The audit.
        cases: Cases whose final human decision is known.

    Returns:
        ``reviewers``: their number and ``min_reviewers`` (fewer, and nothing but their number is said), ``cases_each``
        (the bands in which the quartiles lie), ``never``, ``below_95`` … (least and most reviewers), and
        ``overdispersion``: about 1 where reviewers differ as chance makes them differ. ``reviewer_bands``: how many
        reviewers decided from so many cases to so many; the last band is open.
    """
    table = inputs.aggregates.get("reviewers")
    if table is None:
        return {"reviewers": [], "reviewer_bands": []}
    held = ReviewerCounts(table)
    about = table.about
    row: dict[str, Any] = {
        "reviewers": held.total,
        "min_reviewers": about.get("min_cell"),
        "cases": cases,
        "without_reviewer": about.get("unrecorded"),
        "cases_each": None,
        "overdispersion": about.get("overdispersion"),
        "reason": None if held.bands() else "too_few_clusters",
    }
    bands = held.bands()
    if bands:
        row["cases_each"] = {name: _quartile(bands, held.total, share) for name, share in _QUARTERS}
    for name in _PLACES:
        found = held.range(name)
        row[name] = None if found is None else {"least": found[0], "most": found[1], "of": held.total}
    each = [{"from": band.start, "to": end, "reviewers": band.reviewers} for band, end in _ends(bands)]
    return {"reviewers": [row], "reviewer_bands": each}


def _ends(bands: tuple[Band, ...]) -> list[tuple[Band, int | None]]:
    """Each band with the largest number of cases in it; None for the last, which is open."""
    return [(band, bands[at + 1].start - 1 if at + 1 < len(bands) else None) for at, band in enumerate(bands)]


def _quartile(bands: tuple[Band, ...], total: int, share: float) -> dict[str, int | None]:
    """The band in which the reviewer of this rank lies.

    >>> bands = (Band(1, 12), Band(50, 20), Band(200, 10))
    >>> _quartile(bands, 42, 0.5), _quartile(bands, 42, 0.25)
    ({'from': 50, 'to': 199}, {'from': 1, 'to': 49})
    """
    import math

    place = share * (total + 1)
    ranks = [min(max(rank, 1), total) for rank in (math.floor(place), math.ceil(place))]
    found = []
    for rank in ranks:
        passed = 0
        for band, end in _ends(bands):
            passed += band.reviewers
            if rank <= passed:
                found.append((band.start, end))
                break
    if not found:
        return {"from": None, "to": None}
    return {"from": found[0][0], "to": found[-1][1]}
