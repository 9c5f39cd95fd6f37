"""Searches of a watch list: false and missed identifications by group, with what they were divided by.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic. What the rates cannot show, and that
they hold for one threshold and one list, stands before the first table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.charts.dots import Dot, dots
from impact.report.figures import count, multiple, percent
from impact.report.model import Figure, Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, group_label, joined, plural, sentence, signed_points
from impact.report.view.topics.parts import estimate, group_name
from impact.report.view.topics.search_parts import (
    NAMES,
    counted,
    how,
    how_plain,
    list_table,
    rank_table,
    rate_text,
    several,
    unequal_table,
)

__all__ = ["make_searches"]

_ZERO = {"comparator_zero": "none: the others’ rate is zero"}


def make_searches(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan has no searches, or their counts are not part of the audit."""
    tables = audit["tables"]
    rows = tables.get("searches") or []
    if not rows:
        return None
    heading = number.section("searches", "Searches of the watch list")
    plan = audit["plan"]["searches"]
    made = [_wrong(rows, audit, number), _missed(rows, plan, audit, number), _failed(rows, audit, number)]
    made += [_gaps(tables.get("search_gaps") or [], rate, audit, number) for rate in NAMES]
    made += [
        _even(tables.get("search_gaps") or [], audit, number),
        unequal_table(tables.get("search_inequality") or [], audit, number),
        rank_table(tables.get("search_ranks") or [], rows, audit, number),
        list_table(tables.get("search_lists") or [], audit, number),
    ]
    return Topic(
        heading=heading,
        paragraphs=tuple(_paragraphs(rows, plan, audit)),
        figures=tuple(_charts(rows, plan, number)),
        tables=tuple(table for table in made if table is not None),
    )


def _level(audit: Mapping[str, Any]) -> str:
    return f"{(1 - audit['plan']['plan'].get('alpha', 0.05)) * 100:g}%"


def _within(plan: Mapping[str, Any]) -> str:
    rank = plan.get("at_rank", 1)
    return "as the first candidate" if rank == 1 else f"among the first {rank} candidates"


def _paragraphs(rows: Sequence[Mapping[str, Any]], plan: Mapping[str, Any], audit: Mapping[str, Any]) -> Iterator[str]:
    everyone = rows[0]
    yield (
        "Each row of the data is one search: the system compared one face with everybody on a list and returned the "
        "candidates it held alike enough. Two errors are possible. Somebody who is not on the list is matched with "
        "somebody who is (a false positive identification). Somebody who is on the list is not found (a miss: here, "
        f"whoever is not returned {_within(plan)} at or above the threshold)."
    )
    mean = everyone["list_mean"]
    length = (
        f"The list held {count(round(mean))} people on average"
        if mean is not None
        else "The data do not say how long the list was"
    )
    yield (
        f"The threshold, in the words of the plan: {sentence(plan['threshold'])} {length}. Every rate below holds for "
        "that threshold and for those lists. The longer the list, the more people there are with whom somebody can "
        "wrongly be matched, so a rate from a short list says too little about a longer one; and a stricter threshold "
        "trades wrong matches for misses. No rate is carried over to another list or threshold here."
    )
    yield from _zeros(rows, audit)
    yield from _lengths(rows)
    if plan.get("rank") is None:
        yield (
            f"The data do not say which candidate was the right one, so misses cannot be counted. All that is known: "
            f"{count(everyone['nobody'])} of {count(everyone['fnir']['n'])} searches for listed people returned nobody."
        )
    elif everyone["others_only"]:
        yield (
            f"{plural(everyone['others_only'], 'search', 'searches')} for listed people returned other people only: "
            "each is counted as a miss, and those who were returned in their place are in no rate of wrong matches, "
            "which by its definition is one of searches for people not on the list."
        )
    left = [
        f"{count(everyone[key])} {why}"
        for key, why in (
            ("unknown_mated", "do not say whether the person is on the list"),
            ("no_result", "have no number of candidates"),
        )
        if everyone[key]
    ]
    if left:
        yield f"Of {plural(everyone['attempts'], 'row')}, {joined(left)}: they are in none of these rates."
    yield (
        f"What this does not show. A search is not a person: {_people(audit)} "
        "Volunteers in a trial may differ from the people whom the cameras meet. The share of alerts that are wrong "
        "also depends on how many listed people pass by, which a trial sets itself. Rates of one threshold do not show "
        "what another would do. ISO/IEC 19795-10:2024, a paid standard of whose text only the scope was read, asks "
        "for errors by group to be reported with their uncertainty and the operational threshold. All comparisons of "
        "this section are exploratory: nothing here was declared beforehand, and no finding follows from it."
    )


