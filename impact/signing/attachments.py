"""The files attached to a PDF, exactly as the first signature covers them.

In: bytes of a PDF. Out: names and bytes, and the digest that the document's metadata states. Says nothing of whether a
signature is valid (that is ``verify``), and does not read what is attached.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from impact.errors import Exit, Fault, SignatureError
from impact.signing.document import OutOfTime, first_revision, open_pdf, value_of
from impact.signing.quiet import quiet

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["Attached", "attachments", "stated_identifier"]

SECONDS = 120.0
_MAX_FILES = 1_000
_MAX_TOTAL = 400_000_000  # unpacked bytes of all attachments
_MAX_DEPTH = 20
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_IDENTIFIER = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Attached:
    """Attached files.

    Attributes:
        files: Name -> bytes, sorted by name.
        signed: Whether a signature stands in the file; without one, these are merely the files of the present state.
    """

    files: Mapping[str, bytes]
    signed: bool


def attachments(pdf: bytes) -> Attached:
    """Attachments in the revision that the first signature covers, which must equal the present ones.

    Raises:
        SignatureError: S101 to S104 and S126 the PDF cannot be read, S130 two attachments of one name, S131 a name
            that is none, S132 attachments differ from those first signed, S133 they cannot be read or are too large.
    """
    with quiet():
        try:
            reader = open_pdf(pdf, seconds=SECONDS)
            first = first_revision(reader)
            present = _files(reader, reader.total_revisions - 1)
            signed = _files(reader, first) if first is not None else present
        except OutOfTime:
            raise _fault("PDF", f"reading took longer than {SECONDS:g} seconds", "S124") from None
    if signed != present:
        names = sorted({*signed, *present} - {name for name in signed if signed[name] == present.get(name)})
        raise _fault("attachments", f"changed after the first signature: {', '.join(names)}", "S132")
    return Attached(MappingProxyType(dict(sorted(signed.items()))), first is not None)


def stated_identifier(pdf: bytes) -> str | None:
    """The digest of the record that the metadata states (``dc:identifier``), from the revision first signed.

    Returns:
        ``sha256:`` and 64 digits; None when the metadata states none, or more than one.

    Raises:
        SignatureError: As :func:`attachments`, and S132 when the present metadata states another.
    """
    with quiet():
        try:
            reader = open_pdf(pdf, seconds=SECONDS)
            first = first_revision(reader)
            present = _identifier(reader, reader.total_revisions - 1)
            signed = _identifier(reader, first) if first is not None else present
        except OutOfTime:
            raise _fault("PDF", f"reading took longer than {SECONDS:g} seconds", "S124") from None
    if signed != present:
        raise _fault("metadata", "the stated digest was changed after the first signature", "S132")
    return signed


def _files(reader: PdfFileReader, revision: int) -> dict[str, bytes]:
    try:
        root = reader.get_historical_root(revision)
        names = value_of(root, "/Names")
        tree = value_of(names, "/EmbeddedFiles") if names is not None else None
        entries = _entries(tree, 0) if tree is not None else []
        found: dict[str, bytes] = {}
        total = 0
        for key, specification in entries:
            stated = value_of(specification, "/UF")
            name = str(key if stated is None else stated)
            if not name or name in (".", "..") or not name.isprintable() or "/" in name or "\\" in name:
                raise _fault("attachments", "an attachment has a name that is not that of a file", "S131")
            if name in found:
                raise _fault("attachments", f"two attachments are called “{name}”", "S130")
            content = bytes(specification["/EF"]["/F"].data)
            total += len(content)
            if total > _MAX_TOTAL or len(found) >= _MAX_FILES:
                raise _fault("attachments", "there are too many, or they are too large", "S133")
            found[name] = content
    except (SignatureError, OutOfTime):
        raise
    except Exception as error:  # a stranger's file may break pyHanko in any way
        raise _fault("attachments", f"they cannot be read ({type(error).__name__})", "S133") from None
    return found


def _entries(node: Any, depth: int) -> list[tuple[str, Any]]:
    """Leaves of a name tree, in its order (ISO 32000-1, section 7.9.6)."""
    if depth > _MAX_DEPTH:
        raise _fault("attachments", "their list is nested too deep", "S133")
    names = value_of(node, "/Names") or ()
    entries = [(str(names[at]), names[at + 1]) for at in range(0, len(names) - 1, 2)]
    children = value_of(node, "/Kids") or ()
    for at in range(len(children)):  # by index, which follows references; iterating does not
        entries += _entries(children[at], depth + 1)
        if len(entries) > _MAX_FILES:
            raise _fault("attachments", "there are too many", "S133")
    return entries


def _identifier(reader: PdfFileReader, revision: int) -> str | None:
    from pyhanko.pdf_utils.decode_limits import DecodePurpose
    from pyhanko.pdf_utils.metadata.xmp_xml import MetadataStream, parse_xmp

    try:
        state = reader.get_historical_resolver(revision)
        if "/Metadata" not in state.root:
            return None
        stream = state(state.root.get_value_as_reference("/Metadata"))
        if isinstance(stream, MetadataStream):
            packet = stream.xmp
        else:
            packet = parse_xmp(io.BytesIO(stream.read_data(DecodePurpose.XMP_METADATA)))
        stated = [
            str(value.value).strip()
            for structure in packet
            for name, value in structure
            if name.local_name == "identifier" and name.ns == _DUBLIN_CORE
        ]
    except OutOfTime:
        raise
    except Exception as error:  # as above
        raise _fault("metadata", f"it cannot be read ({type(error).__name__})", "S133") from None
    return stated[0] if len(stated) == 1 and _IDENTIFIER.fullmatch(stated[0]) else None


def _fault(where: str, found: str, code: str) -> SignatureError:
    return SignatureError(Fault(where, found, "", "Ask for the file again, from whoever signed it", code, Exit.GATE))
