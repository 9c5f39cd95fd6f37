"""Power: the smallest disparity that data of a given size can be expected to show.

In: sizes of two groups and a reference rate. Out: the detectable difference or ratio. Uses sizes and the reference rate
only: "observed power" computed from a result is a restatement of its p-value and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from impact.metrics.analysis.catalogue import mirror_family
from impact.metrics.analysis.levels import ALL_PEOPLE, group_json, group_label, groupings
from impact.metrics.analysis.sizing import sizing_of
from impact.metrics.analysis.tally import tally
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.statistics.multiplicity import sidak
from impact.metrics.tables.aggregates import Aggregate
from impact.metrics.tables.cells import Cells

__all__ = ["POWER", "detectable", "power_table"]

POWER = 0.8  # the customary chance of finding what is there


def detectable(
    reference_rate: float, n_group: float, n_reference: float, *, power: float = POWER, alpha: float = 0.05
) -> float | None:
    """Smallest excess over the reference rate that a two-sided score test finds with the given power.

    Args:
        reference_rate: Rate of the comparator, between 0 and 1 (both excluded).
        n_group: People in the group, at least 1; not whole where rows are weighted or repeated.
        n_reference: People in the comparator.
        power: Chance of finding it.
        alpha: Two-sided significance level.

    Returns:
        A difference in rates; ``None`` when not even a rate of 100% in the group would be found.

    Source:
        Normal approximation with the pooled variance under equality and the separate variances under the alternative
        (Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, 3rd edition, chapter 4).

    >>> round(1 + detectable(0.1, 500, 5000) / 0.1, 2)
    1.42
    >>> detectable(0.5, 2, 5) is None
    True
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if not 0 < reference_rate < 1 or n_group < 1 or n_reference < 1:
        return None
    z = -float(ndtri(alpha / 2))

    def shortfall(difference: float) -> float:
        p1, p2 = reference_rate + difference, reference_rate
        pooled = (n_group * p1 + n_reference * p2) / (n_group + n_reference)
        null = sqrt(pooled * (1 - pooled) * (1 / n_group + 1 / n_reference))
        alternative = sqrt(p1 * (1 - p1) / n_group + p2 * (1 - p2) / n_reference)
        upper = float(ndtr((difference - z * null) / alternative))
        lower = float(ndtr((-difference - z * null) / alternative))
        return upper + lower - power

    smallest, largest = 1e-12, (1 - reference_rate) * (1 - 1e-9)
    if shortfall(largest) < 0 or shortfall(smallest) > 0:
        return None
    return float(brentq(shortfall, smallest, largest, xtol=1e-14))


def power_table(
    plan: AuditPlan, cells: Cells, aggregates: Mapping[str, Aggregate] | None = None
) -> list[dict[str, Any]]:
    """What the data could show, for ``impact audit check``: one row for each group against those not sharing it.

    Reads no outcome, and no decision by group: the reference rate is the overall selection rate. The level is that of
    the declared primary family, so that the table does not promise more than the audit can keep. Weighted rows count
    as Kish's number of people. Where several rows can be one person, each person counts once: how alike the rows of a
    person are is not known before outcomes are read, and this is the worst that it can be.

    Args:
        plan: The plan.
        cells: Counts without outcomes.
        aggregates: The further tables of the same count: weights, or people with several rows.

    Returns:
        Rows with ``group``, ``label``, ``n``, ``comparator_n``, ``independent`` and ``comparator_independent`` (how
        many independent people they are worth), ``reference_rate``, ``alpha``, ``power``, ``detectable_difference`` and
        ``detectable_ratio``; the last two null where nothing is detectable.
    """
    sized = sizing_of(plan, cells, aggregates or {})
    parts = [part for part in groupings(plan, cells) if len(part.keys) == 1 and not part.too_many]
    rate = sized.of("selection_rate", ALL_PEOPLE, tally(cells)).value or 0.0
    pairs = [
        (
            group,
            sized.of("selection_rate", part.people(group), part.of(group)),
            sized.of("selection_rate", part.other_people(group), part.complement(group)),
        )
        for part in parts
        for group in part.groups()
        if not part.is_unknown(group)
    ]
    tests = sum(_tests(len(part.known_levels()), named=part.keys[0] in plan.comparator.also) for part in parts)
    alpha = sidak(plan.rules.alpha, tests * len({mirror_family(key) for key in plan.rules.primary}))
    rows = []
    for group, own, others in pairs:
        worth = [side.independent if side.clusters is None else float(side.clusters) for side in (own, others)]
        smallest = detectable(rate, *worth, alpha=alpha)
        rows.append(
            {
                "group": group_json(group),
                "label": group_label(group),
                "n": own.n,
                "comparator_n": others.n,
                "independent": worth[0],
                "comparator_independent": worth[1],
                "reference_rate": rate,
                "alpha": alpha,
                "power": POWER,
                "detectable_difference": smallest,
                "detectable_ratio": None if smallest is None else 1 + smallest / rate,
            }
        )
    return rows


def _tests(levels: int, *, named: bool) -> int:
    """Different comparisons of a characteristic: each level with all others, and with a named reference.

    Two levels are one comparison, from whichever side it is seen.

    >>> [_tests(2, named=True), _tests(3, named=False), _tests(3, named=True)]
    [1, 3, 5]
    """
    if levels <= 2:
        return levels // 2
    return levels + (levels - 1 if named else 0)
