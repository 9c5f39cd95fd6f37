"""What a check is: what it needs, what it asks of the log, and how it rules on the answer.

In: nothing. Out: the frozen forms that pass between a pack, a log and a ruling. Every check is a ``Check``: the queries
give aggregates, and ``judge`` is a pure function of those aggregates and of what the answers claim, so that ``impact
verify`` can rule again from the record alone. Knows no SQL engine and no report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from impact.claims.contract import column_of

__all__ = [
    "Bins",
    "Check",
    "Claim",
    "Context",
    "Fit",
    "Found",
    "Guard",
    "Measured",
    "Query",
    "Row",
    "Stream",
    "Ruling",
    "Table",
    "Tally",
    "Verdict",
    "not_testable",
    "utc",
    "utc_text",
]

Verdict = Literal["supported", "contradicted", "not enough data", "not testable"]
Unit = Literal["share", "ratio", "difference", "count", "seconds", "minutes", "hours", "days", "per_1000", "number"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows at risk and hits among them.

    Attributes:
        shares: For each share the SQL condition of a hit, and of being at risk.
        by: A column whose values are counted apart; None for all rows together.
        cluster: A column whose rows are kept together; None where each row stands for itself.
        view: ``cases``, or another view, which is never counted together with others.
    """

    shares: tuple[tuple[str, str], ...]
    by: str | None = None
    cluster: str | None = None
    view: str = "cases"


