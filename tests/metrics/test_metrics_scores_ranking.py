"""Threshold sweeps, top k, exposure and distances between score distributions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_curve  # type: ignore[import-untyped]

from impact.errors import MetricError
from impact.metrics.statistics.scores.distance import (
    abroca,
    kolmogorov_smirnov,
    mean_parity_gap,
    stability_index,
    wasserstein,
)
from impact.metrics.statistics.scores.ranking import exposure, median_rate, top_k
from impact.metrics.statistics.scores.sweep import dkw, is_optimum, ratio_by_threshold, roc, sweep

POS, NEG = [0, 1, 2, 3, 4], [6, 5, 3, 2, 0]


def test_sweep_flags_everybody_at_the_lowest_edge_and_nobody_above_all() -> None:
    points = sweep(POS, NEG, edges=[0, 0.2, 0.4, 0.6, 0.8]).points

    assert [p.tp + p.fp for p in points] == [26, 20, 14, 9, 4, 0]
    assert (points[3].tp, points[3].fp, points[3].fn, points[3].tn) == (7, 2, 3, 14)
    assert points[3].false_per_true == pytest.approx(2 / 7)
    assert points[-1].threshold is None
    assert points[-1].ppv is None


def test_roc_equals_scikit_learn() -> None:
    score = np.repeat(np.r_[0:5, 0:5], POS + NEG)
    fpr, tpr, _ = roc_curve(np.repeat([1, 0], [10, 16]), score, drop_intermediate=False)
    found = np.array(roc(POS, NEG))

    assert found == pytest.approx(np.column_stack([fpr, tpr]))
    assert np.trapezoid(found[:, 1], found[:, 0]) == pytest.approx(0.890625)
    assert roc([0], [1]) is None


def test_band_holds_for_all_thresholds_at_once() -> None:
    """Massart's constant: at least 95% of samples lie within the band everywhere."""
    rng = np.random.default_rng(2)
    n, runs = 100, 2_000
    x = np.sort(rng.random((runs, n)), axis=1)
    i = np.arange(1, n + 1) / n
    largest = np.maximum((i - x).max(axis=1), (x - i + 1 / n).max(axis=1))
    band = dkw(n)

    assert band is not None
    assert (largest <= band).mean() >= 0.945
    assert dkw(1) == 1.0


def test_ratio_by_threshold_has_koopman_limits() -> None:
    a = sweep([5, 5], [95, 95], edges=[0, 0.5])
    b = sweep([10, 0], [90, 100], edges=[0, 0.5])

    found = ratio_by_threshold(a, b, rate="tpr")

    assert found[0].value == 1.0
    assert found[1].reason == "comparator_zero"
    assert (found[1].low or 0) > 0
    with pytest.raises(MetricError):
        ratio_by_threshold(a, sweep([1], [1], edges=[0]), rate="fpr")


def test_a_threshold_that_is_the_best_on_these_data_is_named() -> None:
    found = sweep(POS, NEG, edges=[0, 0.2, 0.4, 0.6, 0.8])

    assert "youden" in is_optimum(found, 0.4)
    assert is_optimum(found, 0.0) == []
    assert is_optimum(found, 0.33) == []


def test_edges_must_ascend() -> None:
    with pytest.raises(MetricError):
        sweep([1, 1], [1, 1], edges=[0.5, 0.5])


def test_top_k_contains_every_possible_choice_among_equals() -> None:
    """Brute force: all ways of taking the remaining places from the bin that k cuts."""
    rng = np.random.default_rng(4)
    for _ in range(25):
        pos, neg = rng.integers(0, 3, (2, 3)), rng.integers(0, 3, (2, 3))
        people = [
            (b, g, y) for b in range(3) for g in range(2) for y, t in ((1, pos), (0, neg)) for _ in range(t[g, b])
        ]
        if len(people) < 2:
            continue
        k = int(rng.integers(1, len(people)))
        people.sort(reverse=True)
        cut = people[k - 1][0]
        sure, tied = [p for p in people if p[0] > cut], [p for p in people if p[0] == cut]
        worlds = [sure + list(rest) for rest in itertools.combinations(tied, k - len(sure))]
        found = top_k(pos, neg, k=k)
        for g in range(2):
            chosen = [[p for p in world if p[1] == g] for world in worlds]
            sizes, true = [len(c) for c in chosen], [sum(p[2] for p in c) for c in chosen]
            precisions = [t / s for t, s in zip(true, sizes, strict=True) if s]

            assert (found[g].selected.low, found[g].selected.high) == (min(sizes), max(sizes))
            assert (found[g].true.low, found[g].true.high) == (min(true), max(true))
            if min(sizes) > 0:
                assert (found[g].precision.low, found[g].precision.high) == pytest.approx(
                    (min(precisions), max(precisions))
                )


