"""Record -> HTML and a tagged PDF with the record attached.

In: the canonical bytes of a record and its counts. Out: ``Rendered``. Knows only the record: no pack, no plan file, no
data. WeasyPrint runs in a process of its own (press.py, child.py); nothing here imports it before it is needed.
"""

from impact.report.press import Limits
from impact.report.render import Rendered, render, render_html, versions

__all__ = ["Limits", "Rendered", "render", "render_html", "versions"]
