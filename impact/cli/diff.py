"""The command ``impact diff``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Force, Json, Quiet
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
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write both side by side, as FILE.pdf or FILE.html.", metavar="FILE"),
    ] = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            "--trust", help="With --out: a trust folder; once more where each side needs its own.", metavar="DIR"
        ),
    ] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="With --out: go on where a side does not verify; every page says so.")
    ] = False,
    templates: Annotated[str, typer.Option("--templates", help="Template set.", metavar="NAME")] = "default",
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Print what changed from A to B: outcome, scores, stops, audit, answers with their reasons, and evidence.

    Where both were answered with the same pack, the change in each score is split into changed facts and changed
    safeguards with their evidence, both ways round.

    With --out the two are set side by side in a document that can be signed: who said what, where they agree, differ,
    or one is silent. Both are attached, and “impact verify” checks each of them and the comparison.
    """
    from impact.chain.diff import compare_assessments
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    if out is not None:
        _document(
            a,
            b,
            out,
            trusts=tuple(trust or ()),
            unverified=unverified,
            templates=templates,
            force=force,
            speaker=speaker,
        )
        return
    if trust or unverified:
        raise typer.BadParameter("they say how the two are checked for --out", param_hint="--trust, --unverified")
    place = next((path for path in (b, a) if path.is_dir()), Path.cwd())
    found = compare_assessments(a, b, settings=load_settings(place), step=speaker.step)
    speaker.result(found.to_json(), wrapped(found.lines(every=every)))


def _document(
    a: Path,
    b: Path,
    out: Path,
    *,
    trusts: tuple[Path, ...],
    unverified: bool,
    templates: str,
    force: bool,
    speaker: Speaker,
) -> None:
    from impact.chain.sides import build_sides
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.settings import load_settings

    made = {".pdf": "report.pdf", ".html": "report.html", ".json": "record.json"}.get(out.suffix.lower())
    if made is None or out.is_dir():
        raise typer.BadParameter(f"{out} ends in none of .pdf, .html and .json", param_hint="--out")
    refuse_unwritable(out.parent)
    refuse_existing([out], force=force)
    document = build_sides(
        a,
        b,
        settings=load_settings(Path.cwd()),
        trusts=trusts,
        unverified=unverified,
        now=datetime.now(UTC),
        step=speaker.step,
        templates=templates,
    )
    write_file(out, document.files[made], force=force)
    compared = document.record["sides"]["comparison"]
    lines = [f"Made: {out}"]
    if compared["results"] is not None:
        words = {"differ": "differ on", "first_only": "first alone", "second_only": "second alone"}
        words |= {"own_words": "in own words", "agree": "agree on"}
        lines.append("Questions: " + ", ".join(f"{word} {compared['results'][key]}" for key, word in words.items()))
    if made == "report.pdf":
        lines.append("It is not signed: whoever stands by it signs it with “impact sign”.")
    data = {"ok": True, "file": str(out), "pages": document.pages, "results": compared["results"]}
    speaker.result({**data, "relation": compared["relation"], "quotes": compared["quotes"]}, wrapped(lines))
