"""What a template receives: frozen parts with every string as it will be read.

In: nothing; these are shapes. Out: ``View``, turned into plain data before a template sees it.
``templates/CONTRACT.md`` lists every name here, and a test compares the two both ways.
No name may be that of a dictionary's method (``items``, ``keys``, ``values`` …): a template would find the method.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from impact.report.shapes import Column, Figure, Heading, Pair, Point, Table
from impact.report.shapes_answers import (
    Change,
    Claims,
    Driver,
    Enquiries,
    Levels,
    Promises,
    ShortForm,
    Stops,
    TestedClaim,
)
from impact.report.shapes_documents import (
    CitedFindings,
    Composed,
    DecisionForm,
    DocumentPart,
    PublicSummary,
    Said,
    SaidPart,
)
from impact.report.shapes_public import BarredSection, PlacedBar, Withheld

__all__ = [
    "BarredSection",
    "Change",
    "CitedFindings",
    "Claims",
    "Column",
    "Composed",
    "DecisionForm",
    "DocumentPart",
    "DocumentView",
    "Driver",
    "Enquiries",
    "Figure",
    "Heading",
    "Levels",
    "Pair",
    "PlacedBar",
    "Point",
    "Promises",
    "PublicSummary",
    "Said",
    "SaidPart",
    "ShortForm",
    "Stops",
    "Table",
    "TestedClaim",
    "View",
    "Withheld",
]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Wording that a set may replace one by one (``words.yaml``); no level, verdict, duty or caution is among them."""

    kicker: str
    contact: str
    at_a_glance: str
    contents: str
    signatures: str
    signed_box: str
    browser_signatures: str
    in_assessor_words: str
    outcome: str
    outcome_reasons: str
    hard_stops: str
    red_flags: str
    alerts: str
    audit_found: str
    not_done: str
    local_changes: str
    check_lead: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every page carries."""

    title: str
    author: str
    created: str  # ISO date, for the file's metadata
    system_line: str
    reference_line: str
    stamp_line: str
    stamps: tuple[str, ...]
    digest: str
    tool: str
    style: str  # CSS of the template set
    logo: str = ""  # logo and words are those of the set; pages.fill puts them in
    words: Words | None = None


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One line of the headline box."""

    label: str
    main: str
    detail: str
    mark: str  # a class of the style sheet: strong, plain