def test_top_k_is_exact_at_the_edge_of_a_bin() -> None:
    group, others = top_k([[0, 2], [1, 1]], [[3, 1], [4, 0]], k=4)

    assert (group.selected.value, group.recall.value) == (3, 1.0)
    assert group.skew.value == pytest.approx(np.log((3 / 4) / (6 / 12)))
    assert others.skew.value == pytest.approx(np.log((1 / 4) / (6 / 12)))


@pytest.mark.parametrize("k", [0, 13])
def test_top_k_needs_a_number_of_people_that_exists(k: int) -> None:
    with pytest.raises(MetricError):
        top_k([[0, 2], [1, 1]], [[3, 1], [4, 0]], k=k)


def test_exposure_far_down_the_list_equals_the_sum() -> None:
    counts = np.array([[30_000, 20_000, 5_000], [10_000, 20_000, 40_000]])
    weights = 1 / np.log2(1 + np.arange(1, counts.sum() + 1))
    ends = np.cumsum(np.r_[0, counts.sum(axis=0)[::-1]])
    mean = [weights[a:b].mean() for a, b in itertools.pairwise(ends)]
    expected = (counts[:, ::-1] @ mean) / counts.sum(axis=1) / weights.mean()

    assert exposure(counts) == pytest.approx(expected, rel=1e-8)
    assert exposure([[0, 0], [0, 0]]) == [None, None]


def test_scoring_rate_shows_ties_at_the_median() -> None:
    (a, size), (b, _) = median_rate([[2, 2, 6], [6, 2, 2]])

    assert size == 10
    assert (a.low, a.high) == (0.6, 0.8)
    assert (b.low, b.high) == (0.2, 0.4)


def test_kolmogorov_smirnov_equals_scipy_on_rows() -> None:
    rng = np.random.default_rng(6)
    one, other = rng.integers(0, 30, 400), rng.integers(3, 33, 500)
    expected = stats.ks_2samp(one, other, method="asymp")

    found = kolmogorov_smirnov(np.bincount(one, minlength=33), np.bincount(other, minlength=33))

    assert found.statistic.value == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, rel=0.2)  # scipy refines the asymptotic value


def test_wasserstein_equals_scipy() -> None:
    a, b, x = [3, 1, 4, 0], [1, 2, 2, 7], [0.1, 0.2, 0.55, 0.9]

    assert wasserstein(a, b, positions=x).value == pytest.approx(stats.wasserstein_distance(x, x, a, b))


def test_abroca_sees_curves_that_cross() -> None:
    """peer_pitfalls P26: equal areas, crossing curves: area between them about .30, difference of areas about 0."""
    edges = np.linspace(-12, 12, 2_001)
    mass = {(m, s): np.diff(stats.norm.cdf(edges, m, s)) for m, s in ((1, 2), (0, 0.5), (1, 0.5), (0, 2))}

    found = abroca(mass[1, 2], mass[0, 0.5], mass[1, 0.5], mass[0, 2])

    assert found.value == pytest.approx(0.30, abs=0.01)
    assert abroca(POS, NEG, POS, NEG).value == 0.0
    assert abroca([0], [1], [1], [1]).reason == "no_positives"


def test_abroca_of_curves_that_do_not_cross_is_the_difference_of_areas() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 20, 8)

    found = abroca([0, 0, 0, 5], [5, 5, 0, 0], x, x)

    assert found.value == pytest.approx(0.5)


def test_stability_index_by_hand() -> None:
    # (.75-.5) ln 1.5 + (.25-.5) ln .5 = .27465, smoothing aside.
    assert stability_index([100, 100], [150, 50], smoothing=0).value == pytest.approx(0.274653, abs=1e-6)
    assert stability_index([0], [0]).reason == "empty_cell"
    with pytest.raises(MetricError):
        stability_index([1, 0], [1, 1], smoothing=0)


def test_mean_gap_over_thresholds() -> None:
    # Shares at or below each edge: .5/.25 and .75/.5; gaps .25 and .25.
    assert mean_parity_gap([2, 1, 1], [1, 1, 2]).value == pytest.approx(0.25)
    assert mean_parity_gap([2, 1, 1], [1, 1, 2], weights=[0, 0]).reason == "zero_weight"
