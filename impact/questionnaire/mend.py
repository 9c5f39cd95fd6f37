"""The rest of a file whose form is wrong in places: so that one wrong line does not hide every other fault.

In: located YAML and the model it does not fit. Out: the same data without the parts that do not fit, and what went.
What is left is used to look for further faults only; a pack that needed mending is never used.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from impact.errors import Fault
from impact.yamlfile import KEY, Located, Path_, Place

__all__ = ["Mended", "echoes", "mended"]

MOST_PARTS = 200  # left out of one file; beyond that the file is not looked at further
_NAMES = ("id", "code", "name")
_BLOCKS = ("bands", "defaults", "caps", "confidence")
_ID = re.compile(r"\b[A-Z][A-Za-z]*-?\d+\w*|\b[A-Z]{2,5}\b")
_QUOTED = re.compile("“([^”]+)”")


@dataclass(frozen=True)
class Mended:
    """A file without the parts that do not fit.

    Attributes:
        located: What is left, each part at the place where it stood.
        names: Ids, codes and names in what was left out: a later complaint that one is missing is an echo.
        lines: First and last line of each question or other part of a list that lost something of its own.
    """

    located: Located
    names: frozenset[str]
    lines: tuple[tuple[int, int], ...]


def mended(located: Located, model: type[BaseModel]) -> Mended | None:
    """The parts of a file that fit a model; None where nothing that fits can be left."""
    data, places = copy.deepcopy(located.data), dict(located.places)
    names: set[str] = set()
    lines: list[tuple[int, int]] = []
    for _ in range(MOST_PARTS):
        error = _error(data, model)
        if error is None:
            return Mended(Located(located.name, data, places), frozenset(names), tuple(lines))
        path = _path(data, error["loc"])  # what lacks a key, or the value that does not fit
        if not path:
            return None
        if error["type"] != "extra_forbidden":
            lines += _span(places, _about(path))
            names |= set(_named(path, _at(data, path)))
        _remove(data, places, path)
    return None


def echoes(fault: Fault, left_out: Iterable[Mended]) -> bool:
    """Whether a fault only says that something is missing which was left out, or stands where something was."""
    file, line, _ = fault.where.rsplit(":", 2) if fault.where.count(":") >= 2 else (fault.where, "0", "0")
    said = {*_QUOTED.findall(fault.found), *_ID.findall(fault.found)}
    for part in left_out:
        if said & part.names:
            return True
        if part.located.name == file and any(first <= int(line) <= last for first, last in part.lines):
            return True
    return False


def _error(data: Any, model: type[BaseModel]) -> Any:
    try:
        model.model_validate(data)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)[0]
    return None


def _path(data: Any, loc: Iterable[str | int]) -> Path_:
    """The parts of a location that the data has; tags of unions are passed over."""
    path: Path_ = ()
    for part in loc:
        inside = part in data if isinstance(data, dict) else False
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data, path = data[part], (*path, part)
    return path


def _about(path: Path_) -> Path_:
    """The question, stop or block whose other faults may follow from the loss of a part."""
    return path[:1] if path[0] in _BLOCKS else path[:2]


def _at(data: Any, path: Path_) -> Any:
    for part in path:
        data = data[part]
    return data


def _named(path: Path_, part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if path and isinstance(path[-1], str):
            yield path[-1]  # a key of law.yaml stands before its entry
        for key, value in part.items():
            if key in _NAMES and isinstance(value, str):
                yield value
            if isinstance(value, dict | list):
                yield from _named((), value)
    elif isinstance(part, list):
        for value in part:
            yield from _named((), value)
    elif path and (path[-1] in _NAMES or path[:1] == ("caps",)):
        yield str(part if path[-1] in _NAMES else path[-1])


def _span(places: dict[Path_, Place], path: Path_) -> list[tuple[int, int]]:
    lines = [place[0] for at, place in places.items() if at[: len(path)] == path]
    return [(min(lines), max(lines))] if path and lines else []


def _remove(data: Any, places: dict[Path_, Place], path: Path_) -> None:
    """Take a part out, and move the places of the members of its list that stood behind it."""
    parent, last, depth = _at(data, path[:-1]), path[-1], len(path) - 1
    del parent[last]
    moved: dict[Path_, Place] = {}
    for at, place in places.items():
        if at[:depth] != path[:-1] or len(at) <= depth or at[depth] == KEY:
            moved[at] = place
        elif at[depth] == last:
            continue
        elif isinstance(last, int) and isinstance(at[depth], int) and int(at[depth]) > last:
            moved[(*at[:depth], int(at[depth]) - 1, *at[depth + 1 :])] = place
        else:
            moved[at] = place
    places.clear()
    places.update(moved)
