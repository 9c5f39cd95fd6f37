"""Calibration: whether a score of 0.3 means that three in ten have the outcome, from sums by score bin.

In: people, people with the outcome, and the sum of their scores, per bin. Out: the table with a Wilson interval per
bin, expected calibration error beside what perfect calibration would give, observed over expected, and the fitted
line. Knows no groups and no thresholds. None of these sees a score of a person: a bin is a count and a sum.

Sources: Wilson 1927; Garwood 1936, Biometrika 28:437 (exact Poisson); Cox 1958, Biometrika 45:562 (slope and
intercept); Hosmer and Lemeshow 1980, Comm. Stat. A9:1043; bias of the calibration error: Bröcker and Smith 2007,
Weather and Forecasting 22:651.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, Why, counts_of, refuse, undefined, z_of

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = [
    "CalibrationBin",
    "CalibrationError",
    "CalibrationLine",
    "HosmerLemeshow",
    "calibration_error",
    "calibration_line",
    "calibration_table",
    "hosmer_lemeshow",
    "observed_over_expected",
]

CLIP = 1e-6  # mean scores of exactly 0 or 1 have no logit; they are moved here, and those people are counted


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One bin: its index, people, mean score, and the share of them with the outcome."""

    bin: int
    people: float
    mean_score: float
    observed: Measure


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """How far observed shares lie from mean scores.

    Attributes:
        ece: Mean absolute gap, weighted by people.
        mce: Largest gap of any bin.
        expected: The mean absolute gap that a perfectly calibrated score would show with bins of these sizes.
        upper: Its 95th percentile.
        p: Share of simulated perfect calibrations that show at least this gap, counting the data as one of them.
        draws: How many were simulated.
        seed: With which seed.
    """

    ece: float
    mce: float
    expected: float
    upper: float
    p: float
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """logit(share) = intercept + slope * logit(score): 0 and 1 for a calibrated score.

    A slope below 1 says that scores are too extreme. ``clipped`` people had a bin whose mean score has no logit.
    """

    intercept: Measure
    slope: Measure
    clipped: float


@dataclass(frozen=True, slots=True)
class HosmerLemeshow:
    """Chi-squared of observed against expected over bins: weak, and dependent on the choice of bins."""

    statistic: float | None
    degrees: int
    p: float | None
    reason: Why | None


def calibration_table(people: Like, outcomes: Like, score_sums: Like, *, level: float = 0.95) -> list[CalibrationBin]:
    """The reliability table: bins with somebody in them, each with a Wilson interval.

    Args:
        people: People by bin with a known outcome; shape (bins,).
        outcomes: Those with the outcome; same shape.
        score_sums: Sum of the scores of the same people; same shape.
        level: Confidence level of each bin alone.

    Raises:
        MetricError: M120.

    >>> row = calibration_table([0, 100], [0, 30], [0.0, 25.0])[0]
    >>> row.bin, row.mean_score, row.observed.value
    (1, 0.25, 0.3)
    """
    n, k, s = _checked(people, outcomes, score_sums)
    used = [int(b) for b in n.nonzero()[0]]
    low, high = wilson_limits(k[used], n[used], level=level)
    return [
        CalibrationBin(
            bin=b,
            people=float(n[b]),
            mean_score=float(s[b] / n[b]),
            observed=Measure(float(k[b] / n[b]), float(low[i]), float(high[i]), level, "wilson"),
        )
        for i, b in enumerate(used)
    ]


def calibration_error(
    people: Like, outcomes: Like, score_sums: Like, *, draws: int = 2000, seed: int = 0
) -> CalibrationError | None:
    """Expected calibration error beside what perfect calibration gives: on its own it is never 0 and misleads.

    Perfect calibration is simulated from the counts: in each bin as many draws as people, each with the bin's mean
    score. Scores that differ within a bin would vary a little less, so ``expected`` is slightly too large rather than
    too small.

    Args:
        people: People by bin, whole numbers.
        outcomes: Those with the outcome.
        score_sums: Sum of their scores.
        draws: Simulated tables.
        seed: For the generator; nothing global is touched.

    Returns:
        None when there is nobody.

    Raises:
        MetricError: M120.

    >>> found = calibration_error([50, 50], [10, 30], [10.0, 25.0], draws=500)
    >>> round(found.ece, 4), round(found.mce, 4), found.expected > 0.03
    (0.05, 0.1, True)
    """
    import numpy as np

    n, k, s = _checked(people, outcomes, score_sums)
    used = n > 0
    n, k, s = n[used], k[used], s[used]
    if not n.size:
        return None
    mean, weight = np.clip(s / n, 0, 1), n / n.sum()
    gaps = np.abs(k / n - s / n)
    rng = np.random.default_rng(seed)
    drawn = rng.binomial(np.rint(n).astype(np.int64), mean, size=(draws, n.size)) / np.rint(n).clip(1)
    simulated = (np.abs(drawn - mean) * weight).sum(axis=1)
    ece = float((gaps * weight).sum())
    return CalibrationError(
        ece=ece,
        mce=float(gaps.max()),
        expected=float(simulated.mean()),
        upper=float(np.quantile(simulated, 0.95)),
        p=float((1 + (simulated >= ece - 1e-12).sum()) / (draws + 1)),
        draws=draws,
        seed=seed,
    )


