"""Like with like: every declared comparison within the strata of each declared column, beside the crude one.

In: a plan, the groups of its audit and the aggregate ``strata``. Out: plain rows for ``tables.strata``,
``tables.strata_levels``, ``tables.stratified`` and ``tables.conditional_disparity`` of findings.json.
Refuses to give a conditional figure alone: each row holds the crude one too, the role of the column and what was left
out. Personal data: none; the aggregate holds counts by stratum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.catalogue import CATALOGUE, plain_label
from impact.metrics.analysis.comparisons import Comparison, Pending, comparisons
from impact.metrics.analysis.evidence import Rows
from impact.metrics.analysis.levels import Group, Grouping, group_json
from impact.metrics.analysis.rates import rates
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.stratified import (
    Pooled,
    conditional_disparity,
    crude_difference,
    crude_ratios,
    mantel_haenszel,
    opposite,
    standardised,
)
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING, Cell
from impact.metrics.words import others, subject

__all__ = ["MAX_COMPARISONS", "MAX_STRATA", "SPARSE", "strata_tables"]

MAX_STRATA = 200  # with more, a stratum is nearly a person, and pooling nearly a matching that nobody checked
MAX_COMPARISONS = 1_000  # of one column: each takes milliseconds, and `impact verify` makes all of them again
# People on either side of a stratum, on average. Below this the interval of a standardised difference is too narrow:
# 89% instead of 95% with 3 on one side and 9 on the other in 50 strata, 98% with 10 and 30 (simulated).
SPARSE = 10

ByStratum = Mapping[str, Mapping[str, Tally]]  # level of a group -> stratum -> tally


Crude = tuple[Measure, tuple[Measure, Measure]]  # difference; odds ratio and ratio


@dataclass(frozen=True)
class _Column:
    """One stratum column: its key, its known strata in order, and the tallies of each characteristic by stratum."""

    key: str
    strata: tuple[str, ...]
    tallies: Mapping[str, ByStratum]
    kept: dict[tuple[str, str], dict[str, list[int]]] = field(default_factory=dict)

    def counts(self, key: str, levels: Sequence[str], name: str, measure: Callable[[Tally], int]) -> list[int]:
        """By stratum, how many of these levels of a characteristic; ``name`` says what is measured."""
        if (key, name) not in self.kept:
            empty = Tally()
            self.kept[key, name] = {
                level: [measure(by.get(stratum, empty)) for stratum in self.strata]
                for level, by in self.tallies[key].items()
            }
        held = self.kept[key, name]
        found = [held[level] for level in levels if level in held]
        return [sum(column) for column in zip(*found, strict=True)] if found else [0] * len(self.strata)


def strata_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Rows for each stratum column, primary metric and group, against those not sharing and a named reference group.

    Args:
        inputs: The audit. Without strata in the plan, or without their counts, there are no tables at all.

    Returns:
        ``strata``: one row for each column with its role, justification and size; ``strata_levels``: people by stratum;
        ``stratified``: crude difference and ratio over everybody, pooled odds and risk ratio (Mantel-Haenszel), the
        directly standardised difference, the test of homogeneity, and how many people each of these leaves out;
        ``conditional_disparity``: a group's share of those at a disadvantage less its share of the others, overall and
        within strata (Wachter). A column with too many strata, or comparisons, has its row in ``strata`` and no others.

    Raises:
        MetricError: D92, when the counts by stratum do not add up to the cells.
    """
    plan, table = inputs.plan, inputs.aggregates.get("strata")
    if not plan.strata or table is None:
        return {}
    singles = tuple(part for part in inputs.parts if len(part.keys) == 1 and not part.too_many)
    found = rates(plan, singles, everybody=inputs.everybody, seen=inputs.seen, sizing=Rows())
    pending = [each for each in comparisons(plan, singles, rates=found) if each[0].role == "primary"]
    made: dict[str, list[dict[str, Any]]] = {
        "strata": [],
        "strata_levels": [],
        "stratified": [],
        "conditional_disparity": [],
    }
    # The order is that of the counted table: a plan that has been through canonical JSON has its keys sorted.
    keys = [key for key in table.keys if key in plan.strata]
    if set(keys) != set(plan.strata) or any(key not in table.keys for key in plan.groups):
        raise _unequal("lack a column of the plan")
    crude = _crude(plan, pending)
    for key in keys:
        levels = _levels(table, key)
        reason = "too_many_levels" if len(levels) > MAX_STRATA or len(pending) > MAX_COMPARISONS else None
        made["strata"].append(_about(inputs, table, key, levels, comparisons=len(pending), reason=reason))
        if reason is not None:
            continue
        made["strata_levels"] += _level_rows(key, levels)
        column = _column(inputs, table, key, levels, singles)
        made["stratified"] += [
            _row(plan, column, each, singles, plain) for each, plain in zip(pending, crude, strict=True)
        ]
        made["conditional_disparity"] += _disparities(plan, column, singles)
    return made


