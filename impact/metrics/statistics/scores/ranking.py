"""Ranking: who is reached when only the k highest scores can be followed up, from counts by group and score bin.

In: positives and negatives by group and bin, bins ascending, and k. Out: how many of each group are reached, how many
of them rightly, and which share of the attention a group receives. Where k falls inside a bin, counts do not say who
is above it: the answer is then a range, never an arbitrary choice among equals.

Sources: skew@k: Geyik, Ambler and Kenthapadi 2019 (KDD); exposure: Singh and Joachims 2018 (KDD), with the position
discount 1/log2(1 + rank) of Järvelin and Kekäläinen 2002 (ACM TOIS 20:422).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Floats, Like

__all__ = ["Range", "TopK", "exposure", "median_rate", "top_k"]

# Discounts are added one by one up to this rank, and by their integral beyond it (error below 1e-9 of the sum).
_EXACT_RANKS = 20_000


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest value; equal where the counts settle it. None where even that is undefined."""

    low: float | None
    high: float | None

    @property
    def value(self) -> float | None:
        """The value where it is settled.

        >>> Range(0.5, 0.5).value, Range(0.4, 0.6).value
        (0.5, None)
        """
        return self.low if self.low is not None and self.low == self.high else None


@dataclass(frozen=True, slots=True)
class TopK:
    """One group among the k highest scores.

    Attributes:
        selected: How many of the group.
        true: How many of those with the outcome.
        precision: Share of those selected who have the outcome.
        recall: Share of the group's true cases who are selected.
        skew: Natural logarithm of (share of the k / share of everybody): 0 is parity, minus infinity is nobody.
    """

    selected: Range
    true: Range
    precision: Range
    recall: Range
    skew: Range


def top_k(positives: Like, negatives: Like, *, k: int) -> list[TopK]:
    """The k highest scores over all groups together.

    Args:
        positives: People with the outcome, shape (groups, bins), bins ascending.
        negatives: People without it; same shape.
        k: How many can be followed up.

    Raises:
        MetricError: M120; also when k is below 1 or above the number of people.

    >>> found = top_k([[0, 2], [1, 1]], [[3, 1], [4, 0]], k=4)
    >>> [(g.selected.value, g.precision.value) for g in found]
    [(3.0, 0.6666666666666666), (1.0, 1.0)]
    >>> [(g.selected.low, g.selected.high) for g in top_k([[0, 2], [1, 1]], [[3, 1], [4, 0]], k=3)]
    [(2.0, 3.0), (0.0, 1.0)]
    """
    import numpy as np

    pos, neg = _by_group(positives, negatives)
    total = float(pos.sum() + neg.sum())
    if not 1 <= k <= total:
        refuse("k", f"{k} of {total:g} people")
    by_bin = (pos + neg).sum(axis=0)
    above = np.append(np.cumsum(by_bin[::-1])[::-1], 0.0)  # people at or above each edge
    edge = int(np.flatnonzero(above <= k)[0])  # everybody from this bin on is among the k
    rest = k - float(above[edge])
    tp0, fp0 = pos[:, edge:].sum(axis=1), neg[:, edge:].sum(axis=1)
    groups = []
    for g in range(pos.shape[0]):
        # Of the bin that k cuts, `rest` people are taken: between none and all of them from this group.
        p, q = (float(pos[g, edge - 1]), float(neg[g, edge - 1])) if rest else (0.0, 0.0)
        others = float(by_bin[edge - 1]) - p - q if rest else 0.0
        base_tp, base = float(tp0[g]), float(tp0[g] + fp0[g])
        size, true_cases = float(pos[g].sum() + neg[g].sum()), float(pos[g].sum())
        fewest, most = max(0.0, rest - others), min(p + q, rest)
        selected = Range(base + fewest, base + most)
        least_tp = max(0.0, rest - others - q)
        most_tp = min(p, rest)
        true = Range(base_tp + least_tp, base_tp + most_tp)
        # Precision is smallest with as many negatives as possible, and largest with as many positives.
        worst_fp = min(q, rest)
        worst_tp = max(0.0, rest - worst_fp - others)
        best_fp = max(0.0, rest - most_tp - others)
        precision = Range(
            _share(base_tp + worst_tp, base + worst_tp + worst_fp),
            _share(base_tp + most_tp, base + most_tp + best_fp),
        )
        recall = Range(_share(base_tp + least_tp, true_cases), _share(base_tp + most_tp, true_cases))
        skew = Range(*(_skew(end, k, size, total) for end in (selected.low, selected.high)))
        groups.append(TopK(selected, true, precision, recall, skew))
    return groups


