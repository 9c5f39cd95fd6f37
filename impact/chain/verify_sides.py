"""Documents checked by further records that are attached to them: two assessments side by side, and a review.

In: its record, its attachments, and how a document is judged. Out: questions, and the full answers for each side. The
comparison is made again from the two attached records; each PDF is judged as if it had been handed in by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from impact.assessment.carried_pack import CARRIED, carried_in
from impact.assessment.review import Earlier, review_block
from impact.canonical import canonical_json
from impact.chain.sides import SIDES, Side, comparison_of, side_of
from impact.errors import ImpactError

if TYPE_CHECKING:
    from impact.chain.verify import Verification

__all__ = ["attached_names", "review_question", "side_questions"]

_ALLOWED = re.compile(r"(first|second)\.(pdf|json)|approved\.json|between-[1-9][0-9]?\.json|questionnaire\.zip")
Answer = tuple[str, bool | None, str]


def attached_names(record: Mapping[str, Any]) -> list[str]:
    """Further files that a record names: its questionnaire, and those of a side-by-side document and of a review."""
    sides, review = record.get("sides"), record.get("review")
    named: list[Any] = [CARRIED] if carried_in(record) else []
    if isinstance(sides, dict):
        named += [sides[name].get("attached") for name in SIDES if isinstance(sides.get(name), dict)]
    earlier = review.get("earlier") if isinstance(review, dict) else None
    if isinstance(earlier, list):
        named += [one.get("attached") for one in earlier if isinstance(one, dict)]
    return [name for name in named if isinstance(name, str) and _ALLOWED.fullmatch(name)]


def review_question(record: Mapping[str, Any], files: Mapping[str, bytes]) -> Answer:
    """Whether the block ``review`` comes out the same from the attached earlier records and the record itself."""
    try:
        stated = record["review"]
        earlier = [
            Earlier(json.loads(files[one["attached"]]), files[one["attached"]], one["read_from"])
            for one in stated["earlier"]
        ]
        today = {
            key: value for key, value in record.items() if key not in ("review", "templates", "render", "practice")
        }
        same = canonical_json(review_block(stated["told"], today, earlier)) == canonical_json(stated)
    except (ImpactError, KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError):
        return ("review", False, "what was approved and what is so today cannot be compared again")
    if not same:
        return (
            "review",
            False,
            "the comparison with what was approved comes out differently from the attached records",
        )
    return ("review", True, "the comparison with what was approved comes out the same from the attached records")


def side_questions(
    record: Mapping[str, Any],
    files: Mapping[str, bytes],
    *,
    judge: Callable[[bytes, str], Verification],
) -> tuple[list[Answer], dict[str, Any]]:
    """Whether the comparison comes out the same, and whether each side verifies.

    Args:
        record: Of the side-by-side document.
        files: What is attached beside it.
        judge: Verifies a PDF, told which side it is.

    Returns:
        (key, True, False or None, text) for ``comparison``, ``first`` and ``second``; and the whole verification of
        each side that is a PDF.
    """
    stated = record.get("sides") or {}
    try:
        sides = [_side(name, stated[name], files) for name in SIDES]
        head, comparison = comparison_of(*sides)
    except (ImpactError, KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        said = error.faults[0].found if isinstance(error, ImpactError) else type(error).__name__
        return [("comparison", False, f"the two attached assessments cannot be compared again: {said}")], {}
    made = {**{name: side.block for name, side in zip(SIDES, sides, strict=True)}, "comparison": comparison}
    same = canonical_json(made) == canonical_json(stated)
    same = same and canonical_json(head) == canonical_json(record["assessment"])
    text = (
        "comes out the same from the two attached records"
        if same
        else "comes out differently from the attached records"
    )
    found: list[Answer] = [("comparison", same, f"what is set side by side {text}")]
    told: dict[str, Any] = {}
    for name, side in zip(SIDES, sides, strict=True):
        answer, whole = _judged(name, side, judge)
        found.append(answer)
        if whole is not None:
            told[name] = whole
    return found, told


def _side(name: str, stated: Mapping[str, Any], files: Mapping[str, bytes]) -> Side:
    kind = stated["read_from"]
    attached = f"{name}.{'pdf' if kind == 'document' else 'json'}"
    # What was found when it was made is a statement of its maker: only the page carries it, and this check has its own.
    return side_of(name, files[attached], kind=kind, signatures=stated["signatures"], where=attached)


def _judged(name: str, side: Side, judge: Callable[[bytes, str], Verification]) -> tuple[Answer, dict[str, Any] | None]:
    whose = f"{side.block['id']} by {side.block['organisation']}"
    if not side.attached.endswith(".pdf"):
        return (name, None, f"{whose} is attached as a record that nobody has signed, as every page says"), None
    verdict = judge(side.data, name)
    whole = verdict.to_json()
    if verdict.ok:
        who = ", ".join(f"{one['name']} as {one['role']}" for one in side.block["signers"])
        return (name, True, f"{whose} verifies by itself: signed by {who}"), whole
    wrong = "; ".join(question.text for question in verdict.questions if question.holds is False)
    if side.block["signatures"] == "failed":
        return (name, None, f"{whose} DOES NOT VERIFY, as every page says: {wrong}"), whole
    return (name, False, f"{whose} does not verify by itself: {wrong}"), whole
