"""Join histories on disk: another folder's, or the two that git left in this one.

In: an assessment folder, and the other or nothing. Out: one history and one view. Asks the caller where both answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from impact.assessment.folder import ASSESSMENT
from impact.assessment.history.disk import explained, locked, put_in_place
from impact.assessment.history.event import LOG, Event, read_chain, sealed
from impact.assessment.history.fold import EDITED_BY_HAND, edits_between, fold, same_entry
from impact.assessment.history.merge import Clash, Joined, Side, join, untangled
from impact.assessment.history.store import Store, stamp
from impact.assessment.history.tell import HEAD
from impact.assessment.history.view import head_of, read_view, rewritten
from impact.errors import AnswerError, Fault

__all__ = ["Merged", "merge_folder", "resolve_folder"]

Decide = Callable[[Clash], Side]


@dataclass(frozen=True)
class Merged:
    """What was joined.

    Attributes:
        joined: Events repeated from the other history.
        shared: Events that both had.
        clashes: Questions that both had answered otherwise, with the side that stands.
        head_differs: Keys above the answers that the other folder has otherwise; ours stand.
        events: Events of the history now.
        hash: Of the last of them.
    """

    joined: int
    shared: int
    clashes: tuple[tuple[Clash, Side], ...]
    head_differs: tuple[str, ...]
    events: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": True,
            "joined": self.joined,
            "shared": self.shared,
            "decided": {clash.q: side for clash, side in self.clashes},
            "head_differs": list(self.head_differs),
            "events": self.events,
            "hash": self.hash,
        }


def merge_folder(
    folder: Path, other: Path, *, decide: Decide, who: str, now: datetime, order: Sequence[str] = ()
) -> Merged:
    """Join the history of ``other``, an assessment folder or a log.jsonl, to that of ``folder``: it alone is written.

    Raises:
        AnswerError: A123 it is another assessment; A120, A121 a chain is broken; and as the store.
    """
    theirs, their_head = _of_other(other)
    store = Store(folder, order=order, clock=lambda: now)
    state = store.record_edits()
    head = head_of(read_view(_text(folder / ASSESSMENT), name=str(folder / ASSESSMENT))[0])
    differing: tuple[str, ...] = ()
    if their_head is not None:
        differing = _same_assessment(head, their_head, other)
    joined = join(state.events, theirs)
    if not joined.replay:
        return Merged(0, joined.shared, (), differing, state.rev, state.head)
    decided = {clash.q: decide(clash) for clash in joined.clashes}
    after = store.append(joined.changes(state.events, prefer=decided, who=who, at=stamp(now)), expect=state.rev)
    return _merged(joined, decided, differing, after.events)


def _merged(joined: Joined, decided: dict[str, Side], head: Sequence[str], events: Sequence[Event]) -> Merged:
    clashes = tuple((clash, decided[clash.q]) for clash in joined.clashes)
    return Merged(len(joined.replay), joined.shared, clashes, tuple(head), len(events), events[-1].hash)


def _of_other(other: Path) -> tuple[tuple[Event, ...], dict[str, Any] | None]:
    """Their events, with what they edited by hand; and the head of their file."""
    if other.is_file():
        with explained(other):
            data = other.read_bytes()
        return read_chain(data, name=str(other))[0], None
    view = other / ASSESSMENT
    if not view.is_file():
        found = "is neither an assessment folder nor a history"
        raise AnswerError(Fault(str(other), found, f"a folder with {ASSESSMENT}, or {LOG}", "", "A123"))
    state = Store(other).read()
    # The moment of the last edit, not of reading: so that joining again finds the same events.
    at = stamp(datetime.fromtimestamp(int(view.stat().st_mtime), UTC))
    edits = edits_between(fold(state.events), state.answers, who=EDITED_BY_HAND, at=at)
    events = (*state.events, *sealed(edits, after=state.events))
    return events, head_of(read_view(_text(view), name=str(view))[0])


def _same_assessment(ours: dict[str, Any], theirs: dict[str, Any], other: Path) -> tuple[str, ...]:
    one, two = ours.get("assessment") or {}, theirs.get("assessment") or {}
    if one.get("id") != two.get("id"):
        found = f"it is assessment “{two.get('id')}” and not “{one.get('id')}”"
        remedy = "Compare two assessments with “impact diff A B”"
        raise AnswerError(Fault(str(other), found, "two copies of one assessment", remedy, "A123"))
    names = [f"assessment.{key}" for key in {**one, **two} if not same_entry(one.get(key), two.get(key))]
    rest = [key for key in {**ours, **theirs} if key != "assessment"]
    return (*names, *(key for key in rest if not same_entry(ours.get(key), theirs.get(key))))


def resolve_folder(
    folder: Path, *, decide: Decide, who: str, now: datetime, order: Sequence[str] = ()
) -> Merged | None:
    """Join the histories that git left in log.jsonl and in assessment.yaml; None where there is one history already.

    Raises:
        AnswerError: A120 a chain is broken; A122 something in it is no event; assessment.yaml has faults of its own.
    """
    log, view = folder / LOG, folder / ASSESSMENT
    with locked(folder):
        with explained(log):
            data = log.read_bytes() if log.is_file() else b""
        chains = untangled(data, name=str(log)) if b"\n" in data else []
        text = _text(view)
        ours_text, theirs_text = _sides(text)
        if len(chains) < 2 and ours_text == theirs_text:
            return None
        chains = chains or [()]
        name, at = str(view), stamp(now)
        ours, theirs = chains[0], chains[1] if len(chains) > 1 else chains[0]
        if ours_text != theirs_text:
            ours = _with_edits(ours, ours_text, name, at)
            theirs = _with_edits(theirs, theirs_text, name, at)
        base_text, heads = _head(ours_text, theirs_text, name, decide, ours, theirs)
        joined = join(ours, theirs)
        decided: dict[str, Side] = {clash.q: decide(clash) for clash in joined.clashes}
        events = [*ours, *sealed(joined.changes(ours, prefer=decided, who=who, at=at), after=ours)]
        merged = _merged(joined, decided, heads, events)
        for more in chains[2:]:
            joined = join(events, more)
            decided = {clash.q: decide(clash) for clash in joined.clashes}
            events += sealed(joined.changes(events, prefer=decided, who=who, at=at), after=events)
            last = _merged(joined, decided, heads, events)
            merged = Merged(
                merged.joined + last.joined,
                min(merged.shared, last.shared),
                (*merged.clashes, *last.clashes),
                heads,
                last.events,
                last.hash,
            )
        if ours_text == theirs_text:
            events += sealed(_by_hand(events, chains, text, name, at), after=events)
        # The view first: after a crash a log with two histories is joined again, a view with git's marks is not read.
        put_in_place(
            folder / f".{ASSESSMENT}.merge.tmp",
            view,
            rewritten(base_text, fold(events), name=name, order=order).encode(),
        )
        put_in_place(folder / f".{LOG}.merge.tmp", log, b"".join(event.line() for event in events))
        return Merged(merged.joined, merged.shared, merged.clashes, merged.head_differs, len(events), events[-1].hash)


def _with_edits(chain: tuple[Event, ...], text: str, name: str, at: str) -> tuple[Event, ...]:
    edits = edits_between(fold(chain), read_view(text, name=name)[1], who=EDITED_BY_HAND, at=at)
    return (*chain, *sealed(edits, after=chain))


def _by_hand(events: Sequence[Event], chains: Sequence[Sequence[Event]], text: str, name: str, at: str) -> list[Any]:
    """Edits in a view that git merged by itself: what neither history says."""
    said = [fold(chain) for chain in (*chains, events)]
    edits = edits_between(fold(events), read_view(text, name=name)[1], who=EDITED_BY_HAND, at=at)
    return [edit for edit in edits if not any(same_entry(edit.value, one.get(edit.q)) for one in said)]


def _head(
    ours: str, theirs: str, name: str, decide: Decide, our_events: Sequence[Event], their_events: Sequence[Event]
) -> tuple[str, tuple[str, ...]]:
    """The text to go on with; where git could not merge what stands above the answers, somebody is asked."""
    one, two = head_of(read_view(ours, name=name)[0]), head_of(read_view(theirs, name=name)[0])
    if same_entry(one, two) or not our_events or not their_events:
        return ours, ()
    side = decide(Clash(HEAD, one, two, our_events[-1], their_events[-1]))
    return (ours if side == "ours" else theirs), (HEAD,)


def _sides(text: str) -> tuple[str, str]:
    """Both versions of a text with git's conflict markers; the same one twice where there are none."""
    ours: list[str] = []
    theirs: list[str] = []
    into: tuple[list[str], ...] = (ours, theirs)
    asked = False  # between the first mark and the one that divides the two
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        if mark == "<" * 7 and len(into) == 2:
            into = (ours,)
            asked = True
        elif mark == "|" * 7 and asked:
            into = ()
        elif mark == "=" * 7 and asked:
            into, asked = (theirs,), False
        elif mark == ">" * 7 and len(into) == 1 and not asked:
            into = (ours, theirs)
        else:
            for side in into:
                side.append(line)
    return "".join(ours), "".join(theirs)


def _text(path: Path) -> str:
    with explained(path):
        data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AnswerError(Fault(str(path), "not UTF-8", "UTF-8 text", "Save the file again as UTF-8", "A001")) from None
