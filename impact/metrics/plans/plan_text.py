"""A plan as YAML text with comments, for people to read and change.

In: plain data and a comment for any key. Out: YAML 1.2 text that ``load_plan`` reads back as the same data.
Writes what is given and decides nothing. Texts are quoted wherever YAML could read them as something else.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["as_yaml", "lean"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*([ ./-][A-Za-z0-9_]+)*")
# Words that YAML 1.2 or an older reader takes for something other than text.
_READ_OTHERWISE = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_WIDTH = 100


def as_yaml(data: Mapping[str, Any], *, notes: Mapping[str, str] | None = None) -> str:
    """YAML in block style; lists stand on one line.

    Args:
        data: Mappings, lists, texts, numbers, true and false.
        notes: Path of keys joined with dots -> a comment that stands above the key.

    >>> print(as_yaml({"a": {"yes": ["Y", 1, True]}, "b": "no"}, notes={"b": "why"}), end="")
    a:
      yes: ["Y", 1, true]
    # why
    b: "no"
    """
    return "".join(f"{line}\n" for line in _lines(data, notes or {}, ()))


def lean(data: Any) -> Any:
    """Plain data without keys that say nothing: null, and empty lists and mappings.

    >>> lean({"a": None, "b": {"c": []}, "d": [0, ""], "e": False})
    {'d': [0, ''], 'e': False}
    """
    if isinstance(data, Mapping):
        kept = {key: lean(value) for key, value in data.items()}
        return {key: value for key, value in kept.items() if value is not None and value not in ([], {}, ())}
    return data


def _lines(data: Mapping[str, Any], notes: Mapping[str, str], path: tuple[str, ...]) -> Iterator[str]:
    indent = "  " * len(path)
    for key, value in data.items():
        here = (*path, str(key))
        name = str(key) if key in ("yes", "no") else _scalar(str(key))  # keys of every plan, and text in YAML 1.2
        for line in _comment(notes.get(".".join(here), "")):
            yield f"{indent}# {line}".rstrip()
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}:"
            yield from _lines(value, notes, here)
        else:
            yield f"{indent}{name}: {_flow(value)}"


def _comment(text: str) -> list[str]:
    return [line for part in text.splitlines() for line in (textwrap.wrap(part, _WIDTH) or [""])]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        # Inside brackets every text is quoted: a comma or a colon in it would end it.
        return "[" + ", ".join(_quoted(each) if isinstance(each, str) else _flow(each) for each in value) + "]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _READ_OTHERWISE
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """A text in double quotation marks; what cannot be seen is written as an escape."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in written)


def _escape(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
