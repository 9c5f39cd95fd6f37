"""Further count tables beside protected cells: shown as far as one attack on all of them together finds nothing.

In: a plan, its cells and further count tables, a policy. Out: the protected cells as ever, and the further tables that
may be published with them.
The cells come first: a further table never costs a figure of theirs. While the attacker can narrow any small count, of
the cells or of a further table, groups leave the table that was added last, the smallest first; in the end it is
withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.metrics.disclosure.attack import narrow
from impact.metrics.disclosure.dimensions import PARTS, Dimension, dimensions
from impact.metrics.disclosure.policies import Policy
from impact.metrics.disclosure.protect import protected, published_of, small_of
from impact.metrics.disclosure.protect_statements import Release, parts_of, statements
from impact.metrics.disclosure.published import Published
from impact.metrics.disclosure.strips import Strip, as_aggregate, drafted, known_of, nobodys, targets_of, used_parts
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells

__all__ = ["Protected", "protect_all"]

_Target = tuple[Strip | None, Sequence[Any]]  # whose small count it is, None for the cells; the parts of the count
_TRIED = 4  # groups that are tried one by one, from the smallest up
_FEW = 4  # open counts for which that is worth while
_MOST = 400_000  # statements; beyond it a further table is withheld rather than shown unchecked
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

    Tables are added one by one (periods, strata, bands, scores), each attacked together with all before it.

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
    tables: list[list[Strip]] = []
    # Exact counts that add up give away each one that is left out: without rounding nothing can stand beside the cells.
    held = aggregates if release.policy.base > 1 else {}
    for forms in dimensions(plan, held, least=release.policy.min_cell):
        strips = _chosen(plan, forms, release)
        if strips and _size([*tables, strips]) <= _MOST:
            _add_safely(release, tables, strips)
            if not any(strip.items for strip in strips[1:]) and strips[0].dimension is not forms[0]:
                # Wide values were for groups that are not shown after all: everybody alone can have finer ones.
                tables[:] = [each for each in tables if each is not strips]
                finer = _everybody(plan, forms, release)
                if finer:
                    _add_safely(release, tables, finer)
                if strips[0].items and not (finer and finer[0].items):
                    tables.append(strips)  # as it withstood the attack beside the same tables
    further: dict[str, Aggregate] = {
        name: as_aggregate([each for each in tables if each[0].dimension.table == name], release)
        for name in dict.fromkeys(strips[0].dimension.table for strips in tables)
    }
    return Protected(published_of(plan, release), further)


def _chosen(plan: AuditPlan, forms: Sequence[Dimension], release: Release) -> list[Strip]:
    """The form in which most groups can be shown, the finest of those; empty where not even everybody can be."""
    drafts = [drafted(plan, form, release) for form in forms if len(form.values) > 1]
    usable = [strips for strips in drafts if strips[0].items]
    return max(usable, key=lambda strips: sum(bool(strip.items) for strip in strips), default=[])


def _everybody(plan: AuditPlan, forms: Sequence[Dimension], release: Release) -> list[Strip]:
    """The finest form in which everybody can be shown, and nobody else in it."""
    for form in forms:
        strips = drafted(plan, form, release)
        if strips[0].items:
            for strip in strips[1:]:
                strip.mode = len(strip.modes)
            return strips
    return []


def _size(tables: Sequence[Sequence[Strip]]) -> int:
    return sum(len(strips) * (len(strips[0].dimension.values) + 1) * 20 for strips in tables)


def _add_safely(release: Release, tables: list[list[Strip]], new: list[Strip]) -> None:
    """Add one more table to those that withstand the attack, as far as all of them together still do."""
    told = [*statements(release), *nobodys(release)]
    known = [*told, *(one for each in tables for one in known_of(each, release))]
    used = {part for part in parts_of(release) if part not in PARTS} | set(used_parts(release))
    of_cells: list[_Target] = [
        (None, names)
        for row in release.rows
        for item in small_of(release, row)
        if (names := [each for each in release.names(row, item) if each[1] in used])
    ]
    # What the cells alone give to somebody who is told so much is not for a further table to hide.
    before = set(narrow(told, [names for _, names in of_cells], wanted=_wanted(release)))
    fixed = [each for at, each in enumerate(of_cells) if at not in before] + list(_targets(release, tables))

    def tight(targets: Sequence[_Target]) -> list[_Target]:
        found = narrow([*known, *known_of(new, release)], [names for _, names in targets], wanted=_wanted(release))
        return [targets[at] for at in found]

    open_ = tight([*fixed, *targets_of(new, release)])
    while open_ and new[0].items:
        done: set[str] = set()
        for target in open_:
            # One for each characteristic and round: what hides one count often hides several.
            key = target[0].group[0] if target[0] in new and target[0] is not None else ""
            if key not in done:
                done.add(key)
                _withhold_one(release, new, key, target, tight if len(open_) <= _FEW else None)
        # Nothing is safe before all of it withstands one attack: what is withheld changes what else follows.
        open_ = tight(open_) or tight([*fixed, *targets_of(new, release)])
    if new[0].items:
        tables.append(new)


def _wanted(release: Release) -> int:
    return min(release.policy.keep_range, release.policy.min_cell - 1)


def _targets(release: Release, tables: Sequence[Sequence[Strip]]) -> Iterator[_Target]:
    for strips in tables:
        yield from targets_of(strips, release)


def _where(strip: Strip) -> tuple[str, str]:
    return strip.dimension.table, strip.dimension.column


def _withhold_one(
    release: Release,
    strips: Sequence[Strip],
    key: str,
    target: _Target,
    tight: Callable[[Sequence[_Target]], list[_Target]] | None,
) -> None:
    """Show one group in less detail: the smallest of the characteristic, or the smallest that helps; everybody last.

    By printed size: a choice by exact sizes would give them away.
    """
    shown = sorted(
        (each for each in strips if each.items and each.group != EVERYBODY),
        key=lambda each: (_printed(release, each), each.group),
    )
    choices = [*(each for each in shown if each.group[0] == key), *(each for each in shown if each.group[0] != key)]
    for choice in choices[:_TRIED] if tight is not None else ():
        choice.mode += 1
        if tight is not None and not tight([target]):
            return
        choice.mode -= 1
    # Where none helps by itself, the rest of its characteristic gives the count away: all of that goes.
    same = [each for each in choices if tight is not None and each.group[0] == choices[0].group[0]]
    for each in same or (choices or [strips[0]])[:1]:
        each.mode += 1


def _printed(release: Release, strip: Strip) -> int:
    counts = (strip.count(value, parts) for value in strip.dimension.values for _, parts in strip.items)
    return sum(release.policy.shown(count) or 0 for count in counts)
