"""Points added up: raw impact, mitigation, the reduction, and the level, before and after hidden answers are dropped.

In: a points pack and answers as plain codes. Out: ``PointsScores``. Source of the method: canada-ca/aia-eia-js,
``src/store.ts`` at version 1.0.1; every number of it stands in the pack. Knows no file and no page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from impact.questionnaire.points.pack import PointsPack
from impact.questionnaire.question import Band

__all__ = ["PointsFigures", "PointsScores", "Stored", "figures", "score_points", "visible"]

Stored = Mapping[str, str | tuple[str, ...] | float]  # question -> code, ticks, words or number


@dataclass(frozen=True, slots=True)
class PointsFigures:
    """What one set of answers adds up to.

    Attributes:
        raw, mitigation: Points.
        total: The raw points less the reduction, where it applies.
        reduced: Whether it applies.
        band: The level; None where the pack has no bands or nothing can be scored.
        number: The level's place, from 1; 0 without one.
    """

    raw: float
    mitigation: float
    total: float
    reduced: bool
    band: Band | None
    number: int


@dataclass(frozen=True)
class PointsScores:
    """Both figures of the method, and what they rest on.

    Attributes:
        live: Over every answer that is stored, hidden or not: what the source shows while the form is open.
        completed: Over the answers to questions that are shown: what the source shows when the form is completed.
        dropped: Answered questions that are not shown; live counts them and completed does not.
        most: The most points of each kind, over all questions.
        shown: Questions that are shown, given all stored answers.
    """

    live: PointsFigures
    completed: PointsFigures
    dropped: tuple[str, ...]
    most: Mapping[str, float]
    shown: frozenset[str]


def score_points(pack: PointsPack, stored: Stored) -> PointsScores:
    """Live and completed figures.

    What is shown is worked out once, from the answers as they stand: an answer that is itself hidden may still show
    another question. This is how the source's engine (SurveyJS 1.7.23) drops hidden answers.
    """
    shown = visible(pack, stored)
    kept = {name: value for name, value in stored.items() if name in shown}
    dropped = tuple(name for name in pack.questions if name in stored and name not in shown)
    most = {kind: pack.most(kind) for kind in ("raw", "mitigation")}
    return PointsScores(figures(pack, stored), figures(pack, kept), dropped, most, shown)


def visible(pack: PointsPack, stored: Stored) -> frozenset[str]:
    """Questions that are shown: the conditions of their section and their own hold. One without an answer is blank."""
    known = {name: _bound(question.type, stored.get(name)) for name, question in pack.questions.items()}
    known = {name: value for name, value in known.items() if value is not None}
    found = set()
    for section in pack.sections:
        if section.visible_if and pack.conditions["section", section.id].decide(known) is not True:
            continue
        for question in section.questions:
            if not question.visible_if or pack.conditions["question", question.id].decide(known) is True:
                found.add(question.id)
    return frozenset(found)


def _bound(kind: str, value: Any) -> Any:
    if kind == "multi":
        return list(value or ())
    if kind == "number":
        return value
    return value or ""


def figures(pack: PointsPack, stored: Stored) -> PointsFigures:
    """Points of one set of answers, and the level. Compared exactly: no figure hangs on a last binary digit."""
    raw, mitigation = (_sum(pack, stored, kind) for kind in ("raw", "mitigation"))
    rule, total, reduced = pack.head.points, raw, False
    most = {kind: Decimal(repr(pack.most(kind))) for kind in ("raw", "mitigation")}
    cut = rule.reduction
    # Where nothing can be earned there is nothing to earn a reduction with.
    if cut is not None and most["mitigation"] > 0:
        needed = Decimal(repr(cut.from_share)) * most["mitigation"] / cut.phases
        if Decimal(repr(mitigation)) >= needed:
            left = (1 - Decimal(repr(cut.share))) * Decimal(repr(raw))
            total, reduced = float(math.floor(left + Decimal("0.5"))), True  # halves go up
    if most["raw"] <= 0:
        return PointsFigures(raw, mitigation, total, reduced, None, 0)
    share = float(Decimal(100) * Decimal(repr(total)) / most["raw"])
    for number, band in enumerate(rule.bands, start=1):
        if band.holds(share):
            return PointsFigures(raw, mitigation, total, reduced, band, number)
    return PointsFigures(raw, mitigation, total, reduced, None, 0)


def _sum(pack: PointsPack, stored: Stored, kind: str) -> float:
    total = Decimal(0)
    for name, value in stored.items():
        question = pack.questions.get(name)
        if question is None or question.scores != kind:
            continue
        ticked = value if isinstance(value, tuple) else (value,)
        total += sum((Decimal(repr(choice.points)) for choice in question.choices if choice.code in ticked), Decimal(0))
    return float(total)
