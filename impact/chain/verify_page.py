"""The account of a verification as a page: answers of ``impact verify`` in, HTML out.

In: a ``Verdict`` and the file it is about. Out: text. Holds no judgement and no wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from impact import __version__
from impact.canonical import digest
from impact.settings import Settings

__all__ = ["page_of"]


def page_of(data: Mapping[str, Any], *, pdf: bytes, name: str, settings: Settings, now: datetime) -> str:
    """The page that ``impact verify --page`` writes.

    Args:
        data: What ``impact verify --json`` prints: :attr:`impact.chain.apart.Verdict.data`.
        pdf: The file that was judged.
        name: Its name, without the folder.
        settings: Where template sets are found.
        now: The time of the check. All else that the page says is a function of file, trust folder and this version.

    Raises:
        RenderError: The template set cannot be used.
    """
    from impact.report import verification_page
    from impact.resources import find

    found = {
        **data,
        "file": {"name": name, "bytes": len(pdf), "digest": digest(pdf)},
        "checked_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    # A set of its own: a word that moves here must not move the digest of the set that reports were rendered with.
    return verification_page(found, templates=find("templates", "verification", settings), tool_version=__version__)
