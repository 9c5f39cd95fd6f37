"""A process of its own with limits: somebody else's templates, and pages built to exhaust a renderer, run in one.

In: the name of a module of ours, what it reads on standard input, limits. Out: its answer and its bytes, or the fault
that ended it, in words. The process sets the limits for itself before it looks at what it was given (``lower_limits``).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, Protocol

import impact
from impact.errors import Exit, Fault, RenderError

__all__ = ["SHORTER", "Bounds", "fail", "lower_limits", "run_apart"]

SHORTER = "Shorten the longest answers or tables, or look for a text that was built to exhaust the renderer"
_MEBIBYTE = 1024 * 1024
_TEMPORARY_MIB = 16
_PASSED_ON = ("HOME", "PATH", "SYSTEMROOT", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


class Bounds(Protocol):
    """What a process may use."""

    @property
    def cpu_seconds(self) -> int: ...
    @property
    def wall_seconds(self) -> int: ...
    @property
    def memory_mib(self) -> int: ...


def lower_limits(limits: Mapping[str, int]) -> None:
    """Bound this process: processor time, memory, size of files, no core. Nothing on Windows, where the wall holds."""
    try:
        import resource
    except ImportError:
        return

    def lower(kind: int, soft: int, hard: int) -> None:
        _, ceiling = resource.getrlimit(kind)
        bounded = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(kind, (min(soft, bounded), bounded))

    lower(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 2)
    lower(resource.RLIMIT_AS, limits["memory_mib"] * _MEBIBYTE, limits["memory_mib"] * _MEBIBYTE)
    # WeasyPrint writes fonts to a temporary folder; the PDF itself is measured by the parent.
    size = (limits["file_mib"] + _TEMPORARY_MIB) * _MEBIBYTE
    lower(resource.RLIMIT_FSIZE, size, size)
    lower(resource.RLIMIT_CORE, 0, 0)


def run_apart(module: str, order: Mapping[str, Any], *, limits: Bounds, doing: str) -> tuple[dict[str, Any], bytes]:
    """Run ``python -m module`` on an order.

    Args:
        module: A module of this package that reads JSON, and answers with a line of JSON and then bytes.
        order: What it is given.
        limits: Bounds; the process sets all but the wall clock for itself.
        doing: What it does, in the messages: “rendering”.

    Raises:
        RenderError: R040 processor time, R041 memory, R042 wall time, R045 it ended by itself.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, and a module that our own code names
            [sys.executable, "-P", "-m", module],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=limits.wall_seconds,
            env=_environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        fail("R042", f"{doing} took more than {limits.wall_seconds} seconds", where=doing)
    head, _, rest = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        _fail_with(done.returncode, done.stderr, limits, doing)
    answer: dict[str, Any] = json.loads(head)
    if answer.get("error") == "memory":
        fail("R041", f"{doing} needed more than {limits.memory_mib} MiB of memory", SHORTER, where=doing)
    return answer, rest


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the process may know of this machine: no proxies, no secrets, one zone, one language."""
    kept = {name: own[name] for name in _PASSED_ON if name in own}
    package = str(Path(impact.__file__).parent.parent)
    return {**kept, "PYTHONPATH": package, "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def fail(code: str, found: str, remedy: str = "", status: Exit | None = None, *, where: str = "rendering") -> NoReturn:
    """Raise one fault of the renderer."""
    raise RenderError(Fault(where, found, "", remedy, code, status)) from None


def _fail_with(returned: int, errors: bytes, limits: Bounds, doing: str) -> NoReturn:
    if returned == -getattr(signal, "SIGXCPU", -1):
        fail("R040", f"{doing} took more than {limits.cpu_seconds} seconds of processor time", SHORTER, where=doing)
    if b"MemoryError" in errors or b"out of memory" in errors.lower():
        fail("R041", f"{doing} needed more than {limits.memory_mib} MiB of memory", SHORTER, where=doing)
    ended = f"signal {-returned}" if returned < 0 else f"status {returned}"
    last = errors.decode(errors="replace").strip().rpartition("\n")[2][:200]
    # Pango and its libraries do not survive a refused allocation: they end with a signal, not with an error.
    remedy = f"Most often it met its limit of {limits.memory_mib} MiB of memory. {SHORTER}" if returned < 0 else ""
    found = f"{doing} ended with {ended}" + (f" ({last})" if last else "")
    fail("R045", found, remedy, Exit.INTERNAL, where=doing)
