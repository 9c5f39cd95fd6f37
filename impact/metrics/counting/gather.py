"""The queries of one count: cells and scores in one where keys allow, then what needs keys of its own.

In: a coded table. Out: columns of counts, and the aggregates that the plan asks for.
Refuses to return rows of people: every query groups, and gives up beyond ``MAX_ROWS``. Knows no statistic.
Personal data: exists only inside the engine, while a query runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from impact.errors import Fault, MetricError
from impact.metrics.counting.coding import Coded
from impact.metrics.counting.coding_extra import WEIGHT_UNIT
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate, rolled
from impact.metrics.tables.aggregates_file import MAX_ROWS
from impact.metrics.tables.cells_file import MAX_CELLS
from impact.metrics.tables.score_counts import units
from impact.metrics.tables.score_scale import MAX_EXACT, UNIT, Scale, scale_of
from impact.metrics.tables.singles import singly

__all__ = ["Joint", "aggregates_of", "as_rows", "joint", "too_many"]

_CODES = ("outcome", "decision", "human")
_EXACT = float(1 << 53)  # floats add whole numbers without error as long as the sum stays below this
_FIRST = 20_000  # rows looked at before all scores are: more than MAX_EXACT different ones among them settle it


@dataclass(frozen=True)
class Joint:
    """The counts of the first query.

    Attributes:
        keys: Columns of keys: ``g0`` …, the codes, labels, and ``bin`` where ``scale`` is given.
        measures: Columns of whole numbers: ``rows`` and everything that is summed.
        scale: The scale of ``bin``; None where the first query has no bins.
        largest: The largest weight; 0 without weights.
    """

    keys: dict[str, Any]
    measures: dict[str, Any]
    scale: Scale | None
    largest: float

    @property
    def counts(self) -> Any:
        """How many people each row stands for."""
        return self.measures["n" if "n" in self.measures else "rows"]

    def cells(self, names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Keys and measures rolled up to the named keys."""
        return rolled({name: self.keys[name] for name in names}, self.measures)


def joint(table: Table, plan: AuditPlan, coded: Coded) -> Joint | None:
    """Run the first query; None when it gives more than can be handled.

    Args:
        table: The opened table.
        plan: The plan.
        coded: Its columns as codes.
    """
    keys = [*coded.groups, *coded.codes, *coded.extra.labels]
    scale = None
    if coded.extra.scored and not coded.extra.labels:
        scale = _scale(table, plan, coded)
    return _query(table, coded, keys, scale, first=True)


