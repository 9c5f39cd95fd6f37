"""Classes without an order: which are found, which are named wrongly, and for whom.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, percent
from impact.report.model import Table, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import Numbering, comparator_label, joined, plural, signed_points
from impact.report.view.topics.parts import estimate, group_name, p_value

__all__ = ["make_classes"]

Row = Mapping[str, Any]

_MOST_GAPS = 60  # rows of a printed table; the attached counts and findings.json hold all
_WIDEST = 8  # classes of a printed cross table
_RATES = {
    "recall": "Found, of those who are of the class",
    "precision": "Right, of those named so",
    "false_alarm": "Named so, of those who are not",
    "predicted_share": "Named so, of all",
}
_LIMITS = (
    "These figures are exploratory: each interval holds for its row alone. They count every wrong class alike, "
    "although "
    "one mistake may cost a person far more than another, and they say nothing of people whose true class is not known."
)


def make_classes(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no classes."""
    tables = audit["tables"]
    rows: Sequence[Row] = tables.get("classes") or []
    classes = audit["plan"]["columns"].get("classes")
    if not rows or not classes:
        return None
    heading = number.section("classes", "Predicted classes")
    names = list(dict.fromkeys(row["class"] for row in tables["class_rates"]))
    lead = (
        f"The scorer tells {len(names)} classes apart ({classes['label']}): {joined(names)}. They have no "
        "order. Each is set "
        "against all the others together: how many who are of it are found, and how many who are named so are of it."
    )
    everyone = next(row for row in rows if not row["group"])
    made = [
        _confusion([row for row in tables["class_confusion"] if not row["group"]], names, number),
        _groups(rows, number),
        _rates(tables["class_rates"], number),
        _gaps(tables.get("class_gaps") or [], number),
    ]
    return Topic(
        heading=heading,
        paragraphs=(lead, *_coverage(everyone), _LIMITS),
        tables=tuple(table for table in made if table is not None),
    )


def _coverage(everyone: Row) -> Iterator[str]:
    left = everyone["no_prediction"] + everyone["no_actual"] + everyone["neither"]
    if left:
        yield (
            f"Of {count(everyone['n'] + left)} rows {count(everyone['n'])} have both classes; {count(left)} "
            "have not, and are in no figure here."
        )


def _confusion(rows: Sequence[Row], names: Sequence[str], number: Numbering) -> Table | None:
    """Everybody by true and predicted class; a long list where there are too many classes for columns."""
    if len(names) > _WIDEST:
        return number.table(
            "Everyone by true and predicted class",
            [("True class", 40), ("Predicted class", 40), ("People", 20, True)],
            [(row["actual"], row["predicted"], count(row["n"])) for row in rows if row["n"]],
            note="Pairs that nobody has are left out.",
        )
    width = (100 - 20) // len(names) // 5 * 5
    first = 100 - width * len(names)
    held = {(row["actual"], row["predicted"]): row["n"] for row in rows}
    return number.table(
        "Everyone by true class (rows) and predicted class (columns)",
        [("True class", first), *((name, width, True) for name in names)],
        [(name, *(count(held[name, other]) for other in names)) for name in names],
    )


def _groups(rows: Sequence[Row], number: Numbering) -> Table:
    note = (
        "Right: people whose class was predicted, so that large classes count for more. Found and named right, "
        "on average: "
        "every class counts alike, however many are of it; there is no such average where a class has nobody."
    )
    return number.table(
        "How often the predicted class is right",
        [("Group", 20), ("Right", 30, True), ("Found, on average", 25, True), ("Named right, on average", 25, True)],
        [
            (
                group_name(row),
                _share(row["accuracy"]),
                estimate(row["macro_recall"], percent),
                estimate(row["macro_precision"], percent),
            )
            for row in rows
        ],
        note=note,
    )


def _share(part: Row) -> str:
    if part["value"] is None:
        return why_none(part["reason"])
    limits = f" ({interval(part['ci'], percent)})" if part["ci"] else ""
    return f"{percent(part['value'])}{limits}, {count(part['k'])} of {count(part['n'])}"


def _rates(rows: Sequence[Row], number: Numbering) -> Table:
    return number.table(
        "Each class against all others",
        [
            ("Group", 15),
            ("Class", 15),
            ("Found", 25, True),
            ("Right where named so", 25, True),
            ("Wrongly named so", 20, True),
        ],
        [
            (
                group_name(row),
                row["class"],
                *(_share(row[rate]) for rate in ("recall", "precision", "false_alarm")),
            )
            for row in rows
        ],
        note="Found: of those who are of the class. Wrongly named so: of those who are not of it.",
    )


def _gaps(rows: Sequence[Row], number: Numbering) -> Table | None:
    tested = [row for row in rows if row["class"] is not None and row["log10_p_adjusted"] is not None]
    shown = sorted(tested, key=lambda row: row["log10_p_adjusted"])[:_MOST_GAPS]
    chosen = [row for row in tested if any(row is each for each in shown)]
    family = next((row["family_size"] for row in rows), 0)
    note = (
        "Group less the others, in points. p says how often chance alone gives a difference as large in either "
        f"direction, adjusted for {plural(family, 'comparison')}."
    )
    if len(chosen) < len(tested):
        note += f" Shown are the {len(chosen)} with the smallest p; all {len(tested)} stand in the record."
    return number.table_or_none(
        "Classes of each group beside those of others",
        [
            ("Group", 15),
            ("Compared with", 15),
            ("Class", 15),
            ("What", 20),
            ("Difference", 20, True),
            ("p", 15, True),
        ],
        [
            (
                group_name(row),
                comparator_label(row["comparator"]),
                row["class"],
                _RATES[row["rate"]],
                estimate(row["difference"], signed_points),
                p_value(10 ** row["log10_p_adjusted"]),
            )
            for row in chosen
        ],
        note=note,
    )
