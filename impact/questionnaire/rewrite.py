"""The text of assessment.yaml after a migration: the words that change are changed, and every other stays as written.

In: the text and what became of its answers. Out: the new text, or where the form of the file does not allow it.
An answer that is not carried over stays in the file as a comment with its reason. No comment is lost.
"""

from __future__ import annotations

import re

from impact.errors import AnswerError, Fault
from impact.questionnaire.carry import Carried
from impact.yamlfile import Located, Path_, YamlFaults, parse

__all__ = ["rewritten"]

_SCALAR = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:[^']|'')*'|[^\s,\[\]{}#:]+)""")
_LIST = re.compile(r"\[[^\[\]{}]*\]")


def rewritten(text: str, before: Located, carried: Carried) -> str:
    """The file with its answers carried over, and the version of the pack in its head.

    Args:
        text: The file as it is.
        before: The same, parsed.
        carried: What became of its answers.

    Raises:
        AnswerError: Q045 an answer is written so that it cannot be changed without writing the file anew.
    """
    lines = text.split("\n")
    changes: list[tuple[int, int, Path_, str | tuple[str, ...]]] = []
    for at, name in carried.edits.keys.items():
        changes.append((*before.places[at], at, name))
    for at, value in carried.edits.values.items():
        changes.append((*before.places[at], at, value))
    version: Path_ = ("pack", "version")
    changes.append((*before.places[version], version, f'"{carried.after}"'))
    # From the end of the file to its beginning, so that no change moves the place of another.
    for line, column, _, value in sorted(changes, key=lambda change: change[:2], reverse=True):
        head, tail = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
        old = (_LIST if isinstance(value, tuple) and tail.startswith("[") else _SCALAR).match(tail)
        if old is None:
            raise _cannot(f"{before.name}:{line}:{column}")
        new = value if isinstance(value, str) else f"[{', '.join(map(_written, value))}]"
        lines[line - 1] = head + _written(new, old[0]) + tail[old.end() :]
    for name, (first, last) in sorted(_spans(before, carried, lines).items(), key=lambda pair: pair[1], reverse=True):
        margin = " " * (len(lines[first]) - len(lines[first].lstrip()))
        reason = carried.edits.gone[name]
        kept = [f"{margin}# {line.removeprefix(margin)}".rstrip() for line in lines[first:last]]
        told = f"{margin}# Not carried over from version {carried.before}: {' '.join(reason.split())}"
        lines[first:last] = [told, *kept]
    made = "\n".join(lines)
    _held(made, before, carried)
    return made


def _written(value: str, old: str = "") -> str:
    """A code as YAML: in quotes where the old word was, or where it would be read as something else."""
    plain = re.fullmatch(r"[A-Za-z][\w-]*", value) and value.lower() not in ("null", "true", "false")
    if value.startswith(("[", '"')) or (plain and not old.startswith(('"', "'"))):
        return value
    return f'"{value}"'


def _spans(before: Located, carried: Carried, lines: list[str]) -> dict[str, tuple[int, int]]:
    """First line and the line behind the last (from 0) of each answer that goes. Notes behind it stay."""
    starts = sorted(
        (place[0] - 1, str(at[1])) for at, place in before.places.items() if at[:1] == ("answers",) and len(at) == 3
        and at[2] == "@key"
    )  # fmt: skip
    below = [place[0] - 1 for at, place in before.places.items() if len(at) == 2 and at[1] == "@key"]
    found = {}
    for number, (line, name) in enumerate(starts):
        if name not in carried.edits.gone:
            continue
        end = (
            starts[number + 1][0]
            if number + 1 < len(starts)
            else min([b for b in below if b > line], default=len(lines))
        )
        if end <= line:
            raise _cannot(f"{before.name}:{line + 1}:1")
        while end > line + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        found[name] = (line, end)
    return found


def _held(made: str, before: Located, carried: Carried) -> None:
    """The new text must say exactly what the migration says: anything else is refused, and nothing is written."""
    wanted = {**carried.located.data, "pack": {**carried.located.data["pack"], "version": carried.after}}
    wanted["answers"] = {**wanted["answers"]} or None
    try:
        data = parse(made, name=before.name, family="A").data
    except YamlFaults:
        data = None
    if data != wanted:
        raise _cannot(before.place_of(("answers",), key=True))


def _cannot(where: str) -> AnswerError:
    found = "the answers are written so that they cannot be changed word by word"
    wanted = "each answer on lines of its own, as “impact new” writes them"
    return AnswerError(Fault(where, found, wanted, "Write it so, or change the answers by hand", "Q045"))
