"""Charts as SVG, written by hand: shape, dash and shade tell apart, so colour is never the only cue.

In: numbers with their spelling. Out: ``Markup`` with a ``<title>`` that says the same numbers.
Knows nothing of records and has no plotting library. Presentation attributes only, so a strict page policy keeps them.
An undefined value is words in its row, never a point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from markupsafe import Markup

__all__ = ["MOST_CURVES", "Bar", "Curve", "Dot", "curves", "dots", "level_bars", "ticks"]

INK, MUTED, GRID, BAR, BLUE = "#111827", "#4B5563", "#D1D5DB", "#C7CED8", "#1F4E79"
_WIDTH = 640.0
_LABEL_LENGTH = 26  # characters in a line of a label: fits a browser's own typeface too, which is wider


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One group: a rate with its interval, or the reason why there is none. Fractions from 0 to 1."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    hollow: bool = False  # people whose group is not known


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One dimension: point and interval from 0 to 100, and the floor where it binds."""

    label: str
    point: float
    low: float
    high: float
    band: str
    floor: float | None = None


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


def _exactly(value: float) -> str:
    """A tick as a percentage without loss: 0.025 -> 2.5%."""
    return f"{round(value * 100, 10):g}%"


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: float = 13, fill: str = INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size:g}" fill="{fill}">{escape(words)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, *, stroke: str = GRID, dash: str = "", width: float = 1) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def _svg(height: float, title: str, parts: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704 - every text in parts was escaped above
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:g}" role="img" '
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


def _row_label(x: float, y: float, label: str) -> list[str]:
    """A label beside the middle of its row."""
    lines = _lines(label)
    if len(lines) == 1:
        return [_text(x, y + 4.5, lines[0], anchor="end")]
    return [_text(x, y - 2.5, lines[0], anchor="end", size=12), _text(x, y + 10.5, lines[1], anchor="end", size=12)]


def dots(
    rows: Sequence[Dot], *, title: str, axis: str, everyone: float | None, spell: Callable[[float], str]
) -> Markup:
    """Dot-and-whisker chart: a rate by group, with the rate of everybody as a dashed line.

    Args:
        rows: One for each group, in the order in which they are drawn.
        title: What is measured; the numbers are added to it for people who do not see the chart.
        axis: Words under the axis.
        everyone: Rate of all people together, or None where it is undefined.
        spell: How a fraction is written.
    """
    left, right, top, row_height = 200.0, 24.0, 26.0, 27.0
    ends = [end for row in rows for end in (row.value, row.high) if end is not None] + [everyone or 0.0]
    most = min(1.0, max([*ends, 0.001]))
    step = ticks(0.0, most)[1]
    limit = min(1.0, math.ceil(most / step - 1e-9) * step)
    bottom = top + row_height * len(rows)

    def x(value: float) -> float:
        return left + value / limit * (_WIDTH - left - right)

    parts, said = [], []
    for tick in ticks(0.0, limit):
        parts += [
            _rule(x(tick), top, x(tick), bottom),
            _text(x(tick), bottom + 17, _exactly(tick), anchor="middle", size=12, fill=MUTED),
        ]
    if everyone is not None:
        parts.append(_rule(x(everyone), top - 6, x(everyone), bottom, stroke=INK, dash="5 3", width=1.2))
        side = "end" if x(everyone) > _WIDTH * 0.75 else "start" if x(everyone) < left + 60 else "middle"
        parts.append(_text(x(everyone), top - 11, f"everyone {spell(everyone)}", anchor=side, size=12))
        said.append(f"everyone {spell(everyone)}")
    for index, row in enumerate(rows):
        y = top + row_height * (index + 0.5)
        parts += _row_label(left - 12, y, row.label)
        if row.value is None:
            words = row.reason or "no value"
            width = min(_WIDTH - right - left, 6.0 * len(words) + 8)  # about the width of a character at this size
            parts.append(f'<rect x="{left + 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="16" fill="#FFFFFF"/>')
            parts.append(_text(left + 6, y + 4.5, words, size=12, fill=MUTED))
            said.append(f"{row.label}: {row.reason or 'no value'}")
            continue
        words = f"{row.label} {spell(row.value)}"
        if row.low is not None and row.high is not None:
            a, b = x(row.low), x(row.high)
            dash = "3 2" if row.hollow else ""
            parts += [
                _rule(a, y, b, y, stroke=BLUE, width=2, dash=dash),
                _rule(a, y - 5, a, y + 5, stroke=BLUE, width=2),
                _rule(b, y - 5, b, y + 5, stroke=BLUE, width=2),
            ]
            words += f" ({spell(row.low)} to {spell(row.high)})"
        cx = x(row.value)
        if row.hollow:
            parts.append(
                f'<rect x="{cx - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="#FFFFFF" '
                f'stroke="{BLUE}" stroke-width="2"/>'
            )
        else:
            parts.append(f'<circle cx="{cx:.1f}" cy="{y:.1f}" r="5" fill="{BLUE}"/>')
        said.append(words)
    parts.append(_text((left + _WIDTH - right) / 2, bottom + 38, axis, anchor="middle", size=12, fill=MUTED))
    return _svg(bottom + 46, f"{title}: {'; '.join(said)}.", parts)


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

    parts = [_text(left, top - 14, up, size=12, fill=MUTED)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = place(tick, tick)
        parts += [_rule(x, top, x, bottom), _rule(left, y, left + side, y)]
        parts += [
            _text(x, bottom + 17, _exactly(tick), anchor="middle", size=12, fill=MUTED),
            _text(left - 8, y + 4.5, _exactly(tick), anchor="end", size=12, fill=MUTED),
        ]
    parts.append(_rule(left, bottom, left + side, top, stroke=MUTED, dash="1 4", width=1.2))
    parts.append(_text(left + side / 2, bottom + 38, across, anchor="middle", size=12, fill=MUTED))
    said = []
    for index, (row, (dash, shape)) in enumerate(zip(rows, _STROKES, strict=False)):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in row.points))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.6"{dashed}/>')
        for x, low, high in row.whiskers:
            (a, b), (_, c) = place(x, low), place(x, high)
            parts.append(_rule(a, b, a, c, stroke=MUTED))
        for point in row.marked:
            parts.append(_mark(*place(*point), shape))
        y = top + 14 + 36 * index
        parts += [
            _rule(left + side + 24, y, left + side + 62, y, stroke=INK, dash=dash, width=1.6),
            _mark(left + side + 43, y, shape),
            *(
                _text(left + side + 70, y + 4.5 + 13 * at, line, size=12)
                for at, line in enumerate(wrap(row.label, 20, break_on_hyphens=False)[:2])
            ),
        ]
        said.append(f"{row.label}: " + ", ".join(f"{spell(x)} and {spell(y)}" for x, y in row.points))
    return _svg(bottom + 46, f"{title} ({across}; {up}): {'; '.join(said)}.", parts)


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


