"""Groups known only as shares of an area (or a surname): what that allows to be said, and nothing more.

In: by proxy cell, how many people, the share of them in the group, and the share with a yes. Out: assumption-free
bounds, the weighted estimate with the direction of its bias, and Goodman's regression. Knows nobody's group and
guesses nobody's: inferring a person's ethnicity is itself processing of special-category data.

Sources: Duncan and Davis 1953, Am. Sociol. Rev. 18:665 (bounds); Goodman 1953, Am. Sociol. Rev. 18:663; Chen, Kallus
et al. 2019 (FAT*) for the bias of the weighted estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impact.metrics.statistics.measure import counts_of, refuse

if TYPE_CHECKING:
    from impact.metrics.statistics.measure import Like

__all__ = ["ProxyEstimate", "proxy_estimate"]


@dataclass(frozen=True, slots=True)
class ProxyEstimate:
    """What shares by cell say about the rates of a group and of everybody else.

    Attributes:
        group: Smallest and largest rate that the group can have. Sharp, whoever lives where.
        others: The same for everybody else.
        difference: Smallest and largest difference; its two ends belong to the same possible world.
        weighted: Difference of rates weighted by shares. It is smaller than the truth by what varies *within* cells, so
            it usually understates; None where either side has nobody.
        goodman: Rates of group and others by regression over cells: right only if neither varies between cells. None
            where cells do not differ in their share.
        goodman_possible: Whether both lie between 0 and 1; if not, its assumption is refuted by these very data.
    """

    group: tuple[float, float] | None
    others: tuple[float, float] | None
    difference: tuple[float, float] | None
    weighted: float | None
    goodman: tuple[float, float] | None
    goodman_possible: bool | None


def proxy_estimate(people: Like, group_share: Like, yes_rate: Like) -> ProxyEstimate:
    """Bounds and estimates from shares by proxy cell.

    Args:
        people: People by cell; shape (cells,).
        group_share: Share of the cell's people in the group, 0 to 1.
        yes_rate: Share of the cell's people with a yes, 0 to 1.

    Raises:
        MetricError: M120.

    >>> found = proxy_estimate([100, 200, 300], [0.1, 0.4, 0.8], [0.21, 0.24, 0.28])
    >>> [round(x, 5) for x in found.group], [round(x, 5) for x in found.difference]
    ([0.07273, 0.4303], [-0.40505, 0.38956])
    >>> round(found.weighted, 5), [round(x, 9) for x in found.goodman]
    (0.02929, [0.3, 0.2])
    """
    import numpy as np

    n, p, q = counts_of("people", people), counts_of("group share", group_share), counts_of("yes rate", yes_rate)
    if not n.shape == p.shape == q.shape or (p > 1).any() or (q > 1).any():
        refuse("proxy cells", "a share above 1, or other lengths")
    inside, outside, yes = float((n * p).sum()), float((n * (1 - p)).sum()), float((n * q).sum())
    if inside <= 0 or outside <= 0:
        return ProxyEstimate(None, None, None, None, None, None)
    least, most = float((n * np.maximum(0, p + q - 1)).sum()), float((n * np.minimum(p, q)).sum())
    group = (least / inside, most / inside)
    others = ((yes - most) / outside, (yes - least) / outside)
    weighted = float((n * p * q).sum()) / inside - float((n * (1 - p) * q).sum()) / outside
    design = np.column_stack([p, 1 - p])
    normal = design.T @ (design * n[:, None])
    goodman = None
    if np.linalg.cond(normal) < 1e12:
        a, b = np.linalg.solve(normal, design.T @ (n * q))
        goodman = (float(a), float(b))
    return ProxyEstimate(
        group=group,
        others=(max(others[0], 0.0), min(others[1], 1.0)),
        difference=(group[0] - others[1], group[1] - others[0]),
        weighted=weighted,
        goodman=goodman,
        goodman_possible=None if goodman is None else all(-1e-9 <= x <= 1 + 1e-9 for x in goodman),
    )
