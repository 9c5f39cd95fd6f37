"""Whether words can be seen on the laid-out pages: not hidden, not cut off, not off the page, not the colour of paper.

In: WeasyPrint's document, texts. Out: the texts that cannot be found among what is seen. A set of one's own may style
as it likes; a stamp that is on the page and drawn in white is a stamp left out. Looks at boxes, not at pixels: what is
painted over something else is refused in the style sheet (``cover_up``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from impact.report.colours import PAPER, contrast
from impact.report.kept import holds, squeezed

__all__ = ["unseen"]

_SMALLEST = 7.9  # CSS pixels, 6 points: about the smallest print that is still read
_PLAIN = 3.0  # WCAG 2.2: the least ratio that anything needs in order to be told from its ground


def unseen(document: Any, *, once: Sequence[str], every_page: str) -> list[str]:
    """Texts that cannot be seen.

    Args:
        document: A WeasyPrint document that was laid out.
        once: Texts that must be seen somewhere.
        every_page: What must stand in the margin of every page but the first; empty where nothing must.
    """
    pages = [page._page_box for page in document.pages]
    flow = squeezed("".join(_texts(page, in_margin=False) for page in pages))
    found = [text for text in once if not holds(flow, text)]
    if every_page:
        margins = [squeezed(_texts(page, in_margin=True)) for page in pages[1:]]
        bare = [n for n, margin in enumerate(margins, start=2) if not holds(margin, every_page)]
        found += [f"{every_page} on page {n}" for n in bare[:3]]
    return found


def _texts(page: Any, *, in_margin: bool) -> str:
    edge = (0.0, 0.0, page.margin_width(), page.margin_height())
    parts = [child for child in page.children if (type(child).__name__ == "MarginBox") is in_margin]
    return "".join(text for child in parts for text in _seen(child, edge, PAPER))


def _seen(box: Any, clip: tuple[float, float, float, float], ground: str | None) -> Iterator[str]:
    style = box.style
    if style["opacity"] < 0.99 or style["transform"] or style["position"] in ("absolute", "fixed"):
        return
    ground = _laid_on(style, ground)
    if style["overflow"] != "visible" and hasattr(box, "border_width"):
        clip = _inside(clip, _border(box))
    text = getattr(box, "text", None)
    if isinstance(text, str):
        if _readable(box, style, clip, ground):
            yield text
        return
    for child in _children(box):
        yield from _seen(child, clip, ground)


def _children(box: Any) -> Iterable[Any]:
    return getattr(box, "children", ())


def _border(box: Any) -> tuple[float, float, float, float]:
    x, y = box.border_box_x(), box.border_box_y()
    return (x, y, x + box.border_width(), y + box.border_height())


def _inside(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, float, float, float]:
    return (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]))


def _hex(colour: Any) -> tuple[str, float] | None:
    """``#RRGGBB`` and alpha of a computed colour; None for what is no colour of its own."""
    if colour is None or isinstance(colour, str):
        return None
    red, green, blue = (min(max(part, 0.0), 1.0) for part in colour.to("srgb").coordinates)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}", float(colour.alpha)


def _laid_on(style: Any, ground: str | None) -> str | None:
    """The ground that words in this box stand on; None where it is half-transparent or a picture."""
    if any(kind != "none" for kind, _ in style["background_image"]):
        return None
    found = _hex(style["background_color"])
    if found is None or found[1] == 0:
        return ground
    return found[0] if found[1] > 0.99 else None


def _readable(box: Any, style: Any, clip: tuple[float, ...], ground: str | None) -> bool:
    if style["visibility"] != "visible" or style["font_size"] < _SMALLEST or ground is None:
        return False
    colour = _hex(style["color"])
    if colour is None or colour[1] < 0.99 or contrast(colour[0], ground) < _PLAIN:
        return False
    left, top = box.position_x, box.position_y
    right, bottom = left + box.width, top + box.height
    # One pixel of a line may lie outside: fonts reach over the edge of their boxes.
    return bool(left >= clip[0] - 1 and top >= clip[1] - 1 and right <= clip[2] + 1 and bottom <= clip[3] + 1)
