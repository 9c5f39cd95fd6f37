"""The renderer's own process: HTML in, PDF out, within limits that it sets for itself before it reads anything.

In, on standard input: one JSON object (page, attachments, limits). Out, on standard output: one line of JSON, then the
PDF. Refuses the network and every file but the typeface. Run by press.py as ``python -m impact.report.child``.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import warnings
from datetime import datetime
from typing import Any

from impact.report.bounded import lower_limits
from impact.report.fetcher import locked_fetcher
from impact.report.finish import finish
from impact.report.metadata import claim
from impact.report.seen import unseen
from impact.report.typeface import font_files, font_rules

VARIANT = "pdf/a-3a"


class UnseenError(Exception):
    """Words that must be read cannot be seen on the pages."""


class TooManyPagesError(Exception):
    """The document has more pages than the limit allows."""


def make(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Render one order. The answer says how many pages there are, or what was refused."""
    from weasyprint import CSS, HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration

    fetcher = locked_fetcher(sorted({path.parent for _, path in font_files()}))
    fonts = FontConfiguration()
    faces = CSS(string=font_rules(), font_config=fonts, url_fetcher=fetcher)
    page = HTML(string=order["html"], base_url=None, url_fetcher=fetcher)
    options = {"pdf_variant": VARIANT, "pdf_forms": True}
    document = page.render(font_config=fonts, stylesheets=[faces], **options)
    pages = len(document.pages)
    if pages > order["limits"]["pages"]:
        raise TooManyPagesError(pages)
    hidden = unseen(document, **order["must_show"]) if order["must_show"] else []
    if hidden:
        raise UnseenError(json.dumps(hidden))
    claim(document, identifier=order["identifier"])
    # Without dates of its own an attachment carries the time of the build, and no two builds would be equal.
    when = datetime.fromisoformat(order["when"])
    attachments = [
        Attachment(
            string=base64.b64decode(item["data"]),
            name=item["name"],
            description=item["description"],
            relationship=item["relationship"],
            created=when,
            modified=when,
        )
        for item in order["attachments"]
    ]
    written = document.write_pdf(finisher=finish, attachments=attachments, **options)
    return {"pages": pages, "refused": fetcher.refused}, written


def main() -> int:
    """Read an order, answer it. Faults are answers too: the parent turns them into words."""
    order = json.loads(sys.stdin.buffer.read())
    lower_limits(order["limits"])
    logging.disable(logging.CRITICAL)  # WeasyPrint logs to stderr; what matters comes back as an answer
    warnings.simplefilter("ignore")
    written = b""
    try:
        answer, written = make(order)
    except MemoryError:
        answer = {"error": "memory"}
    except RecursionError:
        answer = {"error": "depth"}
    except TooManyPagesError as many:
        answer = {"error": "pages", "detail": str(many)}
    except UnseenError as hidden:
        answer = {"error": "unseen", "detail": json.loads(str(hidden))}
    except OSError as error:
        # cffi raises OSError, not ImportError, for a missing Pango library.
        missing = "cannot load library" in str(error)
        answer = {"error": "pango" if missing else "other", "detail": type(error).__name__}
    except ImportError as error:
        answer = {"error": "package", "detail": error.name or "weasyprint"}
    except BaseException as error:
        refused = type(error).__name__ == "FatalURLFetchingError"
        answer = {
            "error": "fetch" if refused else "other",
            "detail": str(error)[:200] if refused else repr(error)[:200],
        }
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(written)
    out.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
