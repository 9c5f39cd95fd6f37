"""Predicted amounts: how far off predictions are, in which direction, and for whom.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from impact.report.charts.dots import Dot, dots
from impact.report.figures import count, interval, percent
from impact.report.model import Figure, Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, plural, signed_points
from impact.report.view.topics.parts import estimate, group_name, p_value

__all__ = ["make_amounts"]

Row = Mapping[str, Any]

_MOST_DOTS = 25  # rows of one figure
_LIMITS = (
    "These figures are exploratory: each interval holds for its row alone. They say how far off predictions were where "
    "the true amount is known. They do not say how far off they were for people whose true amount is not known, and a "
    "true amount can itself follow from the prediction, where it decided what was paid or done."
)


def make_amounts(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no amount."""
    rows = audit["tables"].get("amounts") or []
    amount = audit["plan"]["columns"].get("amount")
    if not rows or not amount:
        return None
    heading = number.section("amounts", "Predicted amounts")
    spell = _spell(amount["decimals"])
    near = f"{amount['tolerance']:,.{amount['decimals']}f} {amount['unit']}"
    lead = (
        f"The scorer predicts an amount ({amount['label']}, in {amount['unit']}). An error is the prediction less the "
        "true amount: above 0 it predicts too much, below 0 too little. The plan calls a prediction near "
        f"enough where it is at most {near} off (reason given: {amount['reason']})."
    )
    everyone = next(row for row in rows if not row["group"])
    tables = [
        _sizes(rows, amount["unit"], spell, number),
        _directions(rows, near, number),
        _gaps(audit["tables"].get("amount_gaps") or [], amount["unit"], spell, number),
    ]
    return Topic(
        heading=heading,
        paragraphs=(lead, *_coverage(everyone), _LIMITS),
        figures=tuple(_figures(audit, rows, number)),
        tables=tuple(table for table in tables if table),
    )


def _spell(decimals: int) -> Callable[[float], str]:
    """An amount with a sign, to one decimal more than it is kept in, at most two.

    >>> _spell(2)(-1234.5), _spell(0)(12.34), _spell(2)(-0.001)
    ('−1,234.50', '+12.3', '0.00')
    """
    places = min(decimals + 1, 2)

    def spelled(value: float) -> str:
        text = f"{abs(value):,.{places}f}"
        return text if not text.strip("0.,") else f"{'−' if value < 0 else '+'}{text}"

    return spelled


def _plain(spell: Callable[[float], str]) -> Callable[[float], str]:
    """The same without a plus sign, for what is never below 0."""
    return lambda value: spell(value).removeprefix("+")


def _coverage(everyone: Row) -> Iterator[str]:
    left = everyone["no_prediction"] + everyone["no_actual"] + everyone["neither"]
    if left:
        lost = everyone["no_prediction"] + everyone["neither"]
        yield (
            f"Of {count(everyone['n'] + left)} rows {count(everyone['n'])} have both amounts. {plural(left, 'row')} "
            f"{'is' if left == 1 else 'are'} in no figure here: {count(lost)} without a prediction, "
            f"{count(everyone['no_actual'])} with a prediction and no true amount."
        )


def _figures(audit: Mapping[str, Any], rows: Sequence[Row], number: Numbering) -> Iterator[Figure]:
    """The share predicted too much, by group: a share that is not near enough would hide the direction."""
    groups = audit["plan"].get("groups") or {}
    level = f"{(1 - (audit['plan'].get('plan') or {}).get('alpha', 0.05)) * 100:g}%"
    overall = next(row["over"]["value"] for row in rows if not row["group"])
    for key in dict.fromkeys(next(iter(row["group"])) for row in rows if row["group"]):
        members = [row for row in rows if key in row["group"]]
        name = (groups.get(key) or {}).get("label") or key
        for start in range(0, len(members), _MOST_DOTS):
            drawn = [
                Dot(
                    label=group_name(row),
                    value=row["over"]["value"],
                    low=row["over"]["ci"][0] if row["over"]["ci"] else None,
                    high=row["over"]["ci"][1] if row["over"]["ci"] else None,
                    reason=why_none(row["over"]["reason"]),
                    hollow=row["unknown"],
                )
                for row in members[start : start + _MOST_DOTS]
            ]
            title = f"Predicted too much, by {name}"
            caption = f"{title}. Dot: share. Line: {level} interval. Dashed line: everyone."
            caption += " Hollow square: group not known." if any(dot.hollow for dot in drawn) else ""
            axis = "Share of people with both amounts"
            yield number.figure(caption, dots(drawn, title=title, axis=axis, everyone=overall, spell=percent))


