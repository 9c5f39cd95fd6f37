"""A page that stands alone: it asks for nothing from anywhere, runs nothing, and is not built to exhaust a renderer.

In: CSS or HTML text. Out: nothing, or every fault at once. Knows nothing of records and templates.
The renderer's fetcher refuses too; here the HTML for a browser is protected as well, and the fault names its place.
Markup must be plainly written: every “<” begins a tag in the one form below, and there are no comments. Parsers that
forgive, as browsers and Python's own do, forgive in different ways: a page could hold a script that only one of them
sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from impact.errors import Fault, RenderError

__all__ = ["MAX_DEPTH", "check_page", "check_style", "text_of", "undrawable"]

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
        # What these hold is read in another way than it looks, or fetched, or moved later by the browser itself.
        "noscript",
        "noembed",
        "noframes",
        "xmp",
        "listing",
        "plaintext",
        "foreignobject",
        "feimage",
        "animate",
        "animatemotion",
        "animatetransform",
        "set",
        "math",
        "dialog",
        "slot",
    ]
)
_LOADS = frozenset(
    [
        "src",
        "srcset",
        "data",
        "poster",
        "background",
        "cite",
        "action",
        "formaction",
        "ping",
        "rel",
        "manifest",
        "style",
        "longdesc",
        "usemap",
        "profile",
        "classid",
        "codebase",
        "archive",
        "lowsrc",
        "dynsrc",
        "xlink:href",
        "xml:base",
    ]
)
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
_WORDS = frozenset(["title", "content", "alt", "name", "lang"])  # words of the record, and nothing that is fetched
_CONTENT_POLICY = "content-security-policy"
_ADDRESSES = frozenset(
    ["url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element", "-moz-element", "expression"]
)


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
            if token.type == "url" or (token.type == "function" and token.lower_name in _ADDRESSES):
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


_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)"
    r"(?P<attributes>(?:\s+[A-Za-z_][A-Za-z0-9_:.-]*(?:=(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'=<>`]+))?)*)\s*(?P<alone>/?)>"
)
_ATTRIBUTE = re.compile(r"""([A-Za-z_][A-Za-z0-9_:.-]*)(?:=(?:"([^"<]*)"|'([^'<]*)'|([^\s"'=<>`]+)))?""")
_DOCTYPE = re.compile(r"\s*<!DOCTYPE html>", re.IGNORECASE)


class _Reader:
    def __init__(self, where: str, known: str | None) -> None:
        self.where = where
        self.known = known  # a style sheet that was looked at; None where no style is looked at
        self.faults: list[Fault] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.names: set[str] = set()

    def read(self, page: str) -> None:
        first = _DOCTYPE.match(page)
        at = first.end() if first else 0
        while (sign := page.find("<", at)) >= 0:
            self._text(page[at:sign])
            tag = _TAG.match(page, sign)
            if tag is None:
                shown = re.sub(r"\s+", " ", page[sign : sign + 30])
                self._refuse(page, sign, f"markup that is not plainly written: “{shown}”")
                return  # what follows could be read in more than one way
            at = tag.end()
            name = tag["name"].lower()
            if tag["end"]:
                self._close(name)
                continue
            self._start(page, sign, name, tag["attributes"])
            if name == "style":
                end = page.find("<", at)
                self._style(page, sign, page[at : end if end >= 0 else len(page)])
                at = end if end >= 0 else len(page)
                if page[at : at + 8].lower() != "</style>":
                    self._refuse(page, sign, "a <style> element that holds markup")
                    return
            elif tag["alone"] and name not in _VOID:
                self.open.pop()
        self._text(page[at:])

    def _refuse(self, page: str, at: int, what: str) -> None:
        line = page.count("\n", 0, at) + 1
        fault = Fault(f"{self.where}, output line {line}", what, "a page that stands alone", "", "R016")
        if fault not in self.faults:
            self.faults.append(fault)

    def _text(self, text: str) -> None:
        if text and (not self.open or self.open[-1] != "title"):
            self.texts.append(unescape(text) if "&" in text else text)

    def _style(self, page: str, at: int, text: str) -> None:
        if self.known is None:
            return
        try:
            check_style(text.replace(self.known, "", 1) if self.known else text, where=self.where)
        except RenderError as error:
            for fault in error.faults:
                self._refuse(page, at, fault.found)

    def _start(self, page: str, at: int, name: str, attributes: str) -> None:
        if name in _REFUSED:
            self._refuse(page, at, f"the element <{name}>")
        if attributes:
            given = {
                found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
                for found in _ATTRIBUTE.finditer(attributes)
            }
            self._attributes(page, at, name, given)
        elif name == "meta":
            self._attributes(page, at, name, {})
        if name not in _VOID:
            self.open.append(name)
            if len(self.open) > MAX_DEPTH:
                raise RenderError(
                    Fault(self.where, f"nested more than {MAX_DEPTH} levels deep", "", "Flatten the template", "R017")
                )

    def _attributes(self, page: str, at: int, tag: str, given: dict[str, str]) -> None:
        if tag == "input":
            if given.get("type", "").lower() != "checkbox":
                self._refuse(page, at, "an <input> that is no field for a signature")
            self.names.add(given.get("name", ""))
        if tag == "meta":
            known = "charset" in given or given.get("name") in _META
            if not known and given.get("http-equiv", "").lower() != _CONTENT_POLICY:
                self._refuse(page, at, "a <meta> element that is not on the list")
        for name, value in given.items():
            if name.startswith("on") or name in _LOADS:
                self._refuse(page, at, f"the attribute “{name}”")
            # Inside an SVG an address would be fetched; a link of the page is followed only by a reader's choice.
            if name == "href" and not value.startswith("#") and not (tag == "a" and value.startswith("https://")):
                self._refuse(page, at, "an address that is neither in this page nor https")
            if "url(" in value.lower() and name not in _WORDS and not name.startswith(("data-", "aria-")):
                # A colour or mask of an SVG may be an address.
                self._refuse(page, at, f"an address in the attribute “{name}”")

    def _close(self, name: str) -> None:
        if name in self.open:
            while self.open.pop() != name:
                pass


def _read(page: str, where: str, known: str | None) -> _Reader:
    reader = _Reader(where, known)
    reader.read(page)
    return reader


def check_page(page: str, *, where: str, style: str = "") -> frozenset[str]:
    """Refuse HTML that loads, runs or sends anything, that is nested too deep, or that can be read in two ways.

    Args:
        page: The whole page.
        where: What messages name.
        style: A style sheet that ``check_style`` has seen, so that it is not looked at again.

    Returns:
        The names of the fields on the page.

    Raises:
        RenderError: R016 with every place, R017.
    """
    reader = _read(page, where, style)
    if reader.faults:
        raise RenderError(reader.faults)
    return frozenset(reader.names)


def text_of(page: str) -> str:
    """All text of a page without its markup and styles, in order.

    >>> text_of("<!DOCTYPE html><p>a<b>b</b> &amp; c</p><style>p { margin: 0 }</style>")
    'ab & c'
    """
    return "".join(_read(page, "", None).texts)


def undrawable(page: str, *, drawable: frozenset[str]) -> tuple[str, ...]:
    """Code points in the page's text that the typeface lacks. Those of the record were written out before."""
    found = set(text_of(page)) - drawable
    return tuple(f"U+{ord(character):04X}" for character in sorted(found - {"\r"}))