@dataclass(frozen=True, slots=True)
class Bins:
    """SQL that is asked only to see what must be withheld of the bins of a baseline (bin_counts.py).

    Attributes:
        most: How many rows the person with most of them has (``most``); empty where each row is another person.
        people: ``bin`` and how many ``people`` are in it.
        groups: Characteristics -> ``by``, ``bin`` (null: in all of them and outside), ``g``, and how many rows ``n``.
        first: Name and query of a table to be kept beside the views before these are asked.
    """

    most: str
    people: str
    groups: Callable[[Sequence[str]], str]
    first: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Of whom the rows of a query count few, so that all checks together withhold what gives them away (guarding.py).

    Attributes:
        by: The characteristic whose groups are counted; empty where the rows name it themselves.
        form: What the rows look like: of ``groups.group_query`` (shares), bins of scores, areas of stand-ins, people by
            age, people with a disclosure, a single share, or bins of a baseline.
        shares: Name of a share -> SQL condition of a hit, and of being at risk.
        view: The view that is counted; conditions of different views have nothing to do with each other.
        bins: Of a baseline: how to see who is in which bin.
    """

    by: str
    form: Literal["shares", "bins", "areas", "ages", "disclosed", "single", "baseline"]
    shares: tuple[tuple[str, str, str], ...] = ()
    view: str = "cases"
    bins: Bins | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the log, answered by few rows.

    Attributes:
        name: Under which its rows are kept in the record.
        sql: Over the views ``log``, ``cases`` (the log with groups), ``people`` and the side files. Values must be
            numbers, text or booleans: see ``utc_text`` for times. Rows in a fixed order (``ORDER BY``).
        needs: Columns without which it is not asked: ``flag`` of the log, ``headcount.employed`` of a side file.
        tally: What it counts first, so that queries of several checks can be counted in one pass (tallies.py).
        over: The same SQL with ``tallies.BASE`` in the place of that count.
        guard: Set where its rows count people of a group.
    """

    name: str
    sql: str
    needs: tuple[str, ...] = ()
    tally: Tally | None = None
    over: str = ""
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted to a stated sample of rows, where no aggregate would do.

    The rows stay in the engine and in ``estimate``: what it gives is kept in the record under ``name``, as if it were
    the answer to a query, so that ``judge`` can rule again. The ruling says that the record alone cannot give it again.

    Attributes:
        name: Under which its rows are kept; not that of a query.
        sql: Gives the sample: see ``impact.metrics.logs.samples``.
        estimate: Frame with the rows of ``sql`` -> few rows of JSON scalars, with the size of the sample and the seed.
            In ``impact.metrics.logs``, where rows of people may be held.
        needs: Columns without which it is not made.
        guard: As of a query.
    """

    name: str
    sql: str
    estimate: Callable[[Any], Sequence[Row]]
    needs: tuple[str, ...] = ()
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One pass over the rows that answers queries of a check as SQL would, at less cost.

    Attributes:
        sql: The rows, as the pass wants them; in the order of the file.
        read: Batches of them -> query -> its row, or None where the pass cannot tell; then the queries are asked.
        size: Rows in a batch.
        answers: The queries that it answers.
    """

    sql: str
    read: Callable[[Iterable[Any]], Mapping[str, Row] | None]
    size: int
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What is there, before anything is asked.

    Attributes:
        columns: Table -> its columns.
        characteristics: Group columns that equality is tested over, those that are there.
        reference: Characteristic -> group that the others are compared with; where none is given, a group is compared
            with everybody known not to belong to it.
        as_at: The day that “now” means.
        parameters: Of this check: what the answers claim, and what claims.yaml or the pack declares.
        repeated: Whether a person has several rows, so that rows are not independent.
        alpha: Size of the tests; the intervals have level 1 - alpha.
    """

    columns: Mapping[str, frozenset[str]]
    characteristics: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    as_at: date = date.min
    parameters: Mapping[str, Any] = field(default_factory=dict)
    repeated: bool = False
    alpha: float = 0.05

    def missing(self, needs: Sequence[str]) -> tuple[str, ...]:
        """Those of the needed columns that are not there.

        >>> Context({"log": frozenset({"flag"}), "cases": frozenset({"flag"})}).missing(["flag", "ts_open"])
        ('ts_open',)
        """
        tables = {"log": self.columns.get("cases", frozenset())}
        split = ((name, *column_of(name)) for name in needs)
        return tuple(
            name
            for name, table, column in split
            if column not in tables.get(table, self.columns.get(table, frozenset()))
        )

    def has(self, *needs: str) -> bool:
        return not self.missing(needs)


@dataclass(frozen=True)
class Found:
    """The answers to a check's queries: name -> rows; a query that could not be asked has no entry."""

    answers: Mapping[str, Sequence[Row]]

    def rows(self, name: str) -> Sequence[Row] | None:
        return self.answers.get(name)

    def one(self, name: str) -> Row | None:
        rows = self.answers.get(name)
        return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that a ruling rests on, with its interval, or why there is none.

    Attributes:
        label: What it is, in words that stand alone.
        value: None where it is not estimable.
        unit: share (0 to 1), ratio, difference of shares, count, seconds to days, per_1000, number.
        low, high: Limits; None where there is no interval. ``high`` None with ``low`` given is open upwards.
        level: Of the interval, 0.95.
        method: Of the interval, as the audit names them; ``one_sided`` for the upper limit of a share with no event.
        count, of: Numerator and denominator, where it is a share.
        note: What must be said beside it.
    """

    label: str
    value: float | None
    unit: Unit = "share"
    low: float | None = None
    high: float | None = None
    level: float | None = None
    method: str | None = None
    count: float | None = None
    of: float | None = None
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        names = ("label", "value", "unit", "low", "high", "level", "method", "count", "of", "note")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Table:
    """A small table that a ruling shows: by group, by reviewer decile, by month. Cells are text, ready to print."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "columns": list(self.columns), "rows": [list(row) for row in self.rows]}


