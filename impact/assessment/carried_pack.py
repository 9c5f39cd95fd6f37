"""The questionnaire that a document carries: packed when it is made, and opened by whoever scores it again.

In: a pack’s files, or an archive from a stranger’s document. Out: an archive with the same bytes for the same files; a
folder of packs, for as long as it is needed. Whether it is the pack that was used is not said here: its digest is.
Refuses archives that another program packed, names that lead out of the folder, and whatever is too large.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from impact.errors import ImpactError
from impact.resources import Resource, find, read_listed
from impact.settings import Settings

__all__ = ["CARRIED", "carried_digest", "carried_in", "opened", "packed"]

CARRIED = "questionnaire.zip"
_MOST = 8_000_000  # bytes of all files: the largest bundled pack has a thirtieth of it
_MOST_FILES = 2_000
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first day that such an archive can name: there is no clock in a document


def packed(resources: Sequence[Resource]) -> bytes | None:
    """An archive of packs, each in a folder of its name; None where they are too large to be carried.

    Files are stored as they are: the document compresses its attachments itself.

    Raises:
        SettingsError: G012 a file is no longer what was read a moment ago.
    """
    held = {f"{each.name}/{name}": read_listed(each, name) for each in resources for name, _ in each.files}
    if sum(map(len, held.values())) > _MOST or len(held) > _MOST_FILES:
        return None
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(held.items()):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
            archive.writestr(entry, data)
    return made.getvalue()


def carried_in(record: Mapping[str, Any]) -> bool:
    """Whether a record says that its questionnaire is attached; a record of any content may be asked."""
    pack = record.get("pack")
    return isinstance(pack, dict) and pack.get("attached") == CARRIED


@contextmanager
def opened(archive: bytes | None) -> Iterator[Path | None]:
    """A folder with the packs of an archive, gone afterwards; None for no archive, or one that cannot be used."""
    files = _files(archive) if archive is not None else None
    if files is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="impact-") as name:
        folder = Path(name)
        for path, data in files.items():
            place = folder.joinpath(*path.parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        yield folder


def carried_digest(folder: Path | None, name: str) -> str | None:
    """The digest of a pack in an opened folder; None where it is not there, or is none."""
    if folder is None or name not in {child.name for child in folder.iterdir()}:
        return None
    try:
        found = find("questionnaires", name, Settings(packs=(folder,)))
    except ImpactError:
        return None
    return found.digest if found.layer == "settings" else None


def _files(archive: bytes) -> dict[PurePosixPath, bytes] | None:
    found: dict[PurePosixPath, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as held:
            entries = held.infolist()
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST:
                return None
            for entry in entries:
                path = PurePosixPath(entry.filename)
                # Stored entries cannot be larger than the archive, whatever they claim; links are files like any other.
                if entry.compress_type != zipfile.ZIP_STORED or not _safe(entry.filename, path) or path in found:
                    return None
                found[path] = held.read(entry)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError):
        return None
    return found if not _nested(found) else None


def _safe(name: str, path: PurePosixPath) -> bool:
    """Whether a name is that of a file below a folder, written plainly.

    >>> [_safe(name, PurePosixPath(name)) for name in ("p/pack.yaml", "../p", "/p/x", "p/./x", "p\\\\x/y", "x")]
    [True, False, False, False, False, False]
    """
    plain = name.isprintable() and "\\" not in name and ":" not in name and len(name) < 400
    return plain and len(path.parts) > 1 and ".." not in path.parts and name == "/".join(path.parts)


def _nested(found: Mapping[PurePosixPath, bytes]) -> bool:
    """Whether one entry is a file and the folder of another."""
    return any(parent in found for path in found for parent in path.parents)
