"""The formulae: inherent impact, mitigation, residual with its interval, completeness, confidence.

In: questions reduced to weight, value and factors. Out: numbers. Source: docs/scoring.md, "The formulae".
Knows no answers, no conditions and no wording; the worked examples of a pack use it directly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from impact.questionnaire.pack import Defaults
from impact.questionnaire.question import Band
from impact.questionnaire.rulebook import CompletenessRule, ConfidenceRule

__all__ = ["Figures", "Item", "completeness", "confidence", "evidenced", "figures", "index", "residual", "verified"]

End = Literal["point", "low", "high"]


@dataclass(frozen=True, slots=True)
class Item:
    """One counted question.

    Attributes:
        question: Its id.
        kind: Whether its value is a severity or a strength.
        weights: Weight per dimension.
        value: Severity or strength, 0 to 1; None while nobody has answered.
        evidence: Factor e of a safeguard.
        factor: e x f x k of a safeguard: what its strength is multiplied by.
    """

    question: str
    kind: Literal["risk", "mitigation"]
    weights: Mapping[str, float]
    value: float | None
    evidence: float = 0.0
    factor: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One dimension: ``inherent``, ``point``, ``low`` and ``high`` 0 to 100, ``mitigation`` 0 to 1."""

    inherent: float
    mitigation: float
    point: float
    low: float
    high: float


def figures(items: Sequence[Item], *, dimension: str, cap: float, floor: float, defaults: Defaults) -> Figures:
    """All figures of one dimension; ``floor`` holds up the point and both ends of the interval.

    >>> from impact.questionnaire.pack import Default
    >>> usual = Defaults(unanswered=Default(severity=0.7, strength=0), best=Default(severity=0, strength=1),
    ...                  worst=Default(severity=1, strength=0))
    >>> risk = Item("A1", "risk", {"PRI": 0.2}, None)
    >>> figures([risk], dimension="PRI", cap=0.6, floor=0, defaults=usual).high
    20.0
    """
    mine = [item for item in items if dimension in item.weights]
    impact, safeguard = _parts(mine, dimension, "point", defaults)
    ends = [residual(*_parts(mine, dimension, end, defaults), cap=cap, floor=floor) for end in ("point", "low", "high")]
    return Figures(_tidy(100 * impact), safeguard, *ends)


def residual(impact: float, safeguard: float, *, cap: float, floor: float) -> float:
    """``max(100 x I x (1 - K x M), floor)`` with ``impact`` I and ``safeguard`` M as shares."""
    return max(_tidy(100 * impact * (1 - cap * safeguard)), floor)


def _tidy(figure: float) -> float:
    # A sum of products that is 75 on paper may be 74.99999999999999 here; a level must not hang on that.
    return round(figure, 9)


def _parts(items: Iterable[Item], dimension: str, end: End, defaults: Defaults) -> tuple[float, float]:
    """Inherent impact and mitigation of a dimension, as shares, with gaps filled for one end of the interval."""
    gap = {"point": defaults.unanswered, "low": defaults.best, "high": defaults.worst}[end]
    risk_left = safe_left = 1.0
    for item in items:
        weight = item.weights[dimension]
        if item.kind == "risk":
            risk_left *= 1 - weight * (gap.severity if item.value is None else item.value)
        else:
            # At the best end a gap is a full safeguard with full evidence.
            safe_left *= 1 - weight * (gap.strength if item.value is None else item.value * item.factor)
    return 1 - risk_left, 1 - safe_left


def completeness(items: Sequence[Item], rule: CompletenessRule) -> float:
    """Answered weight over applicable weight; 0 when nothing applies."""

    def weight(item: Item) -> float:
        return rule.base + rule.per_weight * sum(item.weights.values())

    whole = math.fsum(weight(item) for item in items)
    answered = math.fsum(weight(item) for item in items if item.value is not None)
    return _tidy(answered / whole) if whole else 0.0  # nine tenths exactly are not under nine tenths


def evidenced(items: Iterable[Item]) -> float:
    """Evidenced share of the mitigation that is claimed; 0 when nothing is claimed."""
    return _share_of_claims(items, lambda evidence: evidence)


def verified(items: Iterable[Item]) -> float:
    """Share of the mitigation claimed whose evidence was verified (e = 1); 0 when nothing is claimed."""
    return _share_of_claims(items, lambda evidence: 1.0 if evidence >= 1 else 0.0)


def _share_of_claims(items: Iterable[Item], credit: Callable[[float], float]) -> float:
    claims = [
        (sum(item.weights.values()) * item.value, item.evidence)
        for item in items
        if item.kind == "mitigation" and item.value is not None
    ]
    whole = math.fsum(claim for claim, _ in claims)
    return math.fsum(claim * credit(evidence) for claim, evidence in claims) / whole if whole else 0.0


def confidence(
    complete: float, evidence: float, proof: float, *, rule: ConfidenceRule, contradicted: Iterable[str] = ()
) -> tuple[float, Band]:
    """Confidence from 0 to 100 and its label; a check that failed may cap it."""
    value = 100 * (rule.completeness * complete + rule.evidenced * evidence + rule.verified * proof)
    failed = set(contradicted)
    value = _tidy(min([value, *(cap.cap for cap in rule.caps if cap.check in failed)]))
    return value, next(label for label in rule.labels if label.holds(value))


def index(points: Iterable[float]) -> float:
    """Root mean square of the residual points: for sorting a portfolio only, never a level."""
    squares = [point * point for point in points]
    return math.sqrt(math.fsum(squares) / len(squares))
