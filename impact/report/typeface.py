"""The report's typeface, and what it can draw.

In: text. Out: font files, the @font-face rules for them, and text in which nothing is invisible or undrawable.
Knows nothing of records. Two rules: invisible and direction-changing characters are always written out as their code
point, so nobody can make a page read differently from the record; and a character that the typeface lacks is written
out in a PDF, never drawn as an empty box. The attached record keeps every character as it was typed.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from impact.errors import Exit, Fault, RenderError

__all__ = ["PACKAGE", "drawable_characters", "font_files", "font_rules", "package_version", "written_out"]

PACKAGE = "font-source-sans-pro"
FAMILY = "Source Sans Pro"
_MODULE = "font_source_sans_pro"
# Upright faces only: the italics of this release lack Greek and Cyrillic.
_FACES = ((400, "SourceSansPro-Regular.ttf"), (600, "SourceSansPro-Semibold.ttf"))
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT = frozenset("\n\t")


def package_version() -> str:
    """Release of the font package, ``missing`` where it is not installed."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "missing"


def font_files() -> tuple[tuple[int, Path], ...]:
    """Weight and file of each face.

    Raises:
        RenderError: R021, when the font package is not installed.
    """
    try:
        folder = Path(str(files(_MODULE))) / "files"
    except ModuleNotFoundError:
        folder = Path(_MODULE)
    found = tuple((weight, folder / name) for weight, name in _FACES)
    if not all(path.is_file() for _, path in found):
        raise RenderError(
            Fault(
                "the report's typeface",
                f"the Python package {PACKAGE} is missing",
                "",
                f"Install it: pip install {PACKAGE}",
                "R021",
                Exit.MISSING,
            )
        )
    return found


def font_rules() -> str:
    """@font-face rules with file addresses. Every family comes from here: a system font would change the bytes."""
    return "".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-style:normal;src:url('{path.as_uri()}')}}\n"
        for weight, path in font_files()
    )


@cache
def drawable_characters() -> frozenset[str]:
    """Characters that every face has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # publishes no types

    tables = []
    for _, path in font_files():
        with TTFont(path, lazy=True) as font:
            tables.append(frozenset(font.getBestCmap()))
    return frozenset(map(chr, frozenset.intersection(*tables))) | _KEPT


def written_out(text: str, *, drawable: frozenset[str] | None) -> str:
    """``text`` in composed form, with what must not or cannot be drawn written as ``[U+0000]``.

    Args:
        text: Any text of a record.
        drawable: What the typeface has, or None where the reader's own typefaces draw the page.

    >>> written_out("Zo\\u0065\\u0301 \\u202e lived", drawable=None)
    'Zoé [U+202E] lived'
    >>> written_out("\\u65e5", drawable=frozenset("abc"))
    '[U+65E5]'
    """
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii() and composed.isprintable():
        return composed
    return "".join(
        character
        if character in _KEPT
        or (unicodedata.category(character) not in _INVISIBLE and (drawable is None or character in drawable))
        else f"[U+{ord(character):04X}]"
        for character in composed
    )
