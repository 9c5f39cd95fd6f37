"""Beyond the single answer: what evidence would do, which two answers would move a level, and what holds it.

In: scores. Out: ``Sensitivity``. Floors are kept as they stand: an answer that lifts a floor is a changed fact.
Worked out only for the record and the terminal: nothing of it feeds a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

from impact.questionnaire.arithmetic import Item, confidence, evidenced, figures, residual, verified
from impact.questionnaire.pack import Dimension, Pack
from impact.questionnaire.score import DimensionScore, Headline, Scores

__all__ = ["EvidenceChange", "Held", "PairChange", "Sensitivity", "sensitivity"]

SHOWN = 5  # pairs for each level and direction, and pieces of evidence
End = Literal["best", "worst"]


@dataclass(frozen=True, slots=True)
class PairChange:
    """Two answers which, both at their best or both at their worst, move a headline level."""

    questions: tuple[str, str]
    end: End
    kind: str
    before: str
    after: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """What would follow if the evidence of one safeguard, or of all, were verified and of this day.

    Attributes:
        question: The safeguard; empty for all that are claimed.
        points: Point of each headline dimension then, by code.
        confidence: Then, 0 to 100.
        moves: Headline levels that would move, by kind, with the band then.
    """

    question: str
    points: Mapping[str, float]
    confidence: float
    moves: Mapping[str, str]
    sentence: str


@dataclass(frozen=True, slots=True)
class Held:
    """Why a headline level does not fall by one or two answers: which floor, cap or dimension holds it.

    Attributes:
        kind: rights or stewardship.
        dimension: The dimension that holds it.
        by: Its floor; its cap, where even every safeguard with full evidence leaves it in its band; many answers;
            or the assessor's own judgement.
        floor: The floor's id.
        reached: The lowest that every safeguard, with full evidence, would leave.
    """

    kind: str
    dimension: str
    by: Literal["floor", "cap", "many", "judgement"]
    floor: str
    reached: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Pairs only for a headline level that no single answer moves down, or up."""

    pairs: tuple[PairChange, ...]
    evidence: tuple[EvidenceChange, ...]
    all_evidence: EvidenceChange | None
    held: tuple[Held, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for the record: points and confidence with six decimals."""
        return {
            "pairs": [
                {
                    "questions": list(one.questions),
                    "end": one.end,
                    "kind": one.kind,
                    "from": one.before,
                    "to": one.after,
                    "sentence": one.sentence,
                }
                for one in self.pairs
            ],
            "evidence": [_evidence_json(one) for one in self.evidence],
            "all_evidence": None if self.all_evidence is None else _evidence_json(self.all_evidence),
            "held": [
                {
                    "kind": one.kind,
                    "dimension": one.dimension,
                    "by": one.by,
                    "floor": one.floor,
                    "reached": round(one.reached, 6),
                    "sentence": one.sentence,
                }
                for one in self.held
            ],
        }


def _evidence_json(one: EvidenceChange) -> dict[str, Any]:
    return {
        "question": one.question,
        "points": {code: round(point, 6) for code, point in one.points.items()},
        "confidence": round(one.confidence, 6),
        "moves": dict(one.moves),
        "sentence": one.sentence,
    }


def sensitivity(scores: Scores) -> Sensitivity:
    """Pairs of answers, evidence and what holds each headline level.

    A level is the worst of its dimensions, so it falls only when every dimension in its band falls.
    """
    views = [_View(scores, headline) for headline in (scores.rights, scores.stewardship) if headline is not None]
    pairs: list[PairChange] = []
    held: list[Held] = []
    for view in views:
        for end in ("best", "worst"):
            if not any(view.after([item], end) != view.now for item in view.items):
                found = list(view.pairs(end))
                pairs += found[:SHOWN]
                if end == "best" and not found:
                    held += view.held()
    claimed = [item for item in scores.items if item.kind == "mitigation" and item.value]
    proven = [item for item in claimed if _proven(scores, item) != item]
    each = sorted(
        (_evidence(scores, [item], item.question) for item in proven),
        key=lambda one: (-len(one.moves), -one.confidence, sum(one.points.values()), one.question),
    )
    everything = _evidence(scores, proven, "") if len(proven) > 1 else None
    return Sensitivity(tuple(pairs), tuple(each[:SHOWN]), everything, tuple(held))


class _View:
    """The dimensions of one headline level as products, so that thousands of pairs are worked out at once."""

    def __init__(self, scores: Scores, headline: Headline) -> None:
        pack = scores.answered.pack
        self.pack, self.kind, self.order = pack, headline.dimension.level, list(pack.head.bands)
        self.parts = [part for part in scores.dimensions if part.dimension.level == self.kind]
        self.now = self.order.index(headline.band)
        codes = {part.dimension.code for part in self.parts}
        self.items = [item for item in scores.items if codes & set(item.weights)]
        self.left = {part.dimension.code: _products(self.items, part.dimension.code, pack) for part in self.parts}

    def after(self, changed: Sequence[Item], end: End) -> int:
        """The index of the level's band once these answers are at one end."""
        return max(self._band(part, changed, end) for part in self.parts)

    def _band(self, part: DimensionScore, changed: Sequence[Item], end: End) -> int:
        if part.judged_band is not None:  # the assessor's own judgement stands, whatever the answers
            return self.order.index(part.judged_band)
        code = part.dimension.code
        risk, safe = self.left[code]
        for item in changed:
            weight = item.weights.get(code)
            if weight is None:
                continue
            now, then = _share(item, self.pack), float((item.kind == "mitigation") == (end == "best"))
            ratio = (1 - weight * then) / (1 - weight * now)  # a weight is at most 0.30, so never a division by 0
            risk, safe = (risk * ratio, safe) if item.kind == "risk" else (risk, safe * ratio)
        floor = part.floor.floor if part.floor is not None else 0.0
        return self.order.index(self.pack.band(residual(1 - risk, 1 - safe, cap=part.cap, floor=floor)))

    def pairs(self, end: End) -> Iterator[PairChange]:
        """Pairs that move the level, furthest first."""
        at_level = [part for part in self.parts if self.order.index(part.level_band) == self.now]
        codes = {part.dimension.code for part in (at_level if end == "best" else self.parts)}
        candidates = [item for item in self.items if codes & set(item.weights) and _moves(item, self.pack, end)]
        found = []
        if not self._possible(candidates, at_level if end == "best" else self.parts, end):
            return
        for one, other in combinations(candidates, 2):
            # The first dimension that stays in its band settles it for a fall: no need to look at the others.
            if end == "best" and any(self._band(part, (one, other), end) >= self.now for part in at_level):
                continue
            then = self.after((one, other), end)
            if then != self.now:
                found.append((abs(then - self.now), one.question, other.question, then))
        weights = {item.question: sum(item.weights.values()) for item in candidates}
        for _, one_, other_, then in sorted(found, key=lambda f: (-f[0], -weights[f[1]] - weights[f[2]], f[1], f[2])):
            before, after = self.order[self.now], self.order[then]
            said = f"both at their {end}: the {self.kind} level would be {after.label} instead of {before.label}"
            yield PairChange((one_, other_), end, self.kind, before.code, after.code, said)

    def _possible(self, candidates: Sequence[Item], parts: Sequence[DimensionScore], end: End) -> bool:
        """Whether the two that move a dimension most would do: for every dimension to fall, for one to rise."""

        def far_enough(part: DimensionScore) -> bool:
            code = part.dimension.code
            mine = sorted(
                (item for item in candidates if code in item.weights), key=lambda item: -self._ratio(item, code, end)
            )
            # The residual is not a product of both kinds, so the two furthest of each kind are tried together.
            first = [item for kind in ("risk", "mitigation") for item in [one for one in mine if one.kind == kind][:2]]
            bands = [self._band(part, pair, end) for pair in combinations(first, 2)]
            return any(band < self.now if end == "best" else band > self.now for band in bands)

        return (all if end == "best" else any)(far_enough(part) for part in parts)

    def _ratio(self, item: Item, code: str, end: End) -> float:
        """How far an answer moves the product it stands in, 1 for not at all."""
        now, then = _share(item, self.pack), float((item.kind == "mitigation") == (end == "best"))
        ratio = (1 - item.weights[code] * then) / (1 - item.weights[code] * now)
        return max(ratio, 1 / ratio)

    def held(self) -> Iterator[Held]:
        """Which dimensions keep the level where it is."""
        for part in self.parts:
            if self.order.index(part.level_band) != self.now or self.now == 0:
                continue
            code = part.dimension.code
            if part.judgement is not None:
                said = (
                    f"{part.dimension.label} stays {part.level_band.label}: the assessor’s own judgement of it stands"
                )
                yield Held(self.kind, code, "judgement", "", part.judgement.point, said)
                continue
            least = 1.0
            for item in self.items:
                if item.kind == "mitigation" and code in item.weights:
                    least *= 1 - item.weights[code]
            floor = part.floor.floor if part.floor is not None else 0.0
            reached = residual(1 - self.left[code][0], 1 - least, cap=part.cap, floor=floor)
            stays = f"{part.dimension.label} stays {part.band.label}"
            full = f"every safeguard in full, with full evidence, would leave {reached:.1f}"
            if part.floor is not None and self.order.index(self.pack.band(part.floor.floor)) == self.now:
                said = f"{stays}: {part.floor.id} ({part.floor.text}) holds it at {part.floor.floor:g} or above"
                yield Held(self.kind, code, "floor", part.floor.id, reached, said)
            elif self.order.index(self.pack.band(reached)) == self.now:
                said = f"{stays}: even {full}, since safeguards may take off at most {part.cap:.0%}"
                yield Held(self.kind, code, "cap", "", reached, said)
            else:
                said = f"{stays}: no two answers bring the level down; {full}"
                yield Held(self.kind, code, "many", "", reached, said)


def _products(items: Sequence[Item], code: str, pack: Pack) -> tuple[float, float]:
    risk = safe = 1.0
    for item in items:
        if code in item.weights:
            factor = 1 - item.weights[code] * _share(item, pack)
            risk, safe = (risk * factor, safe) if item.kind == "risk" else (risk, safe * factor)
    return risk, safe


def _share(item: Item, pack: Pack) -> float:
    gap = pack.head.defaults.unanswered
    if item.kind == "risk":
        return gap.severity if item.value is None else item.value
    return gap.strength if item.value is None else item.value * item.factor


def _moves(item: Item, pack: Pack, end: End) -> bool:
    return _share(item, pack) != float((item.kind == "mitigation") == (end == "best"))


def _proven(scores: Scores, item: Item) -> Item:
    """The same safeguard with evidence that is verified and of this day; what a check or another answer takes stays."""
    credit = scores.credits[item.question]
    return replace(item, evidence=1.0, factor=credit.contradiction)


def _evidence(scores: Scores, changed: Sequence[Item], question: str) -> EvidenceChange:
    pack, names = scores.answered.pack, {item.question for item in changed}
    items = [_proven(scores, item) if item.question in names else item for item in scores.items]
    failed = [check for check, verdict in scores.verdicts.items() if verdict == "contradicted"]
    sure, _ = confidence(
        scores.completeness, evidenced(items), verified(items), rule=pack.scoring.confidence, contradicted=failed
    )
    points = {part.dimension.code: _point(scores, items, part.dimension) for part in scores.dimensions}
    moves: dict[str, str] = {}
    shown: dict[str, float] = {}
    told: list[str] = []
    for headline in (scores.rights, scores.stewardship):
        if headline is None:
            continue
        code = headline.dimension.code
        mine = [part.dimension for part in scores.dimensions if part.dimension.level == headline.dimension.level]
        own = {part.dimension.code: part.judgement for part in scores.dimensions}
        levels = [points[part.code] if (one := own[part.code]) is None else one.point for part in mine]
        then = pack.band(max(levels))
        shown[code] = points[code]
        now = next(part.figures.point for part in scores.dimensions if part.dimension.code == code)
        if abs(now - points[code]) >= 0.05:
            told.append(f"{headline.dimension.label} {now:.1f} to {points[code]:.1f}")
        if then != headline.band:
            moves[headline.dimension.level] = then.code
            told.append(f"the {headline.dimension.level} level {headline.band.label} to {then.label}")
    told.append(f"confidence {scores.confidence:.1f} to {sure:.1f}")
    sentence = "; ".join([*told, *([] if moves else ["no level moves"])])
    return EvidenceChange(question, shown, sure, moves, sentence)


def _point(scores: Scores, items: Sequence[Item], dimension: Dimension) -> float:
    part = next(one for one in scores.dimensions if one.dimension == dimension)
    floor = part.floor.floor if part.floor is not None else 0.0
    defaults = scores.answered.pack.head.defaults
    return figures(items, dimension=dimension.code, cap=part.cap, floor=floor, defaults=defaults).point
