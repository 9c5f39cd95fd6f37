"""Published counts: what is left of an audit's cells after disclosure control, and all that a public copy rests on.

In: one row of counts for everybody, for each group and for each declared intersection, where a hidden count is None.
Out: groupings and tallies for ``analyse``, a digest, and ``cells.parquet`` of a public copy (published_file.py).
Never holds an exact hidden count, so nothing computed from it can depend on one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from impact.canonical import digest_of
from impact.metrics.analysis.levels import Group, Grouping
from impact.metrics.analysis.tally import Tally
from impact.metrics.disclosure.policies import Policy
from impact.metrics.plans.plan import AuditPlan, unknown_levels

__all__ = ["ITEMS", "NOTHING", "QUADRANTS", "Published", "PublishedGrouping", "PublishedTally", "Row"]

QUADRANTS = ("tp", "fp", "fn", "tn")
ITEMS = ("n", "yes", "no", "undecided", *QUADRANTS, "yes_open", "no_open", "upheld", "reversed")

# How much of a group is shown: nothing, its size, its decisions, its outcomes.
NOTHING, SIZE, DECISIONS, OUTCOMES = -1, 0, 1, 2


@dataclass(frozen=True, slots=True)
class PublishedTally(Tally):
    """A tally whose totals were published beside their parts, because some of the parts are hidden.

    Where outcomes are hidden, everybody with a yes stands under ``yes_open`` and everybody with a no under ``no_open``:
    a hidden outcome is one that the reader does not know. Where decisions are hidden, all stand under ``blank``.

    Attributes:
        all_yes: Everybody with a decision of yes.
        all_no: Everybody with a decision of no.
        size: Everybody.
        level: How much is shown: ``NOTHING``, ``SIZE``, ``DECISIONS`` or ``OUTCOMES``.
        review: Whether the counts of reviewed and reversed decisions are shown.
    """

    all_yes: int = 0
    all_no: int = 0
    size: int = 0
    level: int = NOTHING
    review: bool = False

    @property
    def yes(self) -> int:
        return self.all_yes

    @property
    def no(self) -> int:
        return self.all_no

    @property
    def n(self) -> int:
        return self.size

    def shows(self, metric: str) -> bool:
        """Whether every count that a metric rests on is shown."""
        if metric == "override_rate":
            return self.review
        return self.level >= (DECISIONS if metric == "selection_rate" else OUTCOMES)

    def __add__(self, other: Tally) -> Tally:
        """Both together; what is hidden for either is hidden for both, and a group that is all hidden adds nothing."""
        if not isinstance(other, PublishedTally) or other.level == NOTHING:
            return self
        if self.level == NOTHING:
            return other
        return _made({item: _item(self, item) + _item(other, item) for item in ITEMS}, *_common(self, other))

    def __radd__(self, other: Tally) -> Tally:
        """A sum that begins with an empty tally."""
        return self if other == Tally() else NotImplemented

    def at_most(self, level: int) -> PublishedTally:
        """The same people with less shown."""
        counts = {item: _item(self, item) for item in ITEMS}
        return _made(counts, min(self.level, level), self.review and level >= DECISIONS)

    def less(self, *others: PublishedTally, least: int) -> PublishedTally:
        """Everybody but ``others``, as far as both are shown and no count under ``least`` comes out of it."""
        shown = [other for other in others if other.level != NOTHING]
        level, review = _common(self, *shown)
        counts = {item: _item(self, item) - sum(_item(other, item) for other in shown) for item in ITEMS}
        counts |= {item: 0 for item in ("yes_open", "no_open", "undecided") if counts[item] < least}
        used = [item for item in QUADRANTS if _item(self, item)]
        if level == OUTCOMES and any(counts[item] < least for item in used):
            level = DECISIONS
        if level >= DECISIONS and min(counts["yes"], counts["no"]) < least:
            level = SIZE
        if counts["n"] < least:
            level = NOTHING
        review = review and level >= DECISIONS and min(counts["upheld"], counts["reversed"]) >= least
        return _made(counts, level, review)


def _common(*tallies: PublishedTally) -> tuple[int, bool]:
    return min(one.level for one in tallies), all(one.review for one in tallies)


def _item(tally: PublishedTally, item: str) -> int:
    if item == "undecided":
        return tally.blank if tally.level >= DECISIONS else 0
    if item == "upheld":
        return tally.reviewed - tally.reversed
    return int(getattr(tally, item))


def _made(counts: Mapping[str, int], level: int, review: bool) -> PublishedTally:
    """A tally from counts; totals are never smaller than the parts that are shown beside them."""
    if level == NOTHING:
        return PublishedTally()
    if level == SIZE:
        return PublishedTally(blank=counts["n"], size=counts["n"], level=SIZE)
    parts = {item: counts[item] for item in (*QUADRANTS, "yes_open", "no_open")}
    yes = max(counts["yes"], parts["tp"] + parts["fp"] + parts["yes_open"])
    no = max(counts["no"], parts["fn"] + parts["tn"] + parts["no_open"])
    if level == DECISIONS:
        parts = {**dict.fromkeys(QUADRANTS, 0), "yes_open": counts["yes"], "no_open": counts["no"]}
        yes, no = counts["yes"], counts["no"]
    return PublishedTally(
        **parts,
        blank=counts["undecided"],
        reviewed=counts["upheld"] + counts["reversed"] if review else 0,
        reversed=counts["reversed"] if review else 0,
        all_yes=yes,
        all_no=no,
        size=max(counts["n"], yes + no + counts["undecided"]),
        level=level,
        review=review,
    )


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """The counts of one group.

    Attributes:
        keys: The characteristics of the table; none for everybody.
        values: One value for each.
        counts: One count for each column of the release; None where it is hidden.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]
    counts: tuple[int | None, ...]


