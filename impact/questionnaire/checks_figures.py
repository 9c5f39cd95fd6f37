"""What a pack says of a figure that nothing would ever use: values without a score, credit without a safeguard.

In: a pack and where its parts stand. Out: faults Q040 and Q041. An author who writes a figure means it to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from impact.errors import Fault
from impact.questionnaire.files import Files
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Band, Choice, Question

__all__ = ["figure_faults"]


def figure_faults(pack: Pack, files: Files) -> Iterator[Fault]:
    """Q040 a figure or form that has no effect; Q041 the ladder of outcomes or demands is not whole."""
    for index, section in enumerate(pack.sections):
        for number, question in enumerate(section.questions):
            for at, found, remedy in _idle(question):
                where = files.sections[index].place_of(("questions", number, *at), key=at[-1] != "value")
                yield Fault(where, found, "", remedy, "Q040")
    yield from _ladder(pack, files)


def _idle(question: Question) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Parts of a question that nothing reads: where, what, what to do."""
    name, kind = question.id, question.type
    both: tuple[tuple[str, Sequence[Choice | Band]], ...] = (("choices", question.choices), ("bands", question.bands))
    for block, parts in both:
        for index, part in enumerate(parts):
            if part.value is not None and question.kind is None:
                said = f"“{part.code}” has a value, and {name} has no weights"
                yield (block, index, "value"), said, "Add risk or mitigation, or remove the value"
    counted = question.aggregate is not None and question.aggregate.rule != "max"
    for index, choice in enumerate(question.choices if counted and question.kind else ()):
        if choice.value is not None:
            said = f"“{choice.code}” has a value, and ticks of {name} are counted"
            yield ("choices", index, "value"), said, "Remove the value, or the aggregate"
    if question.choices and question.bands:
        yield ("bands",), f"{name} has choices and bands", "Remove one: the bands would stand"
    if question.choices and kind in ("number", "money", "date"):
        yield ("choices",), f"{name} is a {kind} and has choices", "Write bands, or change the type"
    if question.columns and kind != "table":
        yield ("columns",), f"{name} is no table and has columns", "Remove them, or change the type"
    if question.freshness is not None and question.kind != "mitigation":
        yield ("freshness",), f"{name} is no safeguard, so nothing of it fades", "Remove it"
    if question.freshness is not None and question.freshness.none_months <= question.freshness.full_months:
        yield ("freshness",), "credit would end before it begins to fade", "Make none_months the larger"
    if question.band_on is not None and not question.bands:
        yield ("band_on",), f"{name} has no bands", "Add them, or remove band_on"
    if question.whole and kind != "number":
        yield ("whole",), f"{name} is no number", "Remove it, or change the type"


def _ladder(pack: Pack, files: Files) -> Iterator[Fault]:
    scoring = pack.scoring
    for index, rung in enumerate(scoring.outcomes):
        asks = (rung.stops_fired, rung.stops_unresolved, rung.contradicted, rung.band_at_least, rung.red_flag)
        always = not any(asks) and rung.completeness_under is None
        where, last = files.scoring.place_of(("outcomes", index)), index == len(scoring.outcomes) - 1
        if always and not last:
            yield Fault(where, f"“{rung.code}” always applies", "", "Move it to the end: nothing below counts", "Q041")
        elif last and not always:
            found = f"the last outcome, “{rung.code}”, has a condition"
            yield Fault(where, found, "one that always applies", "Add one without a condition", "Q041")
    kinds = {stop.kind for stop in scoring.hard_stops}
    for kind in sorted(kinds - {kind for rung in scoring.outcomes for kind in rung.stops_fired}):
        index = next(number for number, stop in enumerate(scoring.hard_stops) if stop.kind == kind)
        where = files.scoring.place_of(("hard_stops", index, "kind"))
        found = f"no outcome has “{kind}” in stops_fired, so that this stop would stop nothing"
        yield Fault(where, found, "", "Add it to an outcome", "Q041")
    levels = [demand.level for demand in scoring.demands]
    for band in pack.head.bands if levels else ():
        if band.code not in levels:
            where = files.scoring.place_of(("demands",), key=True)
            yield Fault(where, f"no demand for level “{band.code}”", "one for each band", "Add it", "Q041")
    whole = scoring.confidence.completeness + scoring.confidence.evidenced + scoring.confidence.verified
    if abs(whole - 1) > 1e-9:
        where = files.scoring.place_of(("confidence",), key=True)
        yield Fault(where, f"the three shares of confidence add up to {whole:g}", "1", "Correct them", "Q041")
    if scoring.freshness.none_months <= scoring.freshness.full_months:
        where = files.scoring.place_of(("freshness",), key=True)
        yield Fault(where, "credit would end before it begins to fade", "", "Make none_months the larger", "Q041")
