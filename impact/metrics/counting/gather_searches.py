"""Searches of a watch list: who was searched for and what came back, counted in a query of its own.

In: an opened table and a plan with ``searches``. Out: the aggregate ``searches``, and faults of its columns.
A query of its own because result, rank and length of the list would multiply the rows of every other table of counts.
Personal data: exists only inside the engine; a row of ``searches`` counts searches that share groups, result, rank of
the mate and the band of the list's length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding import UNMAPPED, Coded, Coder
from impact.metrics.counting.gather import too_many
from impact.metrics.counting.gather_clusters import sums_over_people
from impact.metrics.counting.table import Table, summed
from impact.metrics.counting.unmapped import faults_of_values
from impact.metrics.plans.plan import AuditPlan, Human, Outcome, Unit
from impact.metrics.plans.plan_searches import MAX_RANK, YesNo
from impact.metrics.tables.aggregates import Aggregate, AggregateName
from impact.metrics.tables.aggregates_file import MAX_ROWS
from impact.metrics.tables.checks import Check
from impact.metrics.tables.search_counts import BANDS, LATER, MEASURES, NOT_BACK, SearchCounts

__all__ = ["search_remarks", "search_table"]

_MOST = {"candidates": 1e6, "rank": 1e9, "list_size": 1e9}  # squares and sums of more would not fit
_WORDS = {"candidates": "number(s) of candidates", "rank": "rank(s)", "list_size": "length(s) of the list"}
_CLASH = {
    "clash_failed": ("“searches.failed”", "attempt(s) without a usable image have candidates or a rank"),
    "clash_rank": ("“searches.rank”", "rank(s) of a mate where the plan says that there is none on the list"),
}


def search_table(table: Table, plan: AuditPlan, *, outcomes: bool) -> tuple[dict[str, Aggregate], list[Fault]]:
    """Count the searches by groups, whether mated, failed, with candidates, rank of the mate and band of the list.

    Args:
        table: The opened table.
        plan: The plan.
        outcomes: Whether what is on the list may be read: a search says who was found.

    Returns:
        ``{"searches": table}``, with sums over people where the plan maps ids of persons, and empty where it has no
        searches; and what makes their columns unusable: values
        that the plan does not map (D31, D32, D83), numbers that are none (D67), records that contradict each other
        (D120).

    Raises:
        MetricError: D41, D64 or D67 for columns whose type cannot be read so; D62 too many rows.
    """
    import narwhals as nw

    if plan.searches is None or not outcomes:
        return {}, []
    coder = _SearchCoder(table, _bare(plan), outcomes)
    coded = coder.coded()
    frame = coded.frame.with_columns(*_derived(nw, coded, listed=plan.searches.list_size is not None))
    wrong = [name for name in coded.measures if name.startswith("wrong_")]
    keys = [*coded.groups, "mated", "failed", "hit", "place", "over", "band"]
    sums = [*_SUMS.values(), *_CLASH, *wrong]
    found = table.fetch_columns(summed(frame.group_by(*keys), sums).head(MAX_ROWS + 1), [*keys, *sums])
    if len(found["hit"]) > MAX_ROWS:
        raise too_many(table, "searches", "Map fewer groups")
    faults = list(_faults(table, plan, coder, coded, found, wrong))
    if faults:
        return {}, faults
    named: dict[str, Any] = {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    named |= {key: found[key] for key in ("mated", "failed", "hit")} | {"rank": found["place"]}
    named |= {key: found[key] for key in ("over", "band")}
    held = {"searches": Aggregate.of("searches", named, {key: found[_SUMS[key]] for key in MEASURES})}
    return held | _clusters(table, plan, replace(coded, frame=frame)), []


def _clusters(table: Table, plan: AuditPlan, coded: Coded) -> dict[str, Aggregate]:
    """Sums over people of the rates of searches, where the plan maps ids of persons."""
    searches = plan.searches
    assert searches is not None
    at_rank = searches.at_rank

    def flags(nw: Any, metric: str) -> tuple[Any, Any]:
        name, _, part = metric.partition(":")
        at_risk, counted = rate(nw, name)
        # How many people have such a search at all, and how many another one.
        return {"": at_risk, "yes": at_risk & counted, "no": at_risk & ~counted}[part], counted

    def rate(nw: Any, metric: str) -> tuple[Any, Any]:
        mated, failed, result = nw.col("mated"), nw.col("failed") == 1, nw.col("hit") >= 0
        found = (nw.col("over") == 1) & (nw.col("place") > NOT_BACK) & (nw.col("place") <= at_rank)
        if metric == "fpir":
            return (mated == 0) & ~failed & result, nw.col("hit") == 1
        if metric == "fnir":
            return (mated == 1) & ~failed & result, ~found
        if metric == "missed_or_failed":
            return (mated == 1) & (failed | result), failed | ~found
        return nw.col("failed") >= 0, failed

    rates = ["fpir"] + ["fnir"] * (searches.rank is not None) + ["failed"] * (searches.failed is not None)
    rates += ["missed_or_failed"] * (searches.rank is not None and searches.failed is not None)
    rates = [f"{name}{part}" for name in rates for part in ("", ":yes", ":no")]
    names: tuple[AggregateName, AggregateName] = ("search_clusters", "search_cluster_counts")
    return sums_over_people(table, plan, coded, coded.extra.clusters, rates, flags=flags, names=names)


_SUMS = dict(zip(MEASURES, ("people", "c1", "c2", "listed", "list_sum"), strict=True))


def _bare(plan: AuditPlan) -> AuditPlan:
    """The plan with what searches are counted by alone: mated as the outcome, failed as the human decision."""
    searches = plan.searches
    assert searches is not None
    weight = plan.columns.weight
    none = dict.fromkeys(("score", "reviewer", "review_seconds", "time", "version"))
    kept: dict[str, Any] = {"weight": weight if weight is not None and weight.kind == "frequency" else None}
    kept["outcome"] = Outcome(**_values(searches.mated), label="on the list")
    kept["human"] = Human(**_values(searches.failed)) if searches.failed is not None else None
    columns = plan.columns.model_copy(update=none | kept | {"also": {}})
    unit = Unit(row=plan.unit.row, person_id=plan.unit.person_id)
    return plan.model_copy(update={"columns": columns, "strata": {}, "unit": unit})


def _values(part: YesNo) -> dict[str, Any]:
    return {"name": part.name, "yes": part.yes, "no": part.no, "unknown_values": part.unknown_values}


class _SearchCoder(Coder):
    """Codes the numbers of a search as whole numbers, -1 where nothing is recorded."""

    def _selected(self) -> Any:
        searches = self.plan.searches
        assert searches is not None
        self.whole = {name: getattr(searches, name) for name in _MOST if getattr(searches, name) is not None}
        self.numbers |= self.whole
        return super()._selected()

    def coded(self) -> Coded:
        for role in self.whole:
            self.stage(f"whole_{role}", self._whole(role))
        return super().coded()

    def _whole(self, role: str) -> Any:
        nw, raw = self.nw, f"raw_{role}"
        if isinstance(self.schema[raw], nw.Unknown) and self._is_null(nw.col(raw)):
            return nw.lit(-1.0)  # a column without any value has no type: nobody on the list, so no rank
        read = self.number(role)
        if read is None:
            return nw.lit(-1.0)
        number, unread = read
        known = ~number.is_null() & ~number.is_nan()
        value = nw.when(known).then(number).otherwise(nw.lit(-1.0))
        least = 0.0 if role == "candidates" else 1.0
        usable = known & (value >= least) & (value <= _MOST[role]) & (value == value.round(0))
        self.measures[f"wrong_{role}"] = self.flag(unread | (known & ~usable))
        return nw.when(usable).then(value).otherwise(nw.lit(-1.0))


def _derived(nw: Any, coded: Coded, *, listed: bool) -> list[Any]:
    """Keys and sums of a search as expressions over what was coded."""

    def one(condition: Any) -> Any:
        return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))

    names = coded.frame.collect_schema().names()
    times = nw.col("n") if "n" in coded.measures else nw.lit(1)
    mated = nw.col("outcome")
    failed = nw.col("human") if "human" in coded.codes else nw.lit(0)
    back = nw.col("whole_candidates")
    rank = nw.col("whole_rank") if "whole_rank" in names else nw.lit(-1.0)
    size = nw.col("whole_list_size") if listed else nw.lit(-1.0)
    hit = nw.when(back > 0.0).then(nw.lit(1)).otherwise(nw.when(back == 0.0).then(nw.lit(0)).otherwise(nw.lit(-1)))
    last = nw.when(rank > float(MAX_RANK)).then(nw.lit(float(LATER))).otherwise(rank)
    place = nw.when(rank > 0.0).then(last).otherwise(nw.lit(float(NOT_BACK)))
    mine = (mated == 1) & (failed != 1)
    place = nw.when(mine).then(place).otherwise(nw.lit(-1.0)) if "whole_rank" in names else nw.lit(-1.0)
    band: Any = nw.lit(-1)
    for index, edge in enumerate(BANDS):
        band = nw.when(size >= float(edge)).then(nw.lit(index)).otherwise(band)
    kept = nw.when(back > 0.0).then(back).otherwise(nw.lit(0.0))
    length = nw.when(size > 0.0).then(size).otherwise(nw.lit(0.0))
    held = {
        "mated": mated,
        "failed": failed,
        "hit": hit,
        "place": place,
        # Candidates come in falling order of score, so the first so many are those at or above the threshold.
        "over": one(mine & (rank > 0.0) & (rank <= back)),
        "band": band,
        "people": times * 1,
        "c1": kept.cast(nw.Int64) * times,
        "c2": (kept * kept).cast(nw.Int64) * times,
        "listed": one(size > 0.0) * times,
        "list_sum": length.cast(nw.Int64) * times,
        "clash_failed": one((failed == 1) & ((back > 0.0) | (rank > 0.0))),
        "clash_rank": one((mated == 0) & (rank > 0.0)),
    }
    return [each.cast(nw.Int64).alias(name) for name, each in held.items()]


def _faults(
    table: Table, plan: AuditPlan, coder: _SearchCoder, coded: Coded, found: Mapping[str, Any], wrong: list[str]
) -> Iterator[Fault]:
    for role, key in (("outcome", "mated"), ("human", "failed")):
        if role in coded.codes and (found[key] == UNMAPPED).any():
            # An outcome column with the same values has been refused already, with the same words.
            outcome = plan.columns.outcome
            if key == "failed" or outcome is None or coder.roles[role] != outcome.name:
                yield from faults_of_values(table, coder.plan, coded, role)
    for name in wrong:
        number, role = int(found[name].sum()), name.removeprefix("wrong_")
        if number:
            least = 0 if role == "candidates" else 1
            text = f"“{coder.whole[role]}”: {number:,} {_WORDS[role]} that cannot be one".replace(
                "(s)", "" if number == 1 else "s"
            )
            wanted = f"whole numbers from {least} to {_MOST[role]:,.0f}"
            yield Fault(table.where, text, wanted, "Leave it empty where nothing is recorded", "D67")
    for name, (where, what) in _CLASH.items():
        number = int(found[name].sum())
        if number:
            text = f"{where}: {number:,} {what}".replace("(s)", "" if number == 1 else "s")
            yield Fault(table.where, text, "records that agree", "Correct the export: one of the two is wrong", "D120")


def search_remarks(plan: AuditPlan, aggregates: Mapping[str, Aggregate]) -> list[Check]:
    """Warnings about searches: none of people who are not listed (D73), searches that are in no rate (D121)."""
    if "searches" not in aggregates or plan.searches is None:
        return []
    counts = SearchCounts(aggregates["searches"])
    held, found = counts.of(counts.everybody(), at_rank=plan.searches.at_rank), []
    if held.attempts and not held.non_mated:
        found.append(
            Check(
                "D73",
                "warning",
                "Every search is for someone on the list: the rate of wrong matches cannot be computed.",
            )
        )
    if held.unknown_mated or held.no_result:
        found.append(
            Check(
                "D121",
                "warning",
                f"Of {held.attempts:,} searches {held.unknown_mated:,} do not say whether the person is on the list "
                f"and {held.no_result:,} have no number of candidates: they are in no rate of searches.",
            )
        )
    return found
