"""Shapes of the documents: what their templates receive beside the parts of the general assessment.

In: nothing; these are shapes. Out: parts of ``DocumentView``, in the same form and under the same rules as ``model``.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.report.shapes import Figure, Heading, Point, Table

__all__ = ["CitedFindings", "Composed", "DecisionForm", "DocumentPart", "PublicSummary", "Said", "SaidPart"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that the record says, or that it does not."""

    label: str
    text: str
    source: str  # the id of the answer, finding or rule that it rests on
    gap: bool  # the record does not say it
    target: str = ""  # anchor of its entry in an annex, which not every document has
    withheld: bool = False  # the record says it, and this version does not


@dataclass(frozen=True, kw_only=True)
class SaidPart:
    heading: Heading
    lines: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True)
class DocumentPart:
    """A section of a composed document. What is empty is not shown."""

    heading: Heading
    lead: str = ""
    lines: tuple[Said, ...] = ()
    points: tuple[Point, ...] = ()
    figure: Figure | None = None
    tables: tuple[Table, ...] = ()
    closing: tuple[Said, ...] = ()  # lines below the tables
    sheet: bool = False  # begins on a page of its own
    blank: str = ""  # label of a marked box for somebody’s own words


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A document that is a row of such sections."""

    lead: tuple[str, ...]
    sections: tuple[DocumentPart, ...]


@dataclass(frozen=True, kw_only=True)
class CitedFindings:
    """The findings that a document names, as the general assessment states them."""

    heading: Heading
    entries: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True)
class PublicSummary:
    """Two sides for anybody."""

    standing: tuple[str, ...]
    questions: tuple[SaidPart, ...]


@dataclass(frozen=True, kw_only=True)
class DecisionForm:
    """A decision form with annexes."""

    executive: Said
    recommendation: tuple[Said, ...]
    facts: tuple[SaidPart, ...]
    exempt: tuple[Said, ...]
    closing: tuple[Said, ...]
    dashboard: Heading
    dashboard_lead: str
    dashboard_figure: Figure | None
    dashboard_table: Table | None
    rights: Heading
    rights_table: Table | None
    tested_claims: Heading
    tested_claims_lead: str
    tested_claims_table: Table | None
    contradicted: tuple[Point, ...]
    conditions: Heading
    conditions_lead: str
    conditions_table: Table | None
    options: Heading
    options_table: Table | None
