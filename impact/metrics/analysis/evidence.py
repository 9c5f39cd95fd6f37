"""Evidence: what a rate is made of, and how many independent people it is worth.

In: a plan, cells and the tables of weights or of clusters. Out: ``Evidence`` for a metric and a set of people.
Three ways of standing for somebody: a row is a person (``Rows``), a row stands for many (``Weights``), several rows are
one person (``Clusters``). Knows no verdicts. Every interval of an audit is computed at the effective number of people,
so that one formula serves all three: Wilson, Newcombe and Koopman at k = rate times that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from impact.errors import Fault, MetricError
from impact.metrics.analysis.bounds import Bound, bound
from impact.metrics.analysis.catalogue import CATALOGUE, Reason
from impact.metrics.analysis.levels import ALL_PEOPLE, People, groupings
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.clusters import FEWEST, ClusterSums
from impact.metrics.tables.cells import Cells
from impact.metrics.tables.cluster_counts import CLUSTERED, Chosen, ClusterCounts
from impact.metrics.tables.weight_counts import SQUARE_UNIT, UNIT

__all__ = ["EQUAL", "Clusters", "Evidence", "Kind", "Rows", "Shared", "Sizing", "Weights", "effective"]

# The least that people on both sides can take off a variance. Where they agree on nearly everything the estimate of
# what is left rests on a handful of them.
LEAST = 0.05

Kind = Literal["rows", "weights", "clusters"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rate of a set of people.

    Attributes:
        kind: What one row is.
        k: Rows in the numerator.
        n: Rows in the denominator.
        top: What the rate's numerator is: rows, or a sum of weights in units of 2^-24.
        bottom: The same for its denominator; 0 where the rate is undefined.
        independent: How many people who count once would give the same precision.
        clusters: How many different people the rows belong to; None where every row is one.
    """

    kind: Kind
    k: int
    n: int
    top: int
    bottom: int
    independent: float
    clusters: int | None = None

    @property
    def value(self) -> float | None:
        return self.top / self.bottom if self.bottom else None

    @property
    def reason(self) -> Reason | None:
        """Why there is no interval although there are rows."""
        if self.n and not self.bottom:
            return "zero_weight"
        if self.clusters is not None and self.n and self.clusters < FEWEST:
            return "too_few_clusters"
        return None

    def counts(self, level: float, shared: float = 1.0) -> tuple[float, float]:
        """Numerator and denominator at which a formula for independent rows gives the interval of this rate.

        Args:
            level: Confidence level of the interval.
            shared: One of the factors of :class:`Shared`; 1 for one side alone.
        """
        if self.kind == "rows":
            return self.k, self.n
        assert self.value is not None, "an undefined rate has no interval"
        n = effective(self.independent, self.clusters, level=level, shared=shared)
        return self.value * n, n

    def to_json(self) -> dict[str, object] | None:
        """What a reader needs to work the interval out again; None where every row is one person."""
        if self.kind == "rows":
            return None
        return {
            "kind": self.kind,
            "independent": self.independent if self.bottom else None,
            "clusters": self.clusters,
            "weight": self.bottom / UNIT if self.kind == "weights" else None,
            "weight_counted": self.top / UNIT if self.kind == "weights" else None,
        }


@dataclass(frozen=True, slots=True)
class Shared:
    """How people with rows on both sides change the variance of a comparison: 1 where there are none.

    Attributes:
        difference: Variance of the difference, over that of two separate groups.
        ratio: The same for the logarithm of the ratio.
        other: The same for the ratio of the shares that were not counted.
    """

    difference: float = 1.0
    ratio: float = 1.0
    other: float = 1.0


EQUAL = Shared()


def effective(independent: float, clusters: int | None, *, level: float, shared: float = 1.0) -> float:
    """People who count once, at a level: lowered for few clusters by (z/t)², t on one degree of freedom fewer.

    Args:
        independent: As in :class:`Evidence`.
        clusters: How many clusters, at least 2; None for independent rows.
        level: Confidence level of the interval that it is for.
        shared: One of the factors of :class:`Shared`.

    Source:
        Korn and Graubard 1998, Survey Methodology 24:193.

    >>> effective(100.0, None, level=0.95), round(effective(100.0, 20, level=0.95), 1)
    (100.0, 87.7)
    """
    from scipy.special import ndtri, stdtrit

    n = independent / shared
    if clusters is None:
        return n
    z, t = float(ndtri((1 + level) / 2)), float(stdtrit(clusters - 1, (1 + level) / 2))
    return n * (z / t) ** 2


class Sizing(Protocol):
    """How rows of one audit stand for people."""

    @property
    def kind(self) -> Kind: ...

    def of(self, metric: str, people: People, rows: Tally, /) -> Evidence:
        """The evidence for a metric of a set of people, whose tally of rows is given."""
        ...

    def shared(self, metric: str, one: People, other: People, /) -> Shared:
        """What people with rows on both sides do to a comparison."""
        ...

    def bound(self, metric: str, people: People, rows: Tally, /, *, level: float) -> Bound | None:
        """Range of the rate over every possible set of unknown outcomes."""
        ...


@dataclass(frozen=True)
class Rows:
    """Every row is one person (or counted unit), independent of the others."""

    kind: Kind = "rows"

    def of(self, metric: str, _people: People, rows: Tally, /) -> Evidence:
        k, n = CATALOGUE[metric].numerator(rows), CATALOGUE[metric].denominator(rows)
        return Evidence("rows", k, n, k, n, float(n))

    def shared(self, _metric: str, _one: People, _other: People, /) -> Shared:
        return EQUAL

    def bound(self, metric: str, _people: People, rows: Tally, /, *, level: float) -> Bound | None:
        return bound(metric, rows, level=level)


