"""Gaps and contradictions as draft questions for a committee, and as items of a request for information.

In: scores; what a log check found of single answers. Out: ``Enquiry``s, what would move the level most first.
Refuses to accuse: an enquiry says what the assessment does not show. Every wording is the pack's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from impact.questionnaire.arithmetic import Item, figures
from impact.questionnaire.credit import best_evidence
from impact.questionnaire.evaluate import QuestionState
from impact.questionnaire.labels import answer_labels
from impact.questionnaire.pack import Pack
from impact.questionnaire.question import Question
from impact.questionnaire.rulebook import EnquiryWords
from impact.questionnaire.score import Scores
from impact.questionnaire.variables import months_between

__all__ = ["Enquiry", "enquiries", "enquiries_block"]

Kind = Literal[
    "unanswered", "not_known", "refused", "no_evidence", "stale", "contradiction", "contradicted", "not_enough_data",
    "setting",
]  # fmt: skip
_NAME = re.compile(r"\{(\w+)\}")
_OPEN = ("unanswered", "not_known", "refused")

# A pack without words of its own asks the question itself.
_PLAIN = EnquiryWords(
    why={"other": "The assessment leaves a question here."},
    committee={"other": "{asked}"},
    foi={"other": "Recorded information that answers this question: “{asked}”"},
    committee_opening="Draft questions on {system}, drawn from its assessment of {date}.",
    foi_opening="I ask {organisation} for the recorded information described below about {system}.",
)


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One draft question.

    Attributes:
        id: The question of the pack, the contradiction, or the setting that it is about.
        kind: What is missing or in doubt.
        stops: Hard stops that wait for it.
        points: By how many points, at most, a headline dimension hangs on it.
        dimension, label: That dimension; empty where it moves no headline dimension.
        why: What the assessment says now.
        committee, foi: The draft wording.
    """

    id: str
    kind: Kind
    stops: tuple[str, ...]
    points: float
    dimension: str
    label: str
    why: str
    committee: str
    foi: str

    @property
    def weight(self) -> str:
        """Why it is asked and what hangs on it, in sentences."""
        parts = [self.why]
        if self.stops:
            named = " and ".join(part for part in (", ".join(self.stops[:-1]), self.stops[-1]) if part)
            parts.append(f"Hard stops {named} wait for it." if self.stops[1:] else f"Hard stop {named} waits for it.")
        if self.points >= 0.05:
            parts.append(f"Up to {self.points:.1f} points of {self.label} hang on it.")
        return " ".join(parts)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "stops": list(self.stops),
            "points": round(self.points, 6),
            "dimension": self.dimension,
            "dimension_label": self.label,
            "why": self.why,
            "weight": self.weight,
            "committee": self.committee,
            "foi": self.foi,
        }


def enquiries(scores: Scores, *, claims: Iterable[Mapping[str, str]] = ()) -> tuple[Enquiry, ...]:
    """Every draft question. One that a hard stop waits for comes first, since a stop outweighs every score; then those
    on which most points of a headline dimension hang.

    Args:
        scores: What was scored.
        claims: What log checks found, each with ``check``, ``verdict``, ``question`` and ``sentence``. Only
            ``contradicted`` and ``not enough data`` leave something to ask.
    """
    found = [*_gaps(scores), *_settings(scores), *_contradictions(scores), *_claims(scores, claims)]
    place = {name: number for number, name in enumerate(scores.answered.pack.questions)}
    return tuple(
        sorted(found, key=lambda one: (not one.stops, -round(one.points, 6), place.get(one.id, len(place)), one.id))
    )


