"""Strips: the counts of one group over all values of a further characteristic, shown whole or not at all.

In: dimensions with exact counts, and the release of the cells. Out: what each strip could show under the threshold;
linear statements for the attacker; the published counts as an ``Aggregate``.
With a single hidden count a strip gives no trend, no pooled ratio and no area: not worth the risk of its other counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from impact.metrics.disclosure.attack import Statement
from impact.metrics.disclosure.dimensions import PARTS, Dimension, Value, unequal
from impact.metrics.disclosure.protect_statements import Draft, Release, parts_of
from impact.metrics.disclosure.published import DECISIONS, OUTCOMES, SIZE
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.singles import BY

__all__ = [
    "Group",
    "Item",
    "Strip",
    "Target",
    "as_aggregate",
    "drafted",
    "known_of",
    "nobodys",
    "targets_of",
    "used_parts",
]

Group = tuple[str, str]  # characteristic and level; everybody is ("", "")
Item = tuple[str, tuple[str, ...]]  # a printed count: its name, and the parts of which it is the sum
Target = tuple[Any, ...]

_YES, _NO = ("tp", "fp", "yes_open"), ("fn", "tn", "no_open")
_KNOWN: tuple[Item, ...] = (("positives", ("tp", "fn")), ("negatives", ("fp", "tn")))
_REST: Item = ("rest", ("yes_open", "no_open", "undecided"))
_WHOLE: Item = ("rest", PARTS)
_DECIDED: tuple[Item, ...] = (("yes", _YES), ("no", _NO))
# What each of them is as a row of the published table: outcome and decision.
_CODES = {
    "tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0), "yes_open": (-1, 1), "no_open": (-1, 0),
    "undecided": (-1, -1), "yes": (-1, 1), "no": (-1, 0), "positives": (1, -1), "negatives": (0, -1), "rest": (-1, -1),
}  # fmt: skip
# Everything that could be asked of a group with one value: what is attacked where it is small.
_ASKED: Mapping[str, tuple[str, ...]] = {
    **{part: (part,) for part in PARTS}, "yes": _YES, "no": _NO, "n": PARTS,
    "positives": ("tp", "fn"), "negatives": ("fp", "tn"),
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Strip:
    """What is shown of one group in one dimension.

    Attributes:
        dimension: The dimension in the form that is published.
        group: The group.
        modes: What the threshold allows, most detailed first; each a list of printed counts.
        mode: Which of them is shown; the strip is withheld from ``len(modes)`` on.
    """

    dimension: Dimension
    group: Group
    modes: list[tuple[Item, ...]] = field(default_factory=list)
    mode: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        """The counts that are printed for each value; none where the strip is withheld."""
        return self.modes[self.mode] if self.mode < len(self.modes) else ()

    def count(self, value: Value | None, parts: Iterable[str]) -> int:
        held = self.dimension.of(self.group, value)
        return sum(held[part] for part in parts)


def drafted(plan: AuditPlan, dimension: Dimension, release: Release) -> list[Strip]:
    """Every strip of a dimension with what the threshold allows, everybody's first.

    Nothing is shown of a group in more detail than its row of the cells shows.

    Raises:
        MetricError: D161, when the dimension does not count the people of the cells.
    """
    rows = _rows(release)
    made = []
    for group, row in rows.items():
        for part in PARTS:
            if sum(held[part] for held in dimension.counts.get(group, {}).values()) != row.exact[part]:
                raise unequal(dimension)
        strip = Strip(dimension, group)
        for needed, items, optional in _modes(plan, dimension, release):
            shown = _allowed(strip, items, optional, release.policy.min_cell) if row.level >= needed else None
            if shown is not None and row.named:
                strip.modes.append(shown)
        made.append(strip)
    return made


def _rows(release: Release) -> dict[Group, Draft]:
    single = [row for row in release.rows if len(row.keys) <= 1]
    return {(row.keys[0], row.values[0]) if row.keys else ("", ""): row for row in single}


def _modes(
    plan: AuditPlan, dimension: Dimension, release: Release
) -> Iterator[tuple[int, tuple[Item, ...], tuple[Item, ...]]]:
    """How much of a group must be shown elsewhere, counts that are printed, and those printed where nobody is few."""
    outcome = plan.columns.outcome
    always = outcome is not None and outcome.observed_when == "always"
    if dimension.kind == "scores":
        yield OUTCOMES, _KNOWN, ()
    elif dimension.kind == "bands":
        yield (OUTCOMES, _KNOWN, (_REST,)) if always else (SIZE, (_WHOLE,), ())
    else:
        if outcome is not None and "tp" in release.columns:
            one = {part: (part, (part,)) for part in PARTS}
            certain = ("tp", "fp", "fn", "tn") if always else ("tp", "fp", "no_open")
            rest = [part for part in ("yes_open", "no_open", "undecided") if part not in certain]
            yield OUTCOMES, tuple(one[part] for part in certain), tuple(one[part] for part in rest)
        yield DECISIONS, _DECIDED, (("undecided", ("undecided",)),)


def _allowed(strip: Strip, items: tuple[Item, ...], optional: tuple[Item, ...], least: int) -> tuple[Item, ...] | None:
    values = strip.dimension.values
    if len(values) < 2 or any(strip.count(value, parts) < least for value in values for _, parts in items):
        return None
    shown = list(items)
    for item in optional:
        enough = [strip.count(value, item[1]) >= least for value in values]
        if all(enough):
            shown.append(item)
        elif any(enough):
            return None
    return tuple(shown)


def known_of(strips: Sequence[Strip], release: Release) -> Iterator[Statement]:
    """All that follows from the strips of one dimension, and which counts are small."""
    least, dimension = release.policy.min_cell, strips[0].dimension
    parts = used_parts(release)
    rows = _rows(release)
    values: list[Value | None] = [*dimension.values, None]
    keys = {group[0]: [other for other in rows if other[0] == group[0]] for group in rows if group[0]}
    for strip in strips:
        for part in parts:
            every = [_name(strip, value, part) for value in values]
            yield Statement(every, 0, 0, [(id(rows[strip.group]), part)])
        printed = {names for _, names in strip.items}
        for value in values:
            for _, names in strip.items if value is not None else ():
                shown = release.policy.shown(strip.count(value, names))
                assert shown is not None, "a strip is shown only where each of its counts may be"
                yield Statement(_names(strip, value, names, parts), *release.policy.behind(shown))
            for names in {*_ASKED.values()}:
                small = strip.count(value, names) < least
                if names not in printed or value is None:
                    held = _names(strip, value, names, parts)
                    if held:
                        yield Statement(held, 0 if small else least, least - 1 if small else inf)
            for part in dimension.empty.get(value, frozenset()) & set(parts):
                yield Statement([_name(strip, value, part)], 0, 0)
    for key, groups in keys.items():
        assert key
        for value in values:
            for part in parts:
                each = [(dimension.table, dimension.column, group, value, part) for group in groups]
                whole = (dimension.table, dimension.column, ("", ""), value, part)
                yield Statement(each, 0, 0, [whole])


def used_parts(release: Release) -> list[str]:
    """The parts that somebody is in.

    Whoever attacks further tables is told which of them nobody is in: plans often say that every outcome is known, and
    a total that might hold a few people more would protect on paper only.
    """
    return [part for part in parts_of(release) if part in PARTS and release.rows[0].exact[part]]


def nobodys(release: Release) -> Iterator[Statement]:
    """What the attacker is told of the parts that nobody is in."""
    for part in set(PARTS) & set(parts_of(release)) - set(used_parts(release)):
        yield from (Statement([(id(row), part)], 0, 0) for row in release.rows)


def targets_of(strips: Sequence[Strip], release: Release) -> Iterator[tuple[Strip, list[Target]]]:
    """Every small count of a dimension, as the parts that it is the sum of."""
    parts = used_parts(release)
    for strip in strips:
        for value in (*strip.dimension.values, None):
            empty = strip.dimension.empty.get(value, frozenset())
            for names in dict.fromkeys(_ASKED.values()):
                # A yes below the threshold does not exist under the plan: it is nobody's secret.
                held = [part for part in names if part in parts and part not in empty]
                if held and strip.count(value, names) < release.policy.min_cell:
                    yield strip, [_name(strip, value, part) for part in held]


def _name(strip: Strip, value: Value | None, part: str) -> Target:
    return (strip.dimension.table, strip.dimension.column, strip.group, value, part)


def _names(strip: Strip, value: Value | None, names: Iterable[str], parts: Sequence[str]) -> list[Target]:
    return [_name(strip, value, part) for part in names if part in parts]


def as_aggregate(strips: Sequence[Sequence[Strip]], release: Release) -> Aggregate:
    """What is published of the dimensions of one table.

    Keys: grouping, level, ``of`` (the column), ``value``, outcome, decision; outcome and decision are null where they
    are not told apart. Nothing in it is under the threshold.
    """
    rows: list[tuple[Any, ...]] = []
    first = strips[0][0].dimension
    for each in strips:
        for strip in each:
            for value in strip.dimension.values:
                for name, parts in strip.items:
                    shown = release.policy.shown(strip.count(value, parts))
                    rows.append((*strip.group, strip.dimension.column, str(value), *_CODES[name], shown))
    names = ("grouping", "level", "of", "value", "outcome", "decision")
    columns = list(zip(*rows, strict=True))
    about: dict[str, Any] = {**BY, "policy": release.policy.id, "least": release.policy.least}
    about |= {"values": {each[0].dimension.column: [str(v) for v in each[0].dimension.values] for each in strips}}
    return Aggregate.of(
        first.table, dict(zip(names, columns, strict=False)), {"n": columns[-1]}, {**about, **dict(first.about)}
    )
