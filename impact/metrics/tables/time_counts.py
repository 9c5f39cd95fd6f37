"""Review times by bin: the edges of the histogram, and what can be read off it.

In: the aggregate ``times``. Out: counts by bin for any set of people. Knows no statistic beyond a quantile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SECONDS_STEPS", "is_edge", "quantile_range", "time_edges"]

SECONDS_STEPS = ((0, 60, 1), (60, 600, 5), (600, 86_400, 60))  # from, to, width of a bin, in seconds


def time_edges(cap: int) -> NDArray[np.int64]:
    """Edges of the histogram in seconds, up to the bin that holds ``cap``.

    Args:
        cap: Seconds that longer times count as.

    >>> edges = time_edges(120)
    >>> edges[59:63].tolist(), edges[-1].item()
    ([59, 60, 65, 70], 125)
    """
    import numpy as np

    edges = np.concatenate(
        [np.arange(start, end, step) for start, end, step in SECONDS_STEPS] + [np.array([86_400, 86_460])]
    )
    held: NDArray[np.int64] = edges[: int(np.searchsorted(edges, cap, side="right")) + 1]
    return held


def is_edge(seconds: int) -> bool:
    """Whether a bin begins at so many seconds, so that times below it can be counted exactly.

    >>> [is_edge(each) for each in (45, 62, 65, 630, 660)]
    [True, False, True, False, True]
    """
    return any(start <= seconds <= end and seconds % step == 0 for start, end, step in SECONDS_STEPS)


def quantile_range(counts: NDArray[np.int64], edges: NDArray[np.int64], share: float) -> tuple[int, int] | None:
    """The seconds between which a quantile lies, however it is defined between two reviews.

    Args:
        counts: Reviews by bin; shape (bins,).
        edges: Edges of the bins; shape (bins + 1,).
        share: 0.5 for the median.

    Returns:
        Lower edge of the bin of the review below, upper edge of the bin of the one above; None without reviews.

    >>> import numpy as np
    >>> quantile_range(np.array([0, 3, 1, 0]), np.array([0, 1, 2, 3, 4]), 0.5)
    (1, 2)
    >>> quantile_range(np.array([0, 2, 2, 0]), np.array([0, 1, 2, 3, 4]), 0.5)
    (1, 3)
    """
    import math

    import numpy as np

    n = int(counts.sum())
    if n == 0:
        return None
    place = share * (n + 1)
    running = np.cumsum(counts)
    ranks = (min(max(math.floor(place), 1), n), min(max(math.ceil(place), 1), n))
    low, high = (int(np.searchsorted(running, rank)) for rank in ranks)
    return int(edges[low]), int(edges[high + 1])