@dataclass(frozen=True)
class Ruling:
    """What the log says about one claim.

    Attributes:
        verdict: One of four words. Never *supported* where the data could not tell.
        sentence: What was found, for a councillor, with the numbers.
        measures: The numbers behind it.
        needed: What it would take, where the data could not tell: “about 780 people in each group”.
        cautions: What speaks against relying on the verdict; each a sentence.
        missing: Columns that were not there.
        tables: Small tables beside it.
        recomputable: False where a model was fitted to rows, so that the record alone cannot give the figure again.
    """

    verdict: Verdict
    sentence: str
    measures: tuple[Measured, ...] = ()
    needed: str | None = None
    cautions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    recomputable: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "sentence": self.sentence,
            "measures": [each.to_json() for each in self.measures],
            "needed": self.needed,
            "cautions": list(self.cautions),
            "missing": list(self.missing),
            "tables": [each.to_json() for each in self.tables],
            "recomputable": self.recomputable,
        }


@dataclass(frozen=True)
class Check:
    """One check of the catalogue.

    Attributes:
        id: CK-01 to CK-38, or an id of a pack's own.
        title: The claim as somebody would make it.
        needs: Columns without any of which the check is not testable; each entry is one column, or alternatives
            separated by ``|`` of which one must be there (``"outcome_label|seeded_test"``).
        queries: Context -> what to ask. A query whose own columns are missing is left out.
        judge: Context and answers -> ruling. Pure: no clock, no file.
        offending: SQL condition over ``cases`` that picks the cases that contradict the claim, for the people who may
            see them (``impact claims --cases``), or Context -> the condition where it depends on what is there; empty
            where there is no such list. See ``offending_in``.
        fits: Context -> models to fit to a sample of rows.
        stream: Context -> a pass that answers several queries at once, where there is one.
        adjust: Context and answers -> other checks whose *supported* may not stand, each with the reason (a sentence).
            Asked whether or not the answers make this check's own claim.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    queries: Callable[[Context], Sequence[Query]]
    judge: Callable[[Context, Found], Ruling]
    offending: str | Callable[[Context], str] = ""
    fits: Callable[[Context], Sequence[Fit]] | None = None
    stream: Callable[[Context], Stream | None] | None = None
    adjust: Callable[[Context, Found], Mapping[str, str]] | None = None

    def offending_in(self, context: Context) -> str:
        """The condition for the columns that are there."""
        return self.offending if isinstance(self.offending, str) else self.offending(context)

    def lacking(self, context: Context) -> tuple[str, ...]:
        """The needs that are not met."""
        return tuple(need for need in self.needs if not any(context.has(each) for each in need.split("|")))


@dataclass(frozen=True)
class Claim:
    """What the answers claim, as far as one check can test it.

    Attributes:
        check: Id of the check.
        made: True when the answers make the claim, False when they make no such claim, None when nobody answered.
        why: “F3 is answered “All five stated and checked””.
        questions: The answers that the check tests.
        parameters: Figures from the answers, the pack, and claims.yaml, by the names that the check knows.
    """

    check: str
    made: bool | None
    why: str
    questions: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def not_testable(why: str, *, missing: Sequence[str] = ()) -> Ruling:
    """The verdict where a column, a side file or a figure is not there."""
    return Ruling("not testable", why, missing=tuple(missing))


def utc(expression: str) -> str:
    """SQL: a time of each row as one in UTC without an offset.

    The engine's calendar of time zones takes several times as long, and is only needed for what is no point in time.

    >>> utc("ts_open")
    "CASE WHEN isfinite(ts_open) THEN make_timestamp(epoch_us(ts_open)) ELSE timezone('UTC', ts_open) END"
    """
    point = f"make_timestamp(epoch_us({expression}))"
    return f"CASE WHEN isfinite({expression}) THEN {point} ELSE timezone('UTC', {expression}) END"


def utc_text(expression: str) -> str:
    """SQL: a time as text, in UTC to the second.

    >>> utc_text("min(ts_open)")
    "strftime(timezone('UTC', min(ts_open)), '%Y-%m-%dT%H:%M:%SZ')"
    """
    return f"strftime(timezone('UTC', {expression}), '%Y-%m-%dT%H:%M:%SZ')"
