"""What every chart is drawn with: text, rules, ticks, labels of rows, and the frame that carries the title.

In: places in the drawing and words. Out: SVG fragments, escaped. Knows no chart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from textwrap import wrap

from markupsafe import Markup

__all__ = ["BAR", "BLUE", "GRID", "INK", "MUTED", "WIDTH", "exactly", "row_label", "rule", "svg", "text", "ticks"]

INK, MUTED, GRID, BAR, BLUE = "#111827", "#4B5563", "#D1D5DB", "#C7CED8", "#1F4E79"
WIDTH = 640.0
_LABEL_LENGTH = 26  # characters in a line of a label: fits a browser's own typeface too, which is wider


def ticks(low: float, high: float, *, most: int = 6) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` + 1 of them; chosen, so that none needs rounding.

    >>> ticks(0, 0.3)
    [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    >>> ticks(0, 100, most=4)
    [0.0, 25.0, 50.0, 75.0, 100.0]
    """
    base = 10 ** math.floor(math.log10((high - low) / most))
    step = next(base * m for m in (1, 2, 2.5, 5, 10) if (high - low) / (base * m) <= most * (1 + 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def exactly(value: float) -> str:
    """A tick as a percentage without loss: 0.025 -> 2.5%."""
    return f"{round(value * 100, 10):g}%"


def text(x: float, y: float, words: str, *, anchor: str = "start", size: float = 13, fill: str = INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size:g}" fill="{fill}">{escape(words)}</text>'


def rule(x1: float, y1: float, x2: float, y2: float, *, stroke: str = GRID, dash: str = "", width: float = 1) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def svg(height: float, title: str, parts: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704 - every text in parts was escaped above
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'font-family="Source Sans Pro, sans-serif"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _lines(label: str) -> list[str]:
    """A label in at most two lines; what does not fit ends in “…”, and stands in full in the title and the table.

    >>> _lines("Expression, belief and assembly"), _lines("Black")
    (['Expression, belief and', 'assembly'], ['Black'])
    """
    found = wrap(label, _LABEL_LENGTH, break_on_hyphens=False)
    if len(found) <= 2:
        return found or [""]
    return [found[0], found[1][: _LABEL_LENGTH - 1].rstrip() + "…"]


def row_label(x: float, y: float, label: str) -> list[str]:
    """A label beside the middle of its row."""
    lines = _lines(label)
    if len(lines) == 1:
        return [text(x, y + 4.5, lines[0], anchor="end")]
    return [text(x, y - 2.5, lines[0], anchor="end", size=12), text(x, y + 10.5, lines[1], anchor="end", size=12)]
