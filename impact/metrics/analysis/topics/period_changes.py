"""Whether a series moved: a change of level, a trend, a gap that opens, periods outside what chance allows.

In: series of rates by period, and which periods are left out. Out: plain rows for ``tables.changes``, their p-values
adjusted as one family (Benjamini and Hochberg): all of it is exploratory. A pure function of counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import hypot, log, log10, sqrt
from typing import Any

from impact.metrics.analysis.catalogue import mirror_family, plain_label
from impact.metrics.analysis.levels import EVERYBODY, group_json, group_label
from impact.metrics.analysis.topics.slices import Entry
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.change_point import change_point
from impact.metrics.statistics.drift import funnel
from impact.metrics.statistics.measure import Measure, undefined, z_of
from impact.metrics.statistics.multiplicity import step_up
from impact.metrics.statistics.ordinal import Trend, trend
from impact.metrics.tables.period_codes import place

__all__ = ["ENOUGH", "REPLICATES", "SEED", "change_rows", "standing_out"]

# A p-value below 1 in 10,000 cannot be shown. A series without a change stops after some hundred draws, so that a
# verifier who does all of it again waits for seconds, not minutes.
REPLICATES, ENOUGH, SEED = 9_999, 20, 0
_HIDDEN = ("outcome_not_observed", "group_not_observed")
FUNNEL_LEAST = 4  # periods: the common spread of fewer is a guess
_FEW_EXPECTED = 5  # below this many expected yes or no the normal limits of a funnel are rough


def change_rows(
    series: Sequence[Sequence[Entry]],
    asides: Sequence[Sequence[str | None]],
    labels: Sequence[str],
    *,
    codes: Sequence[int],
    period: str,
    level: float,
) -> list[dict[str, Any]]:
    """One row for each series.

    Args:
        series: For each group and metric the entries by period, in order of time.
        asides: For each series why a period is left out, or None.
        labels: The periods as a reader sees them.
        codes: The same as codes, for their places on the calendar.
        period: ``month``, ``quarter`` or ``year``.
        level: Confidence level of each interval alone.

    Returns:
        Rows with ``change``, ``trend``, ``gap_trend`` and ``funnel``. Slopes are per period of the calendar, so that a
        period without anybody keeps its place. Every part without a result has its reason.
    """
    found = []
    tests: dict[Hashable, list[dict[str, Any]]] = {}
    places = [place(code, period) for code in codes]
    members = _inhabited(series)
    for part, aside in zip(series, asides, strict=True):
        first = part[0]
        used = [i for i, each in enumerate(part) if each.n and each.reason is None and aside[i] is None]
        k, n = [part[i].k or 0 for i in used], [part[i].n or 0 for i in used]
        at = [places[i] - places[used[0]] for i in used]
        names = [labels[i] for i in used]
        hidden = None if used else next((each.reason for each in part if each.reason in _HIDDEN), None)
        row: dict[str, Any] = {
            "metric": first.metric,
            "group": group_json(first.group),
            "periods": len(used),
            "left_out": [{"period": labels[i], "reason": why} for i, why in enumerate(aside) if why is not None],
            "change": _change(k, n, names, hidden),
            "trend": _trend(trend(k, n, positions=at, level=level) if len(used) > 1 else None, level, hidden),
            "gap_trend": None,
            "funnel": _funnel(k, n, names, hidden),
            "role": "exploratory",
        }
        own = (mirror_family(first.metric), first.group)
        tests.setdefault(("change", *own), []).append(row["change"])
        tests.setdefault(("trend", *own), []).append(row["trend"])
        if any(each.others is not None for each in part):
            pairs = [i for i in used if part[i].others is not None and part[i].alone is None]
            row["gap_trend"] = _gap_trend([part[i] for i in pairs], [places[i] for i in pairs], level, hidden)
            characteristic = first.group[0][0]
            # A characteristic with two values has one gap, seen from either side.
            two = len(members[characteristic]) == 2 and first.group in members[characteristic]
            side = characteristic if two else first.group
            tests.setdefault(("gap", mirror_family(first.metric), side), []).append(row["gap_trend"])
        found.append(row)
    _adjust(tests)
    return found


def _inhabited(series: Sequence[Sequence[Entry]]) -> dict[str, set[Any]]:
    """Characteristic -> its groups that somebody is known to belong to."""
    found: dict[str, set[Any]] = {}
    for part in series:
        if part[0].group != EVERYBODY:
            held = found.setdefault(part[0].group[0][0], set())
            if any(each.others is not None for each in part):
                held.add(part[0].group)
    return found


def _change(k: Sequence[int], n: Sequence[int], names: Sequence[str], hidden: str | None) -> dict[str, Any]:
    result = change_point(k, n, replicates=REPLICATES, enough=ENOUGH, seed=SEED)
    return {
        "first": None if result.first is None else names[result.first],
        "before": result.before,
        "after": result.after,
        "gain": result.gain,
        "log10_p": None if result.p is None else log10(result.p),
        "log10_p_adjusted": None,
        "family_size": None,
        "replicates": result.replicates,
        "seed": result.seed,
        "reason": hidden or result.reason,
    }


def _trend(result: Trend | None, level: float, hidden: str | None) -> dict[str, Any]:
    measure = undefined("one_period", level=level) if result is None else result.slope
    row = measure.to_json()
    p = None if result is None else result.log10_p
    row |= {"z": None if result is None else result.z, "log10_p": p, "log10_p_adjusted": None, "family_size": None}
    return row | {"reason": hidden or row["reason"]}


def _gap_trend(part: Sequence[Entry], places: Sequence[int], level: float, hidden: str | None) -> dict[str, Any]:
    """Slope of the group less slope of those who do not share the characteristic; above 0 its rate gains on theirs."""
    from scipy.special import log_ndtr

    own = others = None
    if len(part) > 1:
        at = [each - places[0] for each in places]
        own = trend([each.k or 0 for each in part], [each.n or 0 for each in part], positions=at, level=level).slope
        both = [each.others or (0, 0) for each in part]
        others = trend([k for k, _ in both], [n for _, n in both], positions=at, level=level).slope
    if own is None or others is None or own.value is None or others.value is None:
        return _trend(None, level, hidden)
    value = own.value - others.value
    if own.high is None or others.high is None:
        # A rate of 0 or 1 throughout has no spread, and is not known exactly for that.
        return _trend(Trend(Measure(value, level=level, reason="no_spread"), None, None), level, hidden)
    error = hypot(own.high - own.value, others.high - others.value) / z_of(level)
    half, z = z_of(level) * error, value / error
    measure = Measure(value, value - half, value + half, level, "wald_slope")
    return _trend(Trend(measure, z, float(min((log(2) + log_ndtr(-abs(z))) / log(10), 0.0))), level, hidden)


def _funnel(k: Sequence[int], n: Sequence[int], names: Sequence[str], hidden: str | None) -> dict[str, Any]:
    if hidden or len(names) < FUNNEL_LEAST:
        return {"target": None, "overdispersion": None, "outside": [], "reason": hidden or "one_period"}
    result = funnel(k, n)
    target = result.target or 0.0
    outside = [
        {
            "period": name,
            "place": point.place,
            "value": point.rate,
            "z": None if point.z is None else point.z / sqrt(max(result.overdispersion or 1.0, 1.0)),
            "few": size * min(target, 1 - target) < _FEW_EXPECTED,
        }
        for name, size, point in zip(names, n, result.points, strict=True)
        if point.place in ("warning", "action")
    ]
    return {"target": result.target, "overdispersion": result.overdispersion, "outside": outside, "reason": None}


def _adjust(tests: dict[Hashable, list[dict[str, Any]]]) -> None:
    """Adjust all p-values as one family; what is one test seen twice counts once, with the larger p-value."""
    defined = {
        name: [each for each in parts if each["log10_p"] is not None and each["reason"] in (None, "no_spread")]
        for name, parts in tests.items()
    }
    family = {name: max(each["log10_p"] for each in parts) for name, parts in defined.items() if parts}
    adjusted = dict(zip(family, step_up(family.values(), len(family)), strict=True))
    for name, p in adjusted.items():
        for each in defined[name]:
            each["log10_p_adjusted"], each["family_size"] = p, len(family)


def standing_out(plan: AuditPlan, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One sentence for each metric: which series stand out after allowing for all of them, at the plan's alpha."""
    alpha = plan.rules.alpha
    for metric in dict.fromkeys(row["metric"] for row in rows):
        found = []
        tested = 0
        for row in rows:
            if row["metric"] != metric:
                continue
            who = "Everyone" if not row["group"] else group_label(tuple(row["group"].items()))
            for name in ("change", "trend", "gap_trend"):
                part = row[name]
                p = None if part is None else part["log10_p_adjusted"]
                if part is None or p is None:
                    continue
                tested += 1
                if p <= log10(alpha):
                    found.append(f"{who} ({_WORDS[name].format(first=part.get('first'))})")
        label = plain_label(plan, metric)
        if found:
            tail = "Which of several stands for what happened the counts cannot say."
            text = f"“{label}”: standing out at {alpha:.0%} after allowing for all comparisons: {'; '.join(found)}."
            yield f"{text} {tail}"
        elif tested:
            yield f"“{label}”: no series stands out from chance. That does not show that nothing moved."
        else:
            yield f"“{label}”: no series has enough periods to say whether it moved."


_WORDS = {"change": "another level from {first}", "trend": "a trend", "gap_trend": "a trend of the gap to all others"}
