"""The two tables of reviewers, as an analysis reads them.

In: the aggregates ``reviewers`` and ``reviewer_spread``. Out: numbers of reviewers as ranges, and variances.
Knows no reviewer: each row speaks of many, or says no more than that there are few.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.metrics.tables.aggregates import Aggregate

__all__ = ["LOG_UNIT", "PAIR", "SPREAD_UNIT", "Band", "ReviewerCounts", "Spread", "SpreadTable"]

SPREAD_UNIT = 10**15  # units of a variance: the smallest that a table of cases can have is well above one
LOG_UNIT = 64  # of a logarithm of seconds, while it is counted: a coarse one, so that squares of sums fit
PAIR = "log_yes_no"  # difference in log times between cases with a yes and with a no


@dataclass(frozen=True, slots=True)
class Band:
    """Reviewers with at least ``start`` cases and fewer than the next band's start."""

    start: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How far reviewers spread around a rate: reviewers behind it and its variance; 0 reviewers where not counted."""

    reviewers: int = 0
    variance: float = 0.0
    either: int = 0  # reviewers behind the rate or that of the others
    gap: float = 0.0  # variance of the difference between the two


@dataclass(frozen=True)
class ReviewerCounts:
    """The aggregate ``reviewers``."""

    table: Aggregate

    @property
    def total(self) -> int:
        """How many reviewers decided a case."""
        found = self.range("all")
        return found[0] if found else 0

    def range(self, about: str) -> tuple[int, int] | None:
        """Least and most reviewers of whom something is true; None where too few reviewers were counted."""
        chosen = self.table.keys["about"] == about
        if not chosen.any():
            return None
        return tuple(int(self.table.measures[name][chosen][0]) for name in ("least", "most"))  # type: ignore[return-value]  # two

    def bands(self) -> tuple[Band, ...]:
        """Cases for each reviewer, lowest first."""
        chosen = self.table.keys["about"] == "cases"
        starts, many = self.table.keys["from"][chosen].tolist(), self.table.measures["least"][chosen].tolist()
        return tuple(Band(int(start), int(each)) for start, each in sorted(zip(starts, many, strict=True)))


@dataclass(frozen=True)
class SpreadTable:
    """The aggregate ``reviewer_spread``."""

    table: Aggregate

    def of(self, metric: str, grouping: str = "", level: str = "") -> Spread:
        """One row; nothing where fewer reviewers than the threshold stand behind it."""
        keys, measures = self.table.keys, self.table.measures
        chosen = (keys["metric"] == metric) & (keys["grouping"] == grouping) & (keys["level"] == level)
        if not chosen.any():
            return Spread()
        row = {name: int(measures[name][chosen][0]) for name in ("reviewers", "spread", "either", "gap")}
        return Spread(row["reviewers"], row["spread"] / SPREAD_UNIT, row["either"], row["gap"] / SPREAD_UNIT)
