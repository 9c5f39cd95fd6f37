"""Findings, and rates by group with their charts.

In: the audit block of a cleaned record. Out: the model parts of these sections. Computes no statistic: every figure,
interval and verdict is the record's. An undefined value keeps its row and shows its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impact.report.charts import Dot, dots
from impact.report.figures import count, interval, multiple, percent
from impact.report.model import FindingCard, Findings, Metric, Pair, Rates, Table
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

__all__ = ["checks_of", "counted_of", "make_findings", "make_rates", "metric_name", "why_none"]

_DOTS_PER_CHART = 18
_DIRECTED = ("disparity_shown", "difference_small")
_SMALLEST_LOG10_P = -4  # below this a p-value is written as “less than”: more noughts tell a reader nothing


def metric_name(key: str, audit: Mapping[str, Any]) -> str:
    """The plain label of a metric under the decision's effect, or its key opened up."""
    label = (audit.get("labels") or {}).get(key) or key.replace("_", " ")
    return str(label)


def _level(audit: Mapping[str, Any]) -> str:
    rules = audit["plan"].get("plan") or {}
    return f"{(1 - rules.get('alpha', 0.05)) * 100:g}%"


def counted_of(counted: Mapping[str, Any]) -> str:
    """How many out of how many."""
    if counted.get("k") is None or counted.get("n") is None:
        return "–" if counted.get("n") is None else f"of {count(counted['n'])}"
    return f"{count(counted['k'])} of {count(counted['n'])}"


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
    if finding.get("direction") and finding["verdict"] in _DIRECTED:
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
            rows.append((label, value, _interval(rate, percent), counted_of(rate)))
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
        rows.append((label, value, _interval(part, spell), basis))
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
            rows.append((label, multiple(ratio["value"]), _interval(ratio, multiple), "robustness"))
    adjusted = test.get("log10_p_adjusted", test.get("log10_p"))
    if adjusted is not None:
        family = f"{capital(test['adjust'])}, over {test['family_size']} comparisons" if test.get("family_size") else ""
        rows.append(("p-value, printed beside the interval", _p_value(adjusted), "", family))
    return rows


def _p_value(log10_p: float) -> str:
    return f"less than {10**_SMALLEST_LOG10_P:.4f}" if log10_p < _SMALLEST_LOG10_P else f"{10**log10_p:.4f}"


def _interval(part: Mapping[str, Any], spell: Any) -> str:
    if part.get("ci") is None:
        return ""
    return interval(part["ci"], spell, open_end=part.get("open"))


def _method(part: Mapping[str, Any]) -> str:
    """Method and level. A primary comparison has a level of its own, so that all of them together keep theirs."""
    text = say(METHODS, part.get("method"))
    return f"{text}, {percent(part['level'])}" if text and part.get("level") else text


def make_rates(audit: Mapping[str, Any], number: Numbering) -> Rates:
    heading = number.section("rates", "Rates by group")
    tables = audit["tables"]
    unknown = {_key(row["group"]) for row in tables["groups"] if row.get("unknown")}
    labels = {_key(row["group"]): row["label"] for row in tables["groups"]}
    primary = list((audit["plan"].get("plan") or {}).get("primary") or ())
    present = list(dict.fromkeys(row["metric"] for row in tables["rates"]))
    order = [key for key in primary if key in present] + [key for key in present if key not in primary]
    return Rates(
        heading=heading,
        people=f"{count(audit['people'])} rows were counted; each is one {audit['unit']}.",
        groups=number.table_or_none(
            "Who was counted",
            [("Characteristic", 30), ("Group", 30), ("Counted", 20, True), ("Share", 20, True)],
            [
                (_named(row["group"], audit), _name(row["group"], labels), count(row["n"]), percent(row["share"]))
                if row.get("n") is not None and row.get("share") is not None
                else (_named(row["group"], audit), _name(row["group"], labels), why_none("suppressed"), "")
                for row in tables["groups"]
            ],
        ),
        coverage=_coverage(tables.get("coverage") or [], labels, number),
        metrics=tuple(_metric(key, audit, labels, unknown, number, drawn=key in primary) for key in order),
    )


def _coverage(
    rows: Sequence[Mapping[str, Any]], labels: Mapping[tuple[tuple[str, str], ...], str], number: Numbering
) -> Table | None:
    names = {1: "yes", 0: "no", -1: "not known"}
    present = [decision for decision in names if any(row["decision"] == decision for row in rows)]
    found = {(_key(row["group"]), row["decision"]): row for row in rows}

    def known(group: tuple[tuple[str, str], ...], decision: int) -> str:
        row = found.get((group, decision))
        if row is None or row["n"] is None:
            return why_none("empty_cell" if row is None else "suppressed")
        return f"{percent(row['share'])} ({count(row['known'])} of {count(row['n'])})" if row["n"] else "nobody"

    width = {1: 60, 2: 35, 3: 20}.get(len(present), 20)
    return number.table_or_none(
        "For whom the outcome is known, by decision",
        [("Group", 30), *((f"Decision {names[decision]}", width, True) for decision in present)],
        [
            (_name(dict(group), labels), *(known(group, decision) for decision in present))
            for group in dict.fromkeys(_key(row["group"]) for row in rows)
        ],
    )


def _key(group: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in group.items()))


def _named(names: Iterable[str], audit: Mapping[str, Any]) -> str:
    """The characteristics as the plan calls them."""
    groups = audit["plan"].get("groups") or {}
    return " and ".join(str((groups.get(name) or {}).get("label") or name) for name in names)