def _levels(table: Aggregate, key: str) -> dict[str, int]:
    rolled = table.roll(key)
    counts = zip(rolled.keys[key].tolist(), rolled.measures["n"].tolist(), strict=True)
    return dict(sorted(counts, key=lambda each: (each[0] == MISSING, each[0])))


def _about(
    inputs: Inputs, table: Aggregate, key: str, levels: Mapping[str, int], *, comparisons: int, reason: str | None
) -> dict[str, Any]:
    stratum, least = inputs.plan.strata[key], inputs.plan.disclosure.min_cell
    return {
        "group": {},
        "stratum": key,
        "role": stratum.role,
        "justification": stratum.justification,
        "strata": len([level for level in levels if level != MISSING]),
        "people": sum(levels.values()),
        "unknown": levels.get(MISSING, 0),
        "comparisons": comparisons,
        "limits": {"strata": MAX_STRATA, "comparisons": MAX_COMPARISONS},
        # Of the attached table, by all groups and strata together: its counts are smaller than those of the cells.
        "counts": len(table),
        "small_counts": int((table.measures["n"] < least).sum()),
        "min_cell": least,
        "reason": reason,
    }


def _level_rows(key: str, levels: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    everybody = sum(levels.values())
    for level, n in levels.items():
        part = n / everybody
        yield {"group": {}, "stratum": key, "level": level, "n": n, "share": part, "unknown": level == MISSING}


def _column(
    inputs: Inputs, table: Aggregate, key: str, levels: Mapping[str, int], singles: tuple[Grouping, ...]
) -> _Column:
    found = {part.keys[0]: _tallies(inputs.plan, table, part.keys[0], key) for part in singles}
    for part in singles:
        whole = {level: sum(by.values(), Tally()) for level, by in found[part.keys[0]].items()}
        if whole != {values[0]: held for values, held in part.tallies.items()}:
            raise _unequal("do not add up to the cells")
    return _Column(key, tuple(level for level in levels if level != MISSING), found)


def _tallies(plan: AuditPlan, table: Aggregate, group: str, key: str) -> ByStratum:
    outcome = plan.columns.outcome
    after_yes = outcome is not None and outcome.observed_when == "decision_yes"
    rolled = table.roll(group, key, "outcome", "decision", "human")
    columns = [rolled.keys[name].tolist() for name in (group, key, "outcome", "decision", "human")]
    cells: dict[str, dict[str, list[Cell]]] = {}
    for level, stratum, y, d, h, n in zip(*columns, rolled.measures["n"].tolist(), strict=True):
        # As the cells: where outcomes exist only after a yes, one that is recorded for a no is nobody's finding.
        known = -1 if after_yes and d == 0 else y
        cells.setdefault(level, {}).setdefault(stratum, []).append(Cell((), known, d, h, n))
    return {level: {stratum: tally(each) for stratum, each in by.items()} for level, by in cells.items()}


def _unequal(found: str) -> MetricError:
    return MetricError(Fault("strata", f"the counts by stratum {found}", "", "Count the data again", "D92"))


def _crude(plan: AuditPlan, pending: Sequence[Pending]) -> list[Crude | None]:
    """The figures without strata, over everybody; one search finds all of Koopman's limits."""
    sides = [
        [
            int(part(side))
            for side in (own, other)
            for part in (CATALOGUE[one.metric].numerator, CATALOGUE[one.metric].denominator)
        ]
        for one, own, other, reason in pending
        if reason is None
    ]
    level = 1 - plan.rules.alpha
    ratios = iter(crude_ratios(*zip(*sides, strict=True), level=level) if sides else [])
    differences = iter(crude_difference(k1, n1, k2, n2, level) for k1, n1, k2, n2 in sides)
    return [None if reason is not None else (next(differences), next(ratios)) for *_, reason in pending]


def _row(
    plan: AuditPlan, column: _Column, pending: Pending, singles: tuple[Grouping, ...], crude: Crude | None
) -> dict[str, Any]:
    comparison, own, other, reason = pending
    row: dict[str, Any] = {
        "group": group_json(comparison.group),
        "comparator": comparison.comparator_json(),
        "metric": comparison.metric,
        "stratum": column.key,
        "role": plan.strata[column.key].role,
        "reason": reason,
    }
    if crude is None:
        return row | dict.fromkeys(_FIGURES)
    metric, level = CATALOGUE[comparison.metric], 1 - plan.rules.alpha
    difference, ratios = crude
    key, value = comparison.group[0]
    part = next(each for each in singles if each.keys == (key,))
    against = [comparison.reference] if comparison.reference is not None else _rest(part, comparison.group)
    k1, n1, k2, n2 = (
        column.counts(key, levels, f"{metric.key} {name}", measure)
        for levels in ([value], against)
        for name, measure in (("k", metric.numerator), ("n", metric.denominator))
    )
    pooled = mantel_haenszel(k1, n1, k2, n2, level=level, crude=ratios)
    spread = standardised(k1, n1, k2, n2, level=level)
    matched = [(a, b) for a, b in zip(n1, n2, strict=True) if a and b]
    smaller = min(sum(a for a, _ in matched), sum(b for _, b in matched))
    everybody = metric.denominator(own) + metric.denominator(other)
    reverses = _reverses(difference, pooled.risk_ratio)
    return row | {
        "crude_difference": difference.to_json(),
        "crude_ratio": ratios[1].to_json(),
        "crude_odds_ratio": ratios[0].to_json(),
        "pooled_ratio": pooled.risk_ratio.to_json(),
        "pooled_odds_ratio": pooled.odds_ratio.to_json(),
        "standardised_difference": spread.difference.to_json(),
        "p_no_difference": pooled.p,
        "p_homogeneity": pooled.p_homogeneity,
        "strata": len(column.strata),
        "strata_informative": pooled.informative,
        "people_uninformative": int(pooled.uninformative),
        "strata_compared": pooled.strata,
        "people_without_counterpart": int(pooled.left_out),
        "people_unknown": everybody - sum(n1) - sum(n2),
        "sparse": bool(matched) and smaller < SPARSE * len(matched),
        "reverses": reverses,
        "remark": _remark(plan, comparison, column.key, difference, pooled) if reverses else None,
    }


_FIGURES = (
    "crude_difference",
    "crude_ratio",
    "crude_odds_ratio",
    "pooled_ratio",
    "pooled_odds_ratio",
    "standardised_difference",
    "p_no_difference",
    "p_homogeneity",
    "strata",
    "strata_informative",
    "people_uninformative",
    "strata_compared",
    "people_without_counterpart",
    "people_unknown",
    "sparse",
    "reverses",
    "remark",
)


def _rest(part: Grouping, group: Group) -> list[str]:
    """Levels of those who are known not to share the characteristic."""
    return [level for level in part.levels[0] if level not in part.unknown[0] and level != group[0][1]]


def _reverses(difference: Measure, ratio: Measure) -> bool | None:
    """Whether crude and pooled lie on opposite sides of no difference; None where one of them has no value."""
    if difference.value is None or ratio.value is None:
        return None
    return opposite(difference.value, ratio.value - 1)


def _remark(plan: AuditPlan, comparison: Comparison, key: str, crude: Measure, pooled: Pooled) -> str:
    higher, lower = ("higher", "lower") if (crude.value or 0) > 0 else ("lower", "higher")
    label = plain_label(plan, comparison.metric)
    who, whom = subject(plan, comparison.group), others(plan, comparison.group, comparison.reference)
    ends = pooled.risk_ratio.interval
    settled = ends is not None and not ends[0] <= 1 <= ends[1]
    doubt = "" if settled else " The interval within strata includes no difference."
    return (
        f"The direction turns round: “{label}” is {higher} for {who} than for {whom} overall, and {lower} "
        f"within strata of {key}, pooled (known as Simpson’s paradox).{doubt}"
    )


def _disparities(plan: AuditPlan, column: _Column, singles: tuple[Grouping, ...]) -> Iterator[dict[str, Any]]:
    benefit = plan.columns.decision.effect == "benefit"
    for part in singles:
        key = part.keys[0]
        known = [level for level in part.levels[0] if level not in part.unknown[0]]
        for level in known:
            yes, no = (
                tuple(column.counts(key, levels, name, measure) for levels in ([level], known))
                for name, measure in (("yes", lambda t: t.yes), ("no", lambda t: t.no))
            )
            worse, better = (no, yes) if benefit else (yes, no)
            found = conditional_disparity(*worse, *better, level=1 - plan.rules.alpha)
            # Overall means everybody, those without a stratum too, as in the crude figures of every comparison.
            own = part.tallies.get((level,), Tally())
            all_known = sum((part.tallies.get((each,), Tally()) for each in known), Tally())
            overall = [(own.yes, all_known.yes), (own.no, all_known.no)]
            (k1, n1), (k2, n2) = reversed(overall) if benefit else overall
            crude = crude_difference(k1, n1, k2, n2, 1 - plan.rules.alpha)
            # Nobody's share of either is 0, which is no absence of disparity.
            none = None if (level,) in part.tallies else undefined("empty_cell", level=1 - plan.rules.alpha).to_json()
            yield {
                "group": group_json(((key, level),)),
                "stratum": column.key,
                "role": plan.strata[column.key].role,
                "at_a_disadvantage": "no" if benefit else "yes",
                "crude": none or crude.to_json(),
                "conditional": none or found.conditional.to_json(),
                "strata_compared": found.strata,
                "people_without_counterpart": int(found.left_out),
                "people_unknown": all_known.yes + all_known.no - sum(worse[1]) - sum(better[1]),
            }
