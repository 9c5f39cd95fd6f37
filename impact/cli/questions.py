"""The command that turns gaps and contradictions into draft questions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import Json
from impact.cli.output import Speaker, paragraph, wrapped

__all__ = ["register"]


class Audience(StrEnum):
    """Whom the drafts are for."""

    COMMITTEE = "committee"
    FOI = "foi"


class Form(StrEnum):
    """Form of the drafts."""

    TEXT = "text"
    MD = "md"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(short_help="Draft questions from what an assessment leaves open.")(questions)


def questions(
    folder: Annotated[Path, typer.Argument(help="The assessment folder.", metavar="DIR", show_default=False)],
    audience: Annotated[
        Audience,
        typer.Option("--for", help="Whom they are for: committee, or foi (a request for information).", metavar="WHOM"),
    ] = Audience.COMMITTEE,
    form: Annotated[
        Form, typer.Option("--format", help="Form of the drafts: text, md, json.", metavar="FORM")
    ] = Form.TEXT,
    most: Annotated[
        int | None, typer.Option("--most", help="The first so many; all where it is not given.", metavar="N", min=1)
    ] = None,
    json: Json = False,
) -> None:
    """Draft questions for a committee, or a request for recorded information, from gaps and contradictions.

    What would move the level most comes first. Each draft names the question of the pack that it comes from.
    """
    from impact.assessment.enquiries import enquiries_of
    from impact.questionnaire.enquiries_text import enquiry_lines
    from impact.settings import load_settings

    block = enquiries_of(folder, settings=load_settings(folder if folder.is_dir() else Path.cwd()))
    if json or form is Form.JSON:
        shown = {**block, "drafts": block["drafts"][:most]}
        Speaker(json=True).result(shown, [])
        return
    lines = enquiry_lines(block, audience=audience.value, markdown=form is Form.MD, most=most)
    if form is Form.MD:  # whoever shows Markdown wraps it
        Speaker().result({}, lines)
        return
    Speaker().result(
        {}, [out for line in lines for out in (paragraph(line) if line[:1].isalpha() else wrapped([line]))]
    )
