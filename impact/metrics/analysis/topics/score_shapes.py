"""The tables of the shapes of scores: distances between groups, curves, calibration lines, who is reached.

In: ``Inputs`` with the aggregate ``scores``. Out: rows for ``tables.score_distances``, ``tables.curves``,
``tables.calibration_lines``, ``tables.capacity`` and ``tables.optimal_thresholds``. A pure function of counts; where
labels are shuffled, the seed is 0. Personal data: none; the aggregate holds counts by bin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.scores.calibration import calibration_line, hosmer_lemeshow
from impact.metrics.statistics.scores.chance import ByChance, abroca_by_chance, distances_by_chance
from impact.metrics.statistics.scores.distance import abroca, kolmogorov_smirnov, mean_parity_gap, wasserstein
from impact.metrics.statistics.scores.ranking import Range, exposure, top_k
from impact.metrics.statistics.scores.sweep import dkw, is_optimum, sweep
from impact.metrics.tables.score_counts import ByGroup, ScoreCounts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NAMES", "score_shape_tables"]

Rows = list[dict[str, Any]]
NAMES = ("score_distances", "curves", "calibration_lines", "capacity", "optimal_thresholds")

POINTS = 20  # thresholds of a curve, at even shares of everybody, besides those that the plan declares
PARTS = 10  # Hosmer and Lemeshow's parts of about equal size


def score_shape_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for everybody and for each level of each single characteristic, as ``plan.also`` asks.

    Args:
        inputs: The audit. Only people with a score; where a figure needs outcomes, only those whose outcome is known.

    Returns:
        ``score_distances``: Kolmogorov-Smirnov, Wasserstein-1, mean parity gap, ABROCA, each with what chance alone
        gives, and the exposure of the group in a ranking. ``curves``: rates at each of about twenty thresholds with the
        half-width of a band for all thresholds at once. ``calibration_lines``: intercept, slope, Hosmer-Lemeshow.
        ``capacity``: who is among the k highest scores, as a range where k cuts a bin. ``optimal_thresholds``: the
        thresholds in use or declared that are the best on these very data by some criterion. Where outcomes exist only
        after a yes, distances, exposure and who is reached remain; the rest is null with ``outcome_not_observed``.
    """
    also, table = inputs.plan.rules.also, inputs.aggregates.get("scores")
    found: dict[str, Rows] = {name: [] for name in NAMES}
    if also is None or table is None or not (also.scores or also.capacity):
        return found
    shapes = _Shapes(inputs, ScoreCounts(table))
    single = narrow(inputs.parts)
    asked: set[str] = set(also.scores)
    for part in single:
        held = shapes.counts.by_group(*part.keys)
        if asked & {"distances", "abroca", "exposure"}:
            found["score_distances"] += shapes.distances(part, held, asked)
        for k in also.capacity:
            found["capacity"] += shapes.reached(part, held, k)
    if "roc" in asked:
        found["curves"] += shapes.curves(EVERYBODY, shapes.everybody, 0)
        found["optimal_thresholds"] += shapes.optima()
    if "calibration" in asked:
        found["calibration_lines"] += shapes.lines(EVERYBODY, (), 0)
    for part in single:
        held = shapes.counts.by_group(*part.keys)
        for index, level in enumerate(held.levels):
            group: Group = ((part.keys[0], level[0]),)
            if "roc" in asked:
                found["curves"] += shapes.curves(group, held, index)
            if "calibration" in asked:
                found["calibration_lines"] += shapes.lines(group, part.keys, index)
    return found


