"""Answers in every form, and files with one thing wrong each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from impact.errors import AnswerError
from impact.questionnaire.answers import Answers, read_answers
from impact.questionnaire.pack import Pack
from impact.yamlfile import Located, parse

Read = Callable[[str], Answers]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A7: arrest-or-dismissal", "arrest-or-dismissal"),
        ("A9: 45000", 45000.0),
        ("D1: [victims, staff]", ("staff", "victims")),  # in the order of the pack
        ("D4: []", ()),
        ("C9: yes", True),
        ("C9: true", True),
        ("C9: no", False),
        ("B4: yes", "yes"),  # a single choice whose code is yes
        ("B4: true", "yes"),
        ("G6: 12.5", 12.5),
        ("Q1: 2027-05-31", date(2027, 5, 31)),
        ('Q1: "2027-05-31"', date(2027, 5, 31)),
        ("Q1: none", ""),
        ("A2: Some words.", "Some words."),
        ("G4: narrative", "narrative"),
        ("C4: complete", "complete"),
    ],
)
def test_short_form_is_read_as_the_question_asks(read: Read, text: str, value: object) -> None:
    answers = read(text)

    assert [answers[name].value for name in answers] == [value]
    assert [answers[name].status for name in answers] == ["answered"]


def test_long_form_keeps_everything(read: Read) -> None:
    text = """
C7:
  status: answered
  value: partly
  note: Words.
  judged: {value: 0.6, reason: Between two choices}
  evidence:
    - {file: evidence/a.md, title: A, date: 2026-05-01, expires: 2027-05-01, verified_by: Example Lab}
    - {url: "https://example.org/a", date: 2026-05-02, published: true}
  author: A. Person
  date: 2026-11-01
  drafted_by: a language model
  change_reason: New file
