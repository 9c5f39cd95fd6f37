"""A page as Markdown: for readers who cannot use a PDF, for a register, for a difference between two versions.

In: the HTML of a document for a browser, as our templates write it. Out: CommonMark with pipe tables (the GitHub
flavour). Says what the page says, in its order: every text of a record is escaped, so that it stays text; a drawing is
its words. Holds no HTML, and no link but those to its own headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["COPY", "DRAWN", "escaped", "to_markdown"]

_VOID = frozenset({"area", "br", "col", "hr", "input", "meta", "wbr"})
_SILENT = frozenset({"head", "style", "input", "meta"})
_INLINE = frozenset({"a", "span", "strong", "em", "code", "sup", "sub", "abbr", "b", "i", "br", "wbr"})
_HEADING = re.compile(r"h([1-6])")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_MARKS = re.compile(r"([\\`*_\[\]<>|~#&$!])")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_QUOTED = frozenset({"gap", "boxed", "blank"})
DRAWN = "Drawing in words: "
COPY = "This copy in Markdown carries no record and no signature. The PDF of the document does, and can be checked."


@dataclass
class _Node:
    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parts: list[_Node | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attrs.get("class", "").split())

    def text(self) -> str:
        """Everything that is said in it, unescaped, white space as in HTML."""
        found = "".join(part if isinstance(part, str) else part.text() for part in self.parts if _told(part))
        return _SPACE.sub(" ", found)

    def all(self) -> Iterator[_Node]:
        yield self
        for part in self.parts:
            if isinstance(part, _Node):
                yield from part.all()


def _told(part: _Node | str) -> bool:
    return isinstance(part, str) or part.tag not in _SILENT


class _Reader(HTMLParser):
    """HTML of our templates as a tree. Every tag of theirs is closed, which ``check_page`` has seen to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {key: value or "" for key, value in attrs})
        self._open[-1].parts.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].parts.append(_Node(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._open) - 1, 0, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is. White space is that of HTML: a run of it is one space.

    >>> escaped("a|b *c* <b> [x](y) `d`  e")
    'a\\\\|b \\\\*c\\\\* \\\\<b\\\\> \\\\[x\\\\](y) \\\\`d\\\\` e'
    """
    return _MARKS.sub(r"\\\1", _SPACE.sub(" ", text))


def to_markdown(page: str) -> str:
    """The page of a document, as ``render`` makes it for a browser, in Markdown.

    >>> print(to_markdown("<h2>One</h2><p><strong>Two.</strong> 1 < 2</p>"), end="")
    > This copy in Markdown carries no record and no signature. The PDF of the document does, and can be checked.
    <BLANKLINE>
    ## One
    <BLANKLINE>
    **Two.** 1 \\< 2
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return "\n\n".join([f"> {COPY}", *_Writer(_targets(reader.root)).blocks(reader.root)]) + "\n"


def _targets(root: _Node) -> dict[str, str]:
    """Id of an element -> the anchor that viewers of Markdown give to its heading, or to the last one before it."""
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    last = ""
    for node in root.all():
        if _HEADING.fullmatch(node.tag):
            slug = re.sub(r"[^\w\- ]", "", node.text().strip().lower()).replace(" ", "-")
            times = seen.get(slug, 0)
            seen[slug] = times + 1
            last = f"{slug}-{times}" if times else slug
        if node.attrs.get("id") and last:
            found[node.attrs["id"]] = last
    return found


class _Writer:
    def __init__(self, targets: dict[str, str]) -> None:
        self._targets = targets

    def blocks(self, node: _Node) -> list[str]:
        """Blocks of what is in a node; texts and inline parts that stand side by side are one paragraph."""
        found: list[str] = []
        run: list[_Node | str] = []
        for part in node.parts:
            if isinstance(part, str) or part.tag in _INLINE:
                run.append(part)
                continue
            found += self._paragraph(run)
            run = []
            found += self._block(part)
        return [*found, *self._paragraph(run)]

    def _paragraph(self, run: list[_Node | str]) -> list[str]:
        line = _begun(self._line(run))
        return [line] if line else []

    def _block(self, node: _Node) -> list[str]:
        if node.tag in _SILENT or "skip" in node.classes:
            return []
        heading = _HEADING.fullmatch(node.tag)
        if heading:
            return [f"{'#' * int(heading[1])} {self._line(node.parts)}".rstrip()]
        if node.tag == "p" and "command" in node.classes:
            return [_fenced(node.text().strip())]
        if node.tag in ("ul", "ol"):
            return [self._list(node)]
        if node.tag == "nav":  # its entries carry the numbers of their sections
            for part in node.all():
                part.tag = "ul" if part.tag == "ol" else part.tag
        if node.tag == "dl":
            return self._pairs(node)
        if node.tag == "table":
            return self._table(node)
        if node.tag in ("caption", "figcaption"):
            return self._caption(node)
        if node.tag == "svg":
            return [f"> {DRAWN}{escaped(part.text().strip())}" for part in node.all() if part.tag == "title"]
        found = self.blocks(node)
        return [_quoted("\n\n".join(found))] if node.classes & _QUOTED and found else found

    def _line(self, parts: list[_Node | str]) -> str:
        """Inline parts as one line, without white space at its ends."""
        return _SPACE.sub(" ", "".join(self._inline(part) for part in parts)).strip(" ")

    def _inline(self, part: _Node | str) -> str:
        if isinstance(part, str):
            return escaped(part)
        if part.tag in _SILENT or "skip" in part.classes:
            return ""
        inner = "".join(self._inline(each) for each in part.parts)
        if part.tag in ("strong", "b"):
            bare = inner.strip(" ")
            return f"**{bare}**" if bare else inner
        if part.tag == "a" and bare_target(part) in self._targets:
            return f"[{inner}](#{self._targets[bare_target(part)]})"
        return " " if part.tag in ("br", "wbr") else inner

    def _list(self, node: _Node) -> str:
        lines = []
        for item in (part for part in node.parts if isinstance(part, _Node) and part.tag == "li"):
            marker = "1." if node.tag == "ol" else "-"
            said = "\n\n".join(self.blocks(item)) or "–"
            lines.append(f"{marker} {_indented(said, len(marker) + 1)}")
        return "\n".join(lines)

    def _pairs(self, node: _Node) -> list[str]:
        """Labels and texts as a list; a text without a label stands on a line of its own."""
        lines: list[str] = []
        for part in node.parts:
            if isinstance(part, _Node) and part.tag == "dt":
                lines.append(f"- **{self._line(part.parts)}**")
            elif isinstance(part, _Node) and part.tag == "dd":
                lines[-1:] = [f"{lines[-1]} {self._line(part.parts)}" if lines else f"- {self._line(part.parts)}"]
        return ["\n".join(lines)] if lines else []

    def _table(self, node: _Node) -> list[str]:
        found = [line for part in node.all() if part.tag == "caption" for line in self._caption(part)]
        rows = [_cells(part) for part in node.all() if part.tag == "tr"]
        if not rows:
            return found
        width = max(len(row) for row in rows)
        head = rows[0] + [_Node("th")] * (width - len(rows[0]))
        lines = [self._row(head), "|" + "|".join(" ---: " if "n" in cell.classes else " --- " for cell in head) + "|"]
        lines += [self._row(row + [_Node("td")] * (width - len(row))) for row in rows[1:]]
        return [*found, "\n".join(lines)]

    def _caption(self, node: _Node) -> list[str]:
        line = self._line(node.parts)
        return [f"**{line}**" if line and "**" not in line else _begun(line)] if line else []

    def _row(self, row: list[_Node]) -> str:
        return "|" + "|".join(f" {self._line(cell.parts)} " for cell in row) + "|"


def bare_target(part: _Node) -> str:
    href = part.attrs.get("href", "")
    return href[1:] if href.startswith("#") else ""


def _cells(row: _Node) -> list[_Node]:
    return [part for part in row.parts if isinstance(part, _Node) and part.tag in ("th", "td")]


def _begun(line: str) -> str:
    """A line that begins a paragraph, and no list, heading or rule."""
    if line[:1] in ("-", "+", "="):
        return f"\\{line}"
    return _NUMBERED.sub(r"\1\\\2", line)


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _indented(text: str, spaces: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"{' ' * spaces}{line}" if line else "" for line in rest)])
