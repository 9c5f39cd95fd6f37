"""A side-by-side document checked by what is attached to it: both documents, and the comparison between them.

In: its record, its attachments, and how a document is judged. Out: questions, and the full answers for each side. The
comparison is made again from the two attached records; each PDF is judged as if it had been handed in by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from impact.canonical import canonical_json
from impact.chain.sides import SIDES, Side, comparison_of, side_of
from impact.errors import ImpactError

if TYPE_CHECKING:
    from impact.chain.verify import Verification

__all__ = ["attached_names", "side_questions"]

Answer = tuple[str, bool | None, str]


def attached_names(record: Mapping[str, Any]) -> list[str]:
    """Files that the record of a side-by-side document names; none for any other."""
    sides = record.get("sides")
    if not isinstance(sides, dict):
        return []
    named = [sides[name].get("attached") for name in SIDES if isinstance(sides.get(name), dict)]
    allowed = {f"{name}.{end}" for name in SIDES for end in ("pdf", "json")}
    return [name for name in named if name in allowed]


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
