"""Codes of the columns of numbers that decide or count: a threshold on a score, and how many people a row stands for.

In: the coder of one table. Out: an expression for the decision; measures and flags are added to the coder.
Refuses to compare NaN, null or an infinite number with a threshold. Knows no statistic.
Personal data: expressions only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.metrics.counting.coding_extra import INFINITE, LARGEST, UNREAD
from impact.metrics.tables.score_scale import as_float32, divided

if TYPE_CHECKING:
    from impact.metrics.counting.coding import Coder

__all__ = ["count_per_row", "decision_from_score"]

_BELOW, _AT, _ABOVE = 0, 1, 2  # where a score lies that decides
_MAX_EXACT = float(1 << 53)
_SUPPRESSED = ("*", "c", "C", "x", "X", "z", ":", "-", "..", "[c]", "[x]", "[z]", "suppressed", "Suppressed")


def decision_from_score(coder: Coder) -> Any:
    """The decision that a threshold on a score makes, as an expression over the column ``place``."""
    nw, decision = coder.nw, coder.plan.columns.decision
    if coder.number("score") is None or decision.threshold is None:
        return nw.lit(-1)
    threshold = decision.threshold
    if isinstance(coder.schema["raw_score"], nw.Float32):
        stored = as_float32(threshold)
        if stored != threshold:
            coder.threshold = threshold = stored
    score = coder.filled("score")
    # NaN is above every number on some engines, and infinity is a mistake: both are kept out by the second bound.
    place = coder.place(
        "place",
        "score",
        [
            (score == threshold, _AT),
            ((score > threshold) & (score <= LARGEST), _ABOVE),
            ((score < threshold) & (score >= -LARGEST), _BELOW),
        ],
    )
    if coder.threshold is not None:
        coder.flags["tied"] = coder.flag(place == _AT)
    coder.flags["score_unread"] = coder.flag(place == UNREAD)
    coder.flags["infinite"] = coder.flag(place == INFINITE)
    coder.flags["at_threshold"] = coder.flag(place == _AT)
    over = place >= (_AT if decision.rule == ">=" else _ABOVE)
    return nw.when(place >= _BELOW).then(coder.flag(over)).otherwise(nw.lit(-1))


def count_per_row(coder: Coder) -> None:
    """How many people each row stands for, as the measure ``n``, and what is wrong with that number."""
    nw = coder.nw
    found = coder.number("count")
    if found is None:
        return
    number, unread = found
    known = ~number.is_null() & ~number.is_nan()
    count = nw.when(known).then(number).otherwise(nw.lit(0.0))
    hidden = nw.lit(False)
    if "number_count" in coder.schema:
        text = nw.col("raw_count").fill_null("")
        hidden = unread & (text.is_in(list(_SUPPRESSED)) | text.str.starts_with("<"))
    usable = (count >= 0) & (count == count.round(0)) & (count < _MAX_EXACT)
    coder.measures |= {
        "hidden": coder.flag(hidden),
        "count_unread": coder.flag(unread & ~hidden),
        "absent": coder.flag(~known & ~unread),
        "negative": coder.flag(count < 0),
        "fraction": coder.flag((count >= 0) & ~usable),
        "n": nw.when(usable).then(count).otherwise(nw.lit(0.0)),
    }
    whole = nw.when(usable).then(count).otherwise(nw.lit(1.0))
    fives = divided(whole, 5.0)
    coder.measures["not_five"] = coder.flag(fives != fives.round(0))
