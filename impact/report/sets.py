"""Template sets: what a set says of itself, what it extends, and every file of it, nearest first.

In: a ``Resource``. Out: ``TemplateSet``: the chain of sets down to the bundled one, its words, colours and logo. A
set of a council's own holds only what differs (docs/adr/0030-overlays.md). Files are read exactly as they were hashed,
and nothing that a set does not list is ever opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from impact.errors import Fault, RenderError, SettingsError
from impact.report.colours import contrast_faults, is_colour
from impact.report.logo import drawn_logo
from impact.report.model import Words
from impact.report.typeface import written_out
from impact.resources import Resource, bundled_folder, find, read_listed
from impact.settings import Settings
from impact.yamlfile import Located, YamlFaults, nearest, parse_bytes

__all__ = ["BASE", "HEAD", "WORDS", "TemplateSet", "open_set", "templates_block"]

BASE = "default"
HEAD, WORDS = "set.yaml", "words.yaml"
_DEEPEST = 5
_KEYS = ("id", "title", "version", "extends", "colours", "logo")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_WORDS = 1_000  # characters of one entry
_MAY_BE_EMPTY = frozenset({"contact"})


@dataclass(frozen=True)
class TemplateSet:
    """A set with all that it is made from.

    Attributes:
        chain: The set itself first, then what it extends, the bundled set last.
        title: What the set calls itself.
        colours: Name -> ``#RRGGBB``, every name of the bundled set.
        words: Name -> words, every name of the bundled set.
        logo: SVG that was checked and written again, or empty.
    """

    chain: tuple[Resource, ...]
    title: str
    colours: Mapping[str, str]
    words: Mapping[str, str]
    logo: Markup

    @property
    def name(self) -> str:
        return self.chain[0].name

    @property
    def local(self) -> bool:
        """Whether any of it does not come with the toolkit."""
        return any(part.layer != "bundled" for part in self.chain)

    def holder(self, name: str) -> Resource | None:
        """The nearest set that has a file of this name."""
        return next((part for part in self.chain if name in dict(part.files)), None)


def templates_block(resource: Resource) -> dict[str, Any]:
    """The block ``templates`` of a record: the set, its digest, what it extends, and every file that differs.

    Each change names the file, its digest, and whether it takes the place of one of the set below or stands beside.
    A bundled set has no changes and no bases.
    """
    made = open_set(resource)
    block: dict[str, Any] = {"set": resource.name, "digest": resource.digest, "layer": resource.layer, "changes": []}
    if not made.local:
        return block
    below = dict(made.chain[-1].files)
    for part in reversed(made.chain[:-1]):
        for name, digest in part.files:
            if part.layer == "bundled" or below.get(name) == digest:
                continue
            # words.yaml is laid over the words below, entry by entry; set.yaml speaks for its own set alone.
            what = "instead of a file of the set below" if name in below and name not in (HEAD, WORDS) else "its own"
            file = name if part is made.chain[0] else f"{part.name}/{name}"
            block["changes"].append({"file": file, "digest": digest, "what": what})
        below |= dict(part.files)
    block["bases"] = [{"set": part.name, "digest": part.digest, "layer": part.layer} for part in made.chain[1:]]
    return block


@lru_cache(maxsize=16)
def open_set(resource: Resource) -> TemplateSet:
    """Read a set and everything that it extends.

    Raises:
        RenderError: R075 a file of it cannot be read as YAML, R076 a key or value cannot be used, R077 what it
            extends cannot be found or goes in a circle, R078 colours that are too close, R079 the logo; every fault.
    """
    faults: list[Fault] = []
    chain, heads = _chain(resource, faults)
    colours: dict[str, str] = {}
    words: dict[str, str] = {}
    logo = Markup("")
    for part, head in reversed(list(zip(chain, heads, strict=True))):
        base = part is chain[-1]
        own = _colours(head, colours, base=base, faults=faults)
        colours |= own
        words |= _words(part, faults)
        logo = _logo(part, head, faults) or logo
        if own and not base and not faults:
            faults += contrast_faults(colours, where=head.place_of(("colours",)), changed=set(own))
    missing = {field.name for field in fields(Words)} - set(words)
    if missing:
        faults.append(_fault(f"{chain[-1].name}/{WORDS}", f"lacks {', '.join(sorted(missing))}", "", "R076"))
    if faults:
        raise RenderError(faults)
    title = heads[0].data.get("title") or resource.name
    return TemplateSet(chain, str(title), colours, words, logo)


def _chain(resource: Resource, faults: list[Fault]) -> tuple[tuple[Resource, ...], list[Located]]:
    chain, heads = [resource], [_head(resource, faults)]
    bottom = bundled_folder("templates") / BASE
    while chain[-1].folder != bottom:
        child, head = chain[-1], heads[-1]
        wanted = str(head.data.get("extends") or BASE)
        where = head.place_of(("extends",))
        # A set called “default” that lays itself over the bundled one means that one, not itself.
        path = str(bottom) if wanted == BASE == child.name else wanted
        try:
            found = find("templates", path, Settings(templates=(child.folder.parent, *child.near)))
        except SettingsError as error:
            fault = error.faults[0]
            raise RenderError(
                [*faults, _fault(where, f"extends “{wanted}”: {fault.found}", fault.remedy, "R077")]
            ) from None
        if found.folder == bottom:
            found = replace(found, layer="bundled")
        elif found.folder.parent == child.folder.parent:
            found = replace(found, layer=child.layer)
        if any(found.folder == one.folder for one in chain) or len(chain) == _DEEPEST:
            said = f"extends “{wanted}” and so goes in a circle" if len(chain) < _DEEPEST else "extends too many sets"
            remedy = f"Extend “{BASE}”; at most {_DEEPEST - 1} sets stand below one"
            raise RenderError([*faults, _fault(where, said, remedy, "R077")])
        chain.append(found)
        heads.append(_head(found, faults))
    return tuple(chain), heads


def _fault(where: str, found: str, remedy: str, code: str, wanted: str = "") -> Fault:
    return Fault(where, found, wanted, remedy, code)


def _yaml(part: Resource, name: str) -> Located:
    shown = f"{part.name}/{name}"
    try:
        located = parse_bytes(read_listed(part, name), name=shown, family="R")
    except YamlFaults as error:
        raise RenderError(replace(fault, code="R075") for fault in error.faults) from None
    if located.data is None and name == WORDS:  # a file of remarks: nothing is worded otherwise
        return replace(located, data={})
    if not isinstance(located.data, dict):
        raise RenderError(_fault(f"{shown}:1:1", "holds no keys and values", "Write “key: value”", "R075"))
    return located


def _head(part: Resource, faults: list[Fault]) -> Located:
    head = _yaml(part, HEAD)
    for key, value in head.data.items():
        if key not in _KEYS:
            faults.append(_unknown(head, (key,), _KEYS))
        elif key in ("id", "title", "version", "extends") and not isinstance(value, str):
            said = f"“{key}” is not text"
            faults.append(_fault(head.place_of((key,)), said, "Put it in quotes", "R076"))
    name = head.data.get("id")
    if isinstance(name, str) and name != part.name:
        where, said = head.place_of(("id",)), f"“id” is “{name}”, and the folder is “{part.name}”"
        faults.append(_fault(where, said, "Give both the same name", "R076"))
    for key in ("id", "title", "version"):
        if key not in head.data:
            faults.append(_fault(head.place_of(()), f"missing “{key}”", "Add it", "R076"))
    wanted = head.data.get("extends")
    if isinstance(wanted, str) and not _ID.fullmatch(wanted):
        where, said = head.place_of(("extends",)), "“extends” is not the name of a set"
        remedy = "Put the other set beside this one, and name its folder"
        raise RenderError([*faults, _fault(where, said, remedy, "R077")])
    return head


def _unknown(located: Located, path: tuple[str, ...], known: Any) -> Fault:
    near = nearest(path[-1], known)
    remedy = f"Did you mean “{near}”?" if near else f"One of {', '.join(known)}"
    return _fault(located.place_of(path, key=True), f"unknown key “{path[-1]}”", remedy, "R076")


def _block(head: Located, key: str, faults: list[Fault]) -> dict[str, Any]:
    found = head.data.get(key, {})
    if isinstance(found, dict):
        return found
    faults.append(_fault(head.place_of((key,)), f"“{key}” is not keys and values", "Write “key: value”", "R076"))
    return {}


def _colours(head: Located, known: Mapping[str, str], *, base: bool, faults: list[Fault]) -> dict[str, str]:
    found = {}
    for name, value in _block(head, "colours", faults).items():
        if not base and name not in known:
            faults.append(_unknown(head, ("colours", name), tuple(known)))
        elif not is_colour(value):
            remedy = "In quotes, or YAML takes “#” for a remark"
            where, said = head.place_of(("colours", name)), f"“{name}” is no colour"
            faults.append(_fault(where, said, remedy, "R076", "“#” and six digits or letters A to F"))
        else:
            found[name] = str(value).upper()
    return found


def _words(part: Resource, faults: list[Fault]) -> dict[str, str]:
    if WORDS not in dict(part.files):
        return {}
    located = _yaml(part, WORDS)
    names = [field.name for field in fields(Words)]
    found = {}
    for name, text in located.data.items():
        where = located.place_of((name,))
        if name not in names:
            faults.append(_unknown(located, (name,), names))
        elif not isinstance(text, str) or len(text) > _MAX_WORDS:
            wanted = f"at most {_MAX_WORDS:,} characters"
            faults.append(_fault(where, f"“{name}” is not text of that length", "Shorten it", "R076", wanted))
        elif not text.strip() and name not in _MAY_BE_EMPTY:
            faults.append(_fault(where, f"“{name}” is empty", "Leave the line out to keep the words below", "R076"))
        else:
            found[name] = written_out(text.strip(), drawable=None)
    return found


def _logo(part: Resource, head: Located, faults: list[Fault]) -> Markup | None:
    given = _block(head, "logo", faults)
    if not given:
        return None
    for key in given:
        if key not in ("file", "text"):
            faults.append(_unknown(head, ("logo", key), ("file", "text")))
    file, text = given.get("file"), given.get("text")
    refuse: Callable[[str, str], None] = lambda found, remedy: faults.append(  # noqa: E731 - said three times below
        _fault(head.place_of(("logo", "file")), found, remedy, "R079")
    )
    if not isinstance(text, str) or not text.strip():
        refuse("the logo has no “text”", "Say in “text” what it shows: it is read aloud")
    elif not isinstance(file, str) or file not in dict(part.files):
        refuse("the set has no such file for the logo", "Put the SVG into the folder of the set, and name it")
    else:
        try:
            said = written_out(text.strip(), drawable=None)
            return drawn_logo(read_listed(part, file), text=said, where=f"{part.name}/{file}")
        except RenderError as error:
            faults += error.faults
    return None
