"""Disclosure control: exact cells in, counts that may be published out; more is hidden until an attacker fails.

In: a plan, its cells, a policy. Out: ``Published``. One table for each declared characteristic and intersection, never
the joint table of all of them: most of its cells are small, and rounding thousands of small cells bends every margin.
What is hidden follows from what is published and from which counts are small, never from how small they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import inf

from impact.errors import Exit, Fault, MetricError
from impact.metrics.analysis.levels import Grouping, groupings
from impact.metrics.analysis.sizing import as_declared
from impact.metrics.analysis.tally import Tally, tally
from impact.metrics.disclosure.attack import ranges
from impact.metrics.disclosure.policies import Policy
from impact.metrics.disclosure.protect_statements import Draft, Release, parts_of, statements, sums
from impact.metrics.disclosure.published import DECISIONS, ITEMS, NOTHING, OUTCOMES, QUADRANTS, SIZE, Published, Row
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.cells import Cells

__all__ = ["protect", "protected", "published_of", "small_of"]

_REVIEW = ("upheld", "reversed", "unreviewed")
_TRIED = 12  # other groups that are tried one by one, from the smallest up
_MOST_WORK = 60_000_000  # programmes times counts: some minutes. Beyond it nothing is published unchecked.


@dataclass(frozen=True, slots=True)
class _Target:
    """A small hidden count: of one row, one part or one total."""

    row: Draft
    item: str


def protect(plan: AuditPlan, cells: Cells, policy: Policy) -> Published:
    """The counts of an audit, protected.

    Args:
        plan: The plan; its ``disclosure`` can make the policy stricter.
        cells: The exact cells.
        policy: The policy.

    Raises:
        MetricError: D93 with exit status 6, where the policy cannot be met, or nothing would be left to show.
    """
    return published_of(plan, protected(plan, cells, policy))


def protected(plan: AuditPlan, cells: Cells, policy: Policy) -> Release:
    """As :func:`protect`, with the hidden counts still in it, for whoever protects further tables beside the cells."""
    policy = policy.at_least_as_strict_as(plan.disclosure)
    declared, _ = as_declared(plan, cells)
    tables = [part for part in groupings(plan, declared) if not part.too_many]
    release = _first(plan, tally(declared), tables, policy)
    _hide_until_safe(release)
    if release.rows[0].level < DECISIONS:
        raise _unmet(f"fewer than {policy.min_cell} people had a yes, or a no: no figure would be left")
    return release


def published_of(plan: AuditPlan, release: Release) -> Published:
    """What is printed of a release."""
    named = [row for row in release.rows if row.named]
    rows = tuple(
        Row(row.keys, row.values, tuple(release.shown(row, item) for item in release.columns)) for row in named
    )
    return Published(tuple(plan.groups), release.columns, rows, release.policy)


def _first(plan: AuditPlan, everybody: Tally, tables: list[Grouping], policy: Policy) -> Release:
    """Everything that the threshold alone allows."""
    exact = _counts(everybody)
    least = policy.min_cell
    columns = ["n", "yes", "no"] + (["undecided"] if exact["undecided"] >= least else [])
    outcome = plan.columns.outcome
    impossible = set(QUADRANTS) if outcome is None else set()
    if outcome is not None:
        columns += ["tp", "fp"]
        if outcome.observed_when == "decision_yes":
            impossible = {"fn", "tn"}
        # A few late discoveries after a no: too few to show, and too few to hide everybody else's outcomes for.
        elif exact["fn"] + exact["tn"] >= least or exact["no_open"] < least:
            columns += ["fn", "tn"]
            columns += ["no_open"] if exact["no_open"] >= least else []
        columns += ["yes_open"] if exact["yes_open"] >= least else []
    columns += ["upheld", "reversed"] if plan.columns.human is not None else []
    ordered = tuple(item for item in ITEMS if item in columns)
    rows = [Draft((), (), exact, *_allowed(exact, ordered, least), named=True)]
    for part in tables:
        # Every combination, also those that nobody has: a row that is missing would say that there is nobody.
        for values in product(*part.levels):
            counts = _counts(part.tallies.get(values, Tally()))
            unknown = part.is_unknown(tuple(zip(part.keys, values, strict=True)))
            named = _named(plan, part, values, least) and not (unknown and counts["n"] < least)
            level, review = _allowed(counts, ordered, least)
            level, review = min(level, rows[0].level), review and rows[0].review
            rows.append(Draft(part.keys, values, counts, level if named else NOTHING, review and named, named))
    drafted = Release(tuple(rows), ordered, frozenset(impossible), policy)
    return replace(drafted, sums=tuple(sums(drafted)))  # once: they do not depend on what is shown


def _named(plan: AuditPlan, part: Grouping, values: tuple[str, ...], least: int) -> bool:
    """Whether a group may be named at all. A value that the plan does not declare and that few people have would say
    by its mere presence that somebody has it."""
    return all(
        value in plan.groups[key].values
        or sum(one.n for held, one in part.tallies.items() if held[at] == value) >= least
        for at, (key, value) in enumerate(zip(part.keys, values, strict=True))
    )


def _counts(one: Tally) -> dict[str, int]:
    return {
        "n": one.n,
        "yes": one.yes,
        "no": one.no,
        "undecided": one.undecided_positive + one.undecided_negative + one.blank,
        **{item: getattr(one, item) for item in (*QUADRANTS, "yes_open", "no_open", "reversed")},
        "upheld": one.reviewed - one.reversed,
        "unreviewed": one.yes - one.reviewed,
    }


def _allowed(counts: dict[str, int], columns: tuple[str, ...], least: int) -> tuple[int, bool]:
    if counts["n"] < least:
        return NOTHING, False
    if min(counts["yes"], counts["no"]) < least:
        return SIZE, False
    quadrants = [counts[item] for item in QUADRANTS if item in columns]
    level = OUTCOMES if quadrants and min(quadrants) >= least else DECISIONS
    return level, "reversed" in columns and min(counts["upheld"], counts["reversed"]) >= least


def _hide_until_safe(release: Release) -> None:
    """Attack, hide what gave most away, attack again. Where parts are hidden their total is rounded on its own, which
    can narrow another count: nothing is safe before all of it withstands one attack."""
    everything = [_Target(row, item) for row in release.rows for item in small_of(release, row)]
    if len(everything) * len(release.rows) * len(parts_of(release)) > _MOST_WORK:
        raise _unmet(f"{len(everything):,} small counts in {len(release.rows):,} groups are too many to check")
    targets = _unsafe(release, everything)
    while targets:
        done: set[tuple[tuple[str, ...], bool]] = set()
        for target in targets:
            # One row for each table and round: what hides one count often hides several.
            kind = (target.row.keys, target.item in _REVIEW)
            if kind not in done:
                done.add(kind)
                _hide_one_more(release, target)
        targets = _unsafe(release, targets) or _unsafe(release, everything)


def _unsafe(release: Release, targets: list[_Target]) -> list[_Target]:
    wanted = min(release.policy.keep_range, release.policy.min_cell - 1)
    found = ranges(statements(release), [release.names(target.row, target.item) for target in targets])
    return [target for target, (low, high) in zip(targets, found, strict=True) if high != inf and high - low < wanted]


def small_of(release: Release, row: Draft) -> list[str]:
    """Counts of a row that are under the threshold, and so hidden."""
    items = ("n", "yes", "no", *parts_of(release))
    return [item for item in items if row.exact[item] < release.policy.min_cell]


def _hide_one_more(release: Release, target: _Target) -> None:
    """Show one group in less detail: the small group itself if that helps, else the smallest that gives it away.

    Everybody's row comes last, because every comparison needs it.
    """
    itself, stages = _choices(release, target)
    for choice in itself:
        if _would_help(release, target, [choice]):
            choice.apply()
            return
    for stage in stages:
        if stage and _would_help(release, target, stage):
            alone = (choice for choice in stage[:_TRIED] if _would_help(release, target, [choice]))
            next(alone, stage[0]).apply()
            return
    rest = [choice for stage in stages for choice in stage] or itself
    whole = release.rows[0]
    last = (
        [_Choice(whole, whole.level - 1, whole.level - 1 >= DECISIONS and whole.review)] if whole.level > SIZE else []
    )
    if not rest and not last:
        raise _unmet("a small count can be worked out from the rest, whatever else is hidden")
    for choice in rest[:1] or last:
        choice.apply()
    for other in release.rows:
        other.level, other.review = min(other.level, whole.level), other.review and whole.review


@dataclass(frozen=True, slots=True)
class _Choice:
    """A row, and how much of it would still be shown."""

    row: Draft
    level: int
    review: bool

    def apply(self) -> None:
        self.row.level, self.row.review = self.level, self.review


def _would_help(release: Release, target: _Target, choices: list[_Choice]) -> bool:
    before = [_Choice(one.row, one.row.level, one.row.review) for one in choices]
    for one in choices:
        one.apply()
    safe = not _unsafe(release, [target])
    for one in before:
        one.apply()
    return safe


def _choices(release: Release, target: _Target) -> tuple[list[_Choice], list[list[_Choice]]]:
    """What could be hidden next: of the row itself, and of others in stages, each from the smallest group up."""
    row, item = target.row, target.item
    same = [one for one in release.rows if one.keys == row.keys and one is not row]
    near = [one for one in release.rows if one.keys and one.keys != row.keys and one.touches(row)]
    by_size = sorted(range(len(same)), key=lambda at: (release.shown(same[at], "n") or 0, at))
    others = [*(same[at] for at in by_size), *near]
    itself = [_Choice(row, row.level, False)] if item in _REVIEW and row.review else []
    itself += [_Choice(row, at, row.review and at >= DECISIONS) for at in range(row.level - 1, NOTHING - 1, -1)]
    stages = [[_Choice(one, one.level, False) for one in others if one.review]] if item in _REVIEW else []
    first = SIZE if item == "n" else DECISIONS if item in ("yes", "no", "undecided", *_REVIEW) else OUTCOMES
    for level in range(first, NOTHING, -1):
        below = level - 1
        stages.append([_Choice(one, below, one.review and below >= DECISIONS) for one in others if one.level >= level])
    return ([] if row is release.rows[0] else itself), stages


def _unmet(why: str) -> MetricError:
    remedy = "Publish with fewer characteristics or intersections, or for a longer period"
    return MetricError(
        Fault("publish", f"the disclosure policy cannot be met: {why}", "", remedy, "D93", Exit.DISCLOSURE)
    )
