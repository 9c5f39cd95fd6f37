"""Commands on an assessment folder: build, new, check, score."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impact.cli.options import (
    Folder,
    Force,
    Json,
    PassphraseFd,
    Quiet,
    Templates,
    Timestamp,
    Withhold,
    WithoutSecondOpinion,
    also_told,
    signing_from,
)
from impact.cli.output import Speaker, columns, command_name, paragraph, wrapped

if TYPE_CHECKING:
    from impact.chain.build import Document, Signing

__all__ = ["register"]

PRACTICE = "practice-trust"
_FILES = ("record.json", "findings.json", "cells.parquet", "report.html", "report.pdf")


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
        str, typer.Option("--role", help="Who signs: Assessor, DPO, SRO or Oversight.", metavar="ROLE")
    ] = "Assessor",
    reason: Annotated[
        str | None, typer.Option("--reason", help="Reason printed in the signature.", metavar="TEXT")
    ] = None,
    timestamp: Timestamp = None,
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
    refuse_unwritable(out)
    refuse_existing([out / name for name in _FILES], force=force)
    settings = load_settings(folder if folder.is_dir() else Path.cwd())
    now = datetime.now(UTC)
    signing, keys = None, dict[str, bytes]()
    if signer is not None:
        signing = signing_from(
            signer, role=role, reason=reason, timestamp=timestamp, descriptor=passphrase_fd, settings=settings
        )
    elif practice:
        signing, keys = _practice(out / PRACTICE, role=role, reason=reason, now=now, speaker=speaker)
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
    _told(document, out, practice=practice, speaker=speaker)


def _tables(withhold: list[str] | None) -> list[str]:
    """Count tables of a full report that must not stand beside a public version."""
    from impact.report.view.provenance import ATTACHED

    return [f"{name}.parquet" for name in ATTACHED] if withhold else []


def _practice(
    folder: Path, *, role: str, reason: str | None, now: datetime, speaker: Speaker
) -> tuple[Signing, dict[str, bytes]]:
    """Practice keys of a folder; where it is absent, new ones, and the files to write there once all else is made."""
    from tempfile import TemporaryDirectory

    from impact.chain.build import Signing
    from impact.signing.practice import PASSPHRASE, ROLES, make_practice
    from impact.signing.signer import load_signer, load_timestamper

    if role not in ROLES:
        raise typer.BadParameter(f"practice roles are {', '.join(ROLES)}", param_hint="--role")

    def loaded(trust: Path) -> Signing:
        stamp = load_timestamper(trust / "timestamp.p12", PASSPHRASE)
        return Signing(load_signer(trust / f"{role.lower()}.p12", PASSPHRASE), role, reason, stamp)

    if folder.exists():
        return loaded(folder), {}
    speaker.step(f"making practice keys for {folder} (not for real use)")
    with TemporaryDirectory() as place:
        made = Path(place) / folder.name
        make_practice(made, now=now)
        return loaded(made), {f"{folder.name}/{path.name}": path.read_bytes() for path in sorted(made.iterdir())}


def _told(document: Document, out: Path, *, practice: bool, speaker: Speaker) -> None:
    made = {name: str(out / name) for name in sorted(document.files)}
    summary: dict[str, Any] = {"ok": True, "files": made, "pages": document.pages, "signed": document.signed}
    what = {
        "report.pdf": f"the report, {document.pages} pages, " + ("signed" if document.signed else "not signed"),
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
            f"  {command_name()} verify {_typed(out / 'report.pdf')} --trust {_typed(trust)}",
        ]
    if practice:
        lines += [
            "",
            *paragraph("The signature is a practice signature: it shows how signing works and proves nothing."),
        ]
    lines += [line for text in document.told for line in ("", *paragraph(text))]
    speaker.result(summary | also_told(document), lines)


def _typed(path: Path) -> str:
    """A path as it can be typed: quoted where it holds spaces."""
    from shlex import quote

    return quote(str(path))


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
    lines += [f"  {command_name()} answer {_typed(folder)}", "Then:"]
    lines += [f"  {command_name()} check {_typed(folder)}"]
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
