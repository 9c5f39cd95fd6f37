"""A council's logo: an SVG drawing, looked through and written again, so that a page can hold it.

In: bytes of an SVG file, its words. Out: markup with a title that is read aloud. Nothing of the file is copied as it
stands: shapes and attributes on two short lists are written again, and anything else is a fault. So there is no script,
style, address, animation, entity, typeface or picture in it. Knows nothing of template sets.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from markupsafe import Markup, escape

from impact.errors import Fault, RenderError

__all__ = ["MAX_BYTES", "drawn_logo"]

MAX_BYTES = 100_000
_MAX_SHAPES, _MAX_DEPTH = 400, 12
_SVG = "http://www.w3.org/2000/svg"
_SHAPES = frozenset({"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
_SILENT = frozenset({"title", "desc"})  # the set says in “text” what the logo shows
_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"
_NUMBERS = re.compile(r"[-+0-9eE.,\s]*")  # no finer: a pattern that counts numbers could be made to try for ever
_LENGTH = re.compile(rf"{_NUMBER}(px)?")
_DRAWING = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE,.+\s-]*")
_COLOUR = re.compile(r"none|#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|[a-zA-Z]{3,20}|rgb\(\s*\d{1,3}(\s*,\s*\d{1,3}){2}\s*\)")
_TRANSFORM = re.compile(r"((translate|scale|rotate|matrix|skewX|skewY)\([-+0-9eE.,\s]*\)\s*,?\s*)+")
_WORD = re.compile(r"[a-z]{1,12}")
_ATTRIBUTES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(("x", "y", "width", "height", "rx", "ry", "r", "cx", "cy", "x1", "y1", "x2", "y2"), _LENGTH),
    **dict.fromkeys(("stroke-width", "stroke-miterlimit", "opacity", "fill-opacity", "stroke-opacity"), _LENGTH),
    **dict.fromkeys(("fill", "stroke"), _COLOUR),
    **dict.fromkeys(("fill-rule", "clip-rule", "stroke-linecap", "stroke-linejoin"), _WORD),
    **dict.fromkeys(("points", "viewBox", "stroke-dasharray"), _NUMBERS),
    "d": _DRAWING,
    "transform": _TRANSFORM,
}
_DROPPED = frozenset({"id", "class", "version", "baseProfile", "role", "preserveAspectRatio", "aria-label"})


class _Writer:
    def __init__(self, where: str, text: str) -> None:
        self.where, self.text = where, text
        self.faults: list[Fault] = []
        self.out: list[str] = []
        self.open: list[str] = []
        self.shapes = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        # A document type may declare entities: a kilobyte that stands for a terabyte.
        self.parser.StartDoctypeDeclHandler = self._stop
        self.parser.ProcessingInstructionHandler = lambda *_: self._refuse("a processing instruction")

    def _refuse(self, what: str) -> None:
        remedy = "Export it as plain SVG: shapes and paths with colours, words turned into paths, styles as attributes"
        fault = Fault(
            f"{self.where}:{self.parser.CurrentLineNumber}", f"{what} in the logo", "shapes alone", remedy, "R079"
        )
        if len(self.faults) < 20:
            self.faults.append(fault)

    def _stop(self, *_: object) -> None:
        remedy = "Remove the line that begins with <!DOCTYPE"
        raise RenderError(Fault(self.where, "a document type declaration in the logo", "", remedy, "R079"))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.shapes += 1
        if self.shapes > _MAX_SHAPES or len(self.open) >= _MAX_DEPTH:
            raise RenderError(
                Fault(self.where, "the logo has too many shapes, or is nested too deep", "", "Simplify it", "R079")
            )
        silent = local in _SILENT or bool(self.open and self.open[-1] == "")
        if not silent and (space not in ("", _SVG) or local not in _SHAPES):
            self._refuse(f"the element <{local[:30]}>")
            silent = True
        root = not self.open
        if root and local != "svg":
            self._refuse("no <svg> element at the top")
        if (not root and local == "svg") or silent:
            if local == "svg":
                self._refuse("an <svg> inside the <svg>")
            self.open.append("")
            return
        self.open.append(local)
        self.out.append(self._tag(local, attributes, root=root))

    def _tag(self, local: str, attributes: dict[str, str], *, root: bool) -> str:
        kept = []
        for name, value in sorted(attributes.items()):
            if name in _DROPPED or (root and name in ("x", "y")):
                continue
            allowed = _ATTRIBUTES.get(name)
            if allowed is None:
                self._refuse(f"the attribute “{name.rpartition(' ')[2][:30]}”")
            elif len(value) > MAX_BYTES or not allowed.fullmatch(value.strip()):
                self._refuse(f"a value of “{name}” that is not on the list")
            else:
                kept.append((name, " ".join(value.split())))
        if not root:
            return f"<{local}" + "".join(f' {name}="{escape(value)}"' for name, value in kept) + ">"
        given = dict(kept)
        sizes = [given.pop(name, "").removesuffix("px") for name in ("width", "height")]
        box = given.pop("viewBox", None) or (f"0 0 {sizes[0]} {sizes[1]}" if all(sizes) else "")
        if not box or len(box.replace(",", " ").split()) != 4:
            self._refuse("no “viewBox”")
        rest = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
        title = f"<title>{escape(self.text)}</title>"
        return f'<svg role="img" viewBox="{box}" preserveAspectRatio="xMinYMid meet"{rest}>{title}'

    def _end(self, _: str) -> None:
        local = self.open.pop()
        if local:
            self.out.append(f"</{local}>")

    def _words(self, data: str) -> None:
        if data.strip() and not (self.open and self.open[-1] == ""):
            self._refuse("words")


def drawn_logo(data: bytes, *, text: str, where: str) -> Markup:
    """The logo as markup that stands alone.

    Args:
        data: The SVG file.
        text: What it shows; read aloud in its place.
        where: What messages name.

    Raises:
        RenderError: R079, with every fault and its line.

    >>> str(drawn_logo(b'<svg viewBox="0 0 9 9"><circle r="4"/></svg>', text="A dot", where="x"))[70:]
    '<title>A dot</title><circle r="4"></circle></svg>'
    """

    def refuse(found: str, remedy: str = "Export it as plain SVG") -> RenderError:
        return RenderError(Fault(where, found, "an SVG drawing", remedy, "R079"))

    if len(data) > MAX_BYTES:
        raise refuse(f"the logo is larger than {MAX_BYTES // 1000} kB", "Simplify its paths")
    writer = _Writer(where, text)
    try:
        writer.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise refuse(f"the logo is not well-formed SVG: line {error.lineno}") from None
    except ValueError:
        raise refuse("the logo is written in an encoding that is not known") from None
    if writer.faults:
        raise RenderError(writer.faults)
    return Markup("".join(writer.out))  # noqa: S704 - every part of it was matched against a list or escaped
