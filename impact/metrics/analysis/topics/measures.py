"""The tables of further measures: of each group, of each pair, of each characteristic, as far as the plan asks.

In: ``Inputs``. Out: rows for ``tables.measures``, ``tables.measure_gaps`` and ``tables.measures_across``. A pure
function of tallies; where an interval is drawn, the seed is 0. Personal data: none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.measures import MEASURES, PAIRS, MeasureDefinition, PairDefinition, Table
from impact.metrics.analysis.rates import hidden_because
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.measures_across import across_rows
from impact.metrics.analysis.topics.pairs import narrow, pairs_of, table_of
from impact.metrics.plans.plan_also import Also
from impact.metrics.statistics.gaps import difference_of, ratio_of
from impact.metrics.statistics.joint_gaps import gap
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.resampling import dirichlet_difference
from impact.metrics.statistics.trade_offs import cost_of, expected_cost

__all__ = ["measure_tables"]

Rows = list[dict[str, Any]]


def measure_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows of every measure that the plan names.

    Args:
        inputs: The audit; ``plan.also.measures`` says which. Only single characteristics are used, and only people
            whose decision and outcome are both known, except where a measure needs less.

    Returns:
        ``measures``: each group's own value, that of those it is compared with, and difference or ratio with its
        interval; ``direction`` only where the interval leaves out equality and the measure has a direction of harm.
        ``measure_gaps``: measures of a pair, with the two gaps each is made of. ``measures_across``: one row for a
        whole characteristic. All are exploratory: intervals are plain, not simultaneous over groups and measures.
    """
    also = inputs.plan.rules.also
    found: dict[str, Rows] = {"measures": [], "measure_gaps": [], "measures_across": []}
    if also is None or inputs.published:
        return found
    single = narrow(inputs.parts)
    for key in also.measures:
        if key in MEASURES:
            found["measures"] += _of_groups(_with_costs(MEASURES[key], also), inputs, single)
        elif key in PAIRS:
            found["measure_gaps"] += _of_pairs(PAIRS[key], inputs, single)
        else:
            found["measures_across"] += across_rows(key, inputs, single)
    return found


def _with_costs(entry: MeasureDefinition, also: Also) -> MeasureDefinition:
    """Expected cost with the prices of the plan; every other measure as it is."""
    if entry.key != "expected_cost" or also.costs is None:
        return entry
    prices = (also.costs.tp, also.costs.fp, also.costs.fn, also.costs.tn)
    return replace(
        entry,
        function=lambda table, level: expected_cost(table, prices, level=level),
        drawn=partial(cost_of, costs=prices),
    )


def _of_groups(entry: MeasureDefinition, inputs: Inputs, single: list[Grouping]) -> Iterator[dict[str, Any]]:
    level = 1 - inputs.plan.rules.alpha
    worse = entry.worse.get(inputs.plan.columns.decision.effect)
    hidden = "outcome_not_observed" if inputs.seen.outcomes_after_yes and entry.needs == "accuracy" else None
    own = _value(entry, inputs.everybody, level, hidden)
    yield _row(entry, EVERYBODY, inputs.everybody, own, worse)
    for part in single:
        reason = hidden_because(entry.needs, part, inputs.seen)
        for group, comparator, mine, others in pairs_of(inputs.plan, part):
            own = _value(entry, mine, level, reason)
            row = _row(entry, group, mine, own, worse)
            if others is not None:
                theirs = _value(entry, others, level, reason)
                row |= {"comparator": comparator, "others": _json(theirs, level)}
                if isinstance(own, Measure) and isinstance(theirs, Measure):
                    compared = _compare(entry, own, theirs, table_of(mine), table_of(others))
                    row |= {"comparison": compared.to_json(), "direction": _direction(entry, compared, worse)}
                else:
                    row["comparison"] = _json(own if isinstance(own, str) else theirs, level)
            yield row


def _row(entry: MeasureDefinition, group: Group, mine: Tally, own: Measure | str, worse: str | None) -> dict[str, Any]:
    return {
        "group": group_json(group),
        "measure": entry.key,
        "people": int(sum(table_of(mine))) if entry.needs == "accuracy" else mine.tp + mine.fp,
        "own": _json(own, None),
        "comparator": None,
        "others": None,
        "compared": entry.compared,
        "comparison": None,
        "worse_when": worse,
        "direction": None,
    }


def _value(entry: MeasureDefinition, tally: Tally, level: float, hidden: str | None) -> Measure | str:
    """The measure, or why it is not identified."""
    if tally.n == 0:
        return undefined("empty_cell", level=level)
    if hidden is not None:
        return hidden
    assert entry.function is not None, "a measure without a function came without its costs"
    found = entry.function(table_of(tally), level)
    # Unknown outcomes may hide the very people whom the measure lacks: "nobody" would be a claim too many.
    if found.value is None and found.low is None and CATALOGUE[entry.needs].open(tally) > 0:
        return "outcome_not_observed"
    return found


def _compare(entry: MeasureDefinition, own: Measure, theirs: Measure, mine: Table, others: Table) -> Measure:
    if entry.compared == "ratio":
        return ratio_of(own, theirs)
    if entry.drawn is None or own.value is None or theirs.value is None:
        return difference_of(own, theirs)
    return dirichlet_difference(mine, others, entry.drawn, level=own.level)


def _direction(entry: MeasureDefinition, found: Measure, worse: str | None) -> str | None:
    equal = 1.0 if entry.compared == "ratio" else 0.0
    if worse is None or found.low is None or found.high is None or found.low <= equal <= found.high:
        return None
    return "worse" if (found.low > equal) == (worse == "higher") else "better"


def _of_pairs(entry: PairDefinition, inputs: Inputs, single: list[Grouping]) -> Iterator[dict[str, Any]]:
    level = 1 - inputs.plan.rules.alpha
    for part in single:
        reason = next((why for key in entry.parts if (why := hidden_because(key, part, inputs.seen))), None)
        for group, comparator, mine, others in pairs_of(inputs.plan, part):
            if others is None:
                continue
            row: dict[str, Any] = {"group": group_json(group), "comparator": comparator, "measure": entry.key}
            hidden = reason if mine.n and others.n else None
            # Unknown outcomes may hide the people whom a denominator lacks, as for rates.
            found = hidden or entry.function(table_of(mine), table_of(others), level)
            row["estimate"] = _json(found, level)
            if row["estimate"]["value"] is None and any(
                CATALOGUE[k].open(t) for k in entry.parts for t in (mine, others)
            ):
                row["estimate"]["reason"] = hidden or "outcome_not_observed"
            for key in entry.parts:
                metric = CATALOGUE[key]
                sides = [(float(metric.numerator(t)), float(metric.denominator(t))) for t in (mine, others)]
                one = hidden or gap(sides[0], sides[1], level=level)
                row[f"{key}_difference"] = _json(one, level)
                if row[f"{key}_difference"]["value"] is None and hidden is None:
                    why = metric.undefined_because(mine) or metric.undefined_because(others)
                    row[f"{key}_difference"]["reason"] = why
            yield row


def _json(found: Measure | str, level: float | None) -> dict[str, Any]:
    if isinstance(found, Measure):
        return found.to_json()
    return {"value": None, "ci": None, "level": level, "method": None, "reason": found}
