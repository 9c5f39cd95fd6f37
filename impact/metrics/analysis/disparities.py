"""Disparities: each group against those who do not share the characteristic, and against a named reference.

In: a plan, groupings, rates, and how rows stand for people. Out: ``Disparity`` entries with intervals, adjusted
p-values, verdict, direction and severity. Knows no sentences. Never a worst gap over groups: a maximum minus a minimum
is biased upwards.

The primary family is every comparison that the plan declared: primary metrics, single characteristics. Its intervals
are simultaneous (Šidák) and its p-values Holm's. Everything else is exploratory: single intervals, Benjamini-Hochberg.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf
from typing import Any, Literal

from impact.metrics.analysis.bounds import Bound
from impact.metrics.analysis.catalogue import CATALOGUE, Reason
from impact.metrics.analysis.comparisons import Comparison, Pending, comparisons
from impact.metrics.analysis.disparity import Disparity, ScoreTest, Side
from impact.metrics.analysis.estimates import Estimates, Limits, Paired
from impact.metrics.analysis.evidence import Shared, Sizing
from impact.metrics.analysis.levels import Group, Grouping, People
from impact.metrics.analysis.rates import Rate
from impact.metrics.analysis.severity import severity
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.verdict import Verdict, judge, margin_band
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.multiplicity import holm, sidak, step_up

__all__ = ["disparities"]


def disparities(
    plan: AuditPlan,
    groupings: Iterable[Grouping],
    *,
    rates: dict[tuple[Group, str], Rate],
    sizing: Sizing,
) -> tuple[Disparity, ...]:
    """All comparisons: the primary family in the order of the plan, then the exploratory ones.

    Every group that is known is compared, also groups that nobody belongs to: their comparison is ``undefined`` with a
    reason, so that no declared group disappears.
    """
    parts = tuple(groupings)
    made = _Maker(plan, parts, sizing)
    pending = [made.judged(item) for item in comparisons(plan, parts, rates=rates)]
    primary = {
        c.test for c, _, _, reason in pending if c.role == "primary" and reason in (None, "outcome_not_observed")
    }
    exploratory = {c.test for c, _, _, reason in pending if c.role == "exploratory" and reason is None}
    size = {"primary": len(primary), "exploratory": len(exploratory)}
    alphas = {"primary": sidak(plan.rules.alpha, size["primary"]), "exploratory": plan.rules.alpha}
    return tuple(_adjusted(made.rows(pending, alphas=alphas, size=size), size=size))


class _Maker:
    """The comparisons of one audit, from what is pending to what was found."""

    def __init__(self, plan: AuditPlan, parts: tuple[Grouping, ...], sizing: Sizing) -> None:
        self.plan, self.sizing = plan, sizing
        self.by_keys = {part.keys: part for part in parts}
        self._sides: dict[tuple[Group, str | None], tuple[People, People]] = {}

    def sides(self, comparison: Comparison) -> tuple[People, People]:
        """Who is compared with whom, as sets of people."""
        group, reference = comparison.group, comparison.reference
        if (group, reference) not in self._sides:
            part = self.by_keys[tuple(key for key, _ in group)]
            whom = part.other_people(group) if reference is None else part.people(((part.keys[0], reference),))
            self._sides[group, reference] = part.people(group), whom
        return self._sides[group, reference]

    def judged(self, item: Pending) -> Pending:
        """Add what the evidence forbids: weights of zero, fewer than ten people behind the rows."""
        comparison, own, others, reason = item
        if reason is None:
            one, other = self.sides(comparison)
            found = (self.sizing.of(comparison.metric, one, own), self.sizing.of(comparison.metric, other, others))
            reason = found[0].reason or found[1].reason
        return comparison, own, others, reason

    def rows(self, pending: list[Pending], *, alphas: dict[str, float], size: dict[str, int]) -> list[Disparity]:
        """All intervals in a few vectorised calls, then verdicts one by one."""
        defined = [item for item in pending if item[3] is None]
        pairs: list[Paired] = []
        for comparison, own, others, _ in defined:
            metric, (one, other) = comparison.metric, self.sides(comparison)
            first, second = self.sizing.of(metric, one, own), self.sizing.of(metric, other, others)
            pairs.append((first, second, self.sizing.shared(metric, one, other)))
        own_alpha = [alphas[comparison.role] for comparison, *_ in defined]
        table = Estimates.of(pairs, own_alpha, self.plan.rules.alpha) if pairs else None
        rows, position = [], 0
        for comparison, own, others, reason in pending:
            alpha, family = alphas[comparison.role], size[comparison.role]
            sides = self._side(comparison, own, 0, reason), self._side(comparison, others, 1, reason)
            if reason is None:
                assert table is not None
                rows.append(self._defined(comparison, sides, table, pairs[position][2], position, alpha, family))
                position += 1
            else:
                rows.append(self._without_rates(comparison, sides, own, others, reason, alpha, family))
        return rows

    def _side(self, comparison: Comparison, tally: Tally, which: int, reason: Reason | None) -> Side:
        """One side; its own rate is shown where it is defined, also where there is no verdict."""
        level, metric = 1 - self.plan.rules.alpha, comparison.metric
        people = self.sides(comparison)[which]
        if reason in ("outcome_not_observed", "group_not_observed"):
            unknown = reason == "outcome_not_observed"
            return Side(None, None, self.sizing.bound(metric, people, tally, level=level) if unknown else None, reason)
        found = self.sizing.of(metric, people, tally)
        limits = self.sizing.bound(metric, people, tally, level=level)
        why = CATALOGUE[metric].undefined_because(tally) or found.reason
        if why is not None or found.value is None:
            return Side(found, None, limits, why)
        low, high = wilson_limits(*found.counts(level), level=level)
        return Side(found, (float(low), float(high)), limits)

    def _defined(
        self,
        comparison: Comparison,
        sides: tuple[Side, Side],
        table: Estimates,
        shared: Shared,
        i: int,
        alpha: float,
        family: int,
    ) -> Disparity:
        plan, (one, other) = self.plan, (sides[0].evidence, sides[1].evidence)
        assert one is not None
        assert other is not None
        # Whole numbers as long as can be: rows, or sums of weights in their units.
        k1, n1, k2, n2 = one.top, one.bottom, other.top, other.bottom
        margin = plan.rules.margin
        by_difference = margin is not None and margin.kind == "difference"
        interval = table.difference[i] if by_difference else table.ratio[i]
        verdict = judge(
            interval,
            table.difference_inner[i] if by_difference else table.ratio_inner[i],
            no_difference=0.0 if by_difference else 1.0,
            band=margin_band(margin),
        )
        worse = CATALOGUE[comparison.metric].worse.get(plan.columns.decision.effect)
        direction = _direction(verdict, higher=k1 * n2 > k2 * n1, worse=worse)
        disadvantage = None if worse is None else table.ratio[i] if worse == "higher" else table.other[i]
        low, high = table.difference[i]
        row = Disparity(
            comparison=comparison,
            side=sides[0],
            other=sides[1],
            alpha=alpha,
            difference=((k1 * n2 - k2 * n1) / (n1 * n2), table.difference[i]),
            ratio=((k1 * n2) / (k2 * n1) if k2 else None, table.ratio[i]),
            single=(table.difference_single[i], table.ratio_single[i]),
            other_ratio=((n1 - k1) * n2) / ((n2 - k2) * n1) if n2 > k2 else None,
            disadvantage=disadvantage,
            test=ScoreTest(table.log10_p[i], table.log10_p[i], "holm", family),
            verdict=verdict,
            direction=direction,
            severity="info",
            reason=None,
            family_size=family,
            shared=shared,
        )
        excess_lower = None
        if worse is not None and row.excess is not None:
            excess_lower = one.n * (low if worse == "higher" else -high)
        return replace(
            row,
            severity=severity(
                verdict,
                direction=direction,
                has_harm=worse is not None,
                ratio_lower=disadvantage[0] if disadvantage else None,
                excess_lower=excess_lower,
                irreversible=plan.columns.decision.irreversible,
            ),
        )

    def _without_rates(
        self,
        comparison: Comparison,
        sides: tuple[Side, Side],
        own: Tally,
        others: Tally,
        reason: Reason,
        alpha: float,
        family: int,
    ) -> Disparity:
        """Undefined, or not identified; the latter is still a disparity when the bounds alone exclude equality."""
        plan = self.plan
        worse = CATALOGUE[comparison.metric].worse.get(plan.columns.decision.effect)
        verdict = Verdict("not_identified" if reason in ("outcome_not_observed", "group_not_observed") else "undefined")
        direction, disadvantage = None, None
        if reason == "outcome_not_observed":
            one, other = self.sides(comparison)
            ends = (
                self.sizing.bound(comparison.metric, one, own, level=1 - alpha),
                self.sizing.bound(comparison.metric, other, others, level=1 - alpha),
            )
            found = _from_bounds(plan, ends)
            if found is not None:
                verdict, higher, ratio = found
                direction = _direction(verdict, higher=higher, worse=worse)
                if worse == "higher":
                    disadvantage = ratio
        return Disparity(
            comparison=comparison,
            side=sides[0],
            other=sides[1],
            alpha=alpha,
            difference=None,
            ratio=None,
            single=None,
            other_ratio=None,
            disadvantage=disadvantage,
            test=None,
            verdict=verdict,
            direction=direction,
            severity=severity(
                verdict,
                direction=direction,
                has_harm=worse is not None,
                ratio_lower=disadvantage[0] if disadvantage else None,
                excess_lower=None,
                irreversible=plan.columns.decision.irreversible,
            ),
            reason=reason,
            family_size=family,
        )


def _direction(
    verdict: Verdict, *, higher: bool, worse: Literal["higher", "lower"] | None
) -> Literal["worse", "better"] | None:
    if worse is None or verdict.name not in ("disparity_shown", "difference_small"):
        return None
    return "worse" if higher == (worse == "higher") else "better"


def _from_bounds(plan: AuditPlan, ends: tuple[Bound | None, Bound | None]) -> tuple[Verdict, bool, Limits] | None:
    """A verdict when even the outer limits of the bounds exclude equality; else None.

    Each end is a Wilson limit at the deciding level, so the two one-sided errors add up to no more than alpha. A bound
    can show a disparity, material or not; it can never show that a difference is small.
    """
    first, second = ends
    if first is None or second is None or first.outer is None or second.outer is None:
        return None
    a, b = first.outer, second.outer
    assert a.high is not None
    assert b.high is not None
    ratio = (a.low / b.high if b.high else inf, a.high / b.low if b.low else inf)
    difference = (a.low - b.high, a.high - b.low)
    margin = plan.rules.margin
    by_difference = margin is not None and margin.kind == "difference"
    interval = difference if by_difference else ratio
    band = margin_band(margin)
    null = 0.0 if by_difference else 1.0
    if not (interval[0] > null or interval[1] < null):
        return None
    # The whole line as inner interval keeps rows 2 and 4 of the verdict table out of reach.
    return judge(interval, (-inf, inf), no_difference=null, band=band), interval[0] > null, ratio


def _adjusted(rows: list[Disparity], *, size: dict[str, int]) -> Iterator[Disparity]:
    """Adjust each family once per test: a comparison seen from two sides has one p-value."""
    adjusted: dict[tuple[str, Any], float] = {}
    for role, method in (("primary", holm), ("exploratory", step_up)):
        tests = {row.comparison.test: row.test.log10_p for row in rows if row.comparison.role == role and row.test}
        values = method(tests.values(), size[role] or 1)
        adjusted |= {(role, name): value for name, value in zip(tests, values, strict=True)}
    for row in rows:
        if row.test is None:
            yield row
            continue
        role = row.comparison.role
        yield replace(
            row,
            test=ScoreTest(
                row.test.log10_p,
                adjusted[role, row.comparison.test],
                "holm" if role == "primary" else "fdr_bh",
                size[role],
            ),
        )
