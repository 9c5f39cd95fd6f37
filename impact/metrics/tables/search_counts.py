"""Searches of a watch list as counts: the aggregate ``searches``, read.

In: the aggregate. Out: counts of the searches of any set of people. Knows no statistic.
Personal data: none; a row counts searches that share groups, result and length of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.errors import Fault, MetricError
from impact.metrics.plans.plan_searches import MAX_RANK
from impact.metrics.tables.aggregates import Aggregate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chosen = NDArray[np.bool_]

__all__ = ["BANDS", "KEYS", "LATER", "MEASURES", "NOT_BACK", "SearchCounts", "Searches", "band_label"]

KEYS = ("mated", "failed", "hit", "rank", "over", "band")
MEASURES = ("n", "c1", "c2", "listed", "list_sum")
NOT_BACK, LATER = 0, MAX_RANK + 1  # the mate did not come back at all; came back behind the last rank counted
# Lower edges of the bands that lengths of lists are counted in: 1, 2, 5, 10, 20, 50 … 500 million.
BANDS = tuple(step * 10**power for power in range(9) for step in (1, 2, 5))
_LIMITS = {"mated": (-1, 1), "failed": (-1, 1), "hit": (-1, 1), "rank": (-1, LATER), "over": (-1, 1)}


def band_label(band: int) -> str:
    """The lengths that a band holds.

    >>> band_label(0), band_label(9), band_label(len(BANDS) - 1)
    ('1', '1,000 to 1,999', '500,000,000 or more')
    """
    low = BANDS[band]
    if band + 1 == len(BANDS):
        return f"{low:,} or more"
    high = BANDS[band + 1] - 1
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches of some people.

    Attributes:
        attempts: All of them, those included where nothing could be searched.
        failed: No usable image was acquired: nothing was searched.
        failed_known: Attempts of which that is known.
        unknown_mated: Searched, but it is not known whether the person is on the list.
        no_result: Searched, known whether on the list, but the number of candidates is not recorded.
        non_mated: Searches of people who are not on the list, with a result.
        false_positive: Those with at least one candidate.
        candidates: Sum of their candidates.
        squares: Sum of squares of these.
        mated: Searches of people who are, with a result.
        found: Those whose mate is at or above the threshold and among the first so many.
        others_only: Those with candidates, none of whom is the mate.
        nobody: Those without any candidate.
        mated_failed: Attempts of listed people where no usable image was acquired.
        ranks: Mated searches by rank of the mate, from rank 1, whatever the threshold.
        beyond: Mated searches whose mate came back below the threshold.
        listed: Searches made with a recorded length of the list.
        list_sum: Sum of these lengths.
    """

    attempts: int
    failed: int
    failed_known: int
    unknown_mated: int
    no_result: int
    non_mated: int
    false_positive: int
    candidates: int
    squares: int
    mated: int
    found: int
    others_only: int
    nobody: int
    mated_failed: int
    ranks: tuple[int, ...]
    beyond: int
    listed: int
    list_sum: int


class SearchCounts:
    """The aggregate ``searches``.

    Raises:
        MetricError: D91, when the table is not one: it may be a stranger's.
    """

    def __init__(self, table: Aggregate) -> None:
        self.table = table
        keys = [table.keys.get(key) for key in KEYS]
        sound = tuple(table.measures) == MEASURES and all(each is not None and each.dtype != object for each in keys)
        if sound:
            limits = (*(_LIMITS[key] for key in KEYS[:-1]), (-1, len(BANDS) - 1))
            held = [each for each in keys if each is not None]
            pairs = zip(held, limits, strict=True)
            sound = all(((low <= each) & (each <= high)).all() for each, (low, high) in pairs)
            sound = sound and all((values >= 0).all() for values in table.measures.values())
        if not sound:
            found = "“searches” does not hold searches of a list"
            raise MetricError(Fault("searches", found, "", "Take the file that impact wrote", "D91"))

    def everybody(self) -> Chosen:
        import numpy as np

        return np.ones(len(self.table), dtype=bool)

    def bands(self) -> list[int]:
        """Bands of lengths that occur, -1 where it is not recorded."""
        return sorted(set(self.table.keys["band"].tolist()))

    def of(self, chosen: Chosen, *, at_rank: int) -> Searches:
        """Counts of the searches of some people; ``found`` within the first ``at_rank``."""
        import numpy as np

        keys, measures = self.table.keys, self.table.measures
        mated, failed, hit, rank = (keys[key] for key in ("mated", "failed", "hit", "rank"))
        over = keys["over"] == 1

        def total(where: Chosen, name: str = "n") -> int:
            return int(measures[name][chosen & where].sum())

        searched = failed != 1
        result = searched & (hit >= 0)
        out, on = result & (mated == 0), result & (mated == 1)
        ranks = np.zeros(LATER + 1, dtype=np.int64)
        ranked = chosen & on & (rank > NOT_BACK)
        np.add.at(ranks, rank[ranked], measures["n"][ranked])
        return Searches(
            attempts=total(self.everybody()),
            failed=total(failed == 1),
            failed_known=total(failed >= 0),
            unknown_mated=total(searched & (mated < 0)),
            no_result=total(searched & (mated >= 0) & (hit < 0)),
            non_mated=total(out),
            false_positive=total(out & (hit == 1)),
            candidates=total(out, "c1"),
            squares=total(out, "c2"),
            mated=total(on),
            found=total(on & over & (rank > NOT_BACK) & (rank <= at_rank)),
            others_only=total(on & (hit == 1) & ~over),
            nobody=total(on & (hit == 0)),
            mated_failed=total((mated == 1) & (failed == 1)),
            ranks=tuple(ranks[1:LATER].tolist()),
            beyond=total(on & (rank > NOT_BACK) & ~over),
            listed=total(searched, "listed"),
            list_sum=total(searched, "list_sum"),
        )
