"""Commands on questionnaire packs: list, show, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli import packs_import, packs_translate
from impact.cli.options import Json
from impact.cli.output import Speaker, columns
from impact.cli.packs_translate import languages_said
from impact.errors import PackError

__all__ = ["app"]

app = typer.Typer(help="Questionnaire packs.", no_args_is_help=True, rich_markup_mode=None)
packs_import.register(app)
packs_translate.register(app)
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
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.points.pack import PointsPack
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    pack = load_any(resource)
    sections = [{"id": s.id, "title": s.title, "questions": len(s.questions)} for s in pack.sections]
    total = sum(len(s.questions) for s in pack.sections)
    data: dict[str, object] = {"id": pack.id, "version": pack.version, "title": pack.title}
    last = []
    if isinstance(pack, PointsPack):
        data["method"], about = "points", "scored by adding points"
        last = [pack.head.points.notice]
    else:
        data["law_as_at"], about = pack.head.law_as_at, f"law as at {pack.head.law_as_at}"
        if pack.short is not None:
            whole = pack.short.base
            data["subset_of"] = {"id": whole.id, "version": whole.version}
            last = [f"A short form of {whole.id} {whole.version}, which has {len(whole.questions)} questions."]
    lines = [f"{pack.title} ({pack.id} {pack.version}, {about})", ""]
    lines += columns([[s.id, f"{len(s.questions):3}", s.title] for s in pack.sections])
    lines += ["", *last, f"{total} questions. {resource.layer} layer, {resource.digest}"]
    Speaker(json=json).result({**data, "digest": resource.digest, "questions": total, "sections": sections}, lines)


@app.command()
def check(name: Name, json: Json = False) -> None:
    """Find every fault of a pack, and run its own worked examples."""
    from impact.questionnaire.load import check_pack
    from impact.questionnaire.points.load import is_points, points_faults
    from impact.questionnaire.translate import language_faults
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    faults = points_faults(resource) if is_points(resource) else check_pack(resource)
    faults = [*faults, *language_faults(resource)]
    if faults:
        raise PackError(faults)
    data: dict[str, object] = {"ok": True, "id": resource.name}
    said, data["languages"] = languages_said(resource)
    Speaker(json=json).result(data, [f"{resource.name}: no fault found", *said])
