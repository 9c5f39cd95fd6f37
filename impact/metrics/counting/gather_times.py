"""Review times as counts: a histogram, and sums of the time and of its logarithm.

In: a coded table with review seconds. Out: the aggregate ``times``.
Personal data: exists only inside the engine.
"""

from __future__ import annotations

from typing import Any

from impact.metrics.counting.coding import Coded
from impact.metrics.counting.coding_extra import SECONDS_UNIT
from impact.metrics.counting.table import Table, summed
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.time_counts import SECONDS_STEPS

__all__ = ["times_of"]


def times_of(table: Table, plan: AuditPlan, coded: Coded) -> Aggregate:
    """Counts of reviews by decision and bin, for everybody and each single characteristic, with sums in fixed units.

    By all characteristics together nearly every row would be one review of one person, to the second; no figure needs
    that. Times of 0 and below are left out (and counted by a check); times above the cap count as the cap.
    """
    import narwhals as nw
    import numpy as np

    review = plan.columns.review_seconds
    if review is None:
        raise ValueError("the plan maps no review seconds")
    seconds = nw.col("seconds")
    place: Any = nw.lit(0)
    base = 0
    for start, end, step in SECONDS_STEPS:
        here = ((seconds - float(start)) / float(step)).floor() + float(base)
        place = nw.when(seconds >= float(start)).then(here).otherwise(place)
        base += (end - start) // step
    log = seconds.log()
    columns = {"t1": seconds, "t2": seconds * seconds, "l1": log, "l2": log * log}
    times = nw.col("n") if "n" in coded.measures else nw.lit(1)
    made = [
        ((value * float(unit) + 0.5).floor().cast(nw.Int64) * times).alias(name)
        for (name, value), unit in zip(columns.items(), SECONDS_UNIT, strict=True)
    ]
    frame = coded.frame.filter(nw.col("timed") == 1)
    frame = frame.with_columns(place.cast(nw.Int64).alias("bin"), (times * 1).cast(nw.Int64).alias("people"), *made)
    keys = [*coded.groups, "decision", "bin"]
    sums = ["people", *columns]
    found = table.fetch_columns(summed(frame.group_by(*keys), sums), [*keys, *sums])
    rows = len(found["people"])
    levels = {"": np.full(rows, "", dtype=object)}
    levels |= {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    named = {
        "grouping": np.repeat(np.array(list(levels), dtype=object), rows),
        "level": np.concatenate([np.asarray(each, dtype=object) for each in levels.values()]),
        "decision": np.tile(found["decision"].astype(int), len(levels)),
        "bin": np.tile(found["bin"].astype(int), len(levels)),
    }
    named_sums = {"n": "people"} | {name: name for name in columns}
    measures = {name: np.tile(found[column].astype(int), len(levels)) for name, column in named_sums.items()}
    return Aggregate.of("times", named, measures, {"cap": review.cap, "units": list(SECONDS_UNIT)})
