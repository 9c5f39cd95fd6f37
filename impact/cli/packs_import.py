"""``impact packs import``: a SurveyJS survey becomes a pack folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Json
from impact.cli.output import Speaker, command_name, wrapped

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group ``packs``."""
    app.command(name="import")(import_pack)


def import_pack(
    survey: Annotated[Path, typer.Argument(help="A SurveyJS survey (JSON).", metavar="FILE", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The new folder; its name is the pack’s id.", metavar="DIR")],
    version: Annotated[str, typer.Option("--version", help="Version of the pack.", metavar="X.Y.Z")] = "1.0.0",
    title: Annotated[str, typer.Option("--title", help="Title, where the survey has none.", metavar="TEXT")] = "",
    language: Annotated[
        str, typer.Option("--language", help="Language of texts that name none.", metavar="TAG")
    ] = "en",
    json: Json = False,
) -> None:
    """Turn a SurveyJS survey, such as Canada's AIA, into a pack that is scored by adding points."""
    from impact.errors import Fault, SettingsError
    from impact.outputs import staged
    from impact.questionnaire.points.importing import import_survey
    from impact.questionnaire.points.load import load_points
    from impact.resources import find
    from impact.settings import Settings

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(Fault(str(out), "exists and is not empty", "a new folder", "Choose another name", "G023"))
    files, imported = import_survey(
        survey, pack=out.resolve().name, version=version, title=title, language=language, now=datetime.now(UTC)
    )
    with staged(out, force=False) as stage:
        for name, data in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
    pack = load_points(find("questionnaires", str(out.resolve()), Settings()))
    languages = sorted(imported.texts)
    lines = [f"Made: {out}, {len(pack.questions)} questions in {len(pack.sections)} sections, {imported.scored} scored"]
    lines += [f"Further languages: {', '.join(languages)}"] if languages else []
    lines += (
        [f"Not taken over, or changed ({len(imported.notes)}; also in {out / 'SOURCE.md'}):"] if imported.notes else []
    )
    lines += [f"  {note}" for note in imported.notes]
    lines += ["", f"Look at it with “{command_name()} packs check {out}”."]
    made: dict[str, object] = {
        "ok": True,
        "id": pack.id,
        "questions": len(pack.questions),
        "sections": len(pack.sections),
    }
    Speaker(json=json).result(
        {**made, "scored": imported.scored, "languages": languages, "notes": imported.notes}, wrapped(lines)
    )
