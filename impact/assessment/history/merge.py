"""Two histories of one assessment become one, and nothing of either is lost.

In: two chains of events. Out: the changes that repeat the other's events at the end of ours, and the questions that
both answered otherwise. Decides nothing where both answered: somebody is asked, and both answers stay in the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from impact.assessment.history.event import GENESIS, LOG, Change, Event, parse_line
from impact.assessment.history.fold import Entries, fold, same_entry
from impact.errors import AnswerError, Exit, Fault

__all__ = ["Clash", "Joined", "join", "untangled"]

Side = Literal["ours", "theirs"]
_SIGNED = ("author", "date", "time")


@dataclass(frozen=True)
class Clash:
    """A question that both histories answered otherwise since they parted.

    Attributes:
        q: Its id.
        ours, theirs: The entries; None where the answer was taken away.
        our_event, their_event: The last events that said so.
    """

    q: str
    ours: Any
    theirs: Any
    our_event: Event
    their_event: Event


@dataclass(frozen=True)
class Joined:
    """What it takes to join another history to ours.

    Attributes:
        replay: Their events that we lack, in their order.
        clashes: Questions to be decided.
        target: Question -> entry after joining, without the clashes.
        shared: How many events both have.
        theirs: Their whole history.
    """

    replay: tuple[Event, ...]
    clashes: tuple[Clash, ...]
    target: Entries
    shared: int
    theirs: tuple[Event, ...]

    def changes(self, ours: Sequence[Event], *, prefer: Mapping[str, Side], who: str, at: str) -> list[Change]:
        """The events to append to ours: a note of the merge, their events repeated, and what was decided.

        Args:
            ours: Our history.
            prefer: Question -> side, for every clash.
            who: Who joined them.
            at: When.
        """
        head = self.theirs[-1].hash if self.theirs else GENESIS
        note = {"head": head, "events": len(self.theirs), "joined": len(self.replay), "shared": self.shared}
        found = [Change(who, "merge", "", note, at)]
        found += [replace(event.change, merged_from=event.identity) for event in self.replay]
        wanted = dict(self.target)
        for clash in self.clashes:
            wanted[clash.q] = clash.ours if prefer[clash.q] == "ours" else clash.theirs
        stands = fold(ours)
        for change in found[1:]:
            stands[change.q] = change.value
        for q in dict.fromkeys([*stands, *wanted]):
            if not same_entry(stands.get(q), wanted.get(q)):
                found.append(Change(who, "set" if wanted.get(q) is not None else "clear", q, wanted.get(q), at))
        return found


def join(ours: Sequence[Event], theirs: Sequence[Event]) -> Joined:
    """Compare two histories event by event; an event that one has joined before counts as its own.

    >>> join([], []).replay
    ()
    """
    known, there = {event.identity for event in ours}, {event.identity for event in theirs}
    new = tuple(event for event in theirs if event.identity not in known and event.change.op != "merge")
    own = [event for event in ours if event.identity not in there and event.change.op != "merge"]
    mine, others = fold(ours), fold(theirs)
    last_own = {event.change.q: event for event in own}
    last_new = {event.change.q: event for event in new}
    clashes, target = [], dict(mine)
    for q, event in last_new.items():
        if q not in last_own:
            _put(target, q, others.get(q))
        elif not _alike(mine.get(q), others.get(q)):
            clashes.append(Clash(q, mine.get(q), others.get(q), last_own[q], event))
    shared = sum(event.identity in known for event in theirs)
    return Joined(new, tuple(clashes), target, shared, tuple(theirs))


def _put(entries: Entries, q: str, entry: Any) -> None:
    if entry is None:
        entries.pop(q, None)
    else:
        entries[q] = entry


def _alike(one: Any, other: Any) -> bool:
    """The same answer, whoever gave it and when."""

    def bare(entry: Any) -> Any:
        if not isinstance(entry, Mapping):
            return {"value": entry}
        return {key: value for key, value in entry.items() if key not in _SIGNED}

    return same_entry(bare(one), bare(other)) if one is not None and other is not None else one is other


def untangled(data: bytes, *, name: str) -> list[tuple[Event, ...]]:
    """The histories that git left in one file, with its conflict markers or without (``merge=union``).

    Returns:
        Each from its first event to its last, that whose end stands first in the file first.

    Raises:
        AnswerError: A122 a line is neither an event nor a marker of git, or an event hangs on none.
    """
    events: dict[str, Event] = {}
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].split(b"\n")[:-1], start=1):
        event = parse_line(line.removesuffix(b"\r"))
        if event is not None:
            events[event.hash] = event
        elif line.strip() and line[:7] not in (b"<" * 7, b"=" * 7, b">" * 7, b"|" * 7):
            raise AnswerError(_lost(f"{name}:{number}", "this line is neither an event nor a mark of git"))
    followed = {event.prev for event in events.values()}
    chains = []
    for event in events.values():
        if event.hash in followed:
            continue
        chain = [event]
        while chain[-1].prev != GENESIS:
            before = events.get(chain[-1].prev)
            if before is None or before.seq != chain[-1].seq - 1:
                raise AnswerError(_lost(name, f"the event before number {chain[-1].seq} is missing"))
            chain.append(before)
        if chain[-1].seq != 1:
            raise AnswerError(_lost(name, "the first event is missing"))
        chains.append(tuple(reversed(chain)))
    return chains


def _lost(where: str, found: str) -> Fault:
    remedy = f"Take {LOG} of each branch from git and join them with “impact merge DIR --from OTHER”"
    return Fault(where, found, "the events of two whole histories", remedy, "A122", Exit.DISAGREES)
