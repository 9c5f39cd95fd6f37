"""What the optional columns tell about the data: scores, weights, review times, dates, repeated people.

In: sums taken while counting, and the aggregates. Out: blocking faults, and checks in the order of their subject.
Refuses to compare outcomes between groups. Personal data: none; a check holds counts and category labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.errors import Fault
from impact.metrics.counting.coding_extra import WEIGHT_UNIT
from impact.metrics.counting.gather import Joint
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import MISSING
from impact.metrics.tables.checks import Check
from impact.metrics.tables.period_codes import between, period_label
from impact.metrics.tables.score_counts import ScoreCounts

__all__ = ["extra_faults", "extra_remarks"]

_TIED = 0.01  # D21: a share of people exactly at a threshold that is worth a sentence
_COARSE = 0.005  # D85: how far binning may leave the AUC open
_EXTREME = 50  # D49: largest weight over the mean
_LEAST_WEIGHT = 1 / 16  # units of weights resolve 1 in 65,536: the largest must be well above
_MOST_SQUARES = 1 << 62


def extra_faults(plan: AuditPlan, first: Joint, *, sums: Mapping[str, int], where: str) -> list[Fault]:
    """Reasons why the optional columns cannot be counted: D16, D18, D19, D41, D46, D49, D50, D57.

    Args:
        plan: The plan.
        first: The first query's counts.
        sums: Totals of the measures.
        where: The table, for messages.
    """
    columns, faults = plan.columns, []

    def add(name: str | None, measure: str, found: str, remedy: str, code: str) -> None:
        number = sums.get(measure, 0)
        if number and name is not None:
            what = f"“{name}”: {number:,} {found}".replace("(s)", "" if number == 1 else "s")
            faults.append(Fault(where, what, "", remedy, code))

    if columns.score is not None:
        name, (low, high) = columns.score.name, columns.score.range
        unread = "value(s) not written as a number (a % sign or a decimal comma?)"
        add(name, "scale_unread", unread, "Clean the column", "D16")
        add(name, "scale_infinite", "infinite score(s)", "Leave a score empty when there is none", "D18")
        outside = f"score(s) outside the declared range {low:g} to {high:g}"
        add(name, "scale_outside", outside, "Declare the range that scores can have, such as [0, 100]", "D19")
    if columns.weight is not None and columns.weight.kind == "sampling":
        name = columns.weight.name
        add(name, "weight_negative", "negative weight(s)", "A weight is 0 or more", "D46")
        add(name, "weight_unusable", "row(s) without a weight that is a number", "Give each row a weight", "D46")
        faults += _units(name, first, where)
    if columns.time is not None:
        found = "date(s) that can be read in two ways, or not at all"
        add(columns.time.name, "time_unread", found, "Write dates as 2024-04-03", "D50")
    if columns.review_seconds is not None:
        found = "time(s) that are no number of seconds"
        add(columns.review_seconds.name, "seconds_unread", found, "Give seconds as numbers", "D57")
    named = {"person": plan.unit.person_id, "version": getattr(columns.version, "name", None)}
    named |= {"reviewer": getattr(columns.reviewer, "name", None)}
    named |= {f"s{index}": each.name for index, each in enumerate(plan.strata.values())}
    for role, column in named.items():
        remedy = "Export it as text"
        add(column, f"fraction_{role}", "number(s) with a fraction, or too large to tell apart", remedy, "D41")
    return faults


def _units(name: str, first: Joint, where: str) -> Iterator[Fault]:
    rest = "for example by their mean: no rate changes"
    if 0 < first.largest < _LEAST_WEIGHT:
        remedy = f"Divide all weights by one small number, {rest}"
        yield Fault(where, f"“{name}”: all weights are below {_LEAST_WEIGHT}", "weights near 1", remedy, "D49")
    squares = int(first.measures["rows"].max(initial=0)) * first.largest**2 * WEIGHT_UNIT[1]
    if squares >= _MOST_SQUARES or first.largest > 1e6:
        found = f"“{name}”: weights up to {first.largest:,.0f} are too large to add up exactly"
        yield Fault(where, found, "weights near 1", f"Divide all weights by one number, {rest}", "D49")


def extra_remarks(
    plan: AuditPlan, first: Joint, aggregates: Mapping[str, Aggregate], *, sums: Mapping[str, int]
) -> list[Check]:
    """Warnings and information about the optional columns.

    Args:
        plan: The plan.
        first: The first query's counts.
        aggregates: The tables counted for the plan.
        sums: Totals of the measures.
    """
    found: list[Check] = []
    if "scores" in aggregates:
        found += _scores(plan, ScoreCounts(aggregates["scores"]))
    if "weights" in aggregates:
        found += _weights(plan, aggregates["weights"], first)
    if "clusters" in aggregates:
        found += _clusters(aggregates["cluster_counts"], first)
    if "times" in aggregates:
        found += _times(sums)
    if "periods" in aggregates:
        found += _periods(plan, aggregates["periods"], zoned=sums.get("time_zoned", 0))
    return found


def _warn(code: str, text: str) -> Check:
    return Check(code, "warning", text)


def _scores(plan: AuditPlan, scores: ScoreCounts) -> Iterator[Check]:
    held = scores.by_group()
    by_row = (held.positives + held.negatives + held.unknown)[0]
    everybody, unscored = int(by_row.sum()), int(held.unscored[0])
    score = plan.columns.score
    if score is None or not everybody:
        return
    if unscored and plan.columns.decision.from_score != score.name:
        share = unscored / (everybody + unscored)
        yield _warn("D17", f"{unscored:,} ({share:.1%}) have no “{score.label}”; they are in no figure about scores.")
    if scores.exact and scores.rows == 1:
        only = f"{scores.points[0]:g}"
        yield _warn("D20", f"Every “{score.label}” is {only}: it separates nobody, and thresholds mean nothing.")
    if scores.exact:
        for threshold in plan.rules.thresholds:
            tied = int(by_row[scores.points == scores.held(threshold)].sum())
            if tied >= _TIED * everybody:
                text = f"{tied:,} have a “{score.label}” of exactly {threshold:g}: whether >= or > is used there moves "
                yield _warn("D21", text + f"{tied / everybody:.0%} of people.")
        return
    open_ = scores.auc_left_open()
    if open_ is not None and open_ > _COARSE:
        yield Check(
            "D85",
            "info",
            f"“{score.label}” is bunched: {score.bins:,} bins leave the AUC open by {open_:.2g} either way. "
            "More “bins” in the plan narrow that.",
        )


def _weights(plan: AuditPlan, table: Aggregate, first: Joint) -> Iterator[Check]:
    w, w2, n = (int(table.measures[name].sum()) for name in ("w", "w2", "n"))
    total, squares = w / WEIGHT_UNIT[0], w2 / WEIGHT_UNIT[1]
    for key in plan.groups:
        by = table.roll(key)
        for level, weight in zip(by.keys[key].tolist(), by.measures["w"].tolist(), strict=True):
            if not weight and level != MISSING:
                yield _warn("D47", f"Every weight in group “{level}” is zero: no weighted estimate.")
    if total and first.largest > _EXTREME * total / n:
        times = first.largest * n / total
        text = f"One row carries {times:,.0f} times the average weight; effective sample {total**2 / squares:,.0f} "
        yield _warn("D49", text + f"of {n:,}.")


def _clusters(table: Aggregate, first: Joint) -> Iterator[Check]:
    chosen = (table.keys["unit"] == "person") & (table.keys["grouping"] == "[]")
    chosen &= table.keys["metric"] == "selection_rate"
    people = int(table.measures["clusters"][chosen].sum())
    rows = int(first.counts[first.keys["decision"] >= 0].sum())
    if people and people < rows:
        yield _warn("D43", f"{rows:,} decided rows come from {people:,} people: rows of one person are alike.")


def _times(sums: Mapping[str, int]) -> Iterator[Check]:
    none, capped = sums.get("seconds_none", 0), sums.get("seconds_capped", 0)
    if none or capped:
        text = (
            f"Review times: {none:,} are zero or negative and left out; {capped:,} are above the cap and count as it."
        )
        yield _warn("D57", text)


def _periods(plan: AuditPlan, table: Aggregate, *, zoned: int) -> Iterator[Check]:
    n = table.measures["n"]
    if zoned:
        text = f"{zoned:,} times are written with a zone. The period is that of the date as written, whatever the zone."
        yield _warn("D51", text)
    if "version" in table.keys:
        missing = int(n[table.keys["version"] == MISSING].sum())
        if missing:
            yield _warn("D55", f"The version of the scorer is missing for {missing / n.sum():.1%}.")
    if "period" not in table.keys or plan.columns.time is None:
        return
    dated = table.keys["period"] >= 0
    if not dated.all():
        yield _warn("D54", f"{int(n[~dated].sum()):,} have no date; they are in no period.")
    seen = sorted(set(table.keys["period"][dated].tolist()))
    gaps = [period for period in between(seen, plan.columns.time.period) if period not in seen]
    if gaps:
        first, more = period_label(gaps[0], plan.columns.time.period), len(gaps) - 1
        also = f" and {more} more" if more else ""
        yield Check("D54", "info", f"No rows in {first}{also}: that is a gap in the data, not a drop to zero.")
    if "version" in table.keys:
        several: dict[int, set[Any]] = {}
        for period, version in zip(table.keys["period"].tolist(), table.keys["version"].tolist(), strict=True):
            several.setdefault(period, set()).add(version)
        mixed = sum(1 for period, versions in several.items() if period >= 0 and len(versions - {MISSING}) > 1)
        if mixed:
            yield _warn("D55", f"The version of the scorer changes within {mixed} of {len(seen)} periods.")
