"""How the history is kept on a disk: one writer at a time, and nothing half written.

In: a folder and bytes. Out: a lock, lines at the end of a file, a file put in place of another. Knows no answers.
Where the system has no ``flock`` (Windows), or the file system refuses it, nothing is written: two writers could
otherwise break the chain.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from impact.errors import AnswerError, Exit, Fault

__all__ = ["Pending", "append_bytes", "explained", "intended", "locked", "pending", "put_in_place"]

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # a link in the folder must not lead a write out of it


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Wait for the folder, then hold it. A reader (``shared``) goes on where locks are not to be had.

    Raises:
        AnswerError: A056 a writer cannot lock the folder.
    """
    with explained(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        except (ImportError, OSError):
            if not shared:
                remedy = "Work on a disk of this machine; or type answers into assessment.yaml, one person at a time"
                found = "the folder cannot be locked, so that two people could write at once"
                raise AnswerError(Fault(str(folder), found, "", remedy, "A056", Exit.MISSING)) from None
        yield
    finally:
        os.close(handle)  # which ends the lock; so does the end of the process, however it comes


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Turn what the system says into a fault: A057 it cannot be written, A058 the disk is full (exit 7)."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "Free some space; what was saved before is whole"
            raise AnswerError(Fault(str(target), "the disk is full", "room", remedy, "A058", Exit.MISSING)) from None
        what = (error.strerror or type(error).__name__).lower()
        remedy = "Check who owns it and what may be done with it"
        raise AnswerError(Fault(str(target), f"cannot be read or written: {what}", "", remedy, "A057")) from None


def append_bytes(path: Path, data: bytes, *, whole: int) -> None:
    """Put ``data`` behind the first ``whole`` bytes: a torn last line goes, one write, then ``fsync``.

    A failure leaves the file at ``whole`` bytes.
    """
    with explained(path):
        new = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | _NO_LINK, 0o666)
        try:
            if os.fstat(handle).st_size > whole:
                os.ftruncate(handle, whole)
            os.lseek(handle, whole, os.SEEK_SET)
            try:
                if os.write(handle, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, whole)
                raise
        finally:
            os.close(handle)
        if new:
            _sync_folder(path.parent)


@dataclass(frozen=True)
class Pending:
    """A file that was about to take the place of ``target`` when its writer ended.

    Attributes:
        path: The unfinished file.
        before, after: Number of events before and after what was being written.
    """

    path: Path
    before: int
    after: int


def intended(target: Path, *, before: int, after: int) -> Path:
    """An empty file beside ``target``, made before the history grows: what stands there after a crash says that the
    file was never rewritten, so that it is not taken for one that somebody edited by hand."""
    with explained(target):
        path = target.parent / f".{target.name}.{before}-{after}.tmp"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o666))
        _sync_folder(target.parent)
        return path


def pending(target: Path) -> list[Pending]:
    """What crashes left beside ``target``, oldest first."""
    found = []
    for path in target.parent.glob(f".{target.name}.*-*.tmp"):
        numbers = path.name.removeprefix(f".{target.name}.").removesuffix(".tmp").partition("-")
        if numbers[0].isdecimal() and numbers[2].isdecimal():
            found.append(Pending(path, int(numbers[0]), int(numbers[2])))
    return sorted(found, key=lambda one: one.after)


def put_in_place(temporary: Path, target: Path, data: bytes) -> None:
    """Write, ``fsync``, rename over the target, ``fsync`` the folder."""
    with explained(target):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
