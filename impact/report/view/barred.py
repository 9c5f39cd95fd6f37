"""Sections of which a public version shows nothing: the heading stays, and a bar stands where the section would.

In: a prepared record. Out: ``BarredSection``. Without them a reader would take what is withheld for what was never
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impact.report.model import Heading
from impact.report.shapes_public import BarredSection
from impact.report.view.parts import Numbering
from impact.report.view.withheld import bar_of, hidden_names, named_few

__all__ = ["barred_section"]

# Place -> the leaf, or all leaves below a name, of which the section is made; and its title in the full report.
_SECTIONS: Mapping[str, tuple[str, str]] = {
    "levels": ("scoring/dimensions/", "Levels by dimension"),
    "enquiries": ("block/enquiries", "Questions to ask"),
    "promises": ("block/promises", "Promises and dates"),
    "findings": ("audit/findings", "Findings of the audit"),
    "tables": ("audit/tables/", "Further tables of the audit"),
    "law": ("block/law", "Law and guidance that the answers cite"),
}
_WITH_FINDINGS = (
    " With them went the sections on rates by group, on what the data do not identify, on further tables, on the "
    "standard that the figures are read by, and on the second opinion, as far as the full document has them."
)


def barred_section(record: Mapping[str, Any], number: Numbering, place: str) -> BarredSection | None:
    """The section in the place of one that is withheld whole; None where nothing of it is withheld.

    Args:
        record: Prepared (``withheld.prepared``).
        number: As for the section itself, which is not made.
        place: A key of ``_SECTIONS``.
    """
    leaf, title = _SECTIONS[place]
    text = bar_of(record, leaf)
    if not text:
        return None
    heading: Heading = (number.annex if place == "law" else number.section)(place, title)
    names = hidden_names(record, leaf) if leaf.endswith("/") else []
    said = f"{named_few(names)}. {text}" if names else text
    if place == "findings":
        said += _WITH_FINDINGS
    return BarredSection(place=place, heading=heading, text=said)
