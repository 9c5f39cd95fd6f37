"""Read a file that a stranger may have placed: a regular file, never through a link, never more than a bound.

In: a path and a bound in bytes. Out: its bytes, or what it is instead. Knows nothing of what stands in it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["FileRefused", "read_regular"]


class FileRefused(Exception):  # noqa: N818  # the caller turns it into the fault of its own room
    """The path is not a file that may be read.

    Attributes:
        said: What it is, as the end of a sentence that begins with its name.
        large: It is a file, and larger than the bound.
        denied: The system would not open it.
    """

    def __init__(self, said: str, *, large: bool = False, denied: bool = False) -> None:
        self.said, self.large, self.denied = said, large, denied
        super().__init__(said)


def read_regular(path: Path, *, most: int) -> bytes:
    """The bytes of a regular file of at most ``most`` bytes.

    What the path names is asked of the opened file itself, so that nothing can be put in its place in between, and
    opening never waits: a pipe that nobody writes to, or a device, is refused at once.

    Raises:
        FileRefused: A link, a folder, a pipe or device, nothing at all, more than ``most`` bytes, or not readable.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        linked = path.is_symlink()  # where the system has no O_NOFOLLOW, and for a clearer word where it has
        if linked:
            raise FileRefused("the file is a symbolic link")
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise FileRefused("the file does not exist") from None
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError) and path.is_dir():  # Windows opens no folder
            raise FileRefused("the file is a folder") from None
        why = str(getattr(error, "strerror", None) or error).lower()
        raise FileRefused(f"cannot be read: {why}", denied=True) from None
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            raise FileRefused("the file is a folder" if stat.S_ISDIR(kind) else "the file is a pipe or a device")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(data) > most:
        raise FileRefused(f"the file is larger than {most // 1_000_000} MB", large=True)
    return data
