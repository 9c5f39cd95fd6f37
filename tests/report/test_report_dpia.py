"""The DPIA: seven steps, words as answered, nobody signed for, advice that was overruled told with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from impact.report.documents.dpia import make_dpia
from impact.report.shapes_documents import DocumentPart, Said
from impact.report.view.parts import Numbering


def steps(record: dict[str, Any]) -> dict[str, DocumentPart]:
    return {part.heading.anchor: part for part in make_dpia(record, Numbering()).sections}


def said(part: DocumentPart, label: str) -> Said:
    return next(line for line in (*part.lines, *part.closing) if line.label == label)


@pytest.fixture
def asked(sample) -> Any:
    """The whole sample with further questions in a section of their own, each a table of rows."""

    def make(**tables: list[list[str]]) -> dict[str, Any]:
        record = sample.full_record()
        questions = []
        for name, rows in tables.items():
            columns = [{"code": f"c{at}", "label": f"Column {at}"} for at in range(len(rows[0]))]
            answer = {**sample.answer(None), "rows": {"columns": columns, "rows": rows}}
            questions.append(sample.question(name, f"Text {name}?", type="table", answer=answer))
        record["questionnaire"]["sections"].append(
            {"id": "R", "title": "Advice", "shown": True, "questions": questions}
        )
        return record

    return make


def test_the_seven_steps_stand_in_their_order_before_the_sheet_on_part_three(sample):
    sections = make_dpia(sample.full_record(), Numbering()).sections

    assert list(dict.fromkeys(part.heading.number for part in sections)) == [
        *(f"Step {number}" for number in range(1, 8)),
        "Sheet",
    ]
    assert sections[-1].sheet
    assert [part.heading.number for part in sections if part.blank] == ["Step 7"]


def test_advice_that_was_overruled_is_told_with_its_reason_or_that_there_is_none(asked):
    record = asked(
        R2=[["Read no sickness", "Yes", ""], ["Ask the staff", "No", "No time"], ["Stop at six months", "No", ""]]
    )

    lines = steps(record)["sign-off"].lines

    overruled = [line.text for line in lines if line.label == "Advice that was overruled"]
    assert overruled == [
        "Ask the staff. Reason: No time.",
        "Stop at six months. No reason is stated in the record.",
    ]
    given = [line.text for line in lines if line.label == "Advice of the data protection officer"]
    assert given[0] == "Read no sickness. Followed: Yes."
    assert len(given) == 3


@pytest.mark.parametrize(
    ("rows", "label", "text"),
    [
        ([["Tell staff", "Yes", ""]], "Advice that was overruled", "None of the advice that is recorded."),
        (
            [["Tell staff", "", ""]],
            "Advice not shown to have been followed in full",
            "Tell staff. No reason is stated in the record.",
        ),
    ],
)
def test_followed_is_said_only_where_the_answer_says_it(rows, label, text, asked):
    assert said(steps(asked(R2=rows))["sign-off"], label).text == text


def test_nobody_is_named_who_is_not_in_the_record(sample, asked):
    empty = steps(sample.full_record())["sign-off"]
    named = steps(asked(R4=[["PRI", "Very high", "Head of standards", "Needed"]]))["sign-off"]

    for label in ("Measures approved by", "Residual risks approved by", "This DPIA will be kept under review by"):
        assert said(empty, label).gap
        assert said(empty, label).text == "Not stated in the record: nobody is named."
    assert said(named, "Residual risks approved by").text == "Head of standards."


def test_what_is_high_and_accepted_by_nobody_is_a_gap(asked):
    # Of the sample’s dimensions of rights PRI is very high; EQU, FAI and EXP are high; VEN is no dimension of rights.
    measures = steps(
        asked(R4=[["PRI", "Very high", "Head of standards", "Needed"], ["equality (staff)", "High", "X", "Y"]])
    )

    line = said(measures["measures"], "Who accepts what is high or very high")

    assert line.gap
    assert line.text == ("Not stated in the record: no row on Fair process and Expression, belief and assembly.")


def test_residual_risk_is_the_record_s_own_points_with_their_ends(sample):
    tables = steps(sample.full_record())["measures"].tables
    left = next(table for table in tables if table.caption.startswith("Residual"))

    assert left.rows[0] == ("Privacy", "86.1", "79.5", "35.2 to 82.2", "Very high")
    assert [row[0] for row in left.rows][-1] == "Working life"  # no vendor dependence, no public money


def test_likelihood_is_never_taken_from_a_score(sample):
    record = sample.full_record()
    asked = record["questionnaire"]["sections"][0]["questions"]
    asked.append(sample.question("I4", "Article 8?", answer=sample.answer("high", "High"), kind="risk", value=1.0))

    part = steps(record)["risks"]

    row = next(row for row in part.tables[0].rows if row[0].endswith("[I4]"))
    assert row == ("Intrusion into private life (article 8) [I4]", "High.", "not stated", "not stated")
    assert part.lines[0].gap


@pytest.mark.parametrize(
    ("rows", "begins"),
    [
        ([["Conduct", "UK GDPR", "x"]], "No purpose is answered as under Part 3. Conduct ("),
        ([["Crime", "Part 3", ""], ["Conduct", "UK GDPR", ""]], "Answered as under Part 3, or mixed: Crime. Crime ("),
        ([["Crime", "Mixed", ""]], "Answered as under Part 3, or mixed: Crime. "),
        ([["Trosedd", "Rhan 3", ""]], "Trosedd ("),  # in a translation: printed, and not read
    ],
)
def test_the_sheet_says_which_purposes_are_answered_as_under_part_three(rows, begins, asked):
    assert said(steps(asked(C2=rows))["part-three"], "Regime for each purpose").text.startswith(begins)


def test_a_measure_that_the_log_contradicts_says_so_beside_its_credit(sample):
    record = sample.full_record()
    record["claims"] = {
        "checks": [
            {
                "check": "CK-20",
                "title": "Records are kept no longer than said",
                "questions": ["C7"],
                "ruling": {"verdict": "contradicted", "sentence": "Half are kept longer."},
            }
        ]
    }

    found = steps(record)

    row = next(row for row in found["measures"].tables[0].rows if row[0].endswith("[C7]"))
    assert row == (
        "Is there a data protection impact assessment? [C7]",
        "Yes, and it covers this use. Reason given: it leaves out the extension. The decision log contradicts this "
        "(CK-20).",
        "Impact assessment",
        "0.36",
    )
    line = said(found["risks"], "Contradicted by the log: records are kept no longer than said")
    assert (line.text, line.source) == ("Half are kept longer.", "CK-20")


def test_hard_stops_on_a_step_are_told_and_unresolved_ones_are_no_comfort(sample):
    record = sample.full_record()
    for stop in record["scoring"]["hard_stops"]:
        if stop["id"] == "HS-06":
            stop["state"] = "unresolved"

    line = steps(record)["need"].lines[0]

    assert line.gap
    assert line.source == "HS-06"
    assert line.text.endswith("which is not to be read as clear.")
