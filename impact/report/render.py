"""Record -> document: the room's two doors, ``render`` and ``render_html``.

In: the canonical bytes of a record, the counts, a template set. Out: HTML and PDF. Nothing else is read: no clock, no
settings, no network; so the same record gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impact.canonical import canonical_json, digest
from impact.errors import Exit, Fault, RenderError
from impact.report.documents import GENERAL, build_document, named_document
from impact.report.kept import to_be_kept
from impact.report.model import DocumentView, View
from impact.report.pages import entry_of, fill, style_of
from impact.report.press import INSTALL_PANGO, Attached, Limits, press
from impact.report.sets import open_set
from impact.report.standalone import undrawable
from impact.report.typeface import PACKAGE, drawable_characters, package_version
from impact.report.view import build_view
from impact.resources import Resource

__all__ = ["Rendered", "render", "render_html", "versions"]

SCHEMAS = ("impact/record/1", "impact/public-record/1")
_RECORD, _CELLS = "record.json", "cells.parquet"


@dataclass(frozen=True)
class Rendered:
    """A document.

    Attributes:
        html: A page that stands alone, for a browser.
        pdf: PDF/A-3a and PDF/UA-1, with the record and the counts attached and empty signature fields.
        pages: Pages of the PDF.
        reading_age: Age at which the text is followed, in whole years; empty for documents that are not measured.
    """

    html: str
    pdf: bytes
    pages: int
    reading_age: str = ""


def render(
    record_bytes: bytes,
    *,
    cells: bytes | None,
    templates: Resource,
    aggregates: Mapping[str, bytes] | None = None,
    attached: Mapping[str, bytes] | None = None,
    practice: bool = False,
    limits: Limits | None = None,
) -> Rendered:
    """Make the document that a record names: the general assessment, or another of ``documents.NAMES``.

    Args:
        record_bytes: Canonical JSON (docs/record.md); attached to the PDF byte for byte.
        cells: The counts as Parquet, attached as they are; None where nothing was audited or they are withheld.
        aggregates: Further count tables as Parquet, by name; attached as ``NAME.parquet``.
        attached: Further files, by name: the two assessments of a side-by-side document, an earlier record.
        templates: The template set, from ``impact.resources.find("templates", …)``.
        practice: A practice key will sign, so every page says so.
        limits: Bounds of the rendering; None for those of ``Limits()``.

    Raises:
        RenderError: R001 to R005 the record cannot be used, R010 to R017 the template set cannot, R020 and R021 the
            typeface, R030 Pango is missing (exit 7), R040 to R046 the renderer met a bound, R050 and R051 the document
            that the record names cannot be made of it, R075 to R081 a set of one's own cannot be used.
    """
    record = _read_record(record_bytes, templates)
    html, view = _html(record, record_bytes, cells=cells, templates=templates, practice=practice, medium="html")
    page, shown = _html(record, record_bytes, cells=cells, templates=templates, practice=practice, medium="pdf")
    missing = undrawable(page, drawable=drawable_characters())
    if missing:
        raise RenderError(
            Fault(
                f"template set {templates.name}",
                f"the typeface has no glyph for {', '.join(missing[:8])}",
                "characters of Source Sans Pro",
                "Use another character in the template",
                "R020",
            )
        )
    pressed = press(
        page,
        identifier=digest(record_bytes),
        when=f"{record['assessment']['date']}T00:00:00+00:00",
        attachments=(*_attachments(record_bytes, cells), *_tables(aggregates or {}), *_further(attached or {})),
        limits=limits or Limits(),
        must_show=_must_show(shown) if open_set(templates).local else None,
    )
    return Rendered(html, pressed.pdf, pressed.pages, view.reading_age if isinstance(view, DocumentView) else "")


def _must_show(view: View | DocumentView) -> dict[str, Any]:
    """What a set of somebody's own must let a reader see."""
    return {"once": [text for _, text in to_be_kept(view)], "every_page": view.frame.stamp_line}


def render_html(record_bytes: bytes, *, cells: bytes | None, templates: Resource, practice: bool = False) -> str:
    """The page for a browser alone; needs no Pango. Arguments and errors as ``render``."""
    record = _read_record(record_bytes, templates)
    page, _ = _html(record, record_bytes, cells=cells, templates=templates, practice=practice, medium="html")
    return page


