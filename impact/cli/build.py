"""The command ``build``: an assessment folder in, one document out, signed when a signer is given."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impact.cli.options import (
    Folder,
    Force,
    Json,
    Level,
    Lists,
    Ocsp,
    PassphraseFd,
    Quiet,
    Templates,
    Timestamp,
    Withhold,
    WithoutSecondOpinion,
    also_told,
    authorities_from,
    check_level,
    signing_from,
)
from impact.cli.output import Speaker, columns, command_name, paragraph, typed

if TYPE_CHECKING:
    from impact.chain.build import Document, Signing

__all__ = ["build"]

PRACTICE = "practice-trust"
_FILES = ("record.json", "findings.json", "cells.parquet", "report.html", "report.pdf")


def build(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", metavar="OUT")],
    signer: Annotated[
        str | None,
        typer.Option(
            "--signer", help="Sign with this key file (PKCS#12 or PEM), or pkcs11:… of a token.", metavar="FILE"
        ),
    ] = None,
    role: Annotated[
        str, typer.Option("--role", help="Who signs: Assessor, DPO, SRO, Oversight; Panel if any.", metavar="ROLE")
    ] = "Assessor",
    reason: Annotated[
        str | None, typer.Option("--reason", help="Reason printed in the signature.", metavar="TEXT")
    ] = None,
    level: Level = None,
    timestamp: Timestamp = None,
    trust: Lists = None,
    ocsp: Ocsp = None,
    passphrase_fd: PassphraseFd = None,
    practice: Annotated[
        bool, typer.Option("--practice", help=f"Sign with practice keys, made in OUT/{PRACTICE} where absent.")
    ] = False,
    templates: Templates = "default",
    withhold: Withhold = None,
    without_second_opinion: WithoutSecondOpinion = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run the whole chain: answers and data in, one document out, signed when a signer is given."""
    from impact.chain.build import build as run
    from impact.outputs import refuse_existing, refuse_unwritable, staged
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    if practice and signer is not None:
        raise typer.BadParameter("give either --practice or --signer, not both")
    if level is not None and not practice and signer is None:
        raise typer.BadParameter("--level is of a signature: give --signer or --practice")
    if practice and (trust is not None or ocsp is not None):
        raise typer.BadParameter("practice keys bring their own roots and lists: leave out --trust and --ocsp")
    check_level(level, timestamp=timestamp, trust=trust, ocsp=ocsp)
    refuse_unwritable(out)
    refuse_existing([out / name for name in _FILES], force=force)
    settings = load_settings(folder if folder.is_dir() else Path.cwd())
    now = datetime.now(UTC)
    signing, keys = None, dict[str, bytes]()
    if signer is not None:
        signing = signing_from(
            signer,
            role=role,
            reason=reason,
            timestamp=timestamp,
            descriptor=passphrase_fd,
            settings=settings,
            level=level,
            trust=trust,
            ocsp=ocsp,
        )
    elif practice:
        signing, keys = _practice(out / PRACTICE, role=role, reason=reason, level=level, now=now, speaker=speaker)
    document = run(
        folder,
        settings=settings,
        now=now,
        step=speaker.step,
        signing=signing,
        templates=templates,
        second_opinion=not without_second_opinion,
        withhold=withhold or (),
    )
    with staged(out, force=force, ours=(*_FILES, *_tables(withhold))) as stage:
        for name, data in {**document.files, **keys}.items():
            (stage / name).parent.mkdir(exist_ok=True)
            (stage / name).touch(0o600 if name.endswith(".p12") else 0o666)
            (stage / name).write_bytes(data)
    _told(document, out, practice=practice, level=signing.reached if signing else None, speaker=speaker)


def _tables(withhold: list[str] | None) -> list[str]:
    """Count tables of a full report that must not stand beside a public version."""
    from impact.report.view.provenance import ATTACHED

    return [f"{name}.parquet" for name in ATTACHED] if withhold else []


def _practice(
    folder: Path, *, role: str, reason: str | None, level: str | None, now: datetime, speaker: Speaker
) -> tuple[Signing, dict[str, bytes]]:
    """Practice keys of a folder; where it is absent, new ones, and the files to write there once all else is made."""
    from tempfile import TemporaryDirectory

    from impact.chain.build import Signing
    from impact.signing.practice import PASSPHRASE, ROLES, make_practice
    from impact.signing.signer import load_signer, load_timestamper

    if role not in ROLES:
        raise typer.BadParameter(f"practice roles are {', '.join(ROLES)}", param_hint="--role")

    def loaded(trust: Path) -> Signing:
        stamp = None if level == "b-b" else load_timestamper(trust / "timestamp.p12", PASSPHRASE)
        named = level.upper() if level else None
        lists = authorities_from(trust) if level in ("b-lt", "b-lta") else None
        who = load_signer(trust / f"{role.lower()}.p12", PASSPHRASE)
        return Signing(who, role, reason, stamp, level=named, authorities=lists)

    if folder.exists():
        return loaded(folder), {}
    speaker.step(f"making practice keys for {folder} (not for real use)")
    with TemporaryDirectory() as place:
        made = Path(place) / folder.name
        make_practice(made, now=now)
        return loaded(made), {f"{folder.name}/{path.name}": path.read_bytes() for path in sorted(made.iterdir())}


def _told(document: Document, out: Path, *, practice: bool, level: str | None, speaker: Speaker) -> None:
    made = {name: str(out / name) for name in sorted(document.files)}
    summary: dict[str, Any] = {"ok": True, "files": made, "pages": document.pages, "signed": document.signed}
    summary["level"] = level
    signed = f"signed (PAdES {level})" if document.signed else "not signed"
    what = {
        "report.pdf": f"the report, {document.pages} pages, {signed}",
        "report.html": "the same report for a browser",
        "record.json": "the record the report is made from",
        "findings.json": "the findings of the audit",
        "cells.parquet": "the counts behind the findings",
    }
    lines = ["Made:", *columns([[made[name], what[name]] for name in what if name in made])]
    if document.signed:
        trust = out / PRACTICE if practice else Path("TRUST-FOLDER")
        lines += [
            "",
            "Check it as its reader would:",
            f"  {command_name()} verify {typed(out / 'report.pdf')} --trust {typed(trust)}",
        ]
    if practice:
        lines += [
            "",
            *paragraph("The signature is a practice signature: it shows how signing works and proves nothing."),
        ]
    lines += [line for text in document.told for line in ("", *paragraph(text))]
    speaker.result(summary | also_told(document), lines)
