"""Risk bands: who is in a higher one, whether outcomes rise with the band, and whether a person gave the same.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.charts.dots import Dot, dots
from impact.report.charts.series import Panel, Point, cut, series
from impact.report.figures import count, interval, percent
from impact.report.model import Figure, Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, joined, plural, signed_points
from impact.report.view.topics.parts import estimate, group_name, p_value

__all__ = ["make_bands"]

Row = Mapping[str, Any]

_MOST_DOTS = 25  # rows of one figure
_MOST_PANELS = 12  # of one figure; the tables hold every group
_LIMITS = (
    "These figures are exploratory: each interval holds for its row alone. They do not say whether a band is right for "
    "anybody, nor whether a group is in higher bands for a good reason. Where a band led to measures, the recorded "
    "outcomes are those after the measures."
)


def make_bands(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no band."""
    tables = audit["tables"]
    if not tables.get("bands"):
        return None
    heading = number.section("bands", "Risk bands")
    band = audit["plan"]["columns"].get("band") or {}
    order = list(dict.fromkeys(row["band"] for row in tables["bands"]))
    lead = (
        f"The plan maps ordered bands ({band.get('label') or 'risk'}); from the lowest to the highest they are "
        f"{joined(order)}. All figures below keep that order."
    )
    figures = [*_highest(audit, order, number), *_rising(audit, order, number)]
    made = [_shares(tables["bands"], number), _gaps(tables.get("band_gaps") or [], number)]
    made += [_outcomes(tables, number), _order(tables, number), _agreement(tables, number)]
    paragraphs = (lead, *_statement(tables, audit), _LIMITS)
    return Topic(
        heading=heading, paragraphs=paragraphs, figures=tuple(figures), tables=tuple(table for table in made if table)
    )


def _statement(tables: Mapping[str, Any], audit: Mapping[str, Any]) -> Iterator[str]:
    """What the order of outcomes is among all people: observed, never a verdict."""
    everyone = next((row for row in tables.get("band_order") or [] if not row["group"]), None)
    if everyone is None:
        return
    outcome = (audit["plan"]["columns"].get("outcome") or {}).get("label") or "the outcome"
    if everyone["slope"]["reason"] == "outcome_not_observed":
        yield "Outcomes are known only after a yes, so they are not set against the bands."
    elif everyone["steps"]:
        yield f"Among all people, the share with the outcome ({outcome}) {_falls(everyone)}."


def _falls(row: Row) -> str:
    """The order of outcomes in words.

    >>> _falls({"steps": 2, "falls": [], "falls_shown": []})
    'never falls from one band to the next'
    >>> _falls({"steps": 2, "falls": [["low", "medium"]], "falls_shown": []})
    'falls from low to medium (the data cannot tell this from chance)'
    """
    if not row["steps"]:
        return "has fewer than two bands to compare"
    if not row["falls"]:
        return "never falls from one band to the next"
    shown = [list(pair) for pair in row["falls_shown"]]
    said = [
        f"from {lower} to {upper}"
        + (
            " (its interval leaves out no change)"
            if [lower, upper] in shown
            else " (the data cannot tell this from chance)"
        )
        for lower, upper in row["falls"]
    ]
    return f"falls {joined(said)}"


