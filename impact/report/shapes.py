"""Shapes that every section of the view is made of: tables, figures, headings, labelled lines.

In: nothing; these are shapes. Out: parts of ``model.View``, in the same form and under the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Column", "Figure", "Heading", "Pair", "Point", "Table"]


@dataclass(frozen=True, kw_only=True)
class Column:
    label: str
    width: str  # a class of the style sheet, w5 to w95: per cent of the table
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text; the first cell of a row is its header."""

    number: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    number: str
    caption: str
    drawing: str  # SVG made by charts.py: the only markup that a view holds


@dataclass(frozen=True, kw_only=True)
class Heading:
    anchor: str
    number: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Point:
    """A finding, stop or flag in one line of the summary."""

    label: str
    text: str
    detail: str
