"""Draft questions: what leaves one, in which order, and in whose words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from impact.questionnaire.enquiries import Enquiry, enquiries, enquiries_block
from impact.questionnaire.enquiries_text import enquiry_lines
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores

Scored = Callable[..., Scores]
FILE = "{file: a, date: 2026-10-01}"


def about(scores: Scores, name: str, **more: object) -> list[Enquiry]:
    return [one for one in enquiries(scores, **more) if one.id == name]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("A8: within-a-day", "A7", "unanswered"),
        ("D8: not-known", "D8", "not_known"),
        ("B12: {status: refused, reason: Legal advice is awaited.}", "B12", "refused"),
        ("C7: yes", "C7", "no_evidence"),
        ("C7: {value: yes, evidence: [{file: a, date: 2025-07-20}]}", "C7", "stale"),
        (f"C7: {{value: yes, evidence: [{FILE}]}}", "C7", None),
        ("C7: no", "C7", None),  # nothing is claimed, so nothing is left to show
        ("N9: barred", "N9", "no_evidence"),  # a mild risk that cites nothing
        (f"N9: {{value: barred, evidence: [{FILE}]}}", "N9", None),
        ("N9: allowed", "N9", None),  # a grave answer needs no proof
        ("J2: {status: not_applicable, reason: x}", "J2", None),
        ("A5: [link]", "S5", None),  # hidden with its module
        ("A10: 97\nD1: [suspects]", "XC-05", "contradiction"),
        ("A3: pilot", "A5", "unanswered"),  # it moves no score, but hard stops wait for it
        ("A3: pilot", "A4", None),
    ],
)
def test_gap_leaves_a_question_of_its_kind(scored: Scored, text: str, name: str, kind: str | None) -> None:
    assert [one.kind for one in about(scored(text), name)] == ([kind] if kind else [])


def test_reason_answer_and_age_stand_in_the_words(scored: Scored) -> None:
    (refused,) = about(scored("B12: {status: refused, reason: Legal advice is awaited.}"), "B12")
    (stale,) = about(scored("C7: {value: yes, evidence: [{file: a, date: 2025-07-20}]}"), "C7")

    assert refused.why == "The assessment does not answer this, for the reason: Legal advice is awaited."
    assert stale.why == "The assessment answers “Yes”; the evidence for it is dated 2025-07-20, 16 months before."
    assert "The version known is dated 2025-07-20." in stale.foi


def test_what_a_hard_stop_waits_for_comes_first_and_then_the_most_points(scored: Scored) -> None:
    found = enquiries(scored("A5: [staff]"))

    stops = [bool(one.stops) for one in found]
    assert stops == sorted(stops, reverse=True)
    rest = [round(one.points, 6) for one in found if not one.stops]
    assert rest == sorted(rest, reverse=True)
    assert rest[0] > 0


def test_points_are_what_the_headline_dimension_hangs_on(scored: Scored) -> None:
    """By hand, from the two scores of the same answers with the gap at its best and at its worst."""
    text = "A5: [link]\nA7: death-or-injury"
    gap = scored(text)
    assert gap.rights is not None
    code = gap.rights.dimension.code
    (one,) = about(gap, "A9")

    def point(value: float) -> float:
        scores = scored(f"{text}\nA9: {{judged: {{value: {value}, reason: x}}}}")
        return next(part.figures.point for part in scores.dimensions if part.dimension.code == code)

    assert one.dimension == code
    assert one.points == pytest.approx(point(1) - point(0))


def test_setting_that_a_stop_waits_for_is_asked_in_the_words_of_the_pack(scored: Scored) -> None:
    (one,) = about(scored("C7: no", processing_started=None), "processing_started")

    assert (one.kind, one.stops) == ("setting", ("HS-06",))
    assert "Personal data is already processed" in one.foi


@pytest.mark.parametrize(
    ("verdict", "kind"), [("contradicted", "contradicted"), ("not-enough-data", "not_enough_data"), ("supported", None)]
)
def test_claim_that_the_log_does_not_bear_out_is_asked_about(scored: Scored, verdict: str, kind: str | None) -> None:
    said = "In 38 of 40 cases the action came before the review."
    claims = [{"check": "CK-04", "verdict": verdict, "question": "F8", "sentence": said}]
    scores = scored(f"F8: {{value: forbidden, evidence: [{FILE}]}}")

    found = about(scores, "F8", claims=claims)

    assert [one.kind for one in found] == ([kind] if kind else [])
    assert all(said in one.why and "CK-04" in one.why for one in found)


def test_every_draft_is_filled_in_polite_and_ends_as_a_sentence(scored: Scored) -> None:
    scores = scored("A5: [staff, lfr, link, drone, person, hotspot, genai, council]\nD8: not-known\nC7: yes")

    for one in enquiries(scores):
        for text in (one.why, one.committee, one.foi):
            assert not re.search(r"[{}]", text)
            assert re.search(r"[.?”]$", text)
            assert not re.search(
                r"\b(failed|failing|unlawful|illegal\w*|guilty|breach\w*|cover.up|refuse to)\b", text.lower()
            )
        assert one.committee.endswith("?") or "?" in one.committee


def test_request_names_the_act_the_form_and_that_it_is_no_advice(scored: Scored) -> None:
    block = enquiries_block(scored("A5: [staff]"), system="Pattern Finder", organisation="Example Police Service")
    text = " ".join(enquiry_lines(block, audience="foi", markdown=False))

    for part in ("Freedom of Information Act 2000", "Example Police Service", "Pattern Finder", "recorded information",
                 "last complete twelve months", "CSV", "not legal advice", "leave names out"):  # fmt: skip
        assert part in text
    assert text.count("[B4]") == 1


def test_drafts_can_be_cut_short_and_marked(scored: Scored) -> None:
    block = enquiries_block(scored("A5: [staff]"), system="x", organisation="y")

    lines = enquiry_lines(block, audience="committee", markdown=True, most=3)

    assert lines[0] == "# Questions to ask"
    assert [line[:2] for line in lines if re.match(r"\d+\. ", line)] == ["1.", "2.", "3."]
    assert all("*(" in line for line in lines if re.match(r"\d+\. ", line))


def test_pack_without_words_of_its_own_asks_its_questions(tiny: Callable[..., object]) -> None:
    from datetime import date

    from impact.questionnaire.answers import Answers
    from impact.questionnaire.evaluate import Context, evaluate
    from impact.questionnaire.load import load_pack
    from impact.questionnaire.score import score

    small = load_pack(tiny())  # type: ignore[arg-type]
    context = Context(assessment_date=date(2026, 11, 20), approval_threshold=1.0)
    found = enquiries(score(evaluate(small, Answers({}), context=context, evidence={})))

    # HS-01 waits for A2 and A3. By hand: A3 moves VEN by 100 x 0.1 = 10; A2 moves PRI by 20.02 x 0.6 x 0.3 = 3.6.
    assert [(one.id, one.committee) for one in found][:1] == [("A3", "How many people?")]


def test_wording_of_a_question_stands_before_the_template(pack: Pack, scored: Scored) -> None:
    own = [question for question in pack.questions.values() if question.ask_committee or question.ask_foi]
    (one,) = about(scored("A8: within-a-day"), "C1")

    assert own
    assert one.committee == pack.questions["C1"].ask_committee
    assert one.foi == pack.questions["C1"].ask_foi
