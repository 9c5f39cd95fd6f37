"""Intervals of searches: exact where each search stands for itself, over people where one person has several.

In: counts of one audit and, where the plan maps ids of persons, sums over people. Out: shares as plain data, and
differences and ratios of two sides. Refuses an interval that would take searches of one person for independent.
Personal data: none; sums over at least a person, and no interval over fewer than ten.
"""

from __future__ import annotations

from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.levels import People
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.clusters import FEWEST, ClusterSums, clustered_difference, clustered_exact
from impact.metrics.statistics.gaps import difference_of, ratio_of
from impact.metrics.statistics.identification_rates import search_rates
from impact.metrics.statistics.intervals import koopman, newcombe
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.tables.cluster_counts import Chosen, ClusterCounts

__all__ = ["Sampling"]


class Sampling:
    """How the intervals of one audit are made.

    Attributes:
        level: Confidence level, one minus the plan's alpha.
        clustered: Whether searches belong to people who can have several.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.level = 1 - inputs.plan.rules.alpha
        self.clustered = inputs.plan.unit.person_id is not None
        table, counts = (inputs.aggregates.get(name) for name in ("search_clusters", "search_cluster_counts"))
        self._counts = ClusterCounts(table, counts) if table is not None and counts is not None else None

    def share(self, rate: str, people: People, k: int, n: int) -> dict[str, Any]:
        """A share with its interval as plain data; ``people`` are those whose searches they are."""
        found = self._share(rate, people, k, n)
        return {"k": k, "n": n, **found.to_json()}

    def plain(self, k: int, n: int) -> dict[str, Any]:
        """A share for which no sums over people were counted: without an interval where they would be needed."""
        found = self._exact(k, n) if not self.clustered or n == 0 else self._bare(k / n)
        return {"k": k, "n": n, **found.to_json()}

    def gap(
        self, rate: str, one: tuple[People, int, int], other: tuple[People, int, int]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Difference and ratio of two sides, each with its people, numerator and denominator, as plain data."""
        k1, n1, k2, n2 = *one[1:], *other[1:]
        if n1 == 0 or n2 == 0:
            none = undefined("not_searched", level=self.level).to_json()
            return none, none
        difference, ratio = k1 / n1 - k2 / n2, k1 / n1 / (k2 / n2) if k2 else None
        if not self.clustered:
            gap, times = newcombe(k1, n1, k2, n2, level=self.level), koopman(k1, n1, k2, n2, level=self.level)
            assert gap is not None
            assert times is not None
            high = float("inf") if times.high is None else times.high
            reason: Any = None if k2 else "comparator_zero"
            return (
                Measure(difference, gap.low, gap.high, self.level, "newcombe").to_json(),
                Measure(ratio, times.low, high, self.level, "koopman", reason).to_json(),
            )
        if self._counts is None:
            quotient = self._bare(ratio) if k2 else undefined("comparator_zero", level=self.level)
            return self._bare(difference).to_json(), quotient.to_json()
        own, others = self._share(rate, *one), self._share(rate, *other)
        kk, km, mk, mm = self._counts.cross(rate, _belongs(one[0]), _belongs(other[0]))
        if mm == 0:
            return difference_of(own, others).to_json(), self._ratio(own, others).to_json()
        # Somebody has searches on both sides. Of the ratio no interval is known to us then.
        quotient = self._bare(ratio) if k2 else undefined("comparator_zero", level=self.level)
        if own.interval is None or others.interval is None or self._few(rate, one[0]) or self._few(rate, other[0]):
            # What people on both sides have in common narrows a difference: left out, it is too wide at worst.
            return difference_of(own, others).to_json(), quotient.to_json()
        both, cross = self._clusters(rate, one[0] | other[0]), (float(kk), float(km), float(mk), float(mm))
        g, h = self._sums(rate, *one), self._sums(rate, *other)
        return clustered_difference(g, h, cross=cross, shared=both, level=self.level).to_json(), quotient.to_json()

    def _ratio(self, one: Measure, other: Measure) -> Measure:
        found = ratio_of(one, other)
        if other.value:
            return found
        return Measure(None, found.low, found.high, self.level, found.method, "comparator_zero")

    def _share(self, rate: str, people: People, k: int, n: int) -> Measure:
        if n == 0 or not self.clustered:
            return self._exact(k, n)
        if self._counts is None:
            return self._bare(k / n)
        counted, others = (self._clusters(f"{rate}:{part}", people) for part in ("yes", "no"))
        return clustered_exact(self._sums(rate, people, k, n), counted=counted, others=others, level=self.level)

    def _few(self, rate: str, people: People) -> bool:
        """Whether too few people have such a search, or another one, to see how alike one person's are."""
        return min(self._clusters(f"{rate}:{part}", people) for part in ("yes", "no")) < FEWEST

    def _exact(self, k: int, n: int) -> Measure:
        # Every share here is one of searches that end in one way, so one function gives the interval of all.
        return search_rates(non_mated=n, false_positive=k, level=self.level).fpir

    def _bare(self, value: float | None) -> Measure:
        return Measure(value, level=self.level, reason="not_counted")

    def _sums(self, rate: str, people: People, k: int, n: int) -> ClusterSums:
        assert self._counts is not None
        sums = self._counts.sums(rate, _belongs(people))
        if (sums.k, sums.m) != (k, n):
            found = f"“{rate}”: the sums over people ({sums.k:,} of {sums.m:,}) are not those of the searches"
            remedy = "Take the files that impact wrote together"
            raise MetricError(Fault("search_clusters", found, f"{k:,} of {n:,}", remedy, "D91"))
        return ClusterSums(self._clusters(rate, people), sums.m, sums.k, sums.kk, sums.km, sums.mm)

    def _clusters(self, rate: str, people: People) -> int:
        """Different people; of several levels at most, where somebody has searches in more than one."""
        assert self._counts is not None
        held, levels = self._counts, [dict(zip(people.keys, each, strict=True)) for each in people.values]
        return min(sum(held.clusters(rate, level) for level in levels), held.clusters(rate, {}))


def _belongs(people: People) -> Chosen:
    return lambda levels: tuple(levels[key] for key in people.keys) in people.values
