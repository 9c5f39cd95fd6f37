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

__all__ = ["Bar", "Curve", "Dot", "curves", "dots", "level_bars", "ticks"]

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


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A cumulative share: points (seconds, share below), rising; a dash where it is not drawn solid."""

    label: str
    points: Sequence[tuple[float, float]]
    dash: str = ""


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


_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)


def curves(
    lines: Sequence[Curve], *, title: str, axis: str, floor: float | None, spell: Callable[[float], str], told: str
) -> Markup:
    """Cumulative shares over time on a logarithmic scale, with the floor as a dashed upright line.

    Args:
        lines: One for each kind of case.
        title: What is shown.
        axis: Words under the axis.
        floor: Seconds at which to draw the line, or None.
        spell: How seconds are written.
        told: The same in words, for people who do not see the chart.
    """
    left, right, top, height = 60.0, 24.0, 40.0, 200.0
    bottom = top + height
    ends = [point[0] for line in lines for point in line.points if point[0] > 0] + ([floor] if floor else [])
    low, high = math.log(max(min(ends), 0.5)), math.log(max(*ends, 2.0))
    high = max(high, low + 0.1)

    def x(seconds: float) -> float:
        return left + (math.log(max(seconds, 0.5)) - low) / (high - low) * (_WIDTH - left - right)

    def y(share: float) -> float:
        return bottom - share * height

    parts = []
    for share in ticks(0.0, 1.0, most=4):
        parts += [
            _rule(left, y(share), _WIDTH - right, y(share)),
            _text(left - 8, y(share) + 4, _exactly(share), anchor="end", size=12, fill=MUTED),
        ]
    taken = -math.inf
    for tick in _SECONDS:
        if low <= math.log(tick) <= high and x(tick) - taken > 46:
            taken = x(tick)
            parts.append(_rule(x(tick), bottom, x(tick), bottom + 5, stroke=MUTED))
            parts.append(_text(x(tick), bottom + 18, spell(tick), anchor="middle", size=12, fill=MUTED))
    if floor is not None:
        side = "end" if x(floor) > _WIDTH * 0.6 else "start"
        parts.append(_rule(x(floor), top - 8, x(floor), bottom, stroke=INK, dash="2 3", width=1.6))
        parts.append(
            _text(x(floor) + (-6 if side == "end" else 6), top - 12, f"floor {spell(floor)}", anchor=side, size=12)
        )
    for line in lines:
        path = "".join(f"{'L' if at else 'M'}{x(a):.1f} {y(b):.1f}" for at, (a, b) in enumerate(line.points))
        dashed = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{BLUE}" stroke-width="2"{dashed}/>')
    place = left + 8.0
    for line in lines:
        key = bottom + 58
        parts.append(_rule(place, key - 4, place + 34, key - 4, stroke=BLUE, dash=line.dash, width=2))
        parts.append(_text(place + 42, key, line.label, size=12))
        place += 62 + 6.6 * len(line.label)
    parts.append(_text((left + _WIDTH - right) / 2, bottom + 38, axis, anchor="middle", size=12, fill=MUTED))
    return _svg(bottom + 68, f"{title}: {told}", parts)
