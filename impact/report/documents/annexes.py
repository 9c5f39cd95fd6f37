"""What the lines of a document point to: the findings and answers that it names, and where on the page they stand.

In: the part of a document, a cleaned record. Out: ``CitedFindings``, ``Answers``, anchors. Computes nothing.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from impact.report.model import Answers, CitedFindings, Figure, Said
from impact.report.view.answers import answer_anchor
from impact.report.view.frame import findings_in_order
from impact.report.view.parts import Numbering, sentence
from impact.report.words import SEVERITIES, VERDICTS, say

__all__ = ["anchors", "finding_anchor", "make_cited", "named_anchors", "only_cited", "said_lines"]


def said_lines(part: Any) -> Iterator[Said]:
    """Every line in a part of a view, at any depth, in the order of its fields."""
    return (each for each in _within(part) if isinstance(each, Said))


def named_anchors(part: Any) -> set[str]:
    """Where the annexes have what a part of a view names: what its lines point to, and every id in its words."""
    words = " ".join(_texts(part))
    answers = {answer_anchor(name) for name in re.findall(r"\b[A-Z]\d{1,2}\b", words)}
    findings = {finding_anchor(name) for name in re.findall(r"\bF-\d{4,}\b", words)}
    return {line.target for line in said_lines(part) if line.target} | answers | findings


def _texts(part: Any) -> Iterator[str]:
    return (each for each in _within(part) if isinstance(each, str))


def _within(part: Any) -> Iterator[Any]:
    """A part of a view and everything in it, but for what a drawing holds, where no ids stand."""
    yield part
    if isinstance(part, Figure):
        return
    if dataclasses.is_dataclass(part):
        part = tuple(getattr(part, field.name) for field in dataclasses.fields(part))
    if isinstance(part, tuple):
        for each in part:
            yield from _within(each)


def finding_anchor(finding: str) -> str:
    """Where the entry of a finding stands.

    >>> finding_anchor("F-0001")
    'finding-F-0001'
    """
    return f"finding-{finding}"


def make_cited(record: Mapping[str, Any], number: Numbering, targets: Collection[str]) -> CitedFindings | None:
    """The findings that lines point to, in the order of the general assessment; None where there are none."""
    findings = (record.get("audit") or {}).get("findings", ())
    entries = [_entry(found) for found in findings_in_order(findings) if finding_anchor(found["id"]) in targets]
    if not entries:
        return None
    return CitedFindings(heading=number.annex("cited", "Findings that are named"), entries=tuple(entries))


def _entry(found: Mapping[str, Any]) -> Said:
    verdict = f"{say(VERDICTS, found['verdict'])}, severity {say(SEVERITIES, found['severity']).lower()}"
    label = (
        f"{found['id']}: {verdict}" if found.get("severity") else f"{found['id']}: {say(VERDICTS, found['verdict'])}"
    )
    text = f"{sentence(found['title'])} {sentence(found['sentence'])}"
    return Said(label=label, text=text, source="findings.json", gap=False, target=finding_anchor(found["id"]))


def only_cited(answers: Answers, targets: Collection[str]) -> Answers:
    """The annex with the questions that lines point to, and without the sections of which none is left."""
    sections = []
    for section in answers.sections:
        questions = tuple(each for each in section.questions if each.anchor in targets)
        if questions:
            sections.append(dataclasses.replace(section, questions=questions, hidden=""))
    heading = dataclasses.replace(answers.heading, title="Questions and answers that are named")
    return dataclasses.replace(answers, heading=heading, sections=tuple(sections))


def anchors(cited: CitedFindings | None, answers: Answers | None) -> tuple[str, ...]:
    """Where a line may point to, because the entry stands in this document."""
    found = [entry.target for entry in cited.entries] if cited else []
    if answers:
        found += [question.anchor for section in answers.sections for question in section.questions]
    return tuple(found)
