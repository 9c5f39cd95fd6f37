"""Findings, and the words that every section on an audit shares.

In: the audit block of a cleaned record. Out: ``Findings``. Computes no statistic: every figure,
interval and verdict is the record's. An undefined value keeps its row and shows its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, multiple, percent
from impact.report.model import FindingCard, Findings, Pair, Table
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import (
    Numbering,
    capital,
    comparator_label,
    group_label,
    percentage_points,
    plural,
    signed_points,
)
from impact.report.words import METHODS, REASONS, SEVERITIES, VERDICT_MEANINGS, VERDICTS, caveat_sentence, say

__all__ = [
    "DIRECTED",
    "checks_of",
    "counted_of",
    "level_of",
    "limits_of",
    "make_findings",
    "metric_name",
    "why_none",
]

DIRECTED = ("disparity_shown", "difference_small")
_SMALLEST_LOG10_P = -4  # below this a p-value is written as “less than”: more noughts tell a reader nothing


def metric_name(key: str, audit: Mapping[str, Any]) -> str:
    """The plain label of a metric under the decision's effect, or its key opened up."""
    label = (audit.get("labels") or {}).get(key) or key.replace("_", " ")
    return str(label)


def level_of(audit: Mapping[str, Any]) -> str:
    """The level of plain intervals, as text."""
    rules = audit["plan"].get("plan") or {}
    return f"{(1 - rules.get('alpha', 0.05)) * 100:g}%"


def counted_of(counted: Mapping[str, Any]) -> str:
    """How many out of how many; and what rows are worth that are not one person each.

    >>> counted_of({"k": 50, "n": 120, "evidence": {"independent": 93.2}})
    '50 of 120 rows, worth 93 people'
    """
    if counted.get("k") is None or counted.get("n") is None:
        return "–" if counted.get("n") is None else f"of {count(counted['n'])}"
    text = f"{count(counted['k'])} of {count(counted['n'])}"
    worth = (counted.get("evidence") or {}).get("independent")
    return text if worth is None else f"{text} rows, worth {count(round(worth))} people"


def why_none(reason: str | None, fallback: str = "no value") -> str:
    """The reason why there is no value, in words."""
    return say(REASONS, reason) or fallback


def make_findings(audit: Mapping[str, Any], number: Numbering) -> Findings:
    heading = number.section("findings", "Findings of the audit")
    ordered = findings_in_order(audit["findings"])
    primary = [finding for finding in ordered if finding.get("role") == "primary"]
    # A card takes half a page: for what weighs most. Nothing is dropped: the others stand in a table, sentence and all.
    cards = [finding for finding in primary if finding.get("severity") in _CARDS] or primary[:_CARDS_AT_LEAST]
    others = [finding for finding in primary if finding not in cards]
    exploratory = [finding for finding in ordered if finding.get("role") != "primary"]
    shared = [
        caveat
        for caveat in (ordered[0].get("caveats") or [] if len(ordered) > 1 else [])
        if all(caveat in (finding.get("caveats") or []) for finding in ordered)
    ]
    return Findings(
        heading=heading,
        question=audit["plan"]["question"],
        pool=audit["plan"]["pool"],
        lead=plural(len(ordered), "finding") + " in all."
        if ordered
        else "The declared comparisons gave no finding. That is not a finding that there is no disparity.",
        shared_caveats=tuple(map(caveat_sentence, shared)),
        cards=tuple(_card(finding, audit, number, shared) for finding in cards),
        others=number.table_or_none(
            "Other findings on comparisons declared as primary, inconclusive ones first",
            _FINDING_COLUMNS,
            [_finding_row(finding) for finding in others],
        ),
        exploratory=number.table_or_none(
            "Exploratory findings: not declared beforehand as primary, so weaker evidence",
            _FINDING_COLUMNS,
            [_finding_row(finding) for finding in exploratory],
        ),
    )


_FINDING_COLUMNS = (("Finding", 10), ("What was found", 60), ("Verdict", 15), ("Severity", 15))
_CARDS = ("high", "medium")
_CARDS_AT_LEAST = 3


def _finding_row(finding: Mapping[str, Any]) -> tuple[str, str, str, str]:
    verdict = say(VERDICTS, finding["verdict"])
    if finding.get("direction") and finding["verdict"] in DIRECTED:
        verdict += f", {finding['direction']} for the group"
    return (finding["id"], finding["sentence"], verdict, say(SEVERITIES, finding.get("severity")))


