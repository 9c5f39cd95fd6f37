"""Tallies: the confusion matrix of a group, with everything that is unknown kept apart.

In: cells. Out: a ``Tally`` for a set of people. Knows no groups, no rates and no plan.
Personal data: none; a tally holds counts only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from impact.metrics.tables.cells import Cell

__all__ = ["Tally", "tally"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one set of people (or counted units). Yes and no are the decision; positive is an outcome of yes.

    Attributes:
        tp: Decision yes, outcome yes.
        fp: Decision yes, outcome no.
        fn: Decision no, outcome yes.
        tn: Decision no, outcome no.
        yes_open: Decision yes, outcome not known.
        no_open: Decision no, outcome not known.
        undecided_positive: Decision not known, outcome yes.
        undecided_negative: Decision not known, outcome no.
        blank: Neither known.
        reviewed: Decision yes and a final human decision is known.
        reversed: Of those, the final human decision is no.

    >>> Tally(tp=60, fp=40, fn=20, tn=180).n
    300
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    yes_open: int = 0
    no_open: int = 0
    undecided_positive: int = 0
    undecided_negative: int = 0
    blank: int = 0
    reviewed: int = 0
    reversed: int = 0

    @property
    def yes(self) -> int:
        """Everybody with a decision of yes."""
        return self.tp + self.fp + self.yes_open

    @property
    def no(self) -> int:
        """Everybody with a decision of no."""
        return self.fn + self.tn + self.no_open

    @property
    def n(self) -> int:
        """Everybody."""
        return self.yes + self.no + self.undecided_positive + self.undecided_negative + self.blank

    @property
    def positive(self) -> int:
        """Everybody whose outcome is yes, decided or not."""
        return self.tp + self.fn + self.undecided_positive

    @property
    def outcomes_known(self) -> int:
        """Everybody whose outcome is known, decided or not."""
        return self.positive + self.fp + self.tn + self.undecided_negative

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in _NAMES))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) - getattr(other, name) for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Tally))

_SLOT = {
    (1, 1): "tp",
    (1, 0): "fp",
    (0, 1): "fn",
    (0, 0): "tn",
    (1, -1): "yes_open",
    (0, -1): "no_open",
    (-1, 1): "undecided_positive",
    (-1, 0): "undecided_negative",
    (-1, -1): "blank",
}


def tally(cells: Iterable[Cell]) -> Tally:
    """Add up cells.

    >>> tally([Cell(("a",), 1, 1, 0, 3), Cell(("a",), -1, 1, -1, 2)])  # doctest: +ELLIPSIS
    Tally(tp=3, fp=0, fn=0, tn=0, yes_open=2, ..., reviewed=3, reversed=3)
    """
    total = dict.fromkeys(_NAMES, 0)
    for cell in cells:
        total[_SLOT[cell.decision, cell.outcome]] += cell.n
        if cell.decision == 1 and cell.human >= 0:
            total["reviewed"] += cell.n
            if cell.human == 0:
                total["reversed"] += cell.n
    return Tally(**total)
