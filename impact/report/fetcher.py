"""The only door through which the renderer may read: allow-listed local files, nothing else.

In: folders that may be read. Out: a fetcher for WeasyPrint that remembers what it refused.
Knows nothing of what is rendered. WeasyPrint swallows some refusals (an image inside an SVG, an attachment), so the
caller looks at ``refused`` after rendering and fails then.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["MAX_FILE", "locked_fetcher"]

MAX_FILE = 5_000_000
_TYPES = {".ttf": "font/ttf", ".otf": "font/otf", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}


def locked_fetcher(roots: Sequence[Path]) -> Any:
    """A fetcher that reads fonts and pictures below ``roots`` and ends the rendering on anything else.

    Its list ``refused`` holds what was asked for, shortened, in order.
    """
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    allowed = [root.resolve() for root in roots]

    class LockedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint publishes no types
        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
            self.refused: list[str] = []

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint's signature
            parts = urlsplit(url)
            if parts.scheme != "file" or parts.netloc or parts.query:
                raise self._refuse(url)
            path = Path(unquote(parts.path)).resolve()
            if not any(path.is_relative_to(root) for root in allowed) or path.suffix not in _TYPES:
                raise self._refuse(url)
            try:
                body = path.read_bytes()
            except OSError:
                raise self._refuse(url) from None
            if len(body) > MAX_FILE:
                raise self._refuse(url)
            return URLFetcherResponse(path.as_uri(), body, {"Content-Type": _TYPES[path.suffix]})

        def _refuse(self, url: str) -> BaseException:
            shown = url[:80]
            self.refused.append(shown)
            refusal: BaseException = FatalURLFetchingError(f"refused {shown!r}")
            return refusal

    return LockedFetcher()
