"""One event of the history, and the chain that holds events together.

In: lines of log.jsonl. Out: frozen events whose hashes follow from each other; or a fault at the first line that does
not. Knows no file and no question. An event holds what a person answered: it belongs to the assessment folder alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from impact.assessment.folder import HISTORY as LOG
from impact.canonical import canonical_json
from impact.errors import AnswerError, Exit, Fault

__all__ = ["GENESIS", "LOG", "Change", "Event", "Op", "parse_line", "read_chain", "sealed"]

GENESIS = "0" * 64  # what the first event names as the one before it
Op = Literal["set", "clear", "edited", "merge"]
_HASH = re.compile(r"[0-9a-f]{64}")
_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")


@dataclass(frozen=True)
class Change:
    """What is to be written as the next event.

    Attributes:
        who: Who says so.
        op: ``set`` an answer, ``clear`` it, ``edited`` (found in assessment.yaml, changed there by hand), ``merge``
            (a note that another history was joined; it changes no answer).
        q: The question's id; empty for ``merge``.
        value: The whole entry as plain data; None where there is no answer any more.
        at: When, ISO 8601 in UTC.
        merged_from: Hash of the event of another history that this one repeats.
    """

    who: str
    op: Op
    q: str
    value: Any
    at: str
    merged_from: str | None = None


@dataclass(frozen=True)
class Event:
    """A line of the history: a change with its number, the hash of the event before it, and its own."""

    seq: int
    change: Change
    prev: str
    hash: str

    @property
    def identity(self) -> str:
        """The same for an event and for what repeats it in a joined history."""
        return self.change.merged_from or self.hash

    def line(self) -> bytes:
        return canonical_json({**_body(self.seq, self.change, self.prev), "hash": self.hash}) + b"\n"


def _body(seq: int, change: Change, prev: str) -> dict[str, Any]:
    body = {"seq": seq, "at": change.at, "who": change.who, "op": change.op, "q": change.q, "value": change.value}
    if change.merged_from is not None:
        body["merged_from"] = change.merged_from
    return {**body, "prev": prev}


def sealed(changes: Iterable[Change], *, after: Sequence[Event] = ()) -> list[Event]:
    """Changes as events after ``after``: numbered from 1, each with SHA-256 of its canonical JSON without ``hash``.

    Raises:
        ValueError: A value has no canonical form (a number that is none).

    >>> [event.seq for event in sealed([Change("A", "set", "A9", {"value": 1}, "2026-11-20T15:44:00Z")])]
    [1]
    """
    found: list[Event] = []
    seq, prev = (after[-1].seq, after[-1].hash) if after else (0, GENESIS)
    for change in changes:
        seq += 1
        event = Event(seq, change, prev, hashlib.sha256(canonical_json(_body(seq, change, prev))).hexdigest())
        found.append(event)
        prev = event.hash
    return found


def parse_line(line: bytes) -> Event | None:
    """The event that a line holds, if its own hash is right; None for anything else.

    >>> parse_line(b"{}") is None
    True
    """
    try:
        data = json.loads(line)
        change = Change(data["who"], data["op"], data["q"], data["value"], data["at"], data.get("merged_from"))
        event = Event(data["seq"], change, data["prev"], data["hash"])
        known = {"seq", "at", "who", "op", "q", "value", "prev", "hash", "merged_from"}
        words = (change.who, change.op, change.q, change.at, event.prev, event.hash, change.merged_from or "")
        whole = set(data) <= known and type(event.seq) is int and all(isinstance(word, str) for word in words)
        if not whole or change.op not in get_args(Op) or not _HASH.fullmatch(event.prev):
            return None
        right = event.line() == line.rstrip(b"\n") + b"\n"  # one form only: no byte may change unseen
        body = canonical_json(_body(event.seq, change, event.prev))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return event if right and hashlib.sha256(body).hexdigest() == event.hash else None


def read_chain(data: bytes, *, name: str) -> tuple[tuple[Event, ...], int]:
    """The events of a history file, verified.

    Args:
        data: Its bytes.
        name: How messages name the file.

    Returns:
        The events; and how many bytes of whole lines they take. What follows is a last line without its end, which is
        the only damage that a crash may leave: it is not an event.

    Raises:
        AnswerError: A120 (exit 5) a line was changed, removed or put in; A121 two histories stand in one file, as git
            leaves them; A126 its line ends were changed.
    """
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.split(b"\n")[:-1]
    if lines and all(line.endswith(b"\r") for line in lines):
        found = "its line ends were changed, as git does where it is told to"
        remedy = f"Put “{LOG} -text” into .gitattributes and check the file out again"
        raise AnswerError(Fault(name, found, "lines as they were written", remedy, "A126", Exit.DISAGREES))
    events: list[Event] = []
    prev = GENESIS
    for number, line in enumerate(lines, start=1):
        event = parse_line(line)
        if event is None or event.seq != number or event.prev != prev:
            raise AnswerError(_broken(f"{name}:{number}", event, lines))
        events.append(event)
        prev = event.hash
    return tuple(events), len(whole)


def _broken(where: str, event: Event | None, lines: Sequence[bytes]) -> Fault:
    marked = any(_MARKER.match(one.decode("utf-8", "replace")) for one in lines)
    parsed = [parse_line(one) for one in lines]
    forked = len({one.prev for one in parsed if one}) < sum(one is not None for one in parsed)
    if marked or (event is not None and forked):
        remedy = "Join them with “impact merge DIR”: nothing of either is lost"
        return Fault(where, "two histories stand in one file", "one chain", remedy, "A121", Exit.DISAGREES)
    what = "this event was changed after it was written" if event is None else "an event before this one is missing"
    remedy = "Restore the file from a copy; without one, the history up to the line before is what can be relied on"
    return Fault(where, f"chain broken: {what}", "the events as they were written", remedy, "A120", Exit.DISAGREES)
