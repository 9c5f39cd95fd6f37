"""What a release tells a reader, as linear statements for the attacker: counts shown, counts known to be small, sums.

In: a release that is being drafted. Out: ``Statement`` entries. The attacker is given more than is published: he is
told of every hidden count whether it is under the threshold or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from impact.metrics.disclosure.attack import Statement
from impact.metrics.disclosure.policies import Policy
from impact.metrics.disclosure.published import DECISIONS, OUTCOMES, QUADRANTS, SIZE

__all__ = ["Draft", "Release", "parts_of", "statements", "sums"]

# Everybody is in exactly one of these; those with a yes are also in exactly one of the last three.
_BY_OUTCOME = (*QUADRANTS, "yes_open", "no_open", "undecided")
_BY_REVIEW = ("upheld", "reversed", "unreviewed")
_YES, _NO = ("tp", "fp", "yes_open"), ("fn", "tn", "no_open")


@dataclass(slots=True, eq=False)
class Draft:
    """One group while it is decided how much of it is shown.

    Attributes:
        keys, values: The group.
        exact: Its counts.
        level, review: How much is shown, as in ``PublishedTally``.
        named: Whether the group has a row at all.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]
    exact: dict[str, int]
    level: int
    review: bool
    named: bool

    def contains(self, other: Draft) -> bool:
        """Whether everybody of ``other`` is in this group, because it is the same group by fewer characteristics."""
        group = dict(zip(other.keys, other.values, strict=True))
        return len(self.keys) < len(other.keys) and all(
            group.get(key) == value for key, value in zip(self.keys, self.values, strict=True)
        )

    def touches(self, other: Draft) -> bool:
        return self.contains(other) or other.contains(self)


@dataclass(frozen=True, slots=True)
class Release:
    """All rows, everybody first; the columns; what the plan rules out; the policy; how groups add up (``sums``)."""

    rows: tuple[Draft, ...]
    columns: tuple[str, ...]
    impossible: frozenset[str]
    policy: Policy
    sums: tuple[Statement, ...] = ()

    def names(self, row: Draft, item: str) -> list[tuple[int, str]]:
        """The parts that a count of a row is the sum of."""
        wanted = {"n": _BY_OUTCOME, "yes": _YES, "no": _NO}.get(item, (item,))
        return [(id(row), part) for part in wanted if part in parts_of(self)]

    def own(self, row: Draft, item: str) -> int | None:
        """What is printed for a count if it is printed as a count of its own; None where it is hidden."""
        level, review = row.level, row.review
        if item in ("upheld", "reversed"):
            allowed = review
        elif item in QUADRANTS or item in ("yes_open", "no_open"):
            allowed = level >= OUTCOMES
        else:
            allowed = level >= (SIZE if item == "n" else DECISIONS)
        return self.policy.shown(row.exact[item]) if allowed and item in self.columns else None

    def summed(self, row: Draft, item: str) -> list[str]:
        """Parts whose printed counts make up a total, so that the table adds up; none where one of them is hidden."""
        if item == "n":
            known: tuple[str, ...] = ("yes", "no", "undecided")
            parts = [part for part in known if part in self.columns]
        elif item in ("yes", "no") and "tp" in self.columns and (item == "yes" or "fn" in self.columns):
            parts = [part for part in (_YES if item == "yes" else _NO) if part in self.columns]
        else:
            return []
        return parts if all(self.own(row, part) is not None for part in parts) else []

    def shown(self, row: Draft, item: str) -> int | None:
        """What is printed."""
        if self.own(row, item) is None:
            return None
        parts = self.summed(row, item)
        return sum(self.shown(row, part) or 0 for part in parts) if parts else self.own(row, item)


def parts_of(release: Release) -> tuple[str, ...]:
    """The counts that everything else is a sum of."""
    parts = [part for part in _BY_OUTCOME if part not in release.impossible]
    return (*parts, *(_BY_REVIEW if "reversed" in release.columns else ()))


def statements(release: Release) -> list[Statement]:
    """Everything that follows from the release, and which of the hidden counts are small."""
    return [*release.sums, *(one for row in release.rows for one in _of_row(release, row))]


def _of_row(release: Release, row: Draft) -> Iterator[Statement]:
    parts = parts_of(release)
    if "reversed" in parts:
        yield Statement([(id(row), part) for part in _BY_REVIEW], 0, 0, release.names(row, "yes"))
    least = release.policy.min_cell
    for item in (*parts, "yes", "no", "n"):
        printed = release.own(row, item)
        if printed is not None and not release.summed(row, item):
            yield Statement(release.names(row, item), *release.policy.behind(printed))
        elif printed is None:
            small = row.exact[item] < least
            yield Statement(release.names(row, item), 0 if small else least, least - 1 if small else inf)


def sums(release: Release) -> Iterator[Statement]:
    """A group is the sum of its groups by more characteristics."""
    tables = dict.fromkeys(row.keys for row in release.rows)
    for coarse in release.rows:
        for keys in tables:
            if len(keys) <= len(coarse.keys) or not set(coarse.keys) <= set(keys):
                continue
            fine = [row for row in release.rows if row.keys == keys and coarse.contains(row)]
            for part in parts_of(release):
                yield Statement([(id(row), part) for row in fine], 0, 0, [(id(coarse), part)])
