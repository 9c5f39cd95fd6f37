"""Where each entry of one mapping begins and ends in a YAML text, so that one entry can be changed and nothing else.

In: text that yamlfile.py has read without a fault. Out: positions as indexes into that text, and the comments inside.
Changes nothing itself. ruamel.yaml is imported inside the function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Entries", "Entry", "entries_of"]


@dataclass(frozen=True)
class Entry:
    """One key with its value.

    Attributes:
        key: The key as text.
        start: Where the key begins.
        end: Behind the last character of its value; comments and blank lines that follow are not part of it.
        column: Spaces in front of the key.
        comments: Comments that stand inside the entry, each from its ``#``.
    """

    key: str
    start: int
    end: int
    column: int
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Entries:
    """The value of one key at the top of the file, where it is a mapping or empty.

    Attributes:
        start, end: The value; equal where nothing stands behind the key.
        flow: Written in braces.
        members: Its entries in file order.
    """

    start: int
    end: int
    flow: bool
    members: tuple[Entry, ...]


def entries_of(text: str, key: str) -> Entries | None:
    """The entries below ``key`` at the top of the file; None where the file has no such key.

    Raises:
        ValueError: What stands behind the key is neither a mapping nor empty.

    >>> found = entries_of("a: 1\\nb:\\n  x: 1   # one\\n  # y:\\n", "b")
    >>> [(one.key, "b:\\n  x: 1"[one.start - 5 : one.end - 5]) for one in found.members]
    [('x', 'x: 1')]
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    node = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(node, MappingNode):
        return None
    value = next((value for name, value in node.value if name.value == key), None)
    if value is None:
        return None
    start = value.start_mark.index
    if isinstance(value, ScalarNode) and value.value in ("", "null", "~"):
        return Entries(start, value.end_mark.index, False, ())
    if not isinstance(value, MappingNode):
        raise ValueError(f"“{key}” holds neither entries nor nothing")
    members = tuple(_entry(text, name, part) for name, part in value.value)
    end = value.end_mark.index if value.flow_style else max(one.end for one in members)
    return Entries(start, end, bool(value.flow_style), members)


def _entry(text: str, name: Any, value: Any) -> Entry:
    start, column = name.start_mark.index, name.start_mark.column
    leaves = sorted(_pair(text, name, value, column))
    end = max(finish for _, finish in leaves)
    gaps, at = [], start
    for first, last in leaves:
        gaps.append(text[at:first])
        at = max(at, last)
    comments = [found for gap in gaps for found in re.findall(r"(?:^|(?<=\s))#[^\r\n]*", gap)]
    return Entry(name.value, start, end, column, tuple(comments))


def _pair(text: str, name: Any, value: Any, column: int) -> Iterator[tuple[int, int]]:
    """A key with its colon, and its value; an empty value has no place of its own."""
    end = name.end_mark.index
    yield (name.start_mark.index, text.index(":", end) + 1 if ":" in text[end:] else end)
    if value.start_mark.index < value.end_mark.index:
        yield from _leaves(text, value, column)


def _leaves(text: str, node: Any, column: int) -> Iterator[tuple[int, int]]:
    """Spans of scalars, and of the closing brackets of what is written in brackets."""
    from ruamel.yaml.nodes import ScalarNode, SequenceNode

    if isinstance(node, ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        yield (start, _end_of_block(text, start, column) if node.style in ("|", ">") else end)
        return
    if isinstance(node, SequenceNode):
        inner = column if node.flow_style else node.start_mark.column
        for part in node.value:
            yield from _leaves(text, part, inner)
    else:
        for name, value in node.value:
            yield from _pair(text, name, value, column if node.flow_style else name.start_mark.column)
    if node.flow_style:
        end = node.end_mark.index
        yield (end - 1, end)


def _end_of_block(text: str, start: int, column: int) -> int:
    """Behind the last line of a block scalar: lines further in than the entry's key, and blank lines between them."""
    end = at = _line_end(text, start)
    while at < len(text):
        begin = at + (2 if text.startswith("\r\n", at) else 1)
        at = _line_end(text, begin)
        line = text[begin:at]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        end = at if line.strip() else end
        if begin >= len(text):
            break
    return end


def _line_end(text: str, at: int) -> int:
    found = re.compile(r"\r?\n").search(text, at)
    return found.start() if found else len(text)
