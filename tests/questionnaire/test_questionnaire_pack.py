"""The bundled pack is whole, and what this room hands over has the agreed shape."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from impact.assessment.header import read_header
from impact.canonical import canonical_json
from impact.questionnaire.answers import read_answers
from impact.questionnaire.blocks import law_block, pack_block, questionnaire_block, scoring_block
from impact.questionnaire.checks import HEAVIEST
from impact.questionnaire.citations import citation_lines, citations
from impact.questionnaire.evaluate import Answered, Context, evaluate
from impact.questionnaire.inspection import check_pack
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores, score
from impact.questionnaire.skeleton import skeleton
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import parse

Scored = Callable[..., Scores]
Evaluated = Callable[..., Answered]


def test_pack_has_every_question_of_its_design(pack: Pack) -> None:
    """Counts of the design's questionnaire: 144 core questions in A to R, 69 in eight modules."""
    sizes = {section.id: len(section.questions) for section in pack.sections}

    assert sizes == {
        "A": 11, "B": 13, "C": 10, "D": 10, "E": 10, "F": 10, "G": 8, "H": 8, "I": 11, "J": 4, "K": 9, "L": 5, "M": 4,
        "N": 10, "O": 6, "P": 4, "Q": 5, "R": 6,
        "S": 12, "T": 16, "U": 9, "W": 9, "X": 8, "Y": 6, "Z": 5, "V": 4,
    }  # fmt: skip
    assert sum(size for name, size in sizes.items() if name <= "R") == 144
    assert sum(sizes.values()) == 213


def test_pack_has_every_rule_of_its_design(pack: Pack) -> None:
    flags = Counter(flag.id[:2] for _, flag in pack.flags())

    assert flags == {"RF": 50, "HS": 19}
    assert len(pack.scoring.hard_stops) == 15
    assert len(pack.scoring.floors) == 6
    assert len(pack.scoring.contradictions) == 10
    assert len(pack.law.keys) == 204
    assert {part.code: pack.scoring.caps[part.code] for part in pack.dimensions} == {
        "PRI": 0.6, "EQU": 0.6, "LIB": 0.5, "FAI": 0.6, "EXP": 0.5, "EMP": 0.6, "VEN": 0.75, "PUB": 0.75,
    }  # fmt: skip


def test_no_single_question_weighs_more_than_the_limit(pack: Pack) -> None:
    assert HEAVIEST == 0.30
    assert all(0 < weight <= 0.30 for question in pack.questions.values() for weight in question.weights.values())


def test_pack_and_its_worked_examples_have_no_fault() -> None:
    assert check_pack(find("questionnaires", "uk-policing", Settings())) == []


@pytest.mark.parametrize("word", ["compliant", "unbiased", "debiased", "solved", "passed the"])
def test_pack_uses_no_word_that_the_report_may_not_print(word: str) -> None:
    resource = find("questionnaires", "uk-policing", Settings())

    for name, _ in resource.files:
        text = (resource.folder / name).read_text(encoding="utf-8").lower()
        assert not re.search(rf"(?<![a-z]){re.escape(word)}", text), name


# Blocks of the record (docs/record.md).


def question_of(block: dict, name: str) -> dict:  # type: ignore[type-arg]  # plain JSON data
    return next(one for section in block["sections"] for one in section["questions"] if one["id"] == name)


def test_blocks_have_a_canonical_form_and_the_agreed_keys(answered: Evaluated, pack: Pack) -> None:
    found = answered(
        "A5: [staff]\nA7: lost-service\nC7: {value: yes, evidence: [{file: a, title: T, date: 2026-05-01}]}"
    )

    scores = score(found)
    block, law, scoring = questionnaire_block(found), law_block(found), scoring_block(scores)
    for part in (block, law, scoring):
        assert json.loads(canonical_json(part)) == part
    assert set(question_of(block, "A7")) == {
        "id", "text", "guidance", "type", "unit", "kind", "state", "reason", "answer", "value", "credit",
        "evidence_kind", "evidence", "author", "date", "time", "drafted_by", "change_reason", "refs", "tested_by",
    }  # fmt: skip
    assert set(scoring) == {
        "claims", "dimensions", "rights_level", "stewardship_level", "high_dimensions", "index", "completeness",
        "evidenced", "verified", "confidence", "incomplete", "outcome", "hard_stops", "flags", "floors",
        "contradictions", "sensitivity", "sensitivity_further", "demands", "counted",
    }  # fmt: skip
    assert set(scoring["dimensions"][0]) == {
        "code", "label", "level_kind", "cap", "inherent", "mitigation", "point", "low", "high", "band", "band_label",
        "judged", "floor", "driven_by_unknowns", "drivers",
    }  # fmt: skip
    assert (scores.to_json(), found.to_json()) == (scoring, block)


