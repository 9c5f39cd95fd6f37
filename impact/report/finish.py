"""Repairs to the tags that WeasyPrint 70 writes, and empty signature fields.

In: WeasyPrint's document and the PDF it has built, before it is written. Out: the same PDF, changed in place.
Knows nothing of records. Each repair names the defect; all were measured with veraPDF and pyHanko on WeasyPrint 70.0,
and pyproject.toml pins that release for this reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

__all__ = ["finish"]

_PIXEL = 0.75  # points in a CSS pixel
_USES = re.compile(rb"/(\S+) Do")
_FIELD_LEFTOVERS = ("DA", "V", "Ff", "MaxLen", "AS", "MK", "Border")
_PRINTED_AND_LOCKED = 132  # /F: print, and no change of position (ISO 32000-1, table 165)


def finish(document: Any, pdf: Any) -> None:
    """Apply every repair. The signature is that of WeasyPrint's ``finisher``."""
    _write_without_object_stream(pdf)
    objects = {thing.reference: thing for thing in pdf.objects}
    _own_resources(pdf, objects)
    if "AF" in pdf.catalog:  # each attachment is listed twice
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    elements = [thing for thing in pdf.objects if isinstance(thing, dict) and thing.get("Type") == "/StructElem"]
    _drop_empty_parts(elements, objects)
    _mark_artifacts(pdf, objects)
    _scope_headers(elements, objects)
    _place_figures(document, pdf, elements)
    _describe_links(document, pdf)
    _make_signature_fields(pdf, objects, elements)


def _write_without_object_stream(pdf: Any) -> None:
    """WeasyPrint puts all objects into one object stream; pyHanko's analysis of changes is quadratic in its size."""
    write: Callable[..., Any] = pdf.write

    def plain(output: Any, version: Any = None, identifier: Any = False, compress: bool = False) -> Any:  # noqa: ARG001 - WeasyPrint’s signature; it is never compressed
        return write(output, version, identifier, False)

    pdf.write = plain


def _own_resources(pdf: Any, objects: dict[bytes, Any]) -> None:
    """All pages share one /Resources; give each page what it uses, so that verifying is linear in the pages."""
    import pydyf

    for reference in pdf.page_references:
        page = objects[reference]
        shared = objects[page["Resources"]]
        used = {name.decode() for piece in objects[page["Contents"]].stream for name in _USES.findall(_bytes(piece))}
        own = {name: form for name, form in shared.get("XObject", {}).items() if name in used}
        resources = pydyf.Dictionary({**shared, "XObject": pydyf.Dictionary(own)})
        pdf.add_object(resources)
        page["Resources"] = resources.reference


def _bytes(piece: Any) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode() if isinstance(piece, str) else b""


def _tree_root(pdf: Any, objects: dict[bytes, Any]) -> Any:
    root = pdf.catalog["StructTreeRoot"]
    return objects[root] if isinstance(root, bytes) else root


def _mark_artifacts(pdf: Any, objects: dict[bytes, Any]) -> None:
    """Running headers and footers are tagged as Span outside the tag tree; PDF/UA wants them as artifacts."""
    import pydyf

    root = _tree_root(pdf, objects)
    reached: set[bytes] = set()
    waiting = list(root["K"])
    while waiting:
        reference = waiting.pop()
        if not isinstance(reference, bytes) or reference in reached:
            continue
        reached.add(reference)
        inner = objects[reference].get("K")
        if isinstance(inner, list):
            waiting += inner
    numbers = objects[root["ParentTree"]]["Nums"]
    for index in range(0, len(numbers), 2):
        owners = numbers[index + 1]
        if not isinstance(owners, list):
            continue
        orphans = {mark for mark, reference in enumerate(owners) if reference not in reached}
        if not orphans:
            continue
        page = objects[pdf.page_references[numbers[index]]]
        stream = objects[page["Contents"]].stream
        for at in range(len(stream) - 2):
            marked = stream[at + 1]
            if stream[at + 2] == b"BDC" and isinstance(marked, dict) and marked.get("MCID") in orphans:
                stream[at] = "/Artifact"
                stream[at + 1] = pydyf.Dictionary({"Type": "/Pagination"})
        for mark in orphans:
            owners[mark] = "null"


