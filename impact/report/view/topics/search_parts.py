"""Parts of the section on searches: shares with their counts, inequality over groups, ranks, lengths of lists.

In: rows of findings.json. Out: text and tables. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, multiple, percent
from impact.report.model import Table
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, group_label
from impact.report.view.topics.parts import group_name

__all__ = ["NAMES", "counted", "how", "how_plain", "list_table", "rank_table", "rate_text", "several", "unequal_table"]

NAMES = {
    "fpir": "Wrongly matched, of searches for people not on the list",
    "fnir": "Missed, of searches for people on the list",
    "failed": "No usable image, of all attempts",
}


def several(audit: Mapping[str, Any]) -> bool:
    """Whether one person can have several searches, and the plan says who."""
    return bool((audit["plan"].get("unit") or {}).get("person_id"))


def how(audit: Mapping[str, Any]) -> str:
    """How the intervals of shares are made, for a note."""
    level = f"{(1 - audit['plan']['plan'].get('alpha', 0.05)) * 100:g}%"
    if several(audit):
        return (
            f"{level} intervals, each for itself, at as many searches as would say as much if each were of another "
            "person (Korn and Graubard 1998); where fewer than ten people are in the rate’s numerator, as if all "
            "searches of one person ended alike. Where there is none, what it needs was not counted, or fewer than ten "
            "people stand behind it."
        )
    return f"Exact (Clopper and Pearson) {level} intervals, each for itself."


def rate_text(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        return why_none(part["reason"])
    return f"{percent(part['value'])} ({interval(part['ci'], percent)})" if part["ci"] else percent(part["value"])


def counted(part: Mapping[str, Any]) -> str:
    return f"{count(part['k'])} of {count(part['n'])}"


def how_plain(audit: Mapping[str, Any]) -> str:
    """The same for shares that are not counted over people."""
    return "Without intervals: over people these shares were not counted." if several(audit) else how(audit)


def unequal_table(rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table | None:
    groups = audit["plan"].get("groups") or {}
    return number.table_or_none(
        "How unequal the error rates of the groups are",
        [
            ("Characteristic and rate", 20),
            ("Lowest", 20, True),
            ("Highest", 20, True),
            ("Highest over lowest", 15, True),
            ("Over geometric mean", 15, True),
            ("Gini", 10, True),
        ],
        [
            (
                f"{(groups.get(row['characteristic']) or {}).get('label') or row['characteristic']}: "
                f"{NAMES[row['rate']].split(',')[0].lower()}",
                _end(row["lowest"]),
                _end(row["highest"]),
                _times(row, "largest_over_smallest"),
                _times(row, "largest_over_geometric_mean"),
                "–" if row["gini"] is None else f"{row['gini']:.2f}",
            )
            for row in rows
        ],
        note="Descriptions of the observed rates, without intervals: with few errors chance alone makes the highest "
        "rate several times the lowest, so these decide nothing. Highest over geometric mean after Grother 2022; Gini, "
        "0 where all rates are the same, as in Howard et al. 2022.",
    )


def _end(part: Mapping[str, Any] | None) -> str:
    return "–" if part is None else f"{group_label(part['group'])}: {percent(part['value'])} ({counted(part)})"


def _times(row: Mapping[str, Any], key: str) -> str:
    if row[key] is not None:
        return multiple(row[key])
    return "none: the lowest is zero" if row["reason"] == "comparator_zero" else why_none(row["reason"])


def rank_table(
    ranks: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    audit: Mapping[str, Any],
    number: Numbering,
) -> Table | None:
    single = [row for row in rows if len(row["group"]) <= 1]
    shown = sorted({row["rank"] for row in ranks})[:5]
    if not shown:
        return None
    held = {(tuple(row["group"].items()), row["rank"]): row for row in ranks}
    width = 15
    columns: list[tuple[str, int] | tuple[str, int, bool]] = [("Group", 100 - width * len(shown))]
    columns += [(f"Among the first {rank}" if rank > 1 else "First", width, True) for rank in shown]
    return number.table(
        "Searches for people on the list: where they came among the candidates, whatever the threshold",
        columns,
        [(group_name(row), *(rate_text(held[tuple(row["group"].items()), rank]) for rank in shown)) for row in single],
        note=f"{how_plain(audit)} Ranks are those that the data record: where only candidates at or "
        "above the threshold were kept, these are rates at that threshold too.",
    )


def list_table(rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Wrong matches by length of the list",
        [("People on the list", 30), ("Mean", 15, True), ("Wrongly matched", 25, True), ("Rate (interval)", 30, True)],
        [
            (
                row["label"] or "not recorded",
                "–" if row["list_mean"] is None else count(round(row["list_mean"])),
                counted(row["fpir"]),
                rate_text(row["fpir"]),
            )
            for row in rows
        ],
        note=f"{how_plain(audit)} These lists may differ in more than their length: in who is on them, "
        "in when and where they were used.",
    )
