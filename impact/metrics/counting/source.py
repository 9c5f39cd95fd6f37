"""Which files a plan means, and proof of which bytes were counted.

In: the plan's ``source`` and the folder of the plan. Out: files below that folder, each with digest and size.
Refuses whatever leads out of the folder: absolute paths, ``..``, symbolic links, URLs. Knows no file format.
Personal data: reads bytes to take their digest; keeps none.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from impact.errors import Fault, MetricError
from impact.yamlfile import nearest

__all__ = ["DataFile", "Fingerprints", "SourceFile", "data_files", "fingerprint_of", "require_unchanged"]

_MAX_FILES = 100_000
_CHUNK = 1 << 20
_WILD = frozenset("*?[")


class SourceFile(NamedTuple):
    """What was counted: the path as the plan's folder sees it, the digest of its bytes, and how many there are."""

    file: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to read, with what it looked like when it was found.

    Attributes:
        path: Where it stands.
        shown: Its path relative to the plan's folder, as messages name it.
        size: Bytes.
        changed: Time of its last change, in nanoseconds.
    """

    path: Path
    shown: str
    size: int
    changed: int


def data_files(pattern: str, *, base: Path) -> tuple[DataFile, ...]:
    """The files that ``source.path`` names, sorted by name.

    Args:
        pattern: A path or a pattern (``data/2024-*.parquet``) relative to the plan's folder.
        base: The plan's folder.

    Raises:
        MetricError: D78 outside the folder, a symbolic link, a folder, a URL, missing; D01 an empty file.
    """
    if "://" in pattern:
        raise _refused(pattern, "URLs are not opened", "Download the file first")
    if not pattern.strip() or "\0" in pattern:
        raise _refused("source.path", "the path is empty", "Name a file below the folder of the plan")
    parts = PurePosixPath(pattern.replace("\\", "/")).parts
    root = base.resolve()
    if pattern.startswith(("/", "~", "\\")) or ".." in parts or Path(pattern).is_absolute():
        raise _refused(pattern, "the path is outside the audit folder", "Put the file into the folder of the plan")
    found = sorted(root.glob("/".join(parts))) if _WILD & set(pattern) else [root.joinpath(*parts)]
    found = [path for path in found if len(found) == 1 or path.is_symlink() or not path.is_dir()]
    if not found:
        raise _refused(pattern, "no file matches the pattern", "Check the path; it is relative to the plan")
    if len(found) > _MAX_FILES:
        raise _refused(pattern, f"more than {_MAX_FILES:,} files match", "Name fewer, or larger, files")
    faults, files = [], []
    for path in found:
        shown = path.relative_to(root).as_posix()
        fault = _fault_of(path, root, shown)
        if fault is not None:
            faults.append(fault)
        else:
            status = path.stat()
            files.append(DataFile(path, shown, status.st_size, status.st_mtime_ns))
    if faults:
        raise MetricError(faults)
    return tuple(files)


def _fault_of(path: Path, root: Path, shown: str) -> Fault | None:
    for part in (path, *path.parents):
        if part == root:
            break
        if part.is_symlink():
            return _fault(shown, "a symbolic link", "Put the file itself into the folder of the plan")
    if path.is_dir():
        return _fault(shown, "this is a folder", f"Give a pattern such as {shown}/*.parquet")
    if not path.exists():
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, names)
        remedy = f"Did you mean “{near}”?" if near else "Check the path; it is relative to the plan"
        return _fault(shown, "the file does not exist", remedy)
    if not path.is_file():
        return _fault(shown, "this is not a regular file", "Name a file")
    if not os.access(path, os.R_OK):
        return _fault(shown, "the file may not be read", "Check its permissions")
    if path.stat().st_size == 0:
        return Fault(shown, "the file is empty", "", "Check that the export finished", "D01")
    return None


def fingerprint_of(file: DataFile, *, stopped: Callable[[], bool] = bool) -> SourceFile:
    """Digest and size of a file, read in pieces.

    Args:
        file: The file.
        stopped: Asked before each piece; once true, the digest is of no use to anybody and reading ends.
    """
    total = hashlib.sha256()
    size = 0
    piece = bytearray(_CHUNK)
    view = memoryview(piece)
    with file.path.open("rb", buffering=0) as stream:
        while not stopped() and (read := stream.readinto(piece)):
            total.update(view[:read])
            size += read
    return SourceFile(file.shown, "sha256:" + total.hexdigest(), size)


class Fingerprints:
    """Digests of files, taken while something else reads the same files.

    >>> Fingerprints().all()
    ()
    """

    def __init__(self, files: tuple[DataFile, ...] = ()) -> None:
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1) if files else None
        self._each = [
            self._pool.submit(fingerprint_of, file, stopped=self._stop.is_set) for file in files if self._pool
        ]

    def all(self) -> tuple[SourceFile, ...]:
        """One for each file, in their order; waits for the last."""
        return tuple(each.result() for each in self._each)

    def close(self) -> None:
        """Give up what has not been read, and wait until nothing is read any more."""
        self._stop.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def require_unchanged(files: tuple[DataFile, ...]) -> None:
    """Refuse when a file changed after it was found: its digest would not be that of what was counted.

    Raises:
        MetricError: D65, once for each file.
    """
    faults = []
    for file in files:
        try:
            status = file.path.stat()
            same = (status.st_size, status.st_mtime_ns) == (file.size, file.changed)
        except OSError:
            same = False
        if not same:
            remedy = "Take a copy that nobody writes to, and run again"
            faults.append(Fault(file.shown, "the file changed while it was being read", "", remedy, "D65"))
    if faults:
        raise MetricError(faults)


def _refused(where: str, found: str, remedy: str) -> MetricError:
    return MetricError(_fault(where, found, remedy))


def _fault(where: str, found: str, remedy: str) -> Fault:
    return Fault(where, found, "a file below the folder of the plan", remedy, "D78")
