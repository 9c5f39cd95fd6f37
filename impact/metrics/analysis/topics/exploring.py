"""What topics share that compare groups in many ways: whom with whom, and p-values adjusted for the whole table.

In: groupings and rows. Out: comparators, and the same rows with adjusted p-values. Knows no statistic of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import isclose
from typing import Any

from impact.metrics.analysis.levels import Group, Grouping
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.multiplicity import step_up
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.level_counts import people_by_level, wrong_table

__all__ = ["adjusted", "comparators", "require_same_people"]

_WHAT = ("measure", "class", "rate")  # what a row compares, in the tables whose rows have a comparator


def comparators(plan: AuditPlan, part: Grouping, group: Group) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
    """Whom a known group of one characteristic is compared with: how that is named, and their values.

    Those known not to share it, and the named reference group where there is one. Nobody, for a group that is not
    known.
    """
    if part.is_unknown(group):
        return
    known = [value for value in part.levels[0] if value not in part.unknown[0]]
    own = group[0][1]
    yield {"kind": "not_sharing"}, tuple(value for value in known if value != own)
    reference = plan.comparator.also.get(part.keys[0])
    if reference is not None and own != reference:
        yield {"kind": "reference", "value": reference}, (reference,)


def adjusted(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with ``log10_p_adjusted`` and ``family_size``: Benjamini and Hochberg over all tests behind the rows.

    As for every exploratory comparison. A comparison with a named reference group is one more look, and counts; where
    only two groups can be compared, each row tells the same comparison from its side, and it counts once.

    >>> [row["log10_p_adjusted"] for row in adjusted([{"log10_p": -2.0}, {"log10_p": None}])]
    [-2.0, None]
    """
    tests = _tests(rows)
    found = dict(zip(tests, step_up(tests.values(), len(tests)), strict=True))
    of_row = {place: name for name in tests for place in name}
    return [
        {
            **row,
            "log10_p_adjusted": found[of_row[place]] if place in of_row else None,
            "family_size": len(tests),
            "role": "exploratory",
        }
        for place, row in enumerate(rows)
    ]


def _tests(rows: Sequence[dict[str, Any]]) -> dict[tuple[int, ...], float]:
    """The places of the rows that are one test, and its p-value: the larger, where they differ by rounding."""
    alike: dict[Hashable, list[int]] = {}
    for place, row in enumerate(rows):
        if row["log10_p"] is not None:
            compared = tuple(row.get("group", {})) if "comparator" in row else place
            alike.setdefault((compared, *(row.get(name) for name in _WHAT)), []).append(place)
    found: dict[tuple[int, ...], float] = {}
    for places in alike.values():
        logs = [rows[place]["log10_p"] for place in places]
        sides = {tuple(rows[place].get("group", {}).items()) for place in places}
        mirrored = len(sides) == 2 and isclose(min(logs), max(logs), rel_tol=1e-9, abs_tol=1e-12)
        for part, log in ((tuple(places), max(logs)),) if mirrored else zip(((p,) for p in places), logs, strict=True):
            found[part] = log
    return found


def require_same_people(inputs: Inputs, table: Aggregate) -> None:
    """Refuse a table by one characteristic at a time that counts other people than the cells.

    Raises:
        MetricError: D91.
    """
    wanted: dict[tuple[str, str], int] = {("", ""): 0}
    for cell in inputs.cells:
        wanted["", ""] += cell.n
        for key, value in zip(inputs.cells.groups, cell.group, strict=True):
            wanted[key, value] = wanted.get((key, value), 0) + cell.n
    held = {pair: n for pair, n in people_by_level(table) if n}
    if held != {pair: n for pair, n in wanted.items() if n}:
        raise wrong_table(table.name, f"“{table.name}” counts other people than the cells")
