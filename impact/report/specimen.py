"""Views of nothing, to try a template set on: one that has every part, one that has no part that may be absent.

In: the class of a view. Out: a view made from the class itself, so that a part that is added to the model is tried
from that day on. Every text says “specimen”; no figure in it means anything.
"""

from __future__ import annotations

import types
import typing
from dataclasses import is_dataclass
from itertools import count
from typing import Any, TypeVar

from markupsafe import Markup

from impact.report.model import Column, DocumentView, Figure, Frame, Pair, Table, View
from impact.report.view.frame import SIGNATURES

__all__ = ["specimen"]

T = TypeVar("T", View, DocumentView)
_DRAWING = Markup(
    '<svg role="img" viewBox="0 0 90 9"><title>Specimen of a chart</title><rect width="50" height="9"/></svg>'
)
_DIGEST = "sha256:specimen"
_CHANGES = ("Specimen of a local change.",)
_ALWAYS = frozenset({"public", "decision", "composed"})  # a document without its own part is never made
_COLUMNS = (Column(label="Specimen", width="w60", numeric=False), Column(label="Figure", width="w40", numeric=True))


def specimen(kind: type[T], *, medium: str, whole: bool, style: str) -> T:
    """A view of one class.

    Args:
        kind: ``View`` or ``DocumentView``.
        medium: ``pdf`` or ``html``.
        whole: Every part is there; else none that may be absent, and every list is empty.
        style: CSS of the set.

    >>> specimen(View, medium="pdf", whole=False, style="").levels is None
    True
    """
    numbers = count(1)

    def made(hint: Any, name: str) -> Any:
        options = typing.get_args(hint)
        if name == "digest":
            return _DIGEST
        if name == "digests":
            return (Pair(label="Specimen", text=_DIGEST),)
        if name == "changes":
            return _CHANGES if whole else ()
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            return made(options[0], name) if whole or name in _ALWAYS else None
        if typing.get_origin(hint) is tuple:
            return tuple(made(options[0], name) for _ in range(2 if whole else 0))
        if hint is bool:
            return whole
        if hint is Markup:
            return _DRAWING
        if is_dataclass(hint):
            return part(typing.cast(type, hint))
        return text(name)

    def text(name: str) -> str:
        if name == "anchor":
            return f"specimen-{next(numbers)}"
        if name in ("title", "label", "id", "text", "created", "tool", "author"):
            return "2026-01-01" if name == "created" else f"Specimen {next(numbers)}"
        return f"Specimen of {name.replace('_', ' ')} {next(numbers)}." if whole else ""

    def part(found: type) -> Any:
        if found is Table:
            rows = (("Specimen", "0"), ("Specimen", "1"))
            return Table(number="Table 0", caption="Specimen", columns=_COLUMNS, rows=rows, note=text("note"))
        if found is Figure:
            return Figure(number="Figure 0", caption="Specimen", drawing=_DRAWING)
        hints = typing.get_type_hints(found)
        given = {name: made(hint, name) for name, hint in hints.items() if name != "words"}
        if found is Frame:
            given |= {"style": style, "stamps": ("SPECIMEN",), "stamp_line": "SPECIMEN", "logo": ""}
        if "signatures" in given:
            given["signatures"] = SIGNATURES
        if "medium" in given:
            given["medium"] = medium
        return found(**given)

    return typing.cast(T, part(kind))
