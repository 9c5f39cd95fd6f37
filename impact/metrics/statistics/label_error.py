"""Recorded outcomes that are wrong: an arrest is not an offence.

In: TP, FP, FN, TN of a group and an assumed sensitivity and specificity of the record. Out: corrected counts, or
"infeasible", and the tipping point at which a disparity disappears. Sensitivity analysis only: nobody knows these
error rates, and the correction assumes that records err alike for flagged and unflagged people given the truth. That
is false where officers look harder at those who are flagged.

Source: Rogan and Gladen 1978, Am. J. Epidemiol. 107:71, by column of the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from impact.metrics.statistics.measure import counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["Corrected", "GapRange", "TippingPoint", "correct_labels", "gap_range", "tipping_point"]

RateKey = Literal["fpr", "tpr", "ppv", "for"]
Table = tuple[float, float, float, float]
Function = Callable[[float], float | None]

_STEPS = 400


@dataclass(frozen=True, slots=True)
class Corrected:
    """True counts under the assumption; None where no true table could have given the recorded one."""

    tp: float
    fp: float
    fn: float
    tn: float

    def rate(self, key: RateKey) -> float | None:
        """A rate of the corrected counts; None without a denominator."""
        k, n = {
            "fpr": (self.fp, self.fp + self.tn),
            "tpr": (self.tp, self.tp + self.fn),
            "ppv": (self.tp, self.tp + self.fp),
            "for": (self.fn, self.fn + self.tn),
        }[key]
        return k / n if n > 0 else None


def correct_labels(table: Like, *, sensitivity: float, specificity: float) -> Corrected | None:
    """Counts as they would be with true outcomes.

    Recorded positives = sensitivity * true positives + (1 - specificity) * true negatives, separately among flagged
    and unflagged people.

    Args:
        table: TP, FP, FN, TN as recorded.
        sensitivity: Share of true outcomes that are on record.
        specificity: Share of people without the outcome who have none on record.

    Returns:
        None where the assumption is infeasible: their sum is not above 1, or a corrected count would be negative.

    Raises:
        MetricError: M120.

    >>> found = correct_labels((60, 40, 20, 180), sensitivity=0.8, specificity=0.95)
    >>> round(found.tp, 5), round(found.rate("fpr"), 3), round(found.rate("ppv"), 5)
    (73.33333, 0.125, 0.73333)
    """
    if not (0 <= sensitivity <= 1 and 0 <= specificity <= 1):
        refuse("label error", "a sensitivity or specificity outside 0 to 1")
    return _corrected(_table(table), sensitivity, specificity)


def _corrected(table: Table, sensitivity: float, specificity: float) -> Corrected | None:
    tp, fp, fn, tn = table
    power = sensitivity + specificity - 1
    if power <= 0:
        return None
    cells = []
    for positive, everybody in ((tp, tp + fp), (fn, fn + tn)):
        true = (positive - (1 - specificity) * everybody) / power
        if not -1e-9 <= true <= everybody + 1e-9:
            return None
        true = min(max(true, 0.0), everybody)
        cells += [true, everybody - true]
    return Corrected(*cells)


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """How wrong records of one group alone would have to be for the disparity to disappear.

    Attributes:
        gap: Group less reference under the base assumption; None where undefined.
        sensitivity: Of the group's records at which the gap is 0, nearest to the base; None where no feasible one is.
        specificity: The same for specificity.
    """

    gap: float | None
    sensitivity: float | None
    specificity: float | None


def tipping_point(
    group: Like, reference: Like, *, rate: RateKey, sensitivity: float = 1.0, specificity: float = 1.0
) -> TippingPoint:
    """Smallest change in one group's record quality at which the disparity changes sign.

    "The disparity disappears only if at least so many of the group's outcomes are missing from the record, or
    wrongly on it, while the others' records are as assumed."

    Args:
        group: TP, FP, FN, TN of the group.
        reference: The same of the comparator.
        rate: Which rate is compared.
        sensitivity: Base assumption for both.
        specificity: Base assumption for both.

    >>> found = tipping_point((60, 40, 20, 180), (60, 20, 20, 200), rate="fpr")
    >>> round(found.gap, 4), round(found.sensitivity, 4), found.specificity is None
    (0.0909, 0.725, True)
    """
    own_table = _table(group)
    base = correct_labels(reference, sensitivity=sensitivity, specificity=specificity)
    fixed = base.rate(rate) if base else None

    def gap(se: float, sp: float) -> float | None:
        found = _corrected(own_table, se, sp)
        own = found.rate(rate) if found else None
        return None if own is None or fixed is None else own - fixed

    start = gap(sensitivity, specificity)
    if start is None:
        return TippingPoint(None, None, None)
    if start == 0:
        return TippingPoint(0.0, sensitivity, specificity)
    return TippingPoint(
        gap=start,
        sensitivity=_nearest(lambda se: gap(se, specificity), sensitivity),
        specificity=_nearest(lambda sp: gap(sensitivity, sp), specificity),
    )


@dataclass(frozen=True, slots=True)
class GapRange:
    """What a gap can be when records are as wrong as somebody argues, each side by itself.

    Attributes:
        low: Smallest gap, group less reference.
        high: Largest gap.
        cut: Whether a part of the argued range is impossible, because no true table could have given the record.
    """

    low: float
    high: float
    cut: bool


def gap_range(
    group: Like,
    reference: Like,
    *,
    rate: RateKey,
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
) -> GapRange | None:
    """Smallest and largest gap over all sensitivities and specificities of the two ranges, chosen for each side apart.

    A corrected rate rises or falls throughout in sensitivity and in specificity, and what is possible is again a range
    of each (sensitivity at least the larger, specificity at least one less the smaller, share on record among flagged
    and unflagged): so the ends stand at corners. Sampling error is not in it.

    Args:
        group: TP, FP, FN, TN of the group as recorded.
        reference: The same of the comparator.
        rate: Which rate is compared.
        sensitivity: Lowest and highest argued for; their lowest values must add up to more than 1.
        specificity: The same.

    Returns:
        None where nothing in the ranges is possible, or a rate has no denominator.

    >>> found = gap_range((60, 40, 20, 180), (60, 20, 20, 200), rate="fpr", sensitivity=(0.8, 1), specificity=(1, 1))
    >>> round(found.low, 4), round(found.high, 4), found.cut
    (0.0341, 0.1568, False)
    """
    if sensitivity[0] + specificity[0] <= 1:
        refuse("label error", "a record no better than chance")
    ends, cut = [], False
    for table in (_table(group), _table(reference)):
        tp, fp, fn, tn = table
        shares = [k / n for k, n in ((tp, tp + fp), (fn, fn + tn)) if n]
        if not shares:
            return None
        least = (max(sensitivity[0], *shares), max(specificity[0], *(1 - share for share in shares)))
        if least[0] > sensitivity[1] + 1e-12 or least[1] > specificity[1] + 1e-12:
            return None
        cut = cut or least != (sensitivity[0], specificity[0])
        rates = [
            found.rate(rate)
            for se in (least[0], sensitivity[1])
            for sp in (least[1], specificity[1])
            if (found := _corrected(table, se, sp)) is not None
        ]
        known = [value for value in rates if value is not None]
        if not known:
            return None
        ends.append((min(known), max(known)))
    (low, high), (other_low, other_high) = ends
    return GapRange(low - other_high, high - other_low, cut)


def _nearest(gap: Function, base: float) -> float | None:
    """The zero of ``gap`` nearest to ``base``, below or above it, within what is feasible."""
    from scipy.optimize import brentq

    zeros = []
    for end in (0.0, 1.0):
        before = base
        for step in range(1, _STEPS + 1):
            now = base + (end - base) * step / _STEPS
            a, b = gap(before), gap(now)
            if a is None or b is None:
                break
            if a * b <= 0 and now != before:
                zeros.append(float(brentq(lambda x: gap(x) or 0.0, before, now, xtol=1e-12)))
                break
            before = now
    return min(zeros, key=lambda zero: abs(zero - base)) if zeros else None


def _table(table: Like) -> Table:
    cells = counts_of("two-by-two table", table)
    if cells.shape != (4,):
        refuse("two-by-two table", f"{cells.size} counts where TP, FP, FN, TN are wanted")
    a, b, c, d = cells.tolist()
    return a, b, c, d
