"""What a template set of one's own may reword around, and never leave out.

In: a view, the page that a set made of it. Out: nothing, or a fault for each text that the page lacks. The stamps, the
result, what was not done, the local changes and the digest are what a reader needs in order not to be misled; a set
decides how the rest is said and where it stands. Whether they can be *seen* is asked of the laid-out pages (``seen``).
"""

from __future__ import annotations

from impact.errors import Fault, RenderError
from impact.report.model import DocumentView, View
from impact.report.view.language import plain

__all__ = ["check_kept", "holds", "squeezed", "to_be_kept"]


def to_be_kept(view: View | DocumentView) -> tuple[tuple[str, str], ...]:
    """(what it is, the text) of everything that must stand on the pages of a signed document."""
    found = [("a stamp", stamp) for stamp in view.frame.stamps]
    if isinstance(view, View):
        found += [("the result", line.main) for line in view.cover.headlines]
        found += [("stops that are not resolved", view.summary.stops_unresolved)]
        found += [("what was not done", line) for line in view.limits.not_done]
        found += [("characters that were written out", view.limits.undrawn)]
        found += [("a local change", line) for line in view.provenance.changes]
    else:
        found += [("the caution on small counts", view.caution)]
        found += [("what was not done", line) for line in view.not_done]
        changes = view.provenance.changes if view.provenance else ()
        found += [("a local change", line) for line in (*changes, *view.verifying.changes)]
    found += [
        ("the illustration note", view.cover.illustration),
        ("the digest of the record", view.frame.digest),
        ("the notice on legal advice", "not legal advice"),
    ]
    return tuple(dict.fromkeys((what, plain(text)) for what, text in found if text))


def squeezed(text: str) -> str:
    """Text without spaces, breaks and hyphens of line ends: what stays the same when it is laid out.

    >>> squeezed("Not  to be\\nclear")
    'Nottobeclear'
    """
    return "".join(text.split()).replace("\u2010", "").replace("\u00ad", "")


def holds(page: str, said: str) -> bool:
    """Whether a squeezed page holds a text; a sheet may set it in capitals, but “Draft” in a table is no stamp.

    >>> holds("StatusDraft", "DRAFT"), holds("NOTDONE", "Not done")
    (False, True)
    """
    wanted = squeezed(said)
    return wanted in page or (not wanted.isupper() and wanted.casefold() in page.casefold())


def check_kept(view: View | DocumentView, text: str, fields: frozenset[str], *, where: str) -> None:
    """Refuse a page that leaves out what must be on it.

    Args:
        view: What the page was made of.
        text: The page's text.
        fields: Names of its fields for signatures.
        where: What messages name.

    Raises:
        RenderError: R080, with everything that is missing.
    """
    held = squeezed(text)
    missing = [f"{what}: “{_short(said)}”" for what, said in to_be_kept(view) if not holds(held, said)]
    if view.medium == "pdf":
        missing += [f"the field for the signature of {s.label}" for s in view.cover.signatures if s.name not in fields]
    if missing:
        remedy = "Keep what the bundled template of this part prints, or put it elsewhere on the pages"
        raise RenderError(Fault(where, f"the page leaves out {said}", "", remedy, "R080") for said in missing)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
