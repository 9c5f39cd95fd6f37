"""The civil-liberties briefing (T-5): four pages for people who speak for those affected.

In: a cleaned record. Out: ``Composed``. Neutral: the toolkit supplies evidence, and the author states a position in a
box that names the author. Every argument stands in the record (``rights``). Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.documents.answered import (
    NOT_STATED,
    Answered,
    barred,
    barred_dimensions,
    barred_rules,
    gap,
    untold,
)
from impact.report.documents.asked import Asked, answer_lines, gaps_together, rows_of
from impact.report.documents.briefing_close import asks, challenge, enquiries, method
from impact.report.documents.burden import burden_figure, burden_table, weightiest
from impact.report.documents.record_lines import barred_checks, finding_lines, measured_lines
from impact.report.documents.rights import HOW_CHOSEN, make_rights, nothing, side
from impact.report.figures import interval, percent_down, points
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.claims import verdict_of
from impact.report.view.parts import Numbering, cite_all, joined, plural, sentence
from impact.report.view.withheld import bar_of

__all__ = ["make_briefing"]

_WHAT: Asked = (
    ("A2", "What it is"),
    ("A5", "Kinds of deployment"),
    ("F1", "Its part in a decision"),
    ("A7", "The worst that can follow"),
    ("D1", "Whose data it uses"),
    ("A9", "People in a year"),
    ("A10", "Share of them not suspected"),
    ("A11", "Where"),
)
_TESTS: Asked = (  # of quality of law, as the questions ask them
    ("C1", "A legal power for each purpose"),
    ("C6", "A published policy on who, where, when, why and on whose authority"),
    ("T2", "A closed and published list of who may be sought"),
    ("T3", "Published criteria of where"),
    ("T9", "Written authority for each use"),
    ("X3", "Published thresholds for launch"),
)
_ELEMENTS = ("Who may be targeted", "Where", "When", "Why", "On whose authority")
_STATED = {"Yes": "Stated", "No": "Gap"}
_DISCRETION: Asked = (
    ("G8", "How serious a matter must be"),
    ("G5", "Limits of place, time, number and kind of person"),
    ("A6", "Forbidden uses, and how they are blocked"),
    ("E4", "Who may change the threshold"),
    ("T5", "Who else may be listed"),
    ("T8", "Who may go below the tested threshold"),
    ("W4", "What a user needs before searching"),
    ("W5", "Steps out from a suspect"),
    ("F3", "Who reviews, and may overturn"),
    ("F7", "A second person before anybody acts"),
    ("F8", "Acting on the output alone"),
    ("S8", "What may follow a flag"),
    ("T13", "Use near protest"),
    ("U4", "What officers do in a predicted place"),
    ("Y4", "What follows a high score"),
    ("J4", "Misuse from inside"),
)
_MOST_CLAIMS = 8
_RULED = ("contradicted", "not enough data", "supported", "not testable")


def make_briefing(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered = Answered(record)
    return Composed(
        lead=(
            "What the assessment shows, and does not show, for the liberties of the people affected. It takes no side: "
            "each line names the answer, finding or rule that it rests on, and what the record lacks is marked.",
        ),
        sections=(
            DocumentPart(
                heading=number.section("what", "What it is and who is caught"),
                lines=answer_lines(answered, _WHAT, note=False),
            ),
            DocumentPart(heading=number.section("known", "What is known, and what is not"), lines=_known(record)),
            _rights(record, answered, number),
            _errors(record, number),
            _legality(record, answered, number),
            DocumentPart(
                heading=number.section("discretion", "Discretion: what is left to choose, and to whom"),
                lines=answer_lines(answered, _DISCRETION, note=False),
            ),
            _safeguards(record, number),
            enquiries(record, number),
            asks(record, number),
            challenge(record, answered, number),
            method(record, number),
        ),
    )


def _known(record: Mapping[str, Any]) -> tuple[Said, ...]:
    scoring = record.get("scoring")
    hidden = [*barred_dimensions(record), *barred_rules(record)]
    lines = [*_levels(record, scoring), *hidden, *_tested(record), *_counted(record), *_open(record)]
    return tuple(lines)


def _levels(record: Mapping[str, Any], scoring: Mapping[str, Any] | None) -> list[Said]:
    if not scoring:
        return [gap("Level and outcome", "Levels", "no questionnaire was answered")]
    rated = "Impact on rights, on the toolkit’s own scale"
    lines = [said for said in (barred(record, "scoring/rights_level", rated, "Levels"),) if said]
    worst = scoring.get("rights_level")
    if worst:
        found = next((each for each in scoring["dimensions"] if each["code"] == worst.get("dimension")), None)
        text = f"{sentence(worst['label'])} The figures behind it are withheld from this version."
        if found:
            text = (
                f"{worst['label']}, for {found['label']}: {points(found['point'])} out of 100; the open questions "
                f"allow {interval([found['low'], found['high']], points)}."
            )
        lines.append(Said(label=rated, text=text, source="Levels", gap=False))
    fired = [stop["id"] for stop in scoring["hard_stops"] if stop["state"] == "fired"]
    waiting = [stop["id"] for stop in scoring["hard_stops"] if stop["state"] == "unresolved"]
    hidden = bar_of(record, "scoring/outcome")
    text = (hidden or sentence(scoring["outcome"]["label"])) + (
        f" Hard stops that fired: {joined(fired)}." if fired else ""
    )
    if waiting:
        text += f" {plural(len(waiting), 'hard stop')} cannot be resolved for want of answers, which is not clear."
    label = "Outcome the toolkit proposes"
    source = joined(waiting + fired) or "Outcome"
    lines.append(Said(label=label, text=text, source=source, gap=False, withheld=bool(hidden)))
    return lines


def _tested(record: Mapping[str, Any]) -> list[Said]:
    ruled = [each for each in (record.get("claims") or {}).get("checks", ()) if each["ruling"]]
    hidden = barred_checks(record)
    if not ruled and hidden:
        return hidden
    if not ruled:
        return [gap("Answers tested against a log", "Claims", "no answer was tested")]
    found = {verdict: [each["check"] for each in ruled if each["ruling"]["verdict"] == verdict] for verdict in _RULED}
    said = [f"{verdict} {len(checks)}" for verdict, checks in found.items() if checks]
    text = f"{plural(len(ruled), 'claim')} tested{' and shown' if hidden else ''}: {'; '.join(said)}."
    if found["contradicted"]:
        text += f" Contradicted: {joined(found['contradicted'])}."
    return [Said(label="Claims against the decision log", text=text, source="Claims", gap=False), *hidden]


def _counted(record: Mapping[str, Any]) -> list[Said]:
    hidden, audit = barred(record, "audit/findings", "Error rates by group", "Audit"), record.get("audit")
    if hidden:
        return [hidden]
    if not audit:
        return [gap("Error rates by group", "Audit", "the output of the system was not counted")]
    text = f"{audit['people']:,} rows, each one {audit['unit']}; {plural(len(audit['findings']), 'finding')}."
    return [Said(label="Counted", text=text, source="Audit", gap=False)]


def _open(record: Mapping[str, Any]) -> list[Said]:
    sections = (record.get("questionnaire") or {}).get("sections", ())
    asked = [each for section in sections if section["shown"] for each in section["questions"]]
    states = {"unanswered": "unanswered", "not_known": "answered “Not known”", "refused": "refused"}
    states |= {"withheld": "withheld, which does not tell whether they are answered"} if record.get("redaction") else {}
    counts = {words: sum(each["state"] == state for each in asked) for state, words in states.items()}
    found = [f"{number} {words}" for words, number in counts.items() if number]
    if not found:
        return []
    apply = sum(each["state"] not in ("hidden", "not_applicable") for each in asked)
    scoring = record.get("scoring")
    weight = ""
    if scoring:
        known = scoring["completeness"]
        weight = f" By weight, {percent_down(known)} is answered." if known is not None else ""
        weight = weight or " What that is by weight is withheld from this version."
    text = f"Of {apply} questions that apply: {'; '.join(found)}.{weight}"
    return [Said(label="Not known", text=text, source="Questions and answers", gap=False)]


def _rights(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    heading = number.section("rights", "Rights, with the strongest argument on each side")
    rights = make_rights(record, answered)
    if not rights:
        missing = gap("Rights engaged", "Questions I1 to I8", "no questionnaire was answered")
        return DocumentPart(heading=heading, lines=(missing,))
    shown = [each for each in rights if each.engaged or each.asked is None or each.asked.withheld]
    table = number.table(
        "Rights engaged, as answered, and what the record says on each side",
        [("Right", 20), ("For the use", 35), ("Against, or left open", 45)],
        [
            (
                f"{each.name}. {each.asked.text} [{each.asked.source}]" if each.asked else f"{each.name}.",
                _cut(side(each.support, none=nothing(each, "The record holds none"))),
                _cut(side(each.against, none=nothing(each, "The record holds none")))
                + (f" Open: {_few(each.unanswered)}." if each.unanswered else "")
                + (f" {untold(each.withheld)}" if each.withheld else ""),
            )
            for each in shown
        ],
    )
    left = [each.asked for each in rights if each.asked is not None and not each.engaged and each not in shown]
    none = [line for line in left if not line.gap]
    lines = list(gaps_together([line for line in left if line.gap]))
    if none:
        lines.append(
            Said(
                label="Answered as not engaged",
                text=sentence("; ".join(line.label for line in none)),
                source=joined([line.source for line in none]),
                gap=False,
                target=none[0].target,
            )
        )
    lines.append(Said(label="How an argument is chosen", text=HOW_CHOSEN, source="Rule of this document", gap=False))
    return DocumentPart(heading=heading, tables=(table,), closing=tuple(lines))


_MOST_IDS = 6


def _few(names: tuple[str, ...]) -> str:
    """Ids, or the first of them with the number of the others.

    >>> _few(("A1", "A2")), _few(tuple(f"A{n}" for n in range(1, 9)))
    ('A1 and A2', 'A1, A2, A3, A4, A5, A6 and 2 more')
    """
    if len(names) <= _MOST_IDS:
        return joined(names)
    return f"{', '.join(names[:_MOST_IDS])} and {len(names) - _MOST_IDS} more"


def _cut(text: str) -> str:
    """The argument, and the ids of the others as far as they fit."""
    head, also, ids = text.partition(" Also: ")
    if not also:
        return text
    names = tuple(ids.rstrip(".").replace(" and ", ", ").split(", "))
    return f"{head} Also: {_few(names)}."


def _errors(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("errors", "Who bears the errors")
    audit = record.get("audit")
    if not audit or bar_of(record, "audit/findings"):
        return DocumentPart(heading=heading, lines=tuple(measured_lines(record)))
    chosen = weightiest(audit)
    figure = burden_figure(audit, *chosen, number) if chosen else None
    table = burden_table(audit, chosen[1], number) if chosen else None
    return DocumentPart(
        heading=heading,
        figure=figure,
        tables=(table,) if table else (),
        closing=tuple(finding_lines(record)),
    )


def _legality(record: Mapping[str, Any], answered: Answered, number: Numbering) -> DocumentPart:
    law = record.get("law") or {}
    rows = []
    typed: dict[str, list[tuple[str, ...]]] = {}
    for row in rows_of(answered, "C6"):
        typed.setdefault(row[0], []).append((*row[1:], "", "")[:2])
    whole = answered.say("C6", "Published policy", note=False)
    against = ", contradicted" if answered.contradicted("C6") else ""
    # An element in other words than the pack’s, as in a translation, is printed as it was typed and not called a gap.
    for element in _ELEMENTS if set(typed) <= set(_ELEMENTS) else typed:
        given = typed.get(element, [])
        words = {_STATED.get(stated, "Partly" if stated else "Gap") for stated, _ in given} or {"Gap"}
        word = words.pop() if len(words) == 1 else "Partly"
        said = "; ".join(part for stated, place in given for part in (stated and f"answered “{stated}”", place) if part)
        told = said or ("the answer has no row on it" if not whole.gap else whole.text.rstrip("."))
        rows.append((element, "Withheld" if whole.withheld else word + against, f"{sentence(told)} [C6]"))
    others = answer_lines(answered, tuple(pair for pair in _TESTS if pair[0] != "C6"), note=False)
    table = number.table(
        "A published policy on who, where, when, why and on whose authority",
        [("Test", 25), ("Stated or gap", 20), ("What the record says", 55)],
        rows,
        note="“Stated” is what was answered. Whether a court would find it enough is not said here.",
    )
    keys = [key for key in ("bridges", "thompson", "echr.8") if key in law]
    closing = [whole] if answered.contradicted("C6") else []
    if keys:
        text = "The questions are drawn from these. Which of them binds in a given case is for advice."
        closing.append(Said(label="Law", text=text, source=cite_all(keys, law), gap=False))
    hidden = barred(record, "block/law", "Law")
    closing += [hidden] if hidden else []
    return DocumentPart(
        heading=number.section("legality", "Tests of legality"), lines=others, tables=(table,), closing=tuple(closing)
    )


def _safeguards(record: Mapping[str, Any], number: Numbering) -> DocumentPart:
    heading = number.section("safeguards", "Safeguards as claimed, and as measured")
    ruled = [each for each in (record.get("claims") or {}).get("checks", ()) if each["ruling"]]
    hidden = tuple(barred_checks(record))
    if not ruled:
        lines = hidden or (gap("Safeguards measured", "Claims", "no answer was tested against a log of the system"),)
        return DocumentPart(heading=heading, lines=lines)
    ordered = sorted(ruled, key=lambda each: _RULED.index(each["ruling"]["verdict"]))
    table = number.table(
        "Claims, and what the decision log says",
        [("Claim", 25), ("Answers", 10), ("Verdict", 15), ("Measured", 50)],
        [
            (
                each["title"],
                joined(each["questions"]) or "none",
                verdict_of(each),
                f"{each['ruling']['sentence']} [{each['check']}]",
            )
            for each in ordered[:_MOST_CLAIMS]
        ],
        note="“Not enough data” is not support.",
    )
    left = ordered[_MOST_CLAIMS:]
    closing = list(hidden)
    if left:
        said = "; ".join(f"{each['check']} {verdict_of(each).lower()}" for each in left)
        closing.append(Said(label="Other claims that were tested", text=sentence(said), source="Claims", gap=False))
    if not any(each["ruling"]["verdict"] != "not testable" for each in ruled):
        closing.append(gap("A claim that the log could test", "Claims", NOT_STATED))
    return DocumentPart(heading=heading, tables=(table,), closing=tuple(closing))
