"""Estimates: every interval and p-value of every comparison, in a few vectorised calls.

In: counts of pairs of groups and their error rates. Out: ``Estimates``, lists in the order given. Knows no groups and
no verdicts. A Koopman interval costs as much for a thousand tables as for one, so all are computed together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits

__all__ = ["Estimates", "Limits"]

Limits = tuple[float, float]


@dataclass(frozen=True)
class Estimates:
    """Every interval of every defined comparison, as lists of pairs."""

    counts: list[tuple[int, int, int, int]]
    difference: list[Limits]
    difference_inner: list[Limits]
    difference_single: list[Limits]
    ratio: list[Limits]
    ratio_inner: list[Limits]
    ratio_single: list[Limits]
    other: list[Limits]  # ratio of the shares that were not counted, at the deciding level
    log10_p: list[float]

    @classmethod
    def of(cls, counts: list[tuple[int, int, int, int]], alphas: list[float], alpha: float) -> Estimates:
        import numpy as np
        from scipy.special import log_ndtr

        k1, n1, k2, n2 = np.asarray(counts, float).T
        deciding = 1 - np.asarray(alphas)
        inner = 1 - 2 * np.asarray(alphas)
        single = np.full(len(counts), 1 - alpha)

        def pairs(limits: Any) -> list[Limits]:
            return list(zip(limits[0].tolist(), limits[1].tolist(), strict=True))

        pooled = (k1 + k2) / (n1 + n2)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        gap = k1 / n1 - k2 / n2
        z = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)  # equal rates of 0 or 1: no evidence
        log10_p = np.minimum((log(2) + log_ndtr(-np.abs(z))) / log(10), 0.0)
        return cls(
            counts=counts,
            difference=pairs(newcombe_limits(k1, n1, k2, n2, level=deciding)),
            difference_inner=pairs(newcombe_limits(k1, n1, k2, n2, level=inner)),
            difference_single=pairs(newcombe_limits(k1, n1, k2, n2, level=single)),
            ratio=pairs(koopman_limits(k1, n1, k2, n2, level=deciding)),
            ratio_inner=pairs(koopman_limits(k1, n1, k2, n2, level=inner)),
            ratio_single=pairs(koopman_limits(k1, n1, k2, n2, level=single)),
            other=pairs(koopman_limits(n1 - k1, n1, n2 - k2, n2, level=deciding)),
            log10_p=log10_p.tolist(),
        )
