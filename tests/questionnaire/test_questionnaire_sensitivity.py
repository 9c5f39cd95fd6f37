"""What would change a level: one answer, two answers, evidence; and what holds it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from impact.questionnaire.arithmetic import Item, figures
from impact.questionnaire.pack import Pack
from impact.questionnaire.score import Scores
from impact.questionnaire.sensitivity import sensitivity

Scored = Callable[..., Scores]


def level(scores: Scores, changed: dict[str, float]) -> str:
    """The rights level by the formulae themselves, with some questions at a value and with full evidence."""
    pack = scores.answered.pack
    items = [
        Item(one.question, one.kind, one.weights, changed[one.question], 1.0, 1.0) if one.question in changed else one
        for one in scores.items
    ]
    points = []
    for part in scores.dimensions:
        if part.dimension.level == "rights":
            floor = part.floor.floor if part.floor else 0.0
            code, defaults = part.dimension.code, pack.head.defaults
            points.append(figures(items, dimension=code, cap=part.cap, floor=floor, defaults=defaults).point)
    return pack.band(max(points)).code


def best(scores: Scores, name: str) -> float:
    return float(next(item.kind for item in scores.items if item.question == name) == "mitigation")


def everything(pack: Pack, severity: float, strength: float, *, evidence: str = "") -> str:
    """Every scored core question judged alike, so that the sums are known."""
    lines = []
    for question in pack.questions.values():
        if question.kind is not None and pack.section_of[question.id].visible_if is None:
            value = severity if question.kind == "risk" else strength
            lines.append(f"{question.id}: {{judged: {{value: {value}, reason: x}}{evidence}}}")
    return "\n".join(lines)


@pytest.mark.parametrize("severity", [0.25, 0.45, 0.7])
def test_pairs_are_those_that_the_formulae_find(scored: Scored, pack: Pack, severity: float) -> None:
    scores = scored(f"A5: [link]\n{everything(pack, severity, 0.0)}")
    assert scores.rights is not None
    now = scores.rights.band.code
    rights = set(_rights(scores))
    names = [item.question for item in scores.items if rights & set(item.weights)]
    single = any(level(scores, {name: best(scores, name)}) != now for name in names)
    every = {
        pair for pair in combinations(names, 2) if level(scores, {name: best(scores, name) for name in pair}) != now
    }

    found = [one for one in sensitivity(scores).pairs if (one.end, one.kind) == ("best", "rights")]

    assert {one.questions for one in found} <= every
    assert len(found) == (0 if single else min(5, len(every)))
    assert all(one.before == now and one.after != now for one in found)


def _rights(scores: Scores) -> list[str]:
    return [part.dimension.code for part in scores.dimensions if part.dimension.level == "rights"]


def test_floor_that_holds_the_level_is_named(scored: Scored, pack: Pack) -> None:
    mild = [line for line in everything(pack, 0.0, 0.0).split("\n") if not line.startswith("A9:")]
    module = [question.id for question in pack.questions.values() if question.kind and question.id[0] == "T"]
    mild += [f"{name}: {{judged: {{value: 0.0, reason: x}}}}" for name in module if name != "T1"]
    scores = scored("\n".join(["A5: [lfr]", "T1: live-fixed", "A9: 100000", *mild]))
    assert scores.rights is not None
    assert (scores.rights.band.code, scores.rights.dimension.code) == ("high", "PRI")  # FL-1: 55

    found = sensitivity(scores)
    held = [one for one in found.held if one.kind == "rights"]

    assert [(one.dimension, one.by, one.floor) for one in held] == [("PRI", "floor", "FL-1")]
    assert "FL-1" in held[0].sentence
    assert [one for one in found.pairs if (one.kind, one.end) == ("rights", "best")] == []


def test_cap_that_holds_the_level_is_named(scored: Scored, pack: Pack) -> None:
    proof = ", evidence: [{file: a, date: 2026-11-20, verified_by: Example Lab}]"
    scores = scored(f"A5: [link]\n{everything(pack, 1.0, 1.0, evidence=proof)}")
    assert scores.stewardship is not None

    held = [one for one in sensitivity(scores).held if one.kind == "stewardship"]

    # Every safeguard is there in full, so what is left is I x (1 - K x M): only changed facts could bring it down.
    assert [one.dimension for one in held] == ["VEN", "PUB"]
    for one in held:
        part = next(part for part in scores.dimensions if part.dimension.code == one.dimension)
        assert (one.by, part.band) == ("cap", scores.stewardship.band)
        open_ = 1.0
        for item in scores.items:
            if item.kind == "mitigation":
                open_ *= 1 - item.weights.get(one.dimension, 0.0)
        assert one.reached == pytest.approx(part.figures.inherent * (1 - part.cap * (1 - open_)))


def test_evidence_says_what_verifying_it_would_do(scored: Scored) -> None:
    text = "C7: {{value: yes, evidence: [{}]}}\nF8: forbidden"
    bare = scored(text.format("{file: a, date: 2025-07-20}"))
    proven = scored(text.format("{file: a, date: 2026-11-20, verified_by: Example Lab}"))

    one = next(one for one in sensitivity(bare).evidence if one.question == "C7")

    assert one.confidence == pytest.approx(proven.confidence)
    for code, point in one.points.items():
        assert point == pytest.approx(next(p.figures.point for p in proven.dimensions if p.dimension.code == code))
    assert "no level moves" in one.sentence


def test_evidence_that_is_verified_already_is_not_offered(scored: Scored) -> None:
    scores = scored("C7: {value: yes, evidence: [{file: a, date: 2026-11-20, verified_by: Example Lab}]}")

    assert sensitivity(scores).evidence == ()


def test_new_evidence_does_not_undo_a_contradiction(scored: Scored) -> None:
    text = "F8: {value: forbidden-and-blocked, evidence: [{file: a, date: 2026-10-01}]}"
    scores = scored(text, verdicts={"CK-04": "contradicted"})
    (one,) = sensitivity(scores).evidence

    for code, point in one.points.items():
        assert point == pytest.approx(next(p.figures.point for p in scores.dimensions if p.dimension.code == code))
