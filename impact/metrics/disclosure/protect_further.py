"""Further count tables beside protected cells: shown as far as one attack on all of them together finds nothing.

In: a plan, its cells and further count tables, a policy. Out: the protected cells as ever, the further tables that may be
published with them, and in words what was left out of them.
The cells come first: a further table never costs a figure of theirs. While the attacker can narrow any small count, of the
cells or of a further table, the smallest group that helps him leaves the further tables; in the end they are all withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.metrics.disclosure.attack import Statement, narrow
from impact.metrics.disclosure.dimensions import Dimension, dimensions
from impact.metrics.disclosure.policies import Policy
from impact.metrics.disclosure.protect import protected, published_of, small_of
from impact.metrics.disclosure.protect_statements import Release, statements
from impact.metrics.disclosure.published import Published
from impact.metrics.disclosure.strips import Strip, as_aggregate, drafted, known_of, targets_of
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells

__all__ = ["Protected", "protect_all"]

_Target = tuple[Strip | None, Sequence[Any]]  # whose small count it is, None for the cells; the parts of the count
_TRIED = 8  # groups that are tried one by one, from the smallest up
_MOST = 400_000  # statements; beyond it the largest further table is withheld unchecked rather than shown unchecked
EVERYBODY = ("", "")


@dataclass(frozen=True)
class Protected:
    """What may be published together.

    Attributes:
        cells: The protected cells.
        further: Protected further tables by name, in the form of ``strips.as_aggregate``.
    """

    cells: Published
    further: Mapping[str, Aggregate]


def protect_all(plan: AuditPlan, cells: Cells, aggregates: Mapping[str, Aggregate], policy: Policy) -> Protected:
    """The cells and the further tables of an audit, protected together.

    Args:
        plan: The plan; its ``disclosure`` can make the policy stricter.
        cells: The exact cells.
        aggregates: The exact further tables; those that there is no way to protect are left out.
        policy: The policy.

    Raises:
        MetricError: D93 (exit 6) as :func:`impact.metrics.disclosure.protect.protect`; D161 a further table that is not
            about the people of the cells.
    """
    release = protected(plan, cells, policy)
    tables = [
        strips
        for forms in dimensions(plan, aggregates, least=release.policy.min_cell)
        if (strips := _chosen(plan, forms, release))
    ]
    while tables and _size(tables) > _MOST:
        tables.remove(max(tables, key=lambda strips: _size([strips])))
    tables = _safe(release, tables)
    further = {
        name: as_aggregate([each for each in tables if each[0].dimension.table == name], release)
        for name in dict.fromkeys(strips[0].dimension.table for strips in tables)
    }
    return Protected(published_of(plan, release), further)


def _chosen(plan: AuditPlan, forms: Sequence[Dimension], release: Release) -> list[Strip]:
    """The form in which most groups can be shown, the finest of those; empty where not even everybody can be."""
    drafts = [drafted(plan, form, release) for form in forms if len(form.values) > 1]
    usable = [strips for strips in drafts if strips[0].items]
    return max(usable, key=lambda strips: sum(bool(strip.items) for strip in strips), default=[])


def _size(tables: Sequence[Sequence[Strip]]) -> int:
    return sum(len(strips) * (len(strips[0].dimension.values) + 1) * 20 for strips in tables)


def _safe(release: Release, tables: list[list[Strip]]) -> list[list[Strip]]:
    """Attack everything together, withhold a strip that helped, attack again: nothing is safe before all of it is."""
    known = statements(release)
    of_cells: list[_Target] = [
        (None, release.names(row, item)) for row in release.rows for item in small_of(release, row)
    ]

    def tight(targets: Sequence[_Target]) -> list[_Target]:
        wanted = min(release.policy.keep_range, release.policy.min_cell - 1)
        found = narrow([*known, *_known(release, tables)], [names for _, names in targets], wanted=wanted)
        return [targets[at] for at in found]

    def shown_of(targets: Sequence[_Target]) -> list[_Target]:
        return [each for each in targets if each[0] is None or any(each[0] in strips for strips in tables)]

    open_ = tight(every) if (every := [*of_cells, *_targets(release, tables)]) and tables else []
    while open_:
        done: set[tuple[str, ...]] = set()
        for target in open_:
            strip = target[0]
            where = ("",) if strip is None else (*_where(strip), strip.group[0])
            # One for each table, characteristic and round: what hides one count often hides several.
            if where not in done:
                done.add(where)
                _withhold_one(release, tables, target, tight)
        tables[:] = [strips for strips in tables if strips[0].items]
        if not tables:
            return tables
        open_ = tight(shown_of(open_)) or tight([*of_cells, *_targets(release, tables)])
    return tables


def _known(release: Release, tables: Sequence[Sequence[Strip]]) -> Iterator[Statement]:
    for strips in tables:
        yield from known_of(strips, release)


def _targets(release: Release, tables: Sequence[Sequence[Strip]]) -> Iterator[_Target]:
    for strips in tables:
        yield from targets_of(strips, release)


def _where(strip: Strip) -> tuple[str, str]:
    return strip.dimension.table, strip.dimension.column


def _withhold_one(
    release: Release,
    tables: Sequence[Sequence[Strip]],
    target: _Target,
    tight: Callable[[Sequence[_Target]], list[_Target]],
) -> None:
    """Show one group in less detail: of the same table and characteristic where that helps, everybody last.

    The smallest goes first, by its printed size: a choice by exact sizes would give them away.
    """
    strip = target[0]
    shown = [each for strips in tables for each in strips if each.items]
    same = [each for each in shown if strip is not None and _where(each) == _where(strip)]
    groups = [each for each in shown if each.group != EVERYBODY]
    stages = [
        [each for each in same if strip is not None and each.group[0] == strip.group[0]],
        [each for each in same if each.group != EVERYBODY],
        groups,
        [each for each in shown if each.group == EVERYBODY],
    ]
    for stage in stages:
        stage.sort(key=lambda each: (_printed(release, each), _where(each), each.group))
        for choice in stage[:_TRIED]:
            choice.mode += 1
            if not tight([target]):
                return
            choice.mode -= 1
        if stage:
            before = [each.mode for each in stage]
            for each in stage:
                each.mode = len(each.modes)
            helps = not tight([target])
            for each, mode in zip(stage, before, strict=True):
                each.mode = mode
            if helps:
                stage[0].mode += 1
                return
    # Nothing helps by itself: the smallest group of all goes, and what is left is looked at again.
    for each in (groups or shown)[:1]:
        each.mode += 1


def _printed(release: Release, strip: Strip) -> int:
    counts = (strip.count(value, parts) for value in strip.dimension.values for _, parts in strip.items)
    return sum(release.policy.shown(count) or 0 for count in counts)
