"""What moves a dimension most, and which single answer would change its level.

In: counted questions with their values. Out: drivers in points, and changes of band.
Points are not additive: each is what the dimension would change by if that one answer were otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from impact.questionnaire.arithmetic import Item, figures
from impact.questionnaire.evaluate import QuestionState
from impact.questionnaire.labels import answer_labels
from impact.questionnaire.pack import Dimension, Pack
from impact.questionnaire.question import Band
from impact.questionnaire.rulebook import Floor

__all__ = ["Change", "Driver", "changes_of", "drivers_of"]

SHOWN = 10  # drivers kept for each dimension and direction


@dataclass(frozen=True, slots=True)
class Driver:
    """One answer and the points it adds to, or takes off, a dimension's residual before its floor."""

    question: str
    effect: Literal["raises", "lowers"]
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One answer which, at its best or worst, moves the band of a headline dimension from ``before`` to ``after``.

    ``level`` is the headline level then: another dimension may hold it where it is, and ``change`` says so.
    """

    question: str
    text: str
    dimension: str
    before: str
    after: str
    change: str
    level: str


def drivers_of(
    pack: Pack, items: Sequence[Item], code: str, *, states: Mapping[str, QuestionState]
) -> tuple[Driver, ...]:
    """The answers that raise a dimension most, then those that lower it most, strongest first."""
    mine = [item for item in items if code in item.weights]
    whole = _point(pack, mine, code, 0.0)
    raising, lowering = [], []
    for position, item in enumerate(mine):
        if item.kind == "risk":
            moved = whole - _point(pack, _with(mine, position, value=0.0), code, 0.0)
            raising.append(Driver(item.question, "raises", moved, _said(pack, item, states)))
        else:
            moved = _point(pack, _with(mine, position, value=0.0, factor=0.0), code, 0.0) - whole
            lowering.append(Driver(item.question, "lowers", moved, _said(pack, item, states)))
    found = []
    for side in (raising, lowering):
        found += sorted((one for one in side if one.points > 0), key=lambda one: (-one.points, one.question))[:SHOWN]
    return tuple(found)


def changes_of(
    pack: Pack,
    items: Sequence[Item],
    *,
    floors: Sequence[Floor],
    dimensions: Sequence[Dimension],
    judged: Mapping[str, float] | None = None,
) -> tuple[Change, ...]:
    """Single answers whose best or worst value moves a headline dimension into another band, everything else equal.

    The best of a risk answer is severity 0, of a safeguard full strength with full evidence; the worst is the reverse.
    ``judged`` is the assessor's own point of a dimension, which no answer moves.
    Floors are kept as they stand: an answer that would lift a floor is a changed fact, not a better safeguard.
    """
    found = []
    for dimension in dimensions:
        code = dimension.code
        mine = [item for item in items if code in item.weights]
        floor = max((one.floor for one in floors if one.dimension == code), default=0.0)
        now = _point(pack, mine, code, floor)
        before = pack.band(now)
        for position, item in enumerate(mine):
            for end in ("best", "worst"):
                value = float((item.kind == "mitigation") == (end == "best"))
                then = _point(pack, _with(mine, position, value=value, factor=1.0), code, floor)
                after = pack.band(then)
                if after.code != before.code:
                    verb = "fall" if then < now else "rise"
                    said = (
                        f"At its {end}, {dimension.label} would {verb} from {_shown(pack, now)} to {_shown(pack, then)}"
                    )
                    text = pack.questions[item.question].text
                    changed = replace(item, value=value, factor=1.0)
                    level, holder = _level(
                        pack, [changed if one is item else one for one in items], floors, dimension, judged or {}
                    )
                    if level == before and holder != dimension:
                        said += f"; the level stays {level.label}: {holder.label} holds it there"
                    found.append(Change(item.question, text, code, before.code, after.code, said, level.code))
    return tuple(found)


def _level(
    pack: Pack, items: Sequence[Item], floors: Sequence[Floor], dimension: Dimension, judged: Mapping[str, float]
) -> tuple[Band, Dimension]:
    """The headline level of a dimension's kind, and the dimension that sets it."""
    points = {
        part: _point(
            pack, _mine(items, part.code), part.code,
            max((one.floor for one in floors if one.dimension == part.code), default=0.0),
        )
        for part in pack.dimensions
        if part.level == dimension.level
    }  # fmt: skip
    points |= {part: judged[part.code] for part in points if part.code in judged}
    worst = max(points, key=lambda part: points[part])
    return pack.band(points[worst]), worst


def _mine(items: Sequence[Item], code: str) -> list[Item]:
    return [item for item in items if code in item.weights]


def _shown(pack: Pack, figure: float) -> str:
    """A figure with as few decimals as keep it in its band: 74.997 is not shown as the 75.0 it falls short of."""
    places = next((n for n in range(1, 9) if pack.band(round(figure, n)) == pack.band(figure)), 9)
    return f"{figure:.{places}f}"


def _with(items: Sequence[Item], position: int, *, value: float, factor: float = 0.0) -> list[Item]:
    changed = list(items)
    changed[position] = replace(items[position], value=value, factor=factor)
    return changed


def _point(pack: Pack, items: Sequence[Item], code: str, floor: float) -> float:
    cap = pack.scoring.caps[code]
    return figures(items, dimension=code, cap=cap, floor=floor, defaults=pack.head.defaults).point


def _said(pack: Pack, item: Item, states: Mapping[str, QuestionState]) -> str:
    state = states[item.question]
    if item.value is None:
        gap = pack.head.defaults.unanswered
        return f"not answered: counted as {gap.severity if item.kind == 'risk' else gap.strength:g}"
    if state.answer is not None and state.answer.judged is not None:
        return f"judged {item.value:g}: {state.answer.judged.reason}"
    return ", ".join(answer_labels(state.question, state.answer, band=state.band)) or "none ticked"
