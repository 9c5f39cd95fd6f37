"""The command ``impact claims``: answers against the decision log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Force, Json, Quiet
from impact.cli.output import Speaker, wrapped
from impact.errors import Exit

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(short_help="Test the answers against the decision log.")(claims)


def claims(
    folder: Annotated[Path, typer.Argument(help="The assessment folder.", metavar="DIR", show_default=False)],
    check: Annotated[
        list[str] | None, typer.Option("--check", help="Run this check only; may be given again.", metavar="CK-01")
    ] = None,
    cases: Annotated[
        str | None,
        typer.Option("--cases", help="List the cases that contradict this claim, by their ids.", metavar="CK-01"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="With --cases: write the list to this file.", metavar="FILE")
    ] = None,
    fail_on: Annotated[
        bool, typer.Option("--fail-on-contradicted", help="Exit 1 when a claim is contradicted.")
    ] = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Test what the answers claim against the decision log that claims.yaml names.

    Each claim is supported, contradicted, there is not enough data, or it cannot be tested with this log.
    """
    from impact.assessment.claims_folder import claims_of_folder, offending_cases
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    settings = load_settings(folder if folder.is_dir() else Path.cwd())
    if cases is not None:
        if out is not None:
            refuse_unwritable(out.parent)
            refuse_existing([out], force=force)
        ids = offending_cases(folder, cases, settings=settings, step=speaker.step)
        if out is None:
            speaker.result({"ok": True, "check": cases, "cases": ids}, ids)
            return
        write_file(out, "".join(f"{name}\n" for name in ids).encode(), force=force)
        speaker.result(
            {"ok": True, "check": cases, "file": str(out), "cases": len(ids)}, f"Made: {out}, {len(ids)} cases"
        )
        return
    if out is not None:
        raise typer.BadParameter("only a list of cases is written to a file; add --cases", param_hint="--out")
    told = claims_of_folder(folder, settings=settings, step=speaker.step, only=tuple(check or ()))
    speaker.result(told.to_json(), wrapped(told.lines()))
    if fail_on and "contradicted" in told.verdicts():
        raise typer.Exit(int(Exit.GATE))