def _drop_empty_parts(elements: list[Any], objects: dict[bytes, Any]) -> None:
    """A list or table whose last line ends with the page goes on as one of nothing, which a screen reader announces."""
    for element in reversed(elements):  # what holds nothing but such a part is looked at after it
        if element["S"] in ("/L", "/TBody") and not element.get("K"):
            inside = objects[element["P"]]["K"]
            inside[:] = [child for child in inside if child != element.reference]


def _scope_headers(elements: list[Any], objects: dict[bytes, Any]) -> None:
    """Header cells carry ids but no /Scope, which older screen readers need."""
    for element in elements:
        if element["S"] == "/TH":
            row = objects.get(element["P"])
            group = objects.get(row["P"]) if row else None
            element["A"]["Scope"] = "/Column" if group and group["S"] == "/THead" else "/Row"


def _place_figures(document: Any, pdf: Any, elements: list[Any]) -> None:
    """/BBox of a figure is in pixels with y downwards; PDF wants points with y upwards."""
    import pydyf

    pages = {reference: index for index, reference in enumerate(pdf.page_references)}
    for element in elements:
        if element["S"] == "/Figure" and element.get("Pg") in pages:
            height = document.pages[pages[element["Pg"]]].height
            x1, y1, x2, y2 = element["A"]["BBox"]
            element["A"]["BBox"] = pydyf.Array(
                [x1 * _PIXEL, (height - y2) * _PIXEL, x2 * _PIXEL, (height - y1) * _PIXEL]
            )


def _describe_links(document: Any, pdf: Any) -> None:
    """An inner link is described by its raw anchor, which is read aloud; say where it leads instead."""
    import pydyf

    anchors: dict[str, int] = {name: at for at, page in enumerate(document.pages) for name in page.anchors}
    titles: dict[tuple[int, int], str] = {}
    for index, page in enumerate(document.pages):
        for _level, label, (_x, y), _state in page.bookmarks:
            titles.setdefault((index, round(y)), label)
    for thing in pdf.objects:
        if isinstance(thing, dict) and thing.get("Subtype") == "/Link" and "Dest" in thing:
            name = thing["Dest"].string
            target = anchors.get(name)
            if target is None:
                continue
            height = round(document.pages[target].anchors[name][1])
            place = titles.get((target, height), f"“{name}”")
            thing["Contents"] = pydyf.String(f"Go to {place}, page {target + 1}")


def _make_signature_fields(pdf: Any, objects: dict[bytes, Any], elements: list[Any]) -> None:
    """Turn each ``<input class=sig>``, which WeasyPrint has placed, tagged and labelled, into an empty /Sig field.

    All fields must exist before the first signature. NeedAppearances breaks PDF/A (6.4.1-3). pyHanko accepts a
    countersignature only where the Form element's /K is the object reference itself, not a list of one.
    """
    import pydyf

    for element in elements:
        if element["S"] == "/Form" and isinstance(element["K"], list) and len(element["K"]) == 1:
            element["K"] = element["K"][0]
    if "AcroForm" not in pdf.catalog:
        return
    found = pdf.catalog["AcroForm"]
    form = objects[found] if isinstance(found, bytes) else found
    form.pop("DR", None)
    form.pop("NeedAppearances", None)
    for reference in form["Fields"]:
        widget = objects[reference]
        x1, y1, x2, y2 = widget["Rect"]
        widget["Rect"] = pydyf.Array([min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)])
        for key in _FIELD_LEFTOVERS:
            widget.pop(key, None)
        widget["FT"] = "/Sig"
        widget["F"] = _PRINTED_AND_LOCKED
        box = pydyf.Array([0, 0, abs(x2 - x1), abs(y2 - y1)])
        empty = pydyf.Stream([], pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Form", "BBox": box}))
        pdf.add_object(empty)
        widget["AP"] = pydyf.Dictionary({"N": empty.reference})
