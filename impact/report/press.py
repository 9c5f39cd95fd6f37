"""Runs the renderer in a process of its own and turns whatever ends it into words.

In: a finished page, attachments, a date, limits. Out: PDF bytes and the number of pages.
Knows nothing of records. A page made from other people's words may be built to exhaust a renderer (nested boxes,
endless tables), and Pango can crash the process; so neither happens in the caller's process.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from impact.errors import Exit, Fault, RenderError
from impact.report.bounded import SHORTER, fail, run_apart

__all__ = ["INSTALL_PANGO", "Attached", "Limits", "Pressed", "press"]

INSTALL_PANGO = (
    "Debian or Ubuntu: sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
    "macOS: brew install pango"
)


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


def press(
    html: str,
    *,
    identifier: str,
    when: str,
    attachments: tuple[Attached, ...],
    limits: Limits,
    must_show: Mapping[str, Any] | None = None,
) -> Pressed:
    """Render ``html``.

    Args:
        html: The whole page with its style.
        identifier: Written into the metadata as dc:identifier.
        when: ISO time with zone: the date of the attachments.
        attachments: Files to embed.
        limits: Bounds.
        must_show: Arguments of ``seen.unseen``: words that must be seen on the pages; None where nothing is asked.

    Raises:
        RenderError: R017 nested too deep, R030 Pango or a package missing, R040 processor time, R041 memory,
            R042 wall time, R043 size, R044 pages, R045 the renderer ended, R046 it asked for a file or an address,
            R080 words that must be seen cannot be.
    """
    order = {
        "html": html,
        "identifier": identifier,
        "when": when,
        "limits": asdict(limits),
        "must_show": must_show,
        "attachments": [{**asdict(item), "data": base64.b64encode(item.data).decode()} for item in attachments],
    }
    answer, pdf = run_apart("impact.report.child", order, limits=limits, doing="rendering")
    if "error" in answer:
        _fail_because(answer, limits)
    if len(pdf) > limits.file_mib * 1024 * 1024:
        fail("R043", f"the file would be larger than {limits.file_mib} MiB", SHORTER)
    if answer["refused"]:
        fail("R046", f"the page asked for {answer['refused'][0]!r}, which is not allowed")
    return Pressed(pdf, answer["pages"])


def _fail_because(answer: Mapping[str, Any], limits: Limits) -> NoReturn:
    detail = answer.get("detail", "")
    match answer["error"]:
        case "depth":
            fail("R017", "the page is nested too deep to render", "Flatten the template")
        case "pages":
            fail("R044", f"the document has {detail} pages; at most {limits.pages} are allowed", SHORTER)
        case "pango":
            fail("R030", "Pango is not installed, which draws the text of PDFs", INSTALL_PANGO, Exit.MISSING)
        case "package":
            fail("R030", f"the Python package {detail} is missing", "Install impact again", Exit.MISSING)
        case "unseen":
            remedy = "Let the style sheet show it: on the page, in a colour and size that can be read"
            raise RenderError(
                Fault("rendering", f"the pages do not show “{text[:80]}”", "", remedy, "R080") for text in detail
            ) from None
        case "fetch":
            fail("R046", f"the page asked for a file or an address that is not allowed: {detail}", "Remove it")
    fail("R045", f"the renderer failed: {detail}", status=Exit.INTERNAL)
