"""Searches of a watch list by group: false and missed identifications, ranks, failures, and how unequal they are.

In: a plan and the aggregate ``searches``. Out: rows for ``tables.searches``, ``search_gaps``, ``search_ranks``,
``search_inequality`` and ``search_lists``. Rates have exact intervals, because false identifications are rare. Refuses
to scale a rate to another list or threshold: both are those of the data.
Personal data: none; counts of searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.levels import EVERYBODY, Group, Grouping, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.statistics.identification_rates import inequality, rank_rates, search_rates, selectivity
from impact.metrics.statistics.intervals import clopper_pearson, koopman, newcombe
from impact.metrics.statistics.measure import Measure, undefined
from impact.metrics.tables.search_counts import BANDS, SearchCounts, Searches, band_label

if TYPE_CHECKING:
    from impact.metrics.tables.search_counts import Chosen

__all__ = ["TABLES", "search_tables"]

TABLES = ("searches", "search_gaps", "search_ranks", "search_inequality", "search_lists")
_RATES = ("fpir", "fnir", "failed")
_LEAST = 30  # searches below which 3/n is too rough to be printed


@dataclass(frozen=True)
class _Side:
    """A group's searches, with those of others known not to share the characteristic and of the reference group."""

    group: Group
    own: Searches
    unknown: bool
    others: tuple[tuple[dict[str, Any], Searches], ...]


