"""Worked examples of a pack: severities and strengths given directly, and the figures they must give.

In: an example file and its pack. Out: a fault for each figure that is off.
Tests the arithmetic and the weights; conditions and answers are not used, because severities are given directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from impact.errors import Fault
from impact.questionnaire.arithmetic import (
    Figures,
    Item,
    completeness,
    confidence,
    evidenced,
    figures,
    index,
    verified,
)
from impact.questionnaire.checks_scoring import meant
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Many, Part, Share, Text
from impact.questionnaire.short import escalated
from impact.yamlfile import Located

__all__ = ["Example", "example_faults", "items_of"]

TOLERANCE = 0.011  # figures are given to two decimals, so half a unit of the last place and a little for its rounding
SHARE_TOLERANCE = 0.00011


class Headline(Part):
    level: str
    dimension: str


class Expected(Part):
    inherent: dict[str, float]
    mitigation: dict[str, float]
    point: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    rights_level: Headline
    stewardship_level: Headline
    index: float
    completeness: float
    evidenced: float
    verified: float
    confidence: float
    scored: int
    use_full_form: Many[str] | None = None  # of a short form: questions whose severity sends to the full form


class Example(Part):
    """The file of one worked example."""

    id: Text
    title: Text
    drawn_from: Text
    note: Text | None = None
    ticked: dict[str, Many[str]] = Field(default_factory=dict)
    severity: dict[str, Share]
    mitigation: dict[str, Annotated[tuple[Share, Share], Field(strict=False)]]
    not_applicable: Many[str] = ()
    floors: Many[str] = ()
    expected: Expected


def items_of(pack: Pack, example: Example) -> list[Item]:
    """Every counted question of an example: the core and its modules, without those left out by hand."""
    found = []
    ticked = {name: list(codes) for name, codes in example.ticked.items()}
    for question in pack.questions.values():
        section = pack.section_of[question.id]
        if question.kind is None or question.id in example.not_applicable:
            continue
        if section.visible_if and pack.conditions["section", section.id].decide(ticked) is not True:
            continue  # off, or still waiting for an answer that the example does not give
        if question.kind == "risk":
            found.append(Item(question.id, "risk", question.risk, example.severity.get(question.id)))
        else:
            strength, evidence = example.mitigation.get(question.id, (None, 0.0))
            found.append(Item(question.id, "mitigation", question.mitigation, strength, evidence, evidence))
    return found


def example_faults(pack: Pack, located: Located, *, figures: bool = True) -> list[Fault]:
    """Faults of one example file: its form, ids the pack lacks, and Q032 for each figure that comes out differently.

    Args:
        pack: The pack.
        located: The example.
        figures: Work it. Without, only form and ids are judged: the figures of a pack that has faults say nothing.
    """
    from impact.questionnaire.load import read_model

    example, faults = read_model(located, Example)
    if example is None:
        return faults
    stray = list(_stray(pack, example, located))
    return stray if stray or not figures else list(_off(pack, example, located))


def _off(pack: Pack, example: Example, located: Located) -> Iterator[Fault]:
    for loc, wanted, got in _differences(pack, example):
        where, remedy = located.place_of(("expected", *loc)), "Correct the one or the other"
        yield Fault(where, f"{'.'.join(loc)} is {got}", f"{wanted}", remedy, "Q032")


def _stray(pack: Pack, example: Example, located: Located) -> Iterator[Fault]:
    kinds: tuple[tuple[Literal["severity", "mitigation"], str], ...] = (
        ("severity", "risk"),
        ("mitigation", "mitigation"),
    )
    for block, kind in kinds:
        for name in getattr(example, block):
            question = pack.questions.get(name)
            if question is None or question.kind != kind:
                yield Fault(
                    located.place_of((block, name), key=True),
                    f"“{name}” is not a {kind} question",
                    "",
                    meant(name, [one.id for one in pack.questions.values() if one.kind == kind], "Correct the id"),
                    "Q030",
                )
    known = {floor.id for floor in pack.scoring.floors}
    for number, name in enumerate(example.floors):
        if name not in known:
            remedy = meant(name, known, "Correct the id")
            yield Fault(located.place_of(("floors", number)), f"no floor “{name}”", "", remedy, "Q030")
    for name in (*example.ticked, *example.not_applicable):
        if name not in pack.questions:
            at: tuple[str | int, ...] = ("ticked", name)
            if name not in example.ticked:
                at = ("not_applicable", example.not_applicable.index(name))
            where = located.place_of(at, key=name in example.ticked)
            yield Fault(where, f"no question “{name}”", "", meant(name, pack.questions, "Correct the id"), "Q030")
    dimensions = [dimension.code for dimension in pack.dimensions]
    for figure in ("inherent", "mitigation", "point", "low", "high"):
        for code in getattr(example.expected, figure):
            if code not in dimensions:
                where = located.place_of(("expected", figure, code), key=True)
                yield Fault(where, f"“{code}” is not a dimension", "", meant(code, dimensions), "Q028")


def _differences(pack: Pack, example: Example) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    items, expected = items_of(pack, example), example.expected
    floors = [floor for floor in pack.scoring.floors if floor.id in example.floors]
    found: dict[str, Figures] = {}
    for dimension in pack.dimensions:
        code = dimension.code
        floor = max((floor.floor for floor in floors if floor.dimension == code), default=0.0)
        found[code] = figures(
            items, dimension=code, cap=pack.scoring.caps[code], floor=floor, defaults=pack.head.defaults
        )
    for name in ("inherent", "mitigation", "point", "low", "high"):
        near = SHARE_TOLERANCE if name == "mitigation" else TOLERANCE
        for code, wanted in getattr(expected, name).items():
            got = getattr(found[code], name)
            if abs(got - wanted) > near:
                yield (name, code), wanted, round(got, 4)
    for name, kind in (("rights_level", "rights"), ("stewardship_level", "stewardship")):
        worst = max((part.code for part in pack.dimensions if part.level == kind), key=lambda code: found[code].point)
        got_level = (pack.band(found[worst].point).code, worst)
        headline = getattr(expected, name)
        if got_level != (headline.level, headline.dimension):
            yield (name,), f"{headline.level} ({headline.dimension})", f"{got_level[0]} ({got_level[1]})"
    complete, proof, known = completeness(items, pack.scoring.completeness), verified(items), evidenced(items)
    sure, _ = confidence(complete, known, proof, rule=pack.scoring.confidence)
    if expected.use_full_form is not None:
        high = sorted(name for name, _ in escalated(pack, items, ()).severities)
        if high != sorted(expected.use_full_form):
            yield ("use_full_form",), ", ".join(sorted(expected.use_full_form)), ", ".join(high)
    single = {
        "index": (index(part.point for part in found.values()), TOLERANCE),
        "completeness": (complete, SHARE_TOLERANCE),
        "evidenced": (known, SHARE_TOLERANCE),
        "verified": (proof, SHARE_TOLERANCE),
        "confidence": (sure, TOLERANCE),
        "scored": (len(items), 0),
    }
    for name, (got, near) in single.items():
        if abs(got - getattr(expected, name)) > near:
            yield (name,), getattr(expected, name), round(got, 4)
