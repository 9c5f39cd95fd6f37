"""Disparities: each group against those who do not share the characteristic, and against a named reference.

In: a plan, groupings and rates. Out: ``Disparity`` entries with intervals, excess people, adjusted p-values, verdict,
direction and severity. Knows no sentences. Never a worst gap over groups: a maximum minus a minimum is biased upwards.

The primary family is every comparison that the plan declared: primary metrics, single characteristics. Its intervals
are simultaneous (Šidák) and its p-values Holm's. Everything else is exploratory: single intervals, Benjamini-Hochberg.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Literal

from impact.metrics.analysis.bounds import Bound, bound
from impact.metrics.analysis.catalogue import CATALOGUE, Reason, plain_label
from impact.metrics.analysis.comparisons import Comparison, Pending, comparisons
from impact.metrics.analysis.estimates import Estimates, Limits
from impact.metrics.analysis.levels import Group, Grouping, group_json
from impact.metrics.analysis.rates import Rate
from impact.metrics.analysis.severity import Severity, severity
from impact.metrics.analysis.tally import Tally
from impact.metrics.analysis.verdict import Verdict, judge, margin_band
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.intervals import wilson
from impact.metrics.statistics.multiplicity import holm, sidak, step_up

__all__ = ["Disparity", "ScoreTest", "Side", "disparities"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: numerator, denominator and, where outcomes are missing, the bounds of its rate."""

    k: int | None
    n: int | None
    interval: Limits | None
    bound: Bound | None = None
    reason: Reason | None = None

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.k is not None and self.n else None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "k": self.k,
            "n": self.n,
            "value": self.value,
            "ci": list(self.interval) if self.interval else None,
            "method": "wilson" if self.interval else None,
            "reason": self.reason,
        }
        if self.bound is not None:
            data["bounds"] = [self.bound.low, self.bound.high]
        return data


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """P-value of the pooled score test, on the logarithmic scale because it underflows at national sizes."""

    log10_p: float
    log10_p_adjusted: float
    adjust: Literal["holm", "fdr_bh"]
    family_size: int


@dataclass(frozen=True, slots=True)
class Disparity:
    """One comparison with everything that was computed for it.

    Attributes:
        comparison: Who, with whom, on what.
        side: The group's rate.
        other: The comparator's rate.
        alpha: Error rate of the deciding intervals: Šidák's for the primary family, the plan's otherwise.
        difference: Group minus comparator, with the deciding interval.
        ratio: Group over comparator, with the deciding interval; value None where the comparator's rate is 0.
        single: Difference and ratio limits at the plan's own level, before any adjustment.
        other_ratio: Ratio of the shares that were *not* counted.
        disadvantage: Lower and upper limit of the ratio on the side that harms, above 1 when worse for the group.
        test: P-values; None where no test is possible.
        verdict, direction, severity: As their modules define them.
        reason: Why there is no verdict from rates.
        family_size: How many tests the family holds.
    """

    comparison: Comparison
    side: Side
    other: Side
    alpha: float
    difference: tuple[float, Limits] | None
    ratio: tuple[float | None, Limits] | None
    single: tuple[Limits, Limits] | None
    other_ratio: float | None
    disadvantage: Limits | None
    test: ScoreTest | None
    verdict: Verdict
    direction: Literal["worse", "better"] | None
    severity: Severity
    reason: Reason | None
    family_size: int

    @property
    def excess(self) -> tuple[float, Limits] | None:
        """People counted beyond the comparator's rate, with limits: n times the difference."""
        if self.difference is None or self.side.n is None:
            return None
        n, (value, (low, high)) = self.side.n, self.difference
        return n * value, (n * low, n * high)

    def to_json(self, plan: AuditPlan, finding: str | None) -> dict[str, Any]:
        """One row of ``tables.disparities``."""
        return {
            "group": group_json(self.comparison.group),
            "comparator": self.comparison.comparator_json(),
            "metric": self.comparison.metric,
            "label": plain_label(plan, self.comparison.metric),
            "group_rate": self.side.to_json(),
            "comparator_rate": self.other.to_json(),
            **self.estimates_json(),
            "test": self.test_json(),
            "verdict": self.verdict.name,
            "material": self.verdict.material if self.verdict.name == "disparity_shown" else None,
            "direction": self.direction,
            "severity": self.severity,
            "reason": self.reason,
            "role": self.comparison.role,
            "finding": finding,
        }

    def estimates_json(self) -> dict[str, Any]:
        """Difference, ratio, the other side's ratio and excess people; null where not computed."""
        level = 1 - self.alpha
        difference = ratio = excess = None
        if self.difference and self.ratio and self.single and self.excess:
            value, limits = self.difference
            difference = {
                "value": value,
                "ci": list(limits),
                "level": level,
                "ci_single": list(self.single[0]),
                "method": "newcombe",
            }
            quotient, (low, high) = self.ratio
            ratio = {
                "value": quotient,
                "ci": [low, _finite(high)],
                "level": level,
                "ci_single": [self.single[1][0], _finite(self.single[1][1])],
                "method": "koopman",
                "open": "upper" if high == inf else None,
                "reason": "comparator_zero" if quotient is None else None,
            }
            count, (fewest, most) = self.excess
            excess = {"value": round(count), "ci": [round(fewest), round(most)]}
        return {
            "difference": difference,
            "ratio": ratio,
            "other_side_ratio": None if ratio is None else {"value": self.other_ratio, "note": "share not counted"},
            "excess": excess,
        }

    def test_json(self) -> dict[str, Any] | None:
        if self.test is None:
            return None
        return {
            "log10_p": self.test.log10_p,
            "log10_p_adjusted": self.test.log10_p_adjusted,
            "adjust": self.test.adjust,
            "family_size": self.test.family_size,
        }


