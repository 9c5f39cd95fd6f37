"""Whether the promised human decides: departures, wrong advice, what people add, and the reviewers as a body.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.charts.dots import Dot, dots
from impact.report.figures import count, duration, interval, multiple, percent
from impact.report.model import Figure, Topic
from impact.report.view.audit import why_none
from impact.report.view.parts import MISSING, Numbering, percentage_points, signed_points
from impact.report.view.topics.parts import group_name, three
from impact.report.view.topics.reviewers import reviewer_sentence, reviewer_table

__all__ = ["made_of", "make_review", "named", "reason_of", "share_of"]

_WHY = {
    "too_few_clusters": "no interval: fewer reviewers than the threshold stand behind it",
    "not_counted": "no interval: it was not counted how reviewers differ",
    "no_outcome_column": "not known: the data hold no outcomes",
    "no_spread": "no interval: all cases are alike",
    "one_case": "no interval: one case",
    "inside_bin": "not known: the floor lies inside a bin",
    "empty_cell": "undefined, because no such case was reviewed",
}
_DEPARTURES = (("escalated", "From no to yes"), ("reversed", "From yes to no"), ("overall", "Either way"))
_ADVICE = {
    "wrong_yes": "A wrong yes was followed",
    "wrong_no": "A wrong no was followed",
    "right_yes": "A right yes was left",
    "right_no": "A right no was left",
}
_MOST_DOTS = 18
_SMALLEST_P = 0.0001


def make_review(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan maps no human decision."""
    tables = audit["tables"]
    rows = tables.get("overrides")
    if not rows:
        return None
    heading = number.section("review", "The human decision")
    live = _live(rows)
    width = 20 if len(live) > 1 else 40
    shown = [
        number.table(
            "What would be seen if cases were not looked at",
            [("What was looked for", 35), ("Whether it was found", 30), ("The numbers", 35)],
            [_sign(row) for row in tables["oversight"]],
            note="A sign is not a verdict on anybody: each of them has other explanations, some of which are named "
            "above.",
        ),
        number.table(
            "How often the final human decision departs from the machine’s",
            [
                ("Group", 100 - 20 - width * len(live)),
                ("Human decision known", 20, True),
                *((label, width, True) for _, label in live),
            ],
            [(named(row, audit), _known(row), *(share_of(row[name]) for name, _ in live)) for row in rows],
            note="Each share is of the reviewed cases that could have gone this way, with its interval.",
        ),
        number.table_or_none(
            "Departures here less departures among those who do not share the characteristic, in percentage points",
            [("Group", 20), ("Departure", 20), ("Difference", 35, True), ("Smallest likely to be found", 25, True)],
            [
                (named(row, audit), label, _difference(row["difference"][name]), _detectable(row["difference"][name]))
                for row in rows
                if row["difference"]
                for name, label in live
            ],
            note="The last column is the difference that data of this size would show four times in five. None of "
            "these comparisons was declared beforehand: of many, some leave out no difference by chance alone.",
        ),
        *_reliance(audit, number),
        number.table_or_none(
            "Agreement of person and machine beyond what chance would give (Cohen’s kappa)",
            [("Group", 40), ("Cases", 20, True), ("Kappa", 40, True)],
            [
                (named(row, audit), count(row["reviewed"]), _kappa(row["kappa"]))
                for row in rows
                if rows[0]["kappa"]["value"] is not None
            ],
            note="1 is full agreement. Agreement is not the aim: two who err alike agree fully."
            + (_NO_KAPPA_INTERVAL if all(row["kappa"]["ci"] is None for row in rows) else ""),
        ),
        reviewer_table(tables, number),
    ]
    return Topic(
        heading=heading,
        paragraphs=_paragraphs(audit, rows[0]),
        figures=tuple(_figures(audit, rows, number)),
        tables=tuple(table for table in shown if table),
    )


