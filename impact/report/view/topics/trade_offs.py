"""Trade-offs: why two tests of the same decisions disagree, and how far the record of outcomes can be wrong.

In: the audit block of a cleaned record. Out: ``Topic``. Computes no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import percent
from impact.report.model import Table, Topic
from impact.report.view.audit import metric_name, why_none
from impact.report.view.parts import Numbering, capital, comparator_label, signed_points
from impact.report.view.topics.parts import estimate, group_name, plain_counts

__all__ = ["make_label_error", "make_trade_offs"]

Rows = Sequence[Mapping[str, Any]]

_TWO_QUESTIONS = (
    "Two questions are asked of the same decisions, and both sound like equal treatment. First: among people without "
    "the outcome, does each group get a yes equally often (equal false-positive rates)? Second: among people who get "
    "a yes, is it right equally often in each group (equal hit rates)? Where groups differ in how many of them have "
    "the recorded outcome, no rule that makes mistakes can answer both with yes, unless it misses a larger share of "
    "the cases in one group than in the other (Chouldechova 2017; Kleinberg, Mullainathan and Raghavan 2017). So two "
    "tests of the same decisions can disagree without either being wrong: they answer different questions.",
    "The table takes each gap in false-positive rates apart. The part that base rates force is the gap there would be "
    "if both groups had the hit rate and the miss rate of both together; the rest is what is left over. To be forced "
    "is not to be justified: base rates come from the same record of outcomes, and a group that is looked at more "
    "closely has more on record.",
)
_RECORDS = (
    "Outcomes are what was recorded, and records err: a true case may be missing (the sensitivity of the record is "
    "below 100%), and somebody may be on it wrongly (its specificity is below 100%). Nobody knows these error rates. "
    "The plan declares what somebody would argue for: {ranges}. The table shows the smallest and the largest gap that "
    "records as wrong as that allow, chosen for each side apart. The correction takes it that records err alike for "
    "people with a yes and with a no, given the truth; that is false where people with a yes are looked at harder. "
    "Sampling error comes on top."
)


def make_trade_offs(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan does not ask for it."""
    rows = audit["tables"].get("trade_offs") or []
    if not rows:
        return None
    heading = number.section("trade-offs", "Why two tests of the same decisions can disagree")
    reasons = {row["forced"]["reason"] for row in rows}
    if len(reasons) == 1 and all(row["fpr_difference"]["value"] is None for row in rows):
        said = f"For no group can this be computed: {why_none(reasons.pop())}."
        return Topic(heading=heading, paragraphs=(_TWO_QUESTIONS[0], said), tables=())
    table = number.table(
        "Gaps in false-positive rates, taken apart (in percentage points)",
        [
            ("Group", 20),
            ("Base rates", 15, True),
            ("Gap in base rates", 15, True),
            ("Gap in false positives", 15, True),
            ("Forced by base rates", 15, True),
            ("Left over", 20, True),
        ],
        [
            (
                f"{group_name(row)} against {comparator_label(row['comparator'])}",
                _both(row),
                *(
                    estimate(row[key], signed_points)
                    for key in ("base_rate_difference", "fpr_difference", "forced", "rest")
                ),
            )
            for row in rows
        ],
        note="Intervals of the forced part and of the rest are drawn and hold for their row alone.",
    )
    return Topic(heading=heading, paragraphs=(*_TWO_QUESTIONS, *plain_counts(audit)), tables=(table,))


def _both(row: Mapping[str, Any]) -> str:
    sides = (row["base_rate"], row["comparator_base_rate"])
    return " and ".join("–" if side["value"] is None else percent(side["value"]) for side in sides)


def make_label_error(audit: Mapping[str, Any], number: Numbering) -> Topic | None:
    """None where the plan does not ask for it."""
    rows = audit["tables"].get("label_error") or []
    if not rows:
        return None
    heading = number.section("label-error", "If the record of outcomes is wrong")
    assumed = audit["plan"]["plan"]["also"]["label_error"]
    ranges = " and ".join(
        f"a {key} of {percent(assumed[key][0])} to {percent(assumed[key][1])}" for key in ("sensitivity", "specificity")
    )
    said = _RECORDS.format(ranges=ranges)
    reasons = {row["reason"] for row in rows}
    if None not in reasons and len(reasons) == 1:
        return Topic(
            heading=heading,
            paragraphs=(said, f"For no group can this be computed: {why_none(reasons.pop())}."),
            tables=(),
        )
    made = [
        _of_rate(key, [row for row in rows if row["rate"] == key], audit, number)
        for key in dict.fromkeys(row["rate"] for row in rows)
    ]
    return Topic(heading=heading, paragraphs=(said, *plain_counts(audit)), tables=tuple(made))


def _of_rate(key: str, rows: Rows, audit: Mapping[str, Any], number: Numbering) -> Table:
    cut = any(row["cut"] for row in rows)
    return number.table(
        f"{capital(metric_name(key, audit))}: gaps under wrong records (in percentage points)",
        [
            ("Group", 20),
            ("Gap on record", 25, True),
            ("Smallest to largest gap", 25),
            ("The gap would be nil if", 30),
        ],
        [
            (
                f"{group_name(row)} against {comparator_label(row['comparator'])}",
                estimate(row["recorded"], signed_points),
                _range(row),
                _tipping(row),
            )
            for row in rows
        ],
        note="The last column supposes that the records of the others are right, and those of the group alone are not."
        + (
            " Some of what the plan declares is impossible with these counts, and is left out of the range."
            if cut
            else ""
        ),
    )


def _range(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return why_none(row["reason"])
    ends = f"{signed_points(row['low'])} to {signed_points(row['high'])}"
    return f"{ends}; {'the same sign throughout' if row['sign_kept'] else 'may be nil or reversed'}"


def _tipping(row: Mapping[str, Any]) -> str:
    if row["recorded"]["value"] is None:
        return "–"
    if row["recorded"]["value"] == 0:
        return "it is nil as recorded"
    said = []
    if row["tipping_sensitivity"] is not None:
        said.append(f"only {percent(row['tipping_sensitivity'])} of the group’s true cases are on record")
    if row["tipping_specificity"] is not None:
        wrongly = percent(1 - row["tipping_specificity"])
        said.append(f"{wrongly} of the group’s people without the outcome are wrongly on record")
    return ", or ".join(said) or "no such error of the group’s records would do it"
