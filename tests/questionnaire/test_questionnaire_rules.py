"""Stops, flags, floors and contradictions of the bundled pack, on answers written out here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores

Scored = Callable[..., Scores]

DIRECT = "B5: direct-award"
EARLY = "B7: {value: published-facts-thin, rows: [{notice_date: 2026-01-01, award_date: 2026-02-01}]}"
LATE = "B7: {value: published-facts-thin, rows: [{notice_date: 2026-02-01, award_date: 2026-01-01}]}"
TERM = "B10: [{start: 2026-01-01, first_end: 2026-02-01, current_end: 2026-03-01}]"

# stop, answers that fire it, answers that clear it, answers that leave it open
STOPS = [
    ("HS-01", "C1: [{purpose: x, basis: none}]", "C1: [{purpose: x, basis: statute}]", "A8: within-a-day"),
    ("HS-02", "B4: no\nA3: pilot", "B4: no\nA3: idea", "A3: pilot"),
    ("HS-03", "D4: [health]\nC4: none", "D4: [health]\nC4: complete", "D4: [health]"),
    ("HS-04", "D4: [health]\nC5: no", "D4: [health]\nC5: partly", "D4: [health]"),
    ("HS-05", "A5: [hotspot]\nC6: two-or-fewer", "A5: [staff]\nC6: two-or-fewer", "A5: [hotspot]"),
    ("HS-05", "A5: [drone]\nC6: all-five\nX1: []\nX3: no", "A5: [drone]\nC6: all-five\nX1: []\nX3: yes", "A5: [drone]"),
    ("HS-05", "A5: [drone]\nC6: all-five\nX1: [face-matching]\nX3: yes", "A5: [drone]\nC6: all-five\nX1: []\nX3: yes",
     "A5: [drone]\nC6: all-five\nX3: yes"),
    ("HS-06", "C7: no", "C7: partly", "A8: within-a-day"),
    ("HS-07", "C8: not-consulted", "C8: consulted-followed", "A8: within-a-day"),
    ("HS-07", "C8: not-needed", "C8: consulted-not-followed", "A8: within-a-day"),
    ("HS-08", "F4: []", "F4: [none-taken]", "A8: within-a-day"),
    ("HS-08", "F4: [information, representations, intervention, contest]\nD4: [health]",
     "F4: [information, representations, intervention, contest, further-condition]\nD4: [health]",
     "F4: [information, representations, intervention, contest]"),
    ("HS-09", "H1: no\nA3: live", "H1: no\nA3: design", "A3: live"),
    ("HS-10", f"{DIRECT}\nB7: not-published", f"{DIRECT}\nB7: published-and-evidenced", DIRECT),
    ("HS-10", f"{DIRECT}\n{LATE}", f"{DIRECT}\n{EARLY}", DIRECT),
    ("HS-11", "B9: 600000\nB8: no", "B9: 600000\nB8: yes", "B8: no"),
    ("HS-12", "L2: no\nC2: [{purpose: x, regime: part-3}]", "L2: no\nC2: [{purpose: x, regime: uk-gdpr}]", "L2: no"),
    ("HS-13", "A5: [lfr]\nT2: no", "A5: [lfr]\nT1: live-mobile\nT2: yes\nT3: yes", "A5: [lfr]\nT2: yes"),
    ("HS-13", "A5: [lfr]\nT2: yes\nT3: no", "A5: [lfr]\nT1: retrospective-search\nT2: yes", "A5: [lfr]"),
    ("HS-14", "A5: [lfr]\nT9: no", "A5: [lfr]\nT9: yes", "A5: [lfr]"),
    ("HS-15", "A5: [lfr]\nT16: no", "A5: [lfr]\nT16: yes", "A5: [lfr]"),
    ("HS-15", "A5: [drone]\nX1: []\nX2: [covert]\nX4: no", "A5: [drone]\nX1: []\nX2: [covert]\nX4: yes",
     "A5: [drone]\nX1: []\nX2: [covert]"),
]  # fmt: skip


def state_of(scores: Scores, stop: str) -> str:
    return next(one.state for one in scores.stops if one.stop.id == stop)


def flag_of(scores: Scores, flag: str) -> str:
    return next(one.ruling.state for one in scores.flags if one.id == flag)


@pytest.mark.parametrize(("stop", "fires", "clears", "leaves_open"), STOPS)
def test_hard_stop_fires_clears_and_stays_open(
    scored: Scored, stop: str, fires: str, clears: str, leaves_open: str
) -> None:
    states = [state_of(scored(text), stop) for text in (fires, clears, leaves_open)]

    assert states == ["fired", "clear", "unresolved"]


def test_every_hard_stop_has_a_fixture(pack: Pack) -> None:
    assert {stop.id for stop in pack.scoring.hard_stops} == {stop for stop, *_ in STOPS}


@pytest.mark.parametrize("stop", ["HS-10", "HS-13", "HS-14", "HS-15"])
def test_stop_on_hidden_questions_only_does_not_apply(scored: Scored, stop: str) -> None:
    assert state_of(scored("A5: []\nB5: open"), stop) == "not-applicable"


def test_stop_stays_open_while_nobody_has_said_that_processing_began(scored: Scored) -> None:
    scores = scored("C7: no", processing_started=None)

    assert state_of(scores, "HS-06") == "unresolved"
    assert next(one.missing for one in scores.stops if one.stop.id == "HS-06") == ("processing_started",)


def test_dpia_missing_before_processing_is_no_stop(scored: Scored) -> None:
    assert state_of(scored("C7: no", processing_started=False), "HS-06") == "clear"


def test_stop_is_not_cleared_by_saying_that_its_question_does_not_apply(scored: Scored) -> None:
    scores = scored("C7: {status: not_applicable, reason: We think so}")

    assert state_of(scores, "HS-06") == "unresolved"
    assert scores.outcome.outcome.code == "hold"


def test_missing_answers_of_an_open_stop_are_named(scored: Scored) -> None:
    scores = scored("A3: pilot")

    missing = {one.stop.id: one.missing for one in scores.stops}
    assert missing["HS-02"] == ("B4",)
    assert missing["HS-12"] == ("L2", "C2")
    assert missing["HS-14"] == ("A5", "X1")


@pytest.mark.parametrize("stop", ["HS-02", "HS-09"])
def test_no_stop_fires_because_a_system_is_retired(scored: Scored, stop: str) -> None:
    assert state_of(scored("A3: retirement\nB4: no\nH1: no"), stop) == "clear"


def test_answer_on_consultation_cannot_clear_the_score_it_is_judged_by(scored: Scored) -> None:
    for rest in ("", "\nC6: all-five\nE6: independent-body", "\nA9: 10\nA10: 0\nI4: not-engaged\nD5: []\nD4: []"):
        states = {state_of(scored(f"C8: {c8}{rest}"), "HS-07") for c8 in ("not-needed", "not-consulted")}
        assert len(states) == 1
        assert state_of(scored(f"C8: consulted-followed{rest}"), "HS-07") == "clear"


FLOORS = [
    ("FL-1", "PRI", 55, "A5: [lfr]\nT1: live-fixed\nA9: 100000", "A5: [lfr]\nT1: live-fixed\nA9: 99999",
     "A5: [lfr]\nA9: 100000"),
    ("FL-2", "EXP", 55, "A5: [lfr]\nT13: yes", "A5: [lfr]\nT13: never", "A5: [lfr]"),
    ("FL-2", "EXP", 55, "A5: [drone]\nX1: []\nX2: [covert]", "A5: [drone]\nX1: []\nX2: [crime-scene]", "A5: [drone]"),
    ("FL-3", "EMP", 40, "A5: [staff]\nS1: [{people: 5000}]\nS8: [suspension]", "A5: [staff]\nS1: [{people: 4999}]",
     "A5: [staff]\nS1: [{people: 5000}, {group: former}]\nS8: [suspension]"),
    ("FL-4", "FAI", 55, "A5: [person]\nY4: enforcement", "A5: [person]\nY4: mixed", "A5: [person]"),
    ("FL-5", "VEN", 50, "N1: contract-silent\nN4: 12.5", "N1: contract-silent\nN4: 12", "N4: 13"),
    ("FL-6", "PRI", 50, "A5: [link]\nD6: 10\nW3: [anpr, social-media, public-cctv]", "A5: [link]\nD6: 9",
     "A5: [link]\nD6: 10"),
]  # fmt: skip


@pytest.mark.parametrize(("floor", "dimension", "value", "fires", "clears", "leaves_open"), FLOORS)
def test_floor_holds_up_its_own_dimension_only(
    scored: Scored, floor: str, dimension: str, value: float, fires: str, clears: str, leaves_open: str
) -> None:
    scores = scored(fires)

    # With nearly everything open, the best case is near 0 unless a floor holds it up.
    lows = {part.dimension.code: part.figures.low for part in scores.dimensions}
    assert lows[dimension] == value
    assert [part.dimension.code for part in scores.dimensions if part.floor is not None] == [dimension]
    assert {code for code, low in lows.items() if low >= 35} == {dimension}
    for text, expected in ((fires, "fired"), (clears, "clear"), (leaves_open, "unresolved")):
        assert next(ruling.state for one, ruling in scored(text).floors if one.id == floor) == expected


def test_unresolved_floor_is_not_applied(scored: Scored) -> None:
    scores = scored("A5: [lfr]\nA9: 100000")

    assert all(part.floor is None for part in scores.dimensions)


CONTRADICTIONS = [
    ("XC-01", "A5: [staff]\nS2: [sickness]\nD4: []", "A5: [staff]\nS2: [sickness]\nD4: [health]"),
    ("XC-02", "F1: decides-alone\nF4: [none-taken]", "F1: recommends\nF4: [none-taken]"),
    ("XC-03", f"B5: open\n{TERM}", "B5: framework-direct"),
    ("XC-04", "A5: []\nD4: [biometric]", "A5: [lfr]\nD4: [biometric]"),
    ("XC-05", "A10: 97\nD1: [suspects]", "A10: 97\nD1: [suspects, staff]"),
    ("XC-07", "N1: public-body\nK8: yes", "N1: public-body\nK8: no"),
    ("XC-08", "E3: none-tested\nD10: no", "E3: none-tested\nD10: yes"),
    ("XC-09", "Q1: 2027-06-01\nB10: [{current_end: 2027-05-31}]", "Q1: 2027-05-31\nB10: [{current_end: 2027-05-31}]"),
    ("XC-10", "A5: [drone]\nX1: [face-matching]", "A5: [drone, lfr]\nX1: [face-matching]"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "fires", "clears"), CONTRADICTIONS)
def test_contradiction_is_found_between_answers(scored: Scored, rule: str, fires: str, clears: str) -> None:
    def state(text: str) -> str:
        return next(ruling.state for one, ruling in scored(text).contradictions if one.id == rule)

    assert (state(fires), state(clears)) == ("fired", "clear")


def test_contradiction_with_the_log_is_never_shown_as_clear(scored: Scored) -> None:
    states = {one.id: ruling.state for one, ruling in scored("G6: 60").contradictions}

    assert states["XC-06"] == "unresolved"


def test_contradiction_halves_the_credit_of_both_safeguards(scored: Scored) -> None:
    def credit(e3: str) -> float:
        # Of the pair XC-08, E3 is a risk question and D10 the safeguard.
        given = "{value: no, judged: {value: 0.8, reason: x}, evidence: [{file: a, date: 2026-10-01}]}"
        text = f"E3: {e3}\nD10: {given}"
        return scored(text).credits["D10"].credit

    assert credit("none-not-tested") == pytest.approx(0.8 * 0.6)
    assert credit("none-tested") == pytest.approx(0.8 * 0.6 * 0.5)


@pytest.mark.parametrize(
    ("flag", "text", "state"),
    [
        ("RF-B1", "A8: within-a-day", "fired"),  # a flag on a blank sees the blank of its own question
        ("RF-A2", "A2: Too short.", "fired"),
        ("RF-A2", f"A2: {'long enough ' * 20}", "clear"),
        ("RF-Q1", "Q1: none", "fired"),
        ("RF-Q1", "A8: within-a-day", "fired"),  # nobody gave a date
        ("RF-Q1", "Q1: {status: not_known}", "unresolved"),  # which is not to say that there is none
        ("RF-Q1", "Q1: {status: refused, reason: No}", "unresolved"),
        ("RF-B1", "B1: {status: not_known}", "unresolved"),
        ("RF-Q1", "Q1: 2027-01-01", "clear"),
        ("RF-A4", "A4: [{purpose: x}]", "unresolved"),  # C1 is a gap, not an empty table
        ("RF-A4", "A4: [{purpose: x}]\nC1: [{purpose: y}]", "fired"),
        ("RF-M1", "A8: within-a-day", "unresolved"),
        ("RF-M1", "M1: {value: none, rows: [{class: scores, indefinite: yes}]}", "fired"),
        ("RF-M1", "M1: {value: none, rows: [{class: scores}]}", "unresolved"),  # nobody said how long they are kept
        ("RF-A3", "A3: extension-of-live", "fired"),
        ("RF-C9", "C9: yes", "fired"),
        ("RF-C9", "C9: {value: yes, note: An Act}", "clear"),
        ("RF-B6", "B6: 1\nB5: in-house", "clear"),
        ("RF-B6", "B6: 1\nB5: open", "fired"),
        ("RF-B6", "B6: 2", "clear"),
        ("RF-S3", "A5: []", "not-applicable"),
        ("RF-S3", "A8: within-a-day", "unresolved"),
    ],
)
def test_red_flag(scored: Scored, flag: str, text: str, state: str) -> None:
    assert flag_of(scored(text), flag) == state


def test_linked_earlier_assessment_clears_the_flag_on_extensions(scored: Scored) -> None:
    assert flag_of(scored("A3: extension-of-live", prior_assessment="earlier"), "RF-A3") == "clear"


@pytest.mark.parametrize(
    ("text", "question", "state", "shown"),
    [
        ("B9: 5000000", "B11", "hidden", False),
        ("B9: 5000000.01", "B11", "unanswered", True),
        ("A8: within-a-day", "B11", "unanswered", True),  # nothing is hidden by leaving a gap
        ("A5: [staff]", "S1", "unanswered", True),
        ("A5: [link]", "S1", "hidden", False),
        ("A8: within-a-day", "S1", "unanswered", None),
        ("A5: [drone]", "T1", "unanswered", None),
        ("A5: [drone]\nX1: [face-matching]", "T1", "unanswered", True),
        ("A5: [lfr]\nT1: retrospective-search\nT3: no", "T3", "hidden", False),
        ("D8: not-known", "D8", "not_known", True),
        ("M1: {value: none, rows: []}", "M1", "answered", True),
        ("M1: [{class: scores}]", "M1", "unanswered", True),  # rows without a grade cannot be scored yet
    ],
)
def test_state_of_a_question(
    answered: Callable[..., Any], text: str, question: str, state: str, shown: bool | None
) -> None:
    found = answered(text).states[question]

    assert (found.state, found.shown) == (state, shown)
