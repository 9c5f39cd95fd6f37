"""Runs the renderer in a process of its own and turns whatever ends it into words.

In: a finished page, attachments, a date, limits. Out: PDF bytes and the number of pages.
Knows nothing of records. A page made from other people's words may be built to exhaust a renderer (nested boxes,
endless tables), and Pango can crash the process; so neither happens in the caller's process.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import impact
from impact.errors import Exit, Fault, RenderError

__all__ = ["INSTALL_PANGO", "Attached", "Limits", "Pressed", "press"]

INSTALL_PANGO = (
    "Debian or Ubuntu: sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
    "macOS: brew install pango"
)
_PASSED_ON = ("HOME", "PATH", "SYSTEMROOT", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of one rendering. A report of 400 pages needs about 30 s, 600 MiB and 7 MiB (measured)."""

    cpu_seconds: int = 180
    wall_seconds: int = 420
    memory_mib: int = 2048
    file_mib: int = 256
    pages: int = 2000


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file inside the PDF. ``relationship`` is a PDF/A-3 AFRelationship: Source, Data …"""

    name: str
    description: str
    relationship: str
    data: bytes


@dataclass(frozen=True)
class Pressed:
    pdf: bytes
    pages: int


def press(html: str, *, identifier: str, when: str, attachments: tuple[Attached, ...], limits: Limits) -> Pressed:
    """Render ``html``.

    Args:
        html: The whole page with its style.
        identifier: Written into the metadata as dc:identifier.
        when: ISO time with zone: the date of the attachments.
        attachments: Files to embed.
        limits: Bounds.

    Raises:
        RenderError: R017 nested too deep, R030 Pango or a package missing, R040 processor time, R041 memory,
            R042 wall time, R043 size, R044 pages, R045 the renderer ended, R046 it asked for a file or an address.
    """
    order = {
        "html": html,
        "identifier": identifier,
        "when": when,
        "limits": asdict(limits),
        "attachments": [{**asdict(item), "data": base64.b64encode(item.data).decode()} for item in attachments],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "impact.report.child"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=limits.wall_seconds,
            env=_environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        _fail("R042", f"rendering took more than {limits.wall_seconds} seconds")
    head, _, pdf = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        _fail_with(done.returncode, done.stderr, limits)
    answer = json.loads(head)
    if "error" in answer:
        _fail_because(answer, limits)
    if len(pdf) > limits.file_mib * 1024 * 1024:
        _fail("R043", f"the file would be larger than {limits.file_mib} MiB", _SHORTER)
    if answer["refused"]:
        _fail("R046", f"the page asked for {answer['refused'][0]!r}, which is not allowed")
    return Pressed(pdf, answer["pages"])


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the renderer may know of this machine: no proxies, no secrets, one zone, one language."""
    kept = {name: own[name] for name in _PASSED_ON if name in own}
    package = str(Path(impact.__file__).parent.parent)
    return {**kept, "PYTHONPATH": package, "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def _fail(code: str, found: str, remedy: str = "", status: Exit | None = None) -> NoReturn:
    raise RenderError(Fault("rendering", found, "", remedy, code, status)) from None


def _fail_with(returned: int, errors: bytes, limits: Limits) -> NoReturn:
    if returned == -getattr(signal, "SIGXCPU", -1):
        _fail("R040", f"rendering took more than {limits.cpu_seconds} seconds of processor time", _SHORTER)
    if b"MemoryError" in errors or b"out of memory" in errors.lower():
        _fail("R041", f"rendering needed more than {limits.memory_mib} MiB of memory", _SHORTER)
    ended = f"signal {-returned}" if returned < 0 else f"status {returned}"
    last = errors.decode(errors="replace").strip().rpartition("\n")[2][:200]
    # Pango and its libraries do not survive a refused allocation: they end with a signal, not with an error.
    remedy = f"Most often it met its limit of {limits.memory_mib} MiB of memory. {_SHORTER}" if returned < 0 else ""
    _fail("R045", f"the renderer ended with {ended}" + (f" ({last})" if last else ""), remedy, Exit.INTERNAL)


_SHORTER = "Shorten the longest answers or tables, or look for a text that was built to exhaust the renderer"


def _fail_because(answer: Mapping[str, Any], limits: Limits) -> NoReturn:
    detail = answer.get("detail", "")
    match answer["error"]:
        case "memory":
            _fail("R041", f"rendering needed more than {limits.memory_mib} MiB of memory", _SHORTER)
        case "depth":
            _fail("R017", "the page is nested too deep to render", "Flatten the template")
        case "pages":
            _fail("R044", f"the document has {detail} pages; at most {limits.pages} are allowed", _SHORTER)
        case "pango":
            _fail("R030", "Pango is not installed, which draws the text of PDFs", INSTALL_PANGO, Exit.MISSING)
        case "package":
            _fail("R030", f"the Python package {detail} is missing", "Install impact again", Exit.MISSING)
        case "fetch":
            _fail("R046", f"the page asked for a file or an address that is not allowed: {detail}", "Remove it")
    _fail("R045", f"the renderer failed: {detail}", status=Exit.INTERNAL)
