"""Strata, pairs, periods: like with like, the same cases twice, before and after."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, cochrans_q
from statsmodels.stats.contingency_tables import mcnemar as sm_mcnemar

from impact.errors import MetricError
from impact.metrics.statistics.change_point import change_point
from impact.metrics.statistics.drift import before_after, funnel
from impact.metrics.statistics.intervals import newcombe
from impact.metrics.statistics.paired import (
    cochran_q,
    difference_in_disparity,
    dominance,
    mcnemar,
    paired_difference,
    ppv_difference,
)
from impact.metrics.statistics.stratified import conditional_disparity, mantel_haenszel, standardised

# Simpson's paradox of design/metrics/prototypes.md, section 16: crude odds ratio 1.31, pooled .63.
SIMPSON = ([20, 180], [100, 300], [200, 60], [500, 100])
# Admissions to Berkeley 1973 by department A to F (Bickel, Hammel and O'Connell 1975, Science 187:398; the six largest
# as in R's UCBAdmissions): women admitted and applying, men admitted and applying.
BERKELEY = ([89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341], [512, 353, 120, 138, 53, 22],
            [825, 560, 325, 417, 191, 373])  # fmt: skip


def test_pooling_over_strata_reverses_a_crude_disparity() -> None:
    found = mantel_haenszel(*SIMPSON)

    assert found.crude_odds_ratio.value == pytest.approx(1.31, abs=0.005)
    assert found.odds_ratio.value == pytest.approx(0.63, abs=0.005)
    assert found.risk_ratio.value == pytest.approx(0.79, abs=0.005)
    assert found.p == pytest.approx(0.006, abs=0.001)
    assert found.p_homogeneity == pytest.approx(0.005, abs=0.001)
    assert found.reverses


def test_berkeley_admissions() -> None:
    """Published: women 557 of 1,835 and men 1,198 of 2,691 admitted; pooled odds ratio (men over women) .905."""
    found = mantel_haenszel(*BERKELEY)
    spread = standardised(*BERKELEY)

    assert spread.crude.value == pytest.approx(557 / 1835 - 1198 / 2691)
    assert found.odds_ratio.value == pytest.approx(1 / 0.9047, rel=1e-3)
    assert found.reverses
    # Within departments women do slightly better; the standardised difference changes sign.
    assert (spread.crude.high or 0) < 0 < (spread.difference.value or 0)
    assert found.p_homogeneity is not None
    assert found.p_homogeneity < 0.01  # department A differs


def test_strata_equal_statsmodels() -> None:
    tables = [np.array([[a, b - a], [c, d - c]]) for a, b, c, d in zip(*BERKELEY, strict=True)]
    theirs = StratifiedTable(tables)

    found = mantel_haenszel(*BERKELEY)

    assert found.odds_ratio.interval == pytest.approx(theirs.oddsratio_pooled_confint())
    assert found.risk_ratio.value == pytest.approx(theirs.riskratio_pooled)
    assert found.p == pytest.approx(theirs.test_null_odds().pvalue)


def test_a_single_stratum_is_the_plain_comparison() -> None:
    """Greenland and Robins' variance in one stratum is that of a log risk ratio: 1/a - 1/n1 + 1/c - 1/n2."""
    found = mantel_haenszel([30], [100], [20], [100])
    half = 1.959964 * (1 / 30 - 1 / 100 + 1 / 20 - 1 / 100) ** 0.5

    assert found.risk_ratio.value == pytest.approx(1.5)
    assert found.risk_ratio.interval == pytest.approx((1.5 * np.exp(-half), 1.5 * np.exp(half)), rel=1e-6)
    assert found.p_homogeneity is None
    plain = newcombe(30, 100, 20, 100)
    assert plain is not None
    assert standardised([30], [100], [20], [100]).difference.interval == pytest.approx((plain.low, plain.high))


def test_people_without_counterparts_are_counted_and_not_compared() -> None:
    found = mantel_haenszel([5, 3], [50, 10], [10, 0], [60, 0])

    assert (found.strata, found.left_out) == (1, 10)
    assert standardised([5, 3], [50, 10], [10, 0], [60, 0]).left_out == 10
    assert mantel_haenszel([1], [5], [0], [0]).odds_ratio.reason == "empty_cell"


def test_strata_without_any_yes_do_not_break() -> None:
    found = mantel_haenszel([0, 3], [10, 10], [0, 2], [10, 10])

    assert found.odds_ratio.value is not None
    assert mantel_haenszel([0], [10], [0], [10]).risk_ratio.reason == "comparator_zero"


def test_conditional_disparity_is_conditional() -> None:
    """Wachter et al.: all of the disparity is between two departments, none within."""
    found = conditional_disparity([40, 5], [50, 10], [80, 90], [100, 180])

    assert found.crude.value == pytest.approx(45 / 60 - 170 / 280)
    assert found.conditional.value == pytest.approx(0)
    # Two groups of equal size with rates .1 and .9: aif360's function of this name gives 0 (peer_pitfalls, P11).
    assert conditional_disparity([90], [100], [10], [100]).conditional.value == pytest.approx(0.8)


def test_a_stratum_in_which_everybody_was_refused_is_left_out_and_counted() -> None:
    found = conditional_disparity([4, 3], [10, 5], [5, 0], [10, 0])

    assert (found.strata, found.left_out) == (1, 5)


