"""Intervals against published values, other software, brute force and exact coverage."""

from __future__ import annotations

import csv
import itertools
from math import inf, log
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact.errors import MetricError
from impact.metrics.statistics.intervals import (
    Interval,
    clopper_pearson,
    koopman,
    koopman_limits,
    newcombe,
    newcombe_limits,
    wilson,
    wilson_limits,
)


def limits(found: Interval | None) -> tuple[float, float]:
    assert found is not None
    return found.low, inf if found.high is None else found.high


# Newcombe 1998, Stat. Med. 17:857, table I (81/263, 0/20, 1/29); the rest from metrics/prototypes.md, section 2.
@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (3, 41, (0.0252, 0.1943)),
    ],
)
def test_wilson_gives_published_limits(k: int, n: int, expected: tuple[float, float]) -> None:
    assert limits(wilson(k, n)) == pytest.approx(expected, abs=5e-5)


def test_wilson_and_exact_agree_with_r_package_binom(shared_data: Path) -> None:
    ours = {"wilson": wilson, "exact": clopper_pearson}
    compared = 0
    with (shared_data / "ci-reference" / "binom_confint_R.csv").open() as file:
        for row in csv.DictReader(file):
            if row["method"] in ours:
                found = limits(ours[row["method"]](int(row["k"]), int(row["n"])))
                assert found == pytest.approx((float(row["low"]), float(row["high"])), abs=1e-6)
                compared += 1

    assert compared == 16


def test_ends_are_exactly_zero_and_one() -> None:
    assert limits(wilson(20, 20))[1] == 1.0
    assert limits(wilson(0, 500))[0] == 0.0
    assert limits(clopper_pearson(0, 20))[0] == 0.0
    assert limits(clopper_pearson(20, 20))[1] == 1.0


def test_nobody_at_risk_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert clopper_pearson(0, 0) is None
    assert newcombe(0, 0, 1, 2) is None
    assert koopman(1, 2, 0, 0) is None


def test_exact_limit_at_a_tiny_level() -> None:
    # Old statsmodels gave 0.99999 (issue 9549); the right value is 1 - (alpha/2)^(1/500).
    assert limits(clopper_pearson(0, 500, level=1 - 1e-6))[1] == pytest.approx(0.0286, abs=5e-5)


def test_exact_interval_of_81_in_263() -> None:
    # Newcombe 1998, table I, method 5.
    assert limits(clopper_pearson(81, 263)) == pytest.approx((0.2527, 0.3676), abs=5e-5)


# The first two: Newcombe 1998, Stat. Med. 17:873, table II, method 10; the rest: prototypes.md, section 2.
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((0, 20, 5, 200), (-0.05718, 0.13676)),
        ((0, 20, 0, 200), (-0.01885, 0.16113)),
    ],
)
def test_newcombe_gives_published_limits(table: tuple[int, int, int, int], expected: tuple[float, float]) -> None:
    assert limits(newcombe(*table)) == pytest.approx(expected, abs=5e-5)


def test_newcombe_equals_statsmodels() -> None:
    theirs = confint_proportions_2indep(56, 70, 48, 80, method="newcomb")

    assert limits(newcombe(56, 70, 48, 80)) == pytest.approx(theirs, abs=1e-12)


# metrics/prototypes.md, section 3; zero and full cells, and counts in the billions.
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((5, 20, 10, 200), (1.87987, 12.21766)),
        ((3, 41, 10, 400), (0.88206, 9.22265)),
        ((36, 40, 16, 80), (2.93957, 7.15222)),
        ((12, 60, 30, 300), (1.07856, 3.57727)),
        ((0, 20, 5, 200), (0, 6.92594)),
        ((5, 20, 0, 200), (13.16722, inf)),
        ((20, 20, 200, 200), (0.83887, 1.01921)),
        ((0, 20, 200, 200), (0, 0.16113)),
        ((0, 20, 0, 200), (0, inf)),
        ((1, 1, 0, 1), (0.52064, inf)),
        ((1, 1, 1, 1), (0.20655, 4.84146)),
        ((7, 24_000, 0, 12_000), (0.91130, inf)),
        ((3_021, 49_512, 8_123, 372_110), (2.68354, 2.91111)),
        ((1, 10**9, 5 * 10**8, 10**9), (3.5305e-10, 1.13299e-8)),
    ],
)
def test_koopman_on_ordinary_zero_full_and_huge_tables(
    table: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    assert limits(koopman(*table)) == pytest.approx(expected, rel=1e-4, abs=0)


def test_koopman_equals_statsmodels_on_ordinary_tables() -> None:
    rng = np.random.default_rng(0)
    tables = []
    for _ in range(150):
        n1, n2 = (int(n) for n in rng.integers(20, 400, 2))
        tables.append((int(rng.integers(1, n1)), n1, int(rng.integers(1, n2)), n2))
    low, high = koopman_limits(*np.array(tables).T)

    for (k1, n1, k2, n2), a, b in zip(tables, low, high, strict=True):
        theirs = confint_proportions_2indep(k1, n1, k2, n2, method="score", compare="ratio", correction=False)
        assert (log(a), log(b)) == pytest.approx((log(theirs[0]), log(theirs[1])), abs=1e-7)


@pytest.mark.parametrize(
    ("table", "end"), [((5, 20, 0, 200), 0), ((0, 20, 5, 200), 1), ((20, 20, 200, 200), 0), ((1, 1, 0, 1), 0)]
)
def test_koopman_limit_is_where_the_score_test_turns(table: tuple[int, int, int, int], end: int) -> None:
    """At a limit the statistic equals its quantile when the constrained maximum is found by brute force."""
    k1, n1, k2, n2 = table
    ratio = limits(koopman(*table))[end]
    p2 = np.linspace(1e-9, min(1, 1 / ratio) - 1e-12, 4_000_001)
    p1 = ratio * p2
    with np.errstate(divide="ignore", invalid="ignore"):  # log 0 times 0 people is no information
        likelihood = sum(
            np.where(count == 0, 0, count * np.log(p))
            for count, p in ((k1, p1), (n1 - k1, 1 - p1), (k2, p2), (n2 - k2, 1 - p2))
        )
    best = int(np.nanargmax(likelihood))
    variance = p1[best] * (1 - p1[best]) / n1 + ratio**2 * p2[best] * (1 - p2[best]) / n2
    statistic = (k1 / n1 - ratio * k2 / n2) ** 2 / variance

    assert statistic == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-3)


