"""Several scorers on the same cases: who errs more, whose disparity is smaller, and in which groups.

In: a plan with ``columns.also``, the groups of its audit and the aggregate ``joint``. Out: plain rows for
``tables.scorer_coverage``, ``scorers``, ``scorer_gaps``, ``scorer_dominance`` and ``scorer_tests`` of findings.json.
A pure function of counts. Personal data: none; the aggregate holds counts.

Two scorers are compared only on cases that both decided, and only where these are most of the cases that either did:
what one of them left out may be what it would have got wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import plain_label
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json, group_label
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.same_people import same_people
from impact.metrics.analysis.topics.scorer_tests import several_scorers
from impact.metrics.analysis.topics.scorer_words import dominance_sentence
from impact.metrics.statistics.intervals import newcombe, wilson
from impact.metrics.statistics.measure import Measure, Why, undefined
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.statistics.paired import (
    difference_in_disparity,
    dominance,
    paired_difference,
    ppv_difference,
    ppv_disparities,
    sum_of_disparities,
)
from impact.metrics.statistics.unpaired import smaller_disparity
from impact.metrics.tables.joint_counts import Coverage, JointCounts

if TYPE_CHECKING:
    from impact.metrics.tables.joint_counts import Counts

__all__ = ["ERRORS", "SCORED", "quad", "scorer_tables"]

Metric = Literal["selection_rate", "fpr", "fnr", "accuracy", "ppv"]
SCORED: tuple[Metric, ...] = ("fpr", "fnr", "selection_rate", "accuracy", "ppv")
ERRORS: tuple[Metric, ...] = ("fpr", "fnr")  # of these fewer is better, whatever a yes does
_EMPTY: Mapping[Metric, Why] = {
    "fpr": "no_negatives",
    "fnr": "no_positives",
    "selection_rate": "empty_cell",
    "accuracy": "empty_cell",
    "ppv": "nobody_flagged",
}
_DRAWS = (10_000, 2_000)  # up to _MANY groups of one characteristic, and beyond: a verifier draws them again
_MANY = 50

Quad = tuple[int, int, int, int]


def quad(cube: Counts, metric: Metric) -> Quad:
    """Both, only the first, only the second, neither: cases on which they have what the metric counts.

    Args:
        cube: Counts by outcome, decision of the first and of the second, as ``JointCounts.cube`` gives them.
        metric: ``fpr`` counts a yes without the outcome, ``fnr`` a no with it, ``selection_rate`` a yes,
            ``accuracy`` a decision that agrees with the outcome. Not ``ppv``, whose denominators differ.
    """
    if metric == "selection_rate":
        held = cube.sum(axis=0)
        return int(held[2, 2]), int(held[2, 1]), int(held[1, 2]), int(held[1, 1])
    without, having = cube[1], cube[2]
    wrongly = (int(without[2, 2]), int(without[2, 1]), int(without[1, 2]), int(without[1, 1]))
    missed = (int(having[1, 1]), int(having[1, 2]), int(having[2, 1]), int(having[2, 2]))
    if metric == "fpr":
        return wrongly
    if metric == "fnr":
        return missed
    # Right where the other kind of error is not made: all that both got wrong is what neither got right.
    return (
        wrongly[3] + missed[3],
        wrongly[2] + missed[2],
        wrongly[1] + missed[1],
        wrongly[0] + missed[0],
    )


def scorer_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Every two scorers compared, for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Without the aggregate ``joint`` every list is empty.

    Returns:
        ``scorer_coverage``: cases by who decided them. ``scorers``: the four cells of agreement, both rates, the paired
        difference with Newcombe's method 10 (hit rates: Jeffreys-Dirichlet) and McNemar's exact p. ``scorer_gaps``: for
        each group against those not sharing it, the disparity under each, their difference, and whose is smaller in
        size. ``scorer_dominance``: whether one errs less in every group. ``scorer_tests``: Cochran's Q of more than
        two. Where outcomes exist only after a yes, all that needs them is null with ``outcome_not_observed``.
    """
    names = ("scorer_coverage", "scorers", "scorer_gaps", "scorer_dominance", "scorer_tests")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    table = inputs.aggregates.get("joint")
    if table is None:
        return found
    counts = JointCounts(table)
    _require_same_cases(inputs, counts)
    for first, second in counts.pairs():
        for name, rows in _Pair(inputs, counts, first, second).tables().items():
            found[name] += rows
    found["scorer_tests"] = list(several_scorers(inputs, counts))
    return found


