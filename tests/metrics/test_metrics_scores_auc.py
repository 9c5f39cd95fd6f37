"""AUC from bins against rows, published scorers and independent implementations."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from impact.metrics.statistics.scores.auc import auc, auc_difference, auc_difference_paired, cross_auc


def delong_rows(pos: np.ndarray, neg: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """DeLong on rows by ranks (Sun and Xu 2014): area and placements of positives and of negatives."""
    m, n = len(pos), len(neg)
    ranks = stats.rankdata(np.r_[pos, neg])
    v10 = (ranks[:m] - stats.rankdata(pos)) / n
    v01 = 1 - (ranks[m:] - stats.rankdata(neg)) / m
    return float(v10.mean()), v10, v01


def test_worked_example_of_the_design() -> None:
    found = auc([0, 1, 2, 3, 4], [6, 5, 3, 2, 0])

    # design/metrics/prototypes.md, section 6.
    assert found.area.value == 0.890625
    assert found.variance == pytest.approx(0.00374783, abs=1e-8)
    assert found.binning == 0.053125
    assert (found.area.low, found.area.high) == pytest.approx((0.70378, 0.96541), abs=5e-6)
    assert found.few


def test_equals_delong_on_rows_with_ties() -> None:
    rng = np.random.default_rng(3)
    pos, neg = rng.integers(2, 12, 70), rng.integers(0, 10, 130)
    area, v10, v01 = delong_rows(pos, neg)

    found = auc(np.bincount(pos, minlength=12), np.bincount(neg, minlength=12))

    assert found.area.value == pytest.approx(area, abs=1e-12)
    assert found.area.value == pytest.approx(
        roc_auc_score(np.r_[np.ones(70), np.zeros(130)], np.r_[pos, neg]), abs=1e-12
    )
    assert found.variance == pytest.approx(v10.var(ddof=1) / 70 + v01.var(ddof=1) / 130, rel=1e-12)


def test_true_area_lies_within_the_binning_bound() -> None:
    rng = np.random.default_rng(1)
    pos, neg = rng.beta(3, 2, 4_000), rng.beta(2, 3, 6_000)
    exact = roc_auc_score(np.r_[np.ones(4_000), np.zeros(6_000)], np.r_[pos, neg])
    for bins in (5, 10, 100):
        found = auc(np.histogram(pos, bins, (0, 1))[0], np.histogram(neg, bins, (0, 1))[0])

        assert found.area.value is not None
        assert abs(found.area.value - exact) <= found.binning
        assert found.binning < 0.5


def test_separated_scores_keep_an_honest_limit() -> None:
    found = auc([0, 10], [10, 0]).area

    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 10))  # design/metrics/prototypes.md: .69150
    assert auc([10, 0], [0, 10]).area.low == 0.0


@pytest.mark.parametrize(
    ("pos", "neg", "reason", "value"),
    [
        ([0, 0], [1, 2], "no_positives", None),
        ([1, 2], [0, 0], "no_negatives", None),
        ([1, 0, 0], [1, 1, 1], "one_case", 1 / 6),
        ([5, 0], [5, 0], "no_spread", 0.5),
    ],
)
def test_missing_intervals_have_reasons(pos: list[int], neg: list[int], reason: str, value: float | None) -> None:
    found = auc(pos, neg).area

    assert found.reason == reason
    assert found.interval is None
    assert found.value == pytest.approx(value)


def test_monotone_transform_of_scores_changes_nothing() -> None:
    pos, neg = [3, 0, 4, 5], [6, 2, 2, 1]
    stretched = auc([3, 0, 0, 0, 4, 0, 5], [6, 0, 2, 0, 2, 0, 1])

    assert stretched.area == auc(pos, neg).area


def test_swapping_outcomes_mirrors_the_area() -> None:
    pos, neg = [3, 0, 4, 5], [6, 2, 2, 1]

    one, other = auc(pos, neg).area, auc(neg, pos).area

    assert one.value == pytest.approx(1 - (other.value or 0))
    assert one.low == pytest.approx(1 - (other.high or 0))


def test_cross_area_takes_each_side_from_another_group() -> None:
    assert cross_auc([0, 2], [2, 0]).area.value == 1.0
    assert cross_auc([1, 1], [1, 1]).area.value == 0.5


def test_paired_difference_equals_delong_on_rows() -> None:
    rng = np.random.default_rng(5)
    m, n, bins = 60, 90, 8
    base_pos, base_neg = rng.normal(1, 1, m), rng.normal(0, 1, n)
    a_pos, b_pos = (np.clip(base_pos + rng.normal(0, s, m) + 2, 0, 7).astype(int) for s in (0.3, 0.8))
    a_neg, b_neg = (np.clip(base_neg + rng.normal(0, s, n) + 2, 0, 7).astype(int) for s in (0.3, 0.8))
    (auc_a, a10, a01), (auc_b, b10, b01) = delong_rows(a_pos, a_neg), delong_rows(b_pos, b_neg)
    variance = (a10 - b10).var(ddof=1) / m + (a01 - b01).var(ddof=1) / n
    joint = np.zeros((2, bins, bins))
    np.add.at(joint[1], (a_pos, b_pos), 1)
    np.add.at(joint[0], (a_neg, b_neg), 1)

    found = auc_difference_paired(joint[1], joint[0])

    assert found.value == pytest.approx(auc_a - auc_b, abs=1e-12)
    assert found.high == pytest.approx(auc_a - auc_b + 1.959964 * variance**0.5, abs=1e-7)


def test_two_identical_scorers_have_no_difference_to_measure() -> None:
    joint = np.diag([1.0, 2, 3])

    assert auc_difference_paired(joint, joint[::-1, ::-1]).reason == "no_disagreement"


def test_difference_of_groups_reverses_with_them() -> None:
    a, b = auc([0, 1, 2, 3, 4], [6, 5, 3, 2, 0]), auc([3, 2, 2, 2, 3], [4, 5, 4, 4, 3])

    one, other = auc_difference(a, b), auc_difference(b, a)

    assert one.value == pytest.approx(-(other.value or 0))
    assert one.low == pytest.approx(-(other.high or 0))
    assert auc_difference(a, auc([0, 0], [1, 1])).reason == "no_positives"


def test_logit_interval_covers_more_than_the_plain_one() -> None:
    """Design 4.1.4: with 10 positives and 90 negatives .868 (Wald) and .917 (logit); 50 and 450: .940 and .951."""
    for m, n, floor in ((10, 90, 0.89), (50, 450, 0.93)):
        rng, covered, plain, runs = np.random.default_rng(11), 0, 0, 1_500
        truth = float(stats.norm.cdf(1.2 / 2**0.5))
        edges = np.linspace(-6, 7, 4_001)
        for _ in range(runs):
            pos = np.histogram(rng.normal(1.2, 1, m), edges)[0]
            neg = np.histogram(rng.normal(0, 1, n), edges)[0]
            found = auc(pos, neg)
            assert found.area.value is not None
            covered += (found.area.low or 0) <= truth <= (found.area.high or 0)
            plain += abs(found.area.value - truth) <= 1.96 * (found.variance or 0) ** 0.5
        assert floor < covered / runs < 0.97
        assert covered >= plain


def test_published_scorers(shared_data: Path) -> None:
    """kozodoi-fairness/SOURCE.md: AUC .687 among White and .723 among Black people."""
    scores: dict[tuple[str, int], list[float]] = {}
    with (shared_data / "kozodoi-fairness" / "compas_probs_6172.csv").open() as file:
        for row in csv.DictReader(file):
            scores.setdefault((row["ethnicity"], int(row["y_true"])), []).append(float(row["probability"]))
    for group, published in (("Caucasian", 0.687), ("African_American", 0.723)):
        pos, neg = (np.histogram(scores[group, y], 10_000, (0, 1))[0] for y in (1, 0))

        assert auc(pos, neg).area.value == pytest.approx(published, abs=5e-4)
