"""Reviewers as counts that point at none of them: bands of reviewers, and how far reviewers spread around a rate.

In: a coded table with a column that says who took the human decision. Out: the aggregates ``reviewers`` and
``reviewer_spread``. Refuses to let an id, the numbers of one reviewer, or a sum out of which they could be worked out,
leave this module (docs/adr/0015-reviewers.md).
Personal data: the numbers of single reviewers, without their ids, are in memory here while a table is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum, log10
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, MetricError
from impact.metrics.counting.coding import Coded
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan, unknown_levels
from impact.metrics.statistics.clusters import FEWEST
from impact.metrics.statistics.reviewers import places
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.reviewer_counts import LOG_UNIT, PAIR, SPREAD_UNIT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["reviewer_tables"]

_MOST = 1_000_000  # reviewers by level: more is no table of reviewers
_DIGITS = 3  # of a variance: enough for an interval, too few to solve for one reviewer's numbers
_LADDER = (1, 2, 5)  # bands of cases begin at 1, 2, 5, 10, 20, 50 …
_FLAGS = ("overall", "escalated", "reversed", "wrong_yes", "wrong_no", "right_yes", "right_no", "added")
_TIMES = ("log", "log_yes", "log_no")
_FLOOR = ("below", "below_yes", "below_no")


def reviewer_tables(table: Table, plan: AuditPlan, coded: Coded) -> dict[str, Aggregate]:
    """Both aggregates; none where the plan maps no reviewer or no human decision.

    ``reviewers``: how many there are; bands of cases with at least ``disclosure.min_cell`` reviewers each; and how many
    never departed or lie outside the limits, as a range in which a small number cannot be told from another.
    ``reviewer_spread``: for each rate and level the variance of the rate, and of its difference from those who do not
    share the level, to three digits; only where enough reviewers stand behind both sides. Cases without a reviewer
    count as those of one more, so that intervals err on the wide side.
    """
    if "reviewer" not in coded.extra.clusters or "human" not in coded.codes:
        return {}
    return _Reviewers(table, plan, coded).tables()


class _Reviewers:
    def __init__(self, table: Table, plan: AuditPlan, coded: Coded) -> None:
        import narwhals as nw

        self.nw, self.table, self.plan, self.coded = nw, table, plan, coded
        self.least = max(plan.disclosure.min_cell, FEWEST)
        self.metrics = [*(name for name in _FLAGS if "outcome" in coded.codes or name in _FLAGS[:3])]
        if coded.extra.timed:
            floor = plan.columns.review_seconds.floor if plan.columns.review_seconds else None
            self.metrics += [*_TIMES, *(_FLOOR if floor is not None else ())]
        self.sums = [f"{letter}_{name}" for name in self.metrics for letter in "mk"]
        who = nw.col("reviewer")
        frame = coded.frame.with_columns(
            nw.when(who.is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("nobody"),
            who.cast(nw.String).fill_null("").alias("who"),
            *self._measured(),
        )
        grouped = frame.group_by("who", "nobody", *coded.groups)
        self.held = table.kept(summed(grouped, self.sums), "held_reviews")

    def _measured(self) -> Iterator[Any]:
        nw, plan = self.nw, self.plan
        times = nw.col("n") if "n" in self.coded.measures else nw.lit(1)
        y, d, h = nw.col("outcome"), nw.col("decision"), nw.col("human")
        outcome = plan.columns.outcome
        known = y >= 0
        if outcome is not None and outcome.observed_when == "decision_yes":
            known = known & (d != 0)  # as analysis.as_declared: what is recorded after a no was never found out
        both, nought = (d >= 0) & (h >= 0), nw.lit(0)
        wrong_machine, wrong_person = (nw.when(one != y).then(nw.lit(1)).otherwise(nought) for one in (d, h))
        at_risk: dict[str, tuple[Any, Any]] = {
            "overall": (both, d != h),
            "escalated": (both & (d == 0), h == 1),
            "reversed": (both & (d == 1), h == 0),
            "wrong_yes": (both & known & (d == 1) & (y == 0), h == 1),
            "wrong_no": (both & known & (d == 0) & (y == 1), h == 0),
            "right_yes": (both & known & (d == 1) & (y == 1), h == 0),
            "right_no": (both & known & (d == 0) & (y == 0), h == 1),
        }
        if "log" in self.metrics:
            timed, seconds = nw.col("timed") == 1, nw.col("seconds")
            floor = plan.columns.review_seconds.floor if plan.columns.review_seconds else None
            short = seconds < float(floor.seconds) if floor is not None else timed
            for name, side in (("below", timed), ("below_yes", timed & (d == 1)), ("below_no", timed & (d == 0))):
                at_risk[name] = side, short
        for name in self.metrics:
            if name == "added":
                who, what = both & known, wrong_machine - wrong_person
            elif name.startswith("log"):
                who = at_risk["below" + name.removeprefix("log")][0]
                what = (nw.col("seconds").log() * float(LOG_UNIT) + 0.5).floor()
            else:
                who, counted = at_risk[name]
                what = nw.when(counted).then(nw.lit(1)).otherwise(nought)
            yield nw.when(who).then(times).otherwise(nought).cast(nw.Int64).alias(f"m_{name}")
            yield nw.when(who).then(what.cast(nw.Int64) * times).otherwise(nought).cast(nw.Int64).alias(f"k_{name}")

    def tables(self) -> dict[str, Aggregate]:
        everybody = self._fetched([], [])
        rows = list(self._spread("", "", everybody, None, None))
        for key, column in zip(self.plan.groups, self.coded.groups, strict=True):
            blank = sorted(unknown_levels(self.plan, key))
            total = summed(self.held.filter(~self.nw.col(column).is_in(blank)).group_by("who", "nobody"), self.sums)
            total = self.table.kept(total, f"total_{column}")
            own, known = self._fetched([column], [column], total), self._fetched([], [], frame=total)
            for level in sorted(set(own["level"].tolist())):
                here = {name: values[own["level"] == level] for name, values in own.items()}
                rows += self._spread(key, level, here, known if level not in blank else None, "all_")
        keys = ("metric", "grouping", "level")
        measures = ("reviewers", "spread", "either", "gap")
        spread = Aggregate.of(
            "reviewer_spread",
            {key: _texts([row[key] for row in rows]) for key in keys},
            {name: [row[name] for row in rows] for name in measures},
            {"unit": SPREAD_UNIT},
        )
        return {"reviewers": self._bands(everybody), "reviewer_spread": spread}

    def _fetched(
        self, by: list[str], level: list[str], total: Any = None, *, frame: Any = None
    ) -> dict[str, NDArray[Any]]:
        """Numbers by reviewer, and by level where asked: ids stay behind."""
        nw = self.nw
        query = frame if frame is not None else summed(self.held.group_by("who", "nobody", *by), self.sums)
        names = ["nobody", *by, *self.sums]
        if total is not None:
            named = {name: f"all_{name}" for name in self.sums}
            query = query.join(total.rename(named), on=["who", "nobody"], how="left")
            query = query.with_columns(*[nw.col(name).fill_null(0) for name in named.values()])
            names += list(named.values())
        found = self.table.fetch_columns(query.select(*names).head(_MOST + 1), names)
        if len(found["nobody"]) > _MOST:
            what, remedy = f"“reviewer” has more than {_MOST:,} values", "Map the column that names who decided"
            raise MetricError(Fault(self.table.where, what, "", remedy, "D62"))
        return found | ({"level": found.pop(by[0])} if level else {})

    def _spread(
        self, key: str, level: str, own: dict[str, Any], known: dict[str, Any] | None, prefix: str | None
    ) -> Iterator[dict[str, Any]]:
        for name in self.metrics:
            m, k = _measures(own, name)
            named = own["nobody"] == 0
            if int((named & (m > 0)).sum()) < self.least:
                continue
            row = {"metric": name, "grouping": key, "level": level, "either": 0, "gap": 0}
            count = int((m > 0).sum())  # a reviewer without a case of this kind is none of them
            row |= {"reviewers": count, "spread": _rounded(_variance(_part(k, m), count))}
            if known is not None and prefix is not None:
                total_m, total_k = _measures(known, name)
                all_m, all_k = _measures(own, name, prefix)
                # Reviewers behind the others: all of them, but for those who saw nobody else.
                others = int(((known["nobody"] == 0) & (total_m > 0)).sum()) - int(
                    (named & (m > 0) & (all_m == m)).sum()
                )
                if others >= self.least:
                    row["either"] = int((total_m > 0).sum())
                    row["gap"] = _rounded(_gap_variance(m, k, all_m, all_k, total_m, total_k))
            yield row
        if {"log_yes", "log_no"} <= set(self.metrics) and not key:
            yield from self._yes_no(own)

    def _yes_no(self, own: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Spread of the difference in log times between cases with a yes and with a no."""
        one, other = (_measures(own, f"log_{side}") for side in ("yes", "no"))
        named = own["nobody"] == 0
        if min(int((named & (m > 0)).sum()) for m, _ in (one, other)) < self.least:
            return
        parts = _part(one[1], one[0]) - _part(other[1], other[0])
        count = int(((one[0] > 0) | (other[0] > 0)).sum())
        gap = _rounded(_variance(parts, count))
        yield {"metric": PAIR, "grouping": "", "level": "", "reviewers": 0, "spread": 0, "either": count, "gap": gap}

    def _bands(self, everybody: dict[str, Any]) -> Aggregate:
        import numpy as np

        n = np.stack([everybody["m_escalated"], everybody["m_reversed"]], axis=1).astype(np.int64)
        k = np.stack([everybody["k_escalated"], everybody["k_reversed"]], axis=1).astype(np.int64)
        cases = n.sum(axis=1)
        chosen = (everybody["nobody"] == 0) & (cases > 0)
        unrecorded = int(cases[everybody["nobody"] == 1].sum())
        order = np.lexsort((*k[chosen].T, *n[chosen].T))
        n, k = n[chosen][order], k[chosen][order]
        cases, total = n.sum(axis=1), len(n)
        rows = [("all", -1, total, total)]
        about: dict[str, Any] = {"min_cell": self.least, "unrecorded": unrecorded, "overdispersion": None}
        if total >= self.least:
            rows += [("cases", start, many, many) for start, many in _banded(cases.tolist(), self.least)]
            found = places(n, k)
            place = np.array(found.place)
            if found.overdispersion is not None:
                about["overdispersion"] = float(f"{found.overdispersion:.2g}")
            counted = {"never": k.sum(axis=1) == 0, "below_95": place <= -1, "below_99_8": place <= -2}
            counted |= {"above_95": place >= 1, "above_99_8": place >= 2}
            base = self.plan.disclosure.base
            rows += [
                (name, -1, *_hidden(int(those.sum()), total, least=self.least, base=base))
                for name, those in counted.items()
            ]
        return Aggregate.of(
            "reviewers",
            {"about": _texts([row[0] for row in rows]), "from": np.array([row[1] for row in rows], dtype=np.int32)},
            {"least": [row[2] for row in rows], "most": [row[3] for row in rows], "of": [total] * len(rows)},
            about,
        )


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    import numpy as np

    return np.array(values, dtype=object)


