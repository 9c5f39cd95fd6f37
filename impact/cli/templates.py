"""Commands on template sets: list, show, check, copy."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from impact.cli.layers import Where, list_layers
from impact.cli.options import Force, Json
from impact.cli.output import Speaker, columns, command_name, wrapped

__all__ = ["app"]

app = typer.Typer(help="Template sets.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Name of a template set, or its folder.", metavar="SET", show_default=False)]


@app.command(name="list")
def list_sets(where: Where = False, json: Json = False) -> None:
    """List the template sets that can be used, nearest layer first."""
    list_layers("templates", "set", where=where, json=json)


@app.command(short_help="Show a set: what it extends, and what it changes.")
def show(name: Name, json: Json = False) -> None:
    """Show a template set: what it extends, its colours and wording, and every file that differs, with its digest."""
    from impact.report.sets import open_set, templates_block
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("templates", name, load_settings(Path.cwd()))
    made, block = open_set(resource), templates_block(resource)
    below = ", which extends ".join(f"{part.name} ({part.layer})" for part in made.chain[1:])
    lines = [f"{made.title} ({resource.name}, {resource.layer} layer)"]
    lines += [f"extends {below}"] if below else []
    lines += ["", "Colours:", *columns([[key, value] for key, value in made.colours.items()])]
    lines += ["", f"Logo: {'yes' if made.logo else 'none'}", ""]
    lines += ["Differs in:"] if block["changes"] else ["Differs in no file from the toolkit’s own."]
    lines += columns([[one["file"], one["what"], f"{one['digest'][:19]}…"] for one in block["changes"]])
    data = {**block, "title": made.title, "colours": dict(made.colours), "words": dict(made.words)}
    Speaker(json=json).result(data, lines)


@app.command(short_help="Find every fault of a set before it is used.")
def check(name: Name, json: Json = False) -> None:
    """Find every fault of a set: its files, colours and logo, and what its templates make of specimens."""
    from impact.report.set_check import check_set
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("templates", name, load_settings(Path.cwd()))
    found = check_set(resource)
    lines = [f"{resource.name}: no fault found; templates filled in with specimens: {len(found.templates)}"]
    if not found.pages:
        lines.append("The pages of a PDF were not looked at.")
    if found.notes:
        lines += ["", f"Notes, which are no faults ({len(found.notes)}):"]
        lines += wrapped([f"  {note}" for note in found.notes])
    data = {"ok": True, "set": resource.name, "templates": list(found.templates), "pages": found.pages}
    Speaker(json=json).result({**data, "notes": [note.to_json() for note in found.notes]}, lines)


@app.command(short_help="Start a set of your own that extends another.")
def copy(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="The new set's folder.", metavar="DIR", show_default=False)],
    file: Annotated[
        list[str] | None,
        typer.Option("--file", help="Copy this file too, to be changed; may be given again.", metavar="NAME"),
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Start a set of your own that extends another and holds only what differs; the folder's name becomes its id."""
    from impact.outputs import staged
    from impact.report.set_copy import begun
    from impact.resources import find
    from impact.settings import load_settings

    target = folder.resolve()
    resource = find("templates", name, load_settings(Path.cwd()))
    files = begun(resource, target.name, beside=target.parent, wanted=tuple(file or ()))
    with staged(folder, force=force, ours=tuple(files)) as stage:
        for shown, data in files.items():
            (stage / shown).parent.mkdir(parents=True, exist_ok=True)
            (stage / shown).write_bytes(data)
    typed = str(folder) if "/" in str(folder) else f"./{folder}"  # a bare name is looked for among the sets
    lines = [f"Made: {folder}, which extends {resource.name}", *(f"  {shown}" for shown in sorted(files)), ""]
    lines += [
        "Change it, then look for faults, and build with it:",
        f"  {command_name()} templates check {quote(typed)}",
    ]
    lines += [f"  {command_name()} build FOLDER -o OUT --templates {quote(typed)}"]
    Speaker(json=json).result({"ok": True, "folder": str(folder), "files": sorted(files)}, lines)
