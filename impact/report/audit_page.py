"""Findings -> one page for a browser and the charts as files: what ``impact audit run`` writes.

In: findings as plain data. Out: ``AuditPage``. No questionnaire, no signature, no PDF; needs no Pango.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impact.canonical import digest_of
from impact.resources import Resource

__all__ = ["AuditPage", "audit_page"]

_ENTRY = "audit.html.j2"


@dataclass(frozen=True)
class AuditPage:
    """An audit to look at.

    Attributes:
        html: A page that stands alone.
        charts: Name -> SVG text; each says its numbers in its title.
    """

    html: str
    charts: dict[str, str]


def audit_page(findings: Mapping[str, Any], *, templates: Resource) -> AuditPage:
    """Make the page and the charts of an audit.

    Args:
        findings: Plain data, schema ``impact/findings/1``.
        templates: The template set, which has ``audit.html.j2`` or takes the bundled one.

    Raises:
        RenderError: R010 to R017 the template set cannot be used.
    """
    from impact.report.alone import record_alone
    from impact.report.pages import fill, style_of
    from impact.report.view import build_view

    title = findings["plan"]["title"]
    record = {
        **record_alone(
            "audit",
            title=title,
            system=title,
            date=findings["created"],
            status="draft",
            tool_version=findings["tool_version"],
            version=findings["plan_digest"][:19],  # a prefix that names the plan; the whole digest stands below
        ),
        "audit": findings,
        "inputs": [{**file, "role": "data"} for file in findings["source_fingerprint"]],
    }
    view = build_view(
        record,
        digest=digest_of(findings),
        cells=b"",
        practice=False,
        medium="html",
        style=style_of(templates, "html"),
        summarised=False,
    )
    charts = {}
    for metric in view.rates.metrics if view.rates else ():
        for number, figure in enumerate(metric.charts, start=1):
            name = "-".join(re.findall(r"[a-z0-9]+", metric.anchor.lower()))
            charts[f"{name}-{number}"] = str(figure.drawing) + "\n"
    for topic in view.topics:
        for number, figure in enumerate(topic.figures, start=1):
            charts[f"{topic.heading.anchor}-{number}"] = str(figure.drawing) + "\n"
    return AuditPage(fill(view, templates=templates, entry=_ENTRY), charts)
