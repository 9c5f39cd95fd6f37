"""The audit plan: columns, burden or benefit, groups, margins, declared before outcomes are read.

In: ``audit.yaml``. Out: a frozen ``AuditPlan`` with its digest. Knows nothing of any table's content.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from impact.canonical import digest_of
from impact.metrics.plans.plan_also import Also
from impact.metrics.plans.plan_columns import (
    Band,
    Part,
    Population,
    Reviewer,
    ReviewSeconds,
    Score,
    Stratum,
    Time,
    Version,
    Weight,
)
from impact.metrics.plans.plan_further import Amount, Classes, PairedScore
from impact.metrics.plans.plan_searches import Searches
from impact.metrics.tables.cells import MISSING

__all__ = [
    "METRIC_KEYS",
    "AuditPlan",
    "Columns",
    "Comparator",
    "Decision",
    "Disclosure",
    "GroupColumn",
    "Human",
    "Identification",
    "Margin",
    "Outcome",
    "Overlap",
    "Rules",
    "Scorer",
    "Source",
    "Unit",
    "Value",
    "count_column",
    "unknown_levels",
]

Effect = Literal["burden", "benefit", "identification", "neither"]
MetricKey = Literal[
    "selection_rate", "base_rate", "tpr", "fpr", "fnr", "tnr", "ppv", "npv", "fdr", "for", "accuracy", "override_rate"
]
METRIC_KEYS: tuple[str, ...] = MetricKey.__args__  # type: ignore[attr-defined]  # Literal keeps its values there
StandardName = Literal["uk-equality-act", "eeoc-four-fifths", "nyc-ll144", "nist-frte", "none"]
Value = str | int | float | bool


class Source(Part):
    """Where the scorer's output stands and how to read it; ``path`` is relative to the plan and stays in its folder."""

    kind: Literal["csv", "parquet", "counts", "sqlite", "duckdb", "postgres", "spark"]
    path: str = ""  # of a file; postgres and spark have none
    count: str | None = None  # counts only: the column that says how many people a row stands for
    delimiter: str = ","
    encoding: str = "utf-8"
    table: str | None = None  # sqlite, duckdb, postgres and spark: the table or view to read
    query: str | None = None  # sqlite and duckdb: a SELECT, in place of a table
    url_env: str | None = None  # postgres only: the environment variable that holds the address, never the address
    null_values: tuple[str, ...] = ("",)  # texts that mean “nothing recorded”, in any mapped column


class Unit(Part):
    """What is counted, so that a report can say "people", "decisions" or "alerts" and mean it."""

    row: Annotated[str, Field(min_length=1)] = "person"  # what one row, or one counted unit, is
    person_id: str | None = None  # column of ids, where one person can have several rows; ids never leave the engine


class Decision(Part):
    """The decision (ŷ): a column with its yes and no values, or a threshold on a score."""

    effect: Effect
    label: Annotated[str, Field(min_length=1)]  # what a yes does, as a past participle: "flagged for investigation"
    name: str | None = None
    yes: tuple[Value, ...] = ()
    no: tuple[Value, ...] = ()
    unknown_values: tuple[Value, ...] = ()  # neither yes nor no (pending, void): counted as not known
    from_score: str | None = Field(default=None, alias="from")
    threshold: float | None = None
    rule: Literal[">=", ">"] = ">="
    irreversible: bool = False
    scorer: str | None = None  # who decides: its name where it is compared with others ("Supplier A")

    @property
    def column(self) -> str:
        """The column it is read from."""
        return str(self.name or self.from_score)


class Overlap(Part):
    """How many cases two scorers must both have decided, where fewer than usual are accepted, and why."""

    least: float  # share of the cases that at least one of them decided
    reason: Annotated[str, Field(min_length=1)]


class Scorer(Part):
    """Another scorer of the same rows, compared case by case with ``decision``; a yes has the same effect."""

    label: Annotated[str, Field(min_length=1)]  # its name: "Supplier B"
    name: str | None = None
    yes: tuple[Value, ...] = ()
    no: tuple[Value, ...] = ()
    unknown_values: tuple[Value, ...] = ()
    from_score: str | None = Field(default=None, alias="from")
    threshold: float | None = None
    rule: Literal[">=", ">"] = ">="
    overlap: Overlap | None = None
    score: PairedScore | None = None  # behind its decision, to be set against ``columns.score``

    @property
    def column(self) -> str:
        """The column it is read from."""
        return str(self.name or self.from_score)


class Outcome(Part):
    """What turned out (y). ``observed_when: decision_yes`` says that outcomes exist only for people with a yes."""

    name: str
    yes: tuple[Value, ...]
    no: tuple[Value, ...]
    unknown_values: tuple[Value, ...] = ()
    label: Annotated[str, Field(min_length=1)]  # as a past participle or state: "misconduct upheld"
    observed_when: Literal["always", "decision_yes"] = "always"
    recorded_by: str | None = None


class Human(Part):
    """The final human decision (h) on the same scale as the decision."""

    name: str
    yes: tuple[Value, ...]
    no: tuple[Value, ...]
    unknown_values: tuple[Value, ...] = ()
    label: str = "upheld by the reviewer"