def _require_same_cases(inputs: Inputs, counts: JointCounts) -> None:
    """Refuse a joint table of other scorers than the plan's, or of other people than the cells'."""
    if not same_people(inputs, counts.table) or {*counts.scorers[1:]} != {*inputs.plan.columns.also}:
        found = "“joint” counts other cases than the cells, or other scorers than the plan"
        raise MetricError(Fault("joint", found, "", "Take the files that impact wrote together", "D91"))


@dataclass(frozen=True)
class _Side:
    """A set of people: their cases by outcome and both decisions, and whether both decided enough of them."""

    cube: Counts
    least: float

    @property
    def refused(self) -> Why | None:
        share = Coverage.of(self.cube).share
        if share is None:
            return "empty_cell"
        return "overlap_too_small" if share < self.least else None


class _Pair:
    """Two scorers and everything that is said of them."""

    def __init__(self, inputs: Inputs, counts: JointCounts, first: str, second: str) -> None:
        self.inputs, self.counts, self.first, self.second = inputs, counts, first, second
        self.level = 1 - inputs.plan.rules.alpha
        self.least = counts.least(inputs.plan, first, second)
        self.head = {"first": first, "second": second}
        outcome = inputs.plan.columns.outcome is not None
        self.metrics: tuple[Metric, ...] = SCORED if outcome else ("selection_rate",)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        everybody = _Side(self.counts.cube(self.first, self.second), self.least)
        found: dict[str, list[dict[str, Any]]] = {
            "scorer_coverage": [self._coverage(EVERYBODY, everybody)],
            "scorers": [self._row(EVERYBODY, everybody, metric, _DRAWS[0]) for metric in self.metrics],
            "scorer_gaps": [],
            "scorer_dominance": [],
        }
        for part in self.inputs.parts:
            if len(part.keys) == 1 and not part.too_many:
                self._characteristic(part, found, whole=everybody.refused)
        return found

    def _characteristic(self, part: Grouping, found: dict[str, list[dict[str, Any]]], *, whole: Why | None) -> None:
        """All rows of one characteristic; ``whole`` is why nobody can be compared, if that is so."""
        import numpy as np

        cubes = self.counts.cubes(self.first, self.second, part.keys[0])
        nobody = np.zeros((3, 3, 3), dtype=np.int64)
        sides = {group: _Side(cubes.get(group[0][1], nobody), self.least) for group in part.groups()}
        known = [group for group in sides if not part.is_unknown(group)]
        all_known = sum((sides[group].cube for group in known), start=nobody)
        draws = _DRAWS[len(known) > _MANY]
        compared = {group: sides[group] for group in known}
        lines = {metric: self._dominance(part, compared, metric, whole) for metric in ERRORS}
        for group, side in sides.items():
            found["scorer_coverage"].append(self._coverage(group, side))
            for metric in self.metrics:
                row = self._row(group, side, metric, draws, whole)
                together = lines[metric][1].get(group) if metric in lines else None
                found["scorers"].append(row | {"simultaneous": together.to_json() if together else None})
                if group in known and len(known) > 1:
                    others = _Side(all_known - side.cube, self.least)
                    found["scorer_gaps"].append(self._gap(group, side, others, metric, draws, whole))
        found["scorer_dominance"] += [row for row, _ in lines.values() if row["metric"] in self.metrics]

    def _coverage(self, group: Group, side: _Side) -> dict[str, Any]:
        found = Coverage.of(side.cube)
        return {
            **self.head,
            "group": group_json(group),
            "both": found.both,
            "only_first": found.only_first,
            "only_second": found.only_second,
            "neither": found.neither,
            "share": found.share,
            "least": self.least,
            "enough": None if found.share is None else found.share >= self.least,
            "outcome_known": int(side.cube[1:, 1:, 1:].sum()) if len(self.metrics) > 1 else None,
        }

    def _why(self, metric: Metric, *reasons: Why | None) -> Why | None:
        """The first reason why a metric cannot be compared."""
        if metric != "selection_rate" and self.inputs.seen.outcomes_after_yes:
            return "outcome_not_observed"
        return next((reason for reason in reasons if reason is not None), None)

    def _row(self, group: Group, side: _Side, metric: Metric, draws: int, whole: Why | None = None) -> dict[str, Any]:
        row: dict[str, Any] = {**self.head, "group": group_json(group), "metric": metric}
        why = self._why(metric, whole, side.refused)
        none: dict[str, Any] = dict.fromkeys(("n", "both", "only_first", "only_second", "neither"))
        if why is not None:
            rate = _rate(0, 0, why, self.level)
            both = {"first_rate": rate, "second_rate": rate, "difference": undefined(why, level=self.level).to_json()}
            return row | none | both | {"p": None, "simultaneous": None}
        if metric == "ppv":
            (k1, n1), (k2, n2) = _hits(side.cube)
            found = _enough(ppv_difference(side.cube[1:, 1:, 1:], level=self.level, draws=draws))
            row |= none | _rates((k1, n1), (k2, n2), metric, self.level)
            return row | {"difference": found.to_json(), "p": None, "simultaneous": None}
        a, b, c, d = quad(side.cube, metric)
        n = a + b + c + d
        paired = paired_difference((a, b, c, d), level=self.level)
        difference = paired.difference if n else undefined(_EMPTY[metric], level=self.level)
        row |= {"n": n, "both": a, "only_first": b, "only_second": c, "neither": d}
        row |= _rates((a + b, n), (a + c, n), metric, self.level)
        return row | {"difference": difference.to_json(), "p": paired.p, "simultaneous": None}

    def _gap(
        self, group: Group, side: _Side, others: _Side, metric: Metric, draws: int, whole: Why | None
    ) -> dict[str, Any]:
        """Disparity of a group under each of the two, and their difference."""
        row: dict[str, Any] = {**self.head, "group": group_json(group), "comparator": {"kind": "not_sharing"}}
        row["metric"] = metric
        why = self._why(metric, whole, side.refused, others.refused)
        if why is not None:
            none = undefined(why, level=self.level).to_json()
            gaps = dict.fromkeys(("first_gap", "second_gap", "difference"), none)
            return row | {"counts": None, "comparator_counts": None, **gaps, "smaller": None}
        if metric == "ppv":
            mine, theirs = _hits(side.cube), _hits(others.cube)
            joint = [each.cube[1:, 1:, 1:] for each in (side, others)]
            difference, total = map(_enough, ppv_disparities(*joint, level=self.level, draws=draws))
            listed = [each.ravel().tolist() for each in joint]
        else:
            one, other = quad(side.cube, metric), quad(others.cube, metric)
            mine, theirs = _counted(one), _counted(other)
            difference = difference_in_disparity(one, other, level=self.level)
            total = sum_of_disparities(one, other, level=self.level)
            if difference.value is None:
                difference = undefined(_EMPTY[metric], level=self.level)
            listed = [list(one), list(other)]
        gaps = {
            f"{name}_gap": _newcombe(mine[place], theirs[place], metric, self.level)
            for place, name in enumerate(("first", "second"))
        }
        row |= {"counts": listed[0], "comparator_counts": listed[1], **gaps, "difference": difference.to_json()}
        return row | {"smaller": smaller_disparity(difference, total)}

    def _dominance(
        self, part: Grouping, sides: Mapping[Group, _Side], metric: Metric, whole: Why | None
    ) -> tuple[dict[str, Any], dict[Group, Measure]]:
        """Whether one errs less in every group, and the intervals that hold together."""
        plan = self.inputs.plan
        alpha = plan.rules.alpha
        row: dict[str, Any] = {**self.head, "characteristic": part.keys[0], "metric": metric}
        tables = {group: quad(side.cube, metric) for group, side in sides.items()}
        cased = {group: table for group, table in tables.items() if sum(table)}
        refused = [sides[group].refused for group in cased]
        why = self._why(metric, whole, *refused)
        if why is None and len(cased) < 2:
            why = "one_group" if cased else _EMPTY[metric]
        together: dict[Group, Measure] = {}
        verdict = "undefined"
        lower: dict[str, list[Group]] = {"first": [], "second": []}
        if why is None:
            found = dominance(list(cased.values()), level=1 - alpha)
            together = dict(zip(cased, found.differences, strict=True))
            for group, one in together.items():
                if one.high is not None and one.high < 0:
                    lower["first"].append(group)
                elif one.low is not None and one.low > 0:
                    lower["second"].append(group)
            verdict = found.fewer or ("neither" if lower["first"] and lower["second"] else "cannot_tell")
        without = [group_label(group) for group in sides if group not in cased]
        row |= {
            "verdict": verdict,
            "groups": len(cased),
            "without_cases": without,
            "level": 1 - sidak(alpha, len(cased)) if together else None,
            "first_lower": [group_label(group) for group in lower["first"]],
            "second_lower": [group_label(group) for group in lower["second"]],
            "reason": why,
        }
        names = self.counts.names_in(plan)
        characteristic = plan.groups[part.keys[0]].label or part.keys[0]
        sentence = dominance_sentence(
            row,
            label=plain_label(plan, metric),
            names=(names[self.first], names[self.second]),
            characteristic=characteristic,
            level=1 - alpha,
        )
        return row | {"sentence": sentence}, together


