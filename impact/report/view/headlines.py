"""Lines of the headline box on the first page: levels, stops, what the counts show.

In: a cleaned record. Out: ``Headline`` for each line. Decides nothing: levels, outcome and verdicts are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.figures import count, interval, one_in, percent, percent_down, points
from impact.report.model import Headline
from impact.report.view.parts import plural
from impact.report.view.withheld import bar_of, hidden_names
from impact.report.words import VERDICTS, say

__all__ = ["audit_lines", "findings_by_verdict", "scoring_lines", "stops_line", "unasked"]

_FROM_FULL = "computed from the full record; the figures of its dimension are withheld"
_SEE = "see “What is withheld from this version”"


def scoring_lines(record: Mapping[str, Any]) -> list[Headline]:
    scoring = record.get("scoring")
    if not scoring:
        return [
            Headline(
                label="Levels",
                main="None",
                detail="No questionnaire was answered for this document, so it gives no level and no outcome.",
                mark="plain",
            )
        ]
    dimensions = {dimension["code"]: dimension for dimension in scoring["dimensions"]}
    lines = []
    for kind, name in (("rights_level", "Rights level"), ("stewardship_level", "Stewardship level")):
        level = scoring.get(kind)
        if bar_of(record, f"scoring/{kind}"):
            lines.append(Headline(label=name, main="Withheld", detail=_SEE, mark="strong"))
        if level:
            worst = dimensions.get(level["dimension"])
            if worst is None:
                lines.append(Headline(label=name, main=level["label"], detail=_FROM_FULL, mark="strong"))
                continue
            detail = (
                f"{worst['label']}: {points(worst['point'])} out of 100; the open questions allow "
                f"{interval([worst['low'], worst['high']], points)}"
                f"{', on the questions of the short form alone' if scoring.get('escalation') else ''}"
            )
            own = worst.get("judged")
            if own:  # both numbers, always
                detail = (
                    f"{worst['label']}: judged {points(own['point'])} out of 100 by the assessor; worked out as "
                    f"{points(worst['point'])}, {worst['band_label']}"
                )
            lines.append(Headline(label=name, main=level["label"], detail=detail, mark="strong"))
    states = Counter(stop["state"] for stop in scoring["hard_stops"])
    flags = Counter(flag["state"] for flag in scoring["flags"])
    lines += [
        Headline(
            label="Outcome", main=scoring["outcome"]["label"], detail="on the toolkit’s own ladder", mark="strong"
        ),
        Headline(
            label="Hard stops",
            main=f"{states['fired']} fired, {states['unresolved']} unresolved",
            detail=f"{states['clear']} clear, {states['not-applicable']} that do not apply"
            + (f"; {unasked(scoring)} that the short form does not ask about" if unasked(scoring) else "")
            + _withheld(record, "hard_stops"),
            mark="plain",
        ),
        Headline(
            label="Red flags",
            main=f"{flags['fired']} raised, {flags['unresolved']} unresolved",
            detail=f"listed in section 1{_withheld(record, 'flags')}",
            mark="plain",
        ),
        Headline(
            label="Completeness",
            main=percent_down(scoring["completeness"]) if scoring["completeness"] is not None else "Withheld",
            detail="of the weight of the questions that apply is answered"
            if scoring["completeness"] is not None
            else _SEE,
            mark="plain",
        ),
        Headline(
            label="Confidence",
            main=f"{points(scoring['confidence']['value'])} out of 100" if scoring["confidence"] else "Withheld",
            detail=scoring["confidence"]["label"] if scoring["confidence"] else _SEE,
            mark="plain",
        ),
    ]
    return lines


def unasked(scoring: Mapping[str, Any] | None) -> int:
    """Hard stops that a short form does not ask about; 0 for a full form."""
    return len(((scoring or {}).get("escalation") or {}).get("not_asked", {}).get("hard_stops", ()))


def _withheld(record: Mapping[str, Any], kind: str) -> str:
    hidden = len(hidden_names(record, f"scoring/{kind}/"))
    return f"; {hidden} withheld" if hidden else ""


def audit_lines(audit: Mapping[str, Any] | None, bar: str) -> list[Headline]:
    if not audit and bar:
        return [Headline(label="Audit", main="Withheld", detail=_SEE, mark="plain")]
    if not audit:
        return [
            Headline(
                label="Audit",
                main="None",
                detail="The system’s output was not counted for this document, so it says nothing about error rates.",
                mark="plain",
            )
        ]
    return [
        *_alert_lines(audit),
        Headline(
            label="Audit findings",
            main=plural(len(audit["findings"]), "finding"),
            detail=findings_by_verdict(audit["findings"]),
            mark="plain",
        ),
        Headline(
            label="Counted",
            main=count(audit["people"]),
            detail=f"rows, each one {audit['unit']}",
            mark="plain",
        ),
    ]


def _alert_lines(audit: Mapping[str, Any]) -> list[Headline]:
    """False alerts on the cover: beside what they are divided by, because one figure alone misleads."""
    sheet = audit["tables"].get("identification") or {}
    plan = audit["plan"].get("identification") or {}
    named = {"false_alerts_per_exposure": plan.get("exposure"), "false_alerts_per_alert": plan.get("alert")}
    return [
        Headline(
            label="False alerts",
            main=f"{one_in(row['value'])} {named[row['key']]}" if row["value"] else f"none among {named[row['key']]}",
            detail=f"{count(row['k'])} of {count(row['n'])}; 95% interval {interval(row['ci'], percent)}",
            mark="strong",
        )
        for row in sheet.get("quantities", ())
        if named.get(row["key"]) and row.get("value") is not None
    ]


def stops_line(stops: Sequence[Mapping[str, Any]], unasked: int, hidden: int) -> str:
    if not stops and not hidden:
        return ""
    fired = sum(stop["state"] == "fired" for stop in stops)
    said = "No hard stop has fired." if not fired else f"{plural(fired, 'hard stop')} fired."
    if hidden:
        shown = f" of those that are shown; of {hidden} it is withheld whether they fired."
        said = ("None has fired" if not fired else f"{plural(fired, 'hard stop')} fired") + shown
    return said + (
        f" The short form does not ask about {unasked} others, so nothing is known of them." if unasked else ""
    )


def findings_by_verdict(findings: Sequence[Mapping[str, Any]]) -> str:
    """How many findings have each verdict, in words."""
    found = Counter(finding["verdict"] for finding in findings)
    known = [code for code in VERDICTS if found[code]]
    others = sorted(set(found) - set(VERDICTS))
    return "; ".join(f"{say(VERDICTS, code).lower()} {found[code]}" for code in (*known, *others))
