"""Commands on a document: sign and verify."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Force, Json, PassphraseFd, Quiet, Timestamp, signing_from
from impact.cli.output import Speaker, shown
from impact.errors import Exit, Fault, SignatureError

__all__ = ["register"]

_SHORT = {
    "sign": "Sign a report in one role.",
    "verify": "Check who signed, what changed, and every figure.",
}
Pdf = Annotated[Path, typer.Argument(help="The document.", metavar="PDF", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (sign, verify):
        app.command(short_help=_SHORT[command.__name__])(command)


def sign(
    pdf: Pdf,
    out: Annotated[Path, typer.Option("--out", "-o", help="The signed document.", metavar="PDF")],
    signer: Annotated[Path, typer.Option("--signer", help="Key file: PKCS#12 or PEM.", metavar="FILE")],
    role: Annotated[
        str, typer.Option("--role", help="The field to sign: Assessor, DPO, SRO, Oversight.", metavar="ROLE")
    ],
    reason: Annotated[
        str | None, typer.Option("--reason", help="Reason printed in the signature.", metavar="TEXT")
    ] = None,
    timestamp: Timestamp = None,
    passphrase_fd: PassphraseFd = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Sign a report in one role. The passphrase comes from a prompt, --passphrase-fd or IMPACT_PASSPHRASE."""
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.signing.sign import sign as run

    speaker = Speaker(json=json, quiet=quiet)
    refuse_unwritable(out.parent)
    refuse_existing([out], force=force)
    data = _read(pdf)
    signing = signing_from(signer, role=role, reason=reason, timestamp=timestamp, descriptor=passphrase_fd)
    signed = run(
        data,
        signer=signing.signer,
        role=role,
        reason=reason,
        timestamper=signing.timestamper,
        now=datetime.now(UTC),
    )
    write_file(out, signed, force=force)
    level = "with a trusted time (PAdES B-T)" if signing.timestamper else "without a trusted time (PAdES B-B)"
    speaker.result({"ok": True, "file": str(out), "role": role}, f"Made: {out}, signed as {role} {level}")


def verify(
    pdf: Pdf,
    trust: Annotated[
        Path, typer.Option("--trust", help="Folder of roots, revocation lists and roles that you chose.", metavar="DIR")
    ],
    rerender: Annotated[
        bool, typer.Option("--rerender", help="Make the page again from the record and compare every byte.")
    ] = False,
    no_revocation: Annotated[
        bool, typer.Option("--no-revocation", help="Do not demand revocation lists; the result says so loudly.")
    ] = False,
    full: Annotated[
        Path | None,
        typer.Option("--full", help="The signed full document, to hold this public version against.", metavar="FILE"),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write the account as a web page that stands alone.", metavar="FILE")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Check who signed, whether anything changed, and compute every figure again. Exits 1 on any failure."""
    from impact.chain.apart import MAX_BYTES, verify_apart

    speaker = Speaker(json=json, quiet=quiet)
    now = datetime.now(UTC)
    if page is not None:
        _refuse_page(page, pdf=pdf, force=force)
    data = _read(pdf, most=MAX_BYTES)
    result = verify_apart(
        data,
        trust=trust,
        base=Path.cwd(),
        now=now,
        require_revocation=not no_revocation,
        rerender=rerender,
        full=_read(full, most=MAX_BYTES) if full is not None else None,
        step=speaker.step,
    )
    mark = {True: "yes ", False: "NO  ", None: "—   "}
    lines = [f"{mark[holds]} {key.replace('_', ' '):11} {text}" for key, holds, text in result.questions]
    lines += ["", *result.lines]
    lines += [
        "",
        "Everything that was checked holds." if result.ok else "DO NOT RELY ON THIS DOCUMENT: see the lines marked NO.",
    ]
    if page is not None:
        from impact.chain.verify_page import page_of
        from impact.outputs import write_file
        from impact.settings import load_settings

        made = page_of(result.data, pdf=data, name=pdf.name, settings=load_settings(Path.cwd()), now=now)
        write_file(page, made.encode(), force=force)
        lines.append(f"Made: {page}, the same for a reader who has never seen a certificate; it is not signed")
    speaker.result(result.data, [shown(line) for line in lines])
    if not result.ok:
        raise typer.Exit(int(Exit.GATE))


def _refuse_page(page: Path, *, pdf: Path, force: bool) -> None:
    """Before anything is judged: a page that cannot be written, and one that would replace the document."""
    from impact.outputs import refuse_existing, refuse_unwritable

    if page.exists() and pdf.exists() and page.samefile(pdf):
        found = "the page would be written over the document that it is about"
        raise SignatureError(Fault(str(page), found, "another file", "Name another file for “--page”", "S134"))
    refuse_unwritable(page.parent)
    refuse_existing([page], force=force)


def _read(pdf: Path, *, most: int = -1) -> bytes:
    """The file, or as many bytes of it as anybody would look at."""
    try:
        with pdf.open("rb") as file:
            return file.read(most)
    except OSError as error:
        what = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise SignatureError(Fault(str(pdf), f"the file {what}", "a PDF", "Check the path", "S091")) from None
