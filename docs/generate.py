"""Write docs/commands.md from the command line itself: `.venv/bin/python docs/generate.py` (a test compares)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from impact.cli.app import app

HERE = Path(__file__).parent
INTRO = """# Commands

Written by `docs/generate.py` from the program itself; a test compares. Data goes to stdout, words to stderr;
`--json` prints the result as JSON. Exit statuses: docs/architecture.md. Messages: docs/errors.md.

Settings: `impact.toml` in the working folder, the assessment's folder or above it (up to the repository): `packs` and
`templates` (lists of folders, relative to the file), and under `[profile]` `approval_threshold` (pounds) and
`approval_threshold_source`. Environment: `IMPACT_PACKS`, `IMPACT_TEMPLATES` (folders, separated as in `PATH`),
`IMPACT_PASSPHRASE`, `IMPACT_TIMESTAMP_PASSPHRASE`; for `./run` also `IMPACT_VENV` (where the environment stands) and
`IMPACT_EXAMPLE` (what it builds).
"""


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every command below a group with its words."""
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


def page() -> str:
    """The whole of docs/commands.md."""
    parts = [INTRO]
    for path, command in commands(typer.main.get_command(app)):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        usage = " ".join(["impact", *path, *(str(a.metavar or a.name).upper() for a in arguments), "[options]"])
        parts.append(f"## `{usage}`\n\n{(command.help or '').strip()}\n")
        rows = [(str(a.metavar or a.name).upper(), str(a.help or "")) for a in arguments]
        for option in options:
            value = "" if option.is_flag else f" {option.metavar or 'VALUE'}"
            needed = " Required." if option.required else ""
            rows.append((", ".join(f"{name}{value}" for name in option.opts), f"{option.help or ''}{needed}"))
        parts.append("| | |\n|---|---|\n" + "\n".join(f"| `{name}` | {text} |" for name, text in rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "commands.md").write_text(page(), encoding="utf-8")
