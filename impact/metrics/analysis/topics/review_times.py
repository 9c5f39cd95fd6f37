"""How long reviews took: quartiles, typical times, times below the declared floor, and ratios between groups.

In: a plan and the aggregate ``times``. Out: rows for ``tables.review_times`` and ``tables.review_curve``, and what
times say of oversight. A pure function of counts: a histogram, and sums of logarithms.
Personal data: none; counts of reviews by bin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impact.metrics.analysis.levels import EVERYBODY, Group, group_json
from impact.metrics.analysis.topics.inputs import Inputs
from impact.metrics.analysis.topics.reviewers import Sampling, logged
from impact.metrics.statistics.measure import Measure
from impact.metrics.statistics.review_times import TimeSums, time_ratio, typical_time
from impact.metrics.statistics.reviewers import gap_of_spread
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.reviewer_counts import PAIR
from impact.metrics.tables.time_counts import is_edge, quantile_range, time_edges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["time_rows", "time_signs"]

_SIDES: tuple[tuple[str, int | None], ...] = (("", None), ("_yes", 1), ("_no", 0))
_LARGEST_LOG = 300
_POINTS = 80  # of a curve: more would not be seen
# Which decision weighs on the person, so that it calls for the longer look; none where neither does.
_HEAVY = {"burden": 1, "identification": 1, "benefit": 0}


@dataclass(frozen=True)
class _Times:
    """Reviews of some people: by bin, and their sums."""

    bins: NDArray[np.int64]
    sums: TimeSums

    @property
    def n(self) -> int:
        return int(self.bins.sum())


class _Held:
    """The aggregate with its edges."""

    def __init__(self, table: Aggregate, cap: int) -> None:
        import numpy as np

        self.table, self.edges = table, time_edges(cap)
        self._units = [float(unit) for unit in table.about["units"]]
        if min(self._units) <= 0:
            raise ValueError("review times without units")
        self._bins = np.clip(table.keys["bin"], 0, len(self.edges) - 2)

    def of(self, chosen: NDArray[np.bool_]) -> _Times:
        import numpy as np

        measures = self.table.measures
        bins = np.zeros(len(self.edges) - 1, dtype=np.int64)
        np.add.at(bins, self._bins[chosen], measures["n"][chosen])
        t1, _, l1, l2 = (
            int(measures[name][chosen].sum()) / unit
            for name, unit in zip(("t1", "t2", "l1", "l2"), self._units, strict=True)
        )
        if abs(l1) > _LARGEST_LOG * bins.sum():  # the table may be somebody else's
            raise ValueError("review times whose logarithms no times have")
        return _Times(bins, TimeSums(float(bins.sum()), t1, l1, l2))

    def grouped(self, key: str = "") -> NDArray[np.bool_]:
        """Rows about one characteristic; about everybody without one."""
        found: NDArray[np.bool_] = self.table.keys["grouping"] == key
        return found

    def decided(self, decision: int | None) -> NDArray[np.bool_]:
        import numpy as np

        every = np.ones(len(self.table), dtype=bool)
        found: NDArray[np.bool_] = every if decision is None else self.table.keys["decision"] == decision
        return found


def _held(inputs: Inputs) -> _Held | None:
    review, table = inputs.plan.columns.review_seconds, inputs.aggregates.get("times")
    return _Held(table, review.cap) if review is not None and table is not None else None


def time_rows(inputs: Inputs, sampling: Sampling) -> dict[str, list[dict[str, Any]]]:
    """Rows for everybody and each level of each characteristic, of all reviews and by the machine's decision.

    Args:
        inputs: The audit; empty lists where the plan maps no review seconds.
        sampling: How intervals are made.

    Returns:
        ``review_times``: reviews, quartiles as the seconds between which they lie, the share below the floor, the share
        in the last bin, the geometric mean, and its ratio to that of people who do not share the characteristic.
        ``review_curve``: for everybody, the share of reviews below each of at most 80 times.
    """
    held = _held(inputs)
    if held is None:
        return {"review_times": [], "review_curve": []}
    rows = []
    for group, own, others in _levels(inputs, held):
        for side, decision in _SIDES:
            chosen = held.decided(decision)
            here, rest = held.of(own & chosen), None if others is None else held.of(others & chosen)
            if decision is None or here.n:
                rows.append(_row(inputs, sampling, held, group, side, decision, here, rest))
    return {"review_times": rows, "review_curve": list(_curve(held))}


def _levels(inputs: Inputs, held: _Held) -> Iterator[tuple[Group, NDArray[np.bool_], NDArray[np.bool_] | None]]:
    import numpy as np

    yield EVERYBODY, held.grouped(), None
    for part in inputs.parts:
        if len(part.keys) != 1 or part.too_many:
            continue
        column, about = held.table.keys["level"], held.grouped(part.keys[0])
        known = about & ~np.isin(column.astype(str), sorted(part.unknown[0]))
        for group in part.groups():
            own = about & (column == group[0][1])
            yield group, own, None if part.is_unknown(group) else known & ~own


def _row(
    inputs: Inputs,
    sampling: Sampling,
    held: _Held,
    group: Group,
    side: str,
    decision: int | None,
    here: _Times,
    rest: _Times | None,
) -> dict[str, Any]:
    last = int(here.bins[-1])
    return {
        "group": group_json(group),
        "decision": decision,
        "n": here.n,
        "quartiles": {
            name: _seconds(quantile_range(here.bins, held.edges, share))
            for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
        },
        "below_floor": _below(inputs, sampling, held, group, side, here),
        "capped": {"k": last, "n": here.n, "value": last / here.n if here.n else None, "from": int(held.edges[-2])},
        "typical": _typical(sampling, group, side, here).to_json(),
        "ratio": None if rest is None else _ratio(sampling, group, side, here, rest),
    }


def _seconds(found: tuple[int, int] | None) -> dict[str, int | None]:
    return {"from": None, "to": None} if found is None else {"from": found[0], "to": found[1]}


def _below(
    inputs: Inputs, sampling: Sampling, held: _Held, group: Group, side: str, here: _Times
) -> dict[str, Any] | None:
    review = inputs.plan.columns.review_seconds
    if review is None or review.floor is None:
        return None
    floor = review.floor.seconds
    if not is_edge(floor) or floor > held.edges[-1]:  # a plan that came with a document has met no rules
        return {**Measure(None, reason="inside_bin").to_json(), "k": None, "n": here.n}
    k = int(here.bins[held.edges[1:] <= floor].sum())
    return sampling.share(f"below{side}", group, k, here.n)


def _typical(sampling: Sampling, group: Group, side: str, here: _Times) -> Measure:
    plain = typical_time(here.sums, level=sampling.level)
    if not sampling.clustered or plain.value is None:
        return plain
    return logged(sampling.mean(f"log{side}", group, here.sums.log1 / here.sums.n), "sandwich_log")


def _ratio(sampling: Sampling, group: Group, side: str, here: _Times, rest: _Times) -> dict[str, Any]:
    plain = time_ratio(here.sums, rest.sums, level=sampling.level)
    if sampling.clustered and plain.value is not None:
        plain = _between(sampling, f"log{side}", group, here, rest)
    return {**plain.to_json(), "others_n": rest.n}


def _between(sampling: Sampling, metric: str, group: Group, here: _Times, rest: _Times) -> Measure:
    """The ratio of two typical times that the same reviewers made."""
    gap = here.sums.log1 / here.sums.n - rest.sums.log1 / rest.sums.n
    spread = sampling.spread(metric, group)
    if not spread.either:
        return logged(Measure(gap, level=sampling.level, reason=sampling.lacking), "")
    found = gap_of_spread(gap, clusters=spread.either, variance=spread.gap, level=sampling.level)
    return logged(found, "sandwich_log")


def _curve(held: _Held) -> Iterator[dict[str, Any]]:
    """Cumulative shares of all reviews and by decision, at edges up to the longest review."""
    import numpy as np

    everybody = held.of(held.grouped())
    if not everybody.n:
        return
    last = int(np.flatnonzero(everybody.bins)[-1])
    # Edges at equal steps of the cumulative share: the curve is drawn where it rises.
    running = np.cumsum(everybody.bins)
    wanted = np.searchsorted(running, np.linspace(0, everybody.n, _POINTS)[1:])
    for at in sorted({0, *np.minimum(wanted, last).tolist()}):
        row: dict[str, Any] = {"below": int(held.edges[at + 1])}
        for side, decision in _SIDES:
            here = held.of(held.grouped() & held.decided(decision))
            row[f"share{side}"] = int(here.bins[: at + 1].sum()) / here.n if here.n else None
        yield row


def time_signs(inputs: Inputs, sampling: Sampling) -> Iterator[dict[str, Any]]:
    """Whether most reviews are below the floor, and whether the heavier decision is not looked at for longer."""
    held = _held(inputs)
    if held is None:
        return
    review = inputs.plan.columns.review_seconds
    everybody = held.of(held.grouped())
    if review is not None and review.floor is not None:
        share = _below(inputs, sampling, held, EVERYBODY, "", everybody)
        assert share is not None
        yield {"sign": "median_below_floor", "found": _beyond(share["ci"], 0.5), "limit": review.floor.seconds, **share}
    # The table counts each review once for everybody and once more for each characteristic.
    yes, no = (held.of(held.grouped() & held.decided(decision)) for decision in (1, 0))
    heavy = _HEAVY.get(inputs.plan.columns.decision.effect)
    if heavy is None:
        return
    found = time_ratio(yes.sums, no.sums, level=sampling.level)
    if sampling.clustered and found.value is not None:
        found = _between(sampling, PAIR, EVERYBODY, yes, no)
    ends = found.to_json()["ci"]
    longer = _beyond(ends, 1.0) if isinstance(ends, list) else None
    # The ratio is of yes to no; where a no weighs on the person, above 1 is the longer look at the lighter decision.
    not_longer = longer if longer is None or heavy == 0 else not longer
    yield {
        "sign": "no_longer_look",
        "found": not_longer,
        "limit": 1.0,
        "heavier": heavy,
        "yes_n": yes.n,
        "no_n": no.n,
        **found.to_json(),
    }


def _beyond(ends: Any, limit: float) -> bool | None:
    """Whether an interval lies above a limit (True), at or below it (False), or on both sides."""
    if ends is None:
        return None
    low, high = ends
    if low is not None and low > limit:
        return True
    return False if high is not None and high <= limit else None
