"""The outcome ladder: the first rung that applies, with every reason for it.

In: rulings, bands and completeness. Out: a rung of the pack's ladder and sentences.
Never says that a system may lawfully be used: a rung is what this assessment supports, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impact.questionnaire.pack import Dimension, Pack
from impact.questionnaire.question import Band
from impact.questionnaire.rulebook import Outcome
from impact.questionnaire.rules import FlagRuling, StopRuling

__all__ = ["Decided", "decide_outcome"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A rung and why it applies; the lowest rung needs no reason."""

    outcome: Outcome
    reasons: tuple[str, ...]


def decide_outcome(
    pack: Pack,
    *,
    stops: Sequence[StopRuling],
    flags: Sequence[FlagRuling],
    completeness: float,
    contradicted: Sequence[str],
    bands: Sequence[tuple[Dimension, Band]],
    full_form: Sequence[str] = (),
) -> Decided:
    """The first rung of ``pack.scoring.outcomes`` that applies.

    Args:
        pack: The pack.
        stops, flags: Rulings.
        completeness: 0 to 1.
        contradicted: Checks whose verdict is contradicted.
        bands: Each dimension with its band.
        full_form: What sends a short form's assessment to the full form.
    """
    order = list(pack.head.bands)
    for rung in pack.scoring.outcomes:
        reasons = [
            f"{one.stop.id} {one.stop.text}"
            for one in stops
            if one.state == "fired" and one.stop.kind in rung.stops_fired
        ]
        if rung.stops_unresolved:
            reasons += [
                f"{one.stop.id} unresolved: {one.stop.text}; waits for {', '.join(one.missing)}"
                for one in stops
                if one.state == "unresolved"
            ]
        if rung.completeness_under is not None and completeness < rung.completeness_under:
            # Rounded down, so that 89.96% is never shown as the 90% it falls short of.
            shown = int(completeness * 1000 + 1e-9) / 10
            reasons.append(f"Answers cover {shown:g}% of the questions by weight, under {rung.completeness_under:.0%}")
        reasons += [f"{check} contradicted by the log" for check in rung.contradicted if check in contradicted]
        if rung.band_at_least is not None:
            least = next(number for number, band in enumerate(order) if band.code == rung.band_at_least)
            reasons += [f"{part.label} is {band.label}" for part, band in bands if order.index(band) >= least]
        if rung.red_flag:
            reasons += [f"{flag.id} {flag.text}" for flag in flags if flag.ruling.state == "fired"]
        if rung.full_form:
            reasons += full_form
        if reasons or _always(rung):
            return Decided(rung, tuple(reasons))
    last = pack.scoring.outcomes[-1]
    return Decided(last, ())


def _always(rung: Outcome) -> bool:
    either = (
        rung.stops_fired,
        rung.stops_unresolved,
        rung.contradicted,
        rung.band_at_least,
        rung.red_flag,
        rung.full_form,
    )
    return not any(either) and rung.completeness_under is None
