"""Bars: dimensions with a point and its interval from 0 to 100, and terms of contracts that have grown.

In: scores, shares. Out: ``Markup``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from impact.report.charts.drawing import BAR, BLUE, GRID, INK, MUTED, WIDTH, exactly, row_label, rule, svg, text, ticks

__all__ = ["Bar", "level_bars", "term_bars"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One dimension: point and interval from 0 to 100, and the floor where it binds."""

    label: str
    point: float
    low: float
    high: float
    band: str
    floor: float | None = None


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
        return left + value / 100 * (WIDTH - left - right)

    parts, said = [], []
    starts = [start for start, _ in bands] or ticks(0, 100, most=4)
    for tick in [*starts, 100.0] if bands else starts:
        parts += [
            rule(x(tick), top - 4, x(tick), bottom, stroke="#9CA3AF" if bands else GRID),
            text(x(tick), bottom + 17, f"{tick:g}", anchor="middle", size=12, fill=MUTED),
        ]
    for (start, name), end in zip(bands, [*starts[1:], 100.0], strict=False):
        parts.append(text((x(start) + x(end)) / 2, top - 11, name, anchor="middle", size=12, fill=MUTED))
    for index, row in enumerate(rows):
        y = top + row_height * (index + 0.5)
        a, b, c = x(row.low), x(row.high), x(row.point)
        parts += [
            *row_label(left - 12, y, row.label),
            f'<rect x="{a:.1f}" y="{y - 6:.1f}" width="{max(b - a, 1.5):.1f}" height="12" fill="{BAR}" '
            f'stroke="{MUTED}" stroke-width="0.8"/>',
        ]
        words = f"{row.label} {row.band.lower()}, {row.point:.1f} ({row.low:.1f} to {row.high:.1f})"
        if row.floor is not None:
            parts.append(rule(x(row.floor), y - 11, x(row.floor), y + 11, stroke=INK, dash="3 2", width=1.6))
            words += f", held up by a floor of {row.floor:g}"
        parts.append(f'<path d="M{c:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" fill="{BLUE}"/>')
        said.append(words)
    parts.append(
        text(
            WIDTH / 2,
            bottom + 38,
            "Residual impact, 0 to 100. Diamond: point. Bar: lowest to highest. Dashed tick: binding floor.",
            anchor="middle",
            size=12,
            fill=MUTED,
        )
    )
    return svg(bottom + 46, f"{title}: {'; '.join(said)}.", parts)


def term_bars(rows: Sequence[tuple[str, float]], *, title: str) -> Markup:
    """How far each term has grown, as a share of the term first approved, with a dashed line at 10%.

    Args:
        rows: Label and share; a term that was cut has a share below 0.
        title: What is shown.
    """
    left, right, top, row_height = 190.0, 60.0, 14.0, 30.0
    bottom = top + row_height * len(rows)
    low = min(0.0, *(share for _, share in rows))
    high = max(0.2, *(share for _, share in rows))
    marks = ticks(low, high)
    high = max(high, marks[-1])

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (WIDTH - left - right)

    parts, said = [], []
    for tick in marks:
        parts += [
            rule(x(tick), top - 4, x(tick), bottom),
            text(x(tick), bottom + 17, exactly(tick), anchor="middle", size=12, fill=MUTED),
        ]
    parts.append(rule(x(0.1), top - 8, x(0.1), bottom + 3, stroke=INK, dash="3 2", width=1.6))
    for index, (label, share) in enumerate(rows):
        y = top + row_height * (index + 0.5)
        start, end = sorted((x(0.0), x(share)))
        parts += [
            *row_label(left - 12, y, label),
            f'<rect x="{start:.1f}" y="{y - 7:.1f}" width="{max(end - start, 1.5):.1f}" height="14" fill="{BLUE}"/>',
        ]
        said.append(f"{label} {share * 100:.1f}%")
    words = "Days added, as a share of the term first approved. Dashed line: 10%."
    parts.append(text(WIDTH / 2, bottom + 38, words, anchor="middle", size=12, fill=MUTED))
    return svg(bottom + 46, f"{title}: {'; '.join(said)}.", parts)
