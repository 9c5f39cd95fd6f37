"""Files are written whole or not at all, and nothing is overwritten unless asked.

In: bytes and a target. Out: files in place, or none. Knows nothing of what the files mean.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from impact.errors import Exit, Fault, SettingsError

__all__ = ["refuse_existing", "staged", "write_file"]


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
def staged(out: Path, *, force: bool) -> Iterator[Path]:
    """A folder to write into, moved to ``out`` when the block ends well and removed when it does not.

    Files of ``out`` that the block does not write are left alone, so ``force`` never deletes anything of the user's.

    Raises:
        SettingsError: As :func:`write_file`.

    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "out"
    >>> with staged(out, force=False) as folder:
    ...     _ = (folder / "a.txt").write_text("a")
    >>> (out / "a.txt").read_text()
    'a'
    """
    if out.exists() and not out.is_dir():
        raise SettingsError(Fault(str(out), "is a file", "a folder", "Choose another name for the output", "G022"))
    with _explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        with _explained(out):
            yield folder
            written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
            refuse_existing([out / name for name in written], force=force)
            if not out.exists():
                folder.chmod(0o777 & ~_umask())
                folder.replace(out)
                return
            for name in written:
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).replace(out / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Turn what the operating system says into a fault with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "Free some space, or choose another folder; nothing was written"
            fault = Fault(str(target), "the disk is full", "room for the output", remedy, "G021", Exit.MISSING)
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR):
            what = os.strerror(error.errno).lower()
            fault = Fault(str(target), f"cannot be written: {what}", "", "Choose another folder", "G022")
        else:
            raise
        raise SettingsError(fault) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
