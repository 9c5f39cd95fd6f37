"""Compute a record's figures again from what is attached to it.

In: a record (plain data) and its cells. Out: for each kind of figure whether it comes out the same.
Reads no file of the assessment: a stranger who holds only the document can do this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from impact.canonical import canonical_json
from impact.errors import ImpactError
from impact.settings import Settings

if TYPE_CHECKING:
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.score import Scores

__all__ = ["Comparison", "recompute"]


@dataclass(frozen=True)
class Comparison:
    """One kind of figure, computed again.

    Attributes:
        what: ``cells``, ``findings``, ``scores`` or ``suppliers``.
        same: True, False, or None where it could not be computed here.
        text: What was found, in plain words.
    """

    what: str
    same: bool | None
    text: str


def recompute(
    record: dict[str, Any], cells: bytes | None, *, settings: Settings, aggregates: Mapping[str, bytes] | None = None
) -> list[Comparison]:
    """Compare the record's findings with its cells, and its scores with its answers.

    Args:
        record: The attached record, parsed.
        cells: The attached counts as Parquet; None when there are none.
        aggregates: The further attached count tables as Parquet, by name.
        settings: Where packs are found: scores are computed only with a pack whose digest is the one recorded.
    """
    found = []
    if record.get("audit") is not None or cells is not None:
        found += _findings(record.get("audit"), cells, aggregates or {})
    if record.get("scoring") is not None or record.get("points") is not None:
        found.append(_scores(record, settings))
    if record.get("suppliers") is not None:
        found.append(_suppliers(record["suppliers"]))
    return found


def _suppliers(block: dict[str, Any]) -> Comparison:
    """Totals, order and shares of the comparison of suppliers, from marks and weights."""
    from impact.assessment.suppliers import suppliers_result

    try:
        same = canonical_json(suppliers_result(block["declared"])) == canonical_json(block["result"])
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        text = f"the comparison of suppliers cannot be computed again: {type(error).__name__}"
        return Comparison("suppliers", False, text)
    if same:
        text = "totals, order and shares of weightings of the suppliers come out the same from the attached marks"
        return Comparison("suppliers", True, text)
    return Comparison("suppliers", False, "the comparison of suppliers comes out differently from the attached marks")


def _findings(audit: dict[str, Any] | None, cells: bytes | None, attached: Mapping[str, bytes]) -> list[Comparison]:
    if cells is None:
        return [Comparison("cells", False, "the record has findings but no counts are attached")]
    if audit is None:
        return [Comparison("cells", False, "counts are attached but the record has no findings")]
    from impact.metrics.analysis.analyse import analyse
    from impact.metrics.analysis.differences import comparable, differences
    from impact.metrics.disclosure.published_file import read_published
    from impact.metrics.plans.plan import AuditPlan
    from impact.metrics.tables.aggregates import Aggregate
    from impact.metrics.tables.cells import Cells

    try:
        protected = (audit.get("disclosure") or {}).get("status") == "protected"
        counts = read_published(cells) if protected else Cells.from_parquet(cells)
        tables = {name: Aggregate.from_parquet(data) for name, data in sorted(attached.items())}
    except ImpactError as error:
        return [Comparison("cells", False, f"the attached counts cannot be read: {error.faults[0].found}")]
    if counts.digest != audit.get("cells_digest"):
        return [Comparison("cells", False, "the attached counts are not those the findings were computed from")]
    if {name: table.digest for name, table in tables.items()} != (audit.get("aggregates") or {}):
        return [Comparison("cells", False, "the further attached counts are not those the findings name")]
    same_cells = Comparison("cells", True, f"the attached counts ({counts.n:,}) are those the findings name")
    try:
        plan = AuditPlan.model_validate_json(canonical_json(audit["plan"]))
        named = plan.digest == audit["plan_digest"]
        # Canonical JSON sorts keys; the order in which the plan lists its groups stands in the counts.
        plan = plan.model_copy(update={"groups": {key: plan.groups[key] for key in counts.groups}})
        result = analyse(plan, counts, aggregates=tables).to_json(
            created="", tool_version="", registered=audit["plan_registered"]
        )
        stored = json.loads(canonical_json(comparable(audit)))
        wrong = differences(stored, json.loads(canonical_json(comparable(result))))
    except (ImpactError, KeyError, TypeError, ValueError) as error:
        return [same_cells, Comparison("findings", False, f"they cannot be computed again: {type(error).__name__}")]
    if not named:
        return [same_cells, Comparison("findings", False, "the plan in the record is not the one its digest names")]
    if wrong:
        text = f"{len(wrong)} figures come out differently, the first at {wrong[0]}"
        return [same_cells, Comparison("findings", False, text)]
    text = f"all {len(audit['findings'])} findings and every rate come out the same from the attached counts"
    return [same_cells, Comparison("findings", True, text)]


def _scores(record: dict[str, Any], settings: Settings) -> Comparison:
    from impact.assessment.claims import examine_again, verdicts_of
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.blocks import questionnaire_block, scoring_block
    from impact.questionnaire.evaluate import Context, evaluate
    from impact.questionnaire.judgements import read_judgements
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.points.pack import PointsPack
    from impact.questionnaire.score import score
    from impact.questionnaire.translate import translation_of
    from impact.resources import find
    from impact.yamlfile import Located

    pack_named = record.get("pack") or {}
    try:
        resource = find("questionnaires", str(pack_named.get("id")), settings)
    except ImpactError:
        return Comparison(
            "scores", None, f"pack {pack_named.get('id')} is not installed here: scores not computed again"
        )
    if resource.digest != pack_named.get("digest"):
        text = f"the pack {pack_named.get('id')} installed here differs from the one used: scores not computed again"
        return Comparison("scores", None, text)
    try:
        pack, language = load_any(resource), (pack_named.get("translation") or {}).get("language")
        if isinstance(pack, PointsPack):
            return _points(record, pack, translation_of(pack, resource, language)[0])
        full = (record["scoring"].get("escalation") or {}).get("full_form")
        if pack.short is not None and full is not None and full["digest"] != pack.short.digest:
            said = f"the full form {full['id']} installed here differs from the one used: scores not computed again"
            return Comparison("scores", None, said)
        told = {"answers": record["answers"], "judgements": record.get("judgements")}
        located = Located("record.json", told, {})
        answers = read_answers(located, pack)
        head = record["assessment"]
        day = date.fromisoformat(head["date"])
        started = head["processing_started"]
        decision = head["decision_date"]
        context = Context(
            assessment_date=day,
            prior_assessment=head["prior_assessment"],
            processing_started=None if started is None else date.fromisoformat(started) <= day,
            approval_threshold=float(record["profile"]["approval_threshold"]),
            decision_date=None if decision is None else date.fromisoformat(decision),
        )
        digests = {item["file"]: item["digest"] for item in record["evidence"]}
        shown, _ = translation_of(pack, resource, language)
        answered = evaluate(shown, answers, context=context, evidence=digests)
        judgements = read_judgements(located, pack)
        untested = scores = score(answered, judgements=judgements)
        same, rulings = True, 0
        if record.get("claims") is not None:
            block = examine_again(answered, record["claims"])
            same = canonical_json(block) == canonical_json(record["claims"])
            rulings = sum(entry["ruling"] is not None for entry in block["checks"])
            scores = score(answered, verdicts=verdicts_of(pack, block), judgements=judgements)
        asked = questionnaire_block(answered, scores=scores)
        same = same and canonical_json(scoring_block(scores)) == canonical_json(record["scoring"])
        same = same and canonical_json(scoring_block(untested)) == canonical_json(record["scoring_untested"])
        same = same and canonical_json(asked) == canonical_json(record["questionnaire"])
        same = same and _drawn_from(record, scores)
    except (ImpactError, KeyError, TypeError, ValueError) as error:
        return Comparison("scores", False, f"the scores cannot be computed again: {type(error).__name__}")
    what = f"every score and each of {rulings} rulings on claims" if rulings else "every score"
    text = f"{what} comes out the same" if same else "some scores or rulings come out differently"
    source = "answers and counts of the log" if record.get("claims") is not None else "answers"
    return Comparison("scores", same, f"{text} from the attached {source}")


def _points(record: dict[str, Any], pack: PointsPack, shown: PointsPack) -> Comparison:
    """The same for a pack that is scored by adding points; ``shown`` is the pack in the record's language."""
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.points.blocks import points_answered, points_block, points_questionnaire_block
    from impact.yamlfile import Located

    answers = read_answers(Located("record.json", {"answers": record["answers"]}, {}), pack)
    digests = {item["file"]: item["digest"] for item in record["evidence"]}
    added = points_answered(shown, answers, evidence=digests)
    same = canonical_json(points_block(added)) == canonical_json(record["points"])
    same = same and canonical_json(points_questionnaire_block(added)) == canonical_json(record["questionnaire"])
    text = "every score comes out the same" if same else "some scores come out differently"
    return Comparison("scores", same, f"{text} from the attached answers")


def _drawn_from(record: dict[str, Any], scores: Scores) -> bool:
    """Whether promises and draft questions follow from the answers; a record of before they were made has none."""
    from impact.assessment.claims import doubted
    from impact.assessment.prior import Prior, promises_block
    from impact.questionnaire.enquiries import enquiries_block
    from impact.questionnaire.promises import duty_from_json

    if record.get("promises") is None and record.get("enquiries") is None:
        return True
    head, told = record["assessment"], record["promises"]["prior"]
    earlier = None
    if told is not None and told["duties"] is not None:
        # Only duties that were open are in the record, and those alone are followed up.
        duties = tuple(duty_from_json(one) for one in told["duties"])
        earlier = Prior(told["id"], told["date"], told["digest"], duties)
    promises = promises_block(scores.answered, earlier, named=head["prior_assessment"])
    claims = doubted(record.get("claims"))
    drafts = enquiries_block(scores, system=head["system"]["name"], organisation=head["organisation"], claims=claims)
    found = {"promises": promises, "enquiries": drafts}
    return all(canonical_json(found[name]) == canonical_json(record[name]) for name in found)