def _people(audit: Mapping[str, Any]) -> str:
    if several(audit):
        return (
            "one person can have several searches here, which are alike. The intervals of the rates and of their "
            "differences allow for that; a figure for which it was not counted has none."
        )
    return (
        "every interval here takes searches as independent. Where one person walked past or was searched for several "
        "times they are not, and the intervals are too narrow."
    )


def _zeros(rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any]) -> Iterator[str]:
    none = [row for row in rows if row["fpir"]["ci"] and not row["fpir"]["k"]]
    if not none:
        return
    said = [
        f"{group_name(row)}: none of {count(row['fpir']['n'])}, at most {percent(row['fpir']['ci'][1])}"
        + (f" (rule of three {percent(row['rule_of_three'])})" if row["rule_of_three"] is not None else "")
        for row in none
    ]
    yield (
        f"None seen is not never. No wrong match was seen for {'; '.join(said)}. The first limit is the upper end of "
        f"the {_level(audit)} interval"
        + (
            "; the rule of three, 3 divided by the number of searches (Hanley and Lippman-Hand 1983), is about the "
            "one-sided 95% limit."
            if any(row["rule_of_three"] is not None for row in none)
            else "."
        )
    )


def _lengths(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    means = [(row["list_mean"], row) for row in rows if row["list_mean"] and row["group"] and not row["unknown"]]
    if not means:
        return
    low, high = min(means, key=lambda each: each[0]), max(means, key=lambda each: each[0])
    if high[0] > 1.1 * low[0]:
        yield (
            f"Groups were searched against lists of different length: {group_name(low[1])} {count(round(low[0]))} on "
            f"average, {group_name(high[1])} {count(round(high[0]))}. Their rates of wrong matches are not alike in "
            "that respect, and the comparisons below do not allow for it."
        )


def _charts(rows: Sequence[Mapping[str, Any]], plan: Mapping[str, Any], number: Numbering) -> Iterator[Figure]:
    shown = [row for row in rows if row["group"] and len(row["group"]) == 1]
    rates = [("fpir", "Searches for people not on the list that matched somebody")]
    if plan.get("rank") is not None:
        rates.append(("fnir", "Searches for people on the list that missed them"))
    for rate, title in rates:
        if not shown or rows[0][rate]["value"] is None:
            continue
        drawing = dots(
            [_dot(row, rate) for row in shown],
            title=title,
            axis=f"{title}, share of such searches",
            everyone=rows[0][rate]["value"],
            spell=percent,
        )
        yield number.figure(f"{title}, by group, with intervals", drawing)


def _dot(row: Mapping[str, Any], rate: str) -> Dot:
    part = row[rate]
    low, high = part["ci"] or (None, None)
    return Dot(
        label=group_name(row),
        value=part["value"],
        low=low,
        high=high,
        reason="" if part["value"] is not None else why_none(part["reason"]),
        hollow=bool(row["unknown"]),
    )


def _wrong(rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table:
    return number.table(
        "Searches for people who are not on the list: wrongly matched",
        [
            ("Group", 20),
            ("Wrongly matched", 20, True),
            ("Rate (interval)", 30, True),
            ("Candidates for each 100 searches", 15, True),
            ("Length of the list, mean", 15, True),
        ],
        [
            (
                group_name(row),
                counted(row["fpir"]),
                rate_text(row["fpir"]),
                why_none(row["selectivity"]["reason"])
                if row["selectivity"]["value"] is None
                else f"{100 * row['selectivity']['value']:.2f}",
                "–" if row["list_mean"] is None else count(round(row["list_mean"])),
            )
            for row in rows
        ],
        note=f"{how(audit)} A search counts once however "
        "many wrong candidates it returned; the fourth column counts candidates. Attempts without a usable image are "
        "in no rate of this table, so it can differ from rates elsewhere in this report that count every row.",
    )


def _missed(
    rows: Sequence[Mapping[str, Any]], plan: Mapping[str, Any], audit: Mapping[str, Any], number: Numbering
) -> Table | None:
    if plan.get("rank") is None:
        return None
    with_failures = plan.get("failed") is not None
    columns: list[tuple[str, int] | tuple[str, int, bool]] = [
        ("Group", 20),
        ("Missed", 15, True),
        ("Rate (interval)", 25, True),
        ("Found", 15, True),
    ]
    columns.append(("Missed, failures counted as misses", 25, True) if with_failures else ("Others only", 25, True))
    made = []
    for row in rows:
        also = (
            f"{counted(row['missed_or_failed'])}: {rate_text(row['missed_or_failed'])}"
            if with_failures
            else f"{count(row['others_only'])} returned other people only"
        )
        found = "–" if row["tpir"]["value"] is None else percent(row["tpir"]["value"])
        made.append((group_name(row), counted(row["fnir"]), rate_text(row["fnir"]), found, also))
    return number.table(
        f"Searches for people who are on the list: not returned {_within(plan)} at or above the threshold",
        columns,
        made,
        note=how(audit),
    )


def _failed(rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Attempts without a usable image: nothing was searched",
        [("Group", 35), ("Failed", 25, True), ("Rate (interval)", 40, True)],
        [
            (group_name(row), counted(row["failed"]), rate_text(row["failed"]))
            for row in rows
            if row["failed"] is not None
        ],
        note=f"{how(audit)} Whoever cannot be captured is neither wrongly matched nor found.",
    )


def _gaps(gaps: Sequence[Mapping[str, Any]], rate: str, audit: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        f"{NAMES[rate]}: groups compared",
        [
            ("Group", 25),
            ("Its rate", 15, True),
            ("The others’", 15, True),
            ("Difference", 25, True),
            ("Ratio", 20, True),
        ],
        [
            (
                f"{group_label(row['group'])}, against {comparator_label(row['comparator'])}",
                _short(row["group_rate"]),
                _short(row["comparator_rate"]),
                estimate(row["difference"], signed_points),
                _ratio(row["ratio"]),
            )
            for row in gaps
            if row["rate"] == rate
        ],
        note=f"{_level(audit)} intervals, each for itself: differences in percentage points{_at(audit)}. "
        "No difference is 0, and a ratio of 1. Exploratory.",
    )


def _at(audit: Mapping[str, Any]) -> str:
    if not several(audit):
        return " by Newcombe, ratios by Koopman"
    return (
        " and ratios from the limits of both rates (square-and-add); where somebody has searches on both sides, the "
        "difference by its variance over people if at least ten people are in each numerator, and the ratio without "
        "an interval"
    )


def _short(part: Mapping[str, Any]) -> str:
    return why_none(part["reason"]) if part["value"] is None else f"{percent(part['value'])} ({counted(part)})"


def _ratio(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        text = _ZERO.get(part["reason"]) or why_none(part["reason"])
        low = part["ci"][0] if part["ci"] else 0
        return f"{text}; at least {multiple(low)}" if low else text
    return estimate(part, multiple)


def _even(gaps: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering) -> Table | None:
    return number.table_or_none(
        "Wrong matches: the group’s share of them beside its share of searches",
        [
            ("Group", 25),
            ("Wrong matches", 20, True),
            ("Share of them (break-even)", 30, True),
            ("Share of searches", 25, True),
        ],
        [
            (
                group_label(row["group"]),
                counted(row["break_even"]),
                rate_text(row["break_even"]) if row["break_even"]["n"] else "none: nobody was wrongly matched",
                "–" if row["break_even"]["actual"] is None else percent(row["break_even"]["actual"]),
            )
            for row in gaps
            if row["break_even"] is not None
        ],
        note=f"Of searches for people not on the list whose group is known. {how_plain(audit)} Were the "
        "group’s share of searches equal to its share of wrong matches, its rate would be that of the others; where "
        "its share of searches is smaller than that, its rate is higher.",
    )
