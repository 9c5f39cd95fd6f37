"""Dots: one row for each group, a rate with its interval, and everyone as a dashed line.

In: rates from 0 to 1. Out: ``Markup``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from impact.report.charts.drawing import BLUE, INK, MUTED, WIDTH, exactly, row_label, rule, svg, text, ticks

__all__ = ["Dot", "dots"]


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One group: a rate with its interval, or the reason why there is none. Fractions from 0 to 1."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    hollow: bool = False  # people whose group is not known


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
        return left + value / limit * (WIDTH - left - right)

    parts, said = [], []
    for tick in ticks(0.0, limit):
        parts += [
            rule(x(tick), top, x(tick), bottom),
            text(x(tick), bottom + 17, exactly(tick), anchor="middle", size=12, fill=MUTED),
        ]
    if everyone is not None:
        parts.append(rule(x(everyone), top - 6, x(everyone), bottom, stroke=INK, dash="5 3", width=1.2))
        side = "end" if x(everyone) > WIDTH * 0.75 else "start" if x(everyone) < left + 60 else "middle"
        parts.append(text(x(everyone), top - 11, f"everyone {spell(everyone)}", anchor=side, size=12))
        said.append(f"everyone {spell(everyone)}")
    for index, row in enumerate(rows):
        y = top + row_height * (index + 0.5)
        parts += row_label(left - 12, y, row.label)
        if row.value is None:
            words = row.reason or "no value"
            width = min(WIDTH - right - left, 6.0 * len(words) + 8)  # about the width of a character at this size
            parts.append(f'<rect x="{left + 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="16" fill="#FFFFFF"/>')
            parts.append(text(left + 6, y + 4.5, words, size=12, fill=MUTED))
            said.append(f"{row.label}: {row.reason or 'no value'}")
            continue
        words = f"{row.label} {spell(row.value)}"
        if row.low is not None and row.high is not None:
            a, b = x(row.low), x(row.high)
            dash = "3 2" if row.hollow else ""
            parts += [
                rule(a, y, b, y, stroke=BLUE, width=2, dash=dash),
                rule(a, y - 5, a, y + 5, stroke=BLUE, width=2),
                rule(b, y - 5, b, y + 5, stroke=BLUE, width=2),
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
    parts.append(text((left + WIDTH - right) / 2, bottom + 38, axis, anchor="middle", size=12, fill=MUTED))
    return svg(bottom + 46, f"{title}: {'; '.join(said)}.", parts)
