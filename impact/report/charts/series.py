"""Small multiples as SVG: one panel for each group, a rate by period with its interval as a band.

In: series with their spelling. Out: ``Markup`` with a ``<title>`` that says the same rates. Shape, dash and shade tell
apart, so colour is never the only cue: the band is grey, a hollow point is left out of statements about change, and a
period without a rate breaks the line and has a cross on the axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from impact.report.charts.drawing import BAR, BLUE, INK, MUTED, WIDTH, exactly, rule, svg, text, ticks

__all__ = ["Panel", "Point", "cut", "series"]

_GAP, _LEFT, _TOP, _HEIGHT, _FOOT = 18.0, 44.0, 24.0, 92.0, 24.0
_MOST_LETTERS = 38  # of a panel's name; the whole name stands in the title and in the table


@dataclass(frozen=True, kw_only=True)
class Point:
    """One period: a rate with its interval, or the reason why there is none. Fractions from 0 to 1."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One group; as many points as there are periods."""

    label: str
    points: tuple[Point, ...]


def series(
    panels: Sequence[Panel],
    periods: Sequence[str],
    *,
    title: str,
    spell: Callable[[float], str],
    everyone: Sequence[float | None] = (),
    marks: Sequence[int] = (),
) -> Markup:
    """Panels two abreast on one scale, so that their heights can be compared.

    Args:
        panels: One for each group.
        periods: Names of the periods, equally far apart.
        title: What is measured; the rates are added to it for people who do not see the chart.
        spell: How a fraction is written.
        everyone: Rate of all people by period, drawn dashed in every panel; empty for none.
        marks: Places of periods at whose beginning something changed, drawn as dotted lines.
    """
    limit, step = _scale(panels, everyone)
    wide = (WIDTH - _GAP) / 2
    tall = _TOP + _HEIGHT + _FOOT
    parts: list[str] = []
    said = []
    for index, panel in enumerate(panels):
        left, top = (index % 2) * (wide + _GAP), (index // 2) * tall
        parts += _panel(panel, periods, left, top, wide, limit, step, everyone, marks)
        values = (
            f"{name} {spell(point.value) if point.value is not None else point.reason or 'no value'}"
            + (" (left out)" if point.hollow else "")
            for name, point in zip(periods, panel.points, strict=True)
        )
        said.append(f"{panel.label}: {', '.join(values)}")
    return svg(tall * math.ceil(len(panels) / 2), f"{title}. {'; '.join(said)}.", parts)


def _scale(panels: Sequence[Panel], everyone: Sequence[float | None]) -> tuple[float, float]:
    """Top of the scale and distance of its lines. Every point is below the top; the band of a few people need not be,
    or one such group would press all others flat."""
    points = [point for panel in panels for point in panel.points]
    rates = max([*(point.value or 0.0 for point in points), *(each or 0.0 for each in everyone), 0.001])
    most = min(1.0, max(rates, min(max((point.high or 0.0 for point in points), default=0.0), 1.5 * rates)))
    step = ticks(0.0, most, most=3)[1]
    return min(1.0, math.ceil(most / step - 1e-9) * step), step


def cut(panels: Sequence[Panel], everyone: Sequence[float | None] = ()) -> bool:
    """Whether a band goes on above the top of the scale."""
    limit, _ = _scale(panels, everyone)
    return any((point.high or 0.0) > limit + 1e-9 for panel in panels for point in panel.points)


def _panel(
    panel: Panel,
    periods: Sequence[str],
    left: float,
    top: float,
    wide: float,
    limit: float,
    step: float,
    everyone: Sequence[float | None],
    marks: Sequence[int],
) -> list[str]:
    start, end, bottom = left + _LEFT, left + wide - 8, top + _TOP + _HEIGHT
    apart = (end - start) / max(len(periods), 1)

    def x(place: float) -> float:
        return start + apart * (place + 0.5)

    def y(value: float) -> float:
        return bottom - min(value, limit) / limit * _HEIGHT

    name = panel.label if len(panel.label) <= _MOST_LETTERS else panel.label[: _MOST_LETTERS - 1].rstrip() + "…"
    parts = [text(start, top + 14, name, size=13)]
    for count in range(round(limit / step) + 1):
        tick = count * step
        parts += [
            rule(start, y(tick), end, y(tick)),
            text(start - 6, y(tick) + 4, exactly(tick), anchor="end", size=11, fill=MUTED),
        ]
    for mark in marks:
        parts.append(rule(x(mark - 0.5), top + _TOP - 4, x(mark - 0.5), bottom, stroke=MUTED, dash="1 3", width=1.4))
    last = len(periods) - 1
    for place in sorted({0, last // 2, last} if last > 3 else {0, last}):
        anchor = "start" if place == 0 and last else "end" if place == last and last else "middle"
        at = x(place) - apart / 2 * ((anchor == "start") - (anchor == "end"))
        parts.append(text(at, bottom + 15, periods[place], anchor=anchor, size=11, fill=MUTED))
    for run in _runs([point.low is not None and point.high is not None for point in panel.points]):
        upper = [(x(i), y(panel.points[i].high or 0.0)) for i in run]
        lower = [(x(i), y(panel.points[i].low or 0.0)) for i in reversed(run)]
        if len(run) == 1:  # a band without width would not be seen
            (at, high), (_, low) = upper[0], lower[0]
            parts.append(rule(at, low, at, high, stroke=BAR, width=6))
            continue
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in (*upper, *lower))
        parts.append(f'<path d="M{path}z" fill="{BAR}"/>')
    parts += _line([(x(i), y(each)) if each is not None else None for i, each in enumerate(everyone)], INK, "5 3", 1.1)
    places = [(x(i), y(point.value)) if point.value is not None else None for i, point in enumerate(panel.points)]
    parts += _line(places, BLUE, "", 1.8)
    for i, (point, where) in enumerate(zip(panel.points, places, strict=True)):
        if where is None:
            a, b = x(i), bottom
            parts += [
                rule(a - 3, b - 3, a + 3, b + 3, stroke=MUTED, width=1.4),
                rule(a - 3, b + 3, a + 3, b - 3, stroke=MUTED, width=1.4),
            ]
            continue
        inside = f'fill="#FFFFFF" stroke="{BLUE}" stroke-width="1.5"' if point.hollow else f'fill="{BLUE}"'
        parts.append(f'<circle cx="{where[0]:.1f}" cy="{where[1]:.1f}" r="2.8" {inside}/>')
    return parts


def _line(places: Sequence[tuple[float, float] | None], stroke: str, dash: str, width: float) -> list[str]:
    """A line through neighbouring places; one that is missing breaks it."""
    parts = []
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    for run in _runs([place is not None for place in places]):
        path = "L".join(f"{place[0]:.1f} {place[1]:.1f}" for place in (places[i] for i in run) if place is not None)
        parts.append(f'<path d="M{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>')
    return parts


def _runs(there: Sequence[bool]) -> list[list[int]]:
    """Places that follow each other without a gap.

    >>> _runs([True, True, False, True])
    [[0, 1], [3]]
    """
    found: list[list[int]] = []
    for index, present in enumerate(there):
        if present and found and found[-1][-1] == index - 1:
            found[-1].append(index)
        elif present:
            found.append([index])
    return found
