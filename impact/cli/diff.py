"""The command ``impact diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Json, Quiet
from impact.cli.output import Speaker, wrapped

__all__ = ["register"]

_WHAT = "A folder, record.json, or PDF of an assessment"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(short_help="What changed between two assessments.")(diff)


def diff(
    a: Annotated[Path, typer.Argument(help=f"{_WHAT}: the earlier.", metavar="A", show_default=False)],
    b: Annotated[Path, typer.Argument(help=f"{_WHAT}: the later.", metavar="B", show_default=False)],
    every: Annotated[bool, typer.Option("--all", help="Whole texts, and what did not move.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Print what changed from A to B: outcome, scores, stops, audit, answers with their reasons, and evidence.

    Where both were answered with the same pack, the change in each score is split into changed facts and changed
    safeguards with their evidence, both ways round.
    """
    from impact.chain.diff import compare_assessments
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    place = next((path for path in (b, a) if path.is_dir()), Path.cwd())
    found = compare_assessments(a, b, settings=load_settings(place), step=speaker.step)
    speaker.result(found.to_json(), wrapped(found.lines(every=every)))
