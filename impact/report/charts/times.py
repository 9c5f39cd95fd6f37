"""Cumulative shares over time on a logarithmic scale, with a floor as an upright line.

In: seconds and shares. Out: ``Markup``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from impact.report.charts.drawing import BLUE, INK, MUTED, WIDTH, exactly, rule, svg, text, ticks

__all__ = ["Shares", "over_time"]


@dataclass(frozen=True, kw_only=True)
class Shares:
    """A cumulative share: points (seconds, share below), rising; a dash where it is not drawn solid."""

    label: str
    points: Sequence[tuple[float, float]]
    dash: str = ""


_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)


def over_time(
    lines: Sequence[Shares], *, title: str, axis: str, floor: float | None, spell: Callable[[float], str], told: str
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
        return left + (math.log(max(seconds, 0.5)) - low) / (high - low) * (WIDTH - left - right)

    def y(share: float) -> float:
        return bottom - share * height

    parts = []
    for share in ticks(0.0, 1.0, most=4):
        parts += [
            rule(left, y(share), WIDTH - right, y(share)),
            text(left - 8, y(share) + 4, exactly(share), anchor="end", size=12, fill=MUTED),
        ]
    taken = -math.inf
    for tick in _SECONDS:
        if low <= math.log(tick) <= high and x(tick) - taken > 46:
            taken = x(tick)
            parts.append(rule(x(tick), bottom, x(tick), bottom + 5, stroke=MUTED))
            parts.append(text(x(tick), bottom + 18, spell(tick), anchor="middle", size=12, fill=MUTED))
    if floor is not None:
        side = "end" if x(floor) > WIDTH * 0.6 else "start"
        parts.append(rule(x(floor), top - 8, x(floor), bottom, stroke=INK, dash="2 3", width=1.6))
        parts.append(
            text(x(floor) + (-6 if side == "end" else 6), top - 12, f"floor {spell(floor)}", anchor=side, size=12)
        )
    for line in lines:
        path = "".join(f"{'L' if at else 'M'}{x(a):.1f} {y(b):.1f}" for at, (a, b) in enumerate(line.points))
        dashed = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{BLUE}" stroke-width="2"{dashed}/>')
    place = left + 8.0
    for line in lines:
        key = bottom + 58
        parts.append(rule(place, key - 4, place + 34, key - 4, stroke=BLUE, dash=line.dash, width=2))
        parts.append(text(place + 42, key, line.label, size=12))
        place += 62 + 6.6 * len(line.label)
    parts.append(text((left + WIDTH - right) / 2, bottom + 38, axis, anchor="middle", size=12, fill=MUTED))
    return svg(bottom + 68, f"{title}: {told}", parts)