def observed_over_expected(observed: float, expected: float, *, level: float = 0.95) -> Measure:
    """Calibration in the large: people with the outcome over the sum of scores, with exact Poisson limits.

    Below 1 the scores are too high for this group, above 1 too low. The headline of calibration by group: it does not
    depend on bins.

    Args:
        observed: People with the outcome.
        expected: Sum of the scores of everybody whose outcome is known.
        level: Confidence level.

    >>> found = observed_over_expected(150, 123.4)
    >>> [round(x, 5) for x in (found.value, found.low, found.high)]
    [1.21556, 1.02882, 1.4264]
    """
    from scipy.special import chdtri

    counts_of("observed over expected", [observed, expected])
    if expected == 0:
        return undefined("comparator_zero", level=level)
    tail = (1 - level) / 2
    low = 0.0 if observed == 0 else float(chdtri(2 * observed, 1 - tail)) / 2 / expected
    high = float(chdtri(2 * observed + 2, tail)) / 2 / expected
    return Measure(observed / expected, low, high, level, "exact_poisson")


def calibration_line(people: Like, outcomes: Like, score_sums: Like, *, level: float = 0.95) -> CalibrationLine:
    """Slope and intercept of a logistic line through the bins, weighted by people, with Wald intervals.

    Args:
        people: People by bin.
        outcomes: Those with the outcome.
        score_sums: Sum of their scores.
        level: Confidence level.

    Returns:
        Both undefined with fewer than two different mean scores, or where the bins separate the outcomes completely.

    Raises:
        MetricError: M120.

    >>> line = calibration_line([100, 100, 100], [20, 50, 80], [20.0, 50.0, 80.0])
    >>> round(line.slope.value, 6), abs(line.intercept.value) < 1e-9
    (1.0, True)
    """
    import numpy as np
    from scipy.special import expit, logit

    n, k, s = _checked(people, outcomes, score_sums)
    used = n > 0
    n, k, s = n[used], k[used], s[used]
    if not n.size:
        return CalibrationLine(undefined("empty_cell", level=level), undefined("empty_cell", level=level), 0.0)
    mean = s / n
    clipped = float(n[(mean < CLIP) | (mean > 1 - CLIP)].sum())
    x = logit(np.clip(mean, CLIP, 1 - CLIP))
    if np.ptp(x) < 1e-12:
        return CalibrationLine(undefined("no_spread", level=level), undefined("no_spread", level=level), clipped)
    separated = undefined("separated", level=level)
    # A finite maximum exists only where the scores of those with and without the outcome overlap (in either direction).
    having, lacking = x[k > 0], x[k < n]
    if not having.size or not lacking.size or having.min() >= lacking.max() or having.max() <= lacking.min():
        return CalibrationLine(separated, separated, clipped)
    design = np.column_stack([np.ones_like(x), x])
    beta = np.array([float(logit(k.sum() / n.sum())), 0.0])

    def deviance(b: Floats) -> float:
        eta = design @ b
        return float((n * np.logaddexp(0, eta) - k * eta).sum())

    information = np.eye(2)
    for _ in range(200):
        p = expit(design @ beta)
        information = design.T @ (design * (n * p * (1 - p))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (k - n * p))
        except np.linalg.LinAlgError:
            return CalibrationLine(separated, separated, clipped)
        scale = 1.0  # a full step can overshoot far from the maximum
        while scale > 1e-6 and deviance(beta + scale * step) > deviance(beta) + 1e-12:
            scale /= 2
        beta = beta + scale * step
        if float(np.abs(scale * step).max()) < 1e-12:
            break
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    z = z_of(level)
    intercept, slope = (
        Measure(float(b), float(b - z * e), float(b + z * e), level, "wald_logistic")
        for b, e in zip(beta, error, strict=True)
    )
    return CalibrationLine(intercept, slope, clipped)


def hosmer_lemeshow(people: Like, outcomes: Like, score_sums: Like, *, fitted: bool = False) -> HosmerLemeshow:
    """Sum over bins of (observed - expected)² / [expected (1 - expected/people)].

    Args:
        people: People by bin.
        outcomes: Those with the outcome.
        score_sums: Sum of their scores.
        fitted: Whether the scorer was fitted to these very people: two degrees of freedom fewer.

    >>> round(hosmer_lemeshow([100, 100], [30, 60], [20.0, 60.0]).statistic, 4)
    6.25
    """
    import numpy as np
    from scipy.special import chdtrc

    n, k, s = _checked(people, outcomes, score_sums)
    used = n > 0
    n, k, s = n[used], k[used], s[used]
    degrees = int(n.size) - (2 if fitted else 0)
    if degrees < 1:
        return HosmerLemeshow(None, degrees, None, "empty_cell" if not n.size else "too_few_bins")
    variance = s * (1 - s / n)
    if np.any((variance <= 0) & (np.abs(k - s) > 1e-9)):
        # A score of 0 for somebody with the outcome (or of 1 for somebody without) is infinitely wrong.
        return HosmerLemeshow(None, degrees, 0.0, "certain_and_wrong")
    statistic = float(np.divide((k - s) ** 2, variance, out=np.zeros_like(n), where=variance > 0).sum())
    return HosmerLemeshow(statistic, degrees, float(chdtrc(degrees, statistic)), None)


def _checked(people: Like, outcomes: Like, score_sums: Like) -> tuple[Floats, Floats, Floats]:
    n, k, s = counts_of("people", people), counts_of("outcomes", outcomes), counts_of("score sums", score_sums)
    if not n.shape == k.shape == s.shape:
        refuse("calibration", "people, outcomes and score sums of different length")
    if (k > n).any():
        refuse("calibration", "more outcomes than people in a bin")
    if (s > n * (1 + 1e-12) + sqrt(1e-18)).any():
        refuse("calibration", "scores above 1")
    return n, k, s
