"""Shapes of the documents: what their templates receive beside the parts of the general assessment.

In: nothing; these are shapes. Out: parts of ``DocumentView``, in the same form and under the same rules as ``model``.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.report.shapes import Figure, Heading, Point, Table

__all__ = ["DecisionForm", "PublicSummary", "Said", "SaidPart"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that the record says, or that it does not."""

    label: str
    text: str
    source: str  # the id of the answer, finding or rule that it rests on
    gap: bool  # the record does not say it
    withheld: bool = False  # the record says it, and this version does not


@dataclass(frozen=True, kw_only=True)
class SaidPart:
    heading: Heading
    lines: tuple[Said, ...]


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
