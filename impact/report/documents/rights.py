"""Rights one by one, with what the record says for the use of the system and what it says against it.

In: a cleaned record and its answers. Out: ``Right``. Invents no argument: each is an answer, a ruling of the log, a
rule or a finding that stands in the record, and a question bears on a right if it cites that article. Which one is
printed first follows a fixed order, which ``HOW_CHOSEN`` puts into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.report.documents.annexes import finding_anchor
from impact.report.documents.answered import Answered
from impact.report.shapes_documents import Said
from impact.report.view.answers import answer_anchor
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import joined, plural, sentence
from impact.report.view.withheld import bar_of, hidden_names

__all__ = ["HOW_CHOSEN", "Right", "make_rights", "nothing", "side"]

HOW_CHOSEN = (
    "For: the safeguard with the most credit after its evidence, then a risk that is answered with none. Against: what "
    "the decision log contradicts, then a hard stop that fired, then the finding or the answer of most weight. A "
    "question bears on a right if it cites its article."
)
_RIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("I1", "Articles 2 and 3: life; no inhuman treatment", ("echr.2", "echr.3")),
    ("I2", "Article 5: liberty", ("echr.5",)),
    ("I3", "Article 6: a hearing before being marked", ("echr.6",)),
    ("I4", "Article 8: private life", ("echr.8",)),
    ("I5", "Article 9: belief", ("echr.9",)),
    ("I6", "Article 10: expression", ("echr.10",)),
    ("I7", "Article 11: assembly and association", ("echr.11",)),
    ("I8", "Protocol 1, article 1: property, pay, benefit", ("echr.P1-1",)),
    ("", "Article 14: these rights without discrimination", ("echr.14", "eqa.19", "eqa.149")),
)
_IMPACT = tuple(name for name, _, _ in _RIGHTS if name)
_WITHIN = ("equivalence_shown", "difference_small")


@dataclass(frozen=True, kw_only=True)
class Right:
    """A right, how deep the answer says that it is touched, and the arguments of each side in their order.

    ``engaged`` is None where nobody has answered, and where no question asks it.
    """

    name: str
    asked: Said | None
    engaged: bool | None
    support: tuple[Said, ...]
    against: tuple[Said, ...]
    unanswered: tuple[str, ...]  # ids of the questions on it that have no answer
    withheld: tuple[str, ...]  # what this version withholds of what bears on it: answers, checks, rules, the audit


def make_rights(record: Mapping[str, Any], answered: Answered) -> tuple[Right, ...]:
    """All rights that the questions ask about, and equal enjoyment of them; none without a questionnaire."""
    if not record.get("questionnaire"):
        return ()
    return tuple(_right(record, answered, name, label, keys) for name, label, keys in _RIGHTS)


def _right(record: Mapping[str, Any], answered: Answered, name: str, label: str, keys: Sequence[str]) -> Right:
    question = answered.question(name) if name else None
    given = question is not None and question["state"] == "answered"
    bearing = [each for each in _questions(record) if each["id"] not in _IMPACT and set(each["refs"]) & set(keys)]
    against = [*_contradicted(record, bearing), *_fired(record, bearing)]
    support = [*_safeguards(answered, bearing), *_no_risk(answered, bearing)]
    if not name:
        findings = (record.get("audit") or {}).get("findings", ())
        against += _disparities(findings)
        support += _within(findings)
    return Right(
        name=label,
        asked=answered.say(name, label, note=False) if question is not None else None,
        engaged=(question["value"] or 0) > 0 if question is not None and given else None,
        support=tuple(support),
        against=(*against, *_risks(answered, bearing)),
        unanswered=tuple(each["id"] for each in bearing if each["state"] in ("unanswered", "not_known", "refused")),
        withheld=tuple(_withheld(record, bearing, audit=not name)),
    )


def nothing(right: Right, none: str) -> str:
    """What a side says that has no argument: what is withheld may have been one."""
    return "Nothing that is shown" if right.withheld else none


def _withheld(record: Mapping[str, Any], bearing: Sequence[Mapping[str, Any]], *, audit: bool) -> list[str]:
    """What bears on a right and is withheld; on which side it stands is not said either."""
    names = [each["id"] for each in bearing if each.get("bar")]
    asked, stops = {each["id"] for each in bearing}, (record.get("scoring") or {}).get("barred_stops", ())
    names += [stop["id"] for stop in stops if asked & set(stop["questions"])]
    tested = {check for each in bearing for check in each.get("tested_by") or ()}
    names += [check for check in hidden_names(record, "claims/check/") if check in tested]
    if bar_of(record, "questionnaire/refs"):
        names = ["which answers bear on it", *names]
    return [*names, *(["the findings of the audit"] if audit and bar_of(record, "audit/findings") else [])]


def _questions(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for section in record["questionnaire"]["sections"]:
        if section["shown"]:
            yield from section["questions"]


def _contradicted(record: Mapping[str, Any], bearing: Sequence[Mapping[str, Any]]) -> list[Said]:
    names = {each["id"] for each in bearing}
    return [
        Said(label=entry["title"], text=sentence(entry["ruling"]["sentence"]), source=entry["check"], gap=False)
        for entry in (record.get("claims") or {}).get("checks", ())
        if entry["ruling"] and entry["ruling"]["verdict"] == "contradicted" and names & set(entry["questions"])
    ]


def _fired(record: Mapping[str, Any], bearing: Sequence[Mapping[str, Any]]) -> list[Said]:
    names = {each["id"] for each in bearing}
    return [
        Said(label="Hard stop", text=sentence(stop["text"]), source=stop["id"], gap=False)
        for stop in (record.get("scoring") or {}).get("hard_stops", ())
        if stop["state"] == "fired"
        and any(p["state"] == "fired" and p["question"] in names for p in stop.get("parts", ()))
    ]


def _safeguards(answered: Answered, bearing: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Safeguards that are answered with some strength, those with the most credit first; one that the log contradicts
    is no argument for anybody."""
    found = [
        each
        for each in bearing
        if each["kind"] == "mitigation" and _is(each) and not answered.contradicted(each["id"]) and each["value"] > 0
    ]
    lines = []
    for each in sorted(found, key=lambda each: (-_credit(each), -each["value"])):
        line = _told(answered, each)
        if each.get("credit_withheld"):
            line = _with(line, "What its evidence earns is withheld.")
        elif not _credit(each):
            line = _with(line, "No evidence is cited.")
        lines.append(line)
    return lines


