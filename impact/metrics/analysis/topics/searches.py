"""Searches of a watch list by group: false and missed identifications, ranks, failures, and how unequal they are.

In: a plan and the aggregate ``searches``. Out: rows for ``tables.searches``, ``search_gaps``, ``search_ranks``,
``search_inequality`` and ``search_lists``. Rates have exact intervals, because false identifications are rare. Refuses
to scale a rate to another list or threshold: both are those of the data.
Personal data: none; counts of searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.analysis.levels import ALL_PEOPLE, EVERYBODY, Group, Grouping, People, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.search_sampling import Sampling
from impact.metrics.statistics.identification_rates import inequality, rank_rates, selectivity
from impact.metrics.statistics.measure import undefined
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
    people: People
    own: Searches
    unknown: bool
    others: tuple[tuple[dict[str, Any], People, Searches], ...]


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
    sampling, ranked = Sampling(inputs), plan.searches.rank is not None
    sides = list(_sides(inputs, counts, plan.searches.at_rank))
    asked = [rate for rate in _RATES if _has(inputs, rate)]
    return {
        "searches": [_row(inputs, side, sampling) for side in sides],
        "search_gaps": [
            _gap(side, comparator, people, other, rate, sampling)
            for side in sides
            if not side.unknown
            for comparator, people, other in side.others
            for rate in asked
        ],
        "search_ranks": list(_ranks(inputs, sides, sampling)) if ranked else [],
        "search_inequality": [
            _inequality(part, sides, rate, sampling)
            for part in inputs.parts
            if len(part.keys) == 1 and not part.too_many
            for rate in asked
        ],
        "search_lists": list(_lists(inputs, counts, sampling)),
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
    chooser = _Chooser(counts)

    def of(people: People) -> Searches:
        return counts.of(chooser.of(people), at_rank=at_rank)

    yield _Side(EVERYBODY, ALL_PEOPLE, of(ALL_PEOPLE), False, ())
    for part in inputs.parts:
        if part.too_many:
            continue
        for group in part.groups():
            people = part.people(group)
            if part.is_unknown(group):
                yield _Side(group, people, of(people), True, ())
                continue
            against: list[tuple[dict[str, Any], People]] = [({"kind": "not_sharing"}, part.other_people(group))]
            named = inputs.plan.comparator.also.get(part.keys[0]) if len(part.keys) == 1 else None
            if named is not None and named != group[0][1]:
                against.append(({"kind": "reference", "value": named}, People(part.keys, frozenset({(named,)}))))
            yield _Side(group, people, of(people), False, tuple((how, each, of(each)) for how, each in against))


class _Chooser:
    """Which rows of the table belong to a set of people; the values of each characteristic are looked up once."""

    def __init__(self, counts: SearchCounts) -> None:
        self._counts = counts
        self._held: dict[tuple[str, ...], tuple[dict[tuple[str, ...], int], Any]] = {}

    def of(self, people: People) -> Chosen:
        import numpy as np

        if people.keys not in self._held:
            columns = [self._counts.table.keys[key].tolist() for key in people.keys]
            rows = list(zip(*columns, strict=True)) if columns else [()] * len(self._counts.table)
            places = {values: place for place, values in enumerate(dict.fromkeys(rows))}
            self._held[people.keys] = places, np.array([places[values] for values in rows], dtype=np.int64)
        places, codes = self._held[people.keys]
        inside = np.zeros(len(places) + 1, dtype=bool)
        inside[[places[values] for values in people.values if values in places]] = True
        chosen: Chosen = inside[codes]
        return chosen


def _counts_of(own: Searches, rate: str) -> tuple[int, int]:
    """Numerator and denominator."""
    return {
        "fpir": (own.false_positive, own.non_mated),
        "fnir": (own.mated - own.found, own.mated),
        "failed": (own.failed, own.failed_known),
    }[rate]


def _row(inputs: Inputs, side: _Side, sampling: Sampling) -> dict[str, Any]:
    own, people = side.own, side.people
    missed, ranked, may_fail = own.mated - own.found, _has(inputs, "fnir"), _has(inputs, "failed")
    unranked = {"k": None, "n": own.mated, **undefined("not_counted", level=sampling.level).to_json()}
    fnir = sampling.share("fnir", people, missed, own.mated) if ranked else unranked
    spread = selectivity(own.non_mated, own.candidates, own.squares, level=sampling.level)
    if sampling.clustered and spread.value is not None:
        spread = replace(spread, low=None, high=None, method="", reason="not_counted")
    return {
        "group": group_json(side.group),
        "unknown": side.unknown,
        "attempts": own.attempts,
        "searched": own.attempts - own.failed,
        "unknown_mated": own.unknown_mated,
        "no_result": own.no_result,
        "failed": sampling.share("failed", people, own.failed, own.failed_known) if may_fail else None,
        "fpir": sampling.share("fpir", people, own.false_positive, own.non_mated),
        "rule_of_three": _three(own, sampling),
        "fnir": fnir,
        "tpir": _mirror(fnir) if ranked else unranked,
        "missed_or_failed": sampling.share(
            "missed_or_failed", people, missed + own.mated_failed, own.mated + own.mated_failed
        )
        if ranked and may_fail
        else None,
        "others_only": own.others_only if ranked else None,
        "nobody": own.nobody,
        "selectivity": {"candidates": own.candidates, "n": own.non_mated, **spread.to_json()},
        "list_mean": own.list_sum / own.listed if own.listed else None,
        "listed": own.listed,
    }


def _three(own: Searches, sampling: Sampling) -> float | None:
    """3/n for independent searches without an error, from ``_LEAST`` on."""
    if sampling.clustered or own.false_positive or own.non_mated < _LEAST:
        return None
    return 3 / own.non_mated


def _mirror(part: dict[str, Any]) -> dict[str, Any]:
    """One minus a share."""
    if part["value"] is None:
        return dict(part)
    ends = part["ci"] and [1 - part["ci"][1], 1 - part["ci"][0]]
    return {**part, "k": part["n"] - part["k"], "value": 1 - part["value"], "ci": ends}


def _gap(
    side: _Side, comparator: dict[str, Any], people: People, other: Searches, rate: str, sampling: Sampling
) -> dict[str, Any]:
    one = (side.people, *_counts_of(side.own, rate))
    against = (people, *_counts_of(other, rate))
    difference, ratio = sampling.gap(rate, one, against)
    even = None
    if rate == "fpir" and comparator["kind"] == "not_sharing":
        searched = one[2] + against[2]
        even = {"actual": one[2] / searched if searched else None, **sampling.plain(one[1], one[1] + against[1])}
    return {
        "group": group_json(side.group),
        "comparator": comparator,
        "rate": rate,
        "group_rate": sampling.share(rate, *one),
        "comparator_rate": sampling.share(rate, *against),
        "difference": difference,
        "ratio": ratio,
        "break_even": even,
        "role": "exploratory",
    }


_SHOWN = (1, 2, 3, 5, 10, 20, 50)


def _ranks(inputs: Inputs, sides: list[_Side], sampling: Sampling) -> Iterator[dict[str, Any]]:
    searches = inputs.plan.searches
    assert searches is not None
    everybody = sides[0].own
    last = max((rank for rank, n in enumerate(everybody.ranks, 1) if n), default=1)
    # Beyond the last rank that occurs every rate stays what it was.
    shown = sorted({rank for rank in _SHOWN if rank <= last} | {last, searches.at_rank})
    for side in sides:
        found = rank_rates(side.own.ranks, side.own.mated, level=sampling.level)
        for rank in shown:
            one, k = found[rank - 1], sum(side.own.ranks[:rank])
            if sampling.clustered and one.value is not None:
                one = replace(one, low=None, high=None, method="", reason="not_counted")
            yield {"group": group_json(side.group), "rank": rank, "k": k, "n": side.own.mated, **one.to_json()}


def _inequality(part: Grouping, sides: list[_Side], rate: str, sampling: Sampling) -> dict[str, Any]:
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
        **{
            name: {"group": group_json(side.group), **sampling.share(rate, side.people, k, n)}
            for name, (side, k, n) in ends.items()
        },
        "largest_over_smallest": found.largest_over_smallest,
        "largest_over_geometric_mean": found.largest_over_geometric_mean,
        "largest_difference": found.largest_difference,
        "gini": found.gini,
        "reason": found.reason,
    }


def _lists(inputs: Inputs, counts: SearchCounts, sampling: Sampling) -> Iterator[dict[str, Any]]:
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
            "fpir": sampling.plain(own.false_positive, own.non_mated),
        }
