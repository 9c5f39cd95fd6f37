"""Files are written whole or not at all, and nothing is overwritten unless asked.

In: bytes and a target. Out: files in place, or none. Knows nothing of what the files mean.
Two commands that write the same folder take turns, so that what stands there in the end is of one of them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from impact.errors import Exit, Fault, SettingsError

__all__ = ["refuse_existing", "refuse_unwritable", "staged", "write_file"]


def refuse_existing(paths: Iterable[Path], *, force: bool) -> None:
    """Say before any work begins that a file would be overwritten.

    Raises:
        SettingsError: G020 for each file that exists, unless ``force``.
    """
    if force:
        return
    faults = [
        Fault(str(path), "the file exists", "a new name", "Add --force to overwrite it", "G020")
        for path in paths
        if path.exists()
    ]
    if faults:
        raise SettingsError(faults)


def refuse_unwritable(folder: Path) -> None:
    """Say before any work begins that nothing could be written into a folder, which need not exist yet.

    Raises:
        SettingsError: G022 it, or what it would stand in, is a file or may not be written to.
    """
    with _explained(folder):
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        if not there.is_dir():
            what = "is a file" if there == folder else f"cannot be made: {there} is a file"
            raise SettingsError(Fault(str(folder), what, "a folder", "Choose another name for the output", "G022"))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_file(path: Path, data: bytes, *, force: bool) -> None:
    """Write one file through a temporary file beside it; a failure leaves what was there before.

    Raises:
        SettingsError: G020 it exists; G021 no space (exit 7); G022 the folder cannot be written to.
    """
    refuse_existing([path], force=force)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def staged(out: Path, *, force: bool, ours: Iterable[str] = ()) -> Iterator[Path]:
    """A folder to write into, moved to ``out`` when the block ends well and removed when it does not.

    Files of ``out`` that the block does not write are left alone, so ``force`` never deletes anything of the user's.

    Args:
        out: The folder of the results.
        force: Replace files that exist.
        ours: Patterns of files that the caller makes: with ``force``, one that it does not make this time is removed,
            so that no result of an earlier run stands beside those of this one.

    Raises:
        SettingsError: As :func:`write_file`.

    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "out"
    >>> with staged(out, force=False) as folder:
    ...     _ = (folder / "a.txt").write_text("a")
    >>> (out / "a.txt").read_text()
    'a'
    """
    refuse_unwritable(out)
    with _explained(out):
        # Inside where it is there already: it may be the only place that can be written to, or a disk of its own.
        base = out if out.is_dir() else out.parent
        base.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=base, prefix=f".{out.name}."))
    try:
        with _explained(out):
            yield folder
        with _explained(out), _alone(out.absolute().parent):
            written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
            refuse_existing([out / name for name in written], force=force)
            if not out.exists():
                folder.chmod(0o777 & ~_umask())
                folder.replace(out)
                return
            for name in written:
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).replace(out / name)
            kept = {out / name for name in written}
            for stale in {path for pattern in ours for path in out.glob(pattern)} - kept if force else ():
                stale.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else of us moves results within ``folder``. Where locks are not to be had, nobody waits."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Turn what the operating system says into a fault with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "Free some space, or choose another folder; nothing was written"
            fault = Fault(str(target), "the disk is full", "room for the output", remedy, "G021", Exit.MISSING)
        else:
            what = (error.strerror or type(error).__name__).lower()
            fault = Fault(str(target), f"cannot be written: {what}", "", "Choose another folder", "G022")
        raise SettingsError(fault) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
