"""Scorers compared on the same cases: who errs more, in which groups, and whose gap between groups is smaller.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, percent
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import Numbering, capital, joined, signed_points
from impact.report.view.topics.parts import group_name

__all__ = ["make_scorers", "points_cell", "rate_cell"]

_ERRORS = ("fpr", "fnr")
_GAPS = ("fpr", "fnr", "selection_rate", "ppv")
_SMALLEST_P = 0.0001

Rows = list[Mapping[str, Any]]


def make_scorers(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps one scorer only."""
    tables = audit["tables"]
    coverage: Rows = tables.get("scorer_coverage") or []
    if not coverage:
        return None
    names = _names(audit)
    heading = number.section("scorers", "Scorers compared on the same cases")
    pairs = list(dict.fromkeys((row["first"], row["second"]) for row in coverage))
    made: list[Table | None] = [_coverage(coverage, names, number), _dominance(audit, number)]
    for pair in pairs:
        made += _pair(audit, pair, names, number)
    made.append(_tests(audit, tables.get("scorer_tests") or [], number))
    return Topic(
        heading=heading,
        paragraphs=tuple(_paragraphs(audit, names)),
        tables=tuple(table for table in made if table is not None),
    )


def _names(audit: Mapping[str, Any]) -> dict[str, str]:
    columns = audit["plan"]["columns"]
    names = {"decision": str(columns["decision"].get("scorer") or "the decision")}
    return names | {key: str(part["label"]) for key, part in (columns.get("also") or {}).items()}


def _level(audit: Mapping[str, Any]) -> str:
    return f"{(1 - audit['plan']['plan'].get('alpha', 0.05)) * 100:g}%"


