"""How the command line speaks: data to stdout, words to stderr, JSON where it was asked for.

In: results of the rooms. Out: text. Holds no wording of findings and no arithmetic.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.errors import Exit, Fault, ImpactError

__all__ = [
    "Speaker",
    "columns",
    "command_name",
    "paragraph",
    "print_error",
    "print_failure",
    "shown",
    "typed",
    "wrapped",
]

WIDEST = 100


def width() -> int:
    """Columns to write in: those of the terminal, or ``WIDEST`` where there is none."""
    return max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


@dataclass(frozen=True)
class Speaker:
    """What a command says while it works.

    Attributes:
        json: The result goes to stdout as JSON; words stay on stderr.
        quiet: Progress is not told.
    """

    json: bool = False
    quiet: bool = False

    def step(self, text: str) -> None:
        """Progress, one line to stderr."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)  # noqa: T201  # this module is where words are printed

    def say(self, text: str) -> None:
        """A sentence for the person, to stderr; not silenced by ``quiet``."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    def result(self, value: Any, text: str | Iterable[str]) -> None:
        """The result itself: JSON or text, to stdout."""
        if self.json:
            from impact.canonical import pretty_json

            sys.stdout.write(pretty_json(value))
        else:
            lines = [text] if isinstance(text, str) else list(text)
            sys.stdout.write("\n".join(lines) + ("\n" if lines else ""))
        sys.stdout.flush()


def command_name() -> str:
    """How the person called us: ``./run`` says it was typed, so that a suggested line can be typed too."""
    return os.environ.get("IMPACT_CALLED_AS") or "impact"


def print_failure(status: int, faults: Sequence[Fault] = ()) -> None:
    """What went wrong as data on stdout, for ``--json``."""
    from impact.canonical import pretty_json

    sys.stdout.write(pretty_json({"ok": False, "exit": status, "faults": [fault.to_json() for fault in faults]}))
    sys.stdout.flush()


def shown(text: str) -> str:
    """Text of somebody else's file without what would steer a terminal: such characters are written as escapes."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)


def print_error(error: ImpactError, *, json: bool) -> None:
    """Every fault on a line of its own to stderr; with ``json`` the same as data on stdout."""
    if json:
        print_failure(int(error.exit), error.faults)
    for fault in error.faults:
        print(f"impact: {shown(str(fault))}", file=sys.stderr)  # noqa: T201


def columns(rows: Sequence[Sequence[str]], *, indent: int = 2) -> list[str]:
    """Rows as aligned columns; the last column is free to be long.

    >>> columns([["PRI", "Very high"], ["EQU", "High"]])
    ['  PRI  Very high', '  EQU  High']
    """
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        " " * indent + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]


def paragraph(text: str, *, indent: str = "", hang: str = "") -> list[str]:
    """Words wrapped for a terminal, all lines but the first further in by ``hang``; a path or a digest is never cut."""
    import textwrap

    wrapped = textwrap.wrap(
        text,
        width(),
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped or [""]


def wrapped(lines: Iterable[str]) -> list[str]:
    """Lines of a result; one that is too long goes on further in than it began."""
    found: list[str] = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        found += [line] if len(line) <= width() else paragraph(line.strip(), indent=indent, hang="    ")
    return found


INTERNAL_HINT = (
    "impact: something went wrong inside impact itself; no result was written. "
    "Run again with “impact --debug …” for a traceback. Read it before you send it on: it may quote a value. "
    f"[exit {int(Exit.INTERNAL)}]"
)


def typed(path: Path) -> str:
    """A path as it can be typed: quoted where it holds spaces."""
    from shlex import quote

    return quote(str(path))