def _query(
    table: Table, coded: Coded, keys: list[str], scale: Scale | None, *, first: bool, wide: bool = False
) -> Joint | None:
    """One grouped query: everything that is summed in the first, only people and scores in a later one.

    Rows are grouped by the values as they are stored; what those mean is worked out for each combination that occurs.

    Args:
        table: The opened table.
        coded: Its columns as codes.
        keys: Coded columns to group by.
        scale: How scores are counted; None leaves them out.
        first: Whether everything is summed.
        wide: Sum scores as whole numbers. Slower, and needed only where a sum does not fit into a float exactly.
    """
    import narwhals as nw
    import numpy as np

    rows, weighted = coded.rows, first and coded.extra.weighted
    sums = list(coded.measures) if first else [name for name in coded.measures if name == "n"]
    sums += ["w", "w2"] if weighted else []
    extremes = ["largest"] if weighted else []
    stored = dict.fromkeys(coded.sources[key] for key in keys if key in coded.sources)
    stored |= dict.fromkeys(key for key in keys if key not in coded.sources)
    if first or scale is not None:
        stored |= dict.fromkeys(coded.states)
    codes = {name: each for name, each in coded.expressions.items() if name in keys}
    fractions: list[str] = []
    if scale is not None:
        rows, names, more = _with_bins(coded, rows, scale, wide=wide)
        stored |= dict.fromkeys(names[-1:])
        if "state" in more:
            del stored["state"]
        keys, codes = [*keys, *names], codes | more
        if scale.values is None:
            fractions, sums = ([], [*sums, "u1", "u2"]) if wide else (["u1", "u2"], sums)
    also = [nw.len().alias("rows"), *[nw.col("weight_value").max().alias(name) for name in extremes]]
    also += [nw.col(name).sum() for name in fractions]
    held = summed(rows.group_by(*stored), sums, *also)
    held = held.with_columns(*[each.alias(name) for name, each in codes.items()])
    if first:
        flags = {name: (each * nw.col("rows")).cast(nw.Int64) for name, each in coded.flags.items()}
        held = held.with_columns(*[each.alias(name) for name, each in flags.items()]) if flags else held
        sums += flags
    sums = ["rows", *sums]
    limit = MAX_ROWS if scale is not None else MAX_CELLS
    again = [*[nw.col(name).max() for name in extremes], *[nw.col(name).sum() for name in fractions]]
    found = table.fetch_columns(
        summed(held.group_by(*keys), sums, *again).head(limit + 1), [*keys, *sums, *extremes, *fractions]
    )
    if len(found["rows"]) > limit:
        return None
    if any(found[name].max(initial=0.0) >= _EXACT for name in fractions):
        return _query(table, coded, keys[: -len(names)], scale, first=first, wide=True)
    columns = {name: found[name] for name in keys}
    measures = {name: np.asarray(found[name], dtype=np.int64) for name in (*sums, *fractions)}
    if scale is not None:
        columns, measures = _binned(columns, measures, scale, "n" if "n" in sums else "rows")
    largest = float(found["largest"].max(initial=0.0)) if weighted else 0.0
    return Joint(columns, measures, scale, largest)


def _scale(table: Table, plan: AuditPlan, coded: Coded) -> Scale:
    """The plan's scale, with the exact values where there are few: a fact of the data, whatever their order."""
    import narwhals as nw

    scale = scale_of(plan, single=coded.extra.single)
    scores = coded.rows.filter(nw.col("scored") == 1).select("score_value")
    for part in (scores.head(_FIRST), scores):
        found = table.fetch(part.unique().head(MAX_EXACT + 1), ["score_value"])
        if len(found) > MAX_EXACT:
            return scale
    # polars drops an addition of zero, and so may still give the zero that has a sign.
    return replace(scale, values=tuple(sorted({float(value) + 0.0 for (value,) in found})))


def _with_bins(coded: Coded, rows: Any, scale: Scale, *, wide: bool) -> tuple[Any, list[str], dict[str, Any]]:
    """Rows with what scores are grouped by and summed as; the keys of scores; those that follow from ``state``."""
    import narwhals as nw

    scored = nw.when(nw.col("state") == 0).then(nw.lit(1)).otherwise(nw.lit(0))
    if scale.values is not None:
        return rows, ["scored", "score_value"], {"scored": scored}
    rows = scale.with_index(nw, rows, "score_value", "bin")
    # A score that is none stands at the low end of the range here, and so adds nothing to the sums.
    rows = rows.with_columns(part_=scale.part(nw.col("score_value")))
    part = nw.col("part_")
    one, two = ((each * float(UNIT) + 0.5).floor() for each in (part, part * part))
    if wide:
        one, two = one.cast(nw.Int64), two.cast(nw.Int64)
    if "n" in coded.measures:
        times = nw.col("n") if wide else nw.col("n").cast(nw.Float64)
        one, two = one * times, two * times
    place = nw.when(nw.col("inside")).then(nw.col("bin")).otherwise(coded.extra.reason.cast(nw.Float64))
    rows = rows.with_columns(place.alias("bin"), one.alias("u1"), two.alias("u2"))
    number = nw.when(nw.col("bin") < 0).then(nw.lit(-1)).otherwise(nw.col("bin").cast(nw.Int64))
    state = nw.when(nw.col("bin") < 0).then(nw.col("bin").cast(nw.Int64)).otherwise(nw.lit(0))
    return rows, ["bin"], {"bin": number, "state": state}


