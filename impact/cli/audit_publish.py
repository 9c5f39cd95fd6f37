"""impact audit publish: a copy of an audit that may be published."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Force, Json, Quiet
from impact.cli.output import Speaker, paragraph, wrapped

__all__ = ["register"]

Audit = Annotated[Path, typer.Argument(help="Folder that impact audit run wrote.", metavar="OUT", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command to ``impact audit``."""
    app.command(short_help="A copy for publication: small counts protected.")(publish)


def publish(
    audit: Audit,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the public copy.", metavar="OUT2")],
    policy: Annotated[
        str,
        typer.Option(
            "--policy", help="Disclosure policy: ons-10, nhs-7 or suppress-10. The plan can only make it stricter."
        ),
    ] = "ons-10",
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Protect the counts of an audit and compute every figure again from the protected ones.

    OUT2 has the form of OUT. What was published is noted in releases.jsonl beside OUT2; a second copy that could be
    subtracted from an earlier one is refused. Exit status 6: the policy cannot be met.
    """
    from impact.canonical import canonical_json
    from impact.chain.audit import written
    from impact.chain.publish import LOG, publish_audit, read_log
    from impact.outputs import refuse_existing, refuse_unwritable, staged, write_file
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    refuse_unwritable(out)
    refuse_existing([out / name for name in ("findings.json", "cells.parquet", "audit.html")], force=force)
    log = out.parent / LOG
    earlier = read_log(log)
    done = publish_audit(
        audit,
        name=out.name,
        policy=policy,
        log=earlier,
        settings=load_settings(audit if audit.is_dir() else Path.cwd()),
        now=datetime.now(UTC),
        step=speaker.step,
    )
    with staged(out, force=force, ours=written()) as stage:
        for name, data in done.files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
    lines = [*(line for line in earlier if line["cells_digest"] != done.release["cells_digest"]), done.release]
    write_file(log, b"".join(canonical_json(line) + b"\n" for line in lines), force=True)
    if done.changed:
        speaker.say(
            f"For you, not for publication: {done.changed} declared comparisons have another verdict than in the exact "
            "audit, because counts are rounded."
        )
    for folder in done.close:
        speaker.say(f"Look at {folder}: some count there differs from this copy by few people.")
    hidden = done.findings["disclosure"]
    text = [
        *paragraph(
            f"{hidden['suppressed_cells']:,} of {hidden['cells']:,} counts are suppressed to protect people "
            f"({hidden['policy']['id']}: {hidden['policy']['text']})"
        ),
        f"Made: {out}",
        f"Noted in: {log}",
    ]
    speaker.result(done.findings, wrapped(text))