def level_bars(rows: Sequence[Bar], *, title: str, bands: Sequence[tuple[float, str]]) -> Markup:
    """Interval bars from 0 to 100: grey bar for the interval, diamond for the point, a dashed tick for a binding floor.

    Args:
        rows: One for each dimension.
        title: What is shown.
        bands: Lower end and name of each band, lowest first; empty where the record's bands are not the known ones.
    """
    left, right, top, row_height = 190.0, 24.0, 28.0, 30.0
    bottom = top + row_height * len(rows)

    def x(value: float) -> float:
        return left + value / 100 * (_WIDTH - left - right)

    parts, said = [], []
    starts = [start for start, _ in bands] or ticks(0, 100, most=4)
    for tick in [*starts, 100.0] if bands else starts:
        parts += [
            _rule(x(tick), top - 4, x(tick), bottom, stroke="#9CA3AF" if bands else GRID),
            _text(x(tick), bottom + 17, f"{tick:g}", anchor="middle", size=12, fill=MUTED),
        ]
    for (start, name), end in zip(bands, [*starts[1:], 100.0], strict=False):
        parts.append(_text((x(start) + x(end)) / 2, top - 11, name, anchor="middle", size=12, fill=MUTED))
    for index, row in enumerate(rows):
        y = top + row_height * (index + 0.5)
        a, b, c = x(row.low), x(row.high), x(row.point)
        parts += [
            *_row_label(left - 12, y, row.label),
            f'<rect x="{a:.1f}" y="{y - 6:.1f}" width="{max(b - a, 1.5):.1f}" height="12" fill="{BAR}" '
            f'stroke="{MUTED}" stroke-width="0.8"/>',
        ]
        words = f"{row.label} {row.band.lower()}, {row.point:.1f} ({row.low:.1f} to {row.high:.1f})"
        if row.floor is not None:
            parts.append(_rule(x(row.floor), y - 11, x(row.floor), y + 11, stroke=INK, dash="3 2", width=1.6))
            words += f", held up by a floor of {row.floor:g}"
        parts.append(f'<path d="M{c:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" fill="{BLUE}"/>')
        said.append(words)
    parts.append(
        _text(
            _WIDTH / 2,
            bottom + 38,
            "Residual impact, 0 to 100. Diamond: point. Bar: lowest to highest. Dashed tick: binding floor.",
            anchor="middle",
            size=12,
            fill=MUTED,
        )
    )
    return _svg(bottom + 46, f"{title}: {'; '.join(said)}.", parts)
