"""Whether a further table of counts holds the people of the cells: it may be a stranger's, or another count's.

In: an audit and one of its further tables. Out: yes or no. Knows no figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.singles import groupings_of, is_single, rest_of

__all__ = ["same_people"]


def same_people(inputs: Inputs, table: Aggregate) -> bool:
    """Whether the table, by groups, decision and outcome, counts as many people as the cells.

    A table by one characteristic at a time must do so for each of them, and the levels of each must add up to
    everybody in all that it counts. Outcomes are left out where they exist only after a yes: cells with outcomes set
    aside differ there from the rows as they were counted.

    Args:
        inputs: The audit.
        table: A table with the measure ``n``.
    """
    column = inputs.plan.columns.outcome
    codes = ["decision", "outcome"] if column is None or column.observed_when == "always" else ["decision"]
    if not set(codes) <= set(table.keys):
        return False
    if not is_single(table):
        groups = inputs.cells.groups
        held = table.roll(*groups, *codes) if set(groups) <= set(table.keys) else None
        return held is not None and _people(inputs, groups, codes) == _rows(held, (*groups, *codes))
    if groupings_of(table) != tuple(sorted({"", *inputs.cells.groups})):
        return False
    wanted: dict[tuple[object, ...], int] = {}
    for key in ("", *inputs.cells.groups):
        for place, n in _people(inputs, (key,) if key else (), codes).items():
            wanted[(key, *(place if key else ("", *place)))] = n
    return wanted == _rows(table.roll("grouping", "level", *codes), ("grouping", "level", *codes)) and _adds_up(table)


def _people(inputs: Inputs, groups: Sequence[str], codes: Sequence[str]) -> dict[tuple[object, ...], int]:
    at = [inputs.cells.groups.index(key) for key in groups]
    people: dict[tuple[object, ...], int] = {}
    for cell in inputs.cells:
        place = (*(cell.group[i] for i in at), *(cell.decision, cell.outcome)[: len(codes)])
        people[place] = people.get(place, 0) + cell.n
    return people


def _rows(table: Aggregate, keys: Sequence[str]) -> dict[tuple[object, ...], int]:
    columns = [table.keys[key].tolist() for key in keys]
    return dict(zip(zip(*columns, strict=True), table.measures["n"].tolist(), strict=True))


def _adds_up(table: Aggregate) -> bool:
    """Whether the levels of every characteristic add up to everybody, in every measure."""
    rest = rest_of(table)
    held = table.roll("grouping", *rest)
    keys = [held.keys[key].tolist() for key in rest]
    numbers = [column.tolist() for column in held.measures.values()]
    found: dict[str, list[tuple[object, ...]]] = {}
    for grouping, *row in zip(held.keys["grouping"].tolist(), *keys, *numbers, strict=True):
        found.setdefault(grouping, []).append(tuple(row))
    return all(rows == found.get("") for rows in found.values())
