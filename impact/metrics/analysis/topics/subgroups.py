"""The table of the subgroup search: for each rate that the plan names, the part of the people furthest from the rest.

In: ``Inputs``. Out: rows for ``tables.subgroups``. A pure function of cells; tables are shuffled with seed 0. Personal
data: none. Exploratory by nature: whatever is found was chosen because it is extreme.
"""

from __future__ import annotations

from typing import Any, Literal

from impact.metrics.analysis.catalogue import CATALOGUE
from impact.metrics.analysis.levels import Grouping
from impact.metrics.analysis.rates import hidden_because
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.subgroup_search import search
from impact.metrics.tables.cells import Cell

__all__ = ["subgroup_tables"]

PENALTY = 1.0  # with next to none a subset of three characteristics is found in pure noise
RESTARTS = 10  # with three the answer depended on the order of rows
TABLES = 99  # about two seconds for some hundreds of combinations


def subgroup_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """One row for each rate of ``plan.also.subgroups``.

    Args:
        inputs: The audit. Every characteristic of the plan takes part; people whose value is not known are a level of
            their own, so that nobody is left out.

    Returns:
        ``subgroups``: the subset (characteristic -> levels), how many people it has and how many of them were counted,
        everybody's rate, that of the others, score, best score by chance, and the p-value of the search. The side that
        is searched is the worse one under the effect, the higher where neither is. Null with a reason where the rate is
        not identified, or there are too many combinations.
    """
    also = inputs.plan.rules.also
    if also is None or inputs.published:
        return {"subgroups": []}
    return {"subgroups": [_row(inputs, key) for key in also.subgroups]}


def _row(inputs: Inputs, key: str) -> dict[str, Any]:
    metric = CATALOGUE[key]
    direction: Literal["more", "fewer"] = (
        "fewer" if metric.worse.get(inputs.plan.columns.decision.effect) == "lower" else "more"
    )
    names = ("subset", "people", "counted", "rate", "everybody", "others", "score", "by_chance", "p", "tables")
    empty: dict[str, Any] = {"metric": key, "direction": direction} | dict.fromkeys(names)
    empty |= {"subsets": None, "penalty": PENALTY, "seed": 0, "reason": None}
    single: list[Grouping] = [part for part in inputs.parts if len(part.keys) == 1]
    hidden = next((why for part in single if (why := hidden_because(key, part, inputs.seen))), None)
    if hidden:
        return empty | {"reason": hidden}
    parts: dict[tuple[str, ...], list[Cell]] = {}
    for cell in inputs.cells:
        parts.setdefault(cell.group, []).append(cell)
    tallies: dict[tuple[str, ...], Tally] = {group: tally(cells) for group, cells in parts.items()}
    people = {group: metric.denominator(one) for group, one in tallies.items()}
    used = [group for group in sorted(people) if people[group]]
    if not used:
        return empty | {"reason": metric.undefined_because(inputs.everybody)}
    n, k = [people[group] for group in used], [metric.numerator(tallies[group]) for group in used]
    found = search(
        inputs.cells.groups, used, n, k, direction=direction, penalty=PENALTY, restarts=RESTARTS, tables=TABLES
    )  # fmt: skip
    if found is None:
        return empty | {"reason": "too_many_levels"}
    rest = sum(n) - found.people
    return empty | {
        "subset": {name: list(levels) for name, levels in found.levels.items()},
        "people": found.people,
        "counted": found.observed,
        "rate": found.observed / found.people,
        "everybody": sum(k) / sum(n),
        "others": (sum(k) - found.observed) / rest if rest else None,
        "score": found.score,
        "by_chance": found.by_chance,
        "p": found.p,
        "tables": found.tables,
        "subsets": found.subsets,
    }