def exposure(people: Like) -> list[float | None]:
    """Mean attention of each group over everybody's: positions weighted by 1/log2(1 + rank), best first.

    Args:
        people: Counts, shape (groups, bins), bins ascending. Within a bin everybody gets the bin's mean discount.

    Returns:
        1 is parity, below 1 less attention than its size; None for a group with nobody.

    >>> [round(x, 4) for x in exposure([[0, 1], [1, 0]])]
    [1.2263, 0.7737]
    """
    import numpy as np

    counts = counts_of("people", people, ndim=2)
    by_bin = counts.sum(axis=0)[::-1]
    ends = np.append(0.0, np.cumsum(by_bin))
    discount = np.diff(_discounts(ends))
    mean = np.divide(discount, by_bin, out=np.zeros_like(discount), where=by_bin > 0)
    if ends[-1] == 0:
        return [None] * counts.shape[0]
    overall = float(discount.sum() / ends[-1])
    sizes = counts.sum(axis=1)
    received = counts[:, ::-1] @ mean
    return [float(a / n) / overall if n else None for a, n in zip(received, sizes, strict=True)]


def median_rate(people: Like) -> list[tuple[Range, float]]:
    """Share of each group above the median score of everybody (the "scoring rate" of New York City Local Law 144).

    Args:
        people: Counts, shape (groups, bins), bins ascending.

    Returns:
        For each group the share strictly above the median's bin and the share in it or above, and the group's size.
        The rule says "above"; with ties at the median the two differ, and both are shown.

    >>> [(r.low, r.high) for r, _ in median_rate([[1, 0, 3], [3, 1, 0]])]
    [(0.75, 0.75), (0.25, 0.25)]
    """
    import numpy as np

    counts = counts_of("people", people, ndim=2)
    cumulative = np.cumsum(counts.sum(axis=0))
    if not cumulative.size or cumulative[-1] == 0:
        return [(Range(None, None), 0.0) for _ in range(counts.shape[0])]
    # The bin of the middle person, or of the lower of the two; then nobody is tied with the median if a bin ends there.
    middle = int(np.searchsorted(cumulative, cumulative[-1] / 2))
    tied = middle if cumulative[middle] != cumulative[-1] / 2 else middle + 1
    found = []
    for row in counts:
        n = float(row.sum())
        found.append((Range(_share(float(row[middle + 1 :].sum()), n), _share(float(row[tied:].sum()), n)), n))
    return found


def _by_group(positives: Like, negatives: Like) -> tuple[Floats, Floats]:
    pos, neg = counts_of("positives", positives, ndim=2), counts_of("negatives", negatives, ndim=2)
    if pos.shape != neg.shape:
        refuse("ranking", f"shapes {pos.shape} and {neg.shape}")
    return pos, neg


def _discounts(ends: Floats) -> Floats:
    """Sum of 1/log2(1 + rank) over ranks 1 to each end."""
    import numpy as np
    from scipy.special import expi

    exact = np.append(0.0, np.cumsum(1 / np.log2(1 + np.arange(1, _EXACT_RANKS + 1))))
    near = exact[np.minimum(ends, _EXACT_RANKS).astype(np.intp)]
    # Midpoint rule: the sum of 1/ln(1+r) over a < r <= b is close to li(b + 1.5) - li(a + 1.5), li(x) = Ei(ln x).
    start = expi(np.log(_EXACT_RANKS + 1.5))
    far = np.where(ends > _EXACT_RANKS, (expi(np.log(np.maximum(ends, 1) + 1.5)) - start) * np.log(2), 0.0)
    result: Floats = near + far
    return result


def _skew(selected: float | None, k: int, size: float, total: float) -> float | None:
    if not size or selected is None:
        return None
    return log((selected / k) / (size / total)) if selected else float("-inf")


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
