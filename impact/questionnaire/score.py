"""Levels, stops, flags and confidence from an answered pack and the verdicts of log checks.

In: ``Answered`` and a verdict for each check that was made. Out: frozen ``Scores``, every figure with what drives it.
Reads no log and prints nothing; the formulae are arithmetic.py's and every number they use is the pack's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.errors import AnswerError, Fault
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
from impact.questionnaire.drivers import Change, Driver, changes_of, drivers_of
from impact.questionnaire.evaluate import Answered, QuestionState
from impact.questionnaire.judgements import Judgement, faults_of_lower
from impact.questionnaire.outcome import Decided, decide_outcome
from impact.questionnaire.pack import Dimension, Pack, Residual
from impact.questionnaire.question import Band
from impact.questionnaire.rulebook import Contradiction, Demand, Floor
from impact.questionnaire.rules import FlagRuling, Ruling, StopRuling, rule_on, rule_on_contradiction, rule_on_flags
from impact.questionnaire.short import Escalated, escalated

__all__ = ["Credit", "DimensionScore", "Headline", "Scores", "score"]

VERDICTS = ("supported", "contradicted", "not enough data", "not testable")


@dataclass(frozen=True, slots=True)
class Credit:
    """What a safeguard earns: strength x evidence x freshness x contradiction."""

    strength: float
    evidence: float
    freshness: float
    contradiction: float

    @property
    def credit(self) -> float:
        return self.strength * self.evidence * self.freshness * self.contradiction


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One dimension with its figures, the floor that applies to it, and what moves it most."""

    dimension: Dimension
    cap: float
    figures: Figures
    band: Band
    floor: Floor | None
    floor_binds: bool
    driven_by_unknowns: bool
    drivers: tuple[Driver, ...]
    judgement: Judgement | None = None
    judged_band: Band | None = None

    @property
    def level_band(self) -> Band:
        """The band that levels go by: the assessor's own where there is one; ``band`` is the worked-out one."""
        return self.judged_band or self.band


@dataclass(frozen=True, slots=True)
class Headline:
    """The worst dimension of a kind, never an average; by the assessor's own judgement where there is one."""

    dimension: Dimension
    band: Band


@dataclass(frozen=True)
class Scores:
    """Everything that is printed on the first pages, and what it rests on. Shares 0 to 1, scores 0 to 100.

    Attributes:
        answered: What was scored.
        verdicts: Check -> verdict; empty while claims are untested.
        items: Every counted question as the formulae saw it.
        credits: Question -> factors, for each safeguard that was answered.
        values: Question -> severity or strength used, after failed checks.
        dimensions: In the order of the pack.
        rights, stewardship: The two headline levels; None where a pack has no dimension of that kind.
        stops, flags, floors, contradictions: Each with its ruling.
        residuals: Figures that rules use, each without credit for the answers that would clear themselves.
        changes: Single answers whose best or worst value moves the band of a headline dimension.
        escalated: What sends a short form's assessment to the full form; empty for a full form.
    """

    answered: Answered
    verdicts: Mapping[str, str]
    items: tuple[Item, ...]
    credits: Mapping[str, Credit]
    values: Mapping[str, float]
    dimensions: tuple[DimensionScore, ...]
    rights: Headline | None
    stewardship: Headline | None
    index: float
    completeness: float
    evidenced: float
    verified: float
    confidence: float
    confidence_label: Band
    stops: tuple[StopRuling, ...]
    flags: tuple[FlagRuling, ...]
    floors: tuple[tuple[Floor, Ruling], ...]
    contradictions: tuple[tuple[Contradiction, Ruling], ...]
    changes: tuple[Change, ...]
    outcome: Decided
    demands: Demand | None
    escalated: Escalated
    residuals: Mapping[str, float]

    @property
    def incomplete(self) -> bool:
        """Every page is stamped, and the decision is held."""
        return self.completeness < self.answered.pack.scoring.completeness.incomplete_under

    @property
    def high_dimensions(self) -> int:
        """Dimensions at or above the band that the outcome ladder names: High, in the bundled pack."""
        pack = self.answered.pack
        codes = [band.code for band in pack.head.bands]
        least = [codes.index(rung.band_at_least) for rung in pack.scoring.outcomes if rung.band_at_least]
        return sum(codes.index(part.level_band.code) >= min(least, default=len(codes)) for part in self.dimensions)

    def to_json(self) -> dict[str, Any]:
        """The block ``scoring`` of docs/record.md."""
        from impact.questionnaire.blocks import scoring_block

        return scoring_block(self)