def _characteristics(audit: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows by characteristic, under the name that the plan gives it."""
    groups = audit["plan"].get("groups") or {}
    for key in dict.fromkeys(next(iter(row["group"])) for row in rows if row["group"]):
        yield str((groups.get(key) or {}).get("label") or key), [row for row in rows if key in row["group"]]


def _unknown(audit: Mapping[str, Any]) -> list[Any]:
    return [row["group"] for row in audit["tables"]["groups"] if row["unknown"]]


def _highest(audit: Mapping[str, Any], order: Sequence[str], number: Numbering) -> Iterator[Figure]:
    """The share in the highest band, by group."""
    rows = [row for row in audit["tables"]["bands"] if row["band"] == order[-1]]
    everyone = next((row["at_least"]["value"] for row in rows if not row["group"]), None)
    unknown = _unknown(audit)
    for name, members in _characteristics(audit, rows):
        for start in range(0, len(members), _MOST_DOTS):
            drawn = [
                Dot(
                    label=group_name(row),
                    value=row["at_least"]["value"],
                    low=row["at_least"]["ci"][0] if row["at_least"]["ci"] else None,
                    high=row["at_least"]["ci"][1] if row["at_least"]["ci"] else None,
                    reason=why_none(row["at_least"]["reason"]),
                    hollow=row["group"] in unknown,
                )
                for row in members[start : start + _MOST_DOTS]
            ]
            title = f"In the highest band ({order[-1]}), by {name}"
            caption = f"{title}. Dot: share. Line: {_level(audit)} interval. Dashed line: everyone."
            caption += " Hollow square: group not known." if any(dot.hollow for dot in drawn) else ""
            axis = "Share of people with a band"
            yield number.figure(caption, dots(drawn, title=title, axis=axis, everyone=everyone, spell=percent))


def _rising(audit: Mapping[str, Any], order: Sequence[str], number: Numbering) -> Iterator[Figure]:
    """The share with the outcome by band, a panel for each group."""
    rows = audit["tables"].get("band_outcomes") or []
    everyone = [row for row in rows if not row["group"]]
    overall = [row["rate"]["value"] for row in everyone]
    unknown = _unknown(audit)
    for index, (name, members) in enumerate(_characteristics(audit, rows)):
        groups = [members[at : at + len(order)] for at in range(0, len(members), len(order))]
        known = [each for each in groups if each[0]["group"] not in unknown]
        panels = [_panel(each) for each in ([everyone, *known] if index == 0 else known)]
        left = len(panels) - _MOST_PANELS
        panels = panels[:_MOST_PANELS]
        if not panels:
            continue
        title = f"Share with the outcome by band, by {name}"
        caption = (
            f"{title} ({joined(order)}). Line: share. Shaded: {_level(audit)} interval. Dashed: everyone. "
            "All panels have one scale."
            + (" Cross: no share." if any(point.value is None for panel in panels for point in panel.points) else "")
            + (" A shade that reaches the top goes on above it." if cut(panels, overall) else "")
            + (f" {plural(left, 'further group')} in the table." if left > 0 else "")
        )
        yield number.figure(caption, series(panels, order, title=title, spell=percent, everyone=overall))


def _panel(rows: Sequence[Row]) -> Panel:
    return Panel(
        label=group_name(rows[0]),
        points=tuple(
            Point(
                value=row["rate"]["value"],
                low=row["rate"]["ci"][0] if row["rate"]["ci"] else None,
                high=row["rate"]["ci"][1] if row["rate"]["ci"] else None,
                reason="nobody" if row["rate"]["reason"] == "empty_cell" else why_none(row["rate"]["reason"]),
            )
            for row in rows
        ),
    )


def _level(audit: Mapping[str, Any]) -> str:
    return f"{(1 - (audit['plan'].get('plan') or {}).get('alpha', 0.05)) * 100:g}%"


def _shares(rows: Sequence[Row], number: Numbering) -> Table:
    without = next((row["no_band"] for row in rows if not row["group"]), 0)
    note = "“Or higher” counts everybody in this band or in one above it; for the lowest that is everybody. "
    note += f"{plural(without, 'person', 'people')} without a band stand nowhere here." if without else ""
    return number.table(
        "People by band",
        [("Group", 25), ("Band", 20), ("In this band", 20, True), ("In this band or higher", 35, True)],
        [
            (
                group_name(row),
                row["band"],
                f"{count(row['n'])} of {count(row['people'])}",
                _cumulative(row),
            )
            for row in rows
        ],
        note=note.strip(),
    )


def _cumulative(row: Row) -> str:
    if row["at_least"]["value"] is None:
        return why_none(row["at_least"]["reason"])
    if not row["place"]:
        return "everybody"
    limits = f" ({interval(row['at_least']['ci'], percent)})" if row["at_least"]["ci"] else ""
    return f"{percent(row['at_least']['value'])}{limits}"


def _gaps(rows: Sequence[Row], number: Numbering) -> Table | None:
    note = (
        "The chance: take one person of the group and one of the others; how often is the first in the higher band, "
        "bands alike counting one half? 50% is no difference; above it the group is in higher bands. Spread apart: the "
        "share of the group that would have to change band to be spread as the others are; it has no direction, is "
        "never below 0, and in small groups is above 0 by chance alone."
    )
    return number.table_or_none(
        "Who is in the higher band",
        [
            ("Group", 25),
            ("Compared with", 20),
            ("People on either side", 20, True),
            ("Chance of the higher band", 20, True),
            ("Spread apart", 15, True),
        ],
        [
            (
                group_name(row),
                comparator_label(row["comparator"]),
                f"{count(row['people'])} and {count(row['others'])}",
                estimate(row["superiority"], percent)
                + ("; too few for a reliable interval" if row["few"] and row["superiority"]["ci"] else ""),
                estimate(row["total_variation"], percent),
            )
            for row in rows
        ],
        note=note,
    )


def _outcomes(tables: Mapping[str, Any], number: Numbering) -> Table | None:
    rows = tables.get("band_outcomes") or []
    without = sum(row["unknown"] for row in rows if not row["group"])
    note = "The step is the share of this band less that of the band before; below 0 the share falls as the band rises."
    note += f" {plural(without, 'person', 'people')} without a known outcome are left out." if without else ""
    return number.table_or_none(
        "Share with the outcome in each band",
        [("Group", 25), ("Band", 20), ("With the outcome", 30, True), ("Step in points", 25, True)],
        [
            (
                group_name(row),
                row["band"],
                why_none(row["rate"]["reason"])
                if row["rate"]["value"] is None
                else f"{percent(row['rate']['value'])} ({interval(row['rate']['ci'], percent)}), "
                f"{count(row['k'])} of {count(row['n'])}",
                "–" if row["step"] is None else estimate(row["step"], signed_points),
            )
            for row in rows
        ],
        note=note,
    )


def _order(tables: Mapping[str, Any], number: Numbering) -> Table | None:
    rows = [row for row in tables.get("band_order") or [] if row["slope"]["reason"] != "outcome_not_observed"]
    note = (
        "A statement of what these counts show, not a judgement: where a share falls, a higher band did not go with "
        "more outcomes there. The slope is the mean change of the share from one band to the next; p says how often "
        "chance alone gives as steep a slope in either direction."
    )
    return number.table_or_none(
        "Does the share with the outcome rise with the band?",
        [("Group", 20), ("The share", 45), ("Slope in points", 25, True), ("p", 10, True)],
        [
            (
                group_name(row),
                _falls(row),
                estimate(row["slope"], signed_points),
                "–" if row["log10_p"] is None else p_value(10 ** row["log10_p"]),
            )
            for row in rows
        ],
        note=note,
    )


def _agreement(tables: Mapping[str, Any], number: Numbering) -> Table | None:
    note = (
        "Agreement beyond chance: 1 is agreement in every case, 0 what chance alone gives. The first weighs a "
        "disagreement by the number of steps, the second by its square. Agreement does not say who is right: a person "
        "who sees the scorer's band first may follow it."
    )
    return number.table_or_none(
        "The person's band against the scorer's",
        [
            ("Group", 20),
            ("Same band", 20, True),
            ("Person higher, lower", 20, True),
            ("Agreement (steps)", 20, True),
            ("Agreement (squared)", 20, True),
        ],
        [
            (
                group_name(row),
                f"{count(row['same'])} of {count(row['n'])}",
                f"{count(row['person_higher'])}, {count(row['person_lower'])}",
                estimate(row["kappa_linear"]),
                estimate(row["kappa_quadratic"]),
            )
            for row in tables.get("band_agreement") or []
        ],
        note=note,
    )
