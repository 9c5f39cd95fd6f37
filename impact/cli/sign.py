"""Commands on a document: sign, date and verify."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import (
    Force,
    Json,
    Level,
    Lists,
    Ocsp,
    PassphraseFd,
    Quiet,
    Timestamp,
    asker_from,
    authorities_from,
    check_level,
    passphrase,
    signing_from,
    timestamper_from,
)
from impact.cli.output import Speaker, shown
from impact.errors import Exit, Fault, SignatureError

__all__ = ["register"]

_SHORT = {
    "sign": "Sign a report in one role.",
    "timestamp": "Date a signed report for the archive.",
    "revocations": "Ask whether certificates in a report were revoked.",
    "verify": "Check who signed, what changed, and every figure.",
}
_TOLD = {
    "B-B": "without a trusted time (PAdES B-B)",
    "B-T": "with a trusted time (PAdES B-T)",
    "B-LT": "with a trusted time and what a later reader needs (PAdES B-LT)",
    "B-LTA": "with a trusted time, what a later reader needs, and an archive timestamp (PAdES B-LTA)",
}
Out = Annotated[Path, typer.Option("--out", "-o", help="The signed document.", metavar="PDF")]
Pdf = Annotated[Path, typer.Argument(help="The document.", metavar="PDF", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (sign, timestamp, revocations, verify):
        app.command(short_help=_SHORT[command.__name__])(command)


def sign(
    pdf: Pdf,
    out: Out,
    signer: Annotated[
        str, typer.Option("--signer", help="Key file (PKCS#12 or PEM), or pkcs11:… of a token.", metavar="FILE")
    ],
    role: Annotated[
        str,
        typer.Option("--role", help="The box: Assessor, DPO, SRO, Oversight; Panel or Dissent if any.", metavar="ROLE"),
    ],
    reason: Annotated[
        str | None, typer.Option("--reason", help="Reason printed in the signature.", metavar="TEXT")
    ] = None,
    statement: Annotated[
        Path | None, typer.Option("--statement", help="Statement of a dissent; its digest is signed.", metavar="FILE")
    ] = None,
    level: Level = None,
    timestamp: Timestamp = None,
    trust: Lists = None,
    ocsp: Ocsp = None,
    passphrase_fd: PassphraseFd = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Sign a report in one role. The passphrase or PIN comes from a prompt, --passphrase-fd or IMPACT_PASSPHRASE."""
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    check_level(level, timestamp=timestamp, trust=trust, ocsp=ocsp)
    refuse_unwritable(out.parent)
    refuse_existing([out], force=force)
    data = _read(pdf)
    said = _statement(statement)
    signing = signing_from(
        signer,
        role=role,
        reason=reason,
        timestamp=timestamp,
        descriptor=passphrase_fd,
        settings=load_settings(Path.cwd()),
        level=level,
        trust=trust,
        ocsp=ocsp,
    )
    signed = signing.sign(data, now=datetime.now(UTC), statement=said)
    reached = signing.reached
    write_file(out, signed, force=force)
    speaker.result(
        {"ok": True, "file": str(out), "role": role, "level": reached},
        f"Made: {out}, signed as {role} {_TOLD[reached]}",
    )


