"""What a screen reader and PDF/UA need of a PDF: a subset of the Matterhorn checks that pikepdf can answer.

``problems(pdf)`` returns one sentence for each defect, and an empty list when none was found. It is no judge of
PDF/UA: veraPDF is, where it is installed. It finds what a person would miss between two releases of WeasyPrint.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf

# What may stand directly in what (ISO 32000-1, 14.8.4): the parents of each type that has a place of its own.
PARENTS = {
    "/TR": ("/THead", "/TBody", "/TFoot", "/Table"),
    "/TH": ("/TR",),
    "/TD": ("/TR",),
    "/THead": ("/Table",),
    "/TBody": ("/Table",),
    "/LI": ("/L",),
    "/Lbl": ("/LI",),
    "/LBody": ("/LI",),
}
CHILDREN = {
    "/Table": ("/Caption", "/THead", "/TBody", "/TFoot", "/TR"),
    "/THead": ("/TR",),
    "/TBody": ("/TR",),
    "/TR": ("/TH", "/TD"),
    "/LI": ("/Lbl", "/LBody"),
}
PAINTS = ("Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "EI")
GLYPH_MISSING = b"\x00\x00"  # glyph 0 of a font of two bytes: .notdef
SHORTEST_ALTERNATIVE = 15  # characters; a shorter text cannot say what a chart shows


def problems(pdf: bytes) -> list[str]:
    """Every defect once, sorted."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [*_document(document), *_tree(document), *_pages(document)]
    return sorted(set(found))


def _document(document: Any) -> Iterator[str]:
    root = document.Root
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not marked as tagged"
    if not str(root.get("/Lang", "")):
        yield "no document language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "title not displayed"
    if "/NeedAppearances" in root.get("/AcroForm", {}):
        yield "NeedAppearances is set"
    with document.open_metadata() as metadata:
        if not metadata.get("dc:title"):
            yield "no dc:title"
        if metadata.get("pdfuaid:part") != "1":
            yield "no PDF/UA claim"
        if (metadata.get("pdfaid:part"), metadata.get("pdfaid:conformance")) != ("3", "A"):
            yield "no PDF/A-3a claim"


def _children(element: Any) -> list[Any]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _elements(element: Any) -> Iterator[Any]:
    for child in _children(element):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from _elements(child)


def _tree(document: Any) -> Iterator[str]:
    root = document.Root.StructTreeRoot
    elements = list(_elements(root))
    reached = {element.objgen for element in elements}
    headings = [int(str(e.S)[2]) for e in elements if re.fullmatch("/H[1-6]", str(e.S))]
    if not headings or headings[0] != 1:
        yield "first heading is not H1"
    if any(after > before + 1 for before, after in pairwise(headings)):
        yield "heading level skipped"
    if len(reached) != len(elements):
        yield "an element stands twice in the tag tree"
    yield from (text for element in [root, *elements] for text in _nesting(element))
    for element in elements:
        if element.S == "/Figure" and len(element.get("/A", {}).get("/BBox", [])) != 4:
            yield "figure without a place"
        if element.S in ("/Link", "/Form") and not any(
            isinstance(child, pikepdf.Dictionary) and child.get("/Type") == "/OBJR" for child in _children(element)
        ):
            yield f"{element.S} without its annotation"
        if element.S == "/Figure" and len(str(element.get("/Alt", ""))) < SHORTEST_ALTERNATIVE:
            yield "figure without a real alternative text"
        if element.S == "/Table":
            yield from _table(element)
        if element.S == "/L" and any(
            str(c.S) not in ("/LI", "/Caption", "/L") for c in _children(element) if "/S" in c
        ):
            yield "list with a child that is not an item"
    numbers = root.ParentTree.Nums
    orphans = sum(
        1
        for index in range(1, len(numbers), 2)
        if isinstance(numbers[index], pikepdf.Array)
        for owner in numbers[index]
        if isinstance(owner, pikepdf.Dictionary) and owner.objgen not in reached
    )
    if orphans:
        yield f"{orphans} pieces of content tagged but not in the tag tree"


def _nesting(element: Any) -> Iterator[str]:
    kind = str(element.get("/S", "the root"))
    children = _children(element)
    if not children:
        yield f"empty {kind}"
    for child in children:
        if not isinstance(child, pikepdf.Dictionary) or "/S" not in child:
            continue
        inner = str(child.S)
        if child.P.objgen != element.objgen:
            yield f"{inner} names another parent than the one it stands in"
        if kind not in PARENTS.get(inner, (kind,)) or inner not in CHILDREN.get(kind, (inner,)):
            yield f"{inner} in {kind}"


def _table(table: Any) -> Iterator[str]:
    cells = list(_elements(table))
    heads = [cell for cell in cells if cell.S == "/TH"]
    widths = {len(_children(row)) for row in cells if row.S == "/TR"}
    if len(widths) > 1:
        yield "table with rows of different lengths"
    if [part.S for part in _children(table)].count("/THead") != 1:
        yield "table without its head"
    if not heads:
        yield "table without header cells"
    names = {str(cell.get("/ID")) for cell in heads}
    for cell in cells:
        named = cell.get("/A", {}).get("/Headers") if cell.S == "/TD" else None
        if named is not None and not all(str(name) in names for name in named):
            yield "cell points to a header that is not in its table"
    if any("/Scope" not in cell.get("/A", {}) for cell in heads):
        yield "header cell without scope"


def _pages(document: Any) -> Iterator[str]:
    for number, page in enumerate(document.pages, start=1):
        annotations = page.get("/Annots", [])
        if len(annotations) and page.get("/Tabs") != "/S":
            yield f"page {number}: tab order does not follow the structure"
        for annotation in annotations:
            yield from (f"page {number}: {text}" for text in _annotation(annotation, _box(page)))
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            depth += (name in ("BDC", "BMC")) - (name == "EMC")
            if name in PAINTS and depth < 1:
                yield f"page {number}: {'text' if name in ('Tj', 'TJ') else name} outside marked content"
            if name in ("Tj", "TJ") and _missing_glyph(operands[0]):
                yield f"page {number}: a character without a glyph"


def _box(page: Any) -> list[float]:
    return [float(each) for each in page.get("/CropBox", page.MediaBox)]


def _annotation(annotation: Any, box: list[float]) -> Iterator[str]:
    if annotation.Subtype == "/Link" and (
        not annotation.get("/Contents") or str(annotation.Contents) == str(annotation.get("/Dest", ""))
    ):
        yield "link without a description"
    hidden = int(annotation.get("/F", 0)) & 2
    left, low, right, high = (float(each) for each in annotation.Rect)
    # PDF/UA asks nothing of what stands off the page (7.18.1), as timestamps of the document do.
    outside = (
        max(left, right) < box[0] or min(left, right) > box[2] or max(low, high) < box[1] or min(low, high) > box[3]
    )
    if annotation.Subtype == "/Widget" and not hidden and not outside:
        if "/TU" not in annotation:
            yield "form field without a label"
        if "/StructParent" not in annotation:
            yield "form field outside the tag tree"


def _missing_glyph(shown: Any) -> bool:
    pieces = shown if isinstance(shown, pikepdf.Array) else [shown]
    codes = [bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String)]
    return any(GLYPH_MISSING in (code[at : at + 2] for at in range(0, len(code), 2)) for code in codes)