def score(
    answered: Answered,
    *,
    verdicts: Mapping[str, str] | None = None,
    judgements: Mapping[str, Judgement] | None = None,
) -> Scores:
    """Score an answered pack.

    Args:
        answered: From :func:`impact.questionnaire.evaluate.evaluate`.
        verdicts: Check id -> ``supported``, ``contradicted``, ``not enough data`` or ``not testable``. None or empty:
            every claim is untested. A failed check takes all credit from a safeguard, and counts a risk answer as
            at least the pack's ``failed_check_severity``.

    Raises:
        AnswerError: A040 a verdict that does not exist, A041 a check that no question names.
    """
    pack, checked = answered.pack, _verdicts(answered.pack, verdicts or {})
    contradictions = tuple((rule, rule_on_contradiction(answered, rule)) for rule in pack.scoring.contradictions)
    disputed = {name for rule, ruling in contradictions if ruling.state == "fired" for name in rule.between}
    counted = [state for state in answered.states.values() if state.counted]
    credits = {
        state.question.id: _credit(pack, state, state.value, checked, state.question.id in disputed)
        for state in counted
        if state.question.kind == "mitigation" and state.value is not None
    }
    items = tuple(_item(pack, state, credits, checked) for state in counted)
    floors = tuple(
        (floor, rule_on(answered, ("floor", floor.id), known=answered.known)) for floor in pack.scoring.floors
    )
    applied = [floor for floor, ruling in floors if ruling.state == "fired"]
    found = {part.code: _figures(pack, items, part.code, applied) for part in pack.dimensions}
    residuals = _residuals(pack, items, applied)
    known = {**answered.known, **residuals}
    stops, flags = rule_on_flags(answered, known=known)
    judged = judgements or {}
    low = {floor.dimension: max(f.floor for f in applied if f.dimension == floor.dimension) for floor in applied}
    lower = faults_of_lower(
        judged, {code: part.point for code, part in found.items()}, low, answered.context.assessment_date
    )
    if lower:
        raise AnswerError(lower)
    levels = {code: judged[code].point if code in judged else part.point for code, part in found.items()}
    headlines = {kind: _headline(pack, levels, kind) for kind in ("rights", "stewardship")}
    complete, proof, share = completeness(items, pack.scoring.completeness), verified(items), evidenced(items)
    failed = [check for check, verdict in checked.items() if verdict == "contradicted"]
    sure, label = confidence(complete, share, proof, rule=pack.scoring.confidence, contradicted=failed)
    dimensions = tuple(
        _dimension(answered, part, items, found, applied, judged.get(part.code)) for part in pack.dimensions
    )
    bands = pack.head.bands
    present = [headline for headline in headlines.values() if headline is not None]
    beyond = escalated(pack, items, stops)
    governing = max((headline.band for headline in present), key=bands.index)
    return Scores(
        answered=answered,
        verdicts=checked,
        items=items,
        credits=credits,
        values={item.question: item.value for item in items if item.value is not None},
        dimensions=dimensions,
        rights=headlines["rights"],
        stewardship=headlines["stewardship"],
        index=index(part.point for part in found.values()),
        completeness=complete,
        evidenced=share,
        verified=proof,
        confidence=sure,
        confidence_label=label,
        stops=tuple(stops),
        flags=tuple(flags),
        floors=floors,
        contradictions=contradictions,
        changes=changes_of(
            pack,
            items,
            floors=applied,
            dimensions=[headline.dimension for headline in present if headline.dimension.code not in judged],
            judged={code: one.point for code, one in judged.items()},
        ),
        outcome=decide_outcome(
            pack,
            stops=stops,
            flags=flags,
            completeness=complete,
            contradicted=failed,
            bands=[(part, pack.band(levels[part.code])) for part in pack.dimensions],
            full_form=beyond.reasons(pack),
        ),
        demands=next((demand for demand in pack.scoring.demands if demand.level == governing.code), None),
        escalated=beyond,
        residuals=residuals,
    )


