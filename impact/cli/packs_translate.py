"""``impact packs translate``: a gettext catalogue of a pack's texts, for a translator to fill in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impact.cli.options import Force, Json
from impact.cli.output import Speaker

if TYPE_CHECKING:
    from impact.resources import Resource

__all__ = ["languages_said", "register"]

_SHOWN = 10  # missing texts named on a terminal; --json has all


def register(app: typer.Typer) -> None:
    """Add the command to the group ``packs``."""
    app.command(name="translate")(translate)


def translate(
    name: Annotated[str, typer.Argument(help="Name of a pack, or its folder.", metavar="PACK", show_default=False)],
    language: Annotated[str, typer.Argument(help="Language: cy, fr, fr-CA …", metavar="TAG", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The catalogue to write (.po).", metavar="FILE")],
    pseudo: Annotated[
        bool, typer.Option("--pseudo", help="Fill in accented words: shows what can be translated. For tests alone.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a catalogue of every text of a pack, with the translations that are there already."""
    from impact.errors import Fault, PackError
    from impact.outputs import refuse_existing, write_file
    from impact.questionnaire.catalogues import is_language, written
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.translate import catalogue_of, entries, languages_of
    from impact.resources import find
    from impact.settings import load_settings

    refuse_existing([out], force=force)
    resource = find("questionnaires", name, load_settings(Path.cwd()))
    pack = load_any(resource)
    if not is_language(language):
        fault = Fault(language, "is no language that is known", "", "Name it as in cy, fr or fr-CA", "Q067")
        raise PackError(fault)
    known = catalogue_of(resource, language) if language in languages_of(resource) else {}
    texts = list(entries(pack, known, fill=pseudo))
    data = written(language, texts, project=pack.id, version=pack.version, now=datetime.now(UTC))
    write_file(out, data, force=force)
    done = sum(bool(translation) for _, _, translation in texts)
    lines = [f"Made: {out}, {len(texts)} texts, {done} with a translation"]
    lines.append(f"It belongs into locale/{language}/ of the pack’s folder, once somebody has reviewed it.")
    Speaker(json=json).result({"ok": True, "file": str(out), "texts": len(texts), "translated": done}, lines)


def languages_said(resource: Resource) -> tuple[list[str], dict[str, Any]]:
    """For each language of a pack how many texts it has and which are missing: lines, and the same as data."""
    from impact.questionnaire.points.load import load_any
    from impact.questionnaire.translate import catalogue_of, languages_of, texts_of, translation_of

    lines: list[str] = []
    data: dict[str, Any] = {}
    for language in languages_of(resource):
        pack = load_any(resource)
        texts = texts_of(pack)
        _, about = translation_of(pack, resource, language)
        missing = [context for context, _ in (about or {"missing": []})["missing"]]
        stale = sorted({context for context, _ in set(catalogue_of(resource, language)) - set(texts)})
        total = len(texts)
        data[language] = {"texts": total, "missing": missing, "stale": stale}
        lines.append(f"  {language}: {total - len(missing)} of {total} texts have a translation")
        lines += [f"    translations of words that the pack does not have (any more): {len(stale)}"] if stale else []
        lines += [f"    without one: {context}" for context in missing[:_SHOWN]]
        lines += [f"    and {len(missing) - _SHOWN} more"] if len(missing) > _SHOWN else []
    return lines, data