@pytest.mark.parametrize("table", [(5, 20, 10, 200), (0, 20, 5, 200), (20, 20, 200, 200)])
def test_swapping_the_sides_turns_the_ratio_over(table: tuple[int, int, int, int]) -> None:
    k1, n1, k2, n2 = table
    low, high = limits(koopman(*table))
    low_swapped, high_swapped = limits(koopman(k2, n2, k1, n1))

    assert low_swapped == pytest.approx(1 / high, rel=1e-9)
    assert high_swapped == pytest.approx(1 / low if low else inf, rel=1e-9)


def test_swapping_the_sides_turns_the_difference_round() -> None:
    low, high = limits(newcombe(9, 10, 3, 20))
    low_swapped, high_swapped = limits(newcombe(3, 20, 9, 10))

    assert (low_swapped, high_swapped) == pytest.approx((-high, -low))


def test_wider_level_gives_wider_interval() -> None:
    for ours in (newcombe, koopman):
        narrow, wide = limits(ours(12, 60, 30, 300, level=0.9)), limits(ours(12, 60, 30, 300, level=0.99))
        assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_counts_out_of_range_are_refused() -> None:
    with pytest.raises(MetricError, match=r"5 of 3; wanted: 0 <= successes <= trials.*\[M101\]"):
        wilson(5, 3)
    with pytest.raises(MetricError, match=r"level 95; wanted: a fraction.*\[M102\]"):
        newcombe(1, 2, 1, 2, level=95)


def coverage_of_one(n: int, p: float, low: np.ndarray, high: np.ndarray) -> float:
    return float((stats.binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum())


def test_wilson_covers_as_stated_at_30_people() -> None:
    """Exact, by enumeration: minimum .860, mean .952 (metrics/prototypes.md, section 19)."""
    low, high = wilson_limits(np.arange(31), 30)
    grid = np.r_[np.linspace(0.005, 0.05, 46), np.linspace(0.06, 0.5, 45)]
    found = [coverage_of_one(30, p, low, high) for p in grid]

    assert (min(found), np.mean(found)) == pytest.approx((0.860, 0.952), abs=6e-4)


def test_exact_interval_never_covers_less_than_its_level() -> None:
    ends = [limits(clopper_pearson(k, 30)) for k in range(31)]
    low, high = np.array(ends).T
    grid = np.linspace(0.005, 0.5, 60)

    assert min(coverage_of_one(30, p, low, high) for p in grid) >= 0.95


@pytest.mark.parametrize(
    ("method", "grid", "worst", "mean"),
    [
        ("newcombe", (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5), 0.946, 0.955),
        ("koopman", (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 0.95), 0.917, 0.951),
    ],
)
def test_two_sample_intervals_cover_as_stated_at_20_and_200(
    method: str, grid: tuple[float, ...], worst: float, mean: float
) -> None:
    """Exact, by enumeration of all 4,221 tables (metrics/prototypes.md, section 19)."""
    n1, n2 = 20, 200
    k1, k2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    low, high = (newcombe_limits if method == "newcombe" else koopman_limits)(k1, n1, k2, n2)
    found = []
    for a, b in itertools.product(grid, grid):
        truth = a - b if method == "newcombe" else a / b
        weight = np.outer(stats.binom.pmf(np.arange(n1 + 1), n1, a), stats.binom.pmf(np.arange(n2 + 1), n2, b))
        found.append((weight * ((low <= truth) & (truth <= high))).sum())

    assert (min(found), np.mean(found)) == pytest.approx((worst, mean), abs=6e-4)


def test_library_default_is_the_method_we_refuse() -> None:
    """statsmodels' own default is Wald, which is why ours always names its method (peer_pitfalls.md, P30)."""
    assert proportion_confint(0, 20) == (0.0, 0.0)
    assert limits(wilson(0, 20))[1] == pytest.approx(0.1611, abs=5e-5)
