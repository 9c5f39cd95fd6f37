"""What other columns give away: how well each declared column predicts who belongs to which group.

In: a plan with ``plan.also.proxies``, the groups of its audit and the aggregate ``proxies``. Out: plain rows for
``tables.proxies`` of findings.json. A pure function of counts; no outcome and no decision is used. No row is a verdict.
Personal data: none; the aggregate holds counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.topics.exploring import require_same_people
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.pairs import narrow
from impact.metrics.plans.plan_further import Proxy
from impact.metrics.statistics.association import cramers_v, guess
from impact.metrics.statistics.scores.auc import auc
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.proxy_counts import ProxyCounts, crossed

__all__ = ["PROXY_TABLES", "proxy_tables"]

PROXY_TABLES = ("proxies",)


def proxy_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """A row for each proxy and characteristic, and one for each of its known groups against the others.

    Args:
        inputs: The audit. Without the aggregate ``proxies`` the list is empty.

    Returns:
        ``proxies``: for categories Cramér's V with its interval, and for the whole characteristic how many groups would
        be guessed right with the column and without; for numbers how often somebody of the group has the higher number
        than somebody of the others, with DeLong's interval. People whose group is not known, or without a value in the
        column, are left out and counted.

    Raises:
        MetricError: D91, when the aggregate is not of these people, or of other columns than the plan's.
    """
    table, also = inputs.aggregates.get("proxies"), inputs.plan.rules.also
    if table is None or also is None:
        return {"proxies": []}
    counts, level = ProxyCounts(table, inputs.plan), 1 - inputs.plan.rules.alpha
    rows: list[dict[str, Any]] = []
    for key in counts.proxies:
        part, proxy = counts.part(key), also.proxies[key]
        require_same_people(inputs, part)
        for grouping in narrow(inputs.parts):
            rows += _rows(key, proxy, part, grouping, level, exact=counts.exact(key))
    return {"proxies": rows}


def _rows(
    key: str, proxy: Proxy, part: Aggregate, grouping: Grouping, level: float, *, exact: bool
) -> Iterator[dict[str, Any]]:
    numbers = proxy.range is not None
    levels = [value for value in grouping.levels[0] if value not in grouping.unknown[0]]
    held, without = crossed(part, grouping.keys[0], levels, numbers=numbers)
    head = {"proxy": key, "kind": "number" if numbers else "category", "characteristic": grouping.keys[0]}
    people = int(held.sum())
    values = int((held.sum(axis=0) > 0).sum())

    def row(group: Group, n: int, **more: Any) -> dict[str, Any]:
        own = {"group": group_json(group), "n": n, "others": people - n if group else None, "without": without}
        nothing = {"cramers_v": None, "guess": None, "area": None, "few": False, "binning": None}
        return head | own | {"values": values} | nothing | more

    if not numbers:
        found = guess(held)
        shares = {"n": found.n, "knowing": found.knowing, "blind": found.blind}
        yield row(EVERYBODY, people, cramers_v=cramers_v(held, level=level).to_json(), guess=shares)
    for place, value in enumerate(levels):
        own = held[place]
        others, group = held.sum(axis=0) - own, ((grouping.keys[0], value),)
        if numbers:
            area = auc(own, others, level=level)
            yield row(
                group, int(own.sum()), area=area.area.to_json(), few=area.few, binning=0.0 if exact else area.binning
            )
        else:
            v = cramers_v([own, others], level=level)
            yield row(group, int(own.sum()), cramers_v=v.to_json())
