"""How much of a change in scores is changed facts, and how much safeguards with their evidence.

In: two records of one pack. Out: for each dimension the score with the facts of one and the safeguards of the other,
both ways round. Refuses where a record's scores do not come out again the same: a split of other figures is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from impact.canonical import canonical_json
from impact.errors import ImpactError
from impact.settings import Settings
from impact.yamlfile import Located

if TYPE_CHECKING:
    from impact.questionnaire.arithmetic import Item
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.score import Scores

__all__ = ["Part", "rescored", "split", "split_of_records"]

PLACES = 6


@dataclass(frozen=True)
class Part:
    """One dimension, 0 to 100, four times.

    Attributes:
        dimension: Its code.
        before: Facts and safeguards of the first.
        new_safeguards: Facts of the first, safeguards and evidence of the second.
        new_facts: Facts of the second, safeguards and evidence of the first.
        after: Facts and safeguards of the second.
    """

    dimension: str
    before: float
    new_safeguards: float
    new_facts: float
    after: float

    def to_json(self) -> dict[str, Any]:
        """The four scores, and what each order of the two steps ascribes to either."""
        return {
            "dimension": self.dimension,
            "before": round(self.before, PLACES),
            "new_safeguards": round(self.new_safeguards, PLACES),
            "new_facts": round(self.new_facts, PLACES),
            "after": round(self.after, PLACES),
            "safeguards_first": {
                "safeguards": round(self.new_safeguards - self.before, PLACES),
                "facts": round(self.after - self.new_safeguards, PLACES),
            },
            "facts_first": {
                "facts": round(self.new_facts - self.before, PLACES),
                "safeguards": round(self.after - self.new_facts, PLACES),
            },
        }


def split(
    pack: Pack,
    before: Sequence[Item],
    after: Sequence[Item],
    *,
    floors_before: dict[str, float],
    floors_after: dict[str, float],
) -> list[Part]:
    """Score each dimension with the risk answers of one and the safeguards of the other.

    Args:
        pack: The pack of both.
        before, after: Every counted question of either, with the credit that its evidence earned there and then.
        floors_before, floors_after: Dimension -> the highest floor that applies. Floors are facts: they go with them.
    """
    from impact.questionnaire.arithmetic import figures

    def scored(facts: Sequence[Item], safeguards: Sequence[Item], code: str, floors: dict[str, float]) -> float:
        items = [item for item in facts if item.kind == "risk"]
        items += [item for item in safeguards if item.kind == "mitigation"]
        cap, floor = pack.scoring.caps[code], floors.get(code, 0.0)
        return figures(items, dimension=code, cap=cap, floor=floor, defaults=pack.head.defaults).point

    return [
        Part(
            part.code,
            scored(before, before, part.code, floors_before),
            scored(before, after, part.code, floors_before),
            scored(after, before, part.code, floors_after),
            scored(after, after, part.code, floors_after),
        )
        for part in pack.dimensions
    ]


def split_of_records(a: dict[str, Any], b: dict[str, Any], *, settings: Settings) -> list[Part] | str:
    """The split of two records; or why there is none, in words."""
    if not a.get("scoring") or not b.get("scoring"):
        return "only one of the two has scores" if a.get("scoring") or b.get("scoring") else "neither has scores"
    if (a["pack"] or {}).get("digest") != (b["pack"] or {}).get("digest"):
        return "the two were scored by different packs or versions of a pack"
    found = [rescored(record, settings=settings) for record in (a, b)]
    for name, one in zip("AB", found, strict=True):
        if isinstance(one, str):
            return f"{name} {one}"
    one, two = found
    assert not isinstance(one, str)
    assert not isinstance(two, str)
    return split(one.answered.pack, one.items, two.items, floors_before=_floors(one), floors_after=_floors(two))


def _floors(scores: Scores) -> dict[str, float]:
    applied: dict[str, float] = {}
    for floor, ruling in scores.floors:
        if ruling.state == "fired":
            applied[floor.dimension] = max(applied.get(floor.dimension, 0.0), floor.floor)
    return applied


def rescored(record: dict[str, Any], *, settings: Settings) -> Scores | str:
    """Scores computed again from a record's answers, where they come out as recorded; else why not.

    Args:
        record: With a questionnaire.
        settings: Where packs are found: only the pack whose digest was recorded is used.
    """
    from impact.assessment.claims import verdicts_of
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.blocks import scoring_block
    from impact.questionnaire.evaluate import Context, evaluate
    from impact.questionnaire.load import load_pack
    from impact.questionnaire.score import score
    from impact.questionnaire.translate import translation_of
    from impact.resources import find

    try:
        resource = find("questionnaires", str(record["pack"]["id"]), settings)
        if resource.digest != record["pack"]["digest"]:
            return "was scored by a pack that is not installed here"
        pack = load_pack(resource)
        head = record["assessment"]
        day, started, decision = date.fromisoformat(head["date"]), head["processing_started"], head["decision_date"]
        context = Context(
            assessment_date=day,
            prior_assessment=head["prior_assessment"],
            processing_started=None if started is None else date.fromisoformat(started) <= day,
            approval_threshold=float(record["profile"]["approval_threshold"]),
            decision_date=None if decision is None else date.fromisoformat(decision),
        )
        answers = read_answers(Located("record.json", {"answers": record["answers"]}, {}), pack)
        digests = {item["file"]: item["digest"] for item in record["evidence"]}
        language = (record["pack"].get("translation") or {}).get("language")
        shown, _ = translation_of(pack, resource, language)  # after the answers: a translated unit changes no rule
        verdicts = verdicts_of(pack, record["claims"]) if record.get("claims") else None
        scores = score(evaluate(shown, answers, context=context, evidence=digests), verdicts=verdicts)
        same = canonical_json(scoring_block(scores)) == canonical_json(record["scoring"])
    except (ImpactError, KeyError, TypeError, ValueError):
        return "cannot be scored again here"
    return scores if same else "does not come out the same when it is scored again here"