def _sizes(rows: Sequence[Row], unit: str, spell: Callable[[float], str], number: Numbering) -> Table:
    note = (
        "Mean error: too much and too little cancel. Mean size: they do not, so it says how far off a "
        "prediction is. Root "
        "mean square: the same with large errors counting for more; it has no interval, because what one needs was not "
        "counted."
    )
    plain = _plain(spell)
    return number.table(
        f"How far off predictions are, in {unit}",
        [
            ("Group", 20),
            ("Known", 15, True),
            ("Mean error", 25, True),
            ("Mean size", 25, True),
            ("Root mean square", 15, True),
        ],
        [
            (
                group_name(row),
                f"{count(row['n'])} of {count(row['n'] + row['no_prediction'] + row['no_actual'] + row['neither'])}",
                estimate(row["mean_error"], spell) + _few(row, row["mean_error"]),
                estimate(row["mean_absolute_error"], plain),
                _bare(row["root_mean_squared_error"], plain),
            )
            for row in rows
        ],
        note=note,
    )


def _few(row: Row, part: Row) -> str:
    return "; too few for a reliable interval" if row["few"] and part["ci"] else ""


def _bare(part: Row, spell: Callable[[float], str]) -> str:
    return why_none(part["reason"]) if part["value"] is None else spell(part["value"])


def _directions(rows: Sequence[Row], near: str, number: Numbering) -> Table:
    return number.table(
        "Too much, too little, near enough",
        [("Group", 25), ("Too much", 25, True), ("Too little", 25, True), ("Near enough", 25, True)],
        [(group_name(row), *(_share(row[name]) for name in ("over", "under", "near_enough"))) for row in rows],
        note=f"Too much and too little: by more than {near}. The three shares add up to everybody with both amounts.",
    )


def _share(part: Row) -> str:
    if part["value"] is None:
        return why_none(part["reason"])
    limits = f" ({interval(part['ci'], percent)})" if part["ci"] else ""
    return f"{percent(part['value'])}{limits}, {count(part['k'])} of {count(part['n'])}"


_NAMES = {
    "mean_error": "Mean error",
    "mean_absolute_error": "Mean size of the error",
    "over": "Predicted too much",
    "under": "Predicted too little",
}


def _gaps(rows: Sequence[Row], unit: str, spell: Callable[[float], str], number: Numbering) -> Table | None:
    family = next((row["family_size"] for row in rows), 0)
    note = (
        f"Group less the others: amounts in {unit}, shares in points. p says how often chance alone gives a "
        "difference as "
        f"large in either direction, adjusted for the {plural(family, 'comparison')} of this table."
    )
    return number.table_or_none(
        "Errors of each group beside those of others",
        [
            ("Group", 15),
            ("Compared with", 15),
            ("What", 20),
            ("People on either side", 15, True),
            ("Difference", 20, True),
            ("p", 15, True),
        ],
        [
            (
                group_name(row),
                comparator_label(row["comparator"]),
                _NAMES[row["measure"]],
                f"{count(row['n'])} and {count(row['comparator_n'])}",
                estimate(row["difference"], spell) + _few(row, row["difference"])
                if row["measure"].startswith("mean")
                else estimate(row["difference"], signed_points),
                "–" if row["log10_p_adjusted"] is None else p_value(10 ** row["log10_p_adjusted"]),
            )
            for row in rows
        ],
        note=note,
    )