def search_tables(inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """Tables of searches; none where the plan has no ``searches`` or their counts were not handed over.

    Returns:
        ``searches``: for everybody and each group the counts, FPIR, FNIR, TPIR, failures, selectivity and the mean
        length of the list. ``search_gaps``: difference and ratio of each error rate against others, and for FPIR the
        share of searches at which the rates would be equal. ``search_ranks``: share of mated searches whose mate is
        among the first k. ``search_inequality``: summaries over the groups of a characteristic. ``search_lists``: FPIR
        by length of the list.

    Raises:
        MetricError: D91, when the searches are not those of the cells.
    """
    plan, table = inputs.plan, inputs.aggregates.get("searches")
    if plan.searches is None or table is None:
        return {}
    counts = SearchCounts(table)
    _require_same(inputs, counts)
    level, ranked = 1 - plan.rules.alpha, plan.searches.rank is not None
    sides = list(_sides(inputs, counts, plan.searches.at_rank))
    asked = [rate for rate in _RATES if _has(inputs, rate)]
    return {
        "searches": [_row(inputs, side, level) for side in sides],
        "search_gaps": [
            _gap(side, comparator, other, rate, level)
            for side in sides
            if not side.unknown
            for comparator, other in side.others
            for rate in asked
        ],
        "search_ranks": list(_ranks(inputs, sides, level)) if ranked else [],
        "search_inequality": [
            _inequality(part, sides, rate, level)
            for part in inputs.parts
            if len(part.keys) == 1 and not part.too_many
            for rate in asked
        ],
        "search_lists": list(_lists(inputs, counts, level)),
    }


def _has(inputs: Inputs, rate: str) -> bool:
    searches = inputs.plan.searches
    assert searches is not None
    return {"fpir": True, "fnir": searches.rank is not None, "failed": searches.failed is not None}[rate]


def _require_same(inputs: Inputs, counts: SearchCounts) -> None:
    """The searches of each combination of groups are as many as its rows."""
    keys = inputs.cells.groups
    sound = list(counts.table.keys)[: len(keys)] == list(keys)
    if sound:
        found: dict[tuple[str, ...], int] = {}
        columns = [counts.table.keys[key].tolist() for key in keys]
        levels = zip(*columns, strict=True) if columns else iter([()] * len(counts.table))
        for group, n in zip(levels, counts.table.measures["n"].tolist(), strict=True):
            found[group] = found.get(group, 0) + n
        wanted: dict[tuple[str, ...], int] = {}
        for cell in inputs.cells:
            wanted[cell.group] = wanted.get(cell.group, 0) + cell.n
        sound = {k: n for k, n in found.items() if n} == {k: n for k, n in wanted.items() if n}
    if not sound:
        what = "the searches are not those of the cells"
        raise MetricError(Fault("searches", what, "", "Take the files that impact wrote together", "D91"))


def _sides(inputs: Inputs, counts: SearchCounts, at_rank: int) -> Iterator[_Side]:
    def of(chosen: Chosen) -> Searches:
        return counts.of(chosen, at_rank=at_rank)

    yield _Side(EVERYBODY, of(counts.everybody()), False, ())
    for part in inputs.parts:
        if part.too_many:
            continue
        for group in part.groups():
            own = of(_belongs(counts, part.people(group).keys, part.people(group).values))
            if part.is_unknown(group):
                yield _Side(group, own, True, ())
                continue
            others: list[tuple[dict[str, Any], Searches]] = []
            people = part.other_people(group)
            others.append(({"kind": "not_sharing"}, of(_belongs(counts, people.keys, people.values))))
            named = inputs.plan.comparator.also.get(part.keys[0]) if len(part.keys) == 1 else None
            if named is not None and named != group[0][1]:
                reference = of(_belongs(counts, part.keys, frozenset({(named,)})))
                others.append(({"kind": "reference", "value": named}, reference))
            yield _Side(group, own, False, tuple(others))


def _belongs(counts: SearchCounts, keys: tuple[str, ...], values: frozenset[tuple[str, ...]]) -> Chosen:
    import numpy as np

    chosen: Chosen = np.zeros(len(counts.table), dtype=bool)
    for one in values:
        here = counts.everybody()
        for key, value in zip(keys, one, strict=True):
            here &= counts.table.keys[key] == value
        chosen |= here
    return chosen


def _counts_of(own: Searches, rate: str) -> tuple[int, int]:
    """Numerator and denominator."""
    return {
        "fpir": (own.false_positive, own.non_mated),
        "fnir": (own.mated - own.found, own.mated),
        "failed": (own.failed, own.failed_known),
    }[rate]


def _share(k: int, n: int, found: Measure) -> dict[str, Any]:
    return {"k": k, "n": n, **found.to_json()}


def _exact(k: int, n: int, level: float) -> dict[str, Any]:
    found = clopper_pearson(k, n, level=level)
    if found is None:
        return _share(k, n, undefined("not_searched", level=level))
    return _share(k, n, Measure(k / n, found.low, found.high, level, "clopper_pearson"))


def _row(inputs: Inputs, side: _Side, level: float) -> dict[str, Any]:
    own = side.own
    rates = search_rates(
        non_mated=own.non_mated,
        false_positive=own.false_positive,
        mated=own.mated,
        missed=own.mated - own.found,
        level=level,
    )
    unranked = undefined("not_counted", level=level)
    missed = own.mated - own.found
    ranked, may_fail = _has(inputs, "fnir"), _has(inputs, "failed")
    spread = selectivity(own.non_mated, own.candidates, own.squares, level=level)
    searched = own.attempts - own.failed
    return {
        "group": group_json(side.group),
        "unknown": side.unknown,
        "attempts": own.attempts,
        "searched": searched,
        "unknown_mated": own.unknown_mated,
        "no_result": own.no_result,
        "failed": _exact(own.failed, own.failed_known, level) if may_fail else None,
        "fpir": _share(own.false_positive, own.non_mated, rates.fpir),
        "rule_of_three": 3 / own.non_mated if own.non_mated >= _LEAST and not own.false_positive else None,
        "fnir": _share(missed, own.mated, rates.fnir if ranked else unranked),
        "tpir": _share(own.found, own.mated, rates.tpir if ranked else unranked),
        "missed_or_failed": _exact(missed + own.mated_failed, own.mated + own.mated_failed, level)
        if ranked and may_fail
        else None,
        "others_only": own.others_only if ranked else None,
        "nobody": own.nobody,
        "selectivity": {"candidates": own.candidates, "n": own.non_mated, **spread.to_json()},
        "list_mean": own.list_sum / own.listed if own.listed else None,
        "listed": own.listed,
    }


def _gap(side: _Side, comparator: dict[str, Any], other: Searches, rate: str, level: float) -> dict[str, Any]:
    k1, n1 = _counts_of(side.own, rate)
    k2, n2 = _counts_of(other, rate)
    gap, ratio = newcombe(k1, n1, k2, n2, level=level), koopman(k1, n1, k2, n2, level=level)
    if gap is None or ratio is None:
        difference = times = undefined("not_searched", level=level)
    else:
        high = float("inf") if ratio.high is None else ratio.high
        difference = Measure(k1 / n1 - k2 / n2, gap.low, gap.high, level, "newcombe")
        times = Measure((k1 / n1) / (k2 / n2) if k2 else None, ratio.low, high, level, "koopman", _zero(k2))
    even = None
    if rate == "fpir" and comparator["kind"] == "not_sharing":
        even = {"actual": n1 / (n1 + n2) if n1 + n2 else None, **_exact(k1, k1 + k2, level)}
    return {
        "group": group_json(side.group),
        "comparator": comparator,
        "rate": rate,
        "group_rate": _exact(k1, n1, level),
        "comparator_rate": _exact(k2, n2, level),
        "difference": difference.to_json(),
        "ratio": times.to_json(),
        "break_even": even,
        "role": "exploratory",
    }


def _zero(k: int) -> Any:
    return None if k else "comparator_zero"


_SHOWN = (1, 2, 3, 5, 10, 20, 50)


def _ranks(inputs: Inputs, sides: list[_Side], level: float) -> Iterator[dict[str, Any]]:
    searches = inputs.plan.searches
    assert searches is not None
    everybody = sides[0].own
    last = max((rank for rank, n in enumerate(everybody.ranks, 1) if n), default=1)
    # Beyond the last rank that occurs every rate stays what it was.
    shown = sorted({rank for rank in _SHOWN if rank <= last} | {last, searches.at_rank})
    for side in sides:
        found = rank_rates(side.own.ranks, side.own.mated, level=level)
        for rank in shown:
            k = sum(side.own.ranks[:rank])
            yield {"group": group_json(side.group), "rank": rank, **_share(k, side.own.mated, found[rank - 1])}


def _inequality(part: Grouping, sides: list[_Side], rate: str, level: float) -> dict[str, Any]:
    own = [side for side in sides if tuple(key for key, _ in side.group) == part.keys and not side.unknown]
    used = [(side, *_counts_of(side.own, rate)) for side in own if _counts_of(side.own, rate)[1]]
    found = inequality([k / n for _, k, n in used])
    rates = sorted(used, key=lambda each: (each[1] / each[2], each[0].group))
    ends = {"lowest": rates[0], "highest": rates[-1]} if rates else {}
    return {
        "characteristic": part.keys[0],
        "rate": rate,
        "groups": len(used),
        "left_out": [group_json(side.group) for side in own if not _counts_of(side.own, rate)[1]],
        **dict.fromkeys(("lowest", "highest")),
        **{name: {"group": group_json(side.group), **_exact(k, n, level)} for name, (side, k, n) in ends.items()},
        "largest_over_smallest": found.largest_over_smallest,
        "largest_over_geometric_mean": found.largest_over_geometric_mean,
        "largest_difference": found.largest_difference,
        "gini": found.gini,
        "reason": found.reason,
    }


def _lists(inputs: Inputs, counts: SearchCounts, level: float) -> Iterator[dict[str, Any]]:
    searches = inputs.plan.searches
    assert searches is not None
    if searches.list_size is None:
        return
    for band in counts.bands():
        own = counts.of(counts.table.keys["band"] == band, at_rank=searches.at_rank)
        known = band >= 0
        yield {
            "from": BANDS[band] if known else None,
            "label": band_label(band) if known else None,
            "attempts": own.attempts,
            "list_mean": own.list_sum / own.listed if own.listed else None,
            "fpir": _exact(own.false_positive, own.non_mated, level),
        }
