"""The assessor's own judgement of a right: higher is accepted, lower needs a second person, both numbers are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.errors import AnswerError
from impact.questionnaire.evaluate import Answered
from impact.questionnaire.explain import explain
from impact.questionnaire.judgements import read_judgements
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores, score
from impact.questionnaire.sensitivity import sensitivity
from impact.yamlfile import parse

SECOND = "second: {name: B. Person, role: DPO, date: 2026-11-19}"
TEXT = "A5: [link]\nA9: 2000000\nA7: death-or-injury"


@pytest.fixture
def judged(pack: Pack, answered: Callable[..., Answered]) -> Callable[..., Scores]:
    def run(entry: str, text: str = TEXT) -> Scores:
        located = parse(f"judgements: {{{entry}}}\n", name="a.yaml", family="A")
        return score(answered(text), judgements=read_judgements(located, pack))

    return run


def part_of(scores: Scores, code: str) -> Any:
    return next(part for part in scores.dimensions if part.dimension.code == code)


def test_higher_judgement_is_accepted_and_moves_the_level_but_no_figure(
    judged: Callable[..., Scores], scored: Callable[..., Scores]
) -> None:
    plain = scored("A5: [link]\nI6: low")
    scores = judged("EXP: {point: 95, reasons: Reporters have stopped calling, by: A. Person}", "A5: [link]\nI6: low")

    assert scores.rights is not None
    assert (scores.rights.dimension.code, scores.rights.band.code) == ("EXP", "very-high")
    assert part_of(scores, "EXP").figures == part_of(plain, "EXP").figures
    assert part_of(scores, "EXP").band == part_of(plain, "EXP").band
    assert scores.index == plain.index
    assert scores.demands is not None
    assert scores.demands.level == "very-high"


def test_lower_judgement_needs_a_second_person(judged: Callable[..., Scores]) -> None:
    point = part_of(judged(""), "PRI").figures.point
    assert point > 60

    with pytest.raises(AnswerError) as raised:
        judged("PRI: {point: 60, reasons: Fenced in, by: A. Person}")
    scores = judged(f"PRI: {{point: 60, reasons: Fenced in, by: A. Person, {SECOND}}}")

    assert [(fault.code, fault.where) for fault in raised.value.faults] == [("A149", "a.yaml:1:27")]
    assert part_of(scores, "PRI").level_band.code == "high"
    assert part_of(scores, "PRI").figures.point == point


def test_lower_judgement_never_goes_below_a_floor(judged: Callable[..., Scores]) -> None:
    text = "A5: [link]\nD6: 10\nW3: [anpr, social-media, public-cctv]"  # FL-6: privacy is never below 50

    with pytest.raises(AnswerError) as raised:
        judged(f"PRI: {{point: 49.9, reasons: x, by: y, {SECOND}}}", text)
    scores = judged(f"PRI: {{point: 50, reasons: x, by: y, {SECOND}}}", text)

    assert [fault.code for fault in raised.value.faults] == ["A149"]
    assert "50" in raised.value.faults[0].wanted
    assert part_of(scores, "PRI").level_band.code == "high"


def test_second_person_who_has_not_agreed_yet_is_none(judged: Callable[..., Scores]) -> None:
    later = SECOND.replace("2026-11-19", "2026-11-21")

    with pytest.raises(AnswerError) as raised:
        judged(f"PRI: {{point: 60, reasons: x, by: y, {later}}}")

    assert [fault.code for fault in raised.value.faults] == ["A149"]


def test_rule_on_a_score_sees_the_figure_and_not_the_judgement(judged: Callable[..., Scores]) -> None:
    text = f"{TEXT}\nC8: not-consulted"
    state = {one.stop.id: one.state for one in judged("", text).stops}["HS-07"]
    scores = judged(f"PRI: {{point: 10, reasons: x, by: y, {SECOND}}}", text)

    assert state == "fired"
    assert {one.stop.id: one.state for one in scores.stops}["HS-07"] == "fired"


def test_no_answer_moves_what_a_judgement_holds(judged: Callable[..., Scores]) -> None:
    scores = judged("EXP: {point: 95, reasons: x, by: y}", "A5: [link]")

    assert [one for one in scores.changes if one.dimension == "EXP"] == []
    assert [one.by for one in sensitivity(scores).held if one.dimension == "EXP"] == ["judgement"]


def test_both_numbers_are_in_the_block_and_in_the_explanation(judged: Callable[..., Scores]) -> None:
    scores = judged(f"PRI: {{point: 60, reasons: Fenced in, by: A. Person, {SECOND}}}")
    block = next(one for one in scores.to_json()["dimensions"] if one["code"] == "PRI")
    lines = explain(scores, "PRI").lines

    assert block["point"] == pytest.approx(part_of(scores, "PRI").figures.point)
    assert (block["judged"]["point"], block["judged"]["band"]) == (60, "high")
    assert block["judged"]["second"] == {"name": "B. Person", "role": "DPO", "date": "2026-11-19"}
    assert any(line.startswith(f"Printed: {part_of(scores, 'PRI').figures.point:.1f}") for line in lines)
    assert any(line.startswith("Judged by the assessor: 60.0") for line in lines)


@pytest.mark.parametrize(
    "entry",
    [
        "VEN: {point: 90, reasons: x, by: y}",  # judged right by right: dependence on a supplier is no right
        "PRI: {point: 101, reasons: x, by: y}",
        "PRI: {point: 90, by: y}",
        "PRI: {point: 90, reasons: x, by: y, level: high}",
        "PRI: 90",
    ],
)
def test_judgement_that_cannot_be_used_is_refused(judged: Callable[..., Scores], entry: str) -> None:
    with pytest.raises(AnswerError) as raised:
        judged(entry)

    assert [fault.code for fault in raised.value.faults] == ["A148"]
