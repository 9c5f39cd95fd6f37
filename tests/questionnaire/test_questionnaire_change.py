"""What changed facts and what changed evidence did, between two assessments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from impact.errors import AnswerError
from impact.questionnaire.change import Facts, Split, split, split_facts
from impact.questionnaire.examples import Example, items_of
from impact.questionnaire.load import load_pack, read_model
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores, score
from impact.resources import find
from impact.settings import Settings
from impact.yamlfile import load

# Inherent impact and mitigation strength in the published table of worked cases, and the caps (scoring model, section
# 2). New risks with old safeguards are I(1b) x (1 - K x M(1)); old risks with new safeguards I(1) x (1 - K x M(1b)).
INHERENT = {
    "PRI": (86, 68), "EQU": (64, 46), "LIB": (45, 41), "FAI": (71, 63),
    "EXP": (52, 35), "EMP": (76, 58), "VEN": (74, 23), "PUB": (60, 11),
}  # fmt: skip
MITIGATION = {
    "PRI": (0.13, 0.88), "EQU": (0.00, 0.79), "LIB": (0.00, 0.60), "FAI": (0.00, 0.88),
    "EXP": (0.03, 0.56), "EMP": (0.00, 0.74), "VEN": (0.05, 0.50), "PUB": (0.17, 0.67),
}  # fmt: skip
CAPS = {"PRI": 0.6, "EQU": 0.6, "LIB": 0.5, "FAI": 0.6, "EXP": 0.5, "EMP": 0.6, "VEN": 0.75, "PUB": 0.75}
FLOOR = {"EMP": 40}  # FL-3 holds in both


@pytest.fixture(scope="module")
def cases(pack: Pack) -> Split:
    def facts(case: str) -> Facts:
        folder = find("questionnaires", "uk-policing", Settings()).folder
        example, _ = read_model(load(folder / "examples" / f"{case}.yaml", name=case), Example)
        assert example is not None
        applied = tuple(floor for floor in pack.scoring.floors if floor.id in example.floors)
        return Facts(tuple(items_of(pack, example)), applied)

    return split_facts(pack, facts("case-1"), facts("case-1b"))


@pytest.mark.parametrize("code", list(CAPS))
def test_fall_from_case_1_to_1b_is_split_into_facts_and_evidence(cases: Split, code: str) -> None:
    one = next(one for one in cases.dimensions if one.dimension.code == code)

    def by_hand(risk: int, safeguard: int) -> float:
        left = INHERENT[code][risk] * (1 - CAPS[code] * MITIGATION[code][safeguard])
        return max(left, FLOOR.get(code, 0.0))

    # The table is rounded to a whole point and a hundredth: together less than one point of the residual.
    assert one.facts_only == pytest.approx(by_hand(1, 0), abs=1.0)
    assert one.evidence_only == pytest.approx(by_hand(0, 1), abs=1.0)
    assert (one.before, one.after) == pytest.approx((by_hand(0, 0), by_hand(1, 1)), abs=1.0)
    assert one.facts[0] + one.evidence[1] == pytest.approx(one.moved)
    assert one.facts[1] + one.evidence[0] == pytest.approx(one.moved)


def test_headline_of_case_1b_needs_facts_and_evidence_together(cases: Split) -> None:
    rights, stewardship = cases.headlines

    # Privacy: 68 x (1 - 0.6 x 0.13) = 62.7 is High; 86 x (1 - 0.6 x 0.88) = 40.6. Working life: 76 x (1 - 0.6 x 0.74)
    # = 42.3, the worst of old risks with new evidence.
    assert [getattr(rights, way)[0].code for way in ("before", "facts_only", "evidence_only", "after")] == [
        "very-high", "high", "moderate", "moderate",
    ]  # fmt: skip
    assert rights.evidence_only[1].code == "EMP"
    assert (stewardship.before[0].code, stewardship.after[0].code) == ("high", "low")
    assert cases.sentences()[0].startswith("Vendor dependence falls by ")


def test_same_assessment_has_nothing_to_split(scored: Callable[..., Scores]) -> None:
    scores = scored("A7: arrest-or-dismissal\nC7: {value: yes, evidence: [{file: a, date: 2026-10-01}]}")

    same = split(scores, scores)

    assert all(one.moved == 0 and one.facts == one.evidence == (0, 0) for one in same.dimensions)
    assert same.sentences() == ()


def test_new_evidence_alone_is_no_changed_fact(scored: Callable[..., Scores]) -> None:
    proven = scored("A7: arrest-or-dismissal\nC7: {value: yes, evidence: [{file: a, date: 2026-10-01}]}")
    told = scored("A7: arrest-or-dismissal\nC7: yes")

    for one in split(told, proven).dimensions:
        assert one.facts == pytest.approx((0, 0))
        assert one.evidence[0] == pytest.approx(one.moved)


def test_packs_that_differ_are_not_split(scored: Callable[..., Scores], tiny: Callable[..., object]) -> None:
    from impact.questionnaire.answers import Answers
    from impact.questionnaire.evaluate import evaluate

    ours = scored("A8: within-a-day")
    small = load_pack(tiny())  # type: ignore[arg-type]
    other = score(evaluate(small, Answers({}), context=ours.answered.context, evidence={}))

    with pytest.raises(AnswerError) as raised:
        split(other, ours)

    assert [fault.code for fault in raised.value.faults] == ["A140"]
