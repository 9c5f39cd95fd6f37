"""Annexes: law, method, evidence, where everything came from, and how to check this document.

In: a cleaned record. Out: model parts. The prose of the method stands in the template; its figures come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date, byte_count, multiple
from impact.report.model import Evidence, Law, Limits, Method, Pair
from impact.report.view.answers import open_questions
from impact.report.view.audit import checks_of, metric_name
from impact.report.view.caveats import caveat_lines
from impact.report.view.frame import not_done
from impact.report.view.parts import Numbering, capital, citation, joined, percentage_points
from impact.report.words import METHODS, VERDICT_MEANINGS, VERDICTS, say

__all__ = ["make_evidence", "make_law", "make_limits", "make_method"]

_EFFECTS = {
    "burden": "A yes is a burden on the person.",
    "benefit": "A yes is a benefit to the person.",
    "identification": "A yes is an alert that names a person.",
    "neither": "A yes is neither a burden nor a benefit.",
}


def make_limits(record: Mapping[str, Any], number: Numbering, *, cells: bool, undrawn: set[str]) -> Limits:
    heading = number.section("limits", "What this document does not show")
    audit = record.get("audit")
    return Limits(
        heading=heading,
        not_done=not_done(record, cells=cells),
        not_computed=number.table_or_none(
            "Figures that were not computed",
            [("Figure", 35), ("Why", 65)],
            [_not_computed(row, audit) for row in audit.get("not_computed") or []],
        )
        if audit
        else None,
        checks=checks_of(audit) if audit else (),
        caveats=caveat_lines(audit["findings"]) if audit else (),
        unanswered=open_questions(record) if record.get("questionnaire") else (),
        undrawn=", ".join(sorted(undrawn)),
    )


def _not_computed(row: Mapping[str, Any], audit: Mapping[str, Any]) -> tuple[str, str]:
    name = metric_name(row["metric"], audit)
    why = str(row.get("text") or row["reason"])
    return name, capital(why.removeprefix(f"{name}: "))


def make_law(record: Mapping[str, Any], number: Numbering) -> Law | None:
    law = record.get("law")
    if not law:
        return None
    heading = number.annex("law", "Law and guidance that the answers cite")
    as_at = british_date(record["pack"]["law_as_at"]) if record.get("pack") else ""
    return Law(
        heading=heading,
        as_at=as_at,
        table=number.table(
            "Law and guidance" + (f", as at {as_at}" if as_at else ""),
            [("Citation", 35), ("What it asks, in our words", 50), ("Extent", 15)],
            [
                (citation(key, law), _duty(law[key]), ", ".join(law[key].get("extent") or []))
                for key in sorted(law, key=lambda k: (str(law[k]["citation"]).casefold(), k))
            ],
            note=_extents(law),
        ),
    )


_EXTENTS = {
    "E": "England",
    "W": "Wales",
    "S": "Scotland",
    "NI": "Northern Ireland",
    "UK": "United Kingdom",
    "EU": "European Union",
    "CoE": "Council of Europe",
    "CA": "Canada",
    "US": "United States",
    "US-NYC": "New York City",
}


def _extents(law: Mapping[str, Any]) -> str:
    """What the short forms of the extent stand for, those that occur."""
    used = {place for entry in law.values() for place in entry.get("extent") or []}
    known = [f"{short} {name}" for short, name in _EXTENTS.items() if short in used]
    return f"{', '.join(known)}." if known else ""


def _duty(entry: Mapping[str, Any]) -> str:
    duty = str(entry.get("duty") or "")
    return f"{duty} To be checked: {entry['check']}." if entry.get("check") else duty


def make_method(record: Mapping[str, Any], number: Numbering) -> Method:
    heading = number.annex("method", "Method")
    audit, scoring = record.get("audit"), record.get("scoring")
    found = (
        {f["verdict"] for f in audit["findings"]} | {d["verdict"] for d in audit["tables"]["disparities"]}
        if audit
        else set()
    )
    return Method(
        heading=heading,
        scored=bool(scoring),
        claims=(scoring["claims"] or "") if scoring else "",
        audited=bool(audit),
        plan=_plan(audit) if audit else (),
        registered=_registered(audit) if audit else "",
        margin=_margin(audit) if audit else "",
        verdicts=number.table(
            "Verdicts and what they mean",
            [("Verdict", 30), ("Meaning", 70)],
            [(words, VERDICT_MEANINGS[code]) for code, words in VERDICTS.items() if code in found]
            or [(words, VERDICT_MEANINGS[code]) for code, words in VERDICTS.items()],
        )
        if audit
        else None,
        severity=_severity(audit) if audit else "",
        intervals=tuple(say(METHODS, name) for name in audit["reproducibility"].get("methods") or []) if audit else (),
    )


def _severity(audit: Mapping[str, Any]) -> str:
    effect = audit["plan"]["columns"]["decision"]["effect"]
    return (
        "Severity counts from the lower limit of the disadvantage, not from the estimate. It is triage, not law."
        if effect in ("burden", "benefit")
        else "No severity is given beyond “for information”, because a yes is neither a burden nor a benefit by itself."
        if effect == "neither"
        else "Severity is triage, not law."
    )


def _plan(audit: Mapping[str, Any]) -> tuple[Pair, ...]:
    plan = audit["plan"]
    decision, outcome = plan["columns"]["decision"], plan["columns"].get("outcome")
    rules = plan.get("plan") or {}
    pairs = [
        ("Title", plan["title"]),
        ("Question", plan["question"]),
        ("Who could have been affected", plan["pool"]),
        ("What a yes does", f"{decision['label']}. {_EFFECTS.get(decision['effect'], decision['effect'])}"),
    ]
    if decision.get("threshold") is not None:
        pairs.append(("Yes means", f"score {decision.get('rule', '>=')} {decision['threshold']:g}"))
    if outcome:
        seen = {
            "always": "known for everybody, whatever the decision",
            "decision_yes": "known only for people with a yes",
        }.get(outcome.get("observed_when", "always"), "")
        pairs.append(("What turned out", f"{outcome['label']}; {seen}" if seen else outcome["label"]))
        if outcome.get("recorded_by"):
            pairs.append(("Outcome recorded by", outcome["recorded_by"]))
    groups = [part.get("label") or name for name, part in plan["groups"].items()]
    pairs += [
        ("Characteristics", joined(groups)),
        ("Primary rates", joined([metric_name(key, audit) for key in rules.get("primary") or []])),
        (
            "Chance of a false finding (alpha)",
            f"{rules.get('alpha', 0.05) * 100:g}%, shared among the primary comparisons",
        ),
    ]
    hidden = plan.get("disclosure") or {}
    if hidden.get("min_cell"):
        pairs.append(
            (
                "Disclosure rule",
                f"in a copy for publication, counts under {hidden['min_cell']} are withheld and the others are rounded "
                f"to multiples of {hidden['base']}",
            )
        )
    return tuple(Pair(label=label, text=text) for label, text in pairs)


def _registered(audit: Mapping[str, Any]) -> str:
    stamp = audit.get("plan_registered")
    if not stamp:
        return "The plan was not registered before the data were read, so nobody can show that it came first."
    when = british_date(stamp["at"])
    if stamp.get("matches"):
        return f"The plan’s digest was registered on {when}, and the plan used here has the same digest."
    return f"A plan was registered on {when}, but the plan used here differs from it: it was changed afterwards."


def _margin(audit: Mapping[str, Any]) -> str:
    margin = (audit["plan"].get("plan") or {}).get("margin")
    if not margin:
        return "No margin was declared, so no verdict of a small difference or of no material difference is possible."
    value = multiple(margin["value"]) if margin["kind"] == "ratio" else percentage_points(margin["value"])
    return f"A {margin['kind']} beyond {value} was declared to be material beforehand. Reason given: {margin['reason']}"


def make_evidence(record: Mapping[str, Any], number: Numbering) -> Evidence:
    heading = number.annex("evidence", "Evidence list")
    return Evidence(
        heading=heading,
        table=number.table_or_none(
            "Evidence files",
            [("File", 25), ("Title", 20), ("Cited by", 10), ("Size", 10), ("SHA-256", 35)],
            [
                (
                    item["file"],
                    item.get("title") or "",
                    joined(item.get("cited_by") or []) or "no answer",
                    byte_count(item["bytes"]),
                    item["digest"],
                )
                for item in record.get("evidence") or []
            ],
        ),
    )
