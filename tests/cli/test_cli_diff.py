"""``impact diff`` reads an assessment from whatever form it is handed over in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import BuiltFolder, Impact


@pytest.fixture
def later(pilot: BuiltFolder, tmp_path: Path) -> Path:
    """The worked example as an extension that names it, with one answer and its scores otherwise."""
    record = json.loads((pilot.out / "record.json").read_bytes())
    record["assessment"] |= {"id": "extension-2027", "prior_assessment": record["assessment"]["id"]}
    for section in record["questionnaire"]["sections"]:
        for question in section["questions"]:
            if question["id"] == "A10":
                question["answer"] |= {"value": 40, "labels": ["40 percent"]}
                question |= {"change_reason": "A new count", "author": "B. Person", "date": "2027-01-05"}
    record["scoring"]["outcome"] |= {"code": "proceed", "label": "Proceed"}
    path = tmp_path / "later.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_a_signed_document_and_a_record_are_compared(impact: Impact, pilot: BuiltFolder, later: Path) -> None:
    data = impact("diff", pilot.pdf, later, "--json", "--quiet").json

    assert (data["a"]["read_from"], data["b"]["read_from"], data["linked"]) == ("document", "record", True)
    assert [(row["question"], row["reason"]) for row in data["answers"]] == [("A10", "A new count")]
    assert data["outcome"]["to"]["label"] == "Proceed"
    assert data["no_split_because"] == "B does not come out the same when it is scored again here"
    assert data["audit"]["same_counts"] is True
    assert data["audit"]["from"] == data["audit"]["to"]


def test_the_words_fit_a_terminal(
    impact: Impact, pilot: BuiltFolder, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    said = impact("diff", pilot.out, later, "--quiet").out  # a folder that “impact build” made

    assert [line for line in said.split("\n") if len(line) > 80] == []
    assert "B names A as its earlier assessment." in said
    assert "      A: 97 percent\n      B: 40 percent\n      why: A new count (B. Person, 5 January 2027)" in said


def test_what_is_no_assessment_is_refused(impact: Impact, pilot: BuiltFolder, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"schema": "impact/record/1", "assessment": {}}', encoding="utf-8")

    for other in ("a.json", "b.json", "none.json"):
        said = impact("diff", pilot.out / "record.json", tmp_path / other, "--json")
        assert said.status == 2
        assert [fault["code"] for fault in said.json["faults"]] == ["A125"]
