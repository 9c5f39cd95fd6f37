"""Two scores on the same cases: whose area is larger, and whether that differs between groups.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count
from impact.report.model import Table, Topic
from impact.report.view.parts import Numbering, comparator_label, joined, plural
from impact.report.view.topics.parts import estimate, group_name, p_value, three

__all__ = ["make_scorer_areas"]

Row = Mapping[str, Any]

_LIMITS = (
    "These figures are exploratory: each interval holds for its row alone. An area says how well a score puts "
    "people in "
    "order. It does not say whether its numbers mean what they say, nor what happens at the threshold in use: a scorer "
    "with the larger area can still err more there."
)


def make_scorer_areas(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan sets no second score against the first."""
    rows: Sequence[Row] = audit["tables"].get("scorer_areas") or []
    if not rows:
        return None
    heading = number.section("scorer_areas", "Scores compared on the same cases")
    names = _names(audit)
    gaps = audit["tables"].get("scorer_area_gaps") or []
    made: list[Table | None] = []
    for key in dict.fromkeys(row["second"] for row in rows):
        made.append(_areas([row for row in rows if row["second"] == key], names[key], names["decision"], number))
        made.append(_gaps([row for row in gaps if row["second"] == key], names[key], names["decision"], number))
    return Topic(
        heading=heading,
        paragraphs=tuple(_paragraphs(rows, names)),
        tables=tuple(table for table in made if table is not None),
    )


def _names(audit: Mapping[str, Any]) -> dict[str, str]:
    columns = audit["plan"]["columns"]
    names = {"decision": str(columns["decision"].get("scorer") or "the decision")}
    return names | {key: str(part["label"]) for key, part in (columns.get("also") or {}).items()}


def _paragraphs(rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[str]:
    seconds = dict.fromkeys(row["second"] for row in rows)
    yield (
        f"The score of {joined([names[key] for key in seconds])} is set against that of {names['decision']} on "
        "the cases "
        "that have both. The area (AUC): take one person with the recorded outcome and one without; how often has the "
        "first the higher score? 1 is always, 0.5 is what guessing gives. Both scores are read so that higher means a "
        "yes. Because the same people stand behind both areas, the interval of their difference allows for that."
    )
    for key in seconds:
        row = next(each for each in rows if each["second"] == key and not each["group"])
        one = row["only_first"] + row["only_second"]
        said = f"{names[key]}: {count(row['both'])} cases have both scores"
        said += f", {count(one)} only one of the two" if one else ""
        said += f"; {plural(row['outcome_unknown'], 'case')} without a known outcome" if row["outcome_unknown"] else ""
        if row["binning"]:
            said += f". Scores were counted in bins, which leave the difference open by {three(row['binning'])} at most"
        yield f"{said}."
    yield _LIMITS


def _areas(rows: Sequence[Row], second: str, first: str, number: Numbering) -> Table:
    note = (
        f"Difference: the area of {first} less that of {second}; above 0 the first puts people in order better. "
        "p says how "
        f"often chance alone gives a difference as large in either direction, adjusted for "
        f"{plural(rows[0]['family_size'], 'comparison')}."
    )
    return number.table(
        f"Areas of {first} and {second}",
        [
            ("Group", 15),
            ("With and without the outcome", 15, True),
            (first, 20, True),
            (second, 20, True),
            ("Difference", 15, True),
            ("p", 15, True),
        ],
        [
            (
                group_name(row),
                f"{count(row['positives'])} and {count(row['negatives'])}",
                estimate(row["first_area"]),
                estimate(row["second_area"]),
                estimate(row["difference"], _signed)
                + ("; too few for a reliable interval" if row["few"] and row["difference"]["ci"] else ""),
                "–" if row["log10_p_adjusted"] is None else p_value(10 ** row["log10_p_adjusted"]),
            )
            for row in rows
        ],
        note=note,
    )


def _gaps(rows: Sequence[Row], second: str, first: str, number: Numbering) -> Table | None:
    note = (
        "The difference of the two areas in a group, less the same difference among the others: other than 0 where one "
        "scorer is ahead by more in the group than among the others."
    )
    return number.table_or_none(
        f"Is {first} ahead of {second} by as much in every group?",
        [
            ("Group", 20),
            ("Compared with", 15),
            ("In the group", 25, True),
            ("Among the others", 25, True),
            ("Apart", 15, True),
        ],
        [
            (
                group_name(row),
                comparator_label(row["comparator"]),
                estimate(row["group_difference"], _signed),
                estimate(row["comparator_difference"], _signed),
                estimate(row["gap"], _signed),
            )
            for row in rows
        ],
        note=note,
    )


def _signed(value: float) -> str:
    """A difference of areas.

    >>> _signed(-0.1234), _signed(0.0001)
    ('−0.123', '0.000')
    """
    text = three(abs(value))
    return text if not text.strip("0.") else f"{'−' if value < 0 else '+'}{text}"
