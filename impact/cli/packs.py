"""Commands on questionnaire packs: list, show, check, copy, schema, migrate."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from impact.cli import packs_import, packs_translate
from impact.cli.layers import Where, list_layers
from impact.cli.options import Force, Json
from impact.cli.output import Speaker, columns, command_name, wrapped
from impact.cli.packs_translate import languages_said
from impact.errors import Fault, PackError

if TYPE_CHECKING:
    from impact.questionnaire.pack import Pack

__all__ = ["app"]

app = typer.Typer(help="Questionnaire packs.", no_args_is_help=True, rich_markup_mode=None)
packs_import.register(app)
packs_translate.register(app)
Name = Annotated[str, typer.Argument(help="Name of a pack, or its folder.", metavar="PACK", show_default=False)]


@app.command(name="list")
def list_packs(where: Where = False, json: Json = False) -> None:
    """List the packs that can be used, nearest layer first."""
    list_layers("questionnaires", "id", where=where, json=json)


@app.command(short_help="Show a pack: its sections, questions and law.")
def show(
    name: Name,
    law: Annotated[bool, typer.Option("--law", help="List every entry of law, and which are to be checked.")] = False,
    json: Json = False,
) -> None:
    """Show a pack: its sections, how many questions each has, and the law it cites."""
    from impact.questionnaire.citations import citation_lines, citations
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
    cited = citations(pack) if not isinstance(pack, PointsPack) else None
    if cited is not None:
        lines += ["", *wrapped(citation_lines(cited, every=law))]
    lines += ["", *last, f"{total} questions. {resource.layer} layer, {resource.digest}"]
    told = {**data, "digest": resource.digest, "questions": total, "sections": sections, "law": cited}
    Speaker(json=json).result(told, lines)


@app.command(short_help="Find every fault of a pack, and work its examples.")
def check(name: Name, json: Json = False) -> None:
    """Find every fault of a pack, note what nothing uses, and work its own examples."""
    from impact.questionnaire.inspection import Inspection, inspect_pack
    from impact.questionnaire.points.load import is_points, points_faults
    from impact.questionnaire.translate import language_faults
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    found = Inspection(None, tuple(points_faults(resource))) if is_points(resource) else inspect_pack(resource)
    faults = [*found.faults, *_own_checks(found.pack), *language_faults(resource)]
    if faults:
        raise PackError(faults)
    worked = f"; worked examples that come out as they should: {found.examples}" if found.examples else ""
    lines = [f"{resource.name}: no fault found{worked}"]
    said, languages = languages_said(resource)
    lines += said
    if found.notes:
        lines += ["", f"Notes, which are no faults ({len(found.notes)}):"]
        lines += [f"  {note.where}: {note.found} [{note.code}]" for note in found.notes]
    data = {"ok": True, "id": resource.name, "examples": found.examples, "languages": languages}
    Speaker(json=json).result({**data, "notes": [note.to_json() for note in found.notes]}, lines)


def _own_checks(pack: Pack | None) -> list[Fault]:
    """Faults of checks of the pack's own: which columns a decision log can have is the claims room's to know."""
    from impact.assessment.claims import checks_of

    if pack is None:
        return []
    try:
        checks_of(pack)
    except PackError as error:
        return list(error.faults)
    return []


@app.command(short_help="Start a pack of your own as a copy.")
def copy(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="The new pack's folder.", metavar="DIR", show_default=False)],
    force: Force = False,
    json: Json = False,
) -> None:
    """Start a pack of your own as a copy; the folder's name becomes its id."""
    from impact.outputs import staged
    from impact.questionnaire.copying import copied
    from impact.resources import find
    from impact.settings import load_settings

    resource = find("questionnaires", name, load_settings(Path.cwd()))
    files = copied(resource, folder.resolve().name)
    with staged(folder, force=force, ours=tuple(files)) as stage:
        for shown, data in files.items():
            (stage / shown).parent.mkdir(parents=True, exist_ok=True)
            (stage / shown).write_bytes(data)
    lines = [f"Made: {folder}, a copy of {resource.name} with the id {folder.resolve().name}", ""]
    typed = str(folder) if "/" in str(folder) else f"./{folder}"  # a bare name is looked for among the packs
    lines += ["Change it, then look for faults:", f"  {command_name()} packs check {quote(typed)}"]
    Speaker(json=json).result({"ok": True, "folder": str(folder), "files": sorted(files)}, lines)


@app.command(short_help="Print or write JSON Schemas, for an editor.")
def schema(
    name: Annotated[
        str | None,
        typer.Argument(
            help="pack, section, scoring, law, checks, short, example, migration or assessment.", metavar="NAME"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write all of them here.", metavar="DIR")] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Print the JSON Schema of one kind of file for an editor, or write all to a folder."""
    from impact.assessment.schema import SCHEMAS
    from impact.canonical import pretty_json
    from impact.outputs import staged
    from impact.questionnaire.checks_scoring import meant

    if (name is None) == (out is None):
        raise typer.BadParameter("name one schema to print it, or give --out to write all")
    if name is not None:
        if name not in SCHEMAS:
            raise typer.BadParameter(f"no schema “{name}”. {meant(name, SCHEMAS, 'One of ' + ', '.join(SCHEMAS))}")
        Speaker(json=True).result(SCHEMAS[name](), "")
        return
    assert out is not None
    files = {f"{each}.json": pretty_json(make()) for each, make in SCHEMAS.items()}
    with staged(out, force=force, ours=tuple(files)) as stage:
        for shown, text in files.items():
            (stage / shown).write_text(text, encoding="utf-8")
    Speaker(json=json).result({"ok": True, "files": sorted(files)}, ["Made:", *(f"  {out / one}" for one in files)])


@app.command(short_help="Carry answers over to the installed version.")
def migrate(
    folder: Annotated[Path, typer.Argument(help="The assessment folder.", metavar="DIR", show_default=False)],
    force: Force = False,
    json: Json = False,
) -> None:
    """Carry the answers of a folder over to the installed version of its pack."""
    from impact.assessment.migrate import migrate_folder
    from impact.outputs import write_file
    from impact.settings import load_settings

    made = migrate_folder(folder, settings=load_settings(folder if folder.is_dir() else Path.cwd()))
    path = folder / ("assessment.yaml" if force else "assessment.migrated.yaml")
    if made.text is not None:
        write_file(path, made.text.encode(), force=force)
    data = {"ok": True, "file": str(path) if made.text is not None else None, **made.carried.to_json()}
    Speaker(json=json).result(made.to_json(data), wrapped(made.lines(path, force=force)))
