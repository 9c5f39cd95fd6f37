"""The law that a pack cites, and what of it nobody has yet compared with the primary text.

In: a pack. Out: plain data and lines for a terminal. The report prints the same words beside each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact.questionnaire.pack import Pack

__all__ = ["TO_BE_CHECKED", "citation_lines", "citations"]

TO_BE_CHECKED = "citation to be checked"


def citations(pack: Pack) -> list[dict[str, Any]]:
    """Every entry of law.yaml in its order; groups, which only gather others, are left out."""
    return [
        {"key": key, "citation": entry.citation, "kind": entry.kind, "verified": entry.verified, "check": entry.check}
        for key, entry in pack.law.keys.items()
        if entry.kind != "group"
    ]


def citation_lines(cited: Sequence[dict[str, Any]], *, every: bool) -> list[str]:
    """A sentence on how many are to be checked; with ``every`` each entry with its mark."""
    unchecked = sum(not entry["verified"] for entry in cited)
    told = f"Law: {len(cited)} entries; {unchecked} are marked “{TO_BE_CHECKED}”, here and in the report"
    if not every:
        return [f"{told}. “--law” lists them"] if cited else ["Law: no entries"]
    found = [told + ":"]
    for entry in cited:
        marks = [TO_BE_CHECKED] if not entry["verified"] and TO_BE_CHECKED not in entry["citation"] else []
        marks += [f"open: {entry['check']}"] if entry["check"] else []
        found.append(f"  {entry['key']}: {entry['citation']}{' (' + '; '.join(marks) + ')' if marks else ''}")
    return found
