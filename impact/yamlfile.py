"""YAML 1.2 with line and column, for packs, answers and plans alike.

In: text or a file. Out: plain data and the place of every value and key in it; faults in file order.
Refuses aliases, anchors, tags, duplicate keys and oversized files. ruamel.yaml is imported only here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import Fault

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["KEY", "Located", "Place", "YamlFaults", "faults_of_model", "load", "nearest", "parse"]

Place = tuple[int, int]  # line and column, from 1
Path_ = tuple[str | int, ...]
KEY = "@key"
MAX_BYTES = 10_000_000  # far above the largest pack; a bound on what an assessor's machine will try to read
MAX_DEPTH = 60


class YamlFaults(Exception):  # noqa: N818  # it carries faults; it is not itself an error of a room
    """The file cannot be read as YAML; the caller turns this into the error of its own room."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


@dataclass(frozen=True)
class Located:
    """Plain data with the place of each part.

    Attributes:
        name: The file's name as shown in messages.
        data: dict, list, str, int, float, bool, date or None.
        places: Path of keys and indexes -> (line, column); the place of a key has ``KEY`` appended.
    """

    name: str
    data: Any
    places: Mapping[Path_, Place]

    def place_of(self, loc: Iterable[str | int], *, key: bool = False) -> str:
        """``file:line:column`` of a value, or of its key. Parts of ``loc`` that the file lacks are skipped."""
        path: Path_ = ()
        for part in loc:
            if (*path, part) in self.places:
                path = (*path, part)
        line, column = self.places.get((*path, KEY) if key else path, self.places.get((), (1, 1)))
        return f"{self.name}:{line}:{column}"


