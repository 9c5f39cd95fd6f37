"""What a withheld answer could have been: other answers to the same question, to try what would then be different.

In: a pack, a question, its entry in the record. Out: entries as an assessment file holds them. Decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.question import Question

__all__ = ["named_in", "other_answers"]

_STATES = ("not_known", "refused", "not_applicable")
# Numbers on both sides of what a rule is likely to ask for; the edges of the question's own bands are added.
_NUMBERS = (0, 1, 20, 50, 100, 1e3, 1e5, 1e6, 1e7, 1e9)
_DAYS = ("1990-01-01", "2015-01-01", "2100-01-01", "none")
_NAME = re.compile(r"[A-Za-z]\w*")


def other_answers(question: Question, entry: Any, *, day: str) -> Iterator[Any]:
    """Entries that somebody might suppose behind a bar, None for no answer.

    Args:
        question: Of the pack.
        entry: The entry that is withheld, as in the record; None where nobody has answered.
        day: Date of the assessment: evidence of this day earns most.

    Each value comes with the evidence that was given, with the best there could be, and with none.
    """
    yield None
    for state in _STATES:
        yield {"status": state, **({} if state == "not_known" else {"reason": "not said"})}
    held = entry.get("evidence") if isinstance(entry, Mapping) else None
    best = [{"url": "https://example.org/", "date": day, "published": True, "verified_by": "somebody"}]
    # Evidence moves nothing but the credit of a safeguard.
    evidence = [*([held] if held else []), best, []] if question.kind == "mitigation" else [[]]
    graded = {"text": "not said"} if question.type == "text" and question.choices else {}
    for value in _values(question):
        for cited in evidence:
            yield {"value": value, **graded, **({"evidence": cited} if cited else {})}
    if question.choices and question.type == "table":
        for judged in (0.0, 0.5, 1.0):
            for cited in evidence:
                told = {"judged": {"value": judged, "reason": "not said"}}
                yield {**told, **({"evidence": cited} if cited else {})}


def _values(question: Question) -> list[Any]:
    codes: list[Any] = ["yes", "no"] if question.type == "yesno" else [choice.code for choice in question.choices]
    if question.type == "multi":
        return [*([code] for code in codes), codes, []]
    if codes:
        return codes
    if question.type in ("number", "money"):
        edges = {edge for band in question.bands for edge in (band.ge, band.gt, band.le, band.lt) if edge is not None}
        around = chain.from_iterable((edge - 1, edge + 1) for edge in edges)
        return [number for number in sorted({*_NUMBERS, *around}) if number >= 0]
    if question.type == "date":
        return list(_DAYS)
    return ["not said"]


def named_in(pack: Pack | PointsPack, questions: set[str]) -> tuple[set[str], set[str], set[str]]:
    """Questions, sections and floors whose own conditions name one of these questions, by the letter of the rule."""

    def asks(condition: str | None) -> bool:
        return condition is not None and bool(questions & set(_NAME.findall(condition)))

    shown = {name for name, question in pack.questions.items() if asks(question.visible_if)}
    sections = {section.id for section in pack.sections if asks(section.visible_if)}
    scoring = getattr(pack, "scoring", None)
    floors = {floor.id for floor in getattr(scoring, "floors", ()) if asks(floor.when)}
    return shown, sections, floors
