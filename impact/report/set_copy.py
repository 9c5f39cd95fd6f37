"""A template set of one's own, begun: a head that extends another, and remarks that say what may stand in it.

In: a resource and a new id. Out: the files of the new set. Writes nothing. Nothing is copied that is not asked for: a
copied file no longer changes with the toolkit.
"""

from __future__ import annotations

import re
from pathlib import Path

from impact.errors import Fault, RenderError
from impact.report.sets import BASE, HEAD, WORDS, open_set
from impact.resources import Resource, read_listed
from impact.yamlfile import nearest

__all__ = ["begun"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEAD = """id: {id}
title: {id}
version: "1.0"
extends: {base}

# Colours that differ, in quotes. Words must stay readable: 4.5 to 1 (WCAG 2.2, 1.4.3).
# colours:
{colours}

# A logo: plain SVG, its words turned into paths, and what it shows in words, which is read aloud.
# logo:
#   file: logo.svg
#   text: Name of the council
"""
_WORDS = "# Wording that differs: take the “#” away and change the words (docs/templates.md).\n"
_EXTRA = "/* Added to the style sheets of the sets below. Colours of the set: var(--accent), var(--text) … */\n"


def begun(resource: Resource, name: str, *, beside: Path, wanted: tuple[str, ...] = ()) -> dict[str, bytes]:
    """The files of a new set that extends ``resource``.

    Args:
        resource: The set that is extended.
        name: The new id, the name of its folder.
        beside: The folder that the new one will stand in, where the other set is looked for.
        wanted: Files to copy as they stand.

    Raises:
        RenderError: R084 the name cannot be an id, the set has no such file, or it would not be found from there.
    """
    if not _ID.fullmatch(name):
        remedy = "Name the folder so: its name is the id of the set"
        raise RenderError(Fault(name, "cannot be the id of a set", "small letters, digits and hyphens", remedy, "R084"))
    made = open_set(resource)
    reached = resource.layer != "settings" or resource.folder.parent in (beside.resolve(), *resource.near)
    if not reached:
        found = f"would not find “{resource.name}” again, which it extends"
        remedy = f"Make it beside that set, or name {resource.folder.parent} in impact.toml"
        raise RenderError(Fault(name, found, "", remedy, "R084"))
    colours = "\n".join(f'#   {key}: "{value}"' for key, value in made.colours.items())
    words = "".join(f"# {key}: {_quoted(text)}\n" for key, text in made.words.items())
    base = resource.name if resource.name != name else BASE
    files = {
        HEAD: _HEAD.format(id=name, base=base, colours=colours).encode(),
        WORDS: (_WORDS + words).encode(),
        "extra.css": _EXTRA.encode(),
    }
    faults = []
    for file in wanted:
        holder = made.holder(file)
        if holder is None or file == HEAD:
            near = nearest(file, [known for part in made.chain for known, _ in part.files])
            remedy = f"Did you mean “{near}”?" if near else f"Look into {resource.folder}"
            faults.append(Fault(file, f"the set “{resource.name}” has no such file to copy", "", remedy, "R084"))
        else:
            files[file] = read_listed(holder, file)
    if faults:
        raise RenderError(faults)
    return files


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
