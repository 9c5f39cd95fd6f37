"""How the command line speaks: data to stdout, words to stderr, JSON where it was asked for.

In: results of the rooms. Out: text. Holds no wording of findings and no arithmetic.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from impact.errors import Exit, ImpactError

__all__ = ["Speaker", "columns", "paragraph", "print_error"]

WIDTH = 100


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


def print_error(error: ImpactError, *, json: bool) -> None:
    """Every fault on a line of its own to stderr; with ``json`` the same as data on stdout."""
    if json:
        from impact.canonical import pretty_json

        faults = [fault.to_json() for fault in error.faults]
        sys.stdout.write(pretty_json({"ok": False, "exit": int(error.exit), "faults": faults}))
    for fault in error.faults:
        print(f"impact: {fault}", file=sys.stderr)  # noqa: T201


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


def paragraph(text: str, *, indent: str = "") -> list[str]:
    """Words wrapped for a terminal."""
    import textwrap

    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent) or [""]


INTERNAL_HINT = (
    "impact: something went wrong inside impact itself. Nothing was written. "
    "Run again with --debug and send what it prints; it holds no values of people. "
    f"[exit {int(Exit.INTERNAL)}]"
)
