"""The rights assessment: parts A to D, points (a) to (f), and comparisons that are said to be no more than that."""

from __future__ import annotations

from typing import Any

from impact.report.documents.fria import make_fria
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.parts import Numbering


def parts(record: dict[str, Any]) -> dict[str, DocumentPart]:
    return {part.heading.anchor: part for part in make_fria(record, Numbering()).sections}


def said(part: DocumentPart, label: str) -> Said:
    return next(line for line in (*part.lines, *part.closing) if line.label.startswith(label))


def test_the_parts_stand_in_their_order_and_their_structure_is_said_to_be_unchecked(sample):
    found = make_fria(sample.full_record(), Numbering())

    assert [part.heading.number for part in found.sections] == [
        "Part A",
        "Part B1",
        "Part B2",
        "Part C1",
        "Part C2",
        "Part D",
        "Comparison 1",
        "Comparison 2",
    ]
    assert "has not been checked against its published text" in found.lead[0]
    assert [part.heading.number for part in found.sections if part.blank] == ["Part D"]


def test_each_point_of_article_27_is_answered_or_a_gap_and_no_law_of_the_united_kingdom(sample):
    part = parts(sample.full_record())["article-27"]
    points = {label.strip()[:3] for line in part.lines for label in line.label.split(";")}

    assert {"(a)", "(b)", "(c)", "(d)", "(e)", "(f)"} <= points
    assert part.lead == "The Act is not law in the United Kingdom."
    assert said(part, "Source").source.endswith("comparison only (citation to be checked)")


def test_probability_is_a_gap_beside_what_was_counted(sample):
    record = sample.full_record()
    part = parts(record)["huderia"]

    assert said(part, "Probability").gap
    assert said(part, "Scope: people in a year").text == "45,000 people."
    assert said(part, "Disparity shown, severity high").source == "Finding F-0001"


def test_the_road_map_has_every_right_with_its_seriousness_as_answered(sample):
    record = sample.full_record()
    record["questionnaire"]["sections"][0]["questions"] += [
        sample.question("I4", "Article 8?", answer=sample.answer("high", "High"), kind="risk", value=1.0),
        sample.question("I6", "Article 10?", kind="risk", state="unanswered", value=0.7),
        sample.question(
            "G8", "How serious?", answer=sample.answer("any", "Any matter"), kind="risk", value=1.0, refs=["echr.8"]
        ),
        sample.question("G4", "Why in balance?", kind="mitigation", state="not_known", refs=["echr.8"]),
    ]

    rows = {row[0]: row[1:] for row in parts(record)["road-map"].tables[0].rows}

    assert len(rows) == 9
    assert rows["Article 8: private life [Answer I4]"] == (
        "High.",
        "The record holds nothing.",
        "How serious? “Any matter”. [Answer G8] Open: G4.",
    )
    assert rows["Article 10: expression [Question I6]"][0] == "Not stated in the record: nobody has answered."
    assert rows["Article 14: these rights without discrimination"][0] == "no question asks it"


def test_without_a_questionnaire_the_road_map_is_a_gap_and_the_counts_are_told(sample):
    found = parts(sample.audit_only())

    assert found["road-map"].tables == ()
    assert said(found["road-map"], "Rights").text == "Not stated in the record: no questionnaire was answered."
    assert said(found["huderia"], "Disparity shown, severity high").source == "Finding F-0001"
