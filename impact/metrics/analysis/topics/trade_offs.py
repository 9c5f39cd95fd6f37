"""The tables of trade-offs: what base rates force, and how wrong the record of outcomes would have to be.

In: ``Inputs``. Out: rows for ``tables.trade_offs`` and ``tables.label_error``. A pure function of tallies; where an
interval is drawn, the seed is 0. Personal data: none. Recommends no side of a trade-off and asserts no error rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from impact.metrics.analysis.catalogue import mirror_family
from impact.metrics.analysis.levels import Grouping, group_json
from impact.metrics.analysis.rates import hidden_because
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow, pairs_of, table_of
from impact.metrics.plans.plan_also import LabelError
from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.joint_gaps import gap
from impact.metrics.statistics.label_error import RateKey, gap_range, tipping_point
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.statistics.trade_offs import forced_gap_limits

__all__ = ["trade_off_tables"]

Rows = list[dict[str, Any]]
Table = tuple[float, float, float, float]


def trade_off_tables(inputs: Inputs) -> dict[str, Rows]:
    """Rows for each group of a single characteristic and those it is compared with.

    Args:
        inputs: The audit. Only people whose decision and outcome are both known are used.

    Returns:
        ``trade_offs`` with ``plan.also.trade_offs``: both base rates and their gap, the gap in false-positive rates,
        the part of it that equal hit rates and miss rates (those of both together) would force, and the rest, each with
        an interval. ``label_error`` with ``plan.also.label_error``: for each rate that the plan claims something about,
        the recorded gap, its range over the declared error rates, chosen for each side apart, and the point at which it
        would disappear. Where the rates are not identified every number is null with a reason.
    """
    also = inputs.plan.rules.also
    found: dict[str, Rows] = {"trade_offs": [], "label_error": []}
    if also is None or inputs.published or inputs.plan.columns.outcome is None:
        return found
    for part in narrow(inputs.parts):
        if also.trade_offs:
            found["trade_offs"] += _forced(inputs, part)
        if also.label_error is not None:
            found["label_error"] += _wrong_records(inputs, part, also.label_error)
    return found


def _forced(inputs: Inputs, part: Grouping) -> Iterator[dict[str, Any]]:
    level = 1 - inputs.plan.rules.alpha
    hidden = hidden_because("accuracy", part, inputs.seen)
    for group, comparator, mine, others in pairs_of(inputs.plan, part):
        if others is None:
            continue
        row: dict[str, Any] = {"group": group_json(group), "comparator": comparator}
        if hidden or not mine.n or not others.n:
            missing = _missing(hidden if mine.n and others.n and hidden else "empty_cell", level)
            names = ("base_rate", "comparator_base_rate", "base_rate_difference", "fpr_difference", "forced", "rest")
            yield row | dict.fromkeys(names, missing)
            continue
        a, b = table_of(mine), table_of(others)
        forced, rest = forced_gap_limits(a, b, level=level)
        yield row | {
            "base_rate": _rate(a[0] + a[2], sum(a), level),
            "comparator_base_rate": _rate(b[0] + b[2], sum(b), level),
            "base_rate_difference": gap((a[0] + a[2], sum(a)), (b[0] + b[2], sum(b)), level=level).to_json(),
            "fpr_difference": gap(
                (a[1], a[1] + a[3]), (b[1], b[1] + b[3]), empty="no_negatives", level=level
            ).to_json(),
            "forced": forced.to_json(),
            "rest": rest.to_json(),
        }


def _rate(k: float, n: float, level: float) -> dict[str, Any]:
    if n == 0:
        return {**undefined("empty_cell", level=level).to_json(), "k": 0, "n": 0}
    low, high = wilson_limits(k, n, level=level)
    return {**Measure(k / n, float(low), float(high), level, "wilson").to_json(), "k": int(k), "n": int(n)}


def _missing(reason: str, level: float) -> dict[str, Any]:
    return {"value": None, "ci": None, "level": level, "method": None, "reason": reason}


def _claimed(inputs: Inputs) -> list[RateKey]:
    """The rates that wrong records can move, as far as the plan claims something about them; else the first two."""
    families = {mirror_family(key) for key in inputs.plan.rules.primary}
    keys: list[RateKey] = [key for key in get_args(RateKey) if mirror_family(key) in families]
    return keys or ["fpr", "ppv"]


_SIDES = {"fpr": (1, 3), "tpr": (0, 2), "ppv": (0, 1), "for": (2, 3)}


def _wrong_records(inputs: Inputs, part: Grouping, assumed: LabelError) -> Iterator[dict[str, Any]]:
    level = 1 - inputs.plan.rules.alpha
    for key in _claimed(inputs):
        # A correction needs flagged and unflagged people alike, so even a hit rate is not corrected without both.
        hidden = hidden_because("accuracy", part, inputs.seen)
        for group, comparator, mine, others in pairs_of(inputs.plan, part):
            if others is None:
                continue
            row: dict[str, Any] = {"group": group_json(group), "comparator": comparator, "rate": key}
            empty = {"low": None, "high": None, "cut": None, "sign_kept": None, "reason": None}
            tips: dict[str, float | None] = {"tipping_sensitivity": None, "tipping_specificity": None}
            if hidden or not mine.n or not others.n:
                why = hidden if mine.n and others.n and hidden else "empty_cell"
                yield row | {"recorded": _missing(why, level)} | empty | {"reason": why} | tips
                continue
            a, b = table_of(mine), table_of(others)
            one, two = _SIDES[key]
            recorded = gap((a[one], a[one] + a[two]), (b[one], b[one] + b[two]), level=level)
            found = gap_range(a, b, rate=key, sensitivity=assumed.sensitivity, specificity=assumed.specificity)
            point = tipping_point(a, b, rate=key)
            if recorded.value is not None:
                tips = {"tipping_sensitivity": point.sensitivity, "tipping_specificity": point.specificity}
            if recorded.value is None or found is None:
                yield (
                    row | {"recorded": recorded.to_json()} | empty | {"reason": recorded.reason or "infeasible"} | tips
                )
                continue
            kept = found.low > 0 or found.high < 0
            ranged = {"low": found.low, "high": found.high, "cut": found.cut, "sign_kept": kept, "reason": None}
            yield row | {"recorded": recorded.to_json()} | ranged | tips
