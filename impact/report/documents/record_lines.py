"""Lines of a document that are no answers: rules that fired, findings of the audit, rulings of the log.

In: pieces of a cleaned record. Out: ``Said``, each with the id that it rests on. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from impact.report.documents.annexes import finding_anchor
from impact.report.documents.answered import barred, barred_rules, gap
from impact.report.shapes_documents import Said
from impact.report.view.claims import verdict_of
from impact.report.view.frame import alert_sentences, findings_in_order
from impact.report.view.parts import cite_all, joined, plural, question_texts, sentence
from impact.report.view.withheld import bar_of, hidden_names
from impact.report.words import SEVERITIES, STOP_KINDS, VERDICTS, say

__all__ = ["barred_checks", "contradicted_lines", "finding_lines", "measured_lines", "stop_lines", "stops_on"]


def stop_lines(record: Mapping[str, Any]) -> list[Said]:
    """Hard stops and red flags of a record that was scored; what this version withholds of them has its bar."""
    scoring, law, texts = record["scoring"], record.get("law") or {}, question_texts(record)
    lines = [
        Said(
            label=f"{say(STOP_KINDS, stop['kind'])} that applies",
            text=f"{sentence(stop['text'])} {sentence(cite_all(stop.get('refs', []), law) or str(stop['basis']))}",
            source=stop["id"],
            gap=False,
        )
        for stop in scoring["hard_stops"]
        if stop["state"] == "fired"
    ]
    waiting = [stop["id"] for stop in scoring["hard_stops"] if stop["state"] == "unresolved"]
    if waiting:
        text = f"An answer is missing for {plural(len(waiting), 'hard stop')}, which is not to be read as clear."
        lines.append(Said(label="Unresolved", text=text, source=joined(waiting), gap=True))
    hidden = barred_rules(record)
    if not lines:
        said = "No hard stop that is shown has fired." if hidden else "No hard stop has fired."
        lines.append(Said(label="Hard stops", text=said, source="Hard stops", gap=False))
    raised = [flag for flag in scoring["flags"] if flag["state"] == "fired"]
    if raised:
        text = "; ".join(f"{texts.get(flag['question'], flag['question'])} ({flag['id']})" for flag in raised)
        lines.append(Said(label="Red flags raised at", text=text, source="Red flags", gap=False))
    return [*lines, *hidden]


def stops_on(record: Mapping[str, Any], questions: Sequence[str]) -> tuple[Said, ...]:
    """Hard stops that rest on one of these questions and have fired, wait for an answer, or are withheld."""
    lines = []
    for stop in (record.get("scoring") or {}).get("hard_stops", ()):
        if not set(questions) & set(stop["questions"]):
            continue
        if stop["state"] == "fired":
            label = f"{say(STOP_KINDS, stop['kind'])} that applies"
            lines.append(Said(label=label, text=sentence(stop["text"]), source=stop["id"], gap=False))
        elif stop["state"] == "unresolved":
            text = f"An answer is missing for “{stop['text']}”, which is not to be read as clear."
            lines.append(
                Said(label=f"{say(STOP_KINDS, stop['kind'])} not resolved", text=text, source=stop["id"], gap=True)
            )
    for stop in (record.get("scoring") or {}).get("barred_stops", ()):
        said = barred(record, f"scoring/hard_stops/{stop['id']}", f"Whether hard stop {stop['id']} applies", stop["id"])
        if said and set(questions) & set(stop["questions"]):
            lines.append(said)
    return tuple(lines)


def contradicted_lines(record: Mapping[str, Any]) -> list[Said]:
    """Claims that the log contradicts; a gap where no answer was tested."""
    checks = (record.get("claims") or {}).get("checks", ())
    hidden = barred_checks(record)
    if not checks and not hidden:
        return [gap("What the log says of the answers", "Claims", "no answer was tested against a log")]
    return [
        *hidden,
        *_contradicted(checks),
    ]


def barred_checks(record: Mapping[str, Any]) -> list[Said]:
    """Checks of the decision log that this version withholds, each with its bar."""
    titles = {one["check"]: one["title"] for one in (record.get("claims") or {}).get("barred_checks", ())}
    found = (
        barred(record, f"claims/check/{name}", f"What the log says of “{titles.get(name, name)}”", name)
        for name in hidden_names(record, "claims/check/")
    )
    return [said for said in found if said]


def _contradicted(checks: Sequence[Mapping[str, Any]]) -> list[Said]:
    return [
        Said(
            label=f"Contradicted by the log: {each['title'][:1].lower()}{each['title'][1:]}",
            text=each["ruling"]["sentence"],
            source=each["check"],
            gap=False,
        )
        for each in checks
        if each["ruling"] and each["ruling"]["verdict"] == "contradicted"
    ]


_ON_ERRORS = ("CK-02", "CK-05", "CK-06", "CK-07", "CK-08", "CK-10", "CK-11", "CK-12", "CK-14", "CK-37", "CK-38")


def measured_lines(record: Mapping[str, Any], *, told: Collection[str] = ()) -> list[Said]:
    """What was measured of errors and groups: findings of the audit, or without one what the log says of them.

    Args:
        record: The record.
        told: Checks that the part tells already.
    """
    if record.get("audit") or bar_of(record, "audit/findings"):
        return finding_lines(record)
    rulings = [
        Said(
            label=f"{each['title']}: {verdict_of(each).lower()}",
            text=each["ruling"]["sentence"],
            source=each["check"],
            gap=False,
        )
        for each in (record.get("claims") or {}).get("checks", ())
        if each["ruling"] and each["check"] in _ON_ERRORS and each["check"] not in told
    ]
    left = [said for said in barred_checks(record) if said.source not in told]
    return [*left, *rulings, *finding_lines(record)]


def finding_lines(record: Mapping[str, Any]) -> list[Said]:
    """Declared findings of weight, each by itself, and the others by verdict."""
    hidden = barred(record, "audit/findings", "What the counts show", "Audit")
    if hidden:
        return [hidden]
    audit = record.get("audit")
    if not audit:
        return [gap("What the counts show", "Audit", "the output of the system was not counted")]
    primary = [found for found in findings_in_order(audit["findings"]) if found.get("role") == "primary"]
    heavy = [found for found in primary if found.get("severity") in ("high", "medium")]
    lines = [
        Said(
            label=f"{say(VERDICTS, found['verdict'])}, severity {say(SEVERITIES, found['severity']).lower()}",
            text=found["sentence"],
            source=f"Finding {found['id']}",
            gap=False,
            target=finding_anchor(found["id"]),
        )
        for found in heavy
    ]
    left = [found for found in primary if found not in heavy]
    if left:
        counts: dict[str, int] = {}
        for found in left:
            counts[say(VERDICTS, found["verdict"]).lower()] = counts.get(say(VERDICTS, found["verdict"]).lower(), 0) + 1
        verdicts = "; ".join(f"{words} {number}" for words, number in counts.items())
        text = f"{plural(len(left), 'other declared comparison')}, by verdict: {verdicts}."
        lines.append(Said(label="Others", text=text, source=_span([f["id"] for f in left]), gap=False))
    lines += [
        Said(label="Alerts", text=text, source="Audit, sheet of alerts", gap=False) for text in alert_sentences(audit)
    ]
    if not lines:
        lines.append(gap("What the counts show", "Audit", "the declared comparisons gave no finding"))
    return lines


def _span(ids: list[str]) -> str:
    return joined(ids) if len(ids) <= 3 else f"{plural(len(ids), 'finding')} between {min(ids)} and {max(ids)}"
