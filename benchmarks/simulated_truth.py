"""Simulated truth: how often the verdicts of an audit are right when the truth is known.

Each scenario draws counts, audits them from plan to verdict with `impact.audit.analyse`, and prints
how often a verdict was given, beside what the method claims. Exact coverages of the intervals alone are in
docs/statistics.md; this is the whole chain, family-wise error and power included. The seed is fixed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from impact import audit
from impact.metrics.analysis.power import detectable
from impact.metrics.statistics.change_point import change_point
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.tables.cells import Cell, Cells

SIZES = {"a": 4_000, "b": 1_500, "c": 600, "d": 250, "e": 120}
MARGIN = 1.25


@dataclass(frozen=True)
class Scenario:
    """One truth, and how often the event that is counted may happen."""

    name: str
    claim: str
    most: float | None
    least: float | None
    happened: Callable[[np.random.Generator], bool | None]


def plan(groups: dict[str, int], **rules: Any) -> audit.AuditPlan:
    return audit.plan_of(
        {
            "version": 1,
            "title": "simulated",
            "question": "q",
            "pool": "nobody",
            "source": {"kind": "counts", "path": "none.csv", "count": "n"},
            "columns": {
                "decision": {"name": "d", "yes": [1], "no": [0], "effect": "burden", "label": "flagged"},
                "outcome": {"name": "y", "yes": [1], "no": [0], "label": "upheld"},
            },
            "groups": {"g": {"name": "g", "values": list(groups)}},
            "plan": {"primary": ["selection_rate"], **rules},
        }
    )


def drawn(rng: np.random.Generator, sizes: dict[str, int], rates: dict[str, float]) -> Cells:
    """Decisions only; outcomes are not known."""
    cells = []
    for group, n in sizes.items():
        k = int(rng.binomial(n, rates[group]))
        cells += [Cell((group,), -1, d, -1, count) for d, count in ((1, k), (0, n - k)) if count]
    return Cells.of(["g"], cells)


def verdicts(found: Any, metric: str = "selection_rate") -> dict[str, str]:
    """Group -> verdict of the declared comparison."""
    return {
        row.comparison.group[0][1]: row.verdict.name
        for row in found.disparities
        if row.comparison.metric == metric and row.comparison.role == "primary"
    }


def scenarios() -> Iterator[Scenario]:
    margin = {"kind": "ratio", "value": MARGIN, "reason": "agreed"}
    bare, held = plan(SIZES), plan(SIZES, margin=margin)
    for rate in (0.02, 0.2):

        def none_differs(rng: np.random.Generator, rate: float = rate) -> bool:
            result = audit.analyse(bare, drawn(rng, SIZES, dict.fromkeys(SIZES, rate)))
            return "disparity_shown" in verdicts(result).values()

        yield Scenario(
            f"five groups of 120 to 4,000, all at {rate:.0%}: any disparity shown",
            "at most 5%",
            0.05,
            None,
            none_differs,
        )
    two = {"a": 900, "b": 2_600}
    alone, alone_held = plan(two), plan(two, margin=margin)
    smallest = detectable(0.1, two["a"], two["b"], alpha=sidak(0.05, 1))
    assert smallest is not None

    def at_the_detectable(rng: np.random.Generator) -> bool:
        result = audit.analyse(alone, drawn(rng, two, {"a": 0.1 + smallest, "b": 0.1}))
        return verdicts(result)["a"] == "disparity_shown"

    yield Scenario(
        "two groups, at the smallest detectable ratio: disparity shown", "80%", 0.84, 0.76, at_the_detectable
    )

    def at_the_margin(rng: np.random.Generator) -> bool:
        result = audit.analyse(alone_held, drawn(rng, two, {"a": 0.2 * MARGIN, "b": 0.2}))
        return verdicts(result)["a"] in ("equivalence_shown", "difference_small")

    yield Scenario("two groups, true ratio at the margin: called small", "at most 5%", 0.05, None, at_the_margin)

    def beyond(rng: np.random.Generator) -> bool:
        result = audit.analyse(held, drawn(rng, SIZES, {**dict.fromkeys(SIZES, 0.2), "b": 0.2 * MARGIN}))
        row = next(
            r for r in result.disparities if r.comparison.group == (("g", "b"),) and r.comparison.role == "primary"
        )
        return row.verdict.name == "disparity_shown" and row.verdict.material

    # Against those who do not share it the true ratio of b is exactly the margin, because all others are at 0.2.
    yield Scenario("five groups, one at the margin: called beyond it", "at most 2.5%", 0.025, None, beyond)

    def bounds_miss(rng: np.random.Generator) -> bool:
        """Outcomes of some are lost, more of them where the outcome is yes: the range must hold the true rate."""
        n, p, q = 2_000, 0.3, (0.7, 0.4)  # false positives, true positives
        y = rng.random(n) < p
        d = rng.random(n) < np.where(y, q[0], 1 - q[1])
        seen = rng.random(n) < np.where(y, 0.5, 0.9)
        cells = Cells.of(
            ["g"],
            [
                Cell(
                    ("a",),
                    int(out) if known else -1,
                    int(dec),
                    -1,
                    int(((y == out) & (d == dec) & (seen == known)).sum()),
                )
                for out in (True, False)
                for dec in (True, False)
                for known in (True, False)
            ],
        )
        result = audit.analyse(plan({"a": n}), cells)
        truth = (d & ~y).sum() / (~y).sum()
        one = result.bounds[((("g", "a"),), "fpr")]
        assert one.low is not None
        assert one.high is not None
        return not one.low <= truth <= one.high

    yield Scenario("outcomes lost, more of them of yes: true rate outside its bounds", "never", 0.0, None, bounds_miss)

    def alarm(rng: np.random.Generator) -> bool:
        found = change_point(rng.binomial(400, 0.12, 24), np.full(24, 400))
        return found.p is not None and found.p <= 0.05

    yield Scenario("24 months without a change: change of level, p at most 0.05", "at most 5%", 0.05, None, alarm)

    def missed(rng: np.random.Generator) -> bool:
        rates = np.where(np.arange(24) < 14, 0.12, 0.18)
        found = change_point(rng.binomial(400, rates), np.full(24, 400))
        return found.p is not None and found.p <= 0.05 and found.first == 14

    yield Scenario("24 months, 12% to 18% at month 14: found at that very month", "most often", None, 0.6, missed)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=1_000)
    replicates = options.parse_args().replicates
    wrong = 0
    for number, scenario in enumerate(scenarios()):
        rng = np.random.default_rng(1_000 + number)
        share = sum(bool(scenario.happened(rng)) for _ in range(replicates)) / replicates
        error = sqrt(max(share * (1 - share), 1e-12) / replicates)
        off = (scenario.most is not None and share - 2.6 * error > scenario.most) or (
            scenario.least is not None and share + 2.6 * error < scenario.least
        )
        wrong += off
        print(f"{scenario.name}: {share:.1%} ± {2 * error:.1%} (claimed: {scenario.claim}){'  OFF' if off else ''}")
    print(f"{replicates:,} replicates each; {wrong} of the claims do not hold")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
