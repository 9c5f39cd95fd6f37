"""In which files a pack differs from the one that comes with the toolkit, each with its digest.

In: the id of a pack, its resource. Out: plain data for a record; the report prints it. Judges nothing.
"""

from __future__ import annotations

from typing import Any

from impact.resources import Resource, find_all
from impact.settings import Settings

__all__ = ["pack_changes"]


def pack_changes(name: str, resource: Resource, *, prefix: str = "") -> list[dict[str, Any]]:
    """Files that differ, in the order of their names; all files where the toolkit has no pack of this id.

    Args:
        name: Id of the pack.
        resource: Where it was read.
        prefix: Put before each name: the full form that a short form was made from.
    """
    bundled = [one for one in find_all("questionnaires", Settings()) if (one.name, one.layer) == (name, "bundled")]
    ours, theirs = dict(bundled[0].files) if bundled else {}, dict(resource.files)
    found = []
    for file in sorted({*ours, *theirs}):
        if ours.get(file) == theirs.get(file):
            continue
        what = "left out" if file not in theirs else "differs from the bundled pack" if file in ours else "its own"
        found.append({"file": prefix + file, "digest": theirs.get(file), "what": what})
    return found