def versions() -> dict[str, str]:
    """Releases that decide the PDF's bytes: the record's ``render`` block, which a rerender must match.

    Raises:
        RenderError: R030, exit 7, when WeasyPrint or Pango is missing.
    """
    import contextlib
    import io

    # Where a library is missing WeasyPrint prints a notice of its own before it raises; ours says it once.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            import pydyf
            import weasyprint
            from weasyprint.text.ffi import pango
        except (OSError, ImportError):
            raise RenderError(
                Fault("rendering", "WeasyPrint or Pango is missing", "", INSTALL_PANGO, "R030", Exit.MISSING)
            ) from None
    number = int(pango.pango_version())
    return {
        "weasyprint": weasyprint.__version__,
        "pydyf": pydyf.__version__,
        "pango": f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        PACKAGE: package_version(),
    }


def _read_record(record_bytes: bytes, templates: Resource) -> dict[str, Any]:
    def refuse(found: str, wanted: str, remedy: str, code: str) -> RenderError:
        return RenderError(Fault(_RECORD, found, wanted, remedy, code))

    try:
        record = json.loads(record_bytes)
    except (ValueError, RecursionError):
        raise refuse("not JSON", "canonical JSON", "Build the record again", "R001") from None
    if not isinstance(record, dict) or record.get("schema") not in SCHEMAS:
        raise refuse("another schema", f"“{SCHEMAS[0]}”", "Build the record again", "R002")
    try:
        canonical = canonical_json(record) == record_bytes
    except (ValueError, RecursionError):  # NaN, a lone surrogate
        canonical = False
    if not canonical:
        raise refuse("not in canonical form", "sorted keys, no spaces, UTF-8", "Build the record again", "R001")
    named = record.get("templates")
    if named and (named["digest"] != templates.digest or not _same_bases(named.get("bases"), templates)):
        raise refuse(
            f"the record names template set “{named['set']}” with another digest",
            f"the digest of “{templates.name}”",
            "Render with the template set that the record names",
            "R005",
        )
    return record


def _same_bases(named: list[dict[str, Any]] | None, templates: Resource) -> bool:
    """Whether what the set extends is what the record names; a record that names none was made without looking."""
    return named is None or [one["digest"] for one in named] == [one.digest for one in open_set(templates).chain[1:]]


def _html(
    record: dict[str, Any],
    record_bytes: bytes,
    *,
    cells: bytes | None,
    templates: Resource,
    practice: bool,
    medium: str,
) -> tuple[str, View | DocumentView]:
    """The page, and the view that it was made of."""
    style = style_of(templates, medium)
    name = named_document(record)
    view = _view(
        record,
        digest=digest(record_bytes),
        cells=cells,
        practice=practice or bool(record.get("practice")),
        medium=medium,
        style=style,
    )
    page = fill(view, templates=templates, entry=entry_of(name, general=name == GENERAL))
    return page, view


def _view(record: dict[str, Any], **named: Any) -> View | DocumentView:
    try:
        return (build_view if named_document(record) == GENERAL else build_document)(record, **named)
    except KeyError as error:
        fault = Fault(_RECORD, f"the record lacks {error}", "the form of docs/record.md", "Build it again", "R003")
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        fault = Fault(
            _RECORD, f"a part of the record has another form: {error}", "docs/record.md", "Build it again", "R003"
        )
    raise RenderError(fault)


def _attachments(record_bytes: bytes, cells: bytes | None) -> tuple[Attached, ...]:
    record = Attached(
        name=_RECORD,
        description="The record that this document is made from",
        relationship="Source",
        data=record_bytes,
    )
    if cells is None:
        return (record,)
    counts = Attached(name=_CELLS, description="The counts behind the audit", relationship="Data", data=cells)
    return (record, counts)


_FURTHER = {
    "questionnaire.zip": "The questionnaire: its questions, law, weights and rules",
    "first.pdf": "The first document, as it was signed",
    "second.pdf": "The second document, as it was signed",
    "first.json": "The first record, which nobody has signed",
    "second.json": "The second record, which nobody has signed",
    "approved.json": "The record of the version that was approved",
}


def _further(files: Mapping[str, bytes]) -> tuple[Attached, ...]:
    return tuple(
        Attached(name=name, description=_FURTHER.get(name, "A further file"), relationship="Source", data=data)
        for name, data in sorted(files.items())
    )


def _tables(aggregates: Mapping[str, bytes]) -> tuple[Attached, ...]:
    return tuple(
        Attached(name=f"{name}.parquet", description=f"Further counts: {name}", relationship="Data", data=data)
        for name, data in sorted(aggregates.items())
    )
