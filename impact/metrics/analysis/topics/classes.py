"""Classes without an order: which are found, which are named wrongly, and for whom.

In: a plan with ``columns.classes``, the groups of its audit and the aggregate ``classes``. Out: plain rows for
``tables.classes``, ``class_rates``, ``class_gaps`` and ``class_confusion`` of findings.json. A pure function of
counts. No row is a verdict. Personal data: none; the aggregate holds counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.exploring import adjusted, comparators, require_same_people
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.plans.plan_rules import canonical_value
from impact.metrics.statistics.classes import RATES, averages, one_against_rest
from impact.metrics.statistics.gaps import difference_of
from impact.metrics.statistics.regression import share, share_difference
from impact.metrics.tables.class_counts import ClassCounts

if TYPE_CHECKING:
    from impact.metrics.tables.class_counts import Counts

__all__ = ["CLASS_TABLES", "class_tables"]

CLASS_TABLES = ("classes", "class_rates", "class_gaps", "class_confusion")

Rows = list[dict[str, Any]]


def class_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Without the aggregate ``classes`` every list is empty.

    Returns:
        ``classes``: how many have both classes, the share whose class was predicted, and recall and precision
        averaged over classes. ``class_rates``: each class against the rest, with Wilson's intervals. ``class_gaps``:
        each group against those known not to share the characteristic, and against the named reference group: the
        same rates with Newcombe's intervals and p-values adjusted over the table, and the average recall by
        square-and-add. ``class_confusion``: people by true and predicted class.

    Raises:
        MetricError: D91, when the aggregate is not of these people, or of other classes than the plan's.
    """
    found: dict[str, Rows] = {name: [] for name in CLASS_TABLES}
    table, classes = inputs.aggregates.get("classes"), inputs.plan.columns.classes
    if table is None or classes is None:
        return found
    made = _Classes(ClassCounts(table, tuple(map(canonical_value, classes.values))), 1 - inputs.plan.rules.alpha)
    require_same_people(inputs, table)
    made.add(EVERYBODY, made.counts.of("", ("",)), found, unknown=False)
    gaps: Rows = []
    for part in narrow(inputs.parts):
        for group in part.groups():
            own = made.counts.of(part.keys[0], (group[0][1],))
            made.add(group, own, found, unknown=part.is_unknown(group))
            for comparator, values in comparators(inputs.plan, part, group):
                others = made.counts.of(part.keys[0], values)
                gaps += [
                    {"group": group_json(group), "comparator": comparator, **gap} for gap in made.gaps(own, others)
                ]
    found["class_gaps"] = adjusted(gaps)
    return found


class _Classes:
    """The classes of one audit."""

    def __init__(self, counts: ClassCounts, level: float) -> None:
        self.counts, self.level = counts, level

    def add(self, group: Group, people: Counts, found: dict[str, Rows], *, unknown: bool) -> None:
        """All rows of one group by itself."""
        known = people[1:, 1:]
        of = averages(known, level=self.level)
        found["classes"].append(
            {
                "group": group_json(group),
                "unknown": unknown,
                "n": of.n,
                "no_prediction": int(people[1:, 0].sum()),
                "no_actual": int(people[0, 1:].sum()),
                "neither": int(people[0, 0]),
                "accuracy": {"k": of.right, "n": of.n, **of.accuracy.to_json()},
                "macro_recall": of.macro_recall.to_json(),
                "macro_precision": of.macro_precision.to_json(),
                "weighted_precision": of.weighted_precision.to_json(),
            }
        )
        for place, name in enumerate(self.counts.classes):
            row: dict[str, Any] = {"group": group_json(group), "unknown": unknown, "class": name}
            for rate, (k, n) in one_against_rest(known, place).items():
                row[rate] = {"k": k, "n": n, **share(k, n, level=self.level).to_json()}
            found["class_rates"].append(row)
            for other, predicted in enumerate(self.counts.classes):
                n = int(known[place, other])
                found["class_confusion"].append(
                    {"group": group_json(group), "actual": name, "predicted": predicted, "n": n}
                )

    def gaps(self, own: Counts, others: Counts) -> Iterator[dict[str, Any]]:
        """A group less those it is compared with."""
        one, other = averages(own[1:, 1:], level=self.level), averages(others[1:, 1:], level=self.level)
        yield self._gap(None, "accuracy", (one.right, one.n), (other.right, other.n))
        yield {
            "class": None,
            "rate": "macro_recall",
            "group_rate": one.macro_recall.to_json(),
            "comparator_rate": other.macro_recall.to_json(),
            "difference": difference_of(one.macro_recall, other.macro_recall).to_json(),
            "log10_p": None,
        }
        for place, name in enumerate(self.counts.classes):
            mine, theirs = (one_against_rest(side[1:, 1:], place) for side in (own, others))
            for rate in RATES:
                yield self._gap(name, rate, mine[rate], theirs[rate])

    def _gap(self, name: str | None, rate: str, one: tuple[int, int], other: tuple[int, int]) -> dict[str, Any]:
        difference, log10_p = share_difference(*one, *other, level=self.level)
        sides = [{"k": k, "n": n, **share(k, n, level=self.level).to_json()} for k, n in (one, other)]
        return {
            "class": name,
            "rate": rate,
            "group_rate": sides[0],
            "comparator_rate": sides[1],
            "difference": difference.to_json(),
            "log10_p": log10_p,
        }
