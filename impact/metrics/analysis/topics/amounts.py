"""Predicted amounts: how far off predictions are, in which direction, and for whom.

In: a plan with ``columns.amount``, the groups of its audit and the aggregate ``amounts``. Out: plain rows for
``tables.amounts`` and ``amount_gaps`` of findings.json. A pure function of exact sums. No row is a verdict.
Personal data: none; the aggregate holds sums over people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.exploring import adjusted, comparators, require_same_people
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.statistics.measure import Measure
from impact.metrics.statistics.regression import (
    Moments,
    mean,
    mean_difference,
    root_mean_square,
    share,
    share_difference,
)
from impact.metrics.tables.amount_counts import AmountCounts, ErrorSums

__all__ = ["AMOUNT_TABLES", "amount_tables"]

AMOUNT_TABLES = ("amounts", "amount_gaps")

FEW_VALUES = 20  # errors are skewed, and Student's limits for the mean of fewer are then not reliable
_MEANS = ("mean_error", "mean_absolute_error")
_SHARES = ("over", "under")

Rows = list[dict[str, Any]]


def amount_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for everybody and for each level of each single characteristic.

    Args:
        inputs: The audit. Without the aggregate ``amounts`` every list is empty.

    Returns:
        ``amounts``: how many have both amounts, their means, the mean error (prediction less outcome) and the mean
        absolute error with Student's intervals, the root mean squared error, and the shares predicted too much, too
        little and near enough with Wilson's. ``amount_gaps``: each group against those known not to share the
        characteristic, and against the named reference group: differences of means with Welch's interval, of shares
        with Newcombe's, and p-values adjusted over the table.

    Raises:
        MetricError: D91, when the aggregate is not of these people, or of another amount than the plan's.
    """
    found: dict[str, Rows] = {name: [] for name in AMOUNT_TABLES}
    table, amount = inputs.aggregates.get("amounts"), inputs.plan.columns.amount
    if table is None or amount is None:
        return found
    counts = AmountCounts(table, amount)
    require_same_people(inputs, table)
    level, per = 1 - inputs.plan.rules.alpha, 10**amount.decimals
    found["amounts"].append(_row(EVERYBODY, counts.of(), per, level, unknown=False))
    gaps: Rows = []
    for part in narrow(inputs.parts):
        key = part.keys[0]
        for group in part.groups():
            own = counts.of(key, group[0][1])
            found["amounts"].append(_row(group, own, per, level, unknown=part.is_unknown(group)))
            for comparator, values in comparators(inputs.plan, part, group):
                others = sum((counts.of(key, value) for value in values), start=ErrorSums())
                head = {"group": group_json(group), "comparator": comparator}
                gaps += [{**head, **gap} for gap in _gaps(own, others, per, level)]
    found["amount_gaps"] = adjusted(gaps)
    return found


def _moments(sums: ErrorSums, per: int) -> dict[str, Moments]:
    """Of errors, and of their absolute values."""
    return {
        "mean_error": Moments(sums.n, sums.error, sums.squares, per),
        "mean_absolute_error": Moments(sums.n, sums.size, sums.squares, per),
    }


def _share(k: int, n: int, level: float) -> dict[str, Any]:
    return {"k": k, "n": n, **share(k, n, level=level).to_json()}


def _row(group: Group, sums: ErrorSums, per: int, level: float, *, unknown: bool) -> dict[str, Any]:
    moments = _moments(sums, per)
    return {
        "group": group_json(group),
        "unknown": unknown,
        "n": sums.n,
        "no_prediction": sums.no_prediction,
        "no_actual": sums.no_actual,
        "neither": sums.neither,
        "mean_predicted": sums.predicted / (sums.n * per) if sums.n else None,
        "mean_actual": sums.actual / (sums.n * per) if sums.n else None,
        "few": 0 < sums.n < FEW_VALUES,
        "mean_error": mean(moments["mean_error"], level=level).to_json(),
        "mean_absolute_error": mean(moments["mean_absolute_error"], level=level, least=0.0).to_json(),
        "root_mean_squared_error": root_mean_square(moments["mean_error"], level=level).to_json(),
        "over": _share(sums.over, sums.n, level),
        "under": _share(sums.under, sums.n, level),
        "near_enough": _share(sums.n - sums.over - sums.under, sums.n, level),
    }


def _gaps(own: ErrorSums, others: ErrorSums, per: int, level: float) -> Iterator[dict[str, Any]]:
    one, other = _moments(own, per), _moments(others, per)
    for name in _MEANS:
        sides = [mean(side[name], level=level).value for side in (one, other)]
        yield _gap(name, own, others, sides, *mean_difference(one[name], other[name], level=level))
    for name in _SHARES:
        k1, k2 = getattr(own, name), getattr(others, name)
        sides = [share(k1, own.n, level=level).value, share(k2, others.n, level=level).value]
        yield _gap(name, own, others, sides, *share_difference(k1, own.n, k2, others.n, level=level))


def _gap(
    name: str,
    own: ErrorSums,
    others: ErrorSums,
    sides: list[float | None],
    difference: Measure,
    log10_p: float | None,
) -> dict[str, Any]:
    return {
        "measure": name,
        "n": own.n,
        "comparator_n": others.n,
        "few": 0 < min(own.n, others.n) < FEW_VALUES,
        "value": sides[0],
        "comparator_value": sides[1],
        "difference": difference.to_json(),
        "log10_p": log10_p,
    }
