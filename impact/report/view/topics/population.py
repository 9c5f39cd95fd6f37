"""Population: events for each 1,000 residents of a group, and how many times those of others.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic. What residents cannot show stands before
the first table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count, multiple
from impact.report.model import Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, group_label, joined, sentence
from impact.report.view.topics.parts import estimate

__all__ = ["make_population"]

_CAVEAT = (
    "What this does not show. Residents are not the people who were there: those who pass through an area, work or go "
    "out in it may be others than those who live in it, and where and when a system is used is itself a choice that "
    "falls on some areas more than on others. One person can be counted many times, so a rate is one of events and "
    "not the share of people, and its interval, which takes events as independent, may be too narrow. A ratio here "
    "does not say whether people in like circumstances were treated alike; rates among those who were counted stand in "
    "the other sections."
)


def make_population(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan names no population."""
    tables = audit["tables"]
    if not tables.get("population"):
        return None
    heading = number.section("population", "Set against the population")
    about, rows = tables["population"][0], tables.get("disproportion") or []
    paragraphs = (*_paragraphs(about, audit), _CAVEAT)
    return Topic(heading=heading, paragraphs=paragraphs, tables=tuple(_tables(about, rows, audit, number)))


def _paragraphs(about: Mapping[str, Any], audit: Mapping[str, Any]) -> Iterator[str]:
    fingerprint = next((each for each in audit["source_fingerprint"] if each["file"] == about["file"]), None)
    digest = f" ({fingerprint['digest']})" if fingerprint else ""
    yield (
        f"The file {about['file']}{digest} gives {count(about['people'])} people, described in the plan as: "
        f"{sentence(about['label'])} A rate is the number of events for each 1,000 of them; the ratio (the "
        "disproportionality ratio of “Stop and think”, Equality and Human Rights Commission 2010) says how many times "
        "the rate of one group is that of another. 1 is no disproportion in this sense."
    )
    for name in ("yes", "counted"):
        left = about["events_without_residents"].get(name)
        if left:
            total = left + about["events"][name]
            yield (
                f"{count(left)} of {count(total)} {_events(name, audit)} are in no rate: their group is not known, or "
                "the file has no number for it."
            )
    for key, levels in about["levels_without_residents"].items():
        if levels:
            named = joined([group_label({key: level}) for level in levels])
            yield f"The file has no number of residents for {_label(key, audit)}: {named}."
    for key, people in about["residents_of_unknown_group"].items():
        if people:
            yield f"{count(people)} residents of unknown {_label(key, audit)} in the file are on no side."
    if about["reason"] is not None:
        yield f"Not shown for each combination of {_names(about['by'], audit)}: there are too many of them."


def _tables(
    about: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], audit: Mapping[str, Any], number: Numbering
) -> Iterator[Table]:
    for name in dict.fromkeys(row["event"] for row in rows):
        own = [row for row in rows if row["event"] == name]
        for keys in dict.fromkeys(tuple(sorted(row["group"])) for row in own):
            part = [row for row in own if tuple(sorted(row["group"])) == keys]
            first = next(key for key in about["by"] if key in keys)
            within = [key for key in about["by"] if key in keys and key != first]
            where = f", within each {_names(within, audit)}" if within else ""
            yield _table(
                f"{_events(name, audit, capital=True)} by {_label(first, audit)}{where}",
                part,
                about["by"],
                audit,
                number,
            )


def _table(
    caption: str,
    rows: Sequence[Mapping[str, Any]],
    by: Sequence[str],
    audit: Mapping[str, Any],
    number: Numbering,
) -> Table:
    level = f"{(1 - audit['plan']['plan'].get('alpha', 0.05)) * 100:g}%"
    return number.table(
        f"{caption}, against residents",
        [
            ("Group", 20),
            ("Events / residents", 15, True),
            ("For each 1,000", 20, True),
            ("Compared with: for each 1,000", 15, True),
            ("Ratio", 20, True),
            ("Ratio is 1 with", 10, True),
        ],
        [_cells(row, by) for row in rows],
        note=(
            f"{level} intervals, each for itself: exact Poisson limits for a rate, for a ratio exact given all events "
            "of both. Last column: so many people of the group would have to be within reach, in place of its "
            "residents, for the ratio to be 1."
        ),
    )


def _cells(row: Mapping[str, Any], by: Sequence[str]) -> tuple[str, ...]:
    # In the order of the plan: canonical JSON sorts the keys of a group.
    group = {key: row["group"][key] for key in by if key in row["group"]}
    who = f"{group_label(group)}, against {_against(row)}"
    if row["reason"] is not None:
        return (group_label(group), f"{count(row['events'])} / not known", _NO_NUMBER, "–", "–", "–")
    return (
        who,
        f"{count(row['events'])} / {count(row['residents'])}",
        _rate(row["rate"]),
        _rate(row["comparator_rate"], bare=True),
        _ratio(row["ratio"]),
        "–" if row["break_even"] is None else count(round(row["break_even"])),
    )


_NO_NUMBER = "no rate, because the file has no number of residents"


def _against(row: Mapping[str, Any]) -> str:
    return comparator_label(row["comparator"]) + (" there" if row["comparator"].get("within") else "")


def _per_thousand(value: float) -> str:
    """Two significant digits below 1, one decimal above.

    >>> _per_thousand(54.04), _per_thousand(0.0312), _per_thousand(0.0)
    ('54.0', '0.031', '0')
    """
    return "0" if value == 0 else f"{value:,.1f}" if value >= 1 else f"{value:.2g}"


def _rate(part: Mapping[str, Any], *, bare: bool = False) -> str:
    if part["value"] is None:
        return "none: no residents" if part["reason"] == "empty_cell" else why_none(part["reason"])
    return _per_thousand(part["value"]) if bare else estimate(part, _per_thousand)


def _ratio(part: Mapping[str, Any]) -> str:
    if part["value"] is None:
        reasons = {"empty_cell": "none: no residents", "comparator_zero": "none: the others’ rate is zero"}
        return reasons.get(part["reason"]) or why_none(part["reason"])
    return estimate(part, multiple)


def _events(name: str, audit: Mapping[str, Any], *, capital: bool = False) -> str:
    plan = audit["plan"]
    text = f"rows of the table (each is one {audit['unit']})"
    if name == "yes":
        text = f"decisions of yes ({plan['columns']['decision']['label']})"
    return text[:1].upper() + text[1:] if capital else text


def _label(key: str, audit: Mapping[str, Any]) -> str:
    return str((audit["plan"]["groups"].get(key) or {}).get("label") or key)


def _names(keys: Sequence[str], audit: Mapping[str, Any]) -> str:
    return joined([_label(key, audit) for key in keys])
