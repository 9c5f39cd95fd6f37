"""What a style sheet of one's own may not do on a signed page: paint over words, or make them unreadable.

In: CSS of a local template set. Out: nothing, or every fault at once. Hiding is found on the laid-out pages (``seen``);
what lies over something else cannot be seen there, so the declarations that could put it there are refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from impact.errors import Fault, RenderError
from impact.report.colours import LEAST, PAPER, contrast

__all__ = ["check_cover_up"]

_REFUSED = frozenset(
    [
        "z-index",
        "transform",
        "translate",
        "rotate",
        "scale",
        "inset",
        "opacity",
        "visibility",
        "filter",
        "backdrop-filter",
        "mix-blend-mode",
        "clip",
        "clip-path",
        "mask",
        "mask-image",
        "mask-border",
        "letter-spacing",
        "word-spacing",
    ]
)
_SCREEN_ONLY = frozenset(["absolute", "fixed", "sticky"])
_SHIFTS = ("margin", "text-indent", "top", "bottom", "left", "right", "padding")
_TEXT = "#111827"


def check_cover_up(text: str, *, where: str, screen: bool = False) -> None:
    """Refuse declarations that could lay something over words, and colours too close to be read.

    Args:
        text: The style sheet.
        where: What messages name.
        screen: The sheet is for a browser alone, where a heading may stay at the top of the window.

    Raises:
        RenderError: R081, R078.
    """
    import tinycss2

    faults: list[Fault] = []

    def rules(nodes: Iterable[Any]) -> None:
        for node in nodes:
            if node.type == "at-rule" and node.content is not None:
                declared(node.content)
                rules(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True))
            elif node.type == "qualified-rule":
                declared(node.content)

    def declared(content: Any) -> None:
        block = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        given = {}
        for item in block:
            if item.type == "declaration":
                given[item.lower_name] = item
                reason = _reason(item, screen=screen)
                if reason:
                    line = f"{where}:{item.source_line}"
                    faults.append(Fault(line, reason, "words that nothing lies over", "Remove it", "R081"))
            elif item.type == "qualified-rule":
                declared(item.content)
        faults.extend(_too_close(given, where))

    rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    if faults:
        raise RenderError(dict.fromkeys(faults))


def _reason(item: Any, *, screen: bool) -> str:
    name = item.lower_name.removeprefix("-weasy-").removeprefix("-webkit-")
    values = [token for token in item.value if token.type not in ("whitespace", "comment")]
    words = {token.lower_value for token in values if token.type == "ident"}
    numbers = [token.value for token in values if token.type in ("number", "dimension", "percentage")]
    if name in _REFUSED:
        return f"“{name}” can hide words, or lay one thing over another"
    if name == "position" and words & (_SCREEN_ONLY - (_SCREEN_ONLY if screen else set())):
        return "“position” can lay one thing over another"
    if name == "position" and any(token.type == "function" for token in values):
        return "“position” takes an element out of the page"
    if name.startswith(_SHIFTS) and (any(n < 0 for n in numbers) or any(t.type == "function" for t in values)):
        return f"“{name}” under 0, or worked out, can move words over others or off the page"
    if name == "line-height" and any(t.type in ("number", "percentage") for t in values) and _small(values):
        return "“line-height” under 1 lays lines over one another"
    return ""


def _small(values: list[Any]) -> bool:
    return any(
        (token.type == "number" and token.value < 1) or (token.type == "percentage" and token.value < 100)
        for token in values
    )


def _too_close(given: Mapping[str, Any], where: str) -> list[Fault]:
    """Words and ground of one rule; the ground is paper where the rule names none."""
    words = _colour(given.get("color"))
    ground = _colour(given.get("background-color")) or _colour(given.get("background"))
    if words is None and ground is None:
        return []
    ratio = contrast(words or _TEXT, ground or PAPER)
    if ratio >= LEAST:
        return []
    line = (given.get("color") or given.get("background-color") or given["background"]).source_line
    found = f"words {words or _TEXT} on {ground or PAPER} have a contrast of {int(ratio * 100) / 100:.2f} to 1"
    remedy = "Take a darker colour, or give the ground in the same rule"
    return [Fault(f"{where}:{line}", found, f"{LEAST} to 1 (WCAG 2.2, 1.4.3)", remedy, "R078")]


def _colour(item: Any) -> str | None:
    """The first colour of a declaration laid on paper, as ``#RRGGBB``; None where it names none."""
    from tinycss2.color3 import parse_color

    for token in item.value if item is not None else ():
        found = parse_color(token)
        if isinstance(found, tuple):  # “currentColor” is a word
            red, green, blue, alpha = found
            mixed = (round(255 * (part * alpha + 1 - alpha)) for part in (red, green, blue))
            return "#{:02X}{:02X}{:02X}".format(*mixed)
    return None
