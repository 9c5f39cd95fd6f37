"""Colours of a template set, and whether words in them can be read: contrast as WCAG 2.2 defines it.

In: colours by name. Out: ratios, and a fault for each pair that is too close. Knows nothing of pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from impact.errors import Fault

__all__ = ["LEAST", "PAIRS", "PAPER", "contrast", "contrast_faults", "is_colour"]

LEAST = 4.5  # WCAG 2.2, success criterion 1.4.3: text that is not large
PAPER = "#FFFFFF"
# What is printed on what by the style sheets of the bundled set; “rule” is a line and holds no words.
PAIRS = (
    ("text", "paper"),
    ("text", "panel"),
    ("secondary", "paper"),
    ("secondary", "panel"),
    ("quiet", "paper"),
    ("accent", "paper"),
    ("warning", "paper"),
)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def is_colour(value: object) -> bool:
    """Whether a value is written as ``#RRGGBB``."""
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


def _luminance(colour: str) -> float:
    """Relative luminance, 0 for black to 1 for white (WCAG 2.2, definition “relative luminance”)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours ``#RRGGBB``, 1 to 21; the order does not matter.

    Source:
        WCAG 2.2, definition “contrast ratio”.

    >>> round(contrast("#000000", "#FFFFFF"), 2), round(contrast("#767676", "#FFFFFF"), 2)
    (21.0, 4.54)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def contrast_faults(colours: Mapping[str, str], *, where: str, changed: set[str]) -> list[Fault]:
    """A fault for each pair with a changed colour whose ratio is under ``LEAST``.

    >>> colours = {"text": "#111827", "secondary": "#374151", "quiet": "#4B5563", "accent": "#F5B301"}
    >>> colours |= {"panel": "#F3F5F8", "warning": "#8A1C1C"}
    >>> [fault.found for fault in contrast_faults(colours, where="x", changed={"accent"})]
    ['“accent” (#F5B301) on paper (#FFFFFF) has a contrast of 1.85 to 1']
    """
    known = {**colours, "paper": PAPER}
    found = []
    for words, ground in PAIRS:
        if not {words, ground} & changed:
            continue
        ratio = contrast(known[words], known[ground])
        if ratio < LEAST:
            # Rounded down, so that a ratio just under the bound is not printed as the bound.
            said = f"“{words}” ({known[words]}) on {ground} ({known[ground]}) has a contrast of {_down(ratio)} to 1"
            remedy = "Take a darker colour for words, or a lighter one for the panel"
            found.append(Fault(where, said, f"{LEAST} to 1 (WCAG 2.2, 1.4.3)", remedy, "R078"))
    return found


def _down(ratio: float) -> str:
    return f"{int(ratio * 100) / 100:.2f}"
