"""Commands on keys. The only keys that impact writes are for practice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Json
from impact.cli.output import Speaker
from impact.errors import Fault, SignatureError

__all__ = ["app"]

app = typer.Typer(help="Keys for practice.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def main() -> None:
    """Keys for practice. Real keys come from your organisation's certificate authority; impact never makes them."""


@app.command(short_help="Make a trust folder and keys for practice.")
def practice(
    folder: Annotated[Path, typer.Argument(help="The trust folder to make.", metavar="DIR", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Replace practice keys that stand there, and everything beside them.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a trust folder for practice: a root, a revocation list, a timestamp signer, roles and their keys."""
    from impact.signing.practice import make_practice

    if force and folder.is_dir() and any(folder.iterdir()) and not (folder / "practice-root.pem").is_file():
        # --force replaces a folder and all that is in it: that must never be a folder of answers or of real keys.
        found = "the folder holds something, and no practice keys"
        remedy = "Choose another; --force replaces practice keys only"
        raise SignatureError(Fault(str(folder), found, "an empty or absent folder", remedy, "S030"))
    make_practice(folder, now=datetime.now(UTC), force=force)
    names = sorted(str(path) for path in folder.iterdir())
    lines = [
        "Made, for practice only:",
        *(f"  {name}" for name in names),
        "",
        f"{folder / 'README.txt'} says how to use them.",
    ]
    Speaker(json=json).result({"ok": True, "folder": str(folder), "files": names}, lines)
