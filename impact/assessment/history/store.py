"""The history of one assessment folder behind two calls: ``append(changes, expect)`` and ``read()``.

In: a folder. Out: events, and the answers they come to. log.jsonl is what counts; assessment.yaml is its view, for
people. Where the two differ somebody edited the view by hand: the edit becomes events, it is never overwritten.
Another store (a table with ``(assessment, seq)`` unique) would keep these two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from impact.assessment.folder import ASSESSMENT
from impact.assessment.history.disk import append_bytes, explained, intended, locked, pending, put_in_place
from impact.assessment.history.event import GENESIS, LOG, Change, Event, read_chain, sealed
from impact.assessment.history.fold import EDITED_BY_HAND, Entries, edits_between, fold, same_entry
from impact.assessment.history.view import read_view, rewritten
from impact.errors import AnswerError, Fault

__all__ = ["Conflict", "State", "Store", "stamp"]

MAX_BYTES = 200_000_000


class Conflict(AnswerError):  # noqa: N818  # it is a state of affairs, and no error, to whoever can merge
    """Somebody else changed the answers since the caller read them.

    Attributes:
        since: The events that the caller has not seen.
    """

    def __init__(self, where: str, since: Sequence[Event]) -> None:
        self.since = tuple(since)
        names = ", ".join(dict.fromkeys(event.change.q for event in since if event.change.q))
        found = f"the answers were changed meanwhile ({names})"
        super().__init__(Fault(where, found, "", "Look at them and answer again", "A055"))


@dataclass(frozen=True)
class State:
    """A history and its view.

    Attributes:
        events: Every event, verified.
        answers: Question -> entry, plain: what assessment.yaml says.
        unrecorded: What the view says otherwise than the history, as events to be; empty where they agree.
        torn: A last line without its end was left by a crash; it is no event.
        kept: Whether there is a log.jsonl.
    """

    events: tuple[Event, ...]
    answers: Entries
    unrecorded: tuple[Change, ...]
    torn: bool
    kept: bool

    @property
    def rev(self) -> int:
        return len(self.events)

    @property
    def head(self) -> str:
        """Hash of the last event: it stands for all of them."""
        return self.events[-1].hash if self.events else GENESIS


def stamp(now: datetime) -> str:
    """A moment as the history writes it.

    >>> stamp(datetime(2026, 11, 20, 15, 44, tzinfo=UTC))
    '2026-11-20T15:44:00Z'
    """
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """The history of one folder.

    Args:
        folder: The assessment folder.
        order: Question ids in the order of the pack, for the places of new entries.
        clock: Gives the time.
        told: Is handed edits by hand that became events, and whether the history begins with them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        order: Sequence[str] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        told: Callable[[Sequence[Change], bool], None] = lambda _, __: None,
    ) -> None:
        self.folder, self.order, self.clock, self.told = folder, tuple(order), clock, told
        self.log, self.view = folder / LOG, folder / ASSESSMENT
        self._parsed: tuple[bytes, str, Entries] | None = None

    def read(self) -> State:
        """The history as it stands, verified; what a crash left is put in order first.

        Raises:
            AnswerError: A120, A121 the chain is broken; A001 to A004, A011, A053 assessment.yaml cannot be read.
        """
        if pending(self.view):
            with locked(self.folder):
                self._recovered()
        with locked(self.folder, shared=True):
            return self._state()

    def record_edits(self, *, who: str = EDITED_BY_HAND) -> State:
        """Make events of what was edited by hand.

        Args:
            who: Whom the history names.
        """
        with locked(self.folder):
            self._recovered()
            return self._imported(who)

    def append(self, changes: Sequence[Change], *, expect: int) -> State:
        """Write events, then the view. Edits by hand become events before them.

        Args:
            changes: What to write, in order.
            expect: The ``rev`` that the caller saw.

        Raises:
            Conflict: A055 other events came meanwhile; nothing of ``changes`` was written.
            AnswerError: As :meth:`read`; A054 the view cannot be changed; A056 to A058 the disk refuses.
        """
        with locked(self.folder):
            self._recovered()
            state = self._imported(EDITED_BY_HAND)
            if state.rev != expect:
                raise Conflict(str(self.log), state.events[expect:])
            return self._write(state, changes) if changes else state

    # Under the lock.

    def _state(self) -> State:
        data = self._log_bytes()
        events, whole = read_chain(data, name=str(self.log))
        answers = self._view()[1]
        kept = self.log.exists()
        edits = self._edits(events, answers, EDITED_BY_HAND) if kept else []
        return State(events, answers, tuple(edits), whole < len(data), kept)

    def _edits(self, events: Sequence[Event], answers: Entries, who: str) -> list[Change]:
        return edits_between(fold(events), answers, who=who, at=stamp(self.clock()), order=self.order)

    def _log_bytes(self) -> bytes:
        with explained(self.log):
            if self.log.is_symlink() or (self.log.exists() and not self.log.is_file()):
                raise AnswerError(Fault(str(self.log), "is no file of this folder", "a file", "Remove it", "A057"))
            if not self.log.exists():
                return b""
            if self.log.stat().st_size > MAX_BYTES:
                raise AnswerError(Fault(str(self.log), "is larger than 200 MB", "a history", "", "A057"))
            return self.log.read_bytes()

    def _view(self) -> tuple[str, Entries]:
        """Text and entries of assessment.yaml; parsed again only where its bytes are others."""
        with explained(self.view):
            data = self.view.read_bytes()
        if self._parsed is None or self._parsed[0] != data:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                fault = Fault(str(self.view), "not UTF-8", "UTF-8 text", "Save the file again as UTF-8", "A001")
                raise AnswerError(fault) from None
            self._parsed = (data, text, read_view(text.removeprefix("\ufeff"), name=str(self.view))[1])
        return self._parsed[1], dict(self._parsed[2])

    def _imported(self, who: str) -> State:
        state = self._state()
        edits = self._edits(state.events, state.answers, who)
        if not edits:
            return state
        new = self._appended(state, edits)
        self.told(edits, not state.events)
        return State((*state.events, *new), state.answers, (), False, True)

    def _appended(self, state: State, changes: Sequence[Change]) -> list[Event]:
        new = sealed(changes, after=state.events)
        whole = sum(len(event.line()) for event in state.events)
        append_bytes(self.log, b"".join(event.line() for event in new), whole=whole)
        return new

    def _write(self, state: State, changes: Sequence[Change]) -> State:
        wanted = fold([*state.events, *sealed(changes, after=state.events)])
        self._text(wanted)  # where the view cannot be changed, nothing is written at all
        before, after = state.rev, state.rev + len(changes)
        temporary = intended(self.view, before=before, after=after)
        new = self._appended(state, changes)
        events = (*state.events, *new)
        self._settle(temporary, fold(state.events), fold(events))
        return State(events, fold(events), (), False, True)

    def _text(self, wanted: Entries) -> str:
        text, present = self._view()
        if same_entry(present, wanted):
            return text
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return mark + rewritten(text.removeprefix("\ufeff"), wanted, name=str(self.view), order=self.order)

    def _settle(self, temporary: Path, base: Entries, wanted: Entries) -> None:
        """Bring the view to ``wanted``, but leave alone what somebody changed in it since it said ``base``."""
        present = self._view()[1]
        by_hand = {change.q: change.value for change in edits_between(base, present, who="", at="")}
        merged: dict[str, Any] = {**wanted, **by_hand}
        text = self._text({name: entry for name, entry in merged.items() if entry is not None})
        put_in_place(temporary, self.view, text.encode())

    def _recovered(self) -> None:
        """Finish what a process that was ended had begun."""
        for left in pending(self.view):
            events, _ = read_chain(self._log_bytes(), name=str(self.log))
            if len(events) >= left.after:
                self._settle(left.path, fold(events[: left.before]), fold(events))
            else:
                left.path.unlink(missing_ok=True)
