"""What a second body is shown and asked beside each question: the first body's answer, and its own stand on it.

In: an interview of a counter-assessment, an answer about to be saved. Out: lines, and the answer with its stand. Where
there is no first body, nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact.assessment.interview import Interview

__all__ = ["AGREE", "theirs_lines", "with_stand"]

AGREE = ("=", "agree: give the answer that the first body gave, as your own")
_STATES = {"not_known": "Not known", "refused": "Refused", "not_applicable": "Said not to apply"}


def theirs_lines(interview: Interview, name: str) -> list[str]:
    """What the first body said, its reason and its note, and the evidence that it named."""
    said = interview.theirs_to(name)
    if interview.theirs is None:
        return []
    who = interview.theirs.about.organisation
    if said is None:
        return [f"{who} did not answer this."]
    answer = said.get("answer") or {}
    text = _STATES.get(said["state"]) or "; ".join(str(label) for label in answer.get("labels") or ())
    rows = (answer.get("rows") or {}).get("rows") or []
    text += ("; " if text and rows else "") + "; ".join(", ".join(str(cell) for cell in row if cell) for row in rows)
    text += f" ({said['reason']})" if said.get("reason") else ""
    found = [f"{who} said: {text or 'nothing ticked'}"]
    found += [f"  their note: {answer['note']}"] if answer.get("note") else []
    found += [
        f"  their evidence: {item.get('title') or item.get('file') or item.get('url')}" for item in said["evidence"]
    ]
    moved = interview.theirs.moved.get(name)
    return [*found, f"  since then: {moved}"] if moved else found


def with_stand(
    interview: Interview, name: str, parts: Mapping[str, Any], *, ask: Callable[..., str], say: Callable[[str], None]
) -> dict[str, Any]:
    """The answer with a stand, where the first body said something and none is taken yet.

    Args:
        interview: Of the folder.
        name: The question.
        parts: An answer without faults.
        ask: Reads a line: called with a prompt, and whether it may be empty.
        say: Prints a paragraph.
    """
    if "stand" in parts or interview.theirs_to(name) is None or interview.agreed(name) is None:
        return dict(parts)
    if interview.same_as_theirs(name, parts):
        say("This is the first body’s answer too: noted as agreement.")
        return {**parts, "stand": "agree"}
    reason = ask("  Theirs is another answer. Why do you differ? (printed; Enter to leave it unsaid)", allow_empty=True)
    return {**parts, "stand": {"says": "differ", "reason": reason}} if reason else dict(parts)
