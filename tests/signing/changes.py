"""Changes that somebody without a key appends to a signed file: each takes pyHanko's writer and alters one thing.

Two tables of tests share them, by name (``make.changes``): that of ``verify`` alone, and that of attacks on a report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic

NAME = generic.NameObject


def stream(content: bytes, **entries: str) -> generic.StreamObject:
    return generic.StreamObject({NAME(f"/{k}"): NAME(v) for k, v in entries.items()}, stream_data=content)


def page_content(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(stream(b"0 0 100 100 re f"))
    writer.update_container(page)


def stream_overridden(writer: Any) -> None:
    ref = writer.root["/Pages"]["/Kids"][0].raw_get("/Contents").reference
    ref.get_object()._data, ref.get_object()._encoded_data = b"0 0 100 100 re f", None
    writer.mark_update(ref)


def annotation(writer: Any) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            NAME("/Type"): NAME("/Annot"),
            NAME("/Subtype"): NAME("/FreeText"),
            NAME("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
            NAME("/Contents"): generic.pdf_string("approved"),
        }
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def page_added(writer: Any) -> None:
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject({NAME("/Type"): NAME("/Page"), NAME("/Parent"): writer.root.raw_get("/Pages")})
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = generic.NumberObject(2)
    writer.update_container(pages)


def title(writer: Any) -> None:
    info = writer.trailer_view["/Info"]
    info["/Title"] = generic.pdf_string("Another assessment")
    writer.mark_update(writer.trailer_view.raw_get("/Info").reference)


def xmp_title(writer: Any) -> None:
    ref = writer.root.raw_get("/Metadata").reference
    from pyhanko.pdf_utils.decode_limits import DecodePurpose

    old = ref.get_object().read_data(DecodePurpose.XMP_METADATA)
    writer.root["/Metadata"] = writer.add_object(
        stream(old.replace(b">Assessment<", b">Approved!!<"), Type="/Metadata", Subtype="/XML")
    )
    writer.update_root()


def untagged(writer: Any) -> None:
    writer.root["/MarkInfo"] = generic.DictionaryObject({NAME("/Marked"): generic.BooleanObject(False)})
    writer.update_root()


def language(writer: Any) -> None:
    writer.root["/Lang"] = generic.pdf_string("cy")
    writer.update_root()


def script(writer: Any) -> None:
    action = generic.DictionaryObject(
        {NAME("/S"): NAME("/JavaScript"), NAME("/JS"): generic.pdf_string("app.alert(1)")}
    )
    writer.root["/OpenAction"] = writer.add_object(action)
    writer.update_root()


def shadow(writer: Any) -> None:
    writer.add_object(stream(b"hidden until somebody points here"))


def permissions_removed(writer: Any) -> None:
    del writer.root["/Perms"]
    writer.update_root()


def attachment_added(writer: Any) -> None:
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    names.append(generic.pdf_string("z.csv"))
    names.append(writer.add_object(generic.DictionaryObject({NAME("/Type"): NAME("/Filespec")})))
    writer.update_root()


def field_enlarged(writer: Any) -> None:
    field = writer.root["/AcroForm"]["/Fields"][2]
    field["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
    writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(2).reference)


def label_of_field(writer: Any) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/TU"] = generic.pdf_string("Signature of the Mayor")
    writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(0).reference)


def appearance_of_signed_field(writer: Any) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/AP"] = generic.DictionaryObject({NAME("/N"): writer.add_object(stream(b"", Subtype="/Form"))})
    writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(0).reference)


def signature_deleted(writer: Any) -> None:
    del writer.root["/AcroForm"]["/Fields"][0]["/V"]
    writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(0).reference)


CHANGES: dict[str, Callable[[Any], None]] = {
    each.__name__: each
    for each in (
        page_content,
        stream_overridden,
        annotation,
        page_added,
        title,
        xmp_title,
        untagged,
        language,
        script,
        shadow,
        permissions_removed,
        attachment_added,
        field_enlarged,
        label_of_field,
        appearance_of_signed_field,
        signature_deleted,
    )
}
