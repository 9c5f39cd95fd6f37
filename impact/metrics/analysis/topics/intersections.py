"""The table of intersections: each combination beside what its parts suggest, and beside a rate drawn to the others.

In: ``Inputs``. Out: rows for ``tables.intersections``. A pure function of tallies. Personal data: none.
A pooled rate never stands without the raw one: it hides the one small group that is truly different.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from typing import Any

from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.analysis.levels import Group, Grouping, group_json
from impact.metrics.analysis.rates import hidden_because
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.statistics.intersections import additive_excess
from impact.metrics.statistics.measure import undefined
from impact.metrics.statistics.multiplicity import holm
from impact.metrics.statistics.pooling import pool

__all__ = ["intersection_tables"]

_LEAST_P = 1e-300  # an exact test of national counts underflows; Holm's adjustment works on logarithms


def intersection_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Rows of each declared intersection, for each rate of ``plan.also.intersections``.

    Args:
        inputs: The audit. Only combinations of known values; who is not known to belong to any is left out.

    Returns:
        ``intersections``: ``raw`` with Wilson's limits; ``pooled``, the same drawn towards all combinations, whose
        ``heterogeneous`` is false where the fit finds no difference beyond chance (its concentration is at its bound,
        and every pooled rate is the same); ``expected`` by an additive model of the parts on log-odds, ``excess``
        people, the standardised ``residual`` and the exact binomial ``p``, with ``p_holm`` over all combinations.
    """
    also = inputs.plan.rules.also
    found: list[dict[str, Any]] = []
    if also is not None and not inputs.published:
        for part in narrow(inputs.parts, crossed=True):
            for metric in also.intersections:
                found += _rows(inputs, part, metric)
    return {"intersections": found}


def _rows(inputs: Inputs, part: Grouping, key: str) -> Iterator[dict[str, Any]]:
    level, metric = 1 - inputs.plan.rules.alpha, CATALOGUE[key]
    groups = [group for group in part.groups() if not part.is_unknown(group)]
    hidden = hidden_because(key, part, inputs.seen)
    if hidden:
        nothing = undefined("not_counted", level=level).to_json() | {"reason": hidden}
        for group in groups:
            yield _row(group, key, nothing, nothing) | {"k": None, "n": None}
        return
    tallies = [part.of(group) for group in groups]
    k, n = [metric.numerator(t) for t in tallies], [metric.denominator(t) for t in tallies]
    pooled = pool(k, n, level=level)
    models = additive_excess([[value for _, value in group] for group in groups], n, k)
    tested = [i for i, model in enumerate(models) if model.p is not None]
    adjusted = dict(
        zip(tested, holm([log10(max(models[i].p or 0, _LEAST_P)) for i in tested], len(tested)), strict=True)
    )
    for i, (group, tally, model, rate) in enumerate(zip(groups, tallies, models, pooled.rates, strict=True)):
        raw, drawn = rate.raw.to_json(), rate.pooled.to_json()
        if rate.raw.value is None:
            raw["reason"] = drawn["reason"] = metric.undefined_because(tally)
        yield _row(group, key, raw, drawn) | {
            "k": k[i],
            "n": n[i],
            "mean": pooled.mean,
            "strength": pooled.strength,
            "heterogeneous": pooled.heterogeneous,
            "expected": model.expected,
            "excess": model.excess,
            "residual": model.residual,
            "p": model.p,
            "p_holm": 10 ** adjusted[i] if i in adjusted else None,
        }


def _row(group: Group, key: str, raw: dict[str, Any], pooled: dict[str, Any]) -> dict[str, Any]:
    names = ("mean", "strength", "heterogeneous", "expected", "excess", "residual", "p", "p_holm")
    head = {"group": group_json(group), "metric": key, "k": None, "n": None, "raw": raw, "pooled": pooled}
    return head | dict.fromkeys(names)
