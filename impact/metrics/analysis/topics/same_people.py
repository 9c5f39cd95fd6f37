"""Whether a further table of counts holds the people of the cells: it may be a stranger's, or another count's.

In: an audit and one of its further tables. Out: yes or no. Knows no figures.
"""

from __future__ import annotations

from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.tables.aggregates import Aggregate

__all__ = ["same_people"]


def same_people(inputs: Inputs, table: Aggregate) -> bool:
    """Whether the table, by groups, decision and outcome, counts as many people as the cells.

    Outcomes are left out of it where they exist only after a yes: cells with outcomes set aside differ there from the
    rows as they were counted.

    Args:
        inputs: The audit.
        table: A table with the measure ``n``.
    """
    keys = [*inputs.cells.groups, "decision"]
    column = inputs.plan.columns.outcome
    if column is None or column.observed_when == "always":
        keys.append("outcome")
    if not set(keys) <= set(table.keys):
        return False
    held = table.roll(*keys)
    people: dict[tuple[object, ...], int] = {}
    for cell in inputs.cells:
        place = (*cell.group, cell.decision, cell.outcome)[: len(keys)]
        people[place] = people.get(place, 0) + cell.n
    columns = [held.keys[key].tolist() for key in keys]
    return people == dict(zip(zip(*columns, strict=True), held.measures["n"].tolist(), strict=True))
