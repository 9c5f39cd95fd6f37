"""Codes of the optional columns: scores, weights, review, time, versions, strata, and whose rows belong together.

In: the coder of one table. Out: ``Extra``: which columns there are, and the expressions for them.
Refuses what would not mean the same on every engine. Knows no statistic.
Personal data: expressions only; ids stay columns inside the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.weight_counts import SQUARE_UNIT, UNIT

if TYPE_CHECKING:
    from impact.metrics.counting.coding import Coder

__all__ = [
    "ABSENT",
    "EXTRA_NUMBERS",
    "INFINITE",
    "LARGEST",
    "OUTSIDE",
    "SECONDS_UNIT",
    "UNREAD",
    "WEIGHT_UNIT",
    "Extra",
    "code_extra",
    "extra_columns",
]

ABSENT, UNREAD, INFINITE, OUTSIDE = -1, -2, -3, -4  # why a number has no place on a scale

EXTRA_NUMBERS = ("scale", "weight", "seconds")
WEIGHT_UNIT = (UNIT, SQUARE_UNIT)  # extra_checks.py refuses weights for which these are too coarse
SECONDS_UNIT = (1 << 10, 1, 1 << 20, 1 << 20)  # of t, t², ln t and (ln t)²
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ].*)?$"
_ZONED = r"[T ].*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$"
LARGEST = 1.7976931348623157e308  # the largest finite double


@dataclass(frozen=True)
class Extra:
    """What the plan maps beside groups, decision, outcome and human decision.

    Attributes:
        labels: Columns that people are counted by: ``period``, ``version``, ``s0`` …
        scored: Whether there are ``scored`` (0 or 1), ``score_value`` and ``inside``.
        reason: Where ``inside`` is false: why, as one of the numbers above.
        single: Whether the score is stored with 32 bits.
        weighted: Whether there are ``w``, ``w2`` and ``weight_value``.
        timed: Whether there are ``timed`` (0 or 1) and ``seconds``.
        clusters: ``person`` and ``reviewer`` where mapped: columns of ids, null where there is none.
    """

    labels: tuple[str, ...] = ()
    scored: bool = False
    single: bool = False
    weighted: bool = False
    timed: bool = False
    clusters: tuple[str, ...] = ()
    reason: Any = None


def extra_columns(plan: AuditPlan) -> dict[str, str]:
    """Role -> column, of the optional columns that the plan maps."""
    columns = plan.columns
    found: dict[str, str] = {}
    if columns.score is not None and columns.score.name != columns.decision.from_score:
        found["scale"] = columns.score.name
    if columns.weight is not None and columns.weight.kind == "sampling":
        found["weight"] = columns.weight.name
    for role, part in (("seconds", columns.review_seconds), ("time", columns.time), ("version", columns.version)):
        if part is not None:
            found[role] = part.name
    found |= {f"s{index}": each.name for index, each in enumerate(plan.strata.values())}
    if plan.unit.person_id is not None:
        found["person"] = plan.unit.person_id
    if columns.reviewer is not None:
        found["reviewer"] = columns.reviewer.name
    return found


def code_extra(coder: Coder) -> tuple[Extra, dict[str, Any], dict[str, Any]]:
    """The optional columns as expressions by name: those of each row, and those of a category.

    Measures, flags and faults are added to the coder.
    """
    plan, keys, levels = coder.plan, dict[str, Any](), dict[str, Any]()
    labels = []
    if plan.columns.score is not None:
        keys |= _score(coder)
    if "weight" in coder.extra:
        keys |= _weight(coder)
    if "seconds" in coder.extra:
        keys |= _seconds(coder)
    if "time" in coder.extra:
        keys["period"] = _period(coder)
        labels.append("period")
    for role in ("version", *(f"s{index}" for index in range(len(plan.strata)))):
        if role in coder.extra:
            levels[role] = coder.level(role, coder.extra[role])
            labels.append(role)
    clusters = tuple(role for role in ("person", "reviewer") if role in coder.extra)
    for role in clusters:
        keys[role] = _id(coder, role)
    score_role = "scale" if "scale" in coder.extra else "score"
    single = "score_value" in keys and isinstance(coder.schema[f"raw_{score_role}"], coder.nw.Float32)
    extra = Extra(tuple(labels), "score_value" in keys, single, "weight_value" in keys, "seconds" in keys, clusters)
    if extra.scored:
        extra = replace(extra, reason=coder.reason(score_role))
    return extra, keys, levels


def _finite(coder: Coder, role: str) -> tuple[Any, Any, Any, Any] | None:
    """Number (0 where there is none), whether it is known and finite, whether infinite, whether no number at all."""
    nw = coder.nw
    found = coder.number(role)
    if found is None:
        return None
    number, unread = found
    number = coder.stage(f"number_of_{role}", number)
    known = coder.stage(f"known_{role}", ~number.is_null() & ~number.is_nan())
    value = coder.stage(f"value_of_{role}", nw.when(known).then(number).otherwise(nw.lit(0.0)))
    infinite = coder.stage(f"infinite_{role}", known & ((value > LARGEST) | (value < -LARGEST)))
    usable = coder.stage(f"usable_{role}", known & ~infinite)
    finite = coder.stage(f"finite_{role}", nw.when(usable).then(value).otherwise(nw.lit(0.0)))
    return finite, usable, infinite, unread


def _score(coder: Coder) -> dict[str, Any]:
    nw, score = coder.nw, coder.plan.columns.score
    role = "scale" if "scale" in coder.extra else "score"
    if score is None or coder.number(role) is None:
        return {}
    low, high = map(float, score.range)
    value = coder.filled(role)
    # NaN is above every number on some engines and below none on any: it never is inside.
    inside = coder.stage("inside", (value >= low) & (value <= high))
    state = coder.place("state", role, [(inside, 0)])
    if role == "scale":
        coder.flags["scale_unread"] = coder.flag(state == UNREAD)
        coder.flags["scale_infinite"] = coder.flag(state == INFINITE)
    coder.flags["scale_outside"] = coder.flag(state == OUTSIDE)
    # Adding zero makes -0.0 and 0.0, which are one number, one key on every engine.
    kept = nw.when(inside).then(value).otherwise(nw.lit(low)) + 0.0
    return {"scored": coder.flag(inside), "score_value": kept}


def _weight(coder: Coder) -> dict[str, Any]:
    nw = coder.nw
    found = _finite(coder, "weight")
    if found is None:
        return {}
    value, usable, _, _ = found
    coder.measures["weight_unusable"] = coder.flag(~usable)
    coder.measures["weight_negative"] = coder.flag(usable & (value < 0))
    kept = nw.when(value > 0).then(value).otherwise(nw.lit(0.0))
    # Beyond this the squares would not fit; count_extra.py refuses long before.
    small = nw.when(kept > 1e6).then(nw.lit(1e6)).otherwise(kept)
    one, two = WEIGHT_UNIT
    whole = {"w": (small * float(one) + 0.5).floor(), "w2": (small * small * float(two) + 0.5).floor()}
    return {"weight_value": kept, **{name: each.cast(nw.Int64) for name, each in whole.items()}}


def _seconds(coder: Coder) -> dict[str, Any]:
    nw, review = coder.nw, coder.plan.columns.review_seconds
    found = _finite(coder, "seconds")
    if found is None or review is None:
        return {}
    value, usable, infinite, unread = found
    coder.measures["seconds_unread"] = coder.flag(unread | infinite)
    coder.measures["seconds_none"] = coder.flag(usable & (value <= 0))
    coder.measures["seconds_capped"] = coder.flag(usable & (value > float(review.cap)))
    capped = nw.when(value > float(review.cap)).then(nw.lit(float(review.cap))).otherwise(value)
    timed = usable & (value > 0)
    return {"timed": coder.flag(timed), "seconds": nw.when(timed).then(capped).otherwise(nw.lit(1.0))}


def _period(coder: Coder) -> Any:
    """year × 100 + month (or quarter, or nothing); -1 where there is no date. Text must be written 2024-04-03."""
    nw, time = coder.nw, coder.plan.columns.time
    raw = nw.col("raw_time")
    dtype = coder.schema["raw_time"]
    if time is None:
        return nw.lit(-1)
    if isinstance(dtype, nw.String | nw.Categorical):
        text = raw.cast(nw.String).fill_null("")
        given = ~text.is_in(["", *coder.plan.source.null_values])
        good = text.str.contains(_DATE)
        coder.measures["time_unread"] = coder.flag(given & ~good)
        known = given & good
        coder.measures["time_zoned"] = coder.flag(known & text.str.contains(_ZONED))
        digits = nw.when(known).then(text).otherwise(nw.lit("0001-01"))
        year, month = digits.str.slice(0, 4).cast(nw.Int64), digits.str.slice(5, 2).cast(nw.Int64)
    elif isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None):
        known = ~raw.is_null()
        year, month = raw.dt.year().cast(nw.Int64), raw.dt.month().cast(nw.Int64)
    else:
        remedy = "Export local dates, such as 2024-04-03: which day a moment belongs to depends on the zone"
        if isinstance(dtype, nw.Datetime):
            coder.refuse(time.name, "is stored with a time zone", remedy, "D51")
        else:
            coder.refuse(time.name, f"is stored as {dtype}, not as a date", remedy, "D50")
        return nw.lit(-1)
    part: Any = {"month": month, "quarter": (month + 2) // 3, "year": nw.lit(0)}[time.period]
    return nw.when(known).then(year * 100 + part).otherwise(nw.lit(-1)).cast(nw.Int64)


def _id(coder: Coder, role: str) -> Any:
    """An id as text or as a whole number, null where there is none."""
    nw, raw = coder.nw, coder.nw.col(f"raw_{role}")
    dtype = coder.schema[f"raw_{role}"]
    if dtype.is_integer():
        return raw
    measure = f"fraction_{role}"
    text = coder.text(raw, coder.extra[role], dtype, measure)
    if text is None:
        return nw.lit(None, nw.String)
    if measure in coder.flags:  # ids are no category: whatever is said of them is said row by row
        coder.measures[measure] = coder.flags.pop(measure)
    nulls = list(coder.plan.source.null_values)
    return nw.when(text.is_in(nulls)).then(nw.lit(None, nw.String)).otherwise(text) if nulls else text
