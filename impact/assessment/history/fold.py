"""What the history comes to: the answers that stand after its last event.

In: events. Out: question -> entry, as plain data. Knows no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from impact.assessment.history.event import Change, Event

__all__ = ["EDITED_BY_HAND", "Entries", "edits_between", "fold", "same_entry"]

Entries = dict[str, Any]
EDITED_BY_HAND = "edited by hand"


def fold(events: Iterable[Event]) -> Entries:
    """The entry of every question that is answered after ``events``.

    >>> fold([])
    {}
    """
    found: Entries = {}
    for event in events:
        change = event.change
        if change.op == "merge":
            continue
        if change.value is None:
            found.pop(change.q, None)
        else:
            found[change.q] = change.value
    return found


def same_entry(one: Any, other: Any) -> bool:
    """Whether two entries are the same to the letter: ``true`` is not 1.

    >>> same_entry({"value": True}, {"value": 1}), same_entry(2, 2.0)
    (False, False)
    """
    from impact.canonical import canonical_json

    return canonical_json(one) == canonical_json(other)


def edits_between(
    known: Mapping[str, Any], written: Mapping[str, Any], *, who: str, at: str, order: Sequence[str] = ()
) -> list[Change]:
    """What somebody changed by hand: entries of the file that differ from those of the history, as events to be.

    Args:
        known: The fold of the history.
        written: The entries of assessment.yaml, plain.
        who: Whom the history names.
        at: When the difference was found, which is later than when it was made.
        order: Questions in the order of the file.
    """
    names = dict.fromkeys([*order, *written, *known])
    return [
        Change(who, "edited", name, written.get(name), at)
        for name in names
        if (name in known or name in written) and not same_entry(known.get(name), written.get(name))
    ]
