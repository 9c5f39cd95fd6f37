"""Figures: worked cases, edges of bands, evidence factors, checks, properties that must always hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import astuple, replace
from datetime import date
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.errors import AnswerError
from impact.questionnaire.answer import Answer, Evidence, Judged
from impact.questionnaire.answers import Answers, read_answers
from impact.questionnaire.arithmetic import Item, completeness, confidence, evidenced, figures, verified
from impact.questionnaire.evaluate import Context, evaluate
from impact.questionnaire.examples import example_faults
from impact.questionnaire.load import read_model
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Question
from impact.questionnaire.score import Scores, score
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import load

Scored = Callable[..., Scores]
TODAY = date(2026, 11, 20)
CONTEXT = Context(assessment_date=TODAY, approval_threshold=500_000.0, processing_started=True)
CASES = ["case-1", "case-1b", "case-2", "case-3", "case-4", "case-5", "case-6"]


@pytest.mark.parametrize("case", CASES)
def test_worked_case_comes_out_as_published(pack: Pack, case: str) -> None:
    """The expected figures stand in the files, from an independent computation (scoring model, section 6)."""
    folder = find("questionnaires", "uk-policing", Settings()).folder

    assert example_faults(pack, load(folder / "examples" / f"{case}.yaml", name=case)) == []


def test_every_worked_case_is_listed_by_the_pack(pack: Pack) -> None:
    assert [name.removeprefix("examples/").removesuffix(".yaml") for name in pack.head.examples] == CASES


# The example of the repository: real answers that must give the figures of case-1.


@pytest.fixture(scope="module")
def pilot(pack: Pack, repo: Path) -> Scores:
    folder = repo / "examples" / "misconduct-pilot"
    located = load(folder / "assessment.yaml", family="A")
    answers = read_answers(located, pack)
    head = located.data["assessment"]
    digests = {file: "sha256:00" for _, file in answers.evidence_files() if (folder / file).is_file()}
    context = Context(
        assessment_date=head["date"],
        prior_assessment=head["prior_assessment"],
        processing_started=head["processing_started"] <= head["date"],
        approval_threshold=500_000.0,
    )
    return score(evaluate(pack, answers, context=context, evidence=digests))


def test_pilot_has_the_figures_of_case_1(pilot: Scores) -> None:
    # Rows of case-1 in the worked cases: point, low, high.
    expected = {
        "PRI": (79.50, 35.20, 82.17), "EQU": (63.50, 25.56, 68.28), "LIB": (44.83, 29.09, 45.87),
        "FAI": (70.69, 28.00, 74.14), "EXP": (51.33, 33.31, 52.93), "EMP": (76.38, 43.97, 77.42),
        "VEN": (71.10, 36.09, 76.25), "PUB": (52.20, 25.67, 55.68),
    }  # fmt: skip

    for part in pilot.dimensions:
        figures = (part.figures.point, part.figures.low, part.figures.high)
        assert figures == pytest.approx(expected[part.dimension.code], abs=0.5)
    shares = (pilot.completeness, pilot.evidenced, pilot.verified, pilot.confidence / 100)
    assert shares == pytest.approx((0.4678, 0.4839, 0.0, 0.3565), abs=0.005)
    assert len(pilot.items) == 142
    assert pilot.rights is not None
    assert pilot.stewardship is not None
    assert (pilot.rights.band.code, pilot.rights.dimension.code) == ("very-high", "PRI")
    assert (pilot.stewardship.band.code, pilot.stewardship.dimension.code) == ("high", "VEN")


def test_pilot_fires_and_leaves_open_what_its_facts_say(pilot: Scores) -> None:
    """Scoring model, section 6, item 1."""
    fired = [flag.id for flag in pilot.flags if flag.ruling.state == "fired"]
    stops = {one.stop.id: one.state for one in pilot.stops}

    assert fired == ["RF-B6", "RF-B10", "RF-E5", "RF-G3", "RF-P1", "RF-S3", "RF-S4", "RF-S7"]
    assert [stop for stop, state in stops.items() if state == "fired"] == []
    assert [stop for stop, state in stops.items() if state == "unresolved"] == [
        "HS-01", "HS-02", "HS-03", "HS-04", "HS-07", "HS-08", "HS-09", "HS-11", "HS-12",
    ]  # fmt: skip
    assert stops["HS-05"] == stops["HS-06"] == "clear"
    open_flags = {flag.id for flag in pilot.flags if flag.ruling.state == "unresolved"}
    assert {"RF-G7", "RF-N3"} <= open_flags
    assert [floor.id for floor, ruling in pilot.floors if ruling.state == "fired"] == ["FL-3"]
    assert pilot.outcome.outcome.code == "hold"
    assert pilot.incomplete


# Scoring model, section 6, "stops and flags on the same facts": the facts as answers, through the pack's own rules.
FACTS = [
    ("case-2", """
