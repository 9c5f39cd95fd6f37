"""What is wrong with a file that is not YAML, in words for somebody who does not know YAML.

In: text, and where the parser of :mod:`impact.yamlfile` stopped. Out: faults in file order, as many as can be told.
Judges the form of lines only; knows no keys and no values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impact.errors import Fault

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

__all__ = ["CONTROL", "MOST_MISTAKES", "mistakes", "unseen"]

Place = tuple[int, int]  # line and column, from 0
MOST_MISTAKES = 20  # told at once; each costs a reading of the file
CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # YAML 1.2, 5.1
_HARD_SPACE = re.compile(
    r"^ *(?:- )?(?:[\w-]+:)?(\xa0)", re.MULTILINE
)  # pasted from a word processor; looks like a space


def unseen(text: str, name: str, family: str) -> list[Fault]:
    """Characters that an editor does not show: control characters, and no-break spaces where a space must stand."""
    found = [(m.start(), f"a control character (U+{ord(m[0]):04X})", "Remove it") for m in CONTROL.finditer(text)]
    hard = "a no-break space where an ordinary space must stand"
    found += [(m.start(1), hard, "Delete it and type a space") for m in _HARD_SPACE.finditer(text)]
    faults = []
    for at, what, remedy in sorted(found)[:MOST_MISTAKES]:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        faults.append(Fault(f"{name}:{line}:{column}", what, "", remedy, f"{family}001"))
    return faults


def mistakes(text: str, error: MarkedYAMLError, name: str, family: str) -> list[Fault]:
    """What is wrong in words for somebody who does not know YAML; goes on behind each mistake whose repair is plain."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    lines = text.splitlines()
    faults: list[Fault] = []
    told: set[int] = set()
    while len(faults) < MOST_MISTAKES:
        (line, column), found, wanted, remedy, repaired = _mistake(lines, error)
        if line in told:  # the repair did not help: this is an echo of a mistake that was told
            break
        told.add(line)
        if line < len(lines) and re.search("[“”]", lines[line]):
            remedy += ". Curly quotes “ ” do not count as quotes: use straight ones"
        faults.append(Fault(f"{name}:{line + 1}:{column + 1}", found, wanted, remedy, f"{family}001"))
        if repaired is None:
            break
        lines[line] = repaired
        try:
            list(YAML(typ="safe", pure=True).parse("\n".join(lines)))
            break
        except MarkedYAMLError as following:
            error = following
    return faults


def _mistake(lines: list[str], error: MarkedYAMLError) -> tuple[Place, str, str, str, str | None]:
    """Line and column from 0, found, wanted, remedy, and the line as it was probably meant; None where that is open."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    row, column = (mark.line, mark.column) if mark else (0, 0)
    line = lines[row] if row < len(lines) else ""
    problem, doing = (error.problem or "").split("\n")[0], error.context or ""
    at, quote = (row, column), "Put the whole value in double quotes"
    head = re.match(r"(\s*(?:- )?[^\s:#]+:\s+)\S", line)
    valued = head is not None and column >= len(head[1])  # the mistake is in the value of a key
    unread = head[1] + "x" if head else None
    if line[column : column + 1] == "\t":
        spaces = line[: len(line) - len(line.lstrip())].replace("\t", "  ")
        return at, "a tab stands here", "spaces", "Replace the tab by spaces", spaces + line.lstrip()
    start = begun or mark
    if start is not None and ("flow" in doing or "quoted" in doing):
        what = "a quotation mark" if "quoted" in doing else "a bracket"
        if start.line == row:
            remedy = "Put text that holds : , [ ] { } or quotes in double quotes"
            return (row, start.column), f"{what} begins here, and what follows does not fit it", "", remedy, unread
        opened = f"{what.replace('a ', 'the ', 1)} opened in line {start.line + 1} is not closed before this"
        return at, opened, "", f"Close it, or: {quote.lower()}", None
    if "cannot start any token" in problem or (valued and head is not None and line[len(head[1])] in "|>-"):
        begins = line[len(head[1])] if valued and head is not None else line[column : column + 1]
        return at, f"a value cannot begin with “{begins}”", "", quote, unread if valued else None
    if problem.startswith("mapping values are not allowed"):
        if valued:
            return at, "a colon and a space inside a value", "", quote, unread
        above = next((lines[n] for n in range(row - 1, -1, -1) if lines[n].strip() and lines[n].strip()[0] != "#"), "")
        meant = re.sub(r"\S.*", "", above) + line.lstrip()
        return (row, len(line) - len(line.lstrip())), *_INDENT, meant
    if "expected ':'" in problem and begun is not None:
        remedy = "Write “key: value” with a space after the colon; indent words that go on from the line above"
        return (begun.line, begun.column), "a line that is not a key with a value", "", remedy, ""
    if "<block end>" in problem:
        if head is not None and valued and line[len(head[1])] in "\"'*&![{":
            remedy = 'Put the whole value in double quotes, and write \\" for a quotation mark inside'
            return at, f"the value goes on behind what “{line[len(head[1])]}” began", "", remedy, unread
        return at, *_INDENT, None
    if "another document" in problem:
        return at, "“---” begins a second document", "one", "Remove the line", None
    return at, problem or "cannot be read", "YAML 1.2", "Correct the line", None


_INDENT = (
    "the line does not stand under the lines it belongs to",
    "as many spaces in front as they have",
    "Correct the spaces in front, here or in the line above",
)
