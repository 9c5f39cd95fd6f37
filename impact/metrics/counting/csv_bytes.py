"""A CSV file as bytes: what it is encoded in, whether it is damaged, how its lines end, what its header says.

In: a file, the plan's encoding and delimiter. Out: a header, a digest, and a file that the engine can read as it is.
Refuses to guess an encoding or a delimiter: a guess changes the names of groups. Knows no mapping.
Personal data: passes through in pieces; a copy is written to the run's own temporary folder only when the file must be
rewritten (another encoding, mixed line endings), and messages name rows and bytes, never values.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from impact.errors import Fault, MetricError
from impact.metrics.counting.source import DataFile, SourceFile
from impact.metrics.tables.checks import Check

__all__ = ["CsvFile", "damage_of", "read_bytes"]

_CHUNK = 8 << 20
_HEADER_BYTES = 1 << 20
_MAX_FIELD = 16 << 20
_PACKED = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class CsvFile:
    """A CSV file that has been looked at byte by byte.

    Attributes:
        file: As the plan names it.
        readable: The file for the engine: UTF-8 with one kind of line ending. The original wherever possible.
        header: Column names, in order, each once.
        source: Digest and size of the original bytes.
        checks: What was accepted but should be known (byte-order mark, mixed line endings).
    """

    file: DataFile
    readable: Path
    header: tuple[str, ...]
    source: SourceFile
    checks: tuple[Check, ...]


def read_bytes(file: DataFile, *, encoding: str, delimiter: str, scratch: Path) -> CsvFile:
    """Look at every byte of a CSV file once.

    Args:
        file: The file.
        encoding: What the plan declares.
        delimiter: What the plan declares.
        scratch: A folder for a rewritten copy; the caller removes it.

    Raises:
        MetricError: D01 no header, D04 duplicate names, D06 UTF-16, D07 not in the declared encoding, D08 another
            delimiter, D10 an unclosed quotation mark in the header, D12 zero bytes, D78 packed.
    """
    codec = codecs.lookup(encoding).name
    scan = _scan(file, codec)
    checks = []
    if scan.marked and codec == "utf-8":
        checks.append(Check("D05", "info", f"{file.shown} starts with a byte-order mark; accepted."))
    mixed = sum(1 for count in scan.endings.values() if count) > 1
    if mixed:
        counted = ", ".join(f"{name} {count}" for name, count in scan.endings.items() if count)
        text = f"Line endings of {file.shown} are mixed ({counted}); normalised."
        checks.append(Check("D11", "warning", f"{text} Row numbers refer to the normalised file."))
    readable = file.path
    if mixed or codec != "utf-8":
        readable = _rewritten(file, codec, scratch)
    header = _header(file, readable, delimiter)
    return CsvFile(file, readable, header, scan.source, tuple(checks))


@dataclass(frozen=True)
class _Scan:
    source: SourceFile
    endings: dict[str, int]
    marked: bool


def _scan(file: DataFile, codec: str) -> _Scan:
    digest, size = hashlib.sha256(), 0
    endings = {"CRLF": 0, "LF": 0, "CR": 0}
    decoder = codecs.getincrementaldecoder(codec)("strict")
    after_cr, marked = False, False
    for piece in _pieces(file.path):
        if size == 0:
            marked = piece.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            _known_start(file, piece, codec)
        digest.update(piece)
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            # The decoder prepends what it held back of the piece before, and keeps it when it raises.
            raise _not_decoded(file, codec, size - len(decoder.getstate()[0]) + error.start) from None
        counted = text.encode() if codec == "utf-16" else piece
        if b"\0" in counted:
            line = endings["LF"] + endings["CRLF"] + counted[: counted.index(b"\0")].count(b"\n") + 1
            lines = sum(1 for each in counted.split(b"\n") if b"\0" in each)
            found = f"a zero byte in line {line} ({lines} line{'s' if lines > 1 else ''} like this or more)"
            raise _refused(file, f"{found}: the file is damaged or not text", "Export it again", "D12")
        both = counted.count(b"\r\n")
        endings["CRLF"] += both
        endings["LF"] += counted.count(b"\n") - both
        endings["CR"] += counted.count(b"\r") - both
        if after_cr and counted.startswith(b"\n"):  # a pair that the end of a piece had split
            endings["CRLF"] += 1
            endings["LF"] -= 1
            endings["CR"] -= 1
        after_cr = counted.endswith(b"\r")
        size += len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_decoded(file, codec, size) from None
    return _Scan(SourceFile(file.shown, "sha256:" + digest.hexdigest(), size), endings, marked)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _known_start(file: DataFile, piece: bytes, codec: str) -> None:
    for magic, what in _PACKED.items():
        if piece.startswith(magic):
            remedy = "Write “kind: parquet”" if magic == b"PAR1" else "Unpack it, or save it as “CSV UTF-8”"
            raise _refused(file, f"this is {what}, not CSV text", remedy, "D78")
    start = piece[:400]
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        len(start) > 3 and (not any(start[0::2]) or not any(start[1::2]))
    )
    if wide and codec != "utf-16":
        remedy = "Set “encoding: utf-16”, or save it as “CSV UTF-8”"
        raise _refused(file, "this looks like UTF-16 (Excel “Unicode text”)", remedy, "D06")


def _not_decoded(file: DataFile, codec: str, at: int) -> MetricError:
    if codec != "utf-8":
        return _refused(file, f"not valid {codec} at byte {at}", "Check “encoding” in the plan", "D07")
    found = f"not valid UTF-8 at byte {at}; it may be Windows-1252"
    return _refused(file, found, "Set “encoding: cp1252” if that is what wrote the file; nothing is guessed", "D07")


def _rewritten(file: DataFile, codec: str, scratch: Path) -> Path:
    """A copy in UTF-8 with line feeds only, in a folder that is removed after counting."""
    free = shutil.disk_usage(scratch).free
    if free < 2 * file.size:
        found = f"a normalised copy needs about {2 * file.size:,} bytes of temporary space; {free:,} are free"
        raise _refused(file, found, "Free some space, or save the file as UTF-8 with one kind of line ending", "D61")
    target = scratch / f"{len(list(scratch.iterdir()))}.csv"
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)("strict"), translate=True)
    with target.open("wb") as out:
        for piece in _pieces(file.path):
            out.write(decoder.decode(piece).encode())
        out.write(decoder.decode(b"", final=True).encode())
    return target


def _header(file: DataFile, readable: Path, delimiter: str) -> tuple[str, ...]:
    with readable.open("rb") as stream:
        start = stream.read(_HEADER_BYTES).removeprefix(codecs.BOM_UTF8).decode(errors="ignore")
    if not start.strip():
        raise _refused(file, "the file is empty", "Check that the export finished", "D01")
    try:
        names = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        remedy = "Export it again with values quoted"
        raise _refused(file, "a quotation mark in the header is never closed", remedy, "D10") from None
    if len(names) <= 1:
        other = next(
            (each for each in (";", "\t", "|", ",") if each != delimiter and each in start.split("\n")[0]), None
        )
        if other is not None:
            shown = "a tab" if other == "\t" else f"“{other}”"
            written = '"\\t"' if other == "\t" else f"'{other}'"
            found = f"only one column found; the file seems to use {shown} as its delimiter"
            remedy = f"Set “delimiter: {written}”; if numbers look like 0,5 export them with a decimal point"
            raise _refused(file, found, remedy, "D08")
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names, 1):
        places.setdefault(name, []).append(position)
    faults = [
        Fault(file.shown, f"column “{name}” appears at positions {', '.join(map(str, at))}", "each name once",
              "Rename one of them", "D04")
        for name, at in places.items() if len(at) > 1
    ]  # fmt: skip
    if faults:
        raise MetricError(faults)
    return tuple(names)


def damage_of(file: CsvFile, *, delimiter: str) -> list[Fault]:
    """Why the engine refused a file: rows of the wrong length (D09), or a quotation mark never closed (D10).

    Reads the file again with Python's own reader, which is slow; called only for files that were refused.
    """
    wanted, total, started = len(file.header), 0, 1
    rows: list[tuple[int, int]] = []
    limit = csv.field_size_limit(_MAX_FIELD)
    with file.readable.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                if fields and len(fields) != wanted:
                    total += 1
                    rows += [(started, len(fields))] if len(rows) < 3 else []
                started = reader.line_num + 1
        except csv.Error:
            found = f"a quotation mark opened in line {started} is never closed, or stands inside a value"
            return [Fault(file.file.shown, found, "", "Export it again with values quoted", "D10")]
        finally:
            csv.field_size_limit(limit)
    if not rows:
        return []
    line, length = rows[0]
    found = f"line {line} has {length} field{'s' if length != 1 else ''}, {wanted} expected"
    others = ", ".join(str(each) for each, _ in rows) + (", …" if total > len(rows) else "")
    counted = f"{found}. {total} line{'s' if total > 1 else ''} like this ({others})"
    return [Fault(file.file.shown, counted, "", "Export it again with values quoted", "D09")]


def _refused(file: DataFile, found: str, remedy: str, code: str) -> MetricError:
    return MetricError(Fault(file.shown, found, "", remedy, code))