def _finite(value: float) -> float | None:
    return None if value == inf else value


def disparities(
    plan: AuditPlan,
    groupings: Iterable[Grouping],
    *,
    rates: dict[tuple[Group, str], Rate],
) -> tuple[Disparity, ...]:
    """All comparisons: the primary family in the order of the plan, then the exploratory ones.

    Every group that is known is compared, also groups that nobody belongs to: their comparison is ``undefined`` with a
    reason, so that no declared group disappears.
    """
    pending = list(comparisons(plan, tuple(groupings), rates=rates))
    primary = {
        c.test for c, _, _, reason in pending if c.role == "primary" and reason in (None, "outcome_not_observed")
    }
    exploratory = {c.test for c, _, _, reason in pending if c.role == "exploratory" and reason is None}
    size = {"primary": len(primary), "exploratory": len(exploratory)}
    alphas = {"primary": sidak(plan.rules.alpha, size["primary"]), "exploratory": plan.rules.alpha}
    rows = _computed(plan, pending, alphas=alphas, size=size)
    return tuple(_adjusted(rows, size=size))


def _computed(
    plan: AuditPlan, pending: list[Pending], *, alphas: dict[str, float], size: dict[str, int]
) -> list[Disparity]:
    """All intervals in a few vectorised calls, then verdicts one by one."""
    alpha = plan.rules.alpha
    defined = [item for item in pending if item[3] is None]
    counts = []
    for comparison, own, others, _ in defined:
        k, n = CATALOGUE[comparison.metric].numerator, CATALOGUE[comparison.metric].denominator
        counts.append((k(own), n(own), k(others), n(others)))
    own_alpha = [alphas[comparison.role] for comparison, *_ in defined]
    table = Estimates.of(counts, own_alpha, alpha) if counts else None
    rows, position = [], 0
    for comparison, own, others, reason in pending:
        family = size[comparison.role]
        if reason is None:
            assert table is not None
            sides = _sides(plan, comparison.metric, own, others)
            rows.append(_defined(plan, comparison, sides, table, position, alphas[comparison.role], family))
            position += 1
        else:
            rows.append(_without_rates(plan, comparison, own, others, reason, alphas[comparison.role], family))
    return rows


def _defined(
    plan: AuditPlan,
    comparison: Comparison,
    sides: tuple[Side, Side],
    table: Estimates,
    i: int,
    alpha: float,
    family: int,
) -> Disparity:
    k1, n1, k2, n2 = table.counts[i]
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
    excess_lower = None if worse is None else n1 * (low if worse == "higher" else -high)
    return Disparity(
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
        severity=severity(
            verdict,
            direction=direction,
            has_harm=worse is not None,
            ratio_lower=disadvantage[0] if disadvantage else None,
            excess_lower=excess_lower,
            irreversible=plan.columns.decision.irreversible,
        ),
        reason=None,
        family_size=family,
    )


def _sides(plan: AuditPlan, metric: str, own: Tally, others: Tally) -> tuple[Side, Side]:
    return _side(plan, metric, own), _side(plan, metric, others)


def _side(plan: AuditPlan, metric: str, tally: Tally) -> Side:
    level, row = 1 - plan.rules.alpha, CATALOGUE[metric]
    k, n = row.numerator(tally), row.denominator(tally)
    found = wilson(k, n, level=level)
    if found is None or found.high is None:
        return Side(k, n, None, bound(metric, tally, level=level), row.undefined_because(tally))
    return Side(k, n, (found.low, found.high), bound(metric, tally, level=level))


def _direction(
    verdict: Verdict, *, higher: bool, worse: Literal["higher", "lower"] | None
) -> Literal["worse", "better"] | None:
    if worse is None or verdict.name not in ("disparity_shown", "difference_small"):
        return None
    return "worse" if higher == (worse == "higher") else "better"


def _without_rates(
    plan: AuditPlan, comparison: Comparison, own: Tally, others: Tally, reason: Reason, alpha: float, family: int
) -> Disparity:
    """Undefined, or not identified; the latter is still a disparity when the bounds alone exclude equality."""
    worse = CATALOGUE[comparison.metric].worse.get(plan.columns.decision.effect)
    verdict = Verdict("not_identified" if reason in ("outcome_not_observed", "group_not_observed") else "undefined")
    sides = (_bare_side(plan, comparison.metric, own, reason), _bare_side(plan, comparison.metric, others, reason))
    direction, disadvantage = None, None
    if reason == "outcome_not_observed":
        found = _from_bounds(plan, comparison.metric, own, others, alpha)
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


def _bare_side(plan: AuditPlan, metric: str, tally: Tally, reason: Reason) -> Side:
    """A side of a comparison that has no verdict; its own rate is shown where it is defined."""
    if reason in ("outcome_not_observed", "group_not_observed"):
        limits = bound(metric, tally, level=1 - plan.rules.alpha) if reason == "outcome_not_observed" else None
        return Side(None, None, None, limits, reason)
    return _side(plan, metric, tally)


def _from_bounds(
    plan: AuditPlan, metric: str, own: Tally, others: Tally, alpha: float
) -> tuple[Verdict, bool, Limits] | None:
    """A verdict when even the outer limits of the bounds exclude equality; else None.

    Each end is a Wilson limit at the deciding level, so the two one-sided errors add up to no more than alpha. A bound
    can show a disparity, material or not; it can never show that a difference is small.
    """
    first, second = (bound(metric, tally, level=1 - alpha) for tally in (own, others))
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
