"""Events for each 1,000 residents of a group, and how many times those of others: the disproportionality ratio.

In: a plan, its cells and the aggregate ``population``. Out: plain rows for ``tables.population`` and
``tables.disproportion`` of findings.json. Refuses to call it a risk of a person: one resident can be met many times,
and residents are not the people who were there. Personal data: none; counts only.

Source: EHRC 2010, "Stop and think"; exact intervals: see ``impact.metrics.statistics.disproportion``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.plans.plan_columns import Population
from impact.metrics.statistics.disproportion import disproportion
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells

__all__ = ["MAX_COMBINATIONS", "population_tables"]

MAX_COMBINATIONS = 1_000  # of all keys together; beyond this only each key alone is shown

EVENTS = ("yes", "counted")  # decisions of yes; every row of the table

Key = tuple[str, ...]
Counts = dict[Key, int]


@dataclass(frozen=True)
class _Held:
    """Events and residents by the keys of the population.

    Attributes:
        keys: ``population.by``.
        levels: For each key the levels that the file has, in the order of the plan and then of their names.
        unknown: For each key the levels that mean "not known": they are on no side.
        people: Residents by combination; one that is absent has none.
        events: Name of the event -> events by combination, only where the file has every level.
        outside: Name of the event -> for each key the events of each known level that the file has no number for.
        left: Name of the event -> all events for which the file has no number, those of unknown level among them.
    """

    keys: Key
    levels: tuple[Key, ...]
    unknown: tuple[frozenset[str], ...]
    people: Counts
    events: Mapping[str, Counts]
    outside: Mapping[str, tuple[Mapping[str, int], ...]]
    left: Mapping[str, int]


def population_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Rates and ratios for each level of each key, and of the first key within each combination of the others.

    Args:
        inputs: The audit. Without a population in the plan, or without its numbers, there are no tables at all.

    Returns:
        ``population``: one row: the file, whom it counts, how many, and which levels of the table it has no number for.
        ``disproportion``: for each group and comparator events, residents, events for each 1,000 with exact Poisson
        limits, their ratio with limits exact given the total, and the number of residents at which the ratio would be
        1. ``event`` is ``yes`` (decisions of yes) or ``counted`` (every row of the table); the latter only where some
        are no yes. A level without a number of residents has a row with a reason.

    Raises:
        MetricError: D92, when the population is not one of this plan.
    """
    plan, table = inputs.plan, inputs.aggregates.get("population")
    if plan.population is None or table is None:
        return {}
    held = _held(plan, plan.population, table, inputs.cells)
    level = 1 - plan.rules.alpha
    alike = held.events["yes"] == held.events["counted"] and held.left["yes"] == held.left["counted"]
    names = EVENTS[:1] if alike else EVENTS
    rows: list[dict[str, Any]] = []
    for name in names:
        for place in range(len(held.keys)):
            rows += _single(plan, held, name, place, level)
    crossed = len(held.keys) > 1
    many = crossed and prod(len(each) for each in held.levels) > MAX_COMBINATIONS
    if crossed and not many:
        for name in names:
            rows += _within(plan, held, name, level)
    part = plan.population
    about = {
        "group": {},
        "file": part.file,
        "label": part.label,
        "by": list(part.by),
        "people": sum(held.people.values()),
        "events": {name: sum(held.events[name].values()) for name in names},
        "events_without_residents": {name: held.left[name] for name in names},
        "levels_without_residents": {key: list(held.outside["counted"][at]) for at, key in enumerate(held.keys)},
        "residents_of_unknown_group": {
            key: sum(n for level, n in _by_level(held.people, at).items() if level in held.unknown[at])
            for at, key in enumerate(held.keys)
        },
        "reason": "too_many_levels" if many else None,
    }
    return {"population": [about], "disproportion": rows}


