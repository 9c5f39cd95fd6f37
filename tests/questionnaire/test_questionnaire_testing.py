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
