"""Listing what comes in layers: packs and template sets, the nearest layer first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impact.cli.output import Speaker, columns

__all__ = ["Where", "list_layers"]

Where = Annotated[bool, typer.Option("--where", help="Show the folder of each.")]


def list_layers(kind: Literal["questionnaires", "templates"], key: str, *, where: bool, json: bool) -> None:
    """Print every pack or set that can be used, with the layer that it comes from.

    Args:
        kind: ``questionnaires`` or ``templates``.
        key: What a name is called in JSON.
        where: Show folders, not digests.
        json: Print JSON.
    """
    from impact.resources import find_all
    from impact.settings import load_settings

    found = find_all(kind, load_settings(Path.cwd()))
    data = [{key: r.name, "layer": r.layer, "folder": str(r.folder), "digest": r.digest} for r in found]
    rows = [[r.name, r.layer, str(r.folder) if where else r.digest[:19] + "…"] for r in found]
    Speaker(json=json).result(data, columns(rows, indent=0))
