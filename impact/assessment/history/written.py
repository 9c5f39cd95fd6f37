"""An entry as YAML text, short where it is short, that reads back as the same data.

In: plain data. Out: lines. What is not plainly a word is written in double quotes, so that nothing is taken for
something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["entry_lines"]

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z][\w'’()/.+-]*(?: [\w'’()/.+-]+)*", re.ASCII)
_TAKEN = {"true", "false", "null"}  # YAML 1.2; yes and no are words, as in the packs
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS = ("date", "expires")
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff\xa0\xad]")
_BLOCKS = ("rows", "evidence")
_ORDER = (
    "status", "reason", "value", "text", "rows", "judged", "note", "stand", "evidence",
    "author", "date", "time", "drafted_by", "change_reason",
)  # fmt: skip
_PIECE = ("file", "url", "title", "date", "expires", "published", "verified_by")


def entry_lines(name: str, entry: Any, *, indent: int = 2) -> list[str]:
    """The lines of one answer, from its key on.

    >>> entry_lines("A9", {"value": 45000, "author": "A. Person", "date": "2026-11-20"})
    ['  A9: {value: 45000, author: A. Person, date: 2026-11-20}']
    >>> entry_lines("C9", "no")
    ['  C9: no']
    """
    entry = _in_order(entry)
    pad = " " * indent
    short = f"{pad}{name}: {_flow(entry)}"
    holds_lists = isinstance(entry, Mapping) and any(entry.get(key) for key in _BLOCKS)
    if len(short) <= WIDTH and not holds_lists:
        return [short]
    if not isinstance(entry, Mapping):
        return _items(f"{pad}{name}:", entry, indent) if isinstance(entry, list) else _text(f"{pad}{name}:", entry)
    lines = [f"{pad}{name}:"]
    for key, value in entry.items():
        if key in _BLOCKS and isinstance(value, list) and value:
            lines += _items(f"{pad}  {key}:", value, indent + 2)
        elif isinstance(value, str):
            lines += _text(f"{pad}  {key}:", value, day=key in _DAYS)
        else:
            lines.append(f"{pad}  {key}: {_flow(value)}")
    return lines


def _in_order(entry: Any) -> Any:
    """Keys in the order in which people read them; the history has them by the alphabet."""
    if not isinstance(entry, Mapping):
        return entry
    found = {key: entry[key] for key in (*_ORDER, *sorted(set(entry) - set(_ORDER))) if key in entry}
    pieces = found.get("evidence")
    if isinstance(pieces, list):
        found["evidence"] = [
            {key: one[key] for key in (*_PIECE, *sorted(set(one) - set(_PIECE))) if key in one}
            if isinstance(one, Mapping)
            else one
            for one in pieces
        ]
    return found


def _items(head: str, value: list[Any], indent: int) -> list[str]:
    return [head, *(f"{' ' * indent}  - {_flow(part)}" for part in value)]


def _text(head: str, value: Any, *, day: bool = False) -> list[str]:
    """Text that is too long for its line goes on in the next ones, broken at single spaces only."""
    one = f"{head} {_flow(value, day=day)}"
    if len(one) <= WIDTH or not isinstance(value, str):
        return [one]
    pad = " " * (len(head) - len(head.lstrip()) + 4)
    lines, line = [], f"{head} "
    # In double quotes a line break is read as one space; escapes stand in no danger, since they hold no space.
    for word in re.split(r"(?<=[^ ]) (?=[^ ])", _quoted(value)):
        if line.strip() and not line.endswith(" ") and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = pad + word
        else:
            line += word if line.endswith(" ") and (line == f"{head} ") else f" {word}"
    return [*lines, line]


def _flow(value: Any, *, day: bool = False) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(str(k))}: {_flow(v, day=k in _DAYS)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, str):
        return value if day and _DAY.fullmatch(value) else _word(value)
    return json.dumps(value, allow_nan=False)


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN and len(text) < WIDTH else _quoted(text)


def _quoted(text: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
