"""Measures of a whole characteristic: largest gap, mutual information, differential fairness, entropy between groups.

In: the key of a measure and groupings. Out: rows for ``tables.measures_across``. Only groups that people are known to
belong to; who is not known to belong to any is left out, and the rates count them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from impact.metrics.analysis.catalogue import CATALOGUE, computable
from impact.metrics.analysis.levels import Grouping
from impact.metrics.analysis.rates import hidden_because
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import table_of
from impact.metrics.statistics.entropy import between_groups, differential_fairness, mutual_information
from impact.metrics.statistics.measure import Measure
from impact.metrics.statistics.worst_gap import worst_gap

__all__ = ["across_rows"]


def across_rows(key: str, inputs: Inputs, single: list[Grouping]) -> Iterator[dict[str, Any]]:
    """Rows of one measure for every single characteristic.

    Each has ``characteristic``, ``measure``, ``of`` (a rate, or which question is asked), ``estimate``, and what else
    belongs to the measure: the two groups of the largest gap, the value that chance alone gives and a p-value.
    """
    make = {
        "worst_gap": _worst_gap,
        "mutual_information": _information,
        "differential_fairness": _differential,
        "between_group_entropy": _between,
    }[key]
    for part in single:
        known = [group for group in part.groups() if not part.is_unknown(group) and part.of(group).n]
        names, tallies = [group[0][1] for group in known], [part.of(group) for group in known]
        for row in make(inputs, part, names, tallies):
            yield {"characteristic": part.keys[0], "measure": key, **row}


def _row(of: str, found: Measure | str, people: int, **more: Any) -> dict[str, Any]:
    """All columns of every measure, so that a table has the same columns throughout."""
    if isinstance(found, str):
        estimate: dict[str, Any] = {"value": None, "ci": None, "level": None, "method": None, "reason": found}
    else:
        estimate = found.to_json()
    empty = {"share": None, "chance": None, "p": None, "highest": None, "lowest": None, "pairs": None}
    return {"of": of, "people": people, "estimate": estimate, **empty, **more}


def _worst_gap(inputs: Inputs, part: Grouping, names: list[str], tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    for key in inputs.plan.rules.primary:
        if key not in computable(inputs.plan):
            continue
        metric = CATALOGUE[key]
        k, n = [metric.numerator(t) for t in tallies], [metric.denominator(t) for t in tallies]
        hidden = hidden_because(key, part, inputs.seen)
        if hidden:
            yield _row(key, hidden, 0)
            continue
        found = worst_gap(k, n, level=1 - inputs.plan.rules.alpha)
        more: dict[str, Any] = {"pairs": found.pairs}
        if found.highest is not None and found.lowest is not None:
            more |= {"highest": names[found.highest], "lowest": names[found.lowest]}
        yield _row(key, found.gap, sum(n), **more)


def _information(inputs: Inputs, part: Grouping, _names: list[str], tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    level = 1 - inputs.plan.rules.alpha
    decided = [[t.yes for t in tallies], [t.no for t in tallies]]
    by_outcome = [
        [[t.tp for t in tallies], [t.fn for t in tallies]],
        [[t.fp for t in tallies], [t.tn for t in tallies]],
    ]
    by_decision = [
        [[t.tp for t in tallies], [t.fp for t in tallies]],
        [[t.fn for t in tallies], [t.tn for t in tallies]],
    ]
    tables: list[tuple[str, str, Any]] = [("independence", "selection_rate", [decided])]
    if inputs.plan.columns.outcome is not None:
        tables += [("separation", "accuracy", by_outcome), ("sufficiency", "accuracy", by_decision)]
    for name, need, table in tables:
        hidden = hidden_because(need, part, inputs.seen)
        if hidden:
            yield _row(name, hidden, 0)
            continue
        found = mutual_information(table, level=level)
        people = sum(sum(map(sum, stratum)) for stratum in table)
        # Without its interval, which is never at 0 whatever the truth: the test, and what chance gives, say more.
        bare = replace(found.value, low=None, high=None, method="")
        yield _row(name, bare, people, share=found.normalised.value, chance=found.bias, p=found.p)


def _differential(inputs: Inputs, part: Grouping, _names: list[str], tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    whole = inputs.plan.columns.outcome is not None
    hidden = hidden_because("accuracy", part, inputs.seen) if whole else None
    if not whole or hidden:
        n = [t.yes + t.no for t in tallies]
        why = hidden_because("selection_rate", part, inputs.seen)
        yield _row("decision", why or differential_fairness([t.yes for t in tallies], n), 0 if why else sum(n))
        if hidden:
            yield _row("outcome", hidden, 0)
            yield _row("amplification", hidden, 0)
        return
    # All three of the same people, so that the third is the first less the second.
    tables = [table_of(t) for t in tallies]
    n = [int(sum(t)) for t in tables]
    decision = differential_fairness([t[0] + t[1] for t in tables], n)
    outcome = differential_fairness([t[0] + t[2] for t in tables], n)
    yield _row("decision", decision, sum(n))
    yield _row("outcome", outcome, sum(n))
    if decision.value is None or outcome.value is None:
        yield _row("amplification", decision if decision.value is None else outcome, sum(n))
    else:
        yield _row("amplification", Measure(decision.value - outcome.value), sum(n))


def _between(inputs: Inputs, part: Grouping, _names: list[str], tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    hidden = hidden_because("accuracy", part, inputs.seen)
    tables = [table_of(t) for t in tallies]
    people = 0 if hidden else int(sum(map(sum, tables)))
    yield _row("decisions", hidden or between_groups(tables or [[0.0] * 4]), people)