def _counted(table: Quad) -> tuple[tuple[int, int], tuple[int, int]]:
    """Numerator and denominator under each of the two."""
    a, b, c, d = table
    return (a + b, a + b + c + d), (a + c, a + b + c + d)


def _hits(cube: Counts) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of the cases that both decided and whose outcome is known: with the outcome, of those with a yes of each."""
    known = cube[1:, 1:, 1:]
    first, second = known[:, 1, :].sum(axis=1), known[:, :, 1].sum(axis=1)
    return (int(first[1]), int(first.sum())), (int(second[1]), int(second.sum()))


def _rates(first: tuple[int, int], second: tuple[int, int], metric: Metric, level: float) -> dict[str, dict[str, Any]]:
    return {
        "first_rate": _rate(*first, _EMPTY[metric], level),
        "second_rate": _rate(*second, _EMPTY[metric], level),
    }


def _rate(k: int, n: int, why: Why, level: float) -> dict[str, Any]:
    limits = wilson(k, n, level=level)
    if limits is None:
        return {"k": None, "n": None, "value": None, "ci": None, "method": None, "reason": why}
    return {"k": k, "n": n, "value": k / n, "ci": limits.to_json(), "method": limits.method, "reason": None}


def _newcombe(mine: tuple[int, int], theirs: tuple[int, int], metric: Metric, level: float) -> dict[str, Any]:
    limits = newcombe(*mine, *theirs, level=level)
    if limits is None:
        return undefined(_EMPTY[metric], level=level).to_json()
    value = mine[0] / mine[1] - theirs[0] / theirs[1]
    return Measure(value, limits.low, limits.high, level, limits.method).to_json()


def _enough(found: Measure) -> Measure:
    """No interval where the prior would speak too loudly (docs/statistics.md)."""
    if found.method == "jeffreys_dirichlet_small":
        return Measure(found.value, level=found.level, reason="too_few_cases")
    return found