"""

    given = read(text)["C7"]

    assert (given.value, given.note, given.author, given.date) == ("partly", "Words.", "A. Person", date(2026, 11, 1))
    assert given.judged is not None
    assert (given.judged.value, given.judged.reason) == (0.6, "Between two choices")
    assert [(item.file, item.url, item.title) for item in given.evidence] == [
        ("evidence/a.md", None, "A"),
        (None, "https://example.org/a", "https://example.org/a"),
    ]
    assert (given.drafted_by, given.change_reason) == ("a language model", "New file")


def test_rows_come_in_the_order_of_the_columns_and_blank_cells_are_absent(read: Read) -> None:
    answers = read(
        'B10: [{current_end: 2027-01-01, contract: One, ground: ""}]\nC4: {value: none, rows: [{field: Sickness}]}'
    )

    assert answers["B10"].rows == ({"contract": "One", "current_end": date(2027, 1, 1)},)
    assert (answers["C4"].value, answers["C4"].rows) == ("none", ({"field": "Sickness"},))


def test_not_known_is_a_state_and_not_a_value(read: Read) -> None:
    answers = read("C9: not-known\nD8: {status: not_known}\nB12: {status: refused, reason: Advice is awaited}")

    assert [(name, answers[name].status, answers[name].value) for name in answers] == [
        ("C9", "not_known", None),
        ("D8", "not_known", None),
        ("B12", "refused", None),
    ]


def test_a_key_with_nothing_behind_it_is_unanswered(read: Read) -> None:
    assert list(read("A7:\nA2: ''\nQ1: ''\nA8: within-a-day")) == ["A8"]


def test_cited_files_are_listed_with_their_question(read: Read) -> None:
    answers = read(
        "C7: {value: yes, evidence: [{file: evidence/a.md, date: 2026-05-01}]}\n"
        "D9: {value: yes, evidence: [{file: evidence/a.md, date: 2026-05-01}]}"
    )

    assert answers.evidence_files() == [("C7", "evidence/a.md"), ("D9", "evidence/a.md")]


FAULTY = [
    ("A77: x", "A010", "2:3", "Did you mean “A7”?"),
    ("A7: arest-or-dismissal", "A015", "2:7", "Did you mean “arrest-or-dismissal”?"),
    ("A7: [lost-service]", "A014", "2:7", "takes one choice"),
    ("A9: 12.5", "A017", "2:7", "whole number of people a year"),
    ("A9: -1", "A018", "2:7", "0 or more"),
    ("A9: many", "A014", "2:7", "wants a number"),
    ("A9: true", "A014", "2:7", "wants a number"),
    ("A9: .nan", "A014", "2:7", "wants a number"),
    ("A10: 140", "A018", "2:8", "0 to 100"),
    ("D1: staff", "A014", "2:7", "list of choices"),
    ("D1: [staff, staff]", "A016", "2:15", "ticked twice"),
    ("C9: perhaps", "A014", "2:7", "yes, no or not-known"),
    ("Q1: tomorrow", "A019", "2:7", "2026-11-20"),
    ("A2: 7", "A014", "2:7", "wants text"),
    ("A7: {valu: lost-service}", "A012", "2:8", "Did you mean “value”?"),
    ("A7: {status: answerd, value: lost-service}", "A013", "2:16", "Did you mean “answered”?"),
    ("A7: {note: Words}", "A024", "2:7", "has no value"),
    ("A2: {value: '', note: Words}", "A024", "2:7", "has no value"),
    ("A7: {status: not_known, value: lost-service}", "A025", "2:16", "has a value and the status not_known"),
    ("B12: {status: refused}", "A023", "2:17", "without a reason"),
    ("B12: {status: not_applicable, note: x}", "A023", "2:17", "without a reason"),
    ("C1: [{purpos: x}]", "A020", "2:9", "Did you mean “purpose”?"),
    ("C1: [{basis: statut}]", "A015", "2:16", "Did you mean “statute”?"),
    ("C1: [{basis: statute}, x]", "A014", "2:7", "not a list of rows"),
    ("M1: {value: none, rows: [{days: long}]}", "A014", "2:35", "wants a number"),
    ("A8: {judged: {value: 2, reason: x}}", "A021", "2:24", "0 to 1"),
    ("A8: {judged: {value: 0.5}}", "A023", "2:16", "judged without a reason"),
    ("A3: {value: idea, judged: {value: 0.5, reason: x}}", "A022", "2:21", "nothing to judge"),
    ("C7: {value: yes, evidence: [{title: x, date: 2026-05-01}]}", "A026", "2:31", "file or url"),
    ("C7: {value: yes, evidence: [{file: ../x, date: 2026-05-01}]}", "A027", "2:38", "out of the assessment folder"),
    ("C7: {value: yes, evidence: [{file: /x, date: 2026-05-01}]}", "A027", "2:38", "out of the assessment folder"),
    ("C7: {value: yes, evidence: [{url: example.org, date: 2026-05-01}]}", "A028", "2:37", "https://"),
    ("C7: {value: yes, evidence: [{file: a, date: 2026-05-01, published: true}]}", "A029", "2:31", "url"),
    ("C7: {value: yes, evidence: [{file: a}]}", "A030", "2:31", "the date it bears"),
    ("C7: {value: yes, evidence: [{file: a, date: soon}]}", "A019", "2:47", "2026-11-20"),
    ("C7: {value: yes, evidence: {file: a}}", "A014", "2:30", "not a list"),
]


@pytest.mark.parametrize(("text", "code", "place", "part"), FAULTY)
def test_faulty_answer_is_reported_where_it_stands(read: Read, text: str, code: str, place: str, part: str) -> None:
    with pytest.raises(AnswerError) as raised:
        read(text)

    faults = raised.value.faults
    assert [(fault.code, fault.where) for fault in faults] == [(code, f"a.yaml:{place}")]
    assert part in str(faults[0])


def test_every_fault_comes_at_once_in_file_order(read: Read) -> None:
    with pytest.raises(AnswerError) as raised:
        read("A9: many\nA7: lost\nA77: x\nC1: [{purpos: x}]")

    assert [fault.where for fault in raised.value.faults] == ["a.yaml:2:7", "a.yaml:3:7", "a.yaml:4:3", "a.yaml:5:9"]


def test_evidence_dated_after_the_assessment_is_a_fault(pack: Pack) -> None:
    text = "assessment: {date: 2026-11-20}\nanswers:\n  C7: {value: yes, evidence: [{file: a, date: 2026-11-21}]}\n"

    with pytest.raises(AnswerError) as raised:
        read_answers(parse(text, name="a.yaml", family="A"), pack)

    assert [(fault.code, fault.where) for fault in raised.value.faults] == [("A031", "a.yaml:3:47")]


@pytest.mark.parametrize("text", ["answers: [A7]", "answers: A7"])
def test_answers_that_are_not_a_mapping_are_refused(pack: Pack, text: str) -> None:
    with pytest.raises(AnswerError) as raised:
        read_answers(parse(text, name="a.yaml", family="A"), pack)

    assert [fault.code for fault in raised.value.faults] == ["A011"]


def test_plain_data_without_places_is_read_too(pack: Pack) -> None:
    """A verifier reads the answers of a record, where dates are text and lines are unknown."""
    located = Located("record.json", {"answers": {"Q1": {"value": "2027-05-31"}}}, {})

    assert read_answers(located, pack)["Q1"].value == date(2027, 5, 31)


def test_no_message_repeats_a_text_that_a_person_wrote(read: Read) -> None:
    with pytest.raises(AnswerError) as raised:
        read("C9: Jane Doe said yes\nQ1: Jane Doe\nA9: Jane Doe")

    assert "Jane" not in str(raised.value)