def enquiries_block(
    scores: Scores, *, system: str, organisation: str, claims: Iterable[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """The block ``enquiries`` of the record: the drafts, and what stands before and after them."""
    words = _words(scores.answered.pack)
    day = scores.answered.context.assessment_date
    about = {"system": system, "organisation": organisation, "date": f"{day.day} {day:%B %Y}"}
    return {
        "drafts": [one.to_json() for one in enquiries(scores, claims=claims)],
        "committee_opening": _filled(words.committee_opening, about),
        "foi_opening": _filled(words.foi_opening, about),
        "foi_closing": list(words.foi_closing),
        "foi_note": words.foi_note or "",
    }


def _gaps(scores: Scores) -> Iterable[Enquiry]:
    pack, waits = scores.answered.pack, _waits(scores)
    for name, state in scores.answered.states.items():
        if state.shown is not True or state.state in ("hidden", "not_applicable"):
            continue
        stops = tuple(waits.get(name, ()))
        kind, said = _gap(scores, state)
        if kind is None or not (stops or state.counted):
            continue
        points, dimension = _points(scores, name, kind)
        yield _draft(pack, name, kind, stops, points, dimension, [state.question], said)


def _gap(scores: Scores, state: QuestionState) -> tuple[Kind | None, dict[str, str]]:
    """What is missing of one question, and what the assessment says of it."""
    if state.state in _OPEN:
        kind: Kind = state.state  # type: ignore[assignment]  # one of _OPEN
        return kind, {"reason": (state.reason or "").rstrip(".")}
    said = {"answer": "; ".join(answer_labels(state.question, state.answer, band=state.band)) or "none ticked"}
    if state.value is None:
        return None, said
    if state.question.kind == "risk":
        mild = state.value < scores.answered.pack.head.defaults.unanswered.severity
        bare = state.question.evidence is not None and state.answer is not None and not state.answer.evidence
        return ("no_evidence" if mild and bare else None), said
    if state.value == 0:
        return None, said  # nothing is claimed, so there is nothing to show
    credit = scores.credits[state.question.id]
    if credit.evidence == 0:
        return "no_evidence", said
    if credit.freshness < 1:
        return "stale", said | _dated(scores, state)
    return None, said


def _dated(scores: Scores, state: QuestionState) -> dict[str, str]:
    """Date and age of the piece of evidence that counts."""
    pack, today = scores.answered.pack, scores.answered.context.assessment_date
    if state.answer is None:
        return {}
    best = best_evidence(
        state.question, state.answer, scoring=pack.scoring, digests=scores.answered.evidence, today=today
    )
    if best is None:
        return {}
    return {"dated": best[0].date.isoformat(), "months": f"{months_between(best[0].date, today):.0f}"}


def _settings(scores: Scores) -> Iterable[Enquiry]:
    """Facts from outside the questions for which a hard stop waits."""
    pack, waits = scores.answered.pack, _waits(scores)
    for variable in pack.head.variables:
        if variable.rule.kind == "setting" and variable.name in waits:
            said = {"meaning": variable.meaning.rstrip(".")}
            yield _draft(pack, variable.name, "setting", tuple(waits[variable.name]), 0.0, "", [], said)


def _contradictions(scores: Scores) -> Iterable[Enquiry]:
    pack = scores.answered.pack
    for rule, ruling in scores.contradictions:
        if ruling.state == "fired":
            asked = [pack.questions[name] for name in rule.between]
            hung = [_points(scores, name, "contradiction") for name in rule.between]
            points, dimension = max(hung, key=lambda pair: pair[0])
            said = {"rule": rule.text.rstrip(".")}
            yield _draft(pack, rule.id, "contradiction", (), points, dimension, asked, said)


def _claims(scores: Scores, claims: Iterable[Mapping[str, str]]) -> Iterable[Enquiry]:
    pack = scores.answered.pack
    for claim in claims:
        verdict = claim["verdict"].replace("-", " ").replace("_", " ")
        name = claim["question"]
        if verdict not in ("contradicted", "not enough data") or name not in pack.questions:
            continue
        kind: Kind = "contradicted" if verdict == "contradicted" else "not_enough_data"
        points, dimension = _points(scores, name, kind)
        said = {"check": claim["check"], "sentence": claim["sentence"]}
        yield _draft(pack, name, kind, (), points, dimension, [pack.questions[name]], said)


def _waits(scores: Scores) -> dict[str, list[str]]:
    """What a hard stop that is unresolved waits for -> those stops."""
    found: dict[str, list[str]] = {}
    for one in scores.stops:
        if one.state == "unresolved":
            for name in one.missing:
                found.setdefault(name, []).append(one.stop.id)
    return found


def _points(scores: Scores, name: str, kind: Kind) -> tuple[float, str]:
    """By how much a headline dimension differs between the best and the worst that the gap allows, floors as they are.

    A missing answer is anything from best to worst; missing evidence is all or none of what it would earn; a risk that
    is claimed to be mild and cites nothing is anything from the claim to what an unanswered question counts as.
    """
    pack = scores.answered.pack
    item = next((one for one in scores.items if one.question == name), None)
    if item is None:
        return 0.0, ""
    best, worst = _ends(pack, item, kind)
    headlines = [one.dimension.code for one in (scores.rights, scores.stewardship) if one is not None]
    others = [one if one.question != name else None for one in scores.items]
    found = [(0.0, "")]
    for code in headlines:
        if code in item.weights:
            floor = next((p.floor.floor for p in scores.dimensions if p.dimension.code == code and p.floor), 0.0)
            at = [_point(pack, [one or end for one in others], code, floor) for end in (best, worst)]
            found.append((at[1] - at[0], code))
    return max(found, key=lambda pair: pair[0])


def _ends(pack: Pack, item: Item, kind: Kind) -> tuple[Item, Item]:
    if item.kind == "risk":
        if kind in _OPEN:
            return replace(item, value=0.0), replace(item, value=1.0)
        worst = pack.scoring.failed_check_severity if kind == "contradicted" else pack.head.defaults.unanswered.severity
        return item, replace(item, value=max(item.value or 0.0, worst))
    if kind in _OPEN:
        return replace(item, value=1.0, factor=1.0), replace(item, value=0.0, factor=0.0)
    return replace(item, factor=1.0), replace(item, factor=0.0)


def _point(pack: Pack, items: Sequence[Item], code: str, floor: float) -> float:
    cap = pack.scoring.caps[code]
    return figures(items, dimension=code, cap=cap, floor=floor, defaults=pack.head.defaults).point


# Words.


def _draft(
    pack: Pack,
    name: str,
    kind: Kind,
    stops: tuple[str, ...],
    points: float,
    dimension: str,
    asked: Sequence[Question],
    said: Mapping[str, str],
) -> Enquiry:
    words, first = _words(pack), asked[0] if asked else None
    own = first if kind in _OPEN else None  # a wording of a question's own asks for the answer, not for its evidence
    known = {"asked": " ".join(one.text for one in asked), "id": name, "form": "", **said}
    if first is not None:
        known["columns"] = ", ".join(column.label.lower() for column in first.columns) or "as recorded"
        known["form"] = _filled(words.form.get(first.type, ""), known)
    return Enquiry(
        name,
        kind,
        stops,
        points,
        dimension,
        next((one.label for one in pack.dimensions if one.code == dimension), ""),
        _filled(_of(words.why, kind), known),
        (own and own.ask_committee) or _filled(_of(words.committee, kind), known),
        (own and own.ask_foi) or _filled(_of(words.foi, kind), known).strip(),
    )


def _words(pack: Pack) -> EnquiryWords:
    return pack.scoring.enquiries or _PLAIN


def _of(texts: Mapping[str, str], kind: str) -> str:
    return texts.get(kind) or texts.get("other", "{asked}")


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Names in braces filled in; not ``str.format``, which would let a pack reach into objects."""
    return _NAME.sub(lambda match: known.get(match[1], match[0]), text)
