"""Calibration and Brier score against published scorers and statsmodels."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from impact.errors import MetricError
from impact.metrics.statistics.scores.brier import balance, brier, brier_parts
from impact.metrics.statistics.scores.calibration import (
    calibration_error,
    calibration_line,
    calibration_table,
    hosmer_lemeshow,
    observed_over_expected,
)


def binned(score: np.ndarray, y: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    at = np.minimum((score * bins).astype(int), bins - 1)
    return np.bincount(at, minlength=bins), np.bincount(at, y, bins), np.bincount(at, score, bins)


def pleiss(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (folder / "pleiss-calibration" / "criminal_recidivism.csv").open() as file:
        rows = [(float(r["prediction"]), float(r["label"]), float(r["group"])) for r in csv.DictReader(file)]
    score, y, group = np.array(rows).T
    return score, y, group


def test_published_scorer_by_group(shared_data: Path) -> None:
    """Base rates of pleiss-calibration/SOURCE.md: .3936 and .5143."""
    score, y, group = pleiss(shared_data)
    shares = {}
    for g in (0, 1):
        n, k, s = binned(score[group == g], y[group == g], 20)
        shares[g] = k.sum() / n.sum()
        found = observed_over_expected(float(k.sum()), float(s.sum()))
        table = calibration_table(n, k, s)

        assert found.value == pytest.approx(y[group == g].sum() / score[group == g].sum(), rel=1e-12)
        assert sum(row.people for row in table) == (group == g).sum()
        assert all(row.bin / 20 <= row.mean_score <= (row.bin + 1) / 20 for row in table)
    assert sorted(round(x, 4) for x in shares.values()) == [0.3936, 0.5143]


# statsmodels warns of a perfect fit here; its estimates are what is compared.
@pytest.mark.filterwarnings("ignore:Perfect separation or prediction detected")
def test_line_equals_statsmodels(shared_data: Path) -> None:
    score, y, _ = pleiss(shared_data)
    n, k, s = binned(score, y, 50)
    used = n > 0
    x = s[used] / n[used]
    fit = sm.GLM(
        np.column_stack([k[used], n[used] - k[used]]),
        sm.add_constant(np.log(x / (1 - x))),
        family=sm.families.Binomial(),
    ).fit()

    found = calibration_line(n, k, s)

    assert (found.intercept.value, found.slope.value) == pytest.approx(tuple(fit.params), abs=1e-8)
    assert (found.slope.low, found.slope.high) == pytest.approx(tuple(fit.conf_int()[1]), abs=1e-6)
    assert found.clipped == 0


def test_separated_bins_have_no_line() -> None:
    assert calibration_line([10, 10], [0, 10], [2.0, 8.0]).slope.reason == "separated"
    assert calibration_line([10, 10], [10, 10], [2.0, 8.0]).slope.reason == "separated"
    assert calibration_line([10], [5], [2.0]).slope.reason == "no_spread"
    assert calibration_line([0], [0], [0.0]).slope.reason == "empty_cell"


def test_a_score_of_zero_is_moved_and_counted() -> None:
    found = calibration_line([50, 50, 50], [2, 25, 40], [0.0, 25.0, 40.0])

    assert found.clipped == 50
    assert found.slope.value is not None


def test_calibration_error_is_shown_beside_what_calibration_gives() -> None:
    """500 people in 50 bins with outcomes at exactly their scores' odds: the plain error is far from 0."""
    rng = np.random.default_rng(0)
    score = rng.random(500)
    n, k, s = binned(score, (rng.random(500) < score).astype(float), 50)

    found = calibration_error(n, k, s)

    assert found is not None
    assert found.ece > 0.05
    assert found.expected == pytest.approx(found.ece, abs=0.03)
    assert found.p > 0.05
    assert calibration_error(n, k, s) == found


def test_a_miscalibrated_score_exceeds_it() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(5_000)
    n, k, s = binned(score, (rng.random(5_000) < score**2).astype(float), 10)

    found = calibration_error(n, k, s)

    assert found is not None
    assert found.ece > found.upper
    assert found.p == pytest.approx(1 / 2001)
    assert found.mce >= found.ece


def test_observed_over_expected_has_garwood_limits() -> None:
    # design/metrics/prototypes.md, section 16.
    found = observed_over_expected(150, 123.4)

    assert (found.value, found.low, found.high) == pytest.approx((1.21556, 1.02882, 1.42640), abs=5e-6)
    assert observed_over_expected(0, 2.0).low == 0.0
    assert observed_over_expected(0, 2.0).high == pytest.approx(stats.chi2.ppf(0.975, 2) / 4)
    assert observed_over_expected(3, 0).reason == "comparator_zero"


def test_exact_poisson_limits_never_cover_less_than_promised() -> None:
    """Coverage by enumeration of every count, not by simulation."""
    k = np.arange(120)
    limits = [observed_over_expected(float(x), 1.0).interval or (0, 0) for x in k]
    low, high = np.array(limits).T
    for mean in (0.2, 1, 3.7, 10, 40):
        covered = (stats.poisson.pmf(k, mean) * ((low <= mean) & (mean <= high))).sum()
        assert covered >= 0.95


def test_hosmer_lemeshow_by_hand() -> None:
    # (30-20)²/(20*.8) + (60-60)²/(60*.4) = 6.25 on two degrees of freedom: exp(-6.25/2) = .0439.
    found = hosmer_lemeshow([100, 100], [30, 60], [20.0, 60.0])

    assert (found.statistic, found.degrees) == (pytest.approx(6.25), 2)
    assert found.p == pytest.approx(np.exp(-3.125))
    assert hosmer_lemeshow([10, 10], [1, 5], [0.0, 5.0]).reason == "certain_and_wrong"
    assert hosmer_lemeshow([0], [0], [0]).reason == "empty_cell"
    assert hosmer_lemeshow([5, 5], [1, 1], [1, 1], fitted=True).reason == "too_few_bins"


def test_scores_above_one_are_refused() -> None:
    with pytest.raises(MetricError) as caught:
        calibration_table([1], [1], [1.5])

    assert caught.value.faults[0].code == "M120"


def test_brier_from_sums_equals_rows(shared_data: Path) -> None:
    score, y, _ = pleiss(shared_data)
    no, yes = score[y == 0], score[y == 1]

    whole = brier(len(no), len(yes), s2_negative=(no**2).sum(), s1_positive=yes.sum(), s2_positive=(yes**2).sum())

    assert whole.value == pytest.approx(((score - y) ** 2).mean(), abs=1e-12)
    at = np.minimum((score * 10).astype(int), 9)
    parts = brier_parts(*(np.bincount(at, w, 10) for w in (np.ones_like(y), y, score, score * y, score**2)))
    assert parts is not None
    assert parts.brier == pytest.approx(whole.value, abs=1e-12)
    assert parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins == pytest.approx(parts.brier)
    assert parts.uncertainty == pytest.approx(y.mean() * (1 - y.mean()))
    assert brier(0, 0, s2_negative=0, s1_positive=0, s2_positive=0).reason == "empty_cell"


def test_balance_is_students_interval() -> None:
    values = np.array([0.2, 0.4, 0.5, 0.9])

    found = balance(4, values.sum(), (values**2).sum())

    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert found.interval == pytest.approx(expected)
    assert balance(1, 0.5, 0.25).reason == "one_case"
    assert balance(3, 1.5, 0.75).reason == "no_spread"
