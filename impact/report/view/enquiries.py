"""Questions to ask: the weightiest of the drafts that gaps and contradictions give.

In: the block ``enquiries`` of a cleaned record. Out: ``Enquiries``. Decides no order: that is the record's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.model import Enquiries, Point
from impact.report.view.parts import Numbering, plural

__all__ = ["make_enquiries"]

_MOST = 10  # a page, and as many as a committee gets through


def make_enquiries(record: Mapping[str, Any], number: Numbering) -> Enquiries:
    block = record["enquiries"]
    drafts = block["drafts"]
    left = len(drafts) - len(drafts[:_MOST])
    return Enquiries(
        heading=number.section("enquiries", "Questions to ask"),
        opening=block["committee_opening"],
        drafts=tuple(
            Point(label=draft["id"], text=draft["committee"], detail=draft["weight"]) for draft in drafts[:_MOST]
        ),
        left_out=(
            f"{plural(left, 'more draft')} on what is open or in doubt; the command “impact questions” prints all, "
            "also as a request for recorded information."
            if left
            else ""
        ),
    )
