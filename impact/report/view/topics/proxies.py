"""What other columns give away: how well each declared column predicts who belongs to which group.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import count, percent
from impact.report.model import Table, Topic
from impact.report.view.parts import Numbering, joined
from impact.report.view.topics.parts import estimate, group_name, three

__all__ = ["make_proxies"]

Row = Mapping[str, Any]

_LIMITS = (
    "What this does not show: whether the scorer uses any of these columns, how much weight it gives them, or that a "
    "decision rests on them. Several columns together can give away more than each of them alone. A column that gives "
    "little away among these people can give away more among others."
)


def make_proxies(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan names no such column."""
    rows: Sequence[Row] = audit["tables"].get("proxies") or []
    if not rows:
        return None
    heading = number.section("proxies", "What other columns give away")
    names = _names(audit)
    keys = list(dict.fromkeys(row["proxy"] for row in rows))
    lead = (
        "A column can stand in for a characteristic without naming it. The plan asks this of "
        f"{joined([names[k] for k in keys])}. No decision and no outcome is used here."
    )
    labels = {key: str(part.get("label") or key) for key, part in (audit["plan"].get("groups") or {}).items()}
    made = [
        _categories(rows, names, labels, number),
        _guesses(rows, names, labels, number),
        _numbers(rows, names, number),
    ]
    return Topic(
        heading=heading, paragraphs=(lead, *_without(rows, names), _LIMITS), tables=tuple(each for each in made if each)
    )


def _names(audit: Mapping[str, Any]) -> dict[str, str]:
    proxies = ((audit["plan"].get("plan") or {}).get("also") or {}).get("proxies") or {}
    return {key: str(part.get("label") or part["name"]) for key, part in proxies.items()}


def _without(rows: Sequence[Row], names: Mapping[str, str]) -> tuple[str, ...]:
    """People without a value, the most that any characteristic leaves out."""
    most: dict[str, int] = {}
    for row in rows:
        most[row["proxy"]] = max(most.get(row["proxy"], 0), row["without"])
    left = [f"{count(n)} without “{names[key]}”" for key, n in most.items() if n]
    return (f"Left out are people whose group is not known, and {joined(left)}.",) if left else ()


def _categories(
    rows: Sequence[Row], names: Mapping[str, str], labels: Mapping[str, str], number: Numbering
) -> Table | None:
    note = (
        "Association: 0 is none, 1 where the column tells the group for certain, less what chance alone gives "
        "(Cramér’s V). "
        "The whole characteristic first, then each group against all others. "
        "Values that very few people have are taken together."
    )
    return number.table_or_none(
        "How closely columns go with a characteristic",
        [("Column", 25), ("Group", 25), ("People", 20, True), ("Association", 30, True)],
        [
            (
                names[row["proxy"]],
                group_name(row) if row["group"] else f"{labels[row['characteristic']]}, all groups",
                count(row["n"]),
                estimate(row["cramers_v"]),
            )
            for row in rows
            if row["cramers_v"] is not None
        ],
        note=note,
    )


def _guesses(
    rows: Sequence[Row], names: Mapping[str, str], labels: Mapping[str, str], number: Numbering
) -> Table | None:
    note = (
        "Guessed right: if everybody were taken for the group that is most common at their value of the "
        "column; beside it, "
        "if everybody were taken for the largest group of all. Both are counted on the same people, so the "
        "first is on the "
        "high side, and more so where a column has many values; neither has an interval. Nobody was guessed: these are "
        "counts."
    )
    return number.table_or_none(
        "How often a guess from the column would be right",
        [
            ("Column", 20),
            ("Characteristic", 20),
            ("Different values", 10, True),
            ("Right, knowing the column", 25, True),
            ("Right without it", 25, True),
        ],
        [
            (
                names[row["proxy"]],
                labels[row["characteristic"]],
                count(row["values"]),
                _of(row["guess"]["knowing"], row["guess"]["n"]),
                _of(row["guess"]["blind"], row["guess"]["n"]),
            )
            for row in rows
            if row["guess"] is not None
        ],
        note=note,
    )


def _of(k: int, n: int) -> str:
    return f"{percent(k / n)} ({count(k)} of {count(n)})" if n else "nobody"


def _numbers(rows: Sequence[Row], names: Mapping[str, str], number: Numbering) -> Table | None:
    note = (
        "Take one person of the group and one of the others; how often has the first the higher number, equal ones "
        "counting one half? 0.5 gives nothing away; near 1 the group has higher numbers, near 0 lower ones. Where a "
        "bin holds several numbers, the most that this can have moved the chance is named: more bins narrow it."
    )
    return number.table_or_none(
        "How well a number tells a group from the others",
        [("Column", 25), ("Group", 20), ("People on either side", 20, True), ("Chance of the higher number", 35, True)],
        [
            (
                names[row["proxy"]],
                group_name(row),
                f"{count(row['n'])} and {count(row['others'])}",
                estimate(row["area"], three)
                + ("; too few for a reliable interval" if row["few"] and row["area"]["ci"] else "")
                + (f"; bins leave it open by {three(row['binning'])}" if row["binning"] else ""),
            )
            for row in rows
            if row["area"] is not None
        ],
        note=note,
    )
