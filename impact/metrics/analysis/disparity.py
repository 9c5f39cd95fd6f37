"""A disparity: one comparison of two groups, with everything that was computed for it.

In: what impact/metrics/analysis/disparities.py works out. Out: rows of findings.json. Computes nothing itself but the
number of people beyond the comparator's rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from impact.metrics.analysis.bounds import Bound
from impact.metrics.analysis.catalogue import Reason, plain_label
from impact.metrics.analysis.comparisons import Comparison
from impact.metrics.analysis.estimates import Limits
from impact.metrics.analysis.evidence import EQUAL, Evidence, Shared
from impact.metrics.analysis.levels import group_json
from impact.metrics.analysis.rates import WILSON
from impact.metrics.analysis.severity import Severity
from impact.metrics.analysis.verdict import Verdict
from impact.metrics.plans.plan import AuditPlan

__all__ = ["Disparity", "ScoreTest", "Side"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: its evidence and, where outcomes are missing, the bounds of its rate."""

    evidence: Evidence | None
    interval: Limits | None
    bound: Bound | None = None
    reason: Reason | None = None

    @property
    def k(self) -> int | None:
        return self.evidence.k if self.evidence else None

    @property
    def n(self) -> int | None:
        return self.evidence.n if self.evidence else None

    @property
    def value(self) -> float | None:
        return self.evidence.value if self.evidence else None

    @property
    def worth(self) -> float | None:
        """How many independent people the rate rests on."""
        return self.evidence.independent if self.evidence else None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "k": self.k,
            "n": self.n,
            "value": self.value,
            "ci": list(self.interval) if self.interval else None,
            "method": WILSON[self.evidence.kind] if self.interval and self.evidence else None,
            "reason": self.reason,
        }
        worth = self.evidence.to_json() if self.evidence else None
        if worth is not None:
            data["evidence"] = worth
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
        shared: What people with rows on both sides change.
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
    shared: Shared = EQUAL

    @property
    def excess(self) -> tuple[float, Limits] | None:
        """People counted beyond the comparator's rate, with limits: n times the difference.

        None with sampling weights: whether they add up to a number of people is not declared anywhere.
        """
        if self.difference is None or self.side.n is None:
            return None
        if self.side.evidence is not None and self.side.evidence.kind == "weights":
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
        if self.difference and self.ratio and self.single:
            value, limits = self.difference
            kind = self.side.evidence.kind if self.side.evidence else "rows"
            suffix = {"rows": "", "weights": "_kish", "clusters": "_clustered"}[kind]
            difference = {
                "value": value,
                "ci": list(limits),
                "level": level,
                "ci_single": list(self.single[0]),
                "method": f"newcombe{suffix}",
            }
            quotient, (low, high) = self.ratio
            ratio = {
                "value": quotient,
                "ci": [low, _finite(high)],
                "level": level,
                "ci_single": [self.single[1][0], _finite(self.single[1][1])],
                "method": f"koopman{suffix}",
                "open": "upper" if high == inf else None,
                "reason": "comparator_zero" if quotient is None else None,
            }
            if self.shared != EQUAL:
                difference["shared"], ratio["shared"] = self.shared.difference, self.shared.ratio
            if self.excess is not None:
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
