"""Periods: the primary rates over time, the gap between groups, and whether anything moved.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.charts.series import Panel, Point, cut, series
from impact.report.figures import count, interval, multiple, percent
from impact.report.model import Figure, Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import MISSING, Numbering, capital, joined, signed_points
from impact.report.view.topics.parts import group_name, share
from impact.report.words import say

__all__ = ["full_share", "gap", "make_periods", "notes", "probability"]

_SHOWN = 36  # periods: three years of months; the others stand in the table files
_GROUPS = 12  # levels of one characteristic
_ABREAST = 4  # columns beside the period
_ENOUGH = 4  # periods from which statements about change and the gaps by period are printed: fewer say next to nothing
_MOVES = (
    "What this does not show: why a rate moved. Seasons, a change of policy or of staff at the same date, other people "
    "coming into the pool, and a new version of the scorer all look alike here. Nobody declared these comparisons "
    "beforehand, and there are many of them: all are exploratory."
)
_DEFAULTS = (
    "An outcome that is recorded as “no” until something is found looks fully known from the first day. Late periods "
    "of such an outcome are not mature either, and the counts cannot show it."
)

Row = Mapping[str, Any]


def make_periods(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no date."""
    tables = audit["tables"]
    said = notes(audit, "period")
    if not tables.get("timeline") and not said:
        return None
    period = ((audit["plan"]["columns"].get("time") or {}).get("period")) or "period"
    heading = number.section("periods", f"By {period}")
    timeline = tables.get("timeline") or []
    shown = [row["period"] for row in timeline][-_SHOWN:]
    paragraphs = [
        f"Each row of the data is counted in the {period} of its date. Shown are the metrics that the plan declares as "
        "primary, for everyone and for each group. A band that is wide says that few people stand behind the point.",
        _MOVES,
        *([_DEFAULTS] if audit["plan"]["columns"].get("outcome") else []),
        *said,
    ]
    if len(timeline) > len(shown):
        paragraphs.append(
            f"The last {len(shown)} of {len(timeline)} periods are printed; all of them were used, and stand in "
            "tables/periods.csv and in the attached record."
        )
    if 0 < len(timeline) < _ENOUGH:
        paragraphs.append(
            f"With fewer than {_ENOUGH} periods no change of level can be told from chance. Trends and gaps by period "
            "are not printed here; they stand in tables/changes.csv, tables/periods.csv and in the attached record."
        )
    paragraphs += _crowded(audit)
    return Topic(
        heading=heading,
        paragraphs=tuple(paragraphs),
        figures=tuple(_figures(audit, shown, number)),
        tables=tuple(_tables(audit, shown, number)),
    )


def notes(audit: Mapping[str, Any], about: str) -> list[str]:
    """What the analysis says could not be said."""
    return [row["text"] for row in audit["tables"].get("period_notes") or [] if row["about"] == about]


def full_share(row: Row) -> str:
    """A rate with its interval and its counts; or why there is none.

    >>> full_share({"value": 0.2, "ci": [0.05, 0.5], "k": 2, "n": 10, "reason": None, "left_out": "immature"})
    '20.0% (5.0% to 50.0%), 2 of 10; immature'
    """
    if row["value"] is None:
        return "nobody" if row["reason"] == "empty_cell" else why_none(row["reason"])
    text = f"{percent(row['value'])} ({interval(row['ci'], percent)}), {count(row['k'])} of {count(row['n'])}"
    return text + (f"; {say(_ASIDE, row['left_out'])}" if row.get("left_out") else "")


_ASIDE = {"immature": "immature", "coverage_differs": "known otherwise"}


def gap(row: Row) -> str:
    """Difference in points and ratio, each with its interval; or why there is no comparison."""
    difference, ratio = row["difference"], row["ratio"]
    if difference is None:
        return "nobody" if row["reason"] == "empty_cell" else "–"
    if difference["value"] is None:
        return why_none(difference["reason"])
    text = f"{signed_points(difference['value'])} ({interval(difference['ci'], signed_points)}); "
    if ratio["value"] is None:
        text += f"ratio {why_none(ratio['reason'])}"
    else:
        text += f"{multiple(ratio['value'])} times ({interval(ratio['ci'], multiple, open_end=ratio.get('open'))})"
    return text + ("; few" if row["few"] else "")