def _held(plan: AuditPlan, part: Population, table: Aggregate, cells: Cells) -> _Held:
    given = table.about.get("levels")
    sound = isinstance(given, Mapping) and tuple(table.keys) == part.by and set(given) == set(part.by)
    if not sound or not isinstance(given, Mapping) or "n" not in table.measures:
        raise MetricError(Fault("population", "the residents are not those of this plan", "", "Count again", "D92"))
    levels = tuple(_ordered(plan, key, list(map(str, given[key]))) for key in part.by)
    columns = [table.keys[key].tolist() for key in part.by]
    people = dict(zip(zip(*columns, strict=True), table.measures["n"].tolist(), strict=True))
    unknown = tuple(unknown_levels(plan, key) for key in part.by)
    places, inside = [cells.groups.index(key) for key in part.by], [frozenset(each) for each in levels]
    events: dict[str, Counts] = {name: {} for name in EVENTS}
    left = dict.fromkeys(EVENTS, 0)
    declared = [
        [level for level in plan.groups[key].values if level not in inside[at] | unknown[at]]
        for at, key in enumerate(part.by)
    ]
    outside = {name: [dict.fromkeys(each, 0) for each in declared] for name in EVENTS}
    for cell in cells:
        key = tuple(cell.group[place] for place in places)
        absent = [at for at, level in enumerate(key) if level not in inside[at]]
        for name in EVENTS:
            n = cell.n if name == "counted" or cell.decision == 1 else 0
            if not absent:
                events[name][key] = events[name].get(key, 0) + n
            else:
                left[name] += n
            for at in absent:
                if key[at] not in unknown[at]:
                    outside[name][at][key[at]] = outside[name][at].get(key[at], 0) + n
    ordered = {name: tuple(dict(sorted(each.items())) for each in found) for name, found in outside.items()}
    return _Held(part.by, levels, unknown, people, events, ordered, left)


def _ordered(plan: AuditPlan, key: str, given: Sequence[str]) -> Key:
    declared = [level for level in plan.groups[key].values if level in given]
    return (*declared, *sorted(set(given) - set(declared)))


def _by_level(counts: Counts, place: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, n in counts.items():
        found[key[place]] = found.get(key[place], 0) + n
    return found


def _known(held: _Held, place: int) -> list[str]:
    return [level for level in held.levels[place] if level not in held.unknown[place]]


def _single(plan: AuditPlan, held: _Held, name: str, place: int, level: float) -> Iterator[dict[str, Any]]:
    key = held.keys[place]
    events, people = _by_level(held.events[name], place), _by_level(held.people, place)
    counts = {each: (events.get(each, 0), people.get(each, 0)) for each in _known(held, place)}
    yield from _compared(key, counts, plan.comparator.also.get(key), {}, name, level)
    for each, n in held.outside[name][place].items():
        row = {"group": {key: each}, "comparator": {"kind": "not_sharing"}, "event": name, "events": n}
        yield row | dict.fromkeys(_FIGURES) | {"reason": "no_population"}


def _within(plan: AuditPlan, held: _Held, name: str, level: float) -> Iterator[dict[str, Any]]:
    """The first key compared within each combination of the others: people in one place with others in that place."""
    first, known = held.keys[0], _known(held, 0)
    for rest in product(*(_known(held, place) for place in range(1, len(held.keys)))):
        counts = {each: (held.events[name].get((each, *rest), 0), held.people.get((each, *rest), 0)) for each in known}
        where = dict(zip(held.keys[1:], rest, strict=True))
        yield from _compared(first, counts, plan.comparator.also.get(first), where, name, level)


def _compared(
    key: str,
    counts: Mapping[str, tuple[int, int]],
    reference: str | None,
    where: Mapping[str, str],
    name: str,
    level: float,
) -> Iterator[dict[str, Any]]:
    """Each level against all other known ones, and against the named reference."""
    all_events, all_people = (sum(each[at] for each in counts.values()) for at in (0, 1))
    for each, (k, n) in counts.items():
        against: list[tuple[dict[str, Any], int, int]] = [({"kind": "not_sharing"}, all_events - k, all_people - n)]
        if reference is not None and reference in counts and each != reference:
            against.append(({"kind": "reference", "value": reference}, *counts[reference]))
        for comparator, others, residents in against:
            found = disproportion(k, n, others, residents, level=level)
            yield {
                "group": {key: each, **where},
                "comparator": {**comparator, "within": dict(where)} if where else comparator,
                "event": name,
                "events": k,
                "residents": n,
                "rate": found.group.to_json(),
                "comparator_events": others,
                "comparator_residents": residents,
                "comparator_rate": found.reference.to_json(),
                "ratio": found.ratio.to_json(),
                "excess": found.excess,
                "break_even": found.break_even,
                "reason": None,
            }


_FIGURES = (
    "residents",
    "rate",
    "comparator_events",
    "comparator_residents",
    "comparator_rate",
    "ratio",
    "excess",
    "break_even",
)
