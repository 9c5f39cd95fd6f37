"""The short form out of a record: the same questions, the same rule and the same verdict as the pack of that name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.new import new_assessment
from impact.assessment.record import build_record
from impact.questionnaire.load import load_pack
from impact.report.documents.registers import data_file
from impact.report.documents.short_form import make_screening
from impact.report.view.parts import Numbering
from impact.resources import find
from impact.settings import Settings

ANSWERS = "answers:\n  A5: [council]\n  A8: over-a-month\n  A10: 20\n  F2: no\n  N1: supplier\n"


def scored(folder: Path, pack: str) -> dict[str, Any]:
    new_assessment(folder, pack=pack, settings=Settings(), today=date(2026, 11, 20))
    path = folder / "assessment.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("answers:\n")[0] + ANSWERS, encoding="utf-8")
    return build_record(folder, settings=Settings(), step=lambda _: None).record


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    place = tmp_path_factory.mktemp("forms")
    return scored(place / "full", "uk-policing"), scored(place / "short", "uk-council-short")


def test_questions_and_rule_are_those_of_the_pack():
    pack = load_pack(find("questionnaires", "uk-council-short", Settings()))
    rule = data_file("short-form.json")

    assert rule["questions"] == [
        question for section in pack.sections for question in [q.id for q in section.questions]
    ]
    assert pack.short is not None
    assert (rule["rule"], rule["severity_at_least"]) == (
        pack.short.escalation.text,
        pack.short.escalation.severity_at_least,
    )


def test_severities_of_a_full_record_are_those_that_the_short_form_itself_finds(records):
    full, short = records
    made = make_screening(full, Numbering())
    table = next(each for each in made.sections[0].tables if each.caption.startswith("Screening answers"))

    expected = [(one["question"], f"{one['severity']:.2g}") for one in short["scoring"]["escalation"]["severities"]]
    assert [(row[0], row[3]) for row in table.rows] == expected
    assert ("N1", "1") in expected  # answered “Supplier”
    assert ("A10", "0.2") not in expected
    assert made.sections[0].lines[0].text.startswith("Use the full form: ")


def test_the_screening_holds_the_31_questions_and_counts_what_it_leaves_out(records):
    full, _ = records
    made = make_screening(full, Numbering())
    lines = [line for part in made.sections[1:-1] for line in part.lines]
    beyond = made.sections[-1].tables[0]

    assert len(lines) == 31
    assert ["N", "Dependence, portability and exit", "8", "0"] in [list(row) for row in beyond.rows]


def test_a_record_of_the_short_form_says_what_it_does_not_ask(records):
    _, short = records
    made = make_screening(short, Numbering())

    assert made.lead[0].startswith("A short form was answered: 31 of the 213 questions")
    assert any(
        table.caption == "Hard stops that the short form does not ask about" for table in made.sections[0].tables
    )


def test_nothing_open_and_nothing_heavy_is_no_reason_for_the_full_form(records):
    full, _ = records
    calm = {**full, "scoring": {**full["scoring"], "hard_stops": []}}
    calm["questionnaire"] = {
        "sections": [
            {**section, "questions": [{**question, "value": 0.69} for question in section["questions"]]}
            for section in full["questionnaire"]["sections"]
        ]
    }

    (line,) = make_screening(calm, Numbering()).sections[0].lines

    assert line.text == "The answers to these questions, and the hard stops, hold no reason to use the full form."
