"""What the two halves of the page of a verification share.

In: cleaned plain data. Out: topics, and small facts of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.figures import british_date
from impact.report.model import Table, Topic
from impact.report.view.parts import Numbering

__all__ = ["ANSWERS", "holds_of", "redacted_of", "signatures_of", "topic_of", "told_time"]

ANSWERS = {True: "Yes", False: "NO", None: "Not checked"}


def topic_of(number: Numbering, anchor: str, title: str, paragraphs: list[str], *tables: Table | None) -> Topic:
    kept = tuple(table for table in tables if table is not None)
    return Topic(heading=number.section(anchor, title), paragraphs=tuple(paragraphs), figures=(), tables=kept)


def signatures_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found.get("signatures") or {}


def redacted_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the record says of itself as a public version; empty of a full one."""
    return (found.get("record") or {}).get("redaction") or {}


def holds_of(found: Mapping[str, Any], key: str) -> bool | None:
    return (found["checks"].get(key) or {}).get("holds")


def told_time(text: str) -> str:
    return british_date(text.replace("Z", "+00:00"))