@dataclass(frozen=True)
class _Shapes:
    """The counts of an audit's scores with what several tables need of them."""

    inputs: Inputs
    counts: ScoreCounts

    @property
    def plan(self) -> AuditPlan:
        return self.inputs.plan

    @property
    def level(self) -> float:
        return 1 - self.plan.rules.alpha

    @cached_property
    def everybody(self) -> ByGroup:
        return self.counts.by_group()

    @property
    def hidden(self) -> bool:
        """Whether outcomes are not known for enough people to speak of true cases."""
        return self.plan.columns.outcome is None or self.inputs.seen.outcomes_after_yes

    @cached_property
    def positions(self) -> Floats:
        """The score that stands for each bin: itself where scores are exact, else the middle."""
        import numpy as np

        if self.counts.exact:
            return np.asarray(self.counts.points, dtype=float)
        edges = np.asarray(self.counts.scale.edges(), dtype=float)
        middle: Floats = (edges[:-1] + edges[1:]) / 2
        return middle

    def distances(self, part: Grouping, held: ByGroup, asked: set[str]) -> Iterator[dict[str, Any]]:
        people = held.positives + held.negatives + held.unknown
        share = exposure(people) if "exposure" in asked else [None] * len(held.levels)
        reference = self.plan.comparator.also.get(part.keys[0])
        known = [i for i, level in enumerate(held.levels) if level[0] not in part.unknown[0]]
        for index in known:
            sides: list[tuple[dict[str, str], list[int]]] = [
                ({"kind": "not_sharing"}, [i for i in known if i != index])
            ]
            if reference is not None and (reference,) in held.levels and held.levels[index] != (reference,):
                sides.append(({"kind": "reference", "value": reference}, [held.levels.index((reference,))]))
            for comparator, others in sides:
                row = {
                    "group": group_json(((part.keys[0], held.levels[index][0]),)),
                    "comparator": comparator,
                    "people": int(people[index].sum()),
                    "comparator_people": int(people[others].sum()),
                    "exposure": share[index],
                }
                yield (
                    row
                    | self._distances(people[index], people[others].sum(axis=0), asked)
                    | {"abroca": self._abroca(held, index, others) if "abroca" in asked else None}
                )

    def _distances(self, one: Any, other: Any, asked: set[str]) -> dict[str, Any]:
        names = ("kolmogorov_smirnov", "wasserstein", "mean_parity_gap")
        if "distances" not in asked:
            return dict.fromkeys(names)
        # Bins that nobody is in hold no threshold of anybody.
        used = (one + other) > 0
        a, b, x = one[used], other[used], self.positions[used]
        weights = (a + b)[1:]
        values = (
            kolmogorov_smirnov(a, b).statistic,
            wasserstein(a, b, positions=x) if x.size else undefined("empty_cell"),
            mean_parity_gap(a, b, weights=weights) if x.size else undefined("empty_cell"),
        )
        chance = distances_by_chance(a, b, positions=x, weights=weights) if x.size > 1 else None
        each: Sequence[ByChance | None] = chance or (None, None, None)
        return {name: _beside(value, one) for name, value, one in zip(names, values, each, strict=True)}

    def _abroca(self, held: ByGroup, index: int, others: list[int]) -> dict[str, Any]:
        if self.hidden:
            return _beside(undefined("not_counted"), None) | {"reason": "outcome_not_observed"}
        sides = [held.positives[index], held.negatives[index]]
        sides += [held.positives[others].sum(axis=0), held.negatives[others].sum(axis=0)]
        used = sum(sides) > 0
        sides = [side[used] for side in sides]
        value = abroca(*sides)
        return _beside(value, abroca_by_chance(*sides) if value.value is not None else None)

    def reached(self, part: Grouping, held: ByGroup, k: int) -> Iterator[dict[str, Any]]:
        """Everybody with a score is ranked; people of unknown group or outcome take places too."""
        people = held.positives + held.negatives + held.unknown
        outcomes = not self.hidden and not held.unknown.sum()
        if k > people.sum():
            nothing = _ends(Range(None, None))
            names = ("selected", "skew", "for_its_size", "true", "precision", "recall")
            head = {"group": {}, "k": k, "scored": int(people.sum()), "people": int(people.sum())}
            yield head | dict.fromkeys(names, nothing) | {"reason": "everybody_reached"}
            return
        found = top_k(held.positives if outcomes else people * 0, held.negatives if outcomes else people, k=k)
        for level, own, one in zip(held.levels, people, found, strict=True):
            size = int(own.sum())
            row = {
                "group": group_json(((part.keys[0], level[0]),)),
                "k": k,
                "scored": int(people.sum()),
                "people": size,
                "selected": _ends(one.selected),
                "skew": _ends(one.skew),
                "for_its_size": _for_size(one.selected, k, size, int(people.sum())),
            }
            true = dict.fromkeys(("true", "precision", "recall"), _ends(Range(None, None)))
            if outcomes:
                true = {name: _ends(getattr(one, name)) for name in true}
            yield row | true | {"reason": None if outcomes else "outcome_not_observed"}

    @cached_property
    def chosen(self) -> list[int]:
        """Bins whose lower edges are the thresholds of the curves: even shares of everybody, and the declared ones."""
        import numpy as np

        held = self.everybody
        people = (held.positives + held.negatives + held.unknown)[0]
        above = people[::-1].cumsum()[::-1] / max(int(people.sum()), 1)
        chosen = {int(np.argmin(np.abs(above - (i + 1) / (POINTS + 1)))) for i in range(POINTS)}
        return sorted(chosen | {bin_ for _, bin_ in self.declared if bin_ < people.size})

    @cached_property
    def declared(self) -> list[tuple[float, int]]:
        """Thresholds in use or declared, each with the first bin that is a yes."""
        decision = self.plan.columns.decision
        values = [*self.plan.rules.thresholds]
        if decision.threshold is not None and decision.from_score is not None:
            values.append(decision.threshold)
        return [(value, int((~self.counts.above(value)).sum())) for value in sorted(set(values))]

    def curves(self, group: Group, held: ByGroup, index: int) -> Iterator[dict[str, Any]]:
        positives, negatives = held.positives[index], held.negatives[index]
        everybody = positives + negatives + held.unknown[index]
        named = {bin_: value for value, bin_ in self.declared}
        m, n = int(positives.sum()), int(negatives.sum())
        bands = {
            "band_selection": dkw(int(everybody.sum()), level=self.level),
            "band_tpr": None if self.hidden else dkw(m, level=self.level),
            "band_fpr": None if self.hidden else dkw(n, level=self.level),
        }
        for bin_ in self.chosen:
            row = {
                "group": group_json(group),
                "threshold": named.get(bin_, float(self.counts.points[bin_])),
                "declared": bin_ in named,
                "selection_rate": _share(int(everybody[bin_:].sum()), int(everybody.sum())),
                "tpr": None if self.hidden else _share(int(positives[bin_:].sum()), m),
                "fpr": None if self.hidden else _share(int(negatives[bin_:].sum()), n),
                "positives": None if self.hidden else m,
                "negatives": None if self.hidden else n,
            }
            yield row | bands

    def optima(self) -> Iterator[dict[str, Any]]:
        if self.hidden:
            return
        held = self.everybody
        found = sweep(held.positives[0], held.negatives[0], edges=self.counts.points, level=self.level)
        for value, bin_ in self.declared:
            # A point of the sweep is named by the lower edge of its first bin, whatever the rule of the scale.
            edge = found.points[bin_].threshold
            best = is_optimum(found, edge) if edge is not None else []
            yield {"threshold": value, "optimum": list(best), "thresholds_compared": len(found.points)}

    def lines(self, group: Group, keys: tuple[str, ...], index: int) -> Iterator[dict[str, Any]]:
        score = self.plan.columns.score
        if score is None or not score.probability or self.plan.columns.outcome is None:
            return
        row: dict[str, Any] = {"group": group_json(group)}
        if self.hidden:
            nothing = undefined("not_counted", level=self.level).to_json() | {"reason": "outcome_not_observed"}
            test = {"statistic": None, "degrees": None, "p": None, "reason": "outcome_not_observed"}
            yield row | {
                "people": None,
                "intercept": nothing,
                "slope": nothing,
                "clipped": None,
                "hosmer_lemeshow": test,
            }
            return
        people, outcomes, sums = self.counts.known_sums(keys, index)
        line = calibration_line(people, outcomes, sums, level=self.level)
        parts = _equal_parts(people, outcomes, sums)
        yield row | {
            "people": int(people.sum()),
            "intercept": line.intercept.to_json(),
            "slope": line.slope.to_json(),
            "clipped": line.clipped,
            "hosmer_lemeshow": asdict(hosmer_lemeshow(*parts)),
        }


