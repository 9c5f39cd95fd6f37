"""Levels: which groups exist, who belongs to each, and who is known not to share it.

In: a plan and cells. Out: one ``Grouping`` for each characteristic and each declared intersection, with a tally for
every group and for its complement. Knows no rates.

People whose value is missing or listed as unknown form a level of their own. They are shown, and they are outside every
complement that they might belong to: a person of unknown ethnicity is not known *not* to share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import MISSING, Cell, Cells

__all__ = [
    "ALL_PEOPLE",
    "EVERYBODY",
    "MAX_LEVELS",
    "Group",
    "Grouping",
    "People",
    "group_json",
    "group_label",
    "groupings",
]

Group = tuple[tuple[str, str], ...]
EVERYBODY: Group = ()


class People(NamedTuple):
    """A set of people by what is recorded of them: those whose values of ``keys`` are one of ``values``."""

    keys: tuple[str, ...]
    values: frozenset[tuple[str, ...]]

    def __or__(self, other: object) -> People:
        """Both sets together; for sets of the same characteristics."""
        if not isinstance(other, People) or other.keys != self.keys:
            raise ValueError("the two sets are not of the same characteristics")
        return People(self.keys, self.values | other.values)


ALL_PEOPLE = People((), frozenset({()}))

# Above this many groups a characteristic is an identifier, not a characteristic (bad_input.md, D39).
MAX_LEVELS = 1_000

NOT_KNOWN = "Not known"


def group_json(group: Group) -> dict[str, str]:
    """``{"ethnicity": "Black"}``; everybody is ``{}``."""
    return dict(group)


def group_label(group: Group) -> str:
    """Values as a reader sees them, joined with a comma; a missing value is “Not known”.

    >>> group_label((("ethnicity", "Black"), ("sex", MISSING)))
    'Black, Not known'
    """
    names = (NOT_KNOWN if value == MISSING else _shown(value) for _, value in group)
    return ", ".join(names) if group else "Everybody"


def _shown(value: str) -> str:
    """A name that moves no cursor and turns no line round; one without a letter in quotation marks."""
    text = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in value)
    return text if text.strip() else f"“{text}”"


@dataclass(frozen=True)
class Grouping:
    """One characteristic, or one intersection of several, with a tally for each combination of values.

    Attributes:
        keys: Group keys as the plan names them.
        levels: For each key the values in the order of display: declared, then observed, then unknown.
        unknown: For each key the values that mean "not known".
        tallies: Values -> tally; combinations that nobody has are absent.
    """

    keys: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    unknown: tuple[frozenset[str], ...]
    tallies: dict[tuple[str, ...], Tally]

    @property
    def too_many(self) -> bool:
        size = 1
        for values in self.levels:
            size *= len(values)
        return size > MAX_LEVELS

    def is_unknown(self, group: Group) -> bool:
        """Whether any part of the group means "not known"."""
        return any(value in unknown for (_, value), unknown in zip(group, self.unknown, strict=True))

    def groups(self) -> Iterator[Group]:
        """Every combination of known values, also those that nobody has; combinations with an unknown part only where
        somebody has them."""
        for values in product(*self.levels):
            group = tuple(zip(self.keys, values, strict=True))
            if not self.is_unknown(group) or values in self.tallies:
                yield group

    def of(self, group: Group) -> Tally:
        """Tally of a group; all zero where nobody belongs to it."""
        return self.tallies.get(tuple(value for _, value in group), Tally())

    @cached_property
    def everybody(self) -> Tally:
        """Tally of all, unknown levels included."""
        return _sum(self.tallies.values())

    def unknowns(self, group: Group) -> Tally:
        """Tally of those who may or may not belong to the group, because a part of their membership is not known."""
        return _sum(self.tallies.get(values, Tally()) for values in self.unknown_people(group).values)

    def complement(self, group: Group) -> Tally:
        """Tally of everybody who is known not to share the characteristic (Equality Act 2010 s.19(2)(b))."""
        return self.everybody - self.of(group) - self.unknowns(group)

    def people(self, group: Group) -> People:
        """The group as a set of people."""
        return People(self.keys, frozenset({tuple(value for _, value in group)}))

    def unknown_people(self, group: Group) -> People:
        """Those who may or may not belong to the group."""
        own = tuple(value for _, value in group)
        # Only values that somebody has: a plan may list thousands that mean "not known".
        choices = [
            (value, *(each for each in values if each in unknown and each != value))
            for value, values, unknown in zip(own, self.levels, self.unknown, strict=True)
        ]
        return People(self.keys, frozenset(product(*choices)) - {own})

    def other_people(self, group: Group) -> People:
        """Those who are known not to share the characteristic; the people of :meth:`complement`."""
        outside = frozenset(self.tallies) - self.people(group).values - self.unknown_people(group).values
        return People(self.keys, outside)

    def known_levels(self) -> tuple[str, ...]:
        """For a single characteristic: the values that somebody is known to have."""
        return tuple(
            value for value in self.levels[0] if value not in self.unknown[0] and self.of(((self.keys[0], value),)).n
        )


def groupings(plan: AuditPlan, cells: Cells) -> tuple[Grouping, ...]:
    """One grouping for each characteristic in the plan's order, then one for each declared intersection."""
    wanted = [(key,) for key in plan.groups] + [tuple(keys) for keys in plan.intersections]
    return tuple(_grouping(plan, cells, keys) for keys in wanted)


def _grouping(plan: AuditPlan, cells: Cells, keys: tuple[str, ...]) -> Grouping:
    places = [cells.groups.index(key) for key in keys]
    parts: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        parts.setdefault(tuple(cell.group[place] for place in places), []).append(cell)
    levels, unknown = [], []
    for position, key in enumerate(keys):
        column = plan.groups[key]
        blank = frozenset({MISSING, *column.unknown_values})
        seen = {values[position] for values in parts}
        known = [value for value in column.values if value not in blank]
        known += sorted(seen - blank - set(known))
        levels.append((*known, *(value for value in (*column.unknown_values, MISSING) if value in seen)))
        unknown.append(blank)
    return Grouping(keys, tuple(levels), tuple(unknown), {values: tally(part) for values, part in parts.items()})


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for one in tallies:
        total = total + one
    return total