def _name(group: Mapping[str, Any], labels: Mapping[tuple[tuple[str, str], ...], str]) -> str:
    return labels.get(_key(group)) or group_label(group)


def _metric(
    key: str,
    audit: Mapping[str, Any],
    labels: Mapping[tuple[tuple[str, str], ...], str],
    unknown: set[tuple[tuple[str, str], ...]],
    number: Numbering,
    *,
    drawn: bool,
) -> Metric:
    name = capital(metric_name(key, audit))
    rates = [row for row in audit["tables"]["rates"] if row["metric"] == key]
    everyone = next((row["value"] for row in rates if not row["group"]), None)
    reasons = {row.get("reason") for row in rates if row["value"] is None}
    compared = [row for row in audit["tables"]["disparities"] if row["metric"] == key]
    if len(reasons) == 1 and all(row["value"] is None for row in rates):
        # The same reason thirty times over would bury the tables that say something.
        return Metric(
            anchor=f"rate-{key}",
            title=name,
            definition="",
            without_value=f"No group has a value, {plural(len(rates), 'row')} in all: {why_none(reasons.pop())}.",
            charts=(),
            table=None,
            comparisons=None,
        )
    by_group = [row for row in rates if row["group"]]
    hidden = {row.get("reason") for row in by_group if row["value"] is None}
    without = ""
    if by_group and len(hidden) == 1 and all(row["value"] is None for row in by_group):
        # Only everybody together has a value: one line says so, and nothing is drawn.
        without = f"No group has a value: {why_none(hidden.pop())}."
        rates, compared = [row for row in rates if not row["group"]], []
    charts = []
    for names in dict.fromkeys(tuple(row["group"]) for row in rates if row["group"]):
        members = [row for row in rates if tuple(row["group"]) == names]
        characteristic = _named(names, audit)
        parts = [members[at : at + _DOTS_PER_CHART] for at in range(0, len(members), _DOTS_PER_CHART)]
        for index, part in enumerate(parts if drawn else []):
            some = f", part {index + 1} of {len(parts)}" if len(parts) > 1 else ""
            charts.append(
                number.figure(
                    f"{name} by {characteristic}{some}. Dot: rate. Line: {_level(audit)} interval. "
                    "Dashed line: everyone."
                    + (" Hollow square: group not known." if unknown & {_key(row["group"]) for row in part} else ""),
                    dots(
                        [
                            Dot(
                                label=_name(row["group"], labels),
                                value=row["value"],
                                low=row["ci"][0] if row.get("ci") else None,
                                high=row["ci"][1] if row.get("ci") else None,
                                reason=why_none(row.get("reason")),
                                hollow=_key(row["group"]) in unknown,
                            )
                            for row in part
                        ],
                        title=f"{name} by {characteristic}",
                        axis=f"Rate, with {_level(audit)} interval",
                        everyone=everyone,
                        spell=percent,
                    ),
                )
            )
    methods = sorted({say(METHODS, row.get("method")) for row in rates if row.get("method")})
    table = number.table(
        name,
        [("Characteristic", 15), ("Group", 20), ("People", 20, True), ("Rate", 25, True), ("Interval", 20, True)],
        [
            (
                _named(row["group"], audit) or "–",
                _name(row["group"], labels),
                counted_of(row),
                percent(row["value"]) if row["value"] is not None else why_none(row.get("reason")),
                interval(row["ci"], percent) if row.get("ci") else "–",
            )
            for row in rates
        ],
        note=f"{_level(audit)} intervals: {', '.join(methods)}." if methods else "",
    )
    comparisons = number.table_or_none(
        f"{name}: comparisons",
        [
            ("Group", 20),
            ("Compared with", 15),
            ("Difference in points", 20, True),
            ("Ratio", 20, True),
            ("Verdict", 25),
        ],
        [
            (
                _name(row["group"], labels),
                comparator_label(row["comparator"]),
                _estimate(row.get("difference"), signed_points, row.get("reason")),
                _estimate(row.get("ratio"), multiple, row.get("reason")),
                _verdict(row),
            )
            for row in compared
        ],
        note="Each verdict follows from the interval by the rules in the method annex." + _levels_note(compared),
    )
    definition = next(
        (
            f["metric"]["definition"]
            for f in audit["findings"]
            if f["metric"]["key"] == key and f["metric"].get("definition")
        ),
        "",
    )
    return Metric(
        anchor=f"rate-{key}",
        title=name,
        definition=definition,
        without_value=without,
        charts=tuple(charts),
        table=table,
        comparisons=comparisons,
    )


def _levels_note(compared: Sequence[Mapping[str, Any]]) -> str:
    levels = sorted({row["ratio"]["level"] for row in compared if row.get("ratio") and row["ratio"].get("level")})
    return f" Level of each interval: {' or '.join(percent(level) for level in levels)}." if levels else ""


def _estimate(part: Mapping[str, Any] | None, spell: Any, reason: str | None) -> str:
    if not part or part.get("value") is None:
        return why_none((part or {}).get("reason") or reason)
    return f"{spell(part['value'])} ({_interval(part, spell)})"


def _verdict(row: Mapping[str, Any]) -> str:
    text = say(VERDICTS, row["verdict"])
    if row.get("direction") and row["verdict"] in _DIRECTED:
        text += f", {row['direction']} for the group"
    if row.get("role") == "exploratory":
        text += " (exploratory)"
    return f"{text}; {row['finding']}" if row.get("finding") else text


def checks_of(audit: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Warnings and notes that the data gave rise to."""
    return tuple(
        Pair(label=f"{'Warning' if check['level'] == 'warning' else 'Note'} {check['code']}", text=check["text"])
        for check in audit.get("checks") or []
    )
