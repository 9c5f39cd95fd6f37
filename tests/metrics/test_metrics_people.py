"""Records that err, proxies, ordered bands, amounts, review times, people who decide, searches and populations."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, confusion_matrix  # type: ignore[import-untyped]
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.proportion import test_proportions_2indep as proportions_test  # its name begins with "test"

from impact.errors import MetricError
from impact.metrics.statistics.clusters import ClusterSums
from impact.metrics.statistics.disproportion import disproportion
from impact.metrics.statistics.exact_tests import fisher_mid_p, ratio_log10_p
from impact.metrics.statistics.identification_rates import inequality, rank_rates, search_rates, selectivity
from impact.metrics.statistics.label_error import correct_labels, tipping_point
from impact.metrics.statistics.ordinal import (
    band_outcomes,
    cumulative_rates,
    mean_rank,
    one_against_rest,
    superiority,
    total_variation,
    trend,
    weighted_kappa,
)
from impact.metrics.statistics.overrides import overrides, reliance
from impact.metrics.statistics.proxies import proxy_estimate
from impact.metrics.statistics.review_times import TimeSums, mean_time, time_ratio, typical_time
from impact.metrics.statistics.trade_offs import expected_cost, forced_fpr, forced_gap


def test_corrected_counts_of_the_design() -> None:
    # design/metrics/prototypes.md, section 12.
    found = correct_labels((60, 40, 20, 180), sensitivity=0.8, specificity=0.95)

    assert found is not None
    assert (found.tp, found.fp, found.fn, found.tn) == pytest.approx(
        (73.33333, 26.66667, 13.33333, 186.66667), abs=5e-6
    )
    assert [found.rate(key) for key in ("fpr", "tpr", "ppv")] == pytest.approx([0.125, 0.84615, 0.73333], abs=5e-6)


def test_correction_undoes_a_known_error_exactly() -> None:
    """True cells 70, 30, 30, 170 recorded with sensitivity .8 and specificity .95, in expectation."""
    tp, fp, fn, tn = 70, 30, 30, 170
    one, other = 0.8 * tp + 0.05 * fp, 0.8 * fn + 0.05 * tn

    found = correct_labels((one, 100 - one, other, 200 - other), sensitivity=0.8, specificity=0.95)

    assert found is not None
    assert (found.tp, found.fp, found.fn, found.tn) == pytest.approx((tp, fp, fn, tn))


@pytest.mark.parametrize(("se", "sp"), [(0.5, 0.5), (0.3, 1.0), (1.0, 0.5)])
def test_impossible_error_rates_are_infeasible(se: float, sp: float) -> None:
    assert correct_labels((60, 40, 20, 180), sensitivity=se, specificity=sp) is None


def test_tipping_point_by_hand() -> None:
    # (100 - 60/se) / (300 - 80/se) = 20/220 gives se = .725.
    found = tipping_point((60, 40, 20, 180), (60, 20, 20, 200), rate="fpr")

    assert found.sensitivity == pytest.approx(0.725)
    corrected = correct_labels((60, 40, 20, 180), sensitivity=0.725, specificity=1.0)
    assert corrected is not None
    assert corrected.rate("fpr") == pytest.approx(20 / 220)
    assert tipping_point((1, 1, 1, 1), (1, 1, 1, 1), rate="tpr").sensitivity == 1.0
    assert tipping_point((0, 0, 1, 1), (1, 1, 1, 1), rate="ppv").gap is None


def test_proxy_bounds_of_the_design() -> None:
    # design/metrics/prototypes.md, section 13; the truth there is .30 and .20.
    found = proxy_estimate([100, 200, 300], [0.1, 0.4, 0.8], [0.21, 0.24, 0.28])

    assert found.group == pytest.approx((0.07273, 0.43030), abs=5e-6)
    assert found.difference == pytest.approx((-0.40505, 0.38956), abs=5e-6)
    assert found.weighted == pytest.approx(0.02929, abs=5e-6)
    assert found.goodman == pytest.approx((0.3, 0.2))
    assert found.goodman_possible


def test_proxy_bounds_contain_every_possible_world() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        n = rng.integers(5, 50, 4)
        members = rng.binomial(n, rng.random(4))
        yes_in, yes_out = rng.binomial(members, rng.random(4)), rng.binomial(n - members, rng.random(4))
        if members.sum() in (0, n.sum()):
            continue
        rate, other = yes_in.sum() / members.sum(), yes_out.sum() / (n - members).sum()

        found = proxy_estimate(n, members / n, (yes_in + yes_out) / n)

        assert found.group is not None
        assert found.others is not None
        assert found.difference is not None
        assert found.group[0] - 1e-9 <= rate <= found.group[1] + 1e-9
        assert found.others[0] - 1e-9 <= other <= found.others[1] + 1e-9
        assert found.difference[0] - 1e-9 <= rate - other <= found.difference[1] + 1e-9


def test_a_proxy_without_variation_says_so() -> None:
    assert proxy_estimate([10, 10], [0.5, 0.5], [0.1, 0.2]).goodman is None
    assert proxy_estimate([10], [0.0], [0.1]).group is None
    assert proxy_estimate([10, 10], [0.1, 0.2], [0.1, 0.9]).goodman_possible is False


def test_superiority_is_mann_whitney() -> None:
    one, other = np.repeat([0, 1, 2], [10, 20, 30]), np.repeat([0, 1, 2], [30, 20, 10])

    found = superiority([10, 20, 30], [30, 20, 10])

    assert found.value == pytest.approx(stats.mannwhitneyu(one, other).statistic / 3600)
    assert mean_rank([[10, 20, 30], [30, 20, 10]])[0] == pytest.approx(0.5 + ((found.value or 0) - 0.5) / 2)
    assert superiority([0, 0], [1, 1]).reason == "empty_cell"
    assert [rate.value for rate in cumulative_rates([0, 0])] == [None, None]


def test_weighted_kappa_equals_scikit_learn() -> None:
    table = np.array([[20, 5, 0], [4, 15, 6], [1, 4, 20]])
    first, second = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((3, 3)))

    for name in ("linear", "quadratic"):
        found = weighted_kappa(table, weights=name)  # type: ignore[arg-type]  # the two names it knows
        assert found.value == pytest.approx(cohen_kappa_score(first, second, weights=name))
        assert (found.low or 0) < (found.value or 0) < (found.high or 0)
    assert weighted_kappa([[5, 0], [0, 0]]).reason == "no_spread"


def test_trend_equals_statsmodels() -> None:
    k, n = np.array([10, 20, 35, 30]), np.array([100, 120, 150, 100])
    theirs = Table(np.array([n - k, k]), shift_zeros=False).test_ordinal_association(
        row_scores=np.array([0, 1]), col_scores=np.arange(4)
    )

    found = trend(k, n)

    # Theirs uses the permutation variance, with N - 1 instead of N.
    assert abs(found.z or 0) == pytest.approx(abs(theirs.zscore) * (470 / 469) ** 0.5, rel=1e-6)
    assert 10 ** (found.log10_p or 0) == pytest.approx(2 * stats.norm.sf(abs(found.z or 0)))
    slope = np.polyfit(np.arange(4), k / n, 1, w=np.sqrt(n))[0]
    assert found.slope.value == pytest.approx(slope)


def test_trend_without_variation_is_undefined() -> None:
    assert trend([5], [10]).slope.reason == "one_period"
    assert trend([0, 0], [10, 10]).slope.reason == "no_spread"
    assert trend([0, 0], [0, 0]).slope.reason == "empty_cell"


def test_bands_out_of_order_are_named() -> None:
    found = band_outcomes([5, 4, 0, 30], [100, 100, 0, 100])

    assert found.falls == (1,)
    assert found.rates[2].reason == "empty_cell"
    assert (found.trend.slope.value or 0) > 0


def test_classes_against_the_rest_equal_scikit_learn() -> None:
    table = np.array([[5, 1, 2], [2, 8, 0], [1, 1, 6]])
    y, d = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((3, 3)))

    for i, (tp, fp, fn, tn) in enumerate(one_against_rest(table)):
        assert confusion_matrix(y == i, d == i).ravel().tolist() == [tn, fp, fn, tp]
    assert total_variation([0], [5]).reason == "empty_cell"


def times(values: np.ndarray) -> TimeSums:
    logs = np.log(values)
    return TimeSums(len(values), values.sum(), logs.sum(), logs @ logs)


def test_review_times_are_compared_on_the_log_scale() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.lognormal(3, 0.8, 60), rng.lognormal(3.4, 0.6, 45)

    found = time_ratio(times(a), times(b))

    interval = stats.ttest_ind(np.log(a), np.log(b), equal_var=False).confidence_interval()
    assert found.interval == pytest.approx(tuple(np.exp(interval)))
    assert typical_time(times(a)).value == pytest.approx(stats.gmean(a))
    assert mean_time(times(a)).value == pytest.approx(a.mean())
    assert typical_time(TimeSums(0, 0, 0, 0)).reason == "empty_cell"
    assert typical_time(times(np.array([5.0]))).reason == "one_case"
    assert time_ratio(times(np.array([5.0, 5.0])), times(np.array([7.0, 7.0]))).reason == "no_spread"


def test_overrides_by_direction() -> None:
    found = overrides([[880, 20], [30, 70]])

    assert (found.escalated.value, found.reversed.value, found.overall.value) == pytest.approx((20 / 900, 0.3, 0.05))
    assert found.rubber_stamp is False
    assert overrides([[9_990, 10], [5, 995]]).rubber_stamp is True
    assert overrides([[10, 0], [0, 0]]).reversed.reason == "nobody_flagged"
    assert overrides([[0, 0], [0, 0]]).rubber_stamp is None


def test_what_people_add_is_a_paired_comparison_of_errors() -> None:
    # The machine errs in 20 + 70 + 40 + 10 = 140 of 1,000; the final decisions in 10 + 70 + 40 + 5 = 125.
    found = reliance([[[700, 10], [20, 70]], [[40, 10], [5, 145]]])

    assert (found.added.first, found.added.second) == (pytest.approx(0.140), pytest.approx(0.125))
    assert found.left_right_yes.value == pytest.approx(5 / 150)
    assert found.left_right_no.value == pytest.approx(10 / 710)
    assert found.added.p == pytest.approx(min(1.0, 2 * stats.binom.cdf(15, 45, 0.5)))


def test_no_false_alert_in_n_is_the_rule_of_three() -> None:
    found = search_rates(non_mated=3_000, false_positive=0, mated=400, missed=44)

    assert found.fpir.high == pytest.approx(3.689 / 3_000, rel=1e-3)  # exact two-sided; 3/n is one-sided
    assert found.tpir.value == pytest.approx(0.89)
    assert found.tpir.low == pytest.approx(1 - (found.fnir.high or 0))
    assert search_rates(mated=5, missed=1).fpir.reason == "not_searched"


def test_the_same_volunteers_searched_again_widen_the_interval() -> None:
    k = np.repeat([10.0, 0.0], [4, 396])

    clustered = search_rates(mated_clusters=ClusterSums.of(k, np.full(400, 10))).fnir
    plain = search_rates(mated=4_000, missed=40).fnir

    assert clustered.value == plain.value
    assert clustered.interval is not None
    assert plain.interval is not None
    assert clustered.interval[1] - clustered.interval[0] > 2 * (plain.interval[1] - plain.interval[0])


def test_reported_rates_of_the_police_national_database() -> None:
    """Reported FPIR .04% white, 4% Asian, 5.5% Black (design 3.10): the ratio 138."""
    found = inequality([0.0004, 0.04, 0.055])

    assert found.largest_over_smallest == pytest.approx(137.5)
    assert found.largest_over_geometric_mean == pytest.approx(0.055 / (0.0004 * 0.04 * 0.055) ** (1 / 3))
    pairs = [abs(a - b) for a, b in itertools.product([0.0004, 0.04, 0.055], repeat=2)]
    assert found.gini == pytest.approx(3 / 2 * sum(pairs) / (2 * 9 * (0.0954 / 3)))
    assert inequality([0, 0.1]).reason == "comparator_zero"
    assert inequality([0.1]).reason == "one_group"


def test_ranks_and_candidates() -> None:
    assert [rate.value for rate in rank_rates([80, 10, 2], 100)] == [0.8, 0.9, 0.92]
    values = np.array([0, 0, 1, 3, 0, 2])
    found = selectivity(6, values.sum(), (values**2).sum())
    assert found.value == 1.0
    assert found.high == pytest.approx(1 + 1.959964 * values.std(ddof=1) / 6**0.5)
    with pytest.raises(MetricError):
        rank_rates([5], 4)


def test_disproportion_is_exact_given_the_total() -> None:
    found = disproportion(54, 1_000, 60, 10_000)
    share = stats.binomtest(54, 114).proportion_ci(method="exact")

    assert found.ratio.value == pytest.approx(9.0)
    assert found.ratio.interval == pytest.approx(tuple(10 * x / (1 - x) for x in (share.low, share.high)))
    assert found.break_even == pytest.approx(9_000)
    assert found.excess == pytest.approx(48)
    assert disproportion(3, 100, 0, 100).ratio.reason == "comparator_zero"
    assert disproportion(3, 0, 1, 100).ratio.reason == "empty_cell"
    assert disproportion(0, 10, 0, 10).ratio.interval == (0.0, float("inf"))


def test_four_fifths_as_a_test_equals_statsmodels() -> None:
    theirs = proportions_test(
        24, 100, 60, 100, value=0.8, compare="ratio", method="score", alternative="smaller", correction=False
    )

    assert 10 ** (ratio_log10_p(24, 100, 60, 100, ratio=0.8) or 0) == pytest.approx(theirs.pvalue, rel=1e-9)
    # Exactly four fifths: 4 of 50 against 50 of 500 is no evidence in either direction.
    assert 10 ** (ratio_log10_p(4, 50, 50, 500, ratio=0.8) or 0) == pytest.approx(0.5, abs=1e-9)
    assert ratio_log10_p(0, 10, 0, 10, ratio=0.8) is None


def test_mid_p_equals_the_hypergeometric_sum() -> None:
    p = stats.hypergeom(360, 60, 42).pmf(np.arange(43))
    expected = p[p < p[12] * (1 - 1e-9)].sum() + p[12] / 2

    assert fisher_mid_p(12, 60, 30, 300) == pytest.approx(expected)
    assert fisher_mid_p(12, 60, 30, 300) < stats.fisher_exact([[12, 48], [30, 270]])[1]
    assert fisher_mid_p(0, 0, 1, 2) is None


def test_equal_hit_rates_force_unequal_false_alarms() -> None:
    # design/metrics/prototypes.md, section 1.
    assert forced_fpr(0.1, ppv=0.6, fnr=0.3) == pytest.approx(0.0519, abs=5e-5)
    assert forced_fpr(0.3, ppv=0.6, fnr=0.3) == pytest.approx(0.2)
    assert forced_fpr(0.9, ppv=0.2, fnr=0.0) is None
    found = forced_gap((60, 40, 20, 180), (30, 10, 20, 140))
    assert found is not None
    # Both together: PPV 90/140, FNR 40/130; base odds 80/220 and 50/150.
    assert found.forced == pytest.approx((80 / 220 - 50 / 150) * (50 / 90) * (90 / 130))
    assert forced_gap((0, 1, 1, 1), (0, 1, 1, 1)) is None


def test_cost_per_person_by_hand() -> None:
    found = expected_cost((60, 40, 20, 180), (0, 2.5, 10, 0))

    assert found.value == pytest.approx((40 * 2.5 + 20 * 10) / 300)
    assert found.interval is not None
    assert expected_cost((0, 0, 0, 0), (1, 1, 1, 1)).reason == "empty_cell"


def test_average_odds_of_the_published_toy(shared_data: Path) -> None:
    """holisticai's ten people: average odds difference .41667 (their asserted value)."""
    from impact.metrics.statistics.agreement import average_odds_difference

    tables = {"a": [0, 0, 0, 0], "b": [0, 0, 0, 0]}
    with (shared_data / "holisticai" / "toy10.csv").open() as file:
        for row in csv.DictReader(file):
            at = {(1, 1): 0, (0, 1): 1, (1, 0): 2, (0, 0): 3}[int(row["y_true"]), int(row["y_pred"])]
            tables[row["group"]][at] += 1

    found = average_odds_difference(tuple(tables["a"]), tuple(tables["b"]))  # type: ignore[arg-type]  # four of them

    assert found.value == pytest.approx(0.4166666666666667)
