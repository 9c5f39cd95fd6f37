"""Commands that write one document: report, from a folder or from somebody’s PDF, and seal, for public versions."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Folder, Force, Json, Quiet, Templates, Withhold, WithoutSecondOpinion, also_told
from impact.cli.output import Speaker, paragraph, wrapped

__all__ = ["register"]

Source = Annotated[
    Path,
    typer.Argument(help="The assessment folder; or a PDF made by impact.", metavar="SOURCE", show_default=False),
]
# What the list of commands says: short enough for a line of 80 columns.
_SHORT = {
    "report": "Write one document of the record, as PDF, HTML or Markdown.",
    "seal": "Give a folder what a public version with parts withheld needs.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (report, seal):
        app.command(short_help=_SHORT[command.__name__])(command)


class Form(StrEnum):
    """Form of a document."""

    PDF = "pdf"
    HTML = "html"
    MD = "md"
    JSON = "json"
    CSV = "csv"
    DATA = "data"
    NL_REGISTER = "nl-register"


class DocumentName(StrEnum):
    """Document of a record; the names of ``impact.report.DOCUMENTS``, which is too heavy to load for a list."""

    GENERAL = "general"
    SUMMARY = "summary"
    MOPAC_DECISION = "mopac-decision"
    BRIEFING = "briefing"
    DPIA = "dpia"
    EQIA = "eqia"
    FRIA = "fria"
    ATRS = "atrs"
    PROCUREMENT = "procurement"
    SHORT_FORM = "short-form"
    COMPARISON = "comparison"
    REVIEW = "review"


def report(
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.", metavar="FILE")],
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="Form: pdf, html, md (Markdown), json (the record); of the document atrs also csv, data (its fields "
            "as JSON), nl-register (a draft for the Dutch register).",
            metavar="FORM",
        ),
    ] = Form.PDF,
    name: Annotated[
        DocumentName,
        typer.Option(
            "--document", help=f"Which document: {', '.join(name.value for name in DocumentName)}.", metavar="NAME"
        ),
    ] = DocumentName.GENERAL,
    templates: Templates = "default",
    withhold: Withhold = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", help="With a PDF: roots and roles that you believe, to verify it.", metavar="DIR"),
    ] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="With a PDF: go on though it does not verify; every page says so.")
    ] = False,
    without_second_opinion: WithoutSecondOpinion = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write a document of the record, unsigned, in one of several forms; without --document, the general assessment.

    From a PDF that somebody else signed it makes another document of the same record, such as a briefing. The PDF is
    verified first (--trust), and every page says what the document was made from.
    """
    from impact.chain.build import build as run
    from impact.chain.from_document import document_from
    from impact.outputs import refuse_existing, refuse_unwritable, write_file
    from impact.report import export, refuse_form, to_markdown
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    refuse_unwritable(out.parent)
    if out.is_dir():
        raise typer.BadParameter(f"{out} is a folder; name the file to write", param_hint="--out")
    refuse_existing([out], force=force)
    pages = {Form.PDF: "report.pdf", Form.HTML: "report.html", Form.JSON: "record.json"}
    if form not in (*pages, Form.MD):
        refuse_form(name.value, form.value)
    settings, now = load_settings(source if source.is_dir() else Path.cwd()), datetime.now(UTC)
    if source.is_file():
        if without_second_opinion:
            raise typer.BadParameter("nothing is counted from a PDF", param_hint="--without-second-opinion")
        document = document_from(
            source,
            name=name.value,
            trust=trust,
            unverified=unverified,
            settings=settings,
            now=now,
            step=speaker.step,
            templates=templates,
            withhold=withhold or (),
        )
    else:
        if trust is not None or unverified:
            raise typer.BadParameter("it says how a PDF is checked", param_hint="--trust, --unverified")
        document = run(
            source,
            settings=settings,
            now=now,
            step=speaker.step,
            templates=templates,
            second_opinion=not without_second_opinion,
            name=name.value,
            withhold=withhold or (),
        )
    if form is Form.MD:
        made = to_markdown(document.files["report.html"].decode()).encode()
    else:
        made = document.files[pages[form]] if form in pages else export(document.record, form.value)
    write_file(out, made, force=force)
    data = {"ok": True, "file": str(out), "document": name.value, "pages": document.pages}
    speaker.result(data | also_told(document), wrapped([f"Made: {out}", *document.told]))


def seal(folder: Folder, json: Json = False) -> None:
    """Make the seal of an assessment, once: a secret, kept in its folder, that public versions need.

    From then on every report states one root over all parts of its record. A public version made with --withhold states
    the same root, so that whoever holds the full report can tell that it belongs to it (docs/report.md).
    """
    from impact.assessment.redaction.seal import make_seal

    made = make_seal(folder)
    lines = [
        f"Made: {made}",
        "",
        *paragraph(
            "Keep it with the answers, and as confidential as they are. Make and sign the full report now: it states "
            "the root that every public version of it will state."
        ),
    ]
    Speaker(json=json).result({"ok": True, "files": [str(made)]}, lines)