def _live(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The directions in which a reviewed case could go at all; both together only where there are two."""
    found = [(name, label) for name, label in _DEPARTURES if any(row[name]["value"] is not None for row in rows)]
    return found if len(found) != 2 else found[:1]


def _paragraphs(audit: Mapping[str, Any], everybody: Mapping[str, Any]) -> tuple[str, ...]:
    plan = audit["plan"]
    columns = plan["columns"]
    outcome = columns.get("outcome")
    found = [
        f"The plan maps a final human decision beside the machine’s "
        f"({columns['human'].get('label', 'human decision')}). "
        "Where they differ, a person departed from the machine: from a no to a yes, or from a yes to a no. The human "
        f"decision is known for {count(everybody['reviewed'])} of {count(everybody['decided'])} decisions; the others "
        "are in no figure here." + _one_sided(everybody),
        "Few departures are what one sees when nobody looks, and also what one sees when the machine is very good. "
        "Many may mean careful people or a poor machine. Nothing here says why anybody departed, and no figure speaks "
        "of a single reviewer.",
        reviewer_sentence(audit),
    ]
    reliance = audit["tables"]["reliance"]
    if reliance and not _compared(reliance):
        found.append(
            "Whether people remove more of the machine’s errors than they add is "
            + reason_of(reliance[0]["added"]["reason"])
            + "."
        )
    if outcome:
        by = f" Here it was recorded by: {outcome['recorded_by']}." if outcome.get("recorded_by") else ""
        found.append(
            "The outcome becomes known only after the human decision and may follow from it: where a person’s yes "
            "makes something happen, or be found, advice that was followed looks right." + by
        )
    return tuple(part for part in found if part)


def _one_sided(everybody: Mapping[str, Any]) -> str:
    """That only one decision of the machine was reviewed, where that is so."""
    for name, said, other in (("escalated", "yes", "no"), ("reversed", "no", "yes")):
        if everybody["reviewed"] and not everybody[name]["n"]:
            return f" Only cases with a {said} of the machine were reviewed; nothing is known of those with a {other}."
    return ""


def named(row: Mapping[str, Any], audit: Mapping[str, Any]) -> str:
    """The group of a row; where it is not known, of which characteristic.

    >>> named({"group": {"sex": MISSING}}, {"plan": {"groups": {"sex": {"label": "Sex"}}}})
    'Sex not known'
    """
    for key, value in row["group"].items():
        if value == MISSING:
            label = ((audit["plan"].get("groups") or {}).get(key) or {}).get("label") or key
            return f"{label} not known"
    return group_name(row)


def reason_of(reason: str | None) -> str:
    """Why there is no value, or no interval."""
    return _WHY.get(reason or "", "") or why_none(reason)


def share_of(part: Mapping[str, Any]) -> str:
    """A share with its interval and its counts, or why there is none.

    >>> share_of({"value": 0.2, "ci": [0.1, 0.3], "k": 2, "n": 10, "reason": None})
    '20.0% (10.0% to 30.0%); 2 of 10'
    """
    if part["value"] is None:
        return reason_of(part["reason"])
    ends = f" ({interval(part['ci'], percent)})" if part["ci"] else f" ({reason_of(part['reason'])})"
    return f"{percent(part['value'])}{ends}; {count(part['k'])} of {count(part['n'])}"


def made_of(part: Mapping[str, Any], spell: Any) -> str:
    """A value with its interval, or with the reason why it has none."""
    if part["value"] is None:
        return reason_of(part["reason"])
    open_end = "upper" if part.get("open") else None
    ends = interval(part["ci"], spell, open_end=open_end) if part["ci"] else reason_of(part["reason"])
    return f"{spell(part['value'])} ({ends})"


def _known(row: Mapping[str, Any]) -> str:
    if not row["decided"]:
        return reason_of("empty_cell")
    return f"{percent(row['reviewed_share'])}; {count(row['reviewed'])} of {count(row['decided'])}"


def _kappa(part: Mapping[str, Any]) -> str:
    return three(part["value"]) if part["reason"] == "not_counted" else made_of(part, three)


_NO_KAPPA_INTERVAL = (
    " No intervals: the method for them takes cases for independent, and cases of one reviewer are not."
)


def _difference(part: Mapping[str, Any]) -> str:
    return made_of(part, signed_points)


def _detectable(part: Mapping[str, Any]) -> str:
    return percentage_points(part["detectable"]) if part["detectable"] is not None else "none could be shown"


def _figures(audit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], number: Numbering) -> list[Figure]:
    """One chart for each characteristic; several where it has many groups."""
    everyone = next((row["overall"]["value"] for row in rows if not row["group"]), None)
    groups = audit["plan"].get("groups") or {}
    unknown = [row["group"] for row in audit["tables"]["groups"] if row.get("unknown")]
    found = []
    for key in dict.fromkeys(next(iter(row["group"])) for row in rows if row["group"]):
        members = [row for row in rows if key in row["group"]]
        name = (groups.get(key) or {}).get("label") or key
        for at in range(0, len(members), _MOST_DOTS):
            drawn = [
                Dot(
                    label=named(row, audit),
                    value=row["overall"]["value"],
                    low=row["overall"]["ci"][0] if row["overall"]["ci"] else None,
                    high=row["overall"]["ci"][1] if row["overall"]["ci"] else None,
                    reason=reason_of(row["overall"]["reason"]),
                    hollow=row["group"] in unknown,
                )
                for row in members[at : at + _MOST_DOTS]
            ]
            title = f"Departures from the machine by {name}"
            caption = f"{title}. Dot: share of decisions. Line: interval. Dashed line: everyone."
            caption += " Hollow square: group not known." if any(dot.hollow for dot in drawn) else ""
            drawing = dots(
                drawn, title=title, axis="Share of decisions in which person and machine differ", everyone=everyone,
                spell=percent,
            )  # fmt: skip
            found.append(number.figure(caption, drawing))
    return found


def _sign(row: Mapping[str, Any]) -> tuple[str, str, str]:
    answer = {True: "Found", False: "Not found", None: "The data cannot tell"}[row["found"]]
    if row["value"] is None or not row["ci"]:
        answer = f"The data cannot tell: {reason_of(row['reason'])}"
    if row["sign"] == "few_departures":
        if row["n"] and not row["k"] and row["found"] is None:
            answer = "Not one departure in these cases; of others the data cannot tell"
        what = f"Person and machine differ in fewer than {percent(row['limit'])} of cases"
        return what, _because(answer, f"all of the interval lies below {percent(row['limit'])}"), share_of(row)
    if row["sign"] == "median_below_floor":
        what = f"More than half of the reviews take less than the declared floor of {duration(row['limit'])}"
        return what, _because(answer, "all of the interval lies above one half"), share_of(row)
    heavier, lighter = ("yes", "no") if row["heavier"] == 1 else ("no", "yes")
    what = f"Cases with a {heavier} of the machine, which weighs on the person, get no longer look than those with a"
    what += f" {lighter}"
    numbers = f"A yes takes {made_of(row, multiple)} times as long as a no" if row["value"] is not None else "–"
    return what, _because(answer, "the interval leaves out a longer look"), numbers


def _because(answer: str, why: str) -> str:
    return f"{answer}: {why}" if answer == "Found" else answer


def _reliance(audit: Mapping[str, Any], number: Numbering) -> list[Any]:
    """What became of advice, and whose errors are fewer; columns without any value are named in a note."""
    rows = audit["tables"]["reliance"]
    tested = any(row["added"]["p"] is not None for row in rows)
    live = [name for name in _ADVICE if any(row[name]["value"] is not None for row in rows)]
    gone = [(name, reason_of(rows[0][name]["reason"])) for name in _ADVICE if name not in live]
    missing = "".join(f" “{_ADVICE[name]}” is left out: {reason}." for name, reason in gone)
    width = {1: 60, 2: 35, 3: 25, 4: 20}.get(len(live), 20)
    advice = number.table_or_none(
        "What became of wrong and of right advice, where the outcome is known",
        [("Group", 100 - width * len(live)), *((_ADVICE[name], width, True) for name in live)],
        [(named(row, audit), *(share_of(row[name]) for name in live)) for row in rows if live],
        note="Wrong means: against the outcome as recorded. Following wrong advice is what is called automation bias; "
        "leaving right advice is its price." + missing,
    )
    errors = number.table_or_none(
        "Errors of the machine’s decisions and of the final ones, on the same cases",
        [
            ("Group", 20),
            ("Cases", 10, True),
            ("Machine wrong", 15, True),
            ("Final decision wrong", 15, True),
            ("Difference in points", 30 if tested else 40, True),
            *([("p", 10, True)] if tested else []),
        ],
        [(named(row, audit), *_errors(row["added"], tested=tested)) for row in rows if _compared(rows)],
        note="Above 0, people removed more errors than they added; below 0, they added more."
        + (" p: McNemar’s exact test that they remove as many as they add." if tested else ""),
    )
    return [advice, errors]


def _compared(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any(row["added"]["value"] is not None for row in rows)


def _errors(part: Mapping[str, Any], *, tested: bool) -> tuple[str, ...]:
    if part["value"] is None:
        return ("–", "–", "–", reason_of(part["reason"]), *(["–"] if tested else []))
    cases = part["cases"]
    return (
        count(cases),
        f"{percent(part['machine_wrong'] / cases)}; {count(part['machine_wrong'])}",
        f"{percent(part['person_wrong'] / cases)}; {count(part['person_wrong'])}",
        made_of(part, signed_points),
        *([_p(part["p"])] if tested else []),
    )


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if value >= _SMALLEST_P else f"< {_SMALLEST_P:.4f}"
