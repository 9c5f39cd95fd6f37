"""How much of the difference between two assessments is changed facts, and how much is safeguards and their evidence.

In: the scores of the earlier and of the later assessment. Out: ``Split``, four figures for each dimension.
Knows no single answer: which answers differ is for others to list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.errors import AnswerError, Fault
from impact.questionnaire.arithmetic import Item, figures
from impact.questionnaire.pack import Dimension, Pack
from impact.questionnaire.question import Band
from impact.questionnaire.rulebook import Floor

if TYPE_CHECKING:
    from impact.questionnaire.score import Scores

__all__ = ["DimensionSplit", "Facts", "HeadlineSplit", "Split", "split", "split_facts"]

WAYS = ("before", "facts_only", "evidence_only", "after")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the formulae need of one assessment: its counted questions, and the floors that apply."""

    items: tuple[Item, ...]
    floors: tuple[Floor, ...]


@dataclass(frozen=True, slots=True)
class DimensionSplit:
    """One dimension's residual point, 0 to 100, in four ways.

    Attributes:
        dimension: Which.
        before, after: As the two assessments give it.
        facts_only: New risk answers and floors, with the safeguards and evidence of before.
        evidence_only: Risk answers and floors of before, with the new safeguards and evidence.
    """

    dimension: Dimension
    before: float
    facts_only: float
    evidence_only: float
    after: float

    @property
    def moved(self) -> float:
        """Points between the two assessments; negative where the later one is lower."""
        return self.after - self.before

    @property
    def facts(self) -> tuple[float, float]:
        """Points that changed facts account for: counted first, and counted last. The two differ where both matter."""
        return self.facts_only - self.before, self.after - self.evidence_only

    @property
    def evidence(self) -> tuple[float, float]:
        """Points that safeguards and evidence account for: counted first, and counted last.

        The first of one goes with the last of the other: ``facts[0] + evidence[1] == moved``.
        """
        return self.evidence_only - self.before, self.after - self.facts_only


@dataclass(frozen=True, slots=True)
class HeadlineSplit:
    """A headline level in the four ways: its band and the dimension that sets it."""

    kind: str
    before: tuple[Band, Dimension]
    facts_only: tuple[Band, Dimension]
    evidence_only: tuple[Band, Dimension]
    after: tuple[Band, Dimension]


@dataclass(frozen=True, slots=True)
class Split:
    """Every dimension, in the order of the pack, and the headline levels that the pack has."""

    dimensions: tuple[DimensionSplit, ...]
    headlines: tuple[HeadlineSplit, ...]

    def sentences(self) -> tuple[str, ...]:
        """One sentence for each dimension that moved, largest move first.

        Where both facts and evidence matter, what the one takes off is no longer there for the other to take off; so
        each has two figures, and both are told rather than an average of them.
        """
        moved = sorted((one for one in self.dimensions if abs(one.moved) >= 0.05), key=lambda one: -abs(one.moved))
        return tuple(_sentence(one) for one in moved)

    def to_json(self) -> dict[str, Any]:
        """Plain data: points with six decimals, levels by code."""
        return {
            "dimensions": [
                {
                    "code": one.dimension.code,
                    **{way: round(getattr(one, way), 6) for way in WAYS},
                    "moved": round(one.moved, 6),
                    "facts": [round(part, 6) for part in one.facts],
                    "evidence": [round(part, 6) for part in one.evidence],
                }
                for one in self.dimensions
            ],
            "headlines": [
                {
                    "kind": one.kind,
                    **{
                        way: {"level": getattr(one, way)[0].code, "dimension": getattr(one, way)[1].code}
                        for way in WAYS
                    },
                }
                for one in self.headlines
            ],
            "sentences": list(self.sentences()),
        }


def split(before: Scores, after: Scores) -> Split:
    """Split the difference between two scored assessments of the same pack.

    Facts are the risk answers, whether a question applies, and the floors. Evidence is everything about safeguards:
    whether they are claimed, what they rest on, how old that is, and what a check says. A risk that nobody had answered
    before and somebody answers now counts as a changed fact: the figure moves from its default to the answer.

    Raises:
        AnswerError: A140, the two were scored with different packs or versions; score one of them again.
    """
    one, other = before.answered.pack, after.answered.pack
    if (one.id, one.version) != (other.id, other.version):
        raise AnswerError(
            Fault(
                "earlier assessment",
                f"it was scored with {one.id} {one.version}, and the later one with {other.id} {other.version}",
                "the same pack and version",
                "Score both with one of them: changed rules are neither facts nor evidence",
                "A140",
            )
        )
    return split_facts(other, _facts(before), _facts(after))


def split_facts(pack: Pack, before: Facts, after: Facts) -> Split:
    """The same from counted questions, for the worked examples of a pack and for tests."""
    ways: Mapping[str, tuple[Sequence[Item], Sequence[Floor]]] = {
        "before": (before.items, before.floors),
        "facts_only": ([*_only(after, "risk"), *_only(before, "mitigation")], after.floors),
        "evidence_only": ([*_only(before, "risk"), *_only(after, "mitigation")], before.floors),
        "after": (after.items, after.floors),
    }
    points = {way: _points(pack, items, floors) for way, (items, floors) in ways.items()}
    kinds = dict.fromkeys(dimension.level for dimension in pack.dimensions)
    return Split(
        tuple(DimensionSplit(part, *(points[way][part.code] for way in WAYS)) for part in pack.dimensions),
        tuple(HeadlineSplit(kind, *(_worst(pack, points[way], kind) for way in WAYS)) for kind in kinds),
    )


def _facts(scores: Scores) -> Facts:
    return Facts(scores.items, tuple(floor for floor, ruling in scores.floors if ruling.state == "fired"))


def _only(facts: Facts, kind: str) -> list[Item]:
    return [item for item in facts.items if item.kind == kind]


def _points(pack: Pack, items: Sequence[Item], floors: Sequence[Floor]) -> dict[str, float]:
    found = {}
    for part in pack.dimensions:
        floor = max((one.floor for one in floors if one.dimension == part.code), default=0.0)
        cap, defaults = pack.scoring.caps[part.code], pack.head.defaults
        found[part.code] = figures(items, dimension=part.code, cap=cap, floor=floor, defaults=defaults).point
    return found


def _worst(pack: Pack, points: Mapping[str, float], kind: str) -> tuple[Band, Dimension]:
    worst = max((part for part in pack.dimensions if part.level == kind), key=lambda part: points[part.code])
    return pack.band(points[worst.code]), worst


def _sentence(one: DimensionSplit) -> str:
    verb = "falls" if one.moved < 0 else "rises"
    return (
        f"{one.dimension.label} {verb} by {abs(one.moved):.1f} points, from {one.before:.1f} to {one.after:.1f}. "
        f"Changed facts alone would have given {one.facts_only:.1f}; "
        f"changed safeguards and evidence alone, {one.evidence_only:.1f}."
    )
