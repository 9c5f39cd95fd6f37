"""Summaries of a two-by-two table, resampling, the worst gap, and indices from closed forms."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk  # type: ignore[import-untyped]

from impact.errors import MetricError
from impact.metrics.libraries import quiet
from impact.metrics.statistics.agreement import (
    average_absolute_odds_difference,
    average_odds_difference,
    balanced_accuracy,
    diagnostic_odds_ratio,
    f1,
    kappa,
    likelihood_ratio_negative,
    likelihood_ratio_positive,
    mcc,
    treatment_ratio,
    youden,
)
from impact.metrics.statistics.entropy import (
    between_groups,
    coefficient_of_variation,
    differential_fairness,
    generalised_entropy,
    mutual_information,
    theil,
)
from impact.metrics.statistics.intervals import newcombe, wilson_limits
from impact.metrics.statistics.resampling import dirichlet, dirichlet_difference, multinomial, weighted
from impact.metrics.statistics.worst_gap import worst_gap

TABLE = (60, 40, 20, 180)


def rows(table: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1, 0, 1, 0], table), np.repeat([1, 1, 0, 0], table)


def test_values_equal_scikit_learn_on_rows() -> None:
    y, d = rows(TABLE)

    assert f1(TABLE).value == pytest.approx(sk.f1_score(y, d))
    assert mcc(TABLE).value == pytest.approx(sk.matthews_corrcoef(y, d))
    assert kappa(TABLE).value == pytest.approx(sk.cohen_kappa_score(y, d))
    assert balanced_accuracy(TABLE).value == pytest.approx(sk.balanced_accuracy_score(y, d))
    plus, minus = sk.class_likelihood_ratios(y, d)
    assert likelihood_ratio_positive(TABLE).value == pytest.approx(plus)
    assert likelihood_ratio_negative(TABLE).value == pytest.approx(minus)
    assert diagnostic_odds_ratio(TABLE).value == pytest.approx(plus / minus)


def test_intervals_of_the_design() -> None:
    # design/metrics/prototypes.md, sections 7 and 16; Koopman example of section 3.
    assert f1(TABLE).interval == pytest.approx((0.58351, 0.74060), abs=5e-6)
    assert mcc(TABLE, draws=200_000).interval == pytest.approx((0.4233, 0.6277), abs=0.002)
    assert likelihood_ratio_positive((36, 16, 4, 64)).interval == pytest.approx((2.93957, 7.15222), abs=5e-6)


def test_youden_has_newcombes_interval() -> None:
    found, expected = youden(TABLE), newcombe(60, 80, 40, 220)

    assert expected is not None
    assert found.interval == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ((0, 0, 0, 0), "empty_cell"),
        ((0, 5, 0, 5), "no_positives"),
        ((5, 0, 5, 0), "no_negatives"),
        ((0, 0, 5, 5), "nobody_flagged"),
        ((5, 5, 0, 0), "everybody_flagged"),
    ],
)
def test_mcc_without_a_margin_is_undefined(table: tuple[int, int, int, int], reason: str) -> None:
    assert mcc(table).reason == reason


def test_ratios_against_zero_keep_their_lower_limit() -> None:
    found = likelihood_ratio_positive((10, 0, 10, 100))

    assert (found.value, found.reason, found.high) == (None, "comparator_zero", float("inf"))
    assert (found.low or 0) > 1
    assert treatment_ratio((1, 0, 3, 1)).reason == "comparator_zero"
    assert kappa((10, 0, 0, 0)).reason == "no_spread"


def test_average_odds_can_cancel_while_its_parts_do_not() -> None:
    """design 3.2: +.40 and -.30 give .05."""
    found = average_odds_difference((80, 10, 20, 90), (40, 40, 60, 60))

    assert found.value == pytest.approx(0.05)
    assert (found.low or 0) < 0 < (found.high or 0)


@pytest.mark.parametrize("counts", [(0, 3), (3, 0), (0, 60)])
def test_drawn_interval_holds_a_value_at_the_edge(counts: tuple[int, int]) -> None:
    found = dirichlet(counts, lambda x: x[:, 0] / x.sum(axis=1))
    assert found.interval is not None
    low, high = found.interval
    assert low <= counts[0] / sum(counts) <= high


def test_dirichlet_interval_of_a_rate_is_jeffreys() -> None:
    """Relation of design/metrics/prototypes.md, section 7; Jeffreys limits are beta quantiles."""
    found = dirichlet([12, 48], lambda x: x[:, 0] / x.sum(axis=1), draws=200_000)

    assert found.interval == pytest.approx(stats.beta.ppf([0.025, 0.975], 12.5, 48.5), abs=0.001)
    assert found.method == "jeffreys_dirichlet"
    assert dirichlet([2, 8], lambda x: x[:, 0] / x.sum(axis=1)).method == "jeffreys_dirichlet_small"


def test_drawing_is_reproducible_and_leaves_the_global_state() -> None:
    before = np.random.get_state()[1].copy()

    one, other = mcc(TABLE, seed=3), mcc(TABLE, seed=3)

    assert one == other
    assert one != mcc(TABLE, seed=4)
    assert (np.random.get_state()[1] == before).all()


def test_mcc_covers_as_often_as_it_says() -> None:
    """Design 4.1.3: .941 at n = 200 with shares .08, .12, .05, .75 (1,500 simulated tables)."""
    share = np.array([0.08, 0.12, 0.05, 0.75])
    truth = sk.matthews_corrcoef([1, 0, 1, 0], [1, 1, 0, 0], sample_weight=share)
    rng, covered = np.random.default_rng(0), 0
    for table in rng.multinomial(200, share, 400):
        found = mcc(tuple(table), draws=800)
        covered += found.low is not None and found.high is not None and found.low <= truth <= found.high

    assert 0.915 < covered / 400 < 0.975


def test_multinomial_is_the_row_bootstrap_with_its_fault() -> None:
    found = multinomial([0, 50], lambda x: x[:, 0] / x.sum(axis=1))

    assert found.interval == (0.0, 0.0)
    assert (dirichlet([0, 50], lambda x: x[:, 0] / x.sum(axis=1)).high or 0) > 0.01


def test_difference_of_groups_is_drawn_independently() -> None:
    found = dirichlet_difference([56, 14], [48, 32], lambda x: x[:, 0] / x.sum(axis=1))
    expected = newcombe(56, 70, 48, 80)

    assert expected is not None
    assert found.interval == pytest.approx((expected.low, expected.high), abs=0.02)


def test_a_function_without_value_says_so() -> None:
    assert dirichlet([0, 0], lambda x: x[:, 0]).reason == "empty_cell"
    assert dirichlet([5, 5], lambda x: np.where(x[:, 0] > 1, 1.0, np.nan)).reason == "few_draws"
    assert dirichlet([5, 5], lambda x: x[:, 0] * np.nan).reason == "no_value"


def test_weights_inside_a_cell_add_their_spread() -> None:
    """design/metrics/prototypes.md, section 22: the spread of a bootstrap of 3,000 weighted rows."""
    rng = np.random.default_rng(0)
    g, w = rng.random(3_000) < 0.3, rng.lognormal(0, 1, 3_000)
    boot = [(w[i] * g[i]).sum() / w[i].sum() for i in rng.integers(0, 3_000, (1_000, 3_000))]
    cells = [(m.sum(), w[m].sum(), (w[m] ** 2).sum()) for m in (g, ~g)]

    found = weighted(*np.array(cells).T, lambda x: x[:, 0] / x.sum(axis=1), draws=10_000)

    assert found.interval is not None
    low, high = np.quantile(boot, [0.025, 0.975])
    assert found.interval[1] - found.interval[0] == pytest.approx(high - low, rel=0.07)
    plain = multinomial([c[1] for c in cells], lambda x: x[:, 0] / x.sum(axis=1))
    assert plain.interval is not None
    assert plain.interval[1] - plain.interval[0] < 0.75 * (high - low)


def test_worst_gap_of_the_design() -> None:
    # design/metrics/prototypes.md, section 4.
    for k, expected in (([30, 24, 45, 33], (0.03307, 0.36981)), ([10, 24, 50, 33], (0.23408, 0.53849))):
        found = worst_gap(k, [100] * 4)

        assert found.gap.interval == pytest.approx(expected, abs=5e-6)
        assert found.pairs == 6


def test_equal_groups_have_no_worst_gap_above_zero() -> None:
    """Under equality the lower limit stays 0 in at least 93% of tables (design 4.2: .935 to 1.0)."""
    rng = np.random.default_rng(0)
    k = rng.binomial(50, 0.2, (300, 6))

    assert np.mean([worst_gap(row, [50] * 6).gap.low == 0 for row in k]) >= 0.93


def test_a_group_with_nobody_is_in_no_pair() -> None:
    found = worst_gap([5, 0, 10], [20, 0, 20])

    assert (found.pairs, found.highest, found.lowest) == (1, 2, 0)
    assert worst_gap([1], [2]).gap.reason == "one_group"


def test_entropy_equals_aif360_on_rows() -> None:
    with quiet("aif360"):
        from aif360.sklearn.metrics import generalized_entropy_index
    y, d = rows(TABLE)
    benefit = d - y + 1
    for alpha, ours in ((2, generalised_entropy(TABLE)), (1, theil(TABLE)), (3, generalised_entropy(TABLE, alpha=3))):
        assert ours.value == pytest.approx(generalized_entropy_index(benefit, alpha=alpha), rel=1e-12)
    assert coefficient_of_variation(TABLE).value == pytest.approx(benefit.std() / benefit.mean())


def test_mean_log_deviation_needs_nobody_missed() -> None:
    # peer_pitfalls P10: benefits 1, 2, 2, 1, 1 have a mean log deviation of .0592 (aif360 gives .0423).
    found = generalised_entropy((2, 2, 0, 1), alpha=0)

    assert found.value == pytest.approx(0.0592, abs=5e-5)
    assert generalised_entropy(TABLE, alpha=0).reason == "false_negatives"
    assert generalised_entropy((0, 0, 5, 0)).reason == "no_benefit"
    assert generalised_entropy((0, 0, 0, 0)).reason == "empty_cell"


def test_published_indices(shared_data: Path) -> None:
    """aif360's R package on 20 people: entropy .16, Theil .22 (two digits), between groups .00161 and .0016; average
    odds -.07545, absolute .425 (its tolerances)."""
    tables = {"0": np.zeros(4), "1": np.zeros(4)}
    with (shared_data / "aif360-r" / "toy20.csv").open() as file:
        for row in csv.DictReader(file):
            y, d = int(row["y_true"]), int(row["y_pred"])
            tables[row["sex"]][{(1, 1): 0, (0, 1): 1, (1, 0): 2, (0, 0): 3}[y, d]] += 1
    whole = sum(tables.values())

    assert average_odds_difference(tuple(tables["0"]), tuple(tables["1"])).value == pytest.approx(-0.07545, abs=1e-4)
    assert average_absolute_odds_difference(tuple(tables["0"]), tuple(tables["1"])).value == pytest.approx(
        0.425, abs=6.1e-4
    )
    assert generalised_entropy(whole).value == pytest.approx(0.16, abs=0.005)
    assert theil(whole).value == pytest.approx(0.22, abs=0.005)
    assert between_groups(list(tables.values())).value == pytest.approx(0.00161, abs=5e-6)
    assert between_groups(list(tables.values()), alpha=1).value == pytest.approx(0.0016, abs=5e-5)


def test_mutual_information_equals_scikit_learn() -> None:
    table = np.array([[10, 40, 5], [40, 10, 9]])
    expected = sk.mutual_info_score(None, None, contingency=table)

    found = mutual_information(table)

    assert found.value.value == pytest.approx(expected)
    assert found.bias == pytest.approx(2 / (2 * 114))
    both = mutual_information([table, table])
    assert both.value.value == pytest.approx(expected)
    assert mutual_information([[1], [2]]).value.reason == "one_group"
    assert mutual_information([[5, 5], [0, 0]]).normalised.reason == "no_spread"


def test_independent_columns_tell_nothing() -> None:
    assert mutual_information([[10, 20], [20, 40]]).value.value == pytest.approx(0, abs=1e-15)


def test_differential_fairness_by_hand() -> None:
    # (60.5/101)/(20.5/101): ln 2.9512 = 1.0822; for "no" ln(80.5/40.5) = .6870.
    assert differential_fairness([60, 20], [100, 100]).value == pytest.approx(1.0822, abs=5e-5)
    assert differential_fairness([5], [10]).reason == "one_group"


def test_tables_of_another_shape_are_refused() -> None:
    with pytest.raises(MetricError):
        generalised_entropy([1, 2, 3])


def test_wilson_carries_over_to_the_odds_of_errors() -> None:
    low, high = wilson_limits(20, 60)
    found = treatment_ratio(TABLE)

    assert found.interval == pytest.approx((low / (1 - low), high / (1 - high)))