def _equal_parts(people: Floats, outcomes: Floats, sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Bins joined, in order, into at most ``PARTS`` parts of about equal size."""
    import numpy as np

    used = people > 0
    n, k, s = people[used], outcomes[used], sums[used]
    if not n.size:
        return n, k, s
    middle = (np.cumsum(n) - n / 2) / n.sum()
    at = np.minimum((middle * PARTS).astype(int), PARTS - 1)
    joined = np.array([np.bincount(at, weights=x, minlength=PARTS) for x in (n, k, s)], dtype=np.float64)
    people, outcomes, sums = joined[:, joined[0] > 0]
    return people, outcomes, sums


def _beside(value: Measure, chance: ByChance | None) -> dict[str, Any]:
    return {
        "value": value.value,
        "reason": value.reason,
        "by_chance": chance.mean if chance else None,
        "p": chance.p if chance else None,
    }


def _ends(found: Range) -> dict[str, Any]:
    """Smallest and largest value; minus infinity (nobody is reached) is null, and the count of 0 says so."""
    finite = [None if end is None or end == float("-inf") else end for end in (found.low, found.high)]
    return {"low": finite[0], "high": finite[1]}


def _for_size(selected: Range, k: int, size: int, everybody: int) -> dict[str, Any]:
    """Share of the places over share of the people: the exponential of the skew, and 0 where nobody is reached."""
    if not size or selected.low is None or selected.high is None:
        return _ends(Range(None, None))
    share = k * size / everybody
    return _ends(Range(selected.low / share, selected.high / share))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
