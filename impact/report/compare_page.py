"""A comparison of scorers -> one page for a browser: what ``impact audit compare -o FILE.html`` writes.

In: plain data, schema ``impact/comparison/1``. Out: HTML that stands alone. No signature, no PDF.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from impact.canonical import digest_of
from impact.resources import Resource

__all__ = ["compare_page"]

_ENTRY = "compare.html.j2"


def compare_page(found: Mapping[str, Any], *, templates: Resource, created: str, tool_version: str) -> str:
    """Make the page.

    Args:
        found: The comparison.
        templates: The template set, which has ``compare.html.j2`` or takes the bundled one.
        created: Date or time printed on it.
        tool_version: Version of impact.

    Raises:
        RenderError: R010 to R017 the template set cannot be used.
    """
    from impact.report.alone import record_alone
    from impact.report.pages import fill, style_of
    from impact.report.view import build_view
    from impact.report.view.clean import cleaned
    from impact.report.view.comparison import make_comparison

    title = found["title"]
    record = record_alone(
        "comparison", title=title, system=title, date=created, status="draft", tool_version=tool_version
    )
    view = build_view(
        record,
        digest=digest_of(dict(found)),
        cells=None,
        practice=False,
        medium="html",
        style=style_of(templates, "html"),
        summarised=False,
    )
    topic = make_comparison(cleaned(dict(found), drawable=None, changed=set()))
    return fill(replace(view, topics=(topic,)), templates=templates, entry=_ENTRY)