def timestamp(
    pdf: Pdf,
    out: Out,
    where: Timestamp = None,
    trust: Lists = None,
    ocsp: Ocsp = None,
    passphrase_fd: PassphraseFd = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Add an archive timestamp, which dates all that stands in a signed report; with --trust also what was revoked.

    Do it again before the certificate of the last timestamp ends.
    """
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.settings import load_settings
    from impact.signing.archive import archive

    speaker = Speaker(json=json, quiet=quiet)
    if ocsp is not None and trust is None:
        raise typer.BadParameter("--ocsp and --no-ocsp are for --trust, whose roots say whose responders may be asked")
    refuse_unwritable(out.parent)
    refuse_existing([out], force=force)
    data = _read(pdf)
    settings = load_settings(Path.cwd())
    authorities = authorities_from(trust)
    local = where is not None and not where.startswith(("http://", "https://"))
    secret = passphrase(Path(str(where)).name, descriptor=passphrase_fd) if local else None
    stamper = timestamper_from(where, secret=secret, settings=settings)
    if stamper is None:
        wanted, remedy = "an address, or a practice file", "Name one with --timestamp, or in impact.toml"
        raise SignatureError(Fault("timestamp service", "none is named", wanted, remedy, "S140"))
    ask = asker_from(ocsp, settings=settings)
    dated = archive(data, timestamper=stamper, authorities=authorities, now=datetime.now(UTC), ask=ask)
    write_file(out, dated, force=force)
    with_lists = (
        "with the revocation lists of today, or answers"
        if authorities
        else "without revocation lists (--trust adds them)"
    )
    speaker.result({"ok": True, "file": str(out)}, f"Made: {out}, dated for the archive, {with_lists}")


def revocations(
    pdf: Pdf,
    trust: Annotated[
        Path, typer.Option("--trust", help="Your folder of roots; the answers (*.ors) are kept in it.", metavar="DIR")
    ],
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Ask the responders that certificates in a report name (OCSP), and keep the answers in your trust folder.

    Only those of certificates that lead to a root in it are asked; they learn which certificate somebody looks at.
    """
    from impact.outputs import refuse_unwritable, write_file
    from impact.settings import load_settings
    from impact.signing.inquiry import inquire
    from impact.signing.responder import asker
    from impact.signing.trust import load_authorities

    speaker = Speaker(json=json, quiet=quiet)
    ask = asker(seconds=load_settings(Path.cwd()).ocsp_seconds)
    authorities = load_authorities(trust)
    refuse_unwritable(trust)
    found = inquire(_read(pdf), authorities, now=datetime.now(UTC), ask=ask)
    made, lines = [], []
    for name, answer in found.answers.items():
        write_file(trust / name, answer.data, force=True)  # the newer answer about the same certificate
        state = f"REVOKED on {answer.revoked:%d %B %Y}" if answer.revoked else "not revoked"
        lines.append(
            f"Made: {trust / name}: {found.names[name]}: {state}; speaks until {answer.due:%d %B %Y %H:%M} UTC"
        )
        revoked = answer.revoked.strftime("%Y-%m-%dT%H:%M:%SZ") if answer.revoked else None
        made.append({"file": str(trust / name), "name": found.names[name], "revoked_on": revoked})
    if found.faults:
        for line in lines:
            speaker.say(shown(line))
        raise SignatureError(list(found.faults))
    lines = lines or ["No certificate in it that leads to a root of your folder names a responder: nobody was asked"]
    speaker.result({"ok": True, "answers": made}, [shown(line) for line in lines])


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
    sides_trust: Annotated[
        list[Path] | None,
        typer.Option(
            "--sides-trust",
            help="Trust folder for the two documents of a side-by-side one; may be repeated.",
            metavar="DIR",
        ),
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
        sides_trust=tuple(sides_trust or ()),
        full=_read(full, most=MAX_BYTES) if full is not None else None,
        step=speaker.step,
    )
    mark = {True: "yes ", False: "NO  ", None: "—   "}
    width = max(len(key) for key, _, _ in result.questions)
    lines = [f"{mark[holds]} {key.replace('_', ' '):{width}} {text}" for key, holds, text in result.questions]
    lines += ["", *result.lines]
    made_from = (result.data.get("record") or {}).get("made_from")
    if made_from:
        from impact.report.view.made_from import made_from_told

        lines.append(f"Note: {made_from_told(made_from)}")
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


def _statement(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError:
        found = "the file cannot be read"
        raise SignatureError(Fault(str(path), found, "the statement of a dissent", "Check the path", "S145")) from None


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
