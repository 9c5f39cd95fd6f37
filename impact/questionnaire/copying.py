"""A pack of one's own, begun as a copy of another.

In: a resource and a new id. Out: the files of the new pack. Writes nothing; every word of the authors stays as it was.
"""

from __future__ import annotations

import re

from impact.canonical import pretty_json
from impact.errors import Fault, PackError
from impact.questionnaire.load import HEAD
from impact.questionnaire.schema import FORMS, schema_of
from impact.resources import Resource, read_listed
from impact.yamlfile import parse_bytes

__all__ = ["copied"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# The line that tells an editor where the schema is: beside the bundled packs, and inside a copy.
_MODELINE = re.compile(rb"\A(# yaml-language-server: \$schema=)\.\./((?:\.\./)*schema/)")


def copied(resource: Resource, name: str) -> dict[str, bytes]:
    """The files of a copy with another id, and the schemas that its first lines name.

    Raises:
        PackError: Q044 the name cannot be an id, or pack.yaml says no id.
    """
    if not _ID.fullmatch(name):
        remedy = "Name the folder so: its name is the id of the pack"
        raise PackError(Fault(name, "cannot be the id of a pack", "small letters, digits and hyphens", remedy, "Q044"))
    files = {shown: read_listed(resource, shown) for shown, _ in resource.files}
    located = parse_bytes(files[HEAD], name=f"{resource.name}/{HEAD}")
    if not isinstance(located.data, dict) or not isinstance(located.data.get("id"), str):
        raise PackError(Fault(located.place_of(()), "pack.yaml has no id", "", "Copy a pack without faults", "Q044"))
    line, column = (int(part) for part in located.place_of(("id",)).rsplit(":", 2)[1:])
    lines = files[HEAD].decode("utf-8-sig").split("\n")
    old = lines[line - 1]
    lines[line - 1] = old[: column - 1] + re.sub(r"^(\"[^\"]*\"|'[^']*'|[a-z0-9-]+)", name, old[column - 1 :])
    files[HEAD] = "\n".join(lines).encode()
    files = {shown: _MODELINE.sub(rb"\1\2", data) for shown, data in files.items()}
    return {**files, **{f"schema/{form}.json": pretty_json(schema_of(form)).encode() for form in FORMS}}
