"""View -> HTML, through a template set.

In: a view and a template set. Out: HTML that was checked to stand alone. Knows nothing of records and of PDF.
A council's set stands first; ``default:`` names the bundled one, so a template can extend ``default:report.html.j2``
and replace one block. Templates that do not come with the toolkit are filled in by a process of their own, within
limits, and may not leave out what a reader must be told (``kept``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from impact.errors import Fault, RenderError
from impact.report.cover_up import check_cover_up
from impact.report.fill_child import fill_apart
from impact.report.filling import MAX_HTML, Chain, filled, texts_of
from impact.report.kept import check_kept
from impact.report.model import DocumentView, View
from impact.report.sets import TemplateSet, open_set
from impact.report.standalone import check_page, check_style, text_of
from impact.resources import Resource, read_listed

__all__ = ["ENTRY", "MAX_HTML", "FillLimits", "chain_of", "check_filled", "data_of", "entry_of", "fill", "style_of"]

ENTRY = "report.html.j2"
EXTRA = "extra.css"
FILL_MIB = 64
STYLES = {"pdf": ("common.css", "print.css"), "html": ("common.css", "screen.css")}
_COLOUR = re.compile(r"var\(--([a-z]+)\)")


@dataclass(frozen=True, kw_only=True)
class FillLimits:
    """Bounds of filling in somebody else's templates. The bundled ones take about 1 s for 100 pages."""

    cpu_seconds: int = 60
    wall_seconds: int = 180
    memory_mib: int = 1024


@lru_cache(maxsize=16)
def chain_of(resource: Resource) -> Chain:
    """Names and texts of the templates of a set and of all that it extends, exactly as they were hashed."""
    return tuple(
        (
            part.name,
            texts_of(
                [(name, read_listed(part, name)) for name, _ in part.files if name.endswith(".j2")], where=part.name
            ),
        )
        for part in open_set(resource).chain
    )


def style_of(templates: Resource, medium: str) -> str:
    """The style sheets of one medium: each from the nearest set that has it, then every ``extra.css``, nearest last.

    Raises:
        RenderError: R010 missing, R015 a style sheet that could reach out of the page, R081 one that paints over it.
    """
    made = open_set(templates)
    sheets = []
    for name in STYLES[medium]:
        holder = made.holder(name)
        if holder is None:
            where, remedy = f"{templates.name}/{name}", "Copy it from the bundled set"
            raise RenderError(Fault(where, "the style sheet is missing", "", remedy, "R010"))
        sheets.append(_sheet(made, holder, name))
    sheets += [_sheet(made, part, EXTRA) for part in reversed(made.chain) if EXTRA in dict(part.files)]
    return "\n".join(sheets)


def _sheet(made: TemplateSet, holder: Resource, name: str) -> str:
    where = f"{holder.name}/{name}"
    try:
        text = read_listed(holder, name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RenderError(Fault(where, "the file is not UTF-8", "", "Save it as UTF-8", "R015")) from None
    unknown = {found[1] for found in _COLOUR.finditer(text)} - set(made.colours)
    if unknown:
        named = ", ".join(sorted(unknown))
        wanted = f"one of {', '.join(made.colours)}"
        raise RenderError(Fault(where, f"a colour that the set does not have: {named}", wanted, "Correct it", "R015"))
    text = _COLOUR.sub(lambda found: made.colours[found[1]], text)
    check_style(text, where=where)
    if holder.layer != "bundled":
        check_cover_up(text, where=where, screen=name == "screen.css")
    return text


def entry_of(document: str, *, general: bool) -> str:
    """The template of a document.

    >>> entry_of("general", general=True), entry_of("summary", general=False)
    ('report.html.j2', 'documents/summary.html.j2')
    """
    return ENTRY if general else f"documents/{document}.html.j2"


def fill(
    view: View | DocumentView, *, templates: Resource, entry: str = ENTRY, limits: FillLimits | None = None
) -> str:
    """The page as HTML, from the template ``entry`` of the set.

    Raises:
        RenderError: R010 to R014 and R040 to R042 as ``filling`` and ``fill_child`` have them, R016 or R017 the page
            does not stand alone, R075 to R079 the set cannot be read, R080 the page leaves out what must be on it.
    """
    made = open_set(templates)
    chain, data = chain_of(templates), data_of(view, made)
    if not made.local:
        page = filled(chain, data, entry=entry)
    else:
        page = fill_apart(chain, data, entry=entry, limits=limits or FillLimits(), file_mib=FILL_MIB)
    check_filled(page, view, made=made, entry=entry)
    return page


def check_filled(page: str, view: View | DocumentView, *, made: TemplateSet, entry: str) -> None:
    """Refuse a page that does not stand alone or, from a set of somebody's own, that leaves out or covers something.

    Raises:
        RenderError: R016, R017, R078, R080 and R081.
    """
    where = f"{made.name}/{entry}"
    fields = check_page(page, where=where, style=view.frame.style)
    if not made.local:
        return
    check_cover_up(_styles(page).replace(view.frame.style, ""), where=where, screen=view.medium == "html")
    if entry == ENTRY or isinstance(view, DocumentView):
        check_kept(view, text_of(page), fields, where=where)


def data_of(view: View | DocumentView, made: TemplateSet) -> dict[str, Any]:
    """Plain data of a view, with the style, words and logo of the set."""
    data: dict[str, Any] = asdict(view)
    given: Mapping[str, Any] = {
        "style": Markup(view.frame.style),  # noqa: S704 - checked by check_style: it holds no “<”
        "logo": made.logo,
        "words": dict(made.words),
    }
    data["frame"] |= given
    return data


def _styles(page: str) -> str:
    """Every style sheet of a page that was checked to be plainly written."""
    return "\n".join(re.findall(r"<style[^>]*>([^<]*)</style>", page, flags=re.IGNORECASE))