class Weights:
    """A row stands for many: rates are sums of weights, and Kish's number of people says what they are worth."""

    kind: Kind = "weights"

    def __init__(self, plan: AuditPlan, cells: Cells, squares: Cells) -> None:
        """Sums of weights and of their squares as cells, with outcomes as the plan declares them."""
        self.cells = cells
        self._first = {part.keys: part.tallies for part in groupings(plan, cells)} | {(): {(): tally(cells)}}
        self._second = {part.keys: part.tallies for part in groupings(plan, squares)} | {(): {(): tally(squares)}}

    def of(self, metric: str, people: People, rows: Tally, /) -> Evidence:
        row = CATALOGUE[metric]
        first, second = (_sum(held, people) for held in (self._first, self._second))
        top, bottom, squared = row.numerator(first), row.denominator(first), row.denominator(second)
        independent = (bottom / UNIT) ** 2 / (squared / SQUARE_UNIT) if squared else 0.0
        return Evidence("weights", row.numerator(rows), row.denominator(rows), top, bottom, independent)

    def shared(self, _metric: str, _one: People, _other: People, /) -> Shared:
        return EQUAL

    def bound(self, metric: str, people: People, rows: Tally, /, *, level: float) -> Bound | None:
        """Ends from the weights; without their sampling error, for which no method is known to us."""
        found = bound(metric, _sum(self._first, people), level=level)
        return None if found is None else replace(found, outer=None, unknown=CATALOGUE[metric].open(rows))


class Clusters:
    """Several rows are one person: the sandwich variance of a ratio of sums over people."""

    kind: Kind = "clusters"

    def __init__(self, counts: ClusterCounts) -> None:
        self._counts = counts
        self._held: dict[tuple[str, People], ClusterSums] = {}

    def of(self, metric: str, people: People, rows: Tally, /) -> Evidence:
        """Raises:
        MetricError: D91, when the sums over people are not sums of these rows.
        """
        k, n = CATALOGUE[metric].numerator(rows), CATALOGUE[metric].denominator(rows)
        sums = self._sums(metric, people)
        if (sums.k, sums.m) != (k, n):
            found = f"“{metric}”: the sums over people ({sums.k:,.0f} of {sums.m:,.0f}) are not those of the cells"
            raise MetricError(Fault("clusters", found, f"{k:,} of {n:,}", "Take both files of one run", "D91"))
        worth = sums.independent if n and sums.clusters > 1 else 0.0
        return Evidence("clusters", k, n, k, n, worth, int(sums.clusters))

    def shared(self, metric: str, one: People, other: People, /) -> Shared:
        g, h = self._sums(metric, one), self._sums(metric, other)
        base, mirrored = _base(metric)
        kk, km, mk, mm = self._counts.cross(base, _belongs(one), _belongs(other))
        if mm == 0 or not g.m or not h.m or min(g.clusters, h.clusters) < FEWEST:
            return EQUAL
        if mirrored:
            kk, km, mk = mm - km - mk + kk, mm - km, mm - mk
        total = self._clusters(base, ALL_PEOPLE)
        covariance = (kk - h.rate * km - g.rate * mk + g.rate * h.rate * mm) * total / (total - 1) / (g.m * h.m)
        return Shared(
            _factor(g.variance, h.variance, covariance, 1.0, 1.0),
            _factor(g.variance, h.variance, covariance, g.rate, h.rate),
            _factor(g.variance, h.variance, covariance, 1 - g.rate, 1 - h.rate),
        )

    def bound(self, metric: str, _people: People, rows: Tally, /, *, level: float) -> Bound | None:
        """Ends from the rows; without their sampling error, for which no method is known to us."""
        found = bound(metric, rows, level=level)
        return None if found is None else replace(found, outer=None)

    def _sums(self, metric: str, people: People) -> ClusterSums:
        held = self._held.get((metric, people))
        if held is None:
            base, mirrored = _base(metric)
            m, k, kk, km, mm = self._counts.sums(base, _belongs(people))
            if mirrored:
                k, kk, km = m - k, mm - 2 * km + kk, mm - km
            held = ClusterSums(self._clusters(base, people), m, k, kk, km, mm)
            self._held[metric, people] = held
        return held

    def _clusters(self, base: str, people: People) -> int:
        """Different people at risk; of several levels at most, where somebody has rows in more than one."""
        levels = [dict(zip(people.keys, values, strict=True)) for values in people.values]
        return min(sum(self._counts.clusters(base, level) for level in levels), self._counts.clusters(base, {}))


def _belongs(people: People) -> Chosen:
    return lambda levels: tuple(levels[key] for key in people.keys) in people.values


def _base(metric: str) -> tuple[str, bool]:
    """The metric whose sums are counted, and whether this one is one minus it."""
    if metric in CLUSTERED:
        return metric, False
    mirror = CATALOGUE[metric].mirror
    assert mirror in CLUSTERED, f"nobody counts “{metric}” by person"
    return mirror, True


def _factor(g: float, h: float, covariance: float, first: float, second: float) -> float:
    """Variance of a difference over that of separate groups, each side divided by ``first`` and ``second``."""
    if first <= 0 or second <= 0:
        return 1.0
    apart = g / first**2 + h / second**2
    return max(1 - 2 * covariance / (first * second) / apart, LEAST) if apart > 0 else 1.0


def _sum(held: Mapping[tuple[str, ...], Mapping[tuple[str, ...], Tally]], people: People) -> Tally:
    total = Tally()
    for values in people.values:
        total = total + held[people.keys].get(values, Tally())
    return total
