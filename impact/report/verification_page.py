"""A verification -> one page for a browser: what ``impact verify --page FILE.html`` writes.

In: plain data: the answers of ``impact verify``, the file's name, size and digest. Out: HTML that stands alone. Every
text in it may be a stranger's: names in certificates, reasons, the record. All of it is escaped, and what is invisible
or turns the direction of writing is written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impact.canonical import digest_of
from impact.resources import Resource

__all__ = ["verification_page"]

_ENTRY = "verify.html.j2"


def verification_page(found: Mapping[str, Any], *, templates: Resource, tool_version: str) -> str:
    """Make the page.

    Args:
        found: ``ok``, ``checks``, ``signatures``, ``trust``, ``record`` and ``record_digest`` as ``impact verify
            --json`` gives them; ``file`` (``name``, ``bytes``, ``digest``) and ``checked_at``.
        templates: The template set, which has ``verify.html.j2``.
        tool_version: Version of impact.

    Returns:
        HTML. The same data give the same page, byte for byte.

    Raises:
        RenderError: R010 to R017 the template set cannot be used.
    """
    from impact.report.alone import record_alone
    from impact.report.pages import fill, style_of
    from impact.report.view import build_view
    from impact.report.view.clean import cleaned
    from impact.report.view.verification import make_verification

    shown = cleaned({**found, "tool": f"impact {tool_version}"}, drawable=None, changed=set())
    practice = bool((shown.get("signatures") or {}).get("practice"))
    name = shown["file"]["name"]
    record = record_alone(
        "verification",
        title=f"Verification of {name}",
        system=name,
        date=str(found["checked_at"]),
        status="final",
        tool_version=tool_version,
    )
    view = build_view(
        record,
        digest=digest_of(dict(found)),
        cells=None,
        practice=practice,
        medium="html",
        style=style_of(templates, "html"),
        summarised=False,
    )
    return fill(replace(view, topics=make_verification(shown)), templates=templates, entry=_ENTRY)
