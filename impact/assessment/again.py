"""The blocks of a record that follow from its answers, worked out again from what the record holds.

In: a record (plain data) and the pack that it names. Out: the same blocks as ``build_record`` makes, plain data.
Reads no file of the assessment. Answers may be left out or put in another's place: recomputing a public version, and
asking what a withheld answer would give away, are the same question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from impact.errors import ImpactError
from impact.resources import Resource, find
from impact.settings import Settings
from impact.yamlfile import Located

if TYPE_CHECKING:
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.pack import PointsPack

__all__ = ["Again", "blocks_again", "read_pack"]


@dataclass(frozen=True)
class Again:
    """The pack of a record.

    Attributes:
        pack: As its author wrote it.
        shown: In the language of the record.
        carried: It came with the document, as none installed here is the one that was used.
    """

    pack: Pack | PointsPack
    shown: Pack | PointsPack
    carried: bool = False

    @property
    def source(self) -> str:
        """Words for where it came from, after what was worked out with it; empty for one that is installed here."""
        return ", by the questionnaire that is attached (NOT one that is installed here)" if self.carried else ""


def read_pack(record: Mapping[str, Any], settings: Settings) -> Again | str:
    """The pack that a record names, or why it is not to be had here.

    Raises:
        PackError: It cannot be read.
    """
    installed = _read_pack(record, settings)
    if settings.carried is None or isinstance(installed, Again):
        return installed
    attached = _read_pack(record, replace(settings, packs=(settings.carried,)))
    if isinstance(attached, Again):
        return replace(attached, carried=True)
    return f"{installed.partition(':')[0]}, and neither is the one that is attached: scores not computed again"


def _read_pack(record: Mapping[str, Any], settings: Settings) -> Again | str:
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.translate import translation_of

    named = record.get("pack") or {}
    try:
        resource: Resource = find("questionnaires", str(named.get("id")), settings)
    except ImpactError:
        return f"pack {named.get('id')} is not installed here: scores not computed again"
    if resource.digest != named.get("digest"):
        return f"the pack {named.get('id')} installed here differs from the one used: scores not computed again"
    pack = load_any(resource)
    full = ((record.get("scoring") or {}).get("escalation") or {}).get("full_form")
    short = getattr(pack, "short", None)
    if short is not None and full is not None and full["digest"] != short.digest:
        return f"the full form {full['id']} installed here differs from the one used: scores not computed again"
    shown, _ = translation_of(pack, resource, (named.get("translation") or {}).get("language"))
    return Again(pack, shown)


def blocks_again(
    record: Mapping[str, Any],
    again: Again,
    *,
    answers: Mapping[str, Any] | None,
    judgements: Mapping[str, Any] | None,
    without: Collection[str] = (),
    further: bool = True,
) -> dict[str, Any]:
    """Blocks of the record, by name.

    Args:
        record: Read for the head, the profile, digests of evidence, the aggregates of the log, the earlier promises.
        again: Its pack.
        answers, judgements: As in the record, or others.
        without: Checks of the log that are left out.
        further: False leaves out what takes longest and is drawn from all answers: draft questions, pairs of answers.

    Returns:
        ``questionnaire``, ``scoring``, ``scoring_untested``, ``law``, ``claims``, ``promises`` and ``enquiries``; of a
        pack that adds points ``questionnaire`` and ``points``.

    Raises:
        AnswerError: The answers do not fit the pack. KeyError, TypeError, ValueError: The record has another form.
    """
    from impact.questionnaire.answers import read_answers
    from impact.questionnaire.points.blocks import points_answered, points_block, points_questionnaire_block
    from impact.questionnaire.points.pack import PointsPack

    located = Located("record.json", {"answers": answers, "judgements": judgements}, {})
    given = read_answers(located, again.pack)
    digests = _digests(record)
    if isinstance(again.shown, PointsPack):
        added = points_answered(again.shown, given, evidence=digests)
        return {"questionnaire": points_questionnaire_block(added), "points": points_block(added)}
    assert not isinstance(again.pack, PointsPack)  # a translation is of the same kind
    return _scored(record, again.pack, again.shown, located, given, digests, without, further)


def _scored(
    record: Mapping[str, Any],
    pack: Pack,
    shown: Pack,
    located: Located,
    given: Any,
    digests: Mapping[str, str],
    without: Collection[str],
    further: bool,
) -> dict[str, Any]:
    from impact.assessment.claims import doubted, examine_again, verdicts_of
    from impact.questionnaire.blocks import law_block, questionnaire_block, scoring_block
    from impact.questionnaire.enquiries import enquiries_block
    from impact.questionnaire.evaluate import evaluate
    from impact.questionnaire.judgements import read_judgements
    from impact.questionnaire.score import score

    answered = evaluate(shown, given, context=_context(record), evidence=digests)
    judgements = read_judgements(located, pack)
    untested = scores = score(answered, judgements=judgements)
    block = None
    if record.get("claims") is not None:
        block = examine_again(answered, record["claims"], without=without)
        scores = score(answered, verdicts=verdicts_of(pack, block), judgements=judgements)
    head = record["assessment"]
    return {
        "questionnaire": questionnaire_block(answered, scores=scores),
        "law": law_block(answered),
        "scoring": scoring_block(scores, further=further),
        "scoring_untested": scoring_block(untested, further=further),
        "claims": block,
        "promises": _promises(record, answered),
        "enquiries": enquiries_block(
            scores, system=head["system"]["name"], organisation=head["organisation"], claims=doubted(block)
        )
        if further
        else None,
    }


def _context(record: Mapping[str, Any]) -> Any:
    from impact.questionnaire.evaluate import Context

    head = record["assessment"]
    day = date.fromisoformat(head["date"])
    started, decision = head["processing_started"], head["decision_date"]
    return Context(
        assessment_date=day,
        prior_assessment=head["prior_assessment"],
        processing_started=None if started is None else date.fromisoformat(started) <= day,
        approval_threshold=float(record["profile"]["approval_threshold"]),
        decision_date=None if decision is None else date.fromisoformat(decision),
    )


def _digests(record: Mapping[str, Any]) -> dict[str, str]:
    """Digests of evidence files: from the list, and from the answers themselves where the list is withheld."""
    cited = {
        item["file"]: item["digest"]
        for section in (record.get("questionnaire") or {}).get("sections", ())
        for question in section["questions"]
        for item in question["evidence"]
        if item.get("file") and item.get("digest")
    }
    return {**cited, **{item["file"]: item["digest"] for item in record["evidence"] if not item.get("withheld")}}


def _promises(record: Mapping[str, Any], answered: Any) -> dict[str, Any]:
    from impact.assessment.prior import Prior, promises_block
    from impact.questionnaire.promises import duty_from_json

    told = (record.get("promises") or {}).get("prior")
    earlier = None
    if told is not None and told["duties"] is not None:
        # Only duties that were open are in the record, and those alone are followed up.
        duties = tuple(duty_from_json(one) for one in told["duties"])
        earlier = Prior(told["id"], told["date"], told["digest"], duties)
    return promises_block(answered, earlier, named=record["assessment"]["prior_assessment"])
