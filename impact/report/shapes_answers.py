"""Shapes of the sections about answers: levels, stops, claims, promises, what would change a level.

In: nothing; these are shapes. Out: parts of ``model.View``, in the same form and under the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.report.shapes import Figure, Heading, Pair, Point, Table

__all__ = ["Change", "Claims", "Driver", "Enquiries", "Levels", "Promises", "ShortForm", "Stops", "TestedClaim"]


@dataclass(frozen=True, kw_only=True)
class TestedClaim:
    """One claim, what the log says of it, and the numbers behind it."""

    anchor: str
    id: str
    title: str
    verdict: str
    sentence: str
    why: str
    figures: str
    measures: Table | None
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The answers against the decision log."""

    heading: Heading
    lead: str
    meanings: tuple[str, ...]
    notes: tuple[str, ...]
    overview: Table
    tested: tuple[TestedClaim, ...]


@dataclass(frozen=True, kw_only=True)
class ShortForm:
    heading: Heading
    verdict: str
    rule: str
    extent: str
    answers: Table | None
    stops: Table | None
    not_asked: Table | None
    flags: str
    sections: Table | None


@dataclass(frozen=True, kw_only=True)
class Driver:
    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Levels:
    heading: Heading
    lead: str
    figure: Figure
    table: Table
    unknown_driven: str
    floors: Table | None
    drivers: tuple[Driver, ...]
    untested: Table | None
    judged: Table | None
    bands: str
    index: str


@dataclass(frozen=True, kw_only=True)
class Stops:
    heading: Heading
    lead: str
    fired: Table | None
    unresolved: Table | None
    clear_rules: Table | None
    not_applicable: str
    flags_lead: str
    flags_fired: Table | None
    flags_unresolved: Table | None
    contradictions_lead: str
    contradictions: Table | None


@dataclass(frozen=True, kw_only=True)
class Change:
    heading: Heading
    sensitivity: Table | None
    pairs: Table | None
    held: tuple[str, ...]
    evidence: Table | None
    demands: tuple[Pair, ...]
    demands_level: str
    untold: bool  # which answers would move a level is withheld


@dataclass(frozen=True, kw_only=True)
class Promises:
    """The ledger of promises, and what became of those of an earlier assessment."""

    heading: Heading
    lead: str
    missing: tuple[str, ...]
    duties: Table | None
    prior_lead: str
    prior: Table | None


@dataclass(frozen=True, kw_only=True)
class Enquiries:
    """Draft questions for a committee: the weightiest."""

    heading: Heading
    opening: str
    drafts: tuple[Point, ...]
    left_out: str
