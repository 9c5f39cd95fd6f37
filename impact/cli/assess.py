"""Commands on an assessment folder: build, new, check, score."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from impact.cli.build import build
from impact.cli.options import Folder, Json
from impact.cli.output import Speaker, command_name, typed, wrapped

__all__ = ["register"]


# What the list of commands says: short enough for a line of 80 columns.
_SHORT = {
    "new": "Start an assessment folder from a questionnaire.",
    "check": "Find every fault of a folder, and what is missing.",
    "score": "Levels, stops, and what would change them.",
    "build": "Make the record and the report, and sign it.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (new, check, score, build):
        app.command(short_help=_SHORT[command.__name__])(command)


def new(
    pack: Annotated[str, typer.Argument(help="Name of a questionnaire pack.", metavar="PACK", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="The new folder.", metavar="DIR", show_default=False)],
    answers_from: Annotated[
        Path | None,
        typer.Option("--answers-from", help="Take over answers and their evidence from this folder.", metavar="DIR"),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="Answer the same questions against this signed document.", metavar="PDF"),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", help="With --against: roots and roles that you believe, to verify it.", metavar="DIR"),
    ] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Go on though its signatures do not verify; every page says so.")
    ] = False,
    json: Json = False,
) -> None:
    """Start an assessment folder with every question of a pack.

    With --against PDF it is a counter-assessment: the document is verified and kept in the folder, and what its body
    answered is shown beside each question and taken over nowhere.
    """
    from impact.assessment.new import new_assessment
    from impact.settings import load_settings

    settings, speaker = load_settings(Path.cwd()), Speaker(json=json)
    now = datetime.now(UTC)
    if against is None and (trust is not None or unverified):
        raise typer.BadParameter("it says how the document of --against is checked", param_hint="--trust, --unverified")
    begun = None
    if against is not None:
        from impact.chain.first_document import begin_against

        begun = begin_against(against, pack=pack, trust=trust, unverified=unverified, now=now, step=speaker.step)
    made, carried = new_assessment(
        folder, pack=pack, settings=settings, today=now.date(), answers_from=answers_from, begun=begun
    )
    taken = (
        []
        if carried is None
        else [f"Answers taken over: {len(carried.answers)}; read them again before you rely on them"]
    )
    if carried is not None and carried.left:
        taken.append(f"Not taken over, because {pack} does not ask them: {', '.join(carried.left)}")
    if begun is not None:
        block = begun.block
        held = {"verified": "verified", "failed": "DOES NOT VERIFY", "not checked": "SIGNATURES NOT CHECKED"}
        taken += [f"Against: {block['id']} by {block['organisation']} ({held[block['signatures']]})", *begun.told]
    lines = ["Made:", *(f"  {path}" for path in made), *wrapped(taken), ""]
    lines += [f"Open {made[0]} in a text editor and answer, or be asked:"]
    lines += [f"  {command_name()} answer {typed(folder)}", "Then:"]
    lines += [f"  {command_name()} check {typed(folder)}"]
    data: dict[str, Any] = {"ok": True, "files": [str(path) for path in made]}
    if carried is not None:
        data |= {"answers_taken_over": list(carried.answers), "not_taken_over": list(carried.left)}
    if begun is not None:
        data["against"] = dict(begun.block)
    speaker.result(data, lines)


def check(folder: Folder, json: Json = False) -> None:
    """Find every fault of an assessment folder at once, and say how complete it is."""
    from impact.assessment.check import check_folder
    from impact.settings import load_settings

    result = check_folder(folder, settings=load_settings(folder if folder.is_dir() else Path.cwd()))
    Speaker(json=json).result(result.to_json(), wrapped(result.lines()))


def score(
    folder: Folder,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            help="Print how one figure is made: a dimension (PRI), confidence, completeness, index, "
            "a rule (HS-01, RF-B6, FL-1, XC-01), a question (A9) or a log check (CK-02).",
            metavar="WHAT",
        ),
    ] = None,
    prior: Annotated[
        Path | None,
        typer.Option("--prior", help="The earlier assessment: its record.json, or its folder.", metavar="PATH"),
    ] = None,
    json: Json = False,
) -> None:
    """Print levels with their intervals, stops, what drives them and what would change them."""
    from impact.assessment.check import explain_folder, score_folder
    from impact.settings import load_settings

    settings = load_settings(folder if folder.is_dir() else Path.cwd())
    if explain is not None:
        explained = explain_folder(folder, explain, settings=settings)
        Speaker(json=json).result(explained.data, explained.lines)
        return
    result = score_folder(folder, settings=settings, prior=prior)
    Speaker(json=json).result(result.scoring, wrapped(result.lines()))
