"""Curves in a square from 0 to 1, with the diagonal: ROC and calibration by group.

In: points of each group. Out: ``Markup``. Stroke and mark tell groups apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from impact.report.charts.drawing import BLUE, INK, MUTED, exactly, rule, svg, text

__all__ = ["MOST_CURVES", "Curve", "curves"]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One group's line: points from 0 to 1 both ways, in order; the marked ones with their whiskers, if any."""

    label: str
    points: tuple[tuple[float, float], ...]
    marked: tuple[tuple[float, float], ...] = ()
    whiskers: tuple[tuple[float, float, float], ...] = ()  # x, low, high


# Line and mark tell apart, in this order; more groups than these make a second chart.
_STROKES = (("", "circle"), ("7 4", "square"), ("2 3", "diamond"), ("10 3 2 3", "triangle"), ("5 2", "cross"))
MOST_CURVES = len(_STROKES)


def curves(rows: Sequence[Curve], *, title: str, across: str, up: str, spell: Callable[[float], str]) -> Markup:
    """Lines in a square from 0 to 1, with the diagonal, and a legend of stroke and mark.

    Args:
        rows: At most ``MOST_CURVES`` groups.
        title: What is drawn; every point is added to it for people who do not see the chart.
        across: Words under the horizontal axis.
        up: Words above the vertical axis.
        spell: How a fraction is written.
    """
    left, top, side = 60.0, 30.0, 330.0
    bottom = top + side

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x * side, bottom - y * side

    parts = [text(left, top - 14, up, size=12, fill=MUTED)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = place(tick, tick)
        parts += [rule(x, top, x, bottom), rule(left, y, left + side, y)]
        parts += [
            text(x, bottom + 17, exactly(tick), anchor="middle", size=12, fill=MUTED),
            text(left - 8, y + 4.5, exactly(tick), anchor="end", size=12, fill=MUTED),
        ]
    parts.append(rule(left, bottom, left + side, top, stroke=MUTED, dash="1 4", width=1.2))
    parts.append(text(left + side / 2, bottom + 38, across, anchor="middle", size=12, fill=MUTED))
    said = []
    for index, (row, (dash, shape)) in enumerate(zip(rows, _STROKES, strict=False)):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in row.points))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.6"{dashed}/>')
        for x, low, high in row.whiskers:
            (a, b), (_, c) = place(x, low), place(x, high)
            parts.append(rule(a, b, a, c, stroke=MUTED))
        for point in row.marked:
            parts.append(_mark(*place(*point), shape))
        y = top + 14 + 36 * index
        parts += [
            rule(left + side + 24, y, left + side + 62, y, stroke=INK, dash=dash, width=1.6),
            _mark(left + side + 43, y, shape),
            *(
                text(left + side + 70, y + 4.5 + 13 * at, line, size=12)
                for at, line in enumerate(wrap(row.label, 20, break_on_hyphens=False)[:2])
            ),
        ]
        said.append(f"{row.label}: " + ", ".join(f"{spell(x)} and {spell(y)}" for x, y in row.points))
    return svg(bottom + 46, f"{title} ({across}; {up}): {'; '.join(said)}.", parts)


def _mark(x: float, y: float, shape: str) -> str:
    """A mark of about nine units, white inside so that a line behind it does not hide its form."""
    drawn = {
        "square": f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        "diamond": f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        "triangle": f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        "cross": f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8",
    }
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="#FFFFFF" stroke="{BLUE}" stroke-width="1.6"/>'
    return f'<path d="{drawn[shape]}" fill="#FFFFFF" stroke="{BLUE}" stroke-width="1.6"/>'
