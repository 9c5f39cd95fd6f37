"""Fields of registers: taken from answers or left open with a reason, and never made up; the same as data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from impact.errors import RenderError
from impact.report import export
from impact.report.documents.atrs import fill_atrs
from impact.report.documents.registers import data_file


def whole(sample: Any, *questions: dict[str, Any], document: str = "atrs") -> dict[str, Any]:
    """A record with the questions of the core that documents look for, and the ones given."""
    core = {"A2": "text", "A7": "single", "A9": "number", "Q1": "date"}
    given = {one["id"] for one in questions}
    asked = [
        sample.question(name, name, type=kind, state="unanswered") for name, kind in core.items() if name not in given
    ]
    section = {"id": "A", "title": "A", "shown": True, "questions": [*questions, *asked]}
    record = sample.full_record()
    record["questionnaire"] = {"sections": [section]}
    return {**record, "templates": {**record.get("templates", {}), "document": document}}


def field(data: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in data["fields"] if each["key"] == key)


def test_the_map_names_only_fields_that_were_seen_in_version_four_with_a_number():
    # Seen in published records of version 4.0 (design notes, source 24): these six numbers and no others.
    fields = [each for part in data_file("atrs.json")["parts"] for each in part["fields"]]
    numbered = {each["numbers"]["4.0"]: each["label"] for each in fields if "4.0" in each["seen"]}

    assert numbered == {
        "1": "Name",
        "2": "Description: how and why",
        "33": "Model architecture",
        "47": "Development data: sensitive attributes",
        "54": "Operational data: sensitive attributes",
        "58": "Impact assessments",
    }
    assert len({each["key"] for each in fields}) == len(fields)


def test_the_dutch_map_has_every_field_of_the_schema():
    # schema.json of the register, v1.0.0: 32 fields, 18 of them required (design notes, section 11.2).
    fields = data_file("algoritmeregister.json")["fields"]

    assert len(fields) == 32
    assert sum(each["required"] for each in fields) == 18


def test_every_question_that_the_maps_name_is_one_of_the_pack(repo):
    asked = "\n".join(path.read_text() for path in (repo / "questionnaires/uk-policing/sections").glob("*.yaml"))
    atrs, dutch = data_file("atrs.json"), data_file("algoritmeregister.json")
    fields = [*(each for part in atrs["parts"] for each in part["fields"]), *atrs["police"], *dutch["fields"]]
    named = {source["answer"] for each in fields for source in each["from"] if "answer" in source}
    columns = {(source["answer"], source["column"]) for each in fields for source in each["from"] if "column" in source}

    assert {name for name in named if f"- id: {name}\n" not in asked} == set()
    for name, code in columns:
        assert f"code: {code}," in asked.partition(f"- id: {name}\n")[2].partition("- id: ")[0]


def test_a_field_holds_what_an_answer_says_with_its_id_or_a_gap_with_its_reason(sample):
    rows = {"columns": [{"code": "supplier", "label": "Supplier"}], "rows": [["Acme"], [None], ["Acme"], ["Beta"]]}
    record = whole(
        sample,
        sample.question("A1", "Parts", type="table", answer={**sample.answer(None), "rows": rows}),
        sample.question("E1", "Technique", answer=sample.answer("rules", "Rules")),
        sample.question("B2", "Owner", type="text", state="refused"),
    )
    data = json.loads(export(record, "data"))

    supplier = field(data, "external_supplier")
    assert (supplier["state"], supplier["lines"][0]["text"]) == ("stated", "Acme; Beta.")
    assert supplier["lines"][0]["source"] == "Answer A1"
    partly = field(data, "model_architecture")
    assert partly["state"] == "partly stated"
    assert partly["lines"][0]["text"] == "Rules. This is part of what the field asks."
    owner = field(data, "senior_responsible_owner")
    assert (owner["state"], owner["lines"][0]["text"]) == ("not stated", None)
    assert owner["lines"][0]["gap"] == "Not stated in the record: the answer was refused."
    team = field(data, "team")
    assert team["lines"][0]["gap"] == "Not stated in the record: the questionnaire does not ask it."
    assert "DRAFT" in data["stamps"]
    assert "ILLUSTRATION" in data["stamps"]


def test_the_table_of_fields_says_the_same_as_the_document_and_holds_no_formula(sample):
    said = sample.question("A2", "What", type="text", answer=sample.answer("t", '=HYPERLINK("x") and "more"'))
    record = whole(sample, said)

    rows = list(csv.DictReader(io.StringIO(export(record, "csv").decode("utf-8-sig"))))
    lines = [(each.field["key"], line) for _, each in fill_atrs(record) for line in each.lines]

    assert [(row["key"], row["gap"] == "yes") for row in rows] == [(key, line.gap) for key, line in lines]
    description = next(row for row in rows if row["key"] == "description")
    assert description["text"] == '\'=HYPERLINK("x") and "more".'
    assert description["source"] == "Answer A2"
    assert all(row["stamps"] for row in rows)


def test_the_dutch_entry_fills_what_fits_and_shortens_nothing(sample):
    long = "word " * 80  # 400 characters with the full stop: one more than the register takes
    record = whole(
        sample,
        sample.question("A2", "What", type="text", answer=sample.answer(long, long.strip())),
        sample.question("A3", "Stage", answer=sample.answer("extension-of-pilot", "Extension of a pilot")),
    )
    record["assessment"]["processing_started"] = "2025-11-03"
    data = json.loads(export(record, "nl-register"))

    assert field(data, "description_short")["value"] is None
    assert len(field(data, "description_short")["too_long"]) == 400
    assert field(data, "status")["value"] == "In gebruik"
    assert field(data, "start_date")["value"] == "2025-11"
    assert field(data, "language")["value"] is None
    assert field(data, "publication_category")["value"] is None
    assert "description_short" in data["required_and_not_stated"]
    assert "not confirmed" in field(data, "status")["note"].lower()


def test_a_document_without_fields_has_no_form_as_data(sample):
    with pytest.raises(RenderError) as caught:
        export(whole(sample, document="summary"), "csv")

    assert [fault.code for fault in caught.value.faults] == ["R091"]
    assert "--document atrs" in str(caught.value)