def probability(log10_p: float | None) -> str:
    """A p-value from its logarithm.

    >>> probability(-1.30103), probability(-7.2), probability(None)
    ('0.05', 'below 0.0001', '–')
    """
    if log10_p is None:
        return "–"
    return "below 0.0001" if log10_p < -4 else f"{float(f'{10**log10_p:.2g}'):g}"


def _metrics(audit: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["metric"] for row in audit["tables"].get("periods") or []))


def _crowded(audit: Mapping[str, Any]) -> Iterator[str]:
    """Which characteristics have more groups than are printed."""
    held: dict[str, set[str]] = {}
    for row in audit["tables"].get("periods") or []:
        for key, value in row["group"].items():
            held.setdefault(key, set()).add(value)
    for key, values in held.items():
        if len(values) > _GROUPS:
            yield (
                f"{capital(_characteristic(key, audit))} has {len(values)} groups, of which the first {_GROUPS} are "
                "drawn and printed by period; all stand in tables/periods.csv and in the attached record."
            )


def _by_characteristic(rows: Sequence[Row]) -> Iterator[tuple[str, list[list[Row]]]]:
    """Characteristic -> its series, at most so many as are printed."""
    held: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        for key, value in row["group"].items():
            held.setdefault(key, {}).setdefault(value, []).append(row)
    for key, groups in held.items():
        yield key, list(groups.values())[:_GROUPS]


def _figures(audit: Mapping[str, Any], shown: Sequence[str], number: Numbering) -> Iterator[Figure]:
    timeline = [row for row in audit["tables"].get("timeline") or [] if row["period"] in shown]
    level = f"{(1 - (audit['plan'].get('plan') or {}).get('alpha', 0.05)) * 100:g}%"
    marks = _first_uses(timeline)
    # Of single characteristics only: where an intersection is not known, a part of it may well be.
    single = [row["group"] for row in audit["tables"]["groups"] if row["unknown"] and len(row["group"]) == 1]
    unknown = {item for group in single for item in group.items()}
    for metric in _metrics(audit):
        name = capital(metric_name(metric, audit))
        rows = [row for row in audit["tables"]["periods"] if row["metric"] == metric and row["period"] in shown]
        everyone = [row for row in rows if not row["group"]]
        overall = [row["value"] for row in everyone]
        for index, (key, groups) in enumerate(_by_characteristic(rows)):
            label = _characteristic(key, audit)
            known = [each for each in groups if (key, each[0]["group"][key]) not in unknown]
            panels = [_panel(each) for each in ([everyone, *known] if index == 0 else known)]
            if not panels:
                continue
            hollow = any(point.hollow for panel in panels for point in panel.points)
            crossed = any(point.value is None for panel in panels for point in panel.points)
            caption = (
                f"{name} over time, by {label}. Line: rate. Band: {level} interval. Dashed: everyone."
                + (" Hollow: left out of statements about change." if hollow else "")
                + (" Cross: no rate." if crossed else "")
                + (" Dotted: a version is used for the first time." if marks else "")
                + " All panels have one scale."
                + (" A band that reaches the top goes on above it." if cut(panels, overall) else "")
                + (" People whose group is not known stand in the table." if len(known) < len(groups) else "")
            )
            drawing = series(
                panels,
                shown,
                title=f"{name} over time, by {label}",
                spell=percent,
                everyone=overall,
                marks=marks,
            )
            yield number.figure(caption, drawing)


def _first_uses(timeline: Sequence[Row]) -> list[int]:
    """Periods, but the first, in which a version appears that was not there before."""
    seen: set[str] = set()
    found = []
    for index, row in enumerate(timeline):
        new = {version for version in row.get("versions") or [] if version != MISSING} - seen
        if new and seen:
            found.append(index)
        seen |= new
    return found