def _paragraphs(audit: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    plan, level = audit["plan"], _level(audit)
    yield (
        f"{joined(list(names.values()))} decided the same rows; the rest of this document is about "
        f"{names['decision']}. They are compared case by case, on cases that both decided, so a share here can differ "
        f"from the one in the tables of rates. Intervals are at {level}, each on its own unless it is said "
        "that they hold together."
    )
    for key, part in (plan["columns"].get("also") or {}).items():
        overlap = part.get("overlap")
        if overlap:
            yield (
                f"For {names[key]} the plan accepts {percent(overlap['least'])} of cases in common, for this reason: "
                f"{overlap['reason']}. Cases that only one decided are left out, and may be harder or easier than the "
                "others."
            )
    if len(names) > 2:
        yield f"Groups are shown for {names['decision']} against each other one; the rest is in the record."
    outcome = plan["columns"].get("outcome")
    if outcome and any(
        row["outcome_known"] is not None and row["outcome_known"] < row["both"] and not row["group"]
        for row in audit["tables"]["scorer_coverage"]
    ):
        yield "Errors are counted where the outcome is recorded; for the other cases nobody knows who was right."
    weight = plan["columns"].get("weight") or {}
    if weight.get("kind") == "sampling" or (plan.get("unit") or {}).get("person_id"):
        yield "This section counts rows as they are: each as one, and as if no two were of the same person."
    yield (
        "This does not show how either would do on other cases, at another threshold, or in the hands of other people, "
        "and errors that nobody recorded are in none of these figures."
    )


def _coverage(rows: Rows, names: Mapping[str, str], number: Numbering) -> Table:
    """Everybody, and each group in which too few cases are in common."""
    shown = [row for row in rows if not row["group"] or row["enough"] is False]
    return number.table(
        "Cases that both decided",
        [
            ("Compared", 30),
            ("Group", 20),
            ("Decided by both", 15, True),
            ("By one only", 20, True),
            ("In common", 15, True),
        ],
        [
            (
                f"{names[row['first']]} and {names[row['second']]}",
                group_name(row),
                count(row["both"]),
                f"{count(row['only_first'])} and {count(row['only_second'])}",
                "–" if row["share"] is None else percent(row["share"]) + ("" if row["enough"] else ", too few"),
            )
            for row in shown
        ],
        note="In common: decided by both, of those that at least one decided. Groups are shown where it is too little.",
    )


def _dominance(audit: Mapping[str, Any], number: Numbering) -> Table | None:
    groups = audit["plan"]["groups"]
    return number.table_or_none(
        "Does one of them err less in every group?",
        [("By", 20), ("Answer", 80)],
        [
            (str(groups[row["characteristic"]].get("label") or row["characteristic"]), str(row["sentence"]))
            for row in audit["tables"]["scorer_dominance"]
        ],
        note="An answer that names one scorer is given only where its errors are shown to be fewer in each group, with "
        "intervals wide enough to hold for all groups at once. “Cannot tell” is not “no difference”.",
    )


def _pair(
    audit: Mapping[str, Any], pair: tuple[str, str], names: Mapping[str, str], number: Numbering
) -> Iterator[Table | None]:
    first, second = (names[key] for key in pair)
    tables = audit["tables"]
    rows = [row for row in tables["scorers"] if (row["first"], row["second"]) == pair]
    level = _level(audit)
    columns = [
        (first, 20, True),
        (second, 20, True),
        ("Only first, only second", 10, True),
        ("p", 10, True),
        (f"Difference in points ({level} interval)", 20, True),
    ]
    yield number.table(
        f"{first} and {second}, everyone",
        [("Share", 20), *columns],
        [(capital(metric_name(row["metric"], audit)), *_compared(row)) for row in rows if not row["group"]],
        note="Difference: the first less the second. Only first, only second: cases counted with one of them and not "
        "with the other. p: the chance of so uneven a split if both were alike (McNemar’s exact test). "
        "It is not adjusted for the number of comparisons.",
    )
    if pair[0] != "decision":
        return  # groups of the others stand in findings.json: this document is about the decision
    for metric in _ERRORS:
        yield number.table_or_none(
            f"{first} and {second}, by group: {metric_name(metric, audit)}",
            [("Group", 20), *columns],
            [(group_name(row), *_compared(row)) for row in rows if row["group"] and row["metric"] == metric],
        )
    for metric in _GAPS:
        gaps = [row for row in tables["scorer_gaps"] if (row["first"], row["second"]) == pair]
        yield number.table_or_none(
            f"The gap between a group and all others, with {first} and with {second}: {metric_name(metric, audit)}",
            [
                ("Group", 15),
                (first, 25, True),
                (second, 25, True),
                ("Difference of the gaps", 20, True),
                ("Smaller gap", 15),
            ],
            [
                (
                    group_name(row),
                    *(points_cell(row[key]) for key in ("first_gap", "second_gap", "difference")),
                    {"first": first, "second": second}.get(str(row["smaller"]), "cannot tell"),
                )
                for row in _once([row for row in gaps if row["metric"] == metric])
            ],
            note="In percentage points, the group less all others. A smaller gap is nearer to nothing, whichever side "
            "it is on; it is named only where the data show it. Of two groups one is shown: the other has the same "
            "figures with the opposite sign.",
        )


def _once(rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Both groups of a characteristic with two say the same twice: the first is kept."""
    values: dict[str, list[str]] = {}
    for row in rows:
        ((key, value),) = row["group"].items()
        values.setdefault(key, []).append(value)
    for row in rows:
        ((key, value),) = row["group"].items()
        if len(values[key]) != 2 or value == values[key][0]:
            yield row


def _compared(row: Mapping[str, Any]) -> tuple[str, ...]:
    split, p = "–", "–"
    if row["only_first"] is not None:
        split = f"{count(row['only_first'])}, {count(row['only_second'])}"
        p = "–" if row["p"] is None else _p(row["p"])
    return rate_cell(row["first_rate"]), rate_cell(row["second_rate"]), split, p, points_cell(row["difference"])


def rate_cell(part: Mapping[str, Any]) -> str:
    """A share with interval and counts; or why there is none."""
    if part["value"] is None:
        return why_none(part["reason"])
    shown = f"{percent(part['value'])} ({interval(part['ci'], percent)})"
    return f"{shown}; {count(part['k'])} of {count(part['n'])}"


def points_cell(part: Mapping[str, Any]) -> str:
    """A difference of shares in percentage points with its interval; or why there is none."""
    if part["value"] is None:
        return why_none(part["reason"])
    shown = signed_points(part["value"])
    return f"{shown} ({interval(part['ci'], signed_points)})" if part["ci"] else f"{shown}; {why_none(part['reason'])}"


def _p(value: float) -> str:
    return f"below {_SMALLEST_P:g}" if value < _SMALLEST_P else f"{value:.4f}"


def _tests(audit: Mapping[str, Any], rows: Rows, number: Numbering) -> Table | None:
    shown = [row for row in rows if not row["group"] or row["metric"] in _ERRORS]
    return number.table_or_none(
        "All scorers together: could they have one rate?",
        [
            ("Share", 35),
            ("Group", 20),
            ("Cases that all decided", 15, True),
            ("With a disagreement", 15, True),
            ("p", 15),
        ],
        [
            (
                capital(metric_name(row["metric"], audit)),
                group_name(row),
                count(row["n"]),
                count(row["disagreed"]),
                why_none(row["reason"])
                if row["p"] is None
                else _p(row["p"]) + (", too few disagreements to rely on" if row["few"] else ""),
            )
            for row in shown
        ],
        note="Cochran’s Q: the chance of rates that differ so much if all were alike. It does not say which differ.",
    )