def _measures(held: dict[str, Any], name: str, prefix: str = "") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cases at risk and what is counted of them, by reviewer; logarithms of seconds in their own unit."""
    import numpy as np

    m, k = (np.asarray(held[f"{prefix}{letter}_{name}"], dtype=np.float64) for letter in "mk")
    return m, k / LOG_UNIT if name.startswith("log") else k


def _part(k: NDArray[np.float64], m: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each reviewer adds to the error of a ratio k/m."""
    total = fsum(m)
    found: NDArray[np.float64] = (k - fsum(k) / total * m) / total if total else k * 0
    return found


def _variance(parts: NDArray[np.float64], count: int) -> float:
    """Sandwich variance over ``count`` reviewers with a case of this kind. Exact sums, whatever the order."""
    return fsum((parts * parts).tolist()) * count / (count - 1) if count > 1 else 0.0


def _gap_variance(m: Any, k: Any, all_m: Any, all_k: Any, total_m: Any, total_k: Any) -> float:
    """Variance of the rate here less that of the others, a reviewer being in both."""
    size, rest = fsum(m), fsum(total_m) - fsum(m)
    rate, other = fsum(k) / size, (fsum(total_k) - fsum(k)) / rest
    here = (k - rate * m) / size - (all_k - k - other * (all_m - m)) / rest
    without, instead = (all_k - other * all_m) / rest, (total_k - other * total_m) / rest
    squares = [*(here * here).tolist(), *(instead * instead).tolist(), *(-(without * without)).tolist()]
    count = int((total_m > 0).sum())
    return max(fsum(squares), 0.0) * count / (count - 1)


