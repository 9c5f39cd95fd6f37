"""The bundled pack, loaded once, and short ways from answers written as YAML to scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.questionnaire.answers import Answers, read_answers
from impact.questionnaire.evaluate import Answered, Context, evaluate
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores, score
from impact.resources import Resource, find
from impact.settings import Settings
from impact.yamlfile import parse

TODAY = date(2026, 11, 20)
TINY = {
    "pack.yaml": """\
schema: impact/pack/1
id: tiny
version: "1.0.0"
title: A small pack
law_as_at: "2026-11"
dimensions:
  - {code: PRI, label: Privacy, level: rights}
  - {code: VEN, label: Vendor dependence, level: stewardship}
defaults:
  unanswered: {severity: 0.7, strength: 0.0}
  best: {severity: 0.0, strength: 1.0}
  worst: {severity: 1.0, strength: 0.0}
bands:
  - {code: low, label: Low, lt: 25}
  - {code: high, label: High, ge: 25}
variables:
  - name: A3_total
    type: double
    rule: {kind: sum, question: A3, column: people}
    meaning: Sum of the column people
sections: [sections/A.yaml, sections/M.yaml]
scoring: scoring.yaml
law: law.yaml
retired: [A9]
""",
    "sections/A.yaml": """\
id: A
title: Core
questions:
  - id: A1
    text: Which kind?
    type: single
    choices:
      - {code: mild, label: Mild, value: 0.2}
      - {code: harsh, label: Harsh, value: 1.0}
    refs: [art.1, uk.*]
    risk: {PRI: 0.2}
  - id: A2
    text: Is there a safeguard?
    type: single
    visible_if: 'A1 == "harsh"'
    choices:
      - {code: "yes", label: "Yes", value: 1.0}
      - {code: "no", label: "No", value: 0.0}
    mitigation: {PRI: 0.3}
    evidence: doc
    tested_by: [CK-01]
    flags:
      - id: HS-01
        text: HS-01 if No
        when: 'A2 == "no" && A3_rows.exists(r, r.kind == "staff")'
  - id: A3
    text: How many people?
    type: table
    band_on: A3_total
    bands:
      - {code: few, label: Few, lt: 10, value: 0.1}
      - {code: many, label: Many, ge: 10, value: 1.0}
    columns:
      - {code: kind, label: Kind, type: choice, choices: [{code: staff, label: Staff}, {code: public, label: Public}]}
      - {code: people, label: People, type: number}
      - {code: since, label: Since, type: date}
    risk: {VEN: 0.1}
  - id: A4
    text: Where?
    type: multi
    choices:
      - {code: here, label: Here}
      - {code: there, label: There}
    aggregate: {rule: count_div, n: 2}
    risk: {PRI: 0.1}
""",
    "sections/M.yaml": """\
id: M
title: Module
visible_if: '"there" in A4'
questions:
  - id: M1
    text: How many months?
    type: number
    bands:
      - {code: short, label: Short, lt: 12, value: 0.0}
      - {code: long, label: Long, ge: 12, value: 1.0}
    risk: {VEN: 0.2}
""",
    "scoring.yaml": """\
caps: {PRI: 0.6, VEN: 0.75}
evidence: {none: 0.0, file: 0.6, published: 0.8, verified: 1.0, file_alone: {pub: 0.5, ver: 0.4, log: 0.6}}
freshness: {full_months: 12.0, none_months: 24.0}
contradiction: {contradicted: 0.0, not_enough_data: 0.5, by_an_answer: 0.5}
failed_check_severity: 0.7
unknown_width: 30.0
completeness: {base: 1.0, per_weight: 10.0, incomplete_under: 0.9}
confidence:
  completeness: 0.4
  evidenced: 0.35
  verified: 0.25
  labels:
    - {code: weak, label: weak, lt: 60}
    - {code: strong, label: strong, ge: 60}
hard_stops:
  - {id: HS-01, kind: stop, text: No safeguard, basis: An Act, refs: [art.1], fired_by: [A2]}
floors:
  - {id: FL-1, dimension: PRI, floor: 55, text: many people, when: 'A3_total > 100.0'}
contradictions:
  - {id: XC-01, between: [A1, A4], text: Mild everywhere, when: 'A1 == "mild" && size(A4) == 2'}
outcomes:
  - {code: stop, label: Do not proceed, stops_fired: [stop]}
  - {code: proceed, label: Proceed}
""",
    "law.yaml": """\
law_as_at: "2026-11"
keys:
  art.1: {citation: Article 1, kind: statute, extent: [E], verified: true, duty: Do no harm.}
  "uk.*": {citation: Group of uk, kind: group, extent: [E], verified: false, duty: Group.}
  uk.a: {citation: A, kind: policy, extent: [E], verified: false, duty: One.}
  uk.b: {citation: B, kind: policy, extent: [E], verified: false, duty: Two.}
""",
}


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(find("questionnaires", "uk-policing", Settings()))


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Resource]:
    """A small pack on disk; ``(file, before, after)`` replaces a piece of text that occurs exactly once."""

    def write(*changes: tuple[str, str, str]) -> Resource:
        files = dict(TINY)
        for file, before, after in changes:
            assert files[file].count(before) == 1, before
            files[file] = files[file].replace(before, after)
        folder = tmp_path / "tiny"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return find("questionnaires", str(folder), Settings())

    return write


@pytest.fixture
def read(pack: Pack) -> Callable[[str], Answers]:
    """Answers from YAML: one ``id: answer`` a line."""
    return lambda text: read_answers(_answers(text), pack)


@pytest.fixture
def scored(pack: Pack) -> Callable[..., Scores]:
    """Scores of answers written as YAML."""

    def run(text: str, *, verdicts: Mapping[str, str] | None = None, **context: Any) -> Scores:
        return score(_evaluated(pack, text, context), verdicts=verdicts)

    return run


@pytest.fixture
def answered(pack: Pack) -> Callable[..., Answered]:
    return lambda text, **context: _evaluated(pack, text, context)


def _answers(text: str) -> Any:
    body = "\n".join(f"  {line}" for line in text.strip("\n").split("\n"))
    return parse(f"answers:\n{body}\n", name="a.yaml", family="A")


def _evaluated(pack: Pack, text: str, context: dict[str, Any]) -> Answered:
    answers = read_answers(_answers(text), pack)
    settings = {"assessment_date": TODAY, "approval_threshold": 500_000.0, "processing_started": True} | context
    digests = {file: "sha256:00" for _, file in answers.evidence_files()}
    return evaluate(pack, answers, context=Context(**settings), evidence=digests)
