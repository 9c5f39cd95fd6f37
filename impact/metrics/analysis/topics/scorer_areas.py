"""Two scores on the same cases: whose area is larger, and whether that differs between groups.

In: a plan with ``columns.also.KEY.score``, the groups of its audit and the aggregate ``joint_scores``. Out: plain rows
for ``tables.scorer_areas`` and ``scorer_area_gaps`` of findings.json. A pure function of counts. No row is a verdict.
Personal data: none; the aggregate holds counts.
"""

from __future__ import annotations

from typing import Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.exploring import adjusted, comparators, require_same_people
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.statistics.gaps import difference_of
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.scores.auc import Auc, PairedAuc, paired_auc
from impact.metrics.tables.joint_counts import LEAST_OVERLAP
from impact.metrics.tables.joint_score_counts import JointScoreCounts, JointScores, of_level

__all__ = ["AREA_TABLES", "area_tables"]

AREA_TABLES = ("scorer_areas", "scorer_area_gaps")

Rows = list[dict[str, Any]]


def area_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Without the aggregate ``joint_scores`` every list is empty.

    Returns:
        ``scorer_areas``: cases by who has which score, both areas with DeLong's intervals on the logit scale, their
        difference with DeLong's paired interval, and how far bins leave it open. ``scorer_area_gaps``: that difference
        in each group less that of those it is compared with, by square-and-add. Compared are cases with both scores;
        where these are fewer than the plan accepts, nothing is. Outcomes that exist only after a yes are not used.

    Raises:
        MetricError: D91, when the aggregate is not of these people, or of other scores than the plan's.
    """
    found: dict[str, Rows] = {name: [] for name in AREA_TABLES}
    table, outcome = inputs.aggregates.get("joint_scores"), inputs.plan.columns.outcome
    if table is None or outcome is None:
        return found
    counts = JointScoreCounts(table, inputs.plan)
    areas: Rows = []
    for key in counts.scorers:
        part = counts.part(key)
        require_same_people(inputs, part)
        made = _Scorer(inputs, key, counts.exact(key), hidden=outcome.observed_when == "decision_yes")
        areas.append(made.row(EVERYBODY, of_level(part, "", ("",)), unknown=False))
        for grouping in narrow(inputs.parts):
            name = grouping.keys[0]
            for group in grouping.groups():
                own = of_level(part, name, (group[0][1],))
                areas.append(made.row(group, own, unknown=grouping.is_unknown(group)))
                for comparator, values in comparators(inputs.plan, grouping, group):
                    found["scorer_area_gaps"].append(made.gap(group, comparator, own, of_level(part, name, values)))
    found["scorer_areas"] = adjusted(areas)
    return found


class _Scorer:
    """A further scorer whose score is set against the first."""

    def __init__(self, inputs: Inputs, key: str, exact: tuple[bool, bool], *, hidden: bool) -> None:
        overlap = inputs.plan.columns.also[key].overlap
        self.key, self.exact, self.hidden = key, exact, hidden
        self.level = 1 - inputs.plan.rules.alpha
        self.least = min(LEAST_OVERLAP, overlap.least) if overlap is not None else LEAST_OVERLAP

    def _areas(self, held: JointScores) -> PairedAuc:
        """Both areas and their difference, or why there are none."""
        share = held.coverage.share
        why = None
        if self.hidden:
            why = undefined("outcome_not_observed", level=self.level)
        elif share is None:
            why = undefined("empty_cell", level=self.level)
        elif share < self.least:
            why = undefined("overlap_too_small", level=self.level)
        if why is None:
            return paired_auc(held.positives, held.negatives, level=self.level)
        none = Auc(why, None, float(held.positives.sum()), float(held.negatives.sum()), 0.0, few=False)
        return PairedAuc(none, none, why, None)

    def row(self, group: Group, held: JointScores, *, unknown: bool) -> dict[str, Any]:
        """Both areas of some people."""
        areas = self._areas(held)
        open_ = [
            0.0 if exact else side.binning for exact, side in zip(self.exact, (areas.first, areas.second), strict=True)
        ]
        return {
            "first": "decision",
            "second": self.key,
            "group": group_json(group),
            "unknown": unknown,
            "both": held.coverage.both,
            "only_first": held.coverage.only_first,
            "only_second": held.coverage.only_second,
            "neither": held.coverage.neither,
            "outcome_unknown": held.unknown,
            "positives": int(areas.first.positives),
            "negatives": int(areas.first.negatives),
            "few": areas.first.few,
            "first_area": areas.first.area.to_json(),
            "second_area": areas.second.area.to_json(),
            "difference": areas.difference.to_json(),
            "binning": sum(open_),
            "log10_p": areas.log10_p,
        }

    def gap(self, group: Group, comparator: dict[str, str], own: JointScores, others: JointScores) -> dict[str, Any]:
        """The difference of the areas in a group less that among others."""
        one, other = self._areas(own).difference, self._areas(others).difference
        gap: Measure = difference_of(one, other)
        return {
            "first": "decision",
            "second": self.key,
            "group": group_json(group),
            "comparator": comparator,
            "group_difference": one.to_json(),
            "comparator_difference": other.to_json(),
            "gap": gap.to_json(),
            "role": "exploratory",
        }
