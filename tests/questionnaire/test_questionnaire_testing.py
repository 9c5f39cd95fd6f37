"""Which claims the answers to the bundled pack make, and the figures that they give."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from impact.questionnaire.evaluate import Answered

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
    from impact.questionnaire.testing import testables  # its name looks like a test's

    (one,) = (each for each in testables(answered(answers)) if each.check.id == check)
    assert (one.made, one.parameters) == (made, figures)
