"""Samples that are not simple: repeated people, weights, small groups, intersections, subsets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from impact.errors import MetricError
from impact.metrics.statistics.clusters import (
    ClusterSums,
    clustered_difference,
    clustered_rate,
    clustered_ratio,
    cross_sums,
)
from impact.metrics.statistics.intersections import additive_excess
from impact.metrics.statistics.intervals import wilson
from impact.metrics.statistics.pooling import pool
from impact.metrics.statistics.subgroups import scan
from impact.metrics.statistics.weights import WeightSums, weighted_difference, weighted_rate, weighted_ratio

M, K = np.array([3, 1, 4, 2, 5]), np.array([1, 0, 3, 0, 2])


def test_sandwich_equals_statsmodels_on_rows() -> None:
    rows = pd.DataFrame(
        [(c, y) for c, (m, k) in enumerate(zip(M, K, strict=True)) for y in [1] * k + [0] * (m - k)],
        columns=["c", "y"],
    )
    fit = smf.ols("y ~ 1", rows).fit(cov_type="cluster", cov_kwds={"groups": rows.c})

    assert ClusterSums.of(K, M).variance == pytest.approx(float(fit.cov_params().iloc[0, 0]), rel=1e-10)


def draw(rng: np.random.Generator, clusters: int) -> ClusterSums:
    """Clusters of 1 to 11 rows whose rates differ: Beta(1, 4), mean 0.2 (the design's simulation)."""
    m = rng.integers(1, 12, clusters)
    return ClusterSums.of(rng.binomial(m, rng.beta(1, 4, clusters)), m)


@pytest.mark.parametrize(("clusters", "low", "high"), [(10, 0.90, 0.975), (20, 0.915, 0.975), (400, 0.925, 0.975)])
def test_clustered_intervals_cover_what_they_say(clusters: int, low: float, high: float) -> None:
    """design/metrics/prototypes.md, section 8: .938, .944 and .9455 measured; naive .808."""
    rng, covered, naive, runs = np.random.default_rng(clusters), 0, 0, 800
    for _ in range(runs):
        sums = draw(rng, clusters)
        a, b = clustered_rate(sums), wilson(int(sums.k), int(sums.m))
        assert b is not None
        assert b.high is not None
        covered += (a.low or 0) <= 0.2 <= (a.high or 0)
        naive += b.low <= 0.2 <= b.high

    assert low <= covered / runs <= high
    assert naive / runs < 0.88


def test_fewer_than_ten_clusters_have_no_interval() -> None:
    found = clustered_rate(ClusterSums.of(K, M))

    assert (found.value, found.interval, found.reason) == (0.4, None, "too_few_clusters")


def test_clusters_without_any_success_count_once_each() -> None:
    sums = ClusterSums.of([0] * 30, [10] * 30)

    found = clustered_rate(sums)

    plain = wilson(0, 30)
    assert plain is not None
    assert found.low == 0.0
    assert found.high == pytest.approx(plain.high, abs=0.02)
    assert (found.high or 0) > (plain.high or 0)


def test_single_rows_as_clusters_give_nearly_wilson() -> None:
    k = np.repeat([1.0, 0.0], [60, 140])

    found = clustered_rate(ClusterSums.of(k, np.ones(200)))

    plain = wilson(60, 200)
    assert plain is not None
    assert found.interval == pytest.approx((plain.low, plain.high), abs=1e-3)


def test_clusters_spanning_groups_need_the_cross_term() -> None:
    """design/metrics/prototypes.md, section 8: the four officers, and the coverage of 150."""
    kg, mg, kh, mh = [2, 0, 3, 1], [5, 3, 6, 4], [3, 1, 5, 2], [10, 8, 11, 9]
    g, h = ClusterSums.of(kg, mg), ClusterSums.of(kh, mh)
    z = (np.array(kg) - g.rate * np.array(mg)) / g.m - (np.array(kh) - h.rate * np.array(mh)) / h.m
    ten = [ClusterSums.of(np.tile(a, 10), np.tile(b, 10)) for a, b in ((kg, mg), (kh, mh))]

    found = clustered_difference(
        *ten, cross=cross_sums(np.tile(kg, 10), np.tile(mg, 10), np.tile(kh, 10), np.tile(mh, 10)), shared=40
    )

    # 40 clusters: C/(C-1) = 40/39, sums ten times, denominators ten times.
    expected = stats.t.ppf(0.975, 39) * (40 / 39 * 10 * (z @ z) / 100) ** 0.5
    assert found.high == pytest.approx(g.rate - h.rate + expected)
    assert clustered_difference(g, h, cross=(6, 1, 1, 1), shared=4).reason == "too_few_clusters"


def test_the_cross_term_repairs_coverage() -> None:
    rng, with_term, without, runs = np.random.default_rng(8), 0, 0, 500
    for _ in range(runs):
        strict = rng.normal(0, 0.12, 150)
        mg, mh = rng.integers(3, 12, 150), rng.integers(3, 12, 150)
        kg = rng.binomial(mg, np.clip(0.36 + strict, 0.01, 0.99))
        kh = rng.binomial(mh, np.clip(0.30 + strict, 0.01, 0.99))
        g, h = ClusterSums.of(kg, mg), ClusterSums.of(kh, mh)
        a = clustered_difference(g, h, cross=cross_sums(kg, mg, kh, mh), shared=150)
        b = clustered_difference(g, h)
        with_term += (a.low or 0) <= 0.06 <= (a.high or 0)
        without += (b.low or 0) <= 0.06 <= (b.high or 0)

    assert 0.92 <= with_term / runs <= 0.98
    assert without > with_term


def test_ratio_against_zero_is_open_upwards() -> None:
    one, none = ClusterSums.of([1] * 20, [5] * 20), ClusterSums.of([0] * 20, [5] * 20)

    found = clustered_ratio(one, none)

    assert (found.value, found.reason, found.high) == (None, "comparator_zero", float("inf"))


def test_kish_of_the_design() -> None:
    # Weights 1, 1, 1, 10, 10 with outcomes 0, 1, 0, 1, 0: design/metrics/prototypes.md, section 8.
    sums = WeightSums(counted=11, w=23, w2=203)

    assert sums.effective == pytest.approx(2.605911, abs=1e-6)
    assert weighted_rate(sums).interval == pytest.approx((0.10541, 0.87701), abs=5e-6)
    assert weighted_rate(WeightSums(0, 0, 0)).reason == "zero_weight"


def test_equal_weights_change_nothing() -> None:
    plain = wilson(30, 100)

    assert plain is not None
    assert weighted_rate(WeightSums(90, 300, 900)).interval == pytest.approx((plain.low, plain.high))
    assert weighted_difference(WeightSums(90, 300, 900), WeightSums(90, 300, 900)).value == 0
    assert weighted_ratio(WeightSums(90, 300, 900), WeightSums(0, 300, 900)).reason == "comparator_zero"


def test_weighted_intervals_cover_what_they_say() -> None:
    """Design 2.1: .945 with Kish, .467 with the sum of weights taken for people."""
    rng, covered, naive, runs = np.random.default_rng(3), 0, 0, 1_000
    for _ in range(runs):
        w = rng.lognormal(1.5, 1, 200)
        y = rng.random(200) < 0.3
        sums = WeightSums(float(w @ y), float(w.sum()), float(w @ w))
        a, b = weighted_rate(sums), weighted_rate(WeightSums(sums.counted, sums.w, sums.w))
        covered += (a.low or 0) <= 0.3 <= (a.high or 0)
        naive += (b.low or 0) <= 0.3 <= (b.high or 0)

    assert 0.92 <= covered / runs <= 0.97
    assert naive / runs < 0.7


def test_pooling_of_the_design() -> None:
    # design/metrics/prototypes.md, section 11.
    found = pool([3, 10, 40, 2, 120, 9], [20, 120, 300, 8, 1500, 60])

    assert found.mean == pytest.approx(0.10836, abs=1e-3)
    assert found.strength == pytest.approx(191.87, rel=0.02)
    assert [r.pooled.value for r in found.rates] == pytest.approx(
        [0.1123, 0.0987, 0.1236, 0.1140, 0.0832, 0.1183], abs=5e-4
    )
    assert found.rates[3].raw.value == 0.25


def test_equal_groups_have_no_heterogeneity() -> None:
    assert not pool([10] * 6, [100] * 6).heterogeneous
    assert pool([5, 50, 5, 50], [100] * 4).heterogeneous


def test_pooling_keeps_groups_with_nobody_and_needs_two() -> None:
    found = pool([5, 0, 10], [50, 0, 50])

    assert found.rates[1].pooled.reason == "empty_cell"
    assert pool([5], [50]).rates[0].pooled.reason == "one_group"


def test_pooled_intervals_cover_and_are_narrower() -> None:
    """Design 4.3: .944 with width .081 against Wilson's .132 (48 cells of 8 to 3,000 people)."""
    rng, covered, width, plain = np.random.default_rng(0), [], [], []
    for _ in range(15):
        n = np.exp(rng.uniform(np.log(8), np.log(3_000), 48)).astype(int)
        truth = rng.beta(6, 44, 48)
        for rate, true in zip(pool(rng.binomial(n, truth), n).rates, truth, strict=True):
            assert rate.pooled.interval is not None
            assert rate.raw.interval is not None
            low, high = rate.pooled.interval
            covered.append(low <= true <= high)
            width.append(high - low)
            plain.append(rate.raw.interval[1] - rate.raw.interval[0])

    assert 0.92 <= np.mean(covered) <= 0.97
    assert np.mean(width) < 0.75 * np.mean(plain)


def planted() -> tuple[list[tuple[str, str, str]], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    levels = [(s, e, a) for s in "fm" for e in "abcd" for a in ("<25", "25-49", "50+")]
    n = np.full(24, 160)
    p = np.array([0.5 if e == "d" and a == "<25" else 0.3 for _, e, a in levels])
    return levels, n, rng.binomial(n, p)


def test_a_planted_intersection_stands_out() -> None:
    rng = np.random.default_rng(2)
    levels = [(s, e) for s in "fm" for e in "abcdef"]
    n = np.full(12, 2_000)
    p = np.array([0.16 if pair == ("f", "e") else 0.10 for pair in levels])
    k = rng.binomial(n, p)

    found = additive_excess(levels, n, k)

    at = max(range(12), key=lambda i: abs(found[i].residual or 0))
    # With two sexes the two cells of a level have residuals of equal size and opposite sign.
    assert levels[at][1] == "e"
    assert (found[4].residual or 0) > 3
    assert sum(one.excess or 0 for one in found) == pytest.approx(0, abs=1e-6)


def test_additive_model_equals_the_formula_interface() -> None:
    levels, n, k = planted()
    data = pd.DataFrame(levels, columns=["sex", "eth", "age"]).assign(k=k, u=n - k)
    import statsmodels.api as sm

    fit = smf.glm("k + u ~ C(sex) + C(eth) + C(age)", data, family=sm.families.Binomial()).fit()
    expected = fit.get_influence().resid_studentized

    found = additive_excess(levels, n, k)

    assert [one.expected for one in found] == pytest.approx(fit.fittedvalues.tolist(), abs=1e-8)
    assert [one.residual for one in found] == pytest.approx(np.asarray(expected).tolist(), abs=1e-5)


def test_an_intersection_with_nobody_has_no_value() -> None:
    found = additive_excess([("f", "a"), ("f", "b"), ("m", "a"), ("m", "b")], [50, 50, 50, 0], [5, 6, 7, 0])

    assert found[3].observed.reason == "empty_cell"
    assert found[1].residual is None  # the only one with its level: the model fits it exactly


def test_scan_finds_the_planted_subset_and_says_how_unlikely_it_is() -> None:
    levels, n, k = planted()
    before = np.random.get_state()[1].copy()

    found = scan(["sex", "eth", "age"], levels, n, k, restarts=3, replicates=19)

    assert found.levels == {"age": ("<25",), "eth": ("d",)}
    assert found.people == 320
    assert found.p == pytest.approx(1 / 20)
    assert found.score > 10
    assert (np.random.get_state()[1] == before).all()


def test_scan_does_not_depend_on_the_order_of_rows() -> None:
    levels, n, k = planted()
    order = np.random.default_rng(1).permutation(24)
    call = {"restarts": 2, "replicates": 1}

    one = scan(["sex", "eth", "age"], levels, n, k, **call)  # type: ignore[arg-type]
    other = scan(["sex", "eth", "age"], [levels[i] for i in order], n[order], k[order], **call)  # type: ignore[arg-type]

    assert one == other


def test_scan_of_noise_is_unremarkable() -> None:
    rng = np.random.default_rng(5)
    levels = [(s, e) for s in "fm" for e in "abc"]

    found = scan(["s", "e"], levels, [300] * 6, rng.binomial(300, 0.3, 6), restarts=2, replicates=30)

    assert found.p > 0.05
    assert found.replicates <= 30


def test_scan_of_people_who_are_all_alike_finds_nothing() -> None:
    found = scan(["s"], [("f",), ("m",)], [10, 10], [0, 0])

    assert (found.levels, found.p, found.score) == ({}, 1.0, 0.0)


def test_scan_refuses_a_search_without_a_price() -> None:
    with pytest.raises(MetricError) as caught:
        scan(["s"], [("f",), ("m",)], [10, 10], [2, 3], penalty=1e-17)

    assert caught.value.faults[0].code == "M120"
