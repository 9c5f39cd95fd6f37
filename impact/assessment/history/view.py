"""assessment.yaml, changed in one entry and nowhere else: every comment, quote and line break of its author stays.

In: the file's text and the entries that shall stand in it. Out: the new text, read back and compared before anybody
writes it. Opens no file. Why not the library's round trip: on the worked example it re-wraps 73 of 188 lines to
change one answer; this touches the lines of that answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from impact.assessment.answers import plain
from impact.assessment.history.fold import same_entry
from impact.assessment.history.written import entry_lines
from impact.errors import AnswerError, Fault
from impact.yamlfile import Located, YamlFaults, parse
from impact.yamlspans import Entries, entries_of

__all__ = ["head_of", "read_view", "rewritten"]

KEY = "answers"


def read_view(text: str, *, name: str) -> tuple[Located, dict[str, Any]]:
    """The file, and its entries as plain data; a key with nothing behind it is no entry.

    Raises:
        AnswerError: A001 to A004 the text cannot be read; A011 “answers” holds no answers; A053 a number that is none.
    """
    try:
        located = parse(text, name=name, family="A")
    except YamlFaults as error:
        raise AnswerError(error.faults) from None
    data = located.data.get(KEY) if isinstance(located.data, dict) else None
    if data is None or data == "":
        return located, {}
    if not isinstance(data, dict):
        remedy = "Write “A7: …”, with a space after the colon"
        where = located.place_of((KEY,))
        what = "what stands here is no answer"
        raise AnswerError(Fault(where, what, "question ids and their answers", remedy, "A011"))
    found = {str(key): plain(value) for key, value in data.items() if value is not None and value != ""}
    faults = [
        Fault(
            located.place_of((KEY, key)), f"the answer to {key} holds a number that is none", "", "Correct it", "A053"
        )
        for key, value in found.items()
        if not _writable(value)
    ]
    if faults:
        raise AnswerError(faults)
    return located, found


def _writable(value: Any) -> bool:
    try:
        return same_entry(value, value)
    except (TypeError, ValueError):
        return False


def rewritten(text: str, wanted: Mapping[str, Any], *, name: str, order: Sequence[str] = ()) -> str:
    """The text with exactly the entries ``wanted``, where only entries that differ are touched.

    A new entry takes the place of its commented-out key (``# A9:``), else it stands behind the last question before it
    in ``order``. Comments that stood inside a changed entry move to the line above it.

    Args:
        text: The file as it stands.
        wanted: Question -> entry, plain.
        name: How messages name the file.
        order: Question ids in the order of the pack.

    Raises:
        AnswerError: As :func:`read_view`; A054 the file is written in a way in which no entry can be changed alone.
    """
    located, present = read_view(text, name=name)
    new = text
    for question in [key for key in present if key not in wanted]:
        new = _without(new, question)
    for question, entry in wanted.items():
        if question not in present or not same_entry(present[question], entry):
            new = _with(new, question, entry, order)
    try:
        after, stands = read_view(new, name=name)
        kept = head_of(located) == head_of(after) and same_entry(dict(wanted), stands)
    except AnswerError:
        kept = False
    if not kept:
        remedy = "Write this answer into the file by hand, or put each answer on lines of its own"
        raise AnswerError(Fault(located.place_of((KEY,)), "this answer cannot be put in alone", "", remedy, "A054"))
    return new


def head_of(located: Located) -> dict[str, Any]:
    """Everything of the file but the answers, plain."""
    data = located.data if isinstance(located.data, dict) else {}
    return {key: plain(value) for key, value in data.items() if key != KEY}


def _entries(text: str) -> Entries | None:
    try:
        return entries_of(text, KEY)
    except ValueError:
        return None


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with(text: str, question: str, entry: Any, order: Sequence[str]) -> str:
    line = _newline(text)
    found = _entries(text)
    if found is None:  # no “answers:” at all
        return text.rstrip() + line + f"{KEY}:{line}" + line.join(entry_lines(question, entry)) + line
    if found.flow or (not found.members and found.end > found.start):
        text = _unfolded(text, found)
        found = _entries(text)
        assert found is not None
    indent = found.members[0].column if found.members else 2
    lines = entry_lines(question, entry, indent=indent)
    old = next((one for one in found.members if one.key == question), None)
    if old is not None:
        above = "".join(f"{comment}{line}{' ' * indent}" for comment in old.comments)
        return text[: old.start] + above + line.join(lines).lstrip(" ") + text[old.end :]
    waiting = re.compile(rf"^[ \t]*# ?{re.escape(question)}:[ \t]*(?=\r?$)", re.MULTILINE)
    places = list(waiting.finditer(text, _key_end(text)))
    if len(places) == 1:
        return text[: places[0].start()] + line.join(lines) + text[places[0].end() :]
    at = _behind(text, found, question, order)
    begun = "" if at == 0 or text[at - 1] == "\n" else line
    return text[:at] + begun + line.join(lines) + line + text[at:]


def _behind(text: str, found: Entries, question: str, order: Sequence[str]) -> int:
    """Where a new entry begins: the line after the last question that stands before it in the pack."""
    rank = {name: number for number, name in enumerate(order)}
    mine = rank.get(question, len(rank))
    before = [one.end for one in found.members if rank.get(one.key, -1) <= mine]
    if before:
        return _next_line(text, max(before))
    if found.members:
        return _line_start(text, found.members[0].start)
    return _next_line(text, _key_end(text))


def _without(text: str, question: str) -> str:
    found = _entries(text)
    assert found is not None
    if found.flow:
        text = _unfolded(text, found)
        found = _entries(text)
        assert found is not None
    old = next(one for one in found.members if one.key == question)
    indent = " " * old.column
    above = "".join(f"{comment}{_newline(text)}{indent}" for comment in old.comments)
    return text[: old.start] + above + f"# {question}:" + text[old.end :]


def _unfolded(text: str, found: Entries) -> str:
    """``answers: {A9: 1}`` with each entry on a line of its own; ``answers: null`` with nothing behind it."""
    line = _newline(text)
    lines = [f"{line}  {comment}" for one in found.members for comment in one.comments]
    lines += [f"{line}  {text[one.start : one.end]}" for one in found.members]
    return text[: found.start].rstrip(" ") + "".join(lines) + text[found.end :]


def _key_end(text: str) -> int:
    key = re.compile(rf"^{KEY}[ \t]*:", re.MULTILINE).search(text)
    assert key is not None  # the file has been read, and it is there
    return key.end()


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _next_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
