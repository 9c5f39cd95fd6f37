"""What PDF/A-3a asks of a file, as far as pikepdf can answer it.

``problems(pdf)`` returns one sentence for each defect, and an empty list when none was found. It is no judge of PDF/A:
veraPDF is, where it is installed. Numbers in brackets are clauses of ISO 19005-3.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

# The key of the information dictionary and its counterpart in the metadata; both must say the same (6.6.2.3).
TWINS = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
    "/Producer": "pdf:Producer",
    "/CreationDate": "xmp:CreateDate",
    "/ModDate": "xmp:ModifyDate",
}
RELATIONS = ("/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified")
ANNOTATIONS = ("/Link", "/Widget")  # all that a report needs
PRINT, HIDING = 4, 1 | 2 | 32 | 256  # /F: must be set; Invisible, Hidden, NoView and ToggleNoView must not
FORBIDDEN = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState"}


def problems(pdf: bytes) -> list[str]:
    """Every defect once, sorted."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [
            *_file(pdf, document),
            *_metadata(document),
            *_attachments(document),
            *_annotations(document),
            *_fonts(document),
        ]
    return sorted(set(found))


def _file(pdf: bytes, document: Any) -> Iterator[str]:
    root = document.Root
    if len(document.trailer.get("/ID", [])) != 2:
        yield "no file identifier in the trailer (6.1.3)"
    if document.is_encrypted or "/Encrypt" in document.trailer:
        yield "encrypted (6.1.3)"
    if not pdf[:8].startswith(b"%PDF-1.") or "/Version" in root:
        yield "not a file of PDF 1.7 (6.1.2)"
    intents = [intent for intent in root.get("/OutputIntents", []) if intent.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1 or "/DestOutputProfile" not in intents[0]:
        yield "no output intent with a profile (6.2.3)"
    for key in ("/OpenAction", "/AA", "/Requirements", "/NeedsRendering"):
        if key in root:
            yield f"the catalogue has {key} (6.4, 6.5)"
    form = root.get("/AcroForm", {})
    if form.get("/NeedAppearances") or "/XFA" in form:
        yield "a form without appearances of its own (6.4.1)"
    permissions = root.get("/Perms", {})
    if set(permissions.keys()) - {"/DocMDP", "/UR3"}:
        yield "a permission of another kind (6.1.12)"
    for reference in permissions.get("/DocMDP", {}).get("/Reference", []):
        if {"/DigestLocation", "/DigestMethod", "/DigestValue"} & set(reference.keys()):
            yield "the certifying signature names a digest of objects (6.1.12)"
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and str(thing.get("/S")) in FORBIDDEN and "/P" not in thing:
            yield f"an action {thing.S} (6.5.1)"
        if isinstance(thing, pikepdf.Stream) and any(key in thing for key in ("/F", "/FFilter", "/FDecodeParms")):
            yield "a stream that lies outside the file (6.1.7)"
        if isinstance(thing, pikepdf.Stream) and "/LZWDecode" in str(thing.get("/Filter")):
            yield "a stream packed with LZW (6.1.7)"


def _plain(value: Any) -> str:
    """One spelling for both places: digits of a date, a list as its parts."""
    text = "; ".join(value) if isinstance(value, list) else str(value)
    if re.fullmatch(r"D:[0-9Z+'-]+|\d{4}-[0-9T:Z+-]+", text):
        return re.sub(r"\D", "", text)
    return text


def _metadata(document: Any) -> Iterator[str]:
    stream = document.Root.get("/Metadata")
    if stream is None:
        yield "no metadata (6.6.2.1)"
        return
    information = document.docinfo
    with document.open_metadata(update_docinfo=False) as metadata:
        for key, name in TWINS.items():
            if key in information and _plain(str(information[key])) != _plain(metadata.get(name)):
                yield f"{key} and {name} differ (6.6.2.3)"
    text = stream.read_bytes().decode("utf-8")
    for prefix in ("pdfuaid",):
        if f"{prefix}:part" in text and f"<pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>" not in text:
            yield f"no extension schema for {prefix} (6.6.2.3.2)"
    if re.search(r"<\?xpacket begin=[^>]*(bytes|encoding)=", text):
        yield "the metadata packet names its bytes or encoding (6.6.2.1)"


def _attachments(document: Any) -> Iterator[str]:
    associated = {entry.objgen for entry in document.Root.get("/AF", [])}
    for name in document.attachments:
        entry = document.attachments[name].obj
        if entry.objgen not in associated:
            yield f"attachment {name} is associated with nothing (6.8)"
        if str(entry.get("/AFRelationship")) not in RELATIONS:
            yield f"attachment {name} has no relationship (6.8)"
        if str(entry.get("/F")) != name or str(entry.get("/UF")) != name:
            yield f"attachment {name} lacks one of its two names (6.8)"
        if not re.fullmatch(r"/[a-z]+/[a-z0-9.+-]+", str(entry.EF.F.get("/Subtype"))):
            yield f"attachment {name} has no type (6.8)"
        if "/ModDate" not in entry.EF.F.get("/Params", {}):
            yield f"attachment {name} has no date (6.8)"


def _annotations(document: Any) -> Iterator[str]:
    for number, page in enumerate(document.pages, start=1):
        for annotation in page.get("/Annots", []):
            kind, flags = str(annotation.Subtype), int(annotation.get("/F", 0))
            if kind not in ANNOTATIONS:
                yield f"page {number}: an annotation {kind} (6.3.1)"
            if not flags & PRINT or flags & HIDING:
                yield f"page {number}: an annotation that does not print (6.3.2)"
            left, low, right, high = (float(each) for each in annotation.Rect)
            sized = left != right or low != high  # 6.3.3 asks nothing of a rectangle of no size
            if kind == "/Widget" and sized and set(annotation.get("/AP", {}).keys()) != {"/N"}:
                yield f"page {number}: a field without one appearance (6.3.3)"
            if kind == "/Widget" and ("/A" in annotation or "/AA" in annotation):
                yield f"page {number}: a field that acts (6.4.1)"


def _fonts(document: Any) -> Iterator[str]:
    for font in document.objects:
        if not isinstance(font, pikepdf.Dictionary) or font.get("/Type") != "/Font" or "/Subtype" not in font:
            continue
        if str(font.Subtype).startswith("/CIDFont"):
            continue  # reached over the Type0 font above it
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        descriptor = inner.get("/FontDescriptor", {})
        name = str(font.get("/BaseFont"))
        if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield f"font {name} is not embedded (6.2.11.4)"
        if "/ToUnicode" not in font:
            yield f"font {name} has no table of characters (6.2.11.7)"
        if inner.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in inner:
            yield f"font {name} does not map its glyphs (6.2.11.3)"