def load(path: Path, *, name: str | None = None, family: str = "Q") -> Located:
    """Read a YAML file.

    Args:
        path: The file; a folder or a symbolic link is refused.
        name: How messages name the file; its path by default.
        family: Letter of the fault codes: Q packs, A answers, E plans, G settings.

    Raises:
        YamlFaults: x001 unreadable or not YAML, x002 duplicate key, x003 alias, anchor or tag, x004 too large or deep.
    """
    shown = name or str(path)
    if path.is_symlink() or not path.is_file():
        what = "is a symbolic link" if path.is_symlink() else "does not exist" if not path.exists() else "is a folder"
        raise YamlFaults([Fault(shown, f"the file {what}", "a YAML file", "Check the path", f"{family}001")])
    if path.stat().st_size > MAX_BYTES:
        raise YamlFaults(
            [Fault(shown, "the file is larger than 10 MB", "a smaller file", "Split it, or check it", f"{family}004")]
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlFaults(
            [Fault(shown, f"not UTF-8 at byte {error.start}", "UTF-8 text", "Save the file as UTF-8", f"{family}001")]
        ) from None
    return parse(text, name=shown, family=family)


def parse(text: str, *, name: str, family: str = "Q") -> Located:
    """Parse YAML 1.2 text: ``yes``, ``no`` and ``12:30`` stay text. See :func:`load` for the faults.

    >>> parse("a: {b: no}", name="x.yaml").data
    {'a': {'b': 'no'}}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    yaml = YAML(typ="safe", pure=True)
    try:
        refused = _refused(yaml.parse(text), name, family)
        if refused:
            raise YamlFaults(refused)
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = (error.problem or "cannot be read").split("\n")[0]
        raise YamlFaults([Fault(where, problem, "YAML 1.2", "Correct the line", f"{family}001")]) from None
    except RecursionError:
        raise YamlFaults([_too_deep(name, family)]) from None
    if node is None:
        return Located(name, None, {(): (1, 1)})

    places: dict[Path_, Place] = {}
    faults: list[Fault] = []
    make: Any = YAML(typ="safe", pure=True).constructor

    def walk(part: Any, path: Path_) -> None:
        if len(path) > MAX_DEPTH:
            raise YamlFaults([_too_deep(name, family)])
        places.setdefault(path, (part.start_mark.line + 1, part.start_mark.column + 1))
        if isinstance(part, MappingNode):
            seen: set[str] = set()
            for key, value in part.value:
                line, column = key.start_mark.line + 1, key.start_mark.column + 1
                if not isinstance(key, ScalarNode):
                    faults.append(
                        Fault(f"{name}:{line}:{column}", "a key is a list or a mapping", "text", "", f"{family}001")
                    )
                    continue
                if key.value in seen:
                    faults.append(
                        Fault(
                            f"{name}:{line}:{column}",
                            f"key “{key.value}” occurs twice",
                            "each key once",
                            "Remove one of the two",
                            f"{family}002",
                        )
                    )
                seen.add(key.value)
                places[(*path, key.value, KEY)] = (line, column)
                walk(value, (*path, key.value))
        elif isinstance(part, SequenceNode):
            for index, value in enumerate(part.value):
                walk(value, (*path, index))
        elif part.tag == "tag:yaml.org,2002:timestamp":
            try:
                make.construct_object(part)
            except ValueError:  # 2026-13-01 looks like a date and is none; ruamel gives neither line nor column
                where = f"{name}:{part.start_mark.line + 1}:{part.start_mark.column + 1}"
                wanted = "a date such as 2026-11-20"
                faults.append(Fault(where, "no such date exists", wanted, "Correct it", f"{family}001"))

    walk(node, ())
    if faults:
        raise YamlFaults(faults)
    # From the nodes already at hand: parsing the text again would take as long as all of the above.
    return Located(name, make.construct_document(node), places)


def _refused(events: Iterable[Any], name: str, family: str) -> list[Fault]:
    """Aliases, anchors and tags; stops at the first level that is too deep, before anything is composed."""
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    found = []
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            return [_too_deep(name, family)]
        kind = "an alias" if isinstance(event, AliasEvent) else None
        kind = kind or ("an anchor" if getattr(event, "anchor", None) else None)
        kind = kind or ("a tag" if getattr(event, "tag", None) is not None else None)
        if kind:
            where = f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            found.append(Fault(where, f"{kind} is used", "plain YAML", "Write the value out", f"{family}003"))
    return found


def _too_deep(name: str, family: str) -> Fault:
    return Fault(name, f"nested more than {MAX_DEPTH} levels deep", "a flatter file", "", f"{family}004")


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that looks most like ``word``, or None.

    >>> nearest("desicion", ["decision", "outcome"])
    'decision'
    """
    found = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else None


def faults_of_model(
    error: ValidationError,
    located: Located,
    *,
    codes: Mapping[str, str],
    default: str,
    allowed: Callable[[tuple[str | int, ...]], Iterable[str]] | None = None,
    model: type[BaseModel] | None = None,
) -> list[Fault]:
    """Faults of a pydantic validation in file order, each with its place.

    Args:
        error: What pydantic raised, in strict mode.
        located: The file that was validated.
        codes: Pydantic error type (``missing``, ``extra_forbidden`` …) -> fault code.
        default: Code of every other error type.
        allowed: Gives the keys that are allowed at a path, for suggestions.
        model: Alternative to ``allowed``: the model whose own fields are suggested.
    """
    found: list[tuple[Place, Fault]] = []
    for item in error.errors(include_url=False):
        loc = tuple(item["loc"])
        kind = item["type"]
        code = codes.get(kind, default)
        if kind == "extra_forbidden":
            where = located.place_of(loc, key=True)
            names = list(allowed(loc[:-1])) if allowed else _fields_at(model, loc[:-1])
            near = nearest(str(loc[-1]), names)
            remedy = f"Did you mean “{near}”?" if near else "Remove it, or check the name"
            fault = Fault(where, f"unknown key “{loc[-1]}”", "", remedy, code)
        elif kind == "missing":
            where = located.place_of(loc[:-1])
            fault = Fault(where, f"missing “{loc[-1]}”", "", "Add it", code)
        else:
            where = located.place_of(loc)
            what = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            spoken = ".".join(str(part) for part in loc if not str(part).startswith("function-"))
            fault = Fault(where, f"“{spoken}”: {what[:1].lower() + what[1:]}", "", "", code)
        line, column = where.rsplit(":", 2)[-2:]
        found.append(((int(line), int(column)), fault))
    return [fault for _, fault in sorted(found, key=lambda pair: pair[0])]


def _fields_at(model: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Names (aliases first) of the fields of ``model`` at a path; empty where the path leaves known models."""
    from typing import get_args

    from pydantic import BaseModel

    def models_in(kind: Any) -> list[type[BaseModel]]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return [kind]
        return [found for part in get_args(kind) for found in models_in(part)]

    current = [model] if model is not None else []
    for part in loc:
        if isinstance(part, int):
            continue
        following: list[type[BaseModel]] = []
        for each in current:
            for name, field in each.model_fields.items():
                if part in (name, field.alias):
                    following += models_in(field.annotation)
        current = following or current
    return [field.alias or name for each in current for name, field in each.model_fields.items()]
