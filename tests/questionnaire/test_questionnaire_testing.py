"""Which claims the answers to the bundled pack make, and the figures that they give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from impact.questionnaire.answers import Answers
from impact.questionnaire.evaluate import Answered, Context, evaluate
from impact.questionnaire.pack import Pack
from impact.questionnaire.testing import testables as claims_of  # pytest would take the name for a test

Read = Callable[[str], Answers]
TODAY = date(2026, 11, 20)
STAFF = "A5: [staff]\n"  # no facial recognition: section T is hidden
HEADLINE = "E5: {value: headline-only, rows: [{measure: %s, value: 15}]}\n"


def made(pack: Pack, read: Read, text: str, check: str) -> bool | None:
    answered = evaluate(
        pack, read(text), context=Context(assessment_date=TODAY, approval_threshold=500_000.0), evidence={}
    )
    return next(one.made for one in claims_of(answered) if one.check.id == check)


@pytest.mark.parametrize(
    ("text", "check", "expected"),
    [
        # CK-06 hangs on E5 and T7. T7 is hidden, so once E5 is answered nothing is open.
        (STAFF, "CK-06", None),
        (STAFF + HEADLINE % "Uptime", "CK-06", False),
        (STAFF + HEADLINE % "Recall", "CK-06", True),
        # With facial recognition T7 asks, and is open.
        ("A5: [lfr]\n" + HEADLINE % "Uptime", "CK-06", None),
        ("A5: [lfr]\nT7: {status: not_applicable, reason: Other}\n" + HEADLINE % "Uptime", "CK-06", False),
        # Nobody has said yet which modules there are.
        (HEADLINE % "Uptime", "CK-06", None),
        # A headline begins with a capital.
        (STAFF + HEADLINE % "Flags that led to a case", "CK-07", True),
        (STAFF + HEADLINE % "share of flags upheld", "CK-07", True),
    ],
)
def test_a_question_that_does_not_apply_claims_nothing(
    pack: Pack, read: Read, text: str, check: str, expected: bool | None
) -> None:
    assert made(pack, read, text, check) is expected


HALF_A_PERCENT = "A5: [person]\nY6: {value: measured, rows: [{top_k: 50.0, wrong_share: 0.5}]}"


@pytest.mark.parametrize(
    ("answers", "check", "made", "figures"),
    [
        # An honest “partly” does not claim “every”, so no log can contradict it and hold the decision.
        ("A5: [lfr]\nT9: partly", "CK-23", False, {}),
        ("A5: [lfr]\nT9: yes", "CK-23", True, {}),
        ("A5: [staff]\nS12: partly", "CK-35", False, {}),
        ("M3: partly", "CK-21", False, {}),
        ("H3: outside-margin-acted-on", "CK-10", False, {}),
        ("F6: yes", "CK-01", None, {}),  # logged overrides say nothing of every alert; F3 is not answered
        # Y6 asks for percent: half a percent wrong is 99.5% right.
        (HALF_A_PERCENT, "CK-07", True, {"top_k": 50, "top_precision": 0.995}),
        ("L3: 2.0\nL2: yes", "CK-26", True, {"audit_share": 0.02}),
        # Neither of these names the share of flags that are right.
        ("A5: [staff]\nE5: {value: headline-only, rows: [{measure: false flags, value: 5.0}]}", "CK-07", False, {}),
    ],
)  # fmt: skip
def test_an_answer_makes_the_claim_that_it_says_with_the_figure_that_it_gives(
    answered: Callable[..., Answered], answers: str, check: str, made: bool | None, figures: dict[str, float]
) -> None:
    (one,) = (each for each in claims_of(answered(answers)) if each.check.id == check)
    assert (one.made, one.parameters) == (made, figures)


E5 = "A5: [staff]\nE5: {value: headline-only, rows: [{measure: %s, value: %s%s}]}"
H8 = "H3: within-margin\nH8: {value: margin-and-owner, rows: [{measure: %s, margin: %s%s}]}"


@pytest.mark.parametrize(
    ("text", "check", "name", "figure"),
    [
        (E5 % ("Accuracy", "0.2", ", unit: percent"), "CK-05", "accuracy", 0.002),
        (E5 % ("Accuracy", "0.2", ", unit: share"), "CK-05", "accuracy", 0.2),
        (E5 % ("Accuracy", "95", ""), "CK-05", "accuracy", 0.95),  # a share cannot be 95
        (E5 % ("Accuracy", "0.95", ""), "CK-05", "accuracy", "E5 gives 0.95 for “Accuracy”: it may be 0.95% or 95%."),
        (E5 % ("Accuracy", "1", ""), "CK-05", "accuracy", "E5 gives 1 for “Accuracy”: it may be 1% or 100%."),
        (E5 % ("Accuracy", "95", ", unit: share"), "CK-05", "accuracy", "E5 gives 95 for “Accuracy”: a share of 1"),
        (E5 % ("False alert rate", "6000", ""), "CK-08", "one_in", 6000),
        (E5 % ("False alert rate", "0.02", ", unit: percent"), "CK-08", "one_in", 5000),
        (E5 % ("False alert rate", "0.0002", ", unit: share"), "CK-08", "one_in", 5000),
        (
            E5 % ("False alert rate", "50", ""),
            "CK-08",
            "one_in",
            "E5 gives 50 for “False alert rate”: it may be percent",
        ),
        (H8 % ("Selection", "0.2", ", unit: points"), "CK-10", "margin", 0.002),
        (H8 % ("Selection", "3", ""), "CK-10", "margin", 0.03),
        (H8 % ("Selection", "0.2", ""), "CK-10", "margin", "H8 gives 0.2 for “Selection”: it may be 0.2% or 20%."),
        (H8 % ("Selection", "0.8", ", unit: ratio"), "CK-10", "margin", "H8 gives 0.8 for “Selection”: a share cannot"),
        (H8 % ("Score", "0.05", ", unit: score"), "CK-13", "margin", 0.05),
        (H8 % ("Score", "0.05", ""), "CK-13", "margin", "H8 gives 0.05 for “Score”: it may be points of the score or"),
    ],
)
def test_a_figure_that_can_be_read_in_two_ways_is_not_read(
    answered: Callable[..., Answered], text: str, check: str, name: str, figure: float | str
) -> None:
    (one,) = (each for each in claims_of(answered(text)) if each.check.id == check)
    if isinstance(figure, str):
        assert one.parameters[name]["unclear"].startswith(figure)
    else:
        assert one.parameters[name] == pytest.approx(figure)


def test_of_several_rows_one_that_cannot_be_read_leaves_the_figure_open(answered: Callable[..., Answered]) -> None:
    rows = "[{measure: Selection by sex, margin: 3, unit: points}, {measure: Selection by age, margin: 0.5}]"
    text = f"H3: within-margin\nH8: {{value: margin-and-owner, rows: {rows}}}"
    (one,) = (each for each in claims_of(answered(text)) if each.check.id == "CK-10")
    assert "Selection by age" in one.parameters["margin"]["unclear"]