def _card(
    finding: Mapping[str, Any], audit: Mapping[str, Any], number: Numbering, shared: Sequence[str]
) -> FindingCard:
    return FindingCard(
        anchor=f"finding-{finding['id']}",
        id=finding["id"],
        title=finding["title"],
        verdict=say(VERDICTS, finding["verdict"]),
        meaning=say(VERDICT_MEANINGS, finding["verdict"]),
        severity=say(SEVERITIES, finding.get("severity")),
        sentence=finding["sentence"],
        numbers=_numbers(finding, audit, number),
        caveats=tuple(caveat_sentence(caveat) for caveat in finding.get("caveats") or () if caveat not in shared),
    )


def _numbers(finding: Mapping[str, Any], audit: Mapping[str, Any], number: Numbering) -> Table:
    estimate = finding.get("estimate") or {}
    rows: list[tuple[str, str, str, str]] = []
    pairs = (
        (capital(group_label(finding["group"])), estimate.get("group")),
        (capital(comparator_label(finding["comparator"])), estimate.get("comparator")),
    )
    for label, rate in pairs:
        if rate:
            value = percent(rate["value"]) if rate.get("value") is not None else why_none(rate.get("reason"))
            rows.append((label, value, limits_of(rate, percent), counted_of(rate)))
    for key, label, spell in (
        ("difference", "Difference in percentage points", signed_points),
        ("ratio", "Ratio", multiple),
        ("other_side_ratio", "Ratio of 1 less each rate", multiple),
        ("excess", "People beyond the comparator’s rate", count),
    ):
        part = estimate.get(key)
        if not part:
            continue
        basis = part.get("note") or _method(part)
        value = spell(part["value"]) if part.get("value") is not None else why_none(part.get("reason"))
        rows.append((label, value, limits_of(part, spell), basis))
    rows += _conditions(finding)
    name = metric_name(finding["metric"]["key"], audit)
    definition = finding["metric"].get("definition")
    return number.table(
        f"{finding['id']}: {name}" + (f" ({definition})" if definition else ""),
        [("Measure", 30), ("Value", 25, True), ("Interval", 25, True), ("From", 20)],
        rows,
    )


def _conditions(finding: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    rows = []
    margin, power, test = finding.get("margin"), finding.get("power") or {}, finding.get("test") or {}
    if margin:
        spelled = multiple(margin["value"]) if margin["kind"] == "ratio" else percentage_points(margin["value"])
        rows.append((f"Margin declared ({margin['kind']})", spelled, "", "the plan"))
    for key, spell in (("mdd_ratio", multiple), ("mdd", percentage_points), ("mdd_difference", percentage_points)):
        if power.get(key) is not None:
            chance = f"found {percent(power['power'])} of the time" if power.get("power") else ""
            rows.append(("Smallest disparity these data could show", spell(power[key]), "", chance))
    for check in finding.get("robustness") or []:
        ratio = check.get("ratio")
        if ratio and ratio.get("value") is not None:
            label = f"Ratio, if {check.get('assumption') or check.get('check')}"
            rows.append((label, multiple(ratio["value"]), limits_of(ratio, multiple), "robustness"))
    adjusted = test.get("log10_p_adjusted", test.get("log10_p"))
    if adjusted is not None:
        family = (
            f"{capital(test['adjust'])}, over {plural(test['family_size'], 'comparison')}"
            if test.get("family_size")
            else ""
        )
        rows.append(("p-value, printed beside the interval", _p_value(adjusted), "", family))
    return rows


def _p_value(log10_p: float) -> str:
    return f"less than {10**_SMALLEST_LOG10_P:.4f}" if log10_p < _SMALLEST_LOG10_P else f"{10**log10_p:.4f}"


def limits_of(part: Mapping[str, Any], spell: Any) -> str:
    """The interval of a part of a record; empty where it has none."""
    if part.get("ci") is None:
        return ""
    return interval(part["ci"], spell, open_end=part.get("open"))


def _method(part: Mapping[str, Any]) -> str:
    """Method and level. A primary comparison has a level of its own, so that all of them together keep theirs."""
    text = say(METHODS, part.get("method"))
    return f"{text}, {percent(part['level'])}" if text and part.get("level") else text


def checks_of(audit: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Warnings and notes that the data gave rise to."""
    return tuple(
        Pair(label=f"{'Warning' if check['level'] == 'warning' else 'Note'} {check['code']}", text=check["text"])
        for check in audit.get("checks") or []
    )