def _binned(
    columns: dict[str, Any], measures: dict[str, Any], scale: Scale, count: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keys with ``bin``, measures with s1 and s2, whichever way the scores were counted."""
    import numpy as np

    measures = dict(measures)
    if scale.values is None:
        measures["s1"], measures["s2"] = measures.pop("u1"), measures.pop("u2")
        return columns, measures
    scored, scores = columns.pop("scored") == 1, np.asarray(columns.pop("score_value"), dtype=float)
    columns["bin"] = np.where(scored, scale.index(scores), -1)
    for name, unit in zip(("s1", "s2"), units(scores, scale), strict=True):
        measures[name] = np.where(scored, unit, 0) * measures[count]
    return columns, measures


def aggregates_of(table: Table, plan: AuditPlan, coded: Coded, first: Joint) -> dict[str, Aggregate]:
    """Every aggregate that the plan asks for, in the order of the count contract.

    Args:
        table: The opened table.
        plan: The plan.
        coded: Its columns as codes.
        first: What :func:`joint` gave.

    Raises:
        MetricError: D62, when a table of counts has too many rows.
    """
    from impact.metrics.counting.gather_clusters import cluster_tables
    from impact.metrics.counting.gather_reviewers import reviewer_tables
    from impact.metrics.counting.gather_times import times_of

    found: dict[str, Aggregate] = {}
    if coded.extra.scored:
        scored = first
        if first.scale is None:
            scale = _scale(table, plan, coded)
            second = _query(table, coded, [*coded.groups, *coded.codes], scale, first=False)
            if second is None:
                raise too_many(table, "scores", "Give “columns.score.bins” fewer bins, or map fewer groups")
            scored = second
        assert scored.scale is not None
        measures = {"n": scored.counts, "s1": scored.measures["s1"], "s2": scored.measures["s2"]}
        keyed = _keys(plan, coded, scored, ("outcome", "decision")) | {"bin": scored.keys["bin"]}
        groups = {key: keyed.pop(key) for key in plan.groups}
        found["scores"] = singly("scores", groups, keyed, measures, scored.scale.about())
    if coded.extra.weighted:
        measures = {"n": first.counts, "w": first.measures["w"], "w2": first.measures["w2"]}
        about: dict[str, Any] = {"w_unit": WEIGHT_UNIT[0], "w2_unit": WEIGHT_UNIT[1]}
        found["weights"] = Aggregate.of("weights", _keys(plan, coded, first, _CODES), measures, about)
    found |= cluster_tables(table, plan, coded)
    found |= reviewer_tables(table, plan, coded)
    if coded.extra.timed:
        found["times"] = times_of(table, plan, coded)
    labels = coded.extra.labels
    when = [name for name in ("period", "version") if name in labels]
    counts = {"n": first.counts}
    if when:
        time = plan.columns.time
        keyed = _keys(plan, coded, first, _CODES) | {name: first.keys[name] for name in when}
        about = {"period": time.period} if time is not None else {}
        found["periods"] = Aggregate.of("periods", keyed, counts, about)
    if plan.strata:
        named = {key: first.keys[f"s{index}"] for index, key in enumerate(plan.strata)}
        about = {"roles": {key: stratum.role for key, stratum in plan.strata.items()}}
        found["strata"] = Aggregate.of("strata", _keys(plan, coded, first, _CODES) | named, counts, about)
    return found


def _keys(plan: AuditPlan, coded: Coded, held: Joint, codes: Sequence[str]) -> dict[str, Any]:
    """Group columns under the plan's names, and the codes; -1 throughout for one that the plan does not map."""
    import numpy as np

    keys: dict[str, Any] = {key: held.keys[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    blank = np.full(len(held.counts), -1)
    return keys | {code: held.keys.get(code, blank) for code in codes}


def too_many(table: Table, what: str, remedy: str) -> MetricError:
    """A table of counts that is nearly a table of people."""
    return MetricError(Fault(table.where, f"“{what}” has more than {MAX_ROWS:,} rows", "", remedy, "D62"))


def as_rows(keys: Mapping[str, Any], measures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Columns as one dictionary for each row, numbers as Python's."""
    columns = {name: column.tolist() for name, column in (*keys.items(), *measures.items())}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