def _rounded(variance: float) -> int:
    """To three digits, in units of ``SPREAD_UNIT``."""
    if variance <= 0:
        return 0
    digits = _DIGITS - 1 - int(log10(variance) // 1)
    return max(round(round(variance, digits) * SPREAD_UNIT), 1)


def _banded(cases: Sequence[int], least: int) -> list[tuple[int, int]]:
    """Bands of cases from the ladder, each with at least ``least`` reviewers: start and how many.

    >>> _banded([1] * 3 + [7] * 9 + [300] * 11 + [4000], 10)
    [(1, 12), (200, 12)]
    """
    starts = [step * 10**power for power in range(16) for step in _LADDER]
    found: list[tuple[int, int]] = []
    start, held = None, 0
    for index, first in enumerate(starts[:-1]):
        here = sum(first <= each < starts[index + 1] for each in cases)
        if here and start is None:
            start = first
        held += here
        if start is not None and held >= least:
            found.append((start, held))
            start, held = None, 0
    if held and found:
        found[-1] = (found[-1][0], found[-1][1] + held)
    return found


def _hidden(count: int, total: int, *, least: int, base: int) -> tuple[int, int]:
    """A number of reviewers as a range: a small number, or all but a small number, is told from no other such.

    >>> [_hidden(k, 40, least=10, base=5) for k in (0, 3, 12, 35, 40)]
    [(0, 0), (1, 9), (10, 14), (31, 39), (40, 40)]
    """
    if count in (0, total):
        return count, count
    low, high = 1, total - 1
    if count < least:
        return low, min(least - 1, high)
    if total - count < least:
        return max(total - least + 1, low), high
    # Bands of `base` from `least` on, cut off where “all but a few” begins.
    start = least + (count - least) // base * base
    return start, min(start + base - 1, total - least)
