"""impact audit compare: does one scorer err less than another, and is its gap between groups smaller?"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Force, Json, Quiet
from impact.cli.output import Speaker

__all__ = ["register"]


class Overlap(StrEnum):
    """What is said of the cases of two folders."""

    same = "same"
    different = "different"
    some = "some"


def register(app: typer.Typer) -> None:
    """Add the command to ``impact audit``."""
    app.command(short_help="Scorers compared: errors and gaps between groups.")(compare)


def compare(
    outs: Annotated[
        list[Path],
        typer.Argument(
            help="Two folders of “impact audit run”, or one whose plan names several scorers.",
            metavar="OUT...",
            show_default=False,
        ),
    ],
    cases: Annotated[
        Overlap | None,
        typer.Option(
            "--cases",
            help="Of two folders: same, different, or some in both. Known without it where both read the same file.",
            metavar="WHICH",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a page (.html) or data (.json) as well.", metavar="FILE"),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare scorers: case by case within one audit, or two audits by their counts.

    Refuses audits that mean different things, and two audits of which nobody says whether they are about the same
    cases.
    """
    from impact.canonical import pretty_json
    from impact.chain.audit_compare import compare_audits, comparison_page
    from impact.errors import Fault, SettingsError
    from impact.metrics.tools.compare_words import comparison_lines
    from impact.outputs import refuse_existing, write_file
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    if out is not None:
        if out.suffix not in (".html", ".json"):
            raise SettingsError(Fault(str(out), f"a file “{out.suffix}”", ".html or .json", "Choose a name", "G024"))
        refuse_existing([out], force=force)
    found = compare_audits(outs, cases=None if cases is None else cases.value, step=speaker.step)
    lines = comparison_lines(found)
    if out is not None:
        if out.suffix == ".json":
            text = pretty_json(found)
        else:
            text = comparison_page(found, settings=load_settings(Path.cwd()), now=datetime.now(UTC))
        write_file(out, text.encode(), force=force)
        lines += ["", f"Made: {out}"]
    speaker.result(found, lines)
