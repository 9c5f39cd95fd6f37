"""YAML 1.2 with line and column, for packs, answers and plans alike.

In: text or a file. Out: plain data and the place of every value and key in it; faults in file order.
Refuses aliases, anchors, tags, duplicate keys and oversized files. ruamel.yaml is imported only here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.errors import Fault
from impact.regularfile import FileRefused, read_regular
from impact.yamlmistakes import CONTROL, mistakes, unseen

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["KEY", "Located", "Place", "YamlFaults", "faults_of_model", "load", "nearest", "parse", "parse_bytes"]

Place = tuple[int, int]  # line and column, from 1
Path_ = tuple[str | int, ...]
KEY = "@key"
MAX_BYTES = 10_000_000  # far above the largest pack; a bound on what an assessor's machine will try to read
MAX_DEPTH = 60
MAX_VALUES = 150_000  # keys and values; each takes about 30 microseconds and 500 bytes
_PATH = "Check the path"


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
    try:
        data = read_regular(path, most=MAX_BYTES)
    except FileRefused as refused:
        code = f"{family}004" if refused.large else f"{family}001"
        wanted, remedy = ("a smaller file", "Split it, or check it") if refused.large else ("a YAML file", _PATH)
        raise YamlFaults([Fault(shown, refused.said, "" if refused.denied else wanted, remedy, code)]) from None
    return parse_bytes(data, name=shown, family=family)


def parse_bytes(data: bytes, *, name: str, family: str = "Q") -> Located:
    """The same for bytes that were read already: a file that was hashed is parsed as it was hashed."""
    return parse(_decoded(data, name, family), name=name, family=family)


def _decoded(data: bytes, name: str, family: str) -> str:
    where, found = name, "the file is UTF-16"
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8")
            where = f"{name}:{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"
            found = f"not UTF-8 at byte {error.start}"
    remedy = "Save the file again as UTF-8 (in Notepad: Save as, Encoding)"
    raise YamlFaults([Fault(where, found, "UTF-8 text", remedy, f"{family}001")])


def parse(text: str, *, name: str, family: str = "Q") -> Located:
    """Parse YAML 1.2 text: ``yes``, ``no`` and ``12:30`` stay text. See :func:`load` for the faults.

    >>> parse("a: {b: no}", name="x.yaml").data
    {'a': {'b': 'no'}}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    hidden = unseen(text, name, family)
    if hidden:
        raise YamlFaults(hidden)
    try:
        node = _composed(text, name, family)
    except MarkedYAMLError as error:
        raise YamlFaults(mistakes(text, error, name, family)) from None
    except YAMLError:
        raise YamlFaults([Fault(name, "not YAML 1.2", "", "Check the file", f"{family}001")]) from None
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
                if CONTROL.search(key.value):
                    what = "a control character is written as an escape in a key"
                    faults.append(Fault(f"{name}:{line}:{column}", what, "", "Remove it", f"{family}001"))
                seen.add(key.value)
                places[(*path, key.value, KEY)] = (line, column)
                walk(value, (*path, key.value))
        elif isinstance(part, SequenceNode):
            for index, value in enumerate(part.value):
                walk(value, (*path, index))
        elif family in "QA" and CONTROL.search(part.value):  # as an escape; a plan may have such a delimiter
            where = f"{name}:{part.start_mark.line + 1}:{part.start_mark.column + 1}"
            what = "a control character is written as an escape"
            faults.append(Fault(where, what, "characters that can be seen", "Remove it", f"{family}001"))
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


class _NotPlain(Exception):  # noqa: N818  # never leaves this module: it stops the composer
    """An alias, an anchor, a tag, or a level too deep."""


def _composed(text: str, name: str, family: str) -> Any:
    """The node tree in one pass, since parsing is what takes time: each event is looked at before it is composed.

    Raises:
        YamlFaults: Every alias, anchor and tag; or that the file is nested too deep.
        MarkedYAMLError: Not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.parser import Parser

    plain = _plainness()

    class Watching(Parser):
        def get_event(self) -> Any:
            event = super().get_event()
            if plain(event) is not None:
                raise _NotPlain
            self.values = getattr(self, "values", 0) + 1
            if self.values > MAX_VALUES:
                found = f"the file has more than {MAX_VALUES:,} values"
                raise YamlFaults([Fault(name, found, "a smaller file", "Split it, or check it", f"{family}004")])
            return event

    yaml = YAML(typ="safe", pure=True)
    yaml.Parser = Watching
    try:
        return yaml.compose(text)
    except _NotPlain:  # told one by one, without composing anything
        raise YamlFaults(_refused(YAML(typ="safe", pure=True).parse(text), name, family)) from None


def _plainness() -> Callable[[Any], str | None]:
    """A function that is given one event after another, and says what stands there that plain YAML does not have."""
    from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

    starts, ends, depth = (MappingStartEvent, SequenceStartEvent), (MappingEndEvent, SequenceEndEvent), 0

    def what(event: Any) -> str | None:
        nonlocal depth
        kind = type(event)
        if kind in starts:
            depth += 1
        elif kind in ends:
            depth -= 1
        if depth > MAX_DEPTH:
            return "depth"
        if kind is AliasEvent:
            return "an alias"
        if getattr(event, "anchor", None):
            return "an anchor"
        return "a tag" if getattr(event, "tag", None) is not None else None

    return what


def _refused(events: Iterable[Any], name: str, family: str) -> list[Fault]:
    """Aliases, anchors and tags; stops at the first level that is too deep, before anything is composed."""
    found, plain = [], _plainness()
    for event in events:
        kind = plain(event)
        if kind == "depth":
            return [_too_deep(name, family)]
        if kind:
            where = f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            remedy = "Write the value out; in double quotes if it is text"
            found.append(Fault(where, f"{kind} is used", "plain YAML", remedy, f"{family}003"))
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
            fault = Fault(located.place_of(loc), *_said_of(item), code)
            where = fault.where
        line, column = where.rsplit(":", 2)[-2:]
        found.append(((int(line), int(column)), fault))
    return [fault for _, fault in sorted(found, key=lambda pair: pair[0])]


_KINDS = {
    "string_type": ("text", "Put it in quotes"),
    "int_type": ("a whole number", "Write digits only"),
    "float_type": ("a number", "Write digits only"),
    "bool_type": ("true or false", "Write one of them"),
    "list_type": ("a list", "Write [one, another]"),
    "tuple_type": ("a list", "Write [one, another]"),
    "dict_type": ("keys and values", "Write “key: value”"),
    "model_type": ("keys and values", "Write “key: value”"),
}


def _said_of(item: ErrorDetails) -> tuple[str, str, str]:
    """Found, wanted and remedy of one pydantic error, in words that need no knowledge of Python."""
    name = ".".join(str(part) for part in item["loc"] if not str(part).startswith("function-"))
    kind, given = item["type"], item["input"]
    if kind in _KINDS or kind == "string_too_short":
        wanted, remedy = _KINDS.get(kind, _KINDS["string_type"])
        if given is None or given == "":
            return f"“{name}” is empty", wanted, "Write it after the colon, or remove the key if it may be left out"
        return f"“{name}” is not {wanted}", "", remedy
    if kind == "literal_error" and isinstance(given, str):
        words = re.findall("'([^']*)'", str(item.get("ctx", {}).get("expected", "")))
        near = nearest(given.lower(), words)
        return f"“{name}” is “{given}”", f"one of {', '.join(words)}", f"Did you mean “{near}”?" if near else ""
    what = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"“{name}”: {what[:1].lower() + what[1:]}", "", ""


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
