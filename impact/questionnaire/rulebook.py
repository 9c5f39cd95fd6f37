"""The figures and rules of scoring, and the law that questions cite, as frozen models.

In: the plain data of scoring.yaml and law.yaml. Out: caps, factors, stops, floors, outcomes; entries of law.
Refuses to compute anything (arithmetic.py and score.py do).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from impact.questionnaire.question import Band, CheckId, Code, FreshnessPeriod, Many, Part, Share, Text

__all__ = [
    "Contradiction",
    "Demand",
    "EnquiryWords",
    "EvidenceFactors",
    "Floor",
    "HardStop",
    "Law",
    "LawEntry",
    "Outcome",
    "Scoring",
]

StopKind = Literal["stop", "hold", "procurement-stop"]


class FileAlone(Part):
    pub: Share
    ver: Share
    log: Share


class EvidenceFactors(Part):
    none: Share
    file: Share
    published: Share
    verified: Share
    file_alone: FileAlone


class ContradictionFactors(Part):
    contradicted: Share
    not_enough_data: Share
    by_an_answer: Share


class CompletenessRule(Part):
    base: Annotated[float, Field(gt=0)]
    per_weight: Annotated[float, Field(ge=0)]
    incomplete_under: Share


class ConfidenceCap(Part):
    check: CheckId
    verdict: Literal["contradicted"]
    cap: Annotated[float, Field(ge=0, le=100)]


class ConfidenceRule(Part):
    completeness: Share
    evidenced: Share
    verified: Share
    caps: Many[ConfidenceCap] = ()
    labels: Annotated[tuple[Band, ...], Field(strict=False, min_length=1)]


class HardStop(Part):
    """A rule that no score can outweigh; it fires when one of the questions in ``fired_by`` fires it."""

    id: Annotated[str, Field(pattern=r"^HS-[0-9]{2}$")]
    kind: StopKind
    text: Text
    basis: Text
    refs: Many[Text] = ()
    fired_by: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


class Floor(Part):
    """A structural intrusion: the residual of ``dimension`` is never below ``floor`` while ``when`` holds."""

    id: Text
    dimension: str
    floor: Annotated[float, Field(ge=0, le=100)]
    text: Text
    when: Text


class Contradiction(Part):
    """Two answers that cannot both be right. Without ``when`` it is found by comparing an answer with the log."""

    id: Text
    between: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    text: Text
    when: Text | None = None
    compared_with: Literal["log"] | None = None


class Outcome(Part):
    """One rung of the ladder; a rung with no condition always applies."""

    code: Code
    label: Text
    stops_fired: Many[StopKind] = ()
    stops_unresolved: bool = False
    completeness_under: Share | None = None
    contradicted: Many[CheckId] = ()
    band_at_least: str | None = None
    red_flag: bool = False
    full_form: bool = False  # of a short form: its rule sends the assessment to the full form


class Demand(Part):
    """What a level asks for before and after going live."""

    level: str
    decision_maker: Text
    before_go_live: Text
    longest_approval_months: Annotated[int, Field(gt=0)]
    review: Text | None = None
    publication: Text


class EnquiryWords(Part):
    """How a gap or contradiction becomes a question. Names in braces are filled in (docs/pack-format.md lists them).

    Attributes:
        why, committee, foi: Text for each kind of gap; ``other`` where a kind has none of its own.
        form: What a request asks for, for each type of question.
        foi_opening, foi_closing, foi_note: Around the items of a request.
        committee_opening: Before the questions for a committee.
    """

    why: dict[str, Text]
    committee: dict[str, Text]
    foi: dict[str, Text]
    form: dict[str, Text] = Field(default_factory=dict)
    committee_opening: Text
    foi_opening: Text
    foi_closing: Many[Text] = ()
    foi_note: Text | None = None


class Scoring(Part):
    """The file scoring.yaml: every figure and rule that turns answers into levels."""

    caps: dict[str, Share]
    evidence: EvidenceFactors
    freshness: FreshnessPeriod
    contradiction: ContradictionFactors
    failed_check_severity: Share
    unknown_width: Annotated[float, Field(gt=0)]
    completeness: CompletenessRule
    confidence: ConfidenceRule
    hard_stops: Many[HardStop] = ()
    floors: Many[Floor] = ()
    contradictions: Many[Contradiction] = ()
    promise_words: Many[Text] = ()
    enquiries: EnquiryWords | None = None
    outcomes: Annotated[tuple[Outcome, ...], Field(strict=False, min_length=1)]
    demands: Many[Demand] = ()


class LawEntry(Part):
    """A statute, case, policy or study that questions cite. See the head of law.yaml for each field."""

    citation: Text
    kind: Literal["statute", "convention", "case", "policy", "guidance", "study", "comparison", "pending", "group"]
    extent: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    verified: bool
    source: Many[int] = ()
    duty: Text
    check: Text | None = None
    url: Text | None = None


class Law(Part):
    """The file law.yaml."""

    law_as_at: str
    keys: dict[str, LawEntry]

    def expand(self, ref: str) -> tuple[str, ...]:
        """The keys a reference stands for: itself, or all members of the group ``scot.*``; nothing when unknown."""
        if not ref.endswith("*"):
            return (ref,) if ref in self.keys else ()
        start = ref.removesuffix("*")
        return tuple(key for key in self.keys if key.startswith(start) and not key.endswith("*"))
