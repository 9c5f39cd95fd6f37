"""What the answers claim: claimed, not claimed, or not answered yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from impact.questionnaire.answers import Answers
from impact.questionnaire.evaluate import Context, evaluate
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
