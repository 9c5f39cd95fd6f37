"""What a signature looks like on the page.

In: who signs, in which role, why. Out: pyHanko's style of the box, with an embedded font, so that PDF/A and PDF/UA
stay true. The box is for people; what counts is the signature under it, and the box says so by naming the tool.
"""

from __future__ import annotations

import io
import textwrap
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from impact.errors import Exit, Fault, SignatureError
from impact.signing.dissent import dissents

__all__ = ["stamp_style"]

_FONT = "SourceSansPro-Regular.ttf"
_LINE = 72  # characters; a long reason in lines of this length is printed at six points, and can be read
_SIZE = 9  # points; the box shrinks its text where a line is too long


def stamp_style(*, name: str, role: str, reason: str | None, practice: bool) -> Any:
    """Style of the signature box.

    Characters that the font lacks, and invisible ones, are shown as ``?``: the certificate keeps the exact name.

    Raises:
        SignatureError: S028, when the font package is not installed.
    """
    from pyhanko.pdf_utils.font.api import FontEngineFactory
    from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
    from pyhanko.pdf_utils.text import TextBoxStyle
    from pyhanko.stamp import TextStampStyle

    data = _font_file().read_bytes()

    class FromMemory(FontEngineFactory):
        """pyHanko's own factory leaves the font file open."""

        def create_font_engine(self, writer: Any, obj_stream: Any = None) -> Any:
            handle = io.BytesIO(data)
            return GlyphAccumulator(writer, handle, font_size=_SIZE, obj_stream=obj_stream)

    first = f"Does NOT approve: {_drawable(name)}" if dissents(role, reason) else f"Signed by {_drawable(name)}"
    lines = [first, f"as {_drawable(role)}, %(ts)s"]
    if reason:
        # One long line would shrink the whole box to a size that nobody can read.
        lines += textwrap.wrap(_drawable(reason), _LINE, break_long_words=False)
    if practice:
        lines.append("PRACTICE – not for real use")
    return TextStampStyle(
        stamp_text="\n".join(lines),
        timestamp_format="%Y-%m-%d %H:%M:%S UTC",
        background=None,
        border_width=0,
        inner_content_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MIN,
            y_align=AxisAlignment.ALIGN_MID,
            margins=Margins(6, 6, 2, 2),
            inner_content_scaling=InnerScaling.SHRINK_TO_FIT,
        ),
        text_box_style=TextBoxStyle(font=FromMemory(), font_size=_SIZE),
    )


def _drawable(text: str) -> str:
    known = _characters()
    # A percent sign would be read as one of pyHanko's placeholders.
    return "".join(each if each in known else "?" for each in " ".join(text.split())).replace("%", "%%")


@cache
def _characters() -> frozenset[str]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it publishes no types

    with TTFont(_font_file(), lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap() if chr(code).isprintable())


def _font_file() -> Path:
    try:
        path = Path(str(files("font_source_sans_pro"))) / "files" / _FONT
    except ModuleNotFoundError:
        path = Path(_FONT)
    if not path.is_file():
        raise SignatureError(
            Fault(
                "the typeface of the signature box",
                "the Python package font-source-sans-pro is missing",
                "",
                "Install it: pip install font-source-sans-pro",
                "S028",
                Exit.MISSING,
            )
        )
    return path
