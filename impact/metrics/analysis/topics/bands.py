"""Ordered risk bands: who is in a higher band, whether outcomes rise with the band, and whether a person agrees.

In: a plan with ``columns.band``, the groups of its audit and the aggregate ``bands``. Out: plain rows for
``tables.bands``, ``band_gaps``, ``band_outcomes``, ``band_order`` and ``band_agreement`` of findings.json. A pure
function of counts: the bands keep their order throughout. No row is a verdict; all of it is exploratory.
Personal data: none; the aggregate holds counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.analysis.topics.same_people import same_people
from impact.metrics.plans.plan_rules import canonical_value
from impact.metrics.statistics.intervals import newcombe
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.ordinal import (
    band_outcomes,
    cumulative_rates,
    superiority,
    total_variation,
    weighted_kappa,
)
from impact.metrics.statistics.scores.auc import FEW_POSITIVES
from impact.metrics.tables.band_counts import BandCounts

if TYPE_CHECKING:
    from impact.metrics.tables.band_counts import Counts

__all__ = ["BAND_TABLES", "band_tables"]

BAND_TABLES = ("bands", "band_gaps", "band_outcomes", "band_order", "band_agreement")

Rows = list[dict[str, Any]]


def band_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Without the aggregate ``bands`` every list is empty.

    Returns:
        ``bands``: people in each band, and the share in it or a higher one with Wilson's interval. ``band_gaps``: each
        group against those known not to share the characteristic, and against the named reference group: the chance
        that somebody of the group is in the higher band (ties one half) and half the sum of differences of shares.
        ``band_outcomes``: share with the outcome in each band, and the step from the band before with Newcombe's
        interval. ``band_order``: where that share falls although the band rises, and its trend. ``band_agreement``:
        the person's band against the scorer's. Outcomes that exist only after a yes are not used: whoever has a band
        and a yes was chosen by it.

    Raises:
        MetricError: D91, when the aggregate is not of these people, or of other bands than the plan's.
    """
    found: dict[str, Rows] = {name: [] for name in BAND_TABLES}
    table, band = inputs.aggregates.get("bands"), inputs.plan.columns.band
    if table is None or band is None:
        return found
    counts = BandCounts(table)
    named = tuple(canonical_value(each) for each in band.order)
    if counts.order != named or counts.judged != (band.human is not None) or not same_people(inputs, table):
        wrong = "“bands” counts other people than the cells, or other bands than the plan"
        raise MetricError(Fault("bands", wrong, "", "Take the files that impact wrote together", "D91"))
    made = _Bands(inputs, counts)
    made.add(EVERYBODY, counts.people()[""], counts.judgements()[""] if counts.judged else None, found)
    for part in narrow(inputs.parts):
        made.characteristic(part, found)
    return found


