"""Estimates: every interval and p-value of every comparison, in a few vectorised calls.

In: the evidence for pairs of groups and their error rates. Out: ``Estimates``, lists in the order given. Knows no
groups and no verdicts. A Koopman interval costs as much for a thousand tables as for one, so all are computed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any, Literal

from impact.metrics.analysis.evidence import Evidence, Shared
from impact.metrics.statistics.intervals import koopman_limits, newcombe_limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Estimates", "Limits", "Paired"]

Limits = tuple[float, float]
Paired = tuple[Evidence, Evidence, Shared]  # a group, whom it is compared with, and what people on both sides change


@dataclass(frozen=True)
class Estimates:
    """Every interval of every defined comparison, as lists of pairs."""

    difference: list[Limits]
    difference_inner: list[Limits]
    difference_single: list[Limits]
    ratio: list[Limits]
    ratio_inner: list[Limits]
    ratio_single: list[Limits]
    other: list[Limits]  # ratio of the shares that were not counted, at the deciding level
    log10_p: list[float]

    @classmethod
    def of(cls, pairs: Sequence[Paired], alphas: list[float], alpha: float) -> Estimates:
        """All intervals.

        Args:
            pairs: Evidence of both sides of each comparison; every rate is defined.
            alphas: Error rate of the deciding interval of each.
            alpha: Error rate of a single interval.
        """
        import numpy as np

        deciding = 1 - np.asarray(alphas)
        inner = 1 - 2 * np.asarray(alphas)
        single = np.full(len(pairs), 1 - alpha)

        def differences(levels: Floats) -> list[Limits]:
            return _pairs(newcombe_limits(*_counts(pairs, levels, "difference"), level=levels))

        def ratios(levels: Floats) -> list[Limits]:
            return _pairs(koopman_limits(*_counts(pairs, levels, "ratio"), level=levels))

        k1, n1, k2, n2 = _counts(pairs, deciding, "other")
        return cls(
            difference=differences(deciding),
            difference_inner=differences(inner),
            difference_single=differences(single),
            ratio=ratios(deciding),
            ratio_inner=ratios(inner),
            ratio_single=ratios(single),
            other=_pairs(koopman_limits(n1 - k1, n1, n2 - k2, n2, level=deciding)),
            log10_p=_log10_p(*_counts(pairs, single, "difference")),
        )


def _pairs(limits: Any) -> list[Limits]:
    return list(zip(limits[0].tolist(), limits[1].tolist(), strict=True))


def _counts(
    pairs: Sequence[Paired], levels: Floats, what: Literal["difference", "ratio", "other"]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Numerators and denominators at which the formulas for independent rows give the interval of each pair."""
    import numpy as np

    rows = []
    for (one, other, shared), level in zip(pairs, levels.tolist(), strict=True):
        row: list[float] = []
        for side in (one, other):
            row += side.counts(level, getattr(shared, what))
        rows.append(row)
    k1, n1, k2, n2 = np.asarray(rows, float).T
    return k1, n1, k2, n2


def _log10_p(k1: Floats, n1: Floats, k2: Floats, n2: Floats) -> list[float]:
    """Pooled score test, two-sided."""
    import numpy as np
    from scipy.special import log_ndtr

    pooled = (k1 + k2) / (n1 + n2)
    # A rate of 0 or 1 at a fractional number of people can miss 0 or 1 by a rounding error.
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 0) * (1 / n1 + 1 / n2))
    gap = k1 / n1 - k2 / n2
    z = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)  # equal rates of 0 or 1: no evidence
    found: list[float] = np.minimum((log(2) + log_ndtr(-np.abs(z))) / log(10), 0.0).tolist()
    return found