A5: [link]
A9: 2000000
B6: 1
B5: framework-direct
B8: no
B9: 50100000
D6: 10
G3: none
P1: not-asked
O4: 500
N7: yes
W3: [social-media, commercial-data, anpr]
""", {"HS-11", "RF-B6", "RF-G3", "RF-P1", "FL-6"}, {"HS-01", "RF-N3", "RF-W2", "RF-W7"}),
    ("case-4", """
A5: [drone]
X1: [zoom-video]
X2: [emergency-response, protest]
X3: no
C6: all-five
""", {"HS-05", "FL-2"}, {"HS-01"}),
    ("case-5", """
A5: [hotspot]
U5: no
U7: no-clear-difference
""", {"RF-U5"}, {"HS-05"}),
    ("case-6", """
A5: [link]
B6: 1
B5: unpaid-trial
B13: yes
D8: yes
D5: [social-media]
W2: not-measured
W7: no
""", {"RF-W2", "RF-W7", "RF-B6"}, {"RF-B13", "HS-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "text", "fired", "unresolved"), FACTS)
def test_facts_of_a_worked_case_fire_and_leave_open_what_is_published(
    scored: Scored, case: str, text: str, fired: set[str], unresolved: set[str]
) -> None:
    scores = scored(text)
    states = {one.stop.id: one.state for one in scores.stops}
    states |= {flag.id: flag.ruling.state for flag in scores.flags}
    states |= {floor.id: ruling.state for floor, ruling in scores.floors}

    assert {name: states[name] for name in fired} == dict.fromkeys(fired, "fired"), case
    assert {name: states[name] for name in unresolved} == dict.fromkeys(unresolved, "unresolved"), case
    if case == "case-5":  # answered “no clear difference”, so it was tested
        assert states["RF-U7"] == "clear"


# Edges.


@pytest.mark.parametrize(
    ("residual", "band"),
    [(0, "low"), (24.999999, "low"), (25, "moderate"), (50, "high"), (74.999999, "high"), (75.0, "very-high")],
)
def test_band_of_a_residual_compares_unrounded_figures(pack: Pack, residual: float, band: str) -> None:
    assert pack.band(residual).code == band


def term(days: int) -> str:
    """A term of 100 days that was moved to end ``days`` after its start (2026-01-01 is day 0)."""
    end = date.fromordinal(date(2026, 1, 1).toordinal() + days)
    return f"B10: [{{start: 2026-01-01, first_end: 2026-04-11, current_end: {end}}}]"


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        ("A9: 999", "A9", 0.1),
        ("A9: 1000", "A9", 0.3),
        (term(110), "B10", 0.0),  # exactly 10%
        (term(111), "B10", 0.5),
        (term(150), "B10", 0.5),  # exactly 50%
        (term(151), "B10", 1.0),
        (term(90), "B10", 0.0),  # shortened
        ("Q1: 2027-11-20", "Q1", 1.0),  # exactly 12 months from the decision
        ("Q1: 2027-11-21", "Q1", 0.5),
        ("Q1: 2028-11-20", "Q1", 0.5),
        ("Q1: 2028-11-21", "Q1", 0.0),
        ("Q1: none", "Q1", 0.0),
        ("L3: 0", "L3", 0.0),
        ("L3: 0.1", "L3", 0.5),
        ("L3: 2", "L3", 1.0),
        ("N4: 12", "N4", 0.6),
        ("N4: 12.1", "N4", 1.0),
        ("A10: 97", "A10", 0.97),
        ("D4: [race, health]", "D4", 2 / 3),
        ("D4: [race, health, genetic, politics]", "D4", 1.0),
        ("D5: [social-media, covert-source]", "D5", 0.68),
        ("D5: []", "D5", 0.0),
        ("D1: [convicted, victims]", "D1", 0.8),
        ("Q5: no", "Q5", 1.0),  # here it is the no that harms
        ("A5: [staff]\nS1: [{people: 4000}, {people: 1000}]", "S1", 1.0),
        ("A7: {value: lost-service, judged: {value: 0.45, reason: x}}", "A7", 0.45),
        ("K8: {judged: {value: 0.7, reason: x}}", "K8", 0.7),
    ],
)
def test_value_of_an_answer(answered: Callable[..., Any], text: str, question: str, value: float) -> None:
    state = answered(text).states[question]

    assert state.state == "answered"
    assert state.value == pytest.approx(value)


def test_approval_runs_from_the_decision_where_its_date_is_given(answered: Callable[..., Any]) -> None:
    state = answered("Q1: 2027-11-20", decision_date=date(2026, 5, 20)).states["Q1"]

    assert state.value == 0.5


# Credit of safeguards (scoring model, section 2: table of factors).

FILE = "{file: evidence/a.md, date: 2026-10-01}"
PUBLISHED = '{url: "https://example.org/a", date: 2026-10-01, published: true}'
VERIFIED = "{file: evidence/a.md, date: 2026-10-01, verified_by: Example Lab}"


@pytest.mark.parametrize(
    ("question", "evidence", "factor"),
    [
        ("C7", "", 0.0),
        ("C7", FILE, 0.6),  # doc
        ("C7", PUBLISHED, 0.8),
        ("C7", VERIFIED, 1.0),
        ("K2", FILE, 0.5),  # pub: an unpublished file earns half
        ("K2", PUBLISHED, 0.8),
        ("M3", FILE, 0.4),  # ver
        ("L2", FILE, 0.6),  # log
        ("C7", f"{FILE}, {PUBLISHED}", 0.8),  # the best piece counts; pieces do not add up
        ("C7", '{url: "https://example.org/a", date: 2026-10-01}', 0.0),  # an address that is not published
        ("C7", "{file: evidence/a.md, date: 2025-12-01, expires: 2026-11-19}", 0.0),
    ],
)
def test_evidence_factor(scored: Scored, question: str, evidence: str, factor: float) -> None:
    credit = scored(f"{question}: {{value: yes, evidence: [{evidence}]}}").credits[question]

    assert (credit.strength, credit.evidence) == (1.0, factor)


def test_file_that_was_not_found_earns_nothing(pack: Pack, read: Callable[[str], Answers]) -> None:
    answers = read(f"C7: {{value: yes, evidence: [{FILE}]}}")

    scores = score(evaluate(pack, answers, context=CONTEXT, evidence={}))

    assert scores.credits["C7"].credit == 0


@pytest.mark.parametrize(
    ("day", "factor"),
    [("2026-11-20", 1.0), ("2025-11-20", 1.0), ("2025-05-20", 0.5), ("2024-11-20", 0.0), ("2020-01-01", 0.0)],
)
def test_evidence_fades_from_twelve_to_twenty_four_months(scored: Scored, day: str, factor: float) -> None:
    credit = scored(f"C7: {{value: yes, evidence: [{{file: a, date: {day}}}]}}").credits["C7"]

    assert credit.freshness == pytest.approx(factor)
    assert credit.credit == pytest.approx(0.6 * factor)


@pytest.mark.parametrize(
    ("verdict", "credit"),
    [("supported", 1.0), ("contradicted", 0.0), ("not enough data", 0.3), ("not testable", 0.6)],
)
def test_log_check_decides_the_credit_of_a_safeguard(scored: Scored, verdict: str, credit: float) -> None:
    scores = scored(f"F8: {{value: forbidden-and-blocked, evidence: [{FILE}]}}", verdicts={"CK-04": verdict})

    assert scores.credits["F8"].credit == pytest.approx(credit)


@pytest.mark.parametrize(
    ("answer", "verdict", "value"),
    [
        ("serious-harm-only", "contradicted", 0.7),
        ("any-matter", "contradicted", 1.0),
        ("serious-harm-only", "not enough data", 0.1),
        ("serious-harm-only", "supported", 0.1),
    ],
)
def test_failed_check_on_a_risk_answer_raises_its_severity(
    scored: Scored, answer: str, verdict: str, value: float
) -> None:
    assert scored(f"G8: {answer}", verdicts={"CK-19": verdict}).values["G8"] == value


@pytest.mark.parametrize("check", ["CK-04", "CK-17", "CK-18", "CK-23"])
def test_contradicted_check_holds_the_decision(scored: Scored, check: str) -> None:
    scores = scored("A8: within-a-day", verdicts={check: "contradicted"})

    assert f"{check} contradicted by the log" in scores.outcome.reasons


def test_broken_log_chain_caps_confidence(pack: Pack, scored: Scored) -> None:
    rule = pack.scoring.confidence

    assert confidence(1, 1, 1, rule=rule)[0] == 100
    assert confidence(1, 1, 1, rule=rule, contradicted=["CK-36"])[0] == 40
    assert scored("A8: within-a-day", verdicts={"CK-36": "contradicted"}).confidence <= 40


@pytest.mark.parametrize(("verdicts", "code"), [({"CK-04": "fine"}, "A040"), ({"CK-99": "supported"}, "A041")])
def test_verdict_that_does_not_exist_is_refused(scored: Scored, verdicts: dict[str, str], code: str) -> None:
    with pytest.raises(AnswerError) as raised:
        scored("A8: within-a-day", verdicts=verdicts)

    assert [fault.code for fault in raised.value.faults] == [code]


# All unknown.


def test_nothing_answered_gives_the_defaults_and_no_confidence(pack: Pack) -> None:
    scores = score(evaluate(pack, Answers({}), context=CONTEXT, evidence={}))

    core = [question for question in pack.questions.values() if pack.section_of[question.id].visible_if is None]
    assert (scores.completeness, scores.evidenced, scores.verified, scores.confidence) == (0, 0, 0, 0)
    assert len(scores.items) == sum(bool(question.weights) for question in core)
    for part in scores.dimensions:
        code = part.dimension.code
        left = prod(1 - 0.7 * question.risk.get(code, 0) for question in core)
        assert part.figures.point == pytest.approx(100 * (1 - left))
        assert part.figures.low == 0
        assert part.driven_by_unknowns
    assert scores.outcome.outcome.code == "hold"
    assert scores.demands is not None
    assert scores.demands.level == "very-high"


# Properties.


def random_answer(question: Question, rng: random.Random) -> Answer | None:
    """Any answer that could be read from a file, with evidence of any age; None for no answer."""
    if rng.random() < 0.3:
        return None
    status = rng.choice(["answered"] * 8 + ["not_known", "refused", "not_applicable"])
    if status != "answered":
        return Answer(question.id, status, reason="A reason")  # type: ignore[arg-type]  # one of the statuses
    codes = [choice.code for choice in question.choices]
    value: Any = None
    rows: tuple[Mapping[str, Any], ...] | None = None
    if question.type == "multi":
        value = tuple(code for code in codes if rng.random() < 0.3)
    elif question.type == "yesno":
        value = rng.random() < 0.5
    elif question.type in ("number", "money"):
        value = float(rng.choice([0, 1, 2, 5, 12, 50, 100] if question.percent else [0, 1, 3, 12, 5000, 10**6, 10**8]))
    elif question.type == "date":
        value = rng.choice(["", date(2027, 1, 1), date(2028, 6, 1), date(2030, 1, 1)])
    elif codes:
        value = rng.choice(codes)
    elif question.type == "text":
        value = rng.choice(["Words.", "Words " * 60])
    if question.type == "table":
        rows = tuple(random_row(question, rng) for _ in range(rng.randrange(3)))
    items = tuple(
        Evidence(f"evidence/{number}", "https://example.org", "T", date(rng.choice([2024, 2025, 2026]), 3, 1),
                 published=rng.random() < 0.3, verified_by=rng.choice([None, None, "Example Lab"]))
        for number in range(rng.randrange(3))
    )  # fmt: skip
    return Answer(question.id, "answered", value, rows=rows, evidence=items, note=rng.choice([None, "A note"]))


def random_row(question: Question, rng: random.Random) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "text": "x",
        "date": date(2026, rng.randrange(1, 13), 1),
        "number": 7000.0,
        "money": 10.0,
        "bool": rng.random() < 0.5,
    }
    return {
        column.code: rng.choice([choice.code for choice in column.choices]) if column.choices else cells[column.type]
        for column in question.columns
        if rng.random() < 0.7
    }


def random_answers(pack: Pack, seed: int) -> dict[str, Answer]:
    rng = random.Random(seed)
    drawn = (random_answer(question, rng) for question in pack.questions.values())
    return {answer.question: answer for answer in drawn if answer is not None}


def run(pack: Pack, answers: Mapping[str, Answer], verdicts: Mapping[str, str] | None = None) -> Scores:
    digests = {f"evidence/{number}": "sha256:00" for number in range(3)}
    return score(evaluate(pack, Answers(answers), context=CONTEXT, evidence=digests), verdicts=verdicts)


def points(scores: Scores) -> list[float]:
    return [part.figures.point for part in scores.dimensions]


def not_above(one: Scores, two: Scores) -> bool:
    return all(a <= b + 1e-9 for a, b in zip(points(one), points(two), strict=True))


seeds = st.integers(min_value=0, max_value=10**9)
few = settings(max_examples=25)


@few
@given(seed=seeds)
def test_interval_contains_the_point_and_figures_are_in_range(pack: Pack, seed: int) -> None:
    scores = run(pack, random_answers(pack, seed))

    for part in scores.dimensions:
        figures = part.figures
        assert 0 <= figures.low <= figures.point <= figures.high <= 100
        assert figures.point <= max(figures.inherent, part.floor.floor if part.floor else 0) + 1e-9
    assert all(0 <= share <= 1 for share in (scores.completeness, scores.evidenced, scores.verified))
    assert scores.verified <= scores.evidenced + 1e-9
    assert 0 <= scores.confidence <= 100


@few
@given(seed=seeds, mild=st.floats(0, 1), harsh=st.floats(0, 1))
def test_worse_answer_never_lowers_a_residual(pack: Pack, seed: int, mild: float, harsh: float) -> None:
    mild, harsh = sorted((mild, harsh))
    answers = random_answers(pack, seed)
    rng = random.Random(seed)
    scored_now = [name for name, answer in answers.items() if answer.status == "answered" and pack.questions[name].kind]
    name = rng.choice(scored_now)
    risk = pack.questions[name].kind == "risk"

    def with_value(value: float) -> Scores:
        return run(pack, answers | {name: replace(answers[name], judged=Judged(value, "x"))})

    better, worse = (with_value(mild), with_value(harsh)) if risk else (with_value(harsh), with_value(mild))
    assert not_above(better, worse)


@few
@given(seed=seeds)
def test_more_evidence_never_raises_a_residual(pack: Pack, seed: int) -> None:
    answers = random_answers(pack, seed)
    name = random.Random(seed).choice(list(answers))
    more = (*answers[name].evidence, Evidence("evidence/2", None, "T", TODAY, verified_by="Example Lab"))

    assert not_above(run(pack, answers | {name: replace(answers[name], evidence=more)}), run(pack, answers))


@few
@given(seed=seeds)
def test_removing_a_contradicted_verdict_never_raises_a_residual(pack: Pack, seed: int) -> None:
    answers, rng = random_answers(pack, seed), random.Random(seed)
    checks = sorted({check for question in pack.questions.values() for check in question.tested_by})
    verdicts = {check: rng.choice(["contradicted", "not enough data", "not testable"]) for check in checks}
    check = rng.choice(checks)
    without = {name: verdict for name, verdict in verdicts.items() if name != check}

    assert not_above(run(pack, answers, without), run(pack, answers, without | {check: "contradicted"}))


@few
@given(seed=seeds)
def test_order_of_answers_and_of_ticks_has_no_effect(pack: Pack, seed: int) -> None:
    answers = random_answers(pack, seed)

    assert run(pack, dict(reversed(answers.items()))).to_json() == run(pack, answers).to_json()


@few
@given(seed=seeds)
def test_order_of_questions_has_no_effect(pack: Pack, seed: int) -> None:
    scores = run(pack, random_answers(pack, seed))
    shuffled = random.Random(seed).sample(scores.items, len(scores.items))

    for part in scores.dimensions:
        floor = part.floor.floor if part.floor else 0.0
        code, defaults = part.dimension.code, pack.head.defaults
        again = figures(shuffled, dimension=code, cap=part.cap, floor=floor, defaults=defaults)
        assert astuple(again) == pytest.approx(astuple(part.figures))
    assert completeness(shuffled, pack.scoring.completeness) == scores.completeness


@few
@given(seed=seeds)
def test_hidden_and_inapplicable_answers_have_no_effect(pack: Pack, seed: int) -> None:
    answers = random_answers(pack, seed)
    whole = run(pack, answers)
    hidden = {name for name, state in whole.answered.states.items() if state.state == "hidden"}

    assert (
        run(pack, {name: given for name, given in answers.items() if name not in hidden}).to_json() == whole.to_json()
    )


items = st.lists(
    st.builds(
        Item,
        question=st.just("Q"),
        kind=st.sampled_from(["risk", "mitigation"]),
        weights=st.dictionaries(st.sampled_from(["PRI", "VEN"]), st.floats(0.01, 0.3), min_size=1),
        value=st.none() | st.floats(0, 1),
        evidence=st.sampled_from([0.0, 0.4, 0.6, 0.8, 1.0]),
    ),
    max_size=12,
)


@given(counted=items, kind=st.sampled_from(["risk", "mitigation"]), weight=st.floats(0.01, 0.3))
def test_another_unanswered_question_never_raises_confidence(
    pack: Pack, counted: list[Item], kind: Any, weight: float
) -> None:
    def sure(all_items: list[Item]) -> float:
        complete = completeness(all_items, pack.scoring.completeness)
        return confidence(complete, evidenced(all_items), verified(all_items), rule=pack.scoring.confidence)[0]

    assert sure([*counted, Item("Z", kind, {"PRI": weight}, None)]) <= sure(counted) + 1e-9


@few
@given(seed=seeds)
def test_answer_on_consultation_never_changes_the_score_behind_its_own_stop(pack: Pack, seed: int) -> None:
    answers = random_answers(pack, seed)

    def stop(code: str) -> str:
        scores = run(pack, answers | {"C8": Answer("C8", "answered", code)})
        return next(one.state for one in scores.stops if one.stop.id == "HS-07")

    assert stop("not-needed") == stop("not-consulted")


@few
@given(seed=seeds)
def test_no_stop_fires_that_would_not_fire_before_anything_was_bought(pack: Pack, seed: int) -> None:
    """No stop reads retirement as later than the other stages: nothing should stop a system being switched off."""
    answers = random_answers(pack, seed)

    def fired(stage: str) -> set[str]:
        scores = run(pack, answers | {"A3": Answer("A3", "answered", stage)})
        return {one.stop.id for one in scores.stops if one.state == "fired"}

    assert fired("retirement") <= fired("idea")


@few
@given(seed=seeds)
def test_floors_bind_each_on_its_own_dimension_only(pack: Pack, seed: int) -> None:
    scores = run(pack, random_answers(pack, seed))
    fired = [floor for floor, ruling in scores.floors if ruling.state == "fired"]

    for part in scores.dimensions:
        mine = [floor.floor for floor in fired if floor.dimension == part.dimension.code]
        free = part.figures.inherent * (1 - part.cap * part.figures.mitigation)
        assert part.figures.point == pytest.approx(max([free, *mine]))
        assert part.floor_binds == (bool(mine) and free < max(mine))


@pytest.mark.parametrize("name", ["A9", "B9", "B10", "G6", "L3", "N4", "O4", "Q1", "S1", "T4", "T11", "W5", "B6", "D6"])
@given(number=st.floats(min_value=-1e6, max_value=1e9, allow_nan=False))
def test_bands_of_a_question_hold_every_number_exactly_once(pack: Pack, name: str, number: float) -> None:
    bands = pack.questions[name].bands

    assert sum(band.holds(number) for band in bands) == 1


def test_every_banded_question_is_tested(pack: Pack) -> None:
    banded = {question.id for question in pack.questions.values() if question.bands}
    marks = test_bands_of_a_question_hold_every_number_exactly_once.pytestmark  # type: ignore[attr-defined]

    assert banded == set(next(mark for mark in marks if mark.name == "parametrize").args[1])


def test_no_single_question_weighs_more_than_three_tenths(pack: Pack) -> None:
    heaviest = max(weight for question in pack.questions.values() for weight in question.weights.values())

    assert 0 < heaviest <= 0.30


def test_completeness_of_exactly_nine_tenths_is_not_under_it(pack: Pack) -> None:
    # Ten questions of equal weight, 1 + 10 x 0.28, nine of them answered.
    counted = [Item(f"Q{n}", "risk", {"PRI": 0.14, "VEN": 0.14}, None if n == 0 else 0.5) for n in range(10)]

    assert completeness(counted, pack.scoring.completeness) == 0.9


@few
@given(seed=seeds)
def test_outcome_follows_the_ladder(pack: Pack, seed: int) -> None:
    scores = run(pack, random_answers(pack, seed))

    states = {(one.stop.kind, one.state) for one in scores.stops}
    if {("stop", "fired"), ("procurement-stop", "fired")} & states:
        assert scores.outcome.outcome.code == "do-not-proceed"
    elif ("hold", "fired") in states or any(state == "unresolved" for _, state in states) or scores.incomplete:
        assert scores.outcome.outcome.code == "hold"
    assert scores.outcome.reasons or scores.outcome.outcome.code == "proceed"


def test_drivers_say_what_a_dimension_would_be_without_an_answer(scored: Scored) -> None:
    with_it, without = scored("L5: supplier"), scored("L5: public-body")
    ven = next(part for part in with_it.dimensions if part.dimension.code == "VEN")
    driver = next(one for one in ven.drivers if one.question == "L5")

    other = next(part for part in without.dimensions if part.dimension.code == "VEN")
    assert driver.effect == "raises"
    assert driver.points == pytest.approx(ven.figures.point - other.figures.point)


def test_sensitivity_names_answers_that_move_a_headline_band(pilot: Scores) -> None:
    moved = {(one.question, one.before, one.after) for one in pilot.changes if one.dimension == "PRI"}

    # By hand for G3: M = 1 - (1 - 0.12797) x (1 - 0.12) = 0.23261; 86.117 x (1 - 0.6 x 0.23261) = 74.10, under 75.
    assert ("G3", "very-high", "high") in moved
    assert all(after == "high" for _, _, after in moved)
    # Working life is at 76.38 and G3 has no weight on it: the level itself stays where it is, and that is said.
    g3 = next(one for one in pilot.changes if (one.question, one.dimension) == ("G3", "PRI"))
    assert g3.level == "very-high"
    assert g3.change.endswith("the level stays Very high: Working life holds it there")


def test_example_with_an_unknown_key_is_refused(pack: Pack) -> None:
    from impact.questionnaire.examples import Example
    from impact.yamlfile import parse

    model, faults = read_model(parse("id: x\nsevrity: {}\n", name="x.yaml"), Example)

    assert model is None
    assert ("Q011", "x.yaml:2:1") in [(fault.code, fault.where) for fault in faults]
