"""Small groups: rates drawn towards the rest (empirical Bayes), always beside the raw ones.

In: counts by group. Out: for each group the raw rate with Wilson's interval and the pooled rate with its own. For
order and display only: one truly different group of 22 people (60% against 12%) is drawn to 12%, which hides the very
thing an audit looks for, so a pooled rate never stands alone and never decides.

Source: beta-binomial empirical Bayes: Griffiths 1973, Biometrics 29:637; Carlin and Louis 2000, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.intervals import wilson_limits
from impact.metrics.statistics.measure import Measure, counts_of, level_of, refuse, undefined

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["PooledRate", "Pooling", "pool"]

_LOG_STRENGTH = (-2.0, 12.0)
_LOGIT_MEAN = (-9.0, 9.0)
_GAIN = 1e-3  # log-likelihood below which a difference between groups is not one


@dataclass(frozen=True, slots=True)
class PooledRate:
    """One group: its own rate, and the rate drawn towards all groups (None for a group with nobody at risk)."""

    raw: Measure
    pooled: Measure


@dataclass(frozen=True, slots=True)
class Pooling:
    """All groups, and what was fitted.

    Attributes:
        mean: Rate towards which groups are drawn; None where nothing could be fitted.
        strength: People that the common rate is worth: a group of this size is drawn half way.
        heterogeneous: False where the fit finds no difference between groups beyond chance: pooled rates are then all
            the same, and say nothing about any group.
        rates: One for each group, in order.
    """

    mean: float | None
    strength: float | None
    heterogeneous: bool
    rates: tuple[PooledRate, ...]


def pool(successes: Like, trials: Like, *, level: float = 0.95) -> Pooling:
    """Beta-binomial empirical Bayes by maximum likelihood.

    Args:
        successes: People counted by group; shape (groups,).
        trials: People at risk by group.
        level: Confidence level of Wilson's limits and posterior level of the pooled ones.

    Raises:
        MetricError: M120.

    >>> found = pool([3, 10, 40, 2, 120, 9], [20, 120, 300, 8, 1500, 60])
    >>> round(found.mean, 3), [round(rate.pooled.value, 3) for rate in found.rates]
    (0.108, [0.112, 0.099, 0.124, 0.114, 0.083, 0.118])
    >>> found.rates[3].raw.value
    0.25
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import betaincinv, betaln, expit, logit

    k, n = counts_of("successes", successes), counts_of("trials", trials)
    if k.shape != n.shape or (k > n).any():
        refuse("pooling", "more successes than trials, or other lengths")
    tail = (1 - level_of(level)) / 2
    used = n > 0
    if used.sum() < 2:
        return Pooling(None, None, False, tuple(_alone(float(a), float(b), level) for a, b in zip(k, n, strict=True)))
    kk, nn = k[used], n[used]

    def loss(x: Like) -> float:
        t = np.asarray(x, float)
        mu, s = expit(t[0]), np.exp(t[1])
        a, b = mu * s, (1 - mu) * s
        return float(-(betaln(kk + a, nn - kk + b) - betaln(a, b)).sum())

    overall = np.clip(kk.sum() / nn.sum(), 1e-4, 1 - 1e-4)
    # The likelihood can have a ridge towards "no difference"; two starts find the better of its two ends.
    fits = [
        minimize(loss, [logit(overall), start], method="L-BFGS-B", bounds=[_LOGIT_MEAN, _LOG_STRENGTH])
        for start in (3.0, 9.0)
    ]
    best = min(fits, key=lambda fit: float(fit.fun))
    common = [float(np.clip(logit(overall), *_LOGIT_MEAN)), _LOG_STRENGTH[1]]
    # The likelihood is flat towards "no difference", where a search stops anywhere: compare with that end itself.
    heterogeneous = loss(common) - float(best.fun) > _GAIN
    x = best.x if heterogeneous else common
    mu, s = float(expit(x[0])), float(np.exp(x[1]))
    rates = []
    for a, b in zip(k, n, strict=True):
        alone = _alone(float(a), float(b), level)
        if b == 0:
            rates.append(alone)
            continue
        shape = (float(a) + mu * s, float(b - a) + (1 - mu) * s)
        low, high = (float(betaincinv(*shape, q)) for q in (tail, 1 - tail))
        pooled = Measure(shape[0] / sum(shape), low, high, level, "beta_binomial")
        rates.append(PooledRate(alone.raw, pooled))
    return Pooling(mu, s, heterogeneous, tuple(rates))


def _alone(k: float, n: float, level: float) -> PooledRate:
    if n == 0:
        return PooledRate(undefined("empty_cell", level=level), undefined("empty_cell", level=level))
    low, high = wilson_limits(k, n, level=level)
    raw = Measure(k / n, float(low), float(high), level, "wilson")
    return PooledRate(raw, undefined("one_group", level=level))