@dataclass(frozen=True)
class Published:
    """All counts of a public copy.

    Attributes:
        groups: Group keys in the plan's order.
        columns: Which of ``ITEMS`` the tables hold. The others cannot occur under the plan, or fewer people than the
            threshold have them in all: these people are counted nowhere else.
        rows: Everybody first, then table by table in the plan's order.
        policy: The policy with the threshold and base that were used.
        withheld: Names of further count tables, and of tables computed from exact counts, that the exact audit had and
            this copy has not: there is no way to protect them.
    """

    groups: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    policy: Policy
    withheld: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Digest of the counts as published. The exact counts have a digest as well, which is never published:
        whoever guesses a small table could confirm the guess with it."""
        rows = [[list(row.keys), list(row.values), list(row.counts)] for row in self.rows]
        return digest_of([list(self.groups), list(self.columns), rows, self.policy.model_dump(mode="json")])

    @property
    def n(self) -> int:
        """Everybody, as published."""
        return self.everybody.n

    @property
    def hidden(self) -> int:
        """How many counts of the tables are hidden."""
        return sum(count is None for row in self.rows for count in row.counts)

    @property
    def size(self) -> int:
        """How many counts the tables have, shown or hidden."""
        return len(self.rows) * len(self.columns)

    @cached_property
    def everybody(self) -> PublishedTally:
        return self._tally(self.rows[0])

    def of(self, row: Row) -> dict[str, int | None]:
        """The counts of a row by name."""
        return dict(zip(self.columns, row.counts, strict=True))

    def hidden_in(self, group: Group) -> int:
        """How many counts of a group are hidden; all of them where the group has no row."""
        keys, values = tuple(key for key, _ in group), tuple(value for _, value in group)
        found = [row for row in self.rows if (row.keys, row.values) == (keys, values)]
        return sum(count is None for row in found for count in row.counts) if found else len(self.columns)

    def groupings(self, plan: AuditPlan) -> tuple[Grouping, ...]:
        """One grouping for each table, for ``analyse``."""
        return tuple(self._grouping(plan, keys) for keys in dict.fromkeys(row.keys for row in self.rows if row.keys))

    def _grouping(self, plan: AuditPlan, keys: tuple[str, ...]) -> Grouping:
        rows = [row for row in self.rows if row.keys == keys]
        levels, unknown = [], []
        for at, key in enumerate(keys):
            blank = unknown_levels(plan, key)
            seen = dict.fromkeys(row.values[at] for row in rows)
            levels.append((*(v for v in seen if v not in blank), *(v for v in seen if v in blank)))
            unknown.append(blank)
        tallies: dict[tuple[str, ...], Tally] = {row.values: self._tally(row) for row in rows}
        return PublishedGrouping(
            keys, tuple(levels), tuple(unknown), tallies, total=self.everybody, least=self.policy.least
        )

    def _tally(self, row: Row) -> PublishedTally:
        counts = self.of(row)
        level = NOTHING
        if counts["n"] is not None:
            level = SIZE
            if counts["yes"] is not None and counts["no"] is not None:
                quadrants = [counts[item] for item in QUADRANTS if item in counts]
                level = OUTCOMES if quadrants and None not in quadrants else DECISIONS
        review = "reversed" in counts and counts["reversed"] is not None and counts["upheld"] is not None
        shown = {item: counts.get(item) or 0 for item in ITEMS}
        if "fn" not in counts:  # no outcome of a no can be known, or next to none is: all of them are unknown
            shown["no_open"] = shown["no"]
        return _made(shown, level, review)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


@dataclass(frozen=True)
class PublishedGrouping(Grouping):
    """A table as published. Its total is that of everybody, so that a group, those who do not share it and those whose
    group is not known add up to everybody. People of unknown group who are too few to be shown stay among the others.
    """

    total: PublishedTally = PublishedTally()
    least: int = 1

    @cached_property
    def everybody(self) -> Tally:
        """Everybody, in as much detail as the known groups have in common, so that the two can be set side by side."""
        levels = [tally.level for tally in map(self._one, self.groups()) if tally.level != NOTHING]
        return self.total.at_most(min(levels, default=OUTCOMES))

    def of(self, group: Group) -> Tally:
        return self._one(group)

    def _one(self, group: Group) -> PublishedTally:
        found = self.tallies.get(tuple(value for _, value in group), PublishedTally())
        assert isinstance(found, PublishedTally)
        return found

    def unknowns(self, group: Group) -> Tally:
        total: Tally = PublishedTally()
        for one in self._unknown(group):
            total = total + one
        return total

    def complement(self, group: Group) -> Tally:
        own = self._one(group)
        return self.total.less(own, *self._unknown(group), least=self.least) if own.level != NOTHING else own

    def _unknown(self, group: Group) -> Iterator[PublishedTally]:
        own = tuple(value for _, value in group)
        for values, tally in self.tallies.items():
            if values != own and all(
                mine == theirs or theirs in blank for mine, theirs, blank in zip(own, values, self.unknown, strict=True)
            ):
                assert isinstance(tally, PublishedTally)
                yield tally
