"""The ledger of promises: what answers promise, by when, who, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from impact.errors import AnswerError, PackError
from impact.questionnaire.evaluate import Answered
from impact.questionnaire.load import load_pack
from impact.questionnaire.pack import Pack
from impact.questionnaire.promises import Duty, compare, duty_from_json, ledger

Evaluated = Callable[..., Answered]


def told(answered: Answered, question: str) -> list[tuple[str, str | None, str | None]]:
    """Subject, day and owner of each duty of one question."""
    return [
        (duty.subject, duty.due.isoformat() if duty.due else None, duty.owner)
        for duty in ledger(answered).duties
        if duty.question == question
    ]


@pytest.mark.parametrize(
    ("text", "question", "duties"),
    [
        ("Q1: 2027-07-26", "Q1", [("", "2027-07-26", None)]),
        ("Q1: none", "Q1", []),
        ("R5: [{condition: Publish, owner: SRO, due: 2027-01-31}, {condition: Test}]", "R5",
         [("Publish", "2027-01-31", "SRO"), ("Test", None, None)]),
        ("B10: [{contract: Pilot, current_end: 2027-05-31}]", "B10", [("Pilot", "2027-05-31", None)]),
        ("C7: partly", "C7", [("", None, None)]),
        ("C7: yes", "C7", []),  # what is done promises nothing
        ("C7: no", "C7", []),  # a gap is no promise
        ("H8: {value: margin-and-owner, rows: [{measure: FPR gap, margin: 2, owner: DPO}]}", "H8",
         [("FPR gap", "2027-11-20", "DPO")]),  # twelve months after the date of the assessment
        ("H8: general-promise", "H8", [("", None, None)]),
        ("K9: quarterly-or-more", "K9", [("", "2027-02-20", None)]),
        ("O6: bid-pending", "O6", [("", None, None)]),
        ("C10: {value: time-limited, rows: [{right: access, until: 2027-03-01}]}", "C10",
         [("Access", "2027-03-01", None)]),
        ("A5: [drone]\nX1: []\nX3: partly", "X3", [("", None, None)]),
        ("A5: [staff]\nX3: partly", "X3", []),  # hidden answers promise nothing
        ("C7: {value: partly, promises: [{due: 2027-01-01, owner: DPO}]}", "C7", [("", "2027-01-01", "DPO")]),
        ("A8: {value: within-a-day, promises: [{text: Publish the route, due: 2027-01-01}]}", "A8",
         [("", "2027-01-01", None)]),
    ],
)  # fmt: skip
def test_duties_of_an_answer(
    answered: Evaluated, text: str, question: str, duties: list[tuple[str, str | None, str | None]]
) -> None:
    assert told(answered(text), question) == duties


def test_month_that_is_shorter_ends_the_term_on_its_last_day(answered: Evaluated) -> None:
    found = ledger(answered("K9: quarterly-or-more", assessment_date=date(2026, 11, 30))).duties

    assert [duty.due for duty in found] == [date(2027, 2, 28)]


def test_sentence_that_says_we_will_is_a_duty_without_a_day(answered: Evaluated) -> None:
    note = "The route exists. We will publish it in spring; nobody has set a day. Staff know it."
    found = ledger(answered(f'A8: {{value: within-a-day, note: "{note}"}}')).duties

    assert [(duty.question, duty.text, duty.source, duty.undated) for duty in found] == [
        ("A8", "We will publish it in spring; nobody has set a day.", "words", True)
    ]


def test_promise_that_is_written_out_stands_for_the_words(answered: Evaluated) -> None:
    answer = '{value: within-a-day, note: "We will publish it.", promises: [{text: Publish the route, owner: SRO}]}'
    found = ledger(answered(f"A8: {answer}")).duties

    assert [(duty.text, duty.source, duty.owner) for duty in found] == [("Publish the route", "assessor", "SRO")]


@pytest.mark.parametrize(
    ("due", "done", "overdue", "reported"),
    [
        ("2026-11-19", "", True, None),  # the day before the assessment
        ("2026-11-20", "", False, None),  # on the day
        ("2026-01-01", ", done: 2026-02-01", False, date(2026, 2, 1)),
        ("2026-01-01", ", done: 2026-12-01", True, None),  # a day that has not come is no report
    ],
)
def test_duty_is_overdue_from_the_day_after(
    answered: Evaluated, due: str, done: str, overdue: bool, reported: date | None
) -> None:
    (duty,) = ledger(answered(f"C7: {{value: partly, promises: [{{due: {due}{done}}}]}}")).duties

    assert (duty.overdue, duty.done) == (overdue, reported)


def test_standing_duty_needs_an_owner_and_no_day(answered: Evaluated) -> None:
    found = ledger(answered("R4: [{dimension: Privacy, level: High}]"))

    assert (found.undated, [duty.question for duty in found.unowned]) == ((), ["R4"])


DPIA = "Finish the DPIA"


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("C7: {value: partly, promises: [{due: 2027-01-01}]}", "repeated"),
        ("C7: {value: partly, promises: [{due: 2027-06-01}]}", "moved"),
        ("C7: {value: partly, promises: [{due: 2026-12-01}]}", "brought-forward"),
        ("C7: partly", "date-dropped"),
        ("C7: {value: partly, promises: [{done: 2026-11-01}]}", "met"),
        ("C7: yes", "met"),
        ("C7: no", "no-longer-promised"),
        ("C7: {status: refused, reason: x}", "not-reported"),
        ("A8: within-a-day", "not-reported"),
    ],
)
def test_earlier_duty_is_reported_or_it_is_not(answered: Evaluated, now: str, state: str) -> None:
    earlier = ledger(answered("C7: {value: partly, promises: [{due: 2027-01-01}]}")).duties

    (found,) = compare(earlier, answered(now))

    assert (found.duty.text, found.state) == (DPIA, state)


def test_condition_that_is_left_out_is_not_reported(answered: Evaluated) -> None:
    earlier = ledger(answered("R5: [{condition: Publish, due: 2027-01-31}, {condition: Test it, due: 2026-06-01}]"))

    found = compare(earlier.duties, answered("R5: [{condition: publish., due: 2027-03-31}]"))

    assert [(one.duty.subject, one.state, one.duty.overdue) for one in found] == [
        ("Publish", "moved", False),
        ("Test it", "not-reported", True),
    ]
    assert found[0].now == date(2027, 3, 31)


def test_duty_comes_back_from_its_record(answered: Evaluated) -> None:
    duties = ledger(answered("R5: [{condition: Publish, owner: SRO, due: 2027-01-31}]\nC7: partly\nQ2: general")).duties

    assert tuple(duty_from_json(duty.to_json()) for duty in duties) == duties


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("[{due: soon}]", "A142"),
        ("[{when: 2027-01-01}]", "A141"),
        ("{due: 2027-01-01}", "A141"),
        ("[{}]", "A143"),
    ],
)
def test_promise_that_cannot_be_read_is_refused(read: Callable[[str], Any], entry: str, code: str) -> None:
    with pytest.raises(AnswerError) as raised:
        read(f"C7: {{value: partly, promises: {entry}}}")

    assert [fault.code for fault in raised.value.faults] == [code]
    assert raised.value.faults[0].where.startswith("a.yaml:2")


@pytest.mark.parametrize(
    ("promise", "code"),
    [
        ("{text: Do it, due: {column: kind}}", "Q070"),
        ("{text: Do it, owner: boss}", "Q070"),
        ("{text: Do it, due: {question: A1}}", "Q070"),
        ("{text: Do it, when: [sometimes]}", "Q071"),
        ("{text: Do it, due: {column: since, months: 3}}", "Q072"),
    ],
)
def test_promise_of_a_pack_that_names_nothing_is_refused(tiny: Callable[..., Any], promise: str, code: str) -> None:
    before = "    risk: {VEN: 0.1}\n"

    with pytest.raises(PackError) as raised:
        load_pack(tiny(("sections/A.yaml", before, f"{before}    promises: [{promise}]\n")))

    assert [fault.code for fault in raised.value.faults] == [code]


def test_every_promise_of_the_pack_begins_with_a_verb_and_can_be_reported(pack: Pack) -> None:
    """A promise made by a choice names the choice that reports it met, unless it has a day or rows of its own."""
    made = [(q.id, one) for q in pack.questions.values() for one in q.promises]

    assert len({name for name, _ in made}) >= 60
    assert [name for name, one in made if not one.text[0].isupper() or one.text.endswith(".")] == []
    loose = [name for name, one in made if one.when and not one.met and one.due is None and one.subject is None]
    assert loose == ["P3"]  # only the next assessment can say how the oversight body's conditions were met
    assert [name for name, one in made if set(one.when) & set(one.met)] == []


def test_ledger_moves_no_score(scored: Callable[..., Any]) -> None:
    plain, promised = scored("C7: partly"), scored("C7: {value: partly, promises: [{due: 2020-01-01, owner: x}]}")

    assert plain.to_json() == promised.to_json()


def test_duties_are_keyed_by_words_and_not_by_place() -> None:
    one = Duty("R5", "Meet the condition", "Publish  it.", None, False, None, "answer")
    other = Duty("R5", "meet the condition", "publish it", date(2027, 1, 1), False, "SRO", "answer")

    assert one.key == other.key