@dataclass(frozen=True, kw_only=True)
class SignatureField:
    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Cover:
    title: str
    system: str
    version: str
    also_known_as: str
    organisation: str
    facts: tuple[Pair, ...]
    illustration: str
    headlines: tuple[Headline, ...]
    signatures: tuple[SignatureField, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    heading: Heading
    by_assessor: str
    outcome: str
    outcome_reasons: tuple[str, ...]
    stops_fired: tuple[Point, ...]
    stops_unresolved: str
    stops_line: str
    alerts: tuple[str, ...]
    findings_line: str
    findings: tuple[Point, ...]
    findings_left_out: str
    review_signs: tuple[str, ...]
    contradicted: tuple[Point, ...]
    flags_fired: tuple[Point, ...]
    flags_unresolved: str
    not_done: tuple[str, ...]
    decision_maker: str


@dataclass(frozen=True, kw_only=True)
class FindingCard:
    anchor: str
    id: str
    title: str
    verdict: str
    meaning: str
    severity: str
    sentence: str
    numbers: Table
    caveats: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    heading: Heading
    question: str
    pool: str
    lead: str
    shared_caveats: tuple[str, ...]
    cards: tuple[FindingCard, ...]
    others: Table | None
    exploratory: Table | None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One rate: its chart, the same numbers in a table, and the comparisons."""

    anchor: str
    title: str
    definition: str
    without_value: str
    charts: tuple[Figure, ...]
    table: Table | None
    comparisons: Table | None


@dataclass(frozen=True, kw_only=True)
class Rates:
    heading: Heading
    people: str
    groups: Table | None
    coverage: Table | None
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    heading: Heading
    why: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, kw_only=True)
class Identification:
    heading: Heading
    exposure: str
    quantities: Table
    shares: Table | None
    break_even: str
    not_identified: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Topic:
    heading: Heading
    paragraphs: tuple[str, ...]
    figures: tuple[Figure, ...] = field(default=())
    tables: tuple[Table, ...]


@dataclass(frozen=True, kw_only=True)
class Standard:
    heading: Heading
    title: str
    jurisdiction: str
    caveats: tuple[str, ...]
    sources: tuple[str, ...]
    screens: Table | None


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    heading: Heading
    status: str
    table: Table | None
    not_compared: Table | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    heading: Heading
    not_done: tuple[str, ...]
    not_computed: Table | None
    checks: tuple[Pair, ...]
    caveats: tuple[str, ...]
    unanswered: tuple[Pair, ...]
    undrawn: str


@dataclass(frozen=True, kw_only=True)
class AnsweredQuestion:
    anchor: str
    id: str
    text: str
    state: str
    asked: str  # "answered", "open" or "other": a class of the style sheet
    bar: str  # why, and with which digest, the answer is withheld; empty where it is shown
    labels: tuple[str, ...]
    rows: Table | None
    note: str
    lines: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True)
class AnsweredSection:
    heading: Heading
    state: str
    questions: tuple[AnsweredQuestion, ...]
    hidden: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    heading: Heading
    pack: str
    sections: tuple[AnsweredSection, ...]


@dataclass(frozen=True, kw_only=True)
class Law:
    heading: Heading
    as_at: str
    table: Table


@dataclass(frozen=True, kw_only=True)
class Method:
    heading: Heading
    scored: bool
    claims: str
    audited: bool
    plan: tuple[Pair, ...]
    registered: str
    margin: str
    verdicts: Table | None
    severity: str
    intervals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    heading: Heading
    table: Table | None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    heading: Heading
    inputs: Table | None
    changes: tuple[str, ...]
    versions: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True)
class Verifying:
    heading: Heading
    digests: tuple[Pair, ...]
    attachments: tuple[Pair, ...]
    practice: bool
    changes: tuple[str, ...] = ()  # where the document has no annex of inputs that lists them
    public: bool = False  # parts are withheld
    sealed: bool = False  # a root over all parts of the full record is stated


@dataclass(frozen=True, kw_only=True)
class Contents:
    heading: Heading
    inner: tuple[Heading, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything that a template may use."""

    medium: str  # "pdf" or "html"
    frame: Frame
    cover: Cover
    contents: tuple[Contents, ...]
    summary: Summary
    withheld: Withheld | None
    barred: tuple[BarredSection, ...]
    short_form: ShortForm | None
    levels: Levels | None
    stops: Stops | None
    change: Change | None
    claims: Claims | None
    enquiries: Enquiries | None
    promises: Promises | None
    findings: Findings | None
    rates: Rates | None
    bounds: Bounds | None
    identification: Identification | None
    topics: tuple[Topic, ...]
    standard: Standard | None
    second_opinion: SecondOpinion | None
    limits: Limits
    answers: Answers | None
    law: Law | None
    method: Method
    evidence: Evidence
    provenance: Provenance
    verifying: Verifying


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """Everything that the template of a document other than the general assessment may use."""

    medium: str
    kind: str  # “Public summary”
    frame: Frame
    cover: Cover
    caution: str
    not_done: tuple[str, ...]
    undrawn: str
    reading_age: str
    withheld: Withheld | None
    public: PublicSummary | None
    decision: DecisionForm | None
    composed: Composed | None
    targets: tuple[str, ...]  # anchors of the annexes that a line may point to
    cited: CitedFindings | None
    answers: Answers | None
    evidence: Evidence | None
    provenance: Provenance | None
    verifying: Verifying
