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
    """Counts of reviews by group, outcome, decision, human decision and bin, with sums in fixed units.

    Times of 0 and below are left out (and counted by a check); times above the cap count as the cap.
    """
    import narwhals as nw

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
    keys = [*coded.groups, *coded.codes, "bin"]
    sums = ["people", *columns]
    found = table.fetch_columns(summed(frame.group_by(*keys), sums), [*keys, *sums])
    named = {key: found[column] for key, column in zip(plan.groups, coded.groups, strict=True)}
    blank = found["people"].astype(int) * 0 - 1
    named |= {code: found.get(code, blank) for code in ("outcome", "decision", "human")}
    measures = {"n": found["people"]} | {name: found[name] for name in columns}
    about = {"cap": review.cap, "units": list(SECONDS_UNIT)}
    return Aggregate.of("times", named | {"bin": found["bin"].astype(int)}, measures, about)
