"""Commands on questionnaire packs: list, show, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Json
from impact.cli.output import Speaker, columns
from impact.errors import PackError

__all__ = ["app"]

app = typer.Typer(help="Questionnaire packs.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Name of a pack, or its folder.", metavar="PACK", show_default=False)]


@app.command(name="list")
def list_packs(
    where: Annotated[bool, typer.Option("--where", help="Show the folder of each.")] = False, json: Json = False
) -> None:
    """List the packs that can be used, nearest layer first."""
    from impact.resources import find_all
    from impact.settings import load_settings

    found = find_all("questionnaires", load_settings(Path.cwd()))
    data = [{"id": r.name, "layer": r.layer, "folder": str(r.folder), "digest": r.digest} for r in found]
    rows = [[r.name, r.layer, str(r.folder) if where else r.digest[:19] + "…"] for r in found]
    Speaker(json=json).result(data, columns(rows, indent=0))


@app.command()
def show(name: Name, json: Json = False) -> None:
    """Show a pack: its sections, and how many questions each has."""
    from impact.questionnaire.load import load_pack
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    pack = load_pack(resource)
    sections = [{"id": s.id, "title": s.title, "questions": len(s.questions)} for s in pack.sections]
    total = sum(len(s.questions) for s in pack.sections)
    data = {"id": pack.id, "version": pack.version, "title": pack.title, "law_as_at": pack.head.law_as_at}
    lines = [f"{pack.title} ({pack.id} {pack.version}, law as at {pack.head.law_as_at})", ""]
    lines += columns([[s.id, f"{len(s.questions):3}", s.title] for s in pack.sections])
    lines += ["", f"{total} questions. {resource.layer} layer, {resource.digest}"]
    Speaker(json=json).result({**data, "digest": resource.digest, "questions": total, "sections": sections}, lines)


@app.command()
def check(name: Name, json: Json = False) -> None:
    """Find every fault of a pack, and run its own worked examples."""
    from impact.questionnaire.inspection import check_pack
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    faults = check_pack(resource)
    if faults:
        raise PackError(faults)
    Speaker(json=json).result({"ok": True, "id": resource.name}, f"{resource.name}: no fault found")