def test_paired_intervals_of_the_design() -> None:
    # design/metrics/prototypes.md, section 5: method 10 worked there independently, not read off a publication.
    for table, expected in {
        (36, 12, 2, 0): (0.05693, 0.34043),
        (1, 1, 7, 12): (-0.50692, -0.02556),
        (30, 12, 3, 155): (0.00587, 0.08603),
        (14, 5, 0, 22): (0.01148, 0.22649),
        (43, 0, 1, 0): (-0.11808, 0.05972),
        (10, 0, 0, 0): (-0.27753, 0.27753),
    }.items():
        assert paired_difference(table).difference.interval == pytest.approx(expected, abs=5e-6)


def test_paired_coverage_by_enumeration() -> None:
    """Every table of 25 cases with shares .3, .2, .1, .4 (true difference .1), by its probability: no simulation."""
    n, share = 25, (0.3, 0.2, 0.1, 0.4)
    covered = 0.0
    for a, b, c in itertools.product(range(n + 1), repeat=3):
        if a + b + c <= n:
            weight = stats.multinomial.pmf((a, b, c, n - a - b - c), n, share)
            if weight > 1e-7:
                low, high = paired_difference((a, b, c, n - a - b - c)).difference.interval or (0, 0)
                covered += weight * (low <= 0.1 <= high)

    assert 0.94 < covered < 0.98


def test_mcnemar_equals_statsmodels() -> None:
    assert mcnemar(12, 3) == pytest.approx(sm_mcnemar([[30, 12], [3, 155]], exact=True).pvalue)
    assert mcnemar(5, 5) == 1.0


def test_difference_in_disparity_of_the_design() -> None:
    found = difference_in_disparity((24, 20, 8, 148), (24, 16, 12, 348))

    assert (found.value, found.low, found.high) == pytest.approx((0.05, -0.00919, 0.10995), abs=5e-6)
    assert difference_in_disparity((0, 0, 0, 0), (1, 1, 1, 1)).reason == "empty_cell"


def test_cochran_q_equals_statsmodels_on_rows() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.random((80, 3)) < [0.3, 0.5, 0.4]).astype(int)
    patterns, counts = np.unique(rows, axis=0, return_counts=True)
    theirs = cochrans_q(rows)

    found = cochran_q(patterns, counts)

    assert (found.statistic, found.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    assert cochran_q([[1, 1]], [5]).statistic is None


def test_hit_rates_on_the_same_cases() -> None:
    joint = [[[500, 20], [40, 30]], [[60, 15], [35, 80]]]

    found = ppv_difference(joint)

    # First: 35+80 of 70+115; second: 15+80 of 50+95.
    assert found.value == pytest.approx(115 / 185 - 95 / 145)
    swapped = ppv_difference(np.swapaxes(joint, 1, 2))
    assert swapped.value == pytest.approx(-(found.value or 0))
    assert ppv_difference(np.zeros((2, 2, 2))).reason == "nobody_flagged"


def test_dominance_needs_every_group() -> None:
    clear, unclear = (10, 2, 40, 200), (10, 8, 12, 200)

    assert dominance([clear, clear]).fewer == "first"
    assert dominance([clear, unclear]).fewer is None
    assert dominance([(10, 40, 2, 200)]).fewer == "second"
    assert dominance([clear, (0, 0, 0, 0)]).compared == 1


def test_change_point_of_the_design() -> None:
    # design/metrics/prototypes.md, section 14.
    found = change_point([40, 38, 44, 41, 39, 42, 58, 61, 55, 57], [400] * 10)

    assert found.first == 6
    assert found.gain == pytest.approx(8.23444, abs=1e-4)
    assert found.p is not None
    assert found.p <= 0.005
    assert found.before == pytest.approx(244 / 2400)


def test_a_constant_rate_rarely_looks_changed() -> None:
    rng = np.random.default_rng(0)
    p = [change_point(rng.binomial(200, 0.1, 12), [200] * 12, replicates=99, seed=i).p for i in range(200)]

    assert 0.01 <= np.mean([x is not None and x <= 0.05 for x in p]) <= 0.09


def test_too_few_periods_have_no_change_point() -> None:
    assert change_point([1, 2, 3], [10, 10, 10]).reason == "one_period"
    assert change_point([0] * 5, [0] * 5).reason == "empty_cell"


def test_funnel_limits_widen_for_small_units_and_for_common_spread() -> None:
    plain = funnel([10, 12, 9, 30], [100, 100, 100, 100], allow_overdispersion=False)

    assert [point.place for point in plain.points] == ["inside", "inside", "inside", "action"]
    assert plain.target == pytest.approx(61 / 400)
    limits = funnel([10, 100], [100, 1_000]).points
    assert limits[0].warning is not None
    assert limits[1].warning is not None
    assert limits[0].warning[1] > limits[1].warning[1]
    spread = funnel([5, 25, 5, 25, 5, 25], [100] * 6)
    assert spread.overdispersion is not None
    assert spread.overdispersion > 3
    assert all(point.place == "inside" for point in spread.points)
    assert funnel([0], [0]).points[0].place == "nobody"


def test_change_of_a_disparity_can_disagree_between_scales() -> None:
    """From 1% to 2% and from 50% to 60%: by points the others gain more, by odds the group."""
    found = before_after([[10, 20], [500, 600]], [[1000, 1000], [1000, 1000]])

    assert found.points.value == pytest.approx(-0.09)
    assert (found.log_odds.value or 0) > 0
    assert found.same_sign is False
    assert before_after([[0, 0], [0, 0]], [[0, 1], [1, 1]]).points.reason == "empty_cell"


def test_impossible_strata_are_refused() -> None:
    with pytest.raises(MetricError):
        mantel_haenszel([5], [4], [1], [2])