def _verdicts(pack: Pack, verdicts: Mapping[str, str]) -> dict[str, str]:
    named = {check for question in pack.questions.values() for check in (*question.tested_by, *question.feeds)}
    named |= {cap.check for cap in pack.scoring.confidence.caps}
    named |= {check for outcome in pack.scoring.outcomes for check in outcome.contradicted}
    faults, found = [], {}
    for check, verdict in verdicts.items():
        spoken = verdict.replace("-", " ").replace("_", " ")
        if spoken not in VERDICTS:
            faults.append(Fault(check, f"“{verdict}” is not a verdict", ", ".join(VERDICTS), "Correct it", "A040"))
        if check not in named:
            faults.append(Fault(check, "no question of the pack names this check", "", "Remove it", "A041"))
        found[check] = spoken
    if faults:
        raise AnswerError(faults)
    return found


def _credit(pack: Pack, state: QuestionState, strength: float, verdicts: Mapping[str, str], disputed: bool) -> Credit:
    said = {verdicts[check] for check in state.question.tested_by if check in verdicts}
    rule, evidence, freshness = pack.scoring.contradiction, state.evidence, state.freshness
    if "supported" in said:  # the log itself bears the claim out, whatever papers are attached
        evidence, freshness = pack.scoring.evidence.verified, 1.0
    factor = 1.0
    if disputed:
        factor = min(factor, rule.by_an_answer)
    if "not enough data" in said:
        factor = min(factor, rule.not_enough_data)
    if "contradicted" in said:
        factor = min(factor, rule.contradicted)
    return Credit(strength, evidence, freshness, factor)


def _item(pack: Pack, state: QuestionState, credits: Mapping[str, Credit], verdicts: Mapping[str, str]) -> Item:
    question, value = state.question, state.value
    if question.kind == "mitigation":
        credit = credits.get(question.id)
        factor = credit.evidence * credit.freshness * credit.contradiction if credit else 0.0
        return Item(question.id, "mitigation", question.mitigation, value, credit.evidence if credit else 0.0, factor)
    if value is not None and any(verdicts.get(check) == "contradicted" for check in question.tested_by):
        value = max(value, pack.scoring.failed_check_severity)
    return Item(question.id, "risk", question.risk, value)


def _figures(pack: Pack, items: Sequence[Item], code: str, floors: Sequence[Floor]) -> Figures:
    floor = max((floor.floor for floor in floors if floor.dimension == code), default=0.0)
    return figures(items, dimension=code, cap=pack.scoring.caps[code], floor=floor, defaults=pack.head.defaults)


def _residuals(pack: Pack, items: Sequence[Item], floors: Sequence[Floor]) -> dict[str, float]:
    """Residual figures that conditions may use, each without credit for the answers that would clear themselves."""
    found = {}
    for variable in pack.head.variables:
        if isinstance(variable.rule, Residual):
            kept = [item for item in items if item.kind == "risk" or item.question not in variable.rule.without]
            found[variable.name] = _figures(pack, kept, variable.rule.dimension, floors).point
    return found


def _headline(pack: Pack, levels: Mapping[str, float], kind: str) -> Headline | None:
    mine = [part for part in pack.dimensions if part.level == kind]
    if not mine:
        return None
    worst = max(mine, key=lambda part: levels[part.code])  # the first of equals, in the order of the pack
    return Headline(worst, pack.band(levels[worst.code]))


def _dimension(
    answered: Answered,
    part: Dimension,
    items: Sequence[Item],
    found: Mapping[str, Figures],
    floors: Sequence[Floor],
    judgement: Judgement | None,
) -> DimensionScore:
    pack, mine = answered.pack, found[part.code]
    floor = max((one for one in floors if one.dimension == part.code), key=lambda one: one.floor, default=None)
    free = _figures(pack, items, part.code, ())
    return DimensionScore(
        dimension=part,
        cap=pack.scoring.caps[part.code],
        figures=mine,
        band=pack.band(mine.point),
        floor=floor,
        floor_binds=floor is not None and free.point < floor.floor,
        driven_by_unknowns=mine.high - mine.low > pack.scoring.unknown_width,
        drivers=drivers_of(pack, items, part.code, states=answered.states),
        judgement=judgement,
        judged_band=None if judgement is None else pack.band(judgement.point),
    )
