"""Record -> HTML and a tagged PDF with the record attached.

In: the canonical bytes of a record and its counts. Out: ``Rendered``. Knows only the record: no pack, no plan file, no
data. WeasyPrint runs in a process of its own (press.py, child.py); nothing here imports it before it is needed.
"""

from impact.report.audit_page import AuditPage, audit_page
from impact.report.compare_page import compare_page
from impact.report.documents import NAMES as DOCUMENTS
from impact.report.documents.exports import export, refuse_form
from impact.report.markdown import to_markdown
from impact.report.press import Limits
from impact.report.render import Rendered, render, render_html, versions
from impact.report.verification_page import verification_page

__all__ = [
    "DOCUMENTS",
    "AuditPage",
    "Limits",
    "Rendered",
    "audit_page",
    "compare_page",
    "export",
    "refuse_form",
    "render",
    "render_html",
    "to_markdown",
    "verification_page",
    "versions",
]
