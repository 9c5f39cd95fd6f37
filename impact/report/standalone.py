"""A page that stands alone: it asks for nothing from anywhere, runs nothing, and is not built to exhaust a renderer.

In: CSS or HTML text. Out: nothing, or every fault at once. Knows nothing of records and templates.
The renderer's fetcher refuses too; here the HTML for a browser is protected as well, and the fault names its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from impact.errors import Fault, RenderError

__all__ = ["MAX_DEPTH", "check_page", "check_style", "undrawable"]

MAX_DEPTH = 120  # WeasyPrint's own limit is about 400 levels
_REFUSED = frozenset(
    [
        "applet",
        "base",
        "button",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "image",
        "img",
        "link",
        "marquee",
        "object",
        "picture",
        "portal",
        "script",
        "select",
        "source",
        "template",
        "textarea",
        "video",
        "audio",
        "track",
        "canvas",
    ]
)
_LOADS = frozenset(["src", "srcset", "data", "poster", "background", "cite", "action", "formaction", "ping", "rel"])
_VOID = frozenset(["area", "br", "col", "hr", "input", "meta", "wbr"])
_META = frozenset(
    [
        "author",
        "description",
        "keywords",
        "generator",
        "viewport",
        "dcterms.created",
        "dcterms.modified",
        "color-scheme",
    ]
)
_CONTENT_POLICY = "content-security-policy"


def check_style(text: str, *, where: str) -> None:
    """Refuse CSS that loads a file or could end its ``<style>`` element.

    Raises:
        RenderError: R015.
    """
    import tinycss2

    faults = []

    def look(tokens: Iterable[Any]) -> None:
        for token in tokens:
            line = getattr(token, "source_line", 1)
            if token.type == "at-rule" and token.lower_at_keyword in ("import", "font-face", "color-profile"):
                faults.append((line, f"@{token.lower_at_keyword} loads a file"))
            if token.type == "url" or (token.type == "function" and token.lower_name in ("url", "src", "image-set")):
                faults.append((line, "an address"))
            for inner in (getattr(token, "prelude", None), getattr(token, "content", None)):
                if inner:
                    look(inner)
            if token.type == "function":
                look(token.arguments)

    if "<" in text:
        faults.append((text[: text.index("<")].count("\n") + 1, "the sign “<”"))
    look(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    if faults:
        raise RenderError(
            Fault(
                f"{where}:{line}", f"{found} in a style sheet", "a style sheet that loads nothing", "Remove it", "R015"
            )
            for line, found in faults
        )


class _Reader(HTMLParser):
    def __init__(self, where: str) -> None:
        super().__init__(convert_charrefs=True)
        self.where = where
        self.faults: list[Fault] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def _refuse(self, what: str) -> None:
        fault = Fault(f"{self.where}, output line {self.getpos()[0]}", what, "a page that stands alone", "", "R016")
        if fault not in self.faults:
            self.faults.append(fault)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _REFUSED:
            self._refuse(f"the element <{tag}>")
        if tag == "meta":
            self._check_meta(dict(attrs))
        for name, value in attrs:
            if name.startswith("on") or name in _LOADS or name in ("style", "xlink:href"):
                self._refuse(f"the attribute “{name}”")
            # Inside an SVG an address would be fetched; a link of the page is followed only by a reader's choice.
            local = (value or "").startswith("#")
            if name == "href" and not local and not (tag == "a" and (value or "").startswith("https://")):
                self._refuse("an address that is neither in this page nor https")
        if tag not in _VOID:
            self.open.append(tag)
            if len(self.open) > MAX_DEPTH:
                raise RenderError(
                    Fault(self.where, f"nested more than {MAX_DEPTH} levels deep", "", "Flatten the template", "R017")
                )

    def _check_meta(self, given: dict[str, str | None]) -> None:
        known = "charset" in given or given.get("name") in _META
        if not known and (given.get("http-equiv") or "").lower() != _CONTENT_POLICY:
            self._refuse("a <meta> element that is not on the list")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "title"):
            self.texts.append(data)


def _read(page: str, where: str) -> _Reader:
    reader = _Reader(where)
    reader.feed(page)
    reader.close()
    return reader


def check_page(page: str, *, where: str) -> None:
    """Refuse HTML that loads, runs or sends anything, or that is nested too deep.

    Raises:
        RenderError: R016 with every place, R017.
    """
    reader = _read(page, where)
    if reader.faults:
        raise RenderError(reader.faults)


def undrawable(page: str, *, drawable: frozenset[str]) -> tuple[str, ...]:
    """Code points in the page's text that the typeface lacks. Those of the record were written out before."""
    found = {character for text in _read(page, "").texts for character in text if character not in drawable}
    return tuple(f"U+{ord(character):04X}" for character in sorted(found - {"\r"}))
