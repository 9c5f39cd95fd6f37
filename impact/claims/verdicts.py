"""From an interval to one of four words.

In: shares and what is claimed of them. Out: a verdict, and what it would take where the data cannot tell. The whole
interval must satisfy a claim before it is *supported*, and the whole interval must violate it before it is
*contradicted*; claims of the form “every” or “never” fall with a single counter-example. Knows no check.

Sources: claims.md 2 of the design; Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657 (two one-sided tests).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log
from typing import Literal

from impact.claims.check import Verdict
from impact.claims.shares import Share
from impact.metrics.statistics.intervals import newcombe_limits

__all__ = [
    "Judged",
    "at_least",
    "at_most",
    "cases_for",
    "difference",
    "never",
    "people_for_equivalence",
    "within_margin",
    "worst",
]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what the data would need where they cannot tell."""

    verdict: Verdict
    needed: str | None = None


def never(share: Share) -> Judged:
    """A claim of “every”, “never” or “none”: one counter-example contradicts it.

    >>> never(Share(0, 50)).verdict, never(Share(1, 50_000)).verdict, never(Share(0, 0)).verdict
    ('supported', 'contradicted', 'not enough data')
    """
    if share.k:
        return Judged("contradicted")
    return Judged("supported") if share.n else Judged("not enough data", "at least one case")


def at_least(
    share: Share, claimed: float, *, level: float = 0.95, method: Literal["wilson", "clopper_pearson"] = "wilson"
) -> Judged:
    """“At least ``claimed``”: supported when the lower limit reaches it, contradicted when the upper one falls short.

    >>> at_least(Share(99, 100), 0.9).verdict, at_least(Share(50, 100), 0.9).verdict
    ('supported', 'contradicted')
    >>> at_least(Share(18, 20), 0.85)
    Judged(verdict='not enough data', needed='about 212 cases, if the share stays as it is')
    """
    limits = share.limits(level=level, method=method)
    if limits is None:
        return Judged("not enough data", "at least one case" if not share.n else "at least ten people")
    low, high, _ = limits
    if low >= claimed:
        return Judged("supported")
    if high < claimed:
        return Judged("contradicted")
    return Judged("not enough data", cases_for(share, claimed, level=level))


def at_most(
    share: Share, claimed: float, *, level: float = 0.95, method: Literal["wilson", "clopper_pearson"] = "wilson"
) -> Judged:
    """“At most ``claimed``”. With no event the upper limit is one-sided, as it is printed.

    >>> at_most(Share(0, 17_973), 1 / 6000, method="clopper_pearson").verdict
    'supported'
    >>> at_most(Share(0, 17_972), 1 / 6000, method="clopper_pearson").verdict
    'not enough data'
    """
    if share.n and share.k == 0 and share.sums is None:
        if 1 - (1 - level) ** (1 / share.n) <= claimed:
            return Judged("supported")
        if claimed <= 0:
            return Judged("not enough data", "no number of cases can show that a share is nil")
        return Judged("not enough data", f"{_number(ceil(log(1 - level) / log(1 - claimed)))} cases without one")
    limits = share.limits(level=level, method=method)
    if limits is None:
        return Judged("not enough data", "at least one case" if not share.n else "at least ten people")
    low, high, _ = limits
    if high <= claimed:
        return Judged("supported")
    if low > claimed:
        return Judged("contradicted")
    if share.k == 0 and claimed > 0:
        return Judged("not enough data", _people_without(claimed, level=level))
    return Judged("not enough data", cases_for(share, claimed, level=level))


def _people_without(claimed: float, *, level: float) -> str:
    """Where rows of one person are alike and none is a hit, persons count and not rows: n = z² (1 - c) / c of them."""
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    return f"rows of about {_number(ceil(z * z * (1 - claimed) / claimed))} different people, none of them a hit"


def cases_for(share: Share, claimed: float, *, level: float = 0.95) -> str:
    """How many cases would tell the share from what is claimed, if the share stays as it is.

    ``n = z² p (1 - p) / (p - c)²`` with the Wilson centre for p, in rows of the same kind (people with several rows
    count as they do now).
    """
    from scipy.special import ndtri

    value = share.value
    if value is None:
        return "at least one case"
    z = float(ndtri((1 + level) / 2))
    p = (share.k + z * z / 2) / (share.n + z * z)
    gap = abs(value - claimed)
    if gap < 1e-9:
        return "no number of cases would tell, if the share stays as it is"
    design = share.n / share.effective(level=level) if share.n else 1.0
    n = ceil(z * z * p * (1 - p) / gap**2 * design)
    return f"about {_number(max(n, share.n + 1))} cases, if the share stays as it is"


def within_margin(group: Share, other: Share, margin: float, *, alpha: float = 0.05) -> Judged:
    """Equivalence by two one-sided tests.

    The (1 - 2 alpha) interval of the difference inside the margin supports it; the (1 - alpha) interval wholly outside
    contradicts it.

    >>> within_margin(Share(500, 5000), Share(505, 5000), 0.05).verdict
    'supported'
    >>> within_margin(Share(300, 1000), Share(100, 1000), 0.05).verdict
    'contradicted'
    """
    if not group.n or not other.n:
        return Judged("not enough data", "people on both sides")
    inner = difference(group, other, level=1 - 2 * alpha)
    outer = difference(group, other, level=1 - alpha)
    if -margin <= inner[0] and inner[1] <= margin:
        return Judged("supported")
    if outer[0] > margin or outer[1] < -margin:
        return Judged("contradicted")
    pooled = (group.k + other.k) / (group.n + other.n)
    return Judged(
        "not enough data", f"about {_number(people_for_equivalence(pooled, margin, alpha=alpha))} in each group"
    )


def difference(group: Share, other: Share, *, level: float = 0.95) -> tuple[float, float]:
    """Newcombe's limits of the difference, at the effective numbers where people have several rows."""
    pairs = [(share.value or 0.0, share.effective(level=level)) for share in (group, other)]
    (p1, n1), (p2, n2) = pairs
    low, high = newcombe_limits(p1 * n1, n1, p2 * n2, n2, level=level)
    return float(low), float(high)


def people_for_equivalence(rate: float, margin: float, *, alpha: float = 0.05, beta: float = 0.10) -> int:
    """People in each group: ``(z_{1-alpha} + z_{1-beta/2})² 2 p (1 - p) / m²``.

    >>> people_for_equivalence(0.9, 0.05), people_for_equivalence(0.9, 0.02), people_for_equivalence(0.5, 0.05)
    (780, 4870, 2165)
    """
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha) + ndtri(1 - beta / 2))
    # A rate of 0 or 1 would ask for nobody; one case either way is the least that can be planned for.
    p = min(max(rate, 0.001), 0.999)
    return ceil(z * z * 2 * p * (1 - p) / margin**2)


_RANK: Sequence[Verdict] = ("supported", "not testable", "not enough data", "contradicted")


def worst(verdicts: Sequence[Judged]) -> Judged:
    """Of several parts that must all hold: contradicted if one is, else not enough data if one is, else as they are.

    >>> worst([Judged("supported"), Judged("not enough data", "more")])
    Judged(verdict='not enough data', needed='more')
    """
    return max(verdicts, key=lambda each: _RANK.index(each.verdict))


def _number(n: float) -> str:
    return f"{int(n):,}" if isfinite(n) else "more"