class Columns(Part):
    """What each mapped column means; nothing else of the table is read."""

    decision: Decision
    outcome: Outcome | None = None
    human: Human | None = None
    also: dict[str, Scorer] = Field(default_factory=dict)
    score: Score | None = None
    weight: Weight | None = None
    reviewer: Reviewer | None = None
    review_seconds: ReviewSeconds | None = None
    time: Time | None = None
    version: Version | None = None
    band: Band | None = None
    amount: Amount | None = None
    classes: Classes | None = None

    def part(self, role: str) -> Any:
        """What a role means: ``decision``, ``outcome``, ``human``, ``band``, ``human_band``, ``class_predicted``,
        ``class_actual``, or ``also0`` … for the further scorers in order."""
        if role == "human_band" and self.band is not None:
            return self.band.of_human()
        if role in ("class_predicted", "class_actual") and self.classes is not None:
            return self.classes.of(role.removeprefix("class_"))
        number = role.removeprefix("also")
        return list(self.also.values())[int(number)] if number.isdecimal() else getattr(self, role)


class GroupColumn(Part):
    """A characteristic. People whose value is missing or unknown form their own level, outside the complement."""

    name: str
    label: str | None = None  # how reports name the characteristic; the key by default
    unknown_values: tuple[str, ...] = ()
    values: tuple[str, ...] = ()  # levels that must be shown even with nobody in them, in this order


class Comparator(Part):
    """Whom a group is compared with: those known not to share it, and where named one reference group as well."""

    default: Literal["not_sharing"] = "not_sharing"
    also: dict[str, str] = Field(default_factory=dict)  # group key -> named reference group


class Margin(Part):
    """A material disparity, declared beforehand with a reason; there is no default."""

    kind: Literal["ratio", "difference"]
    value: float
    reason: Annotated[str, Field(min_length=1)]


class Rules(Part):
    """What is claimed about, and how sure one must be: ``primary`` metrics share one family of comparisons."""

    primary: tuple[MetricKey, ...]
    standard: StandardName = "uk-equality-act"
    margin: Margin | None = None
    alpha: float = 0.05
    thresholds: tuple[float, ...] = ()  # scores at which figures are shown; each is an edge of a bin
    also: Also | None = None  # further figures, exploratory


class Identification(Part):
    """A denominators sheet for alerts: per unit seen, per alert, share by group, break-even exposure."""

    exposure: Annotated[str, Field(min_length=1)]  # what one counted unit is, in the plural: "faces seen"
    alert: Annotated[str, Field(min_length=1)] = "alerts"
    group: str | None = None  # group key whose share of false alerts is shown


class Disclosure(Part):
    """Counts below ``min_cell`` are hidden and the others rounded to ``base`` in whatever is published."""

    min_cell: Annotated[int, Field(ge=1)] = 10
    base: Annotated[int, Field(ge=1)] = 5


_LATER = (
    ("columns", "version", "order"),
    ("source", "table"),
    ("source", "query"),
    ("source", "url_env"),
    ("unit", "person_id"),
    ("columns", "review_seconds", "floor"),
    ("columns", "decision", "scorer"),
    *(("columns", name) for name in ("also", "score", "weight", "reviewer", "review_seconds", "time", "version")),
    *(("columns", name) for name in ("band", "amount", "classes")),
    ("plan", "thresholds"),
    *(("plan", "also", name) for name in Also.model_fields),
    ("plan", "also"),
    ("strata",),
    ("population",),
    ("searches",),
)


class AuditPlan(Part):
    """Everything that is declared before outcomes are read.

    ``digest`` is that of the canonical form, so comments and key order in the file do not change it.
    """

    version: Literal[1]
    title: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    pool: Annotated[str, Field(min_length=1)]  # who could have been affected: the legal comparison pool
    source: Source
    columns: Columns
    groups: dict[str, GroupColumn]
    rules: Rules = Field(alias="plan")
    unit: Unit = Unit()
    intersections: tuple[tuple[str, ...], ...] = ()
    strata: dict[str, Stratum] = Field(default_factory=dict)
    comparator: Comparator = Comparator()
    identification: Identification | None = None
    population: Population | None = None
    searches: Searches | None = None
    disclosure: Disclosure = Disclosure()

    def to_json(self) -> dict[str, Any]:
        """The plan as plain data, defaults written out, keys as in the file.

        Keys that came after the first release are left out where the plan does not use them, so that a plan registered
        before they existed is still the plan that was registered.
        """
        data = self.model_dump(mode="json", by_alias=True)
        for scorer in data["columns"]["also"].values():
            if scorer["score"] is None:
                del scorer["score"]
        for *path, key in _LATER:
            part: Any = data
            for each in path:
                part = part[each] or {}
            if not part.get(key, True):
                del part[key]
        if self.source.kind in ("postgres", "spark"):
            del data["source"]["path"]
        return data

    @cached_property
    def digest(self) -> str:
        return digest_of(self.to_json())


def count_column(plan: AuditPlan) -> str | None:
    """The column that says how many people a row stands for: of counts, or a frequency weight."""
    weight = plan.columns.weight
    return weight.name if weight is not None and weight.kind == "frequency" else plan.source.count


def unknown_levels(plan: AuditPlan, key: str) -> frozenset[str]:
    """Levels of a group column at which a person's group is not known: they are shown, but are in no complement.

    Args:
        plan: The audit plan.
        key: A key of ``plan.groups``.

    Returns:
        ``MISSING`` and the column's ``unknown_values``, each of which keeps a level of its own.
    """
    return frozenset((MISSING, *plan.groups[key].unknown_values))
