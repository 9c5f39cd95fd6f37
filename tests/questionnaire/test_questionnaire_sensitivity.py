"""What would change a level: one answer, two answers, evidence; and what holds it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from impact.questionnaire.arithmetic import Item, figures
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


def test_pairs_are_those_that_the_formulae_find(scored: Scored) -> None:
    scores = scored("A5: [link]\nA7: lost-service\nA9: 900\nA10: 10\nI4: low\nD4: []\nD5: []")
    assert scores.rights is not None
    now = scores.rights.band.code
    names = [item.question for item in scores.items if any(code in item.weights for code in _rights(scores))]
    single = {name for name in names if level(scores, {name: best(scores, name)}) != now}
    found = {one.questions for one in sensitivity(scores).pairs if (one.end, one.kind) == ("best", "rights")}

    if single:
        assert found == set()
    else:
        every = {
            pair for pair in combinations(names, 2) if level(scores, {name: best(scores, name) for name in pair}) != now
        }
        assert found <= every
        assert len(found) == min(5, len(every))


def _rights(scores: Scores) -> list[str]:
    return [part.dimension.code for part in scores.dimensions if part.dimension.level == "rights"]


def test_floor_that_holds_the_level_is_named(scored: Scored) -> None:
    # FL-1 holds privacy at 55, in the band High; everything else is answered mildly in the sense of the floor's test.
    mild = "\n".join(f"I{n}: not-engaged" for n in range(1, 9))
    text = f"A5: [lfr]\nT1: live-fixed\nA9: 100000\nT13: never\n{mild}"
    scores = scored(text)
    part = next(one for one in scores.dimensions if one.dimension.code == "PRI")
    assert part.floor is not None

    held = [one for one in sensitivity(scores).held if one.dimension == "PRI"]

    if part.band.code == "high":
        assert [one.floor for one in held] == ["FL-1"]
    else:
        assert all(one.by in ("cap", "many") for one in held)


def test_cap_that_holds_the_level_is_named(scored: Scored) -> None:
    """Nothing answered: privacy is far above 75 / (1 - 0.6), so its band is held by what is open and not by a cap."""
    scores = scored("A8: within-a-day")

    for one in sensitivity(scores).held:
        part = next(p for p in scores.dimensions if p.dimension.code == one.dimension)
        safeguards = 1.0
        for item in scores.items:
            if item.kind == "mitigation":
                safeguards *= 1 - item.weights.get(one.dimension, 0.0)
        reached = part.figures.inherent * (1 - part.cap * (1 - safeguards))
        assert one.reached == pytest.approx(reached)
        same = scores.answered.pack.band(reached) == part.band
        assert (one.by == "cap") == same


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


def test_change_of_one_dimension_that_leaves_the_level_says_what_holds_it(scored: Scored) -> None:
    scores = scored("A5: [staff, link]\nA7: arrest-or-dismissal")

    for one in scores.changes:
        held = "the level stays" in one.change
        headline = scores.rights if one.dimension in _rights(scores) else scores.stewardship
        assert headline is not None
        if held:
            assert one.level == headline.band.code