def _panel(rows: Sequence[Row]) -> Panel:
    return Panel(
        label=group_name(rows[0]),
        points=tuple(
            Point(
                value=row["value"],
                low=row["ci"][0] if row["ci"] else None,
                high=row["ci"][1] if row["ci"] else None,
                reason="nobody" if row["reason"] == "empty_cell" else why_none(row["reason"]),
                hollow=row["left_out"] is not None,
            )
            for row in rows
        ),
    )


def _characteristic(key: str, audit: Mapping[str, Any]) -> str:
    return str(((audit["plan"].get("groups") or {}).get(key) or {}).get("label") or key)


def _tables(audit: Mapping[str, Any], shown: Sequence[str], number: Numbering) -> Iterator[Table]:
    timeline = [row for row in audit["tables"].get("timeline") or [] if row["period"] in shown]
    if timeline:
        yield _timeline(timeline, number)
    for metric in _metrics(audit):
        name = capital(metric_name(metric, audit))
        rows = [row for row in audit["tables"]["periods"] if row["metric"] == metric and row["period"] in shown]
        changes = [row for row in audit["tables"].get("changes") or [] if row["metric"] == metric]
        many = len(audit["tables"].get("timeline") or []) >= _ENOUGH
        if changes and many:
            yield _changes(name, changes, number)
            if any(row["funnel"]["target"] is not None for row in changes):
                yield _funnels(name, changes, number)
        everyone = [row for row in rows if not row["group"]]
        for index, (key, groups) in enumerate(_by_characteristic(rows)):
            label = _characteristic(key, audit)
            columns = [everyone, *groups] if index == 0 else groups
            for part in _abreast(columns):
                yield _pivot(f"{name}, by {label}", part, shown, full_share, number)
            compared = [each for each in groups if any(row["difference"] is not None for row in each)]
            for part in _abreast(compared) if many else ():
                yield _pivot(
                    f"{name}, by {label}: difference in points from all others, and ratio",
                    part,
                    shown,
                    gap,
                    number,
                    note="“few”: fewer than 30 on one side. Each interval stands alone: among many, some leave out "
                    "“no difference” by chance.",
                )
    if timeline and timeline[0]["mix"]:
        yield _mix(timeline, audit, number)


