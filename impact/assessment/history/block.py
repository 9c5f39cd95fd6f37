"""What the record says of the history: how many events, and the hash of the last, which stands for all of them.

In: an assessment folder. Out: the block ``history`` of docs/record.md. Signing the record signs this hash, so that a
history rebuilt later is found out. Holds no answer and no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.assessment.folder import ASSESSMENT, HISTORY

if TYPE_CHECKING:
    from impact.assessment.history.store import State

__all__ = ["held_against", "history_block"]


def history_block(folder: Path) -> dict[str, Any] | None:
    """Events, head, time of the last one, and the answers that were edited by hand since; None without a log.jsonl.

    Raises:
        AnswerError: A120, A121 (exit 5) the chain is broken: a record is not made from answers whose history is.
    """
    from impact.assessment.history.disk import pending
    from impact.assessment.history.store import Store

    if not (folder / HISTORY).exists() and not pending(folder / ASSESSMENT):
        return None
    state = Store(folder).read()
    if not state.kept:
        return None
    return {
        "events": state.rev,
        "head": state.head,
        "last": state.events[-1].change.at if state.events else None,
        "unrecorded": [change.q for change in state.unrecorded],
    }


def held_against(state: State, record: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the history that a record names is the beginning of this one, and what to say of it.

    Args:
        state: The history as it stands.
        record: A record, or a signed document's.

    >>> from impact.assessment.history.store import State
    >>> held_against(State((), {}, (), False, True), {"history": None})
    (False, 'the record names no history, so there is nothing to hold this one against')
    """
    named = record.get("history")
    if not named:
        return False, "the record names no history, so there is nothing to hold this one against"
    count, head = named["events"], named["head"]
    if state.rev < count:
        return False, f"the record names a history of {count} events and this one has {state.rev}: events are missing"
    if count and state.events[count - 1].hash != head:
        return False, f"event {count} is not the one that the record names: this history was made anew, or is another"
    later = state.rev - count
    after = "nothing came after" if not later else f"{later} came after"
    return True, f"the {count} events that the record names are the beginning of this history; {after}"