class _Bands:
    """The bands of one audit and everything that is said of them."""

    def __init__(self, inputs: Inputs, counts: BandCounts) -> None:
        self.plan, self.counts = inputs.plan, counts
        self.level = 1 - inputs.plan.rules.alpha
        self.outcome = inputs.plan.columns.outcome

    def characteristic(self, part: Grouping, found: dict[str, Rows]) -> None:
        """All rows of one characteristic."""
        import numpy as np

        size = len(self.counts.order) + 1
        held = self.counts.people(part.keys[0])
        judged = self.counts.judgements(part.keys[0]) if self.counts.judged else {}
        nobody, none = np.zeros((3, size), dtype=np.int64), np.zeros((size, size), dtype=np.int64)
        sides = {group: held.get(group[0][1], nobody) for group in part.groups()}
        known = sum((each for group, each in sides.items() if not part.is_unknown(group)), start=nobody)
        reference = self.plan.comparator.also.get(part.keys[0])
        for group, people in sides.items():
            self.add(group, people, judged.get(group[0][1], none) if self.counts.judged else None, found)
            if part.is_unknown(group):
                continue
            found["band_gaps"].append(self._gap(group, {"kind": "not_sharing"}, people, known - people))
            if reference is not None and group[0][1] != reference:
                comparator = {"kind": "reference", "value": reference}
                others = sides.get(((part.keys[0], reference),), nobody)
                found["band_gaps"].append(self._gap(group, comparator, people, others))

    def add(self, group: Group, people: Counts, judged: Counts | None, found: dict[str, Rows]) -> None:
        """All rows of one group by itself."""
        found["bands"] += self._shares(group, people)
        if self.outcome is not None:
            rows, order = self._outcomes(group, people)
            found["band_outcomes"] += rows
            found["band_order"].append(order)
        if judged is not None:
            found["band_agreement"].append(self._agreement(group, judged))

    def _shares(self, group: Group, people: Counts) -> Iterator[dict[str, Any]]:
        by_band = people.sum(axis=0)
        total = int(by_band[1:].sum())
        rates = cumulative_rates(by_band[1:], level=self.level)
        for place, rate in enumerate(rates):
            yield {
                "group": group_json(group),
                "band": self.counts.order[place],
                "place": place,
                "n": int(by_band[1 + place]),
                "people": total,
                "no_band": int(by_band[0]),
                "at_least_n": int(by_band[1 + place :].sum()),
                "at_least": rate.to_json(),
            }

    def _gap(self, group: Group, comparator: Mapping[str, str], own: Counts, others: Counts) -> dict[str, Any]:
        one, other = own.sum(axis=0)[1:], others.sum(axis=0)[1:]
        return {
            "group": group_json(group),
            "comparator": dict(comparator),
            "people": int(one.sum()),
            "others": int(other.sum()),
            "superiority": superiority(one, other, level=self.level).to_json(),
            "few": bool(min(one.sum(), other.sum()) < FEW_POSITIVES),
            "total_variation": total_variation(one, other).to_json(),
        }

    def _outcomes(self, group: Group, people: Counts) -> tuple[Rows, dict[str, Any]]:
        """The share with the outcome in each band, and what its order says."""
        head = {"group": group_json(group)}
        if self.outcome is not None and self.outcome.observed_when == "decision_yes":
            none = undefined("outcome_not_observed", level=self.level).to_json()
            return [], {**head, "steps": 0, "falls": [], "falls_shown": [], "slope": none, "log10_p": None}
        k, n = people[2, 1:], people[1:, 1:].sum(axis=0)
        made = band_outcomes(k, n, level=self.level)
        rows: Rows = []
        falls: list[list[str]] = []
        shown: list[list[str]] = []
        before: int | None = None
        for place, rate in enumerate(made.rates):
            step = None
            if rate.value is not None and before is not None:
                step = self._step((int(k[before]), int(n[before])), (int(k[place]), int(n[place])))
                if place in made.falls:
                    pair = [self.counts.order[before], self.counts.order[place]]
                    falls.append(pair)
                    if step.high is not None and step.high < 0:
                        shown.append(pair)
            rows.append(
                {
                    **head,
                    "band": self.counts.order[place],
                    "place": place,
                    "k": int(k[place]),
                    "n": int(n[place]),
                    "unknown": int(people[0, 1 + place]),
                    "rate": rate.to_json(),
                    "step": None if step is None else step.to_json(),
                }
            )
            before = place if rate.value is not None else before
        steps = sum(row["step"] is not None for row in rows)
        trend = made.trend
        order = {**head, "steps": steps, "falls": falls, "falls_shown": shown, "slope": trend.slope.to_json()}
        return rows, {**order, "log10_p": trend.log10_p}

    def _step(self, before: tuple[int, int], here: tuple[int, int]) -> Measure:
        limits = newcombe(*here, *before, level=self.level)
        gap = here[0] / here[1] - before[0] / before[1]
        assert limits is not None, "only bands with a share are compared"
        return Measure(gap, limits.low, limits.high, self.level, limits.method)

    def _agreement(self, group: Group, judged: Counts) -> dict[str, Any]:
        import numpy as np

        both = judged[1:, 1:]
        return {
            "group": group_json(group),
            "n": int(both.sum()),
            "without": int(judged.sum() - both.sum()),
            "same": int(np.trace(both)),
            "person_higher": int(np.tril(both, -1).sum()),
            "person_lower": int(np.triu(both, 1).sum()),
            "kappa_linear": weighted_kappa(both, level=self.level).to_json(),
            "kappa_quadratic": weighted_kappa(both, weights="quadratic", level=self.level).to_json(),
        }