def _abreast(columns: Sequence[Sequence[Row]]) -> Iterator[Sequence[Sequence[Row]]]:
    """Columns in as few tables as hold them, of about equal width."""
    tables = -(-len(columns) // _ABREAST)
    at = 0
    for table in range(tables):
        size = -(-(len(columns) - at) // (tables - table))
        yield columns[at : at + size]
        at += size


def _timeline(timeline: Sequence[Row], number: Numbering) -> Table:
    outcomes = any("outcomes_known" in row for row in timeline)
    versions = any("versions" in row for row in timeline)
    columns: list[tuple[str, int] | tuple[str, int, bool]] = [("Period", 20), ("Counted", 20, True)]
    columns += [("Outcome known", 30, True)] if outcomes else []
    columns += [("Versions in use", 30)] if versions else []
    return number.table(
        "What was counted in each period",
        columns,
        [
            (
                row["period"],
                count(row["people"]) if row["people"] else "nobody",
                *([share(row["outcomes_known"]) if row["people"] else "–"] if outcomes else []),
                *([", ".join(_version(each) for each in row["versions"])] if versions else []),
            )
            for row in timeline
        ],
        note="Where less is known of the last periods than of the others, their outcomes are not mature." * outcomes,
    )


def _version(name: str) -> str:
    return "not known" if name == MISSING else name


def _pivot(
    caption: str,
    columns: Sequence[Sequence[Row]],
    shown: Sequence[str],
    cell: Any,
    number: Numbering,
    *,
    note: str = "",
) -> Table:
    width = {1: 80, 2: 40, 3: 25, 4: 20}[len(columns)]
    by = [{row["period"]: row for row in each} for each in columns]
    return number.table(
        caption,
        [("Period", 100 - width * len(columns)), *((group_name(each[0]), width, True) for each in columns)],
        [(name, *(cell(held[name]) for held in by)) for name in shown],
        note=note,
    )


def _changes(name: str, rows: Sequence[Row], number: Numbering) -> Table:
    return number.table(
        f"{name}: did it move? Exploratory",
        [
            ("Group", 20),
            ("Periods used", 10, True),
            ("Most likely change of level", 25, True),
            ("Trend, points a period", 20, True),
            ("Trend of the gap to all others", 25, True),
        ],
        [
            (
                group_name(row),
                count(row["periods"]),
                _change(row["change"]),
                _slope(row["trend"]),
                "–" if row["gap_trend"] is None else _slope(row["gap_trend"]),
            )
            for row in rows
        ],
        note="p: how often rates that never moved would look like this; in brackets the same after allowing for all "
        "such comparisons of this section (Benjamini and Hochberg). A change of level takes two periods on each "
        "side, and limits for single periods take four periods. "
        "A group’s own rate can move while its gap to the others stays.",
    )


def _change(part: Row) -> str:
    if part["reason"]:
        return why_none(part["reason"])
    return f"from {part['first']}: {percent(part['before'])} before, {percent(part['after'])} since; {_p(part)}"


def _slope(part: Row) -> str:
    if part["value"] is None:
        return why_none(part["reason"])
    limits = f" ({interval(part['ci'], signed_points)})" if part["ci"] else ""
    return f"{signed_points(part['value'])}{limits}; {_p(part)}"


def _p(part: Row) -> str:
    return f"p {probability(part['log10_p'])} ({probability(part['log10_p_adjusted'])})"


def _funnels(name: str, rows: Sequence[Row], number: Numbering) -> Table:
    return number.table(
        f"{name}: periods further from the common rate than chance allows",
        [("Group", 25), ("Common rate", 15, True), ("Spread", 15, True), ("Outside the limits", 45)],
        [
            (
                group_name(row),
                percent(row["funnel"]["target"]) if row["funnel"]["target"] is not None else "–",
                f"{row['funnel']['overdispersion']:.2f}" if row["funnel"]["overdispersion"] is not None else "–",
                why_none(row["funnel"]["reason"]) if row["funnel"]["reason"] else _outside(row["funnel"]["outside"]),
            )
            for row in rows
        ],
        note="Spread: 1 is what chance gives. Well above 1 periods differ for reasons that many of them share; the "
        "limits are widened by it, and the p-values of change and trend are then too small. Limits: 95% (warning) and "
        "99.8% (action); of 20 periods one is expected beyond 95%.",
    )


def _outside(points: Sequence[Row]) -> str:
    if not points:
        return "none"
    return joined(
        [
            f"{each['period']} ({percent(each['value'])}, {each['place']}{', few people' if each['few'] else ''})"
            for each in points
        ]
    )


def _mix(timeline: Sequence[Row], audit: Mapping[str, Any], number: Numbering) -> Table:
    keys = list(timeline[0]["mix"])[:_ABREAST]
    width = {1: 80, 2: 40, 3: 25, 4: 20}[len(keys)]

    def cell(part: Row) -> str:
        if part["value"] is None:
            return "nobody" if part["reason"] == "empty_cell" else why_none(part["reason"])
        return f"{part['value']:.3f} ({part['by_chance']:.3f})"

    return number.table(
        "Who was counted: how far the mix of people in each period differs from all other periods",
        [("Period", 100 - width * len(keys)), *((capital(_characteristic(key, audit)), width, True) for key in keys)],
        [(row["period"], *(cell(row["mix"][key]) for key in keys)) for row in timeline],
        note="Stability index: 0 is the same mix; in brackets what chance alone gives on average. Where the mix "
        "changes, the rate of everyone can move although the rate of no group does.",
    )
