"""Shapes of a public version: what is withheld, and the bars in its place.

In: nothing; these are shapes. Out: parts of the views, in the same form and under the same rules as ``model``.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.report.shapes import Heading, Table

__all__ = ["BarredSection", "PlacedBar", "Withheld"]


@dataclass(frozen=True, kw_only=True)
class PlacedBar:
    """A bar at the head of a section: what of it is withheld."""

    place: str  # anchor of the section
    text: str
    again: bool  # a bar before it says the same of another section


@dataclass(frozen=True, kw_only=True)
class BarredSection:
    """A section that is withheld whole: its heading stays, and a bar stands for the rest."""

    place: str
    heading: Heading
    text: str


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Of a public version: what is withheld, who decided it, and the root of the full record."""

    heading: Heading
    lead: tuple[str, ...]
    decisions: Table
    parts: Table | None
    root: str
    bars: tuple[PlacedBar, ...]
