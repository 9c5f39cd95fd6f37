"""Record -> view: every string that a page shows, built here so that templates need no arithmetic and no policy.

In: a record (plain data). Out: ``View``. Knows nothing of HTML, PDF or template sets; decides nothing that the record
has not decided.
"""

from impact.report.view.assemble import build_view

__all__ = ["build_view"]