def test_questionnaire_block_says_what_was_answered_in_words(answered: Evaluated) -> None:
    block = questionnaire_block(
        answered(
            "A5: [staff]\nA9: 45000\nA7: lost-service\nG4: {value: narrative, text: Our words.}\nI9: []\n"
            "S1: [{group: officers, people: 6000}]\nK8: {judged: {value: 0.7, reason: Unclear}}\nB9: 1000\n"
            "C7: {value: yes, evidence: [{file: a, title: T, date: 2026-05-01}]}\nQ1: 2027-01-01"
        )
    )

    assert question_of(block, "A9")["answer"]["labels"] == ["45,000 people a year"]
    assert question_of(block, "A9")["answer"]["value"] == 45000
    assert question_of(block, "A7")["answer"]["labels"] == ["Lost service or opportunity"]
    assert question_of(block, "G4")["answer"]["labels"] == ["Narrative", "Our words."]
    assert question_of(block, "I9")["answer"] == {"value": [], "labels": [], "rows": None, "note": None, "judged": None}
    assert question_of(block, "S1")["answer"]["rows"] == {
        "columns": [{"code": "group", "label": "Group"}, {"code": "people", "label": "People"}],
        "rows": [["Officers", "6,000"]],
    }
    assert question_of(block, "K8")["answer"]["judged"] == {"value": 0.7, "reason": "Unclear"}
    assert question_of(block, "Q1")["answer"]["value"] == "2027-01-01"
    assert question_of(block, "C7")["credit"] == {
        "strength": 1.0, "evidence": 0.6, "freshness": 1.0, "contradiction": 1.0, "credit": 0.6,
    }  # fmt: skip
    assert question_of(block, "C7")["evidence"][0]["digest"] == "sha256:00"
    hidden = question_of(block, "B8")
    assert (hidden["state"], hidden["reason"], hidden["value"]) == ("hidden", "hidden by its condition", None)
    assert question_of(block, "A8")["value"] == 0.7  # nobody answered: what the score used
    assert [section["shown"] for section in block["sections"] if section["id"] in ("A", "S", "W", "T")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_module_that_waits_is_undecided(answered: Evaluated) -> None:
    block = questionnaire_block(answered("A8: within-a-day"))

    assert {section["id"]: section["shown"] for section in block["sections"]}["S"] is None


def test_group_references_are_expanded_and_place_switches_law_on(answered: Evaluated) -> None:
    everywhere, scotland = answered("A8: within-a-day"), answered("A11: [scotland]")

    assert question_of(questionnaire_block(everywhere), "A11")["refs"][0].startswith("scot.")
    assert any(key.startswith("ni.") for key in law_block(everywhere))
    assert not any(key.startswith("ni.") for key in law_block(scotland))
    assert any(key.startswith("scot.") for key in law_block(scotland))
    assert "euaia.5" in law_block(scotland)  # a comparator is tied to no place


@pytest.mark.parametrize("text", ["A8: within-a-day", "A11: [england]", "A11: [northern-ireland, wales]"])
def test_every_reference_in_the_record_is_in_its_law(answered: Evaluated, text: str) -> None:
    found = answered(text)
    block, law, scoring = questionnaire_block(found), law_block(found), scoring_block(score(found))

    cited = {ref for section in block["sections"] for question in section["questions"] for ref in question["refs"]}
    cited |= {ref for stop in scoring["hard_stops"] for ref in stop["refs"]}
    assert cited == set(law)


def test_tested_claims_change_the_block_of_the_questionnaire(answered: Evaluated) -> None:
    found = answered("F8: {value: forbidden, evidence: [{file: a, date: 2026-10-01}]}")
    tested = score(found, verdicts={"CK-04": "contradicted"})

    assert scoring_block(tested)["claims"] == "tested"
    assert question_of(questionnaire_block(found, scores=tested), "F8")["credit"]["credit"] == 0
    assert question_of(questionnaire_block(found), "F8")["credit"]["credit"] == 0.3


def test_pack_block_lists_files_that_differ_from_the_bundled_pack(pack: Pack, tmp_path: Path) -> None:
    bundled = find("questionnaires", "uk-policing", Settings())
    shutil.copytree(bundled.folder, tmp_path / "uk-policing")
    (tmp_path / "uk-policing" / "sections" / "A.yaml").write_text("id: A\n", encoding="utf-8")
    (tmp_path / "uk-policing" / "sources.md").unlink()
    local = find("questionnaires", "uk-policing", Settings(packs=(tmp_path,)))

    block = pack_block(pack, local)

    assert (block["id"], block["version"], block["layer"]) == ("uk-policing", "1.0.0", "settings")
    assert block["digest"] == local.digest != bundled.digest
    # printf 'id: A\n' | sha256sum
    assert block["changes"] == [
        {
            "file": "sections/A.yaml",
            "digest": "sha256:1476579e95f2880e66af37f270c0a160075f4019941051fcf96a4cfaaca6fa8b",
            "what": "differs from the bundled pack",
        },
        {"file": "sources.md", "digest": None, "what": "left out"},
    ]
    assert pack_block(pack, bundled)["changes"] == []


def test_pack_as_plain_data_keeps_every_question(pack: Pack) -> None:
    data = json.loads(canonical_json(pack.to_json()))

    assert sum(len(section["questions"]) for section in data["sections"]) == 213


# A new assessment.


def test_skeleton_loads_without_a_fault_and_answers_nothing(pack: Pack) -> None:
    located = parse(skeleton(pack, assessment_id="my-pilot", today=date(2026, 11, 20)), name="a.yaml", family="A")

    header, named, faults = read_header(located)
    answers = read_answers(located, pack)
    assert faults == []
    assert header is not None
    assert (header.id, header.date, header.status) == ("my-pilot", date(2026, 11, 20), "draft")
    assert named is not None
    assert (named.id, named.version) == (pack.id, pack.version)
    assert len(answers) == 0


def test_skeleton_has_a_key_to_uncomment_for_every_question(pack: Pack) -> None:
    text = skeleton(pack, assessment_id="my-pilot", today=date(2026, 11, 20))
    uncommented = text
    for name, question in pack.questions.items():
        assert text.count(f"\n  # {name}:\n") == 1
        value = {"multi": "[]", "yesno": "yes", "number": "1", "money": "1", "date": "none", "text": "Words"}.get(
            question.type, "[]"
        )
        if question.type == "single" or question.graded:
            value = f'"{question.choices[0].code}"'
        uncommented = uncommented.replace(f"\n  # {name}:\n", f"\n  {name}: {value}\n")

    answers = read_answers(parse(uncommented, name="a.yaml", family="A"), pack)
    context = Context(assessment_date=date(2026, 11, 20), approval_threshold=500_000.0)
    states = evaluate(pack, answers, context=context, evidence={}).states
    assert list(answers) == list(pack.questions)
    assert all(state.state != "unanswered" for state in states.values() if state.shown and not state.question.band_on)


def test_skeleton_shows_every_choice_and_column(pack: Pack) -> None:
    text = skeleton(pack, assessment_id="my-pilot", today=date(2026, 11, 20))

    for question in pack.questions.values():
        for choice in question.choices:
            assert f"- {choice.code} = " in text or choice.code == "not-known"
        for column in question.columns:
            assert f"| {column.code} = " in text


def test_show_marks_every_citation_that_nobody_has_checked(pack: Pack) -> None:
    lines = citation_lines(citations(pack), every=True)
    unchecked = {key for key, entry in pack.law.keys.items() if not entry.verified and entry.kind != "group"}

    marked = {line.partition(":")[0].strip() for line in lines[1:] if "citation to be checked" in line}
    assert marked == unchecked
    assert all(line.count("citation to be checked") < 2 for line in lines)
    assert f"{len(unchecked)} are marked" in citation_lines(citations(pack), every=False)[0]