def _no_risk(answered: Answered, bearing: Sequence[Mapping[str, Any]]) -> list[Said]:
    return [
        _told(answered, each)
        for each in bearing
        if each["kind"] == "risk" and _is(each) and each["value"] == 0 and not answered.contradicted(each["id"])
    ]


def _risks(answered: Answered, bearing: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Answers that weigh against: risks by their severity, and safeguards that are answered with nothing."""
    found = [
        (each["value"] if each["kind"] == "risk" else 1.0, each)
        for each in bearing
        if _is(each) and ((each["kind"] == "risk") if each["value"] > 0 else each["kind"] == "mitigation")
    ]
    return [_told(answered, each) for _, each in sorted(found, key=lambda pair: -pair[0])]


def _is(question: Mapping[str, Any]) -> bool:
    return question["state"] == "answered" and question["value"] is not None


def _credit(question: Mapping[str, Any]) -> float:
    return float((question["credit"] or {}).get("credit") or 0.0)


def _told(answered: Answered, question: Mapping[str, Any]) -> Said:
    return answered.say(question["id"], question["text"], note=False, rows=False)


def _with(line: Said, more: str) -> Said:
    return Said(label=line.label, text=f"{line.text} {more}", source=line.source, gap=line.gap, target=line.target)


def _disparities(findings: Sequence[Mapping[str, Any]]) -> list[Said]:
    return [
        Said(
            label="Finding",
            text=sentence(found["sentence"]),
            source=f"Finding {found['id']}",
            gap=False,
            target=finding_anchor(found["id"]),
        )
        for found in findings_in_order(findings)
        if found["verdict"] == "disparity_shown" and found.get("direction") != "better" and found["role"] == "primary"
    ]


def _within(findings: Sequence[Mapping[str, Any]]) -> list[Said]:
    primary = [found for found in findings_in_order(findings) if found["role"] == "primary"]
    within = [found for found in primary if found["verdict"] in _WITHIN]
    if not within:
        return []
    text = f"For {len(within)} of {plural(len(primary), 'declared comparison')} any difference is within the margin."
    first = within[0]["id"]
    return [Said(label="Findings", text=text, source="Audit, findings", gap=False, target=finding_anchor(first))]


def side(lines: Sequence[Said], *, none: str, most: int = 1) -> str:
    """A side of the argument in a cell: the first lines in full with their ids, the others by id.

    >>> side([], none="Nothing in the record")
    'Nothing in the record.'
    """
    if not lines:
        return sentence(none)
    told = [f"{_quoted(line)} [{line.source}]" for line in lines[:most]]
    rest = [line.source.removeprefix("Answer ").removeprefix("Finding ") for line in lines[most:]]
    return " ".join(told) + (f" Also: {joined(rest)}." if rest else "")


def _quoted(line: Said) -> str:
    """A question with its answer; a rule or a ruling speaks for itself."""
    return f"{line.label} “{line.text.rstrip('.')}”." if line.target.startswith(answer_anchor("")) else line.text
