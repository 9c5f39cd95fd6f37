"""What the record says of the history: how many events, and the hash of the last, which stands for all of them.

In: an assessment folder. Out: the block ``history`` of docs/record.md. Signing the record signs this hash, so that a
history rebuilt later is found out. Holds no answer and no name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from impact.assessment.folder import ASSESSMENT, HISTORY

__all__ = ["history_block"]


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
