"""Draft questions as a page of text or Markdown.

In: the block ``enquiries`` of a record. Out: lines, not yet wrapped. Every wording but that of marks is the pack's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["enquiry_lines"]


def enquiry_lines(
    block: Mapping[str, Any], *, audience: Literal["committee", "foi"], markdown: bool, most: int | None = None
) -> list[str]:
    """The drafts for one audience, in their order.

    Args:
        block: As in docs/record.md.
        audience: Questions for a committee, or a request for recorded information.
        markdown: Marks of Markdown instead of plain text.
        most: The first so many; None for all.
    """
    drafts = block["drafts"] if most is None else block["drafts"][:most]
    if not drafts:
        return ["Nothing is left open, and no two answers contradict each other: there is nothing to ask."]
    if audience == "committee":
        return [*_head("Questions to ask", markdown), block["committee_opening"], *_committee(drafts, markdown)]
    found = [*_head("Draft request for information", markdown), block["foi_opening"], ""]
    for number, draft in enumerate(drafts, 1):
        found.append(f"{number}. {draft['foi']}{_mark(draft, markdown)}")
    found += ["", *(f"{line}" for line in _spaced(block["foi_closing"]))]
    return [*found, *(["", f"{'> ' if markdown else ''}{block['foi_note']}"] if block["foi_note"] else [])]


def _committee(drafts: list[Mapping[str, Any]], markdown: bool) -> list[str]:
    found = []
    for number, draft in enumerate(drafts, 1):
        found += ["", f"{number}. {draft['committee']}{_mark(draft, markdown)}", f"   {draft['weight']}"]
    return found


def _mark(draft: Mapping[str, Any], markdown: bool) -> str:
    return f" *({draft['id']})*" if markdown else f" [{draft['id']}]"


def _head(title: str, markdown: bool) -> list[str]:
    return [f"# {title}", ""] if markdown else [title, ""]


def _spaced(lines: list[str]) -> list[str]:
    return [part for line in lines for part in (line, "")][:-1] if lines else []
