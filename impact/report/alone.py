"""A page about something that is no assessment: a verification, a comparison, an audit by itself.

In: what the page is about. Out: a record that holds nothing else, so that the view, and through it every template, is
made as for a report. It is written nowhere.
"""

from __future__ import annotations

from typing import Any

__all__ = ["record_alone"]


def record_alone(
    name: str, *, title: str, system: str, date: str, status: str, tool_version: str, version: str = ""
) -> dict[str, Any]:
    """The record.

    Args:
        name: Its id: ``verification``, ``comparison`` or ``audit``.
        title: Printed as that of the page.
        system: What it is about.
        date: A date, or a time of which the day is taken.
        status: ``draft`` or ``final``.
        tool_version: Version of impact.
        version: Of what it is about.

    >>> record_alone("audit", title="A", system="B", date="2026-11-20T09:00:00Z", status="draft", tool_version="1")[
    ...     "assessment"
    ... ]["date"]
    '2026-11-20'
    """
    return {
        "schema": "impact/record/1",
        "tool": {"name": "impact", "version": tool_version},
        "assessment": {
            "id": name,
            "title": title,
            "version": version,
            "date": date[:10],
            "status": status,
            "organisation": "",
            "system": {"name": system, "version": None, "also_known_as": []},
            "assessors": [],
        },
        "inputs": [],
        "evidence": [],
        "law": {},
    }
